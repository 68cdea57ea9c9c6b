"""The REPL: lines in, values out.

    entries    lines -> entries: statements that are complete, or one command
    shell      entries -> what they print
    display    values -> lines, as the original REPL shows them
    commands   what begins with a colon
    reader     plain lines from pipes and dumb terminals
    first_line a terminal before its editor is loaded
    editor     a terminal with editing, colours, completion and history

Modules that need the language are imported while the first entry is being typed: the prompt is
there before the parser is.
"""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rasp import __version__
from rasp.repl.pager import page
from rasp.repl.shell import Shell
from rasp.repl.style import Painter, is_plain

BANNER = f"RASP {__version__}\nrunning example is: hello\n:help explains the commands"


def main(*, strict: bool = False) -> int:
    """Runs the REPL; returns the exit status: with strict 1 if a statement failed, else 0."""
    with _collector_paused() as collect:
        return _main(strict=strict, collect=collect)


@contextmanager
def _collector_paused() -> Iterator[Callable[[], None]]:
    """Until the function is called that it gives, at the latest until the end.

    Before the first entry runs only modules are made.  None of that is garbage, and to look through
    it again and again takes a tenth of the time to the first answer.
    """
    collects = gc.isenabled()
    gc.disable()

    def go_on() -> None:
        gc.freeze()  # modules stay
        if collects:
            gc.enable()

    try:
        yield go_on
    finally:
        if collects:
            gc.enable()


def _columns() -> int | None:
    return shutil.get_terminal_size().columns


def _read_typed(shell: Shell) -> None:
    """Reads a terminal: the first line as it is, and what follows in the editor."""
    from rasp.repl.first_line import read_first_line
    from rasp.repl.typed import TypedEntries, late_interrupts

    entries = TypedEntries(shell)
    try:
        with late_interrupts() as interrupts:
            line = read_first_line(shell)
    except EOFError:
        return
    begun = line.text
    if not line.keys:
        begun = entries.run(line.text, interrupts)
    if shell.finished:
        return
    from rasp.repl.editor import edit

    edit(shell, entries, before="" if line.keys else line.text, begun=begun, keys=line.keys)


def _main(*, strict: bool, collect: Callable[[], None]) -> int:
    if sys.stdin.isatty() and not is_plain(sys.stdout):
        shell = Shell(page, Painter(colour=True), collect, _columns)
        print(BANNER)
        _read_typed(shell)
    else:
        from rasp.repl.reader import read_plain

        # What is not UTF-8 becomes a character that the parser complains about.
        getattr(sys.stdin, "reconfigure", lambda **_: None)(errors="replace")
        columns = _columns if sys.stdout.isatty() else lambda: None
        shell = Shell(print, Painter(colour=False), collect, columns)
        if sys.stdin.isatty():
            print(BANNER)
        read_plain(shell)
    return 1 if strict and shell.failed else 0

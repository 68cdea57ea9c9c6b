"""The REPL: lines in, values out.

    entries    lines -> entries: statements that are complete, or one command
    shell      entries -> what they print
    display    values -> lines, as the original REPL shows them
    commands   what begins with a colon
    reader     plain lines from pipes and dumb terminals
    editor     a terminal with editing, colours, completion and history

Modules that need the language are imported while the first entry is being typed: the prompt is
there before the parser is.
"""

from __future__ import annotations

import sys

from rasp import __version__
from rasp.repl.pager import page
from rasp.repl.shell import Shell
from rasp.repl.style import Painter, is_plain

BANNER = f"RASP {__version__}\nrunning example is: hello\n:help explains the commands"


def main(*, strict: bool = False) -> int:
    """Runs the REPL; returns the exit status: with strict 1 if a statement failed, else 0."""
    if sys.stdin.isatty() and not is_plain(sys.stdout):
        from rasp.repl.editor import edit

        shell = Shell(page, Painter(colour=True))
        print(BANNER)
        edit(shell)
    else:
        from rasp.repl.reader import read_plain

        # What is not UTF-8 becomes a character that the parser complains about.
        getattr(sys.stdin, "reconfigure", lambda **_: None)(errors="replace")
        shell = Shell(print, Painter(colour=False))
        if sys.stdin.isatty():
            print(BANNER)
        read_plain(shell)
    return 1 if strict and shell.failed else 0

"""A terminal -> a shell: editing over several lines, colours, completion, history."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer

from rasp.highlight import RaspLexer
from rasp.repl.completion import RaspCompleter
from rasp.repl.entries import CONTINUATION
from rasp.repl.reader import PROMPT
from rasp.repl.shell import Shell
from rasp.visible import visible

INDENT = "    "
_STRING_OR_COMMENT = re.compile(r'"[^"\n]*"?|#[^\n]*')


def edit(shell: Shell) -> None:
    """Reads entries from the terminal and runs them until the user leaves."""
    prompts: PromptSession[str] = PromptSession(
        PROMPT,
        multiline=True,
        history=_history(),
        lexer=PygmentsLexer(RaspLexer),
        completer=RaspCompleter(shell),
        complete_while_typing=False,
        key_bindings=_keys(shell),
        prompt_continuation=lambda width, line, wrapped: CONTINUATION,
        enable_history_search=True,
    )
    # The session is made once the prompt is on the screen.
    prompts.app.after_render += lambda app: shell.start_once()
    numbers = count(1)
    begun = ""  # a statement that was begun behind a mistake
    while not shell.finished:
        _tell_changes(shell)
        try:
            with late_interrupts() as interrupted:
                text = prompts.prompt(default=begun, handle_sigint=False)
        except KeyboardInterrupt:  # the key, which takes back what was typed
            begun = ""
            continue
        except EOFError:
            return
        try:
            begun = "" if interrupted else _run(shell, text, numbers)
        except KeyboardInterrupt:  # a signal, just before or after an entry ran
            begun, interrupted = "", [int(signal.SIGINT)]
        if interrupted:
            shell.write_interrupted()


@contextmanager
def late_interrupts() -> Iterator[list[int]]:
    """While the editor has the terminal Ctrl-C is a key, and no signal.

    A signal can only come while the editor lets go of the terminal.  It would break the editor in
    pieces there; so it is put into the list, to be looked at once the editor is done.
    """
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def _run(shell: Shell, text: str, numbers: Iterator[int]) -> str:
    """Runs the entries of a text; returns what is unfinished, unless that is all of it."""
    entries = shell.entries()
    completed = chain.from_iterable(map(entries.add, text.split("\n")))
    n_run = 0
    for entry in completed:
        n_run += 1
        shell.run(entry, f"<input {next(numbers)}>")
        if shell.finished:
            return ""
    if n_run and entries.pending:
        return entries.pending + "\n"
    for entry in entries.finish():
        shell.run(entry, f"<input {next(numbers)}>")
    return ""


def _tell_changes(shell: Shell) -> None:
    """Says once which loaded files have changed since."""
    for path in shell.newly_changed():
        shell.write(
            shell.paint("frame", f"{visible(path.name)} has changed; :reload runs it again")
        )


def _keys(shell: Shell) -> KeyBindings:
    """Enter submits what is complete and else begins a line; Alt-Enter submits in any case.

    Lines are indented by the braces that are open.
    """
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if shell.is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n" + INDENT * _open_braces(buffer.document))

    @keys.add("}")
    def _close(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        line = buffer.document.current_line_before_cursor
        if line and line.isspace():
            buffer.delete_before_cursor(min(len(line), len(INDENT)))
        buffer.insert_text("}")

    return keys


def _open_braces(document: Document) -> int:
    """How many braces are open before the cursor."""
    text = _STRING_OR_COMMENT.sub("", document.text_before_cursor)
    return max(0, text.count("{") - text.count("}"))


def _history() -> History:
    """The user's own file; memory where there can be none."""
    state = os.environ.get("XDG_STATE_HOME")
    try:
        folder = (Path(state) if state else Path.home() / ".local" / "state") / "rasp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "history"
        path.touch(mode=0o600)
    except (OSError, RuntimeError):
        return InMemoryHistory()
    return FileHistory(path)

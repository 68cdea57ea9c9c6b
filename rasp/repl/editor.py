"""A terminal -> a shell: editing over several lines, colours, completion, history."""

from __future__ import annotations

import os
import re
from pathlib import Path

from prompt_toolkit import Application, PromptSession
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_searching
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import Style

from rasp.highlight import RaspLexer
from rasp.repl.completion import RaspCompleter
from rasp.repl.entries import CONTINUATION
from rasp.repl.reader import PROMPT
from rasp.repl.shell import Shell
from rasp.repl.style import CODE
from rasp.repl.typed import TypedEntries, late_interrupts
from rasp.visible import visible

INDENT = "    "
_STRING_OR_COMMENT = re.compile(r'"[^"\n]*"?|#[^\n]*')


def edit(
    shell: Shell,
    entries: TypedEntries | None = None,
    *,
    before: str = "",
    begun: str = "",
    keys: str = "",
) -> None:
    """Reads entries from the terminal and runs them until the user leaves.

    entries: what runs them, if some have run.  before: a line that has run.  begun: what the first
    prompt begins with.  keys: what was pressed behind it.
    """
    entries = entries or TypedEntries(shell)
    history = _history()
    prompts: PromptSession[str] = PromptSession(
        PROMPT,
        multiline=True,
        history=history,
        lexer=PygmentsLexer(RaspLexer),
        style=Style([(f"pygments.{kind.lower()}", style) for kind, (style, _) in CODE.items()]),
        include_default_pygments_style=False,
        completer=RaspCompleter(shell),
        complete_while_typing=False,
        key_bindings=_keys(shell),
        prompt_continuation=lambda width, line, wrapped: CONTINUATION,
        enable_history_search=True,
    )
    # The session is made once the prompt is on the screen.
    prompts.app.after_render += lambda app: shell.start_once()
    if keys:
        prompts.app.pre_run_callables.append(lambda: _press(prompts.app, keys))
    if before:
        history.append_string(before)
    while not shell.finished:
        _tell_changes(shell)
        try:
            with late_interrupts() as interrupts:
                text = prompts.prompt(default=begun, handle_sigint=False)
        except KeyboardInterrupt:  # the key, which takes back what was typed
            begun = ""
            continue
        except EOFError:
            return
        begun = entries.run(text, interrupts)


def _press(app: Application[str], keys: str) -> None:
    """As if keys were pressed as soon as the history is there, which Up may ask for.

    A pasted text may have begun in them, and not ended.
    """
    from prompt_toolkit.input.vt100 import Vt100Input

    assert isinstance(app.input, Vt100Input)
    app.input.vt100_parser.feed(keys)
    pressed = app.input.flush_keys()

    async def press() -> None:
        app.key_processor.feed_multiple(pressed)
        app.key_processor.process_keys()

    app.current_buffer.load_history_if_not_yet_loaded()  # in a task that comes before this one
    app.create_background_task(press())


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

    @keys.add("enter", filter=~is_searching)  # where it ends the search
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

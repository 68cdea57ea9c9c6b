"""Names -> what there is to know about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasp.errors import RaspNameError
from rasp.repl.entries import COMMAND_SIGN

if TYPE_CHECKING:
    from rasp.repl.command import Command

LINES = """\
set example "abc"             what s-ops and selectors are shown on (set s-op example: s-ops only)
show example                  what that is
examples on | off             whether they are shown on it (s-op examples off: s-ops only)
full seq display on | off     input and output below each other
exit                          leave; so does Ctrl-D"""

_SOP = "  SOP is a name or an expression; one with spaces goes in parentheses."

_INTRODUCTION = """\
A statement ends with ';' and may take several lines.  Its value is shown, that of an s-op or
selector on the running example.  Ctrl-C abandons what is being typed."""


def overview(commands: Iterable[Command]) -> str:
    """All commands, a line each."""
    lines = [f"  {f'{command.usage} ':<36} {command.summary}" for command in commands]
    indented = "\n".join("  " + line for line in LINES.splitlines())
    return "\n".join([_INTRODUCTION, "", *lines, "", _SOP, "", indented])


def topic(name: str, commands: Mapping[str, Command]) -> str:
    """What there is about a command, a word of the language or a library name.

    Raises RaspNameError.
    """
    from rasp.program.manual import WORDS, comment_above, library_bindings

    bare = name.removeprefix(COMMAND_SIGN)
    if any(line.startswith(f"{name} ") for line in LINES.splitlines()):
        raise RaspNameError(f"there is no page on '{name}'", hint=":help shows its use, at the end")
    if bare in commands:
        command = commands[bare]
        return f"{command.usage}\n\n{command.summary.capitalize()}.\n{command.details}"
    if name in WORDS:
        word = WORDS[name]
        return f"{word.usage}\n\n{word.text}\n\nexample:\n  {word.example}"
    names = library_bindings()
    if name in names:
        span = names[name].span
        comment = comment_above(span)
        return "\n".join([*([comment] if comment else []), span.text])
    near = get_close_matches(bare, [*commands, *WORDS, *names], n=3, cutoff=0.6)
    hint = "did you mean " + " or ".join(near) + "?" if near else ":help lists the commands"
    raise RaspNameError(f"there is no help on '{name}'", hint=hint)

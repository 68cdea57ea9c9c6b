"""Names -> what there is to know about them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rasp.errors import RaspNameError
from rasp.repl.entries import COMMAND_SIGN

if TYPE_CHECKING:
    from rasp.repl.commands import Command

FORMS = {
    "select": (
        "select(key, query, comparison)",
        "A selector.  The query position i selects the key position j where key[j] comparison\n"
        "query[i] holds; the comparison is one of == != < <= > >=.",
        "select(tokens, tokens, ==);",
    ),
    "aggregate": (
        "aggregate(selector, value [, default])",
        "At each position the mean of the value over the positions that it selects; their value\n"
        "if all are equal, of whatever type; default, or 0, where nothing is selected.",
        "aggregate(select(indices, 0, ==), tokens);",
    ),
    "selector_width": (
        "selector_width(selector)",
        "At each position, how many positions it selects.",
        "selector_width(select(tokens, tokens, ==));",
    ),
    "indicator": ("indicator(sop)", "1 where the s-op is true, else 0.", "indicator(indices > 2);"),
    "round": ("round(x)", "The nearest integer, the even one of two.", "round(indices / 2);"),
    "len": ("len(x)", "The length of a list, dict or string.", "len([1, 2]);"),
    "range": ("range([start,] stop [, step])", "A list of integers.", "range(1, 4);"),
    "zip": ("zip(list, ...)", "A list of lists, item by item.", 'zip([1, 2], ["a", "b"]);'),
    "tokens": (
        "tokens",
        "The input, as strings.  Inputs of other types: tokens_int, ...",
        "tokens;",
    ),
    "tokens_str": ("tokens_str", "The input, as strings.", "tokens_str;"),
    "tokens_int": ("tokens_int", "The input, as integers.", 'tokens_int("123");'),
    "tokens_float": ("tokens_float", "The input, as floats.", 'tokens_float(["1.5", "2"]);'),
    "tokens_bool": ("tokens_bool", "The input, as truth values.", "tokens_bool([0, 1]);"),
    "tokens_asis": ("tokens_asis", "The input as it is.", "tokens_asis([1, 2.5]);"),
    "indices": ("indices", "The positions, from 0.", "indices;"),
    "out": ("out", "The value of the last statement.", "out;"),
    "for": (
        "for x in list { ... }",
        "Runs statements for each item.",
        "for i in [1, 2] { x = i; }",
    ),
    "def": (
        "def name(a, b) { ...; return value; }",
        "A function; `return` is its last statement.",
        "def twice(x) { return 2 * x; }",
    ),
    "in": (
        "x in list    x not in list    atom in sop",
        "Whether an s-op (at each position) or an atom is among the items.  Binds loosest of all:\n"
        "put it in parentheses.",
        'tokens in ["a", "e"];',
    ),
    "if": (
        "a if condition else b",
        "One of two values, position by position if the condition is an s-op.",
        'tokens if indices > 1 else "-";',
    ),
}
"""Words of the language: usage, explanation, example."""

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
    lines = [f"  {command.usage:<36} {command.summary}" for command in commands]
    indented = "\n".join("  " + line for line in LINES.splitlines())
    return "\n".join([_INTRODUCTION, "", *lines, "", _SOP, "", indented])


def topic(name: str) -> str:
    """What there is about a command, a word of the language or a library name.

    Raises RaspNameError.
    """
    from rasp.repl.commands import COMMANDS
    from rasp.repl.listing import comment_above, library
    from rasp.syntax.bindings import bindings

    bare = name.removeprefix(COMMAND_SIGN)
    if any(line.startswith(f"{name} ") for line in LINES.splitlines()):
        raise RaspNameError(f"there is no page on '{name}'", hint=":help shows its use, at the end")
    if bare in COMMANDS:
        command = COMMANDS[bare]
        return f"{command.usage}\n\n{command.summary.capitalize()}.\n{command.details}"
    if name in FORMS:
        usage, text, example = FORMS[name]
        return f"{usage}\n\n{text}\n\nexample:\n  {example}"
    names = {binding.name.name: binding.span for binding in bindings(library())}
    if name in names:
        comment = comment_above(names[name])
        return "\n".join([*([comment] if comment else []), names[name].text])
    near = get_close_matches(bare, [*COMMANDS, *FORMS, *names], n=3, cutoff=0.6)
    hint = "did you mean " + " or ".join(near) + "?" if near else ":help lists the commands"
    raise RaspNameError(f"there is no help on '{name}'", hint=hint)

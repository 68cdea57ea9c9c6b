"""The words of the language, for whatever shows or completes program text without parsing it.

This module imports nothing, so that a highlighter need not build the parser.
tests/syntax/test_words.py keeps it true to the grammar and to the library.
"""

from __future__ import annotations

KEYWORDS = ("def", "for", "in", "return", "if", "else")
"""Words that are no names anywhere; so are the word operators."""

WORD_OPERATORS = ("and", "or", "not")

FORMS = ("select", "aggregate", "round", "indicator", "len", "range", "zip")
"""Names with a meaning of their own before a parenthesis, and ordinary names elsewhere."""

LOAD = "load"
DRAW = "draw"

CONSTANTS = ("True", "False")

BASE_SOPS = (
    "indices",
    "length",
    "tokens",
    "tokens_asis",
    "tokens_bool",
    "tokens_float",
    "tokens_int",
    "tokens_str",
)

LIBRARY = (
    "abs",
    "average",
    "best",
    "contains",
    "count",
    "div",
    "fetch",
    "first",
    "full_s",
    "has_focus",
    "last",
    "load_from_location",
    "mark_first_instance",
    "mark_last_instance",
    "max",
    "min",
    "select_from_first",
    "select_from_last",
    "select_next_identical",
    "selector_width",
    "shift",
    "sort",
    "sum",
)
"""Selectors and functions of the standard library."""

SOFT = ("abs", "best", "div", "fetch", "first", "last", "sum")
"""Those of the library that a program may bind itself, at any level: they are younger than programs
that do."""

REPL_LINES = (
    "set example",
    "set s-op example",
    "set selector example",
    "show example",
    "show s-op example",
    "show selector example",
    "examples on",
    "examples off",
    "s-op examples on",
    "s-op examples off",
    "selector examples on",
    "selector examples off",
    "full seq display on",
    "full seq display off",
    "exit",
    "quit",
)
"""Lines that are commands, not statements; ``set example`` is followed by an expression."""

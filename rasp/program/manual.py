"""Names of the language and of its standard library -> what there is to know about them.

The REPL's `:help`, and what editors show beside a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rasp.source import Source, Span
from rasp.syntax import ast
from rasp.syntax.bindings import Binding, bindings
from rasp.syntax.parse import parse


@dataclass(frozen=True, slots=True)
class Entry:
    """usage: how it is written; text: what it does, lines; example: a statement, or none."""

    usage: str
    text: str
    example: str = ""


WORDS: dict[str, Entry] = {
    "select": Entry(
        "select(key, query, comparison)",
        "A selector.  The query position i selects the key position j where key[j] comparison\n"
        "query[i] holds; the comparison is one of == != < <= > >=.",
        "select(tokens, tokens, ==);",
    ),
    "aggregate": Entry(
        "aggregate(selector, value [, default])",
        "At each position the mean of the value over the positions that it selects; their value\n"
        "if all are equal, of whatever type; default, or 0, where nothing is selected.",
        "aggregate(select(indices, 0, ==), tokens);",
    ),
    "selector_width": Entry(
        "selector_width(selector)",
        "At each position, how many positions it selects.",
        "selector_width(select(tokens, tokens, ==));",
    ),
    "best": Entry(
        "best(selector, score)",
        "Of the keys that the selector selects, those whose score is largest: a selector.  It\n"
        "selects all of them where several share it, and none where none is selected.  Scores are\n"
        "numbers, or strings in their order; those of keys that are not selected do not count.",
        "fetch(best(select(indices, indices, <=), tokens), indices);",
    ),
    "first": Entry(
        "first(selector)",
        "The first of the keys that the selector selects: a selector, best(selector, -indices).",
        "fetch(first(select(tokens, tokens, ==)), indices);",
    ),
    "last": Entry(
        "last(selector)",
        "The last of the keys that the selector selects: a selector, best(selector, indices).",
        "fetch(last(select(tokens, tokens, ==)), indices);",
    ),
    "fetch": Entry(
        "fetch(selector, value [, default])",
        "At each position the one value of the positions that it selects.  It is an error where\n"
        "they have different values, numbers too, and where nothing is selected, unless there is\n"
        "a default for that.",
        "fetch(select(indices, 0, ==), tokens);",
    ),
    "sum": Entry(
        "sum(seq)",
        "At each position the sum over all positions.  Of a list, the sum of its items.",
        "sum(indices);",
    ),
    "indicator": Entry(
        "indicator(sop)", "1 where the s-op is true, else 0.", "indicator(indices > 2);"
    ),
    "round": Entry("round(x)", "The nearest integer, the even one of two.", "round(indices / 2);"),
    "len": Entry("len(x)", "The length of a list, dict or string.", "len([1, 2]);"),
    "range": Entry("range([start,] stop [, step])", "A list of integers.", "range(1, 4);"),
    "zip": Entry("zip(list, ...)", "A list of lists, item by item.", 'zip([1, 2], ["a", "b"]);'),
    "tokens": Entry(
        "tokens",
        "The input, as strings.  Inputs of other types: tokens_int, ...",
        "tokens;",
    ),
    "tokens_str": Entry("tokens_str", "The input, as strings.", "tokens_str;"),
    "tokens_int": Entry("tokens_int", "The input, as integers.", 'tokens_int("123");'),
    "tokens_float": Entry("tokens_float", "The input, as floats.", 'tokens_float(["1.5", "2"]);'),
    "tokens_bool": Entry("tokens_bool", "The input, as truth values.", "tokens_bool([0, 1]);"),
    "tokens_asis": Entry("tokens_asis", "The input as it is.", "tokens_asis([1, 2.5]);"),
    "indices": Entry("indices", "The positions, from 0.", "indices;"),
    "out": Entry("out", "The value of the last statement.", "out;"),
    "for": Entry(
        "for x in list { ... }",
        "Runs statements for each item.",
        "for i in [1, 2] { x = i; }",
    ),
    "def": Entry(
        "def name(a, b) { ...; return value; }",
        "A function; `return` is its last statement.",
        "def twice(x) { return 2 * x; }",
    ),
    "in": Entry(
        "x in list    x not in list    x in string    atom in sop",
        "Whether an s-op (at each position) or an atom is among the items, or a part of a\n"
        "string.  Binds loosest of all: put it in parentheses.",
        'tokens in "aeiou";',
    ),
    "if": Entry(
        "a if condition else b",
        "One of two values, position by position if the condition is an s-op.",
        'tokens if indices > 1 else "-";',
    ),
}
"""The words of the language that have a page."""


@cache
def library() -> ast.Module:
    """The standard library."""
    text = files("rasp").joinpath("library/standard.rasp").read_text(encoding="utf-8")
    return parse(Source("standard.rasp", text))


@cache
def library_bindings() -> dict[str, Binding]:
    """Where each name of the library is bound, in the order of its text."""
    return {binding.name.name: binding for binding in bindings(library())}


def library_entry(name: str) -> Entry | None:
    """What the library says of a name of its own, None for any other."""
    binding = library_bindings().get(name)
    if binding is None:
        return None
    comment = comment_above(binding.span)
    text = "\n".join(line.removeprefix("#").strip() for line in comment.splitlines())
    return Entry(usage(binding), text)


def entry(name: str) -> Entry | None:
    """What there is to know about a name of the language or of the library."""
    return WORDS.get(name) or library_entry(name)


def usage(binding: Binding) -> str:
    """The name, with its parameters if it is a function."""
    name = binding.name.name
    if (
        isinstance(binding.statement, ast.FunctionDefinition)
        and name == binding.statement.name.name
    ):
        parameters = ", ".join(parameter.name for parameter in binding.statement.parameters)
        return f"{name}({parameters})"
    return name


def comment_above(span: Span) -> str:
    """The lines of comment that end directly above a statement."""
    number = span.line
    first = number
    while first > 1 and span.source.line(first - 1).lstrip().startswith("#"):
        first -= 1
    return "\n".join(span.source.line(line).strip() for line in range(first, number))

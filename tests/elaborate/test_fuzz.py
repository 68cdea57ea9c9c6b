"""Whatever the text: a program or a RaspError, never anything else."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

import rasp
from rasp.elaborate.limits import Limits
from rasp.program import Session, loads
from rasp.source import Source
from rasp.syntax.parse import is_complete, parse_all

WORDS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "not",
    "and",
    "or",
    "if",
    "else",
    "for",
    "in",
    "def",
    "return",
    "select(",
    "aggregate(",
    "round(",
    "indicator(",
    "len(",
    "range(",
    "zip(",
    "draw(",
    "load",
    "x",
    "y",
    "f",
    "indices",
    "tokens",
    "length",
    "full_s",
    "out",
    "max",
    "sort",
    "set",
    "example",
    "examples",
    "on",
    "exit",
    "show",
    "0",
    "1",
    "2.5",
    '"a"',
    '"abc"',
    '"',
    "#",
    "§",
    "\n",
]

SMALL = Limits(call_depth=50, steps=5_000, nodes=500, items=1_000)


def check(text: str) -> None:
    source = Source("<fuzz>", text)
    parsed = parse_all(source)
    errors: list[rasp.RaspError] = [*parsed.errors]
    is_complete(text)
    errors += [result.error for result in Session(limits=SMALL).run(text) if result.error]
    try:
        loads(text, limits=SMALL)
    except rasp.RaspError as error:
        errors.append(error)
    for error in errors:
        assert error.labels
        assert "<" in str(error)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(["", " "]))
def test_words(words: list[str], separator: str) -> None:
    check(separator.join(words))


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_text(text: str) -> None:
    check(text)


VALUES = ["0", "-3", "2.5", "True", '"ab"', '""', "[]", "[1, [2]]", '{"a": 1}', "{}", "max"]
NODES = [
    "indices",
    "tokens",
    "full_s",
    "(indices == 1)",
    "select(tokens, indices, <)",
    "1 / indices",
]
OPERATORS = ["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in"]


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32))
def test_well_formed_expressions(seed: int) -> None:
    rng = random.Random(seed)

    def expression(depth: int) -> str:
        if depth == 0:
            return rng.choice(VALUES + NODES)
        a, b, c = (expression(rng.randrange(depth)) for _ in range(3))
        forms = [
            f"({a}) {rng.choice(OPERATORS)} ({b})",
            f"{rng.choice(['not', '-', '+'])} ({a})",
            f"({a}) if ({b}) else ({c})",
            f"({a})[{b}]",
            f"({a})({b})",
            f"[{a}, {b}]",
            f"{{{a}: {b}}}",
            f"[{a} for i in ({b}) if {c}]",
            f"{rng.choice(['round', 'len', 'indicator', 'range', 'zip'])}({a})",
            f"select({a}, {b}, {rng.choice(['==', '!=', '<'])})",
            f"aggregate({a}, {b}, {c})",
            f"{rng.choice(['sort', 'count', 'contains', 'max'])}({a}, {b})",
        ]
        return rng.choice(forms)

    check(f"x = {expression(4)};")

"""The canonical layout keeps the program and its comments, and is a fixed point."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rasp.errors import RaspLimitError, RaspSyntaxError
from rasp.source import Source
from rasp.syntax.format import format_text
from rasp.syntax.lexing import tokenize
from rasp.syntax.parse import parse

CORPUS = Path(__file__).parent.parent / "conformance"
PROGRAMS = [
    case["program"]
    for name in ("language", "analysis", "compile")
    for case in map(json.loads, (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    if case["feature"] != "err-syntax"
]


def formatted(text: str) -> str:
    return format_text(Source("<test>", text))


def check(text: str) -> str:
    result = formatted(text)
    assert parse(Source("<test>", result)) == parse(Source("<test>", text))
    assert formatted(result) == result
    assert all(line == line.rstrip() for line in result.splitlines())
    return result


def test_layout() -> None:
    text = """
set example   "abc"   # why
examples off;


x=1;y = - 2 + -3*(  4-5 ); # c
def f( a,b ){ # hi
  z=[1,
2,
    3];


  for k in {"a":1,"b":2}{ k;
  };
return select (a,b,==),{k :v for k in z if not(k>1)}[0];
# last
};
x = f
(1)[2];
"""
    assert (
        formatted(text)
        == """\
set example "abc"  # why
examples off

x = 1;
y = -2 + -3 * (4 - 5);  # c
def f(a, b) {  # hi
    z = [1,
        2,
        3];

    for k in {"a": 1, "b": 2} {
        k;
    }
    return select(a, b, ==), {k: v for k in z if not (k > 1)}[0];
    # last
}
x = f
    (1)[2];
"""
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_corpus(program: str) -> None:
    check(program)


def comments(text: str) -> list[str]:
    """What comments say; a '#' in a string starts none."""
    found = (re.finditer(r'"[^"]*"|#(.*)', line) for line in text.splitlines())
    return [match[1] for line in found for match in line if match[1] is not None]


@settings(deadline=None)
@given(st.sampled_from([p for p in PROGRAMS if "example" not in p]), st.integers())
@example('x = "#" if tokens == "a" else tokens;  # a comment with "quotes"\n', 3)
def test_any_layout(program: str, seed: int) -> None:
    """The program is laid out at random, with comments everywhere."""
    source = Source("<test>", program)
    rng = random.Random(seed)
    spaces = [" ", "  ", "\n", " # note\n", "\t", "\n\n\n", "\r\n"]
    text = "".join(str(token) + rng.choice(spaces) for token in tokenize(source))
    assert parse(Source("<test>", text)) == parse(source)
    assert comments(check(text)) == comments(text)


def test_what_is_no_program_is_refused() -> None:
    with pytest.raises(RaspSyntaxError):
        formatted("x = ;")


def test_depth_is_no_problem() -> None:
    deep = "x = " + "(" * 10_000 + "1" + ")" * 10_000 + ";\n"
    assert formatted(deep) == deep
    blocks = formatted("for a in b {" * 100 + "x = 1;" + "}" * 100)
    assert formatted(blocks) == blocks
    with pytest.raises(RaspLimitError):
        formatted("for a in b {" * 5_000 + "x = 1;" + "}" * 5_000)

"""Graphs as program text: the text gives the very node, and is as the formatter would have it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

import rasp
from rasp.dsl import constant, full, indices, length, lookup, select, tokens, tokens_asis, where
from rasp.errors import RaspError, RaspValueError
from rasp.graph import construct
from rasp.graph.nodes import TOKENS, Constant, Elementwise, SelectorNode, SOpNode, intern
from rasp.graph.origins import Origins
from rasp.sop import Selector, SOp
from rasp.source import Source
from rasp.syntax.format import format_text
from rasp.syntax.write import write
from rasp.testing import RandomProgram, programs

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests/conformance"
MOST_NAMES = 20
"""Of a program with more names every second or third is written, the last one always."""


def check(node: SOpNode | SelectorNode, origins: Origins | None = None, name: str = "final") -> str:
    """The text of a node, which has to give the node, in the canonical layout, and no warning."""
    text = write(node, origins, name)
    program = rasp.loads(text)
    bound = [line.split(" = ")[0] for line in text.splitlines() if " = " in line]
    value = program[bound[-1]]
    assert isinstance(value, (SOp, Selector))
    assert value.node is node, text
    assert format_text(Source("<test>", text)) == text
    assert not program.warnings, text
    return text


def check_program(text: str) -> None:
    try:
        program = rasp.loads(text)
    except RaspError:
        return  # of the corpus, a program that is refused
    graphs = [
        (name, value)
        for name in program.names
        if isinstance(value := program[name], (SOp, Selector))
    ]
    for name, value in graphs[:: -1 - len(graphs) // MOST_NAMES]:
        check(value.node, value.origins, name)
        check(value.node)


FAILING = construct.elementwise("negate", "a")


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (tokens.node, "final = tokens;\n"),
        (tokens_asis.node, "final = tokens_asis;\n"),
        (length.node, "final = length;\n"),
        (full.node, "final = full_s;\n"),
        (construct.EMPTY, "final = select(1, 1, !=);\n"),
        ((indices + 1).node, "final = indices + 1;\n"),
        (((indices + 1) * -2).node, "final = (indices + 1) * -2;\n"),
        ((indices - (indices - 1)).node, "final = indices - (indices - 1);\n"),
        (((indices % 2) ** 2).node, "final = (indices % 2) ^ 2;\n"),
        ((~(indices > 1) & (indices < 3)).node, "final = not (indices > 1) and indices < 3;\n"),
        (tokens.is_in(["a", "b"]).node, 'final = tokens in ["a", "b"];\n'),
        (tokens.is_in("aeiou").node, 'final = tokens in "aeiou";\n'),
        (tokens.is_in(["", "a"]).node, 'final = tokens in "a";\n'),
        (where(tokens == "a", 1, -0.5).node, 'final = 1 if tokens == "a" else -0.5;\n'),
        (lookup("ab", indices).node, 'final = "ab"[indices];\n'),
        (lookup({"a": True}, tokens).node, 'final = {"a": True}[tokens];\n'),
        (constant(3).node, "final = 0 if tokens == [] else 3;\n"),
        (construct.elementwise("add", "a", 1), 'final = (0 if tokens == [] else "a") + 1;\n'),
        (construct.select("a", 1, "<"), 'final = select("a", 1, <);\n'),
        (
            rasp.aggregate(~select(indices, indices, "<"), tokens, -1).node,
            "final = aggregate(not select(indices, indices, <), tokens, -1);\n",
        ),
    ],
)
def test_expressions(node: SOpNode | SelectorNode, text: str) -> None:
    assert check(node) == text


@pytest.mark.parametrize(
    "node",
    [
        constant(float("nan")).node,
        constant(float("-inf")).node,
        constant(-0.0).node,
        (indices + float("inf")).node,
        construct.elementwise("where", True, TOKENS, 1),
        construct.elementwise("where", FAILING, True, 1),
        construct.elementwise("or", 1, tokens.node),
        construct.elementwise("index_list", 5, parameters=(1, 2)),
        construct.elementwise("divide", 1, 0),
        FAILING,
    ],
)
def test_what_is_seldom_written(node: SOpNode) -> None:
    check(node)


@given(programs())
@settings(max_examples=60, deadline=None)
def test_random_programs(program: RandomProgram) -> None:
    check_program(program.text)


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.rasp")), ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    check_program(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["language", "analysis", "compile"])
def test_corpus(name: str) -> None:
    for line in (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        check_program(json.loads(line)["program"])


def test_names_and_shared_parts() -> None:
    program = rasp.loads(
        "same = select(tokens, tokens, ==); n = selector_width(same);"
        "pair = (n + indices) * (n + indices);"
    )
    assert rasp.to_text(program["pair"]) == (
        "same = select(tokens, tokens, ==);\n"
        "n = selector_width(same);\n"
        "value = n + indices;\n"
        "pair = value * value;\n"
    )


def test_names_that_the_language_has_are_not_taken() -> None:
    origins = Origins()
    for node, name in [((indices + 1).node, "length"), ((indices + 2).node, "opp idx-1")]:
        origins.add(node, name=name)
    text = check(((indices + 1) * (indices + 2)).node, origins, "max")
    assert text == (
        "length_2 = indices + 1;\nopp_idx_1 = indices + 2;\nmax_2 = length_2 * opp_idx_1;\n"
    )


@pytest.mark.parametrize("name", ["out", "get", "select", "not", "1st", "+", "tokens", "sort"])
def test_no_name_is_refused(name: str) -> None:
    check((indices + 1).node, name=name)


def test_long_lines_are_cut() -> None:
    table = lookup({number: number * number for number in range(100)}, indices)
    sop = indices
    for number in range(40):
        sop = where(tokens == "a", sop * number, table)
    text = check(sop.node)
    assert max(map(len, text.splitlines())) < 110


def test_deep_graphs() -> None:
    sop = indices
    for number in range(3000):
        sop = sop * 2 + number
    check(sop.node)


@pytest.mark.parametrize("string", ['"', "\n", "\r"])
def test_strings_that_cannot_be_written(string: str) -> None:
    with pytest.raises(RaspValueError, match="no program text has the string"):
        rasp.to_text(tokens == string)


@pytest.mark.parametrize(
    "node",
    [
        intern(Elementwise("negate", (intern(Constant(1)),))),  # a constant that is not folded
        intern(Elementwise("index_dict", (TOKENS,), (1, "a", True, "b"))),  # one key twice
        intern(Elementwise("index_string", (TOKENS,), ("ab", "c"))),
        intern(Elementwise("to_int", ((indices + 1).node,))),
    ],
)
def test_nodes_that_the_language_does_not_make(node: SOpNode) -> None:
    with pytest.raises(RaspValueError, match="a part that no program text gives"):
        write(node)


def test_of_handles_alone() -> None:
    with pytest.raises(rasp.RaspTypeError, match="expected an s-op or a selector, got int"):
        rasp.to_text(3)  # type: ignore[arg-type]


def test_best_and_fetch_have_their_names_back() -> None:
    same = select(tokens, tokens, "==")
    for selector, text in [
        (construct.last(same.node), "last(select(tokens, tokens, ==))"),
        (construct.first(same.node), "first(select(tokens, tokens, ==))"),
        (construct.best(same.node, tokens.node), "best(select(tokens, tokens, ==), tokens)"),
        (construct.best(same.node, 3), "best(select(tokens, tokens, ==), 3)"),
    ]:
        assert check(selector) == f"final = {text};\n"
        assert check(construct.fetch(selector, 1, "-")) == f'final = fetch({text}, 1, "-");\n'
        assert check(construct.fetch(selector, tokens.node)) == f"final = fetch({text}, tokens);\n"
    both = construct.selector_and(construct.first(same.node), construct.first(full.node))
    assert "-indices" not in check(construct.aggregate(both, construct.elementwise("negate", 1)))


def test_names_that_programs_may_take_from_the_library() -> None:
    """They keep them, unless the text needs the function of the library."""
    program = rasp.loads("first = tokens; last = fetch(select(first, first, ==), indices);")
    node, origins = program["last"].node, program.origins
    assert check(node, origins, "last").startswith("last = fetch(")
    assert check(node, origins, "fetch").startswith("fetch_2 = fetch(")
    assert check(construct.last(construct.FULL), None, "first") == "first = last(full_s);\n"
    assert check(construct.last(construct.FULL), None, "last") == "last_2 = last(full_s);\n"

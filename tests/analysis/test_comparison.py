"""Both accounts side by side, and the command that shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rasp import api
from rasp.analysis import Comparison, analyze, compare
from rasp.cli import main
from rasp.program import loads
from rasp.sop import SOp

EXAMPLES = Path(__file__).parents[2] / "examples"
SORT = str(EXAMPLES / "sort.rasp")

HISTOGRAM = "hist = selector_width(select(tokens, tokens, ==));"


@dataclass
class Model:
    """What a compiler might say of its model."""

    heads: list[list[str]]
    neurons: list[list[tuple[int, int, str]]]
    sublayers: str
    addresses: tuple[int, ...] = ()

    @property
    def heads_per_layer(self) -> tuple[int, ...]:
        return tuple(map(len, self.heads))


def compared(text: str, name: str, model: Model) -> Comparison:
    value = loads(text)[name]
    assert isinstance(value, SOp)
    return compare(analyze(value.node, origins=value.origins), model, model)


def test_no_difference() -> None:
    text = "back = aggregate(select(indices, indices - 1, ==), tokens);"
    found = compared(text, "back", Model([["back"]], [[]], "a"))
    assert found.differences == ()
    assert "there is no difference" in found.to_text()


def test_a_count_read_from_the_table_of_positions() -> None:
    text = (
        "n = selector_width(select(tokens, tokens, ==)); x = aggregate(select(indices, n, ==), 1);"
    )
    heads = [["n"], ["n, of the positions"], ["x"]]
    for addresses, reason in (
        ((0, 1, 0), "1 head reads a count from the table of positions, in the place of neurons"),
        ((), "attention for n, of the positions in addition"),
    ):
        (found,) = compared(text, "x", Model(heads, [[], [], []], "aaa", addresses)).differences
        assert (found.what, found.theory, found.compiled) == ("attention sublayers", "2", "3")
        assert found.reason.endswith(reason)


def test_widths_and_linear_results() -> None:
    found = compared(HISTOGRAM, "hist", Model([["hist"]], [[]], "a"))
    heads, neurons = found.differences
    assert (heads.what, heads.theory, heads.compiled) == ("heads of layer 1", "2", "1")
    assert "one head instead of two" in heads.reason
    assert (neurons.what, neurons.theory, neurons.compiled) == (
        "feed-forward after attention 1",
        "1",
        "0",
    )
    assert neurons.reason.startswith("hist: the output reads it off what is there")
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    assert found._repr_html_().count("<table>") == 2


def test_several_heads_for_one_operation_are_named_even_if_numbers_agree() -> None:
    found = compared(HISTOGRAM, "hist", Model([["hist", "hist"]], [[(0, 2, "hist")]], "af"))
    (heads,) = found.differences
    assert "hist (2): several heads" in heads.reason


def test_additional_feed_forward() -> None:
    model = Model([["hist"], []], [[(0, 2, "hist")], [(0, 3, "more")]], "aff")
    differences = {d.what: d for d in compared(HISTOGRAM, "hist", model).differences}
    found = differences["feed-forward after attention 1"]
    assert (found.theory, found.compiled, found.reason) == ("1", "2", "neurons for hist, more")


@pytest.mark.parametrize(
    ("heads", "reason"),
    [([], "no attention for hist"), ([["hist"], ["other"]], "attention for other in addition")],
)
def test_other_attention(heads: list[list[str]], reason: str) -> None:
    (found,) = compared(HISTOGRAM, "hist", Model(heads, [], "a" * len(heads))).differences
    assert found.what == "attention sublayers"
    assert reason in found.reason


def test_an_operation_in_an_earlier_layer_is_named() -> None:
    """Both sides of the choice are alike, so that the place does not depend on the condition."""
    sop = loads(
        "first = tokens[0];\n"
        'place = indices - (1 if first == "a" else 1);\n'
        'before = aggregate(select(indices, place, ==), tokens, "a");\n'
        'x = aggregate(select(indices, indicator(first == "a"), ==), before, "a");'
    )["x"]
    assert isinstance(sop, SOp)
    model = api.compile(sop, vocab="ab", max_len=4)
    found = compare(api.analyze(sop), model.report, model.labels)
    (reason,) = [d.reason for d in found.differences if d.what == "attention sublayers"]
    assert reason.startswith("before, x: in an earlier layer")


# -- the command


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["analyze", *arguments]) == 0
    return capsys.readouterr().out


def test_compiled_beside_theory(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (SORT, "--compiled", "--vocab", "abc", "--max-len", "4")
    assert "heads of layer 1: 2 in theory" in command(capsys, *arguments)
    data = json.loads(command(capsys, *arguments, "--json"))
    assert data["compiled"]["theory"]["sublayers"] == "afa"
    assert data["compiled"]["compiled"]["n_attention"] == 2


def test_orders_and_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    assert "order afaf: fits\n" in command(capsys, SORT, "--order", "interleaved")
    assert "order aaff: does not fit" in command(capsys, SORT, "--order", "sandwich:1")
    assert "latest schedule" in command(capsys, SORT, "--schedule", "latest")
    data: Any = json.loads(command(capsys, SORT, "--order", "aff", "--json"))
    assert data["order"]["fits"] is False
    assert data["order"]["misfit"]["kind"] == "attention"
    assert data["orders"]["least_attention"] == ["afa"]
    assert data["heads_per_layer_with_bos"] == [1, 1]


def test_attention(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("one\n2\n")
    out = command(capsys, SORT, "--sop", "place", "--attention", "causal", "--vocab", "ab")
    assert '"ba": position 0 selects 1' in out
    program = tmp_path / "same.rasp"
    program.write_text("x = aggregate(select(tokens, tokens, ==), indices);")
    arguments = (str(program), "--attention", "window:1", "--vocab-file", str(words))
    assert '["one", "one", "one"]: position 0 selects 2' in command(capsys, *arguments)
    data: Any = json.loads(command(capsys, *arguments, "--max-len", "3", "--json"))
    assert data["attention"]["heads"][0]["counterexample"]["tokens"] == ["one", "one", "one"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--attention", "windows:3"], 1, "'windows' is not a mask"),
        (["--order", "abc"], 1, "not an order of sublayers"),
        (["--attention", "file:nowhere"], 1, "cannot read the mask nowhere"),
        (["--compiled"], 2, "--compiled needs --vocab and --max-len"),
        (["--vocab", "", "--attention", "causal"], 2, "--vocab has no characters"),
        (["--schedule", "soon"], 2, "invalid choice"),
        (["--max-len", "0"], 2, "whole number from 1 on"),
    ],
)
def test_what_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, message: str
) -> None:
    if status == 1:
        assert main(["analyze", SORT, *arguments]) == 1
    else:
        with pytest.raises(SystemExit, match="2"):
            main(["analyze", SORT, *arguments])
    assert message in capsys.readouterr().err


def test_operations_that_look_the_same_are_not_taken_for_one() -> None:
    text = "x = aggregate(full_s, 1); y = x; x = aggregate(select(1, indices, ==), 1); z = x + y;"
    found = compared(text, "z", Model([["x", "x"]], [[]], "a"))
    assert [d.what for d in found.differences] == ["feed-forward after attention 1"]
    rewritten = compared(HISTOGRAM, "hist", Model([["other"]], [[(0, 1, "hist")]], "af"))
    assert "hist: rewritten, with heads for other" in rewritten.differences[0].reason

"""Integers that are too many to list: sums of digits times powers, what is made of them, and what
is refused."""

from __future__ import annotations

import random
from contextlib import nullcontext
from typing import Any

import pytest

import rasp
from rasp.compiler.facts.sides import only_added
from rasp.compiler.lowering import intervals
from rasp.compiler.options import Optimize
from rasp.errors import CompileError
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.testing.limit import Limit
from rasp.testing.limits import lowered
from rasp.verification import same_outcome

NUMBERS = """
so_far = select(indices, indices, <=);
value = round(length * average(tokens_int * BASE ^ indices));
reversed = round(length * average(tokens_int * BASE ^ (length - 1 - indices)));
prefix = round((indices + 1) * aggregate(so_far, tokens_int * BASE ^ indices));
other = sum((1 - tokens_int) * BASE ^ indices);
previous = aggregate(select(indices, indices - 1, ==), prefix);
"""
NO_LISTS = (
    Limit("MAX_MEAN_PAIRS", ("facts.means",), 10, "sums are not listed"),
    Limit("MAX_SUMS", ("facts.means",), 0, "nor are few of them"),
    Limit("MAX_JOINT_ROWS", ("lowering.sums",), 10, "nor are products"),
    Limit("MOST_SUMMED_VALUES", ("lowering.combine", "lowering.intervals"), 2, "nor are others"),
    Limit("MANY_SUMMED_ROWS", ("lowering.elementwise",), 0, "and sums are numbers"),
)


def compiled(text: str, base: int, max_len: int, **options: object) -> rasp.CompiledModel:
    sop = rasp.loads((NUMBERS + text).replace("BASE", str(base)))["x"]
    assert isinstance(sop, SOp)
    vocab = "0123456789"[:base]
    return rasp.compile(sop, vocab=vocab, max_len=max_len, **options)  # type: ignore[arg-type]


LARGE = (
    ("x = value;", 300),
    ("x = reversed;", 5_000),
    ("x = prefix;", 3_000),
    ("x = sum(tokens_int * BASE ^ indices);", 500),
    ("x = round(selector_width(so_far) * aggregate(so_far, tokens_int * BASE ^ indices));", 3_000),
    ("x = 3 * value - other + indices;", 600),
    ("x = value > 1000 and other <= 500000 or value == 77;", 800),
    ("x = (value > 1000) != (other > 1000);", 900),
    ("x = value < other;", 800),
    ('x = value if tokens[0] == "1" else -other;', 600),
    ("x = abs(value - other) / 2;", 600),
    ("x = prefix - previous;", 4_000),
    ("x = previous > 1000.5;", 4_500),
    ('x = value + (3 if count(tokens, "1") > 4 else 7) > 1000;', 900),
    ("x = sum(prefix);", 3_500),
)


@pytest.mark.parametrize(("base", "digits"), [(2, 20), (10, 8)])
@pytest.mark.parametrize(("text", "most"), LARGE)
def test_numbers_of_many_digits(text: str, most: int, base: int, digits: int) -> None:
    model = compiled(text, base, digits)
    assert model.report.certificate.ok
    assert model.report.n_parameters < most * (1 if base == 2 else 2)
    sop = model.sop
    draw = random.Random(0)
    vocab = "0123456789"[:base]
    lengths = [1, 2, digits - 1, digits] * 3
    inputs = ["".join(draw.choice(vocab) for _ in range(n)) for n in lengths]
    inputs += [vocab[-1] * digits, vocab[0] * digits, "0" * 4 + "1" + "0" * 3, "00000001"]
    expected = outcomes(sop.node, inputs)
    found = model.outcomes(inputs)
    assert all(same_outcome(a, b) for a, b in zip(expected, found, strict=True))


def test_a_product_is_put_out_by_its_factors() -> None:
    model = compiled("x = length * average(tokens_int * BASE ^ indices);", 2, 20)
    assert model.report.certificate.ok
    assert model.report.n_parameters < 800
    assert rasp.verify(model, samples=100).ok


SHIFTED = (
    "v = 0;\nfor k in range(8) { v = 10 * v + aggregate(select(indices, k, ==), tokens_int, 0); }",
    "v = tokens_int;\nfor k in range(7) { v = 10 * shift(v, 1, 0) + tokens_int; }",
    "v = tokens_int;\nfor k in [1, 2, 4] { v = v + 10 ^ k * shift(v, k, 0); }",
)


@pytest.mark.parametrize("output", ["x = v;", "x = v > 12345678;", "x = v == value;"])
@pytest.mark.parametrize("text", SHIFTED)
def test_digits_put_together_by_shifts(text: str, output: str) -> None:
    model = compiled(text + "\n" + output, 10, 8)
    assert model.report.certificate.ok
    assert model.report.n_parameters < 4_000
    assert rasp.verify(model, samples=100).ok


SMALL = (
    *(text for text, _ in LARGE),
    "v = tokens_int;\nfor k in [1, 2] { v = v + BASE ^ k * shift(v, k, 0); }\nx = v > 4;",
    "x = 0 < -value or 2 * value == other;",
    "x = prefix >= previous and not (prefix == previous + 2);",
    'x = aggregate(select(tokens, "1", ==) and select(indices, 3, ==), prefix, 5);',
    "x = round(value) - value + indices;",
    "x = value * (length - 2);",
    "x = max(prefix, previous + 1);",
    "x = value if value > 3 else other;",
    "x = (value > 3) == (tokens_int > 0);",
    'x = "many" if value > 3 and prefix < 6 else ("some" if value > 0 else "none");',
    "x = selector_width(select(value > 3, prefix > 3, ==));",
    "x = aggregate(so_far, indicator(prefix > 2));",
    "x = length * average(tokens_int * BASE ^ indices) > 2.5;",
    "x = length * average(tokens_int * BASE ^ indices) <= 3;",
    "x = length * average(tokens_int * BASE ^ indices) == 49;",
    "x = 1 / (value - 2);",
    "x = -(-value) == value;",
    "x = value == value;",
    "x = value < value + 1;",
    "x = (value if tokens_int == 1 else other) > 3;",
    "x = 2 >= (value if tokens_int == 1 else (other if indices > 2 else 7));",
    "x = (value if tokens_int == 1 else 3) == other;",
    "x = (value if 1 / (tokens_int - indices) > 0 else other) > 3;",
    "x = max(value, other) > 20;",
    'x = value == "a";',
    "x = value != tokens;",
)
NEED_LISTS = (
    "x = value % 3;",
    "x = round(length * average(tokens_int - 0.5 * indices));",
    "x = average(prefix);",
)


@pytest.mark.parametrize(
    ("causal", "optimize"), [(False, "patterns"), (True, "patterns"), (False, "size")]
)
@pytest.mark.parametrize("text", [*SMALL, *NEED_LISTS])
def test_without_lists_all_inputs_come_out_right(
    text: str, causal: bool, optimize: Optimize
) -> None:
    refused = text in NEED_LISTS
    with lowered(NO_LISTS), pytest.raises(CompileError) if refused else nullcontext():
        model = compiled(text, 2, 5, causal=causal, optimize=optimize)
        assert rasp.verify(model, exhaustive=True).ok


def test_what_needs_a_list_is_refused_with_what_would_help() -> None:
    with pytest.raises(CompileError) as refused:
        compiled("x = value % 7;", 2, 20)
    assert "value % 7" in str(refused.value)
    assert "can be put out, added and compared" in str(refused.value)
    with pytest.raises(CompileError) as refused:
        compiled("x = length * average(tokens_int * BASE ^ indices) > 1000;", 2, 20)
    assert "round a count times a mean" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "digits", "hint"),
    [
        ("x = value;", 38, "read one after the other"),
        ("x = 3 * value > 1000;", 37, "up to 2^38"),
    ],
)
def test_what_rounding_would_spoil_is_refused_before_anything_is_built(
    text: str, digits: int, hint: str
) -> None:
    with pytest.raises(CompileError) as refused:
        compiled(text, 2, digits)
    assert hint in str(refused.value)
    assert "would be wrong" not in str(refused.value)


@pytest.mark.parametrize("digits", [30, 37])
def test_as_many_digits_as_a_head_adds_up(digits: int) -> None:
    model = compiled("x = value;", 2, digits)
    assert model.report.certificate.ok
    inputs = ["1" * digits, "0" * (digits - 1) + "1", "0" * (digits - 8) + "01001111"]
    assert [list(model(text)) for text in inputs] == [
        [int(text[::-1], 2)] * digits for text in inputs
    ]


def test_digits_read_one_after_the_other_may_be_more() -> None:
    digit = "aggregate(select(indices, k, ==), tokens_int, 0)"
    text = f"v = 0;\nfor k in range(33) {{ v = 2 * v + {digit}; }}"
    assert compiled(text + "\nx = v;", 2, 33).report.certificate.ok


def test_of_what_no_list_is_asked() -> None:
    program = rasp.loads(
        "a = selector_width(select(tokens, tokens, ==));\nb = 2 * a + 1;\n"
        "c = aggregate(select(indices, 0, ==), b);\nx = c + indices;\ny = b % 3;"
    )
    a, b, c, x, y = (program[name].node for name in "abcxy")
    assert {b, c, x, a} <= only_added(x)
    assert not {b, a} & only_added(y)


def test_what_rounds_choose_from_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round chooses twice from what the round before chooses from: of twelve it was asked
    fifty thousand times, and of fifty the end was not seen."""
    text = """
    x = tokens_int;
    for round in range(12) {
        l = aggregate(select(indices, indices - 1, ==), x, 0);
        r = aggregate(select(indices, indices + 1, ==), x, 2);
        x = min(x, r) if indices % 2 == round % 2 else max(x, l);
    }
    """
    asked: list[object] = []
    is_open = intervals._is_open_choice

    def noted(*arguments: Any) -> bool:
        asked.append(arguments[1])
        return is_open(*arguments)

    monkeypatch.setattr(intervals, "_is_open_choice", noted)
    model = rasp.compile(rasp.loads(text)["x"], vocab="012", max_len=3)
    assert model.certificate.meaning.ok
    assert len(asked) < 2_000

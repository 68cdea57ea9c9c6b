"""How large compiled programs are: bounds for both options, and exact at awkward lengths."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest

import rasp
import rasp.api
from rasp.compiled import CompiledModel
from rasp.compiler import pipeline
from rasp.compiler.account.prices import Prices
from rasp.compiler.lowering.lower import lower
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.options import Options
from rasp.compiler.pipeline import compile_graph
from rasp.interpreter import evaluate
from rasp.model.config import TransformerConfig
from rasp.sop import SOp
from rasp.vocabulary import Vocabulary
from tests.interpreter.test_corpus import CASES

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MANY = [f"t{number:02}" for number in range(100)]

# file, s-op, vocabulary, longest input, most parameters with faithful patterns and for size
TABLE: list[tuple[str, str, Any, int, int, int]] = [
    ("reverse", "reversed", LETTERS[:10], 50, 3_000, 1_200),
    ("sort", "sorted", LETTERS[:10], 50, 52_000, 13_500),
    ("sort_by_frequency", "by_frequency", LETTERS[:10], 50, 170_000, 31_000),
    ("histogram", "histogram", LETTERS[:10], 100, 600, 600),
    ("sort", "sorted", MANY, 100, 540_000, 43_000),
    ("histogram", "histogram", LETTERS, 1_000, 4_500, 4_500),
    ("reverse", "reversed", LETTERS, 512, 40_000, 8_500),
]


def awkward_lengths(max_len: int) -> list[int]:
    lengths = [1, 2, 9, 10, 11, 31, 32, 33, max_len - 1, max_len]
    return [length for length in lengths if length <= max_len]


def compiled(file: str, sop: str, vocab: Any, max_len: int, optimize: str) -> CompiledModel:
    value = rasp.load(f"examples/{file}.rasp")[sop]
    assert isinstance(value, SOp)
    return rasp.compile(value, vocab=vocab, max_len=max_len, optimize=optimize)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize(
    ("file", "sop", "vocab", "max_len", "patterns", "size"),
    TABLE,
    ids=lambda value: str(value) if not isinstance(value, list) else "many",
)
def test_small_certified_and_exact_at_awkward_lengths_and_widths(
    file: str, sop: str, vocab: Any, max_len: int, patterns: int, size: int, optimize: str
) -> None:
    model = compiled(file, sop, vocab, max_len, optimize)
    assert model.report.n_parameters <= (patterns if optimize == "patterns" else size)
    assert model.report.certificate.ok
    assert model.report.details["optimize"] == optimize
    draw = random.Random(3)
    inputs: list[list[str]] = []
    for length in awkward_lengths(max_len):
        inputs.append([vocab[0]] * length)  # every width is the length
        inputs.append([vocab[place % len(vocab)] for place in range(length)])
        inputs.append([draw.choice(vocab) for _ in range(length)])
        for width in awkward_lengths(length):
            tokens = [vocab[0]] * width + [draw.choice(vocab[1:]) for _ in range(length - width)]
            draw.shuffle(tokens)
            inputs.append(tokens)
    assert model.batch(inputs) == evaluate(model.specification.node, inputs)


def test_optimising_size_never_gives_more_parameters_and_clearly_fewer_in_all() -> None:
    totals = {"patterns": 0, "size": 0}
    for case in CASES[::5]:
        sop = rasp.loads(case["program"])[case["output"]]
        assert isinstance(sop, SOp)
        numbers = {}
        for optimize in totals:
            artifact = compile_graph(
                sop.node,
                vocabulary=Vocabulary.of(case["vocab"]),
                max_len=case["max_len"],
                optimize=optimize,  # type: ignore[arg-type]
            )
            assert artifact.report.is_certified
            numbers[optimize] = sum(tensor.size for tensor in artifact.tensors.values())
            totals[optimize] += numbers[optimize]
        assert numbers["size"] <= numbers["patterns"], case["id"]
    assert totals["size"] < 0.95 * totals["patterns"]


SLOW = {
    "comp-vote-by-position-weight",  # products of means of three counts: minutes
    "comp-greatest-common-divisor-of-counts",
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["id"], marks=pytest.mark.slow if case["id"] in SLOW else ())
        for case in CASES[1::5]
    ],
)
def test_optimised_for_size_exact(case: dict[str, Any]) -> None:
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"], optimize="size")
    assert model.report.certificate.ok
    assert model.report.sublayers.count("a") <= case["analysis"]["layers"]
    assert rasp.verify(model, samples=300, seed=4).ok


SEVEN = """
value = 29 - 25 * indicator(indices < 7) + indicator(indices == 6);
sum = aggregate(select(tokens, "R", ==), value, 0) * count(tokens, "R");
x = sum == 29;
"""


def test_numbers_that_differ_in_their_last_bits_only_stay_apart() -> None:
    """29 / 7 * 7 is more than 29."""
    sop = rasp.loads(SEVEN)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="RG", max_len=8, optimize="size")
    assert model("RRRRRRR") == [False] * 7
    assert rasp.verify(model, exhaustive=True).ok


def test_an_unknown_aim_is_refused() -> None:
    with pytest.raises(rasp.CompileError, match="optimize has to be patterns or size"):
        rasp.compile(rasp.tokens, vocab="ab", max_len=2, optimize="speed")  # type: ignore[arg-type]


def test_the_report_says_where_the_parameters_are() -> None:
    report = compiled("sort", "sorted", "abc", 8, "patterns").report
    assert sum(part.n_parameters for part in report.parameters) == report.n_parameters
    places = {part.place for part in report.parameters}
    assert {"embedding", "attention of block 0", "unembedding"} <= places
    assert any(part.label.startswith("head place (") for part in report.parameters)
    assert "most for" in report.to_text()


def emitted(stage: str, file: str, sop: str, max_len: int) -> str:
    value = rasp.load(f"examples/{file}.rasp")[sop]
    assert isinstance(value, SOp)
    return rasp.api.emit(value, stage, vocab=LETTERS[:10], max_len=max_len)


def test_choices_are_shown_with_what_they_were_chosen_instead_of() -> None:
    schedule = emitted("schedule", "sort", "sorted", 50)
    assert "head sorted: sign code 6 (instead of one-hot 50: +12,915 parameters)" in schedule
    assert "parabola 3 (instead of one-hot 10: +" in schedule
    encodings = emitted("encodings", "sort", "sorted", 50)
    assert "one-hot: 50 directions: +28,336 parameters" in encodings
    assert "a faithful pattern: 2 heads have to be added" in encodings
    assert "one head over 500 joint values, computed by neurons before: +400,500" in encodings
    assert "parabola 2 (instead of neurons for each of 50 numbers, and a code: +" in emitted(
        "schedule", "reverse", "reversed", 50
    )


def test_prices_are_what_a_model_grows_by() -> None:
    config = compiled("sort", "sorted", LETTERS[:10], 50, "patterns").module.config
    prices = Prices.of(config)

    def size(changed: TransformerConfig) -> int:
        return sum(math.prod(shape) for shape in changed.shapes().values())

    wider = replace(config, d_model=config.d_model + 1)
    assert size(wider) - size(config) == prices.direction
    first, second = config.blocks
    more = replace(config, blocks=(replace(first, d_mlp=first.d_mlp + 1), second))
    assert size(more) - size(config) == prices.neuron
    more = replace(config, blocks=(replace(first, d_head=first.d_head + 3), second))
    assert size(more) - size(config) == prices.widened(first, first.d_head + 3)
    assert prices.widened(first, first.d_head - 1) == 0


def test_the_schedule_says_what_was_tried_for_size() -> None:
    value = rasp.load("examples/sort.rasp")["sorted"]
    assert isinstance(value, SOp)
    schedule = rasp.api.emit(value, "schedule", vocab="abcdef", max_len=20, optimize="size")
    tried = [line for line in schedule.splitlines() if line.startswith("tried: ")]
    assert any("counts as sums, orders in 2 digits: " in line for line in tried)
    skipped = [line for line in tried if ": skipped, since " in line]
    assert skipped
    assert any(
        "errors ending in every layer: skipped, since it is certified without" in line
        for line in skipped
    )
    assert any("functions in steps: skipped, since " in line for line in skipped)
    compiled_all = [line for line in tried if line not in skipped]
    numbers = [int(line.split(": ")[2].split()[0].replace(",", "")) for line in compiled_all]
    model = compiled("sort", "sorted", "abcdef", 20, "size")
    assert model.report.n_parameters == min(numbers) < max(numbers)
    assert "tried" not in emitted("schedule", "sort", "sorted", 20)


def test_without_an_order_no_digits_are_tried() -> None:
    value = rasp.loads("x = selector_width(select(tokens, tokens, ==));")["x"]
    assert isinstance(value, SOp)
    schedule = rasp.api.emit(value, "schedule", vocab="abcdef", max_len=20, optimize="size")
    tried = [line for line in schedule.splitlines() if line.startswith("tried: ")]
    digits = [line for line in tried if " digits" in line]
    assert len(digits) == 6
    assert all(": skipped, since " in line for line in digits)
    assert sum("there is no order to take apart" in line for line in digits) == 2
    assert any(line.startswith("tried: counts as sums: ") for line in tried)


def test_the_schedule_says_why_there_is_an_extra_sublayer() -> None:
    text = (
        "def n(c) { return selector_width(select(tokens, c, ==)); }\n"
        'x = max(n("a"), max(n("b"), n("c")));'
    )
    value = rasp.loads(text)["x"]
    assert isinstance(value, SOp)
    schedule = rasp.api.emit(value, "schedule", vocab=LETTERS, max_len=50)
    assert "extra feed-forward sublayer after attention 1, for x" in schedule
    assert "a function of about 132,651 joint values" in schedule


def test_a_long_program_is_lowered_once_where_the_rest_certainly_takes_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lowered: list[Options] = []

    def counting(*arguments: Any) -> Lowered:
        lowered.append(arguments[4])
        return lower(*arguments)

    monkeypatch.setattr(pipeline, "lower", counting)
    sop = rasp.loads("x = sort(tokens, tokens);")["x"]
    assert isinstance(sop, SOp)
    found = compile_graph(
        sop.node, vocabulary=Vocabulary.of("abc"), max_len=600, optimize="size", prove=False
    )
    assert len(lowered) == 1
    assert found.report.is_certified

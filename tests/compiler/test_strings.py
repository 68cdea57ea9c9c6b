"""Outputs that are strings of several parts: logits from codes, and parts that are joined later."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import RaspError
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

WORDS = [f"w{number}" for number in range(200)]
BEFORE = 'before = aggregate(select(indices, indices - 1, ==), tokens, ".");\n'
MARKED = 'x = tokens + "s" if indices == 0 else tokens;'
TWO = BEFORE + "x = before + tokens;"
FIRST = 'x = tokens + "-" + tokens[0];'
TWICE = BEFORE + 'x = before + tokens + before if tokens == "w1" else tokens + before + "!";'
CHOSEN = """
n = selector_width(select(tokens, tokens, ==));
x = tokens + (tokens[0] if n > 1 else "new");
"""
MISSING = 'x = tokens[0] + "-" + tokens[2] + tokens;'
SEVERAL = BEFORE + 'x = aggregate(select(tokens, "w0", !=), tokens, "") + before + tokens;'


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop


def agrees(model: CompiledModel, text: str, inputs: list[list[str]]) -> bool:
    sop = sop_of(text)
    expected = outcomes(sop.node, inputs, causal=model.report.causal, origins=sop.origins)
    found = model.outcomes(inputs)
    return all(same_outcome(*pair) for pair in zip(expected, found, strict=True))


def draws(n_words: int, max_len: int) -> list[list[str]]:
    draw = random.Random(3)
    short = [list(words) for n in (1, 2, 3) for words in product(WORDS[:3], repeat=n)]
    return short + [
        [draw.choice(WORDS[:k]) for _ in range(n)]
        for k in (2, 5, n_words)
        for n in range(1, max_len + 1)
    ]


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize(
    ("text", "n_words", "most"), [(MARKED, 200, 10_000), (TWO, 60, 80_000), (FIRST, 40, 60_000)]
)
def test_logits_from_codes(text: str, n_words: int, most: int, optimize: str) -> None:
    model = rasp.compile(
        sop_of(text),
        vocab=WORDS[:n_words],
        max_len=6,
        optimize=optimize,  # type: ignore[arg-type]
    )
    assert model.artifact.readout.kind == "categorical"
    assert model.certificate.ok
    assert model.artifact.report.meaning is not None
    assert model.artifact.report.meaning.ok
    assert model.report.n_parameters < most
    assert agrees(model, text, draws(n_words, 6))


@pytest.mark.parametrize(
    ("text", "is_proved"),
    [(TWO, True), (FIRST, True), (TWICE, True), (CHOSEN, True), (MISSING, False)],
)
def test_parts(text: str, is_proved: bool, tmp_path: Path) -> None:
    model = rasp.compile(sop_of(text), vocab=WORDS, max_len=6)
    assert model.artifact.readout.kind == "parts"
    assert model.certificate.ok
    assert model.artifact.report.meaning is not None
    assert model.artifact.report.meaning.ok or not is_proved
    assert model.report.n_parameters < 6_000
    assert agrees(model, text, draws(200, 6))
    model.save(tmp_path / "model.safetensors")
    assert agrees(rasp.load_model(tmp_path / "model.safetensors"), text, draws(200, 6))


def test_what_is_no_string_cannot_be_joined() -> None:
    model = rasp.compile(sop_of(MISSING), vocab=WORDS, max_len=6)
    with pytest.raises(RaspError) as expected:
        sop_of(MISSING)(["w1", "w2"])
    with pytest.raises(RaspError) as found:
        model(["w1", "w2"])
    assert expected.value.message.split(" in ")[0] == found.value.message.split(" in ")[0]


def test_several_selected_strings_are_an_error() -> None:
    model = rasp.compile(sop_of(SEVERAL), vocab=WORDS[:30], max_len=4)
    assert model.artifact.readout.kind == "parts"
    inputs = [list(words) for n in (1, 2, 3, 4) for words in product(WORDS[:3], repeat=n)]
    assert agrees(model, SEVERAL, inputs)


def test_one_logit_for_each_value() -> None:
    with pytest.raises(RaspError, match="possible values"):
        rasp.compile(sop_of(FIRST), vocab=WORDS, max_len=4, one_logit=True)

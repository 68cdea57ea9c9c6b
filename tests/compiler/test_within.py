"""Places that a token gives: whether there is such a key is read, not computed."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.sop import SOp

JUMP = "p = tokens_int if tokens_int < length else indices;"


@pytest.mark.parametrize(
    ("text", "sublayers"),
    [
        (f"{JUMP} x = tokens[p];", "afa"),
        # Two reads of one place are told the same of it, and share a head.
        (f"{JUMP} x = tokens[p] + tokens_str[p] if indices > 1 else tokens[p];", "afa"),
        ("p = indices if length <= tokens_int else tokens_int; x = tokens[p];", "afa"),
        # What fails need not be asked for: in front of "a" there is no number.
        (
            'p = (tokens_int if tokens_int < length else indices) if tokens != "a" else 0;'
            " x = tokens[p];",
            "afa",
        ),
    ],
)
def test_a_place_takes_one_layer_of_neurons(text: str, sublayers: str) -> None:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    vocabulary = ["0", "1", "3", "7"] + ["a"] * ('"a"' in text)
    model = rasp.compile(sop, vocab=vocabulary, max_len=6)
    assert model.certificate.ok
    meaning = model.artifact.report.meaning
    assert meaning is not None
    assert meaning.ok
    assert model.report.sublayers == sublayers
    draw = random.Random(3)
    for length in [1, 2, 3, 4, 5, 6] * 8:
        tokens = [draw.choice(vocabulary) for _ in range(length)]
        assert _outcome(model, tokens) == _outcome(sop, tokens)


def test_under_a_causal_mask_nothing_has_to_be_asked() -> None:
    sop = rasp.loads(f"{JUMP} x = tokens[p];")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="0137", max_len=6, causal=True)
    assert model.report.sublayers == "fa"


def _outcome(sop: rasp.SOp | rasp.CompiledModel, tokens: list[str]) -> object:
    try:
        return sop(tokens)
    except rasp.RaspError:
        return "it fails"

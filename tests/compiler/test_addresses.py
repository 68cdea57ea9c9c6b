"""Keys at computed indices, at lengths at which sums of counts become numbers of their own."""

from __future__ import annotations

import random
from itertools import product

import pytest

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.lowering import elementwise
from rasp.graph.nodes import Atom
from rasp.interpreter import evaluate
from rasp.sop import SOp
from rasp.testing import RandomProgram, check, random_program

COUNT = 'w = selector_width(select(tokens, "|", ==));\n'

READS = {
    "joined": COUNT
    + 'x = aggregate(select(indices, indices - w, ==), tokens, "|")'
    + ' + aggregate(select(indices, indices + 1 - w, ==), tokens, "|");',
    "compared": COUNT
    + 'x = aggregate(select(indices, indices + 2 - w, ==), tokens, "|")'
    + ' == aggregate(select(indices, indices - 1 - w, ==), tokens, ".");',
    "negated": COUNT
    + 'x = aggregate(select(indices, w - indices, ==), tokens, "|")'
    + ' + aggregate(select(indices, indices + 3 - w, ==), tokens, ".")'
    + ' + aggregate(select(indices, 1 - (indices - w), ==), tokens, ".");',
    "of-the-length": COUNT
    + 'x = aggregate(select(indices, length - 1 - w, ==), tokens, "?")'
    + ' + aggregate(select(indices, length - 3 - w, ==), tokens, "?");',
    "as-keys": COUNT
    + "x = selector_width(select(indices + 2 - w, 3, ==))"
    + " + 10 * selector_width(select(indices - w, 1, ==));",
    "rule-110": 'w = selector_width(select(tokens, "|", ==));\n'
    + 'left = aggregate(select(indices, indices - 1 - w, ==), tokens, ".");\n'
    + 'here = aggregate(select(indices, indices - w, ==), tokens, ".");\n'
    + 'right = aggregate(select(indices, indices + 1 - w, ==), tokens, ".");\n'
    + 'x = here != right or (here == "|" and left != "|");',
    "of-a-token-feature": COUNT
    + 'k = 5 if tokens == "|" else 4;\n'
    + "x = round((1 if k + w == 7 else 0) + (10 if k + 3 + w == 8 else 0)"
    + " + (100 if w - k == 2 else 0));",
}


def strict(value: object) -> object:
    """Equal only for equal values of the same types."""
    return [(type(atom), atom) for atom in value] if isinstance(value, list) else value


def differs(model: CompiledModel, vocab: str, causal: bool) -> list[list[Atom]]:
    """The inputs, of all short ones and of some of every kind up to the longest, that differ."""
    draw = random.Random(3)
    max_len = model.artifact.max_len
    inputs: list[list[Atom]] = [
        list(some) for n in range(1, 6) for some in product(vocab, repeat=n)
    ]
    for number in range(30):
        length = max_len if number % 3 == 0 else draw.randint(1, max_len)
        rare = draw.choice((0.02, 0.5, 0.98))
        inputs.append([vocab[draw.random() < rare] for _ in range(length)])
    wanted = evaluate(model.specification.node, inputs, causal=causal)
    return [
        tokens
        for tokens, given, want in zip(inputs, model.batch(inputs), wanted, strict=True)
        if strict(given) != strict(want)
    ]


def compiled(text: str, max_len: int, causal: bool, optimize: str, dtype: str) -> CompiledModel:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(
        sop,
        vocab=".|",
        max_len=max_len,
        causal=causal,
        optimize=optimize,  # type: ignore[arg-type]
        dtype=dtype,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("causal", [False, True])
def test_reads_at_a_count(name: str, causal: bool) -> None:
    model = compiled(READS[name], 199, causal, "patterns", "auto")
    assert differs(model, ".|", causal) == []


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("max_len", [150])
def test_joined_reads_in_every_way(max_len: int, optimize: str, dtype: str) -> None:
    model = compiled(READS["joined"], max_len, False, optimize, dtype)
    if dtype == "float64" or model.report.certificate.ok:
        assert differs(model, ".|", False) == []


@pytest.mark.parametrize("name", READS)
def test_sums_become_numbers_at_short_lengths_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at long lengths, where tables of their values would be large; here on every input."""
    monkeypatch.setattr(elementwise, "MANY_SUMMED_ROWS", 0)
    result = check(RandomProgram(READS[name].replace("\nx =", "\nresult ="), (".", "|"), 7))
    assert result.difference is None, f"{result.difference.kind}\n{result.difference.detail}"


@pytest.mark.parametrize("seed", range(30))
def test_sums_become_numbers_in_random_programs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elementwise, "MANY_SUMMED_ROWS", 0)
    result = check(random_program(seed), ways=["float64", "causal"])
    assert result.difference is None, f"{result.difference.kind}\n{result.difference.detail}"

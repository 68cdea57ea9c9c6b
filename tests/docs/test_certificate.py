"""The table of numbers that are hard to tell apart, in docs/certificate.md: what it says, holds."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import rasp
from rasp.errors import CompileError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import every_input, same_outcome, sampled_inputs

PAGE = Path(__file__).parents[2] / "docs" / "certificate.md"
HEAD = "| `x =` | vocabulary | longest | before | now |"
MOST = 400


def rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(HEAD) + 2
    end = next(place for place in range(start, len(lines)) if not lines[place])
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[start:end]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:3]))
def test_what_the_table_says_holds(row: list[str]) -> None:
    text, listed, longest, _, now = row
    vocabulary: list[Atom] = ast.literal_eval(listed.strip("`"))
    max_len, causal = int(longest.split(",")[0]), longest.endswith("causal")
    program = f"so_far = select(indices, indices, <=);\nx = {text.strip('`')};"
    sop = rasp.loads(program)["x"]
    assert isinstance(sop, SOp)
    if now.startswith("refused: "):
        with pytest.raises(CompileError) as caught:
            rasp.compile(sop, vocab=vocabulary, max_len=max_len, causal=causal)
        assert now.removeprefix("refused: ") in caught.value.message
        assert caught.value.labels
        return
    assert now == "proved"
    model = rasp.compile(sop, vocab=vocabulary, max_len=max_len, causal=causal)
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok
    batches = every_input(len(vocabulary), max_len, MOST)
    if max_len > 10:
        batches = sampled_inputs(len(vocabulary), max_len, MOST, 0, MOST)
    inputs = [[vocabulary[place] for place in row] for batch in batches for row in batch]
    expected = outcomes(sop.node, inputs, causal=causal)
    for tokens, right, got in zip(inputs, expected, model.outcomes(inputs), strict=True):
        assert same_outcome(right, got), tokens


def test_the_table_has_every_kind() -> None:
    assert len(rows()) > 12
    assert {row[-1].split(":")[0] for row in rows()} == {"proved", "refused"}

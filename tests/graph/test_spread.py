"""`(A or B) and C` as a disjunction, where A and B cannot be one filter."""

from __future__ import annotations

import random

import pytest

import rasp
from rasp.graph.disjunctions import spread
from rasp.graph.nodes import Aggregate
from rasp.sop import SOp

BEFORE = 'b = aggregate(select(indices, indices - 1, ==), tokens, "");'
EITHER = "(select(tokens, tokens, ==) or select(b, b, ==))"


@pytest.mark.parametrize(
    ("selector", "changes"),
    [
        (f"{EITHER} and select(indices, indices, <)", True),
        (f"select(indices, indices, <) and {EITHER} and select(tokens, 'a', !=)", True),
        ("(select(tokens, 'a', ==) or select(tokens, 'b', ==)) and select(b, b, ==)", False),
        (f"{EITHER} and (select(indices, 0, ==) or select(b, tokens, ==))", False),
        ("select(tokens, tokens, ==) and select(b, b, ==)", False),
    ],
)
def test_spread(selector: str, changes: bool) -> None:
    selector = selector.replace("'", '"')
    sop = rasp.loads(f"{BEFORE} x = aggregate({selector}, 1, 0);")["x"]
    assert isinstance(sop, SOp)
    node = sop.node
    assert isinstance(node, Aggregate)
    assert (spread(node.selector) is not node.selector) is changes
    model = rasp.compile(sop, vocab="abc", max_len=5)
    meaning = model.artifact.report.meaning
    assert meaning is not None
    assert meaning.ok
    assert rasp.verify(model, samples=100, seed=1).ok


def test_sixty_words() -> None:
    """One head for all of it takes features of 43,920 combinations, and was refused."""
    words = [f"w{number}" for number in range(60)]
    sop = rasp.loads(f"{BEFORE} x = has_focus({EITHER} and select(indices, indices, <));")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=words, max_len=12)
    assert model.certificate.ok
    assert model.report.n_parameters < 10_000
    draw = random.Random(2)
    for length in [1, 2, 5, 12] * 4:
        tokens = draw.choices(words[:6], k=length)
        assert model(tokens) == sop(tokens)

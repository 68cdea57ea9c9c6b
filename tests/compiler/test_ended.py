"""Numbers that are handed from round to round: steps end their errors where nothing else does."""

from __future__ import annotations

import random

import rasp
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

SORT = """
x = tokens_int;
for round in range(7) {
    l = aggregate(select(indices, indices - 1, ==), x, 0);
    r = aggregate(select(indices, indices + 1, ==), x, 9);
    x = min(x, r) if (indices + round) % 2 == 0 else max(l, x);
}
"""


def test_errors_end_where_a_head_carries_a_number_on() -> None:
    """Each round made errors about thirteen times larger, and nothing ended them."""
    sop = rasp.loads(SORT)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="0123456789", max_len=24, dtype="float32")
    assert model.certificate.ok
    assert model.certificate.meaning is not None
    assert model.certificate.meaning.ok
    assert model.report.n_parameters < 6_000
    rng = random.Random(0)
    inputs = [rng.choices("0123456789", k=length) for length in (1, 2, 9, 10, 23, 24) for _ in "ab"]
    right = outcomes(sop.node, inputs)
    for tokens, one, found in zip(inputs, right, model.outcomes(inputs), strict=True):
        assert same_outcome(one, found), tokens

"""Scores that are sums of a number of the query and one of the key, against a list of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from rasp.certificate.scores import _Added, _Comparison, _Listed


def _pairs(scores: _Added | _Listed) -> set[tuple[float, float]]:
    """The largest score of a query and the next, of all queries."""
    return {pair for some in scores.two_largest() for pair in zip(*map(list, some), strict=True)}


@pytest.mark.parametrize("seed", range(50))
def test_sums_are_those_of_the_list(seed: int) -> None:
    draw = np.random.default_rng(seed)
    step = draw.choice([1.0, 0.25, 0.1])
    queries, keys = (draw.integers(-6, 7, draw.integers(1, 9)) * step for _ in range(2))
    scores = queries[:, None] + keys[None, :]
    of_queries = np.column_stack([queries, np.ones_like(queries)])
    of_keys = np.column_stack([np.ones_like(keys), keys])
    added, listed = _Added(queries, keys), _Listed(of_queries, of_keys)
    assert (added.lowest, added.highest) == (listed.lowest, listed.highest)
    for limit in (*np.unique(scores), -100.0, 100.0, 0.05, -0.3, float(step)):
        assert added.below(limit) == listed.below(limit)
    assert _Comparison.of(added) == _Comparison.of(listed)
    assert _pairs(added) == _pairs(listed)
    assert bool(_pairs(listed)) == (len(keys) > 1)


@pytest.mark.parametrize("seed", range(50))
def test_a_few_at_a_time_as_all_at_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasp.certificate.scores.CELLS_AT_ONCE", 5)
    draw = np.random.default_rng(seed)
    n_products = seed % 3
    queries, keys = (draw.integers(-2, 3, (n, n_products)) / 1.0 for n in draw.integers(1, 9, 2))
    scores, listed = queries @ keys.T, _Listed(queries, keys)
    assert (listed.lowest, listed.highest) == (scores.min(), scores.max())
    for limit in (-100.0, -1.0, 0.5, 1.0, 100.0):
        assert listed.below(limit) == scores[scores < limit].max(initial=-np.inf)
    largest = np.sort(scores, axis=1)[:, -2:]
    assert _pairs(listed) == ({(b, a) for a, b in largest.tolist()} if len(keys) > 1 else set())


def test_what_a_difference_does_not_tell_is_not_below() -> None:
    queries, keys = np.array([0.1]), np.array([-5.0, 0.2, 0.2])  # 0.1 + 0.2 is above 0.3
    assert _Added(queries, keys).below(0.1 + 0.2) == 0.1 - 5.0

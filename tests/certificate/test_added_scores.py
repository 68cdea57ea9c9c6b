"""Scores that are sums of a number of the query and one of the key, against a list of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from rasp.certificate.scores import _Added, _Comparison, _Listed


@pytest.mark.parametrize("seed", range(50))
def test_sums_are_those_of_the_list(seed: int) -> None:
    draw = np.random.default_rng(seed)
    step = draw.choice([1.0, 0.25, 0.1])
    queries, keys = (draw.integers(-6, 7, draw.integers(1, 9)) * step for _ in range(2))
    added, listed = _Added(queries, keys), _Listed(queries[:, None] + keys[None, :])
    assert (added.lowest, added.highest) == (listed.lowest, listed.highest)
    for limit in (*np.unique(listed.scores), -100.0, 100.0, 0.05, -0.3, float(step)):
        assert added.below(limit) == listed.below(limit)
    assert _Comparison.of(added) == _Comparison.of(listed)
    two, both = added.two_largest(), listed.two_largest()
    assert (two is None) == (both is None) == (len(keys) == 1)
    if two is not None and both is not None:
        assert np.array_equal(two[0], both[0])
        assert np.array_equal(two[1], both[1])


def test_what_a_difference_does_not_tell_is_not_below() -> None:
    queries, keys = np.array([0.1]), np.array([-5.0, 0.2, 0.2])  # 0.1 + 0.2 is above 0.3
    assert _Added(queries, keys).below(0.1 + 0.2) == 0.1 - 5.0

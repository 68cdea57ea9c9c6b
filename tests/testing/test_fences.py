"""Every condition of being right outside the compiler has something that goes wrong without it."""

from __future__ import annotations

import pytest

from rasp.testing.fence import Fence, typed
from rasp.testing.fences import FENCES
from rasp.testing.guards import dropped


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.name)
def test_what_a_condition_protects_goes_wrong_without_it(fence: Fence) -> None:
    expected = fence.expected if isinstance(fence.expected, str) else typed(fence.expected)
    assert fence.outcome() == expected
    with dropped(fence):
        assert fence.outcome() != expected, fence.protects
    assert fence.outcome() == expected

"""Operators on atoms."""

from __future__ import annotations

import pytest

from rasp.graph.operators import OperationError, apply


def test_dicts_are_not_mixed_up() -> None:
    """The one that was looked into last is remembered."""
    first, second = ("a", 1, "b", 2), ("a", 3, "c", 4)
    for _ in range(2):
        assert apply("index_dict", first, "a") == 1
        assert apply("index_dict", second, "a") == 3
        assert apply("index_dict", tuple(first), "b") == 2
        with pytest.raises(OperationError, match="not in the dict"):
            apply("index_dict", second, "b")
        with pytest.raises(OperationError, match="not in the dict"):
            apply("index_dict", first, "c")

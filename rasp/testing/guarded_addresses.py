"""Conditions of counts that are read from the table of positions.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import A, guard

_LONG = ("pipeline.LONG_INPUTS = 0",)
_SUMMED = (*_LONG, "lowering.elementwise.MANY_SUMMED_ROWS = 0")
_COUNTS = f"""
a = selector_width({A} and select(indices, 3, <));
b = selector_width(select(tokens, "c", !=) and select(indices, 0, ==));
"""


def _keys(number: str, query: str = "indices") -> str:
    """How many keys have this number, for the query's."""
    return f"{_COUNTS}result = selector_width(select({number}, {query}, ==));"


ADDRESSES = (
    guard(
        "lowering.addresses:below-zero",
        "if domain.numbers.min() < 0:",
        "if False:",
        "no position has a number below 0",
        _keys("a - b", "0 - indices"),
        "abc",
        limits=_SUMMED,
    ),
    guard(
        "lowering.addresses:beyond-the-end",
        "return bool((most <= np.arange(1, contexts.max_len + 1)).all())",
        "return True",
        "nor one above the length",
        _keys("a + b", "2 * indices"),
        "abc",
        limits=_SUMMED,
    ),
    guard(
        "lowering.addresses:from-one",
        "keys = np.arange(1, size + 1, dtype=np.float64)",
        "keys = np.arange(0, size, dtype=np.float64)",
        "the m-th key is counted from 1",
        _keys("a"),
        "abc",
        limits=_LONG,
    ),
    guard(
        "lowering.addresses:of-none",
        "default_code=places.get(0, -1),",
        "default_code=-1,",
        "where the count is 0 no position has its number",
        _keys("a"),
        "abc",
        limits=_LONG,
    ),
)

"""Offsets, lines and columns are three names of one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rasp.source import Source


@given(st.text(alphabet="a\n\r", max_size=20), st.data())
def test_offset_is_the_inverse_of_position(text: str, data: st.DataObject) -> None:
    source = Source("s", text)
    offset = data.draw(st.integers(0, len(text)))
    assert source.offset(*source.position(offset)) == offset


def test_places_outside() -> None:
    source = Source("s", "ab\n\nc")
    assert source.offset(1, 3) == 2  # the line break itself
    for place in [(0, 1), (1, 0), (1, 4), (2, 2), (3, 3), (4, 1), (1, 10**9)]:
        assert source.offset(*place) is None
    assert source.offset(3, 2) == 5  # the end of the text

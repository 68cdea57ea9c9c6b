"""Lines that arrive in pieces."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.cli.lines import BATCH_BYTES, MAX_LINE_BYTES, Line, batches


class Pipe(io.RawIOBase):
    """A stream on which these pieces arrive one after the other; counts how many were taken."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.taken = 0

    def read1(self, size: int) -> bytes:
        self.taken += 1
        return next(self._pieces, b"")


def arrived(*pieces: bytes) -> list[list[Line]]:
    return list(batches(cast(BinaryIO, Pipe(pieces))))


def test_each_piece_is_answered_before_the_next_is_read() -> None:
    pipe = Pipe(b"a\n" for _ in iter(int, 1))  # endless
    found = batches(cast(BinaryIO, pipe))
    assert next(found) == [Line(1, "a")]
    assert pipe.taken == 1
    assert next(found) == [Line(2, "a")]
    assert pipe.taken == 2


def test_lines_of_one_piece_are_one_batch() -> None:
    assert arrived(b"a\nb\nc", b"d\n", b"e") == [
        [Line(1, "a"), Line(2, "b")],
        [Line(3, "cd")],
        [Line(4, "e")],
    ]
    assert arrived() == []
    assert arrived(b"\n") == [[Line(1, "")]]


def test_ends_of_lines_and_the_mark_at_the_beginning() -> None:
    assert arrived(b"\xef\xbb\xbfa\r\n\xef\xbb\xbfb\r\n\r\n") == [
        [Line(1, "a"), Line(2, "\ufeffb"), Line(3, "")]
    ]
    assert arrived("a\u2028b\x0cc\n".encode()) == [[Line(1, "a\u2028b\x0cc")]]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\ufeff"))), st.data())
def test_where_pieces_end_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    whole = "".join(text + "\n" for text in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    lines = [line for batch in arrived(*pieces) for line in batch]
    assert [(line.number, line.text) for line in lines] == list(enumerate(texts, 1))
    assert not any(line.problem for line in lines)


def test_a_line_that_is_not_utf8() -> None:
    ((first, bad, last),) = arrived(b"a\nb\xff\nc\n")
    assert (first, last) == (Line(1, "a"), Line(3, "c"))
    assert bad.problem is not None
    assert "not UTF-8 (byte 1)" in bad.problem.message
    assert (bad.number, bad.text) == (2, "b\ufffd")


@pytest.mark.parametrize("end", [b"\nz\n", b""])
def test_a_line_too_long_is_not_kept(end: bytes) -> None:
    n_pieces = MAX_LINE_BYTES // BATCH_BYTES
    stream = [b"a\n", *(b"x" * BATCH_BYTES for _ in range(n_pieces)), b"y" + end]
    lines = [line for batch in arrived(*stream) for line in batch]
    assert [(line.number, line.text) for line in lines[:2]] == [(1, "a"), (2, "")]
    assert lines[1].problem is not None
    assert "16,777,217 bytes" in lines[1].problem.message
    assert lines[2:] == ([Line(3, "z")] if end else [])

"""Batches of inputs as ids: the same as one input at a time, whatever the inputs are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.compiled.inputs import Encoded, Encoder
from rasp.errors import RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.vocabulary import BOS, PAD, Vocabulary

MAX_LEN = 4
VOCABULARIES: list[tuple[Atom, ...]] = [
    ("a", "b", "\U0001f600", "\ud800"),
    ("a", "bc", ""),
    (0, 1, 7),
    (1, True, 1.0, "1", -0.0, 0.0),
]
TOKENS: list[Atom] = [
    "a",
    "b",
    "x",
    "bc",
    "",
    "\U0001f600",
    "\ud800",
    "1",
    0,
    1,
    7,
    True,
    1.0,
    -0.0,
]


def one_by_one(
    vocabulary: Vocabulary, inputs: list[Any]
) -> tuple[list[list[int]], dict[int, tuple[str, tuple[str, ...]]]]:
    rows, errors = [], {}
    for place, tokens in enumerate(inputs):
        try:
            rows.append(vocabulary.encode(list(tokens) or tokens, MAX_LEN)[1:])
        except VocabularyError as error:
            errors[place] = (error.message, error.notes)
    return rows, errors


def rows_of(encoded: Encoded) -> list[list[int]]:
    ends = np.cumsum(encoded.lengths)
    return [ids.tolist() for ids in np.split(encoded.ids, ends[:-1])] if len(ends) else []


SEQUENCES = st.lists(st.sampled_from(TOKENS), max_size=MAX_LEN + 1)
STRINGS = st.text(st.sampled_from("abx1\U0001f600\ud800"), max_size=MAX_LEN + 1)


@pytest.mark.parametrize("tokens", VOCABULARIES)
@given(
    inputs=st.lists(STRINGS)
    | st.lists(SEQUENCES)
    | st.lists(st.lists(st.sampled_from([0, 1, 7, 8]), max_size=MAX_LEN + 1))
    | st.lists(STRINGS | SEQUENCES | SEQUENCES.map(tuple))
)
def test_the_same_as_one_by_one(tokens: tuple[Atom, ...], inputs: list[Any]) -> None:
    vocabulary = Vocabulary(tokens)
    encoded, errors = Encoder(vocabulary, MAX_LEN).encode(inputs)
    rows, expected = one_by_one(vocabulary, inputs)
    assert rows_of(encoded) == rows
    assert {n: (error.message, error.notes) for n, error in errors.items()} == expected


def test_inputs_of_any_kind() -> None:
    encoded, errors = Encoder(Vocabulary(("a", "b")), MAX_LEN).encode(
        [iter("ab"), {"b": 1}, range(1), "x"]
    )
    assert rows_of(encoded) == [[2, 3], [3]]
    assert [errors[n].message for n in (2, 3)] == [
        "unknown token 0 at position 0",
        'unknown token "x" at position 0',
    ]
    with pytest.raises(RaspTypeError, match="got int"):
        Encoder(Vocabulary(("a",)), MAX_LEN).encode(["a", 3])  # type: ignore[list-item]


@pytest.mark.parametrize("lengths", [[3, 1, 2], [2, 2, 2], [1]])
def test_rows_of_a_batch(lengths: list[int]) -> None:
    rows = [list(range(10 * n, 10 * n + length)) for n, length in enumerate(lengths)]
    places = np.arange(len(rows))[::-1]
    batch = Encoded.of(rows).batch(places)
    expected = [[BOS, *rows[n], *[PAD] * (max(lengths) - lengths[n])] for n in places]
    assert batch.tolist() == expected


def test_rows_of_some_inputs_as_long_as_all_are_on_average() -> None:
    rows = [[2], [3, 4], [5, 6, 7]]
    assert Encoded.of(rows).batch(np.array([1])).tolist() == [[BOS, 3, 4]]
    assert Encoded.of(rows).batch(np.array([0, 1])).tolist() == [[BOS, 2, PAD], [BOS, 3, 4]]


@given(
    rows=st.lists(st.lists(st.integers(2, 9), min_size=1, max_size=MAX_LEN), min_size=1),
    data=st.data(),
)
def test_rows_of_any_inputs(rows: list[list[int]], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1))
    longest = max(len(rows[place]) for place in places)
    expected = [[BOS, *rows[place], *[PAD] * (longest - len(rows[place]))] for place in places]
    assert Encoded.of(rows).batch(np.array(places)).tolist() == expected

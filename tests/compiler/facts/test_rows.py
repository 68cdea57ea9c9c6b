"""Rows that are put together fast are those that would be put together one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rasp.compiler.facts.rows import alike_rows, combinations_of, distinct_lines, first_rows, nested
from rasp.compiler.limits import BLOCK_OF_CLASSES, BLOCK_OF_CONTEXTS
from rasp.compiler.lowering.sameness import identical
from rasp.graph.columns import Column, Failure
from rasp.graph.nodes import Atom, atom_key


def one_by_one(rows: NDArray[np.int32]) -> tuple[list[int], list[list[int]]]:
    """As `alike_rows`, with lists."""
    classes = [0] * len(rows)
    known: list[list[int]] = []  # of each class
    for number in np.argsort(-(rows >= 0).sum(axis=1), kind="stable").tolist():
        row = rows[number].tolist()
        for place, other in enumerate(known):
            if all(a == b or min(a, b) < 0 for a, b in zip(row, other, strict=True)):
                known[place] = [max(a, b) for a, b in zip(row, other, strict=True)]
                classes[number] = place
                break
        else:
            classes[number] = len(known)
            known.append(row)
    return classes, known


@given(
    st.integers(0, 2**32),
    st.integers(0, 40),
    st.sampled_from((0, 1, 3, 20, 300)),
    st.integers(1, 4),
    st.sampled_from((0.0, 0.3, 0.9, 0.99)),
)
def test_alike_rows(seed: int, n_rows: int, n_columns: int, n_values: int, unknown: float) -> None:
    draw = np.random.default_rng(seed)
    some = draw.integers(0, n_values, (n_rows // 2 + 1, n_columns))
    rows = some[draw.integers(0, len(some), n_rows)]  # some of them equal
    rows = np.where(draw.random(rows.shape) < unknown, -1, rows).astype(np.int32)
    classes, known = alike_rows(rows)
    assert (classes.tolist(), known.tolist()) == one_by_one(rows)


ATOMS = [0, 0.0, -0.0, 1, 1.0, True, False, "a", "1", float("nan"), 2**60, Failure("x", "value")]


@given(st.data())
def test_identical_columns(data: st.DataObject) -> None:
    """1, 1.0 and True are three atoms, 0.0 and -0.0 two; nothing is said of what fails."""
    pool: list[Atom | Failure] = data.draw(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=4))
    first = data.draw(st.lists(st.sampled_from(pool), max_size=4))
    second = list(first)
    if first and data.draw(st.booleans()):
        second[0] = data.draw(st.sampled_from(ATOMS))
    keys = [
        [None if isinstance(atom, Failure) else atom_key(atom) for atom in values]
        for values in (first, second)
    ]
    assert identical(Column.of(first), Column.of(second)) == (keys[0] == keys[1])


@given(
    rows=st.lists(
        st.tuples(st.integers(-3, 3), st.integers(0, 1), st.sampled_from([-(1 << 40), 0, 1 << 40])),
        max_size=30,
    ),
    n_columns=st.integers(0, 3),
)
def test_combinations_of(rows: list[tuple[int, int, int]], n_columns: int) -> None:
    keys = np.array(rows, dtype=np.int64).reshape(len(rows), 3)[:, :n_columns]
    combinations, number = combinations_of(keys)
    different = {row[:n_columns] for row in rows}
    assert [tuple(row) for row in combinations.tolist()] == sorted(different)
    assert combinations[number].tolist() == keys.tolist()


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (6, 9), (BLOCK_OF_CLASSES + 3, 4)])
def test_nested_rows_select_the_first_of_one_order(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape[0])
    sizes, place = random.integers(0, shape[1] + 1, shape[0]), random.permutation(shape[1])
    matrix = place[None, :] < sizes[:, None]
    found = nested(matrix)
    assert found is not None
    n_selected, order = found
    assert np.array_equal(n_selected, sizes)
    assert np.array_equal(order[None, :] < n_selected[:, None], matrix)


def test_rows_that_are_not_nested() -> None:
    matrix = np.tri(BLOCK_OF_CLASSES + 3, dtype=bool)
    matrix[-1, 0] = False
    assert nested(matrix) is None
    assert nested(~np.eye(4, dtype=bool)) is None


@pytest.mark.parametrize("n_columns", [1, 7, 8, 9, 70])
def test_lines_of_a_matrix_held_by_columns_are_those_of_one_held_by_rows(n_columns: int) -> None:
    matrix = np.random.default_rng(n_columns).random((60, n_columns)) < 0.1
    for found, expected in zip(
        distinct_lines(np.asfortranarray(matrix)), distinct_lines(matrix), strict=True
    ):
        assert np.array_equal(found, expected)


def test_the_first_row_of_each_column() -> None:
    matrix = np.random.default_rng(0).random((3 * BLOCK_OF_CONTEXTS + 1, 50)) < 0.02
    matrix[:, 7] = False
    matrix[:-1, 8], matrix[-1, 8] = False, True
    assert np.array_equal(first_rows(matrix), matrix.argmax(axis=0))

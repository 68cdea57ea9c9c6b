"""Columns and numbers: which are the same, to the last bit or but for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.limits import CANCELLED, LARGE_CANCELLED, SAME_MEANING, SAME_NEAR_ZERO
from rasp.graph.columns import Column
from rasp.graph.nodes import Atom, atom_key


def numbered(column: Column) -> tuple[Ints, list[Atom]]:
    """Places among the distinct values that occur, -1 where the column failed."""
    codes, atoms = column.coded()
    codes = np.asarray(codes, dtype=np.int64).copy()
    if column.failed is not None:
        codes[column.failed] = -1
    used, places = np.unique(codes, return_inverse=True)
    offset = int(used[0] == -1) if len(used) else 0
    return places.reshape(-1) - offset, [atoms[int(code)] for code in used[offset:]]


def identical(first: Column, second: Column) -> bool:
    """Are the columns the same where they work, to the last bit and with their types?"""
    works = _works(first)
    if len(first) != len(second) or bool((works != _works(second)).any()):
        return False
    numbers: dict[tuple[str, str | int], int] = {}  # of atoms, in both columns
    found = []
    for column in (first, second):
        codes, atoms = column.coded()
        of_code = [numbers.setdefault(atom_key(atom), len(numbers)) for atom in atoms]
        found.append(np.array(of_code, dtype=np.int64)[codes[works]])
    return bool((found[0] == found[1]).all())


def _works(column: Column) -> Bools:
    return np.ones(len(column), dtype=bool) if column.failed is None else ~column.failed


def is_near(column: Column, off: Floats) -> bool:
    """Are numbers that are off by so much the same but for their last bits?

    How close they have to be refuses early what cannot be put out anyway: by how much they are off
    is kept, and goes on to whoever reads them (`rasp.compiler.lowering.noise`).
    """
    places = np.flatnonzero(off)
    numbers = [abs(float(value)) for value in column.take(places).tolist()]
    return bool((off[places] <= SAME_MEANING * np.array(numbers) + SAME_NEAR_ZERO).all())


def same_numbers(first: Column, second: Column) -> bool:
    """Are the columns the same but for their types, as 1 and 1.0 are?"""
    works = _works(first)
    if len(first) != len(second) or bool((works != _works(second)).any()):
        return False
    return all(one == other for one, other in _pairs(first, second))


def _pairs(first: Column, second: Column) -> Iterator[tuple[Atom, Atom]]:
    """The atoms of both, where they work."""
    places = np.flatnonzero(_works(first))
    return zip(first.take(places).tolist(), second.take(places).tolist(), strict=True)


def has_noise(column: Column) -> bool:
    """Are some of the numbers the same but for their last bits?"""
    if not column.is_numeric or column.data.dtype.kind != "f":
        return False
    works = slice(None) if column.failed is None else ~column.failed
    values = np.unique(column.data[works])
    close = np.diff(values) <= SAME_MEANING * np.maximum(1.0, np.abs(values[1:]))
    return bool(close.any())


def differ(ascending: Floats, largest: float) -> Bools:
    """Which neighbours differ by more than their last bits; largest: absolute, of all numbers."""
    return np.diff(ascending) > SAME_MEANING * np.abs(ascending[1:]) + CANCELLED * min(
        largest, LARGE_CANCELLED
    )


def settled(numbers: Floats) -> Floats:
    """Numbers that are the same but for their last bits, as one number each."""
    values, places = np.unique(numbers, return_inverse=True)
    new = np.ones(len(values), dtype=bool)
    new[1:] = differ(values, float(np.abs(values).max(initial=0.0)))
    first = values[np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))]
    return np.asarray(first[places.reshape(-1)])

"""Small facts about functions given as tables of leaf values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.rows import count_rows, distinct_rows
from rasp.compiler.limits import ANY_NUMBER, CANCELLED, LARGE_CANCELLED, SAME_MEANING
from rasp.compiler.linear import Distinct
from rasp.compiler.selection.selectors import Term, depth_of
from rasp.compiler.variables import Computed, Variable
from rasp.graph.columns import Column
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show


def attention_depth(terms: Sequence[Term], *others: int) -> int:
    """After which attention a head with these terms has read, given the depths of what it reads."""
    depths = [group.query.depth for term in terms for group in term.groups]
    depths += [group.key.depth for term in terms for group in term.groups]
    depths += [term.products.depth for term in terms if term.products is not None]
    depths += [depth_of(term.rank.key) for term in terms if term.rank is not None]
    return max([0, *depths, *others]) + 1


def union_of(unit: Variable, *leaves: tuple[Variable, ...]) -> tuple[Variable, ...]:
    """All leaves once, in order; constants do not count beside others."""
    union = dict.fromkeys(leaf for some in leaves for leaf in some)
    if len(union) > 1:
        union.pop(unit, None)
    return tuple(union)


def level_of(leaves: tuple[Variable, ...], depth: int) -> int:
    """How many feed-forward sublayers at a depth it takes to compute a function of these leaves."""
    levels = [leaf.level for leaf in leaves if isinstance(leaf, Computed) and leaf.depth == depth]
    return 1 + max(levels, default=0)


def numbered(column: Column) -> tuple[Ints, list[Atom]]:
    """Places among the distinct values that occur, -1 where the column failed."""
    codes, atoms = column.coded()
    codes = np.asarray(codes, dtype=np.int64).copy()
    if column.failed is not None:
        codes[column.failed] = -1
    used, places = np.unique(codes, return_inverse=True)
    offset = int(used[0] == -1) if len(used) else 0
    return places.reshape(-1) - offset, [atoms[int(code)] for code in used[offset:]]


def relevant_leaves(rows: Ints, outputs: Ints, failing: Ints) -> list[int]:
    """The leaves that the function depends on."""
    relevant = list(range(rows.shape[1]))
    for leaf in range(rows.shape[1]):
        others = [rows[:, place] for place in relevant if place != leaf]
        if count_rows(others, len(rows)) == count_rows([*others, outputs, failing], len(rows)):
            relevant.remove(leaf)
    return relevant


def multiplicity_of(
    leaves: tuple[Variable, ...], rows: Ints, outputs: Ints, n_values: int
) -> tuple[Ints | None, Distinct | None]:
    """At how many positions a value can be, and among which, as far as the leaves tell."""
    best: Ints | None = None
    within: Distinct | None = None
    for place, leaf in enumerate(leaves):
        if leaf.multiplicity is None:
            continue
        first = distinct_rows([rows[:, place], outputs], len(rows))
        first = first[outputs[first] >= 0]
        count = np.zeros(n_values, dtype=np.int64)
        np.add.at(count, outputs[first], leaf.multiplicity[rows[first, place]])
        among = leaf.within
        if among is not None and set(among.variables) <= set(leaves):
            alike = _of_one_class(among, leaves, rows, outputs, n_values)
            if alike.any():
                count, among = np.where(alike, count, ANY_NUMBER), None
        if (
            best is None
            or (within is not None and among is None)
            or ((within is None) == (among is None) and count.sum() < best.sum())
        ):
            best, within = count, among
    return best, within


def _of_one_class(
    among: Distinct, leaves: tuple[Variable, ...], rows: Ints, outputs: Ints, n_values: int
) -> Bools:
    """[value]: are all positions that can have it of one class, and so all such positions?"""
    joint = np.zeros(len(rows), dtype=np.int64)
    for variable in among.variables:
        joint = joint * variable.size + rows[:, leaves.index(variable)]
    classes = among.classes[joint]
    known = outputs >= 0
    least = np.full(n_values, np.iinfo(np.int64).max)
    most = np.full(n_values, -1)
    np.minimum.at(least, outputs[known], classes[known])
    np.maximum.at(most, outputs[known], classes[known])
    return np.asarray((least == most) & (least >= 0))


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


def alike(first: Column, second: Column) -> bool:
    """Are the columns the same, but for the last bits of floats?"""
    works = _works(first)
    if bool((works != _works(second)).any()):
        return False
    if first.is_numeric and second.is_numeric:
        a, b = first.data[works].astype(float), second.data[works].astype(float)
        return bool(np.isclose(a, b, rtol=1e-9, atol=1e-12).all())
    return [show(value) for value in first.take(works.nonzero()[0]).tolist()] == [
        show(value) for value in second.take(works.nonzero()[0]).tolist()
    ]


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

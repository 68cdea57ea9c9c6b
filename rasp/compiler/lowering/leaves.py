"""Functions of several variables -> what they owe to each of these leaves.

Which leaves they depend on, and at how many positions a value of theirs can be.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.rows import count_rows, distinct_rows
from rasp.compiler.limits import ANY_NUMBER
from rasp.compiler.linear import Distinct
from rasp.compiler.variables import Variable


def all_leaves(unit: Variable, *leaves: tuple[Variable, ...]) -> tuple[Variable, ...]:
    """All leaves once, in order; constants do not count beside others."""
    union = dict.fromkeys(leaf for some in leaves for leaf in some)
    if len(union) > 1:
        union.pop(unit, None)
    return tuple(union)


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

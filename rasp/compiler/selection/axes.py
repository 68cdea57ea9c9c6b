"""All that a selector compares of one pair of variables, as one number for each pair of values.

Pairs of values for which all of these comparisons say the same are in one class; any boolean
combination of the comparisons is a set of classes.  Several selectors of a program often compare
the same, such as nine questions about the keys so far: they have the axis in common, and with it
the groups that are made of its classes, each of which is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.rows import distinct_rows, number_rows
from rasp.compiler.linear import Categorical
from rasp.compiler.matrices import by_cell, few_rows
from rasp.compiler.selection.masks import completed
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group


@dataclass(frozen=True, eq=False)
class Axis:
    """classes: [query value, key value] the class; patterns: [class, comparison] what each
    comparison says; masked: both are the index in a causal model; groups: by their classes.
    """

    query: Categorical
    key: Categorical
    classes: Ints
    patterns: Bools
    masked: bool
    groups: dict[bytes, Group] = field(default_factory=dict)

    @classmethod
    def of(
        cls, query: Categorical, key: Categorical, matrices: Sequence[Bools], *, masked: bool
    ) -> Axis:
        """matrices: of each comparison [query value or 1, key value or 1]."""
        shape = query.size, key.size
        sides = [np.broadcast_to(matrix, shape) for matrix in matrices]
        if len(sides) <= _MOST_BITS:
            classes, patterns = _classes(sides)
        else:
            columns = [side.reshape(-1).astype(np.int64) for side in sides]
            numbers = number_rows(columns, query.size * key.size)
            first = distinct_rows([numbers], len(numbers))
            patterns = np.stack([side.reshape(-1)[first] for side in sides], axis=1)
            classes = numbers.reshape(shape)
        return cls(query, key, classes, patterns, masked)

    def group(self, members: Bools) -> Group:
        """Is the pair of values of one of these classes?"""
        name = members.tobytes()
        if name not in self.groups:
            matrix = np.asarray(self._matrix(members))
            if self.masked:
                matrix = completed(matrix)
            self.groups[name] = Group(self.query, self.key, Relation(matrix), self.masked)
        return self.groups[name]

    def _matrix(self, members: Bools) -> Bools:
        if bool((members == members[0]).all()):
            return np.broadcast_to(members[0], self.classes.shape)
        if self.classes.dtype == np.bool_:
            return self.classes if members[1] else by_cell(np.logical_not, self.classes)
        return by_cell(members.take, self.classes)


_MOST_BITS = 8
"""So many comparisons fit into a byte."""


def _code(*sides: Bools) -> Ints:
    """What all comparisons say of a pair, as the bits of a byte."""
    code = sides[0].astype(np.uint8)
    for side in sides[1:]:
        code <<= 1
        code |= side
    return code


def _classes(sides: Sequence[Bools]) -> tuple[Ints, Bools]:
    """[query value, key value] the class, in the order of what the comparisons say, the first
    counting most; and [class, comparison].  One comparison is its own class, as a bool."""
    if len(sides) == 1:
        (only,) = sides
        said = [False] * (not bool(only.all())) + [True] * bool(only.any())
        patterns = np.array(said)[:, None]
        return (only if len(patterns) == 2 else np.zeros(only.shape, dtype=np.uint8)), patterns
    code = by_cell(_code, *sides)
    counts = np.zeros(1 << len(sides), dtype=np.int64)
    for rows in few_rows(*code.shape):
        counts += np.bincount(code[rows].reshape(-1), minlength=len(counts))
    there = np.flatnonzero(counts)
    bits = np.arange(len(sides))[::-1]
    number = np.zeros(len(counts), dtype=np.uint8)
    number[there] = np.arange(len(there))
    return by_cell(number.take, code), (there[:, None] >> bits) & 1 == 1

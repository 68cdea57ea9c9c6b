"""Zeros of which it is not known whether they are -0.0, because it is not known what is an int.

    -x, x * y, x % y    of an int 0 is 0, and of 0.0 may be -0.0

A whole number that may be an int or a float is the same number either way, and so is what is made
of it; but where that is a zero, it may have either sign.  Such a zero is listed as -0.0 in
whatever is made of numbers whose types are not known, so that who puts it out is told.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.limits import MOST_TYPED_APART
from rasp.compiler.lowering.evaluate import Flip, Parts, as_int
from rasp.graph.columns import Column, Failure
from rasp.graph.nodes import Atom, SOpNode, atom_key

_NEGATIVE = atom_key(-0.0)


def open_zeros(parts: Parts, node: SOpNode) -> Bools:
    """[rows]: where the s-op is a zero that may be -0.0, for all that the numbers of untyped leaves
    may be, each by itself."""
    column = parts.columns[node]
    rows = _zeros(column)
    found = np.zeros(len(column), dtype=bool)
    if not len(rows):
        return found
    doubtful = [part for part, of in parts.of_leaves.items() if of.leaf.untyped]
    if len(doubtful) > MOST_TYPED_APART:
        found[rows] = True
        return found
    ways = [_ways(parts.of_leaves[part].column) for part in doubtful]
    for way in product(*ways):
        other = parts.flipped_apart(dict(zip(doubtful, way, strict=True)), rows)[node]
        found[rows] |= _where(is_negative_zero, other)
    return found


def with_negative(column: Column, zeros: Bools) -> Column:
    """The column with these zeros as -0.0."""
    if not zeros.any():
        return column
    values = zip(column.broadcast_to(zeros.shape).elements(), zeros.tolist(), strict=True)
    return Column.of([-0.0 if here else value for value, here in values])


def is_negative_zero(value: Atom | Failure | None) -> bool:
    """Is it -0.0, and not 0 or 0.0?"""
    return isinstance(value, float) and atom_key(value) == _NEGATIVE


def _zeros(column: Column) -> Ints:
    return np.flatnonzero(_where(lambda value: type(value) in (int, float) and value == 0, column))


def _where(holds: Callable[[Atom], bool], column: Column) -> Bools:
    """[rows]: whether it holds for the value; not where there is none."""
    codes, atoms = column.coded()
    found = np.array([holds(atom) for atom in atoms], dtype=bool)[np.asarray(codes)]
    return found if column.failed is None else np.asarray(found & ~column.failed)


def _ways(column: Column) -> tuple[Flip, ...]:
    """What numbers may be: of whole ones those that are listed as floats may be ints, and a zero
    that is listed as -0.0 may be 0.0 as well."""
    negative = any(map(is_negative_zero, column.elements()))
    return (as_int, _as_listed, _as_positive) if negative else (as_int, _as_listed)


def _as_listed(value: Atom | Failure) -> Atom | Failure:
    return value


def _as_positive(value: Atom | Failure) -> Atom | Failure:
    return 0.0 if is_negative_zero(value) else value

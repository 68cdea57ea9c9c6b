"""Comparisons of one thing with several others, scored by the same products.

`select(indices, first, >) and select(indices, last, <)` compares the index of a key with two reads.
Each order takes a product for each index by itself.  But the scores of a conjunction are added, and
both can be added in one product for each index: the key says that it is this one, and the query
how many of the comparisons do not select it.  The same holds where one query is compared with
several things of a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.facts.rows import Lines
from rasp.compiler.limits import LEAST_SHARED, MOST_PRODUCTS
from rasp.compiler.linear import Categorical, Linear
from rasp.compiler.selection.factors import ONE_HOT, Factors
from rasp.compiler.selection.relations import Relation


class Group(Protocol):
    """A comparison: see `rasp.compiler.selection.selectors.Group`."""

    @property
    def query(self) -> Categorical: ...
    @property
    def key(self) -> Categorical: ...
    @property
    def relation(self) -> Relation: ...


@dataclass(frozen=True, eq=False)
class Shared:
    """members: the numbers of the comparisons; pairs: the products that score all of them."""

    members: tuple[int, ...]
    pairs: tuple[tuple[Linear, Linear], ...]


def shared(groups: Sequence[Group], forms: Sequence[Factors], by: float) -> list[Shared]:
    """Comparisons that take fewer products together, none of them twice.

    forms: those of each by itself; by: what the scores of all of them are multiplied by.
    """
    one_hot = [
        number
        for number, form in enumerate(forms)
        if form.form == ONE_HOT and len(form.pairs) <= MOST_PRODUCTS
    ]
    found: list[Shared] = []
    taken: set[int] = set()
    for of_keys, first in product((True, False), one_hot):
        if first in taken:
            continue
        ours = _side(groups[first], of_keys)
        members = [n for n in one_hot if n not in taken and _side(groups[n], of_keys) is ours]
        if len(members) < 2:
            continue
        pairs = _pairs([groups[number] for number in members], by, of_keys=of_keys)
        alone = sum(len(forms[number].pairs) for number in members)
        if LEAST_SHARED <= len(pairs) < alone:
            found.append(Shared(tuple(members), pairs))
            taken |= set(members)
    return found


def _side(group: Group, of_keys: bool) -> Categorical:
    return group.key if of_keys else group.query


def _pairs(
    groups: Sequence[Group], by: float, *, of_keys: bool
) -> tuple[tuple[Linear, Linear], ...]:
    """A product for each value of what they have in common, values that act alike being one."""
    ours = _side(groups[0], of_keys)
    tables = [_table(group, of_keys) for group in groups]
    lines = Lines.of(np.concatenate(tables, axis=1))
    found: list[tuple[Linear, Linear]] = []
    for kind, place in enumerate(lines.first.tolist()):
        if all(table[place].all() for table in tables):
            continue  # what all select takes no product
        own = Linear.feature(ours, (lines.number == kind).astype(np.float64))
        others = Linear()
        for group, table in zip(groups, tables, strict=True):
            others = others + Linear.feature(_side(group, not of_keys), _missed(table[place], by))
        found.append((others, own) if of_keys else (own, others))
    return tuple(found)


def _table(group: Group, of_keys: bool) -> Bools:
    """[value of what they have in common, value of the other side] is it selected?"""
    matrix = group.relation.matrix
    return matrix.T if of_keys else matrix


def _missed(selected: Bools, by: float) -> Floats:
    return by * (selected.astype(np.float64) - 1.0)

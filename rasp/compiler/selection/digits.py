"""One wide order as several narrow ones: digit by digit.

`key < query` among N values takes a head about N wide, and nothing narrower gives the same pattern.
For a count the selector may fall into disjoint parts: the first digit is smaller, or the first
digits are equal and the second is smaller, and so on.  Each part is a head about as wide as a digit
has values, and the one-hots of the digits are all that the stream has to hold.  A part is named
after what a step of its digit is worth, such as "16s" and "1s".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.limits import MOST_FAITHFUL_RANKS, WORTH_DIGITS
from rasp.compiler.linear import Categorical
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Term


@dataclass(frozen=True)
class _Order:
    """The query selects the key if keys < queries, or if they are equal and `reflexive`."""

    queries: Ints
    keys: Ints
    reflexive: bool
    size: int


def widest_order(term: Term) -> int:
    """Among how many ranks the widest order of a term is; 0 if there is none."""
    widest = _widest(term)
    return 0 if widest is None else widest[0].size


def n_directions(term: Term, n_digits: int, variable: Categorical) -> int:
    """How many directions of a variable the digits of its widest order take, at least."""
    widest = _widest(term)
    if widest is None or widest[0].size < WORTH_DIGITS:
        return 0
    order, group = widest
    n_digits = _as_many(order, n_digits)
    if n_digits < 2 or not (group.query is group.key is variable):
        return 0
    total, left, base = 0, order.size, _base(order, n_digits)
    while left > 1:
        total += min(base, left) - 1
        left = -(-left // base)
    return total


def _widest(term: Term) -> tuple[_Order, Group] | None:
    """The order of a term among most ranks."""
    if term.products is not None:
        return None
    orders = [(_order(group), group) for group in term.groups]
    known = [(order, group) for order, group in orders if order is not None]
    return max(known, key=lambda entry: entry[0].size, default=None)


def _as_many(order: _Order, n_digits: int) -> int:
    """So many digits, or as many as it takes for none of them to be wide."""
    while order.size > MOST_FAITHFUL_RANKS**n_digits:
        n_digits += 1
    return n_digits


def _base(order: _Order, n_digits: int) -> int:
    return int(2 ** np.ceil(np.log2(order.size) / n_digits))


def is_wide(term: Term) -> bool:
    """Does it take an order that is too wide to be scored in full, for a count that need not be?"""
    return term.rank is None and widest_order(term) > MOST_FAITHFUL_RANKS


def narrowed(term: Term, n_digits: int) -> list[Term]:
    """The term as disjoint terms, its widest order taken apart into so many digits, or into as many
    as it takes for none of them to be wide."""
    widest = _widest(term)
    if term.rank is not None or widest is None or widest[0].size < WORTH_DIGITS:
        return [term]
    order, split = widest
    n_digits = _as_many(order, n_digits)
    if n_digits < 2:
        return [term]
    rest = tuple(group for group in term.groups if group is not split)
    base = _base(order, n_digits)
    terms: list[Term] = []
    for power in reversed(range(n_digits)):
        place = base**power
        queries, keys = (
            np.divmod(order.queries // place, base),
            np.divmod(order.keys // place, base),
        )
        is_last = power == 0 and order.reflexive
        digits = np.arange(base)
        table = digits[None, :] <= digits[:, None] if is_last else digits[None, :] < digits[:, None]
        smaller = Relation.of_kinds(table, queries[1], keys[1])
        n_firsts = 1 + int(max(queries[0].max(), keys[0].max()))
        first = Relation.of_kinds(np.eye(n_firsts, dtype=bool), queries[0], keys[0])
        groups = [*rest, Group(split.query, split.key, smaller)]
        if not first.is_full:
            groups.append(Group(split.query, split.key, first))
        if _meet(queries, keys, n_firsts, equal=is_last):
            terms.append(Term(tuple(groups), name=f"{term.name}, {place}s".removeprefix(", ")))
    return terms


def _meet(
    queries: tuple[Ints, Ints], keys: tuple[Ints, Ints], n_firsts: int, *, equal: bool
) -> bool:
    """Does a query select a key by this digit?  queries, keys: what stands before it, and it."""
    largest = np.full(n_firsts, -1)  # [what stands before] of queries
    np.maximum.at(largest, *queries)
    least = np.full(n_firsts, np.iinfo(np.int64).max)
    np.minimum.at(least, *keys)
    return bool((least <= largest if equal else least < largest).any())


def _order(group: Group) -> _Order | None:
    """The ranks that a matrix compares, if its rows are nested."""
    found = group.relation.nested
    if found is None:
        return None
    n_selected, place = found
    sizes, queries = np.unique(n_selected, return_inverse=True)
    queries = queries.reshape(-1)
    keys = np.searchsorted(sizes, place, side="right")  # selected if keys <= queries
    n_rows = len(sizes)
    if group.query is group.key and int((keys - 1 == queries).sum()) > int((keys == queries).sum()):
        return _Order(queries, np.maximum(keys - 1, 0), False, n_rows) if keys.min() > 0 else None
    return _Order(queries, keys, True, n_rows + 1)

"""Lemma: how many keys a selector selects that asks of places only which one comes first.

Of a query at index i of an input of n tokens there are i keys before it, itself, and n - 1 - i keys
after it, none of them under a causal mask.  On each side all comparisons of places say the same.
What else is compared may have any of its values at any key, so on each side either all keys may be
selected, or none; and either all must be, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rasp.graph.nodes import INDICES, Select, SelectorAnd, SelectorNode
from rasp.meaning.counts import Counts
from rasp.meaning.orders import SIGNS, combined, selects_of
from rasp.meaning.selectors import keys_of, queries_of, truth_of
from rasp.meaning.space import Space
from rasp.meaning.states import Bools, Ints, States
from rasp.meaning.witness import Quantity

BEFORE, ITSELF, AFTER = range(3)

MOST_COUNTED = 500
"""Tokens of inputs from which on it is not found out where there is a best key, if that takes"""

MOST_PAIRS = 1_000_000
"""comparisons of so many values, for each of these places."""

MOST_DETAILED = 2_000
"""Tokens of inputs up to which keys behind a query are counted for each index and length."""


def compares_places(select: Select) -> bool:
    return select.key is select.query is INDICES


def asks_of_many(selector: SelectorNode, space: Space) -> bool:
    """Would it take a table of many pairs of values to count the keys of long inputs exactly, as
    functions of their places are compared?"""
    if space.max_len <= MOST_COUNTED or any(map(compares_places, selects_of(selector))):
        return False
    return (
        space.states(queries_of(selector)).size * space.states(keys_of(selector)).size > MOST_PAIRS
    )


def selects_nothing(
    selector: SelectorNode, space: Space, counts: Callable[[SelectorNode], Counts]
) -> bool:
    """Is it a conjunction with a comparison of places that no key fulfils, such as that a key is
    one after the query, under a causal mask?"""
    placed = space.made_of(INDICES)
    stack, found = [selector], False
    while stack and not found:
        match stack.pop():
            case SelectorAnd(left=left, right=right):
                stack += [left, right]
            case Select(key=key, query=query) as select:
                beside = (space.made_of(key) | space.made_of(query)) & ~placed
                found = not beside and select is not selector and counts(select).most == 0
    return found


def counted_by_side(selector: SelectorNode, space: Space, *, itself: bool | None) -> Counts:
    """itself: does every position select itself, or none?  None if that depends.

    Raises UnprovedError where the values of what is compared are not known.
    """
    selects = selects_of(selector)
    others = [select for select in selects if not compares_places(select)]
    queries = _states(space, [select.query for select in others])
    keys = _states(space, [select.key for select in others])
    space.spend(queries.size * keys.size * (2 * len(selects) + 1))
    truths: dict[SelectorNode, Bools] = {
        select: truth_of(select, queries, keys).chosen for select in others
    }
    may, must = np.zeros((2, queries.size), dtype=bool), np.zeros((2, queries.size), dtype=bool)
    for number, side in enumerate((BEFORE, AFTER)):
        for select in selects:
            if compares_places(select):
                truths[select] = np.full((1, 1), SIGNS[select.comparison][side])
        chosen = np.broadcast_to(combined(selector, truths), (queries.size, keys.size))
        may[number], must[number] = chosen.any(axis=1), chosen.all(axis=1)
    high = _most(_keys(may, space, most=True)) + (itself is not False)
    low = _least(_keys(must, space, most=False)) + (itself is True)
    return Counts(*np.broadcast_arrays(low, high))


def _keys(sides: Bools, space: Space, *, most: bool) -> list[Ints]:
    """How many keys there are on the sides that queries select [side, query]: for each kind of a
    query an array [length or 1, index or 1].

    In long inputs those behind a query are counted for each length: at most, or at least.
    """
    numbers = np.arange(space.max_len, dtype=np.int32)
    found: list[Ints] = []
    for before, after in np.unique(sides, axis=1).T.tolist():
        if not before and (space.causal or not after):
            found.append(np.zeros((1, 1), dtype=np.int64))
        elif space.causal or not after:
            found.append(before * numbers[None, :])
        elif before or (most and space.max_len > MOST_DETAILED):
            found.append(numbers[:, None])  # all but itself
        elif space.max_len > MOST_DETAILED:
            found.append(np.zeros((1, 1), dtype=np.int64))  # none are behind the last
        else:
            found.append(numbers[:, None] - numbers[None, :])
    return found


def _states(space: Space, nodes: Sequence[Quantity]) -> States:
    return space.states([*dict.fromkeys(nodes)] or [space.unit]).succeeding()


def _most(several: Sequence[Ints]) -> Ints:
    """The largest of some numbers of keys: all but the query are no fewer than those of a side."""
    every = [one for one in several if one.shape[0] > 1 and one.shape[1] == 1]
    return _furthest(every or several, np.maximum)


def _least(several: Sequence[Ints]) -> Ints:
    """The smallest of some numbers of keys: none are less than any."""
    none = [one for one in several if one.size == 1]
    return _furthest(none or several, np.minimum)


def _furthest(several: Sequence[Ints], furthest: np.ufunc) -> Ints:
    found = np.zeros((1, 1), dtype=np.int64) if not several else several[0]
    for one in several[1:]:
        found = furthest(found, one)
    return found

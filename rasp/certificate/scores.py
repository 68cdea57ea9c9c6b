"""Scores, listed: does every query select a key or miss it by a whole gap?

Where the factors of a score are functions of the token, of the position, or of a one-hot, all their
values are in the weights, and the whole matrix of scores can be looked at.  Of scores that are a
number of the query and one of the key, added, each side alone says that, for inputs of any length.
Other factors are left to the plan's word.

Where of the selected keys the best are read, the last comparison adds a number of the key, from 0
to R, and all others miss a selected key by R + 1.  Selected keys so score at least 0, others at
most -1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rasp.certificate.bounds import worst
from rasp.certificate.forms import CONSTANT, UNKNOWN, Floats, Forms, Ints, Stream
from rasp.certificate.plan import Head, PlanError

MAX_CELLS = 4_000_000
CELLS_AT_ONCE = 1 << 18
NEAR = 1e-4
"""Relative to the largest score: what rounding and fitting may leave."""

LARGEST_NEAR = 0.1
"""And at most, in units of the gap."""


class _Listed:
    """The scores of one comparison, for values of the query and of the key: sums of products.

    queries, keys: [value, product].  Values with the same products are one, but for whoever asks
    which key comes next; of many pairs of values a few queries are looked at at a time.
    """

    def __init__(self, queries: Floats, keys: Floats) -> None:
        self.queries, self.keys, self.all_keys = _different(queries), _different(keys), keys
        ends = [(float(some.min()), float(some.max())) for some in self._scores(self.keys)]
        self.lowest = -worst(*(-low for low, _ in ends))
        self.highest = worst(*(high for _, high in ends))

    def _scores(self, keys: Floats) -> Iterator[Floats]:
        """[value of the query, value of the key], for a few queries at a time."""
        step = max(1, CELLS_AT_ONCE // len(keys))
        for start in range(0, len(self.queries), step):
            yield self.queries[start : start + step] @ keys.T

    def below(self, limit: float) -> float:
        """The largest score that is less, -inf if there is none."""
        found = [
            float(some.max(where=some < limit, initial=-np.inf)) for some in self._scores(self.keys)
        ]
        return worst(*found)

    def two_largest(self) -> Iterator[tuple[Floats, Floats]]:
        """Of queries the largest score and the next, a few at a time; none if there is one key."""
        if len(self.all_keys) >= 2:
            for some in self._scores(self.all_keys):
                second, first = np.partition(some, -2, axis=1)[:, -2:].T
                yield first, second


def _different(values: Floats) -> Floats:
    """The different rows of few numbers, in any order."""
    rows = np.ascontiguousarray(values)
    if rows.shape[1] == 0:
        return rows[:1]
    width = rows.shape[1] * rows.itemsize
    whole = rows.view(np.dtype((np.void, width))).reshape(-1)
    return np.asarray(rows[np.unique(whole, return_index=True)[1]])


class _Added:
    """Scores that are a number of the query and a number of the key, added: those of an order of
    which only the sign matters.  Both are sorted, and no pair is ever listed.
    """

    def __init__(self, queries: Floats, keys: Floats) -> None:
        self.queries, self.keys = queries, np.sort(keys)
        self.lowest = float(queries.min() + self.keys[0])
        self.highest = float(queries.max() + self.keys[-1])

    def below(self, limit: float) -> float:
        """As for listed ones."""
        # From where on keys are too large: a little too late, as the difference is rounded.
        spare = 2.0**-50 * (abs(limit) + np.abs(self.queries))
        place = np.searchsorted(self.keys, limit - self.queries + spare, side="right")
        while True:
            found = place > 0
            sums = self.queries[found] + self.keys[place[found] - 1]
            if not (sums >= limit).any():
                return float(sums.max(initial=-np.inf))
            place[found] -= sums >= limit

    def two_largest(self) -> Iterator[tuple[Floats, Floats]]:
        """As for listed ones."""
        if len(self.keys) >= 2:
            yield self.queries + self.keys[-1], self.queries + self.keys[-2]


def _near_of(scores: _Listed | _Added) -> float:
    return _near(worst(abs(scores.lowest), abs(scores.highest)))


@dataclass(frozen=True)
class _Comparison:
    """The scores of one comparison: the largest, and the largest that is a whole `near` below it,
    -inf if there is none."""

    highest: float
    missed: float
    near: float

    @classmethod
    def of(cls, scores: _Listed | _Added) -> _Comparison:
        near = _near_of(scores)
        return cls(scores.highest, scores.below(scores.highest - near), near)


def check_scores(
    queries: Forms, keys: Forms, columns: range, head: Head, bias: float, stream: Stream
) -> None:
    """Raises PlanError for a score that is neither 0 nor at most -1, before keys are ranked.

    columns: the products of the head.  The score is the sum of all products and the bias.  Of an
    uneven comparison, scores of selected keys are 0 or more; what any other comparison misses by
    then has to be more than the largest of them.
    """
    if sum(head.comparisons) != len(columns):
        raise PlanError("not every product of a head belongs to a comparison")
    if head.uneven is not None and head.best is not None:
        raise PlanError("keys are ranked twice")
    complete, first = True, columns.start
    comparisons, gap = head.comparisons, 1.0
    if head.best is not None:
        if not comparisons:
            raise PlanError("there is nothing that ranks the keys")
        n_columns, comparisons = comparisons[-1], comparisons[:-1]
        members = list(range(columns.stop - n_columns, columns.stop))
        _check_ranks(queries, keys, members, head.best, stream)
        gap += head.best
    even: list[_Comparison] = []
    uneven: _Listed | _Added | None = None
    for number, n_columns in enumerate(comparisons):
        members = list(range(first, first + n_columns))
        first += n_columns
        query, key = (_source_of_all(side, members, stream) for side in (queries, keys))
        added = _is_added(queries, keys, members, stream)
        n_values = stream.n_values(query), stream.n_values(key)
        n_cells = sum(n_values) if added else n_values[0] * n_values[1]
        cost = n_cells * n_columns
        if key == UNKNOWN or n_cells > MAX_CELLS or cost > stream.patience:
            complete = False
            continue
        if query == UNKNOWN:
            complete = False
            is_number = n_columns == 2 and _source(queries, members[1], stream) == CONSTANT
            if is_number and number != head.uneven:  # else it is a threshold, and no nearest key
                stream.patience -= cost
                _check_nearest(queries, keys, members, key, gap, stream)
            continue
        stream.patience -= cost
        of_queries = _values(queries, members, query, stream)
        of_keys = _values(keys, members, key, stream)
        scores = _added(of_queries, of_keys) if added else _Listed(of_queries, of_keys)
        if number == head.uneven:
            uneven = scores
        elif _is_nearest(scores, head, bias):
            return
        else:
            even.append(_Comparison.of(scores))
    total = bias + sum(comparison.highest for comparison in even)
    if head.uneven is None:
        if complete and not abs(total) <= NEAR * (1.0 + abs(bias)):
            raise PlanError("the score of a selected key is not 0")
    elif complete and uneven is not None:
        near = _near_of(uneven)
        if not uneven.below(-near - total) + total <= -1.0 + near:
            raise PlanError("a key is neither selected nor missed by a whole gap")
        gap += worst(0.0, uneven.highest + total)  # the largest score of a selected key
    for comparison in even:
        if not comparison.missed <= comparison.highest - gap + comparison.near:
            raise PlanError("a key is neither selected nor missed by a whole gap")


def _is_nearest(scores: _Listed | _Added, head: Head, bias: float) -> bool:
    """Where one key is selected at most: does the one with the largest score, whatever that is,
    score a whole gap more than any other, and at least 0, or do all miss by a whole gap?"""
    if not head.single or head.best is not None or len(head.comparisons) > 1 or bias != 0.0:
        return False
    near, found = _near_of(scores), False
    for first, second in scores.two_largest():
        one = (first >= -near) & (second <= first - 1.0 + near)
        if not (one | (first <= -1.0 + near)).all():
            return False
        found = True
    return found


def _check_ranks(
    queries: Forms, keys: Forms, members: list[int], largest: float, stream: Stream
) -> None:
    """Are the numbers of keys integers from 0 to the largest, as far as that can be looked at?"""
    if len(members) != 1 or _source(queries, members[0], stream) != CONSTANT:
        raise PlanError("keys are ranked by more than one number of their own")
    if queries.constants[members[0]] != 1.0:
        raise PlanError("the numbers that keys are ranked by have another scale")
    key = _source_of_all(keys, members, stream)
    if key == UNKNOWN or stream.n_values(key) > stream.patience:
        return
    stream.patience -= stream.n_values(key)
    ranks = _values(keys, members, key, stream)
    near = _near(float(np.abs(ranks).max()))
    if not (np.abs(ranks - np.round(ranks)) <= near).all():
        raise PlanError("keys are ranked by numbers that are no integers")
    if not (ranks.min() >= -near and ranks.max() <= largest + near):
        raise PlanError("keys are ranked by larger numbers than the plan says")


def _check_nearest(
    queries: Forms, keys: Forms, members: list[int], key: int, gap: float, stream: Stream
) -> None:
    """Is t * a + b, for keys (a, b) and whatever t a query has, largest at one key by a whole gap,
    if t is what that key stands for, and nowhere below 0 there?

    As 2 * t * k - k * k is: it equals t * t - (t - k) * (t - k), where t is a sum of numbers.
    """
    (_, constant) = queries.constants[members]
    slopes, offsets = _values(keys, members, key, stream).T
    order = np.lexsort((offsets, slopes))
    slopes, offsets = slopes[order], offsets[order] * constant
    largest = float(np.abs(slopes).max()) ** 2 / 2 + float(np.abs(offsets).max())
    near = min(NEAR * (1.0 + largest), LARGEST_NEAR)
    new = np.diff(slopes, prepend=-np.inf) > 0
    if not (np.abs(offsets - offsets[new][np.cumsum(new) - 1]) <= near).all():
        raise PlanError("a key is neither selected nor missed by a whole gap")
    slopes, offsets = slopes[new], offsets[new]
    # Scores are lines in t.  What beats its neighbours at its own t beats all others: from there
    # to a t farther on, a steeper line gains on all that are less steep.
    own = slopes / 2 * slopes + offsets
    beyond = slopes[:-1] / 2 * slopes[1:] + offsets[1:]  # at each t the next line
    before = slopes[1:] / 2 * slopes[:-1] + offsets[:-1]  # and that before
    if not ((beyond <= own[:-1] - gap + near).all() and (before <= own[1:] - gap + near).all()):
        raise PlanError("a key is neither selected nor missed by a whole gap")
    if not (own >= -near).all():
        raise PlanError("the score of a selected key is below 0")


def _near(largest: float) -> float:
    """How far scores may be off, of which the largest absolute value is known."""
    return min(NEAR * (1.0 + largest), LARGEST_NEAR)


def _is_added(queries: Forms, keys: Forms, members: list[int], stream: Stream) -> bool:
    """Is each product a number of one side alone?"""
    return all(
        _source(queries, column, stream) == CONSTANT or _source(keys, column, stream) == CONSTANT
        for column in members
    )


def _added(queries: Floats, keys: Floats) -> _Added:
    """Scores of which each product [value, column] is a number of one side alone."""
    constant = (keys == keys[:1]).all(axis=0)  # in which columns keys all have the same
    of_queries = queries[:, constant] @ keys[0, constant]
    return _Added(of_queries, keys[:, ~constant] @ queries[0, ~constant])


def _source_of_all(forms: Forms, columns: list[int], stream: Stream) -> int:
    """What several forms are a function of; some of them may be constants."""
    sources = {_source(forms, column, stream) for column in columns} - {CONSTANT}
    if len(sources) > 1:
        return UNKNOWN
    return sources.pop() if sources else CONSTANT


def _source(forms: Forms, column: int, stream: Stream) -> int:
    """What the values of a form are a function of."""
    places, _ = _terms(forms, column)
    sources = set(stream.source[places[places > 0]].tolist())
    if not sources:
        return CONSTANT
    return sources.pop() if len(sources) == 1 else UNKNOWN


def _values(forms: Forms, columns: list[int], source: int, stream: Stream) -> Floats:
    """[value of the source, column]."""
    matrix = np.zeros((len(stream.held), len(columns)))
    for number, column in enumerate(columns):
        places, weights = _terms(forms, column)
        matrix[places, number] = weights
    matrix[0] = 0.0  # which is there at BOS only
    constants = forms.constants[columns]
    if source == CONSTANT:
        return constants[None, :]
    values: Floats = stream.values_of(source) @ matrix + constants
    return values


def _terms(forms: Forms, column: int) -> tuple[Ints, Floats]:
    first, end = np.searchsorted(forms.columns, [column, column + 1])
    return forms.places[first:end], forms.weights[first:end]

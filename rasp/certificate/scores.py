"""Scores, listed: does every query select a key or miss it by a whole gap?

Where the factors of a score are functions of the token, of the position, or of a one-hot, all their
values are in the weights, and the whole matrix of scores can be looked at.  Other factors are left
to the plan's word.
"""

from __future__ import annotations

import numpy as np

from rasp.certificate.forms import CONSTANT, UNKNOWN, Floats, Forms, Ints, Stream
from rasp.certificate.plan import PlanError

MAX_CELLS = 4_000_000
NEAR = 1e-4
"""Relative to the largest score: what rounding and fitting may leave."""

LARGEST_NEAR = 0.1
"""And at most, in units of the gap."""


def check_scores(
    queries: Forms,
    keys: Forms,
    columns: range,
    comparisons: tuple[int, ...],
    bias: float,
    stream: Stream,
) -> None:
    """Raises PlanError for a score that is neither 0 nor at most -1.

    columns: the products of one head; comparisons: how many of them, in this order, belong to each
    comparison.  The score is the sum of all products and the bias.
    """
    total, complete, first = bias, True, columns.start
    for n_columns in comparisons:
        members = list(range(first, first + n_columns))
        first += n_columns
        query, key = (_source_of_all(side, members, stream) for side in (queries, keys))
        n_cells = stream.n_values(query) * stream.n_values(key)
        cost = n_cells * n_columns
        if key == UNKNOWN or n_cells > MAX_CELLS or cost > stream.patience:
            complete = False
            continue
        if query == UNKNOWN:
            complete = False
            if n_columns == 2 and _source(queries, members[1], stream) == CONSTANT:
                stream.patience -= cost
                _check_nearest(queries, keys, members, key, stream)
            continue
        stream.patience -= cost
        scores = _values(queries, members, query, stream) @ _values(keys, members, key, stream).T
        highest = float(scores.max())
        near = _near(scores)
        if not ((scores >= highest - near) | (scores <= highest - 1.0 + near)).all():
            raise PlanError("a key is neither selected nor missed by a whole gap")
        total += highest
    if complete and abs(total) > NEAR * (1.0 + abs(bias)):
        raise PlanError("the score of a selected key is not 0")


def _check_nearest(
    queries: Forms, keys: Forms, members: list[int], key: int, stream: Stream
) -> None:
    """Is t * a + b, for keys (a, b) and whatever t a query has, largest at one key by a whole gap,
    if t is what that key stands for, and nowhere below 0 there?

    As 2 * t * k - k * k is: it equals t * t - (t - k) * (t - k), where t is a sum of numbers.
    """
    (_, constant) = queries.constants[members]
    slopes, offsets = _values(keys, members, key, stream).T
    offsets = offsets * constant
    scores = np.outer(slopes / 2, slopes) + offsets
    own = scores.diagonal()
    near = _near(scores)
    others = np.where(slopes[:, None] == slopes[None, :], -np.inf, scores)
    equal = np.where(slopes[:, None] == slopes[None, :], scores, own[:, None])
    if (np.abs(equal - own[:, None]) > near).any() or (others > own[:, None] - 1.0 + near).any():
        raise PlanError("a key is neither selected nor missed by a whole gap")
    if (own < -near).any():
        raise PlanError("the score of a selected key is below 0")


def _near(scores: Floats) -> float:
    return min(NEAR * (1.0 + float(np.abs(scores).max())), LARGEST_NEAR)


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

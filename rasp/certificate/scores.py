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


def check_scores(queries: Forms, keys: Forms, columns: range, bias: float, stream: Stream) -> None:
    """Raises PlanError for a score that is neither 0 nor at most -1.

    columns: the products of one head; the score is their sum and the bias.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for column in columns:
        pair = _source(queries, column, stream), _source(keys, column, stream)
        groups.setdefault(pair, []).append(column)
    total, complete = bias, True
    for (query, key), members in groups.items():
        n_cells = stream.n_values(query) * stream.n_values(key)
        cost = n_cells * len(members)
        if UNKNOWN in (query, key) or n_cells > MAX_CELLS or cost > stream.patience:
            complete = False
            continue
        stream.patience -= cost
        scores = _values(queries, members, query, stream) @ _values(keys, members, key, stream).T
        highest = float(scores.max())
        near = NEAR * (1.0 + float(np.abs(scores).max()))
        if not ((scores >= highest - near) | (scores <= highest - 1.0 + near)).all():
            raise PlanError("a key is neither selected nor missed by a whole gap")
        total += highest
    if complete and abs(total) > NEAR * (1.0 + abs(bias)):
        raise PlanError("the score of a selected key is not 0")


def _terms(forms: Forms, column: int) -> tuple[Ints, Floats]:
    first, end = np.searchsorted(forms.columns, [column, column + 1])
    return forms.places[first:end], forms.weights[first:end]


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

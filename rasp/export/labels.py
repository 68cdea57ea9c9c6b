"""How a compiled model is read out -> one logit for every value it can give, and one for errors.

Classifiers of other libraries read the residual stream by one linear map and answer with the
largest logit.  So:

    categorical   the logits as they are
    numeric       a number y that is nearest to one of some centres c has its largest logit, 2 c y -
                  c^2, at that centre: y^2 less the squared distance
    spread        a second column s tells the integer w, where it is (w - m)^2, from a float of that
                  size, where it is larger: see `_with_floats`
    failures      a column that is 1 where an operation fails becomes a logit far above all others

All logits are multiplied by a power of two, which makes the softmax of the right one as good as 1.
What is not given by a list of values (or where numbers of the dtype do not keep the logits apart)
stays the number that it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rasp.errors import RaspRuntimeError
from rasp.export.uniform import Array
from rasp.graph.nodes import Atom, atom_key
from rasp.outputs import Failure, Readout, Spread
from rasp.readout import Outcome

AMBIGUOUS = "several selected values are neither numbers nor all equal"
IMPOSSIBLE = "the model gives a number where no value is possible"
MIXED = "the result has values of different types"
UNKNOWN = "unknown token"

ERROR = "error: "
"""A label that begins so is no value: it is not JSON."""

MAX_LABELS = 4_096
"""More values that are read from one number stay a number."""

SURE = 24.0
"""By how much the right logit leads: exp(-24) is 4e-11."""

ROOM = 32.0
"""Rounding errors of logits, in units of the dtype's, times the largest."""

FAILURE_LOGIT = 64.0
"""Of an error, in units of the largest logit of a value."""


@dataclass(frozen=True, slots=True)
class Head:
    """Labels, and for each a linear function of the columns that the model puts out.

    logits = columns @ weight + bias
    """

    labels: tuple[str, ...]
    values: tuple[Atom | None, ...]  # of each label; None: it is an error
    weight: Array  # [column, label]
    bias: Array  # [label]


def failure_text(failure: Failure) -> str:
    """What failed, and where in the program."""
    return f"{failure.message} ({failure.place})" if failure.place else failure.message


def json_of(value: Atom) -> str:
    return json.dumps(value, ensure_ascii=False)


def value_head(readout: Readout, dtype: str) -> Head | None:
    """A logit for each value and for each error, in a dtype; None if there is no such head."""
    found = _listed(readout, dtype)
    if found is None:
        return None
    values, weight, bias, largest, lead = found
    errors = [failure_text(failure) for failure in readout.failures]
    n_columns, n_values = readout.n_columns, len(values)
    n_value_columns = readout.n_values
    ambiguous = readout.kind == "categorical" and _may_be_ambiguous(readout)
    n_labels = n_values + len(errors) + ambiguous
    scale = 2.0 ** math.ceil(math.log2((SURE + math.log(n_labels)) / lead))
    whole_weight = np.zeros((n_columns, n_labels))
    whole_bias = np.zeros(n_labels)
    whole_weight[:n_value_columns, :n_values] = weight
    whole_bias[:n_values] = bias
    for number in range(len(errors)):  # above all others where the column is 1, below where it is 0
        top = FAILURE_LOGIT * largest
        whole_weight[n_value_columns + number, n_values + number] = 2 * top
        whole_bias[n_values + number] = -top
    if ambiguous:  # more than any logit has where several values share the attention
        errors.append(AMBIGUOUS)
        whole_bias[-1] = (1 + readout.margin) / 2
    labels = (*map(json_of, values), *(ERROR + error for error in errors))
    return Head(
        labels, (*values, *(None for _ in errors)), whole_weight * scale, whole_bias * scale
    )


_Listed = tuple[list[Atom], Array, Array, float, float]


def _listed(readout: Readout, dtype: str) -> _Listed | None:
    """Values, weight, bias, largest logit, and by how much the right logit leads."""
    if readout.kind == "categorical":
        n_values = len(readout.values)
        lead = (1 - readout.margin) / 2 if _may_be_ambiguous(readout) else readout.margin
        return list(readout.values), np.eye(n_values), np.zeros(n_values), 2.0, lead
    if readout.kind != "numeric":
        return None
    values, centres = _centres(readout)
    if not 1 <= len(values) <= MAX_LABELS // (1 + (readout.spread is not None)):
        return None
    gap = float(np.diff(centres).min(initial=np.inf))
    if not math.isfinite(gap):
        gap = 1.0
    middle = float(np.rint((centres[0] + centres[-1]) / 2))
    centred = centres - middle
    largest = max(1.0, 2 * float(np.abs(centred).max()) ** 2)
    weight, bias, lead = 2 * centred[None, :], -2 * centred * middle - centred**2, gap**2
    if readout.spread is not None:
        values, weight, bias, lead = _with_floats(readout.spread, values, weight, bias, gap)
        largest += float(np.abs(centres - readout.spread.middle).max()) ** 2
    noise = ROOM * float(np.finfo(dtype).eps) * max(largest, float(np.abs(centres).max()))
    if gap <= 0 or noise > lead / 4:
        return None
    return values, weight, bias, largest, lead


def _with_floats(
    how: Spread, values: list[Atom], weight: Array, bias: Array, gap: float
) -> tuple[list[Atom], Array, Array, float]:
    """A label for each integer as well, and the floats by the second column s.

    Of a number c the second column is at least (c - m)^2, and t_c(y) = 2 (c - m)(y - m) - (c - m)^2
    is the tangent of that parabola.  The logit of each float gets r (s - t_c(y)) more.  At y = c
    another float c' gains r (c - c')^2 more than c does, but its parabola 2 c' y - c'^2 is below by
    (c - c')^2, which is more since r < 1.  Where c is whole its float gets r apart / 2 less, so
    that the integer wins where s is (c - m)^2, and the float where s is larger by `apart`.
    """
    rate = min(0.5, gap**2 / (2 * how.apart)) if gap > 0 else 0.5
    centres = np.array([float(value) for value in values])
    off = centres - how.middle
    whole = np.flatnonzero(centres == np.rint(centres))
    floats = np.stack([weight[0] - rate * 2 * off, np.full(len(values), rate)])
    floats_bias = bias + rate * (2 * off * how.middle + off**2)
    floats_bias[whole] -= rate * how.apart / 2
    ints = np.stack([weight[0, whole], np.zeros(len(whole))])
    found: list[Atom] = [*map(float, values), *(int(centres[place]) for place in whole)]
    return (
        found,
        np.concatenate([floats, ints], axis=1),
        np.concatenate([floats_bias, bias[whole]]),
        min(gap**2 / 4, rate * how.apart / 2),
    )


def _centres(readout: Readout) -> tuple[list[Atom], Array]:
    """The values with their centres, ascending; those of all contexts, if they have several."""
    assert readout.centres is not None
    assert readout.codes is not None
    places: dict[tuple[float, tuple[str, str | int]], int] = {}
    known = readout.codes >= 0
    pairs = zip(readout.centres[known].tolist(), readout.codes[known].tolist(), strict=True)
    for centre, code in pairs:
        places.setdefault((centre, atom_key(readout.values[code])), code)
    ordered = sorted(places.items(), key=lambda item: item[0][0])
    return [readout.values[code] for _, code in ordered], np.array([c for (c, _), _ in ordered])


def _may_be_ambiguous(readout: Readout) -> bool:
    """Logits that are 1 and 0, of a value that is selected and not computed."""
    return readout.margin > 0.5


def read_labels(labels: Iterable[str]) -> Outcome:
    """The labels of an input's positions -> the result, or its error."""
    values: list[Atom] = []
    for label in labels:
        if label.startswith(ERROR):
            return RaspRuntimeError(label.removeprefix(ERROR))
        values.append(json.loads(label))
    return unmixed(values)


def unmixed(values: list[Atom]) -> Outcome:
    """The values, or the error where strings stand beside others."""
    strings = [isinstance(value, str) for value in values]
    return RaspRuntimeError(MIXED) if any(strings) and not all(strings) else values

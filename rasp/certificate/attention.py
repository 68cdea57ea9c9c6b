"""An attention sublayer: are the heads built as the plan says, and how exactly do they read?

The score of a key is a sum of products of a query and a key, plus what the last one or two columns
say about the beginning-of-sequence position (BOS): a constant for all other keys and a score of its
own for BOS.  A selected key has the score 0, any other at most -1 (times the scale).  Where keys
are ranked, a selected key has its number as its score, and only those with the largest are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate.bounds import worst
from rasp.certificate.forms import BOS_PLACE, Bools, Floats, Forms, Reading, Stream
from rasp.certificate.plan import Head, PlanError
from rasp.certificate.rounding import FUNCTION_ERROR, SMALLEST, UNDERFLOW, UNIT, exact_limit
from rasp.certificate.scores import check_scores
from rasp.deadline import look

SELECTION_MARGIN = 0.2
"""How far scores may be off, in units of the gap, so that the bounds below hold."""

BOS_SCORE = -0.5
"""That of BOS where it is read only if nothing is selected."""

MOST_LOGITS = 50.0


@dataclass(frozen=True)
class Written:
    """A value that a head writes: to which dimension, how large at most, with which error, and what
    BOS gets; counts: it is a share of attention, or a multiple of one, and so no less than 0.
    """

    place: int
    size: float
    error: float
    bos: float
    bos_error: float
    counts: bool


@dataclass(frozen=True)
class Selection:
    """How far scores are off (in units of the gap); what heads read."""

    noise: float
    written: tuple[Written, ...]


@dataclass(frozen=True, eq=False)
class Projections:
    """The tensors of an attention sublayer, read as forms; all arrays [head, column, ...]."""

    d_head: int
    queries: Reading
    keys: Reading
    values: Reading
    forms: tuple[Forms, Forms, Forms]

    @classmethod
    def of(cls, tensors: dict[str, NDArray[Any]], stream: Stream, scale: float) -> Projections:
        forms = tuple(
            Forms.of(_joined(tensors[f"W_{name}"]), tensors[f"b_{name}"].reshape(-1))
            for name in "QKV"
        )
        query, key, value = forms[0].scaled(1.0 / scale), forms[1], forms[2]
        return cls(
            tensors["W_Q"].shape[2],
            stream.read(query),
            stream.read(key),
            stream.read(value),
            (query, key, value),
        )


def attention(
    tensors: dict[str, NDArray[Any]],
    heads: tuple[Head, ...],
    stream: Stream,
    max_len: int,
    off: Sequence[float],
    scale: float,
) -> Iterator[Selection]:
    """The heads one after the other.  off: how far the scores of each are from what they should be,
    were all arithmetic exact.  scale: how large the gap is.
    Raises PlanError."""
    projections = Projections.of(tensors, stream, scale)
    if tensors["b_O"].any():
        raise PlanError("b_O is not 0")
    if len(heads) != len(tensors["W_Q"]):
        raise PlanError("another number of heads")
    for number, head in enumerate(heads):
        look()
        try:
            arithmetic = stream.dtype, scale
            one = _Head(tensors, projections, number, head, arithmetic, max_len, off[number])
            one.check_scores(stream)
            yield one.selection(stream)
        except PlanError as error:
            raise PlanError(f"head {number}: {error}") from None


@dataclass(frozen=True)
class _Shares:
    """How far the shares of attention are off.

    uneven: the scores of selected keys; weighing: that of BOS, where it is always read (both times
    the scale, so that they are exponents); leak: what unselected keys get, together; from_bos: what
    other keys than BOS get where BOS is the query.
    """

    uneven: float
    weighing: float
    leak: float
    from_bos: float


class _Head:
    def __init__(
        self,
        tensors: dict[str, NDArray[Any]],
        projections: Projections,
        number: int,
        head: Head,
        arithmetic: tuple[str, float],  # dtype, scale
        max_len: int,
        off: float,
    ) -> None:
        self.off = off
        self.head, self.max_len, self.projections = head, max_len, projections
        self.dtype, self.scale = arithmetic
        self.unit, self.smallest = UNIT[self.dtype], SMALLEST[self.dtype]
        self.first = start = number * projections.d_head
        self.n_columns = projections.d_head
        self.n_pairs, n_values = len(head.keys), len(head.values)
        pairs = slice(start, start + self.n_pairs)
        self.queries, self.keys = projections.queries.part(pairs), projections.keys.part(pairs)
        self.values = projections.values.part(slice(start, start + n_values))
        # Of a head that carries nothing nobody proves how large the numbers are that it compares,
        # and scores that overflow are no numbers, which all heads have times 0.
        unknown = (None,) * self.n_pairs
        self.largest_queries = _largest(head.queries if n_values else unknown, self.queries)
        self.largest_keys = _largest(head.keys if n_values else unknown, self.keys)
        self.largest_values = _largest(head.values, self.values)
        self.weights = {
            name: tensors[name][number].astype(np.float64)
            for name in ("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O")
        }

    def check_scores(self, stream: Stream) -> None:
        bias, *_ = self._bos_columns()
        queries, keys, _ = self.projections.forms
        columns = range(self.first, self.first + self.n_pairs)
        if self.head.uneven is not None and (
            self.head.weight is not None or not all(self.head.agrees)
        ):
            raise PlanError("selected keys have unequal scores, and do not carry the same")
        check_scores(queries, keys, columns, self.head, bias, stream)

    def selection(self, stream: Stream) -> Selection:
        bias, bos_score, toward = self._bos_columns()
        places, gains = self._outputs()
        weight, scale = self.head.weight, self.scale
        if weight is not None and self.head.best is not None:
            raise PlanError("BOS has a weight beside keys whose scores are not known")
        aim = BOS_SCORE if weight is None else float(np.log(weight)) / scale
        if weight is None and bos_score != aim:
            raise PlanError("the score of BOS is not half a gap below that of a selected key")
        noise, noise_at_bos = self._noise(bias, stream), self._noise_at_bos(bos_score)
        # Off by so much in its exponent, a weight is off by that factor.
        uneven = min(noise * scale, MOST_LOGITS)
        weighing = min((abs(bos_score - aim) + noise_at_bos) * scale, MOST_LOGITS)
        apart = scale * (0.5 if weight is None else 1.0) - 2 * worst(noise, noise_at_bos) * scale
        noise_from_bos = self._noise_from_bos(bias, toward)
        ahead = scale * (1.0 - 2 * noise_from_bos)  # of all keys, where BOS is the query
        shares = _Shares(uneven, weighing, self._leak(apart), self._leak(ahead))
        written = []
        for number, (place, gain) in enumerate(zip(places, gains, strict=True)):
            bos = float(self.values.bos[number])
            error, bos_error = self._value(number, float(gain), shares)
            # A sum is one of max_len keys and of BOS, which says 0 but for its error.
            n_keys = 1 if gain == 1.0 else self.max_len
            size = n_keys * worst(float(self.largest_values[number]), abs(bos)) + error
            counts = gain > 0.0 and self._counts(number)
            written.append(Written(int(place), size, error, float(gain) * bos, bos_error, counts))
        off = worst(noise, noise_at_bos, noise_from_bos)
        return Selection(off, tuple(written))

    # -- structure

    def _bos_columns(self) -> tuple[float, float, float]:
        """The bias of all keys, the score of BOS, and the weight of BOS's own query on them."""
        w, at = self.weights, self.n_pairs
        if at >= self.n_columns:
            raise PlanError("there is no column for the score of BOS")
        self._constant("Q", at, self.scale)
        bias, bos_score = float(w["b_K"][at]), float(w["b_K"][at] + w["W_K"][BOS_PLACE, at])
        self._constant("K", at, bias)
        toward = float(w["b_Q"][at] + w["W_Q"][BOS_PLACE, at]) / self.scale
        last = at + 1
        ahead = toward * (bos_score - bias)
        if last < self.n_columns and w["W_Q"][:, last].any():
            # Where BOS is as far ahead as it is behind, a column for its own query alone.
            self._constant("Q", last, 0.0)
            self._constant("K", last, 0.0)
            ahead += float(w["W_Q"][BOS_PLACE, last] * w["W_K"][BOS_PLACE, last]) / self.scale
            last += 1
        if not abs(ahead - 1.0) <= 64 * self.unit * (1 + abs(toward) * (abs(bias) + 1)):
            raise PlanError("BOS does not see itself alone")
        if any(w[name][..., last:].any() for name in ("W_Q", "b_Q", "W_K", "b_K")):
            raise PlanError("there are products that the plan does not know")
        return bias, bos_score, toward

    def _constant(self, name: str, column: int, value: float) -> None:
        """The column is this number everywhere but at BOS."""
        matrix, constants = self.weights[f"W_{name}"], self.weights[f"b_{name}"]
        if matrix[BOS_PLACE + 1 :, column].any() or constants[column] != value:
            raise PlanError(f"column {column} of W_{name} is not that of BOS, or its scale is off")

    def _outputs(self) -> tuple[NDArray[np.int64], Floats]:
        """Where values go, and how much they are multiplied by."""
        w, n_values = self.weights, len(self.head.values)
        rest = (w["W_V"][:, n_values:], w["b_V"][n_values:], w["W_O"][n_values:])
        if n_values > self.n_columns or any(tensor.any() for tensor in rest):
            raise PlanError("there are values that the plan does not know")
        w_o = w["W_O"][:n_values]
        if (np.count_nonzero(w_o, axis=1) != 1).any():
            raise PlanError("a value goes to no dimension, or to several")
        places = np.abs(w_o).argmax(axis=1)
        gains: Floats = w_o[np.arange(n_values), places]
        allowed = {1.0}
        if self.head.weight is not None:
            allowed.add(float(np.dtype(self.dtype).type(self.head.weight)))
        if not set(gains.tolist()) <= allowed:
            raise PlanError("a value is multiplied by something else than the weight of BOS")
        return places, gains

    def _counts(self, number: int) -> bool:
        """Is the value the same and no less than 0 at all keys, and no less than 0 at BOS?"""
        w_v, b_v = self.weights["W_V"][:, number], float(self.weights["b_V"][number])
        return not w_v[BOS_PLACE + 1 :].any() and b_v >= 0.0 and b_v + float(w_v[BOS_PLACE]) >= 0.0

    # -- errors

    def _leak(self, apart: float) -> float:
        """What all keys get, together, whose exponents are so much lower."""
        if apart >= UNDERFLOW[self.dtype]:
            return 0.0
        return (self.max_len + 1) * float(np.exp(-max(apart, 0.0)))

    def _noise(self, bias: float, stream: Stream) -> float:
        """How far the score of a key other than BOS is off."""
        q, k = self.queries, self.keys
        most_q, most_k = self.largest_queries, self.largest_keys
        queries, keys, _ = self.projections.forms
        inherited = float((q.error * k.error).sum())
        inherited += min(float(q.error @ most_k), stream.at_most(keys, self.first, q.error))
        inherited += min(float(k.error @ most_q), stream.at_most(queries, self.first, k.error))
        size = abs(bias) + float((most_q * most_k).sum()) + inherited
        exact: Bools = q.exact & k.exact
        dyadic = (bias * 4).is_integer()
        if exact.all() and dyadic and size < exact_limit(self.dtype, 4):
            return self.off
        rounding = (self.n_pairs + 4) * (self.unit * size + self.smallest)
        return self.off + inherited + rounding

    def _noise_at_bos(self, bos_score: float) -> float:
        """How far the score of BOS as a key is off: its products should be 0."""
        off = np.abs(self.keys.bos) + self.keys.bos_error
        total = float(((self.largest_queries + self.queries.error) * off).sum())
        rounded = 0.0 if bos_score == BOS_SCORE and total == 0.0 else 4 * self.unit * abs(bos_score)
        return total * (1 + (self.n_pairs + 4) * self.unit) + rounded

    def _noise_from_bos(self, bias: float, toward: float) -> float:
        """How far the scores that BOS gives are off: its queries should be 0."""
        off = np.abs(self.queries.bos) + self.queries.bos_error
        total = float(((self.largest_keys + self.keys.error) * off).sum())
        rounded = 64 * self.unit * (1 + abs(toward) * (abs(bias) + 1))
        return total * (1 + (self.n_pairs + 4) * self.unit) + rounded

    def _value(self, number: int, gain: float, shares: _Shares) -> tuple[float, float]:
        """The error of a value, and that at BOS."""
        u, n, leak, weight = self.unit, self.max_len, shares.leak, self.head.weight
        rounding = (n + 1 + FUNCTION_ERROR) * u  # of the shares, together
        least = 2 * (n + FUNCTION_ERROR) * self.smallest  # of what is read
        value = self.values.part(slice(number, number + 1))
        at_keys = float(value.error[0])
        size_at_keys = float(self.largest_values[number]) + at_keys
        bos, bos_error = float(value.bos[0]), float(value.bos_error[0])
        # A default such as 0.1 is stored as the number next to it.
        bos_error += 0.0 if (bos * 4).is_integer() else u * abs(bos) + self.smallest
        size = worst(size_at_keys, abs(bos))
        if shares.from_bos != 0.0:  # BOS reads a little of the others
            bos_error += (2 * shares.from_bos + rounding) * size + least
        error = worst(at_keys, bos_error)
        if weight is not None and gain != 1.0:
            # A sum: every selected key adds its own error; BOS, of finite weight, adds nothing.
            total = n * size_at_keys
            off = float(np.expm1(shares.uneven + shares.weighing)) + leak + rounding
            sums = total * (off + n / weight + (n + 4) * u) + n * at_keys
            return sums + gain * (abs(bos) + bos_error + least), gain * bos_error
        if weight is not None and size_at_keys == 0.0:
            # The share of BOS, w / (w + m): its logarithm counts at most a quarter.
            off = (shares.uneven + shares.weighing) / 4 + leak + rounding
            return bos_error + off * size + least, bos_error
        if weight is None and self.head.agrees[number]:
            if self.head.single:
                return error + (0.0 if leak == 0.0 else 2 * (u + leak) * size + least), bos_error
            # Shares add up to 1 but for rounding, however unequal they are.
            return error + (rounding + n * u + 2 * leak) * size + least, bos_error
        off = shares.uneven + shares.weighing + 2 * leak + rounding
        return error + (off + n * u) * size + least, bos_error


def _largest(planned: tuple[float | None, ...], reading: Reading) -> Floats:
    """The largest values of forms: what the plan says, or all that they could be."""
    known = np.array([np.inf if number is None else number for number in planned], dtype=np.float64)
    if len(known) != len(reading.size):
        raise PlanError("another number of products or values")
    return np.minimum(known, reading.size)


def _joined(weights: NDArray[Any]) -> NDArray[Any]:
    """[head, d_model, d_head] as [d_model, head * d_head]."""
    return weights.transpose(1, 0, 2).reshape(weights.shape[1], -1)

"""A feed-forward sublayer: are the neurons what the plan says, and how exactly do they write?

Groups of neurons follow each other.  A group writes directions that are born here; one that empties
dimensions takes away what they hold.  All neurons are off at the beginning-of-sequence position
(BOS), so that nothing is written there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate.forms import BOS_PLACE, Bools, Floats, Forms, Ints, Reading, Stream
from rasp.certificate.plan import Neurons, PlanError
from rasp.certificate.rounding import exact_limit

STEP_MARGIN = 0.5
"""How far the input of a step may be off: half of its plateau."""


@dataclass(frozen=True)
class Written:
    """A direction that neurons write, by its dimension."""

    place: int
    error: float


@dataclass(frozen=True)
class Activations:
    """What a group does.  steps: how far the inputs of steps are off, None without steps."""

    steps: float | None
    written: tuple[Written, ...]


@dataclass(frozen=True, eq=False)
class _Hidden:
    """The hidden layer: its inputs read as forms; the weights of the outputs that are not 0, by
    group and then by dimension."""

    tensors: dict[str, NDArray[Any]]
    reading: Reading
    stream: Stream
    ends: Ints  # [group + 1]: where the weights of a group begin and end
    places: Ints
    neurons: Ints
    weights: Floats


@dataclass(frozen=True, eq=False)
class _Emptied:
    """For each dimension that is emptied here: how large what it held can be, and whether taking
    that away may round.  done: which these are."""

    size: Floats
    rounds: Bools
    done: Bools


def feedforward(
    tensors: dict[str, NDArray[Any]],
    groups: tuple[Neurons, ...],
    stream: Stream,
    born: Ints,
    cleared: Ints,
) -> Iterator[Activations]:
    """The groups one after the other.  born, cleared: the dimensions in which directions are born
    here, and those that are emptied.

    Raises PlanError.
    """
    if tensors["b_out"].any():
        raise PlanError("b_out is not 0")
    if sum(group.n for group in groups) != tensors["W_in"].shape[1]:
        raise PlanError("another number of neurons")
    hidden = _hidden(tensors, groups, stream, born)
    n = len(stream.held)
    emptied = _Emptied(np.zeros(n), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool))
    starts = np.cumsum([0, *(group.n for group in groups)])
    for number, group in enumerate(groups):
        if group.empties:
            _empty(hidden, int(starts[number]), group.n, emptied)
    if not np.array_equal(np.flatnonzero(emptied.done), np.unique(cleared)):
        raise PlanError("the neurons empty other dimensions than the plan says")
    for number, group in enumerate(groups):
        try:
            yield _Group(hidden, number, int(starts[number]), group, emptied).activations()
        except PlanError as error:
            raise PlanError(f"neurons from {starts[number]} on: {error}") from None


def _hidden(
    tensors: dict[str, NDArray[Any]], groups: tuple[Neurons, ...], stream: Stream, born: Ints
) -> _Hidden:
    reading = stream.read(Forms.of(tensors["W_in"], tensors["b_in"]))
    if not (reading.bos + reading.bos_error < 0.0).all():
        raise PlanError("a neuron is on at BOS")
    w_out = tensors["W_out"]
    neurons, places = np.divmod(np.flatnonzero(w_out), w_out.shape[1])
    group_of = np.repeat(np.arange(len(groups)), [group.n for group in groups])
    order = np.lexsort((places, group_of[neurons]))
    neurons, places = neurons[order], places[order]
    own = group_of[neurons]
    writes = ~np.array([group.empties for group in groups], dtype=bool)[own]
    written = np.unique(own[writes] * np.int64(w_out.shape[1]) + places[writes]) % w_out.shape[1]
    if not np.array_equal(np.sort(written), np.sort(born)):
        raise PlanError("the neurons write other directions than the plan says")
    ends = np.searchsorted(own, np.arange(len(groups) + 1))
    weights = w_out[neurons, places].astype(np.float64)
    return _Hidden(tensors, reading, stream, ends, places, neurons, weights)


def _empty(hidden: _Hidden, start: int, n: int, emptied: _Emptied) -> None:
    """The dimensions that these neurons empty."""
    w_in = hidden.tensors["W_in"][BOS_PLACE + 1 :, start : start + n]
    w_out = hidden.tensors["W_out"][start : start + n]
    places = np.abs(w_in).argmax(axis=0) + BOS_PLACE + 1
    signs = w_in[places - BOS_PLACE - 1, np.arange(n)]
    if not (
        (np.count_nonzero(w_in, axis=0) == 1).all()
        and (np.count_nonzero(w_out, axis=1) == 1).all()
        and (np.abs(signs) == 1.0).all()
        and (w_out[np.arange(n), places] == -signs).all()
        and not hidden.tensors["b_in"][start : start + n].any()
    ):
        raise PlanError("neurons that should empty dimensions do something else")
    stream = hidden.stream
    found = np.unique(places)
    if emptied.done[found].any():
        raise PlanError("a dimension is emptied twice")
    emptied.done[found] = True
    positive = np.bincount(places[signs > 0], minlength=len(stream.held))[found]
    negative = np.bincount(places[signs < 0], minlength=len(stream.held))[found]
    if not ((positive == 1) & (negative == ~stream.one_sided[found])).all():
        raise PlanError("neurons that should empty dimensions leave something")
    emptied.size[found] = stream.bound[found] + stream.error[found]
    emptied.rounds[found] = ~stream.dyadic[found] | (stream.error[found] != 0.0)


class _Group:
    """One group, the `number`th, whose neurons begin at `start`."""

    def __init__(
        self, hidden: _Hidden, number: int, start: int, group: Neurons, emptied: _Emptied
    ) -> None:
        self.hidden, self.group, self.emptied, self.start = hidden, group, emptied, start
        self.range = slice(start, start + group.n)
        self.outputs = slice(int(hidden.ends[number]), int(hidden.ends[number + 1]))
        self.reading = hidden.reading.part(self.range)
        self.paired = np.zeros(group.n, dtype=bool)
        for first, last in group.steps:
            self.paired[first:last] = True

    def activations(self) -> Activations:
        if self.group.empties:
            return Activations(None, ())
        for first, last in self.group.steps:
            self._check_steps(first, last)
        steps = float(self.reading.error[self.paired].max()) if self.paired.any() else None
        return Activations(steps, tuple(self._written()))

    def _check_steps(self, first: int, last: int) -> None:
        """Two by two, neurons have the same input but for 1, and opposite outputs."""
        first, last = first + self.start, last + self.start
        w_in, w_out = (
            self.hidden.tensors["W_in"][BOS_PLACE + 1 :],
            self.hidden.tensors["W_out"],
        )
        b_in = self.hidden.tensors["b_in"].astype(np.float64)
        upper, lower = b_in[first:last:2], b_in[first + 1 : last : 2]
        if not (
            np.array_equal(w_in[:, first:last:2], w_in[:, first + 1 : last : 2])
            and np.array_equal(w_out[first:last:2], -w_out[first + 1 : last : 2])
            and (
                np.abs(upper - lower - 1.0) <= 4 * self.hidden.stream.unit * (1.0 + np.abs(upper))
            ).all()
        ):
            raise PlanError("the two edges of a step do not belong together")

    def _written(self) -> Iterator[Written]:
        hidden, reading = self.hidden, self.reading
        places, weights = hidden.places[self.outputs], hidden.weights[self.outputs]
        neurons = hidden.neurons[self.outputs] - self.start
        reach = self._reach()
        # Off the step both edges move alike, so that only their own rounding is left.
        inherited = np.where(self.paired, 0.0, reading.inherited)
        activation = inherited + reading.where_on
        bends = self._bends()
        exact = reading.exact & (reading.inherited == 0.0)
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(places)], strict=True):
            place = int(places[start])
            w, used = weights[start:end], neurons[start:end]
            strength = np.abs(w)
            error = float(strength @ activation[used])
            if bends is not None:
                # All neurons move with one number: what counts is the steepest slope in it.
                slopes = np.zeros(self.group.n)
                slopes[used] = w
                slope = float(np.abs(np.cumsum(slopes[bends])).max())
                error = float(strength @ reading.where_on[used])
                error += slope * float(reading.inherited.max(initial=0.0))
            error += self._rounding(strength, used, reach, bool(exact[used].all()), place)
            yield Written(place, error)

    def _rounding(
        self, strength: Floats, used: Ints, reach: Floats, exact: bool, place: int
    ) -> float:
        """The error of adding up what neurons write, and of taking away what was there."""
        stream, before = self.hidden.stream, float(self.emptied.size[place])
        total = float(strength @ reach[used])
        stream.note(total + before)
        dyadic = bool((strength * 4 == np.round(strength * 4)).all())
        exact = exact and dyadic and not self.emptied.rounds[place]
        if exact and total + before < exact_limit(stream.dtype, 3):
            return 0.0
        n_terms = len(used) + 3 + (3 if before else 0)
        rounding = stream.unit * (total + before) + stream.smallest
        return n_terms * rounding + stream.fit * total

    def _reach(self) -> Floats:
        """The largest activation of each neuron: what the plan says, or all that it could be."""
        crude = self.reading.size + self.reading.rounding
        if not self.group.reach:
            return crude
        known = [np.inf if reach is None else reach for reach in self.group.reach]
        if len(known) != self.group.n:
            raise PlanError("another number of neurons")
        return np.asarray(np.minimum(np.array(known) + self.reading.error, crude))

    def _bends(self) -> Ints | None:
        """The neurons in the order in which they switch on, if all read the same form but for a
        constant."""
        w_in = self.hidden.tensors["W_in"][BOS_PLACE + 1 :, self.range]
        if self.paired.any() or not bool((w_in == w_in[:, :1]).all()):
            return None
        order: Ints = np.argsort(-self.hidden.tensors["b_in"][self.range], kind="stable")
        return order

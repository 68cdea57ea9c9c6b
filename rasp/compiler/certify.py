"""Worst-case rounding: does every read of a model stay within its margin, on every input?

The program is walked in the order in which the model computes.  For each direction of the residual
stream there is a bound on |what the stream holds - what it should hold|, over all inputs up to
max_len and all positions; for each decision (a step of a staircase, the separation of selected from
unselected keys, the read-out) there is a margin, and the bound of what it reads has to stay below
it.

Assumptions, and where they are used:
    * the dtype rounds every operation correctly, with unit u (2**-24 or 2**-53); * a sum of n
    terms, in any order, is off by at most n * u * (the sum of absolute terms); adding an
      exact zero is exact, so only the terms that are not zero count;
    * exp and division are off by a few u; exp underflows to 0 or to something smaller than its
    bound; * sums of products of multiples of 1/4 that stay below 2**20 are exact.

Non-goals: tightness.  A bound that is not below its margin proves nothing; it is reported, not
hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.blocks import Blocks, Direction, Feedforward, Form, Head
from rasp.compiler.layout import Layout
from rasp.compiler.weights import SCALE

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
_EXACT_LIMIT = 2.0**20
_FUNCTION_ERROR = 10
"""Units that exp, the division of softmax and the subtraction of its maximum cost at most,
together.
"""


@dataclass(frozen=True)
class Check:
    """One decision: it is right if bound < margin."""

    read: str
    bound: float
    margin: float

    @property
    def ok(self) -> bool:
        return self.bound < self.margin


@dataclass(frozen=True)
class OutputMargin:
    """How far a column of the unembedding may be off."""

    label: str
    margin: float


@dataclass
class Certifier:
    """Bounds for one dtype; `run` fills `checks`."""

    max_len: int
    dtype: str
    errors: dict[Direction, float] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    before: dict[Direction, Direction] = field(default_factory=dict)

    @property
    def unit(self) -> float:
        return UNIT[self.dtype]

    def run(self, blocks: Blocks, layout: Layout, margins: list[OutputMargin]) -> None:
        self.before = layout.before
        for column in blocks.embeddings:
            direction = column.direction
            self.errors[direction] = 0.0 if direction.dyadic else self.unit * direction.bound
        for stage in layout.stages:
            if stage[1] == 0:
                for head in blocks.heads:
                    if head.depth == stage[0]:
                        self._head(head)
            else:
                for group in blocks.feedforwards:
                    if group.stage == stage:
                        self._feedforward(group)
        for form, margin in zip(blocks.outputs, margins, strict=True):
            self.checks.append(Check(margin.label, self.of(form), margin.margin))

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    def _left_over(self, direction: Direction) -> float:
        """What emptying the dimension for a direction leaves, or adds in rounding."""
        last = self.before.get(direction)
        if last is None:
            return 0.0
        # relu(x) - relu(-x) is x whatever the error of x; relu(x) alone is not.
        error = self.errors[last] if last.one_sided else 0.0
        if last.dyadic and self.errors[last] == 0.0 and direction.dyadic:
            return 0.0
        return error + 8 * self.unit * (last.bound + error + direction.bound)

    # -- linear forms

    def inherited(self, form: Form) -> float:
        """The error that a form has from what it reads."""
        return sum(abs(c) * self.errors[direction] for direction, c in form.terms.items())

    def size(self, form: Form) -> float:
        """The sum of absolute terms; of a one-hot only one is not zero."""
        largest: dict[object, float] = {}
        for direction, c in form.terms.items():
            family = direction if direction.family is None else direction.family
            largest[family] = max(largest.get(family, 0.0), abs(c) * direction.bound)
        return abs(form.constant) + sum(largest.values()) + self.inherited(form)

    def exact(self, form: Form) -> bool:
        """Is it computed without any error?"""
        numbers = [form.constant, *form.terms.values()]
        return (
            all(float(number * 4).is_integer() for number in numbers)
            and all(d.dyadic and self.errors[d] == 0.0 for d in form.terms)
            and self.size(form) < _EXACT_LIMIT
        )

    def rounding(self, form: Form) -> float:
        """The error of computing a form, weights being rounded too."""
        if self.exact(form):
            return 0.0
        return (len(form.terms) + 3) * self.unit * self.size(form)

    def of(self, form: Form) -> float:
        return self.inherited(form) + self.rounding(form)

    # -- attention

    def _head(self, head: Head) -> None:
        scale = SCALE[self.dtype]
        noise = self._score_noise(head)  # in units of the gap
        logits = 2 * noise * scale
        keys = self.max_len + 1
        shift = float(np.expm1(min(logits, 50.0)))  # how unequally selected keys can share
        apart = scale / 2 - logits if head.bos_weight is None else scale - logits
        self.checks.append(Check(f"selection of {head.label}", noise, 0.2))
        leak = keys * float(np.exp(-max(apart, 0.0)))
        weights = shift + leak + (keys + _FUNCTION_ERROR) * self.unit
        for value in head.values:
            error = self._value_error(head, value.form, value.agrees, weights, leak)
            size = max(self._largest(value.form), abs(value.at_bos))
            if head.bos_weight is not None and value.gain != 1.0:
                # A sum: every selected key adds its own error, and the weight of BOS is finite.
                total = self.max_len * size
                error = total * (weights + self.max_len / head.bos_weight)
                error += self.max_len * self.of(value.form) + 4 * self.unit * total
            self.errors[value.direction] = error + self._left_over(value.direction)

    def _value_error(
        self, head: Head, form: Form, agrees: bool, weights: float, leak: float
    ) -> float:
        size = self._largest(form)
        error = self.of(form)
        if agrees and head.single:
            exact = leak == 0.0 or leak < 1e-30
            rounded = 0.0 if exact and error == 0.0 else 2 * self.unit * size
            return error + rounded + (0.0 if exact else 2 * leak * size)
        if agrees:
            # Shares add up to 1 but for rounding, however unequal they are.
            return error + ((self.max_len + _FUNCTION_ERROR) * self.unit + 2 * leak) * size
        return error + 2 * weights * size + self.max_len * self.unit * size

    def _largest(self, form: Form) -> float:
        return max(self.size(form), abs(form.at_bos))

    def _score_noise(self, head: Head) -> float:
        inherited, size, exact = 0.0, abs(head.bias), True
        for query, key in head.pairs:
            q, k = self.size(query), self.size(key)
            query_error, key_error = self.of(query), self.of(key)
            inherited += query_error * k + key_error * q + query_error * key_error
            size += q * k
            exact = exact and self.exact(query) and self.exact(key)
        if exact and size < _EXACT_LIMIT:
            return 0.0
        return inherited + (len(head.pairs) + 4) * self.unit * size

    # -- feed-forward

    def _feedforward(self, group: Feedforward) -> None:
        inherited = np.array([self.inherited(form) for form in group.inputs])
        rounding = np.array([self.rounding(form) for form in group.inputs])
        crude = np.array([self.size(form) for form in group.inputs])
        reach = np.minimum(group.reach, crude) + inherited + rounding
        paired = group.paired
        if paired.any():
            self.checks.append(
                Check(
                    f"steps of {group.label}",
                    float((inherited + rounding)[paired].max()),
                    0.5,
                )
            )
        # Off the step both edges move alike, so that only their own rounding is left.
        activation = np.where(paired, rounding, inherited + rounding)
        exact_inputs = bool((inherited + rounding == 0.0).all())
        bends = _bends(group)
        for direction, outputs in group.outputs:
            weighted = np.abs(outputs)
            error = float(weighted @ activation)
            if bends is not None:
                # All neurons move with one number: what counts is the steepest slope in it.
                slope = float(np.abs(np.cumsum(outputs[bends])).max(initial=0.0))
                error = float(weighted @ rounding) + slope * float(inherited.max(initial=0.0))
            total = float(weighted @ reach)
            dyadic = bool((outputs * 4 == np.round(outputs * 4)).all())
            if not (exact_inputs and dyadic and total < _EXACT_LIMIT):
                error += (int((weighted > 0).sum()) + 2) * self.unit * total
            self.errors[direction] = error + self._left_over(direction)


def _bends(group: Feedforward) -> NDArray[np.int64] | None:
    """The neurons in the order in which they switch on, if all read the same form but for a
    constant.
    """
    first = group.inputs[0].terms
    if group.paired.any() or any(form.terms != first for form in group.inputs):
        return None
    return np.argsort([-form.constant for form in group.inputs])

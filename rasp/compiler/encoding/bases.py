"""What is asked of variables, and the few features of them that are held to answer it.

If the features that are asked for are fewer than the values of the variable, each gets a direction
of its own (a number, a bit of a code, "is it one of these?"); otherwise the variable is held
one-hot and the features are linear maps.  Affine functions of a feature need no direction of their
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rasp.certificate import worst
from rasp.compiler.blocks import Direction, Form, combined
from rasp.compiler.encoding.features import Lines, affine_fit, largest_reading
from rasp.compiler.encoding.spans import Span, spanning
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import LARGEST_COEFFICIENT, LONG_INPUTS
from rasp.compiler.readings import Readings
from rasp.compiler.synthesis.table import affine_key, is_constant
from rasp.compiler.variables import Categorical, Combined, Linear, PositionVariable, Scalar, Side
from rasp.errors import CompileError


@dataclass(frozen=True, eq=False)
class Held:
    """A feature that can be read: a linear part in the leaves, plus what neurons or heads wrote."""

    feature: Floats
    direct: Linear
    direction: Direction | None


class Bases:
    """Requests and their answers.

    Consumers `demand`.  When a variable's turn comes, `choose` says which features of it are to be
    held, and whoever delivers them enters them in `held`, or a scalar in `readings`.  In the end
    `form` is what holds a linear function of them.
    """

    def __init__(self, how_read: Readings) -> None:
        self.how_read = how_read
        self.requests: dict[Categorical, dict[bytes, Floats]] = {}
        self.wanted: set[Scalar] = set()
        self.exact: set[Categorical] = set()
        self.asked: dict[Categorical, int] = {}
        self.spans: dict[Categorical, Span | None] = {}
        self.held: dict[Categorical, list[Held]] = {}
        self.lines: dict[Categorical, Lines] = {}
        self.readings: dict[Scalar, Form] = {}
        self.forms: dict[tuple[Categorical, bytes], Form] = {}
        self.wholes: dict[Held, Form] = {}
        self.settled: set[Categorical] = set()  # variables all of whose features are in `wholes`
        self.misfit = 0.0  # how far fitted functions are off, relative to their size

    # -- requests

    def demand(self, linear: Linear, *, exact: bool = True) -> None:
        """Ask for everything in a linear form.

        exact: small errors would do harm.  They do in the scores of a head that selects several
        keys, which have to share the attention equally, and in what is averaged or computed with;
        they do not where one key is selected with a gap, or where a number is read out with a
        margin.

        Raises CompileError where numbers are too large for floats.
        """
        for variable, values in linear.features.items():
            if not np.isfinite(values).all():
                raise CompileError(
                    f"what is computed of {variable.label} is too large for a floating-point number"
                )
            self.requests.setdefault(variable, {}).setdefault(values.tobytes(), values)
            if exact:
                self.exact.add(variable)
        self.wanted.update(linear.scalars)

    def choose(self, variable: Categorical) -> list[Floats]:
        """The requested features but for sums of others, or the one-hot if they are many."""
        asked = [v for v in self.requests.get(variable, {}).values() if not is_constant(v)]
        keys = [affine_key(values) for values in asked]
        distinct: dict[bytes, Floats] = {}
        for key, values in zip(keys, asked, strict=True):
            if key not in distinct or _is_finer(values, distinct[key]):
                distinct[key] = values
        again: dict[bytes, tuple[Floats, Floats]] = {}  # and the feature it is a multiple of
        for key, values in zip(keys, asked, strict=True):
            if not np.array_equal(distinct[key], values):
                again[values.tobytes()] = distinct[key], values
        self.asked[variable] = len(distinct)
        if len(distinct) >= max(variable.size, 2):
            return list(np.eye(variable.size))
        basis, span = spanning(list(distinct.values()), _largest_coefficient(variable))
        self.spans[variable] = span
        held = {id(feature) for feature in basis}
        for known, values in again.values():
            if id(known) in held:
                found = affine_fit(known, values) is not None
            else:
                found = span is not None and span.combination(values) is not None
            if not found:  # it differs by more than rounding, or by no small multiple
                basis.append(values)
        return basis if len(basis) < variable.size else list(np.eye(variable.size))

    # -- answers

    def form(self, linear: Linear) -> Form:
        """The affine form of directions that holds a linear function of features."""
        self._settle(linear)
        return self._sum(linear)

    def _settle(self, linear: Linear) -> None:
        """Have the forms of all that it is made of, operands first and with a loop: a feature may
        be a sum of features of other variables, and these of others, thousands deep."""
        stack = [variable for variable in _made_of(linear) if variable not in self.settled]
        while stack:
            variable = stack[-1]
            directs = [held.direct for held in self.held[variable] if held not in self.wholes]
            below = [v for direct in directs for v in _made_of(direct) if v not in self.settled]
            if below:
                stack += below
                continue
            for held in self.held[variable]:
                if held not in self.wholes:
                    self.wholes[held] = self._whole(held)
            self.settled.add(variable)
            stack.pop()

    def _sum(self, linear: Linear) -> Form:
        """As `form`, where all features that it is made of are settled."""
        parts = [(self._feature(*feature), 1.0) for feature in linear.features.items()]
        for scalar, factor in linear.scalars.items():
            reading = (
                self._sum(scalar.form)
                if isinstance(scalar, (Combined, Side))
                else self.readings[scalar]
            )
            parts.append((reading, factor))
        return replace(combined(linear.constant, parts), largest=self._largest_of(linear))

    def _largest_of(self, linear: Linear) -> float:
        """At least the largest absolute value that it can have."""
        if len(linear.features) == 1 and not linear.scalars:
            (values,) = linear.features.values()
            return float(np.abs(values + linear.constant).max())
        return (
            abs(linear.constant)
            + sum(float(np.abs(values).max()) for values in linear.features.values())
            + sum(
                abs(f) * largest_reading(scalar, self.how_read)
                for scalar, f in linear.scalars.items()
            )
        )

    def _feature(self, variable: Categorical, values: Floats) -> Form:
        """Neurons of one layer read the same few features of a variable: each is made once."""
        key = variable, values.tobytes()
        if key not in self.forms:
            self.forms[key] = self._form_of(variable, values)
        return self.forms[key]

    def _form_of(self, variable: Categorical, values: Floats) -> Form:
        basis = self.held[variable]
        if is_constant(values):
            if values.any():
                lost = float(np.ptp(values)) / float(np.abs(values).max())
                self.misfit = worst(self.misfit, lost)
            return Form(float(values[0]))
        if len(basis) == variable.size > 1:  # one-hot
            return self._multiples(0.0, basis, values)
        for held in self._candidates(variable, values):
            fit = affine_fit(held.feature, values)
            if fit is not None:
                off = float(np.abs(fit[0] + fit[1] * held.feature - values).max())
                self.misfit = worst(self.misfit, off / float(np.abs(values).max()))
                return self._multiples(fit[0], [held], np.array([fit[1]]))
        # A feature that is a sum of others.
        span = self.spans[variable]
        found = None if span is None else span.combination(values)
        assert found is not None, variable.label
        assert span is not None
        constant, multiples = found
        self.misfit = worst(self.misfit, span.off(np.array([constant, *multiples]), values))
        return self._multiples(constant, basis[: len(multiples)], multiples)

    def _candidates(self, variable: Categorical, values: Floats) -> Iterator[Held]:
        """Which of what is held the values may be an affine function of."""
        if variable not in self.lines:
            self.lines[variable] = Lines([held.feature for held in self.held[variable]])
        for place in self.lines[variable].candidates(values).tolist():
            yield self.held[variable][place]

    def _multiples(self, constant: float, basis: list[Held], multiples: Floats) -> Form:
        """constant + the sum of multiples of what is held."""
        pairs = zip(basis, multiples.tolist(), strict=True)
        return combined(
            constant, [(self.wholes[held], multiple) for held, multiple in pairs if multiple]
        )

    def _whole(self, held: Held) -> Form:
        parts = [(self._sum(held.direct), 1.0)]
        if held.direction is not None:
            parts.append((Form(0.0, {held.direction: 1.0}), 1.0))
        return combined(0.0, parts)


def _largest_coefficient(variable: Categorical) -> float:
    """Up to which a feature may be a multiple of others.

    Of long inputs (i + 1)^2 is i^2 + 2 i + 1, and so is any square of an index less a number.
    Features of the embedding have no errors that a large coefficient would multiply.
    """
    if isinstance(variable, PositionVariable) and variable.size >= LONG_INPUTS:
        return 4.0 * variable.size**2
    return LARGEST_COEFFICIENT


def _made_of(linear: Linear) -> Iterator[Categorical]:
    """The variables whose features it is a sum of."""
    yield from linear.features
    for scalar in linear.scalars:
        if isinstance(scalar, (Combined, Side)):
            yield from scalar.form.features


def _is_finer(values: Floats, other: Floats) -> bool:
    """Of two features that are multiples of each other: is this one smaller, and exact in quarters?

    The other is then a multiple of it by no fraction.
    """
    quarters = values * 4
    return bool((quarters == np.round(quarters)).all()) and np.ptp(values) < np.ptp(other)

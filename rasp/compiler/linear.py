"""Variables as such, and what can be asked of them: a feature of one, a number, a sum of these.

A `View` is one function of one variable, a `Linear` an affine function of features and readings.
What variables there are is in `rasp.compiler.variables`; selectors, which are made of variables and
are what others are made of, are between the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.domains import AnyDomain, Domain, Interval, Unlisted, listed
from rasp.graph.columns import Column
from rasp.graph.nodes import SOpNode


@dataclass(frozen=True, eq=False)
class Distinct:
    """Positions whose `variables` have values of one class have different counts.

    classes: [joint values] the class, -1 for joint values about which nothing is known; joint
    values are numbered with the last variable running fastest; reflexive: positions may select
    themselves.
    """

    variables: tuple[Categorical, ...]
    classes: Ints
    reflexive: bool

    @property
    def permutation(self) -> bool:
        """The counts are 0, 1, ..., n - 1, each at one position."""
        return self.everywhere and not self.reflexive

    @property
    def everywhere(self) -> bool:
        """All positions have different counts."""
        return bool((self.classes == 0).all())

    def one_class(self, allowed: Sequence[Bools]) -> bool:
        """Do all combinations of allowed values (one mask per variable) belong to one class?"""
        inside = np.ones(1, dtype=bool)
        for mask in allowed:
            inside = (inside[:, None] & mask[None, :]).reshape(-1)
        found = np.unique(self.classes[inside])
        return len(found) == 0 or (len(found) == 1 and int(found[0]) >= 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Variable:
    """node: the s-op it holds, or is something beside (see `Lowered.is_its_node`); depth: after
    which attention it is there; possible: its values; multiplicity: at how many positions of one
    input each value can be, None if at any number; within: among which positions `multiplicity`
    holds, None if among all; permutation: the values of an input of length n are 0, 1, ..., n - 1,
    each once; blurred: the last bits of its numbers are not known; off: by how much more than by
    these they may be off then; untyped: which of its whole numbers are ints is not known.

    embedded: features of it come from the embedding, free of rounding errors; free: they cost no
    neurons.
    """

    embedded: ClassVar[bool] = False
    free: ClassVar[bool] = False

    node: SOpNode
    label: str
    depth: int
    possible: AnyDomain
    multiplicity: Ints | None = None
    within: Distinct | None = None
    permutation: bool = False
    blurred: bool = False
    off: float = 0.0
    untyped: bool = False

    @property
    def is_listed(self) -> bool:
        """Is there a list of its values?"""
        return not isinstance(self.possible, Unlisted)

    @property
    def interval(self) -> Interval | None:
        """Where its values are, if they are integers that are too many to list."""
        return self.possible.interval if isinstance(self.possible, Unlisted) else None

    @property
    def domain(self) -> Domain:
        """The list of its values.  Raises TooManyRowsError if they are too many to list."""
        return listed(self.possible)

    @property
    def size(self) -> int:
        return len(self.domain)


@dataclass(frozen=True, eq=False, kw_only=True)
class Categorical(Variable):
    """A variable all of whose features can be had."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Unit(Categorical):
    """The variable with one value: what constants are functions of."""

    embedded: ClassVar[bool] = True
    free: ClassVar[bool] = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Scalar(Variable):
    """A variable of which only a number can be had, its reading (see `rasp.compiler.readings`)."""

    @property
    def number(self) -> Linear:
        """The value itself, as a function of the reading; only if that is linear."""
        return Linear(0.0, {}, {self: 1.0})


@dataclass(frozen=True)
class View:
    """A function of one categorical variable: its value for each value of the variable's domain."""

    variable: Categorical
    column: Column


@dataclass(frozen=True)
class Linear:
    """constant + features of categorical variables + multiples of readings."""

    constant: float = 0.0
    features: Mapping[Categorical, Floats] = field(default_factory=dict)
    scalars: Mapping[Scalar, float] = field(default_factory=dict)

    @classmethod
    def feature(cls, variable: Categorical, values: Floats) -> Linear:
        """A function of one variable; of the unit variable it is a constant."""
        if isinstance(variable, Unit):
            return cls(float(values[0]))
        return cls(0.0, {variable: np.asarray(values, dtype=np.float64)})

    def __add__(self, other: Linear) -> Linear:
        features = dict(self.features)
        for variable, values in other.features.items():
            features[variable] = features[variable] + values if variable in features else values
        scalars = dict(self.scalars)
        for scalar, factor in other.scalars.items():
            scalars[scalar] = scalars.get(scalar, 0.0) + factor
        return Linear(self.constant + other.constant, features, scalars)

    def scaled(self, factor: float) -> Linear:
        return Linear(
            self.constant * factor,
            {variable: values * factor for variable, values in self.features.items()},
            {scalar: value * factor for scalar, value in self.scalars.items()},
        )

    def shifted(self, amount: float) -> Linear:
        return Linear(self.constant + amount, self.features, self.scalars)

    def key(self) -> tuple[object, ...]:
        """Equal for the same function."""
        features = {(id(variable), values.tobytes()) for variable, values in self.features.items()}
        scalars = {(id(scalar), factor) for scalar, factor in self.scalars.items()}
        return self.constant, frozenset(features), frozenset(scalars)

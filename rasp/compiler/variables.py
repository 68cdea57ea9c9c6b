"""What the residual stream holds: variables, and the features of them that somebody reads.

A variable is something about a position that takes one of the values of its domain.  Of a
`Categorical` variable every feature, that is every function from its values to numbers, can be had
as a linear form; the producer writes just as many directions as the requested features need.  Of a
`Scalar` variable only one number can be had, its reading; everything else about it takes neurons.

    Categorical   Unit | TokenVariable | PositionVariable | Read | Computed
    Scalar        Mean | Sum | Length | Width: what an attention head delivers as a number
                  Combined: a sum of such numbers

`Linear` is an affine function of features and readings: what consumers ask for, before
`rasp.compiler.encoding.encodings` has decided which directions there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.blocks import Stage
from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.means import Grid, Quotients
from rasp.compiler.selection.orders import Distinct
from rasp.compiler.selection.selectors import Term
from rasp.graph.columns import Column
from rasp.graph.nodes import Atom, SOpNode


@dataclass(eq=False, kw_only=True)
class Variable:
    """node: the s-op it holds; depth: after which attention it is there; domain: its values;
    multiplicity: at how many positions of one input each value can be, None if at any number;
    within: among which positions `multiplicity` holds, None if among all; permutation: the values
    of an input of length n are 0, 1, ..., n - 1, each once; blurred: the last bits of its numbers
    are not known; untyped: which of its whole numbers are ints is not known.
    """

    node: SOpNode
    label: str
    depth: int
    domain: Domain
    multiplicity: Ints | None = None
    within: Distinct | None = None
    permutation: bool = False
    blurred: bool = False
    untyped: bool = False

    @property
    def embedded(self) -> bool:
        """Do features of it come from the embedding, free of rounding errors?"""
        return isinstance(self, (TokenVariable, PositionVariable, Unit))

    @property
    def free(self) -> bool:
        """Do features of it cost no neurons?"""
        return self.embedded or isinstance(self, Read)

    @property
    def size(self) -> int:
        return len(self.domain)


@dataclass(eq=False, kw_only=True)
class Categorical(Variable):
    """A variable all of whose features can be had."""


@dataclass(eq=False, kw_only=True)
class Unit(Categorical):
    """The variable with one value: what constants are functions of."""


@dataclass(eq=False, kw_only=True)
class TokenVariable(Categorical):
    """The token at the position."""


@dataclass(eq=False, kw_only=True)
class PositionVariable(Categorical):
    """The index of the position."""


@dataclass(eq=False, kw_only=True)
class Read(Categorical):
    """The one value that all selected keys carry, or the default.

    value: what the keys carry, a function of their variable; codes: for each value of that
    variable, the place of the carried value in the domain (-1: it cannot be computed);
    default_code: place of the default, -1 if some key is always selected; checked: it is not proved
    that the selected keys agree, so the program may fail here, which the model has to notice;
    single: never more than one key is selected; averaged: selected keys may carry different values,
    and it is a number of these that is read.
    """

    term: Term
    value: Categorical
    codes: Ints
    default_code: int
    checked: bool
    single: bool
    averaged: bool = False


@dataclass(eq=False, kw_only=True)
class Computed(Categorical):
    """A function of several variables, or of scalars, for which neurons are needed.

    rows: [combinations, leaves], places in the leaves' domains; codes: for each combination the
    place of the function's value in the domain, -1 where it fails and may be anything; expression:
    the s-op that the function was written as, None if it is not an elementwise one; level: which
    feed-forward sublayer of its depth computes it at the earliest, from 1.
    """

    leaves: tuple[Variable, ...]
    rows: Ints
    codes: Ints
    expression: SOpNode | None = None
    level: int = 1


@dataclass(eq=False, kw_only=True)
class Disagreement(Categorical):
    """0 or 1: do the keys that `read` selects carry different values?"""

    read: Read


@dataclass(eq=False, kw_only=True)
class Scalar(Variable, ABC):
    """A variable of which only a number can be had: readings[value] is that number."""

    @property
    @abstractmethod
    def readings(self) -> Floats:
        """The number that the stream holds, for each value of the domain."""

    @property
    def number(self) -> Linear:
        """The value itself, as a function of the reading; only if that is linear."""
        return Linear(0.0, {}, {self: 1.0})


@dataclass(eq=False, kw_only=True)
class Mean(Scalar):
    """The mean of a numeric feature of the selected keys; the reading is the mean itself.

    value: the categorical variable that keys carry, with feature `numbers`, or a scalar, whose
    number is averaged; carried: what is averaged, for each value of the variable (None where it
    fails), empty where that is not listed; default: what is read where nothing is selected, None if
    that never happens; limits: how many keys are selected; grid: what all values lie on; scales:
    where they are too many to list, for each length a number that makes integers of them, empty if
    there is none; quotients: the values as what is divided.
    """

    term: Term
    value: Variable
    numbers: Floats
    carried: tuple[Atom | None, ...] = ()
    default: Atom | None
    limits: Bounds
    grid: Grid
    quotients: Quotients
    scales: tuple[int, ...] = ()

    @property
    def readings(self) -> Floats:
        return self.domain.numbers


@dataclass(eq=False, kw_only=True)
class Sum(Scalar):
    """The sum of a numeric feature of the selected keys: a mean times the number of keys.

    The beginning-of-sequence position has a huge weight and the value 0, so the reading is linear.
    factors: the s-ops that it is the product of, where their types decide its own.
    """

    term: Term
    value: Variable
    numbers: Floats
    factors: tuple[SOpNode, ...] = ()

    @property
    def readings(self) -> Floats:
        return self.domain.numbers


@dataclass(eq=False, kw_only=True)
class Length(Scalar):
    """The length n, read as the mean of all indices, (n - 1) / 2: linear, and with an honest
    pattern.
    """

    @property
    def readings(self) -> Floats:
        return np.array([(float(value) - 1) / 2 for value in self.domain.values])

    @property
    def number(self) -> Linear:
        return Linear(1.0, {}, {self: 2.0})


@dataclass(eq=False, kw_only=True)
class Width(Scalar):
    """The number of selected keys, over disjoint terms.

    Faithful (linear False, one term): the beginning-of-sequence position has weight w against 1 for
    each selected key, and is read: w / (m + w).  Linear: it has a huge weight and the value 0, and
    the reading is m itself, summed over the terms.  faithful: it has to be read so.
    """

    terms: tuple[Term, ...]
    bounds: Bounds
    weight: float
    linear: bool = False
    faithful: bool = False

    @property
    def readings(self) -> Floats:
        counts = np.array([float(value) for value in self.domain.values])
        return counts if self.linear else self.weight / (counts + self.weight)


@dataclass(eq=False, kw_only=True)
class Combined(Scalar):
    """A sum of other numbers, all of which are linear; nothing has to write it.

    form: the sum, which is the value itself.
    """

    form: Linear

    @property
    def readings(self) -> Floats:
        return self.domain.numbers


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


@dataclass(frozen=True)
class Check:
    """Somewhere the program may fail: above 1/2 where it does."""

    flag: Linear
    message: str
    place: str
    stage: Stage | None = None

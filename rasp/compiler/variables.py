"""What the residual stream holds: variables, and the features of them that somebody reads.

A variable is something about a position that takes one of the values of its domain.  Of a
`Categorical` variable every feature, that is every function from its values to numbers, can be had
as a linear form; the producer writes just as many directions as the requested features need.  Of a
`Scalar` variable only one number can be had, its reading; everything else about it takes neurons.

    Categorical   Unit | TokenVariable | PositionVariable | Read | Computed
                  Address: a number that is a place, read from the table of positions
    Scalar        Mean | Sum | Length | Width | Tally: what an attention head delivers as a number
                  Combined: a sum of such numbers
                  Side: of such a number, on which side of constants it is

What these have in common, and `Linear`, an affine function of features and readings, is in
`rasp.compiler.linear`: it is what consumers ask for, before `rasp.compiler.encoding.encodings` has
decided which directions there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from rasp.compiler.blocks import Stage
from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.means import Grid, Quotients
from rasp.compiler.linear import Categorical, Linear, Scalar, Unit, Variable, View
from rasp.compiler.selection.selectors import Term
from rasp.graph.nodes import Atom, SOpNode
from rasp.source import Span

__all__ = [
    "Address",
    "Case",
    "Categorical",
    "Check",
    "Choice",
    "Combined",
    "Computed",
    "Disagreement",
    "Length",
    "Linear",
    "Mean",
    "PositionVariable",
    "Read",
    "Scalar",
    "Sum",
    "Tally",
    "TokenVariable",
    "Unit",
    "Variable",
    "View",
    "Width",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class TokenVariable(Categorical):
    """The token at the position."""

    embedded: ClassVar[bool] = True
    free: ClassVar[bool] = True


@dataclass(frozen=True, eq=False, kw_only=True)
class PositionVariable(Categorical):
    """The index of the position."""

    embedded: ClassVar[bool] = True
    free: ClassVar[bool] = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Read(Categorical):
    """The one value that all selected keys carry, or the default.

    value: what the keys carry, a function of their variable; codes: for each value of that
    variable, the place of the carried value in the domain (-1: it cannot be computed);
    default_code: place of the default, -1 if some key is always selected; checked: it is not proved
    that the selected keys agree, so the program may fail here, which the model has to notice;
    single: never more than one key is selected; averaged: selected keys may carry different values,
    and it is a number of these that is read.
    """

    free: ClassVar[bool] = True

    term: Term
    value: Categorical
    codes: Ints
    default_code: int
    checked: bool
    single: bool
    averaged: bool = False


@dataclass(frozen=True, eq=False)
class Case:
    """sides: [values] of some leaves, which of them they may have; outcome: the value then."""

    sides: Mapping[Variable, Bools]
    outcome: Atom


@dataclass(frozen=True, eq=False)
class Choice:
    """An integer that is one of two: `then` where the condition is 1, `other` where it is 0."""

    condition: Linear
    then: Linear
    other: Linear


@dataclass(frozen=True, eq=False, kw_only=True)
class Address(Read):
    """A count, or a sum, from 0 to the number of keys: read at the position that has its number.

    Its features are those of the position, as exact as the embedding has them; the node is that of
    the number itself, `of`.
    """

    embedded: ClassVar[bool] = True

    of: Scalar


@dataclass(frozen=True, eq=False, kw_only=True)
class Computed(Categorical):
    """A function of several variables, or of scalars, for which neurons are needed.

    rows: [combinations, leaves], places in the leaves' domains; codes: for each combination the
    place of the function's value in the domain, -1 where it fails and may be anything; expression:
    the s-op that the function was written as, None if it is not an elementwise one; level: which
    feed-forward sublayer of its depth computes it at the earliest, from 1; alike: for leaves some
    of whose values the function does not tell apart, for each value the first such one: the rows
    have no others; cases: where the rows would be too many, what they come to: disjoint cases, of
    which one always applies, and of each of which the rows have one combination; choice: likewise,
    where it is a choice of two sums: the rows have one combination for each value of both; factors:
    the s-ops that it is the product of, where their types decide its own.
    """

    leaves: tuple[Variable, ...]
    rows: Ints
    codes: Ints
    expression: SOpNode | None = None
    level: int = 1
    alike: Mapping[Variable, Ints] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    factors: tuple[SOpNode, ...] = ()
    choice: Choice | None = None

    @property
    def is_tabled(self) -> bool:
        """Are all combinations that can meet among the rows, alike values aside?"""
        return not self.cases and self.choice is None


@dataclass(frozen=True, eq=False, kw_only=True)
class Disagreement(Categorical):
    """0 or 1: do the keys that `read` selects carry different values?"""

    read: Read


@dataclass(frozen=True, eq=False, kw_only=True)
class Mean(Scalar):
    """The mean of a numeric feature of the selected keys; the reading is the mean itself.

    value: the categorical variable that keys carry, with feature `numbers`, or a scalar, whose
    number is averaged; carried: what is averaged, for each value of the variable (None where it
    fails), empty where that is not listed; default: what is read where nothing is selected, None if
    that never happens; limits: how many keys are selected; grid: what all values lie on; scales:
    where they are too many to list, for each length a number that makes integers of them, empty if
    there is none; quotients: the values as what is divided; placed: index and length say which of
    the values it is.
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
    placed: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Sum(Scalar):
    """The sum of a numeric feature of the selected keys: a mean times the number of keys.

    The beginning-of-sequence position has a huge weight and the value 0, so the reading is linear.
    factors: the s-ops that it is the product of, where their types decide its own.
    """

    term: Term
    value: Variable
    numbers: Floats
    factors: tuple[SOpNode, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Length(Scalar):
    """The length n, read as the mean of all indices, (n - 1) / 2: linear, and with an honest
    pattern.
    """

    @property
    def number(self) -> Linear:
        return Linear(1.0, {}, {self: 2.0})


@dataclass(frozen=True, eq=False, kw_only=True)
class Width(Scalar):
    """The number of selected keys, over disjoint terms.

    `rasp.compiler.readings` says in which of two ways it is read; faithful: it has to be in one.
    """

    terms: tuple[Term, ...]
    bounds: Bounds
    weight: float
    faithful: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Tally(Scalar):
    """What is added up over terms: an amount for each that selects any key, and `otherwise`."""

    terms: tuple[Term, ...]
    amounts: tuple[float, ...]
    otherwise: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Combined(Scalar):
    """A sum of other numbers, all of which are linear; nothing has to write it.

    form: the sum, which is the value itself.
    """

    form: Linear


@dataclass(frozen=True, eq=False, kw_only=True)
class Side(Scalar):
    """A mean of which it is only asked on which side of constants it is; nothing has to write it.

    The domain lists the means nearest to the constants, and the smallest and the largest: whoever
    reads it does not change between two neighbours of the list that no constant is between.
    form: what the stream holds; numbers: how much that is, for each value.
    """

    form: Linear
    numbers: Floats


@dataclass(frozen=True)
class Check:
    """Somewhere the program may fail: above 1/2 where it does; span: what fails there."""

    flag: Linear
    message: str
    span: Span | None
    stage: Stage | None = None

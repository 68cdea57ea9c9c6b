"""The second intermediate form: what attention heads and feed-forward neurons read, compute and
write.

A `Direction` is one number per position in the residual stream; a `Form` is an affine function of
directions, the only thing that a weight matrix can read.  Blocks say which forms they read and
which directions they write; `layout` gives directions their place, and `weights` transcribes.

Stages order everything in time: attention at depth d is stage (d, 0), feed-forward sublayers after
it are (d, k) for growing k; the embedding is (0, 0), so those in front of all attention are (0, k).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.limits import MOST_STEPS_OF_A_LEVEL

Stage: TypeAlias = tuple[int, int]

END: Stage = (1 << 30, 0)
"""The stage of the unembedding."""


def feedforward(depth: int, level: int, before: int = 0) -> Stage:
    """The stage of neurons of a level; before: so many sublayers before the last of the level."""
    assert 0 <= before <= MOST_STEPS_OF_A_LEVEL
    return (depth, level * (MOST_STEPS_OF_A_LEVEL + 1) - before)


def level_and_before(stage: Stage) -> tuple[int, int]:
    """Of the stage of neurons, what it was made of."""
    level = -(-stage[1] // (MOST_STEPS_OF_A_LEVEL + 1))
    return level, level * (MOST_STEPS_OF_A_LEVEL + 1) - stage[1]


@dataclass(frozen=True, eq=False)
class Direction:
    """One direction of the residual stream.

    at_bos: what is written to it at the beginning-of-sequence position, known when compiling;
    bound: the
    largest absolute value it can have; dyadic: all its values are multiples of 1/4; nonnegative:
    none is below 0; family: at most one of the directions with the same family differs from 0 at a
    position (a one-hot). born: the stage that writes it.
    """

    label: str
    born: Stage
    at_bos: float = 0.0
    bound: float = 0.0
    dyadic: bool = False
    nonnegative: bool = False
    family: object | None = None

    @property
    def one_sided(self) -> bool:
        """Never below 0, not even by rounding errors of neurons: relu(x) is x."""
        return self.nonnegative and self.born[1] == 0


@dataclass(frozen=True)
class Form:
    """constant + the sum of coefficient * direction.

    largest: the largest absolute value it can have, if that is known.
    """

    constant: float = 0.0
    terms: Mapping[Direction, float] = field(default_factory=dict)
    largest: float = math.inf

    def at(self, values: Mapping[Direction, float]) -> float:
        """Its value where the directions have these values."""
        return self.constant + sum(
            coefficient * values[direction] for direction, coefficient in self.terms.items()
        )


def combined(constant: float, parts: Iterable[tuple[Form, float]]) -> Form:
    """constant + the sum of multiples of forms, in time that grows with what the forms have."""
    terms: dict[Direction, float] = {}
    for form, factor in parts:
        constant += form.constant * factor
        for direction, coefficient in form.terms.items():
            terms[direction] = terms.get(direction, 0.0) + coefficient * factor
    return Form(constant, {direction: value for direction, value in terms.items() if value != 0.0})


@dataclass(frozen=True, eq=False)
class EmbeddingColumn:
    """A direction that the embedding writes: a number for each token, or for each index."""

    direction: Direction
    of: str  # "token" or "position"
    values: Floats


@dataclass(frozen=True)
class HeadValue:
    """What a head carries: read `form` at the keys, `at_bos` at the beginning-of-sequence position,
    write the pattern-weighted sum times `gain` to `direction`; agrees: all selected keys carry the
    same number.
    """

    form: Form
    at_bos: float
    direction: Direction
    gain: float = 1.0
    agrees: bool = False


@dataclass(frozen=True, eq=False)
class Head:
    """One attention head.

    The score of a key, in units of the gap, is the sum of query * key over `pairs`, plus `bias`: 0
    for a selected key, at most -1 for any other.  The beginning-of-sequence position competes with
    `bos_score`, in the same units, or, if `bos_weight` is given, with that weight against 1 of each
    selected key.  As a query it sees itself only, so that everything there is known when compiling.
    single: never more than one key is selected.  comparisons: how many of the pairs, one after the
    other, belong to each comparison.  best: if given, the last comparison is a number from 0 to
    this of the key, the others are that much larger, and of selected keys only those with the
    largest number are read; selected keys then score no less than 0.  uneven: the comparison of
    which some selected keys have larger scores than others, which may be where all that they carry
    agrees; None if all have 0.  address: it only reads counts from the table of positions.
    """

    depth: int
    label: str
    pairs: tuple[tuple[Form, Form], ...]
    comparisons: tuple[int, ...]
    bias: float
    bos_weight: float | None
    single: bool
    values: tuple[HeadValue, ...] = ()
    best: float | None = None
    uneven: int | None = None
    address: bool = False

    bos_score: ClassVar[float] = -0.5


@dataclass(frozen=True, eq=False)
class Feedforward:
    """A group of neurons with one purpose: relu(inputs) times the columns of outputs.

    Every neuron is off at the beginning-of-sequence position, so that what the group writes is 0
    there.
    """

    stage: Stage
    label: str
    inputs: tuple[Form, ...]
    outputs: tuple[tuple[Direction, Floats], ...]  # one coefficient per neuron
    paired: Bools  # neurons that come two by two, as the two edges of a step
    reach: Floats  # the largest activation of each neuron


@dataclass(frozen=True, eq=False)
class Blocks:
    """A whole program: everything that is to be laid out, in no particular order."""

    embeddings: tuple[EmbeddingColumn, ...] = ()
    heads: tuple[Head, ...] = ()
    feedforwards: tuple[Feedforward, ...] = ()
    outputs: tuple[Form, ...] = ()  # the columns of the unembedding

    def written(self) -> Iterator[tuple[Direction, Stage]]:
        """All directions, with the stage that writes them."""
        yield from ((column.direction, (0, 0)) for column in self.embeddings)
        for head in self.heads:
            yield from ((value.direction, (head.depth, 0)) for value in head.values)
        for group in self.feedforwards:
            yield from ((direction, group.stage) for direction, _ in group.outputs)

    def read(self) -> Iterator[tuple[Form, Stage]]:
        """All forms, with the stage that reads them."""
        for head in self.heads:
            for pair in head.pairs:
                yield from ((form, (head.depth, 0)) for form in pair)
            yield from ((value.form, (head.depth, 0)) for value in head.values)
        for group in self.feedforwards:
            yield from ((form, group.stage) for form in group.inputs)
        yield from ((form, END) for form in self.outputs)

    @cached_property
    def last_read(self) -> Mapping[Direction, Stage]:
        """The last stage that reads each direction; (0, 0) for those that nothing reads."""
        last: dict[Direction, Stage] = {direction: (0, 0) for direction, _ in self.written()}
        for form, stage in self.read():
            for direction in form.terms:
                assert direction.born < stage, f"{direction.label} is read before it is written"
                last[direction] = max(last.get(direction, (0, 0)), stage)
        return MappingProxyType(last)

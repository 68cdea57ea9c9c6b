"""An encoding under way: what is asked of each variable so far, and the heads, neurons and columns
that are to deliver it, in linear functions of features.

Which directions hold those functions is known when everything has been asked; then plans become
blocks (`rasp.compiler.encoding.encodings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rasp.compiler.blocks import Direction, EmbeddingColumn, Stage
from rasp.compiler.encoding.bases import Bases
from rasp.compiler.facts.contexts import Bools, Floats
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.options import Options
from rasp.compiler.selection.selectors import Purpose, Term
from rasp.compiler.synthesis.again import Synthesised
from rasp.compiler.variables import Categorical, Computed, Linear, Mean, Sum, Variable


@dataclass
class HeadPlan:
    """A `Head` in linear functions of features; values: as in `HeadValue`."""

    depth: int
    label: str
    pairs: list[tuple[Linear, Linear]]
    comparisons: tuple[int, ...]
    bias: float
    bos_weight: float | None
    single: bool
    best: float | None = None
    uneven: int | None = None
    address: bool = False
    values: list[tuple[Linear, float, Direction, float, bool]] = field(default_factory=list)


@dataclass
class FeedforwardPlan:
    """Neurons in linear functions of features, and what they write."""

    stage: Stage
    label: str
    neurons: Sequence[Linear]
    outputs: list[tuple[Direction, Floats]]
    paired: Bools
    reach: Floats


@dataclass(frozen=True)
class Delivery:
    """What a variable takes: of so many features that are asked for, directions and neurons.

    stage: where they are written; method: the construction of the neurons; tried: all constructions
    that were asked, with their costs, as in `Solution`.
    """

    variable: Variable
    stage: Stage
    n_asked: int
    n_directions: int
    n_neurons: int = 0
    method: str = ""
    tried: tuple[tuple[str, float | None], ...] = ()


class Encoding:
    """What the builders of heads and neurons write; nothing is read before all is asked.

    anew: sums of earlier results are written anew; has_sums: whether there are any.
    """

    def __init__(
        self, lowered: Lowered, options: Options, known: Synthesised, *, anew: bool
    ) -> None:
        self.lowered = lowered
        self.options = options
        self.readings = lowered.readings
        self.bases = Bases(lowered.readings)
        self.heads: dict[tuple[object, ...], HeadPlan] = {}
        self.feedforwards: list[FeedforwardPlan] = []
        self.embeddings: list[EmbeddingColumn] = []
        self.deliveries: list[Delivery] = []
        self.scored: list[tuple[Term, Purpose]] = []  # for each head
        self.decoding: dict[Computed, int] = {}  # so many sublayers before the others
        self.costs: dict[Computed, float] = {}  # what is found for them costs less
        self.sums: dict[Mean, Sum] = {}  # those that neurons read in the place of means
        self.synthesised = known
        self.anew = anew
        self.has_sums = False

    def deliver(
        self,
        variable: Variable,
        stage: Stage,
        n_directions: int,
        n_neurons: int = 0,
        method: str = "",
        tried: tuple[tuple[str, float | None], ...] = (),
    ) -> None:
        """Note what a variable takes, once that is settled."""
        asked = n_directions
        if isinstance(variable, Categorical):
            asked = self.bases.asked.get(variable, n_directions)
        self.deliveries.append(
            Delivery(variable, stage, asked, n_directions, n_neurons, method, tried)
        )

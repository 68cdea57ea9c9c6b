"""How variables live in the residual stream: only the features that somebody reads.

Consumers come first: the output asks for features of the root, whose neurons or heads ask for
features of what they read, and so on down to the embedding.  When a variable's turn comes, all
requests for it are known (`Bases`), and what delivers it can be built: columns of the embedding,
heads, or neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rasp.compiler.account.alternatives import Alternative, Impossible, Scores
from rasp.compiler.account.choices import Choice, choice
from rasp.compiler.blocks import END, Blocks, EmbeddingColumn, Stage
from rasp.compiler.encoding.bases import Bases, Held
from rasp.compiler.encoding.features import describe, direction_of, family_of
from rasp.compiler.encoding.heads import HeadPlan, build_read, build_scalar, written_head
from rasp.compiler.encoding.neurons import (
    FeedforwardPlan,
    build_computed,
    build_disagreement,
    written_layer,
)
from rasp.compiler.lowering.lower import Lowering
from rasp.compiler.options import FAITHFUL, Options
from rasp.compiler.variables import (
    Categorical,
    Combined,
    Computed,
    Disagreement,
    Length,
    Linear,
    Mean,
    PositionVariable,
    Read,
    Sum,
    TokenVariable,
    Unit,
    Variable,
    Width,
)


class Encoder:
    """Chooses directions and builds blocks; `run` does it once."""

    def __init__(self, lowering: Lowering, options: Options = FAITHFUL) -> None:
        self.lowering = lowering
        self.options = options
        self.bases = Bases()
        self.heads: dict[tuple[object, ...], HeadPlan] = {}
        self.feedforwards: list[FeedforwardPlan] = []
        self.embeddings: list[EmbeddingColumn] = []
        self.choices: list[Choice] = []
        self.scores: list[tuple[Scores, ...]] = []  # for each head, comparison by comparison
        self.decoding: set[Computed] = set()

    # -- the run

    def run(
        self, outputs: Sequence[Linear], progress: Callable[[float], None] = lambda share: None
    ) -> Blocks:
        """outputs: the columns of the unembedding; progress is told the share that is done."""
        for output in outputs:
            self.bases.demand(output, exact=False)
        pending = list(self.lowering.variables)
        n_variables = len(pending)
        while pending:
            progress(max(0.0, 1 - len(pending) / n_variables))
            variable = pending.pop()
            pending += self._build(variable)
        blocks = Blocks(embeddings=self.embeddings)
        for plan in self.heads.values():
            blocks.heads.append(written_head(self, plan))
        for feedforward in self.feedforwards:
            blocks.feedforwards.append(written_layer(self, feedforward))
        for output in outputs:
            form = self.bases.form(output)
            form.read_at(END)
            blocks.outputs.append(form)
        self.choices.reverse()
        return blocks

    # -- variables, consumers first

    def _build(self, variable: Variable) -> list[Variable]:
        """Build what delivers the variable; variables that come up by that are to be built next."""
        match variable:
            case Unit():
                self.bases.held[variable] = []
            case TokenVariable() | PositionVariable():
                self._build_embedding(variable)
            case Read():
                build_read(self, variable)
            case Computed():
                return build_computed(self, variable)
            case Disagreement():
                build_disagreement(self, variable)
            case Combined():
                if variable in self.bases.wanted:
                    self.bases.demand(variable.form)
            case Mean() | Sum() | Length() | Width():
                if variable in self.bases.wanted:
                    build_scalar(self, variable)
            case _:
                raise AssertionError(variable)
        return []

    def _build_embedding(self, variable: TokenVariable | PositionVariable) -> None:
        of = "token" if isinstance(variable, TokenVariable) else "position"
        held: list[Held] = []
        basis = self.bases.choose(variable)
        for feature in basis:
            direction = direction_of(describe(variable, feature), (0, 0), feature)
            direction.family = family_of(variable, basis)
            self.embeddings.append(EmbeddingColumn(direction, of, feature))
            held.append(Held(feature, Linear(), direction))
        self.bases.held[variable] = held
        self.chose(variable, len(held), 0, (0, 0))

    def chose(
        self,
        variable: Variable,
        n_directions: int,
        n_neurons: int,
        stage: Stage,
        method: str = "",
        alternatives: tuple[Alternative | Impossible, ...] = (),
    ) -> None:
        """Note how a variable is held, once that is settled."""
        asked = n_directions
        if isinstance(variable, Categorical):
            asked = self.bases.asked.get(variable, n_directions)
        place = self.lowering.place(variable.node)
        self.choices.append(
            choice(variable, place, asked, n_directions, n_neurons, stage, method, alternatives)
        )

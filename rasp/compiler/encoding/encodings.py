"""How variables live in the residual stream: only the features that somebody reads.

Consumers come first: the output asks for features of the root, whose neurons or heads ask for
features of what they read, and so on down to the embedding.  When a variable's turn comes, all
requests for it are known.  If they are fewer than its values, each gets a direction of its own (a
number, a bit of a code, "is it one of these?"); otherwise the variable is held one-hot and the
features are linear maps. Affine functions of a feature need no direction of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rasp.compiler.blocks import (
    END,
    Blocks,
    Direction,
    EmbeddingColumn,
    Feedforward,
    Form,
    Head,
    HeadValue,
    Stage,
)
from rasp.compiler.contexts import Bools, Floats
from rasp.compiler.encoding import alternatives as alternatives_of
from rasp.compiler.encoding.digits import narrowed
from rasp.compiler.encoding.features import (
    affine_fit,
    describe,
    direction_of,
    family_of,
    is_zero,
    misfit_of,
    number_of,
    reach_of,
)
from rasp.compiler.encoding.spans import combination, spanning
from rasp.compiler.lowering.additive import sums_for
from rasp.compiler.lowering.lower import Lowering
from rasp.compiler.options import FAITHFUL, Options
from rasp.compiler.selectors import Term, factor
from rasp.compiler.synthesis import Solution, Table, synthesise
from rasp.compiler.synthesis.table import affine_key, evaluate, is_constant
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
    Scalar,
    Sum,
    TokenVariable,
    Unit,
    Variable,
    Width,
)
from rasp.errors import CompileError

SUM_LOG_WEIGHT = 27.0
"""Logarithm of the weight of the beginning-of-sequence position in a head that adds up."""

MAX_NEURONS = 40_000


@dataclass
class _HeadPlan:
    depth: int
    label: str
    pairs: list[tuple[Linear, Linear]]
    bias: float
    bos_weight: float | None
    single: bool
    values: list[tuple[Linear, float, Direction, float, bool]] = field(default_factory=list)


@dataclass
class _FeedforwardPlan:
    stage: Stage
    label: str
    neurons: list[Linear]
    outputs: list[tuple[Direction, Floats]]
    paired: Bools
    reach: Floats


@dataclass(frozen=True, eq=False)
class _Held:
    """A feature that can be read: a linear part in the leaves, plus what neurons or heads wrote."""

    feature: Floats
    direct: Linear
    direction: Direction | None


@dataclass(frozen=True)
class Choice:
    """What was chosen for a variable, for the report."""

    label: str
    form: str
    n_directions: int
    n_neurons: int
    method: str
    stage: Stage
    place: str
    alternatives: tuple[str, ...] = ()


class Encoder:
    """Chooses directions and builds blocks; `run` does it once."""

    def __init__(self, lowering: Lowering, options: Options = FAITHFUL) -> None:
        self.lowering = lowering
        self.options = options
        self.requests: dict[Categorical, list[Floats]] = {}
        self.independent: dict[Categorical, int] = {}
        self.bases: dict[Categorical, list[_Held]] = {}
        self.readings: dict[Scalar, Form] = {}
        self.wanted: set[Scalar] = set()
        self.exact: set[Categorical] = set()
        self.heads: dict[tuple[object, ...], _HeadPlan] = {}
        self.feedforwards: list[_FeedforwardPlan] = []
        self.embeddings: list[EmbeddingColumn] = []
        self.choices: list[Choice] = []
        self.notes: list[str] = []  # for each head: its width, and what else it could be
        self.asked: dict[Categorical, int] = {}
        self.decoding: set[Computed] = set()
        self.misfit = 0.0  # how far fitted functions are off, relative to their size

    # -- the run

    def run(
        self, outputs: Sequence[Linear], progress: Callable[[float], None] = lambda share: None
    ) -> Blocks:
        """outputs: the columns of the unembedding; progress is told the share that is done."""
        for output in outputs:
            self._demand(output, exact=False)
        pending = list(self.lowering.variables)
        n_variables = len(pending)
        while pending:
            progress(max(0.0, 1 - len(pending) / n_variables))
            variable = pending.pop()
            pending += self._build(variable)
        blocks = Blocks(embeddings=self.embeddings)
        for plan in self.heads.values():
            blocks.heads.append(self._resolve_head(plan))
        for feedforward in self.feedforwards:
            inputs = [self.form(neuron) for neuron in feedforward.neurons]
            for form in inputs:
                form.read_at(feedforward.stage)
            blocks.feedforwards.append(
                Feedforward(
                    feedforward.stage,
                    feedforward.label,
                    inputs,
                    feedforward.outputs,
                    feedforward.paired,
                    feedforward.reach,
                )
            )
        for output in outputs:
            form = self.form(output)
            form.read_at(END)
            blocks.outputs.append(form)
        self.choices.reverse()
        return blocks

    def _resolve_head(self, plan: _HeadPlan) -> Head:
        stage = (plan.depth, 0)
        head = Head(
            plan.depth,
            plan.label,
            [(self.form(query), self.form(key)) for query, key in plan.pairs],
            plan.bias,
            plan.bos_weight,
            plan.single,
        )
        for query, key in head.pairs:
            query.read_at(stage)
            key.read_at(stage)
        for linear, at_bos, direction, gain, agrees in plan.values:
            form = self.form(linear)
            form.read_at(stage)
            head.values.append(HeadValue(form, at_bos, direction, gain, agrees))
        return head

    # -- requests and their answers

    def _demand(self, linear: Linear, *, exact: bool = True) -> None:
        """Ask for everything in a linear form.

        exact: small errors would do harm.  They do in the scores of a head that selects several
        keys, which have to share the attention equally, and in what is averaged or computed with;
        they do not where one key is selected with a gap, or where a number is read out with a
        margin.
        """
        for variable, values in linear.features.items():
            self.requests.setdefault(variable, []).append(values)
            if exact:
                self.exact.add(variable)
        self.wanted.update(linear.scalars)

    def form(self, linear: Linear) -> Form:
        """The affine form of directions that holds a linear function of features."""
        result = Form(linear.constant)
        for variable, values in linear.features.items():
            result = result + self._feature(variable, values)
        for scalar, factor_ in linear.scalars.items():
            reading = (
                self.form(scalar.form) if isinstance(scalar, Combined) else self.readings[scalar]
            )
            result = result + reading.scaled(factor_)
        return replace(result, largest=self._largest_of(linear))

    def _largest_of(self, linear: Linear) -> float:
        """At least the largest absolute value that it can have."""
        if len(linear.features) == 1 and not linear.scalars:
            (values,) = linear.features.values()
            return float(np.abs(values + linear.constant).max())
        return (
            abs(linear.constant)
            + sum(float(np.abs(values).max()) for values in linear.features.values())
            + sum(abs(f) * self._largest(scalar) for scalar, f in linear.scalars.items())
        )

    def _feature(self, variable: Categorical, values: Floats) -> Form:
        basis = self.bases[variable]
        if is_constant(values):
            return Form(float(values[0]))
        one_hot = len(basis) == variable.size > 1
        for held in () if one_hot else basis:
            fit = affine_fit(held.feature, values)
            if fit is not None:
                off = float(np.abs(fit[0] + fit[1] * held.feature - values).max())
                self.misfit = max(self.misfit, off / float(np.abs(values).max()))
                return self._held(held).scaled(fit[1]).shifted(fit[0])
        if not one_hot:
            return self._sum_of(variable, basis, values)
        result = Form()
        for held, value in zip(basis, values, strict=True):
            if value:
                result = result + self._held(held).scaled(float(value))
        return result

    def _sum_of(self, variable: Categorical, basis: list[_Held], values: Floats) -> Form:
        """A feature that is a sum of others."""
        basis = basis[: self.independent[variable]]
        found = combination([held.feature for held in basis], values)
        assert found is not None, variable.label
        constant, multiples = found
        result = Form(constant)
        for held, multiple in zip(basis, multiples, strict=True):
            if multiple:
                result = result + self._held(held).scaled(float(multiple))
        return result

    def _held(self, held: _Held) -> Form:
        form = self.form(held.direct)
        return form if held.direction is None else form + Form(0.0, {held.direction: 1.0})

    def _basis(self, variable: Categorical) -> list[Floats]:
        """The requested features but for sums of others, or the one-hot if they are many."""
        distinct: dict[bytes, Floats] = {}
        again: dict[bytes, tuple[Floats, Floats]] = {}  # and the feature it is a multiple of
        for values in self.requests.get(variable, []):
            if not is_constant(values):
                known = distinct.setdefault(affine_key(values), values)
                if not np.array_equal(known, values):
                    again[values.tobytes()] = known, values
        self.asked[variable] = len(distinct)
        if len(distinct) >= max(variable.size, 2):
            return list(np.eye(variable.size))
        basis, n_independent = spanning(list(distinct.values()))
        self.independent[variable] = n_independent
        held = {id(feature) for feature in basis}
        for known, values in again.values():
            if id(known) in held:
                found = affine_fit(known, values) is not None
            else:
                found = combination(basis[:n_independent], values) is not None
            if not found:  # it differs by more than rounding, or by no small multiple
                basis.append(values)
        return basis if len(basis) < variable.size else list(np.eye(variable.size))

    # -- variables, consumers first

    def _build(self, variable: Variable) -> list[Variable]:
        """Build what delivers the variable; variables that come up by that are to be built next."""
        match variable:
            case Unit():
                self.bases[variable] = []
            case TokenVariable() | PositionVariable():
                self._build_embedding(variable)
            case Read():
                self._build_read(variable)
            case Computed():
                return self._build_computed(variable)
            case Disagreement():
                self._build_disagreement(variable)
            case Combined():
                if variable in self.wanted:
                    self._demand(variable.form)
            case Mean() | Sum() | Length() | Width():
                if variable in self.wanted:
                    self._build_scalar(variable)
            case _:
                raise AssertionError(variable)
        return []

    def _build_embedding(self, variable: TokenVariable | PositionVariable) -> None:
        of = "token" if isinstance(variable, TokenVariable) else "position"
        held: list[_Held] = []
        basis = self._basis(variable)
        for feature in basis:
            direction = direction_of(describe(variable, feature), (0, 0), feature)
            direction.family = family_of(variable, basis)
            self.embeddings.append(EmbeddingColumn(direction, of, feature))
            held.append(_Held(feature, Linear(), direction))
        self.bases[variable] = held
        self._chosen(variable, len(held), 0, (0, 0))

    def _chosen(
        self,
        variable: Variable,
        n_directions: int,
        n_neurons: int,
        stage: Stage,
        method: str = "",
        alternatives: tuple[str, ...] = (),
    ) -> None:
        if isinstance(variable, Scalar):
            form = "scalar"
            alternatives += alternatives_of.of_reading(variable)
        elif n_directions == 0:
            form = "linear"
        elif n_directions == variable.size > 2:
            form = "one-hot"
        else:
            form = f"{n_directions} feature{'s' if n_directions > 1 else ''}"
        if isinstance(variable, Categorical):
            asked = self.asked.get(variable, n_directions)
            alternatives += alternatives_of.of_directions(variable, asked, n_directions)
        self.choices.append(
            Choice(
                variable.label,
                form,
                n_directions,
                n_neurons,
                method,
                stage,
                self.lowering.place(variable.node),
                alternatives,
            )
        )

    def _head(
        self,
        term: Term,
        depth: int,
        bos_weight: float | None,
        label: str,
        *,
        single: bool = False,
    ) -> _HeadPlan:
        """The head of a term; single: it never selects several keys."""
        key = (term.key(), depth, bos_weight)
        if key not in self.heads:
            pairs: list[tuple[Linear, Linear]] = []
            bias = 0.0
            for group in term.groups:
                factors = factor(group.matrix)
                bias += factors.bias
                for query, key_values in factors.pairs:
                    pairs.append(
                        (
                            Linear(1.0) if query is None else Linear.feature(group.query, query),
                            Linear(1.0)
                            if key_values is None
                            else Linear.feature(group.key, key_values),
                        )
                    )
            for query_form, key_form in pairs:
                self._demand(query_form, exact=not single)
                self._demand(key_form, exact=not single)
            self.notes.append(alternatives_of.of_head(term))
            self.heads[key] = _HeadPlan(depth, label, pairs, bias, bos_weight, single)
        return self.heads[key]

    def _build_read(self, read: Read) -> None:
        basis = self._basis(read)
        if not basis:
            self.bases[read] = []
            return
        head = self._head(read.term, read.depth, None, read.label, single=read.single)
        held: list[_Held] = []
        for feature in basis:
            at_bos = float(feature[read.default_code]) if read.default_code >= 0 else 0.0
            direction = direction_of(describe(read, feature), (read.depth, 0), feature)
            direction.at_bos = at_bos
            direction.family = family_of(read, basis)
            carried = np.where(read.codes >= 0, feature[np.maximum(read.codes, 0)], 0.0)
            value = Linear.feature(read.value, carried)
            self._demand(value, exact=read in self.exact)
            head.values.append((value, at_bos, direction, 1.0, not read.checked))
            held.append(_Held(feature, Linear(), direction))
        self.bases[read] = held
        self._chosen(read, len(held), 0, (read.depth, 0))

    def _build_scalar(self, scalar: Mean | Sum | Length | Width) -> None:
        stage = (scalar.depth, 0)
        match scalar:
            case Mean():
                head = self._head(scalar.term, scalar.depth, None, scalar.label)
                value = number_of(scalar)
                at_bos = 0.0 if scalar.default is None else scalar.default
                self._read_scalar(scalar, head, value, at_bos)
            case Sum():
                weight = float(np.exp(SUM_LOG_WEIGHT))
                head = self._head(scalar.term, scalar.depth, weight, scalar.label)
                self._read_scalar(scalar, head, number_of(scalar), 0.0, weight)
            case Length():
                head = self._head(Term(()), scalar.depth, None, scalar.label)
                position = self.lowering.position
                indices = np.arange(position.size, dtype=np.float64)
                self._read_scalar(scalar, head, Linear.feature(position, indices), 0.0)
            case Width() if not scalar.linear:
                head = self._head(scalar.terms[0], scalar.depth, scalar.weight, scalar.label)
                self._read_scalar(scalar, head, Linear(), 1.0)
            case Width():
                gain = float(np.exp(SUM_LOG_WEIGHT))
                direction = Direction(scalar.label, stage)
                direction.bound = float(scalar.bounds.high.max())
                for term in scalar.terms:
                    for part in narrowed(term, self.options.n_digits):
                        head = self._head(part, scalar.depth, gain, scalar.label)
                        head.values.append((Linear(1.0), 0.0, direction, gain, False))
                self.readings[scalar] = Form(0.0, {direction: 1.0})
        self._chosen(scalar, len(self.readings[scalar].terms), 0, stage)

    def _read_scalar(
        self, scalar: Scalar, head: _HeadPlan, value: Linear, at_bos: float, gain: float = 1.0
    ) -> None:
        direction = Direction(scalar.label, (scalar.depth, 0), at_bos=at_bos)
        direction.bound = max(self._largest(scalar), abs(at_bos))
        self._demand(value)
        head.values.append((value, at_bos, direction, gain, False))
        self.readings[scalar] = Form(0.0, {direction: 1.0})

    def _largest(self, scalar: Scalar) -> float:
        if isinstance(scalar, Mean):
            return float(max(abs(scalar.grid.low), abs(scalar.grid.high)))
        return float(np.abs(scalar.readings).max(initial=0.0))

    def _build_computed(self, variable: Computed) -> list[Variable]:
        basis = self._basis(variable)
        known = variable.codes >= 0  # what fails may be anything
        targets = (
            np.stack([feature[variable.codes[known]] for feature in basis], axis=1)
            if basis
            else None
        )
        if targets is None:
            self.bases[variable] = []
            return []
        # Every other sublayer is for scalar leaves that have to become categorical first.
        stage = (variable.depth, 2 * variable.level - (variable in self.decoding))
        table = Table(variable.leaves, variable.rows[known], targets)
        exact = variable in self.exact
        solution = synthesise(table, sums_for(self.lowering, variable), exact=exact)
        decoded: list[Variable] = []
        if solution is None and table.scalars():
            table, decoded = self._decode_scalars(variable, table)
            solution = synthesise(table, [], exact=exact)
        if solution is None or len(solution.neurons) > MAX_NEURONS:
            raise CompileError(
                f"{variable.label} needs too many neurons: it is a function of "
                f"{len(variable.rows)} joint values of "
                + ", ".join(f"{leaf.label} ({leaf.size})" for leaf in variable.leaves),
                labels=self.lowering.labels(variable.node),
                hint="a smaller vocabulary or a smaller max_len",
            )
        self._use(variable, basis, solution, stage, table)
        return decoded

    def _decode_scalars(self, variable: Computed, table: Table) -> tuple[Table, list[Variable]]:
        """An extra sublayer: first every scalar leaf becomes categorical, then the function."""
        leaves: list[Variable] = []
        decoded: list[Variable] = []
        for leaf in table.leaves:
            if isinstance(leaf, Scalar):
                places = np.arange(leaf.size)
                leaf = Computed(
                    node=leaf.node,
                    label=leaf.label,
                    depth=variable.depth,
                    domain=leaf.domain,
                    leaves=(leaf,),
                    rows=places[:, None],
                    codes=places,
                    level=variable.level,
                )
                decoded.append(leaf)
                self.decoding.add(leaf)
            leaves.append(leaf)
        return Table(tuple(leaves), table.codes, table.targets), decoded

    def _use(
        self,
        variable: Computed,
        basis: list[Floats],
        solution: Solution,
        stage: Stage,
        table: Table,
    ) -> None:
        """Write what the neurons give to directions; what is linear stays in the leaves."""
        held: list[_Held] = []
        outputs: list[tuple[Direction, Floats]] = []
        for feature, direct, column in zip(basis, solution.direct, solution.outputs, strict=True):
            self._demand(direct, exact=variable in self.exact)
            direction = None
            if column.any():
                direction = direction_of(describe(variable, feature), stage, feature)
                direction.family = family_of(variable, basis) if is_zero(direct) else None
                if direct.features or direct.scalars:
                    direction.bound += float(np.abs(evaluate(direct, table)).max(initial=0.0))
                    direction.dyadic = direction.nonnegative = False
                elif direct.constant:
                    direction.bound += abs(direct.constant)
                    direction.nonnegative = False
                outputs.append((direction, column))
            held.append(_Held(feature, direct, direction))
        # Steps end errors, and bends do not make them larger.
        exact = not solution.calm or (not solution.paired and variable in self.exact)
        for neuron in solution.neurons:
            self._demand(neuron, exact=exact)
        reach = reach_of(solution.neurons, table)
        self.misfit = max(self.misfit, misfit_of(solution, table, reach))
        if solution.neurons:
            self.feedforwards.append(
                _FeedforwardPlan(
                    stage,
                    variable.label,
                    solution.neurons,
                    outputs,
                    np.array(solution.paired or [False] * len(solution.neurons)),
                    reach,
                )
            )
        self.bases[variable] = held
        others = alternatives_of.of_layers(solution.tried, solution.method)
        self._chosen(variable, len(outputs), len(solution.neurons), stage, solution.method, others)

    def _build_disagreement(self, variable: Disagreement) -> None:
        """Above 1/2 exactly if some value is read neither wholly nor not at all.

        A mixture has a share p of some value with 1/n <= p <= 1 - 1/n; relu(p) - 2 relu(p - 1/2) is
        0 at 0 and 1, and at least 1/n in between.
        """
        stage = (variable.depth, 2)
        shares = [Linear.feature(variable.read, feature) for feature in np.eye(variable.read.size)]
        neurons = [neuron for share in shares for neuron in (share, share.shifted(-0.5))]
        for neuron in neurons:
            self._demand(neuron)
        size = float(self.lowering.contexts.max_len)
        direction = Direction(f"selected values of {variable.label} differ", stage, bound=size)
        column = np.tile([size, -2.0 * size], len(shares))
        self.feedforwards.append(
            _FeedforwardPlan(
                stage,
                direction.label,
                neurons,
                [(direction, column)],
                np.zeros(len(neurons), dtype=bool),
                np.ones(len(neurons)),
            )
        )
        self.bases[variable] = [_Held(np.array([0.0, 1.0]), Linear(), direction)]

"""A lowering under way: what is known of each s-op so far, and the variables that hold it.

Every s-op is known by its *leaves*, the variables that it is a function of.  One with a single
categorical leaf is a `View` and costs nothing; one with several leaves, or with a scalar one, is
made a variable of its own only when something reads it (`view`).

How an s-op is lowered is no business of this module: that is handed in as `Rules`, by
`rasp.compiler.lowering.lower`, which imports all constructions.  They import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Contexts, Floats, Ints
from rasp.compiler.facts.domains import Domain, joint_size
from rasp.compiler.facts.sides import Compared
from rasp.compiler.lowering.once import Latest, Noticed, Once
from rasp.compiler.lowering.scored import Scored
from rasp.compiler.matrices import identity
from rasp.compiler.names import Names
from rasp.compiler.options import Options
from rasp.compiler.readings import Readings
from rasp.compiler.selection.axes import Axis
from rasp.compiler.selection.candidates import Answer
from rasp.compiler.selection.selectors import Group, Term
from rasp.compiler.variables import (
    Categorical,
    Check,
    Combined,
    Computed,
    Disagreement,
    Linear,
    Mean,
    PositionVariable,
    Read,
    Side,
    TokenVariable,
    Unit,
    Variable,
    View,
    Width,
)
from rasp.deadline import working_on
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.construct import constant
from rasp.graph.nodes import (
    INDICES,
    SOP_TYPES,
    TOKENS,
    Atom,
    Best,
    Node,
    Select,
    SelectorNode,
    SOpNode,
)
from rasp.graph.walk import topological
from rasp.source import Label
from rasp.vocabulary import Vocabulary


@dataclass(frozen=True)
class Known:
    """depth: after which attention the value can be known; leaves: what it is a function of."""

    depth: int
    leaves: tuple[Variable, ...]


@dataclass(frozen=True)
class Sided:
    """One of several cases: what some leaves may be (for each leaf a bit for each of its values),
    and what an s-op is then."""

    sides: Mapping[Variable, int]
    outcome: Atom


@dataclass(frozen=True)
class InCases:
    """The cases that an s-op distinguishes, of these leaves."""

    leaves: frozenset[Variable]
    cases: list[Sided]


class Knowledge(Protocol):
    """What each s-op is a function of, for whoever evaluates it or looks for sums in it.

    columns: the functions of one categorical variable; made: what is a variable by itself, or a
    function of one that was computed for it; multiples: sums that differ from another by sign and
    shift, and that sum.
    """

    @property
    def unit(self) -> Unit: ...
    @property
    def known(self) -> Mapping[SOpNode, Known]: ...
    @property
    def columns(self) -> Mapping[SOpNode, Column]: ...
    @property
    def made(self) -> Mapping[SOpNode, View]: ...
    @property
    def multiples(self) -> Mapping[SOpNode, tuple[Combined, float, float]]: ...


@dataclass(frozen=True, eq=False)
class Selection:
    """What one head is told of a selector: its term, None if it selects nothing; and between which
    bounds the number of selected keys is."""

    term: Term | None
    limits: Bounds


@dataclass(frozen=True)
class Rules:
    """How s-ops are lowered.

    know: what an s-op is a function of, once its operands are known; hold: an s-op that is no
    function of one categorical variable as one, computed by neurons.
    """

    know: Callable[[Lowering, SOpNode], Known]
    hold: Callable[[Lowering, SOpNode], View]


class Lowering:
    """The graph below one s-op, as variables.  `run` walks it, operands first.

    Whatever is found is added to one of these tables, and no entry is ever changed:

        variables, checks   what holds something, and where the program fails
        walked              what each s-op is a function of, as the walk found it
        in_pairs            the same of a choice, once the choices in it are computed before
        in_steps            the same of an s-op, once conditions in it are computed before
        as_sum              the same of a sum that is held as one number
        columns, made       s-ops as functions of one variable: at once, or computed by neurons
        offs                by how much the former may be off, where the variable may be
        told                those of which it is known what is an int, as of the variable it is not
        multiples, totals   sums that are another one but for sign and shift, and by their summands
        joined              combinations of variables that are one variable
        sides               means as what comparisons with numbers ask of them
        stepped             what is computed before something else (and no_layer, instead of what)
        summed              sums that scores are made of, which cannot fail
        linear              widths that somebody has to read as what they are
        addressed           what selectors compare, counts read from the table of positions
        placed              selectors of one place, as what one head is told of them
        in_cases            the cases that functions of many leaves distinguish
        selections          of what reads, what each way to select for one head said
        sides_asked         of what is compared, what each way to have it as one variable said
        compared, scored, noisy  what was found out about comparisons, scores and last bits
        axes                what several selectors compare of a pair of variables

    What may come to nothing is tried on a `child`, which is adopted if it comes to something.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        contexts: Contexts,
        names: Names,
        options: Options,
        deferred: frozenset[Node],
        rules: Rules,
        compared_with: Mapping[SOpNode, Compared],
        only_added: frozenset[SOpNode],
        ends: frozenset[SOpNode],
        chained: frozenset[SOpNode],
        differences: Mapping[SOpNode, tuple[SOpNode, ...]],
    ) -> None:
        """deferred: what nothing reads but scores of `best`, which may fail at keys that are not
        selected; compared_with: the numbers that s-ops are compared with; only_added: of which
        s-ops nothing is asked but sums and comparisons; ends: choices that others end with;
        chained: updates of states in long chains; differences: of aggregates, that are compared."""
        self.vocabulary = vocabulary
        self.contexts = contexts
        self.names = names
        self.options = options
        self.deferred = deferred
        self.rules = rules
        self.compared_with = compared_with
        self.only_added = only_added
        self.ends = ends
        self.chained = chained
        self.differences = differences
        self.variables: list[Variable] = []
        self.checks: list[Check] = []
        self.walked: Once[SOpNode, Known] = Once()
        self.in_pairs: Once[SOpNode, Known] = Once()
        self.in_steps: Once[SOpNode, Known] = Once()
        self.as_sum: Once[SOpNode, Known] = Once()
        self.columns: Once[SOpNode, Column] = Once()
        self.offs: Once[SOpNode, Floats] = Once()
        self.told: set[SOpNode] = set()
        self.made: Once[SOpNode, View] = Once()
        self.multiples: Once[SOpNode, tuple[Combined, float, float]] = Once()
        self.totals: Once[tuple[object, ...], Combined] = Once()
        self.joined: Once[tuple[Categorical, ...], tuple[Computed, Ints]] = Once()
        self.in_cases: Once[SOpNode, InCases] = Once()
        self.sides: Once[tuple[SOpNode, tuple[int | float, ...]], Side] = Once()
        self.stepped: set[SOpNode] = set()
        self.no_layer: dict[str, float] = {}
        self.several = Noticed()
        self.summed: set[SOpNode] = set()
        self.linear: set[Width] = set()
        self.addressed: Once[SOpNode, View] = Once()
        self.placed: Once[SelectorNode, Term] = Once()
        self.selections: Once[SOpNode, tuple[Answer[Selection], ...]] = Once()
        self.sides_asked: Once[SOpNode, tuple[Answer[View], ...]] = Once()
        self.compared: Once[Select, Group] = Once()
        self.axes: Once[Hashable, Axis] = Once()
        self.by_digits: Once[Select, Group | None] = Once()
        self.scored: Once[Best, Scored] = Once()
        self.noisy: Once[SOpNode, bool] = Once()
        self.known: Mapping[SOpNode, Known] = self._latest()
        contexts, size = self.contexts, self.contexts.max_len
        indices = tuple(range(size))
        self.unit = Unit(
            node=constant(1), label="1", depth=0, possible=Domain.everywhere([1], contexts)
        )
        self.token = TokenVariable(
            node=TOKENS,
            label="tokens",
            depth=0,
            possible=Domain.everywhere(self.vocabulary.tokens, contexts),
        )
        self.position = PositionVariable(
            node=INDICES,
            label="indices",
            depth=0,
            possible=Domain(indices, contexts, "i", identity(size)),
            multiplicity=np.ones(size, dtype=np.int64),
        )
        self.variables += [self.unit, self.token, self.position]

    def _latest(self) -> Mapping[SOpNode, Known]:
        """What each s-op is a function of, by the last that was decided about it."""
        return Latest(self.walked, self.in_pairs, self.in_steps, self.as_sum)

    # -- attempts

    def child(self) -> Lowering:
        """Another that knows all that this one does, to try something on."""
        other = copy(self)
        for name, table in vars(self).items():
            if isinstance(table, (list, dict, set)):
                setattr(other, name, copy(table))
        other.known = other._latest()
        return other

    def adopt(self, child: Lowering) -> None:
        """Take over what a child, tried on what is known here, came to."""
        vars(self).update(vars(child))

    # -- the walk

    def run(self, *roots: SOpNode, progress: Callable[[float], None] = lambda share: None) -> None:
        """progress is called with the share of the walk that is done."""
        order = topological(roots)
        for number, node in enumerate(order):
            progress(number / len(order))
            if isinstance(node, SOP_TYPES) and node not in self.known:
                working_on(node)
                self.walked[node] = self.rules.know(self, node)

    def known_leaf(self, node: SOpNode, variable: Variable) -> Known:
        """An s-op that is a variable."""
        if isinstance(variable, Categorical):
            self.columns[node] = Column.of(variable.domain.values)
        return Known(variable.depth, (variable,))

    def known_as(self, node: SOpNode, total: Combined) -> Known:
        """An s-op that is a sum which is known already, or its negative, or shifted."""
        assert node in self.multiples
        return Known(total.depth, (total,))

    def view_as(self, node: SOpNode, view: View) -> Known:
        """An s-op that turned out to be a function of one variable."""
        self.columns[node] = view.column
        return Known(view.variable.depth, (view.variable,))

    def size_of(self, leaves: tuple[Variable, ...]) -> float:
        return joint_size([leaf.possible for leaf in leaves], self.contexts)

    def check_failing(self, node: Node, flag: Linear, column: Column) -> None:
        """Have it reported where the flag is above 1/2: what fails in the column, as it says.

        If that is one of the things that the s-op is made of, and no other, this is what is named.
        """
        numbers = () if column.faults is None else np.unique(column.faults[column.faults > 0])
        failures = [column.failures[number - 1] for number in numbers]
        reason = failures[0].message if failures else "it cannot be computed"
        failing = {failure.node for failure in failures}
        if len(failing) == 1:
            node = next(iter(failing)) or node
        self.check(node, flag, f"{reason} in {self.text(node)}")

    def check(self, node: Node, flag: Linear, message: str) -> None:
        """Have it reported where the flag is above 1/2."""
        self.checks.append(Check(flag, message, self.names.span(node)))

    # -- what consumers read

    @property
    def readings(self) -> Readings:
        """How scalars are read, as far as that is settled."""
        return Readings(frozenset(self.linear))

    def read_linearly(self, variables: Iterable[Variable]) -> None:
        """Ask for the widths among these to be read as what they are."""
        self.linear.update(v for v in variables if isinstance(v, Width))

    def view(self, node: SOpNode) -> View:
        """The s-op as a function of one categorical variable, computed by neurons if need be."""
        known = self.known[node]
        if node in self.columns:
            leaf = known.leaves[0]
            assert isinstance(leaf, Categorical)
            return View(leaf, self.columns[node])
        if node not in self.made:
            self.made[node] = self.rules.hold(self, node)
        return self.made[node]

    def add(self, node: SOpNode, variable: Variable) -> Known:
        self.variables.append(variable)
        return self.known_leaf(node, variable)

    def check_agreement(self, read: Read) -> None:
        """Have it noticed where the keys that `read` selects carry different values."""
        variable = Disagreement(
            node=read.node,
            label=read.label,
            depth=read.depth,
            possible=Domain.everywhere([0, 1], self.contexts),
            read=read,
        )
        self.variables.append(variable)
        self.checks.append(
            Check(
                Linear.feature(variable, np.array([0.0, 1.0])),
                f"several selected values are neither numbers nor all equal in {read.label}",
                self.names.span(read.node),
            )
        )

    # -- words

    def text(self, node: Node) -> str:
        """See `Names`, as for `labels`."""
        return self.names.text(node)

    def labels(self, node: Node) -> tuple[Label, ...]:
        return self.names.labels(node)

    def too_many(self, node: SOpNode, leaves: tuple[Variable, ...], rows: float) -> CompileError:
        hint = "a smaller vocabulary or a smaller max_len"
        if node in self.summed:
            hint += (
                "; round a count times a mean, and it is a sum of integers, if a head adds it up to"
                " the last digit (37 binary digits); of more digits read one after the other,"
                " v = 2 * v + aggregate(select(indices, k, ==), tokens_int, 0) for each k"
            )
        if any(leaf.interval is not None for leaf in leaves):
            hint += (
                "; integers of so many values can be put out, added and compared (up to 2^38),"
                " and nothing else"
            )
        if any(isinstance(leaf, Mean) for leaf in leaves):
            hint += "; first(select(..)) in place of select(..) where one position is meant"
        return CompileError(
            f"{self.text(node)} is a function of {rows:.3g} joint values of "
            + ", ".join(f"{leaf.label} ({leaf.possible.size:.3g} values)" for leaf in leaves),
            labels=self.labels(node),
            hint=hint,
        )

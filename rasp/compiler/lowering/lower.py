"""From the s-op graph to variables: what has to be read by attention, what has to be computed.

The lowering walks the graph once, operands first.  Every s-op is known by its *leaves*, the
variables it is a function of.  An s-op with one categorical leaf is a `View` and costs nothing; one
with several leaves, or with a scalar one, is only made a variable of its own (`Computed`) when a
selector, an aggregate, a later depth or the output reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.facts.contexts import Contexts, Ints
from rasp.compiler.facts.domains import Domain, joint_size
from rasp.compiler.lowering.attention import lower_aggregate, lower_width
from rasp.compiler.lowering.best import Scored
from rasp.compiler.lowering.combine import MANY_ROWS, combined_leaves, lower_sum
from rasp.compiler.lowering.computed import compute
from rasp.compiler.lowering.evaluate import as_if_equal, moved
from rasp.compiler.lowering.fetch import lower_fetch
from rasp.compiler.lowering.noise import cut_noise, doubts_of, is_noisy
from rasp.compiler.lowering.steps import MAX_JOINT_ROWS, leaves_in_steps
from rasp.compiler.lowering.sums import lower_product
from rasp.compiler.lowering.tables import union_of
from rasp.compiler.options import FAITHFUL, Options
from rasp.compiler.selection.selectors import Group
from rasp.compiler.variables import (
    Categorical,
    Check,
    Combined,
    Computed,
    Disagreement,
    Linear,
    PositionVariable,
    Read,
    Scalar,
    TokenVariable,
    Unit,
    Variable,
    View,
)
from rasp.errors import CompileError
from rasp.graph.columns import Column, apply_column
from rasp.graph.construct import constant
from rasp.graph.nodes import (
    INDICES,
    SOP_TYPES,
    TOKENS,
    Aggregate,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.source import Label
from rasp.vocabulary import Vocabulary

MAX_BITS = 6
MAX_BIT_VALUES = 3
"""What a function of several scalars may be made of, so that another depth can put it together."""


@dataclass(frozen=True)
class Known:
    """depth: after which attention the value can be known; leaves: what it is a function of."""

    depth: int
    leaves: tuple[Variable, ...]


@dataclass
class Lowering:
    """The graph below one s-op, as variables.  `lower` runs it.

    deferred: what nothing reads but scores of `best`, which may fail at keys that are not selected.
    """

    vocabulary: Vocabulary
    contexts: Contexts
    origins: Origins
    options: Options = FAITHFUL
    deferred: frozenset[Node] = frozenset()
    variables: list[Variable] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    known: dict[SOpNode, Known] = field(default_factory=dict)
    columns: dict[SOpNode, Column] = field(default_factory=dict)
    made: dict[SOpNode, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.compared: dict[Select, Group] = {}
        self.scored: dict[Best, Scored] = {}
        self.noisy: dict[SOpNode, bool] = {}
        self.stepped: set[SOpNode] = set()
        self.summed: set[SOpNode] = set()  # sums that scores are made of, which cannot fail
        self.no_layer: dict[str, float] = {}  # what is computed in steps, and its joint values
        self.totals: dict[tuple[object, ...], Combined] = {}
        self.multiples: dict[SOpNode, tuple[Combined, float, float]] = {}
        self.joined: dict[tuple[Categorical, ...], tuple[Computed, Ints]] = {}
        contexts, size = self.contexts, self.contexts.max_len
        indices = tuple(range(size))
        eye = np.eye(size, dtype=bool)
        self.unit = Unit(
            node=constant(1), label="1", depth=0, domain=Domain.everywhere([1], contexts)
        )
        self.token = TokenVariable(
            node=TOKENS,
            label="tokens",
            depth=0,
            domain=Domain.everywhere(self.vocabulary.tokens, contexts),
        )
        self.position = PositionVariable(
            node=INDICES,
            label="indices",
            depth=0,
            domain=Domain(indices, contexts, "i", eye),
            multiplicity=np.ones(size, dtype=np.int64),
        )
        self.variables += [self.unit, self.token, self.position]

    # -- the walk

    def run(self, *roots: SOpNode, progress: Callable[[float], None] = lambda share: None) -> None:
        """progress is called with the share of the walk that is done."""
        order = topological(roots)
        for number, node in enumerate(order):
            progress(number / len(order))
            if isinstance(node, SOP_TYPES) and node not in self.known:
                self.known[node] = self._know(node)

    def _know(self, node: SOpNode) -> Known:
        match node:
            case Tokens():
                return self._leaf(node, self.token)
            case Indices():
                return self._leaf(node, self.position)
            case Constant(value=value):
                self.columns[node] = Column.of([value])
                return Known(0, (self.unit,))
            case Elementwise():
                return self.known_elementwise(node)
            case SelectorWidth():
                return lower_width(self, node)
            case Aggregate():
                return lower_aggregate(self, node)
            case Fetch():
                return lower_fetch(self, node)

    def _leaf(self, node: SOpNode, variable: Variable) -> Known:
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

    def known_elementwise(self, node: Elementwise) -> Known:
        total = lower_product(self, node)
        if total is not None:
            return total
        depth = max(self.known[operand].depth for operand in node.operands)
        leaves = union_of(
            self.unit, *(self.leaves_for(operand, depth) for operand in node.operands)
        )
        if len(leaves) > 1 and self.size_of(leaves) > MANY_ROWS:
            total = lower_sum(self, node, depth)
            if total is not None:
                return total
            sums = combined_leaves(self, node, depth)
            if sums is not None and self.size_of(sums) < self.size_of(leaves):
                leaves = union_of(self.unit, sums)
        few = 0 if self.options.steps else MANY_ROWS
        if len(leaves) > 1 and self.size_of(leaves) > few:
            self.known[node] = Known(depth, leaves)
            steps = leaves_in_steps(self, node, leaves, depth)
            if steps is not None and self.size_of(steps) < self.size_of(leaves):
                self.no_layer[self.text(node)] = self.size_of(leaves)
                leaves = union_of(self.unit, steps)
        if len(leaves) > 1 and self.size_of(leaves) > MAX_JOINT_ROWS:
            # Too many joint values for one function: one of its operands, computed before.
            leaves = union_of(self.unit, *(self._step(operand) for operand in node.operands))
        if len(leaves) == 1 and isinstance(leaves[0], Categorical):
            self._single(node, leaves[0])
        return Known(depth, leaves)

    def leaves_for(self, operand: SOpNode, depth: int) -> tuple[Variable, ...]:
        """What an operand is a function of.

        A value of a lower depth is kept, not computed again from its own leaves; but not one of
        depth 0, which nothing could compute before the first attention.
        """
        below = self.known[operand]
        if operand in self.stepped:
            return self._step(operand)
        if 0 < below.depth < depth and operand not in self.columns:
            return self._bits(operand) or self._step(operand)
        return below.leaves

    def _bits(self, operand: SOpNode) -> tuple[Variable, ...]:
        """A function of several scalars of a lower depth, as the few-valued functions of one scalar
        each that it is made of.

        Each of them is computed at its depth; what combines them can wait for a later one.  Empty
        if it is not made of such.
        """
        bits: dict[Variable, None] = {}
        stack: list[SOpNode] = [operand]
        while stack:
            node = stack.pop()
            leaves = self.known[node].leaves
            n_scalars = sum(isinstance(leaf, Scalar) for leaf in leaves)
            if n_scalars == 0 and (node in self.columns or leaves[0].node is node):
                bits.update(dict.fromkeys(leaves))
            elif n_scalars > 1 and isinstance(node, Elementwise) and leaves[0].node is not node:
                stack.extend(reversed(node.operands))
            elif n_scalars == 1 and node is not operand and leaves[0].node is not node:
                bits[self.view(node).variable] = None
            else:
                return ()
            if len(bits) > MAX_BITS or any(leaf.size > MAX_BIT_VALUES for leaf in bits):
                return ()
        return union_of(self.unit, tuple(bits))

    def _step(self, operand: SOpNode) -> tuple[Variable, ...]:
        """An operand as one variable, unless it is one anyway."""
        below = self.known[operand]
        if operand in self.columns or below.leaves[0].node is operand:
            return below.leaves
        return (self.view(operand).variable,)

    def size_of(self, leaves: tuple[Variable, ...]) -> float:
        return joint_size([leaf.domain for leaf in leaves], self.contexts)

    def _single(self, node: Elementwise, variable: Categorical) -> None:
        """The column of a function of one variable, and where it fails."""
        operands = [self._column_over(operand, variable) for operand in node.operands]
        column = apply_column(node.operator, node.parameters, operands)
        if column.failed is not None and node not in self.deferred:
            fails = column.failed.copy()
            for operand in operands:
                if operand.failed is not None:
                    fails &= ~operand.failed
            if bool(fails.any()):
                self.check_failing(node, Linear.feature(variable, fails.astype(float)), column)
        self.columns[node] = column
        if variable.blurred or variable.untyped:

            def again(blur: float, flip: bool, close: bool) -> Column:
                others = [moved(variable, operand, blur, flip) for operand in operands]
                others = as_if_equal(node, others) if close else others
                return apply_column(node.operator, node.parameters, others)

            doubts_of(self, node, [variable], column, again)

    def _column_over(self, node: SOpNode, variable: Categorical) -> Column:
        """An s-op that is a function of this variable, or constant."""
        view = self.view(node)
        if view.variable is self.unit and variable is not self.unit:
            return view.column.take(np.zeros(variable.size, dtype=np.int64))
        assert view.variable is variable
        return view.column

    def check_failing(self, node: SOpNode, flag: Linear, column: Column) -> None:
        """Have it reported, in the words of the column's failures, where the flag is above 1/2."""
        reason = column.failures[0].message if column.failures else "it cannot be computed"
        self.check(node, flag, f"{reason} in {self.text(node)}")

    def check(self, node: Node, flag: Linear, message: str) -> None:
        """Have it reported where the flag is above 1/2."""
        self.checks.append(Check(flag, message, self.place(node)))

    # -- what consumers read

    def view(self, node: SOpNode) -> View:
        """The s-op as a function of one categorical variable, computed by neurons if need be."""
        known = self.known[node]
        if node in self.columns:
            leaf = known.leaves[0]
            assert isinstance(leaf, Categorical)
            return View(leaf, self.columns[node])
        if node not in self.made:
            if isinstance(node, Elementwise) and len(known.leaves) > 1 and is_noisy(self, node):
                known = Known(known.depth, cut_noise(self, node))
            self.made[node] = compute(self, node, known)
        return self.made[node]

    def add(self, node: SOpNode, variable: Variable) -> Known:
        self.variables.append(variable)
        return self._leaf(node, variable)

    def check_agreement(self, read: Read) -> None:
        """Have it noticed where the keys that `read` selects carry different values."""
        variable = Disagreement(
            node=read.node,
            label=read.label,
            depth=read.depth,
            domain=Domain.everywhere([0, 1], self.contexts),
            read=read,
        )
        self.variables.append(variable)
        self.checks.append(
            Check(
                Linear.feature(variable, np.array([0.0, 1.0])),
                f"several selected values are neither numbers nor all equal in {read.label}",
                self.place(read.node),
            )
        )

    # -- words

    def text(self, node: Node) -> str:
        name = self.origins.name(node)
        return name if name is not None else to_text(node, self.origins)

    def place(self, node: Node) -> str:
        span = self.origins.span(node)
        return str(span) if span is not None else ""

    def labels(self, node: Node) -> tuple[Label, ...]:
        """Where it is written, or, where that is nowhere, the nearest of what it is made of."""
        if not self.origins.spans(node):
            made_of = reversed(topological([node]))
            node = next((part for part in made_of if self.origins.spans(part)), node)
        return tuple(Label(span) for span in self.origins.spans(node)[:1])

    def too_many(self, node: SOpNode, leaves: tuple[Variable, ...], rows: float) -> CompileError:
        return CompileError(
            f"{self.text(node)} is a function of {rows:.3g} joint values of "
            + ", ".join(f"{leaf.label} ({leaf.domain.size:.3g} values)" for leaf in leaves),
            labels=self.labels(node),
            hint="a smaller vocabulary or a smaller max_len",
        )

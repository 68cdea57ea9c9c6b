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

from rasp.compiler.contexts import Contexts, Ints, letters
from rasp.compiler.domains import Domain, Joint, TooManyRowsError, joint, joint_size
from rasp.compiler.lowering.additive import additive_forms
from rasp.compiler.lowering.attention import lower_aggregate, lower_width
from rasp.compiler.lowering.combine import MANY_ROWS, combined_leaves, lower_sum
from rasp.compiler.lowering.steps import MAX_JOINT_ROWS, leaves_in_steps
from rasp.compiler.lowering.sums import lower_product
from rasp.compiler.lowering.tables import (
    alike,
    has_noise,
    level_of,
    multiplicity_of,
    numbered,
    relevant_leaves,
    union_of,
)
from rasp.compiler.options import FAITHFUL, Options
from rasp.compiler.rows import distinct_rows
from rasp.compiler.selectors import Group
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
    Constant,
    Elementwise,
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
    """The graph below one s-op, as variables.  `lower` runs it."""

    vocabulary: Vocabulary
    contexts: Contexts
    origins: Origins
    options: Options = FAITHFUL
    variables: list[Variable] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    known: dict[SOpNode, Known] = field(default_factory=dict)
    columns: dict[SOpNode, Column] = field(default_factory=dict)
    made: dict[SOpNode, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.compared: dict[Select, Group] = {}
        self.noisy: dict[SOpNode, bool] = {}
        self.stepped: set[SOpNode] = set()
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
                return self._elementwise(node)
            case SelectorWidth():
                return lower_width(self, node)
            case Aggregate():
                return lower_aggregate(self, node)

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

    def _elementwise(self, node: Elementwise) -> Known:
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
        if column.failed is not None:
            fails = column.failed.copy()
            for operand in operands:
                if operand.failed is not None:
                    fails &= ~operand.failed
            if bool(fails.any()):
                self._check(node, Linear.feature(variable, fails.astype(float)), column)
        self.columns[node] = column

    def _column_over(self, node: SOpNode, variable: Categorical) -> Column:
        """An s-op that is a function of this variable, or constant."""
        view = self.view(node)
        if view.variable is self.unit and variable is not self.unit:
            return view.column.take(np.zeros(variable.size, dtype=np.int64))
        assert view.variable is variable
        return view.column

    def _check(self, node: SOpNode, flag: Linear, column: Column) -> None:
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
            if isinstance(node, Elementwise) and len(known.leaves) > 1 and self._is_noisy(node):
                known = Known(known.depth, self._cut_noise(node))
            self.made[node] = self._compute(node, known)
        return self.made[node]

    def _table(self, node: SOpNode, leaves: tuple[Variable, ...]) -> tuple[Joint, Column]:
        """All combinations of the leaves' values that can meet, and the s-op on them."""
        # All that the leaves know of the context is remembered for the value.
        keep = letters(*(leaf.domain.granularity for leaf in leaves))
        try:
            table = joint([leaf.domain for leaf in leaves], self.contexts, keep)
        except TooManyRowsError as error:
            raise self.too_many(node, leaves, error.rows) from None
        codes = dict(zip(leaves, table.codes.T, strict=True))
        return table, self.evaluate(node, codes, len(table.codes))

    def _is_noisy(self, node: SOpNode) -> bool:
        """Are some of its values the same but for the last bits, as (i + 1) * mean can be?"""
        if node not in self.noisy:
            known = self.known[node]
            if node in self.columns or known.leaves[0].node is node:
                self.noisy[node] = False
            else:
                self.noisy[node] = has_noise(self._table(node, known.leaves)[1])
        return self.noisy[node]

    def _cut_noise(self, node: Elementwise) -> tuple[Variable, ...]:
        """Leaves for a noisy s-op: the operations in which the noise comes up, computed before.

        As functions of the readings they scatter; each of them alone is a manageable staircase, and
        from their values the rest is a sum again.
        """
        leaves: dict[Variable, None] = {}
        stack: list[SOpNode] = [node]
        seen: set[SOpNode] = set()
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen.add(current)
            if not isinstance(current, Elementwise) or not self._is_noisy(current):
                leaves.update(dict.fromkeys(self.known[current].leaves))
                continue
            noisy = [operand for operand in current.operands if self._is_noisy(operand)]
            if noisy:
                stack.extend(current.operands)
            elif current is node:
                return self.known[node].leaves  # it comes up here
            else:
                leaves[self.view(current).variable] = None
        return union_of(self.unit, tuple(leaves))

    def _compute(self, node: SOpNode, known: Known) -> View:
        leaves = known.leaves
        table, column = self._table(node, leaves)
        self._refuse_last_bits(node, dict(zip(leaves, table.codes.T, strict=True)), column)
        places, atoms = numbered(column)
        fails = self._fails_here(node, leaves, table.codes, column)
        if not atoms:  # it fails on every input
            if fails.any():
                self._check_rows(node, known, leaves, table.codes, fails, column)
            return View(self.unit, Column.of([0]))
        first = distinct_rows([*table.codes.T, places], len(places))
        rows, outputs, failing = table.codes[first], places[first], fails[first]
        relevant = relevant_leaves(rows, outputs, failing)
        if len(relevant) == 0 and not failing.any():
            return View(self.unit, Column.of([atoms[int(outputs[0])]]))
        if len(relevant) == 1 and isinstance(leaves[relevant[0]], Categorical):
            leaf = leaves[relevant[0]]
            assert isinstance(leaf, Categorical)
            if bool(np.isin(np.arange(leaf.size), rows[:, relevant[0]]).all()):
                of_code = np.zeros(leaf.size, dtype=np.int64)
                of_code[rows[:, relevant[0]]] = outputs
                if not failing.any() and bool((of_code >= 0).all()):
                    return View(leaf, Column.of(atoms).take(of_code))
        relevant = relevant or [0]
        first = distinct_rows([*rows[:, relevant].T, outputs, failing], len(rows))
        mask = np.zeros((self.contexts.rows(table.granularity), len(atoms)), dtype=bool)
        succeeded = places >= 0
        mask[table.contexts[succeeded], places[succeeded]] = True
        domain = Domain(tuple(atoms), self.contexts, table.granularity, mask)
        used = tuple(leaves[place] for place in relevant)
        multiplicity, within = multiplicity_of(used, rows[:, relevant], outputs, len(atoms))
        variable = Computed(
            node=node,
            label=self.text(node),
            depth=known.depth,
            domain=domain,
            multiplicity=multiplicity,
            within=within,
            leaves=used,
            rows=rows[first][:, relevant],
            codes=outputs[first],
            expression=node,
            level=level_of(used, known.depth),
            permutation=len(used) == 1
            and used[0].permutation
            and list(domain.values) == list(used[0].domain.values),
        )
        self.variables.append(variable)
        if failing.any():
            self._check_rows(node, known, used, rows[first][:, relevant], failing[first], column)
        return View(variable, Column.of(domain.values))

    def check_the_rest(self, root: SOpNode) -> None:
        """Joint functions that nobody reads still fail where they fail."""
        covered: set[SOpNode] = set()

        def cover(node: SOpNode) -> None:
            stack = [node]
            while stack:
                current = stack.pop()
                if current not in covered:
                    covered.add(current)
                    if isinstance(current, Elementwise):
                        stack.extend(current.operands)

        for made in list(self.made):
            cover(made)
        for node in reversed(topological([root])):
            if not isinstance(node, Elementwise) or node in covered or node in self.columns:
                continue
            if node not in self.known:
                continue  # one of the sums that make up the output
            known = self.known[node]
            if known.leaves[0].node is node:
                continue  # a sum is a variable, and cannot fail
            cover(node)
            table, column = self._table(node, known.leaves)
            fails = self._fails_here(node, known.leaves, table.codes, column)
            if fails.any():
                first = distinct_rows([*table.codes.T, fails], len(fails))
                rows = table.codes[first]
                self._check_rows(node, known, known.leaves, rows, fails[first], column)

    def _check_rows(
        self,
        node: SOpNode,
        known: Known,
        leaves: tuple[Variable, ...],
        rows: Ints,
        failing: Ints,
        column: Column,
    ) -> None:
        """A variable that says where a joint function fails."""
        if failing.all():
            self._check(node, Linear(1.0), column)
            return
        fails = Computed(
            node=node,
            label=f"{self.text(node)} fails",
            depth=known.depth,
            domain=Domain.everywhere([0, 1], self.contexts),
            leaves=leaves,
            rows=rows,
            codes=failing,
            expression=node,
            level=level_of(leaves, known.depth),
        )
        self.variables.append(fails)
        self._check(node, Linear.feature(fails, np.array([0.0, 1.0])), column)

    def _refuse_last_bits(self, node: SOpNode, codes: dict[Variable, Ints], column: Column) -> None:
        """Raise CompileError if the s-op depends on how a mean of values like 1/3 is rounded."""
        blurred = [leaf for leaf in codes if isinstance(leaf, Mean) and leaf.grid.blurred]
        for sign in (1.0, -1.0) if blurred else ():
            moved = self.evaluate(node, codes, len(column), blur=sign * 2.0**-50)
            if not alike(column, moved):
                raise CompileError(
                    f"{self.text(node)} depends on the last bits of the mean {blurred[0].label}",
                    labels=self.labels(node),
                    hint="average integers and divide afterwards, or round before comparing",
                )

    def evaluate(
        self, node: SOpNode, codes: dict[Variable, Ints], size: int, *, blur: float = 0.0
    ) -> Column:
        """The s-op on rows of values of its leaves, given by their places in the domains.

        blur: by how much, relative to the largest value, blurred means are off.
        """
        columns: dict[SOpNode, Column] = {}
        stack: list[tuple[SOpNode, bool]] = [(node, False)]
        while stack:
            current, ready = stack.pop()
            if current in columns:
                continue
            leaf = self.known[current].leaves[0]
            made = self.made.get(current)
            if made is not None and made.variable in codes:
                columns[current] = made.column.take(codes[made.variable])
            elif made is not None and made.variable is self.unit:
                columns[current] = made.column.take(np.zeros(size, dtype=np.int64))
            elif current in self.columns and leaf is self.unit:
                columns[current] = self.columns[current].take(np.zeros(size, dtype=np.int64))
            elif current in self.columns and leaf in codes:
                columns[current] = self.columns[current].take(codes[leaf])
            elif leaf.node is current and (leaf in codes or not isinstance(leaf, Combined)):
                columns[current] = _values(leaf, blur).take(codes[leaf])
            elif current in self.multiples and leaf in codes:
                columns[current] = _multiple(*self.multiples[current]).take(codes[leaf])
            elif ready:
                assert isinstance(current, Elementwise)
                columns[current] = apply_column(
                    current.operator,
                    current.parameters,
                    [columns[operand] for operand in current.operands],
                )
            else:
                assert isinstance(current, Elementwise)
                stack.append((current, True))
                stack.extend((operand, False) for operand in current.operands)
        return columns[node]

    def sums(self, variable: Computed) -> list[Linear]:
        """Linear forms of its leaves that a staircase for it may be built on."""
        if not isinstance(variable.expression, Elementwise):
            return []
        return self.sums_of(variable.expression, variable.leaves)

    def sums_of(self, expression: SOpNode, of: tuple[Variable, ...]) -> list[Linear]:
        """Sums of these leaves that the expression computes on its way."""
        leaves = set(of)

        def view_of(node: SOpNode) -> tuple[Variable, Column | None] | None:
            made = self.made.get(node)
            if made is not None and (made.variable in leaves or made.variable is self.unit):
                return made.variable, made.column
            leaf = self.known[node].leaves[0]
            if node in self.columns:
                return leaf, self.columns[node]
            if isinstance(leaf, Combined) and leaf not in leaves:
                return None
            return (leaf, None) if leaf.node is node else None

        forms = additive_forms(expression, view_of)
        forms = [form for form in forms if {*form.features, *form.scalars} <= leaves]
        # The more leaves are in the sum, the fewer are left as gates: those are quickly tried.
        return sorted(forms, key=lambda form: -len(form.features) - len(form.scalars))

    def _fails_here(
        self, node: SOpNode, leaves: tuple[Variable, ...], codes: Ints, column: Column
    ) -> Ints:
        """Which rows fail in a joint function, that is not in a function of one variable below."""
        if column.failed is None:
            return np.zeros(len(codes), dtype=np.int64)
        elsewhere = np.zeros(len(codes), dtype=bool)
        place = {leaf: number for number, leaf in enumerate(leaves)}
        stack: list[SOpNode] = [node]
        seen: set[SOpNode] = set()
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen.add(current)
            if current is not node and current in self.made:
                continue  # it says for itself where it fails
            if current in self.columns:
                below, leaf = self.columns[current], self.known[current].leaves[0]
                if below.failed is not None and leaf in place:
                    elsewhere |= below.failed[codes[:, place[leaf]]]
                continue
            if isinstance(current, Elementwise):
                stack.extend(current.operands)
        return (column.failed & ~elsewhere).astype(np.int64)

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
        return tuple(Label(span) for span in self.origins.spans(node)[:1])

    def too_many(self, node: SOpNode, leaves: tuple[Variable, ...], rows: float) -> CompileError:
        return CompileError(
            f"{self.text(node)} is a function of {rows:.3g} joint values of "
            + ", ".join(f"{leaf.label} ({leaf.domain.size:.3g} values)" for leaf in leaves),
            labels=self.labels(node),
            hint="a smaller vocabulary or a smaller max_len",
        )


def _multiple(total: Combined, sign: float, shift: float) -> Column:
    """The values of a sum that differs from `total` by sign and shift."""
    return Column.of([int(sign * float(value) + shift) for value in total.domain.values])


def _values(leaf: Variable, blur: float) -> Column:
    """The values of a leaf's domain, moved by `blur` if they are blurred."""
    if blur and isinstance(leaf, Mean) and leaf.grid.blurred:
        values = [float(value) for value in leaf.domain.values]
        shift = blur * max(map(abs, values), default=0.0)
        return Column.of([value + shift for value in values])
    return Column.of(leaf.domain.values)

"""From the s-op graph to variables: what has to be read by attention, what has to be computed.

The lowering walks the graph once, operands first.  Every s-op is known by its *leaves*, the variables
it is a function of.  An s-op with one categorical leaf is a `View` and costs nothing; one with several
leaves, or with a scalar one, is only made a variable of its own (`Computed`) when a selector, an
aggregate, a later depth or the output reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.additive import additive_forms
from rasp.compiler.contexts import Bools, Contexts, Floats, Ints, coarsest, letters
from rasp.compiler.domains import Domain, TooManyRows, Unlisted, joint, joint_size, restrict
from rasp.compiler.means import Grid, mean_domain, possible_counts
from rasp.compiler.orders import Distinct, distinct_counts
from rasp.compiler.rows import count_rows, distinct_rows
from rasp.compiler.selectors import Bounds, Group, Term, bounds, matrix_of, split
from rasp.compiler.variables import (
    Categorical,
    Check,
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
    View,
    Width,
)
from rasp.errors import CompileError
from rasp.graph.columns import Column, apply_column
from rasp.graph.construct import constant
from rasp.graph.nodes import (
    INDICES,
    SOP_TYPES,
    TOKENS,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Indices,
    Node,
    Select,
    SelectorWidth,
    SOpNode,
    Tokens,
    atom_key,
)
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.source import Label
from rasp.vocabulary import Vocabulary

MAX_JOINT_ROWS = 500_000
"""More joint values than this are not tabulated at once: the expression is computed in steps."""


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
    variables: list[Variable] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    known: dict[SOpNode, Known] = field(default_factory=dict)
    columns: dict[SOpNode, Column] = field(default_factory=dict)
    made: dict[SOpNode, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
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

    def run(self, root: SOpNode) -> None:
        for node in topological([root]):
            if isinstance(node, SOP_TYPES):
                self.known[node] = self._know(node)  # type: ignore[arg-type,index]

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
                return self._width(node)
            case Aggregate():
                return self._aggregate(node)

    def _leaf(self, node: SOpNode, variable: Variable) -> Known:
        """An s-op that is a variable."""
        if isinstance(variable, Categorical):
            self.columns[node] = Column.of(variable.domain.values)
        return Known(variable.depth, (variable,))

    def _view_as(self, node: SOpNode, view: View) -> Known:
        """An s-op that turned out to be a function of one variable."""
        self.columns[node] = view.column
        return Known(view.variable.depth, (view.variable,))

    def _elementwise(self, node: Elementwise) -> Known:
        total = self._sum(node)
        if total is not None:
            return total
        depth = max(self.known[operand].depth for operand in node.operands)
        leaves = _union(
            self.unit, *(self._leaves_for(operand, depth) for operand in node.operands)
        )
        if len(leaves) > 1 and self._size(leaves) > MAX_JOINT_ROWS:
            # Too many joint values for one function: one of its operands, computed before.
            leaves = _union(self.unit, *(self._step(operand) for operand in node.operands))
        if len(leaves) == 1 and isinstance(leaves[0], Categorical):
            self._single(node, leaves[0])
        return Known(depth, leaves)

    def _leaves_for(self, operand: SOpNode, depth: int) -> tuple[Variable, ...]:
        """What an operand is a function of.

        A value of a lower depth is kept, not computed again from its own leaves; but not one of depth
        0, which nothing could compute before the first attention.
        """
        below = self.known[operand]
        if 0 < below.depth < depth and operand not in self.columns:
            return self._step(operand)
        return below.leaves

    def _step(self, operand: SOpNode) -> tuple[Variable, ...]:
        """An operand as one variable, unless it is one anyway."""
        below = self.known[operand]
        if operand in self.columns or below.leaves[0].node is operand:
            return below.leaves
        return (self.view(operand).variable,)

    def _size(self, leaves: tuple[Variable, ...]) -> float:
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
        if node not in self.columns:
            assert self.made[node].variable is variable
            return self.made[node].column
        column = self.columns[node]
        if self.known[node].leaves[0] is self.unit and variable is not self.unit:
            return column.take(np.zeros(variable.size, dtype=np.int64))
        return column

    def _check(self, node: SOpNode, flag: Linear, column: Column) -> None:
        reason = column.failures[0].message if column.failures else "it cannot be computed"
        self.checks.append(Check(flag, f"{reason} in {self.text(node)}", self.place(node)))

    # -- what consumers read

    def view(self, node: SOpNode) -> View:
        """The s-op as a function of one categorical variable, computed by neurons if need be."""
        known = self.known[node]
        if node in self.columns:
            leaf = known.leaves[0]
            assert isinstance(leaf, Categorical)
            return View(leaf, self.columns[node])
        if node not in self.made:
            self.made[node] = self._compute(node, known)
        return self.made[node]

    def _compute(self, node: SOpNode, known: Known) -> View:
        leaves = known.leaves
        # All that the leaves know of the context is remembered for the value.
        keep = letters(*(leaf.domain.granularity for leaf in leaves))
        try:
            table = joint([leaf.domain for leaf in leaves], self.contexts, keep)
        except TooManyRows as error:
            raise self.too_many(node, leaves, error.rows) from None
        column = self._evaluate(node, dict(zip(leaves, table.codes.T, strict=True)), len(table.codes))
        places, atoms = _numbered(column)
        if not atoms:
            raise CompileError(
                f"{self.text(node)} fails on every input",
                labels=self.labels(node),
            )
        fails = self._fails_here(node, leaves, table.codes, column)
        first = distinct_rows([*table.codes.T, places], len(places))
        rows, outputs, failing = table.codes[first], places[first], fails[first]
        relevant = _relevant(rows, outputs, failing)
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
        multiplicity, within = _multiplicity(used, rows[:, relevant], outputs, len(atoms))
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
            level=_level(used, known.depth),
        )
        self.variables.append(variable)
        if failing.any():
            self._check_rows(node, known, used, rows[first][:, relevant], failing[first], column)
        return View(variable, Column.of(domain.values))

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
        fails = Computed(
            node=node,
            label=f"{self.text(node)} fails",
            depth=known.depth,
            domain=Domain.everywhere([0, 1], self.contexts),
            leaves=leaves,
            rows=rows,
            codes=failing,
            expression=node,
            level=_level(leaves, known.depth),
        )
        self.variables.append(fails)
        self._check(node, Linear.feature(fails, np.array([0.0, 1.0])), column)

    def _evaluate(self, node: SOpNode, codes: dict[Variable, Ints], size: int) -> Column:
        """The s-op on rows of values of its leaves, given by their places in the domains."""
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
            elif current in self.columns and leaf is self.unit:
                columns[current] = self.columns[current].take(np.zeros(size, dtype=np.int64))
            elif current in self.columns and leaf in codes:
                columns[current] = self.columns[current].take(codes[leaf])
            elif leaf.node is current:
                columns[current] = Column.of(leaf.domain.values).take(codes[leaf])
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
        leaves = set(variable.leaves)

        def view_of(node: SOpNode) -> tuple[Variable, Column | None] | None:
            made = self.made.get(node)
            if made is not None and made.variable in leaves:
                return made.variable, made.column
            leaf = self.known[node].leaves[0]
            if node in self.columns:
                return leaf, self.columns[node]
            return (leaf, None) if leaf.node is node else None

        forms = additive_forms(variable.expression, view_of)
        return [form for form in forms if {*form.features, *form.scalars} <= leaves]

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

    # -- attention

    def _terms(self, selector: Node) -> list[Term]:
        return split(selector, self._group, self.unit)  # type: ignore[arg-type]

    def _group(self, select: Select) -> Group:
        query, key = self.view(select.query), self.view(select.key)
        try:
            matrix = matrix_of(select, query, key)
        except CompileError as error:
            error.labels = self.labels(select)
            raise
        return Group(query.variable, key.variable, matrix)

    def _attention_depth(self, terms: list[Term], *others: int) -> int:
        depths = [group.query.depth for term in terms for group in term.groups]
        depths += [group.key.depth for term in terms for group in term.groups]
        return max([0, *depths, *others]) + 1

    def _width(self, node: SelectorWidth) -> Known:
        terms = self._terms(node.selector)
        limits = bounds(terms, self.position, self.unit, self.contexts)
        size = self.contexts.max_len
        fixed = _fixed_by_index(limits, self.contexts)
        if fixed is not None:
            return self._view_as(node, _view_of(fixed, self.position, self.unit))
        label = self.text(node)
        domain = _count_domain(limits, self.contexts)
        depth = self._attention_depth(terms)
        if len(terms) == 1 and not terms[0].groups:
            return self._add(node, Length(node=node, label=label, depth=depth, domain=domain))
        distinct = distinct_counts(terms, self.position, self.unit)
        width = Width(
            node=node,
            label=label,
            depth=depth,
            domain=domain,
            multiplicity=None if distinct is None else np.ones(len(domain), dtype=np.int64),
            within=None if distinct is None or distinct.everywhere else distinct,
            terms=tuple(terms),
            bounds=limits,
            weight=float(2 ** int(np.ceil(np.log2(size + 1)))),
            linear=len(terms) > 1,
        )
        return self._add(node, width)

    def _is_context_only(self, term: Term) -> bool:
        fixed = (self.position, self.unit)
        return all(group.query in fixed and group.key in fixed for group in term.groups)

    def _add(self, node: SOpNode, variable: Variable) -> Known:
        self.variables.append(variable)
        return self._leaf(node, variable)

    def _aggregate(self, node: Aggregate) -> Known:
        terms = self._terms(node.selector)
        value_known = self.known[node.value]
        if not terms:
            return self._view_as(node, View(self.unit, Column.of([node.default])))
        if len(terms) > 1:
            terms = [self._single_term(node, terms)]
        limits = bounds(terms, self.position, self.unit, self.contexts)
        leaf = value_known.leaves[0]
        if len(value_known.leaves) == 1 and isinstance(leaf, Scalar) and leaf.node is node.value:
            if not isinstance(node.default, str) and not isinstance(node.default, bool):
                return self._mean_of_scalar(node, terms[0], leaf, limits)
        view = self.view(node.value)
        atoms = [
            value for value in view.column.elements() if isinstance(value, (bool, int, float, str))
        ]
        if not atoms:
            raise CompileError(
                f"{self.text(node.value)} fails on every input", labels=self.labels(node.value)
            )
        kinds = {"number" if type(atom) in (int, float) else type(atom).__name__ for atom in atoms}
        agrees = limits.at_most_one or self._selected_agree(terms[0], view)
        if agrees or "number" not in kinds:
            return self._read(node, terms[0], view, limits, checked=not agrees)
        if kinds != {"number"}:
            raise CompileError(
                f"the values of {self.text(node)} are of different types, and more than one of them"
                " may be selected",
                labels=self.labels(node),
                hint="make the values all numbers, or select at most one position",
            )
        if isinstance(node.default, str) or isinstance(node.default, bool):
            if not limits.never_empty:
                raise CompileError(
                    f"the mean {self.text(node)} has a default that is no number",
                    labels=self.labels(node),
                    hint="give it a number as default",
                )
        return self._mean(node, terms[0], view, limits)

    def _single_term(self, node: Aggregate, terms: list[Term]) -> Term:
        """A selector that no single head can score by adding: score joint values instead."""
        queries = list(
            dict.fromkeys(g.query for t in terms for g in t.groups if g.query is not self.unit)
        )
        keys = list(dict.fromkeys(g.key for t in terms for g in t.groups if g.key is not self.unit))
        query, query_codes = self._joined(node, queries)
        key, key_codes = self._joined(node, keys)
        chosen = np.zeros((query.size, key.size), dtype=bool)
        for term in terms:
            here = np.ones_like(chosen)
            for group in term.groups:
                rows = (
                    query_codes[:, queries.index(group.query)]
                    if group.query is not self.unit
                    else np.zeros(query.size, dtype=np.int64)
                )
                columns = (
                    key_codes[:, keys.index(group.key)]
                    if group.key is not self.unit
                    else np.zeros(key.size, dtype=np.int64)
                )
                here &= group.matrix[rows[:, None], columns[None, :]]
            chosen |= here
        return Term((Group(query, key, chosen),))

    def _joined(self, node: SOpNode, leaves: list[Categorical]) -> tuple[Categorical, Ints]:
        """One variable for the combination of several."""
        if not leaves:
            return self.unit, np.zeros((1, 0), dtype=np.int64)
        if len(leaves) == 1:
            return leaves[0], np.arange(leaves[0].size)[:, None]
        key = tuple(leaves)
        if key not in self.joined:
            try:
                table = joint([leaf.domain for leaf in leaves], self.contexts)
            except TooManyRows as error:
                raise self.too_many(node, tuple(leaves), error.rows) from None
            if len(table.codes) > 3000:
                raise CompileError(
                    f"the selector of {self.text(node)} needs {len(table.codes)} joint values of "
                    + " and ".join(leaf.label for leaf in leaves),
                    labels=self.labels(node),
                    hint="a selector that is a conjunction, a smaller vocabulary or a smaller max_len",
                )
            codes = np.arange(len(table.codes))
            variable = Computed(
                node=node,
                label="(" + ", ".join(leaf.label for leaf in leaves) + ")",
                depth=max(leaf.depth for leaf in leaves),
                domain=Domain.everywhere(codes.tolist(), self.contexts),
                leaves=key,
                rows=table.codes,
                codes=codes,
            )
            self.variables.append(variable)
            self.joined[key] = variable, table.codes
        return self.joined[key]

    joined: dict[tuple[Categorical, ...], tuple[Computed, Ints]] = field(default_factory=dict)

    def _selected_agree(self, term: Term, view: View) -> bool:
        """Do the selected keys always carry the same value?"""
        codes, atoms = view.column.coded()
        if len(atoms) == 1 or view.variable is self.unit:
            return True
        for group in term.groups:
            if group.key is view.variable:
                rows = np.unique(group.matrix, axis=0)
                if all(len(np.unique(codes[row])) <= 1 for row in rows):
                    return True
        return False

    def _read(
        self, node: Aggregate, term: Term, view: View, limits: Bounds, *, checked: bool
    ) -> Known:
        places, atoms = _numbered(view.column)
        values: list[Atom] = list(atoms)
        default_code = -1
        if not limits.never_empty:
            keyed = Domain.everywhere(values, self.contexts).code
            default_code = keyed.get(atom_key(node.default), len(values))
            if default_code == len(values):
                values.append(node.default)
        if len(values) == 1:
            return self._view_as(node, View(self.unit, Column.of(values)))
        domain = self._read_domain(values, places, view, default_code, term, limits)
        read = Read(
            node=node,
            label=self.text(node),
            depth=self._attention_depth([term], view.variable.depth),
            domain=domain,
            term=term,
            value=view.variable,
            codes=places,
            default_code=default_code,
            checked=checked,
            single=limits.at_most_one,
        )
        return self._add(node, read)

    def _read_domain(
        self,
        values: list[Atom],
        places: Ints,
        view: View,
        default_code: int,
        term: Term,
        limits: Bounds,
    ) -> Domain:
        """Which of the values can be read where: the default only where nothing may be selected."""
        size = self.contexts.max_len
        mask = np.ones((size * size, len(values)), dtype=bool)
        carried = np.zeros(len(values), dtype=bool)
        carried[places[places >= 0]] = True
        may_select = (limits.high > 0).reshape(-1)
        may_miss = (limits.low == 0).reshape(-1)
        if default_code >= 0:
            mask[:] = carried[None, :] & may_select[:, None]
            mask[:, default_code] |= may_miss
        granularity, rows = coarsest(mask, self.contexts)
        return Domain(tuple(values), self.contexts, granularity, rows)

    def _mean(self, node: Aggregate, term: Term, view: View, limits: Bounds) -> Known:
        numbers = [
            value if isinstance(value, (int, float)) else 0 for value in view.column.elements()
        ]
        present = [v for v in view.column.elements() if isinstance(v, (int, float))]
        if not all(np.isfinite(float(v)) for v in present):
            raise CompileError(
                f"{self.text(node)} averages values that are not finite", labels=self.labels(node)
            )
        return self._add_mean(
            node,
            term,
            view.variable,
            np.array([float(v) for v in numbers]),
            Grid.of(present),
            limits,
        )

    def _mean_of_scalar(self, node: Aggregate, term: Term, scalar: Scalar, limits: Bounds) -> Known:
        if isinstance(scalar, Width):
            scalar.linear = True
        grid = scalar.grid if isinstance(scalar, Mean) else Grid.of(scalar.domain.values)
        return self._add_mean(node, term, scalar, np.zeros(0), grid, limits)

    def _add_mean(
        self,
        node: Aggregate,
        term: Term,
        variable: Variable,
        numbers: Floats,
        grid: Grid,
        limits: Bounds,
    ) -> Known:
        default = None if limits.never_empty else node.default
        averaged = grid.averaged(possible_counts(limits, self.contexts) or [1], default)
        domain: Domain
        try:
            domain = mean_domain(grid, limits, node.default, self.contexts)
        except TooManyRows:
            domain = Unlisted(averaged.size, self.contexts)
        mean = Mean(
            node=node,
            label=self.text(node),
            depth=self._attention_depth([term], variable.depth),
            domain=domain,
            term=term,
            value=variable,
            numbers=numbers,
            default=None if default is None else float(default),
            grid=averaged,
        )
        return self._add(node, mean)

    def _sum(self, node: Elementwise) -> Known | None:
        """A mean times the number of positions it is over is a sum, if rounding cannot tell them apart."""
        rounded = node.operator == "round"
        product = node.operands[0] if rounded else node
        if not (isinstance(product, Elementwise) and product.operator == "multiply"):
            return None
        for count, averaged in (product.operands, product.operands[::-1]):
            mean, counted = self.known[averaged].leaves[0], self.known[count].leaves[0]
            if (
                isinstance(mean, Mean)
                and mean.node is averaged
                and isinstance(counted, (Length, Width))
                and counted.node is count
                and self._counts(counted, mean.term)
            ):
                return self._add_sum(node, mean, counted, rounded)
        return None

    def _counts(self, variable: Variable, term: Term) -> bool:
        """Is the variable the number of keys that the term selects?"""
        if isinstance(variable, Length):
            return not term.groups
        return (
            isinstance(variable, Width)
            and len(variable.terms) == 1
            and variable.terms[0].key() == term.key()
        )

    def _add_sum(
        self, node: Elementwise, mean: Mean, count: Length | Width, rounded: bool
    ) -> Known | None:
        limits = bounds([mean.term], self.position, self.unit, self.contexts)
        values = _numbers_of(mean)
        if values is None or float(mean.default or 0.0) in (np.inf, -np.inf):
            return None
        grid = Grid.of(values)
        if rounded and grid.scale > 1:
            return None
        try:
            domain = mean_domain(grid, limits, 0, self.contexts, total=True)
        except TooManyRows:
            return None
        rows, products = _products(domain, grid, count)
        exact = rounded or all(
            value == domain.values[row] for row, value in zip(rows[:, 0], products, strict=True)
        )
        total = Sum(
            # Where floating point makes the product differ from the sum, the sum has no s-op.
            node=node if exact else Indices(),
            label=self.text(node),
            depth=mean.depth,
            domain=domain,
            term=mean.term,
            value=mean.value,
            numbers=mean.numbers,
        )
        if exact:
            return self._add(node, total)
        self.variables.append(total)
        places, atoms = _numbered(Column.of(products))
        product = Computed(
            node=node,
            label=self.text(node),
            depth=mean.depth,
            domain=Domain.everywhere(atoms, self.contexts),
            leaves=(total, count),
            rows=rows,
            codes=places,
        )
        return self._add(node, product)

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
            + ", ".join(f"{leaf.label} ({len(leaf.domain)} values)" for leaf in leaves),
            labels=self.labels(node),
            hint="a smaller vocabulary or a smaller max_len",
        )


def _union(unit: Variable, *leaves: tuple[Variable, ...]) -> tuple[Variable, ...]:
    """All leaves once, in order; constants do not count beside others."""
    union = dict.fromkeys(leaf for some in leaves for leaf in some)
    if len(union) > 1:
        union.pop(unit, None)
    return tuple(union)


def _level(leaves: tuple[Variable, ...], depth: int) -> int:
    """How many feed-forward sublayers at a depth it takes to compute a function of these leaves."""
    levels = [
        leaf.level for leaf in leaves if isinstance(leaf, Computed) and leaf.depth == depth
    ]
    return 1 + max(levels, default=0)


def _numbered(column: Column) -> tuple[Ints, list[Atom]]:
    """Places among the distinct values that occur, -1 where the column failed."""
    codes, atoms = column.coded()
    codes = np.asarray(codes, dtype=np.int64).copy()
    if column.failed is not None:
        codes[column.failed] = -1
    used, places = np.unique(codes, return_inverse=True)
    offset = int(used[0] == -1) if len(used) else 0
    return places.reshape(-1) - offset, [atoms[int(code)] for code in used[offset:]]


def _relevant(rows: Ints, outputs: Ints, failing: Ints) -> list[int]:
    """The leaves that the function depends on."""
    relevant = list(range(rows.shape[1]))
    for leaf in range(rows.shape[1]):
        others = [rows[:, place] for place in relevant if place != leaf]
        if count_rows(others, len(rows)) == count_rows([*others, outputs, failing], len(rows)):
            relevant.remove(leaf)
    return relevant


def _multiplicity(
    leaves: tuple[Variable, ...], rows: Ints, outputs: Ints, n_values: int
) -> tuple[Ints | None, Distinct | None]:
    """At how many positions a value can be, and among which, from a leaf about which that is known."""
    best: Ints | None = None
    within: Distinct | None = None
    for place, leaf in enumerate(leaves):
        if leaf.multiplicity is None:
            continue
        first = distinct_rows([rows[:, place], outputs], len(rows))
        first = first[outputs[first] >= 0]
        count = np.zeros(n_values, dtype=np.int64)
        np.add.at(count, outputs[first], leaf.multiplicity[rows[first, place]])
        if best is None or (within is not None and leaf.within is None):
            best, within = count, leaf.within
        elif (within is None) == (leaf.within is None) and count.sum() < best.sum():
            best, within = count, leaf.within
    return best, within


def _numbers_of(mean: Mean) -> list[Atom] | None:
    """What is averaged."""
    if isinstance(mean.value, Scalar):
        return None if isinstance(mean.value.domain, Unlisted) else list(mean.value.domain.values)
    return [float(number) for number in mean.numbers]


def _products(domain: Domain, grid: Grid, count: Variable) -> tuple[Ints, list[Atom]]:
    """(place of the total, place of the count) wherever they can meet, and mean times count."""
    totals = np.array([float(value) for value in domain.values])
    rows: list[Ints] = []
    products: list[Atom] = []
    for place, m in enumerate(count.domain.values):
        assert isinstance(m, int)
        low, high = m * float(grid.low), m * float(grid.high)
        here = np.flatnonzero((totals >= low) & (totals <= high))
        rows.append(np.column_stack([here, np.full(len(here), place)]))
        products += [float(value) for value in (totals[here] / m) * m] if m else [0.0] * len(here)
    return np.concatenate(rows), products


def _fixed_by_index(limits: Bounds, contexts: Contexts) -> Ints | None:
    """The count as a function of the index alone, if it is one."""
    size = contexts.max_len
    valid = contexts.valid().reshape(size, size)
    if bool((limits.low == limits.high)[valid].all()):
        granularity, rows = coarsest(limits.low.reshape(-1, 1), contexts)
        if granularity in ("", "i"):
            return rows[:, 0]
    return None


def _view_of(counts: Ints, position: Categorical, unit: Categorical) -> View:
    return View(position if len(counts) > 1 else unit, Column.of(counts.tolist()))


def _count_domain(limits: Bounds, contexts: Contexts) -> Domain:
    size = contexts.max_len
    pairs = np.stack([limits.low, limits.high], axis=-1).reshape(size * size, 2)
    granularity, rows = coarsest(pairs, contexts)
    values = np.arange(size + 1)
    if granularity == "in" and len(rows) * len(values) > 60_000_000:
        low = np.where(contexts.valid(), rows[:, 0], size).reshape(size, size).min(axis=1)
        high = np.where(contexts.valid(), rows[:, 1], 0).reshape(size, size).max(axis=1)
        granularity, rows = "n", np.stack([low, high], axis=-1)
    mask: Bools = (values >= rows[:, :1]) & (values <= rows[:, 1:])
    return restrict(values.tolist(), contexts, granularity, mask)

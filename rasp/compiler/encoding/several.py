"""A function of several leaves through parts that are cheap, each computed before.

Which of four digits is the largest is a function of the three conditions that choose it, and each
of these takes a few neurons; as one function of four digits it takes thousands.  The parts are
those of the text: from the top down, the first that are cheap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rasp.compiler.encoding.by_number import InTwo
from rasp.compiler.encoding.expressions import Expression, made_of
from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.encoding.summed import Accuracies, solved
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.facts.rows import distinct_rows
from rasp.compiler.limits import (
    CHEAP,
    FEW_INNER_LEAVES,
    FINEST_PART,
    MANY_FEATURE_NEURONS,
    MANY_NEURONS,
    MANY_SUMMED_ROWS,
    MOST_HOPELESS,
    MOST_PARTS_BEFORE,
    MOST_PARTS_TRIED,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.lowering.additive import additive_forms
from rasp.compiler.lowering.evaluate import OfLeaf
from rasp.compiler.synthesis import Solution, Table
from rasp.compiler.synthesis.added import added
from rasp.compiler.variables import Combined, Computed, Linear, Scalar, Variable
from rasp.deadline import look
from rasp.graph import construct
from rasp.graph.balanced import chosen_of
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import Atom, Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS

KINDS: Mapping[str, Callable[[float], Atom]] = {"bool": bool, "int": int, "float": float}
"""Values of one type, and what makes one of a number."""

_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())


@dataclass(frozen=True, eq=False)
class Part:
    """What is computed before: the s-op, on every row its number; alone: as a function of its own
    leaves, and the neurons for it.  stands_for: what is a function of that alone."""

    node: Elementwise
    stands_for: SOpNode
    numbers: Floats
    kind: str
    alone: Expression
    solution: Solution


def by_several(
    encoding: Encoding,
    variable: Computed,
    expression: Expression,
    table: Table,
    accuracy: Accuracies,
    cost: float,
) -> InTwo | None:
    """The function in two sublayers, if that is much cheaper than at once; None if it is not.

    cost: what one sublayer takes.
    """
    best: InTwo | None = None
    if cost < MANY_FEATURE_NEURONS or len(table.leaves) < FEW_INNER_LEAVES:
        return None
    most = min(MANY_NEURONS, cost / WORTH_A_SUBLAYER)
    for dearest in (MANY_FEATURE_NEURONS, CHEAP):  # large parts, which are few, or small ones
        search = Search(encoding, expression, accuracy, min(most, dearest))
        found = _through(encoding, variable, expression, table, search.parts(), accuracy, most)
        if found is not None:
            best, most = found, found.cost
        if most <= MANY_FEATURE_NEURONS:
            break
    return best


def _through(
    encoding: Encoding,
    variable: Computed,
    expression: Expression,
    table: Table,
    parts: list[Part] | None,
    accuracy: Accuracies,
    most: float,
) -> InTwo | None:
    """The function as one of these parts, if both together cost less than `most`."""
    if not parts:
        return None
    before = added([part.solution for part in parts], Linear(), "parts")
    if before.cost >= most:
        return None
    held = [held_for(encoding, variable, part) for part in parts]
    read = [reading_of(one) for one in held]
    after = after_parts(expression, table, parts, held, read)
    sums = after.sums(after.root, after.table.leaves)
    solution = solved(encoding, after, after.table, sums, accuracy, most - before.cost)
    if solution is None:
        return None
    for part, one in zip(parts, held, strict=True):
        encoding.costs[one] = part.solution.cost + 1
    needed = tuple(dict.fromkeys([*held, *read]))
    return InTwo(after.table, solution, (tuple(held),), needed, before.cost + solution.cost)


@dataclass
class Search:
    """From the top of the expression down, for the first parts that cost less than `most`, and have
    no more than `most_rows` joint values.

    hopeless: parts that cost more, each with what it is a function of.
    """

    encoding: Encoding
    expression: Expression
    accuracy: Accuracies
    most: float
    most_rows: float = math.inf
    hopeless: set[tuple[SOpNode, tuple[Variable, ...]]] = field(default_factory=set)
    n_tried: int = 0

    def parts(self) -> list[Part] | None:
        """What is computed before; None if something is neither cheap nor made of what is."""
        assert isinstance(self.expression.root, Elementwise)
        found: list[Part] = []
        seen: set[SOpNode] = set()
        stack: list[SOpNode] = list(reversed(_made_of(self.expression.root)))
        while stack:
            node = stack.pop()
            if node in seen or node in self.expression.ends:
                continue
            seen.add(node)
            assert isinstance(node, Elementwise)
            part = self._cheap(node)
            if part is None:
                stack += reversed(_made_of(node))
                continue
            found.append(part)
            if len(found) > MOST_PARTS_BEFORE:
                return None
        return found

    def _cheap(self, node: Elementwise) -> Part | None:
        """The part, or the difference that it compares, if a few neurons compute it."""
        options = [self._solved(node, node, self.expression.values(node))]
        if node.operator in _COMPARISONS and options[0] is None:
            options.append(self._difference(node))
        there = [option for option in options if option is not None]
        return min(there, key=lambda part: part.solution.cost, default=None)

    def _difference(self, node: Elementwise) -> Part | None:
        difference = construct.elementwise("subtract", *node.operands)
        if not isinstance(difference, Elementwise):
            return None
        sides = [self.expression.values(operand) for operand in node.operands]
        if any(side.kind not in ("int", "float") or side.faults is not None for side in sides):
            return None
        values = apply_column("subtract", (), sides, difference)
        return self._solved(difference, node, values)

    def _solved(self, node: Elementwise, stands_for: SOpNode, values: Column) -> Part | None:
        look()
        self.n_tried += 1
        numbers = self.expression.of_column(values)
        if numbers is None or values.kind not in KINDS or self.n_tried > MOST_PARTS_TRIED:
            return None
        if (np.signbit(numbers) & (numbers == 0)).any():
            return None  # of the two zeros a number is one
        if (numbers * FINEST_PART % 1).any():
            return None  # of thirds sums have last bits, and steps no place between them
        alone = self.expression.alone(node, numbers)
        key = node, alone.table.leaves
        if key in self.hopeless or len(self.hopeless) > MOST_HOPELESS:
            return None
        if not is_quick(node, alone.table, self.most_rows):
            return None
        sums = alone.sums(node, alone.table.leaves)
        found = solved(self.encoding, alone, alone.table, sums, self.accuracy, self.most)
        if found is None:
            self.hopeless.add(key)
            return None
        return Part(node, stands_for, numbers, values.kind, alone, found)


def is_quick(node: SOpNode, table: Table, most_rows: float) -> bool:
    """Is the table quickly looked at?  The larger of two numbers is soon found to be two pieces."""
    n_rows = len(table.codes)
    of_two = chosen_of(node) is not None and len(table.leaves) == 2
    return n_rows <= (max(most_rows, MANY_SUMMED_ROWS) if of_two else most_rows)


def _made_of(node: Elementwise) -> Sequence[SOpNode]:
    """Its operands; of the larger of two numbers these alone, which say which one it is."""
    chosen = chosen_of(node)
    return node.operands if chosen is None else chosen[1:]


def held_for(encoding: Encoding, variable: Computed, part: Part) -> Computed:
    table = part.alone.table
    numbers, codes = np.unique(table.targets[:, 0], return_inverse=True)
    values = tuple(KINDS[part.kind](number) for number in numbers.tolist())
    return Computed(
        node=part.node,
        label=encoding.lowered.names.text(part.node),
        depth=variable.depth,
        possible=Domain.everywhere(values, encoding.lowered.contexts),
        leaves=table.leaves,
        rows=table.codes,
        codes=codes.reshape(-1),
        expression=part.node,
        level=variable.level,
    )


def reading_of(held: Computed) -> Variable:
    """What is read of it: two values are a choice, more are a number."""
    if held.size <= 2:
        return held
    return Combined(
        node=held.node,
        label=held.label,
        depth=held.depth,
        possible=held.possible,
        form=Linear.feature(held, held.domain.numbers),
    )


def after_parts(
    expression: Expression,
    table: Table,
    parts: list[Part],
    held: list[Computed],
    read: list[Variable],
) -> Expression:
    """The function as one of the parts, and of what it is made of beside them."""
    ends = dict(expression.ends)
    codes: dict[Variable, Ints] = {}
    for part, one, reading in zip(parts, held, read, strict=True):
        column = Column.of(one.domain.values)
        ends[part.stands_for] = OfLeaf(reading, column, np.zeros(0, dtype=np.int64))
        codes[reading] = np.searchsorted(one.domain.numbers, part.numbers)
    beside = made_of(expression.root, ends)
    for place, leaf in enumerate(table.leaves):
        if leaf in beside:
            codes[leaf] = table.codes[:, place]
    first = distinct_rows(list(codes.values()), len(table.codes))
    assert table.outcomes is not None
    after = Table(
        tuple(codes),
        np.stack(list(codes.values()), axis=1)[first],
        table.targets[first],
        table.outcomes[first],
        table.readings,
    )

    def sums(root: SOpNode, leaves: tuple[Variable, ...]) -> list[Linear]:
        return _sums(ends, root, leaves, after)

    return Expression(
        expression.root, after, expression.columns, expression.places[first], ends, sums
    )


def _sums(
    ends: Mapping[SOpNode, OfLeaf], root: SOpNode, leaves: tuple[Variable, ...], table: Table
) -> list[Linear]:
    """Sums of the leaves that the expression computes on its way."""
    if root in ends:
        return []

    def view_of(node: SOpNode) -> tuple[Variable, Column | None] | None:
        end = ends.get(node)
        if end is None:
            return None
        return end.leaf, None if isinstance(end.leaf, Scalar) else end.column

    forms = additive_forms(root, view_of, lambda node: None, table.readings)
    return [form for form in forms if {*form.features, *form.scalars} <= {*leaves}]

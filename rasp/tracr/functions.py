"""Python functions of s-ops, as Tracr's maps have them -> s-ops that are equal on all values.

What the function does with its arguments is written down if that is possible (`tracing`), a
condition on one number is made a comparison, and everything else is a table.  Tracr does not call
functions with None: what one of its arguments is None for is None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rasp.errors import RaspValueError
from rasp.graph import construct
from rasp.graph.construct import is_atom
from rasp.graph.nodes import Atom, SOpNode
from rasp.occurring import Occurring
from rasp.tabulated import Failed, plain, tabulated
from rasp.tracr.columns import Cells, column
from rasp.tracr.shapes import Leaf, Shape, leaves, of_traced, value_of, with_nodes
from rasp.tracr.tracing import NotTracedError, trace

FEW = 64
"""Combinations of values of which a table is read more easily than an exception for None."""

MAX_LISTED = 8  # values in `x in [...]`


class CollisionError(Exception):
    """The atom that stands for None is a value of the program."""


@dataclass(frozen=True)
class Rows:
    """All values that some shapes can have together.

    atoms: for each combination those of all leaves; values: what these mean, one for each shape.
    """

    nodes: tuple[SOpNode, ...]
    atoms: list[tuple[Atom, ...]]
    values: list[tuple[Any, ...]]

    def given(self) -> dict[SOpNode, list[Atom]]:
        return {node: [row[at] for row in self.atoms] for at, node in enumerate(self.nodes)}


@dataclass(frozen=True)
class Functions:
    """What is known while a program is read.  none: the atom that stands for None."""

    occurring: Occurring
    none: str

    def rows(self, shapes: Sequence[Shape]) -> Rows:
        """Raises TooManyValuesError."""
        nodes = list(dict.fromkeys(leaf.node for shape in shapes for leaf in leaves(shape)))
        atoms = self.occurring.combinations(nodes)
        place = {node: at for at, node in enumerate(nodes)}
        order = [[place[leaf.node] for leaf in leaves(shape)] for shape in shapes]
        values = [
            tuple(
                value_of(shape, iter([row[at] for at in places]))
                for shape, places in zip(shapes, order, strict=True)
            )
            for row in atoms
        ]
        return Rows(tuple(nodes), atoms, values)

    def truths(self, node: SOpNode) -> bool:
        """Is the s-op true, false or None everywhere?"""
        values = [value for value in self.occurring.values(node) if value != self.none]
        return bool(values) and all(isinstance(value, bool) for value in values)

    def apply(self, function: Callable[..., Any], shapes: Sequence[Shape]) -> Shape:
        """The function of what the shapes hold.

        Raises TooManyValuesError if their values cannot be listed, RaspValueError if it fails for
        all.
        """
        rows = self.rows(shapes)
        called = [None if None in _identities(row) else _call(function, row) for row in rows.values]
        live = [None not in _identities(row) for row in rows.values]
        outcomes = [value for value, alive in zip(called, live, strict=True) if alive]
        failures = [value for value in outcomes if isinstance(value, Failed)]
        if failures and len(failures) == len(outcomes):
            raise RaspValueError(f"the function fails for all values, with {failures[0].message}")
        written = self._written(function, shapes, rows, called, live)
        if written is not None:
            return written
        self.occurring.check_exact(rows.nodes)
        if len(rows.nodes) == 1 and all(live):
            condition = _condition(rows, called)
            if condition is not None:
                return Leaf(condition)
        return self.listed(rows, called)

    def listed(self, rows: Rows, outcomes: Sequence[Any]) -> Leaf:
        """The table of what comes out; what is no atom is one that stands for it."""
        meant: dict[Atom, Any] = {}
        values: list[Atom | Failed] = [
            outcome if isinstance(outcome, Failed) else self.atom(outcome, meant)
            for outcome in outcomes
        ]
        first = values[0]
        alike = all(type(value) is type(first) and value == first for value in values)
        if alike and not isinstance(first, Failed):
            return Leaf(construct.constant(first), meant)
        return Leaf(tabulated(rows.nodes, zip(rows.atoms, values, strict=True)), meant)

    def atom(self, value: object, meant: dict[Atom, Any]) -> Atom:
        """The atom for a value, which `meant` explains afterwards if it is not the value itself."""
        value = plain(value)
        if is_atom(value):
            if value == self.none:
                raise CollisionError
            return value
        atom = self.none if value is None else repr(value)
        meant[atom] = value
        return atom

    def _written(
        self,
        function: Callable[..., Any],
        shapes: Sequence[Shape],
        rows: Rows,
        called: Sequence[Any],
        live: Sequence[bool],
    ) -> Shape | None:
        """What the function does, as s-ops, if they are equal wherever it gives something."""
        if not all(leaf.plain for shape in shapes for leaf in leaves(shape)):
            return None
        arguments = [
            with_nodes(shape, iter([leaf.node for leaf in leaves(shape)])) for shape in shapes
        ]
        try:
            traced = of_traced(trace(function, arguments, self.truths))
        except NotTracedError:
            return None
        known: dict[SOpNode, Cells] = {}
        given = rows.given()
        columns = [column(leaf.node, given, len(rows.atoms), known) for leaf in leaves(traced)]
        for number, (outcome, alive) in enumerate(zip(called, live, strict=True)):
            cells = [cells[number] for cells in columns]
            if alive and not _agrees(traced, cells, outcome):
                return None
            if any(cell == self.none for cell in cells):
                return None
        if all(live):
            return traced
        if not isinstance(traced, Leaf) or None in columns[0]:
            return None if len(rows.atoms) <= FEW else self._guarded(traced, shapes, rows, live)
        return self._or_none(traced.node, shapes)

    def _or_none(self, node: SOpNode, shapes: Sequence[Shape]) -> Leaf:
        """None where one of the shapes is None."""
        absent: SOpNode | None = None
        for shape in shapes:
            if isinstance(shape, Leaf) and self.none in self.occurring.values(shape.node):
                here = construct.elementwise("equal", shape.node, self.none)
                absent = here if absent is None else construct.elementwise("or", absent, here)
        assert absent is not None
        return Leaf(construct.elementwise("where", absent, self.none, node), {self.none: None})

    def _guarded(
        self, traced: Shape, shapes: Sequence[Shape], rows: Rows, live: Sequence[bool]
    ) -> Leaf | None:
        """What fails on None, on some other value there, which then does not count."""
        if not isinstance(traced, Leaf):
            return None
        sample = rows.atoms[list(live).index(True)]
        instead: dict[SOpNode, SOpNode] = {}
        for node, value in zip(rows.nodes, sample, strict=True):
            if self.none in self.occurring.values(node):
                absent = construct.elementwise("equal", node, self.none)
                instead[node] = construct.elementwise("where", absent, value, node)
        return self._or_none(substituted(traced.node, instead), shapes)


def substituted(node: SOpNode, instead: dict[SOpNode, SOpNode]) -> SOpNode:
    """An elementwise s-op with other s-ops in place of some."""
    from rasp.graph.nodes import Elementwise

    done: dict[SOpNode, SOpNode] = dict(instead)
    stack: list[tuple[SOpNode, bool]] = [(node, False)]
    while stack:
        current, ready = stack.pop()
        if current in done:
            continue
        if not isinstance(current, Elementwise):
            done[current] = current
        elif ready:
            operands = [done[operand] for operand in current.operands]
            done[current] = construct.elementwise(
                current.operator, *operands, parameters=current.parameters
            )
        else:
            stack.append((current, True))
            stack.extend((operand, False) for operand in current.operands)
    return done[node]


def _call(function: Callable[..., Any], row: Sequence[Any]) -> Any:
    """Any value, or Failed."""
    try:
        return function(*row)
    except Exception as error:  # whatever a function raises belongs to these values
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Failed(said)


def _identities(row: Sequence[Any]) -> list[Any]:
    """The values for a search for None alone: arrays and s-ops have their own ==."""
    return [None if value is None else 0 for value in row]


def _agrees(shape: Shape, cells: Sequence[Atom | None], outcome: Any) -> bool:
    """Is what s-ops have what the function gives, failures included?"""
    if isinstance(outcome, Failed):
        return None in cells
    if None in cells:
        return False
    return _same(value_of(shape, iter([cell for cell in cells if cell is not None])), outcome)


def _same(value: Any, outcome: Any) -> bool:
    outcome = plain(outcome)
    if isinstance(value, tuple):
        return (
            isinstance(outcome, tuple)
            and len(value) == len(outcome)
            and all(map(_same, value, outcome))
        )
    if not is_atom(outcome) or isinstance(value, str) != isinstance(outcome, str):
        return False
    return bool(value == outcome) or (value != value and outcome != outcome)


def _condition(rows: Rows, outcomes: Sequence[Any]) -> SOpNode | None:
    """A condition on the values of one s-op, if it is one that is written briefly."""
    answers = [plain(outcome) for outcome in outcomes]
    if not all(isinstance(answer, bool) for answer in answers):
        return None
    node = rows.nodes[0]
    values = [value for (value,) in rows.atoms]
    true = [value for value, answer in zip(values, answers, strict=True) if answer]
    false = [value for value, answer in zip(values, answers, strict=True) if not answer]
    if not true or not false:
        return construct.constant(bool(true))
    for some, operator in ((true, "equal"), (false, "not_equal")):
        if len(some) == 1:
            return construct.elementwise(operator, node, some[0])
    if len({isinstance(value, str) for value in values}) == 1 and len(values) > MAX_LISTED:
        ordered = sorted(values, key=_order)
        if set(ordered[: len(true)]) == set(true):
            return construct.elementwise("less_equal", node, ordered[len(true) - 1])
        if set(ordered[len(false) :]) == set(true):
            return construct.elementwise("greater_equal", node, ordered[len(false)])
    if len(true) <= MAX_LISTED:
        return construct.elementwise("member", node, parameters=sorted(true, key=_order))
    return None


def _order(value: Atom) -> tuple[bool, Any]:
    return isinstance(value, str), value

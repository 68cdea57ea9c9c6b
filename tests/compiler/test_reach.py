"""How far an expression may be off: nothing that moved numbers give is outside of what is said."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import numpy as np
import pytest

from rasp.compiler.lowering.reach import Reach, reach_of
from rasp.graph import construct
from rasp.graph.columns import Column, apply_column
from rasp.graph.nodes import Atom, Constant, Elementwise, SOpNode, atom_key
from rasp.graph.operators import OperationError, apply

OFF = 2.0**-40
NUMBERS = [0.0, -0.0, 1.0, 2.0, -2.0, 0.5, 3.0, 0.3, 1e6, OFF / 2, -OFF, 2.5, 7.0]
X: SOpNode = construct.constant("stands for x")
Y: SOpNode = construct.constant("stands for y")
Z: SOpNode = construct.constant("stands for z")


def _expressions() -> list[SOpNode]:
    def of(operator: str, *operands: SOpNode, parameters: tuple[Atom, ...] = ()) -> SOpNode:
        return Elementwise(operator, operands, parameters)

    two = construct.constant(2)
    difference, other = of("subtract", X, Y), of("subtract", Y, Z)
    product = of("multiply", difference, other)
    above, below = of("less", Y, X), of("less", Z, Y)
    return [
        *(of(name, X, Y) for name in ("add", "subtract", "multiply", "divide", "modulo", "power")),
        *(of(name, X, two) for name in ("divide", "modulo", "power")),
        *(of(name, X) for name in ("negate", "plus", "round", "to_int", "not", "indicator")),
        *(of(name, X) for name in ("to_str", "to_bool", "to_float")),
        *(of(name, X, Y) for name in ("equal", "not_equal", "less", "less_equal", "greater")),
        of("member", X, parameters=(0.3, 2, "a")),
        of("index_dict", X, parameters=(0.3, 1, 2, "b", 1, 0.5)),
        of("index_list", X, parameters=(1, 2, 3)),
        product,
        of("less", construct.constant(0), product),
        of("and", above, below),
        of("or", above, of("not", below)),
        of("where", above, X, Y),
        of("where", above, X, construct.constant("x")),
        of("where", X, construct.constant(1), construct.constant(2)),
        of("where", of("and", above, below), difference, Z),
        of("divide", construct.constant(1), difference),
    ]


def _value(node: SOpNode, values: Mapping[SOpNode, Atom]) -> Atom | None:
    """The value of an expression, None if it fails."""
    if node in values:
        return values[node]
    if isinstance(node, Constant):
        return node.value
    assert isinstance(node, Elementwise)
    operands = [_value(operand, values) for operand in node.operands]
    try:
        present = [value for value in operands if value is not None]
        if len(present) < len(operands):
            return None
        return apply(node.operator, node.parameters, *present)
    except OperationError:
        return None


def _columns(root: SOpNode, given: dict[SOpNode, Column], size: int) -> dict[SOpNode, Column]:
    found: dict[SOpNode, Column] = {}

    def add(node: SOpNode) -> None:
        if node in found:
            return
        if isinstance(node, Elementwise) and node not in given:
            for operand in node.operands:
                add(operand)
            operands = [found[operand] for operand in node.operands]
            found[node] = apply_column(node.operator, node.parameters, operands, node)
        else:
            found[node] = given[node] if node in given else _constant(node, size)

    add(root)
    return found


def _constant(node: SOpNode, size: int) -> Column:
    assert isinstance(node, Constant)
    return Column.of([node.value] * size)


@pytest.mark.parametrize("place", range(len(_expressions())))
def test_nothing_is_outside_of_the_reach(place: int) -> None:
    node = _expressions()[place]
    draw = random.Random(place)
    rows: list[dict[SOpNode, float]] = [
        {leaf: draw.choice(NUMBERS) for leaf in (X, Y, Z)} for _ in range(300)
    ]
    given: dict[SOpNode, Column] = {
        leaf: Column.of([row[leaf] for row in rows]) for leaf in (X, Y, Z)
    }
    columns = _columns(node, given, len(rows))
    known: dict[SOpNode, Reach | None] = {
        part: Reach.of(column, OFF) if part in given else None
        for part, column in columns.items()
        if part in given or not isinstance(part, Elementwise)
    }
    reach = reach_of(node, columns, known)
    for number, row in enumerate(rows):
        base = _value(node, row)
        for _ in range(20):
            moved: dict[SOpNode, Atom] = {
                leaf: value + OFF * draw.choice([-1, -1, 1, 1, 0, 0.5, -1e-5, draw.uniform(-1, 1)])
                for leaf, value in row.items()
            }
            value = _value(node, moved)
            if reach.open[number] or (value is None and base is None):
                continue
            if isinstance(value, float) and isinstance(base, float):
                same = math.isnan(value) and math.isnan(base)
                assert same or value == base or abs(value - base) <= reach.off[number], (row, moved)
                assert reach.off[number] > 0 or atom_key(value) == atom_key(base), (row, moved)
            else:
                assert value is not None, (row, moved)
                assert base is not None, (row, moved)
                assert atom_key(value) == atom_key(base), (row, moved)


def test_what_is_exact_is_not_in_doubt() -> None:
    node = Elementwise("less", (X, Y), ())
    column = Column.of([0.5, 1.0])
    columns: dict[SOpNode, Column] = {
        X: column,
        Y: column,
        node: apply_column("less", (), [column, column]),
    }
    reach = reach_of(node, columns, {X: None, Y: None})
    assert not reach.open.any()
    assert not reach.off.any()


def test_what_decides_alone_leaves_nothing_open() -> None:
    """False and whatever is False."""
    above = Elementwise("less", (X, Y), ())
    node = Elementwise("and", (above, Z), ())
    number = Column.of([0.5, 0.5])
    given: dict[SOpNode, Column] = {X: number, Y: number, Z: Column.of([True, False])}
    columns = _columns(node, given, 2)
    known: dict[SOpNode, Reach | None] = {X: Reach.of(number, OFF), Y: None, Z: None}
    assert np.array_equal(reach_of(node, columns, known).open, [True, False])

"""Atoms and s-op graphs as plain JSON data, and back.

An s-op is a list of entries, children before parents, the s-op itself last; entries refer to others
by number.  Reading checks everything and computes nothing, so that data from elsewhere is safe to
read; what it refuses raises ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, assert_never

from rasp.graph.construct import is_selector, is_sop
from rasp.graph.nodes import (
    COMPARISONS,
    INDICES,
    TOKENS,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    Tokens,
    children,
    intern,
)
from rasp.graph.operators import OPERATORS
from rasp.graph.walk import topological

MAX_PLAIN_INTEGER = 2**53  # what every JSON reader keeps exact


def plain_atom(value: Atom) -> Any:
    """Strings, booleans and most numbers as themselves; the others by name."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_PLAIN_INTEGER else {"int": hex(value)}
    return value if math.isfinite(value) else {"float": repr(value)}


def atom_from_plain(data: object) -> Atom:
    """The inverse of `plain_atom`.  Raises ValueError."""
    match data:
        case bool() | int() | float() | str():
            return data
        case {"int": str(digits), **rest} if not rest:
            return int(digits, 16)
        case {"float": "nan" | "inf" | "-inf" as name, **rest} if not rest:
            return float(name)
    raise ValueError("an atom is a string, a number or a truth value")


def plain_graph(root: SOpNode) -> list[list[Any]]:
    """The s-op and everything below it."""
    return plain_graphs([root])[0]


def plain_graphs(roots: Sequence[SOpNode]) -> tuple[list[list[Any]], list[int]]:
    """Several s-ops and everything below them, and the number of the entry of each."""
    numbers: dict[Node, int] = {}
    entries: list[list[Any]] = []
    for node in topological(roots):
        numbers[node] = len(entries)
        entries.append(_entry(node, [numbers[child] for child in children(node)]))
    return entries, [numbers[root] for root in roots]


def _entry(node: Node, below: list[int]) -> list[Any]:
    match node:
        case Tokens():
            return ["tokens"]
        case Indices():
            return ["indices"]
        case Constant(value=value):
            return ["constant", plain_atom(value)]
        case Elementwise(operator=operator, parameters=parameters):
            return ["elementwise", operator, below, [plain_atom(value) for value in parameters]]
        case Aggregate(default=default):
            return ["aggregate", *below, plain_atom(default)]
        case SelectorWidth():
            return ["selector_width", *below]
        case Select(comparison=comparison):
            return ["select", *below, comparison]
        case SelectorNot():
            return ["not", *below]
        case SelectorAnd():
            return ["and", *below]
        case SelectorOr():
            return ["or", *below]
        case Best():
            return ["best", *below]
        case Fetch(default=otherwise):
            last = [] if otherwise is None else [plain_atom(otherwise)]
            return ["fetch", *below, *last]
        case _:
            assert_never(node)


def graph_from_plain(entries: object) -> SOpNode:
    """The inverse of `plain_graph`.  Raises ValueError."""
    root = graphs_from_plain(entries)[-1]
    if not is_sop(root):
        raise ValueError("the last entry of the graph is not an s-op")
    return root


def graphs_from_plain(entries: object) -> list[Node]:
    """The node of every entry.  Raises ValueError."""
    if not isinstance(entries, list) or not entries:
        raise ValueError("a graph is a list of entries")
    nodes: list[Node] = []
    for number, entry in enumerate(entries):
        try:
            nodes.append(_node(entry, nodes))
        except ValueError as error:
            raise ValueError(f"entry {number} of the graph: {error}") from None
    return nodes


def _node(entry: object, nodes: list[Node]) -> Node:
    match entry:
        case ["tokens"]:
            return TOKENS
        case ["indices"]:
            return INDICES
        case ["constant", value]:
            return intern(Constant(atom_from_plain(value)))
        case ["elementwise", str(operator), list(operands), list(parameters)]:
            below = tuple(_sop(nodes, operand) for operand in operands)
            table = tuple(atom_from_plain(value) for value in parameters)
            _check_operator(operator, len(below), len(table))
            return intern(Elementwise(operator, below, table))
        case ["aggregate", selector, value, default]:
            head = _selector(nodes, selector)
            return intern(Aggregate(head, _sop(nodes, value), atom_from_plain(default)))
        case ["selector_width", selector]:
            return intern(SelectorWidth(_selector(nodes, selector)))
        case ["select", key, query, str(comparison)] if comparison in COMPARISONS:
            return intern(Select(_sop(nodes, key), _sop(nodes, query), comparison))
        case ["not", operand]:
            return intern(SelectorNot(_selector(nodes, operand)))
        case ["and", left, right]:
            return intern(SelectorAnd(_selector(nodes, left), _selector(nodes, right)))
        case ["or", left, right]:
            return intern(SelectorOr(_selector(nodes, left), _selector(nodes, right)))
        case ["best", selector, score]:
            return intern(Best(_selector(nodes, selector), _sop(nodes, score)))
        case ["fetch", selector, value]:
            return intern(Fetch(_selector(nodes, selector), _sop(nodes, value)))
        case ["fetch", selector, value, default]:
            head = _selector(nodes, selector)
            return intern(Fetch(head, _sop(nodes, value), atom_from_plain(default)))
    raise ValueError("not a known kind of node")


def _check_operator(name: str, n_operands: int, n_parameters: int) -> None:
    operator = OPERATORS.get(name)
    if operator is None or operator.arity != n_operands:
        raise ValueError("not a known operator")
    if n_parameters and not operator.parametric:
        raise ValueError("the operator has no parameters")
    if name == "index_dict" and n_parameters % 2:
        raise ValueError("a dict has as many keys as values")


def _referred(nodes: list[Node], number: object) -> Node:
    # An entry refers only to earlier ones, so there are no cycles.
    if type(number) is not int or not 0 <= number < len(nodes):
        raise ValueError("a reference to an entry that is not above")
    return nodes[number]


def _sop(nodes: list[Node], number: object) -> SOpNode:
    node = _referred(nodes, number)
    if not is_sop(node):
        raise ValueError("a selector where an s-op belongs")
    return node


def _selector(nodes: list[Node], number: object) -> SelectorNode:
    node = _referred(nodes, number)
    if not is_selector(node):
        raise ValueError("an s-op where a selector belongs")
    return node

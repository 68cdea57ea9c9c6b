"""Programs that are a little different from what they were, and witnesses that speak of others.

changed(root, chance)       the s-op with one part changed
renamed(witness, names)     the witness, speaking of other s-ops
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from rasp.graph import construct
from rasp.graph.nodes import (
    COMPARISONS,
    INDICES,
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
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.rebuild import over
from rasp.graph.walk import topological
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, Total, Witness

_ALIKE = [
    ["add", "subtract", "multiply", "modulo"],
    ["and", "or", "equal", "not_equal"],
    ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"],
    ["not", "indicator", "to_bool"],
    ["round", "negate", "plus"],
]


# -- programs that are a little different


def changed(
    root: SOpNode, chance: random.Random, tokens: Sequence[Atom] = ()
) -> tuple[SOpNode, dict[Node, Node]] | None:
    """The s-op with one part changed, and what each old node has become; None if it cannot be.

    tokens: with some, parts may also be put within others, masked, or exchanged for other parts.
    """
    order = topological([root])
    options = [(node, other) for node in order for other in _others(node, chance)]
    if tokens:
        options += [(node, other) for node in order for other in _around(node, order, tokens)]
    if not options:
        return None
    chosen, other = chance.choice(options)
    new: dict[Node, Node] = {}
    for node in order:
        new[node] = over(other if node is chosen else node, new)
    found = new[root]
    return (found, new) if construct.is_sop(found) and found is not root else None


def _around(node: Node, order: Sequence[Node], tokens: Sequence[Atom]) -> list[Node]:
    """Nodes that are made of the node itself and of what stands before it in the program."""
    make = construct.elementwise
    sops = [other for other in order[: order.index(node)] if construct.is_sop(other)]
    if construct.is_selector(node):
        mask = construct.select(INDICES, INDICES, "<=")
        itself = construct.select(INDICES, INDICES, "==")
        others = [construct.selector_and(node, mask), construct.selector_or(node, itself)]
        return [*others, construct.last(node)]
    assert construct.is_sop(node)
    found: list[Node] = []
    match node:
        case Tokens():
            one, other = tokens[0], tokens[-1]
            merged = make("where", make("equal", node, other), one, node)
            found += [merged, make("where", make("equal", node, one), other, merged)]
        case Indices():
            length = construct.selector_width(construct.FULL)
            found += [make("add", node, 1), make("subtract", make("subtract", length, 1), node)]
        case SelectorWidth():
            found += [make("add", node, 1), make("where", make("equal", node, 2), 1, node)]
        case Aggregate(selector=selector, default=default):
            found += [construct.aggregate(selector, other, default) for other in sops[-2:]]
        case Elementwise(operator=operator, operands=(first, _)):
            found += [make(operator, first, other) for other in sops[-2:]]
    found += [make("where", make("equal", INDICES, 1), other, node) for other in sops[-1:]]
    return found


def _others(node: Node, chance: random.Random) -> list[Node]:
    """Nodes over the same parts that are a little different."""
    found: list[Node] = []
    match node:
        case Constant(value=bool(value)):
            found = [construct.constant(not value)]
        case Constant(value=int(value)):
            found = [construct.constant(value + step) for step in (-1, 1)]
        case Constant(value=float(value)):
            found = [construct.constant(value + 0.5)]
        case Constant(value=str(value)):
            found = [construct.constant(value + "x"), construct.constant("a")]
        case Elementwise(operator=operator, operands=operands, parameters=parameters):
            for names in _ALIKE:
                if operator in names:
                    found += [
                        construct.elementwise(name, *operands) for name in names if name != operator
                    ]
            if len(operands) == 2:
                found.append(construct.elementwise(operator, *reversed(operands)))
            if operator == "where":
                found.append(construct.elementwise("where", operands[0], operands[2], operands[1]))
            if len(parameters) > 2 and operator != "index_dict":
                turned = (parameters[1], parameters[0], *parameters[2:])
                found.append(construct.elementwise(operator, *operands, parameters=turned))
        case Aggregate(selector=selector, value=value, default=default):
            moved: Atom = default + 1 if isinstance(default, (int, float)) else f"{default}x"
            found = [construct.aggregate(selector, value, moved)]
        case Select(key=key, query=query):
            found = [
                construct.select(key, query, name)
                for name in COMPARISONS
                if name != node.comparison
            ]
            found.append(construct.select(query, key, node.comparison))
        case SelectorAnd(left=left, right=right):
            found = [construct.selector_or(left, right), left]
        case SelectorOr(left=left, right=right):
            found = [construct.selector_and(left, right), right]
        case SelectorNot(operand=operand):
            found = [operand]
        case Best(selector=selector, score=score):
            worst = construct.best(selector, construct.elementwise("negate", score))
            found = [worst, selector, construct.best(selector, INDICES)]
        case Fetch(selector=selector, value=value, default=other):
            found = [construct.fetch(selector, value, 7 if other is None else None)]
            found.append(construct.fetch(selector, value, "other"))
    chance.shuffle(found)
    return found[:3]


def renamed(witness: Witness, names: dict[Node, Node]) -> Witness:
    """The witness, speaking of other s-ops."""

    def rename(quantity: Quantity) -> Quantity:
        match quantity:
            case Joint(of=of, rows=rows, values=values):
                return Joint(tuple(map(rename, of)), rows, values)
            case Disagreement(aggregate=node):
                return Disagreement(_sop(node, names))
            case Total(aggregate=node):
                return Total(_sop(node, names))
            case Beside(aggregate=node, of=second):
                second = second and rename(second)  # type: ignore[assignment]
                return replace(quantity, aggregate=_sop(node, names), of=second)
        return _sop(quantity, names)

    return replace(witness, quantities=tuple(map(rename, witness.quantities)))


def _sop(node: SOpNode, names: dict[Node, Node]) -> SOpNode:
    found = names.get(node)
    if found is None:
        found = over(node, {part: names.get(part, part) for part in topological([node])})
    return found if construct.is_sop(found) else node

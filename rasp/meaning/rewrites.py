"""The s-op graph in a normal form that means the same: what the proof is about.

The compiler rewrites programs before it compiles them.  The proof is about the program as it was
written, so it brings this, and the s-ops that the witness names, to one form by rules of its own;
each is justified where it stands.  A value keeps its type, and what fails goes on failing: what a
rule drops cannot fail where the rule holds.

    m is a number of selected keys, p and q sums over them of integers below 2^40.  The mean p / m
    is rounded once, so it is off by less than a share of 2^-53 of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import numpy as np

from rasp.deadline import look
from rasp.graph import closest, construct, disjunctions, earliest, ranks
from rasp.graph.counters import Integers, as_sum
from rasp.graph.decided import as_decided
from rasp.graph.disjunctions import alternatives, grouped, is_counted_in_vain, spread
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorOr,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.rebuild import over
from rasp.graph.walk import topological
from rasp.meaning.attended import Attended
from rasp.meaning.choices import chosen_apart
from rasp.meaning.counted_by import counted_otherwise
from rasp.meaning.integers import has_width, largest
from rasp.meaning.selectors import keys_of, queries_of, truth_of
from rasp.meaning.states import UnprovedError, codes_of
from rasp.meaning.within import as_read
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, Total

ROUNDS = 20
LARGEST = 2**40

_or = partial(construct.elementwise, "or")
_MIRRORED = {
    "equal": "equal",
    "not_equal": "not_equal",
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}


def normal(root: SOpNode, space: Attended, new: dict[Node, Node] | None = None) -> SOpNode:
    """The s-op after all rewrites.  Raises UnprovedError if they find no end.

    new: what nodes are after one round, which is the same for every s-op that has them.
    """
    new = {} if new is None else new
    for _ in range(ROUNDS):
        found = _once(root, space, new)
        if found is root:
            return root
        root = found
    raise UnprovedError("rewriting the program finds no end")


def normal_quantity(
    quantity: Quantity,
    space: Attended,
    known: dict[Quantity, Quantity],
    new: dict[Node, Node],
) -> Quantity:
    """A quantity of s-ops in that form."""
    if quantity not in known:
        match quantity:
            case Joint(of=of, rows=rows, values=values):
                parts = tuple(normal_quantity(part, space, known, new) for part in of)
                known[quantity] = Joint(parts, rows, values)
            case Beside(aggregate=node, of=of):
                second: Any = of and normal_quantity(of, space, known, new)
                known[quantity] = replace(quantity, aggregate=normal(node, space, new), of=second)
            case Total(aggregate=node) | Disagreement(aggregate=node):
                known[quantity] = replace(quantity, aggregate=normal(node, space, new))
            case _:
                known[quantity] = normal(quantity, space, new)
    return known[quantity]


def _once(root: SOpNode, space: Attended, new: dict[Node, Node]) -> SOpNode:
    rules: tuple[Callable[[Node, Attended], Node], ...] = (
        _equals,
        lambda node, space: earliest.as_first(node, causal=space.causal, kept=space.counted),
        _width,
        _count,
        counted_otherwise,
        _sign,
        _some,
        _presence,
        _difference,
        lambda node, space: as_decided(as_sum(ranks.asked(node, space), integers)),
        lambda node, space: as_read(closest.by_digits(node, space), space.asked),
        chosen_apart,
    )
    integers: Integers = {}
    for node in topological([root], new):
        look()
        rebuilt = over(node, new)
        for rule in rules:
            rebuilt = rule(rebuilt, space)
        new[node] = rebuilt
    found = new[root]
    assert construct.is_sop(found)
    return found


# -- selectors


def _equals(node: Node, space: Attended) -> Node:
    """select(indicator(x == c), 1, ==) selects where x is c: any two values are equal or not."""
    match node:
        case Select(
            key=Elementwise(
                operator="indicator",
                operands=(Elementwise(operator="equal", operands=(x, Constant(value=value))),),
            ),
            query=Constant(value=one),
            comparison="==",
        ) if one == 1:
            return construct.select(x, value, "==")
    return node


# -- counts


def _width(node: Node, space: Attended) -> Node:
    """round(1 / aggregate(S, first)) is the width of S, if `first` is 1 at index 0 and 0 elsewhere
    and S always selects index 0: the mean is 1 / m, and 1 divided by that, rounded, is m."""
    match node:
        case Elementwise(
            operator="round",
            operands=(
                Elementwise(
                    operator="divide",
                    operands=(
                        Constant(value=one),
                        Aggregate(selector=selector, value=Elementwise() as value),
                    ),
                ),
            ),
        ) if one == 1 and _is_first(value) and _selects_first(selector, space):
            return construct.selector_width(selector)
    return node


def _is_first(value: Elementwise) -> bool:
    match value:
        case Elementwise(operator="indicator", operands=(condition,)):
            pass
        case Elementwise(
            operator="where", operands=(condition, Constant(value=a), Constant(value=b))
        ):
            if type(a) not in (int, float) or type(b) not in (int, float) or (a, b) != (1, 0):
                return False
        case _:
            return False
    match condition:
        case Elementwise(operator="equal", operands=operands):
            return set(operands) == {INDICES, construct.constant(0)}
    return False


def _selects_first(selector: SelectorNode, space: Attended) -> bool:
    """Does every query select the key at index 0?  Its own values are all looked at."""
    try:
        query = space.states(queries_of(selector))
        key = space.states([*keys_of(selector), INDICES])
        query = query.succeeding()
        codes, atoms = codes_of(key.columns[INDICES])
        first = [code for code, atom in enumerate(atoms) if atom == 0]
        key = key.take(np.flatnonzero(np.isin(codes, first) & key.succeeded))
        return bool(truth_of(selector, query, key).chosen.all())
    except UnprovedError:
        return False


def _count(node: Node, space: Attended) -> Node:
    """round(width(S) * aggregate(S, x)), for x of 0 and 1, is the width of "S and x is 1": the
    product is off from p by less than p * 2^-51; where nothing is selected it is 0."""
    match node:
        case Elementwise(
            operator="round", operands=(Elementwise(operator="multiply", operands=(a, b)),)
        ):
            for width, mean in ((a, b), (b, a)):
                match width, mean:
                    case (
                        SelectorWidth(selector=counted),
                        Aggregate(selector=selector, value=value, default=default),
                    ) if counted is selector and _is_finite(default) and _is_mark(value):
                        return construct.selector_width(_marked(selector, value))
    return node


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) < LARGEST


def _is_mark(value: SOpNode) -> bool:
    """Is it 0 or 1, as a number, everywhere?"""
    match value:
        case Elementwise(operator="indicator"):
            return True
        case Elementwise(operator="where", operands=(_, Constant(value=a), Constant(value=b))):
            return all(type(v) in (int, float) for v in (a, b)) and {a, b} == {0, 1}
    return False


def _marked(selector: SelectorNode, mark: SOpNode) -> SelectorNode:
    """Of what the selector selects, the keys where the mark is 1."""
    marked = construct.select(mark, 1, "==")
    match selector:
        case SelectorOr(left=left, right=right):
            return construct.selector_or(
                construct.selector_and(left, marked), construct.selector_and(right, marked)
            )
    return marked if selector is construct.FULL else construct.selector_and(selector, marked)


# -- comparisons


def _compared(node: Node) -> tuple[str, SOpNode, SOpNode] | None:
    match node:
        case Elementwise(operator=operator, operands=(left, right)) if operator in _MIRRORED:
            return operator, left, right
    return None


def _is_zero(node: SOpNode) -> bool:
    return isinstance(node, Constant) and type(node.value) in (int, float) and node.value == 0


def _sign(node: Node, space: Attended) -> Node:
    """The difference of two means over the same keys has the sign of p - q, even rounded, and so
    has the mean of the differences."""
    match _compared(node):
        case (
            operator,
            Elementwise(
                operator="subtract",
                operands=(
                    Aggregate(selector=selector, value=x, default=a),
                    Aggregate(selector=other, value=y, default=b),
                ),
            ),
            zero,
        ) if selector is other and _is_zero(zero) and _is_mark(x) and _is_mark(y):
            if all(type(v) in (int, float) and _is_finite(v) for v in (a, b)) and a == b:
                between = construct.elementwise("subtract", x, y)
                return construct.elementwise(operator, construct.aggregate(selector, between, 0), 0)
    return node


def _some(node: Node, space: Attended) -> Node:
    """A mean of 0 and 1 (else 0) is above 0 where some 1 is selected, a width where any key is."""
    found = _compared(disjunctions.compared_with_zero(node))
    if found is None:
        return node
    operator, left, right = found
    if _is_zero(left):
        operator, left, right = _MIRRORED[operator], right, left
    if operator not in ("less", "greater_equal") and _is_zero(right) and is_counted_in_vain(left):
        some = _sop(_presence(construct.aggregate(left.selector, True, False), space))
        return some if operator in ("greater", "not_equal") else construct.elementwise("not", some)
    if not _is_zero(right) or not isinstance(left, Aggregate) or not _is_mark(left.value):
        return node
    if type(left.default) not in (int, float) or left.default != 0:
        return node
    if operator not in ("greater", "not_equal", "equal", "less_equal"):
        return node
    asked: list[Node] = []
    for mark in _alternatives(left.value):
        selector = _marked(left.selector, mark)
        asked.append(_presence(construct.aggregate(selector, True, False), space))
    some = reduce(_or, map(_sop, asked))
    return some if operator in ("greater", "not_equal") else construct.elementwise("not", some)


def _sop(node: Node) -> SOpNode:
    assert construct.is_sop(node)
    return node


def _alternatives(mark: SOpNode) -> list[SOpNode]:
    """indicator(a or b) is 1 where one of indicator(a), indicator(b) is; taken apart where both are
    comparisons of what attention delivers with a constant."""
    match mark:
        case Elementwise(
            operator="indicator", operands=(Elementwise(operator="or", operands=(a, b)),)
        ) if all(map(_is_comparison, (a, b))):
            return [construct.elementwise("indicator", side) for side in (a, b)]
    return [mark]


def _is_comparison(node: SOpNode) -> bool:
    _, left, right = _compared(node) or (None, None, None)
    return isinstance(left, (Aggregate, SelectorWidth)) and isinstance(right, Constant)


def _presence(node: Node, space: Attended) -> Node:
    """The mean of a constant is this where A selects something or B does, the default elsewhere.

    What is asked for at once is no matter, as long as every alternative is in some group.
    """
    match node:
        case Aggregate(selector=SelectorOr() | SelectorAnd() as whole, value=Constant() as value):
            own = dict.fromkeys(alternatives(selector := spread(whole)))
            groups = [
                group for group in grouped(selector) if own.keys() >= set(alternatives(group))
            ]
            asked = {side for group in groups for side in alternatives(group)}
            groups += [side for side in own if side not in asked]
            if len(groups) == 1:
                return node
            sides = [_sop(construct.aggregate(group, True, False)) for group in groups]
            return construct.elementwise("where", reduce(_or, sides), value, node.default)
    return node


def _difference(node: Node, space: Attended) -> Node:
    """For integers a and b, a < b if a - b < 0.  For means over the same keys, p / m < q / m if
    (p - q) / m < 0: they are at least 1 / m apart, which is more than rounding does to them."""
    found = _compared(node)
    if found is None:
        return node
    operator, left, right = found
    match left, right:
        case (
            Aggregate(selector=selector, value=x, default=a),
            Aggregate(selector=other, value=y, default=b),
        ) if selector is other and type(a) in (int, float) and a == b and type(b) in (int, float):
            if max(largest(x), largest(y)) * space.max_len < LARGEST:
                between = construct.elementwise("subtract", x, y)
                return construct.elementwise(operator, construct.aggregate(selector, between, 0), 0)
            return node
    counted = all(largest(side) < float("inf") and has_width(side) for side in (left, right))
    if left is not right and counted:
        return construct.elementwise(operator, construct.elementwise("subtract", left, right), 0)
    return node

"""Rewrites that make a graph cheaper to compile, and never change what it means.

    width       round(1 / aggregate(S, indicator(indices == 0))) is selector_width(S), if S always
                selects position 0: the paper's way to write a width, and the library's `length`
    count       round(selector_width(S) * aggregate(S, indicator(p))) is the width of S and p
    sign        aggregate(S, indicator(p)) - aggregate(S, indicator(q)) < 0 is that of one mean
    some        aggregate(S, indicator(p)) > 0 asks whether S and p selects anything
    any         selector_width(A or B or C or D) > 0 asks whether one of these does, which takes no
                count of what several of them select, and so does that of an order, or >= 1
    presence    aggregate(A or B, constant, default) asks whether A or B selects anything, which two
                heads can say even where one head cannot score the disjunction (what one filter
                can say, `rasp.graph.disjunctions` leaves together)
    pairs       max(max(max(a, b), c), d) is max(max(a, b), max(c, d)) (see `rasp.graph.balanced`)
    counters    x + 1 if c else x is a sum (see `rasp.graph.counters`)
    difference  a comparison of counts or of means is the sign of one number (see
                `rasp.compiler.differences`)
    decided     a selector that compares a mean, or a difference of some, with a constant asks for a
                truth value (see `rasp.graph.decided`)

Non-goals: arithmetic on values, which the tables of `rasp.compiler.lowering` do exactly.
"""

from __future__ import annotations

import math
from functools import partial, reduce

from rasp.compiler.differences import as_difference
from rasp.graph import construct
from rasp.graph.balanced import balanced
from rasp.graph.counters import Integers, as_sum
from rasp.graph.decided import decided, decision
from rasp.graph.disjunctions import compared_with_zero, grouped, is_counted_in_vain, spread
from rasp.graph.nodes import (
    INDICES,
    SOP_TYPES,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.operators import COMPARISON_OPERATORS, OperationError, apply
from rasp.graph.origins import Origins
from rasp.graph.rebuild import over
from rasp.graph.walk import topological


def simplify(root: SOpNode, origins: Origins) -> SOpNode:
    """The graph after all rewrites; new nodes inherit names and places in `origins`."""
    new, _ = rewritten(root)
    for node, found in new.items():
        if found is not node:
            origins.inherit(found, node)
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result


def rewritten(root: SOpNode) -> tuple[dict[Node, Node], list[Node]]:
    """Every node below the root with what it becomes, children first, and those that a rule changed
    (the others have other children at most)."""
    trees = balanced(root)
    changed = {node for node, tree in trees.items() if tree is not over(node, trees)}
    new: dict[Node, Node] = {}
    integers: Integers = {}
    for node in topological([trees[root]]):
        same = found = rebuilt(node, new)
        found = as_sum(found, integers)
        for rule in (_width, _count, _sign, _some, _any, _presence, as_difference, _decided):
            found = rule(found)
        if found is not same:
            changed.add(node)
        new[node] = found
    whole = {node: new.get(tree, tree) for node, tree in trees.items()}
    return whole, [node for node, tree in trees.items() if node in changed or tree in changed]


def rebuilt(node: Node, new: dict[Node, Node]) -> Node:
    """The node over its rewritten children."""
    match node:
        case Elementwise(operator=operator, operands=operands, parameters=parameters):
            return construct.elementwise(
                operator, *(_sop(new[operand]) for operand in operands), parameters=parameters
            )
        case Aggregate(selector=selector, value=value, default=default):
            return construct.aggregate(_selector(new[selector]), _sop(new[value]), default)
        case SelectorWidth(selector=selector):
            return construct.selector_width(_selector(new[selector]))
        case Fetch(selector=selector, value=value, default=otherwise):
            return construct.fetch(_selector(new[selector]), _sop(new[value]), otherwise)
        case Best(selector=selector, score=score):
            return construct.best(_selector(new[selector]), _sop(new[score]))
        case Select(key=key, query=query, comparison=comparison):
            return construct.select(_sop(new[key]), _sop(new[query]), comparison)
        case SelectorNot(operand=operand):
            return construct.selector_not(_selector(new[operand]))
        case SelectorAnd(left=left, right=right):
            return construct.selector_and(_selector(new[left]), _selector(new[right]))
        case SelectorOr(left=left, right=right):
            return construct.selector_or(_selector(new[left]), _selector(new[right]))
        case Best(selector=selector, score=score):
            return construct.best(_selector(new[selector]), _sop(new[score]))
        case Fetch(selector=selector, value=value, default=other):
            return construct.fetch(_selector(new[selector]), _sop(new[value]), other)
        case _:
            return node


def _sop(node: Node) -> SOpNode:
    assert construct.is_sop(node)
    return node


def _selector(node: Node) -> SelectorNode:
    assert construct.is_selector(node)
    return node


def _width(node: Node) -> Node:
    match node:
        case Elementwise(
            operator="round",
            operands=(
                Elementwise(
                    operator="divide",
                    operands=(Constant(value=one), Aggregate(selector=selector, value=value)),
                ),
            ),
        ) if one == 1 and _is_first_position(value) and _selects_first(selector):
            return construct.selector_width(selector)
    return node


def _is_first_position(value: SOpNode) -> bool:
    """1 at position 0, and 0 elsewhere."""
    match value:
        case Elementwise(operator="indicator", operands=(condition,)):
            pass
        case Elementwise(operator="where", operands=(condition, Constant(yes), Constant(no))) if (
            _is_number(yes) and _is_number(no) and yes == 1 and no == 0
        ):
            pass
        case _:
            return False
    match condition:
        case Elementwise(operator="equal", operands=(a, b)):
            return {a, b} == {INDICES, construct.constant(0)}
    return False


def _selects_first(selector: SelectorNode) -> bool:
    """Does every query select key position 0, whatever the input?"""
    return _at_first(selector) is True


def _at_first(selector: SelectorNode) -> bool | None:
    """What the selector says of key position 0 for every query: True, False, or it depends."""
    known: dict[Node, bool | None] = {}
    for node in topological([selector]):
        match node:
            case Select(key=key, query=query, comparison=comparison):
                known[node] = _compare_at_first(key, query, comparison)
            case SelectorNot(operand=operand):
                inner = known[operand]
                known[node] = None if inner is None else not inner
            case SelectorAnd(left=left, right=right):
                sides = known[left], known[right]
                known[node] = False if False in sides else (None if None in sides else True)
            case SelectorOr(left=left, right=right):
                sides = known[left], known[right]
                known[node] = True if True in sides else (None if None in sides else False)
            case Best(selector=chosen):
                known[node] = None if known[chosen] is not False else False
    return known[selector]


def _compare_at_first(key: SOpNode, query: SOpNode, comparison: str) -> bool | None:
    if key is INDICES and query is INDICES and comparison in ("<=", ">"):
        return comparison == "<="  # 0 <= i for every query i
    keys = 0 if key is INDICES else key.value if isinstance(key, Constant) else None
    if keys is None or not isinstance(query, Constant):
        return None
    try:
        return bool(apply(COMPARISON_OPERATORS[comparison], (), keys, query.value))
    except OperationError:
        return None


def _count(node: Node) -> Node:
    match node:
        case Elementwise(
            operator="round", operands=(Elementwise(operator="multiply", operands=(a, b)),)
        ):
            for width, mean in ((a, b), (b, a)):
                match width, mean:
                    case (
                        SelectorWidth(selector=counted),
                        Aggregate(selector=selector, value=value, default=default),
                    ) if counted is selector and _is_finite(default):
                        marks = _marks(value)
                        if marks is not None:
                            return construct.selector_width(_marked(selector, marks))
    return node


def _sign(node: Node) -> Node:
    match node:
        case Elementwise(
            operator=operator,
            operands=(
                Elementwise(
                    operator="subtract",
                    operands=(
                        Aggregate(selector=selector, value=x, default=a),
                        Aggregate(selector=other, value=y, default=b),
                    ),
                ),
                Constant(value=zero),
            ),
        ) if operator in _SIGNED and selector is other:
            # Quotients by one count differ as what is divided does, even when they are rounded.
            numbers = all(_is_number(number) and _is_finite(number) for number in (a, b, zero))
            if numbers and a == b and zero == 0 and _marks(x) is not None and _marks(y) is not None:
                between = construct.elementwise("subtract", x, y)
                return construct.elementwise(operator, construct.aggregate(selector, between, 0), 0)
    return node


_SIGNED = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
_SOME = {"greater": True, "not_equal": True, "equal": False, "less_equal": False}
_SOME_MIRRORED = {"less": True, "not_equal": True, "equal": False, "greater_equal": False}
"""Comparisons of a mean with 0, and of 0 with it: do they ask for some mark, or for none?"""


def _some(node: Node) -> Node:
    match node:
        case Elementwise(operator=operator, operands=(Aggregate() as mean, Constant(value=zero))):
            asked = _SOME.get(operator)
        case Elementwise(operator=operator, operands=(Constant(value=zero), Aggregate() as mean)):
            asked = _SOME_MIRRORED.get(operator)
        case _:
            return node
    marks = _marks(mean.value)
    numbers = all(_is_number(number) and number == 0 for number in (zero, mean.default))
    if marks is None or asked is None or not numbers:
        return node
    heads = (construct.aggregate(_marked(mean.selector, m), True, False) for m in _either(marks))
    found = reduce(partial(construct.elementwise, "or"), (_sop(_presence(head)) for head in heads))
    return found if asked else construct.elementwise("not", found)


def _any(node: Node) -> Node:
    match compared_with_zero(node):
        case Elementwise(operator=operator, operands=(width, Constant(value=zero))):
            asked = _SOME.get(operator)
        case Elementwise(operator=operator, operands=(Constant(value=zero), width)):
            asked = _SOME_MIRRORED.get(operator)
        case _:
            return node
    if not is_counted_in_vain(width) or asked is None or not _is_number(zero) or zero != 0:
        return node
    found = _sop(_presence(construct.aggregate(width.selector, True, False)))
    return construct.elementwise("not", found) if not asked else found


def _marked(selector: SelectorNode, marks: SOpNode) -> SelectorNode:
    """The selector, of keys where `marks` is 1 only; a disjunction stays one."""
    marked = construct.select(marks, 1, "==")
    if selector is construct.FULL:
        return marked
    if isinstance(selector, SelectorOr):
        sides = (construct.selector_and(side, marked) for side in (selector.left, selector.right))
        return construct.selector_or(*sides)
    return construct.selector_and(selector, marked)


def _either(marks: SOpNode) -> list[SOpNode]:
    """What is 1 where one of several comparisons of what attention reads holds, one by one.

    Their disjunction would be a function of several numbers; a head for each needs no such.
    """
    match marks:
        case Elementwise(
            operator="indicator",
            operands=(Elementwise(operator="or", operands=sides),),
        ) if all(map(_compares_numbers, sides)):
            return [construct.elementwise("indicator", side) for side in sides]
    return [marks]


def _compares_numbers(node: SOpNode) -> bool:
    match node:
        case Elementwise(operator=operator, operands=(Aggregate() | SelectorWidth(), Constant())):
            return operator in _SIGNED
    return False


def _marks(value: SOpNode) -> SOpNode | None:
    """The value, if it is 0 or 1 everywhere."""
    match value:
        case Elementwise(operator="indicator"):
            return value
        case Elementwise(operator="where", operands=(_, Constant(yes), Constant(no))) if (
            _is_number(yes) and _is_number(no) and {yes, no} == {0, 1}
        ):
            return value
    return None


def _is_number(value: Atom) -> bool:
    """A number, and no truth value: the mean of several of those fails."""
    return type(value) in (int, float)


def _is_finite(value: Atom) -> bool:
    """A number that is 0 times 0, and 0 less itself."""
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _presence(node: Node) -> Node:
    match node:
        case Aggregate(
            selector=SelectorOr() | SelectorAnd() as selector, value=Constant() as value
        ):
            groups = grouped(spread(selector))
            if len(groups) == 1:
                return node
            sides = [construct.aggregate(group, True, False) for group in groups]
            found = reduce(partial(construct.elementwise, "or"), sides)
            return construct.elementwise("where", found, value, node.default)
    return node


def _decided(node: Node) -> Node:
    condition: Node | None = decision(node)
    if condition is None or not isinstance(node, Select):
        return node
    for rule in (_sign, as_difference):
        condition = rule(condition)
    return decided(node, _sop(condition))

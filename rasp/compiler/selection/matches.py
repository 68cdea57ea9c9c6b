"""Selectors that choose among selected keys, as what heads can score.

A head scores what a selector selects and a number that ranks it, so it reads the best keys of any
selector that is made of comparisons (`rasp.compiler.lowering.best`), and the best of those.  What
else is made of `best` is written in other words, which mean the same for every input:

    width      of `best(S, v)` that selects one key at most: whether it selects any
    one key    an aggregate over `A and last(B)`: what A compares is read at the last key of B, by
               the same head, and compared at the query; no attention is added
    apart      anywhere else `best(S, v)` is `S and select(v, m, ==)`, where m, the largest score,
               is read by attention before
"""

from __future__ import annotations

from functools import reduce

from rasp.compiler.facts.kinds import is_number
from rasp.compiler.simplify import rebuilt
from rasp.graph import construct
from rasp.graph.nodes import (
    SOP_TYPES,
    Aggregate,
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
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.origins import Origins
from rasp.graph.walk import deferring, flat, topological


def with_scorable_selectors(root: SOpNode, origins: Origins) -> tuple[SOpNode, frozenset[Node]]:
    """The graph with selectors that heads can score, and which of its nodes nothing reads but
    scores, so that they may fail at keys that are not selected.

    New nodes inherit names and places in `origins`.
    """
    order = topological([root])
    if not any(isinstance(node, Best) for node in order):
        return root, frozenset()
    deferred = deferring(order, [root])
    new, _ = scorable(root, origins)
    needed = {new[node] for node in order if node not in deferred}
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result, frozenset({new[node] for node in deferred} - needed)


def scorable(root: SOpNode, origins: Origins) -> tuple[dict[Node, Node], list[Node]]:
    """Every node below the root with what it becomes, and those that are written in other words."""
    new: dict[Node, Node] = {}
    changed: list[Node] = []
    for node in topological([root]):
        same = rebuilt(node, new)
        new[node] = found = _rewritten(same, origins)
        if found is not same:
            changed.append(node)
        if found is not node:
            origins.inherit(found, node)
    return new, changed


def _rewritten(node: Node, origins: Origins) -> Node:
    if not isinstance(node, (Aggregate, Fetch, SelectorWidth)) or not _chooses(node.selector):
        return node
    selector = node.selector
    if not isinstance(selector, Best):
        through = _through_one_key(node, origins)
        if through is not None:
            return through
    match node:
        case SelectorWidth():
            found = _scorable(selector, origins)
            if isinstance(found, Best) and selects_one(found):
                return construct.elementwise("indicator", _any(found))
            return construct.selector_width(_apart(found, origins))
        case Aggregate(value=value, default=default):
            return construct.aggregate(_scorable(selector, origins), value, default)
        case Fetch(value=value, default=other):
            return construct.fetch(_scorable(selector, origins), value, other)


def selects_one(selector: SelectorNode) -> bool:
    """Is it certain that it selects one key at most, because keys are ranked by their index?"""
    while isinstance(selector, Best):
        match selector.score:
            case Indices() | Elementwise(operator="negate", operands=(Indices(),)):
                return True
        selector = selector.selector
    return False


def _chooses(selector: SelectorNode) -> bool:
    """Is a `best` among what it is made of?"""
    stack, seen = [selector], set[SelectorNode]()
    while stack:
        part = stack.pop()
        if isinstance(part, Best):
            return True
        if part not in seen:
            seen.add(part)
            stack += _parts(part)
    return False


def _parts(selector: SelectorNode) -> tuple[SelectorNode, ...]:
    match selector:
        case SelectorNot(operand=operand) | Best(selector=operand):
            return (operand,)
        case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
            return left, right
    return ()


# -- apart


def _scorable(selector: SelectorNode, origins: Origins) -> SelectorNode:
    """The best, and the best of these, of keys that comparisons alone select."""
    chain: list[Best] = []
    while isinstance(selector, Best):
        chain.append(selector)
        selector = selector.selector
    found = _compared(selector, origins)
    for best in reversed(chain):
        inner, found = found, construct.best(found, best.score)
        if inner is not best.selector:
            origins.inherit(found, best)
    return found


def _compared(selector: SelectorNode, origins: Origins) -> SelectorNode:
    """The selector made of comparisons alone."""
    new: dict[Node, Node] = {}
    stack: list[tuple[SelectorNode, bool]] = [(selector, False)]
    while stack:
        part, ready = stack.pop()
        if part in new:
            continue
        if not ready:
            stack.append((part, True))
            stack.extend((inner, False) for inner in _parts(part))
            continue
        found: Node
        match part:
            case Select():
                found = part
            case Best(score=score):
                best = construct.best(_scorable_of(part, new), score)
                origins.inherit(best, part)
                found = _apart(best, origins)
            case SelectorNot(operand=operand):
                found = construct.selector_not(_selector(new[operand]))
            case SelectorAnd(left=left, right=right):
                found = construct.selector_and(_selector(new[left]), _selector(new[right]))
            case SelectorOr(left=left, right=right):
                found = construct.selector_or(_selector(new[left]), _selector(new[right]))
        new[part] = found
    return _selector(new[selector])


def _scorable_of(best: Best, new: dict[Node, Node]) -> SelectorNode:
    """What a `best` chooses from, as the best of comparisons.

    new: its parts, all of them as comparisons alone.
    """
    chain: list[Best] = []
    selector = best.selector
    while isinstance(selector, Best):
        chain.append(selector)
        selector = selector.selector
    found = _selector(new[selector])
    for inner in reversed(chain):
        found = construct.best(found, inner.score)
    return found


def _apart(selector: SelectorNode, origins: Origins) -> SelectorNode:
    """The best keys, by the largest score that is read before."""
    whole, found = selector, selector
    scores: list[Best] = []
    while isinstance(found, Best):
        scores.append(found)
        found = found.selector
    for best in scores:
        largest = construct.aggregate(whole, best.score, 0)
        origins.inherit(largest, best, names=False)
        found = construct.selector_and(found, construct.select(best.score, largest, "=="))
        origins.inherit(found, best, names=False)
    return found


# -- one key


def _through_one_key(node: Aggregate | Fetch | SelectorWidth, origins: Origins) -> SOpNode | None:
    """An operation over `A and last(B)`, which reads from the last key of B; None if it is not."""
    if isinstance(node, Fetch) and node.default is None:
        return None  # it fails where A does not hold, and nothing else does
    conjuncts = flat(node.selector, SelectorAnd)
    one = next((part for part in conjuncts if isinstance(part, Best) and selects_one(part)), None)
    if one is None:
        return None
    chosen = _scorable(one, origins)
    conditions: list[SOpNode] = []
    for part in conjuncts:
        if part is not one:
            condition = _condition(_compared(part, origins), chosen)
            if condition is None:
                return None
            conditions.append(condition)
    holds = reduce(lambda a, b: construct.elementwise("and", a, b), [_any(chosen), *conditions])
    match node:
        case SelectorWidth():
            return construct.elementwise("indicator", holds)
        case Aggregate(value=value, default=default):
            read: SOpNode = construct.aggregate(chosen, value, default)
            return construct.elementwise("where", holds, read, construct.constant(default))
        case Fetch(value=value, default=other):
            read = construct.fetch(chosen, value, other)
            assert other is not None
            return construct.elementwise("where", holds, read, construct.constant(other))


def _condition(selector: SelectorNode, chosen: SelectorNode) -> SOpNode | None:
    """Whether the chosen key is one that the selector selects; None if comparing might fail there
    and not at all keys."""
    known: dict[Node, SOpNode] = {}
    for part in _bottom_up(selector):
        match part:
            case Select(key=key, query=query, comparison=comparison):
                numbers = is_number(key) and is_number(query)
                if comparison not in ("==", "!=") and not numbers:
                    return None
                at = key if isinstance(key, Constant) else construct.aggregate(chosen, key, 0)
                operator = COMPARISON_OPERATORS[comparison]
                known[part] = construct.elementwise(operator, at, query)
            case SelectorNot(operand=operand):
                known[part] = construct.elementwise("not", known[operand])
            case SelectorAnd(left=left, right=right):
                known[part] = construct.elementwise("and", known[left], known[right])
            case SelectorOr(left=left, right=right):
                known[part] = construct.elementwise("or", known[left], known[right])
            case Best():
                return None
    return known[selector]


def _bottom_up(selector: SelectorNode) -> list[SelectorNode]:
    order: list[SelectorNode] = []
    stack = [(selector, False)]
    seen: set[SelectorNode] = set()
    while stack:
        part, ready = stack.pop()
        if ready:
            order.append(part)
        elif part not in seen:
            seen.add(part)
            stack.append((part, True))
            stack.extend((inner, False) for inner in _parts(part))
    return order


def _any(selector: SelectorNode) -> SOpNode:
    return construct.aggregate(selector, True, False)


def _selector(node: Node) -> SelectorNode:
    assert construct.is_selector(node)
    return node

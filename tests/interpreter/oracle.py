"""The semantics again, one value at a time and without any cleverness; and random graphs."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rasp.graph.construct import (
    aggregate,
    best,
    constant,
    elementwise,
    fetch,
    first,
    last,
    select,
    selector_and,
    selector_not,
    selector_or,
    selector_width,
)
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
)
from rasp.graph.operators import COMPARISON_OPERATORS, OPERATORS, OperationError, apply, mean
from rasp.graph.walk import topological


class Fails(Exception):
    """The node fails on the input."""


def evaluate_slowly(root: Node, tokens: list[Atom], *, causal: bool = False) -> object:
    """A list of values or of rows.  Raises Fails.

    A failure stands as a value until somebody needs it: scores alone may not.
    """
    positions = range(len(tokens))
    found: dict[Node, list[Any]] = {}
    order = topological([root])
    everywhere = {root} | {
        child
        for node in order
        if not isinstance(node, Elementwise)
        for child in children(node)
        if not (isinstance(node, Best) and child is node.score)
    }
    for node in reversed(order):  # what an s-op that is needed is made of is needed
        if isinstance(node, Elementwise) and node in everywhere:
            everywhere |= set(children(node))

    def value(node: Node, position: int) -> object:
        match node:
            case Tokens():
                return tokens[position]
            case Indices():
                return position
            case Constant(value=atom):
                return atom
            case Elementwise(operator=operator, operands=operands, parameters=parameters):
                values_here = [needed(found[o][position]) for o in operands]
                return apply(operator, parameters, *values_here)
            case Select(key=key, query=query, comparison=comparison):
                name, asked = COMPARISON_OPERATORS[comparison], found[query][position]
                seen = [j for j in positions if j <= position or not causal]
                row = {j: apply(name, (), found[key][j], asked) for j in seen}
                return [bool(row.get(j)) for j in positions]
            case SelectorNot(operand=operand):
                return [not cell for cell in found[operand][position]]
            case SelectorAnd(left=left, right=right):
                pairs = zip(found[left][position], found[right][position], strict=True)
                return [a and b for a, b in pairs]
            case SelectorOr(left=left, right=right):
                pairs = zip(found[left][position], found[right][position], strict=True)
                return [a or b for a, b in pairs]
            case SelectorWidth(selector=selector):
                return len(selected(selector, position))
            case Aggregate(selector=selector, value=values, default=default):
                chosen = [found[values][j] for j in selected(selector, position)]
                return mean(chosen) if chosen else default
            case Best(selector=selector, score=score):
                chosen = selected(selector, position)
                marks = {j: needed(found[score][j]) for j in chosen}
                beaten = {
                    j for j in chosen for k in chosen if apply("less", (), marks[j], marks[k])
                }
                return [j in chosen and j not in beaten for j in positions]
            case Fetch(selector=selector, value=values, default=otherwise):
                chosen = [found[values][j] for j in selected(selector, position)]
                if not chosen and otherwise is None:
                    raise OperationError("nothing")
                if any(a != chosen[0] and (a == a or chosen[0] == chosen[0]) for a in chosen):
                    raise OperationError("several")
                return chosen[0] if chosen else otherwise
        raise AssertionError(node)

    def selected(selector: Node, position: int) -> list[int]:
        row = found[selector][position]
        return [j for j in positions if row[j] and (j <= position or not causal)]

    def needed(atom: Any) -> Any:
        if isinstance(atom, OperationError):
            raise atom
        return atom

    def held(node: Node, position: int) -> object:
        try:
            return value(node, position)
        except OperationError as error:
            if isinstance(node, Elementwise) and node not in everywhere:
                return error
            raise Fails from None

    for node in order:
        found[node] = [held(node, position) for position in positions]
    result = found[root]
    if isinstance(result[0], list):
        return [
            [c and (j <= i or not causal) for j, c in enumerate(r)] for i, r in enumerate(result)
        ]
    kinds = set(map(type, result))
    if str in kinds and len(kinds) > 1:
        raise Fails
    return result


ATOMS: st.SearchStrategy[Atom] = st.one_of(
    st.integers(-2, 5),
    st.booleans(),
    st.sampled_from([0.5, 1.0, -1.5, 1 / 3, 0.1, float("nan"), float("inf"), -0.0, 1e16]),
    st.sampled_from(["a", "b", "", "3"]),
    st.sampled_from([2**53, 2**53 - 1, -(2**60)]),
)

_SAFE = ["equal", "not_equal", "and", "or"]
_OPERATORS = [name for name, entry in OPERATORS.items() if not entry.parametric]


@st.composite
def graphs(draw: st.DrawFn, *, risky: bool = True) -> Node:
    """A random node; without `risky` mostly one that does not fail."""
    sops: list[SOpNode] = [TOKENS, INDICES, elementwise("equal", TOKENS, "a")]
    selectors: list[SelectorNode] = [select(INDICES, INDICES, "<="), select(TOKENS, TOKENS, "==")]

    def sop() -> SOpNode:
        return draw(st.sampled_from(sops[-6:]) | st.sampled_from(sops))

    def selector() -> SelectorNode:
        return draw(st.sampled_from(selectors[-4:]))

    for _ in range(draw(st.integers(0, 12))):
        match draw(st.integers(0, 11)):
            case 0:
                sops.append(constant(draw(ATOMS)))
            case 1 | 2:
                name = draw(st.sampled_from(_OPERATORS if risky else _SAFE))
                sops.append(elementwise(name, *(sop() for _ in range(OPERATORS[name].arity))))
            case 3:
                parameters = draw(st.lists(ATOMS.filter(lambda a: a == a), min_size=1, max_size=4))
                name = draw(st.sampled_from(["index_list", "member"])) if risky else "member"
                sops.append(elementwise(name, sop(), parameters=parameters))
            case 4:
                allowed = COMPARISONS if risky else ("==", "!=")
                selectors.append(select(sop(), sop(), draw(st.sampled_from(allowed))))
            case 5:
                selectors.append(selector_not(selector()))
            case 6:
                combine = draw(st.sampled_from([selector_and, selector_or]))
                selectors.append(combine(selector(), selector()))
            case 7:
                sops.append(aggregate(selector(), sop(), draw(ATOMS)))
            case 8:
                sops.append(selector_width(selector()))
            case 9:
                selectors.append(best(selector(), sop()))
            case 10:
                selectors.append(draw(st.sampled_from([first, last]))(selector()))
            case 11:
                sops.append(fetch(selector(), sop(), draw(st.none() | ATOMS)))
    return draw(st.sampled_from([*sops[-3:], selectors[-1]]))

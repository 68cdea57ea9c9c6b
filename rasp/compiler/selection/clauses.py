"""A selector -> a choice of conjunctions, each of which selects the key at one place.

`select(indices, t, ==) and A or select(indices, u, ==) and B`, where A and B ask nothing of keys
but their index, selects the key at t where A holds and the key at u where B does.

What is negated is the other comparison, `>=` for `<`, of numbers; but nothing is above NaN, nor
below, so that of what may be NaN the negation is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from rasp.compiler.facts.kinds import is_number, is_uniform
from rasp.compiler.limits import (
    MAX_ATOMS,
    MAX_CLAUSES,
    MAX_CONNECTIVES,
)
from rasp.graph import construct
from rasp.graph.balanced import is_never_nan
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
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
    Tokens,
    children,
)
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.graph.walk import topological

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class _Asked:
    """A comparison that has to hold, or (negated) that must not."""

    select: Select
    negated: bool

    @classmethod
    def of(cls, select: Select, *, negated: bool) -> _Asked:
        """A negated comparison is another one, where one of the two always holds."""
        equality = select.comparison in ("==", "!=")
        if not negated or not (equality or _are_ordered(select)):
            return cls(select, negated)
        other = construct.select(select.key, select.query, _NEGATED[select.comparison])
        assert isinstance(other, Select)
        return cls(other, False)


def _are_ordered(select: Select) -> bool:
    return is_never_nan(select.key) and is_never_nan(select.query)


@dataclass(frozen=True)
class Clause:
    """Selects the key at `place` where the conditions hold."""

    place: SOpNode
    conditions: tuple[SOpNode, ...]

    @property
    def holds(self) -> SOpNode:
        holds: SOpNode = construct.constant(True)
        return reduce(_both, self.conditions, holds)


def clauses_of(selector: SelectorNode, *, causal: bool) -> list[Clause] | None:
    """What it is a choice of, if each selects a key by its index; None if it is no such thing."""
    disjuncts = _disjuncts(selector, negated=False)
    if disjuncts is None:
        return None
    found: list[Clause] = []
    for atoms in disjuncts:
        clause = _clause(atoms, causal=causal)
        if clause is None:
            return None
        found.append(clause)
    return found


def _disjuncts(selector: SelectorNode, *, negated: bool) -> list[list[_Asked]] | None:
    """Conjunctions of comparisons one of which has to hold; None if they are many."""
    return _conjunctions(selector, negated) if _has_few_parts(selector) else None


def _has_few_parts(selector: SelectorNode) -> bool:
    """Has it few enough `and`, `or` and `not` to be taken apart, one within the other?"""
    seen: set[Node] = set()
    stack: list[Node] = [selector]
    while stack and len(seen) <= MAX_CONNECTIVES:
        node = stack.pop()
        if isinstance(node, (SelectorNot, SelectorAnd, SelectorOr)) and node not in seen:
            seen.add(node)
            stack += children(node)
    return len(seen) <= MAX_CONNECTIVES


def _conjunctions(selector: SelectorNode, negated: bool) -> list[list[_Asked]] | None:
    match selector:
        case Select():
            return [[_Asked.of(selector, negated=negated)]]
        case SelectorNot(operand=operand):
            return _conjunctions(operand, not negated)
        case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
            one, other = _conjunctions(left, negated), _conjunctions(right, negated)
            if one is None or other is None:
                return None
            if isinstance(selector, SelectorOr) != negated:
                found = one + other
            else:
                found = [a + b for a in one for b in other]
            few = len(found) <= MAX_CLAUSES and max(map(len, found)) <= MAX_ATOMS
            return found if few else None
    return None


def _clause(atoms: list[_Asked], *, causal: bool) -> Clause | None:
    """The place that one of the comparisons names, and what the others ask of it."""
    for atom in atoms:
        if atom.select.comparison != "==" or not is_number(atom.select.query):
            continue
        place = _solved(atom.select.key, atom.select.query, causal=causal)
        if place is None:
            continue
        conditions = [_at(other, place, causal=causal) for other in atoms if other is not atom]
        if all(condition is not None for condition in conditions):
            return Clause(place, tuple(c for c in conditions if c is not None))
    return None


def _solved(key: SOpNode, value: SOpNode, *, causal: bool) -> SOpNode | None:
    """The index at which the key has the value, if it is the index but for sign and a summand."""
    while key is not INDICES:
        match key:
            case Elementwise(operator="negate", operands=(inner,)):
                key, value = inner, construct.elementwise("negate", value)
            case Elementwise(operator="add", operands=(inner, other)) | (
                Elementwise(operator="add", operands=(other, inner))
            ) if _is_summand(other, causal=causal):
                key, value = inner, construct.elementwise("subtract", value, other)
            case Elementwise(operator="subtract", operands=(inner, other)) if _is_summand(
                other, causal=causal
            ):
                key, value = inner, construct.elementwise("add", value, other)
            case Elementwise(operator="subtract", operands=(other, inner)) if _is_summand(
                other, causal=causal
            ):
                key, value = inner, construct.elementwise("subtract", other, value)
            case _:
                return None
    return value


def _is_summand(node: SOpNode, *, causal: bool) -> bool:
    return is_uniform(node, causal=causal) and is_number(node)


def _at(asked: _Asked, place: SOpNode, *, causal: bool) -> SOpNode | None:
    """The comparison with the key at a place, asked at the query; None if that takes more than its
    index, or might fail."""
    select = asked.select
    known: dict[Node, SOpNode] = {}
    if not _is_asked_at_queries(select.key, causal=causal):
        return None
    for node in topological([select.key]):
        if node is INDICES:
            known[node] = place
        elif construct.is_sop(node) and is_uniform(node, causal=causal):
            known[node] = node
        elif isinstance(node, Elementwise) and all(part in known for part in node.operands):
            parts = (known[part] for part in node.operands)
            known[node] = construct.elementwise(node.operator, *parts, parameters=node.parameters)
    ordered = select.comparison not in ("==", "!=")
    if ordered and not (is_number(select.key) and is_number(select.query)):
        return None
    key = known[select.key]
    found = construct.elementwise(COMPARISON_OPERATORS[select.comparison], key, select.query)
    return construct.elementwise("not", found) if asked.negated else found


def _is_asked_at_queries(key: SOpNode, *, causal: bool) -> bool:
    """Is it a function of the index and of what is the same at all positions?  What attention reads
    is not looked at: in a program of many rounds that is all of it."""
    stack = [key]
    seen: set[SOpNode] = set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Tokens():
                return False
            case Elementwise(operands=operands):
                stack += operands
            case Aggregate() | Fetch() | SelectorWidth():
                if causal or not is_uniform(node.selector, causal=causal):
                    return False
    return True


def _both(a: SOpNode, b: SOpNode) -> SOpNode:
    if isinstance(a, Constant) and a.value is True:
        return b
    return construct.elementwise("and", a, b)

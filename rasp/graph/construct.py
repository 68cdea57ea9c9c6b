"""Smart constructors: the only way graph nodes are made.

They check operand kinds, fold constants and intern.  Folding never changes what a program means or
when it fails: an operation on constants that fails is kept, and fails on every input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from rasp.errors import RaspTypeError
from rasp.graph.nodes import (
    COMPARISONS,
    INDICES,
    SELECTOR_TYPES,
    SOP_TYPES,
    TOKENS,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    intern,
)
from rasp.graph.operators import COMPARISON_OPERATORS, OPERATORS, OperationError, apply


def is_atom(value: object) -> TypeGuard[Atom]:
    return isinstance(value, (bool, int, float, str))


def is_sop(value: object) -> TypeGuard[SOpNode]:
    return isinstance(value, SOP_TYPES)


def is_selector(value: object) -> TypeGuard[SelectorNode]:
    return isinstance(value, SELECTOR_TYPES)


def constant(value: Atom) -> Constant:
    return intern(Constant(value))


def as_sop(value: SOpNode | Atom) -> SOpNode:
    """An atom stands for the constant s-op."""
    if is_atom(value):
        return constant(value)
    if is_sop(value):
        return value
    raise RaspTypeError(f"expected an s-op or an atom, got {type(value).__name__}")


def elementwise(
    operator: str, *operands: SOpNode | Atom, parameters: Sequence[Atom] = ()
) -> SOpNode:
    """The operator applied position by position; a constant if all operands are and it succeeds."""
    entry = OPERATORS[operator]
    assert len(operands) == entry.arity
    assert entry.parametric or not parameters
    nodes = tuple(map(as_sop, operands))
    values = [node.value for node in nodes if isinstance(node, Constant)]
    if len(values) == len(nodes):
        try:
            return constant(apply(operator, tuple(parameters), *values))
        except OperationError:
            pass  # it fails on every input, and is reported there with the input
    return intern(Elementwise(operator, nodes, tuple(parameters)))


def select(key: SOpNode | Atom, query: SOpNode | Atom, comparison: str) -> SelectorNode:
    """Of two constants that can be compared there are only two selectors: `FULL` and `EMPTY`."""
    assert comparison in COMPARISONS
    keys, queries = as_sop(key), as_sop(query)
    if isinstance(keys, Constant) and isinstance(queries, Constant):
        try:
            chosen = apply(COMPARISON_OPERATORS[comparison], (), keys.value, queries.value)
        except OperationError:
            return intern(Select(keys, queries, comparison))
        return FULL if chosen else EMPTY
    return intern(Select(keys, queries, comparison))


def selector_not(operand: SelectorNode) -> SelectorNode:
    return intern(SelectorNot(operand))


def selector_and(left: SelectorNode, right: SelectorNode) -> SelectorNode:
    return intern(SelectorAnd(left, right))


def selector_or(left: SelectorNode, right: SelectorNode) -> SelectorNode:
    return intern(SelectorOr(left, right))


def aggregate(selector: SelectorNode, value: SOpNode | Atom, default: Atom = 0) -> SOpNode:
    if not is_selector(selector):
        raise RaspTypeError("aggregate expects a selector")
    if not is_atom(default):
        raise RaspTypeError("the default of aggregate has to be an atom")
    return intern(Aggregate(selector, as_sop(value), default))


def selector_width(selector: SelectorNode) -> SOpNode:
    if not is_selector(selector):
        raise RaspTypeError("selector_width expects a selector")
    return intern(SelectorWidth(selector))


def best(selector: SelectorNode, score: SOpNode | Atom) -> SelectorNode:
    if not is_selector(selector):
        raise RaspTypeError("best expects a selector")
    return intern(Best(selector, as_sop(score)))


def last(selector: SelectorNode) -> SelectorNode:
    """Of the selected positions the last."""
    return best(selector, INDICES)


def first(selector: SelectorNode) -> SelectorNode:
    """Of the selected positions the first."""
    return best(selector, elementwise("negate", INDICES))


def fetch(selector: SelectorNode, value: SOpNode | Atom, default: Atom | None = None) -> SOpNode:
    if not is_selector(selector):
        raise RaspTypeError("fetch expects a selector")
    if default is not None and not is_atom(default):
        raise RaspTypeError("the default of fetch has to be an atom")
    return intern(Fetch(selector, as_sop(value), default))


def with_default(read: Aggregate | Fetch, default: Atom) -> SOpNode:
    """The same where a key is selected."""
    build = fetch if isinstance(read, Fetch) else aggregate
    return build(read.selector, read.value, default)


def tokens(conversion: str) -> SOpNode:
    """``tokens_asis``, ``tokens_str``, ``tokens_int``, ``tokens_float``, ``tokens_bool``."""
    return TOKENS if conversion == "asis" else elementwise(f"to_{conversion}", TOKENS)


_ONE = constant(1)
FULL: SelectorNode = intern(Select(_ONE, _ONE, "=="))
EMPTY: SelectorNode = intern(Select(_ONE, _ONE, "!="))

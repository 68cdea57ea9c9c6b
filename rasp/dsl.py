"""The language as Python functions on handles: the same graph without any text.

    from rasp.dsl import *  # or from rasp
    before = select(indices, indices, "<")
    first = selector_width(before & select(tokens, tokens, "==")) == 0

builds the nodes that the text

    selector_width(select(indices, indices, <) and select(tokens, tokens, ==)) == 0

does.  Operators are those of the handles (`rasp.sop`); the functions of the standard library are
here under their names, `max` and `min` as `maximum` and `minimum`, `abs` as `absolute` and `sum` as
`total`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rasp.errors import RaspTypeError, RaspValueError
from rasp.graph import construct, derived
from rasp.graph.construct import is_atom, is_sop
from rasp.graph.derived import LENGTH, gather, occurs
from rasp.graph.nodes import COMPARISONS, INDICES, Atom, SOpNode
from rasp.graph.operators import OperationError, apply
from rasp.sop import Selector, SOp, operand, selector_node

_PYTHON_COMPARISONS: dict[Callable[[Any, Any], Any], str] = {
    operator.eq: "==",
    operator.ne: "!=",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
}

tokens_asis = SOp(construct.tokens("asis"))
tokens_str = SOp(construct.tokens("str"))
tokens_int = SOp(construct.tokens("int"))
tokens_float = SOp(construct.tokens("float"))
tokens_bool = SOp(construct.tokens("bool"))
tokens = tokens_str
indices = SOp(INDICES)
length = SOp(LENGTH)
full = Selector(construct.FULL)
full_s = full


def select(key: object, query: object, comparison: str | Callable[[Any, Any], Any]) -> Selector:
    """Selects, for each query position, the key positions with ``key comparison query``.

    comparison: one of == != < <= > >=, or the function of the module `operator` for it.
    """
    sign = comparison if isinstance(comparison, str) else _PYTHON_COMPARISONS.get(comparison)
    if sign not in COMPARISONS:
        raise RaspValueError(
            f"{comparison!r} is no comparison", hint=f"one of {' '.join(COMPARISONS)}"
        )
    return Selector(construct.select(operand(key), operand(query), sign))


def aggregate(selector: Selector, value: object, default: Atom = 0) -> SOp:
    """The mean of value over the positions selected; default where there is none."""
    return SOp(construct.aggregate(selector_node(selector), operand(value), default))


def selector_width(selector: Selector) -> SOp:
    """How many positions are selected."""
    return SOp(construct.selector_width(selector_node(selector)))


def best(selector: Selector, score: object) -> Selector:
    """The selected positions whose score is largest, all of them where several share it."""
    return Selector(construct.best(selector_node(selector), operand(score)))


def first(selector: Selector) -> Selector:
    """The first of the selected positions: ``best(selector, -indices)``."""
    return Selector(construct.first(selector_node(selector)))


def last(selector: Selector) -> Selector:
    """The last of the selected positions: ``best(selector, indices)``."""
    return Selector(construct.last(selector_node(selector)))


def fetch(selector: Selector, value: object, default: Atom | None = None) -> SOp:
    """The one value that the selected positions have; default where none is selected.

    It fails on an input where a position selects different values, or none without a default.
    """
    return SOp(construct.fetch(selector_node(selector), operand(value), default))


def where(condition: SOp, then: object, otherwise: object) -> SOp:
    """``then if condition else otherwise``, position by position."""
    return SOp(
        construct.elementwise("where", operand(condition), operand(then), operand(otherwise))
    )


def indicator(condition: SOp) -> SOp:
    """1 where the condition holds, else 0."""
    return SOp(construct.elementwise("indicator", _sop(condition)))


def round_(value: SOp) -> SOp:
    """The nearest integer; halves go to the even one."""
    return SOp(construct.elementwise("round", _sop(value)))


def constant(value: Atom) -> SOp:
    """The same value at every position.

    Atoms beside s-ops are such s-ops of themselves; but Python reads ``0 < x`` as ``x > 0``, and
    only ``constant(0) < x`` is what the text `0 < x` is.
    """
    return SOp(construct.constant(value))


def lookup(table: Mapping[Atom, Atom] | Sequence[Atom], place: SOp) -> SOp:
    """``table[place]``: what a dict, list or string has for the value at each position.

    So a Python function f of a token is ``lookup({token: f(token) for token in vocab}, tokens)``.
    """
    if isinstance(table, Mapping):
        kind, parameters = "dict", [part for entry in table.items() for part in entry]
    else:
        kind, parameters = "string" if isinstance(table, str) else "list", list(table)
    for part in parameters:
        if not is_atom(part):
            raise RaspTypeError(f"a table holds only atoms, got {type(part).__name__}")
    return SOp(construct.elementwise(f"index_{kind}", _sop(place), parameters=parameters))


def not_(value: SOp | Selector) -> SOp | Selector:
    return ~value


def and_(left: Any, right: Any) -> Any:
    """The conjunction of two s-ops or of two selectors."""
    return left & right


def or_(left: Any, right: Any) -> Any:
    """The disjunction of two s-ops or of two selectors."""
    return left | right


# ---- the standard library


def has_focus(selector: Selector) -> SOp:
    """Whether anything is selected."""
    return aggregate(selector, 1, 0) > 0


def count(seq: SOp, atom: Atom) -> SOp:
    """How many positions hold the atom."""
    return round_(length * aggregate(full, indicator(seq == atom)))


def contains(seq: SOp, atom: Atom) -> SOp:
    """Whether any position holds the atom; the same as ``atom in seq``."""
    return SOp(occurs(atom, _sop(seq)))


def average(seq: SOp) -> SOp:
    """The mean over all positions."""
    return aggregate(full, seq)


def maximum(a: Any, b: Any) -> Any:
    """The larger of two values, position by position (``max`` in the language)."""
    return _chosen("greater", a, b)


def minimum(a: Any, b: Any) -> Any:
    """The smaller of two values, position by position (``min`` in the language)."""
    return _chosen("less", a, b)


def absolute(x: Any) -> Any:
    """The value without its sign, position by position (``abs`` in the language)."""
    if is_atom(x):
        return x if _apply("greater_equal", x, 0) else _apply("negate", x)
    return where(SOp(construct.elementwise("greater_equal", operand(x), 0)), x, -x)


def div(a: Any, b: Any) -> Any:
    """How many times b goes into a, rounded down."""
    if is_atom(a) and is_atom(b):
        whole = _apply("subtract", a, _apply("modulo", a, b))
        return _apply("round", _apply("divide", whole, b))
    remainder = construct.elementwise("modulo", operand(a), operand(b))
    multiple = construct.elementwise("subtract", operand(a), remainder)
    return SOp(
        construct.elementwise("round", construct.elementwise("divide", multiple, operand(b)))
    )


def total(seq: SOp) -> SOp:
    """The sum over all positions, exact for whole numbers (``sum`` in the language)."""
    return SOp(derived.total(_sop(seq)))


def _apply(operator: str, *atoms: Atom) -> Atom:
    try:
        return apply(operator, (), *atoms)
    except OperationError as error:
        raise RaspTypeError(error.message) from None


def _chosen(comparison: str, a: Any, b: Any) -> Any:
    """a where it is greater or less than b, else b; of two atoms an atom."""
    if is_atom(a) and is_atom(b):
        return a if _apply(comparison, a, b) else b
    return where(SOp(construct.elementwise(comparison, operand(a), operand(b))), a, b)


def load_from_location(seq: object, location: object) -> SOp:
    """The value at the position that `location` names; 0 if there is no such position."""
    sequence = operand(seq)
    return SOp(gather(construct.as_sop(sequence), operand(location)))


def shift(seq: object, n: object, filler: Atom) -> SOp:
    """seq moved n positions to the right, filled up with filler."""
    return aggregate(select(indices, indices - n, "=="), seq, filler)


def mark_last_instance(seq: SOp, value: object) -> SOp:
    """Whether a position holds the last occurrence of value."""
    later = select(indices, indices, ">") & select(seq, value, "==")
    return (seq == value) & ~has_focus(later)


def mark_first_instance(seq: SOp, value: object) -> SOp:
    """Whether a position holds the first occurrence of value."""
    earlier = select(indices, indices, "<") & select(seq, value, "==")
    return (seq == value) & ~has_focus(earlier)


def select_from_last(seq: SOp, value: object) -> Selector:
    """Every position selects the last occurrence of value, if there is one."""
    return select(mark_last_instance(seq, value), True, "==")


def select_from_first(seq: SOp, value: object) -> Selector:
    """Every position selects the first occurrence of value, if there is one."""
    return select(mark_first_instance(seq, value), True, "==")


def sort(seq: object, key: SOp) -> SOp:
    """seq in the order of its keys, from the smallest; equal keys keep their order."""
    smaller = select(key, key, "<")
    equal_and_earlier = select(key, key, "==") & select(indices, indices, "<")
    target = selector_width(smaller | equal_and_earlier)
    return aggregate(select(target, indices, "=="), seq)


def select_next_identical(seq: SOp) -> Selector:
    """Every position selects the next one that holds the same value, if there is one."""
    same_before = select(seq, seq, "==") & select(indices, indices, "<")
    number = selector_width(same_before)
    return select(seq, seq, "==") & select(number, number + 1, "==")


def _sop(value: object) -> SOpNode:
    node = operand(value)
    if is_atom(node) or not is_sop(node):
        raise RaspTypeError(f"expected an s-op, got {value!r}")
    return node

"""The closed table of what operators and indexing do with which kinds of values.

Plain values are computed, s-ops and selectors become graph nodes, everything else is refused.
Errors have no place yet: the machine that runs expressions adds it.
"""

from __future__ import annotations

from typing import NoReturn

from rasp.elaborate.limits import Meter
from rasp.elaborate.scope import Value
from rasp.elaborate.values import describe, equal, first_difference, kind_of, truth
from rasp.errors import (
    RaspError,
    RaspLimitError,
    RaspTypeError,
    RaspValueError,
)
from rasp.graph import construct
from rasp.graph.construct import is_atom, is_selector, is_sop
from rasp.graph.derived import element, gather, occurs
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.operators import OperationError, apply, is_key, parts_of, whole

ARITHMETIC = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
    "^": "power",
}
COMPARISONS = {
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
_BINARY = ARITHMETIC | COMPARISONS
_UNARY = {"-": "negate", "+": "plus", "not": "not", "round": "round", "indicator": "indicator"}
_ERRORS: dict[str, type[RaspError]] = {
    "type": RaspTypeError,
    "value": RaspValueError,
    "limit": RaspLimitError,
}

Operand = SOpNode | Atom


def _apply(operator: str, *operands: Atom) -> Atom:
    try:
        return apply(operator, (), *operands)
    except OperationError as error:
        raise _ERRORS[error.category](error.message) from None


def _refuse(symbol: str, *operands: Value) -> NoReturn:
    kinds = " and ".join(map(kind_of, operands))
    lists = [isinstance(operand, list) for operand in operands]
    raise RaspTypeError(
        f"cannot apply '{symbol}' to {kinds}",
        hint="to every item: `[x + 1 for x in items]`" if any(lists) and not all(lists) else None,
        notes=[f"operand: {describe(v)}" for v in operands],
    )


def _is_operand(value: Value) -> bool:
    return is_atom(value) or is_sop(value)


def operand(value: Value, role: str) -> Operand:
    """An s-op or an atom, which stands for the constant s-op."""
    if is_atom(value) or is_sop(value):
        return value
    hint = None
    if is_selector(value):
        hint = "how many positions a selector selects is `selector_width(selector)`"
    elif isinstance(value, list):
        hint = "a list is looked up at an s-op: `[1, 2, 3][indices % 3]`"
    raise RaspTypeError(f"{role} has to be an s-op or an atom, got {describe(value)}", hint=hint)


# ---- operators


def unary(symbol: str, operand: Value) -> Value:
    """``not``, ``-``, ``+``, ``round``."""
    if is_sop(operand):
        return construct.elementwise(_UNARY[symbol], operand)
    if symbol == "not":
        return construct.selector_not(operand) if is_selector(operand) else not truth(operand)
    if is_atom(operand):
        return _apply(_UNARY[symbol], operand)
    _refuse(symbol, operand)


def indicator(operand: Value) -> Value:
    if not is_sop(operand):
        raise RaspTypeError(
            f"indicator expects an s-op, got {describe(operand)}",
            hint="of a plain value v it is `1 if v else 0`",
        )
    return construct.elementwise("indicator", operand)


def binary(left: Value, symbol: str, right: Value, meter: Meter) -> Value:
    """Arithmetic and comparison."""
    if is_selector(left) or is_selector(right):
        raise RaspTypeError(
            f"cannot apply '{symbol}' to {kind_of(left)} and {kind_of(right)}",
            hint="selectors are combined with 'and', 'or' and 'not'; how many positions one "
            "selects is `selector_width(selector)`",
        )
    if is_atom(left) and is_atom(right):
        return _apply(_BINARY[symbol], left, right)
    if is_sop(left) or is_sop(right):
        if _is_operand(left) and _is_operand(right):
            return construct.elementwise(
                _BINARY[symbol], operand(left, "operand"), operand(right, "operand")
            )
        if symbol in ("==", "!="):  # no position holds a list, dict or function
            return construct.constant(symbol == "!=")
        _refuse(symbol, left, right)
    if symbol == "==":
        return equal(left, right, meter)
    if symbol == "!=":
        return not equal(left, right, meter)
    return _of_lists(left, symbol, right, meter)


def _of_lists(left: Value, symbol: str, right: Value, meter: Meter) -> Value:
    """What is defined for lists: concatenation, repetition, lexicographic order."""
    if isinstance(left, list) and isinstance(right, list):
        if symbol == "+":
            meter.check_items(len(left) + len(right))
            return left + right
        if symbol in COMPARISONS:
            a, b = first_difference(left, right, meter)
            if is_atom(a) and is_atom(b):
                return _apply(COMPARISONS[symbol], a, b)
            _refuse(symbol, a, b)
    if symbol == "*":
        for items, times in ((left, right), (right, left)):
            count = whole(times) if is_atom(times) else None
            if isinstance(items, list) and count is not None:
                meter.check_items(len(items) * max(0, count))
                return items * count
    _refuse(symbol, left, right)


def logical(left: Value, symbol: str, right: Value) -> Value:
    """``and`` and ``or`` where the left operand does not decide."""
    if is_selector(left) or is_selector(right):
        if not (is_selector(left) and is_selector(right)):
            raise RaspTypeError(
                f"cannot apply '{symbol}' to {kind_of(left)} and {kind_of(right)}",
                hint="a selector can only be combined with a selector; a condition on keys is one "
                "as `select(condition, True, ==)`",
            )
        combine = construct.selector_and if symbol == "and" else construct.selector_or
        return combine(left, right)
    if is_sop(left) or is_sop(right):
        if not (_is_operand(left) and _is_operand(right)):
            _refuse(symbol, left, right)
        return construct.elementwise(symbol, operand(left, "operand"), operand(right, "operand"))
    return right if truth(left) == (symbol == "and") else left


def conditional(condition: SOpNode, then: Value, otherwise: Value) -> SOpNode:
    """The choice between two s-ops, position by position."""
    return construct.elementwise(
        "where",
        condition,
        operand(then, "what an s-op chooses"),
        operand(otherwise, "what an s-op chooses"),
    )


def membership(item: Value, container: Value, meter: Meter) -> Value:
    """``item in container``."""
    if is_sop(item):
        if isinstance(container, str):
            meter.charge(len(container) ** 3 // 100)  # characters of all its parts together
            return construct.elementwise("member", item, parameters=parts_of(container))
        if isinstance(container, dict):
            container = list(container)
        if not isinstance(container, list):
            raise RaspTypeError(
                f"an s-op can be looked for in a list of atoms, not in {describe(container)}",
                hint=_membership_hint(container),
            )
        meter.charge(len(container))
        return construct.elementwise("member", item, parameters=_atoms(container, "the list"))
    if not is_atom(item):
        raise RaspTypeError(f"only an s-op or an atom can be looked for, not {describe(item)}")
    if is_sop(container):
        return occurs(item, container)
    if isinstance(container, list):
        meter.charge(len(container))
        return any(is_atom(other) and other == item for other in container)
    if isinstance(container, dict):
        return is_key(item, container)
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    raise RaspTypeError(f"cannot look for {describe(item)} in {describe(container)}")


def _membership_hint(container: Value) -> str | None:
    if is_sop(container):
        return "whether the input holds what each position has: `has_focus(select(a, b, ==))`"
    return None


def _atoms(values: list[Value], what: str) -> list[Atom]:
    atoms = [value for value in values if is_atom(value)]
    if len(atoms) < len(values):
        other = next(value for value in values if not is_atom(value))
        raise RaspTypeError(f"{what} may hold only atoms here, but holds {describe(other)}")
    return atoms


# ---- indexing


def index(value: Value, place: Value, meter: Meter) -> Value:
    """``value[place]``."""
    if is_sop(value):
        return _index_sop(value, place)
    if isinstance(value, dict):
        return _index_dict(value, place, meter)
    if not isinstance(value, (list, str)):
        raise RaspTypeError(
            f"cannot index {describe(value)}",
            hint="an s-op at another position is read as `tokens[0]`, or by aggregate"
            if is_selector(value)
            else None,
        )
    kind = "list" if isinstance(value, list) else "string"
    if is_sop(place):
        meter.charge(len(value))
        items = _atoms(value, "a list indexed by an s-op") if isinstance(value, list) else value
        return construct.elementwise(f"index_{kind}", place, parameters=tuple(items))
    at = whole(place) if is_atom(place) else None
    if at is None:
        raise RaspTypeError(
            f"an index into a {kind} has to be an integer or an s-op, got {describe(place)}"
        )
    if not -len(value) <= at < len(value):
        raise RaspValueError(
            f"index {describe(at)} is out of range for a {kind} of length {len(value)}"
        )
    return value[at]


def _index_sop(value: SOpNode, place: Value) -> SOpNode:
    if is_sop(place):
        return gather(value, place)
    at = whole(place) if is_atom(place) else None
    if at is None:
        raise RaspTypeError(
            f"an index into an s-op has to be an integer or an s-op, got {describe(place)}",
            hint=f"where it has this value is `x == {describe(place)}`" if is_atom(place) else None,
        )
    return element(value, at)


def _index_dict(table: dict[Atom, Value], key: Value, meter: Meter) -> Value:
    if is_sop(key):
        meter.charge(len(table))
        values = _atoms(list(table.values()), "a dict indexed by an s-op")
        parameters = [part for entry in zip(table, values, strict=True) for part in entry]
        return construct.elementwise("index_dict", key, parameters=parameters)
    if not is_atom(key):
        raise RaspTypeError(f"a key has to be an atom or an s-op, got {describe(key)}")
    if not is_key(key, table):
        raise RaspValueError(f"key {describe(key)} is not in the dict")
    return table[key]


def dict_key(key: Value) -> Atom:
    """A value as the key of an entry."""
    if not is_atom(key):
        raise RaspTypeError(f"the key of a dict has to be an atom, got {describe(key)}")
    return key


def cost(value: Value) -> int:
    """Steps to charge for a value beyond the one that made it: about one for each 16 bytes."""
    if isinstance(value, str):
        return len(value) // 16
    if isinstance(value, int):
        return value.bit_length() // 128
    return 0

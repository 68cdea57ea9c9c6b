"""Builtin forms and their arguments -> values: select, aggregate, best, fetch, sum, len, range

Errors have no place yet, as in `rasp.elaborate.operations`.
"""

from __future__ import annotations

from rasp.elaborate.limits import Meter
from rasp.elaborate.operations import binary, indicator, operand, unary
from rasp.elaborate.scope import Value
from rasp.elaborate.values import describe, is_node
from rasp.errors import (
    RaspArityError,
    RaspTypeError,
    RaspValueError,
)
from rasp.graph import construct
from rasp.graph.construct import is_atom, is_selector, is_sop
from rasp.graph.derived import total
from rasp.graph.nodes import SelectorNode, SOpNode
from rasp.graph.operators import whole


def select(key: Value, query: Value, comparison: str) -> SelectorNode:
    return construct.select(
        operand(key, "the key of select"), operand(query, "the query of select"), comparison
    )


def aggregate(selector: Value, value: Value, default: Value) -> SOpNode:
    if not is_selector(selector):
        raise RaspTypeError(
            f"aggregate expects a selector, got {describe(selector)}",
            hint="the selector comes first: `aggregate(selector, value)`"
            if is_selector(value)
            else "which positions are read says a selector: "
            "`aggregate(select(indices, 0, ==), tokens)`",
        )
    if not is_atom(default):
        raise RaspTypeError(
            f"the default of aggregate has to be an atom, got {describe(default)}",
            hint="an s-op where nothing is selected: "
            "`aggregate(selector, value) if has_focus(selector) else other`"
            if is_sop(default)
            else None,
        )
    return construct.aggregate(selector, operand(value, "the value of aggregate"), default)


def builtin(name: str, arguments: list[Value], meter: Meter) -> Value:
    """The forms that the grammar knows by name, and those that the library adds."""
    match name:
        case "round":
            return unary("round", arguments[0])
        case "indicator":
            return indicator(arguments[0])
        case "len":
            return _length(arguments[0])
        case "range":
            return _range(arguments, meter)
        case "zip":
            return _zip(arguments, meter)
        case "selector_width":
            return _selector_width(arguments[0])
        case "sum":
            return _sum(arguments[0], meter)
        case "best":
            return _best(arguments[0], arguments[1])
        case "first":
            return construct.first(_selector(arguments[0], "first"))
        case "last":
            return construct.last(_selector(arguments[0], "last"))
        case "fetch":
            return _fetch(*arguments)
    raise AssertionError(name)


def _selector_width(selector: Value) -> SOpNode:
    if not is_selector(selector):
        raise RaspTypeError(
            f"selector_width expects a selector, got {describe(selector)}",
            hint="how many positions hold a value is `count(tokens, value)`",
        )
    return construct.selector_width(selector)


def _selector(value: Value, form: str) -> SelectorNode:
    """The first argument of a form that chooses among selected positions."""
    if is_selector(value):
        return value
    raise RaspTypeError(
        f"{form} expects a selector, got {describe(value)}",
        hint=f"where a condition holds says a selector: `{_USAGES[form]}`"
        if is_sop(value) or is_atom(value)
        else None,
    )


_WHERE = 'select(tokens == "a", True, ==)'


_USAGES = {
    "best": f"best({_WHERE}, indices)",
    "first": f"first({_WHERE})",
    "last": f"last({_WHERE})",
    "fetch": f"fetch({_WHERE}, indices)",
}


def _best(selector: Value, score: Value) -> SelectorNode:
    if is_selector(score) and not is_selector(selector):
        raise RaspTypeError(
            f"best expects a selector, got {describe(selector)}",
            hint="the selector comes first: `best(selector, score)`",
        )
    return construct.best(_selector(selector, "best"), operand(score, "the score of best"))


def _fetch(selector: Value, value: Value, default: Value | None = None) -> SOpNode:
    if is_selector(value) and not is_selector(selector):
        raise RaspTypeError(
            f"fetch expects a selector, got {describe(selector)}",
            hint="the selector comes first: `fetch(selector, value)`",
        )
    head = _selector(selector, "fetch")
    if default is not None and not is_atom(default):
        raise RaspTypeError(
            f"the default of fetch has to be an atom, got {describe(default)}",
            hint="an s-op where nothing is selected: "
            "`fetch(selector, value, 0) if has_focus(selector) else other`"
            if is_sop(default)
            else None,
        )
    return construct.fetch(head, operand(value, "the value of fetch"), default)


def _sum(value: Value, meter: Meter) -> Value:
    if is_sop(value):
        return total(value)
    if not isinstance(value, list):
        raise RaspTypeError(
            f"sum expects an s-op or a list, got {describe(value)}",
            hint="how many positions a selector selects is `selector_width(selector)`"
            if is_selector(value)
            else None,
        )
    result: Value = 0
    for item in value:
        meter.charge(1)
        result = binary(result, "+", item, meter)
    return result


def _length(value: Value) -> int:
    if isinstance(value, (list, dict, str)):
        return len(value)
    hint = "the length of the input is `length`" if is_node(value) else None
    raise RaspTypeError(f"len expects a list, dict or string, got {describe(value)}", hint=hint)


def _range(arguments: list[Value], meter: Meter) -> Value:
    if len(arguments) > 3:
        raise RaspArityError(f"range expects 1, 2 or 3 arguments, got {len(arguments)}")
    bounds: list[int] = []
    for argument in arguments:
        bound = whole(argument) if is_atom(argument) else None
        if bound is None:
            hint = "the positions, from 0, are `indices`" if is_node(argument) else None
            raise RaspTypeError(f"range expects integers, got {describe(argument)}", hint=hint)
        bounds.append(bound)
    if len(bounds) == 3 and bounds[2] == 0:
        raise RaspValueError("the step of range cannot be zero")
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    meter.check_items(max(0, (stop - start + step - (1 if step > 0 else -1)) // step))
    return list(range(start, stop, step))


def _zip(arguments: list[Value], meter: Meter) -> Value:
    lists: list[list[Value]] = []
    for number, argument in enumerate(arguments, 1):
        if not isinstance(argument, list):
            raise RaspTypeError(
                f"zip expects lists, but argument {number} is {describe(argument)}",
                hint="operators take the values of two s-ops: `x + y`"
                if is_sop(argument)
                else None,
            )
        if lists and len(argument) != len(lists[0]):
            raise RaspTypeError(
                f"zip expects lists of one length, but argument {number} has {len(argument)} "
                f"items and the first has {len(lists[0])}"
            )
        lists.append(argument)
    meter.check_items(len(lists[0]) * (len(lists) + 1))
    return [list(items) for items in zip(*lists, strict=True)]

"""The values a program computes with while it is elaborated.

    atom | list | dict | function | s-op | selector

Lists and dicts are never changed once made, so they may be shared: a value can be a graph that
would be exponentially large as a tree.  Whatever looks into one works on the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from rasp.elaborate.scope import FunctionValue, Value
from rasp.errors import RaspTypeError
from rasp.graph.construct import is_atom, is_selector, is_sop
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import Node
from rasp.graph.operators import show, type_name
from rasp.graph.text import to_text

if TYPE_CHECKING:
    from rasp.elaborate.limits import Meter


def is_node(value: object) -> TypeGuard[Node]:
    return is_sop(value) or is_selector(value)


def kind_of(value: Value) -> str:
    """What a value is called in messages."""
    if is_sop(value):
        return "s-op"
    if is_selector(value):
        return "selector"
    return "function" if isinstance(value, FunctionValue) else type_name(value)


_SHOWN_ITEMS = 4
_SHOWN_CHARACTERS = 40


def describe(value: Value, depth: int = 2) -> str:
    """A value as a message shows it, shortened."""
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        return f'"{value[:_SHOWN_CHARACTERS]}..."'
    if is_atom(value):
        return show(value)
    if value is LENGTH:
        return "the s-op length"
    if is_node(value):
        return f"the {kind_of(value)} {to_text(value, limit=_SHOWN_CHARACTERS)}"
    if isinstance(value, FunctionValue):
        return f"the function {value.name}"
    assert isinstance(value, (list, dict))
    rest = ", ..." if len(value) > _SHOWN_ITEMS else ""
    if isinstance(value, dict):
        if not depth:
            return "{...}" if value else "{}"
        entries = [
            f"{show(key)}: {describe(value[key], depth - 1)}" for key in list(value)[:_SHOWN_ITEMS]
        ]
        return "{" + ", ".join(entries) + rest + "}"
    if not depth:
        return "[...]" if value else "[]"
    return "[" + ", ".join(describe(item, depth - 1) for item in value[:_SHOWN_ITEMS]) + rest + "]"


def truth(value: Value) -> bool:
    """Whether a plain value counts as true; an s-op or selector has no single truth."""
    assert not is_node(value)
    return True if isinstance(value, FunctionValue) else bool(value)


def equal(left: Value, right: Value, meter: Meter) -> bool:
    """`==` of plain values: structural, 1 and 1.0 and True alike; functions by identity."""
    pairs: list[tuple[Value, Value]] = [(left, right)]
    compared: set[tuple[int, int]] = set()  # equal so far, or the whole is unequal
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            if (id(a), id(b)) not in compared:
                compared.add((id(a), id(b)))
                meter.charge(len(a))
                pairs.extend(zip(a, b, strict=True))
        elif isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            if (id(a), id(b)) not in compared:
                compared.add((id(a), id(b)))
                meter.charge(len(a))
                pairs.extend((a[key], b[key]) for key in a)
        elif is_atom(a) and is_atom(b):
            if a != b:
                return False
        elif a is not b:
            return False
    return True


def first_difference(left: Value, right: Value, meter: Meter) -> tuple[Value, Value]:
    """The items that decide the order of two lists, or their lengths; other values themselves."""
    while isinstance(left, list) and isinstance(right, list):
        for a, b in zip(left, right, strict=False):
            meter.charge(1)
            if not equal(a, b, meter):
                left, right = a, b
                break
        else:
            return len(left), len(right)
    return left, right


def items_of(value: Value, what: str) -> list[Value]:
    """What iterating a value gives: items, keys or characters.  Raises RaspTypeError."""
    if isinstance(value, list):
        return value
    if isinstance(value, (dict, str)):
        return list(value)
    hint = None
    if is_sop(value):
        hint = (
            "an s-op has a value for every position already, and operators apply to each: "
            "`x + 1` adds everywhere"
        )
    elif is_atom(value) and isinstance(value, int):
        hint = "the numbers below it are `range(x)`"
    raise RaspTypeError(f"{what} expects a list, dict or string, got {describe(value)}", hint=hint)


def unpack(value: Value, count: int) -> list[Value]:
    """The `count` items of a value that is assigned to so many names.  Raises RaspTypeError."""
    if not isinstance(value, (list, dict, str)):
        hint = "an s-op is one value; those at positions are `x[0]` and `x[1]`"
        raise RaspTypeError(
            f"cannot unpack {describe(value)} into {count} names",
            hint=hint if is_node(value) else None,
        )
    if len(value) != count:
        raise RaspTypeError(f"expected {count} values, got {len(value)}")
    return list(value)

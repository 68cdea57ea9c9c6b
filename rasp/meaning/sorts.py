"""What kinds of values s-ops have, as their expressions say: crude, but quick.

Whether they are numbers or strings, how large, and whether one may be nan: so which operations
never fail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from rasp.graph.nodes import (
    Aggregate,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    SelectorWidth,
    Tokens,
)
from rasp.meaning.space import Space
from rasp.meaning.states import UnprovedError, ordered

LARGE = 1e300

_NEVER = {"equal", "not_equal", "and", "or", "not", "where", "indicator", "to_bool", "member"}
_ARITHMETIC = {"add", "subtract", "multiply", "negate", "plus"}
_ORDERED = {"less", "less_equal", "greater", "greater_equal"}


@dataclass(frozen=True)
class Sort:
    """What kinds of values a quantity has, and how large its numbers are; nan: may one be nan?"""

    numbers: bool
    strings: bool
    largest: float = 0.0
    nonzero: bool = False
    nan: bool = False

    @property
    def finite(self) -> bool:
        return self.largest < LARGE and not self.nan


def sorts(order: Sequence[Node], space: Space) -> dict[Node, Sort]:
    """For every s-op; crude, but quick."""
    found: dict[Node, Sort] = {}
    for node in order:
        match node:
            case Tokens():
                found[node] = _sort_of(space.tokens)
            case Indices() | SelectorWidth():
                found[node] = Sort(True, False, float(space.max_len))
            case Constant(value=value):
                found[node] = _sort_of((value,))
            case Aggregate(value=value, default=default):
                found[node] = _either(found[value], _sort_of((default,)))
            case Fetch(value=value, default=other):
                found[node] = found[value]
                if other is not None:
                    found[node] = _either(found[value], _sort_of((other,)))
            case Elementwise():
                found[node] = _result(node, [found[operand] for operand in node.operands])
                if not found[node].finite:
                    found[node] = _listed(node, space) or found[node]
    return found


def _listed(node: Elementwise, space: Space) -> Sort | None:
    """What its values say, if token and position decide these, and they can be listed: of a power
    the kinds of the operands say little."""
    at_once = (Tokens, Indices, Constant, Elementwise)
    if all(isinstance(p, at_once) or space.is_length(p) for p in ordered([node], frozenset())):
        with suppress(UnprovedError):
            return _sort_of(space.domain(node).values)
    return None


def _sort_of(values: Sequence[Any]) -> Sort:
    numbers = [value for value in values if not isinstance(value, str)]
    largest = max((min(abs(value), 10**301) for value in numbers if value == value), default=0)
    nonzero, nan = all(v != 0 for v in numbers), any(v != v for v in numbers)
    return Sort(bool(numbers), len(numbers) < len(values), float(largest), nonzero, nan)


def _either(a: Sort, b: Sort) -> Sort:
    largest, nan = max(a.largest, b.largest), a.nan or b.nan
    return Sort(a.numbers or b.numbers, a.strings or b.strings, largest, nan=nan)


def _result(node: Elementwise, operands: list[Sort]) -> Sort:
    """Of numbers none of which is nan or infinite no operation makes nan, but `^` may."""
    found = _computed(node, operands)
    if node.operator in ("add", "subtract", "multiply", "negate", "plus", "divide", "modulo"):
        return replace(found, nan=not all(operand.finite for operand in operands))
    return found


def _computed(node: Elementwise, operands: list[Sort]) -> Sort:
    name = node.operator
    if name in ("equal", "not_equal", "and", "or", "not", "to_bool", "member", *_ORDERED):
        return Sort(True, False, 1.0)
    sizes = [operand.largest for operand in operands]
    match name:
        case "indicator":
            return Sort(True, False, 1.0)
        case "where":
            return _either(operands[1], operands[2])
        case "add" | "subtract":
            return Sort(True, any(o.strings for o in operands), sum(sizes))
        case "multiply":
            return Sort(True, any(o.strings for o in operands), sizes[0] * sizes[1])
        case "negate" | "plus":
            return Sort(True, False, sizes[0])
        case "round":
            return Sort(True, False, sizes[0] + 1)
        case "modulo":
            return Sort(True, False, sizes[1])
        case "to_str":
            return Sort(False, True)
        case "to_int":
            return Sort(True, False, math.inf)
        case "index_list" | "index_string":
            return _sort_of(node.parameters)
        case "index_dict":
            return _sort_of(node.parameters[1::2])
    return Sort(True, True, math.inf, nan=True)


def may_fail(node: Elementwise, operands: list[Sort]) -> bool:
    """False only if it never does."""
    name = node.operator
    if name in _NEVER:
        return False
    if all(operand.finite for operand in operands):
        numbers = all(not operand.strings for operand in operands)
        strings = all(not operand.numbers for operand in operands)
        result = _result(node, operands)
        if name in _ARITHMETIC and numbers:
            return not result.largest < LARGE
        if name in _ORDERED:
            return not (numbers or strings)
        if name == "round":
            return not numbers
        if name in ("divide", "modulo") and numbers:
            return not operands[1].nonzero
    return True


def mixed(a: Sort, b: Sort) -> bool:
    """May a string meet a number?"""
    return (a.strings or b.strings) and (a.numbers or b.numbers)

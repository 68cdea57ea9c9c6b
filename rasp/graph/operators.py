"""The elementwise operators: one table of names, symbols and meanings on single values.

This is the closed operator table of the language: whatever an operator's meaning refuses raises
`OperationError`, and nothing else escapes.  `apply` is the reference that every vectorised form
(`rasp.graph.columns`) must agree with.
"""

from __future__ import annotations

import json
import math
import operator as python
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from rasp.graph.nodes import Atom, atom_key
from rasp.visible import shortened

Category = Literal["type", "value", "limit"]

MAX_INTEGER_BITS = 14_000  # 4,215 digits: Python itself refuses to print more than 4,300
LARGEST_TOKEN_BITS = 13_000
"""Of integers in a vocabulary, also as strings: a few of them have a sum."""

MAX_STRING_LENGTH = 1_000_000
MAX_SHOWN_BITS = 14_000  # Python refuses to write integers of more than 4,300 digits


class OperationError(Exception):
    """An operator refuses its operands.  category says in which way."""

    def __init__(self, message: str, category: Category = "type") -> None:
        super().__init__(message)
        self.message = message
        self.category: Category = category


@dataclass(frozen=True, slots=True)
class Operator:
    """name: as in graph nodes; symbol: as in programs; meaning: on atoms, after the parameters."""

    name: str
    symbol: str
    arity: int
    meaning: Callable[..., Atom]
    parametric: bool = False


def type_name(value: object) -> str:
    """What a value is called in messages."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return "string"
    if isinstance(value, (list, tuple)):
        return "list"
    if isinstance(value, dict):
        return "dict"
    return type(value).__name__


def _is_number(value: Atom) -> bool:
    return isinstance(value, (int, float))


def _refuse(symbol: str, *values: Atom) -> OperationError:
    return OperationError(f"cannot apply '{symbol}' to {' and '.join(map(type_name, values))}")


def _checked(value: Atom) -> Atom:
    if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
        raise OperationError(f"the number has more than {MAX_INTEGER_BITS} bits", "limit")
    return value


def whole(value: Atom) -> int | None:
    """The integer that a value stands for where one is needed: ints, bools, whole floats."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def _add(a: Atom, b: Atom) -> Atom:
    if isinstance(a, str) and isinstance(b, str):
        if len(a) + len(b) > MAX_STRING_LENGTH:
            raise OperationError(
                f"the string is longer than {MAX_STRING_LENGTH} characters", "limit"
            )
        return a + b
    return _numeric("+", python.add, a, b)


def _multiply(a: Atom, b: Atom) -> Atom:
    for text, times in ((a, b), (b, a)):
        if isinstance(text, str):
            count = whole(times)
            if count is None:
                raise _refuse("*", a, b)
            if len(text) * count > MAX_STRING_LENGTH:
                raise OperationError(
                    f"the string is longer than {MAX_STRING_LENGTH} characters", "limit"
                )
            return text * count if text and count > 0 else ""
    return _numeric("*", python.mul, a, b)


def _numeric(symbol: str, function: Callable[[Atom, Atom], Atom], a: Atom, b: Atom) -> Atom:
    if not (_is_number(a) and _is_number(b)):
        raise _refuse(symbol, a, b)
    try:
        return _checked(function(a, b))
    except ZeroDivisionError:
        message = "division by zero" if symbol != "%" else "modulo by zero"
        raise OperationError(message, "value") from None
    except OverflowError:
        raise OperationError("the number is too large for a float", "value") from None


def _power(a: Atom, b: Atom) -> Atom:
    if not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        raise _refuse("^", a, b)
    integers = isinstance(a, int) and isinstance(b, int)
    if integers and abs(a) > 1 and int(a).bit_length() * b > 2 * MAX_INTEGER_BITS:
        raise OperationError(f"the number has more than {MAX_INTEGER_BITS} bits", "limit")
    try:
        result = a**b
    except ZeroDivisionError:
        raise OperationError("zero cannot be raised to a negative power", "value") from None
    except OverflowError:
        raise OperationError("the number is too large for a float", "value") from None
    if isinstance(result, complex):
        raise OperationError("a negative number cannot be raised to a fractional power", "value")
    value: Atom = result
    return _checked(value)


def _negate(a: Atom) -> Atom:
    if not isinstance(a, (int, float)):
        raise _refuse("-", a)
    return -a


def _plus(a: Atom) -> Atom:
    if not isinstance(a, (int, float)):
        raise _refuse("+", a)
    return +a


def _ordered(symbol: str, function: Callable[[Atom, Atom], bool]) -> Callable[[Atom, Atom], Atom]:
    def compare(a: Atom, b: Atom) -> Atom:
        if isinstance(a, str) != isinstance(b, str):
            raise _refuse(symbol, a, b)
        return function(a, b)

    return compare


def _round(a: Atom) -> Atom:
    if not isinstance(a, (int, float)):
        raise _refuse("round", a)
    try:
        return round(a)
    except (ValueError, OverflowError):
        raise OperationError(f"cannot round {a}", "value") from None


def _to_int(a: Atom) -> Atom:
    try:
        return _checked(int(a))
    except (ValueError, OverflowError):
        raise OperationError(f"{show(a)} is not an integer", "value") from None


def _to_float(a: Atom) -> Atom:
    try:
        return float(a)
    except (ValueError, OverflowError):
        raise OperationError(f"{show(a)} is not a number", "value") from None


_TRUTHS = {"True": True, "T": True, "1": True, "False": False, "F": False, "0": False, "": False}


def _to_bool(a: Atom) -> Atom:
    if not isinstance(a, str):
        return bool(a)
    return _TRUTHS.get(a, True)


def _index_sequence(kind: str) -> Callable[..., Atom]:
    def index(parameters: tuple[Atom, ...], a: Atom) -> Atom:
        place = whole(a)
        if place is None:
            raise OperationError(f"an index into a {kind} has to be an integer, got {show(a)}")
        if not -len(parameters) <= place < len(parameters):
            raise OperationError(
                f"index {show(place)} is out of range for a {kind} of length {len(parameters)}",
                "value",
            )
        return parameters[place]

    return index


_latest: tuple[tuple[Atom, ...], dict[Atom, Atom]] = ((), {})
"""The entries of the dict that was looked into last, which mostly is looked into again: a dict of
n words is asked for each of them."""


def _entries(parameters: tuple[Atom, ...]) -> dict[Atom, Atom]:
    global _latest
    known, table = _latest
    if known is not parameters:
        table = dict(zip(parameters[::2], parameters[1::2], strict=True))
        _latest = parameters, table
    return table


def _index_dict(parameters: tuple[Atom, ...], a: Atom) -> Atom:
    table = _entries(parameters)
    if not is_key(a, table):
        raise OperationError(f"key {show(a)} is not in the dict", "value")
    return table[a]


def is_key(a: Atom, entries: Collection[Atom]) -> bool:
    """Is it one of them, as ``==`` says?  A nan equals nothing, itself included: Python would find
    it where it is the very same object."""
    return a == a and a in entries


def parts_of(text: str) -> tuple[Atom, ...]:
    """What is `in` a string: its characters and longer parts, and the empty string; itself last."""
    spans = ((i, j) for i in range(len(text)) for j in range(i + 1, len(text) + 1))
    parts = {text[i:j]: None for i, j in spans}
    return ("", *sorted(parts, key=len))


def _to_str(a: Atom) -> Atom:
    if isinstance(a, int) and a.bit_length() > MAX_SHOWN_BITS:
        raise OperationError(f"{show(a)} is too long to be written out", "limit")
    return str(a)


def show(value: Atom) -> str:
    """An atom as a program would write it; a string that none can write, as JSON does."""
    if isinstance(value, str) and ('"' in value or "\n" in value or "\r" in value):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and value.bit_length() > MAX_SHOWN_BITS:
        return f"an integer of {value.bit_length()} bits"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def short(value: Atom, limit: int = 60) -> str:
    """The same for messages: of a long one the beginning, and how long it is."""
    return shortened(show(value), limit)


_TABLE = [
    Operator("add", "+", 2, _add),
    Operator("subtract", "-", 2, lambda a, b: _numeric("-", python.sub, a, b)),
    Operator("multiply", "*", 2, _multiply),
    Operator("divide", "/", 2, lambda a, b: _numeric("/", python.truediv, a, b)),
    Operator("modulo", "%", 2, lambda a, b: _numeric("%", python.mod, a, b)),
    Operator("power", "^", 2, _power),
    Operator("negate", "-", 1, _negate),
    Operator("plus", "+", 1, _plus),
    Operator("not", "not", 1, lambda a: not a),
    Operator("and", "and", 2, lambda a, b: bool(a) and bool(b)),
    Operator("or", "or", 2, lambda a, b: bool(a) or bool(b)),
    Operator("equal", "==", 2, lambda a, b: a == b),
    Operator("not_equal", "!=", 2, lambda a, b: a != b),
    Operator("less", "<", 2, _ordered("<", python.lt)),
    Operator("less_equal", "<=", 2, _ordered("<=", python.le)),
    Operator("greater", ">", 2, _ordered(">", python.gt)),
    Operator("greater_equal", ">=", 2, _ordered(">=", python.ge)),
    Operator("round", "round", 1, _round),
    Operator("indicator", "indicator", 1, lambda a: int(bool(a))),
    # condition, value if true, value if false; all three are evaluated everywhere
    Operator("where", "if", 3, lambda c, a, b: a if c else b),
    Operator("to_str", "tokens_str", 1, _to_str),
    Operator("to_int", "tokens_int", 1, _to_int),
    Operator("to_float", "tokens_float", 1, _to_float),
    Operator("to_bool", "tokens_bool", 1, _to_bool),
    # parameters: the items
    Operator("index_list", "[]", 1, _index_sequence("list"), parametric=True),
    Operator("index_string", "[]", 1, _index_sequence("string"), parametric=True),
    # parameters: key, value, key, value, ...
    Operator("index_dict", "[]", 1, _index_dict, parametric=True),
    Operator("member", "in", 1, lambda parameters, a: is_key(a, parameters), parametric=True),
]

OPERATORS: dict[str, Operator] = {entry.name: entry for entry in _TABLE}

COMPARISON_OPERATORS = {
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}

MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What a comparison is with its sides exchanged."""


def apply(name: str, parameters: tuple[Atom, ...], *values: Atom) -> Atom:
    """The operator's value on atoms.  Raises OperationError."""
    entry = OPERATORS[name]
    if entry.parametric:
        return entry.meaning(parameters, *values)
    return entry.meaning(*values)


def same(first: Atom, second: Atom) -> bool:
    """Whether `fetch` takes two values for one: as ``==`` does, but that a nan is itself."""
    return first == second or (first != first and second != second)


NOTHING = "fetch selects nothing"
SEVERAL = "fetch selects different values"


def fetched(values: Sequence[Atom], default: Atom | None) -> Atom:
    """What `fetch` makes of the selected values: the first of them, if all are the same."""
    if not values:
        if default is None:
            raise OperationError(NOTHING, "value")
        return default
    if not all(same(value, values[0]) for value in values):
        raise OperationError(SEVERAL, "value")
    return values[0]


def mean(values: Sequence[Atom]) -> Atom:
    """What `aggregate` makes of the selected values; there is at least one.

    Values that are all the same, type included, are that value, whatever its type.  Other numbers
    are averaged, booleans only beside a number that is none: the exact mean, rounded once, always a
    float.  So it does not depend on the order of positions: it is a function of what is selected,
    which a compiled model can be equal to.
    """
    first = values[0]
    if len(set(map(atom_key, values))) == 1:
        return first
    numbers = [value for value in values if isinstance(value, (int, float))]
    if len(numbers) < len(values) or all(isinstance(value, bool) for value in values):
        raise OperationError("several selected values are neither numbers nor all equal")
    try:
        if all(isinstance(value, int) for value in numbers):
            return sum(int(value) for value in numbers) / len(numbers)
        floats = (value for value in numbers if isinstance(value, float))
        endless = [value for value in floats if not math.isfinite(value)]
        if endless:
            return math.fsum(endless)
        ratios = [value.as_integer_ratio() for value in numbers]
        unit = max(below for _, below in ratios)  # powers of two, so a multiple of all of them
        total = sum(above * (unit // below) for above, below in ratios)
        return total / (unit * len(numbers))  # of integers, so correctly rounded
    except (OverflowError, ValueError):
        raise OperationError(
            "the sum of the selected values is too large for a float", "value"
        ) from None

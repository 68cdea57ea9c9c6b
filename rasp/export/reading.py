"""The numbers that an exported model puts out for a token -> the value of the program there.

Needs the standard library and nothing of this package, so that the file can be taken along:

    value_of(numbers, i, n, readout)    numbers: of the value's columns; i: the position, from 0;
                                        n: the length of the input; readout: the description that
                                        an export carries
    width_of(readout)                   how many columns a value has; columns of errors follow
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from operator import add, mod, mul, neg, pos, sub, truediv
from typing import Any, TypeAlias

Value: TypeAlias = int | float | bool | str

MAX_INTEGER_BITS = 14_000


def _power(a: Any, b: Any) -> Any:
    """Of what Python has no number for, or one that no program has, it is an error."""
    integers = isinstance(a, int) and isinstance(b, int)
    if integers and abs(a) > 1 and int(a).bit_length() * b > 2 * MAX_INTEGER_BITS:
        raise ValueError(f"the number has more than {MAX_INTEGER_BITS} bits")
    if a == 0 and b < 0:
        raise ValueError("zero cannot be raised to a negative power")
    result = a**b
    if isinstance(result, complex):
        raise ValueError("a negative number cannot be raised to a fractional power")
    if isinstance(result, int) and result.bit_length() > MAX_INTEGER_BITS:
        raise ValueError(f"the number has more than {MAX_INTEGER_BITS} bits")
    return result


OPERATORS: dict[str, Callable[..., Any]] = {
    "add": add,
    "subtract": sub,
    "multiply": mul,
    "divide": truediv,
    "modulo": mod,
    "power": _power,
    "negate": neg,
    "plus": pos,
    "where": lambda condition, chosen, other: chosen if condition else other,
}
"""What parts of a value are put together with: those of Python."""


def width_of(readout: dict[str, Any]) -> int:
    """How many columns the value has."""
    match readout["kind"]:
        case "categorical":
            return len(readout["values"])
        case "parts":
            return sum(map(width_of, readout["parts"]))
        case _:
            return 1 + ("low" in readout) + ("spread" in readout)


def value_of(numbers: list[float], i: int, n: int, readout: dict[str, Any]) -> Value:
    """The value at one position.

    Raises ValueError where the program has an error there that is in no column of its own.
    """
    if not all(map(math.isfinite, numbers)):
        raise ValueError("the model does not give a finite number")
    match readout["kind"]:
        case "parts":
            return _together(numbers, i, n, readout)
        case "categorical":
            first, *others = sorted(numbers, reverse=True)
            if any(first - other < readout["margin"] for other in others):
                raise ValueError("several selected values are neither numbers nor all equal")
            return _atom(readout["values"][numbers.index(first)])
        case "numeric":
            row = _row(i, n, readout)
            places = [k for k, code in enumerate(readout["codes"][row]) if code >= 0]
            centres = readout["centres"][row]
            nearest = min(places, key=lambda k: abs(centres[k] - numbers[0]))
            value = _atom(readout["values"][readout["codes"][row][nearest]])
            if "spread" not in readout:
                return value
        case _:
            exact = _ratio(numbers[0], i, n, readout)
            if "low" in readout:
                low = readout["low"]
                exact += _ratio(numbers[1], i, n, low) / low["below"]
            value = float(exact)  # rounded once
            if readout["whole_numbers_are_ints"] and value.is_integer():
                value = int(value)
    if "spread" in readout:
        how, value = readout["spread"], float(value)
        off = numbers[-1] - (value - how["middle"]) ** 2
        return int(value) if off < how["apart"] / 2 and value.is_integer() else value
    return value


def _atom(data: Any) -> Value:
    """What JSON has no number for is written as {"int": "0x..."} or {"float": "inf"}."""
    if isinstance(data, dict):
        return int(data["int"], 16) if "int" in data else float(data["float"])
    value: Value = data
    return value


def _row(i: int, n: int, readout: dict[str, Any]) -> int:
    """The row of the tables: one for all, for each position, for each length, or for both."""
    rows = {"": 0, "i": i, "n": n - 1, "in": (n - 1) * int(readout["max_len"]) + i}
    return rows[str(readout["context"])]


def _ratio(number: float, i: int, n: int, readout: dict[str, Any]) -> Fraction:
    """A grid: the nearest multiple; a fraction: the nearest one that is possible."""
    row = _row(i, n, readout)
    if readout["kind"] == "grid":
        scale = readout["scale"][row]
        return Fraction(round(number * scale)) / Fraction(scale)
    start, step, below, least, most = readout["fractions"][row]
    x = (number * below - start) / step
    if least == most:
        share = Fraction(round(x * most), most)
    else:
        share = Fraction(x).limit_denominator(most)
    value: Fraction = (start + step * share) / below
    return value


def _together(numbers: list[float], i: int, n: int, readout: dict[str, Any]) -> Value:
    """What the formula, in reverse Polish notation, makes of the parts."""
    values = []
    for part in readout["parts"]:
        width = width_of(part)
        values.append(value_of(numbers[:width], i, n, part))
        numbers = numbers[width:]
    stack: list[Value] = []
    for name, argument in readout["formula"]:
        if name == "part":
            stack.append(values[argument])
        elif name == "constant":
            stack.append(_atom(argument))
        else:
            operands = stack[-argument:]
            try:
                stack[-argument:] = [OPERATORS[name](*operands)]
            except ZeroDivisionError:
                message = "modulo" if name == "modulo" else "division"
                raise ValueError(f"{message} by zero") from None
            except OverflowError:
                raise ValueError("the number is too large for a float") from None
    (value,) = stack
    return value

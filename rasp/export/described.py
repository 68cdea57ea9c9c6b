"""A read-out -> what an export that puts out its numbers says of them: as JSON data and in words.

`rasp.export.reading` reads the numbers by that data, and so can whoever has only the export.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rasp.graph.plain import plain_atom
from rasp.outputs import Readout


def described(readout: Readout, max_len: int) -> dict[str, Any]:
    """JSON data."""
    tables = {
        "scale": readout.scale,
        "fractions": readout.fractions,
        "codes": readout.codes,
    }
    data: dict[str, Any] = {"kind": readout.kind, "context": readout.context, "max_len": max_len}
    data |= {name: table.tolist() for name, table in tables.items() if table is not None}
    if readout.centres is not None:
        data["centres"] = [
            [None if np.isnan(centre) else centre for centre in row]
            for row in readout.centres.tolist()
        ]
    if readout.values:
        data["values"] = [plain_atom(value) for value in readout.values]
    if readout.kind == "categorical":
        data["margin"] = float(readout.margin)
    data["whole_numbers_are_ints"] = readout.integer
    if readout.spread is not None:
        data["spread"] = {"middle": readout.spread.middle, "apart": readout.spread.apart}
    if readout.low is not None:
        data["low"] = {**described(readout.low.readout, max_len), "below": readout.low.below}
    if readout.parts:
        data["parts"] = [described(part, max_len) for part in readout.parts]
        data["formula"] = [[name, plain_atom(argument)] for name, argument in readout.formula]
    return data


def in_words(readout: Readout, where: str) -> str:
    """How the numbers become the value.  where: the place of the data."""
    if readout.kind == "parts":
        return (
            f"The description is in {where}. The value is put together from {len(readout.parts)}"
            " others, which have their columns one after the other, as `parts` says of each."
            " `formula` puts them together in reverse Polish notation, by the operators of Python:"
            ' ["part", k] is the value of part k, ["constant", v] is v, and ["add", 2] takes two'
            " off the stack." + _BY_CODE
        )
    if readout.kind == "categorical":
        return f"The value is that of the largest column: values[k], in {where}." + _BY_CODE
    text = f"The tables are in {where}; the row is {_ROWS[readout.context]}. "
    text += _of_one_number(readout)
    if readout.low is not None:
        text += (
            " That is a fraction, to which the one is added that column 1 says in the same way by"
            " `low`, divided by `low.below`; the exact sum is rounded once."
        )
    if readout.kind in ("grid", "fraction") and readout.integer:
        text += " A whole value is an int."
    if readout.spread is not None:
        middle, apart = readout.spread.middle, readout.spread.apart
        text += (
            f" A whole value v is an int if column {readout.n_values - 1} is less than"
            f" (v - {middle!r})^2 + {apart / 2!r}, and a float otherwise."
        )
    return text + _BY_CODE


_ROWS = {
    "": "the only one",
    "i": "that of the position i (from 0)",
    "n": "that of the length n, less one",
    "in": "(n - 1) * max_len + i, for position i (from 0) and length n",
}

_BY_CODE = (
    " The file `rasp/export/reading.py` of rasp-lang does so and needs nothing else of it:"
    " `value_of(numbers, i, n, readout)`."
)


def _of_one_number(readout: Readout) -> str:
    """What column 0 stands for."""
    match readout.kind:
        case "grid":
            return "The value is round(number * scale[row]) / scale[row], of column 0."
        case "fraction":
            return (
                "With start, step, below, least, most = fractions[row], the value is"
                " (start + step * q) / below, where q is the fraction nearest to"
                " x = (number * below - start) / step, of column 0,"
                " with a denominator of at most `most` (in Python,"
                " `Fraction(x).limit_denominator(most)`), or with the denominator `most` where"
                " `least` is the same."
            )
        case _:
            return (
                "The value is the one whose centre is nearest to column 0: values[codes[row][k]]"
                " for centres[row][k]."
            )

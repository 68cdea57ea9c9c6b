"""An Exploration -> JSON data for the page, in few bytes.

Dataclasses become objects with the same names.  An array is {"s": [rows, columns], "v": numbers row
by row}; with {"i": gaps} only some of its numbers are given, each so many places after the one
before, and the others are 0, or for the residual stream what they were a step before.  Numbers are
the shortest decimals that the dtype tells apart; those that JSON does not have are texts.
"""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from rasp.explorer.data import Array, Exploration, Step

MAX_WHOLE = 2.0**53
SPARSE = 2.5
"""Fewer numbers than one in so many are given with their places."""


def plain_exploration(exploration: Exploration) -> dict[str, Any]:
    """The whole, for json.dumps."""
    data: dict[str, Any] = {
        field.name: _plain(getattr(exploration, field.name))
        for field in fields(exploration)
        if field.name != "steps"
    }
    before: Array | None = None
    data["steps"] = []
    for step in exploration.steps:
        data["steps"].append(_plain_step(step, before))
        before = step.residual
    return data


def _plain_step(step: Step, before: Array | None) -> dict[str, Any]:
    changes = plain_array(step.residual, before)
    return {
        "kind": step.kind,
        "block": step.block,
        "residual": changes,
        "bias": plain_array(step.bias),
    }


def _plain(value: Any) -> Any:
    """Nothing here nests deeper than the dataclasses do."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain_array(value)
    return value


def plain_array(array: Array, before: Array | None = None) -> dict[str, Any]:
    """One or two axes; a vector is one row.  before: what the page has of it already."""
    flat = array.reshape(-1)
    shape = [1, *array.shape] if array.ndim == 1 else list(array.shape)
    # nan differs from itself, so it is always given.
    differs = flat != (0 if before is None else before.reshape(-1))
    places = np.flatnonzero(differs)
    if before is None and len(places) * SPARSE >= len(flat):
        return {"s": shape, "v": _numbers(flat)}
    gaps = np.diff(places, prepend=0)
    return {"s": shape, "i": gaps.tolist(), "v": _numbers(flat[places])}


def _numbers(flat: Array) -> list[Any]:
    distinct, codes = np.unique(flat, return_inverse=True)
    table = [_number(number) for number in distinct]
    return [table[code] for code in codes.tolist()]


def _number(number: Any) -> int | float | str:
    value = float(str(number)) if number.dtype.kind == "f" else float(number)
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return int(value) if value.is_integer() and abs(value) < MAX_WHOLE else value

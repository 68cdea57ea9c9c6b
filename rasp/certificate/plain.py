"""Plans as plain JSON data, and back.

Directions are stored by column.  Reading believes nothing: what is not exactly a plan raises
PlanError.  Whether the weights are what a plan says is another question, for `certify`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from rasp.certificate.plan import Direction, Head, Neurons, Plan, PlanError, Sublayer
from rasp.certificate.rounding import is_sharpness

_COLUMNS = ("place", "born", "cleared", "bound", "dyadic", "nonnegative", "family")
_HEAD_FIELDS = {"weight", "single", "queries", "keys", "values", "agrees", "comparisons"}
_BEST, _UNEVEN = "best", "uneven"  # which few heads have
_NEURON_FIELDS = {"n", "empties", "steps", "reach"}
_MOST = 2**31
MOST_WEIGHT = 1e30
_T = TypeVar("_T")


def plain_plan(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data."""
    sharpness = {} if plan.sharpness is None else {"sharpness": plan.sharpness}
    return {
        "output": plan.output,
        "fit": plan.fit,
        **sharpness,
        "directions": {
            column: [getattr(direction, column) for direction in plan.directions]
            for column in _COLUMNS
        },
        "sublayers": [[_entry(entry) for entry in sublayer] for sublayer in plan.sublayers],
    }


def _entry(entry: Head | Neurons) -> dict[str, Any]:
    match entry:
        case Head():
            return {
                "weight": entry.weight,
                "single": entry.single,
                "queries": list(entry.queries),
                "keys": list(entry.keys),
                "values": list(entry.values),
                "agrees": list(entry.agrees),
                "comparisons": list(entry.comparisons),
                **({} if entry.best is None else {_BEST: entry.best}),
                **({} if entry.uneven is None else {_UNEVEN: entry.uneven}),
            }
        case Neurons():
            return {
                "n": entry.n,
                "empties": entry.empties,
                "steps": [list(step) for step in entry.steps],
                "reach": list(entry.reach),
            }


def plan_from_plain(data: object) -> Plan:
    """The inverse of `plain_plan`.  Raises PlanError."""
    match data:
        case {
            "output": str(output),
            "fit": float() | int() as fit,
            "directions": dict(columns),
            "sublayers": list(sublayers),
            **rest,
        } if rest.keys() <= {"sharpness"}:
            directions = _directions(columns)
            read = tuple(_sublayer(sublayer) for sublayer in sublayers)
            sharpness = _sharpness(rest["sharpness"]) if rest else None
            return Plan(directions, read, output, _size(fit), sharpness)
    raise PlanError("the plan has other fields than it should have")


def _directions(columns: dict[str, Any]) -> tuple[Direction, ...]:
    if columns.keys() != set(_COLUMNS):
        raise PlanError("directions have other columns than they should have")
    n = len(_listed(columns["place"]))
    readers: tuple[Callable[[object], Any], ...] = (
        *(_count, _count, _count, _size, _truth, _truth),
        lambda family: None if family is None else _count(family, n),
    )
    read = [_each(columns[name], reader) for name, reader in zip(_COLUMNS, readers, strict=True)]
    if any(len(column) != n for column in read):
        raise PlanError("columns of directions are not equally long")
    return tuple(Direction(*row) for row in zip(*read, strict=True))


def _sublayer(data: object) -> Sublayer:
    entries = _listed(data)
    if all(
        isinstance(entry, dict) and entry.keys() - {_BEST, _UNEVEN} == _HEAD_FIELDS
        for entry in entries
    ):
        return tuple(_head(entry) for entry in entries)
    if all(isinstance(entry, dict) and entry.keys() == _NEURON_FIELDS for entry in entries):
        return tuple(_neurons(entry) for entry in entries)
    raise PlanError("a sublayer is neither heads nor neurons")


def _head(data: dict[str, Any]) -> Head:
    weight = None if data["weight"] is None else _size(data["weight"])
    if weight is not None and not 1.0 <= weight <= MOST_WEIGHT:
        raise PlanError("BOS weighs less than a selected key, or more than everything")
    queries, keys, values = (
        _each(data[name], _maybe_size) for name in ("queries", "keys", "values")
    )
    head = Head(
        weight,
        _truth(data["single"]),
        queries,
        keys,
        values,
        _each(data["agrees"], _truth),
        comparisons := _each(data["comparisons"], _count),
        _maybe_size(data.get(_BEST)),
        _count(data[_UNEVEN], len(comparisons)) if _UNEVEN in data else None,
    )
    if head.best is not None and weight is not None:
        raise PlanError("BOS has a weight beside keys whose scores are not known")
    n_products = len(head.queries)
    if n_products != len(head.keys) or n_products != sum(head.comparisons):
        raise PlanError("a head has numbers that do not belong together")
    if head.uneven is not None and (weight is not None or not all(head.agrees)):
        raise PlanError("selected keys have unequal scores, and do not carry the same")
    if len(head.values) != len(head.agrees) or 0 in head.comparisons:
        raise PlanError("a head has numbers that do not belong together")
    return head


def _neurons(data: dict[str, Any]) -> Neurons:
    n = _count(data["n"])
    steps = _each(data["steps"], _step)
    last = 0
    for first, end in steps:
        if not last <= first < end <= n or (end - first) % 2:
            raise PlanError("steps are no ranges of pairs of neurons")
        last = end
    reach = _each(data["reach"], _maybe_size)
    if not n or len(reach) not in (0, n):
        raise PlanError("a group of neurons has numbers that do not belong together")
    return Neurons(n, _truth(data["empties"]), steps, reach)


def _step(data: object) -> tuple[int, int]:
    match data:
        case [first, end]:
            return _count(first), _count(end)
    raise PlanError("a range has two ends")


def _sharpness(data: object) -> int:
    sharpness = _count(data)
    if not is_sharpness(sharpness):
        raise PlanError(f"{sharpness} is no sharpness")
    return sharpness


def _listed(data: object) -> list[Any]:
    if not isinstance(data, list):
        raise PlanError("a list is missing")
    return data


def _each(data: object, reader: Callable[[object], _T]) -> tuple[_T, ...]:
    return tuple(map(reader, _listed(data)))


def _count(data: object, most: int = _MOST) -> int:
    # `type is` and not isinstance: a bool is no count.
    if type(data) is not int or not 0 <= data < most:
        raise PlanError(f"{_shown(data)} is no count")
    return data


def _size(data: object) -> float:
    if type(data) not in (int, float):
        raise PlanError(f"{_shown(data)} is no size")
    assert isinstance(data, (int, float))
    if not 0 <= data < math.inf or data > 1e308:
        raise PlanError(f"{_shown(data)} is no size")
    return float(data)


def _maybe_size(data: object) -> float | None:
    return None if data is None else _size(data)


def _truth(data: object) -> bool:
    if type(data) is not bool:
        raise PlanError(f"{_shown(data)} is neither true nor false")
    return data


def _shown(data: object) -> str:
    """The beginning of what it is; of anything large only its kind."""
    return f"{data!r:.20}" if isinstance(data, (int, float)) else f"a {type(data).__name__}"

"""Operators on columns: vectorised forms that agree exactly with `rasp.graph.operators.apply`.

Numbers are computed on as arrays where NumPy gives the very result Python gives; everything else
(strings, tables, powers, integers that outgrow `EXACT`) is computed once for each distinct
combination of operands with `apply` itself, and gathered.  Either way a refused element is a
`Failure` with the message of `apply`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.graph.columns.column import EXACT, FLOAT, INT, Column, Failure, choose, distinct_codes
from rasp.graph.nodes import Atom, Node
from rasp.graph.operators import OPERATORS, OperationError, apply


def apply_column(
    operator: str, parameters: tuple[Atom, ...], columns: Sequence[Column], node: Node | None = None
) -> Column:
    """The operator applied element by element; the shapes of the columns broadcast.

    An element with a failed operand has failed (with the failure of the first such operand); an
    element that the operator refuses has failed with `apply`'s message, at `node`.
    """
    assert len(columns) == OPERATORS[operator].arity
    operands = [column.without_failures() for column in columns]
    form = _FORMS.get(operator)
    result: Column | None = None
    if form is not None and (operator in _ANY_OPERANDS or all(c.is_numeric for c in operands)):
        with np.errstate(all="ignore"):
            result = form(*operands)
    if result is None:
        result = _tabulated(operator, parameters, operands)
    if result.failures:
        result = replace(result, failures=tuple(replace(f, node=node) for f in result.failures))
    return result.with_operand_failures(columns)


# -- any operator, by its distinct combinations of operands


def _tabulated(operator: str, parameters: tuple[Atom, ...], operands: Sequence[Column]) -> Column:
    coded = [operand.coded() for operand in operands]
    tables = [table for _, table in coded]
    sizes = tuple(map(len, tables))
    joint: NDArray[Any] = coded[0][0]
    for (codes, _), size in zip(coded[1:], sizes[1:], strict=True):
        joint = joint * size + codes
    seen, places = distinct_codes(joint, int(np.prod(sizes, dtype=object)))
    rows = zip(*(codes.tolist() for codes in np.unravel_index(seen, sizes)), strict=True)
    results = [
        _apply(operator, parameters, [table[i] for table, i in zip(tables, row, strict=True)])
        for row in rows
    ]
    return Column.of(results).take(places)


def _apply(operator: str, parameters: tuple[Atom, ...], values: Sequence[Atom]) -> Atom | Failure:
    try:
        return apply(operator, parameters, *values)
    except OperationError as error:
        return Failure(error.message, error.category)


# -- arithmetic on numbers


def _exact(integers: NDArray[Any]) -> bool:
    """Whether these integers may be held in an array."""
    return not integers.size or bool(integers.max() < EXACT and integers.min() > -EXACT)


def _arithmetic(data: NDArray[np.float64], tags: int | NDArray[np.uint8]) -> Column | None:
    """What was computed with floats, as a column; None if an integer is not exact."""
    if isinstance(tags, int):
        if tags == FLOAT:
            return Column(data)
        return Column(data.astype(np.int64)) if _exact(data) else None
    tags = np.broadcast_to(tags, data.shape)
    return Column.numbers(data, tags) if _exact(data[tags < FLOAT]) else None


def _tags(a: Column, b: Column) -> int | NDArray[np.uint8]:
    """The types of an arithmetic result: a float if an operand is one, else an int."""
    if a.tags is None and b.tags is None:
        return max(int(a.tag), int(b.tag), INT)
    return np.maximum(np.maximum(a.tag, b.tag), INT).astype(np.uint8)


def _floats(column: Column) -> NDArray[np.float64]:
    return column.data.astype(np.float64, copy=False)


def _sum(ufunc: Callable[..., NDArray[Any]]) -> Callable[[Column, Column], Column | None]:
    def form(a: Column, b: Column) -> Column | None:
        tags = _tags(a, b)
        if isinstance(tags, int) and tags == INT:
            total = ufunc(a.data.astype(np.int64, copy=False), b.data.astype(np.int64, copy=False))
            return Column(total) if _exact(total) else None
        return _arithmetic(ufunc(_floats(a), _floats(b)), tags)

    return form


def _multiply(a: Column, b: Column) -> Column | None:
    # A product of ints below EXACT is exact as a float; a larger one is seen to be larger.
    return _arithmetic(_floats(a) * _floats(b), _tags(a, b))


def _divide(a: Column, b: Column) -> Column | None:
    divisor = _floats(b)
    return _refusing("divide", (a, b), divisor == 0, Column(_floats(a) / divisor))


def _modulo(a: Column, b: Column) -> Column | None:
    # Exact on integers; at a divisor of 0 any number will do.
    zero = b.data == 0
    rest = np.remainder(_floats(a), np.where(zero, 1.0, _floats(b)))
    result = _arithmetic(rest, _tags(a, b))
    return None if result is None else _refusing("modulo", (a, b), zero, result)


def _refusing(
    operator: str, operands: tuple[Column, ...], here: NDArray[np.bool_], result: Column
) -> Column:
    """The result, refused at these places for a reason that does not depend on the values."""
    if not here.any():
        return result
    here = np.broadcast_to(here, result.shape)
    place = np.unravel_index(int(here.argmax()), here.shape)
    index = tuple(int(i) for i in place)
    # Operands may have fewer axes than the result; the missing ones are in front.
    values = [operand.at(*index[len(index) - len(operand.shape) :]) for operand in operands]
    failure = _apply(operator, (), [v for v in values if not isinstance(v, Failure)])
    assert isinstance(failure, Failure)
    return result.failing(here, failure)


def _power(a: Column, b: Column) -> Column | None:
    """Small integers only: NumPy's power of floats is not bit for bit that of Python."""
    if "f" in (a.data.dtype.kind, b.data.dtype.kind) or (b.size and b.data.min() < 0):
        return None
    # The estimate is off by far less than a factor of 2.
    if not _exact(2 * np.power(_floats(a), _floats(b))):
        return None
    return Column(np.power(a.data.astype(np.int64), b.data.astype(np.int64)))


def _sign(ufunc: Callable[..., NDArray[Any]]) -> Callable[[Column], Column | None]:
    def form(a: Column) -> Column | None:
        tags = a.tag
        if isinstance(tags, int):
            data = a.data if tags == FLOAT else a.data.astype(np.int64, copy=False)
            return Column(ufunc(data))
        return Column.numbers(ufunc(a.data), np.maximum(tags, INT).astype(np.uint8))

    return form


def _round(a: Column) -> Column | None:
    if a.data.dtype.kind != "f":
        return Column(a.data.astype(np.int64, copy=False))
    whole = np.rint(a.data)
    # Not for nan, which is refused for a reason that names the value.
    return Column(whole.astype(np.int64)) if _exact(whole) else None


def _to_int(a: Column) -> Column | None:
    if a.data.dtype.kind != "f":
        return Column(a.data.astype(np.int64, copy=False))
    whole = np.trunc(a.data)
    return Column(whole.astype(np.int64)) if _exact(whole) else None


# -- comparisons and truth


def _compare(ufunc: Callable[..., NDArray[Any]]) -> Callable[[Column, Column], Column]:
    return lambda a, b: Column(ufunc(a.data, b.data))


def _where(condition: Column, yes: Column, no: Column) -> Column:
    shape = np.broadcast_shapes(condition.shape, yes.shape, no.shape)
    return choose(np.broadcast_to(condition.truth(), shape), yes, no)


_FORMS: dict[str, Callable[..., Column | None]] = {
    "add": _sum(np.add),
    "subtract": _sum(np.subtract),
    "multiply": _multiply,
    "divide": _divide,
    "modulo": _modulo,
    "power": _power,
    "negate": _sign(np.negative),
    "plus": _sign(np.positive),
    "not": lambda a: Column(~a.truth()),
    "and": lambda a, b: Column(a.truth() & b.truth()),
    "or": lambda a, b: Column(a.truth() | b.truth()),
    "equal": _compare(np.equal),
    "not_equal": _compare(np.not_equal),
    "less": _compare(np.less),
    "less_equal": _compare(np.less_equal),
    "greater": _compare(np.greater),
    "greater_equal": _compare(np.greater_equal),
    "round": _round,
    "indicator": lambda a: Column(a.truth().astype(np.int64)),
    "where": _where,
    "to_int": _to_int,
    "to_float": lambda a: Column(_floats(a)),
    "to_bool": lambda a: Column(a.truth()),
}

_ANY_OPERANDS = frozenset({"not", "and", "or", "indicator", "where"})
"""Operators whose vectorised form takes columns of codes, too."""

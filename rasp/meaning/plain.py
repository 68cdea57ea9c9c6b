"""Witnesses as plain JSON data, and back.

S-ops are entries of one graph.  Reading believes nothing: what is not exactly a witness raises
ValueError.  Whether it is true is another question, for `rasp.meaning.proof`.
"""

from __future__ import annotations

import math
from typing import Any

from rasp.graph.construct import is_sop
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.plain import atom_from_plain, graphs_from_plain, plain_atom, plain_graphs
from rasp.meaning.witness import (
    Beside,
    Disagreement,
    Joint,
    Meaning,
    Multiple,
    Quantity,
    Term,
    Total,
    Witness,
    sops_of,
)

MOST = 2**31
FEW = 3
"""Tables of which one in so many entries is not 0 are written by these."""


def plain_witness(witness: Witness) -> dict[str, Any]:
    """The witness as JSON data."""
    roots = list(dict.fromkeys(sops_of(witness)))
    entries, numbers = plain_graphs(roots)
    place = dict(zip(roots, numbers, strict=True))
    return {
        "graph": entries,
        "quantities": [_plain_quantity(quantity, place) for quantity in witness.quantities],
        "values": [[plain_atom(value) for value in values] for values in witness.values],
        "directions": [_plain_meaning(meaning) for meaning in witness.directions],
    }


def _plain_quantity(quantity: Quantity, place: dict[SOpNode, int]) -> Any:
    match quantity:
        case Joint(of=of, rows=rows, values=values):
            return {
                "of": [_plain_quantity(part, place) for part in of],
                "rows": [[plain_atom(value) for value in row] for row in rows],
                "values": [plain_atom(value) for value in values],
            }
        case Disagreement(aggregate=node):
            return {"differ": place[node]}
        case Total(aggregate=node):
            return {"total": place[node]}
        case Beside(aggregate=node, values=values, numbers=numbers, default=default, of=second):
            listed = [plain_atom(value) for value in values]
            plain = {"beside": place[node], "values": listed, "numbers": [*numbers, default]}
            return plain if second is None else plain | {"second": _plain_quantity(second, place)}
    return place[quantity]


def _plain_meaning(meaning: Meaning) -> list[Any]:
    terms = [[term.quantity, _plain_numbers(term.numbers)] for term in meaning.terms]
    multiples = [[multiple.quantity, multiple.factor] for multiple in meaning.multiples]
    return [meaning.constant if math.isfinite(meaning.constant) else None, terms, multiples]


def _plain_numbers(numbers: tuple[float, ...]) -> Any:
    places = [place for place, number in enumerate(numbers) if number != 0.0]
    if FEW * len(places) < len(numbers):
        return {"n": len(numbers), "at": places, "are": [numbers[place] for place in places]}
    return list(numbers)


def witness_from_plain(data: object) -> Witness:
    """The inverse of `plain_witness`.  Raises ValueError."""
    match data:
        case {
            "graph": list(entries),
            "quantities": list(quantities),
            "values": list(values),
            "directions": list(directions),
            **rest,
        } if not rest and len(values) == len(quantities):
            nodes = graphs_from_plain(entries) if entries else []
            read = tuple(_quantity(entry, nodes, 0) for entry in quantities)
            listed = tuple(tuple(map(atom_from_plain, _listed(some))) for some in values)
            sizes = [len(some) for some in listed]
            return Witness(read, listed, tuple(_meaning(entry, sizes) for entry in directions))
    raise ValueError("the witness has other fields than it should have")


def _listed(data: object) -> list[Any]:
    if not isinstance(data, list):
        raise ValueError("a list is missing")
    return data


def _count(data: object, most: int = MOST) -> int:
    if type(data) is not int or not 0 <= data < most:
        raise ValueError("a count or a place is missing")
    return data


def _number(data: object) -> float:
    if type(data) not in (int, float):
        raise ValueError("a number is missing")
    assert isinstance(data, (int, float))
    if not abs(data) < 1e300:
        raise ValueError("a number is too large")
    return float(data)


def _quantity(data: object, nodes: list[Any], depth: int) -> Quantity:
    if depth > 20:
        raise ValueError("tables of tables are nested too deeply")
    match data:
        case int() | bool():
            return _sop(data, nodes)
        case {"differ": number, **rest} if not rest:
            return Disagreement(_sop(number, nodes))
        case {"total": number, **rest} if not rest:
            return Total(_sop(number, nodes))
        case {"beside": number, "values": list(values), "numbers": list(numbers), **rest} if (
            rest.keys() <= {"second"} and len(numbers) == len(values) + 1
        ):
            read_numbers = tuple(map(_number, numbers))
            atoms = tuple(map(atom_from_plain, values))
            second = _quantity(rest["second"], nodes, depth + 1) if rest else None
            if second is None or isinstance(second, Beside):
                *of_values, default = read_numbers
                return Beside(_sop(number, nodes), atoms, tuple(of_values), default, second)
        case {"of": list(of), "rows": list(rows), "values": list(values), **rest} if not rest:
            parts = tuple(_quantity(part, nodes, depth + 1) for part in of)
            read = tuple(tuple(map(atom_from_plain, _listed(row))) for row in rows)
            found: tuple[Atom, ...] = tuple(map(atom_from_plain, values))
            if not parts or len(read) != len(found) or any(len(r) != len(parts) for r in read):
                raise ValueError("a table has rows that do not belong together")
            return Joint(parts, read, found)
    raise ValueError("not a known kind of quantity")


def _sop(number: object, nodes: list[Any]) -> SOpNode:
    node = nodes[_count(number, len(nodes))]
    if not is_sop(node):
        raise ValueError("a selector where an s-op belongs")
    return node


def _meaning(data: object, sizes: list[int]) -> Meaning:
    match data:
        case [constant, list(terms), list(multiples)]:
            return Meaning(
                math.nan if constant is None else _number(constant),
                tuple(_term(term, sizes) for term in terms),
                tuple(_multiple(multiple, len(sizes)) for multiple in multiples),
            )
    raise ValueError("a direction has no meaning")


def _term(data: object, sizes: list[int]) -> Term:
    match data:
        case [number, dict() | list() as numbers]:
            quantity = _count(number, len(sizes))
            return Term(quantity, _numbers(numbers, sizes[quantity]))
    raise ValueError("a term is a quantity and its numbers")


def _numbers(data: dict[str, Any] | list[Any], size: int) -> tuple[float, ...]:
    match data:
        case list() if len(data) == size:
            return tuple(map(_number, data))
        case {"n": int(n), "at": list(places), "are": list(numbers), **rest} if (
            not rest and n == size and len(places) == len(numbers)
        ):
            found = [0.0] * n
            for place, number in zip(places, numbers, strict=True):
                found[_count(place, n)] = _number(number)
            return tuple(found)
    raise ValueError("not one number for each value")


def _multiple(data: object, n: int) -> Multiple:
    match data:
        case [number, factor]:
            return Multiple(_count(number, n), _number(factor))
    raise ValueError("a multiple is a quantity and a factor")

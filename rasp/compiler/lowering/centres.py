"""Listed numbers -> centres: what the unembedding puts out is read as the nearest of them.

Where the values of all contexts are close to each other, it is read as the nearest of those of the
position's own context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Granularity, Ints
from rasp.compiler.limits import (
    CLOSE_CENTRES,
    FINEST,
    MAX_CENTRES,
)
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Linear, Variable
from rasp.errors import CompileError
from rasp.graph.nodes import Atom, SOpNode, atom_key
from rasp.graph.operators import show
from rasp.outputs import Readout


@dataclass(frozen=True)
class Columns:
    """What the unembedding puts out for a number, and how it becomes a value."""

    forms: tuple[Linear, ...]
    readout: Readout


def listed_readout(
    lowering: Lowering, variable: Variable, readings: Floats, values: Sequence[Atom | None]
) -> Readout:
    """One number, decoded to the value with the nearest reading.

    Where values of all contexts are close to each other, among those of the position's context.
    """
    known = np.array([value is not None for value in values])
    rows, context = centre_rows(variable, readings, values, known)
    _refuse_close(lowering, variable, readings, values, rows)
    used = sorted({place for row in rows for place in row})
    code_of = {place: code for code, place in enumerate(used)}
    centres = np.full((len(rows), max(map(len, rows))), np.nan)
    codes = np.full(centres.shape, -1)
    for number, row in enumerate(rows):
        centres[number, : len(row)] = readings[row]
        codes[number, : len(row)] = [code_of[place] for place in row]
    atoms = tuple(atom for place in used if (atom := values[place]) is not None)
    return Readout("numeric", atoms, context=context, centres=centres, codes=codes)


def centre_rows(
    variable: Variable, readings: Floats, values: Sequence[Atom | None], known: Bools
) -> tuple[list[list[int]], Granularity]:
    """For each context the places of the values there, by ascending readings."""
    domain = variable.domain
    rows = _rows_of(readings, values, known[None, :])
    least = smallest_gap(readings, rows)
    if (
        domain.granularity
        and domain.mask.size <= MAX_CENTRES
        and least < CLOSE_CENTRES
        and not _meet(domain.mask, readings, rows[0])
    ):
        by_context = _rows_of(readings, values, domain.mask & known[None, :])
        if smallest_gap(readings, by_context) > 2 * least:
            return by_context, domain.granularity
    return rows, ""


def _meet(mask: Bools, readings: Floats, row: list[int]) -> bool:
    """Are the two neighbours of a row that are closest possible in one context?"""
    closest = int(np.argmin(np.diff(readings[row])))
    one, other = row[closest], row[closest + 1]
    return bool((mask[:, one] & mask[:, other]).any())


def _rows_of(readings: Floats, values: Sequence[Atom | None], masks: Bools) -> list[list[int]]:
    """For each mask, the places it allows, by ascending readings; each atom with a reading once."""
    same = _first_places(readings, values)
    order = np.argsort(readings, kind="stable")
    found: dict[bytes, list[int]] = {}
    rows: list[list[int]] = []
    for mask in masks:
        key = mask.tobytes()
        if key not in found:
            places = same[order[mask[order]]]
            found[key] = list(dict.fromkeys(places.tolist()))
        rows.append(found[key])
    return rows


def _first_places(readings: Floats, values: Sequence[Atom | None]) -> Ints:
    """For each place, the first one with the same atom and reading."""
    places = np.arange(len(readings))
    if len(np.unique(readings)) == len(readings):
        return places
    first: dict[tuple[object, float], int] = {}
    keys = [(None if v is None else atom_key(v)) for v in values]
    for place in places.tolist():
        places[place] = first.setdefault((keys[place], float(readings[place])), place)
    return places


def smallest_gap(readings: Floats, rows: list[list[int]]) -> float:
    """The smallest distance of neighbours in a row."""
    gaps = [np.diff(readings[row]).min(initial=np.inf) for row in rows]
    return float(min(gaps))


def _refuse_close(
    lowering: Lowering,
    variable: Variable,
    readings: Floats,
    values: Sequence[Atom | None],
    rows: list[list[int]],
) -> None:
    largest = float(np.abs(readings).max(initial=0.0))
    for row in rows:
        gaps = np.diff(readings[row])
        if len(gaps) and float(gaps.min()) <= FINEST * largest:
            place = int(gaps.argmin())
            pair = [show(v) for p in row[place : place + 2] if (v := values[p]) is not None]
            raise too_close(lowering, variable, *pair)


def too_close(lowering: Lowering, variable: Variable, *pair: str) -> CompileError:
    return CompileError(
        f"{variable.label} may be {' and '.join(pair)}, which no number tells apart here",
        labels=lowering.labels(variable.node),
        hint="numbers that are further apart, or round them",
    )


def zero_of_either_sign(lowering: Lowering, variable: Variable) -> CompileError:
    """A zero that is 0 or -0.0 as a number is an int or a float, which nobody knows."""
    return CompileError(
        f"{variable.label} may be 0 or -0.0, as a mean that it is made of is an int or a float,"
        " which is not known there",
        labels=lowering.labels(variable.node),
        hint="add 0 to it, which makes 0.0 of -0.0, or round it",
    )


def last_bits_lost(lowering: Lowering, node: SOpNode, variable: Variable) -> CompileError:
    """The s-op depends on how something is rounded that no attention rounds in that way."""
    return CompileError(
        f"{lowering.text(node)} has last bits that are not known: it is made of numbers that the"
        f" program rounds, and attention does not{_example(variable)}",
        labels=lowering.labels(node),
        hint="average integers and divide afterwards, or round the result",
    )


def _example(variable: Variable) -> str:
    """Two neighbouring numbers that such a value may be."""
    if not variable.is_listed:
        return ""
    floats = [v for v in variable.domain.values if isinstance(v, float) and not v.is_integer()]
    if not floats:
        return ""
    return f"; it may be {show(floats[0])} or {show(float(np.nextafter(floats[0], np.inf)))}"

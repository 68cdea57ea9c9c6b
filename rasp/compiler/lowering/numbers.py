"""Numbers of the stream -> columns of the output, and how these become values again, to the bit.

listed      a number of which all values are known, is read as the nearest of them
coded       values that are too close to each other, or too large, or equal but for their types,
            are told apart by their numbers in a list of them
means       are read as fractions where they are too many to list.  What float64 numbers such as
            0.1 have beyond the fraction that is meant is averaged in a column of its own, and
            so is what tells an int from a float (see `rasp.artifact`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Literal, TypeAlias

import numpy as np

from rasp.artifact import Low, Readout, Spread
from rasp.compiler.facts.contexts import Bools, Floats, Granularity, Ints
from rasp.compiler.facts.domains import Unlisted
from rasp.compiler.facts.means import Grid, Quotients, possible_counts
from rasp.compiler.limits import (
    CLOSE_CENTRES,
    DISTINCT,
    DISTINCT_FREE,
    FINEST,
    FINEST_SCALE,
    LARGEST_READ,
    MANY_MEANS,
    MANY_MIXTURES,
    MAX_CENTRES,
    MAX_LOW_UNITS,
    MAX_SCALE,
    SAME_IN_FLOAT32,
)
from rasp.compiler.lowering.fractions import fraction_readout
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.sums import carried_by
from rasp.compiler.lowering.tables import settled
from rasp.compiler.names import Names
from rasp.compiler.readings import Readings
from rasp.compiler.variables import Categorical, Linear, Mean, Scalar, Variable
from rasp.errors import CompileError
from rasp.graph.nodes import Atom, SOpNode, atom_key
from rasp.graph.operators import show


@dataclass(frozen=True)
class Columns:
    """What the unembedding puts out for a number, and how it becomes a value."""

    forms: tuple[Linear, ...]
    readout: Readout


def scalar_columns(lowering: Lowering, scalar: Scalar, readings: Readings) -> Columns:
    """A number of attention, read in this way.

    Raises CompileError where its values cannot be told apart.
    """
    if isinstance(scalar, Mean):
        return _mean(lowering, scalar)
    _refuse_blurred(lowering, scalar)
    form = Linear(0.0, {}, {scalar: 1.0})
    return Columns((form,), _listed(lowering, scalar, readings.of(scalar), scalar.domain.values))


def categorical_columns(
    lowering: Lowering, variable: Categorical, values: Sequence[Atom | None]
) -> Columns:
    """A function of one variable that has numbers as values; None: it fails there."""
    _refuse_blurred(lowering, variable)
    numbers = _as_numbers(lowering, variable, values)
    if numbers is None:
        distinct = {atom_key(v): v for v in values if isinstance(v, (int, float))}
        order = sorted(distinct.values(), key=_place_in_order)
        place = {atom_key(atom): float(number) for number, atom in enumerate(order)}
        numbers = np.array([0.0 if v is None else place[atom_key(v)] for v in values])
    form = Linear.feature(variable, numbers)
    readout = _listed(lowering, variable, numbers, values)
    return Columns((form,), replace(readout, by_rule=variable.untyped))


def _place_in_order(value: int | float) -> tuple[bool, int | float, str, str]:
    """Ascending; a nan after all numbers, and equal numbers by what they are."""
    key = atom_key(value)
    return value != value, 0 if value != value else value, key[0], str(key[1])


def _as_numbers(
    lowering: Lowering, variable: Categorical, values: Sequence[Atom | None]
) -> Floats | None:
    """The values themselves, if they are numbers that can be told apart."""
    present = [value for value in values if isinstance(value, (int, float))]
    if not all(-LARGEST_READ <= value <= LARGEST_READ for value in present):
        return None
    numbers = np.array([0.0 if value is None else float(value) for value in values])
    known = np.array([value is not None for value in values])
    largest = float(np.abs(numbers).max(initial=0.0))
    least = DISTINCT_FREE if variable.free else DISTINCT
    numbers = settled(numbers)
    rows, _ = _rows(variable, numbers, values, known)
    # Features that are nearly constant, on the scale of 1, are taken for constant.
    return numbers if _gap(numbers, rows) >= least * max(largest, 1.0) else None


def _listed(
    lowering: Lowering, variable: Variable, readings: Floats, values: Sequence[Atom | None]
) -> Readout:
    """One number, decoded to the value with the nearest reading.

    Where values of all contexts are close to each other, among those of the position's context.
    """
    known = np.array([value is not None for value in values])
    rows, context = _rows(variable, readings, values, known)
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


def _rows(
    variable: Variable, readings: Floats, values: Sequence[Atom | None], known: Bools
) -> tuple[list[list[int]], Granularity]:
    """For each context the places of the values there, by ascending readings."""
    domain = variable.domain
    rows = _centre_rows(readings, values, known[None, :])
    if (
        domain.granularity
        and domain.mask.size <= MAX_CENTRES
        and _gap(readings, rows) < CLOSE_CENTRES
    ):
        by_context = _centre_rows(readings, values, domain.mask & known[None, :])
        if _gap(readings, by_context) > 2 * _gap(readings, rows):
            return by_context, domain.granularity
    return rows, ""


def _centre_rows(readings: Floats, values: Sequence[Atom | None], masks: Bools) -> list[list[int]]:
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


def _gap(readings: Floats, rows: list[list[int]]) -> float:
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


def _refuse_blurred(lowering: Lowering, variable: Variable) -> None:
    if variable.blurred:
        raise last_bits(lowering, variable.node, variable)


def last_bits(lowering: Lowering, node: SOpNode, variable: Variable) -> CompileError:
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


# -- means


def _mean(lowering: Lowering, mean: Mean) -> Columns:
    low = _low_part(lowering, mean) if mean.blurred else None
    types, spread = _types(lowering, mean)
    forms = [Linear(0.0, {}, {mean: 1.0})]
    if low is None and mean.is_listed:
        readout = _listed(lowering, mean, mean.domain.numbers, _typed_values(mean, types))
        if len(mean.domain) > MANY_MEANS and types in ("int", "float") and not _negative_zero(mean):
            fractions = fraction_readout(mean.quotients)
            # Values that a checkpoint has to list have to be worth it.
            if fractions and 2 * fractions.value_margin > readout.value_margin:
                readout = fractions
    elif _negative_zero(mean):
        raise too_close(lowering, mean, "0.0", "-0.0")
    else:
        readout = _fractional(lowering, mean)
    if readout.kind != "numeric":
        readout = replace(readout, integer=types == "int")
    if mean.value.untyped:
        readout = replace(readout, by_rule=True)
    if low is not None:
        forms.append(low[0])
        readout = replace(readout, low=low[1])
    if spread is not None:
        forms.append(spread[0])
        readout = replace(readout, spread=spread[1])
    return Columns(tuple(forms), readout)


Types: TypeAlias = Literal["int", "float", "listed", "told"]
"""Whole numbers are ints, or floats (but where a second column says otherwise), or as listed, or
ints just where they are the ints that are averaged."""


def _typed_values(mean: Mean, types: Types) -> list[Atom]:
    values: list[Atom] = []
    ints = {Fraction(a): a for a in _all_carried(mean) if isinstance(a, int)}
    for value in mean.domain.values:
        number = float(value)
        if number == 0.0 and _negative_zero(mean):
            values.append(-0.0)
        elif types == "listed":
            values.append(value)
        elif types == "told":
            assert isinstance(value, (int, float))
            values.append(ints.get(Fraction(value), number))
        else:
            values.append(int(number) if types == "int" and number.is_integer() else number)
    return values


def _negative_zero(mean: Mean) -> bool:
    return any(atom_key(atom) == ("float", "-0.0") for atom in _all_carried(mean))


def _all_carried(mean: Mean) -> list[Atom]:
    """What is averaged, and the default."""
    atoms: list[Atom] = [atom for atom in mean.carried if atom is not None]
    return atoms if mean.default is None else [*atoms, mean.default]


def _fractional(lowering: Lowering, mean: Mean) -> Readout:
    """One number, decoded to the nearest fraction, or multiple of a common unit."""
    readouts = []
    if mean.grid.scale <= MAX_SCALE:
        readouts.append(Readout("grid", scale=np.array([float(mean.grid.scale)])))
    elif max(mean.scales, default=FINEST_SCALE + 1) <= FINEST_SCALE:
        by_length = np.array([float(scale) for scale in mean.scales])
        readouts.append(Readout("grid", context="n", scale=by_length))
    fractions = fraction_readout(mean.quotients)
    if fractions is not None:
        readouts.append(fractions)
    if not readouts:
        raise CompileError(
            f"{mean.label} has about {mean.possible.size:.3g} possible values",
            labels=lowering.labels(mean.node),
            hint="a smaller max_len, or fewer different values to average",
        )
    return max(readouts, key=lambda readout: readout.value_margin)


def _types(lowering: Lowering, mean: Mean) -> tuple[Types, tuple[Linear, Spread] | None]:
    """How ints are told from floats, and with which second column, if there has to be one."""
    atoms = _all_carried(mean)
    floats = any(isinstance(atom, float) for atom in atoms)
    if mean.carried and not any(isinstance(atom, int) for atom in atoms):
        return "float", None
    averaged = [float(atom) for atom in mean.carried if atom is not None]
    most = max(possible_counts(mean.limits), default=1)
    # Whole numbers are the smallest or the largest, and so all that is averaged is this number.
    narrow = bool(averaged) and max(averaged) - min(averaged) <= 1
    if not floats and (narrow or (averaged and most == 1)):
        return "int", None
    if most == 1 and mean.is_listed:
        return "listed", None
    if mean.value.untyped:
        return "float", None  # by rule: nobody knows what of it is an int
    spread = _spread(lowering, mean)
    if spread is not None:
        return "float", spread
    unclear = _int_or_float(mean, most)
    if unclear is None and mean.is_listed and not mean.blurred:
        return "told", None
    atoms = [*averaged, *atoms]
    whole = next((a for a in atoms if isinstance(a, int)), round(float(atoms[0])))
    whole = whole if unclear is None else unclear
    raise too_close(lowering, mean, show(whole), show(float(whole)))


def _int_or_float(mean: Mean, most: int) -> int | None:
    """An int of which the value of the mean does not say that it is one; None where there is none:
    the mean of equal ints is an int, and no mean of different numbers has the value of one.

    most: so many keys may be selected.
    """
    atoms = _all_carried(mean)
    floats = {Fraction(atom) for atom in atoms if isinstance(atom, float)}
    averaged = {Fraction(atom) for atom in mean.carried if atom is not None}
    for atom in atoms:
        if isinstance(atom, int):
            value = Fraction(atom)
            if value in floats or _is_mixture(value, averaged, most):
                return atom
    return None


def _is_mixture(value: Fraction, averaged: set[Fraction], most: int) -> bool:
    """May it be the mean of at most so many numbers that are not all this one?"""
    steps = [number - value for number in averaged if number != value]
    above, below = [step for step in steps if step > 0], [-step for step in steps if step < 0]
    if not above or not below:
        return False
    if min(above) > (most - 1) * max(below) or min(below) > (most - 1) * max(above):
        return False  # all the others together do not make up for one
    sums = {Fraction(0)}
    for _ in range(most):
        sums = {total + step for total in sums for step in steps}
        if Fraction(0) in sums or len(sums) > MANY_MIXTURES:
            return True
    return False


def is_subtle(mean: Mean) -> bool:
    """Does it take more than its number to say which atom it is?"""
    return mean.blurred or mean.untyped or _negative_zero(mean)


def _spread(lowering: Lowering, mean: Mean) -> tuple[Linear, Spread] | None:
    """A second number, which is larger where different numbers are averaged; None where no number
    is fine enough."""
    value, carried = mean.value, mean.carried
    if not isinstance(value, Categorical):
        view = lowering.view(value.node)
        value, carried = view.variable, carried_by(view)
    atoms = [atom for atom in carried if atom is not None]
    middle = float(round((min(map(float, atoms)) + max(map(float, atoms))) / 2))

    def distance(atom: Atom) -> float:
        return (float(atom) - middle) ** 2 + isinstance(atom, float)

    exact = {Fraction(atom) for atom in atoms}
    integers = {Fraction(atom) for atom in atoms if isinstance(atom, int)}
    gap = float(min((abs(a - b) for a in integers for b in _beside(exact, a)), default=1))
    most = max(possible_counts(mean.limits), default=1)
    apart = min(gap * gap, 1.0) / most
    numbers = np.array([0.0 if atom is None else distance(atom) for atom in carried])
    default = None if mean.default is None else distance(mean.default)
    largest = max([*numbers.tolist(), default or 0.0])
    if apart <= FINEST * largest:
        return None
    second = _beside_mean(lowering, mean, value, numbers, default, "spread")
    return Linear(0.0, {}, {second: 1.0}), Spread(middle, apart)


def _beside(numbers: set[Fraction], of: Fraction) -> list[Fraction]:
    """The nearest other ones."""
    below = [number for number in numbers if number < of]
    above = [number for number in numbers if number > of]
    return ([max(below)] if below else []) + ([min(above)] if above else [])


def _low_part(lowering: Lowering, mean: Mean) -> tuple[Linear, Low]:
    """What the numbers that are averaged have beyond the fractions that they are taken for."""
    if not isinstance(mean.value, Categorical) or mean.value.blurred or not mean.carried:
        raise last_bits(lowering, mean.node, mean)
    errors = {value: value - meant for value, meant in _meant(mean).items()}
    below = lcm(*(error.denominator for error in errors.values()))
    units = {value: int(error * below) for value, error in errors.items()}
    if max(map(abs, units.values())) > MAX_LOW_UNITS:
        raise last_bits(lowering, mean.node, mean)
    carried = [None if atom is None else Fraction(atom) for atom in mean.carried]
    numbers = np.array([0.0 if value is None else float(units[value]) for value in carried])
    default = None if mean.default is None else float(units[Fraction(mean.default)])
    second = _beside_mean(lowering, mean, mean.value, numbers, default, "low part")
    readout = fraction_readout(second.quotients)
    if readout is None:
        raise last_bits(lowering, mean.node, mean)
    return Linear(0.0, {}, {second: 1.0}), Low(readout, below)


def _meant(mean: Mean) -> dict[Fraction, Fraction]:
    """What each number is taken for, as in the grids of the mean."""
    atoms = [atom for atom in mean.carried if atom is not None]
    found = dict(zip(map(Fraction, atoms), Grid.meant(atoms), strict=True))
    if mean.default is not None:
        found.setdefault(Fraction(mean.default), Grid.meant([mean.default])[0])
    return found


def _beside_mean(
    lowering: Lowering,
    mean: Mean,
    value: Categorical,
    numbers: Floats,
    default: float | None,
    what: str,
) -> Mean:
    """The mean of another feature of what the same head reads."""
    grid = Grid.exact(np.unique(numbers).tolist())
    second = Mean(
        node=mean.node,
        label=f"{what} of {mean.label}",
        depth=mean.depth,
        possible=Unlisted(mean.possible.size, lowering.contexts),
        term=mean.term,
        value=value,
        numbers=numbers,
        default=default,
        limits=mean.limits,
        grid=grid.beside(default),
        quotients=Quotients.of(grid, mean.limits, default, lowering.contexts),
    )
    lowering.variables.append(second)
    return second


def refuse_in_float32(names: Names, root: SOpNode, readout: Readout) -> None:
    """Raise CompileError for listed values that float32 does not tell apart."""
    for part in (readout, *readout.parts):
        if part.kind != "numeric" or part.centres is None or part.codes is None:
            continue
        largest = float(np.nanmax(np.abs(part.centres), initial=0.0))
        gaps = np.nan_to_num(np.diff(part.centres, axis=1), nan=np.inf)
        if gaps.size and float(gaps.min()) < SAME_IN_FLOAT32 * largest:
            row, place = np.unravel_index(int(gaps.argmin()), gaps.shape)
            pair = [show(part.values[code]) for code in part.codes[row, place : place + 2].tolist()]
            raise CompileError(
                f"{names.text(root)} may be {' and '.join(pair)}, which float32 does not tell"
                " apart",
                labels=names.labels(root),
                hint='dtype="float64"',
            )

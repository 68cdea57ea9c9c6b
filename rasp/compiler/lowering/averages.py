"""Means -> the columns that say which numbers they are, to the bit and with their types.

A mean is read as a fraction where its values are too many to list.  What float64 numbers such as
0.1 have beyond the fraction that is meant is averaged in a column of its own, and so is what tells
an int from a float (see `rasp.artifact`).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf, lcm
from typing import Literal, TypeAlias

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.facts.domains import Unlisted
from rasp.compiler.facts.means import Grid, Quotients, possible_counts
from rasp.compiler.limits import (
    FINEST,
    FINEST_SCALE,
    MANY_MEANS,
    MANY_MIXTURES,
    MAX_LOW_UNITS,
    MAX_SCALE,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.centres import (
    Columns,
    last_bits_lost,
    listed_readout,
    too_close,
    zero_of_either_sign,
)
from rasp.compiler.lowering.fractions import fraction_readout
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.sums import carried_by
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.variables import Categorical, Linear, Mean, Variable
from rasp.errors import CompileError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show
from rasp.outputs import Low, Readout, Spread


def mean_columns(lowering: Lowering, mean: Mean) -> Columns:
    low = _low_part(lowering, mean) if mean.blurred else None
    types, spread = _types(lowering, mean)
    forms = [Linear(0.0, {}, {mean: 1.0})]
    if low is None and mean.is_listed:
        readout = listed_readout(lowering, mean, mean.domain.numbers, _typed_values(mean, types))
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
        if _negative_zero(mean):
            raise zero_of_either_sign(lowering, mean)
        readout = replace(readout, by_rule=spread is None)
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
        if types == "listed":
            values.append(value)
        elif types == "told":
            assert isinstance(value, (int, float))
            values.append(ints.get(Fraction(value), number))
        else:
            values.append(int(number) if types == "int" and number.is_integer() else number)
    return values


def _negative_zero(mean: Mean) -> bool:
    """May it be -0.0?  Of a mean that is averaged or read again no values may be listed, so that
    what that one averages says it."""
    inner: Variable = mean
    while isinstance(inner, Mean):
        if any(atom_key(atom) == ("float", "-0.0") for atom in _all_carried(inner)):
            return True
        inner = inner.value
    return False


def _all_carried(mean: Mean) -> list[Atom]:
    """What is averaged, and the default."""
    atoms: list[Atom] = [atom for atom in mean.carried if atom is not None]
    return atoms if mean.default is None else [*atoms, mean.default]


def farthest(mean: Mean) -> float:
    """No mean is farther from 0; infinite where what is averaged is not listed."""
    atoms = [atom for atom in _all_carried(mean) if isinstance(atom, (int, float))]
    return max(map(abs, atoms)) if mean.carried and atoms else inf


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
    if mean.placed:
        return "listed", None
    handed_on = _spread_of_read(lowering, mean) if mean.value.untyped else None
    if handed_on is not None:
        return "float", handed_on
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
    spread = _spread_of_read(lowering, mean) or _spread(lowering, mean)
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
    if not atoms:
        return None
    middle = float(round((min(map(float, atoms)) + max(map(float, atoms))) / 2))
    exact = {Fraction(atom) for atom in atoms}
    integers = {Fraction(atom) for atom in atoms if isinstance(atom, int)}
    gap = float(min((abs(a - b) for a in integers for b in _beside(exact, a)), default=1))
    most = max(possible_counts(mean.limits), default=1)
    apart = min(gap * gap, 1.0) / most
    numbers = np.array([0.0 if atom is None else _distance(atom, middle) for atom in carried])
    default = None if mean.default is None else _distance(mean.default, middle)
    largest = max([*numbers.tolist(), default or 0.0])
    if apart <= FINEST * largest:
        return None
    grid = Grid.exact(np.unique(numbers).tolist())
    second = _beside_mean(lowering, mean, value, numbers, grid, default, "spread")
    return Linear(0.0, {}, {second: 1.0}), Spread(middle, apart)


def _distance(atom: Atom, middle: float) -> float:
    return (float(atom) - middle) ** 2 + isinstance(atom, float)


def _spread_of_read(lowering: Lowering, read: Mean) -> tuple[Linear, Spread] | None:
    """The spread of the mean that one key carries, read beside it; None where several keys may be
    selected, or where that mean has none."""
    mean = read.value
    if not isinstance(mean, Mean) or max(possible_counts(read.limits), default=1) > 1:
        return None
    spread_of = _spread_of_read if mean.value.untyped else _spread
    found = attempt(lowering, lambda child: spread_of(child, mean))
    if found is None or isinstance(found, Refusal):
        return None
    form, spread = found
    (second,) = form.scalars
    assert isinstance(second, Mean)
    default = None if read.default is None else _distance(read.default, spread.middle)
    if spread.apart <= FINEST * max(float(second.grid.high), default or 0.0):
        return None
    counts = possible_counts(second.limits) or [1]
    grid = second.grid.averaged(counts, second.default)
    beside = _beside_mean(lowering, read, second, np.array([]), grid, default, "spread")
    return Linear(0.0, {}, {beside: 1.0}), spread


def _beside(numbers: set[Fraction], of: Fraction) -> list[Fraction]:
    """The nearest other ones."""
    below = [number for number in numbers if number < of]
    above = [number for number in numbers if number > of]
    return ([max(below)] if below else []) + ([min(above)] if above else [])


def _low_part(lowering: Lowering, mean: Mean) -> tuple[Linear, Low]:
    """What the numbers that are averaged have beyond the fractions that they are taken for."""
    if not isinstance(mean.value, Categorical) or mean.value.blurred:
        raise last_bits_lost(lowering, mean.node, mean)
    errors = {value: value - meant for value, meant in _meant(mean).items()}
    below = lcm(*(error.denominator for error in errors.values()))
    units = {value: int(error * below) for value, error in errors.items()}
    if max(map(abs, units.values())) > MAX_LOW_UNITS:
        raise last_bits_lost(lowering, mean.node, mean)
    carried = [None if atom is None else Fraction(atom) for atom in mean.carried]
    numbers = np.array([0.0 if value is None else float(units[value]) for value in carried])
    default = None if mean.default is None else float(units[Fraction(mean.default)])
    grid = Grid.exact(np.unique(numbers).tolist())
    second = _beside_mean(lowering, mean, mean.value, numbers, grid, default, "low part")
    readout = fraction_readout(second.quotients)
    if readout is None:
        raise last_bits_lost(lowering, mean.node, mean)
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
    value: Categorical | Mean,
    numbers: Floats,
    grid: Grid,
    default: float | None,
    what: str,
) -> Mean:
    """The mean of another feature of what the same head reads, or of a number beside it."""
    label = f"{what} of {mean.label}"
    for known in lowering.variables:
        if isinstance(known, Mean) and (known.node, known.label) == (mean.node, label):
            return known
    second = Mean(
        node=mean.node,
        label=label,
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

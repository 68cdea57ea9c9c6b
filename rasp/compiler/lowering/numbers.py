"""Numbers of the stream -> columns of the output, and how these become values again, to the bit.

listed      a number of which all values are known, is read as the nearest of them
coded       values that are too close to each other, or too large, or equal but for their types,
            are told apart by their numbers in a list of them
means       are in `averages.py`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import (
    DISTINCT,
    DISTINCT_FREE,
    LARGEST_READ,
    SAME_IN_FLOAT32,
)
from rasp.compiler.lowering.averages import mean_columns
from rasp.compiler.lowering.centres import (
    Columns,
    centre_rows,
    last_bits_lost,
    listed_readout,
    smallest_gap,
    zero_of_either_sign,
)
from rasp.compiler.lowering.sameness import settled
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.zeros import is_negative_zero
from rasp.compiler.names import Names
from rasp.compiler.readings import Readings
from rasp.compiler.variables import Categorical, Linear, Mean, Scalar, Variable
from rasp.errors import CompileError
from rasp.graph.left_open import may_be_open
from rasp.graph.nodes import Atom, SOpNode, atom_key
from rasp.graph.operators import show
from rasp.outputs import Readout


def scalar_columns(
    lowering: Lowering,
    scalar: Scalar,
    readings: Readings,
    values: Sequence[Atom | None] | None = None,
) -> Columns:
    """A number of attention, read in this way.

    values: for each of its values, what is put out for it; None for this itself.  Raises
    CompileError where its values cannot be told apart.
    """
    if scalar.interval is not None:
        return Columns((scalar.number,), Readout("grid", scale=np.ones(1), integer=True))
    if isinstance(scalar, Mean):
        return mean_columns(lowering, scalar)
    refuse_blurred(lowering, scalar)
    form = Linear(0.0, {}, {scalar: 1.0})
    values = scalar.domain.values if values is None else values
    return Columns((form,), listed_readout(lowering, scalar, readings.of(scalar), values))


def categorical_columns(
    lowering: Lowering, node: SOpNode, variable: Categorical, values: Sequence[Atom | None]
) -> Columns:
    """A function of one variable that has numbers as values; None: it fails there."""
    refuse_blurred(lowering, variable)
    refuse_open_zeros(lowering, variable, values)
    numbers = _as_numbers(lowering, variable, values)
    if numbers is None:
        distinct = {atom_key(v): v for v in values if isinstance(v, (int, float))}
        order = sorted(distinct.values(), key=_place_in_order)
        place = {atom_key(atom): float(number) for number, atom in enumerate(order)}
        numbers = np.array([0.0 if v is None else place[atom_key(v)] for v in values])
    form = Linear.feature(variable, numbers)
    readout = listed_readout(lowering, variable, numbers, values)
    return Columns((form,), replace(readout, by_rule=is_by_rule(lowering, node, variable)))


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
    rows, _ = centre_rows(variable, numbers, values, known)
    # Features that are nearly constant, on the scale of 1, are taken for constant.
    return numbers if smallest_gap(numbers, rows) >= least * max(largest, 1.0) else None


def is_by_rule(lowering: Lowering, node: SOpNode, variable: Categorical) -> bool:
    """Is it not known of a function of one variable which of its numbers are ints?"""
    return variable.untyped and node not in lowering.told


def refuse_blurred(lowering: Lowering, variable: Variable) -> None:
    if variable.blurred:
        raise last_bits_lost(lowering, variable.node, variable)


def refuse_open_zeros(
    lowering: Lowering, variable: Variable, values: Sequence[Atom | None]
) -> None:
    """Raise CompileError for a zero of unknown type that is listed as -0.0, which 0 is not."""
    if variable.untyped and any(map(is_negative_zero, values)):
        raise zero_of_either_sign(lowering, variable)


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


def refuse_untold_types(names: Names, root: SOpNode, readout: Readout) -> None:
    """Raise CompileError for numbers of which neither the model nor the rule for means says whether
    they are ints.

    root: as it was written.
    """
    if readout.by_rule and not may_be_open(root):
        raise CompileError(
            f"{names.text(root)} is made of means, and too much is computed with them to tell where"
            " it is an int and where a float",
            labels=names.labels(root),
            hint="means with 0.0 added to them, which are floats, or rounded ones",
        )

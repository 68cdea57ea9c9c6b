"""A function of functions that the same sublayers would compute before it, in one sublayer.

`s1 / m1 * m1 >= s2 / m2 * m2` compares two products, each a function of a sum and of a number of
keys.  In two sublayers, the products are computed first.  In one, the comparison is a function of
both sums and both numbers; that has many more joint values, but often few neurons, as the products
are nearly the sums.  So both are tried, where nobody else asks for what is computed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from rasp.compiler.encoding.plans import Encoding
from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import TooManyRowsError
from rasp.compiler.facts.means import Grid, mean_domain
from rasp.compiler.limits import LAST_BITS, MANY_NEURONS, MOST_ROWS_AT_ONCE
from rasp.compiler.lowering.meeting import is_over
from rasp.compiler.readings import Readings
from rasp.compiler.synthesis import Solution, Table, on_sums
from rasp.compiler.synthesis.table import linear_fit
from rasp.compiler.variables import (
    Categorical,
    Computed,
    Linear,
    Mean,
    Scalar,
    Sum,
    Variable,
    Width,
)


@dataclass(frozen=True)
class AtOnce:
    """table, solution: the function as one of what is known before the sublayer; level: that of
    the sublayer; needed: sums that are to be built for that."""

    table: Table
    solution: Solution
    level: int
    needed: tuple[Sum, ...]


@dataclass(frozen=True, eq=False)
class _Before:
    """A leaf, and of what it is a function: rows [combinations, leaves], and the leaf's code."""

    leaf: Computed
    leaves: tuple[Variable, ...]
    rows: Ints
    codes: Ints


def at_once(
    encoding: Encoding,
    variable: Computed,
    table: Table,
    sums: Sequence[Linear],
    in_steps: Solution | None,
    *,
    exact: bool,
    noise: float,
) -> AtOnce | None:
    """The function in one sublayer, if that takes no more neurons; None if it takes more.

    in_steps: the neurons that it takes where its leaves are computed before.
    """
    sums_of: dict[Mean, Sum] = {}
    before = [_by_sums(encoding, leaf, sums_of) for leaf in _before(encoding, variable)]
    if not before or in_steps is None:
        return None
    after = _joined(table, before)
    forms = [form for form in (_through(form, before, table) for form in sums) if form is not None]
    if after is None or not forms:
        return None
    solution = on_sums(after, forms, exact=exact, noise=noise)
    if solution is None or len(solution.neurons) >= MANY_NEURONS:
        return None
    least = len(in_steps.neurons)
    least += sum(_neurons_of(encoding, part.leaf, in_steps, exact, noise) for part in before)
    if len(solution.neurons) > least:
        return None
    new = tuple(total for mean, total in sums_of.items() if mean not in encoding.sums)
    encoding.sums.update(sums_of)
    return AtOnce(after, after.of_all_values(solution), variable.level - 1, new)


def _before(encoding: Encoding, variable: Computed) -> list[Computed]:
    """The leaves that the sublayer before would compute; none if it is needed for something else.

    It is for a leaf that somebody else asks for, and for one that is itself a function of such.
    """
    if variable.level != 2 or not variable.is_tabled:
        return []
    leaves = [
        leaf
        for leaf in variable.leaves
        if isinstance(leaf, Computed) and leaf.depth == variable.depth
    ]
    plain = all(
        leaf.is_tabled
        and leaf.domain.numeric
        and leaf not in encoding.bases.requests
        and not leaf.alike
        and leaf not in variable.alike
        and all(isinstance(below, Scalar) for below in leaf.leaves)
        for leaf in leaves
    )
    return leaves if plain else []


def _by_sums(encoding: Encoding, leaf: Computed, sums_of: dict[Mean, Sum]) -> _Before:
    """A function of a mean and of the number of keys that it is over as one of the sum, and of
    that number: it is nearly the sum, where it is the product of both."""
    known = leaf.codes >= 0
    leaves, rows = list(leaf.leaves), leaf.rows[known]
    for place, other in permutations(range(len(leaves)), 2):
        mean, width = leaves[place], leaves[other]
        if not (isinstance(mean, Mean) and isinstance(width, Width) and is_over(mean, width)):
            continue
        total = sums_of.get(mean) or encoding.sums.get(mean) or _sum_of(encoding, mean)
        if total is None:
            continue
        numbers = mean.domain.numbers[rows[:, place]] * width.domain.numbers[rows[:, other]]
        codes = _nearest(total.domain.numbers, numbers)
        if codes is None:
            continue
        sums_of[mean] = total
        leaves[place] = total
        rows = np.column_stack([rows[:, :place], codes, rows[:, place + 1 :]])
    return _Before(leaf, tuple(leaves), rows, leaf.codes[known])


def _sum_of(encoding: Encoding, mean: Mean) -> Sum | None:
    """The sum of what is averaged, 0 where nothing is; None if that is no list of numbers.

    The mean is over keys that are counted, so they are no best ones, of which nobody knows the
    score: a sum weighs BOS against that.
    """
    value = mean.value
    if mean.blurred or not mean.is_listed or not isinstance(value, Categorical) or value.blurred:
        return None
    grid = Grid.of(mean.numbers.tolist())
    if grid.blurred or not grid.step or grid.scale > 1:
        return None  # sums of integers are proved
    contexts, once = encoding.lowered.contexts, value.multiplicity
    each_once = once is not None and value.within is None and bool((once <= 1).all())
    different = mean.numbers if each_once else None
    try:
        domain = mean_domain(grid, mean.limits, 0, contexts, total=True, different=different)
    except TooManyRowsError:
        return None
    return Sum(
        node=mean.node,  # beside which it stands
        label=f"sum of {mean.label}",
        depth=mean.depth,
        possible=domain,
        term=mean.term,
        value=value,
        numbers=mean.numbers,
    )


def _nearest(numbers: Floats, wanted: Floats) -> Ints | None:
    """For each wanted number the place of the one that it is but for rounding; None if there is
    one that is not."""
    order = np.argsort(numbers)
    ascending = numbers[order]
    places = np.searchsorted((ascending[1:] + ascending[:-1]) / 2, wanted)
    off = np.abs(ascending[places] - wanted).max(initial=0.0)
    largest = float(np.abs(numbers).max(initial=0.0))
    apart = float(np.diff(ascending).min(initial=np.inf))
    return order[places] if off <= LAST_BITS * largest < apart / 4 else None


def _joined(table: Table, before: Sequence[_Before]) -> Table | None:
    """The table with what these leaves are functions of in their place; None if it is too large."""
    leaves = list(table.leaves)
    codes = table.codes
    rows = np.arange(len(codes))  # of the table, for each row that there is so far
    for part in before:
        place = leaves.index(part.leaf)
        starts, sources = _rows_of(part)
        counts = np.diff(starts)[codes[:, place]]
        if int(counts.sum()) > MOST_ROWS_AT_ONCE:
            return None
        again = np.repeat(np.arange(len(codes)), counts)
        within = np.arange(len(again)) - np.repeat(np.cumsum(counts) - counts, counts)
        source = sources[starts[codes[again, place]] + within]
        own = part.rows[source]  # [rows, leaves of the leaf]
        left = [number for number in range(len(leaves)) if number != place]
        columns = [codes[again][:, number] for number in left]
        leaves = [leaves[number] for number in left]
        fits = np.ones(len(again), dtype=bool)
        for below, column in zip(part.leaves, own.T, strict=True):
            if below in leaves:
                fits &= columns[leaves.index(below)] == column
            else:
                leaves.append(below)
                columns.append(column)
        codes = np.stack(columns, axis=1)[fits]
        rows = rows[again[fits]]
    if not len(rows):
        return None
    outcomes = None if table.outcomes is None else table.outcomes[rows]
    return replace(
        table,
        leaves=tuple(leaves),
        codes=codes,
        targets=table.targets[rows],
        outcomes=outcomes,
    )


def _rows_of(part: _Before) -> tuple[Ints, Ints]:
    """For each value, the rows that have it: those from starts[value] to starts[value + 1]."""
    order = np.argsort(part.codes, kind="stable")
    return np.searchsorted(part.codes[order], np.arange(part.leaf.size + 1)), order


def _through(form: Linear, before: Sequence[_Before], table: Table) -> Linear | None:
    """A sum of the leaves as one of what these are functions of, where they nearly are such."""
    total = Linear(form.constant, {}, dict(form.scalars))
    features = dict(form.features)
    for part in before:
        numbers = features.pop(part.leaf, None)
        if numbers is None:
            continue
        fitted = _fitted(part, numbers, table.readings)
        if fitted is None:
            return None
        total = total + fitted
    for leaf, numbers in features.items():
        total = total + Linear.feature(leaf, numbers)
    return total


def _fitted(part: _Before, numbers: Floats, readings: Readings) -> Linear | None:
    """What a sum takes of a leaf as a sum; of its places in order, the number that they are of."""
    values = part.leaf.domain.numbers
    steps = np.diff(numbers[np.argsort(values, kind="stable")])
    for sign in (1.0, -1.0):
        if bool((sign * steps >= 0).all()):
            numbers = sign * values
    targets = numbers[part.codes, None]  # [rows, 1]
    return linear_fit(Table(part.leaves, part.rows, targets, readings=readings))[0]


def _neurons_of(
    encoding: Encoding, leaf: Computed, reader: Solution, exact: bool, noise: float
) -> int:
    """How many neurons the leaf would take for what the reader asks of it."""
    asked = {
        numbers.tobytes(): numbers
        for form in (*reader.neurons, *reader.direct)
        for variable, numbers in form.features.items()
        if variable is leaf
    }
    if not asked:
        return 0
    known = leaf.codes >= 0
    targets = np.stack([numbers[leaf.codes[known]] for numbers in asked.values()], axis=1)
    table = Table(leaf.leaves, leaf.rows[known], targets, leaf.codes[known], encoding.readings)
    found = encoding.synthesised.of(table, [], exact=exact, noise=noise)
    return MANY_NEURONS if found is None else len(found.neurons)

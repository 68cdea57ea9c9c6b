"""Functions of one sum, and of other numbers where the sum alone does not decide.

`a > b or (a == b and c > d)` depends on `a - b`, but for where that is 0, and there on `c - d`.  So
it is a function of (a - b) * w + (c - d) for a w larger than the range of the second: the numbers
are digits of one, the sum the highest of them.  That is a staircase with few steps, as most digits
change nothing.  Likewise `s1 / m1 * m1 >= s2 / m2 * m2` is `s1 >= s2` but for sums such as 29, of
which one quotient times 7 is not 29 in floats: where both are 29, the counts m decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.rows import count_rows
from rasp.compiler.limits import LARGEST_TIED, MOST_DIGITS_OF_TIES, MOST_TIED_SUMS, SAMPLE_OF_TIES
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.projections import numbers_of, put_together
from rasp.compiler.synthesis.staircase import levels_of, on_form
from rasp.compiler.synthesis.table import Solution, Table, values_of
from rasp.compiler.variables import Linear
from rasp.deadline import look


def by_ties(
    table: Table, sums: Sequence[Linear], best: float, accuracy: Accuracy
) -> Solution | None:
    """A staircase on a sum with other numbers as lower digits, if cheaper than `best`."""
    outcome, _ = table.classes
    chosen: Solution | None = None
    for form in sums[:MOST_TIED_SUMS]:
        level, _ = levels_of(values_of(form, table))
        tied = _tied(level, outcome)
        if tied.all() or not tied.any():
            continue  # no row is decided by the sum, or all are
        digits = _digits(table, level, outcome, tied)
        if digits is None:
            continue
        number = put_together([form, *digits], table, LARGEST_TIED)
        found = None if number is None else on_form(table, number, best, accuracy)
        if found is not None:
            chosen, best = found, found.cost
    return chosen


def _tied(level: Ints, outcome: Ints) -> Bools:
    """[rows]: does the sum leave open what the outcome is?"""
    low = np.full(int(level.max()) + 1, np.iinfo(np.int64).max)
    high = np.full(len(low), -1)
    np.minimum.at(low, level, outcome)
    np.maximum.at(high, level, outcome)
    return np.asarray((low < high)[level])


def _digits(table: Table, level: Ints, outcome: Ints, tied: Bools) -> list[Linear] | None:
    """The numbers that decide where the sum does not, in the order in which the outcome changes
    least often."""
    rows = table.shuffled[tied[table.shuffled]]
    levels = {
        number: levels_of(values_of(form, table)[rows])[0]
        for number, form in enumerate(numbers_of(table))
    }
    fewest: tuple[int, tuple[int, ...]] | None = None
    for order in _orders(len(levels)):
        look()
        columns = [level[rows], *(levels[number] for number in order)]
        if not all(
            _decides([column[:n] for column in columns], outcome[rows[:n]])
            for n in (SAMPLE_OF_TIES, len(rows))
        ):
            continue
        by_number = outcome[rows][np.lexsort(columns[::-1])]
        n_changes = int(np.count_nonzero(np.diff(by_number)))
        if fewest is None or (n_changes, len(order)) < (fewest[0], len(fewest[1])):
            fewest = n_changes, order
    return None if fewest is None else [numbers_of(table)[number] for number in fewest[1]]


def _decides(columns: Sequence[Ints], outcome: Ints) -> bool:
    return count_rows(columns, len(outcome)) == count_rows([*columns, outcome], len(outcome))


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, min(count, MOST_DIGITS_OF_TIES) + 1):
        yield from permutations(range(count), size)

"""What is known of a mean, its sum and the number of its keys together.

Of 191 means, 79 sums and 13 numbers of keys few go together: m keys with the sum p have the mean
p / m, rounded once.  So these are multiplied with each other before they are with anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rasp.graph.columns import Column
from rasp.graph.nodes import Aggregate, SelectorNode, SelectorWidth
from rasp.meaning.states import Bools, codes_of
from rasp.meaning.witness import Quantity, Total


def selector_of(quantity: Quantity) -> SelectorNode | None:
    """The selector that a mean, a sum or a number of keys is about."""
    match quantity:
        case Aggregate(selector=selector) | SelectorWidth(selector=selector):
            return selector
        case Total(aggregate=Aggregate(selector=selector)):
            return selector
    return None


def related(cuts: Sequence[Sequence[Quantity]]) -> list[list[int]]:
    """Groups of some of what is multiplied, where a sum is with the number of its keys; each is
    given by the quantities that are known of it."""
    about: dict[SelectorNode, list[int]] = {}
    summed: set[SelectorNode] = set()
    for number, quantities in enumerate(cuts):
        for quantity in quantities:
            selector = selector_of(quantity)
            if selector is not None:
                about.setdefault(selector, []).append(number)
                summed |= {selector} if isinstance(quantity, Total) else set()
    groups = [list(dict.fromkeys(about[selector])) for selector in about if selector in summed]
    once = [number for group in groups for number in group]
    return [group for group in groups if len(group) > 1] if len(set(once)) == len(once) else []


def quotients(
    columns: Mapping[Quantity, Column], total: Total, count: SelectorWidth, size: int
) -> Bools:
    """[rows]: is the mean the quotient of the sum and the number of keys?  Where there are no keys
    it is not looked at.

    The sum is of integers below 2^53, so that Python divides it as the program does.
    """
    mean = columns.get(total.aggregate)
    if mean is None:
        return np.ones(size, dtype=bool)
    of_mean, of_sum, of_count = (
        _numbers(column, size) for column in (mean, columns[total], columns[count])
    )
    sure = of_count > 0  # nan where one is not known
    divided = np.divide(of_sum, of_count, out=np.full(size, np.nan), where=sure)
    with_nan = np.isnan(of_mean) | np.isnan(divided)
    return np.asarray(~sure | with_nan | (of_mean == divided))


def _numbers(column: Column, size: int) -> np.ndarray:
    """The values as numbers, nan where there is none."""
    codes, atoms = codes_of(column)
    numbers = [float(atom) if type(atom) in (int, float) else np.nan for atom in atoms]
    found = np.array([*numbers, np.nan])[codes]  # -1 where it fails
    return np.broadcast_to(found, (size,))

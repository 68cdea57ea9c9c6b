"""What stands between some quantities and all that it is made of itself.

Of a state that is computed step by step, such as a counter, all that comes before the last step
matters through the state alone.  So it need not be taken apart: its values are as good.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from rasp.graph.nodes import Constant
from rasp.meaning.states import ordered, parts
from rasp.meaning.witness import Quantity

MOST_NODES = 5_000


def necks(wanted: Sequence[Quantity], stop: Container[Quantity]) -> frozenset[Quantity]:
    """Of the quantities through which all ways lead from the wanted ones to everything that they
    are made of, those next to the wanted ones; nothing below `stop` is looked at."""
    order = ordered(wanted, stop)  # parts first
    if len(order) > MOST_NODES:
        return frozenset()
    below: dict[Quantity, frozenset[Quantity]] = {}
    users: dict[Quantity, list[Quantity]] = {quantity: [] for quantity in order}
    for quantity in order:
        own = () if quantity in stop else parts(quantity)
        for part in own:
            users[part].append(quantity)
        ends = () if own or isinstance(quantity, Constant) else (quantity,)
        below[quantity] = frozenset(ends).union(*(below[part] for part in own))
    before = _before(order, users, frozenset(wanted))
    n_led: dict[Quantity, int] = dict.fromkeys(order, 0)  # ends that all ways lead to through it
    for quantity in order:
        n_led[quantity] += below[quantity] == {quantity}
        if (leading := before[quantity]) is not None:
            n_led[leading] += n_led[quantity]
    found: set[Quantity] = set()
    inside: set[Quantity] = set()
    for quantity in reversed(order):
        if before[quantity] in found or before[quantity] in inside:
            inside.add(quantity)
            continue
        is_end = quantity in below[quantity]
        if quantity not in wanted and not is_end and 0 < len(below[quantity]) == n_led[quantity]:
            found.add(quantity)
    return frozenset(found)


def _before(
    order: Sequence[Quantity], users: dict[Quantity, list[Quantity]], wanted: frozenset[Quantity]
) -> dict[Quantity, Quantity | None]:
    """For each quantity the last that all ways to it lead through; None where there is none."""
    found: dict[Quantity, Quantity | None] = {}
    depths: dict[Quantity, int] = {}
    for quantity in reversed(order):
        some: list[Quantity | None] = [None] if quantity in wanted else []
        some += users[quantity]
        meeting = some[0]
        for other in some[1:]:
            while meeting is not other:
                if meeting is None or other is None:
                    meeting = other = None
                elif depths[meeting] >= depths[other]:
                    meeting = found[meeting]
                else:
                    other = found[other]
        found[quantity] = meeting
        depths[quantity] = 0 if meeting is None else depths[meeting] + 1
    return found

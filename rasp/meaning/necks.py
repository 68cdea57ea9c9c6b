"""What stands between some quantities and all that it is made of itself.

Of a state that is computed step by step, such as a counter, all that comes before the last step
matters through the state alone.  So it need not be taken apart: its values are as good.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from rasp.graph.nodes import Constant
from rasp.meaning.states import ordered, parts
from rasp.meaning.witness import Quantity

MOST_NODES = 5_000


def necks(wanted: Sequence[Quantity], stop: Container[Quantity]) -> frozenset[Quantity]:
    """Of the quantities through which all ways lead from the wanted ones to everything that they
    are made of, those next to the wanted ones; nothing below `stop` is looked at."""
    ways = _Ways.of(wanted, stop, lambda end: not isinstance(end, Constant))
    return frozenset() if ways is None else ways.necks(lambda quantity: True)


def necks_above(
    wanted: Sequence[Quantity], cut: Container[Quantity], below: Callable[[Quantity], int]
) -> frozenset[Quantity]:
    """Those of `necks(wanted, frozenset())` that are above all in `cut`, without a look at what is
    below that.

    below: what a quantity is made of in the end, as the bits of a number.
    """
    ways = _Ways.of(wanted, cut, lambda end: below(end) != 0)
    if ways is None:
        return frozenset()
    found = ways

    def is_alone(quantity: Quantity) -> bool:
        """Is nothing that it is made of below the cut there beside it?"""
        own = below(quantity)
        return not any(below(end) & own for end in found.ends if not found.leads(quantity, end))

    return ways.necks(is_alone)


@dataclass(frozen=True, eq=False)
class _Ways:
    """From wanted quantities to their ends.

    order: parts first; inner: what is made of others, down to where is looked; ends: what that is
    made of, but for constants; before: for each quantity the last that all ways to it lead
    through, None where there is none; depths: how many there are; least: of all that a quantity is
    made of, the least of these, -1 where there is none.
    """

    wanted: frozenset[Quantity]
    order: Sequence[Quantity]
    inner: frozenset[Quantity]
    ends: Sequence[Quantity]
    before: Mapping[Quantity, Quantity | None]
    depths: Mapping[Quantity, int]
    least: Mapping[Quantity, int]

    @classmethod
    def of(
        cls,
        wanted: Sequence[Quantity],
        stop: Container[Quantity],
        is_end: Callable[[Quantity], bool],
    ) -> _Ways | None:
        """None for too many of them."""
        order = ordered(wanted, stop)
        if len(order) > MOST_NODES:
            return None
        users: dict[Quantity, list[Quantity]] = {quantity: [] for quantity in order}
        inner = frozenset(q for q in order if q not in stop and parts(q))
        varying: set[Quantity] = set()  # all that is not made of constants alone
        ends = []
        for quantity in order:
            if quantity not in inner:
                if is_end(quantity):
                    varying.add(quantity)
                    ends.append(quantity)
                continue
            for part in parts(quantity):
                users[part].append(quantity)
                if part in varying:
                    varying.add(quantity)
        before, depths = _before(order, users, frozenset(wanted))
        least: dict[Quantity, int] = {}
        for quantity in order:
            if quantity in inner:
                own = [part for part in parts(quantity) if part in varying]
                led = [depths[found] if (found := before[p]) is not None else -1 for p in own]
                least[quantity] = min((*led, *(least[p] for p in own if p in least)), default=-1)
        return cls(frozenset(wanted), order, inner, ends, before, depths, least)

    def leads(self, quantity: Quantity, end: Quantity) -> bool:
        """Do all ways to the end lead through the quantity?"""
        current: Quantity | None = end
        while current is not None and current is not quantity:
            current = self.before[current]
        return current is quantity

    def necks(self, holds: Callable[[Quantity], bool]) -> frozenset[Quantity]:
        """Those next to the wanted ones of which that holds.

        If something below a quantity could be reached on another way, the first such thing would
        have another part of the way behind it, and its `before` were above the quantity.
        """
        found: set[Quantity] = set()
        inside: set[Quantity] = set()
        for quantity in reversed(self.order):
            if self.before[quantity] in found or self.before[quantity] in inside:
                inside.add(quantity)
            elif (
                quantity in self.inner
                and quantity not in self.wanted
                and self.least[quantity] >= self.depths[quantity]
                and holds(quantity)
            ):
                found.add(quantity)
        return frozenset(found)


def _before(
    order: Sequence[Quantity], users: dict[Quantity, list[Quantity]], wanted: frozenset[Quantity]
) -> tuple[dict[Quantity, Quantity | None], dict[Quantity, int]]:
    """For each quantity the last that all ways to it lead through; None where there is none; and
    how many there are."""
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
    return found, depths

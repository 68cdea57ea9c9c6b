"""Operations and an order of sublayers -> where each operation goes, or what does not fit.

An order is a string of `a` (attention) and `f` (feed-forward).  A sublayer does any number of
operations of its kind, and an operation goes into the first one after everything that it waits for:
nothing is gained by waiting longer.  So an order fits exactly if every chain of operations, each
waiting for the one before, is a subsequence of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from rasp.analysis.mentions import Mention, count
from rasp.analysis.operations import Operations
from rasp.analysis.tables import Table
from rasp.errors import RaspValueError
from rasp.graph.nodes import Node
from rasp.graph.origins import Origins

MAX_ORDER = 100_000
KINDS = {"a": "attention", "f": "feed-forward"}


@dataclass(frozen=True, slots=True)
class Sublayer:
    """number: from 1; kind: "a" or "f"; work: the operations in it, none if it is not needed."""

    number: int
    kind: str
    work: tuple[Mention, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "sublayer": self.number,
            "kind": KINDS[self.kind],
            "work": [mention.to_dict() for mention in self.work],
        }


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first operation that has no place.

    after: the number of the sublayer after which everything is there that it waits for.
    """

    operation: Mention
    kind: str
    after: int

    @property
    def reason(self) -> str:
        needed = "an attention" if self.kind == "a" else "a feed-forward"
        since = f"after sublayer {self.after}" if self.after else "at all"
        return f"{self.operation.label} needs {needed} sublayer, and there is none {since}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "operation": self.operation.to_dict(),
            "kind": KINDS[self.kind],
            "after": self.after,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a program runs in an order of sublayers."""

    order: str
    sublayers: tuple[Sublayer, ...]
    misfit: Misfit | None

    @property
    def fits(self) -> bool:
        return self.misfit is None

    def to_dict(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "fits": self.fits,
            "misfit": None if self.misfit is None else self.misfit.to_dict(),
            "sublayers": [sublayer.to_dict() for sublayer in self.sublayers],
        }

    def to_table(self) -> Table:
        rows = []
        for sublayer in self.sublayers:
            kind = KINDS[sublayer.kind]
            for mention in sublayer.work or (None,):
                text = "(nothing to do)" if mention is None else mention.label
                place = "" if mention is None else mention.place_text
                rows.append((str(sublayer.number), kind, text, place))
        return Table(("sublayer", "kind", "operation", "place"), tuple(rows))

    def to_text(self) -> str:
        verdict = (
            f"order {self.order}: fits"
            if self.misfit is None
            else f"order {self.order}: does not fit: {self.misfit.reason}"
        )
        return f"{verdict}\n{self.to_table().to_text()}"

    def _repr_html_(self) -> str:
        from rasp.markup import html

        verdict, *_ = self.to_text().split("\n")
        return html.fragment(html.paragraph(verdict) + self.to_table().to_html())


def fit(operations: Operations, order: str, origins: Origins | None = None) -> Fit:
    """order: a string of a and f (`parse_order` makes one of a pattern's name)."""
    if not set(order) <= set(KINDS) or len(order) > MAX_ORDER:
        raise RaspValueError(f"an order is a string of a and f, got '{order[:40]}'")
    placement = _Placement(operations, order)
    work: list[list[Mention]] = [[] for _ in order]
    for (node, _), number in placement.places.items():
        work[number - 1].append(Mention(node, origins))
    misfit = None
    if placement.misfit is not None:
        node, kind, after = placement.misfit
        misfit = Misfit(Mention(node, origins), kind, after)
    sublayers = tuple(
        Sublayer(number, kind, tuple(mentions))
        for number, (kind, mentions) in enumerate(zip(order, work, strict=True), start=1)
    )
    return Fit(order, sublayers, misfit)


def fits(operations: Operations, order: str) -> bool:
    return _Placement(operations, order).misfit is None


class _Placement:
    """places: (operation, kind) -> the number of its sublayer, from 1.

    misfit: of the operations that have no place although all that they wait for has one, one that
    waits for the least.
    """

    def __init__(self, operations: Operations, order: str) -> None:
        self._numbers = {
            kind: [number for number, own in enumerate(order, start=1) if own == kind]
            for kind in KINDS
        }
        self._nowhere = len(order) + 1
        self.places: dict[tuple[Node, str], int] = {}
        self.misfit: tuple[Node, str, int] | None = None
        operations.flow(
            0,
            join=max,
            attend=lambda node, after: self._place(node, "a", after),
            compute=lambda node, after: self._place(node, "f", after),
        )

    def _place(self, node: Node, kind: str, after: int) -> int:
        """The number of the sublayer that does this; `_nowhere` where there is none."""
        numbers = self._numbers[kind]
        following = bisect_right(numbers, after)
        if following < len(numbers):
            self.places[node, kind] = numbers[following]
            return numbers[following]
        if after < self._nowhere and (self.misfit is None or after < self.misfit[2]):
            self.misfit = node, kind, after
        return self._nowhere


# -- names of orders


def interleaved(n_layers: int) -> str:
    """The usual order: attention, feed-forward, n times."""
    return "af" * n_layers


def sandwich(coefficient: int, n_layers: int) -> str:
    """As many sublayers of either kind, with attention first and feed-forward last."""
    middle = n_layers - coefficient
    return "a" * coefficient + "af" * middle + "f" * coefficient


def interleaved_layers(operations: Operations) -> int:
    """The least number of layers (af) in which the program runs."""
    last = 0

    def to(number: int) -> int:
        nonlocal last
        last = max(last, number)
        return number

    # Sublayers 1, 3, 5, ... are attention, 2, 4, 6, ... feed-forward.
    operations.flow(
        0,
        join=max,
        attend=lambda node, after: to(after + 1 + after % 2),
        compute=lambda node, after: to(after + 2 - after % 2),
    )
    return -(-last // 2)


_PATTERN = re.compile(r"(interleaved|sandwich)((?::[0-9]{1,6})*)")


def parse_order(text: str, operations: Operations) -> str:
    """A string of a and f; or `interleaved[:N]`, `sandwich:K[:N]` for N layers.

    By default N is the least number of layers in which the interleaved order runs the program, so
    that a sandwich is asked to do with the same sublayers in another order.  Raises RaspValueError.
    """
    if re.fullmatch("[af]*", text):
        if len(text) > MAX_ORDER:
            raise RaspValueError(f"the order has {count(len(text), 'sublayer')}")
        return text
    match = _PATTERN.fullmatch(text)
    numbers = [int(number) for number in match[2].split(":")[1:]] if match else []
    if match is None or len(numbers) > (2 if match[1] == "sandwich" else 1):
        raise RaspValueError(
            f"'{text[:40]}' is not an order of sublayers",
            hint="a string of a and f, interleaved, interleaved:N, sandwich:K or sandwich:K:N",
        )
    needed = interleaved_layers(operations)
    if match[1] == "interleaved":
        return interleaved(_layers(numbers[0] if numbers else needed))
    if not numbers:
        raise RaspValueError("a sandwich needs its coefficient", hint="for instance sandwich:1")
    n_layers = _layers(numbers[1] if len(numbers) == 2 else max(needed, numbers[0]))
    if numbers[0] > n_layers:
        raise RaspValueError(
            f"a sandwich of {count(n_layers, 'layer')} has a coefficient of at most {n_layers}"
        )
    return sandwich(numbers[0], n_layers)


def _layers(number: int) -> int:
    if number * 2 > MAX_ORDER:
        raise RaspValueError(f"the order has {count(number, 'layer')}")
    return number

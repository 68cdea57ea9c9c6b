"""Operations -> how a program would like its sublayers ordered.

The Sandwich Transformer has as many attention and feed-forward sublayers as the usual interleaved
one, but K of the attention at the bottom and K of the feed-forward at the top.  What a program says
to that: which orders are shortest, how much of its attention can come before any feed-forward, and
up to which K a sandwich of the same size runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasp.analysis.mentions import count
from rasp.analysis.operations import Operations
from rasp.analysis.orders import fits, interleaved_layers, sandwich
from rasp.analysis.shortest import Orders, shortest_orders


@dataclass(frozen=True, slots=True)
class Tendency:
    """shortest: orders of the fewest sublayers; least_attention: of those with the fewest attention
    sublayers, as many as there are layers, the shortest.

    leading_attention: with the least attention, how many of these sublayers can come before any
    feed-forward; 0 if there is feed-forward work on the input itself.  ends_with_feed_forward:
    whether some comes after the last attention.  interleaved_layers: how many layers (af) are
    needed.  sandwich: the largest coefficient of a sandwich with as many sublayers that runs the
    program.
    """

    n_layers: int
    shortest: Orders
    least_attention: Orders
    leading_attention: int
    ends_with_feed_forward: bool
    interleaved_layers: int
    sandwich: int

    @classmethod
    def of(cls, operations: Operations) -> Tendency:
        n_layers, layers = operations.n_layers, interleaved_layers(operations)
        n_sublayers = n_layers + len(operations.feed_forward) + 1
        return cls(
            n_layers=n_layers,
            shortest=shortest_orders(operations),
            least_attention=shortest_orders(operations, attention=n_sublayers),
            leading_attention=_largest(
                lambda k: fits(operations, "a" * k + "fa" * (n_layers - k) + "f"), n_layers
            ),
            ends_with_feed_forward=not fits(operations, "fa" * n_layers),
            interleaved_layers=layers,
            sandwich=_largest(lambda k: fits(operations, sandwich(k, layers)), layers),
        )

    @property
    def sublayers(self) -> str:
        """The shortest order with as few attention sublayers as possible, attention early."""
        return self.least_attention.orders[0]

    def to_dict(self) -> dict[str, Any]:
        return {
            "shortest": list(self.shortest.orders),
            "n_shortest": self.shortest.n_orders,
            "shortest_exact": self.shortest.exact,
            "least_attention": list(self.least_attention.orders),
            "least_attention_exact": self.least_attention.exact,
            "leading_attention": self.leading_attention,
            "ends_with_feed_forward": self.ends_with_feed_forward,
            "interleaved_layers": self.interleaved_layers,
            "sandwich": self.sandwich,
        }

    def lines(self) -> list[tuple[str, str]]:
        """Headings and what there is to say."""
        found = _orders_text(self.shortest)
        if set(self.shortest.orders) != set(self.least_attention.orders):
            found += f"; with the least attention {_orders_text(self.least_attention)}"
        layers = count(self.interleaved_layers, "layer")
        return [
            ("sublayers", found),
            ("attention", self._attention_text()),
            ("interleaved", f"{layers} of attention and feed-forward"),
            ("sandwich", f"of {layers}: up to sandwich:{self.sandwich}"),
        ]

    def _attention_text(self) -> str:
        if not self.n_layers:
            return "none"
        if not self.leading_attention:
            return "there is feed-forward work before the first"
        if self.leading_attention == self.n_layers:
            end = ", which is only needed at the end" if self.ends_with_feed_forward else ""
            return f"all of it can come before any feed-forward{end}"
        first = count(self.leading_attention, "sublayer")
        return f"at most {first} of {self.n_layers} before the first feed-forward"


def _largest(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` for which it holds, if it holds for all smaller ones."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _orders_text(orders: Orders) -> str:
    shown = ", ".join(order or "none" for order in orders.orders)
    more = orders.n_orders - len(orders.orders)
    rest = f" and {more:,} more" if more else ""
    return f"{shown}{rest}" + ("" if orders.exact else " (the shortest that was found)")

"""An s-op -> the theory's account of it: layers, heads, schedules, orders of sublayers, patterns.

`analyze` is quick; whatever takes a search is computed when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rasp.analysis.depth import critical_path
from rasp.analysis.extent import AttentionAccount, attention_account
from rasp.analysis.masks import MaskLike
from rasp.analysis.mentions import Mention, count
from rasp.analysis.operations import Operations
from rasp.analysis.orders import Fit, fit, parse_order
from rasp.analysis.schedules import SCHEDULES, Layer, Schedule, ScheduleName, make_schedule
from rasp.analysis.tables import Table
from rasp.analysis.tendency import Tendency
from rasp.errors import RaspValueError
from rasp.graph.nodes import Atom, Node, SelectorWidth
from rasp.graph.origins import Origins

MAX_ROWS = 400
"""Longer tables are cut short in texts."""


@dataclass(frozen=True, repr=False)
class Analysis:
    """The theory's account of an s-op.

    layers: those of the earliest schedule, in which every operation is in the layer of its depth.
    critical_path: a chain of attention operations, one a layer, that makes fewer layers impossible.
    """

    operations: Operations = field(repr=False)
    origins: Origins | None = field(repr=False)

    @property
    def root(self) -> Mention:
        return Mention(self.operations.root, self.origins)

    @property
    def bos(self) -> bool:
        """Whether inputs begin with a token of their own, which makes a width one head."""
        return self.operations.bos

    @property
    def n_layers(self) -> int:
        return self.operations.n_layers

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.earliest.layers

    @property
    def heads_per_layer(self) -> list[int]:
        return self.earliest.heads_per_layer

    @property
    def max_heads(self) -> int:
        return self.earliest.max_heads

    @property
    def sublayers(self) -> str:
        """A shortest order of sublayers with one attention for each layer, attention early.

        "a" is attention, "f" feed-forward, which there is wherever an elementwise result that
        attention reads, or the s-op itself, needs more than an embedding.
        """
        return self.tendency.sublayers

    @cached_property
    def critical_path(self) -> tuple[Mention, ...]:
        path = critical_path(self.operations.root, self.operations.depth)
        return tuple(Mention(node, self.origins) for node in path)

    # -- schedules

    @cached_property
    def earliest(self) -> Schedule:
        return make_schedule(self.operations, "earliest", self.origins)

    @cached_property
    def latest(self) -> Schedule:
        return make_schedule(self.operations, "latest", self.origins)

    @cached_property
    def narrowest(self) -> Schedule:
        return make_schedule(self.operations, "narrowest", self.origins)

    def schedule(self, name: ScheduleName) -> Schedule:
        """Raises RaspValueError for a name that is none."""
        if name not in SCHEDULES:
            raise RaspValueError(
                f"'{name}' is not a schedule", hint=f"one of {', '.join(SCHEDULES)}"
            )
        schedule: Schedule = getattr(self, name)
        return schedule

    @cached_property
    def other(self) -> Analysis:
        """The account with the opposite assumption on what inputs begin with."""
        return Analysis(self.operations.opposite(), self.origins)

    # -- orders of sublayers

    @cached_property
    def tendency(self) -> Tendency:
        return Tendency.of(self.operations)

    def order(self, order: str) -> Fit:
        """Whether and how the s-op runs in an order of sublayers: "afaf", "sandwich:1", ...

        Raises RaspValueError for what is no order.
        """
        return fit(self.operations, parse_order(order, self.operations), self.origins)

    # -- attention

    def attention(
        self,
        mask: MaskLike,
        *,
        vocab: Iterable[Atom] | None = None,
        max_len: int | None = None,
        schedule: ScheduleName = "earliest",
    ) -> AttentionAccount:
        """Whether the heads stay within a mask, and how many pairs they attend.

        mask: a text such as "window:2 + global:1" (`rasp.analysis.masks`), a matrix, or a function
        of (i, j, n).  Selectors that depend on tokens are tried on inputs of up to max_len tokens
        of the vocabulary.  Raises RaspValueError for what is no mask.
        """
        return attention_account(
            self.schedule(schedule), self.root, mask, vocab=vocab, max_len=max_len
        )

    # -- forms

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        with_bos, without = (self, self.other) if self.bos else (self.other, self)
        return {
            "sop": self.root.to_dict(),
            "bos": self.bos,
            "n_layers": self.n_layers,
            "heads_per_layer": self.heads_per_layer,
            "max_heads": self.max_heads,
            "sublayers": self.sublayers,
            "layers": [layer.to_dict() for layer in self.layers],
            "critical_path": [mention.to_dict() for mention in self.critical_path],
            "heads_per_layer_with_bos": with_bos.heads_per_layer,
            "heads_per_layer_without_bos": without.heads_per_layer,
            "schedules": {
                name: {
                    key: value
                    for key, value in self.schedule(name).to_dict().items()
                    if key != "layers"
                }
                for name in SCHEDULES
            },
            "orders": self.tendency.to_dict(),
        }

    def to_table(self, schedule: ScheduleName = "earliest") -> Table:
        """A row for every head and for every elementwise result."""
        rows = []
        for layer in self.schedule(schedule).layers:
            number = str(layer.number)
            for place, head in enumerate(layer.heads, start=1):
                for user in head.users:
                    use = f"{head.label} -> {_user_text(user)}"
                    rows.append((number, f"head {place}", use, user.place_text))
            rows.extend((number, "then", sop.text, sop.place_text) for sop in layer.sops)
        return Table(("layer", "", "operation", "place"), tuple(rows))

    def to_text(self, schedule: ScheduleName = "earliest") -> str:
        """The account in words and a table."""
        lines = [self.root.text, *_aligned(self._facts())]
        table = self.to_table(schedule)
        if table.rows:
            lines += ["", f"{schedule} schedule", _cut(table)]
        if self.critical_path:
            lines += ["", "longest chain of attention, one operation a layer", _cut(self._chain())]
        return "\n".join(lines)

    def _facts(self) -> list[tuple[str, str]]:
        if not self.n_layers:
            return [("layers", "none: there is no attention"), *self.tendency.lines()[:1]]
        facts = [("layers", f"{self.n_layers:,}"), *self._head_facts()]
        return facts + self.tendency.lines()

    def _head_facts(self) -> list[tuple[str, str]]:
        facts = [("heads", f"{_numbers(self.heads_per_layer)} in layers 1, 2, ... (earliest)")]
        if self.n_layers == 1:
            facts = [("heads", _numbers(self.heads_per_layer))]
        elif self.latest.heads_per_layer != self.heads_per_layer:
            facts.append(("", f"{_numbers(self.latest.heads_per_layer)} (latest)"))
        if self.narrowest.max_heads < min(self.max_heads, self.latest.max_heads):
            facts.append(("", f"{_numbers(self.narrowest.heads_per_layer)} (narrowest)"))
        if self.n_layers > 1:
            facts.append(("widest layer", self._width_text()))
        if self.other.heads_per_layer != self.heads_per_layer:
            which = "without" if self.bos else "with"
            facts.append(
                (
                    f"{which} BOS",
                    f"{_numbers(self.other.heads_per_layer)} if inputs "
                    + ("do not begin" if self.bos else "begin")
                    + " with a token of their own",
                )
            )
        return facts

    def _width_text(self) -> str:
        schedule = self.narrowest
        heads = count(schedule.max_heads, "head")
        if schedule.is_narrowest:
            return f"{heads} at least, in any schedule of {count(self.n_layers, 'layer')}"
        return f"{heads} in the best schedule found; at least {schedule.at_least} are needed"

    def _chain(self) -> Table:
        rows = tuple(
            (str(number), mention.label, mention.place_text)
            for number, mention in enumerate(self.critical_path, start=1)
        )
        return Table(("layer", "operation", "place"), rows)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        layers, heads = count(self.n_layers, "layer"), _numbers(self.heads_per_layer)
        return f"<analysis of {self.root.label}: {layers}, heads {heads or 'none'}>"

    def _repr_html_(self) -> str:
        from rasp.markup import html

        facts = html.table((), self._facts(), title=self.root.text)
        return html.fragment(facts + self.to_table().to_html())


def analyze(node: Node, *, bos: bool = False, origins: Origins | None = None) -> Analysis:
    """The account of an s-op; of a selector as if it were aggregated with.

    bos: inputs begin with a token of their own, which makes a width one head.
    """
    return Analysis(Operations(node, bos=bos), origins)


def _user_text(user: Mention) -> str:
    """A width without a name repeats its selector, which is there already."""
    unnamed = user.name is None and isinstance(user.node, SelectorWidth)
    return "its width" if unnamed else user.label


def _numbers(heads: list[int]) -> str:
    shown = ", ".join(map(str, heads[:MAX_ROWS]))
    return shown + (", ..." if len(heads) > MAX_ROWS else "")


def _aligned(facts: list[tuple[str, str]]) -> list[str]:
    width = max(len(heading) for heading, _ in facts)
    return [f"{heading:<{width}}  {text}" for heading, text in facts]


def _cut(table: Table) -> str:
    rows = table.rows[:MAX_ROWS]
    text = Table(table.headings, rows).to_text()
    hidden = len(table.rows) - len(rows)
    return text + (f"\n... and {count(hidden, 'row')} more" if hidden else "")

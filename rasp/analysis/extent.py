"""The heads of an account and a mask -> which heads stay within it, and how many pairs they attend.

For a program that sorts, also how many heads a Transformer with this mask would need at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rasp.analysis.containment import Containment, Trial, contained, trials
from rasp.analysis.growth import DEGREES, Growth, growth
from rasp.analysis.masks import Mask, MaskLike
from rasp.analysis.mentions import Mention, count
from rasp.analysis.patterns import Pattern
from rasp.analysis.schedules import Head, Schedule
from rasp.analysis.sorting import SortingBound, sorting_bounds, sorts
from rasp.analysis.tables import Table
from rasp.errors import RaspLimitError, RaspValueError
from rasp.graph.nodes import SELECTOR_TYPES, Atom, SelectorNode
from rasp.graph.origins import Origins
from rasp.graph.walk import topological
from rasp.vocabulary import Vocabulary

CountKind: TypeAlias = Literal["exact", "at most", "at least"]

_Findings: TypeAlias = tuple[
    Containment, tuple["Count", ...], tuple[int, ...], Growth | None, Growth | None
]
"""The last fields of `HeadAttention`."""

MAX_LEN = 10
"""Of inputs, if only a vocabulary is declared."""

LONGEST = 128
MAX_NODES = 100_000
COUNTED_LENGTH = 40
MAX_COUNTED_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Count:
    """How many pairs are attended in an input, of those of a length the one with the most."""

    pairs: int
    kind: CountKind

    @property
    def text(self) -> str:
        return f"{self.pairs:,}" if self.kind == "exact" else f"{self.kind} {self.pairs:,}"


@dataclass(frozen=True, slots=True)
class HeadAttention:
    """What is found out about a head.

    counts: of attended pairs, for the lengths from 1 on.  upper: bounds on them that hold for every
    input, and upper_growth their growth; seen_growth: that of the counts in the inputs that were
    tried, where it is another one.
    """

    layer: int
    number: int
    head: Head
    containment: Containment
    counts: tuple[Count, ...]
    upper: tuple[int, ...] = field(repr=False)
    upper_growth: Growth | None
    seen_growth: Growth | None

    @property
    def within(self) -> bool | None:
        return self.containment.within

    @property
    def is_exact(self) -> bool:
        """Whether the upper bounds are what is attended, wherever that was counted."""
        return all(
            count.kind == "exact" and count.pairs == most
            for count, most in zip(self.counts, self.upper, strict=False)
        )

    @property
    def growth_text(self) -> str:
        most = None if self.upper_growth is None else self.upper_growth.text
        if self.is_exact:
            return most or ""
        bound = "" if most is None else f"at most {most}"
        if self.seen_growth is None:
            return bound
        seen = f"{self.seen_growth.text}, as seen up to n = {self.seen_growth.up_to}"
        return f"{seen}; {bound}" if bound else seen

    def most(self, length: int) -> int:
        """How many pairs are attended in any input of the length, at most."""
        counted = self.counts[length - 1]
        return self.upper[length - 1] if counted.kind == "at least" else counted.pairs

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "head": self.number,
            **self.head.to_dict(),
            **self.containment.to_dict(),
            "pairs": [{"pairs": count.pairs, "kind": count.kind} for count in self.counts],
            "growth": None if self.upper_growth is None else self.upper_growth.to_dict(),
            "growth_is_exact": self.is_exact,
            "growth_seen": None if self.seen_growth is None else self.seen_growth.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class AttentionAccount:
    """What a program asks of restricted attention.

    length: up to which pairs are counted for the table.  sorted_by: an operation that sorts, and
    bounds: what that takes.
    """

    mask: Mask
    length: int
    heads: tuple[HeadAttention, ...]
    n_layers: int
    mask_growth: Growth | None
    sorted_by: Mention | None
    bounds: tuple[SortingBound, ...]

    @property
    def within(self) -> bool | None:
        """Whether the mask allows all that the heads attend; None where that is not known."""
        answers = {head.within for head in self.heads}
        return False if False in answers else None if None in answers else True

    @property
    def total(self) -> Count:
        """The pairs of all heads together, in inputs of `length` tokens."""
        # Different inputs may be those with the most pairs of different heads.
        total = sum(head.most(self.length) for head in self.heads)
        return Count(total, "exact" if all(head.is_exact for head in self.heads) else "at most")

    def to_dict(self) -> dict[str, Any]:
        return {
            "mask": self.mask.text,
            "within": self.within,
            "heads": [head.to_dict() for head in self.heads],
            "length": self.length,
            "total_pairs": {"pairs": self.total.pairs, "kind": self.total.kind},
            "mask_pairs": self.mask.n_pairs(self.length),
            "mask_growth": None if self.mask_growth is None else self.mask_growth.to_dict(),
            "sorted_by": None if self.sorted_by is None else self.sorted_by.to_dict(),
            "sorting": [bound.to_dict() for bound in self.bounds],
        }

    def to_table(self) -> Table:
        rows = tuple(
            (
                str(head.layer),
                f"head {head.number}",
                head.head.label,
                head.containment.verdict,
                head.containment.basis,
                head.counts[self.length - 1].text,
                head.growth_text,
            )
            for head in self.heads
        )
        pairs = f"pairs at n = {self.length}"
        headings = ("layer", "", "selector", "verdict", "for / because", pairs, "grows as")
        return Table(headings, rows)

    def to_text(self) -> str:
        return "\n".join([self._summary(), *self._table_text(), *self._budget(), *self._sorting()])

    def _summary(self) -> str:
        answer = {
            True: "every head stays within it",
            False: "not every head stays within it",
            None: "not every head is known to stay within it",
        }[self.within]
        return f"attention {self.mask.text}: {answer if self.heads else 'there are no heads'}"

    def _table_text(self) -> list[str]:
        return [self.to_table().to_text()] if self.heads else []

    def _budget(self) -> list[str]:
        if not self.heads:
            return []
        n_heads = len(self.heads)
        allowed = self.mask.n_pairs(self.length)
        grows = "" if self.mask_growth is None else f" ({self.mask_growth.text})"
        return [
            f"at n = {self.length} the program attends {self.total.text} pairs in "
            f"{count(n_heads, 'head')}; the mask allows {allowed:,} a head{grows}, "
            f"{n_heads * allowed:,} in all"
        ]

    def _sorting(self) -> list[str]:
        if self.sorted_by is None:
            return []
        rows = tuple(
            (f"{b.length:,}", f"{b.comparisons:,}", f"{b.pairs:,}", f"{b.heads:,}")
            for b in self.bounds
        )
        table = Table(("n", "comparisons", "pairs of the mask", "layers x heads"), rows)
        lines = [
            f"{self.sorted_by.label} sorts, which takes log2(n!) comparisons; an attended pair is "
            "one at most, so with this mask",
            table.to_text(),
        ]
        if self.mask_growth is not None and self.mask_growth.degree < 2:
            lines.append(
                f"the mask's pairs grow as {DEGREES[self.mask_growth.degree]} and log2(n!) as "
                "n log n: no constant number of layers and heads with it sorts all lengths"
            )
        return lines

    def _repr_html_(self) -> str:
        from rasp.markup import html

        return html.fragment(self.to_table().to_html())


def attention_account(
    schedule: Schedule,
    root: Mention,
    mask: MaskLike,
    *,
    vocab: Iterable[Atom] | None = None,
    max_len: int | None = None,
) -> AttentionAccount:
    """See `rasp.analysis.account.Analysis.attention`."""
    made = Mask.of(mask)
    _check_size(schedule, root)
    tokens = () if vocab is None else Vocabulary.of(vocab).tokens
    longest = _longest(made, max_len)
    study = _Study(made, tokens, longest, declared=max_len, origins=root.origins)
    heads = tuple(
        study.head(layer.number, number, head)
        for layer in schedule.layers
        for number, head in enumerate(layer.heads, start=1)
    )
    sorted_by = sorts(root.node)
    return AttentionAccount(
        made,
        longest,
        heads,
        len(schedule.layers),
        _mask_growth(made),
        None if sorted_by is None else Mention(sorted_by, root.origins),
        () if sorted_by is None else sorting_bounds(made),
    )


def _check_size(schedule: Schedule, root: Mention) -> None:
    """Every selector is looked at with all that it is made of."""
    selectors = {head.selector.node for layer in schedule.layers for head in layer.heads}
    nodes = len(topological([root.node]))
    if len(selectors) * nodes > MAX_NODES:
        raise RaspLimitError(
            f"the program is too large for an account of its attention: {len(selectors):,} "
            f"selectors among {nodes:,} nodes"
        )


def _longest(mask: Mask, max_len: int | None) -> int:
    """The length of inputs that are tried, at most."""
    if max_len is None:
        return min(MAX_LEN, mask.max_length or MAX_LEN)
    if type(max_len) is not int or max_len < 1:
        raise RaspValueError(
            f"the length of inputs has to be a whole number from 1 on: {max_len!r}"
        )
    if max_len > LONGEST:
        raise RaspLimitError(
            f"inputs of {max_len:,} tokens are too long to be tried: at most {LONGEST}",
            hint="what does not depend on tokens is decided without a length",
        )
    if mask.max_length is not None and max_len > mask.max_length:
        raise RaspValueError(
            f"the mask {mask.text} is for inputs of up to {mask.max_length} tokens, not {max_len}"
        )
    return max_len


def _mask_growth(mask: Mask) -> Growth | None:
    length = _counted_length(mask.scale, mask.periods)
    if mask.max_length is not None:
        length = min(length, mask.max_length)
    return growth([mask.n_pairs(n) for n in range(1, length + 1)], mask.periods)


def _counted_length(scale: int, periods: Sequence[int]) -> int:
    """Long enough to see past the numbers in a condition."""
    wanted = max(COUNTED_LENGTH, 2 * scale + 20, 8 * max(periods, default=1))
    return min(wanted, MAX_COUNTED_LENGTH)


class _Study:
    """Looks at every selector once, in however many layers it is a head."""

    def __init__(
        self,
        mask: Mask,
        tokens: Sequence[Atom],
        longest: int,
        *,
        declared: int | None,
        origins: Origins | None,
    ) -> None:
        self._mask, self._tokens, self._longest = mask, tokens, longest
        self._declared, self._origins = declared, origins
        self._known: dict[SelectorNode, _Findings] = {}

    def head(self, layer: int, number: int, head: Head) -> HeadAttention:
        selector = head.selector.node
        assert isinstance(selector, SELECTOR_TYPES)
        if selector not in self._known:
            self._known[selector] = self._found(selector)
        return HeadAttention(layer, number, head, *self._known[selector])

    def _found(self, selector: SelectorNode) -> _Findings:
        pattern = Pattern(selector)
        tried: tuple[Trial, ...] = ()
        if not pattern.is_exact and self._tokens:
            tried = trials(selector, self._tokens, self._longest, self._origins)
        containment = contained(
            pattern, self._mask, tried, max_len=self._declared, origins=self._origins
        )
        upper = self._upper_counts(pattern)
        counts = _counts(pattern, upper[: self._longest], tried)
        seen = growth([count.pairs for count in counts]) if tried else None
        return containment, counts, tuple(upper), growth(upper, pattern.periods), seen

    def _upper_counts(self, pattern: Pattern) -> list[int]:
        length = COUNTED_LENGTH
        if pattern.is_linear and len(pattern) < 50:
            length = _counted_length(pattern.scale, pattern.periods)
        return [pattern.most(n) for n in range(1, max(length, self._longest) + 1)]


def _counts(pattern: Pattern, upper: Sequence[int], tried: Sequence[Trial]) -> tuple[Count, ...]:
    """For the lengths from 1 on, as many as there are upper bounds."""
    if pattern.is_exact:
        return tuple(Count(pairs, "exact") for pairs in upper)
    trial_of = {trial.length: trial for trial in tried}
    counts = []
    for length, most in enumerate(upper, start=1):
        trial = trial_of.get(length)
        if trial is None:
            counts.append(Count(most, "at most"))
            continue
        found = int(trial.pairs.sum(axis=(1, 2)).max())
        exact = trial.complete or found == most
        counts.append(Count(found, "exact" if exact else "at least"))
    return tuple(counts)

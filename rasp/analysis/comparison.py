"""The theory's account and a compiled model -> both side by side, and why they differ.

The reasons are read from what the compiler says of its heads and neurons (their labels name the
operations they are for), so that they are about this model and not about models in general.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rasp.analysis.account import Analysis
from rasp.analysis.mentions import Mention, count
from rasp.analysis.orders import fit
from rasp.analysis.tables import Table
from rasp.graph.nodes import SelectorWidth
from rasp.graph.text import to_text, without_part

Spans = Sequence[tuple[int, int, str]]


class ModelReport(Protocol):
    """What is read of `rasp.report.Report`."""

    @property
    def heads_per_layer(self) -> tuple[int, ...]: ...
    @property
    def sublayers(self) -> str: ...
    @property
    def addresses(self) -> tuple[int, ...]: ...


class ModelLabels(Protocol):
    """What is read of `rasp.artifact.Labels`, both by block: a head or a group of neurons each."""

    @property
    def heads(self) -> Sequence[Sequence[str]]: ...
    @property
    def neurons(self) -> Sequence[Spans]: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """what: which number differs; reason: why, or what is known of it."""

    what: str
    theory: str
    compiled: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        return {
            "what": self.what,
            "theory": self.theory,
            "compiled": self.compiled,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """attention, heads and sublayers of both accounts, and each difference."""

    theory_heads: tuple[int, ...]
    compiled_heads: tuple[int, ...]
    theory_sublayers: str
    compiled_sublayers: str
    differences: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "theory": {
                "n_layers": len(self.theory_heads),
                "heads_per_layer": list(self.theory_heads),
                "sublayers": self.theory_sublayers,
            },
            "compiled": {
                "n_attention": len(self.compiled_heads),
                "heads_per_attention": list(self.compiled_heads),
                "sublayers": self.compiled_sublayers,
            },
            "differences": [difference.to_dict() for difference in self.differences],
        }

    def to_table(self) -> Table:
        rows = (
            ("attention", str(len(self.theory_heads)), str(len(self.compiled_heads))),
            ("heads", _numbers(self.theory_heads), _numbers(self.compiled_heads)),
            ("sublayers", self.theory_sublayers or "none", self.compiled_sublayers or "none"),
        )
        return Table(("", "theory", "compiled"), rows)

    def to_text(self) -> str:
        lines = [self.to_table().to_text()]
        if not self.differences:
            lines.append("there is no difference")
        lines.extend(
            f"{d.what}: {d.theory} in theory, {d.compiled} compiled: {d.reason}"
            for d in self.differences
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from rasp.markup import html

        rows = tuple((d.what, d.theory, d.compiled, d.reason) for d in self.differences)
        reasons = Table(("difference", "theory", "compiled", "reason"), rows)
        return html.fragment(self.to_table().to_html() + reasons.to_html())


def compare(analysis: Analysis, report: ModelReport, labels: ModelLabels) -> Comparison:
    """The account of an s-op (without a token at the beginning) beside a model compiled from it."""
    compiled = [[without_part(head)[0] for head in heads] for heads in labels.heads if heads]
    theory_heads = analysis.heads_per_layer
    compiled_heads = [len(heads) for heads in compiled]
    differences: list[Difference] = []
    if len(theory_heads) == len(compiled):
        for number, heads in enumerate(compiled, start=1):
            differences.extend(_heads(analysis, number, heads))
        differences.extend(_feed_forward(analysis, report.sublayers, labels))
    else:
        differences.append(_attention(analysis, compiled, sum(report.addresses)))
    return Comparison(
        tuple(theory_heads),
        tuple(compiled_heads),
        analysis.sublayers,
        report.sublayers,
        tuple(differences),
    )


# -- heads


def _heads(analysis: Analysis, number: int, heads: Sequence[str]) -> Iterable[Difference]:
    """Why the heads of an attention sublayer are others than those of its layer."""
    layer = analysis.layers[number - 1]
    users = dict.fromkeys(user for head in layer.heads for user in head.users)
    # Different operations may look the same when they are shortened.
    own, known = Counter(heads), Counter(map(_label, users))
    several = [f"{label} ({n})" for label, n in own.items() if n > max(known[label], 1)]
    if len(layer.heads) == len(heads) and not several:
        return
    reasons = []
    widths = [_label(user) for user in users if isinstance(user.node, SelectorWidth)]
    if widths and not analysis.bos:
        reasons.append(
            f"{_listed(widths)}: one head instead of two, since the model puts a token of its own "
            "in front of every input"
        )
    if several:
        reasons.append(
            f"{_listed(several)}: several heads, whose selectors together are one that a single "
            "score matrix does not express"
        )
    reasons.extend(_rewritten(sorted(set(known) - set(own)), sorted(set(own) - set(known))))
    yield Difference(
        f"heads of layer {number}",
        str(len(layer.heads)),
        str(len(heads)),
        "; ".join(reasons) or "operations with equal selectors have heads of their own",
    )


def _rewritten(gone: Sequence[str], new: Sequence[str]) -> list[str]:
    if gone and new:
        return [f"{_listed(gone)}: rewritten, with heads for {_listed(new)}"]
    if gone:
        return [f"{_listed(gone)}: no head of its own"]
    return [f"{_listed(new)}: in addition"] if new else []


def _attention(
    analysis: Analysis, compiled: Sequence[Sequence[str]], n_addresses: int
) -> Difference:
    """Why there are more or fewer attention sublayers than layers; n_addresses: heads that read
    counts from the table of positions."""
    own = Counter(label for heads in compiled for label in heads)
    users = Counter(
        _label(user) for layer in analysis.layers for head in layer.heads for user in head.users
    )
    if len(compiled) < analysis.n_layers:
        # Of several that look the same when they are shortened, one may be gone.
        missing = sorted(set(users) - set(own)) or sorted(users - own)
        earlier = _listed(_earlier(analysis, compiled))
        if missing or not earlier:
            reason = (
                f"no attention for {_listed(missing) or 'some operations'}: what it gives follows "
                "from the position, the length or what other attention gives, for inputs of the "
                "declared length and vocabulary"
            )
        else:
            reason = (
                f"{earlier}: in an earlier layer, since some of what comes before in the program "
                "makes no difference to it"
            )
    else:
        more = _listed(sorted(set(own) - set(users))) or "some operations"
        reason = f"attention for {more} in addition"
        if n_addresses:
            reads = "head reads a count" if n_addresses == 1 else "heads read counts"
            reason += (
                f": {n_addresses} {reads} from the table of positions, in the place of neurons"
            )
    return Difference("attention sublayers", str(analysis.n_layers), str(len(compiled)), reason)


def _earlier(analysis: Analysis, compiled: Sequence[Sequence[str]]) -> list[str]:
    """The operations whose heads are in attention sublayers before those of their layers."""
    places = {label: place for place, heads in reversed([*enumerate(compiled)]) for label in heads}
    return sorted(
        {
            label
            for place, layer in enumerate(analysis.layers)
            for head in layer.heads
            for label in map(_label, head.users)
            if places.get(label, place) < place
        }
    )


# -- feed-forward


def _feed_forward(analysis: Analysis, sublayers: str, labels: ModelLabels) -> Iterable[Difference]:
    """Differences in the feed-forward sublayers between two of attention, before and after all."""
    placed = fit(analysis.operations, analysis.sublayers, analysis.origins)
    theory = _between(
        (sublayer.kind, [_label(work) for work in sublayer.work]) for sublayer in placed.sublayers
    )
    neurons = [[label for _, _, label in spans] for spans in labels.neurons if spans]
    compiled = _between(_kinds(sublayers, neurons))
    for after, (wanted, built) in enumerate(zip(theory, compiled, strict=True)):
        if len(wanted) == len(built):
            continue
        where = f"feed-forward after attention {after}" if after else "feed-forward at the front"
        if len(wanted) > len(built):
            names = _listed([name for names in wanted for name in names])
            reader = "the output" if after == len(theory) - 1 else "the attention that follows"
            reason = f"{names}: {reader} reads it off what is there, without neurons"
        else:
            names = _listed([name for names in built for name in names])
            reason = f"neurons for {names}"
        yield Difference(where, str(len(wanted)), str(len(built)), reason)


def _label(mention: Mention) -> str:
    """As the compiler labels heads and neurons."""
    return mention.name or to_text(mention.node, mention.origins)


def _kinds(sublayers: str, neurons: Sequence[Sequence[str]]) -> Iterable[tuple[str, Sequence[str]]]:
    """Every sublayer of a model with what it is for, feed-forward in the order of the blocks."""
    remaining = iter(neurons)
    for kind in sublayers:
        yield kind, next(remaining, ()) if kind == "f" else ()


def _between(
    sublayers: Iterable[tuple[str, Sequence[str]]],
) -> list[list[Sequence[str]]]:
    """The feed-forward sublayers before the first attention and after each."""
    groups: list[list[Sequence[str]]] = [[]]
    for kind, names in sublayers:
        if kind == "a":
            groups.append([])
        else:
            groups[-1].append(names)
    return groups


def _listed(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {count(len(unique) - 4, 'other')}" if len(unique) > 4 else ""
    return ", ".join(unique[:4]) + more


def _numbers(heads: Sequence[int]) -> str:
    return ", ".join(map(str, heads)) or "none"

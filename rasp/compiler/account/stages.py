"""The stages of a compilation as text, for `rasp compile --emit STAGE`.

Each stage has one noun: graph, domains, selectors, encodings, blocks, schedule, layout, weights.
(The stages before them, source and ast, belong to the front end.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rasp.compiler.account.alternatives import Scores, of_head
from rasp.compiler.account.choices import choice
from rasp.compiler.account.prices import Prices
from rasp.compiler.account.selectors import selectors_text
from rasp.compiler.account.sublayers import extra_sublayers, stage_name
from rasp.compiler.blocks import Form, Head
from rasp.compiler.compilation import Compilation
from rasp.compiler.limits import SHOWN_VALUES
from rasp.compiler.variables import Computed, Scalar, Unit, Variable
from rasp.compiler.weights import toward_itself
from rasp.graph.operators import show
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.model.config import BlockConfig


def emit(stage: str, compilation: Compilation) -> str:
    """The text of one stage; `stage` is one of STAGES."""
    return _EMITTERS[stage](compilation)


def _graph(compilation: Compilation) -> str:
    origins = compilation.lowered.names.origins
    rows = []
    for number, node in enumerate(topological([compilation.graph])):
        span = origins.span(node)
        name = origins.name(node) or ""
        rows.append([str(number), to_text(node, origins), name, str(span or "")])
    return _table(["node", "expression", "name", "place"], rows)


def _domains(compilation: Compilation) -> str:
    rows = []
    for variable in compilation.lowered.variables:
        if not isinstance(variable, Unit):
            rows.append([variable.label, _kind(variable), str(variable.depth), *_values(variable)])
    return _table(["variable", "kind", "depth", "values", "known from", "such as"], rows)


def _kind(variable: Variable) -> str:
    if isinstance(variable, Computed):
        return "function of " + ", ".join(leaf.label for leaf in variable.leaves)
    name = type(variable).__name__.removesuffix("Variable").lower()
    return f"{name} (a number)" if isinstance(variable, Scalar) else name


def _values(variable: Variable) -> list[str]:
    if not variable.is_listed:
        return [f"about {variable.possible.size:.3g}", "", "too many to list"]
    domain = variable.domain
    known = {"": "nothing", "i": "index", "n": "length", "in": "index and length"}
    sample = [show(value) for value in domain.values[:SHOWN_VALUES]]
    if len(domain) > SHOWN_VALUES:
        sample.append("...")
    return [str(len(domain)), known[domain.granularity], ", ".join(sample)]


def _selectors(compilation: Compilation) -> str:
    heads = zip(compilation.blocks.heads, _scores_of(compilation), strict=True)
    return selectors_text(compilation.lowered, heads)


def _scores_of(compilation: Compilation) -> list[tuple[Scores, ...]]:
    """For each head, comparison by comparison."""
    return [of_head(term, purpose) for term, purpose in compilation.encodings.scored]


def _encodings(compilation: Compilation) -> str:
    prices = Prices.of(compilation.artifact.config)
    rows = []
    for taken in compilation.encodings.deliveries:
        chosen = choice(taken, compilation.lowered)
        rows.append(
            [
                taken.variable.label,
                chosen.form,
                str(taken.n_directions),
                str(taken.n_neurons),
                f"{taken.n_directions * prices.direction + taken.n_neurons * prices.neuron:,}",
                taken.method,
                stage_name(taken.stage),
                chosen.place,
                "; ".join(prices.text(other) for other in chosen.alternatives),
            ]
        )
    headings = ["variable", "held as", "directions", "neurons", "parameters", "by", "at", "place"]
    return _table([*headings, "instead of"], rows)


def _blocks(compilation: Compilation) -> str:
    lines = []
    for head in sorted(compilation.blocks.heads, key=lambda head: head.depth):
        weight = "" if head.bos_weight is None else f", BOS has weight {head.bos_weight:.4g}"
        lines.append(f"{stage_name((head.depth, 0))} head: {head.label}{weight}")
        lines.append(f"    scores: {len(head.pairs)} products, bias {head.bias:g}")
        for query, key in head.pairs[:SHOWN_VALUES]:
            lines.append(f"        query {_form(query)}   key {_form(key)}")
        if len(head.pairs) > SHOWN_VALUES:
            lines.append("        ...")
        for value in head.values:
            lines.append(
                f"    value {_form(value.form)}, {value.at_bos:g} at BOS -> {value.direction.label}"
            )
    for group in sorted(compilation.blocks.feedforwards, key=lambda group: group.stage):
        lines.append(
            f"{stage_name(group.stage)} neurons: {group.label} ({len(group.inputs)} neurons)"
        )
        lines.extend(f"    writes {direction.label}" for direction, _ in group.outputs)
    return "\n".join(lines)


def _form(form: Form) -> str:
    terms = [f"{value:g} [{direction.label}]" for direction, value in form.terms.items()]
    if len(terms) > 3:
        terms = [*terms[:3], f"... {len(terms) - 3} more"]
    if form.constant or not terms:
        terms.append(f"{form.constant:g}")
    return " + ".join(terms)


def _schedule(compilation: Compilation) -> str:
    layout, blocks = compilation.layout, compilation.blocks
    prices = Prices.of(compilation.artifact.config)
    attention = iter(block for block in compilation.artifact.config.blocks if block.n_heads)
    lines = [f"sublayers: {layout.sublayers or 'none'}"]
    for stage in layout.stages:
        lines.append(stage_name(stage))
        if stage[1] == 0:
            block = next(attention)
            lines += [
                f"    head {head.label}: {_scores(head, scores, prices, block, compilation)}"
                for head, scores in zip(blocks.heads, _scores_of(compilation), strict=True)
                if head.depth == stage[0]
            ]
        else:
            lines += [
                f"    {_count(len(group.inputs), 'neuron')} for {group.label}:"
                f" {len(group.inputs) * prices.neuron:,} parameters"
                for group in blocks.feedforwards
                if group.stage == stage
            ]
    extra = extra_sublayers(layout, blocks)
    lines += [f"extra feed-forward sublayer {entry}" for entry in extra]
    lines += [
        f"instead, {label} in one layer: a function of about {rows:,.0f} joint values, which is a"
        f" staircase in no sum of them: up to {rows * prices.neuron:,.0f} parameters"
        for label, rows in compilation.lowered.no_layer.items()
    ]
    lines += [f"tried: {attempt}" for attempt in compilation.tried if len(compilation.tried) > 1]
    return "\n".join(lines)


def _scores(
    head: Head,
    comparisons: tuple[Scores, ...],
    prices: Prices,
    block: BlockConfig,
    compilation: Compilation,
) -> str:
    """How a head scores, and what other forms would cost."""
    artifact = compilation.artifact
    assert artifact.plan is not None
    dtype = artifact.config.dtype
    beside = 2 if toward_itself(head, artifact.plan.scale(dtype), dtype) == 0.0 else 1
    parts = []
    for scores in comparisons:
        others = ", ".join(prices.text(other, block, beside) for other in scores.others)
        parts.append(scores.text + (f" (instead of {others})" if others else ""))
    return "; ".join(parts) or "no comparison"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _layout(compilation: Compilation) -> str:
    places = compilation.layout.places
    rows = [["0", compilation.layout.labels[0], "embedding", ""]]
    for direction, place in sorted(places.items(), key=lambda entry: (entry[1], entry[0].born)):
        last = stage_name(compilation.layout.last_read[direction])
        rows.append([str(place), direction.label, stage_name(direction.born), last])
    return _table(["dimension", "holds", "written by", "last read by"], rows)


def _weights(compilation: Compilation) -> str:
    artifact = compilation.artifact
    rows = [
        [name, " x ".join(map(str, tensor.shape)), str(tensor.size), str(np.count_nonzero(tensor))]
        for name, tensor in artifact.tensors.items()
    ]
    lines = [_table(["tensor", "shape", "numbers", "not zero"], rows), ""]
    for block, (heads, neurons) in enumerate(
        zip(artifact.labels.heads, artifact.labels.neurons, strict=True)
    ):
        lines += [f"blocks.{block} head {number}: {label}" for number, label in enumerate(heads)]
        lines += [
            f"blocks.{block} neurons {first} to {last - 1}: {label}"
            for first, last, label in neurons
        ]
    return "\n".join(lines).rstrip()


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(headings), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


_EMITTERS: dict[str, Callable[[Compilation], str]] = {
    "graph": _graph,
    "domains": _domains,
    "selectors": _selectors,
    "encodings": _encodings,
    "blocks": _blocks,
    "schedule": _schedule,
    "layout": _layout,
    "weights": _weights,
}

STAGES = tuple(_EMITTERS)

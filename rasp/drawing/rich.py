"""What notebooks show of handles, programs, accounts, reports, models and errors: HTML of facts.

Everything here takes texts and nodes, so that whoever shows itself need not be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from rasp.drawing.drawings import draw_selector
from rasp.drawing.text import expression
from rasp.drawing.value_table import make_table
from rasp.errors import RaspError
from rasp.graph.construct import is_selector, is_sop
from rasp.graph.nodes import Node
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.graph.walk import topological
from rasp.markup import html

EXAMPLE = "hello"
"""What handles are shown on."""

MAX_EXAMPLE_NODES = 2000
MAX_ROWS = 300

Facts = Sequence[tuple[str, str]]


def facts(title: str, pairs: Facts) -> str:
    """A titled table of headings and what is to be said under them."""
    return html.fragment(html.table((), pairs, title=title))


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table without a style of its own, cut short if it is long."""
    shown = html.table(headings, rows[:MAX_ROWS], title=title)
    more = len(rows) - MAX_ROWS
    return shown + (f'<p class="muted">and {more:,} more rows</p>' if more > 0 else "")


def folded(summary: str, body: str) -> str:
    """What is seen when its summary is chosen."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def handle(node: Node, origins: Origins, name: str | None) -> str:
    """An s-op or selector: what it is, where it was written, what it costs, an example."""
    parts = [html.table((), _handle_facts(node, origins, name))]
    n_nodes = len(topological([node]))
    if n_nodes <= MAX_EXAMPLE_NODES:
        parts.append(_example(node, origins, name))
    return html.fragment("".join(parts))


def _handle_facts(node: Node, origins: Origins, name: str | None) -> list[tuple[str, str]]:
    from rasp.analysis.depth import depths

    kind = "s-op" if is_sop(node) else "selector"
    text = expression(node, origins)
    pairs = [(kind, name or text)]
    if name not in (None, text):
        pairs.append(("is", text))
    span = origins.span(node)
    if span is not None:
        pairs.append(("written at", str(span)))
    n_layers = depths(topological([node]))[node]
    pairs.append(("layers", str(n_layers) if n_layers else "none: there is no attention"))
    return pairs


def _example(node: Node, origins: Origins, name: str | None) -> str:
    """The node on the running example, or in a line why it fails there."""
    error: RaspError | None
    if is_selector(node):
        drawing = draw_selector(node, EXAMPLE, name=name, origins=origins)
        shown, error = drawing.svg, drawing.error
    else:
        assert is_sop(node)
        made = make_table(node, EXAMPLE, name=name, origins=origins, named=False)
        shown, error = made.body(), made.error
    if error is None:
        return shown
    return (
        f'<p class="muted">it fails on {escape(show(EXAMPLE))}: {html.escaped(error.message)}</p>'
    )


def names(title: str, rows: Iterable[tuple[str, str, Node | str, Origins]]) -> str:
    """The names of a program: kind, name, and what each is bound to."""
    from rasp.analysis.depth import depths

    shown = []
    for kind, name, value, origins in rows:
        if isinstance(value, str):
            shown.append((name, kind, value, "", ""))
            continue
        n_layers = depths(topological([value]))[value]
        span = origins.span(value)
        text = expression(value, origins)
        shown.append((name, kind, text, str(n_layers), "" if span is None else str(span)))
    headings = ("name", "kind", "is", "layers", "place")
    return html.fragment(table(title, headings, shown))


def labels(
    residual: Sequence[str],
    heads: Sequence[Sequence[str]],
    neurons: Sequence[Sequence[tuple[int, int, str]]],
) -> str:
    """What everything in a compiled model is for, as unstyled tables."""
    directions = [(str(number), text) for number, text in enumerate(residual)]
    operations = []
    for block, (own, groups) in enumerate(zip(heads, neurons, strict=True)):
        operations += [
            (f"block {block}", f"head {number}", text) for number, text in enumerate(own)
        ]
        operations += [
            (f"block {block}", f"neurons {first}-{end - 1}", text) for first, end, text in groups
        ]
    parts = [table("residual stream", ("direction", "what it holds"), directions)]
    if operations:
        parts.append(table("heads and neurons", ("", "", "what it computes"), operations))
    return "".join(parts)

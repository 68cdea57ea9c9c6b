"""An s-op and an input -> a table: a row for the tokens, for each named s-op that it is made of,
and for itself; a column for each position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from rasp.drawing.document import write
from rasp.drawing.limits import MAX_TABLE_ROWS, MAX_TABLE_TOKENS, require
from rasp.drawing.naming import distinct
from rasp.drawing.text import cell, clip, input_text, label, left, right, width
from rasp.errors import RaspRuntimeError, RaspValueError
from rasp.graph.construct import is_sop
from rasp.graph.construct import tokens as conversion
from rasp.graph.nodes import INDICES, TOKENS, Atom, Constant, Node, SOpNode
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.graph.sequences import as_sequence
from rasp.graph.walk import topological
from rasp.markup import html
from rasp.visible import visible

MAX_CELL = 24
MAX_NAME = 40
FAILED = "✗"
UNKNOWN = "?"


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """rows: names and values, None where there is no value because something fails.

    The first row has the positions, the second the tokens, the last the s-op itself.  error: why it
    fails on the input, if it does.
    """

    title: str
    rows: tuple[tuple[str, tuple[Atom | None, ...]], ...]
    failed: frozenset[tuple[int, int]] = frozenset()
    error: RaspRuntimeError | None = None

    def __iter__(self) -> Iterator[tuple[str, tuple[Atom | None, ...]]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_dict(self) -> dict[str, list[Atom | None]]:
        """The values of each name."""
        return {name: list(values) for name, values in self.rows}

    def _shown(self, row: int, place: int) -> str:
        value = self.rows[row][1][place]
        if value is None:
            return FAILED if (row, place) in self.failed else UNKNOWN
        return clip(cell(value), MAX_CELL)

    def _cells(self, row: int) -> list[str]:
        return [self._shown(row, place) for place in range(len(self.rows[row][1]))]

    @property
    def text(self) -> str:
        """Aligned columns."""
        shown = [self._cells(row) for row in range(len(self.rows))]
        names = [clip(visible(name), MAX_NAME) for name, _ in self.rows]
        room = max(map(width, names))
        sizes = [max(map(width, column)) for column in zip(*shown, strict=True)]
        lines = [
            f"{left(name, room)}  "
            + " ".join(right(text, size) for text, size in zip(cells, sizes, strict=True))
            for name, cells in zip(names, shown, strict=True)
        ]
        return "\n".join([*lines, *([str(self.error)] if self.error else [])])

    @property
    def html(self) -> str:
        """One page that needs nothing besides itself."""
        return html.page(self.title, self._repr_html_())

    def save(self, path: str | PathLike[str]) -> None:
        """Write a .html or a .txt file.  Raises RaspValueError, RaspLoadError."""
        file = Path(path)
        match file.suffix.lower():
            case ".html":
                write(file, self.html)
            case ".txt":
                write(file, f"{self.text}\n")
            case suffix:
                raise RaspValueError(f"a table is not saved as '{suffix}'", hint=".html or .txt")

    def _repr_html_(self) -> str:
        return html.fragment(self.body() + (html.message(str(self.error)) if self.error else ""))

    def body(self) -> str:
        """The table alone, without a style of its own."""
        rows = []
        for number, (name, values) in enumerate(self.rows):
            cells = "".join(
                f'<td class="{"cell failed" if value is None else "cell"}"'
                f' title="{html.escaped("no value" if value is None else show(value))}">'
                f"{html.escaped(self._shown(number, place))}</td>"
                for place, value in enumerate(values)
            )
            rows.append(f'<tr><th scope="row">{html.escaped(name)}</th>{cells}</tr>')
        caption = f"<caption>{html.escaped(self.title)}</caption>"
        return f"<table>{caption}<tbody>{''.join(rows)}</tbody></table>"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        """What is seen where there is no display."""
        return self.text


def make_table(
    node: SOpNode,
    value: Sequence[Atom],
    *,
    name: str | None = None,
    causal: bool = False,
    origins: Origins | None = None,
    named: bool = True,
) -> Table:
    """The table of an s-op on an input.

    named: with the named s-ops that it is made of.

    Raises RaspTypeError for what is no input, RaspLimitError for what is too large to be read.
    """
    from rasp.interpreter.steps import steps

    tokens = as_sequence(value)
    require(len(tokens), MAX_TABLE_TOKENS, "tokens", "an input", "take a shorter one")
    strings = all(isinstance(token, str) for token in tokens)
    order = topological([node])
    names = distinct(order, origins, strings=strings, root_name=name)
    rows_of = [n for n in order if n is node or (named and _is_row(n, names, strings=strings))]
    hint = "take an s-op that it is made of"
    require(len(rows_of), MAX_TABLE_ROWS, "named s-ops", "an s-op", hint)
    found = steps(node, tokens, causal=causal, origins=origins)
    rows: list[tuple[str, tuple[Atom | None, ...]]] = [
        ("position", tuple(range(len(tokens)))),
        ("tokens", tuple(tokens)),
    ]
    failed: set[tuple[int, int]] = set()
    for part in rows_of:
        step = found.get(part)
        at = frozenset(range(len(tokens))) if step is None else step.failed
        values = [None] * len(tokens) if step is None else step.values
        if step is not None:
            failed |= {(len(rows), place) for place in at}
        rows.append(
            (
                label(part, names),
                tuple(None if place in at else v for place, v in enumerate(values)),
            )
        )
    errors = [step.error for step in found.values() if step.error is not None]
    title = f"{label(node, names)} on {input_text(tokens)}"
    return Table(title, tuple(rows), frozenset(failed), errors[0] if errors else None)


def _is_row(node: Node, origins: Origins, *, strings: bool) -> bool:
    if not is_sop(node) or node in (TOKENS, INDICES) or isinstance(node, Constant):
        return False
    if strings and node is conversion("str"):
        return False
    return origins.name(node) is not None

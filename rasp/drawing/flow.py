"""The flow of a computation, as it is shown: layer by layer, what each head and each elementwise
operation has at every position.

The layers are those of the theory (`rasp.analysis`), every operation in the layer of its depth.
A head that computes a width is one matrix here, although the theory counts two heads for it: one
that looks at position 0 besides what is selected, one that looks at it only if it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rasp.drawing.text import width
from rasp.errors import RaspRuntimeError

State: TypeAlias = Literal["value", "default", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value at a position.  text: in short; full: as a program would write it."""

    text: str
    full: str
    state: State = "value"


FAILED = Cell("✗", "fails here", "failed")
UNKNOWN = Cell("?", "not computed", "unknown")


@dataclass(frozen=True, slots=True)
class Row:
    """An s-op at every position.

    expression: what it is, where its name does not say so; number: one of its own within the
    drawing; reads: the numbers of the rows that its expression is of.
    """

    name: str
    expression: str
    cells: tuple[Cell, ...]
    number: int = 0
    reads: tuple[int, ...] = ()

    def equation(self, room: int) -> str:
        """The expression; of what has no name, if its own expression is longer than the room."""
        return self.expression or (self.name if width(self.name) > room else "")


@dataclass(frozen=True, slots=True)
class Result:
    """What a head gives: `of` is what it averages, None where it counts what is selected.

    default: the value where nothing is selected, "" if there is no such position.
    """

    row: Row
    of: str | None
    default: str


@dataclass(frozen=True, slots=True)
class Head:
    """A selector on the input, and what is aggregated with it.

    numbers: those of the account's heads of the layer, from 1; none for a selector on its own.
    parts: definitions of the named selectors that it is made of; selected: a row for each query
    position, None if it fails or depends on what does; failed: query positions at which it fails.
    """

    numbers: tuple[int, ...]
    name: str
    expression: str
    parts: tuple[str, ...]
    tokens: Row
    keys: tuple[Row, ...]
    queries: tuple[Row, ...]
    values: tuple[Row, ...]
    selected: tuple[tuple[bool, ...], ...] | None
    failed: frozenset[int]
    results: tuple[Result, ...]

    @property
    def heading(self) -> str:
        if not self.numbers:
            return self.name
        first, last = self.numbers[0], self.numbers[-1]
        if first == last:
            return f"head {first}: {self.name}"
        consecutive = last - first + 1 == len(self.numbers)
        numbers = f"{first}-{last}" if consecutive else ", ".join(map(str, self.numbers))
        return f"heads {numbers}: {self.name}"


@dataclass(frozen=True, slots=True)
class Layer:
    """rows: elementwise results.  Layer 0 is what there is before any attention."""

    number: int
    n_heads: int
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """name: of the s-op; input: as text; error: why it fails on the input, if it does."""

    name: str
    input: str
    tokens: Row
    layers: tuple[Layer, ...]
    output: Row
    error: RaspRuntimeError | None

    @property
    def n_heads(self) -> int:
        return sum(layer.n_heads for layer in self.layers)

    @property
    def title(self) -> str:
        return f"{self.name} on {self.input}"

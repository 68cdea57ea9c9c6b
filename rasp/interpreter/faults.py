"""Why an input fails: a record made while the values are at hand, put into words only if asked for.

The notes of the error have a fixed form, one fact a line: the s-op, the position, the values there,
the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rasp.errors import RaspRuntimeError
from rasp.graph.nodes import Aggregate, Atom, Elementwise, Node, Select, SOpNode
from rasp.graph.operators import OPERATORS, show, type_name
from rasp.graph.origins import Origins
from rasp.graph.sequences import check_result
from rasp.graph.text import to_text
from rasp.source import Label

MAX_TOKENS_SHOWN = 40
MAX_VALUES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ElementwiseFault:
    """An operator refuses the values of its operands at a position."""

    node: Elementwise
    position: int
    reason: str
    operands: tuple[Atom, ...]

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        symbol = OPERATORS[self.node.operator].symbol
        message = self.reason if _names(self.reason, symbol) else f"{self.reason} in '{symbol}'"
        operands = [
            f"operand: {to_text(operand, origins)} = {_short(value)}"
            for operand, value in zip(self.node.operands, self.operands, strict=True)
        ]
        return _error(self.node, message, self.position, operands, sequence, origins)


@dataclass(frozen=True, slots=True)
class AggregateFault:
    """The values that a query position selects have no mean.

    selected: the first of them, with their positions; one more than is shown if there are more.
    """

    node: Aggregate
    position: int
    reason: str
    selected: tuple[tuple[int, Atom], ...]

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        shown = [f"{_short(value)} at {key}" for key, value in self.selected[:MAX_VALUES_SHOWN]]
        rest = ", ..." if len(self.selected) > MAX_VALUES_SHOWN else ""
        selected = f"selected: {', '.join(shown)}{rest} of {to_text(self.node.value, origins)}"
        message = f"{self.reason} in aggregate"
        return _error(self.node, message, self.position, [selected], sequence, origins)


@dataclass(frozen=True, slots=True)
class ComparisonFault:
    """A query position meets a key that has no order with it."""

    node: Select
    position: int
    query: Atom
    key_position: int
    key: Atom

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        message = (
            f"cannot apply '{self.node.comparison}' to "
            f"{type_name(self.key)} and {type_name(self.query)} in select"
        )
        key, query = to_text(self.node.key, origins), to_text(self.node.query, origins)
        operands = [
            f"key: {key} = {_short(self.key)} at {self.key_position}",
            f"query: {query} = {_short(self.query)} at {self.position}",
        ]
        return _error(self.node, message, self.position, operands, sequence, origins)


@dataclass(frozen=True, slots=True)
class TypeFault:
    """The values of the result have no type in common."""

    node: SOpNode
    values: Sequence[Atom]

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        try:
            check_result(self.values)
        except RaspRuntimeError as error:
            return _error(self.node, error.message, None, [], sequence, origins)
        raise AssertionError(self.values)


Fault: TypeAlias = ElementwiseFault | AggregateFault | ComparisonFault | TypeFault


def _names(reason: str, symbol: str) -> bool:
    """Whether the reason says which operation it is about."""
    if symbol == "[]":
        return True  # it speaks of an index or of a key
    return f"'{symbol}'" in reason or (symbol.isalpha() and symbol in reason.split())


def _error(
    node: Node,
    message: str,
    position: int | None,
    facts: Sequence[str],
    sequence: Sequence[Atom],
    origins: Origins | None,
) -> RaspRuntimeError:
    name = origins.name(node) if origins else None
    text = to_text(node, origins)
    kind = "selector" if isinstance(node, Select) else "s-op"
    notes = [f"{kind}: {text if name in (None, text) else f'{name} = {text}'}"]
    if position is not None:
        notes.append(f"position: {position}")
    span = origins.span(node) if origins else None
    return RaspRuntimeError(
        message,
        labels=[] if span is None else [Label(span)],
        notes=[*notes, *facts, f"input: {_shown_input(sequence)}"],
    )


def _short(value: Atom) -> str:
    text = show(value)
    return text if len(text) <= MAX_TOKENS_SHOWN else f"{text[: MAX_TOKENS_SHOWN - 3]}..."


def _shown_input(sequence: Sequence[Atom]) -> str:
    """A string of characters as one string, anything else as a list; shortened."""
    rest = "..." if len(sequence) > MAX_TOKENS_SHOWN else ""
    tokens = sequence[:MAX_TOKENS_SHOWN]
    if all(isinstance(token, str) and len(token) == 1 for token in tokens):
        return show("".join(map(str, tokens))) + rest
    return f"[{', '.join(map(_short, tokens))}{', ' if rest else ''}{rest}]"

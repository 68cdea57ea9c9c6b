"""Why an input fails: a record made while the values are at hand, put into words only if asked for.

The notes of the error have a fixed form, one fact a line: the s-op, the position, the values there,
the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from rasp.errors import RaspRuntimeError
from rasp.frozen import frozen
from rasp.graph import construct
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SOpNode,
)
from rasp.graph.operators import OPERATORS, show, type_name
from rasp.graph.origins import Origins
from rasp.graph.sequences import check_result
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.source import Label

MAX_TOKENS_SHOWN = 40
MAX_VALUES_SHOWN = 8


@frozen
class ElementwiseFault:
    """An operator refuses the values of its operands at a position.

    query: the query position that selects this one by a score which is made of it, if that is why
    it counts.
    """

    node: Elementwise
    position: int
    reason: str
    operands: tuple[Atom, ...]
    query: int | None = None

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        symbol = OPERATORS[self.node.operator].symbol
        message = self.reason if _names(self.reason, symbol) else f"{self.reason} in '{symbol}'"
        operands = [
            f"operand: {to_text(operand, origins)} = {_short(value)}"
            for operand, value in zip(self.node.operands, self.operands, strict=True)
        ]
        hint = None
        if self.query is None:
            hint = _hint_on_operands(self.node, self.operands)
        else:
            operands.append(f"needed at: {self.query}, which selects this position")
        return _error(self.node, message, self.position, operands, sequence, origins, hint)


@frozen
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
        hint = _hint_on_selected([value for _, value in self.selected], self.node, origins)
        return _error(self.node, message, self.position, [selected], sequence, origins, hint)


@frozen
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
        hint = None
        for side, value in ((self.node.key, self.key), (self.node.query, self.query)):
            if isinstance(value, str) and not isinstance(side, Constant):
                hint = _hint_on_text(side, value)
        return _error(self.node, message, self.position, operands, sequence, origins, hint)


@frozen
class BestFault:
    """Two keys that a query position selects have scores without an order."""

    node: Best
    position: int
    first: tuple[int, Atom]
    second: tuple[int, Atom]

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        pairs = (self.first, self.second)
        kinds = " and ".join(type_name(value) for _, value in pairs)
        score = to_text(self.node.score, origins)
        facts = [f"score: {score} = {_short(value)} at {key}" for key, value in pairs]
        text = next(value for _, value in pairs if isinstance(value, str))
        hint = _hint_on_text(self.node.score, text)
        message = f"cannot apply '<' to {kinds} in best"
        return _error(self.node, message, self.position, facts, sequence, origins, hint)


@frozen
class FetchFault:
    """A query position selects nothing, or values that differ.

    selected: two that differ, with their positions, or nothing.
    sample: one of the values that it reads from, whose type a default would have.
    """

    node: Fetch
    position: int
    reason: str
    selected: tuple[tuple[int, Atom], ...]
    sample: Atom

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        node, message = self.node, self.reason
        facts, hint = [], None
        if self.selected:
            shown = [f"{_short(value)} at {key}" for key, value in self.selected]
            facts = [f"selected: {', '.join(shown)} of {to_text(node.value, origins)}"]
            message += f", {' and '.join(_short(value) for _, value in self.selected)}"
            one = construct.fetch(construct.last(node.selector), node.value, node.default)
            text = to_text(one, origins, limit=_MAX_HINT)
            if "..." not in text:
                hint = f"of several positions the last is read by `{text}`"
        else:
            text = to_text(
                replace(node, default=_default_like(self.sample)), origins, limit=_MAX_HINT
            )
            hint = f"with a default for where nothing is selected it is `{text}`"
        return _error(node, message, self.position, facts, sequence, origins, hint)


@frozen
class TypeFault:
    """The values of the result have no type in common."""

    node: SOpNode
    values: Sequence[Atom]

    def error(self, sequence: Sequence[Atom], origins: Origins | None) -> RaspRuntimeError:
        try:
            check_result(self.values)
        except RaspRuntimeError as error:
            hint = _hint_on_default(self.node, self.values, origins)
            return _error(self.node, error.message, None, [], sequence, origins, hint)
        raise AssertionError(self.values)


Fault: TypeAlias = (
    ElementwiseFault | AggregateFault | ComparisonFault | BestFault | FetchFault | TypeFault
)


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
    hint: str | None = None,
) -> RaspRuntimeError:
    name = origins.name(node) if origins else None
    text = to_text(node, origins)
    kind = "selector" if isinstance(node, SELECTOR_TYPES) else "s-op"
    notes = [f"{kind}: {text if name in (None, text) else f'{name} = {text}'}"]
    if position is not None:
        notes.append(f"position: {position}")
    span = origins.span(node) if origins else None
    return RaspRuntimeError(
        message,
        labels=[] if span is None else [Label(span)],
        notes=[*notes, *facts, f"input: {_shown_input(sequence)}"],
        hint=hint,
    )


def _hint_on_operands(node: Elementwise, operands: Sequence[Atom]) -> str | None:
    """Where a string meets a number: how tokens are read as numbers, and numbers as strings."""
    if node.operator in ("to_int", "to_float"):
        return 'tokens of all kinds are looked up: `{"a": 1, "b": 2}[tokens]`'
    if node.operator == "index_dict":
        return "the dict needs an entry for every value that there may be"
    if node.operator == "index_list" and isinstance(operands[0], str):
        return 'what tokens stand for is a dict: `{"a": 1, "b": 2}[tokens]`'
    if node.operator == "index_list":
        return "the list needs an item for every index that there may be"
    if node.operator in ("divide", "modulo") and operands[1] == 0:
        if isinstance(node.operands[1], Constant):
            return None
        code = f"x {OPERATORS[node.operator].symbol} (1 if y == 0 else y)"
        return (
            "it is computed at every position, also where its value is not used: "
            f"`{code}` divides everywhere"
        )
    kinds = {isinstance(value, str) for value in operands}
    if kinds == {True}:
        return next(filter(None, map(_hint_on_text, node.operands, map(str, operands))), None)
    if kinds != {True, False} or len(operands) != 2:
        return None
    text = operands[0] if isinstance(operands[0], str) else operands[1]
    of_text = node.operands[0] if isinstance(operands[0], str) else node.operands[1]
    if node.operator == "add" and isinstance(of_text, Constant):
        return 'numbers become strings by a look-up: `["0", "1", "2"][x]`'
    return _hint_on_text(of_text, str(text))


def _hint_on_text(node: SOpNode, text: str) -> str | None:
    """Where a string stands that should be a number."""
    if not isinstance(node, Constant) and _is_number(text):
        return "tokens that are numbers are read by `tokens_int` or `tokens_float`"
    if node is construct.tokens("str"):
        return "tokens are strings; those that are numbers are read by `tokens_int`"
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _hint_on_selected(
    selected: Sequence[Atom], node: Aggregate, origins: Origins | None
) -> str | None:
    kinds = {type_name(value) for value in selected}
    if kinds == {"bool"}:
        value = to_text(node.value, origins)
        if isinstance(node.value, Elementwise) and value[0] + value[-1] == "()":
            value = value[1:-1]
        return f"a share of truth values is a mean of numbers: `indicator({value})`"
    if kinds == {"string"}:
        return "strings have no mean: select one position, or positions with equal values"
    return None


def _hint_on_default(node: SOpNode, values: Sequence[Atom], origins: Origins | None) -> str | None:
    """Where values are strings but for the default of an aggregate: to give it another."""
    if not any(isinstance(value, str) for value in values):
        return None
    if isinstance(node, Elementwise) and node.operator == "where":
        kinds = {isinstance(side, Constant) and type_name(side.value) for side in node.operands[1:]}
        if "string" in kinds and not kinds <= {"string", False}:
            return "both values of a choice are strings, or both are numbers"
    for part in topological([node]):
        if not isinstance(part, (Aggregate, Fetch)) or isinstance(part.default, (str, type(None))):
            continue
        if any(not isinstance(value, str) and value == part.default for value in values):
            other = replace(part, default=_OTHER_DEFAULT)
            text = to_text(other, origins, limit=_MAX_HINT)
            form = "fetch" if isinstance(part, Fetch) else "aggregate"
            return (
                f"where {form} selects nothing it gives {show(part.default)}; "
                f"with a string as its default it is `{text}`"
            )
    return None


def _default_like(value: Atom) -> Atom:
    match value:
        case bool():
            return False
        case str():
            return _OTHER_DEFAULT
    return _NO_POSITION


_OTHER_DEFAULT = "-"
_NO_POSITION = -1  # the default that programs give where a place, or another number, is not there
_MAX_HINT = 120


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

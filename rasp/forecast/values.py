"""An s-op graph and a length -> what is known of every value before the tokens are.

A value is an atom where it is the same for all tokens; else its kind may be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from rasp.graph.derived import LENGTH
from rasp.graph.nodes import (
    SELECTOR_TYPES,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.operators import (
    COMPARISON_OPERATORS,
    OPERATORS,
    OperationError,
    apply,
    fetched,
    mean,
)


class Kind(Enum):
    """What is known of a value that is not known."""

    STRING = "string"
    NUMBER = "number"
    TRUTH = "bool"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is the same for all tokens."""

    atom: Atom


@dataclass(frozen=True, slots=True)
class Open:
    """A value that depends on the tokens."""

    kind: Kind = Kind.UNKNOWN


UNKNOWN = Open()

Value: TypeAlias = Known | Open
Cell: TypeAlias = bool | None
"""Whether a key is selected; None: that depends on the tokens."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A node that fails at a position, whatever the tokens are.

    operands: the values there.
    """

    node: Node
    position: int
    reason: str
    operands: tuple[Value, ...]


MAX_TABLE = 1_000
"""Larger tables are not looked into: that would be done at every position."""

_RESULTS: dict[str, Kind] = {
    **dict.fromkeys(("to_str", "index_string"), Kind.STRING),
    **dict.fromkeys(("not", "and", "or", "member", "to_bool"), Kind.TRUTH),
    **dict.fromkeys(COMPARISON_OPERATORS.values(), Kind.TRUTH),
    **dict.fromkeys(("round", "indicator", "negate", "plus", "to_int", "to_float"), Kind.NUMBER),
    **dict.fromkeys(("subtract", "divide", "modulo", "power"), Kind.NUMBER),
}
"""The operators whose results are of one kind."""


class Forecast:
    """What is known on the inputs of one length."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.values: dict[Node, list[Value]] = {}
        self.selected: dict[Node, list[list[Cell]]] = {}
        self.failures: dict[Node, Failure] = {}

    def follow(self, nodes: Iterable[Node]) -> None:
        """Adds nodes, operands before what uses them."""
        for node in nodes:
            if isinstance(node, SELECTOR_TYPES):
                self.selected[node] = self._selection(node)
            else:
                self.values[node] = self._sequence(node)

    # ---- s-ops

    def _sequence(self, node: SOpNode) -> list[Value]:
        places = range(self.length)
        if node is LENGTH:
            return [Known(self.length)] * self.length
        match node:
            case Constant(value=value):
                return [Known(value)] * self.length
            case Indices():
                return [Known(place) for place in places]
            case Tokens():
                return [UNKNOWN] * self.length
            case Elementwise(operands=operands):
                columns = [self.values[operand] for operand in operands]
                return [
                    self._applied(node, place, tuple(column[place] for column in columns))
                    for place in places
                ]
            case Aggregate():
                return [self._aggregated(node, place) for place in places]
            case SelectorWidth(selector=selector):
                return [_width(row) for row in self.selected[selector]]
            case Fetch():
                return [self._fetched(node, place) for place in places]

    def _applied(self, node: Elementwise, place: int, operands: tuple[Value, ...]) -> Value:
        if len(node.parameters) > MAX_TABLE:
            return Open(_RESULTS.get(node.operator, Kind.UNKNOWN))
        atoms = [operand.atom for operand in operands if isinstance(operand, Known)]
        if len(atoms) == len(operands):
            try:
                return Known(apply(node.operator, node.parameters, *atoms))
            except OperationError as error:
                self._fail(Failure(node, place, error.message, operands))
                return UNKNOWN
        if node.operator == "where" and isinstance(operands[0], Known):
            return operands[1] if operands[0].atom else operands[2]
        reason = refusal(node.operator, list(map(kind_of, operands)))
        if reason is None and node.operator in ("divide", "modulo"):
            reason = _divided_by_zero(node.operator, operands[1])
        if reason:
            self._fail(Failure(node, place, reason, operands))
            return UNKNOWN
        return Open(_kind_of_result(node, operands))

    def _aggregated(self, node: Aggregate, place: int) -> Value:
        row = self.selected[node.selector][place]
        values = self.values[node.value]
        chosen = [values[key] for key, cell in enumerate(row) if cell]
        possible = [values[key] for key, cell in enumerate(row) if cell is not False]
        if not possible:
            return Known(node.default)
        if len(possible) == len(chosen) == 1:
            return chosen[0]
        atoms = [value.atom for value in possible if isinstance(value, Known)]
        if len(possible) == len(chosen) == len(atoms):
            try:
                return Known(mean(atoms))
            except OperationError as error:
                self._fail(Failure(node, place, error.message, tuple(chosen)))
                return UNKNOWN
        if not chosen:  # perhaps nothing is selected
            possible = [*possible, Known(node.default)]
        return _one_of(possible)

    def _fetched(self, node: Fetch, place: int) -> Value:
        row = self.selected[node.selector][place]
        values = self.values[node.value]
        chosen = [values[key] for key, cell in enumerate(row) if cell]
        possible = [values[key] for key, cell in enumerate(row) if cell is not False]
        atoms = [value.atom for value in chosen if isinstance(value, Known)]
        try:
            if not possible or len(atoms) > 1:
                known = Known(fetched(atoms, node.default))
                if not possible or len(atoms) == len(possible):
                    return known
        except OperationError as error:
            self._fail(Failure(node, place, error.message, tuple(chosen)))
            return UNKNOWN
        if chosen:  # whatever else is selected, the value is this one
            return chosen[0]
        otherwise = [] if node.default is None else [Known(node.default)]
        return _one_of([*possible, *otherwise])

    def _fail(self, failure: Failure) -> None:
        self.failures.setdefault(failure.node, failure)

    # ---- selectors

    def _selection(self, node: Node) -> list[list[Cell]]:
        places = range(self.length)
        match node:
            case Select(key=key, query=query, comparison=comparison):
                keys, queries = self.values[key], self.values[query]
                operator = COMPARISON_OPERATORS[comparison]
                return [
                    [self._compared(node, operator, keys[j], queries[i], i) for j in places]
                    for i in places
                ]
            case SelectorNot(operand=operand):
                rows = self.selected[operand]
                return [[None if cell is None else not cell for cell in row] for row in rows]
            case SelectorAnd(left=left, right=right):
                return self._joined(left, right, absorbing=False)
            case SelectorOr(left=left, right=right):
                return self._joined(left, right, absorbing=True)
            case Best(selector=selector, score=score):
                scores = self.values[score]
                return [_best(row, scores) for row in self.selected[selector]]
        raise AssertionError(node)

    def _compared(self, node: Node, operator: str, key: Value, query: Value, place: int) -> Cell:
        if isinstance(key, Known) and isinstance(query, Known):
            try:
                return bool(apply(operator, (), key.atom, query.atom))
            except OperationError as error:
                self._fail(Failure(node, place, error.message, (key, query)))
                return None
        reason = refusal(operator, [kind_of(key), kind_of(query)])
        if reason:
            self._fail(Failure(node, place, reason, (key, query)))
        return None

    def _joined(self, left: Node, right: Node, *, absorbing: bool) -> list[list[Cell]]:
        """`and` and `or`: a cell with the absorbing truth decides, else both have to be known."""
        rows = zip(self.selected[left], self.selected[right], strict=True)
        return [
            [_join(a, b, absorbing) for a, b in zip(first, second, strict=True)]
            for first, second in rows
        ]


def _join(a: Cell, b: Cell, absorbing: bool) -> Cell:
    if absorbing in (a, b):
        return absorbing
    return None if a is None or b is None else not absorbing


def _best(row: Sequence[Cell], scores: Sequence[Value]) -> list[Cell]:
    """Which of the selected keys have the best score, as far as that is known."""
    sure = [key for key, cell in enumerate(row) if cell]
    possible = [key for key, cell in enumerate(row) if cell is not False]

    def beaten(key: int, by: int) -> bool | None:
        one, other = scores[key], scores[by]
        if key == by:
            return False
        if not (isinstance(one, Known) and isinstance(other, Known)):
            return None
        try:
            return bool(apply("less", (), one.atom, other.atom))
        except OperationError:
            return None

    found: list[Cell] = [False] * len(row)
    for key in possible:
        if any(beaten(key, other) for other in sure):
            continue
        surely = row[key] and all(beaten(key, other) is False for other in possible)
        found[key] = True if surely else None
    return found


def _one_of(values: Sequence[Value]) -> Value:
    """What is known of a value that is one of these, or a mean of them."""
    kinds = set(map(kind_of, values))
    if kinds == {Kind.NUMBER, Kind.TRUTH}:
        return Open(Kind.NUMBER)
    return Open(kinds.pop()) if len(kinds) == 1 else UNKNOWN


def _width(row: Sequence[Cell]) -> Value:
    return Open(Kind.NUMBER) if None in row else Known(sum(map(bool, row)))


def kind_of(value: Value) -> Kind:
    if isinstance(value, Open):
        return value.kind
    if isinstance(value.atom, bool):
        return Kind.TRUTH
    return Kind.STRING if isinstance(value.atom, str) else Kind.NUMBER


def refusal(operator: str, kinds: Sequence[Kind]) -> str | None:
    """Why the operator refuses operands of these kinds, if it does whatever they are."""
    symbol = OPERATORS[operator].symbol
    names = " and ".join(kind.value for kind in kinds)
    strings = kinds.count(Kind.STRING)
    numbers = kinds.count(Kind.NUMBER) + kinds.count(Kind.TRUTH)
    match operator:
        case "add" | "less" | "less_equal" | "greater" | "greater_equal":
            refused = bool(strings and numbers)
        case "subtract" | "divide" | "modulo" | "power":
            refused = bool(strings)
        case "negate" | "plus" | "round":
            refused = bool(strings)
        case "multiply":
            refused = strings == 2
        case _:
            refused = False
    if not refused:
        return None
    if Kind.UNKNOWN in kinds:
        names = "a string"
    return f"cannot apply '{symbol}' to {names}"


def _divided_by_zero(operator: str, by: Value) -> str | None:
    """Why no number is divided by this one, if it is known to be 0."""
    if isinstance(by, Known):
        try:
            apply(operator, (), 1, by.atom)
        except OperationError as error:
            return error.message
    return None


def _kind_of_result(node: Elementwise, operands: tuple[Value, ...]) -> Kind:
    operator = node.operator
    if operator in _RESULTS:
        return _RESULTS[operator]
    kinds = set(map(kind_of, operands))
    match operator:
        case "add" | "multiply" if Kind.STRING in kinds:
            return Kind.STRING
        case "add" | "multiply":
            return Kind.UNKNOWN if Kind.UNKNOWN in kinds else Kind.NUMBER
        case "where":
            kinds = set(map(kind_of, operands[1:]))
        case "index_dict":
            kinds = {kind_of(Known(item)) for item in node.parameters[1::2]}
        case _:
            kinds = {kind_of(Known(item)) for item in node.parameters}
    return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN

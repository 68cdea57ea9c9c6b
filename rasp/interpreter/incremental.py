"""An s-op in causal mode, one token after the other: what each further token adds, and no more.

In causal mode the value at a position depends on the tokens up to there only, so it never changes
when the input grows.  A `Continuation` keeps, for every s-op that selectors and aggregates look
back to, its values so far (`History`), and computes everything else at the new position alone, by
the scalar operators of `rasp.graph.operators`.  A token costs time in proportion to the selectors
times the length so far; evaluating the whole input anew would cost the square of the length.

What it gives is what `rasp.interpreter.evaluate` gives at the last position of the same input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from rasp.graph.nodes import (
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
    atom_key,
)
from rasp.graph.operators import COMPARISON_OPERATORS, OperationError, apply, fetched, mean
from rasp.graph.origins import Origins
from rasp.graph.walk import deferring, topological
from rasp.interpreter.compare import COMPARE

EXACT = 2**53
FIRST_ROOM = 64


class History:
    """The values of one s-op at all positions so far.

    They are held as they are, as codes into a list of the distinct ones, and as floats as long as
    every value is a number that a float holds exactly.
    """

    def __init__(self) -> None:
        self.atoms: list[Atom] = []
        self._codes = np.empty(FIRST_ROOM, np.intp)
        self._numbers = np.empty(FIRST_ROOM, np.float64)
        self._numeric = True
        self._distinct: list[Atom] = []
        self._code_of: dict[tuple[str, str | int], int] = {}
        self._verdicts: dict[tuple[str, tuple[str, str | int]], list[bool]] = {}

    def append(self, atom: Atom) -> None:
        place = len(self.atoms)
        if place == len(self._codes):
            self._codes = np.concatenate([self._codes, np.empty_like(self._codes)])
            self._numbers = np.concatenate([self._numbers, np.empty_like(self._numbers)])
        code = self._code_of.setdefault(atom_key(atom), len(self._distinct))
        if code == len(self._distinct):
            self._distinct.append(atom)
        self._codes[place] = code
        self._numeric = self._numeric and _exact(atom)
        if self._numeric:
            self._numbers[place] = atom
        self.atoms.append(atom)

    def row(self, comparison: str, query: Atom) -> NDArray[np.bool_]:
        """`value comparison query` for every value so far [key].  Raises OperationError."""
        n = len(self.atoms)
        if self._numeric and _exact(query):
            row: NDArray[np.bool_] = COMPARE[comparison](self._numbers[:n], query)
            return row
        verdicts = self._verdicts.setdefault((comparison, atom_key(query)), [])
        operator = COMPARISON_OPERATORS[comparison]
        for atom in self._distinct[len(verdicts) :]:
            verdicts.append(bool(apply(operator, (), atom, query)))
        return np.array(verdicts, np.bool_)[self._codes[:n]]

    def largest(self, places: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of the values at these places none of the others there beats [key].

        Raises OperationError where strings and numbers meet.
        """
        chosen = np.zeros(len(self.atoms), np.bool_)
        if self._numeric:
            numbers = self._numbers[places]
            known = numbers[~np.isnan(numbers)]
            highest = known.max() if known.size else np.nan
            chosen[places] = np.isnan(numbers) | (numbers == highest)
            return chosen
        codes = self._codes[places]
        atoms = {code: self._distinct[code] for code in set(codes.tolist())}
        largest: Atom | None = (
            None  # of those that are no nan, which is never beaten and beats none
        )
        for atom in atoms.values():
            if largest is None or apply("less", (), largest, atom) or largest != largest:
                largest = atom
        top = [code for code, atom in atoms.items() if atom != atom or atom == largest]
        chosen[places] = np.isin(codes, top)
        return chosen

    def mean(self, row: NDArray[np.bool_], default: Atom) -> Atom:
        """What `aggregate` makes of the values where the row is true.  Raises OperationError."""
        places = np.flatnonzero(row)
        if not places.size:
            return default
        codes = self._codes[places]
        if (codes == codes[0]).all():
            return self._distinct[int(codes[0])]
        return mean([self.atoms[place] for place in places.tolist()])

    def shared(self, row: NDArray[np.bool_], default: Atom | None) -> Atom:
        """What `fetch` makes of the values where the row is true.  Raises OperationError."""
        codes = dict.fromkeys(self._codes[np.flatnonzero(row)].tolist())
        return fetched([self._distinct[code] for code in codes], default)


class _Scores:
    """The scores of one `best` at all positions so far, some of which may have failed."""

    def __init__(self) -> None:
        self._history = History()
        self._failed: dict[int, OperationError] = {}

    def append(self, score: Atom | OperationError) -> None:
        if isinstance(score, OperationError):
            self._failed[len(self._history.atoms)] = score
            score = 0
        self._history.append(score)

    def best(self, row: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of the selected keys those that no other beats [key].  Raises OperationError."""
        places = np.flatnonzero(row)
        if self._failed:
            for place in places.tolist():
                if place in self._failed:
                    raise self._failed[place]
        return self._history.largest(places)


class Continuation:
    """An input that grows, and the s-op's value at its last position.

    Raises RaspRuntimeError, from `append`, where the interpreter does on the same input; after
    that the continuation cannot be used any more.
    """

    def __init__(self, node: SOpNode, origins: Origins | None = None) -> None:
        self.node = node
        self.tokens: list[Atom] = []
        self._origins = origins
        self._order = topological([node])
        self._deferred = deferring(self._order, [node])
        self._histories: dict[Node, History] = {}
        self._scores: dict[Node, _Scores] = {}
        for reader in self._order:
            match reader:
                case Select(key=key):
                    self._histories[key] = History()
                case Best(score=score):
                    self._scores[score] = _Scores()
                case Aggregate(value=value) | Fetch(value=value):
                    self._histories[value] = History()
        self._kinds: set[bool] = set()  # whether values so far are strings

    def extend(self, tokens: Sequence[Atom]) -> Atom:
        """The value after the last of these tokens; there is at least one."""
        for token in tokens:
            value = self.append(token)
        return value

    def append(self, token: Atom) -> Atom:
        """The value at the new last position, whose token this is."""
        self.tokens.append(token)
        try:
            value = self._value(token)
        except OperationError:
            raise self._error() from None
        self._kinds.add(isinstance(value, str))
        if len(self._kinds) > 1:
            raise self._error()
        return value

    def _value(self, token: Atom) -> Atom:
        here: dict[Node, Any] = {}  # atoms of s-ops, rows [key] of selectors
        for node in self._order:
            here[node] = found = self._found(node, token, here)
            if node in self._scores:
                self._scores[node].append(found)
            history = self._histories.get(node)
            if history is not None:
                history.append(found)
        value: Atom = here[self.node]
        return value

    def _found(self, node: Node, token: Atom, here: dict[Node, Any]) -> Any:
        """The value, or if it is deferred the failure in its place.  Raises OperationError."""
        if node not in self._deferred:
            return self._at(node, token, here)
        assert isinstance(node, Elementwise)
        for operand in node.operands:
            if isinstance(here[operand], OperationError):
                return here[operand]
        try:
            return self._at(node, token, here)
        except OperationError as error:
            return error

    def _at(self, node: Node, token: Atom, here: dict[Node, Any]) -> Any:
        match node:
            case Elementwise(operator=operator, operands=operands, parameters=parameters):
                return apply(operator, parameters, *[here[operand] for operand in operands])
            case Select(key=key, query=query, comparison=comparison):
                return self._histories[key].row(comparison, here[query])
            case SelectorAnd(left=left, right=right):
                return here[left] & here[right]
            case SelectorOr(left=left, right=right):
                return here[left] | here[right]
            case SelectorNot(operand=operand):
                return ~here[operand]
            case Best(selector=selector, score=score):
                return self._scores[score].best(here[selector])
            case Aggregate(selector=selector, value=value, default=default):
                return self._histories[value].mean(here[selector], default)
            case Fetch(selector=selector, value=value, default=otherwise):
                return self._histories[value].shared(here[selector], otherwise)
            case SelectorWidth(selector=selector):
                return int(np.count_nonzero(here[selector]))
            case Tokens():
                return token
            case Indices():
                return len(self.tokens) - 1
            case Constant(value=atom):
                return atom
        assert_never(node)

    def _error(self) -> Exception:
        """Why the input fails, in the words of `evaluate`."""
        from rasp.interpreter import outcomes

        (outcome,) = outcomes(self.node, [self.tokens], causal=True, origins=self._origins)
        if not isinstance(outcome, Exception):
            raise AssertionError(f"the whole input gives {outcome!r}")
        return outcome


def _exact(atom: Atom) -> bool:
    """Whether the atom is a number that a float holds exactly."""
    return not isinstance(atom, str) and (isinstance(atom, float) or -EXACT < atom < EXACT)

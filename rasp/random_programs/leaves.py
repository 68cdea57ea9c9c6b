"""What a random program's expressions end in: what is in scope, the tokens, constants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from rasp.graph.nodes import Atom
from rasp.random_programs.choices import Choices, chance, choose
from rasp.random_programs.expressions import VALUE_KINDS, Expression, Kind, binary, literal

WORDS = ("a", "b", "x", "ab", "")

# An expression of a kind: how deep in attention it may be, and how deeply nested.
Maker: TypeAlias = Callable[[int, int], Expression]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program: what it takes and gives, and what it adds to the depth."""

    name: str
    parameters: tuple[Kind, ...]
    result: Expression


@dataclass
class Leaves(ABC):
    """The simplest expressions over what is in scope: `variables` and `functions`.

    risky: expressions that fail on some inputs are welcome.
    """

    choices: Choices
    tokens: tuple[Atom, ...]
    max_len: int
    risky: bool = False
    variables: list[Expression] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)

    @abstractmethod
    def expression(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """Of at most this depth of attention; fuel: how many levels of nesting are left."""

    def sop(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """As `expression`, but never known before there is an input."""
        found = self.expression(kind, depth, fuel)
        return self._base(kind) if found.plain else found

    def value(self, depth: int, fuel: int) -> Expression:
        """An s-op of any kind."""
        return self.sop(choose(self.choices, VALUE_KINDS), depth, fuel)

    def _leaf(self, kind: Kind, depth: int) -> Expression:
        known = [v for v in self.variables if v.kind == kind and v.depth <= depth]
        number = self.choices.below(6)
        if known and number >= 2:
            # The latest is often what a program goes on with.
            return known[-1 - self.choices.below(len(known) if number == 2 else 1)]
        if number == 1:
            return self._constant(kind)
        if kind == "int" and depth > 0 and chance(self.choices, 30):
            return Expression("length", "int", depth=1, bound=self.max_len)
        return self._base(kind)

    def _base(self, kind: Kind) -> Expression:
        """The simplest s-op of a kind."""
        numeric = self._numeric_tokens()
        match kind:
            case "int" if numeric and chance(self.choices, 50):
                return Expression("tokens_int", "int", bound=max(map(abs, numeric)) + 1)
            case "int":
                return Expression("indices", "int", bound=self.max_len)
            case "number" if numeric and chance(self.choices, 45):
                # As they are, some may be whole numbers: fractions too.
                as_is = not any(isinstance(token, (str, bool)) for token in self.tokens)
                name = "tokens_asis" if as_is else "tokens_float"
                return Expression(name, "number", bound=max(map(abs, numeric)) + 1)
            case "number":
                halves = literal(choose(self.choices, (2, 3, 4)))
                return binary("/", self._base("int"), halves, "number", self.max_len)
            case "bool":
                if chance(self.choices, 10):
                    return Expression("tokens_bool", "bool")
                text = self._tokens()
                return binary("==", text, literal(choose(self.choices, self._words())), "bool")
            case "string" | "selector":
                return self._tokens()

    def _tokens(self) -> Expression:
        return Expression(
            "tokens", "string", bound=max(map(len, self._words())), values=frozenset(self._words())
        )

    def _words(self) -> tuple[str, ...]:
        """The tokens as `tokens` has them."""
        return tuple(dict.fromkeys(map(str, self.tokens)))

    def _numeric_tokens(self) -> list[int]:
        """The tokens as `tokens_int` has them, if all of them are numbers."""
        if all(isinstance(token, (int, float)) or token.isdecimal() for token in self.tokens):
            return [int(token) for token in self.tokens]
        return []

    def _constant(self, kind: Kind) -> Expression:
        match kind:
            case "int":
                return literal(choose(self.choices, (0, 1, 2, 3, 5, -1, -2)))
            case "number":
                return literal(choose(self.choices, (0.5, 1.5, 0.25, 2.0, -0.5, 0.1)))
            case "bool":
                return literal(choose(self.choices, (True, False)))
            case "string" | "selector":
                return literal(choose(self.choices, (*self._words(), *WORDS)))

"""Decisions -> programs that are deep: a chain of operations of attention, each on the one before.

Most random programs need little attention, or none: what one statement computes is often not read
by the next.  Here every statement reads the one before it, and every other one at least is an
aggregate, a width or something else that takes a layer:

    n1 = selector_width(select(tokens, tokens, ==));
    q1 = n1 > 1;
    t1 = aggregate(select(indices, n1, ==), tokens, "a");
    result = selector_width(select(t1, t1, ==) and select(indices, indices, <));

Non-goals: how many layers the program needs may be fewer than operations are written (a count of
everything needs none).  Finding out is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rasp.random_programs.choices import chance, choose, weighted
from rasp.random_programs.expressions import (
    Expression,
    Kind,
    binary,
    call,
    literal,
    ternary,
)
from rasp.random_programs.generator import Generator

RESULT = "result"
PREFIXES: dict[Kind, str] = {
    "int": "n",
    "number": "x",
    "bool": "q",
    "string": "t",
    "selector": "s",
}
MAX_COUNT = 12  # an integer below this is compared with positions as it is
TRIES = 12  # expressions that are thrown away because they do not read what they should
_NAME = re.compile(r"[A-Za-z_]\w*")


def needed_text(statements: Sequence[tuple[str, str]]) -> str:
    """The program of those statements, (name bound, text), that the result needs."""
    needed = {RESULT}
    texts: list[str] = []
    for name, text in reversed(statements):
        if name in needed and text not in texts:
            texts.append(text)
            needed.update(_NAME.findall(text))
    return "\n".join(reversed(texts)) + "\n"


@dataclass
class Chain(Generator):
    """last: what the next statement has to read."""

    statements: list[tuple[str, str]] = field(default_factory=list)  # name bound, text
    numbers: dict[str, int] = field(default_factory=dict)
    last: Expression = field(init=False)

    def __post_init__(self) -> None:
        self.last = self._tokens()

    def program(self, layers: int, size: int) -> str:
        """The text of a program with a chain of at least so many operations of attention.

        size: about how many statements there are at most.
        """
        layers += weighted(self.choices, [(5, 0), (3, 1), (1, 2)])
        for layer in range(layers):
            if layer and chance(self.choices, 45):
                self._bind(self._local())
            if len(self.statements) + 2 * (layers - layer) < size and chance(self.choices, 40):
                aside = self.value(min(layer, 2), 1)
                if not aside.plain:
                    self._bind(aside, follow=False)
            self._bind(self._attention())
        if chance(self.choices, 45):
            self._bind(self._local())
        name, text = self.statements[-1]
        self.statements[-1] = (RESULT, RESULT + text.removeprefix(name))
        return needed_text(self.statements)

    def _bind(self, value: Expression, *, follow: bool = True) -> None:
        start = PREFIXES[value.kind]
        self.numbers[start] = self.numbers.get(start, 0) + 1
        name = f"{start}{self.numbers[start]}"
        self.statements.append((name, f"{name} = {value.text};"))
        self.variables.append(value.named(name))
        if follow:
            self.last = value.named(name)

    # -- what takes a layer

    def _attention(self) -> Expression:
        makers = [
            (5, self._counted),
            (4, self._fetched),
            (3, self._averaged),
            (3, self._moved),
            (1, self._seen),
        ]
        if self.last.kind == "int" and self.last.bound <= MAX_COUNT:
            makers.append((5, self._gathered))
        for _ in range(TRIES):
            found = weighted(self.choices, makers)()
            if self.last.text in _NAME.findall(found.text):
                return found
        return self._counted()

    def _counted(self) -> Expression:
        bound = self.max_len
        return call("selector_width", [self._selector()], "int", depth=1, bound=bound)

    def _seen(self) -> Expression:
        return call("has_focus", [self._selector()], "bool", depth=1)

    def _averaged(self) -> Expression:
        """The share of selected positions at which something holds."""
        marks = call("indicator", [self._condition(self.last)], "int", bound=1)
        return call("aggregate", [self._selector(reads_last=False), marks], "number", depth=1)

    def _moved(self) -> Expression:
        """The last s-op, from one position to the left or to the right, or from the other end."""
        last, indices = self.last, self._position()
        match self.choices.below(3):
            case 0:
                place = binary("-", indices, literal(1), "int")
            case 1:
                place = binary("+", indices, literal(1), "int")
            case _:
                length = Expression("length", "int", depth=1)
                place = binary("-", binary("-", length, indices, "int"), literal(1), "int")
        return self._read(call("select", [indices, place], "selector", extra="=="), last)

    def _gathered(self) -> Expression:
        """What stands where the last s-op points to."""
        selector = call("select", [self._position(), self.last], "selector", extra="==")
        return self._read(selector, self._companion())

    def _fetched(self) -> Expression:
        """What stands at the positions whose s-op is a rank or a place: where it is this index."""
        if self.last.kind != "int" or self.last.bound > MAX_COUNT:
            return self._counted()
        selector = call("select", [self.last, self._position()], "selector", extra="==")
        before = call("select", [self._position()] * 2, "selector", extra="<=")
        if chance(self.choices, 40):
            selector = binary("and", selector, before, "selector")
        marks = self._condition(self._companion())
        return call(
            "aggregate", [selector, call("indicator", [marks], "int", bound=1)], "number", depth=1
        )

    def _read(self, selector: Expression, value: Expression) -> Expression:
        """The value at the one selected position, with a default of its kind."""
        default = self._constant(value.kind)
        return call(
            "aggregate",
            [selector, value, default],
            value.kind,
            depth=1,
            bound=max(value.bound, default.bound),
        )

    def _companion(self) -> Expression:
        """An s-op beside the last one: the tokens, or one that was bound before."""
        known = [v for v in self.variables if v.kind in ("int", "bool", "string")]
        tokens = self._tokens()
        return choose(self.choices, [tokens, tokens, *known[-3:]])

    def _selector(self, *, reads_last: bool = True) -> Expression:
        """A selector, of the last s-op where it has to be, now and then with another one."""
        indices = self._position()
        if not reads_last and chance(self.choices, 50):
            order = choose(self.choices, ("<=", "<", ">="))
            return call("select", [indices, indices], "selector", extra=order)
        last = self.last
        match self.choices.below(6 if last.kind == "int" and last.bound <= MAX_COUNT else 4):
            case 0 | 1:
                order = choose(self.choices, ("==", "==", "<", ">", "!="))
                if last.kind in ("bool", "string") and order in "<>":
                    order = "=="
                found = call("select", [last, last], "selector", extra=order)
            case 2:
                constant = self._one_of(last)
                found = call("select", [last, constant], "selector", extra="==")
            case 3:
                other = self._leaf(last.kind, 9)
                pair = [last, other] if chance(self.choices, 50) else [other, last]
                pair = [last, last] if other.plain else pair
                found = call("select", pair, "selector", extra=choose(self.choices, ("==", "!=")))
            case _:
                order = choose(self.choices, ("==", "<=", "<", ">"))
                found = call("select", [indices, last], "selector", extra=order)
        if chance(self.choices, 45):
            order = choose(self.choices, ("<=", "<", ">"))
            where = call("select", [indices, indices], "selector", extra=order)
            found = binary("and", found, where, "selector")
        return found

    # -- what takes none

    def _local(self) -> Expression:
        """A function of the last s-op at the same position, now and then of another one, too."""
        last = self.last
        companion = self._companion()
        match last.kind:
            case "int" | "number" if chance(self.choices, 35):
                symbol = choose(self.choices, (">", "<=", "=="))
                return binary(symbol, last, self._one_of(last), "bool")
            case "int" if chance(self.choices, 40):
                modulus = choose(self.choices, (2, 3))
                return binary("%", last, literal(modulus), "int", modulus)
            case "int":
                amount = literal(choose(self.choices, (1, 2)))
                sign = choose(self.choices, ("+", "-"))
                return binary(sign, last, amount, "int", last.bound + amount.bound)
            case "bool" if companion.text != last.text and companion.kind == "bool":
                return binary(choose(self.choices, ("and", "or")), last, companion, "bool")
            case "number":
                return binary(">", last, self._one_of(last), "bool")
            case _:
                other = self._constant("string")
                tokens = self._tokens()
                return ternary(self._condition(last), tokens, other)

    def _condition(self, value: Expression) -> Expression:
        """Something that holds of the value at some positions."""
        if value.kind == "bool":
            return value
        symbol = "==" if value.kind == "string" else choose(self.choices, ("==", ">", "<="))
        return binary(symbol, value, self._one_of(value), "bool")

    def _one_of(self, value: Expression) -> Expression:
        """A constant that the value may well have."""
        match value.kind:
            case "string":
                return literal(choose(self.choices, self._words()))
            case "bool":
                return literal(choose(self.choices, (True, False)))
            case "int":
                return literal(choose(self.choices, (1, 0, 2, 3)))
            case _:
                return literal(choose(self.choices, (0.5, 0.25, 0.75)))

"""Decisions -> well-typed expressions: what a random program is made of.

Every construct that the compiler supports is here: arithmetic, comparisons and logic on numbers,
booleans and strings, tables, conditionals, selectors of every comparison between all kinds of
operands and their combinations, aggregates with and without default, gathers, widths, the library.

Non-goals: programs that are refused before there is an input (`tests` for errors have those), and
sensible ones.  An expression that may fail on some inputs is generated where `risky` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rasp.graph.nodes import Atom
from rasp.testing.choices import Choices, chance, choose, weighted
from rasp.testing.expressions import (
    VALUE_KINDS,
    Expression,
    Kind,
    binary,
    call,
    dict_text,
    index,
    list_text,
    literal,
    prefix,
    ternary,
)

MAX_BOUND = 500  # integers that may be larger are taken modulo something small
MAX_STRING = 4
MAX_TABLE = 8
WORDS = ("a", "b", "x", "ab", "")
ORDERS = ("==", "<", "<=", ">", ">=", "!=")

# An expression of a kind: how deep in attention it may be, and how deeply nested.
Maker: TypeAlias = Callable[[int, int], Expression]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program: what it takes and gives, and what it adds to the depth."""

    name: str
    parameters: tuple[Kind, ...]
    result: Expression


@dataclass
class Generator:
    """Makes expressions over what is in scope: `variables` and `functions`."""

    choices: Choices
    tokens: tuple[Atom, ...]
    max_len: int
    risky: bool = False
    variables: list[Expression] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)

    # -- expressions of a kind

    def expression(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """Of at most this depth of attention; fuel: how many levels of nesting are left."""
        makers: dict[Kind, Maker] = {
            "int": self._int,
            "number": self._number,
            "bool": self._bool,
            "string": self._string,
            "selector": self.selector,
        }
        if fuel <= 0 and kind != "selector":
            return self._leaf(kind, depth)
        return makers[kind](depth, fuel)

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
            case "number" if numeric and chance(self.choices, 30):
                return Expression("tokens_float", "number", bound=max(map(abs, numeric)) + 1)
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

    def _pick(
        self, depth: int, local: Sequence[tuple[int, Maker]], attention: Sequence[tuple[int, Maker]]
    ) -> Maker:
        if depth > 0 and chance(self.choices, 50):
            return weighted(self.choices, attention)
        return weighted(self.choices, local)

    # -- whole numbers

    def _int(self, depth: int, fuel: int) -> Expression:
        maker = self._pick(
            depth,
            [
                (2, lambda depth, fuel: self._leaf("int", depth)),
                (5, self._arithmetic),
                (2, self._remainder),
                (2, lambda d, f: call("indicator", [self.sop("bool", d, f)], "int", bound=1)),
                (2, lambda d, f: self._conditional("int", d, f)),
                (2, lambda d, f: self._table("int", d, f)),
                (1, self._rounded),
                (1, self._extreme),
                (1, self._negated),
                (1, lambda d, f: self._called("int", d, f)),
            ],
            [
                (6, self._width),
                (4, lambda d, f: self._aggregate("int", d, f)),
                (1, self._count),
            ],
        )
        return self._bounded(maker(depth, fuel - 1))

    def _bounded(self, value: Expression) -> Expression:
        if value.bound <= MAX_BOUND:
            return value
        return binary("%", value, literal(choose(self.choices, (5, 2, 10))), "int", 10)

    def _arithmetic(self, depth: int, fuel: int) -> Expression:
        left = self.expression("int", depth, fuel)
        symbol = weighted(self.choices, [(4, "+"), (4, "-"), (2, "*"), (1, "^")])
        if symbol == "^":
            return binary("^", left, literal(2), "int", left.bound**2)
        right = self.expression("int", depth, fuel)
        bound = left.bound * right.bound if symbol == "*" else left.bound + right.bound
        return binary(symbol, left, right, "int", bound)

    def _remainder(self, depth: int, fuel: int) -> Expression:
        divisor = choose(self.choices, (2, 3, 4))
        result = binary("%", self.expression("int", depth, fuel), literal(divisor), "int", divisor)
        return replace(result, values=frozenset(range(divisor)))

    def _rounded(self, depth: int, fuel: int) -> Expression:
        number = self.expression("number", depth, fuel)
        return call("round", [number], "int", bound=number.bound)

    def _extreme(self, depth: int, fuel: int) -> Expression:
        pair = [self.expression("int", depth, fuel), self.expression("int", depth, fuel)]
        name = choose(self.choices, ("max", "min"))
        return call(name, pair, "int", bound=max(p.bound for p in pair))

    def _negated(self, depth: int, fuel: int) -> Expression:
        operand = self.expression("int", depth, fuel)
        return prefix(weighted(self.choices, [(4, "-"), (1, "+")]), operand, "int", operand.bound)

    def _width(self, depth: int, fuel: int) -> Expression:
        selector = self.selector(depth - 1, fuel)
        return call("selector_width", [selector], "int", depth=1, bound=self.max_len)

    def _count(self, depth: int, fuel: int) -> Expression:
        operands = self._sought(depth, fuel)
        return call("count", operands, "int", depth=1, bound=self.max_len)

    def _sought(self, depth: int, fuel: int) -> list[Expression]:
        """An s-op and an atom that it may have."""
        sop = self.value(depth - 1, fuel)
        if sop.values and chance(self.choices, 60):
            return [sop, literal(choose(self.choices, sorted(sop.values, key=str)))]
        return [sop, self._constant(sop.kind)]

    # -- fractions

    def _number(self, depth: int, fuel: int) -> Expression:
        maker = self._pick(
            depth,
            [
                (2, lambda depth, fuel: self._leaf("number", depth)),
                (3, self._divided),
                (2, self._combined),
                (1, lambda d, f: self._conditional("number", d, f)),
                (1, lambda d, f: self._table("number", d, f)),
                (1, lambda d, f: self._called("number", d, f)),
            ],
            [
                (8, self._mean),
                (1, lambda d, f: call("average", [self.sop("int", d - 1, f)], "number", depth=1)),
            ],
        )
        return maker(depth, fuel - 1)

    def _divided(self, depth: int, fuel: int) -> Expression:
        above = self.expression("int", depth, fuel)
        below = choose(self.choices, (literal(2), literal(3), literal(10)))
        match self.choices.below(8):
            case 4 | 5:
                below = binary("+", self._base("int"), literal(1), "int")
            case 6 if depth > 0:
                below = Expression("length", "int", depth=1)
            case 7 if self.risky:
                below = self.sop("int", depth, fuel)
        return binary("/", above, below, "number", above.bound)

    def _combined(self, depth: int, fuel: int) -> Expression:
        left = self.expression("number", depth, fuel)
        symbol = weighted(self.choices, [(3, "+"), (3, "-"), (2, "*"), (1, "%")])
        if symbol == "%":
            return binary("%", left, literal(choose(self.choices, (1, 2))), "number", 2)
        if symbol == "*":
            factor = literal(choose(self.choices, (2, 3, 0.5, -1)))
            return binary("*", left, factor, "number", 3 * left.bound)
        right = self.expression(choose(self.choices, ("int", "number")), depth, fuel)
        return binary(symbol, left, right, "number", left.bound + right.bound)

    def _mean(self, depth: int, fuel: int) -> Expression:
        kind: Kind = weighted(self.choices, [(3, "int"), (1, "number")])
        selector = self.selector(depth - 1, fuel)
        if chance(self.choices, 40):
            marks = call("indicator", [self.sop("bool", depth - 1, fuel)], "int")
            return self._aggregated(selector, marks, "number")
        return self._aggregated(selector, self.expression(kind, depth - 1, fuel), "number")

    # -- truths

    def _bool(self, depth: int, fuel: int) -> Expression:
        maker = self._pick(
            depth,
            [
                (2, lambda depth, fuel: self._leaf("bool", depth)),
                (6, self._comparison),
                (3, self._logic),
                (1, self._negation),
                (2, self._member),
                (1, lambda d, f: self._conditional("bool", d, f)),
                (1, lambda d, f: self._table("bool", d, f)),
                (1, lambda d, f: self._called("bool", d, f)),
            ],
            [
                (2, self._focus),
                (2, lambda d, f: self._aggregate("bool", d, f)),
                (1, self._contained),
                (1, self._first_or_last),
            ],
        )
        return maker(depth, fuel - 1)

    def _comparison(self, depth: int, fuel: int) -> Expression:
        kind = weighted(self.choices, [(4, "int"), (2, "number"), (2, "string"), (1, "bool")])  # type: Kind
        left = self.sop(kind, depth, fuel)
        right = self.expression(kind, depth, fuel)
        if left.kind == "number" and chance(self.choices, 30):
            right = self.expression("int", depth, fuel)
        return binary(choose(self.choices, ORDERS), left, right, "bool")

    def _logic(self, depth: int, fuel: int) -> Expression:
        left, right = self.sop("bool", depth, fuel), self.sop("bool", depth, fuel)
        return binary(choose(self.choices, ("and", "or")), left, right, "bool")

    def _negation(self, depth: int, fuel: int) -> Expression:
        kind: Kind = weighted(self.choices, [(6, "bool"), (1, "int"), (1, "string")])
        return prefix("not", self.sop(kind, depth, fuel), "bool")

    def _member(self, depth: int, fuel: int) -> Expression:
        sop = self.value(depth, fuel)
        some = [self._constant(sop.kind), self._constant(sop.kind)]
        if sop.values:
            some[0] = literal(choose(self.choices, sorted(sop.values, key=str)))
        items = Expression(f"[{', '.join(item.text for item in some)}]", "bool")
        return binary(weighted(self.choices, [(3, "in"), (1, "not in")]), sop, items, "bool")

    def _focus(self, depth: int, fuel: int) -> Expression:
        return call("has_focus", [self.selector(depth - 1, fuel)], "bool", depth=1)

    def _contained(self, depth: int, fuel: int) -> Expression:
        sop, atom = self._sought(depth, fuel)
        if chance(self.choices, 50):
            return call("contains", [sop, atom], "bool", depth=1)
        result = binary("in", atom, sop, "bool")
        return replace(result, depth=sop.depth + 1, plain=False)

    def _first_or_last(self, depth: int, fuel: int) -> Expression:
        name = choose(self.choices, ("mark_last_instance", "mark_first_instance"))
        return call(name, self._sought(depth, fuel), "bool", depth=1)

    # -- strings

    def _string(self, depth: int, fuel: int) -> Expression:
        maker = self._pick(
            depth,
            [
                (3, lambda depth, fuel: self._leaf("string", depth)),
                (2, self._joined),
                (4, lambda d, f: self._conditional("string", d, f)),
                (3, lambda d, f: self._table("string", d, f)),
                (1, self._repeated),
                (1, lambda d, f: self._called("string", d, f)),
            ],
            [(6, lambda d, f: self._aggregate("string", d, f)), (1, self._sorted)],
        )
        found = maker(depth, fuel - 1)
        return found if found.bound <= MAX_STRING else self._tokens()

    def _joined(self, depth: int, fuel: int) -> Expression:
        left, right = self.expression("string", depth, fuel), self.expression("string", depth, 0)
        return binary("+", left, right, "string", left.bound + right.bound)

    def _repeated(self, depth: int, fuel: int) -> Expression:
        times = self._remainder(depth, fuel)
        return binary("*", self._constant("string"), times, "string", 3)

    def _sorted(self, depth: int, fuel: int) -> Expression:
        if depth < 2:
            return self._tokens()
        key = self.value(depth - 2, 0)
        return replace(call("sort", [self._tokens(), key], "string", depth=2), bound=1)

    # -- of any kind

    def _conditional(self, kind: Kind, depth: int, fuel: int) -> Expression:
        condition = self.sop("bool", depth, fuel)
        yes, no = self.expression(kind, depth, fuel), self.expression(kind, depth, fuel)
        if self.risky and chance(self.choices, 10):
            no = self._constant(choose(self.choices, VALUE_KINDS))
        return ternary(condition, yes, no)

    def _table(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """A list or a dict at a value that is known to be in it."""
        place = self.sop(choose(self.choices, ("string", "int")), depth, fuel)
        if not place.values or len(place.values) > MAX_TABLE:
            place = self._tokens()
            if len(self._words()) > MAX_TABLE:
                return self._leaf(kind, depth)
        keys = sorted(place.values or (), key=str)
        whole = [key for key in keys if type(key) is int]
        as_list = len(whole) == len(keys) and min(whole) >= 0 and chance(self.choices, 60)
        size = max(whole) + 1 if as_list else len(keys)
        if size > MAX_TABLE:
            return self._leaf(kind, depth)
        values = [self._atom(kind) for _ in range(size)]
        if self.risky and len(keys) > 1 and chance(self.choices, 30):
            keys, values = keys[1:], values[1:]
        text = list_text(values) if as_list else dict_text(keys, values)
        bound = max(literal(value).bound for value in values)
        return replace(index(text, place, kind, bound), values=frozenset(values))

    def _atom(self, kind: Kind) -> Atom:
        return next(iter(self._constant(kind).values or ()))

    def _called(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """A function of the program, where there is one."""
        fitting = [
            function
            for function in self.functions
            if function.result.kind == kind and function.result.depth <= depth
        ]
        if not fitting:
            return self._leaf(kind, depth)
        function = choose(self.choices, fitting)
        inner = depth - function.result.depth
        arguments = [self._argument(parameter, inner, fuel) for parameter in function.parameters]
        result = function.result
        called = call(function.name, arguments, kind, depth=result.depth, bound=result.bound)
        return replace(called, plain=False)

    def _argument(self, kind: Kind, depth: int, fuel: int) -> Expression:
        found = self.sop(kind, depth, fuel)
        return found if found.bound <= 2 * self.max_len else self._base(kind)

    def _aggregate(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """What stands at one position, or at positions that hold the same."""
        value = self.sop(kind, depth - 1, fuel)
        number = self.choices.below(10)
        if number < 5 or depth < 2:
            return self._aggregated(self._single(depth - 1, fuel), value, kind)
        if number == 5:
            place = self.sop("int", depth - 1, fuel)
            bound = value.bound
            gathered = call("load_from_location", [value, place], kind, depth=1, bound=bound)
            return gathered if kind != "string" else self._aggregated_by_index(place, value)
        if number == 6:
            filler = self._constant(kind)
            steps = literal(choose(self.choices, (1, 2, -1, -2)))
            return call("shift", [value, steps, filler], kind, depth=1, bound=value.bound)
        if number == 7:
            return self._at_position(kind, value, depth)
        if number == 8 and kind != "string":
            place = self.sop("int", depth - 1, 0)
            return replace(index(value, place, kind, value.bound), depth=depth)
        condition = binary("==", value, self._constant(kind), "bool")
        chosen = call("select", [condition, literal(True)], "selector", extra="==")
        return self._aggregated(chosen, value, kind)

    def _at_position(self, kind: Kind, value: Expression, depth: int) -> Expression:
        """What stands at a certain position; strings only where there always is one."""
        if kind == "string":
            place = choose(self.choices, (literal(0), literal(-1)))
        else:
            place = literal(choose(self.choices, (0, 1, -1, 2, -2)))
        negative = place.text.startswith("-")
        if negative and value.depth + 2 > depth:
            place, negative = literal(0), False
        result = index(value, place, kind, value.bound)
        return replace(result, depth=value.depth + 1 + negative, plain=False)

    def _aggregated_by_index(self, place: Expression, value: Expression) -> Expression:
        selector = call("select", [self._position(), place], "selector", extra="==")
        return self._aggregated(selector, value, value.kind)

    def _aggregated(self, selector: Expression, value: Expression, kind: Kind) -> Expression:
        defaults: tuple[Expression, ...] = (self._constant(kind),)
        if kind != "string" or self.risky:
            defaults = () if chance(self.choices, 50) else defaults
        arguments = [selector, value, *defaults]
        bound = max([value.bound, *(default.bound for default in defaults)])
        result = call("aggregate", arguments, kind, depth=1, bound=bound)
        if value.values is not None and defaults and kind != "number":
            return replace(result, values=value.values | (defaults[0].values or frozenset()))
        return result

    # -- selectors

    def selector(self, depth: int, fuel: int) -> Expression:
        """A selector of s-ops of at most this depth."""
        named = [v for v in self.variables if v.kind == "selector" and v.depth <= depth]
        maker = weighted(
            self.choices,
            [
                (6, self._select),
                (3, self._single),
                (2 if named else 0, lambda d, f: choose(self.choices, named)),
                (4 if fuel > 0 else 0, self._combination),
                (2 if fuel > 0 else 0, self._negated_selector),
            ],
        )
        return maker(depth, fuel - 1)

    def _select(self, depth: int, fuel: int) -> Expression:
        kind: Kind = weighted(self.choices, [(4, "string"), (4, "int"), (2, "bool"), (1, "number")])
        order = choose(self.choices, ORDERS)
        match self.choices.below(5):
            case 0:
                key = query = self.sop(kind, depth, fuel)
            case 1:
                key, query = self.sop(kind, depth, fuel), self.expression(kind, depth, fuel)
            case 2:
                key, query = self.sop(kind, depth, fuel), self._constant(kind)
            case 3:
                key = query = self._position()
            case _:
                key, query = self.expression(kind, depth, fuel), self.sop(kind, depth, fuel)
        return call("select", [key, query], "selector", extra=order)

    def _single(self, depth: int, fuel: int) -> Expression:
        """A selector that selects at most one position, or positions with one value."""
        place = self._position()
        match self.choices.below(8):
            case 1 | 2:
                offset = literal(choose(self.choices, (1, 2, -1)))
                place = binary("-", place, offset, "int")
            case 3 if depth > 0:
                length = Expression("length", "int", depth=1)
                back = binary("-", length, literal(1), "int")
                place = binary("-", back, self._position(), "int")
            case 4 | 5:
                place = self.sop("int", depth, fuel)
            case 6 if depth > 0:
                name = choose(self.choices, ("select_from_last", "select_from_first"))
                return replace(call(name, self._sought(depth, fuel), "selector"), depth=depth)
            case 7 if depth > 0:
                name = "select_next_identical"
                return replace(call(name, [self.value(depth - 1, 0)], "selector"), depth=depth)
        return call("select", [self._position(), place], "selector", extra="==")

    def _combination(self, depth: int, fuel: int) -> Expression:
        left, right = self.selector(depth, fuel), self.selector(depth, fuel)
        return binary(choose(self.choices, ("and", "or")), left, right, "selector")

    def _negated_selector(self, depth: int, fuel: int) -> Expression:
        return prefix("not", self.selector(depth, fuel), "selector")

    def _position(self) -> Expression:
        return Expression("indices", "int", bound=self.max_len)

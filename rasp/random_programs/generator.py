"""Decisions -> well-typed expressions: what a random program is made of.

Every construct that the compiler supports is here: arithmetic, comparisons and logic on numbers,
booleans and strings, tables, conditionals, selectors of every comparison between all kinds of
operands and their combinations, aggregates with and without default, gathers, widths, the library.

Non-goals: programs that are refused before there is an input (`tests` for errors have those), and
sensible ones.  An expression that may fail on some inputs is generated where `risky` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.random_programs.choices import chance, choose, weighted
from rasp.random_programs.expressions import (
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
from rasp.random_programs.leaves import Function, Maker
from rasp.random_programs.selecting import ORDERS, Attention

MAX_BOUND = 500  # integers that may be larger are taken modulo something small
MAX_STRING = 4
MAX_TABLE = 8
LETTERS = ("a", "b", "x", "1")


class Generator(Attention):
    """Makes expressions of every kind."""

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
        if self._fitting(kind, depth) and chance(self.choices, 35):
            return self._called(kind, depth, fuel - 1)
        return makers[kind](depth, fuel)

    def _pick(
        self, depth: int, local: Sequence[tuple[int, Maker]], attention: Sequence[tuple[int, Maker]]
    ) -> Maker:
        if depth > 0 and chance(self.choices, 60):
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
            ],
            [
                (6, self._width),
                (1, self._width_formula),
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
        name = choose(self.choices, ("max", "max", "min", "min", "abs", "div"))
        first = self.expression("int", depth, fuel)
        if name == "abs":
            return call(name, [first], "int", bound=first.bound)
        second = self.expression("int", depth, fuel) if name != "div" else self._divisor()
        return call(name, [first, second], "int", bound=max(first.bound, second.bound))

    def _divisor(self) -> Expression:
        return literal(choose(self.choices, (2, 3, 4)))

    def _negated(self, depth: int, fuel: int) -> Expression:
        operand = self.expression("int", depth, fuel)
        return prefix(weighted(self.choices, [(4, "-"), (1, "+")]), operand, "int", operand.bound)

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
        letters = [next(iter(item.values or ())) for item in some if item.values]
        text = f"[{', '.join(item.text for item in some)}]"
        if sorted(map(str, letters)) == letters and all(isinstance(x, str) for x in letters):
            text = show("".join(map(str, letters)))
        items = Expression(text, "bool")
        return binary(weighted(self.choices, [(3, "in"), (1, "not in")]), sop, items, "bool")

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

    # -- of any kind

    def _conditional(self, kind: Kind, depth: int, fuel: int) -> Expression:
        condition = self.sop("bool", depth, fuel)
        yes, no = self.expression(kind, depth, fuel), self.expression(kind, depth, fuel)
        if self.risky and chance(self.choices, 10):
            no = self._constant(choose(self.choices, VALUE_KINDS))
        return ternary(condition, yes, no)

    def _table(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """A list or a dict at a value that is known to be in it."""
        makers: list[tuple[int, Maker]] = [
            (2, lambda d, f: self.sop("string", d, f)),
            (1, lambda d, f: self.sop("int", d, f)),
            (2, self._remainder),
        ]
        place = weighted(self.choices, makers)(depth, fuel)
        if place.plain or not place.values or len(place.values) > MAX_TABLE:
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
        text, values = self._list(kind, values) if as_list else (self._dict(keys, values), values)
        bound = max(literal(value).bound for value in values)
        return replace(index(text, place, kind, bound), values=frozenset(values))

    def _list(self, kind: Kind, values: list[Atom]) -> tuple[str, list[Atom]]:
        """A list and its items; now and then one of as many others, a string or a comprehension."""
        if kind == "string" and chance(self.choices, 40):
            letters: list[Atom] = [choose(self.choices, LETTERS) for _ in values]
            return show("".join(map(str, letters))), letters
        if kind == "int" and chance(self.choices, 60):
            divisor = choose(self.choices, (2, 3))
            text = f"[k % {divisor} for k in range({len(values)})]"
            if len(values) > 2 and not len(values) % 2:
                rows = f"for i in range({len(values) // 2}) for j in range(2)"
                text = f"[(2 * i + j) % {divisor} {rows}]"
            return text, [place % divisor for place in range(len(values))]
        return list_text(values), values

    def _dict(self, keys: list[Atom], values: list[Atom]) -> str:
        """A dict, now and then as a comprehension."""
        if chance(self.choices, 25):
            return f"{{k: v for k, v in zip({list_text(keys)}, {list_text(values)})}}"
        return dict_text(keys, values)

    def _atom(self, kind: Kind) -> Atom:
        return next(iter(self._constant(kind).values or ()))

    def _called(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """A function of the program, of those that fit."""
        function = choose(self.choices, self._fitting(kind, depth))
        inner = depth - function.result.depth
        arguments = [self._argument(parameter, inner, fuel) for parameter in function.parameters]
        result = function.result
        called = call(function.name, arguments, kind, depth=result.depth, bound=result.bound)
        return replace(called, plain=False)

    def _fitting(self, kind: Kind, depth: int) -> list[Function]:
        return [
            function
            for function in self.functions
            if function.result.kind == kind and function.result.depth <= depth
        ]

    def _argument(self, kind: Kind, depth: int, fuel: int) -> Expression:
        found = self.sop(kind, depth, fuel)
        return found if found.bound <= 2 * self.max_len else self._base(kind)

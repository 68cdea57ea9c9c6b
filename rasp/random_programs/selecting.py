"""Decisions -> what random programs do with attention: selectors, aggregates, fetches, widths."""

from __future__ import annotations

from dataclasses import replace

from rasp.random_programs.choices import chance, choose, weighted
from rasp.random_programs.expressions import Expression, Kind, binary, call, index, literal, prefix
from rasp.random_programs.leaves import Leaves

ORDERS = ("==", "<", "<=", ">", ">=", "!=")


class Attention(Leaves):
    """Expressions that are one deeper than their operands, and selectors."""

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
                (2 if fuel > 0 else 0, self._best),
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
        match self.choices.below(10):
            case 8 | 9 if fuel > 0:
                name = choose(self.choices, ("last", "first"))
                return call(name, [self.selector(depth, fuel - 1)], "selector")
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

    def _best(self, depth: int, fuel: int) -> Expression:
        """The selected keys that are best by something, most often by their place."""
        chosen = self.selector(depth, fuel - 1)
        if chance(self.choices, 50):
            return call(choose(self.choices, ("last", "first")), [chosen], "selector")
        kind: Kind = weighted(self.choices, [(4, "int"), (2, "string"), (1, "number"), (1, "bool")])
        return call("best", [chosen, self.sop(kind, depth, fuel - 1)], "selector")

    def _position(self) -> Expression:
        return Expression("indices", "int", bound=self.max_len)

    # -- aggregates

    def _aggregate(self, kind: Kind, depth: int, fuel: int) -> Expression:
        """What stands at one position, or at positions that hold the same."""
        value = self.sop(kind, depth - 1, fuel)
        number = self.choices.below(10)
        if number < 5 or depth < 2:
            single = self._single(depth - 1, fuel)
            if chance(self.choices, 25):
                return self._fetch(single, value, kind)
            return self._aggregated(single, value, kind)
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

    def _fetch(self, selector: Expression, value: Expression, kind: Kind) -> Expression:
        """What stands at the one position selected; without a default where nothing may be."""
        default = self._constant(kind)
        defaults = () if self.risky and chance(self.choices, 50) else (default,)
        bound = max(value.bound, default.bound)
        result = call("fetch", [selector, value, *defaults], kind, depth=1, bound=bound)
        if value.values is not None and kind != "number":
            return replace(result, values=value.values | (default.values or frozenset()))
        return result

    def _mean(self, depth: int, fuel: int) -> Expression:
        kind: Kind = weighted(self.choices, [(3, "int"), (1, "number")])
        selector = self.selector(depth - 1, fuel)
        if self.risky and chance(self.choices, 15):
            return self._fetch(selector, self.sop(kind, depth - 1, fuel), kind)
        if chance(self.choices, 40):
            marks = call("indicator", [self.sop("bool", depth - 1, fuel)], "int")
            return self._aggregated(selector, marks, "number")
        return self._aggregated(selector, self.expression(kind, depth - 1, fuel), "number")

    # -- widths and the library

    def _width(self, depth: int, fuel: int) -> Expression:
        selector = self.selector(depth - 1, fuel)
        return call("selector_width", [selector], "int", depth=1, bound=self.max_len)

    def _width_formula(self, depth: int, fuel: int) -> Expression:
        """A width as the paper writes it: from the share of position 0, which counts too."""
        selector = self.selector(depth - 1, fuel)
        first = call("select", [self._position(), literal(0)], "selector", extra="==")
        either = binary("or", selector, first, "selector")
        marks = call("indicator", [binary("==", self._position(), literal(0), "bool")], "int")
        share = call("aggregate", [either, marks], "number", depth=1)
        count = binary("/", literal(1), share, "number", self.max_len)
        return call("round", [count], "int", bound=self.max_len)

    def _count(self, depth: int, fuel: int) -> Expression:
        if chance(self.choices, 25):
            summed = self.sop("int", depth - 1, fuel)
            return call("sum", [summed], "int", depth=1, bound=summed.bound * self.max_len)
        operands = self._sought(depth, fuel)
        return call("count", operands, "int", depth=1, bound=self.max_len)

    def _sought(self, depth: int, fuel: int) -> list[Expression]:
        """An s-op and an atom that it may have."""
        sop = self.value(depth - 1, fuel)
        if sop.values and chance(self.choices, 60):
            return [sop, literal(choose(self.choices, sorted(sop.values, key=str)))]
        return [sop, self._constant(sop.kind)]

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

    def _sorted(self, depth: int, fuel: int) -> Expression:
        if depth < 2:
            return self._tokens()
        key = self.value(depth - 2, 0)
        return replace(call("sort", [self._tokens(), key], "string", depth=2), bound=1)

"""How many keys a selector selects -> sums and differences of how many simpler ones select.

    inequality   `A and select(x, y, !=)` selects what `A` does, without what `A and
                 select(x, y, ==)` does
    disjunction  `A or B` selects what `A` does and what `B` does, and `A and B` counts twice
    many         `A and (B or C or ...)` selects what `A` does, without what `A` does and none of
                 `B`, `C`, ... do
    window       what lies between two places is what lies before the one, without what lies before
                 the other; of few places, it is one or none at each

Of many alternatives each two, each three, ... may have something in common: split into disjoint
parts they are more and more.  What none of them selects is one conjunction, so one head counts it.

A head that attends to all keys but the equal ones takes a direction for each value, and so does one
for a window, or for what `B` selects and `A` does not; heads for the parts take a few.  Any two
values are equal or not, and indices are numbers, so that nothing fails on one side that does not on
the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from rasp.graph import construct
from rasp.graph.disjunctions import grouped
from rasp.graph.nodes import (
    INDICES,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.oneself import counted_up_to_oneself, offset
from rasp.graph.walk import flat

FEW_PLACES = 8
"""Places of a window that are counted one by one."""

MOST_ALTERNATIVES = 3
"""Groups of a disjunction that are counted with all that they have in common: seven widths."""


@dataclass(frozen=True)
class Apart:
    """compared: the comparisons that would take a direction for each value; counted: what stands in
    the place of the width; always: it is worth it however few values there are."""

    compared: tuple[Select, ...]
    counted: SOpNode
    always: bool = False


def counted_apart(node: Node) -> list[Apart]:
    """The ways in which a width can be counted by others, in one step; none of anything else."""
    if not isinstance(node, SelectorWidth):
        return []
    parts = flat(node.selector, SelectorAnd)
    ways = [way(parts) for way in (_inequality, _disjunction, _many, _window)]
    return [way for way in ways if way is not None]


def widths_of(counted: Node) -> list[SelectorWidth]:
    """The widths that are added and subtracted."""
    match counted:
        case SelectorWidth():
            return [counted]
        case Elementwise(operator="add" | "subtract", operands=(left, right)):
            return [*widths_of(left), *widths_of(right)]
    return []


def counted_by(width: Node, *, causal: bool) -> list[SelectorWidth]:
    """The widths by which it can be counted, in one step of all that there are."""
    ways: list[Node] = [way.counted for way in counted_apart(width)]
    if causal:
        ways.append(counted_up_to_oneself(width))
    return [other for way in ways for other in widths_of(way)]


def _all_of(parts: list[SelectorNode]) -> SelectorNode:
    return reduce(construct.selector_and, parts) if parts else construct.FULL


def _inequality(parts: list[SelectorNode]) -> Apart | None:
    for number, part in enumerate(parts):
        equal = _negated(part)
        if equal is not None:
            rest = parts[:number] + parts[number + 1 :]
            return Apart((equal,), _less(_all_of(rest), _all_of([*rest, equal])))
    return None


def _less(whole: SelectorNode, part: SelectorNode) -> SOpNode:
    width = construct.selector_width
    return construct.elementwise("subtract", width(whole), width(part))


def _negated(selector: SelectorNode) -> Select | None:
    """The equality of which it is the negation; None if one side is a constant."""
    match selector:
        case Select(key=key, query=query, comparison="!="):
            pass
        case SelectorNot(operand=Select(key=key, query=query, comparison="==")):
            pass
        case _:
            return None
    if isinstance(key, Constant) or isinstance(query, Constant):
        return None
    found = construct.select(key, query, "==")
    return found if isinstance(found, Select) else None


def _disjunction(parts: list[SelectorNode]) -> Apart | None:
    """Where alternatives are made of equalities; orders often exclude each other, as those of a
    rank do, and are better left to whoever sees that."""
    either = next((part for part in parts if isinstance(part, SelectorOr)), None)
    if either is None:
        return None
    groups = grouped(either)
    if not 2 <= len(groups) <= MOST_ALTERNATIVES:
        return None
    compared: list[Select] = []
    for group in groups:
        selects = _equalities(group)
        if selects is None:
            return None
        compared += selects
    if not compared:
        return None
    rest = [part for part in parts if part is not either]
    first, others = groups[0], reduce(construct.selector_or, groups[1:])
    width = construct.selector_width
    both = construct.elementwise(
        "add", width(_all_of([*rest, first])), width(_all_of([*rest, others]))
    )
    twice = width(_all_of([*rest, first, others]))
    return Apart(tuple(compared), construct.elementwise("subtract", both, twice))


def _many(parts: list[SelectorNode]) -> Apart | None:
    """Where more than a few alternatives may all select the same key."""
    either = next((part for part in parts if isinstance(part, SelectorOr)), None)
    if either is None:
        return None
    groups = grouped(either)
    if _n_compatible(groups) <= MOST_ALTERNATIVES:
        return None
    rest = [part for part in parts if part is not either]
    none = [construct.selector_not(group) for group in groups]
    return Apart((), _less(_all_of(rest), _all_of([*rest, *none])), always=True)


def _n_compatible(groups: list[SelectorNode]) -> int:
    """How many of them, taken in turn, do not exclude any that is taken before."""
    taken: list[_Asked] = []
    for group in groups:
        asked = _asked(group)
        if not any(_exclude(asked, other) for other in taken):
            taken.append(asked)
    return len(taken)


_Asked: TypeAlias = dict[tuple[object, SOpNode], frozenset[object]]
"""What a conjunction asks: of a key and a query, whether the key is smaller (-1), equal (0) or
larger (1); of one of them alone, the constant that it has to be equal to."""


def _asked(selector: SelectorNode) -> _Asked:
    found: _Asked = {}
    for part in flat(selector, SelectorAnd):
        match part:
            case Select(key=Constant(value=value), query=asked, comparison="=="):
                found["query", asked] = frozenset([value])
            case Select(key=asked, query=Constant(value=value), comparison="=="):
                found["key", asked] = frozenset([value])
            case Select(key=key, query=query, comparison=comparison):
                name: tuple[object, SOpNode] = (key, query)
                found[name] = found.get(name, _ANY) & _SIGNS[comparison]
    return found


def _exclude(asked: _Asked, other: _Asked) -> bool:
    return any(name in other and not other[name] & signs for name, signs in asked.items())


_ANY: frozenset[object] = frozenset({-1, 0, 1})
_SIGNS: dict[str, frozenset[object]] = {
    "==": frozenset({0}),
    "!=": frozenset({-1, 1}),
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
}


def _equalities(selector: SelectorNode) -> list[Select] | None:
    """The equalities of two things that it is made of; None if it is made of anything else that is
    no filter of one."""
    found: list[Select] = []
    stack = [selector]
    while stack:
        match stack.pop():
            case Select(key=key, query=query) as select:
                if isinstance(key, Constant) or isinstance(query, Constant):
                    continue
                if select.comparison != "==":
                    return None
                found.append(select)
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                stack += (left, right)
            case _:
                return None
    return found


def _window(parts: list[SelectorNode]) -> Apart | None:
    """Places from one so far from the query to another."""
    sides: dict[bool, tuple[int, Select]] = {}
    for part in parts:
        bound = _bound(part)
        if bound is not None:
            is_last, place, select = bound
            if is_last in sides:
                return None
            sides[is_last] = place, select
    if len(sides) < 2:
        return None
    (first, lower), (last, upper) = sides[False], sides[True]
    rest = [part for part in parts if part is not lower and part is not upper]
    if last < first:
        return None
    compared = (lower, upper)
    if last - first < FEW_PLACES:
        width = construct.selector_width
        places = [construct.elementwise("add", INDICES, n) for n in range(first, last + 1)]
        each = [
            width(_all_of([*rest, construct.select(INDICES, INDICES if n == 0 else place, "==")]))
            for n, place in zip(range(first, last + 1), places, strict=True)
        ]
        return Apart(compared, reduce(lambda a, b: construct.elementwise("add", a, b), each))
    before = construct.select(INDICES, lower.query, "<" if lower.comparison == ">=" else "<=")
    return Apart(compared, _less(_all_of([*rest, upper]), _all_of([*rest, upper, before])))


def _bound(selector: SelectorNode) -> tuple[bool, int, Select] | None:
    """Whether it says what the last place is, or the first; and how far that is from the query."""
    match selector:
        case Select(key=key, query=query, comparison="<" | "<=" | ">" | ">=") if key is INDICES:
            shift = offset(query)
            if shift is None:
                return None
            match selector.comparison:
                case "<=":
                    return True, shift, selector
                case "<":
                    return True, shift - 1, selector
                case ">=":
                    return False, shift, selector
            return False, shift + 1, selector
    return None

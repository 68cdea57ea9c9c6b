"""Whether a number is an int or a float, as s-ops of their own that stand beside it.

    aggregate(key, m ^ 2)        an int where m is one at the key: aggregate(key, I(m), 1)
    m = average(tokens_int)      an int where all tokens are the same one: I(m) is
                                 indicator(average(indicator(tokens_int == 3)) == 1) + ... for all

A mean does not say by its value whether it is an int: that of 2 and 2 is 2, that of 1 and 3 is 2.0.
So what is made of means, and read elsewhere or averaged again, is put out as a number beside marks
that say which of the two it is: it is an int where all of them are 1 and none is 0.  They are found
from the values up:

    + - * % ^        make an int of ints, and of nothing else; ^ of a negative int a float
    a / b            is a float
    a if c else b    is an int where the one that is chosen is
    of one key       is what is read, or the default where none is selected
    fetch of several is what the first of them is: others are equal, and may be of another type
    of several keys  is an int just where all selected values are the same int, or where none is
                     selected and the default is an int

For the last one a share of keys is compared with 1 for each int that the values may be, so all
these have to be known, and of these comparisons one holds at most.  The share of keys that carry an
int has to be 1 as well, so that no 2.0 is among them.  What shares are where nothing is selected,
is what the default says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import product
from math import prod
from typing import Protocol

from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    SelectorNode,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.operators import COMPARISON_OPERATORS, OperationError, apply
from rasp.graph.walk import topological

MOST_LISTED = 2_000
MOST_TRIED = 20_000
"""So many ints that an operation may give are listed, of so many combinations of operands."""

KEEPING = frozenset({"add", "subtract", "multiply", "modulo", "power", "negate", "plus"})
"""Operators of which the result is an int where all operands are, but for some powers."""

INTEGERS = frozenset({"to_int", "round", "indicator"})
TABLES = frozenset({"index_list", "index_dict"})
TRUTHS = frozenset({"not", "and", "or", "to_bool", "member", *COMPARISON_OPERATORS.values()})

Marks = tuple[SOpNode, ...]
"""Numbers that are 0 or 1; all are 1 where something is an int."""

ALWAYS: Marks = ()
NEVER: Marks = (construct.constant(0),)

Ints = frozenset[int]


class Facts(Protocol):
    """What somebody knows of a program."""

    def values(self, node: SOpNode) -> Sequence[object] | None:
        """All that it may be, and perhaps more; None where that is not known."""

    def at_most_one(self, node: Aggregate | Fetch) -> bool:
        """Is it known that it never selects several keys?"""

    def never_empty(self, node: Aggregate | Fetch) -> bool:
        """Is it known that it always selects a key, so that nobody sees the default?"""


def whether_int(root: SOpNode, facts: Facts, *, most_ints: int, most_marks: int) -> Marks | None:
    """What is 1 all together just where this number is an int; None where that is not found.

    most_ints: with so many ints, at most, what several keys carry is compared; most_marks: so many
    there are at most.
    """
    found = _Found(facts, most_ints, most_marks)
    for node in _below(root):
        found.add(node)
    return found.says[root]


def _below(root: SOpNode) -> list[SOpNode]:
    """All that the type of the root is made of, operands first."""
    order: dict[SOpNode, None] = {}
    stack: list[tuple[SOpNode, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order[node] = None
        elif node not in order:
            stack.append((node, True))
            stack.extend((part, False) for part in _parts(node))
    return list(order)


def _parts(node: SOpNode) -> tuple[SOpNode, ...]:
    match node:
        case Elementwise(operator="where", operands=(_, *sides)):
            return tuple(sides)
        case Elementwise(operator=operator, operands=operands) if operator in KEEPING:
            return operands
        case Aggregate(value=value) | Fetch(value=value):
            return (value,)
    return ()


class _Found:
    """says: the marks for each s-op; ints: which ints it may be; None where that is not found."""

    def __init__(self, facts: Facts, most_ints: int, most_marks: int) -> None:
        self.facts, self.most_ints, self.most_marks = facts, most_ints, most_marks
        self.says: dict[SOpNode, Marks | None] = {}
        self.ints: dict[SOpNode, Ints | None] = {}

    def add(self, node: SOpNode) -> None:
        """What it is made of is there."""
        says, ints = self._says(node), self._ints(node)
        if says is None and not _is_read(node):
            # What it is made of may be True and False, which are among no ints.
            values = self.facts.values(node)
            says, ints = _of_types(node, values), None if values is None else _ints_among(values)
        self.says[node] = None if says is not None and len(says) > self.most_marks else says
        self.ints[node] = frozenset() if says == NEVER else ints

    def _says(self, node: SOpNode) -> Marks | None:
        match node:
            case Indices() | SelectorWidth():
                return ALWAYS
            case Constant(value=value):
                return _of_types(node, [value])
            case Tokens():
                return _of_types(node, self.facts.values(node))
            case Elementwise(operator="where", operands=(condition, *sides)):
                return _of_choice(condition, *(self.says[side] for side in sides))
            case Elementwise(operator=operator, operands=operands) if operator in KEEPING:
                return self._of_operation(operator, operands)
            case Elementwise(operator=operator) if operator in INTEGERS:
                return ALWAYS
            case Elementwise(operator="divide" | "to_float"):
                return NEVER
            case Elementwise(operator=operator, parameters=entries) if operator in TABLES:
                return _of_types(node, _results_of(operator, entries))
            case Aggregate(default=default) if self._is_number(node):
                return self._of_aggregate(node, is_int=type(default) is int)
            case Fetch(selector=selector, value=value, default=default) if self._is_number(node):
                one = selector if self.facts.at_most_one(node) else construct.first(selector)
                return _read(one, self.says[value], is_int=type(default) is int)
        return None

    def _is_number(self, node: Aggregate | Fetch) -> bool:
        """May it be nothing else, as far as its default has a say?"""
        return type(node.default) in (int, float, type(None)) or self.facts.never_empty(node)

    def _of_operation(self, operator: str, operands: tuple[SOpNode, ...]) -> Marks | None:
        said = [ALWAYS if _is_truth(operand) else self.says[operand] for operand in operands]
        known = [one for one in said if one is not None]
        if len(known) < len(said):
            return None
        if operator == "power":
            exponents = self.ints[operands[1]]
            if exponents is None or any(exponent < 0 for exponent in exponents):
                known.append((_indicator("greater_equal", operands[1], 0),))
        return NEVER if NEVER in known else tuple(dict.fromkeys(mark for m in known for mark in m))

    def _of_aggregate(self, node: Aggregate, *, is_int: bool) -> Marks | None:
        carried, ints = self.says[node.value], self.ints[node.value]
        if carried is None or carried == NEVER or self.facts.at_most_one(node):
            return _read(node.selector, carried, is_int=is_int)
        if ints is None or not 0 < len(ints) <= self.most_ints:
            return None
        shares = [
            _is_all(node, _indicator("equal", node.value, number), is_int and not place)
            for place, number in enumerate(sorted(ints))
        ]
        alike = reduce(lambda a, b: construct.elementwise("add", a, b), shares)
        return (*(_is_all(node, mark, is_int) for mark in carried), alike)

    def _ints(self, node: SOpNode) -> Ints | None:
        match node:
            case Constant(value=value):
                return _ints_among([value])
            case Elementwise(operator="where", operands=(_, *sides)):
                return self._together(sides)
            case Elementwise(operator=operator, operands=operands) if operator in KEEPING:
                return self._results(operator, operands)
            case Elementwise(operator="indicator"):
                return frozenset({0, 1})
            case Aggregate(value=value, default=default) | Fetch(value=value, default=default):
                found = self._together([value])
                return None if found is None else found | _ints_among([default])
            case Elementwise(operator=operator, parameters=entries) if operator in TABLES:
                return _ints_among(_results_of(operator, entries))
        values = self.facts.values(node)
        return None if values is None else _ints_among(values)

    def _together(self, nodes: Iterable[SOpNode]) -> Ints | None:
        ints = [self.ints[node] for node in nodes]
        known = [one for one in ints if one is not None]
        return frozenset().union(*known) if len(known) == len(ints) else None

    def _results(self, operator: str, operands: tuple[SOpNode, ...]) -> Ints | None:
        """Which ints the operator makes of ints."""
        ints = [
            frozenset({0, 1}) if _is_truth(operand) else self.ints[operand] for operand in operands
        ]
        known = [one for one in ints if one is not None]
        if len(known) < len(ints) or prod(map(len, known)) > MOST_TRIED:
            return None
        found: set[int] = set()
        for values in product(*known):
            try:
                result = apply(operator, (), *values)
            except OperationError:
                continue  # the program fails there
            if type(result) is int:
                found.add(result)
        return frozenset(found) if len(found) <= MOST_LISTED else None


def _of_types(node: SOpNode, values: Sequence[object] | None) -> Marks | None:
    """For what is one of these values, if they are numbers."""
    if values is None or any(type(value) not in (int, float) for value in values):
        return None
    ints = _ints_among(values)
    floats = [value for value in values if type(value) is float]
    if not floats:
        return ALWAYS
    if not ints:
        return NEVER
    member = construct.elementwise("member", node, parameters=sorted(ints))
    if any(value in ints for value in floats):  # 2 and 2.0 are not the same written out
        written = construct.elementwise("to_str", node)
        member = construct.elementwise("member", written, parameters=[*map(str, sorted(ints))])
    return (construct.elementwise("indicator", member),)


def _is_read(node: SOpNode) -> bool:
    """May it be a mean, or made of one, which says nothing of its type?"""
    return any(isinstance(below, (Aggregate, Fetch)) for below in topological([node]))


def _of_choice(condition: SOpNode, yes: Marks | None, no: Marks | None) -> Marks | None:
    if yes is None or no is None or yes == no:
        return yes if no is not None else None
    return (construct.elementwise("where", condition, _one(yes), _one(no)),)


def _one(marks: Marks) -> SOpNode:
    """1 where all are."""
    ones = construct.constant(1)
    return reduce(lambda a, b: construct.elementwise("multiply", a, b), marks) if marks else ones


def _read(selector: SelectorNode, marks: Marks | None, *, is_int: bool) -> Marks | None:
    """What one key says, or the default; or all keys, where these say the same."""
    if marks is None or marks == (ALWAYS if is_int else NEVER):
        return marks
    read = marks or (construct.constant(1),)
    return tuple(construct.aggregate(selector, mark, int(is_int)) for mark in read)


def _is_all(node: Aggregate, mark: SOpNode, default: bool) -> SOpNode:
    """1 where all selected keys have this mark, or where there is none and the default has it."""
    share = construct.aggregate(node.selector, mark, int(default))
    return _indicator("equal", share, 1)


def _indicator(operator: str, operand: SOpNode, number: int) -> SOpNode:
    return construct.elementwise("indicator", construct.elementwise(operator, operand, number))


def _is_truth(node: SOpNode) -> bool:
    """Is it True or False, which count as 1 and 0?"""
    match node:
        case Constant(value=value):
            return isinstance(value, bool)
        case Elementwise(operator=operator):
            return operator in TRUTHS
    return False


def _results_of(operator: str, entries: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """What an entry of a table may be."""
    return entries[1::2] if operator == "index_dict" else entries


def _ints_among(values: Iterable[Atom | object]) -> Ints:
    return frozenset(value for value in values if type(value) is int)

"""Lemma: a number, and marks that say whether it is an int, say what the number is.

The decoder makes `(a if j else a + 0.0) if i else a + 0.0` of these, where a is read with whole
numbers as ints.  If both marks are 1 just where the s-op is an int (`rasp.graph.whether_int`), a is
this int there, and where it is a float a + 0.0 is this float, unless that is -0.0.  Both sides are
computed everywhere, so a is no integer that is too large for a float.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rasp.graph import construct
from rasp.graph.nodes import Aggregate, Atom, Constant, Elementwise, Fetch, SOpNode, atom_key
from rasp.graph.whether_int import whether_int
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from rasp.meaning.states import UnprovedError, describe

Tree: TypeAlias = tuple[str, Atom, tuple[Any, ...]]
"""An operator of a formula, what belongs to it, and the trees of its operands."""

PART, CONSTANT = "part", "constant"
MOST_INTS, MOST_MARKS = 1_000, 100

MOST_TOLD_INTS, MOST_TOLD_MARKS = 40, 8
"""Up to so many ints that are averaged, and so many marks, a read-out has to say what is an int."""

LARGEST_TOLD = 2**53
"""Of integers from there on nothing is said: marks stand beside a float."""


def typed_number(tree: Tree, node: SOpNode) -> tuple[list[Tree], Tree] | None:
    """The marks that say whether the s-op is an int, and the number, if the formula is of these."""
    marks: list[Tree] = []
    numbers: list[Tree] = []
    while tree[0] == "where" and not _is_written(node):
        match tree:
            case (_, _, (mark, inner, ("add", _, (number, nought)))) if _is_nought(nought):
                marks.append(mark)
                numbers.append(number)
                tree = inner
            case _:
                return None
    same = bool(marks) and tree[0] == PART and all(number == tree for number in numbers)
    return (marks, tree) if same else None


def _is_nought(tree: Tree) -> bool:
    name, value, _ = tree
    return name == CONSTANT and atom_key(value) == atom_key(0.0)


def _is_written(node: SOpNode) -> bool:
    """Is it such a formula in the program itself?"""
    match node:
        case Elementwise(
            operator="where",
            operands=(_, yes, Elementwise(operator="add", operands=(same, Constant(value=value)))),
        ):
            return same is yes and atom_key(value) == atom_key(0.0)
    return False


def says_int(node: SOpNode, space: Attended) -> list[SOpNode]:
    """The marks that are 1 just where the number is an int.  Raises UnprovedError."""
    found = whether_int(node, _Known(space), most_ints=MOST_INTS, most_marks=MOST_MARKS)
    if found is None:
        raise UnprovedError(f"{describe(node)}: nothing says whether it is an int")
    return [normal(mark, space) for mark in found]


def check_beside_marks(values: Sequence[Atom]) -> None:
    """Raises UnprovedError where 0.0 makes another number, or none, of one that is put out beside
    marks."""
    for value in values:
        if atom_key(value) == atom_key(-0.0):
            raise UnprovedError("-0.0 is put out beside marks, which make 0.0 of it")
        if type(value) is int and abs(value) > sys.float_info.max:
            raise UnprovedError("an integer beside marks is too large for a float")


def has_to_be_told(node: SOpNode, space: Attended) -> bool:
    """May the read-out not leave to the rule for means whether the number is an int, since there
    are marks that say it?"""
    values = space.domain(node).values
    if any(type(value) is int and abs(value) >= LARGEST_TOLD for value in values):
        return False
    known = _Known(space)
    match node:  # where the default is no number, it is put out whether a key is selected
        case Aggregate(default=bool() | str()) | Fetch(default=bool() | str()):
            node = construct.with_default(node, 0)
    found = whether_int(node, known, most_ints=MOST_TOLD_INTS, most_marks=MOST_TOLD_MARKS)
    return found is not None


@dataclass(frozen=True)
class _Known:
    """What a space knows of the program."""

    space: Attended

    def values(self, node: SOpNode) -> Sequence[object] | None:
        try:
            return self.space.domain(node).values
        except UnprovedError:
            return None

    def at_most_one(self, node: Aggregate | Fetch) -> bool:
        try:
            return self.space.facts.counts(node.selector).at_most_one
        except UnprovedError:
            return False

    def never_empty(self, node: Aggregate | Fetch) -> bool:
        try:
            return self.space.facts.counts(node.selector).never_empty
        except UnprovedError:
            return False

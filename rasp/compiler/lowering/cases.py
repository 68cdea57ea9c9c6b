"""An expression of many leaves -> the cases that it distinguishes.

A chain such as `x = "agent" if a else x; x = "theme" if b else x; ...` over forty truth values has
2^40 joint values and forty-one cases: which of them is the last that is true.  A disjunction of
forty has as few.  Cases are found from the operands up: each says what some of the leaves may be
and what the s-op is then; they are disjoint, and one of them always applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rasp.compiler.facts.contexts import Bools, Granularity, letters
from rasp.compiler.facts.domains import restrict
from rasp.compiler.limits import (
    FEW_MERGED,
    MOST_CASE_CELLS,
    MOST_CASE_CONDITIONS,
    MOST_CASES,
    MOST_PAIRS_OF_CASES,
)
from rasp.compiler.lowering.depths import level_of
from rasp.compiler.lowering.state import InCases, Known, Lowering, Sided
from rasp.compiler.variables import Case, Categorical, Computed, Unit, Variable, View
from rasp.deadline import look
from rasp.graph.columns import Column, Failure
from rasp.graph.nodes import Atom, Elementwise, SOpNode, atom_key
from rasp.graph.operators import OperationError, apply


class _TooManyError(Exception):
    """More cases than are worth it, or an s-op that may fail, or is of something else."""


def cases_of(
    lowering: Lowering, node: SOpNode, leaves: Sequence[Variable]
) -> tuple[Case, ...] | None:
    """The cases of the s-op, or None: of too many, of one that may fail, and of numbers that are
    not known to the last bit."""
    if not all(
        isinstance(leaf, Categorical) and not leaf.blurred and not leaf.untyped for leaf in leaves
    ):
        return None
    if not isinstance(node, Elementwise) or node in lowering.deferred:
        return None
    try:
        found = _cases(lowering, node, frozenset(leaves))
    except (_TooManyError, OperationError):
        return None
    if any(type(one.outcome) is float for one in found):
        return None
    return tuple(
        Case(
            {leaf: np.array(_bits(side, leaf.size)) for leaf, side in one.sides.items()},
            one.outcome,
        )
        for one in found
    )


def hold_in_cases(lowering: Lowering, node: SOpNode, known: Known, cases: Sequence[Case]) -> View:
    """The s-op as a variable that neurons compute, one for each case."""
    granularity = letters(*(leaf.domain.granularity for leaf in known.leaves))
    possible = [_possible(lowering, case, granularity) for case in cases]
    alive = [number for number, mask in enumerate(possible) if mask.any()]
    kept = tuple(cases[number] for number in alive)
    outcomes = {atom_key(case.outcome): case.outcome for case in kept}
    if len(outcomes) == 1:
        return View(lowering.unit, Column.of(list(outcomes.values())))
    place = {key: number for number, key in enumerate(outcomes)}
    codes = np.array([place[atom_key(case.outcome)] for case in kept])
    mask = np.zeros((len(possible[0]), len(outcomes)), dtype=bool)
    for number, code in zip(alive, codes.tolist(), strict=True):
        mask[:, code] |= possible[number]
    used = tuple(leaf for leaf in known.leaves if any(leaf in case.sides for case in kept))
    variable = Computed(
        node=node,
        label=lowering.text(node),
        depth=known.depth,
        possible=restrict(tuple(outcomes.values()), lowering.contexts, granularity, mask),
        leaves=used,
        rows=np.array([_first_row(case, used) for case in kept]),
        codes=codes,
        expression=node,
        level=level_of(used, known.depth),
        cases=kept,
    )
    lowering.variables.append(variable)
    return View(variable, Column.of(variable.domain.values))


def _first_row(case: Case, leaves: Sequence[Variable]) -> list[int]:
    """Values of the leaves with which the case applies."""
    return [int(case.sides[leaf].argmax()) if leaf in case.sides else 0 for leaf in leaves]


def _possible(lowering: Lowering, case: Case, granularity: Granularity) -> Bools:
    """[contexts]: where the case may apply."""
    here = np.ones(lowering.contexts.rows(granularity), dtype=bool)
    if granularity == "in":
        here &= lowering.contexts.valid()
    for leaf, side in case.sides.items():
        mask = np.asarray(leaf.domain.mask[:, side].any(axis=1))
        here = here & lowering.contexts.expand(mask, leaf.domain.granularity, granularity)
    return np.asarray(here)


def _bits(side: int, size: int) -> list[bool]:
    return [bool(side >> place & 1) for place in range(size)]


def _cases(lowering: Lowering, root: SOpNode, leaves: frozenset[Variable]) -> list[Sided]:
    """From the operands up, without recursion: chains may be long."""
    found: dict[SOpNode, list[Sided]] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in found:
            stack.pop()
            continue
        before = lowering.in_cases.get(node)  # of the chain that this one goes on with
        if before is not None and before.leaves <= leaves:
            found[node] = before.cases
            continue
        known = _of_one_leaf(lowering, node, leaves)
        if known is not None:
            found[node] = known
            continue
        if not isinstance(node, Elementwise):
            raise _TooManyError
        waiting = [operand for operand in node.operands if operand not in found]
        if waiting:
            stack += waiting
            continue
        look()
        cases = _merged(_applied(node, [found[operand] for operand in node.operands]))
        if len(cases) > MOST_CASES or sum(len(one.sides) for one in cases) > MOST_CASE_CONDITIONS:
            raise _TooManyError
        found[node] = cases
        if node not in lowering.in_cases:
            of = frozenset(leaf for one in cases for leaf in one.sides)
            lowering.in_cases[node] = InCases(of, cases)
    return found[root]


def _of_one_leaf(
    lowering: Lowering, node: SOpNode, leaves: frozenset[Variable]
) -> list[Sided] | None:
    """The cases of a function of one of the leaves, found as `evaluate` finds it."""
    known = lowering.known.get(node)
    leaf = None if known is None else known.leaves[0]
    made = lowering.made.get(node)
    if made is not None and (made.variable in leaves or isinstance(made.variable, Unit)):
        return _by_value(made.variable, made.column)
    if leaf is not None and node in lowering.columns and (leaf in leaves or isinstance(leaf, Unit)):
        return _by_value(leaf, lowering.columns[node])
    return None


def _by_value(leaf: Variable, column: Column) -> list[Sided]:
    sides: dict[object, tuple[int, Atom]] = {}
    for place, value in enumerate(column.elements()):
        if isinstance(value, Failure):
            raise _TooManyError
        key = atom_key(value)
        side, _ = sides.get(key, (0, value))
        sides[key] = side | 1 << place, value
        if len(sides) * leaf.size > MOST_CASE_CELLS:
            raise _TooManyError
    if len(sides) == 1:
        ((_, value),) = sides.values()
        return [Sided({}, value)]
    return [Sided({leaf: side}, value) for side, value in sides.values()]


def _applied(node: Elementwise, operands: Sequence[list[Sided]]) -> list[Sided]:
    """The cases of an operation; what does not matter for its value is left out."""
    first = operands[0]
    match node.operator:
        case "and" | "or":
            decides = node.operator == "or"
            decided = [Sided(one.sides, decides) for one in first if bool(one.outcome) == decides]
            rest = [one for one in first if bool(one.outcome) != decides]
            both = _together(rest, operands[1])
            return decided + [Sided(sides, bool(values[1])) for sides, values in both]
        case "where":
            taken = [one for one in first if one.outcome]
            other = [one for one in first if not one.outcome]
            both = [*_together(taken, operands[1]), *_together(other, operands[2])]
            return [Sided(sides, values[1]) for sides, values in both]
    met: list[tuple[Mapping[Variable, int], tuple[Atom, ...]]]
    met = [(one.sides, (one.outcome,)) for one in first]
    for operand in operands[1:]:
        _refuse_many(met, operand)
        met = [
            (sides, (*values, one.outcome))
            for before, values in met
            for one in operand
            if (sides := _both(before, one.sides)) is not None
        ]
        if len(met) > MOST_CASES:
            raise _TooManyError
    return [Sided(sides, apply(node.operator, node.parameters, *values)) for sides, values in met]


def _together(
    some: Iterable[Sided], others: Sequence[Sided]
) -> list[tuple[Mapping[Variable, int], tuple[Atom, Atom]]]:
    found: list[tuple[Mapping[Variable, int], tuple[Atom, Atom]]] = []
    some = list(some)
    _refuse_many(some, others)
    for one in some:
        for other in others:
            sides = _both(one.sides, other.sides)
            if sides is not None:
                found.append((sides, (one.outcome, other.outcome)))
        if len(found) > MOST_CASES:
            raise _TooManyError
    return found


def _refuse_many(some: Sequence[object], others: Sequence[object]) -> None:
    """Most pairs of cases that cannot hold together are found by looking at each."""
    if len(some) * len(others) > MOST_PAIRS_OF_CASES:
        raise _TooManyError


def _both(
    some: Mapping[Variable, int], others: Mapping[Variable, int]
) -> Mapping[Variable, int] | None:
    """What the leaves may be if both hold; None where they cannot."""
    if not others:
        return some
    sides = dict(some)
    for leaf, side in others.items():
        here = sides[leaf] & side if leaf in sides else side
        if not here:
            return None
        sides[leaf] = here
    return sides


def _merged(cases: list[Sided]) -> list[Sided]:
    """Cases of one outcome that differ in what a single leaf may be, put together."""
    leaves = dict.fromkeys(leaf for one in cases for leaf in one.sides)
    if len(leaves) > FEW_MERGED:
        return cases
    for leaf in leaves:
        groups: dict[object, Sided] = {}
        full = (1 << leaf.size) - 1
        changed = False
        for one in cases:
            others = frozenset(item for item in one.sides.items() if item[0] is not leaf)
            key = atom_key(one.outcome), others, leaf in one.sides
            before = groups.get(key)
            if before is None:
                groups[key] = one
                continue
            changed = True
            side = before.sides.get(leaf, full) | one.sides.get(leaf, full)
            sides = {**one.sides, leaf: side}
            if side == full:
                del sides[leaf]
            groups[key] = Sided(sides, one.outcome)
        if changed:
            cases = list(groups.values())
    return cases

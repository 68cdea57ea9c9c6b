"""The constructions of neurons: one table of them, and the one place that chooses.

A construction is asked for a function that is not linear in its leaves.  It says when it is worth
being asked and how much its solution may cost, in neurons and directions (`Solution.cost`); how it
works is in the docstring of the module that builds it.  Who adds one writes
such a module and a line in `CONSTRUCTIONS`; nothing else knows which there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TypeAlias

from rasp.compiler.limits import (
    CHEAP,
    FEW_CONJUNCTIONS,
    LARGE_TABLE,
    MANY_CONJUNCTIONS,
    OF_ONE_NUMBER,
)
from rasp.compiler.synthesis import (
    cubes,
    levels,
    pieces,
    products,
    quorums,
    staircase,
    sums_of_pairs,
    ties,
    two_sums,
)
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.lines import GATED_LINES
from rasp.compiler.synthesis.table import Solution, Table
from rasp.compiler.variables import Linear

Keeps: TypeAlias = Callable[[Solution, Table], bool]


@dataclass(frozen=True, slots=True)
class Task:
    """A function for which neurons are wanted.

    sums: linear forms that are likely to be what it depends on; accuracy: how much errors of its
    leaves may grow in it; keeps: does a solution give what it should on every row?  It is asked of
    every solution, where one was found that rounding makes another value of.  most: what costs as
    much is not wanted.
    """

    table: Table
    sums: Sequence[Linear]
    accuracy: Accuracy
    keeps: Keeps | None = None
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Found:
    """The best solution so far, and the construction that it is of."""

    construction: Construction
    solution: Solution


Asked: TypeAlias = Callable[[Task, Found | None], bool]


@dataclass(frozen=True, slots=True)
class Construction:
    """A way to make neurons of a function.

    name: for reports; source: the module that builds it, whose docstring says how; build: a
    solution that costs less than the limit, or None; applies: whether it is asked, given what was
    found so far; most: what its solution may cost where nothing else was found; worth: how many
    times as much as the best so far it may cost; prefers: whether a solution is taken although it
    costs more than the best so far; reported: whether reports say so if there is no such solution;
    recognises: whether a sample of the function's values, of which it is known whether they are
    numbers, looks as if there were one.
    """

    name: str
    source: ModuleType
    build: Callable[[Task, float], Solution | None]
    applies: Asked
    most: Callable[[], float] = lambda: MANY_CONJUNCTIONS
    worth: Callable[[Found], float] = lambda best: 1.0
    prefers: Callable[[Solution], bool] = lambda solution: True
    reported: bool = False
    recognises: Callable[[Table, Sequence[Linear], bool], bool] = lambda table, sums, number: False

    def limit(self, task: Task, best: Found | None) -> float:
        """What its solution may cost."""
        found = self.most() if best is None else best.solution.cost * self.worth(best)
        return min(found, task.most)

    def is_better(self, solution: Solution, best: Found | None) -> bool:
        """Is a solution within the limit taken instead of the best so far?"""
        return best is None or self.prefers(solution) or solution.cost < best.solution.cost


Tried: TypeAlias = tuple[tuple[str, float | None], ...]
"""Methods with their costs, None where there is no such form, or none as cheap."""


def choose(task: Task) -> tuple[Solution | None, Tried]:
    """The cheapest solution of all constructions that are worth being asked; and what was tried."""
    best: Found | None = None
    tried: dict[str, tuple[str, float | None]] = {}
    for construction in CONSTRUCTIONS:
        if not construction.applies(task, best):
            continue
        solution = construction.build(task, construction.limit(task, best))
        if solution is not None and task.keeps is not None and not task.keeps(solution, task.table):
            continue
        if solution is not None:
            tried[construction.name] = (solution.method, solution.cost)
            if construction.is_better(solution, best):
                best = Found(construction, solution)
        elif construction.reported:
            tried[construction.name] = (construction.name, None)
    return None if best is None else best.solution, tuple(tried.values())


def looks_like_one_layer(table: Table, sums: Sequence[Linear], *, is_number: bool) -> bool:
    """Does some construction recognise the function, as far as the rows of the table tell?"""
    return any(entry.recognises(table, sums, is_number) for entry in CONSTRUCTIONS)


# -- when they are asked


def _always(task: Task, best: Found | None) -> bool:
    return True


def _is_categorical(task: Task, best: Found | None) -> bool:
    return not task.table.scalars()


def _is_expensive(task: Task, best: Found | None) -> bool:
    """Is what was found so far worth a longer search?"""
    enough = CHEAP if len(task.table.codes) < LARGE_TABLE else FEW_CONJUNCTIONS
    return best is None or best.solution.cost > enough


def _is_expensive_or_small(task: Task, best: Found | None) -> bool:
    return _is_expensive(task, best) or len(task.table.codes) < MANY_CONJUNCTIONS


def _may_be_of_pairs(task: Task, best: Found | None) -> bool:
    table = task.table
    of_number = len(table.leaves) > 2 and table.targets.shape[1] == 1
    return of_number and _is_categorical(task, best) and _is_expensive(task, best)


def _of_pairs(task: Task, limit: float) -> Solution | None:
    """Each term by what is the cheapest for it, with the sums of its own two leaves."""

    def solve(table: Table) -> Solution | None:
        sums = [form for form in task.sums if set(form.features) <= set(table.leaves)]
        return choose(Task(table, sums, task.accuracy))[0]

    return sums_of_pairs.by_pairs(task.table, task.sums, limit, solve)


def _is_categorical_and_open(task: Task, best: Found | None) -> bool:
    return best is None and _is_categorical(task, best)


def _worth_of_one_number(best: Found) -> float:
    """Steps of one number end its errors; pieces hand them on."""
    return OF_ONE_NUMBER if best.construction is PIECES else 1.0


CUBES = Construction(
    "cubes",
    cubes,
    lambda task, limit: cubes.by_cubes(task.table, limit),
    _is_categorical,
    most=lambda: FEW_CONJUNCTIONS,
    reported=True,
)
LEVELS = Construction(
    "levels", levels, lambda task, limit: levels.by_levels(task.table, limit), _is_categorical
)
QUORUMS = Construction(
    "quorums",
    quorums,
    lambda task, limit: quorums.by_quorums(task.table, limit),
    lambda task, best: _is_categorical(task, best) and _is_expensive(task, best),
)
PRODUCTS = Construction(
    "products", products, lambda task, limit: products.by_products(task.table, limit), _always
)
PIECES = Construction(
    "pieces",
    pieces,
    lambda task, limit: pieces.by_pieces(task.table, limit, task.accuracy),
    _always,
    recognises=lambda table, sums, number: number and pieces.pieces_of(table) is not None,
)
PAIRS = Construction("sums of pairs", sums_of_pairs, _of_pairs, _may_be_of_pairs)
TWO_SUMS = Construction(
    "two sums",
    two_sums,
    lambda task, limit: two_sums.by_two_sums(task.table, task.sums, limit, task.accuracy),
    _is_expensive,
    recognises=lambda table, sums, number: number and two_sums.is_two_sums(table, sums),
)
STAIRCASE = Construction(
    "staircase",
    staircase,
    lambda task, limit: staircase.by_staircase(task.table, task.sums, limit, task.accuracy),
    _is_expensive_or_small,
    worth=_worth_of_one_number,
    # Lines behind gates have no plateaus for which it would be worth paying more.
    prefers=lambda solution: solution.method != GATED_LINES,
    reported=True,
    recognises=lambda table, sums, number: staircase.has_staircase(table, sums),
)
TIES = Construction(
    "ties",
    ties,
    lambda task, limit: ties.by_ties(task.table, task.sums, limit, task.accuracy),
    _is_expensive,
)
MANY_CUBES = Construction(
    "cubes",
    cubes,
    lambda task, limit: cubes.by_cubes(task.table, limit),
    _is_categorical_and_open,
    reported=True,
)

CONSTRUCTIONS = (
    CUBES,
    LEVELS,
    QUORUMS,
    PRODUCTS,
    PIECES,
    PAIRS,
    TWO_SUMS,
    STAIRCASE,
    TIES,
    MANY_CUBES,
)
"""In the order in which they are asked: what is quick to find before what takes a search."""

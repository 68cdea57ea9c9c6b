"""Sums of functions of two leaves each, with neurons for one after the other.

`abs(a - b) + abs(b - c) + abs(c - d)` is a function of four leaves, but no more than two of them
meet in one term.  Then, with every leaf but those named at some base value,

    f = f() + sum over i of (f(i) - f()) + sum over i < j of (f(i, j) - f(i) - f(j) + f())

which says what the terms are.  Those of one leaf cost no neurons; the others are functions of two
leaves, for which the other constructions are asked.  What such a term is linear in costs nothing
either: with all leaves at 0, the first one above is -2 min(a, b), which is abs(a - b) - a - b.  And
of `1 if c == d else 0` less what it is where c, or d, is 0, a function of c - d is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.limits import MAX_TENSOR, MOST_FITTED_CELLS
from rasp.compiler.synthesis.added import added
from rasp.compiler.synthesis.projections import numbers_by_leaf
from rasp.compiler.synthesis.table import (
    Solution,
    Table,
    allowed_error,
    leaf_feature,
)
from rasp.compiler.variables import Linear, Variable

Solve = Callable[[Table], Solution | None]
"""A function of two leaves -> the cheapest neurons that are found for it."""

Kinds = Callable[[tuple[Variable, ...], Ints, Floats], Iterator[tuple[Linear, Floats]]]
"""A term of two leaves -> ways to look at it: what costs no neurons, and what is left of it."""


@dataclass(frozen=True, eq=False)
class Terms:
    """constant; singles: for each leaf its term [value]; pairs: for two leaves theirs [value,
    value], where that is not 0 everywhere."""

    constant: float
    singles: tuple[Floats, ...]
    pairs: dict[tuple[int, int], Floats]


def by_pairs(table: Table, sums: Sequence[Linear], best: float, solve: Solve) -> Solution | None:
    """The function of a number as such a sum, if cheaper than `best`."""
    numbers = numbers_by_leaf(table, sums)
    terms = terms_of(table)
    if terms is None:
        return None
    direct = Linear(terms.constant)
    for leaf, single in zip(table.leaves, terms.singles, strict=True):
        if single.any():
            direct = direct + leaf_feature(leaf, single)
    chosen: Solution | None = None
    for kinds in (_as_it_is, _along_lines):
        found = _of_terms(table, terms, direct, best, solve, partial(kinds, numbers))
        if found is not None:
            chosen, best = found, found.cost
    return chosen


def _of_terms(
    table: Table, terms: Terms, direct: Linear, best: float, solve: Solve, kinds: Kinds
) -> Solution | None:
    """direct: what needs no neurons; kinds: in which ways each term is looked at."""
    found: list[Solution] = []
    for places, term in terms.pairs.items():
        part, line = _cheapest(table, places, term, solve, kinds)
        if part is None or sum(len(one.neurons) for one in (*found, part)) >= best:
            return None
        found.append(part)
        direct = direct + line
    solution = added(found, table.spread(direct), "sums of pairs")
    return solution if solution.cost < best else None


def _cheapest(
    table: Table, places: tuple[int, int], term: Floats, solve: Solve, kinds: Kinds
) -> tuple[Solution | None, Linear]:
    """The term in one of these ways: neurons, and what is to be added to them."""
    leaves = tuple(table.leaves[place] for place in places)
    codes = np.unique(table.codes[:, list(places)], axis=0)
    best: Solution | None = None
    rest = Linear()
    for line, bent in kinds(leaves, codes, term):
        targets = bent[tuple(codes.T)][:, None]
        part = solve(replace(table, leaves=leaves, codes=codes, targets=targets, outcomes=None))
        if part is not None and (best is None or part.cost < best.cost):
            best, rest = part, line
    return best, rest


def _as_it_is(
    numbers: Mapping[Variable, Floats], leaves: tuple[Variable, ...], codes: Ints, term: Floats
) -> Iterator[tuple[Linear, Floats]]:
    """The term as it is, or with the middle of its slopes taken from it."""
    yield Linear(), term
    yield _bent(numbers, leaves, codes, term)


def _along_lines(
    numbers: Mapping[Variable, Floats], leaves: tuple[Variable, ...], codes: Ints, term: Floats
) -> Iterator[tuple[Linear, Floats]]:
    """The term as a function of the difference or of the sum of both leaves, and of each alone;
    else as it is."""
    n_found = 0
    for sign in (-1.0, 1.0):
        found = _on_line(numbers, leaves, codes, term, sign)
        if found is not None:
            n_found += 1
            yield found
    if not n_found:
        yield from _as_it_is(numbers, leaves, codes, term)


def _on_line(
    numbers: Mapping[Variable, Floats],
    leaves: tuple[Variable, ...],
    codes: Ints,
    term: Floats,
    sign: float,
) -> tuple[Linear, Floats] | None:
    """A function of a + b or of a - b that the term is, but for functions of a and of b: these, and
    the first for all values of both; None if there is none."""
    if not all(leaf in numbers for leaf in leaves):
        return None
    one, other = (numbers[leaf] for leaf in leaves)
    whole = one[:, None] + sign * other[None, :]
    if not np.isfinite(whole).all():
        return None
    levels, level = np.unique(whole[tuple(codes.T)], return_inverse=True)
    sizes = len(levels), len(one), len(other)
    if len(levels) < 3 or len(codes) * sum(sizes) > MOST_FITTED_CELLS:
        return None
    # A straight line of the sum is one of each leaf, and so are constants: those are the leaves'.
    columns = [level.reshape(-1), sizes[0] + codes[:, 0], sizes[0] + sizes[1] + codes[:, 1]]
    design = np.zeros((len(codes), sum(sizes)))
    for column in columns:
        design[np.arange(len(codes)), column] = 1.0
    fixed = np.ones(sum(sizes), dtype=bool)
    fixed[[0, 1, sizes[0] + sizes[1] + int(codes[0, 1])]] = False
    own = term[tuple(codes.T)]
    found = np.zeros(sum(sizes))
    found[fixed] = np.linalg.lstsq(design[:, fixed], own, rcond=None)[0]
    nearest = np.round(found * 4) / 4
    small = allowed_error(own)
    found = np.where(np.abs(found - nearest) < small, nearest, found)
    if float(np.abs(design @ found - own).max()) > small:
        return None
    of_level, of_one, of_other = np.split(found, [sizes[0], sizes[0] + sizes[1]])
    bent = np.zeros_like(term)
    bent[tuple(codes.T)] = of_level[level.reshape(-1)]
    return leaf_feature(leaves[0], of_one) + leaf_feature(leaves[1], of_other), bent


def _bent(
    numbers: Mapping[Variable, Floats], leaves: tuple[Variable, ...], codes: Ints, term: Floats
) -> tuple[Linear, Floats]:
    """A term of two leaves as a multiple of each that is a number, and what is left of it."""
    line = Linear()
    for axis, leaf in enumerate(leaves):
        there = np.unique(codes[:, axis])
        if leaf not in numbers or len(there) < 2:
            continue
        own = numbers[leaf]
        order = there[np.argsort(own[there])]
        widths = np.diff(own[order])
        if not np.isfinite(own).all() or not widths.all():  # 1 and 1.0 are two values
            continue
        slopes = np.moveaxis(np.diff(term.take(order, axis=axis), axis=axis), axis, -1) / widths
        slope = float(slopes.min() + slopes.max()) / 2
        line = line + leaf_feature(leaf, own).scaled(slope)
        term = term - np.expand_dims(slope * own, 1 - axis)
    return line, term


def terms_of(table: Table) -> Terms | None:
    """The terms of a function of three leaves or more; None if some term has more than two."""
    if table.targets.shape[1] != 1 or len(table.leaves) < 3:
        return None
    sizes = tuple(leaf.size for leaf in table.leaves)
    if float(np.prod([float(size) for size in sizes])) > MAX_TENSOR:
        return None
    target = table.targets[:, 0]
    values = np.full(sizes, np.nan)
    values[tuple(table.codes.T)] = target
    base = tuple(table.codes[0].tolist())
    constant = float(values[base])
    singles = [
        np.nan_to_num(_within(values, base, [place]) - constant) for place in range(len(sizes))
    ]
    total = constant + sum(single[table.codes[:, n]] for n, single in enumerate(singles))
    pairs: dict[tuple[int, int], Floats] = {}
    small = allowed_error(target)
    for one, other in combinations(range(len(sizes)), 2):
        term = _within(values, base, [one, other]) - constant
        term = term - singles[one][:, None] - singles[other][None, :]
        own = term[table.codes[:, one], table.codes[:, other]]
        if np.isnan(own).any():
            return None  # what meets here does not with the others at their base
        if float(np.abs(own).max()) > small:
            pairs[one, other] = np.nan_to_num(term)
            total = total + own
    if not pairs or float(np.abs(total - target).max()) > small:
        return None
    return Terms(constant, tuple(singles), pairs)


def _within(values: Floats, base: tuple[int, ...], places: list[int]) -> Floats:
    """All values of some leaves, with the others at their base."""
    chosen: list[int | slice] = list(base)
    for place in places:
        chosen[place] = slice(None)
    return np.asarray(values[tuple(chosen)])

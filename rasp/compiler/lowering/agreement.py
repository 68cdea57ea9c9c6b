"""Do the keys that a head selects always carry the same value?

So it is where what is selected is one value of a variable that decides what is carried, or one
place of an order of which equal ranks mean equal values.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.rows import distinct_lines
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.selectors import Group, Rank, Term
from rasp.compiler.variables import Address, Categorical, Computed, View, Width


def selected_agree(lowering: Lowering, term: Term, view: View) -> bool:
    """Do the selected keys always carry the same value?"""
    codes, atoms = view.column.coded()
    if len(atoms) == 1 or view.variable is lowering.unit:
        return True
    if term.rank is not None and _ranks_tell(term.rank, view.variable, np.asarray(codes)):
        return True
    for group in term.groups:
        if group.key is view.variable:
            rows, _ = distinct_lines(group.matrix)
            if all(len(np.unique(codes[row])) <= 1 for row in rows):
                return True
        if not lowering.contexts.causal and _one_count(group):
            width = _count_of(group.key)
            if width is not None and _counts_tell(width, term, view.variable, np.asarray(codes)):
                return True
    return False


def _ranks_tell(rank: Rank, variable: Categorical, codes: Ints) -> bool:
    """Do keys that rank alike carry the same?"""
    if len(rank.key.features) != 1:
        return False
    ((ranked, ranks),) = rank.key.features.items()
    places = _at_once(ranked, variable)
    if places is None:
        return False
    pairs = np.unique(np.stack([ranks[places[0]], codes[places[1]]], axis=1), axis=0)
    return len(pairs) == len(np.unique(pairs[:, 0]))


def _at_once(first: Categorical, second: Categorical) -> tuple[Ints, Ints] | None:
    """The places of the values that two variables can have at one position, of which they are the
    same, or functions of one number; None where that is not so."""
    if first is second:
        return np.arange(first.size), np.arange(first.size)
    if not (isinstance(first, Computed) and isinstance(second, Computed)):
        return None
    if len(first.leaves) != 1 or first.leaves != second.leaves:
        return None
    if not (first.is_tabled and second.is_tabled):
        return None
    here, there = _by_leaf(first), _by_leaf(second)
    known = (here >= 0) & (there >= 0)
    return here[known], there[known]


def _by_leaf(variable: Computed) -> Ints:
    """Of a function of one leaf, for each value of the leaf the place of its own, -1 where it has
    none.  Values that it does not tell apart are listed once, but another function may tell them
    apart."""
    (leaf,) = variable.leaves
    size = len(leaf.domain)
    found = np.full(size, -1, dtype=np.int64)
    found[variable.rows[:, 0]] = variable.codes
    return found[variable.alike.get(leaf, np.arange(size))]


def _one_count(group: Group) -> bool:
    """Are the selected keys those with one certain count?"""
    if isinstance(group.key, Address):
        return bool((group.matrix.sum(axis=1) <= 1).all())
    if not (isinstance(group.key, Computed) and len(group.key.leaves) == 1):
        return False
    counts = np.array([len(np.unique(c)) for c in _leaf_places(group.key)])
    return bool((group.matrix @ counts <= 1).all())


def _count_of(variable: Categorical) -> Width | None:
    """The count that it is a function of."""
    match variable:
        case Address(of=Width() as width) | Computed(leaves=(Width() as width,)):
            return width
    return None


def _is_among(term: Term, keys: Group) -> bool:
    """Is a group one that asks something of keys alone, which all keys that a term selects are?"""
    wanted = keys.matrix.all(axis=0)  # [key]
    if bool((keys.matrix.any(axis=0) & ~wanted).any()):
        return False
    return any(
        group.key is keys.key and not bool((group.matrix.any(axis=0) & ~wanted).any())
        for group in term.groups
    )


def _leaf_places(variable: Computed) -> list[Ints]:
    """For each value of a function of one leaf, the places of the leaf's values that have it."""
    return [variable.rows[variable.codes == code, 0] for code in range(variable.size)]


def _counts_tell(width: Width, term: Term, variable: Categorical, codes: Ints) -> bool:
    """Do positions that a term selects, and where a function of the variable differs, select
    different numbers of keys?

    They do where one selects all that the other does, and one of the two positions besides: as in
    an order, where equal ranks mean equal values.  The order may be one among some keys only, if
    the term selects none but these.
    """
    if len(width.terms) != 1 or width.terms[0].products or width.terms[0].rank:
        return False
    orders = [g for g in width.terms[0].groups if g.query is g.key is variable]
    filters = [g for g in width.terms[0].groups if g not in orders]
    if len(orders) != 1 or not all(_is_among(term, group) for group in filters):
        return False
    (group,) = orders
    matrix = group.matrix
    itself = matrix.diagonal()
    covers = ~((~matrix).astype(np.int64) @ matrix.T.astype(np.int64)).astype(bool)
    more = (matrix & ~itself[None, :]) | (itself[:, None] & ~matrix.T)
    larger = covers & more
    return bool((larger | larger.T | (codes[:, None] == codes[None, :])).all())

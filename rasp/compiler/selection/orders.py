"""Selectors that order positions, so that their widths are different.

`sort` and its kin compute a target position as the width of "key smaller, or equal and earlier":
every target is taken once, so reading by it is a read of one value and not a mean.  "Equal and
earlier" gives different widths to positions with equal keys.  Here such things are proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from math import prod

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.rows import combinations_of, distinct_lines, distinct_rows, number_rows
from rasp.compiler.limits import MAX_ORDERED_INDICES, MAX_ORDERED_VALUES
from rasp.compiler.linear import Categorical, Distinct
from rasp.compiler.matrices import by_cell, few_rows, lower
from rasp.compiler.selection.selectors import Term
from rasp.deadline import look


def one_without(
    terms: Sequence[Term], position: Categorical, unit: Categorical, *, causal: bool
) -> Distinct | None:
    """Among which positions at most one selects nothing, None if that is not known of any.

    So it is where of any two positions one selects the other: in `same token and earlier` only the
    first of a token is without a key.
    """
    value = _of_values(terms, position, unit)
    if value is None:
        return None
    variables, relation = value
    index = _of_indices(terms, position, unit, causal=causal)
    if index is None:
        return None
    classes = _classes(_paired(index, relation, exclusive=False)[0])
    return None if classes is None else Distinct(variables, classes, reflexive=True)


def distinct_counts(
    terms: Sequence[Term], position: Categorical, unit: Categorical, *, causal: bool
) -> Distinct | None:
    """Among which positions a selector is a strict (or reflexive) total order, so that counts
    differ.

    Two positions are comparable if exactly one of them selects the other, whatever their indices.
    Decided for selectors that compare variables, and the index, with themselves, or filter keys.
    None: nothing is known.
    """
    if any(term.rank is not None for term in terms):
        return None
    found = _of_values(terms, position, unit)
    if found is None:
        return None
    variables, value = found
    index = _of_indices(terms, position, unit, causal=causal)
    if index is None:
        return None
    classes, reflexive = _comparable_classes(index, value)
    if classes is None:
        return None
    for number in range(int(classes.max()) + 1):
        selected = _selected_by(value, classes == number)
        if max(selected.shape) > MAX_ORDERED_INDICES or not _transitive(index, selected):
            return None
    return Distinct(variables, classes, reflexive)


def _of_values(
    terms: Sequence[Term], position: Categorical, unit: Categorical
) -> tuple[tuple[Categorical, ...], Bools] | None:
    """The compared variables but for the index, and for their joint values what `_relation` says;
    None if other things are compared, or too many values."""
    groups = [group for term in terms for group in term.groups]
    if not groups or any(group.query not in (group.key, unit) for group in groups):
        return None
    variables = tuple(
        dict.fromkeys(group.key for group in groups if group.key not in (position, unit))
    )
    if prod(variable.size for variable in variables) > MAX_ORDERED_VALUES:
        return None
    value = np.ones((len(terms), 1, 1), dtype=bool)
    for variable in variables:
        inner = _relation(terms, variable)
        value = value[:, :, None, :, None] & inner[:, None, :, None, :]
        joint = value.shape[1] * value.shape[2]
        value = value.reshape(len(terms), joint, joint)
    return variables, value


def _of_indices(
    terms: Sequence[Term], position: Categorical, unit: Categorical, *, causal: bool
) -> Bools | None:
    """As `_relation`, of few indices that relate in every way that all of them do; None of too many
    to prove anything."""
    if all(group.key is not position for term in terms for group in term.groups):
        few = min(3, position.size)  # only the mask tells indices apart
        alike = np.ones((len(terms), few, few), dtype=bool)
        return alike & np.tri(few, dtype=bool) if causal else alike
    index = _by_order(terms, position)
    if index is None and position.size > MAX_ORDERED_INDICES:
        return _few_of_many(terms, position, causal=causal)
    if index is None:
        index = _relation(terms, position)
    if causal:
        index = index & np.tri(index.shape[1], dtype=bool)
    index = _representatives(index)
    return None if index.shape[1] > MAX_ORDERED_INDICES else index


def _few_of_many(terms: Sequence[Term], position: Categorical, *, causal: bool) -> Bools | None:
    """`_representatives` of so many indices that nothing is proved where all of them matter."""
    size = position.size
    matrices = [_of_term(term, position) for term in terms]
    if causal:
        matrices = [by_cell(np.logical_and, matrix, lower(size)) for matrix in matrices]
    ranks = np.lexsort([np.count_nonzero(matrix, axis=1) for matrix in matrices[::-1]])
    few = ranks[[0, size // 2, size - 1]]
    found = np.stack([matrix[np.ix_(few, few)] for matrix in matrices])
    for matrix, of_few in zip(matrices, found, strict=True):
        for rows in few_rows(size, size):
            places = np.arange(size)[None, :] - np.arange(size)[rows, None]
            wanted = np.select(
                [places < 0, places == 0], [of_few[1, 0], of_few[0, 0]], of_few[0, 1]
            )
            if not bool((matrix[ranks[rows]][:, ranks] == wanted).all()):
                return None
    return found


def _of_term(term: Term, variable: Categorical) -> Bools:
    """[a, b]: what a term says about a selecting b, as far as this variable goes."""
    own = [group.matrix for group in term.groups if group.key is variable]
    return reduce(partial(by_cell, np.logical_and), own, lower(variable.size, k=variable.size))


def _by_order(terms: Sequence[Term], position: Categorical) -> Bools | None:
    """`_relation` of three indices, if all that matters is which of two comes first."""
    if position.size <= 3:
        return None
    size = 3
    found = np.ones((len(terms), size, size), dtype=bool)
    for number, term in enumerate(terms):
        for group in term.groups:
            if group.key is not position:
                continue
            if group.relation.by_order is None:
                return None
            before, at, behind = group.relation.by_order
            found[number] &= np.select(
                [np.tri(size, k=-1, dtype=bool), np.eye(size, dtype=bool)], [before, at], behind
            )
    return found


def _relation(terms: Sequence[Term], variable: Categorical) -> Bools:
    """[term, a, b]: what each term says about a selecting b, as far as this variable goes."""
    relation = np.ones((len(terms), variable.size, variable.size), dtype=bool)
    for number, term in enumerate(terms):
        for group in term.groups:
            if group.key is variable:
                relation[number] &= group.matrix
    return relation


def _representatives(relation: Bools) -> Bools:
    """Fewer values that relate in every way that all of them do, where the relation is an order."""
    size = relation.shape[1]
    if size <= 3:
        return relation
    ranks = np.lexsort(relation.sum(axis=2)[::-1])
    ordered = relation[:, ranks][:, :, ranks]
    uniform = all(
        bool((matrix[where] == matrix[where][0]).all())
        for matrix in ordered
        for where in (np.triu_indices(size, 1), np.tril_indices(size, -1), np.diag_indices(size))
    )
    few = [0, size // 2, size - 1]
    return ordered[:, few][:, :, few] if uniform else relation


def _selected_by(relation: Bools, inside: Bools) -> Bools:
    """[term, a, b]: what each term says about values of a class selecting these, which come first,
    and others; of both only as many as relate in every way that all of them do."""
    members = relation[:, inside][:, :, inside]
    others = relation[:, inside][:, :, ~inside]
    others = others[:, :, np.any(others, axis=(0, 1))]
    n_terms, size, n_others = others.shape
    if not n_others:
        return _representatives(members)
    kinds, _ = distinct_lines(others.reshape(n_terms * size, n_others).T)
    return np.concatenate([members, kinds.T.reshape(n_terms, size, -1)], axis=2)


def _classes_of_pairs(relation: Bools) -> tuple[Ints, Bools]:
    """[a, b] -> class of pairs that relate alike; [class, term]."""
    n_terms, *shape = relation.shape
    n_pairs = prod(shape)
    classes = number_rows([*relation.reshape(n_terms, -1).astype(np.int64)], n_pairs)
    first = distinct_rows([classes], n_pairs)
    return classes.reshape(shape), relation.reshape(n_terms, -1)[:, first].T


def _comparable_classes(index: Bools, value: Bools) -> tuple[Ints | None, bool]:
    """Classes of values all of which are comparable with each other, -1 where not with itself.

    Also whether some position may select itself.
    """
    comparable, chosen = _paired(index, value, exclusive=True)
    index_class, _ = _classes_of_pairs(index)
    value_class, _ = _classes_of_pairs(value)
    # A position that selects itself has one more: that has to be so for all or none of a class.
    itself: Bools = chosen[np.unique(index_class.diagonal())][:, value_class.diagonal()]
    uniform: Bools = np.all(itself == itself[:1], axis=0)
    alone: Bools = itself[0]
    comparable &= (alone[:, None] == alone[None, :]) & uniform[:, None] & uniform[None, :]
    return _classes(comparable), bool(itself.any())


def _paired(index: Bools, value: Bools, *, exclusive: bool) -> tuple[Bools, Bools]:
    """[a, b]: of two positions with these values, does one select the other, whatever their
    indices; exclusive: and not the other the one?  And what is selected, by classes of pairs."""
    index_class, index_patterns = _classes_of_pairs(index)
    value_class, value_patterns = _classes_of_pairs(value)
    chosen: Bools = np.any(index_patterns[:, None, :] & value_patterns[None, :, :], axis=2)
    off = ~np.eye(len(index_class), dtype=bool)
    pairs, _ = combinations_of(np.stack([index_class[off], index_class.T[off]], axis=1))
    comparable = np.ones(value_class.shape, dtype=bool)
    for forth, back in pairs.tolist():
        one, other = chosen[forth][value_class], chosen[back][value_class.T]
        comparable &= one ^ other if exclusive else one | other
    return comparable, chosen


def _classes(comparable: Bools) -> Ints | None:
    """Classes of values all of which are comparable, -1 for those that are not with themselves;
    None if there are none, or if they overlap."""
    classes = np.full(len(comparable), -1)
    n_classes = 0
    for number in range(len(comparable)):
        if classes[number] >= 0 or not comparable[number, number]:
            continue
        members = np.flatnonzero(comparable[number])
        if not comparable[np.ix_(members, members)].all() or (classes[members] >= 0).any():
            return None
        classes[members] = n_classes
        n_classes += 1
    return classes if n_classes else None


def _transitive(index: Bools, value: Bools) -> bool:
    """Does a position select all that those of its class select which it selects?  Otherwise they
    may select equally many.  value: as `_selected_by` has it."""
    index_triples, index_patterns = _triples(index, distinct=True)
    value_triples, value_patterns = _triples(value, distinct=False)
    chosen: Bools = np.any(index_patterns[:, None, :] & value_patterns[None, :, :], axis=2)
    first, second, third = (
        chosen[index_triples[:, side][:, None], value_triples[:, side][None, :]]
        for side in range(3)
    )
    return bool((~(first & second) | third).all())


def _triples(relation: Bools, *, distinct: bool) -> tuple[Ints, Bools]:
    """The ways in which three values relate: classes of (a, b), (b, c) and (a, c); c may be one of
    those that only are selected."""
    classes, patterns = _classes_of_pairs(relation)
    size, n_classes = len(classes), len(patterns)
    found: list[Ints] = []
    for a in range(size):
        look()
        before = classes[a][:size, None] * n_classes + classes
        code = before * n_classes + classes[a][None, :]
        if distinct:
            keep = ~np.eye(size, dtype=bool)
            keep[a, :] = keep[:, a] = False
            code = code[keep]
        found.append(np.unique(code))
    packed = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    triples = np.stack(
        [packed // n_classes**2, packed // n_classes % n_classes, packed % n_classes], axis=1
    )
    return triples, patterns

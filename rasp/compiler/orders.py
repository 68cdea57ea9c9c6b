"""Selectors that order all positions, so that their widths are all different.

`sort` and its kin compute a target position as the width of "key smaller, or equal and earlier".  That
every target is taken once makes reading by it a read of one value and not a mean; here it is proved.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.contexts import Bools, Ints
from rasp.compiler.selectors import Term
from rasp.compiler.variables import Categorical

MAX_VALUES = 150


def is_strict_total_order(terms: Sequence[Term], position: Categorical) -> bool:
    """Of two different positions, does exactly one select the other, and transitively so?

    Decided for selectors that compare at most one variable, and the index, with themselves.  False
    also means that it was not decided.
    """
    groups = [group for term in terms for group in term.groups]
    if not groups or any(group.query is not group.key for group in groups):
        return False
    compared = list(dict.fromkeys(group.query for group in groups))
    others = [variable for variable in compared if variable is not position]
    if len(others) > 1:
        return False
    index = _relation(terms, position)
    value = _relation(terms, others[0]) if others else np.ones((len(terms), 1, 1), dtype=bool)
    index, value = _representatives(index, distinct=True), _representatives(value, distinct=False)
    if max(index.shape[1], value.shape[1]) > MAX_VALUES:
        return False
    return _antisymmetric(index, value) and _transitive(index, value)


def _relation(terms: Sequence[Term], variable: Categorical) -> Bools:
    """[term, a, b]: what each term says about a selecting b, as far as this variable goes."""
    relation = np.ones((len(terms), variable.size, variable.size), dtype=bool)
    for number, term in enumerate(terms):
        for group in term.groups:
            if group.query is variable:
                relation[number] &= group.matrix
    return relation


def _representatives(relation: Bools, *, distinct: bool) -> Bools:
    """Fewer values that relate in every way that all of them do, where the relation is an order."""
    size = relation.shape[1]
    if size <= 3:
        return relation
    ranks = np.lexsort(relation.sum(axis=2)[::-1])
    sorted_relation = relation[:, ranks][:, :, ranks]
    above, below = np.triu_indices(size, 1), np.tril_indices(size, -1)
    uniform = all(
        bool((matrix[where] == matrix[where][0]).all())
        for matrix in sorted_relation
        for where in (above, below, np.diag_indices(size))
    )
    return sorted_relation[:, [0, size // 2, size - 1]][:, :, [0, size // 2, size - 1]] if uniform else relation


def _classes(relation: Bools) -> tuple[Ints, Bools]:
    """[a, b] -> class of pairs that relate alike; [class, term]."""
    n_terms, size, _ = relation.shape
    patterns, inverse = np.unique(relation.reshape(n_terms, -1).T, axis=0, return_inverse=True)
    return inverse.reshape(size, size), patterns


def _antisymmetric(index: Bools, value: Bools) -> bool:
    index_class, index_patterns = _classes(index)
    value_class, value_patterns = _classes(value)
    off = ~np.eye(len(index_class), dtype=bool)
    index_pairs = np.unique(np.stack([index_class[off], index_class.T[off]], axis=1), axis=0)
    value_pairs = np.unique(
        np.stack([value_class.reshape(-1), value_class.T.reshape(-1)], axis=1), axis=0
    )
    chosen = (index_patterns[:, None, :] & value_patterns[None, :, :]).any(axis=2)
    forth = chosen[index_pairs[:, 0][:, None], value_pairs[:, 0][None, :]]
    back = chosen[index_pairs[:, 1][:, None], value_pairs[:, 1][None, :]]
    return bool((forth ^ back).all())


def _transitive(index: Bools, value: Bools) -> bool:
    index_triples, index_patterns = _triples(index, distinct=True)
    value_triples, value_patterns = _triples(value, distinct=False)
    chosen = (index_patterns[:, None, :] & value_patterns[None, :, :]).any(axis=2)
    first, second, third = (
        chosen[index_triples[:, side][:, None], value_triples[:, side][None, :]]
        for side in range(3)
    )
    return bool((~(first & second) | third).all())


def _triples(relation: Bools, *, distinct: bool) -> tuple[Ints, Bools]:
    """The ways in which three values relate: classes of (a, b), (b, c) and (a, c)."""
    classes, patterns = _classes(relation)
    size, n_classes = len(classes), len(patterns)
    found: list[Ints] = []
    for a in range(size):
        code = (classes[a][:, None] * n_classes + classes) * n_classes + classes[a][None, :]
        if distinct:
            keep = ~np.eye(size, dtype=bool)
            keep[a, :] = keep[:, a] = False
            code = code[keep]
        found.append(np.unique(code))
    packed = np.unique(np.concatenate(found))
    triples = np.stack(
        [packed // n_classes**2, packed // n_classes % n_classes, packed % n_classes], axis=1
    )
    return triples, patterns

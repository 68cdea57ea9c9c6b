"""How many keys none of many selectors selects -> one head, or a head for each disjoint part.

    not (A and B) and not (C and D) and not (E and F) and ...

Split into disjoint conjunctions, two for each part, these are more and more.  But the score of one
head may be the sum of what is wrong with a key: -1 for each part that has it, and 0 if none does.
What has several comparisons in it is scored by products of these (see
`rasp.compiler.lowering.unions`); features of several variables take neurons.  Products that have
one side in common are one, with the sum of the other sides.

What is smaller is taken, as far as that is known before anything is built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools
from rasp.compiler.limits import (
    MANY_EXCLUDED,
    MAX_UNION_CELLS,
    MAX_UNION_PRODUCTS,
    MOST_SPLIT,
    WORTH_SPLIT,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.compared import combination_of
from rasp.compiler.lowering.shared import share_numbers
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.unions import monomials_of, product_of
from rasp.compiler.selection.axes import Axis
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.counted import bounds
from rasp.compiler.selection.selectors import Group, Products, Term
from rasp.compiler.variables import Categorical, Computed, Linear
from rasp.errors import CompileError
from rasp.graph.nodes import SelectorAnd, SelectorNot, SelectorWidth
from rasp.graph.walk import flat

_Clauses: TypeAlias = Sequence[Sequence[Group]]
_Compared: TypeAlias = tuple[Categorical, Categorical]
_Pairs: TypeAlias = list[tuple[Linear, Linear]]


def counted_terms(lowering: Lowering, node: SelectorWidth) -> tuple[list[Term], Bounds]:
    """Disjoint terms that together select what a width counts; how many keys that are."""
    parts = flat(node.selector, SelectorAnd)
    if sum(isinstance(part, SelectorNot) for part in parts) < MANY_EXCLUDED:
        terms = combination_of(lowering, node.selector).terms()
        return terms, _limits(lowering, terms)
    share_numbers(lowering, node.selector)
    clauses = [clause for part in parts for clause in combination_of(lowering, part).clauses()]
    child = lowering.child()
    one = attempt(child, lambda child: _in_one(child, node, clauses))
    split = _split(clauses, {})
    short = [*map(_in_short, split or ())]
    if not isinstance(one, Refusal):
        if split is None or _price([one], clauses) <= WORTH_SPLIT * _price(short, clauses):
            lowering.adopt(child)
            return [one], _limits(lowering, [one])
    elif split is None:
        raise one.error or _too_many(lowering, node, len(clauses), one.reason)
    return short, _limits(lowering, split)


def _limits(lowering: Lowering, terms: Sequence[Term]) -> Bounds:
    return bounds(terms, lowering.position, lowering.unit, lowering.contexts)


def _too_many(lowering: Lowering, node: SelectorWidth, n_clauses: int, reason: str) -> CompileError:
    return CompileError(
        f"to count the keys that one of {n_clauses} selectors selects takes {reason}",
        labels=lowering.labels(node),
        hint="fewer selectors joined by `or`, or a smaller vocabulary; whether any key is selected"
        " takes less",
    )


def _price(terms: Sequence[Term], clauses: _Clauses) -> float:
    """Numbers in the weights of the heads, which are all as wide as the widest, and of the neurons
    for features of several variables, about."""
    asked = {side for clause in clauses for group in clause for side in (group.query, group.key)}
    widest = max((_width(term) for term in terms), default=0)
    joint = {
        (variable, np.abs(values).tobytes())
        for term in terms
        if term.products is not None
        for pair in term.products.pairs
        for side in pair
        for variable, values in side.features.items()
        if isinstance(variable, Computed) and variable not in asked
    }
    n_directions = sum(variable.size for variable in asked) + len(joint)
    return float((4 * len(terms) * widest + 2 * len(joint)) * n_directions)


def _width(term: Term) -> int:
    if term.products is not None:
        return len(term.products.pairs)
    return sum(len(group.factor().pairs) for group in term.groups)


# -- disjoint parts


def _split(clauses: _Clauses, chosen: dict[_Compared, Group]) -> list[Term] | None:
    """The conjunction of choices as disjoint terms; None if these are too many.

    What most of the choices compare is looked at first: for each case of it less is left of them.
    chosen: what is certain, by what is compared.
    """
    if not all(clauses):
        return []  # one of nothing never holds
    undecided = [clause for clause in clauses if len(clause) > 1]
    if not undecided:
        groups = _conjoined([*chosen.values(), *(group for clause in clauses for group in clause)])
        return [] if any(group.relation.is_empty for group in groups) else [Term(groups)]
    often = Counter((group.query, group.key) for clause in undecided for group in clause)
    compared, _ = often.most_common(1)[0]
    found: list[Term] = []
    for group, left in _cases(clauses, compared):
        own = _split(left, {**chosen, compared: group})
        if own is None or len(found) + len(own) > MOST_SPLIT:
            return None
        found += own
    return found


def _cases(clauses: _Clauses, compared: _Compared) -> list[tuple[Group, _Clauses]]:
    """The cases of one comparison that leave different choices, and what they leave."""
    query, key = compared
    asked = [g for clause in clauses for g in clause if (g.query, g.key) == compared]
    matrices = [group.matrix for group in asked]
    axis = Axis.of(query, key, matrices, masked=any(group.masked for group in asked))
    places = {group: place for place, group in enumerate(asked)}
    cases: dict[tuple[tuple[Group, ...], ...], Bools] = {}
    for number, pattern in enumerate(axis.patterns):
        left = []
        for clause in clauses:
            others = tuple(group for group in clause if group not in places)
            if any(pattern[places[group]] for group in clause if group in places):
                continue  # it holds
            left.append(others)
        members = cases.setdefault(tuple(left), np.zeros(len(axis.patterns), dtype=bool))
        members[number] = True
    return [(axis.group(members), left) for left, members in cases.items()]


def _conjoined(groups: Sequence[Group]) -> tuple[Group, ...]:
    """Those that compare the same as one; without those that always hold."""
    found: dict[_Compared, list[Group]] = {}
    for group in groups:
        found.setdefault((group.query, group.key), []).append(group)
    together = []
    for (query, key), some in found.items():
        axis = Axis.of(query, key, [g.matrix for g in some], masked=any(g.masked for g in some))
        every = np.asarray(axis.patterns.all(axis=1))
        together.append(some[0] if len(some) == 1 else axis.group(every))
    return tuple(group for group in together if not group.relation.is_full)


def _in_short(term: Term) -> Term:
    """The term in fewer products, where several have a side in common."""
    pairs: _Pairs = []
    bias = 0.0
    for group in term.groups:
        factors = group.factor()
        bias += factors.bias
        for query, key in factors.pairs:
            pairs.append(
                (
                    Linear(1.0) if query is None else Linear.feature(group.query, query),
                    Linear(1.0) if key is None else Linear.feature(group.key, key),
                )
            )
    short = _shortened(pairs)
    n_values = max((len(group.matrix) for group in term.groups), default=0)
    return term if len(short) == len(pairs) else _scored(short, bias, n_values)


# -- products


def _in_one(lowering: Lowering, node: SelectorWidth, clauses: _Clauses) -> Term | Refusal:
    """A head that adds up what is wrong with a key."""
    monomials = monomials_of(clauses)
    if monomials is None:
        return Refusal(f"more than {MAX_UNION_PRODUCTS:,} products, or too large ones")
    pairs: _Pairs = []
    bias, n_values = 0.0, 0
    for monomial in monomials:
        query, key = (product_of(lowering, node, side) for side in (monomial.query, monomial.key))
        n_values = max([n_values, *(v.size for side in (query, key) for v in side.features)])
        if not query.features and not key.features:
            bias += monomial.number * query.constant * key.constant
        else:
            pairs.append((query.scaled(monomial.number), key))
    if bias and not pairs:
        return Refusal("no product, as some part has every key")
    if n_values * len(pairs) > MAX_UNION_CELLS:
        return Refusal(f"{len(pairs):,} products of features of {n_values:,} joint values")
    return _scored(_shortened(pairs), bias, n_values)


def _scored(pairs: _Pairs, bias: float, n_values: int) -> Term:
    if not pairs and not bias:
        return Term(())
    products = Products(tuple(pairs), bias, relative=False, kind="comparisons", n_values=n_values)
    return Term((), products)


def _shortened(pairs: _Pairs) -> _Pairs:
    """The same sum in fewer products."""
    return min(pairs, _merged(pairs), _turned(_merged(_turned(pairs))), key=len)


def _merged(pairs: _Pairs) -> _Pairs:
    """Those with the same key as one."""
    found: dict[object, tuple[Linear, Linear]] = {}
    for query, key in pairs:
        name = key.key()
        found[name] = (found[name][0] + query, key) if name in found else (query, key)
    return list(found.values())


def _turned(pairs: _Pairs) -> _Pairs:
    return [(key, query) for query, key in pairs]

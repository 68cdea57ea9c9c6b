"""Selectors that no sum of scores expresses, such as `A or B` for two pairs of variables.

If a comparison scores 0 where it holds and -1 or less where it does not, the product of two scores
is 0 exactly where one of them holds.  A product of sums of products is a sum of products, of
features of several variables at once: `-(t - k)^2 (i - j)^2`, say, takes nine.  Neurons have to
compute those, but far fewer than one for each combination of values.  Where comparisons are not
so simple, the combinations themselves are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.facts.domains import Domain, TooManyRowsError, joint
from rasp.compiler.limits import (
    FEW_JOINED,
    LARGEST_SCORE,
    MAX_JOINED,
    MAX_JOINED_ROWS,
    MAX_UNION_CELLS,
    MAX_UNION_PRODUCTS,
    MOST_FACTORS,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.depths import level_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Products, Term
from rasp.compiler.variables import Categorical, Computed, Linear
from rasp.errors import CompileError
from rasp.graph.nodes import SOpNode


@dataclass(frozen=True, eq=False)
class Union:
    """A selector of several conjunctions, of which one head is wanted.

    node: what reads; terms: the conjunctions; monomials: the products that its scores are the sum
    of, None if they are too many; n_joint: about how many combinations of values there are on the
    side that has more.
    """

    node: SOpNode
    terms: list[Term]
    monomials: list[Monomial] | None
    n_joint: int

    @classmethod
    def of(
        cls, lowering: Lowering, node: SOpNode, terms: list[Term], clauses: list[list[Group]]
    ) -> Union:
        """clauses: the selector as a conjunction of choices."""
        sides = (_compared(lowering, terms, side) for side in ("query", "key"))
        n_joint = max(prod(variable.size for variable in side) for side in sides)
        return cls(node, terms, monomials_of(clauses), n_joint)


def joint_term(lowering: Lowering, union: Union) -> Term | Refusal:
    """Scores of joint values, if these are few, or nothing else will do."""
    monomials = union.monomials
    if monomials is not None and union.n_joint > FEW_JOINED:
        return Refusal(f"{union.n_joint:,} joint values are more than products of comparisons take")

    def probe(child: Lowering) -> Term | Refusal:
        found = _by_combinations(child, union.node, union.terms)
        n_products = len(found.groups[0].factor().pairs)
        if monomials is not None and n_products > len(monomials):
            return Refusal(f"{n_products:,} products, where comparisons take {len(monomials):,}")
        return found

    return attempt(lowering, probe)


def products_term(lowering: Lowering, union: Union) -> Term | Refusal:
    """Scores of products of comparisons, if they are not too many."""
    node, monomials, n_joint = union.node, union.monomials, union.n_joint
    if monomials is None:
        return Refusal(f"more than {MAX_UNION_PRODUCTS:,} products, or too large ones")
    if n_joint * len(monomials) > MAX_UNION_CELLS:
        error = CompileError(
            f"the selector of {lowering.text(node)} takes {len(monomials):,} products, of features"
            f" of {n_joint:,} joint values",
            labels=lowering.labels(node),
            hint="fewer comparisons joined by `or`, or a smaller vocabulary; how many keys it"
            " selects, and whether any, takes less",
        )
        return Refusal(error.message, error)
    return attempt(lowering, lambda child: _by_products(child, node, monomials, n_joint))


def _compared(lowering: Lowering, terms: list[Term], side: str) -> list[Categorical]:
    """The variables of one side, in the order in which they were made."""
    variables = {getattr(group, side) for term in terms for group in term.groups}
    return _in_order(lowering, variables - {lowering.unit})


def _in_order(lowering: Lowering, variables: Iterable[Categorical]) -> list[Categorical]:
    """The same for the same variables, so that their combinations are one variable."""
    return sorted(variables, key=lowering.variables.index)


# -- products of comparisons


@dataclass(frozen=True)
class Monomial:
    """A number times features of variables of the query, times features of variables of the key."""

    number: float
    query: dict[Categorical, Floats]
    key: dict[Categorical, Floats]

    def __mul__(self, other: Monomial) -> Monomial:
        return Monomial(
            self.number * other.number,
            _multiplied(self.query, other.query),
            _multiplied(self.key, other.key),
        )


def _multiplied(
    some: dict[Categorical, Floats], others: dict[Categorical, Floats]
) -> dict[Categorical, Floats]:
    found = dict(some)
    for variable, feature in others.items():
        found[variable] = found[variable] * feature if variable in found else feature
    return found


def monomials_of(clauses: Sequence[Sequence[Group]]) -> list[Monomial] | None:
    """The score as a sum of products: minus the sum, over all choices, of what all comparisons of a
    choice miss by, multiplied.  None if they are too many."""
    found: list[Monomial] = []
    for clause in clauses:
        forms = _cheapest(clause, LARGEST_SCORE / len(clauses))
        if forms is None or len(found) + prod(map(_n_parts, forms)) > MAX_UNION_PRODUCTS:
            return None
        sign = -1.0 if len(clause) % 2 == 0 else 1.0  # minus the product of misses, -score each
        expanded = [Monomial(sign, {}, {})]
        for group, factors in zip(clause, forms, strict=True):
            parts = _parts(group, factors)
            expanded = [one * other for one in expanded for other in parts]
        found += expanded
    return found


def _cheapest(clause: Sequence[Group], most: float) -> list[Factors] | None:
    """Forms of the comparisons whose product has the fewest parts, none of them above `most`."""
    if len(clause) > MOST_FACTORS:
        return None
    forms = [group.factorisations() for group in clause]
    sizes = [[(_n_parts(form), _largest(form)) for form in some] for some in forms]

    def rank(places: tuple[int, ...]) -> tuple[bool, int, float]:
        taken = [some[place] for some, place in zip(sizes, places, strict=True)]
        largest = prod(size for _, size in taken)
        return largest > most, prod(n_parts for n_parts, _ in taken), largest

    best = min(product(*(range(len(some)) for some in forms)), key=rank)
    return [some[place] for some, place in zip(forms, best, strict=True)]


def _n_parts(factors: Factors) -> int:
    return len(factors.pairs) + (factors.bias != 0.0)


def _largest(factors: Factors) -> float:
    """No partial sum of the score is larger."""
    total: Floats = np.full((1, 1), abs(factors.bias))
    for query, key in factors.pairs:
        sizes = [np.ones(1) if side is None else np.abs(side) for side in (query, key)]
        total = total + np.outer(*sizes)
    return float(total.max())


def _parts(group: Group, factors: Factors) -> list[Monomial]:
    parts = [
        Monomial(
            1.0,
            {} if query is None else {group.query: query},
            {} if key is None else {group.key: key},
        )
        for query, key in factors.pairs
    ]
    return parts + ([Monomial(factors.bias, {}, {})] if factors.bias else [])


def _by_products(
    lowering: Lowering, node: SOpNode, monomials: list[Monomial], n_joint: int
) -> Term:
    pairs: list[tuple[Linear, Linear]] = []
    bias = 0.0
    for monomial in monomials:
        query, key = (product_of(lowering, node, side) for side in (monomial.query, monomial.key))
        if not query.features and not key.features:
            bias += monomial.number * query.constant * key.constant
        else:
            pairs.append((query.scaled(monomial.number), key))
    if not pairs and not bias:
        return Term(())  # under a causal mask one of them may select all that is seen
    return Term(
        (),
        Products(
            tuple(pairs),
            bias,
            relative=False,
            kind="comparisons",
            n_values=n_joint,
        ),
    )


def product_of(lowering: Lowering, node: SOpNode, features: dict[Categorical, Floats]) -> Linear:
    """The product of features of several variables, as a feature of all of them together."""
    known = {variable: f for variable, f in features.items() if variable is not lowering.unit}
    number = float(np.prod([f[0] for v, f in features.items() if v is lowering.unit]))
    if not known:
        return Linear(number)
    variables = _in_order(lowering, known)
    joined, codes = _joined(lowering, node, variables, MAX_JOINED_ROWS)
    values = np.full(joined.size, number)
    for variable, place in zip(variables, codes.T, strict=True):
        values = values * known[variable][place]
    if not np.ptp(values):
        return Linear(float(values[0]))
    return Linear.feature(joined, values)


# -- combinations of values


def _by_combinations(lowering: Lowering, node: SOpNode, terms: list[Term]) -> Term:
    """Scores of joint values."""
    queries, keys = (_compared(lowering, terms, side) for side in ("query", "key"))
    query, query_codes = _joined(lowering, node, queries, MAX_JOINED)
    key, key_codes = _joined(lowering, node, keys, MAX_JOINED)
    chosen = np.zeros((query.size, key.size), dtype=bool)
    for term in terms:
        here = np.ones_like(chosen)
        for group in term.groups:
            rows = (
                query_codes[:, queries.index(group.query)]
                if group.query is not lowering.unit
                else np.zeros(query.size, dtype=np.int64)
            )
            columns = (
                key_codes[:, keys.index(group.key)]
                if group.key is not lowering.unit
                else np.zeros(key.size, dtype=np.int64)
            )
            here &= group.matrix[rows[:, None], columns[None, :]]
        chosen |= here
    return Term((Group(query, key, Relation(chosen)),))


def _joined(
    lowering: Lowering, node: SOpNode, leaves: list[Categorical], most: int
) -> tuple[Categorical, Ints]:
    """One variable for the combination of several.  Raises CompileError for more than `most`."""
    if not leaves:
        return lowering.unit, np.zeros((1, 0), dtype=np.int64)
    if len(leaves) == 1:
        return leaves[0], np.arange(leaves[0].size)[:, None]
    key = tuple(leaves)
    if key not in lowering.joined:
        try:
            table = joint([leaf.possible for leaf in leaves], lowering.contexts)
        except TooManyRowsError as error:
            raise lowering.too_many(node, tuple(leaves), error.rows) from None
        codes = np.arange(len(table.codes))
        variable = Computed(
            node=node,
            label="(" + ", ".join(leaf.label for leaf in leaves) + ")",
            depth=max(leaf.depth for leaf in leaves),
            possible=Domain.everywhere(codes.tolist(), lowering.contexts),
            leaves=key,
            rows=table.codes,
            codes=codes,
            level=level_of(key, max(leaf.depth for leaf in leaves)),
        )
        lowering.variables.append(variable)
        lowering.joined[key] = variable, table.codes
    joined, combinations = lowering.joined[key]
    if len(combinations) > most:
        raise CompileError(
            f"the selector of {lowering.text(node)} needs {len(combinations)} joint values of "
            + " and ".join(leaf.label for leaf in leaves),
            labels=lowering.labels(node),
            hint="a selector that is a conjunction, a smaller vocabulary or a smaller max_len",
        )
    return joined, combinations

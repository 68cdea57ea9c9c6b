"""Lemma: a score that is a sum of parts, one for each part of a conjunction, selects what all do.

    not (A and B) and not (C and D) and not (E and F) and ...

The score of a head is a sum of products of what is read of a query and of a key, and each of these
is a sum again: of what is made of certain quantities.  Each summand of the one times each of the
other is given to a part of the selector that compares both.  If what is given to a part is largest
where the part holds, and a whole gap less where it does not, and if the largest of all parts
together are 0, then the score is 0 where all parts hold, and a gap below, at least, where one of
them does not.  Nothing rests on which part a product is given to, as long as it is one.  So a part
is looked at by itself, over the states of what it compares, and not of all that the selector does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from rasp.certificate import worst
from rasp.graph import construct
from rasp.graph.nodes import Constant, SelectorNode
from rasp.meaning.factors import Factors, check_largest
from rasp.meaning.masks import EVERY
from rasp.meaning.parted import NEAR
from rasp.meaning.selectors import (
    Meets,
    Truths,
    conjuncts,
    is_the_mask,
    keys_of,
    queries_of,
)
from rasp.meaning.states import (
    Bools,
    Floats,
    States,
    TooManyError,
    UnprovedError,
    ordered,
    parts,
)
from rasp.meaning.stream import UNIT, Numbers, check_listed
from rasp.meaning.witness import Quantity

MAX_PART_PAIRS = 4_000_000
"""Pairs of states of a query and of a key that are looked at for one part."""

_Quantities = frozenset[Quantity]


@dataclass(frozen=True, eq=False)
class _Summands:
    """What is read of a query, or of a key, by the products of a score: a sum of what is made of
    certain quantities each.

    directions: of each summand, by its quantities; the constants are made of none.
    """

    factors: Factors
    name: str
    head: int
    directions: dict[_Quantities, list[int]]

    @classmethod
    def of(cls, factors: Factors, name: str, head: int) -> _Summands:
        found: dict[_Quantities, list[int]] = {frozenset(): []}
        matrix, _ = factors.products(name, head)
        for direction in factors.streams.read_by(matrix):
            made_of = _leaves(factors.streams.quantities([direction]))
            found.setdefault(made_of, []).append(direction)
        return cls(factors, name, head, found)

    def weights(self, summand: _Quantities) -> tuple[Floats, Floats]:
        """The weights [d_model, product] and the constants [product] of one summand."""
        matrix, constants = self.factors.products(self.name, self.head)
        streams = self.factors.streams
        places = [streams.plan.directions[d].place for d in self.directions[summand]]
        own = np.zeros_like(matrix)  # [d_model, product]
        own[places] = matrix[places]
        return own, np.zeros_like(constants) if summand else constants

    def uses(self, summand: _Quantities) -> Bools:
        """[product]: has it a say?"""
        matrix, constants = self.weights(summand)
        return np.asarray(matrix.any(axis=0) | (constants != 0.0))

    def near(self, some: Iterable[_Quantities]) -> list[Quantity]:
        return self.factors.streams.quantities(
            direction for summand in some for direction in self.directions[summand]
        )

    def states(self, some: Iterable[_Quantities], extra: Sequence[Quantity]) -> States:
        """All that may stand in these summands, with what else is asked of it."""
        near, space = self.near(some), self.factors.space
        found = space.states([*near, *extra] or [space.unit], near=near).succeeding()
        if not found.size:
            raise UnprovedError("no values of a query or a key are known")
        return found

    def read(self, summand: _Quantities, states: States) -> Numbers:
        """What a summand is in each state [state, product]."""
        directions = self.directions[summand]
        found = self.factors.streams.numbers(*self.weights(summand), directions, states)
        check_listed(found.values, np.ones(states.size, dtype=bool), "a score")
        return found

    def check_planned(self) -> None:
        """Raises UnprovedError where all summands together may be larger than planned.

        Those that are made of what another one is made of, too, are looked at together with it.
        """
        plan = self.factors.heads[self.head]
        planned = plan.queries if self.name == "Q" else plan.keys
        uses = {summand: self.uses(summand) for summand in self.directions}
        size, off = np.zeros((1, len(planned))), np.zeros(len(planned))
        used = np.stack([*uses.values()], axis=1)  # [product, summand]
        for pattern in np.unique(used, axis=0):
            columns = (used == pattern).all(axis=1)
            there = [summand for summand, yes in zip(uses, pattern.tolist(), strict=True) if yes]
            for some in _together(there):
                states = self.states(some, [])
                read = [self.read(summand, states) for summand in some]
                most = np.abs(np.sum([one.values for one in read], axis=0)).max(axis=0)
                size[0, columns] += most[columns]
                off[columns] += np.sum([one.off for one in read], axis=0)[columns]
        check_largest(planned, Numbers(size, off, size[0], off))


def _together(summands: Iterable[_Quantities]) -> list[list[_Quantities]]:
    found: dict[_Quantities, list[_Quantities]] = {}
    for summand in sorted(summands, key=len, reverse=True):
        wider = next((other for other in found if summand <= other), summand)
        found.setdefault(wider, []).append(summand)
    return list(found.values())


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of the selector, and what it compares; products: summands of the query, each with
    those of the key that it is multiplied with for this part."""

    selector: SelectorNode
    query: _Quantities
    key: _Quantities
    products: dict[_Quantities, list[_Quantities]] = field(default_factory=dict)


def selects_all(factors: Factors, head: int, selector: SelectorNode) -> float:
    """How far the scores of a head are off that selects what all parts of the selector do.  Raises
    UnprovedError."""
    plan = factors.heads[head]
    if plan.uneven is not None or plan.best is not None:
        raise UnprovedError("some selected keys have larger scores than others")
    apart = _parts_of(selector, causal=factors.space.causal)
    if len(apart) < 2:
        raise UnprovedError("the selector has no parts")
    queries, keys = (_Summands.of(factors, name, head) for name in ("Q", "K"))
    _distribute(apart, queries, keys)
    for side in (queries, keys):
        side.check_planned()
    largest = float(factors.tensors["b_K"][head][len(plan.keys)])
    off = 0.0
    for part in apart:
        most, own = _largest(factors, part, queries, keys)
        largest, off = largest + most, off + own
    off += abs(largest)
    if not off <= NEAR:
        raise UnprovedError("the scores of the parts are neither the largest nor a gap less")
    return off


def _parts_of(selector: SelectorNode, *, causal: bool) -> list[_Part]:
    """Parts that compare the same are one."""
    found: dict[tuple[_Quantities, _Quantities], list[SelectorNode]] = {}
    for part in conjuncts(selector):
        if not is_the_mask(part, causal=causal):
            compared = _leaves(queries_of(part)), _leaves(keys_of(part))
            found.setdefault(compared, []).append(part)
    return [
        _Part(reduce(construct.selector_and, some), *compared) for compared, some in found.items()
    ]


def _leaves(quantities: Iterable[Quantity]) -> _Quantities:
    """What some quantities are made of, down to what attention delivers."""
    return frozenset(
        leaf
        for leaf in ordered(quantities, frozenset())
        if not parts(leaf) and not isinstance(leaf, Constant)
    )


def _distribute(apart: Sequence[_Part], queries: _Summands, keys: _Summands) -> None:
    """Give each product of two summands to the smallest part that compares what they are made of.
    Raises UnprovedError where there is none."""
    by_size = sorted(apart, key=lambda part: len(part.query) + len(part.key))
    used = {summand: keys.uses(summand) for summand in keys.directions}
    for of_query in queries.directions:
        own = queries.uses(of_query)
        for of_key, others in used.items():
            if not (own & others).any():
                continue
            fitting = (p for p in by_size if of_query <= p.query and of_key <= p.key)
            part = next(fitting, None)
            if part is None:
                raise UnprovedError("what is multiplied is compared by no part of the selector")
            part.products.setdefault(of_query, []).append(of_key)


def _largest(
    factors: Factors, part: _Part, queries: _Summands, keys: _Summands
) -> tuple[float, float]:
    """The largest score of what is given to a part, where the part holds; and how far off it is
    from that there, or from a gap less elsewhere."""
    of_keys = list(dict.fromkeys(summand for some in part.products.values() for summand in some))
    query = queries.states(part.products, queries_of(part.selector))
    key = keys.states(of_keys, keys_of(part.selector))
    if query.size * key.size > MAX_PART_PAIRS:
        raise TooManyError(f"{query.size} * {key.size} pairs of values of queries and keys")
    scores, off = np.zeros((query.size, key.size)), 0.0
    read = {summand: keys.read(summand, key) for summand in of_keys}
    for summand, others in part.products.items():
        left = queries.read(summand, query)
        right = [read[other] for other in others]
        values = np.sum([one.values for one in right], axis=0)  # [key, product]
        factors.space.spend(left.values.size * key.size)
        scores += left.values @ values.T  # [query, key]
        off += _rounded(left, values, np.sum([one.off for one in right], axis=0), len(right))
    truth = Truths.of(part.selector, query, key).at(EVERY)
    met = Meets.of(query, key, factors.space).at(EVERY)
    if truth.clash is not None:
        met &= ~truth.clash  # the program fails
    chosen, missed = met & truth.chosen, met & ~truth.chosen
    if not chosen.any():
        raise UnprovedError("a part of the selector never holds")
    most = float(scores[chosen].max())
    short = most - float(scores[chosen].min())
    over = worst(0.0, float(scores.max(where=missed, initial=-np.inf)) - (most - 1.0))
    return most, short + over + off


def _rounded(left: Numbers, right: Floats, off: Floats, n_added: int) -> float:
    """How far the sum of the products may be off."""
    most_left = np.abs(left.values).max(axis=0, initial=0.0) + left.off
    most_right = np.abs(right).max(axis=0, initial=0.0) + off
    size = float(most_left @ most_right)
    n_terms = len(off) + n_added + 4
    return float(most_left @ off + left.off @ most_right) + 2 * n_terms * UNIT * size

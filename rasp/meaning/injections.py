"""Lemma: what is read at different places is different.

Let every position read at most one key, `select(f, q, ==)` with a q that is different at all
positions, such as the index.  No two positions read the same key j, since f(j) is equal to one q
only.  So what they read is different, if what keys carry is; and if that is known but for some
values, then what is read is, but for these, and the default.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from rasp.graph.nodes import Aggregate, Atom, Fetch, Select, SelectorNode
from rasp.meaning.ranks import unranked
from rasp.meaning.selectors import conjuncts
from rasp.meaning.states import Domain, UnprovedError
from rasp.meaning.witness import Quantity


class Domains(Protocol):
    """A `rasp.meaning.space.Space`, as far as domains are asked for."""

    def domain(self, quantity: Quantity) -> Domain: ...


class Known(Protocol):
    """What is proved of quantities and selectors: `rasp.meaning.facts.Facts`."""

    @property
    def space(self) -> Domains: ...
    def differs(self, quantity: Quantity) -> bool: ...
    def at_most_one(self, selector: SelectorNode) -> bool: ...


def reads_apart(selector: SelectorNode, facts: Known) -> bool:
    """Are keys compared with what none of the queries shares with two of them?"""
    for part in conjuncts(unranked(selector)[0]):
        if isinstance(part, Select) and part.comparison == "==":
            shared = _shared(part.key, facts)
            if shared is not None and not _may_be(part.query, shared, facts):
                return True
    return False


def _may_be(quantity: Quantity, values: Sequence[Atom], facts: Known) -> bool:
    """May the quantity be equal to one of these?"""
    with suppress(UnprovedError):
        own = facts.space.domain(quantity).values
        return any(value == other for value in own for other in values)
    return True


def _shared(quantity: Quantity, facts: Known) -> list[Atom] | None:
    """Values that a quantity may have at two positions of an input; None if that is not known."""
    shared: list[Atom] = []
    while not facts.differs(quantity):
        if not isinstance(quantity, (Aggregate, Fetch)):
            return None
        if not facts.at_most_one(quantity.selector):
            return None
        asked = [part for part in conjuncts(quantity.selector) if _asks_apart(part, facts)]
        if not asked:
            return None
        if quantity.default is not None:
            shared.append(quantity.default)
        quantity = quantity.value
    return shared


def _asks_apart(part: SelectorNode, facts: Known) -> bool:
    """Is a key compared with something else by each query, and selected by one of them at most?"""
    return isinstance(part, Select) and part.comparison == "==" and facts.differs(part.query)

"""Lemma: keys with equal counts carry the same value, where counts differ with the value.

In an order, two positions with different values select different numbers of keys.  So the keys that
one query selects by their count, and whatever else, carry one value.  That is found from how
positions compare (`rasp.meaning.orders`), without a look at values, however many there are.
"""

from __future__ import annotations

from rasp.graph.nodes import Constant, SelectorNode, SelectorWidth, SOpNode
from rasp.meaning.facts import Facts
from rasp.meaning.orders import counts_apart
from rasp.meaning.states import ordered, parts
from rasp.meaning.witness import Quantity


def agree_by_counts(facts: Facts, selector: SelectorNode, value: SOpNode) -> bool:
    """Do all keys that one query selects carry the same, as far as the lemma tells?"""
    equal, asked = facts.alike(selector)
    orders = [facts.order(node.selector) for node in equal if isinstance(node, SelectorWidth)]
    return any(
        _is_function(value, node)
        and _compare_as_they_are(facts, node)
        and counts_apart(order, equal, asked, different=node)
        for order in orders
        if order is not None
        for node in order.compared
    )


def _is_function(value: Quantity, of: Quantity) -> bool:
    """Is the value a function of this alone, position by position?"""
    made_of = ordered([value], frozenset({of}))
    return all(q is of or parts(q) or isinstance(q, Constant) for q in made_of)


def _compare_as_they_are(facts: Facts, node: SOpNode) -> bool:
    """Are no two of its values equal that are not the same, as 1 and 1.0 are?"""
    atoms = facts.space.domain(node).values
    return len(set(atoms)) == len(atoms)

"""Lemma: keys with equal counts carry the same value, where counts differ with the value.

In an order, two positions with different values select different numbers of keys.  So the keys that
one query selects by their count, and whatever else, carry one value.  That is found from how
positions compare (`rasp.meaning.orders`), without a look at values, however many there are.

Of the best keys no score is above another, so that all are equal, and so is what is computed from
nothing but the score.
"""

from __future__ import annotations

from rasp.graph.nodes import (
    Best,
    Constant,
    Elementwise,
    SelectorAnd,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
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


def agree_by_score(facts: Facts, selector: SelectorNode, value: SOpNode) -> bool:
    """Do all keys that one query selects carry the same, as a function of what makes them best?"""
    return any(
        _is_function(value, score) and _compare_as_they_are(facts, score)
        for score in _scores(selector)
    )


def _scores(selector: SelectorNode) -> list[SOpNode]:
    """What is equal at all keys that one query selects; where it is -x, so is x."""
    match selector:
        case SelectorAnd(left=left, right=right):
            return _scores(left) + _scores(right)
        case Best(selector=among, score=score):
            found = [score, *_scores(among)]
            while isinstance(score, Elementwise) and score.operator == "negate":
                (score,) = score.operands
                found.append(score)
            return found
    return []


def _is_function(value: Quantity, of: Quantity) -> bool:
    """Is the value a function of this alone, position by position?"""
    made_of = ordered([value], frozenset({of}))
    return all(q is of or parts(q) or isinstance(q, Constant) for q in made_of)


def _compare_as_they_are(facts: Facts, node: SOpNode) -> bool:
    """Are no two of its values equal that are not the same, as 1 and 1.0 are?"""
    atoms = facts.space.domain(node).values
    return len(set(atoms)) == len(atoms)

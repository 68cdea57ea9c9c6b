"""Choices by what is selected, added up: is a sum of heads the choice?

Lemma: of `v2 if any of T2 else (v1 if any of T1 else v0)` the value is v0, and v1 - v0 more where
any of T1 or T2 is selected, and v2 - v1 more where any of T2 is; so on for more of them.  What
several conjunctions have in common may stand before their disjunction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.meaning.carried import Carried, values_of
from rasp.meaning.scores import Scoring
from rasp.meaning.selectors import conjuncts
from rasp.meaning.states import Floats, UnprovedError, WorkLimitError
from rasp.meaning.witness import Quantity


def choice_of(quantity: Quantity) -> tuple[list[SelectorNode], list[Atom]] | None:
    """The selectors of a choice, the innermost first, and its values, of which the first is for
    none of them; None if it is no choice by what is selected."""
    selectors: list[SelectorNode] = []
    values: list[Atom] = []
    while isinstance(quantity, Elementwise) and quantity.operator == "where":
        condition, value, quantity = quantity.operands
        selector = _asked(condition)
        if selector is None or not isinstance(value, Constant):
            return None
        selectors.append(selector)
        values.append(value.value)
    if not selectors or not isinstance(quantity, Constant):
        return None
    return selectors[::-1], [quantity.value, *reversed(values)]


def _asked(condition: SOpNode) -> SelectorNode | None:
    """The selector of which the condition says whether it selects anything."""
    match condition:
        case Aggregate(selector=selector, value=Constant(value=True), default=False):
            return selector
        case Elementwise(
            operator="greater" | "not_equal", operands=(number, Constant(value=int() as zero))
        ) if zero == 0:
            match number:
                case Aggregate(selector=selector, value=Constant(value=1), default=0):
                    return selector
                case SelectorWidth(selector=selector):
                    return selector
    return None


def added_up(
    scoring: Scoring,
    choice: tuple[list[SelectorNode], list[Atom]],
    carried: Sequence[Carried],
    held: Callable[[list[Atom]], Floats],
) -> float:
    """How far a sum of what heads carry is from the choice.

    held: what the direction holds for values.  Raises UnprovedError.
    """
    selectors, values = choice
    aim = held(values)
    off, left, unasked = abs(float(aim[0])), list(carried), 0
    for number, amount in enumerate(np.diff(aim).tolist()):
        if not amount and values[number] == values[number + 1]:
            continue
        selector = _any_of(selectors[number:])
        entry = next((one for one in left if _asks(scoring, one.head, selector)), None)
        if entry is None:
            unasked += 1
            continue
        off += _apart(scoring, entry, amount)
        left.remove(entry)
    if left or unasked:
        raise UnprovedError("what heads ask is not what the choice does")
    return off


def _apart(scoring: Scoring, entry: Carried, amount: float) -> float:
    """How far a head is from carrying a number where anything is selected, and 0 where nothing."""
    read = scoring.streams.read_by(entry.values[0])
    if read:
        return float("inf")  # it depends on the key
    values_of(scoring, entry, read, scoring.space.states([scoring.space.unit]))
    return abs(float(entry.values[1][0]) * entry.gain - amount) + abs(entry.at_bos)


def _any_of(selectors: Sequence[SelectorNode]) -> SelectorNode:
    """What any of these selects, with what they have in common in front."""
    parts = [conjuncts(selector) for selector in selectors]
    shared = [part for part in parts[0] if all(part in some for some in parts)]
    rests = [[part for part in some if part not in shared] for some in parts]
    if all(rests):
        shared.append(
            reduce(
                construct.selector_or,
                (reduce(construct.selector_and, some) for some in rests),
            )
        )
    return reduce(construct.selector_and, shared)


def _asks(scoring: Scoring, head: int, selector: SelectorNode) -> bool:
    """Does it read one of the selected keys, if there is any, whichever that is?"""
    try:
        scoring.selected(head, selector)
        scoring.planned(head, selector, agrees=True)
    except WorkLimitError:
        raise
    except UnprovedError:
        return False
    return True

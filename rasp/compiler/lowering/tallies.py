"""Choices by what is selected, as one number that heads add up.

    9 if has_focus(S and select(tokens_int, 9, ==)) else (8 if has_focus(S and ...) else ...)

asks, digit by digit, whether `S` selects one.  It is the sum, over the digits, of how much more the
digit is worth than the next smaller one where `S` selects this digit or a larger one.  A head for
each asks that, and all add to one direction, where there were one for each question and neurons
that put the answers together.

Only numbers of a similar size are added up: of 10 ^ 15 and 1, what rounding leaves of the first
hides the second.  And only if most questions change something: neighbours that are worth the
same are one question, and what is the same in all cases is a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import (
    DISTINCT,
    LARGEST_TALLY,
    LEAST_TALLY,
    LONG_INPUTS,
    MANY_TALLIED,
)
from rasp.compiler.lowering.attempts import attempt
from rasp.compiler.lowering.compared import combination_of
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Tally
from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Constant,
    Elementwise,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.walk import topological


@dataclass(frozen=True)
class Choice:
    """What it is worth if `shared` and one of the filters select a key, the last that does; and if
    none does.

    filters: what a key alone says.  values: one for each filter.
    """

    shared: SelectorNode
    filters: tuple[SelectorNode, ...]
    values: tuple[int, ...]
    otherwise: int


def lower_tally(lowering: Lowering, node: Elementwise) -> Known | None:
    """A choice as a number; None if it is no such thing, or short inputs are better off without."""
    if lowering.contexts.max_len < LONG_INPUTS or node in lowering.ends:
        return None
    found = choice_of(node)
    if found is None:
        return None
    amounts = _differences((found.otherwise, *found.values))
    if sum(map(bool, amounts)) < LEAST_TALLY or not _is_precise(found, amounts):
        return None
    terms = attempt(lowering, lambda child: _terms(child, found, amounts))
    if isinstance(terms, Refusal):
        return None
    values = sorted({found.otherwise, *found.values})
    tally = Tally(
        node=node,
        label=lowering.text(node),
        depth=attention_depth(terms),
        possible=Domain.everywhere(values, lowering.contexts),
        terms=tuple(terms),
        amounts=tuple(float(amount) for amount in amounts if amount),
        otherwise=float(found.otherwise),
    )
    return lowering.add(node, tally)


def _is_precise(choice: Choice, amounts: Sequence[int]) -> bool:
    """Does the sum tell the values, of which there are several, apart?

    They are compared as integers, as they may be too large for floats.
    """
    least = min(_differences(sorted({choice.otherwise, *choice.values})))
    largest = abs(choice.otherwise) + sum(map(abs, amounts))
    most = LARGEST_TALLY if len(choice.filters) < MANY_TALLIED else int(1 / DISTINCT)
    return largest <= most * least


def _differences(numbers: Sequence[int]) -> list[int]:
    return [b - a for a, b in pairwise(numbers)]


def _terms(lowering: Lowering, choice: Choice, amounts: Sequence[int]) -> list[Term] | Refusal:
    """For each filter that is worth something the keys that it or a later one selects."""
    terms: list[Term] = []
    for number, amount in enumerate(amounts):
        if not amount:
            continue
        some: SelectorNode = reduce(construct.selector_or, choice.filters[number:])
        found = combination_of(lowering, construct.selector_and(choice.shared, some)).terms()
        if len(found) != 1:
            return Refusal("a question takes several heads")
        terms += found
    return terms


# -- the shape of a choice


def choice_of(node: SOpNode) -> Choice | None:
    """The s-op as a choice by what one selector finds; None if it is none."""
    shared: SelectorNode | None = None
    filters: list[SelectorNode] = []
    values: list[int] = []
    while isinstance(node, Elementwise) and node.operator == "where":
        condition, value, node = node.operands
        asked = _asked(condition)
        if asked is None or not isinstance(value, Constant) or type(value.value) is not int:
            return None
        common, own = _split(asked)
        if own is None or shared not in (None, common):
            return None
        shared = common
        filters.append(own)
        values.append(value.value)
    if shared is None or not isinstance(node, Constant) or type(node.value) is not int:
        return None
    return Choice(shared, tuple(reversed(filters)), tuple(reversed(values)), node.value)


def _asked(condition: SOpNode) -> SelectorNode | None:
    """The selector of which it is asked whether it selects anything."""
    match condition:
        case Aggregate(selector=selector, value=Constant(value=True), default=False):
            return selector
        case Elementwise(operator="greater" | "not_equal", operands=(number, Constant(value=0))):
            match number:
                case Aggregate(selector=selector, value=Constant(value=1), default=0):
                    return selector
                case SelectorWidth(selector=selector):
                    return selector
    return None


def _split(selector: SelectorNode) -> tuple[SelectorNode, SelectorNode | None]:
    """What compares keys with queries, and what compares them with constants."""
    stack, shared, own = [selector], [], []
    while stack:
        part = stack.pop()
        if isinstance(part, SelectorAnd):
            stack += [part.right, part.left]
        elif isinstance(part, Select) and isinstance(part.query, Constant):
            own.append(part)
        else:
            shared.append(part)
    return _all_of(shared) or construct.FULL, _all_of(own)


def _all_of(parts: Sequence[SelectorNode]) -> SelectorNode | None:
    return reduce(construct.selector_and, parts) if parts else None


def ends_of_choices(root: SOpNode) -> frozenset[SOpNode]:
    """The choices that are the end of another one, which is looked at as a whole."""
    return frozenset(
        node.operands[2]
        for node in topological([root])
        if isinstance(node, Elementwise) and node.operator == "where"
    )

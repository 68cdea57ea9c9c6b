"""The best of few ranks among the keys of an order, as what is asked of one rank after the other.

    aggregate(best(select(indices, indices, <=), tokens_int), tokens_int)

is 9 where a 9 is selected, else 8 where an 8 is, and so on.  A head for the best keys scores the
order and the rank, and takes a product for each position, as the scores of all positions before
have to be equal but for their ranks; whether there is a key before takes two.  So it is for inputs
of 128 tokens and more, and scores that only depend on the token.  All keys of a rank have to carry
the same string or integer: then it is what they come to, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rasp.graph import construct
from rasp.graph.balanced import is_never_nan
from rasp.graph.columns import Column, Failure, apply_column
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SOpNode,
    atom_key,
)
from rasp.graph.walk import flat, topological

LONG = 128
"""Tokens of an input from which on an order takes more than the questions."""

MOST_RANKS = 32
"""Questions of that kind, a head each."""


class Inputs(Protocol):
    """Which inputs there are."""

    @property
    def tokens(self) -> Sequence[Atom]: ...
    @property
    def max_len(self) -> int: ...
    @property
    def causal(self) -> bool: ...


def asked(node: Node, inputs: Inputs) -> Node:
    """What reads the best of few ranks, as a choice; any other node as it is."""
    match node:
        case Aggregate(selector=Best(selector=selector, score=score), value=value, default=other):
            pass
        case _:
            return node
    if inputs.max_len < LONG or not _is_ordered(selector, causal=inputs.causal):
        return node
    ranks = _ranks(score, value, inputs.tokens)
    if ranks is None:
        return node
    order = sorted(ranks)
    found: SOpNode = construct.constant(other)
    if _selects_itself(selector, inputs.tokens):
        found = construct.constant(ranks[order.pop(0)])  # some key is there, if only of this rank
    for rank in order:
        there = construct.selector_and(selector, construct.select(score, rank, "=="))
        some = construct.aggregate(there, True, False)
        found = construct.elementwise("where", some, ranks[rank], found)
    return found


def _ranks(score: SOpNode, value: SOpNode, tokens: Sequence[Atom]) -> dict[Atom, Atom] | None:
    """For each score what all keys carry that have it; None if they do not, or are too many, or if
    there is no order of the scores."""
    scores, carried = by_token(score, tokens), by_token(value, tokens)
    if scores is None or carried is None:
        return None
    kinds = {type(atom) for atom in scores}
    if not (kinds == {int} or kinds == {str}) or not {type(a) for a in carried} <= {int, str}:
        return None
    found: dict[Atom, Atom] = {}
    for rank, atom in zip(scores, carried, strict=True):
        if atom_key(found.setdefault(rank, atom)) != atom_key(atom):
            return None
    return found if 1 < len(found) <= MOST_RANKS else None


def by_token(node: SOpNode, tokens: Sequence[Atom]) -> list[Atom] | None:
    """The values for each token; None if it depends on anything else, or fails."""
    columns: dict[Node, Column] = {}
    for part in topological([node]):
        match part:
            case Constant(value=atom):
                columns[part] = Column.of([atom])
            case Elementwise(operator=operator, operands=operands, parameters=parameters):
                sides = [columns[operand] for operand in operands]
                columns[part] = apply_column(operator, parameters, sides, part)
            case _ if part is TOKENS:
                columns[part] = Column.of(list(tokens))
            case _:
                return None
    column = columns[node].broadcast_to((len(tokens),))
    atoms = [atom for atom in column.elements() if not isinstance(atom, Failure)]
    return atoms if len(atoms) == len(tokens) else None


def _is_ordered(selector: SelectorNode, *, causal: bool) -> bool:
    """Does it compare indices for being less, or greater?  A causal mask does so without that."""
    for part in flat(selector, SelectorAnd):
        match part:
            case Select(key=key, query=query, comparison="<" | "<=" | ">" | ">=" as comparison):
                masked = causal and key is query is INDICES and comparison == "<="
                constant = isinstance(key, Constant) or isinstance(query, Constant)
                if not masked and not constant and (key is INDICES or query is INDICES):
                    return True
    return False


def _selects_itself(selector: SelectorNode, tokens: Sequence[Atom]) -> bool:
    """Is a position always among the keys that it selects?"""
    return all(
        isinstance(part, Select)
        and part.key is part.query
        and part.comparison in ("==", "<=", ">=")
        and _equals_itself(part.key, tokens)
        for part in flat(selector, SelectorAnd)
    )


def _equals_itself(node: SOpNode, tokens: Sequence[Atom]) -> bool:
    """Is it certainly no nan?"""
    if is_never_nan(node):
        return True
    values = by_token(node, tokens)
    return values is not None and all(value == value for value in values)

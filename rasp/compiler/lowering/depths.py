"""After which sublayer something is known: the depth of attention, and the level behind it."""

from __future__ import annotations

from collections.abc import Sequence

from rasp.compiler.selection.selectors import Term, depth_of
from rasp.compiler.variables import Combined, Computed, Side, Variable


def attention_depth(terms: Sequence[Term], *others: int) -> int:
    """After which attention a head with these terms has read, given the depths of what it reads."""
    depths = [group.query.depth for term in terms for group in term.groups]
    depths += [group.key.depth for term in terms for group in term.groups]
    depths += [term.products.depth for term in terms if term.products is not None]
    depths += [depth_of(term.rank.key) for term in terms if term.rank is not None]
    return max([0, *depths, *others]) + 1


def level_of(leaves: tuple[Variable, ...], depth: int) -> int:
    """How many feed-forward sublayers at a depth it takes to compute a function of these leaves."""
    parts: list[Variable] = list(leaves)
    for leaf in leaves:
        if isinstance(leaf, (Combined, Side)):
            parts += leaf.form.features
    levels = [part.level for part in parts if isinstance(part, Computed) and part.depth == depth]
    return 1 + max(levels, default=0)

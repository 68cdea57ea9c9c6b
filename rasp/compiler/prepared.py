"""A program's graph -> the graph that is lowered: all rewrites, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.limits import LONG_PREFIXES, MOST_FAITHFUL_RANKS, WIDE_INEQUALITY
from rasp.compiler.selection.beyond import with_places_counted
from rasp.compiler.selection.complements import with_complements_counted
from rasp.compiler.selection.matches import with_scorable_selectors
from rasp.compiler.selection.oneself import with_oneself_counted
from rasp.compiler.simplify import rebuilt, simplify
from rasp.graph.closest import by_digits
from rasp.graph.earliest import as_first
from rasp.graph.nodes import SOP_TYPES, Atom, Node, SelectorWidth, SOpNode
from rasp.graph.origins import Origins
from rasp.graph.ranks import asked
from rasp.graph.walk import topological
from rasp.vocabulary import Vocabulary


@dataclass(frozen=True)
class _Inputs:
    tokens: Sequence[Atom]
    max_len: int
    causal: bool


def prepared(
    root: SOpNode,
    origins: Origins,
    vocabulary: Vocabulary,
    contexts: Contexts,
    *,
    long: bool,
    faithful: bool,
) -> tuple[SOpNode, frozenset[Node]]:
    """The graph, and which of its nodes nothing reads but scores of `best`.

    long: heads may select more than patterns say, as inputs are long or words are many; faithful:
    patterns should look like selectors.
    """
    graph = simplify(root, origins)
    graph = _with_keys_ranked(graph, origins, vocabulary, contexts)
    everywhere = long or contexts.max_len >= LONG_PREFIXES
    alone = faithful and not everywhere
    if contexts.causal and everywhere:
        graph = with_places_counted(graph, origins, vocabulary.tokens)
    if contexts.causal:
        graph = with_oneself_counted(graph, origins, everywhere=everywhere, apart=alone)
    apart = with_complements_counted(
        graph,
        origins,
        n_tokens=vocabulary.size,
        max_len=contexts.max_len,
        wide=MOST_FAITHFUL_RANKS if faithful else WIDE_INEQUALITY,
    )
    if contexts.causal and apart is not graph:  # what is counted now may exclude the query itself
        apart = with_oneself_counted(apart, origins, everywhere=everywhere, apart=alone)
    return with_scorable_selectors(apart, origins)


def _with_keys_ranked(
    root: SOpNode, origins: Origins, vocabulary: Vocabulary, contexts: Contexts
) -> SOpNode:
    new, _ = keys_ranked(root, vocabulary.tokens, contexts.max_len, causal=contexts.causal)
    for node, found in new.items():
        if found is not node:
            origins.inherit(found, node)
    result = new[root]
    assert isinstance(result, SOP_TYPES)
    return result


def keys_ranked(
    root: SOpNode, tokens: Sequence[Atom], max_len: int, *, causal: bool
) -> tuple[dict[Node, Node], set[Node]]:
    """Every node below the root with what it becomes, children first: the key with none like it
    before it, as the first (`rasp.graph.earliest`), the best of few ranks among the keys of an
    order, as a choice (`rasp.graph.ranks`), and the closest key, digit by digit
    (`rasp.graph.closest`).  And those that this changes (the others have other children at
    most)."""
    inputs = _Inputs(tuple(tokens), max_len, causal)
    kept = _counted_anyway(root, causal=causal)
    new: dict[Node, Node] = {}
    changed: set[Node] = set()
    for node in topological([root]):
        same = rebuilt(node, new)
        found = as_first(same, causal=causal, kept=kept)
        new[node] = by_digits(asked(found, inputs), inputs)
        if new[node] is not same:
            changed.add(node)
    return new, changed


def _counted_anyway(root: SOpNode, *, causal: bool) -> frozenset[Node]:
    """The widths that something asks for besides which key has none like it before it."""
    new: dict[Node, Node] = {}
    for node in topological([root]):
        new[node] = as_first(rebuilt(node, new), causal=causal)
    return frozenset(node for node in topological([new[root]]) if isinstance(node, SelectorWidth))

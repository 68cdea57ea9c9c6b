"""A program's graph -> the graph that is lowered: all rewrites, one after the other."""

from __future__ import annotations

from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.limits import MOST_FAITHFUL_RANKS, WIDE_INEQUALITY
from rasp.compiler.selection.complements import with_complements_counted
from rasp.compiler.selection.matches import with_scorable_selectors
from rasp.compiler.selection.oneself import with_oneself_counted
from rasp.compiler.simplify import simplify
from rasp.graph.nodes import Node, SOpNode
from rasp.graph.origins import Origins
from rasp.vocabulary import Vocabulary


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
    if contexts.causal:
        graph = with_oneself_counted(graph, origins, everywhere=long, apart=not long and faithful)
    apart = with_complements_counted(
        graph,
        origins,
        n_tokens=vocabulary.size,
        max_len=contexts.max_len,
        wide=MOST_FAITHFUL_RANKS if faithful else WIDE_INEQUALITY,
    )
    if contexts.causal and apart is not graph:  # what is counted now may exclude the query itself
        apart = with_oneself_counted(apart, origins, everywhere=long, apart=not long and faithful)
    return with_scorable_selectors(apart, origins)

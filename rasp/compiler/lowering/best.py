"""The best of the selected keys, as one head: what a selector selects, and a number that ranks it.

`best(S, v)` selects, of the keys that S selects, those where v is largest.  Each value of v gets a
number from 0 to R, in the order of the values, and S scores 0 where it selects and at most -1 where
it does not.  Then the scores (R + 1) * S + number are at least 0 where S selects and at most -1
elsewhere; the largest is that of the best keys, and the beginning-of-sequence position, at -1/2, is
read where there is none.  `best(best(S, a), b)` is ranked by a and, among equals, by b.

Where v cannot be computed at a key, the key has the largest number of all: if it is selected, it is
read, and what reads it sees that it fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import FEW_GAPS, LARGEST_RANK
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.noise import last_bits, some_float
from rasp.compiler.lowering.scored import Scored
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.selectors import Rank, Term
from rasp.compiler.variables import Categorical, Linear, Read
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.columns import Failure
from rasp.graph.nodes import Atom, Best, SelectorNode


def split_best(selector: SelectorNode) -> tuple[SelectorNode, list[Best]]:
    """A selector without what ranks it, and that, what comes first first."""
    ranked: list[Best] = []
    while isinstance(selector, Best):
        ranked.append(selector)
        selector = selector.selector
    return selector, ranked[::-1]


def best_term(
    lowering: Lowering, term: Term, limits: Bounds, ranked: Sequence[Best]
) -> tuple[Term, Bounds]:
    """The best keys of a term; one after the other, what each ranks by.

    Raises CompileError for scores that have no order.
    """
    scored = [_scored(lowering, node) for node in ranked]
    rank: Rank | None = None
    for score in scored:
        if score.mixed:
            _check_kinds(lowering, replace(term, rank=rank), score)
        if limits.at_most_one or not score.numbers.any():
            continue  # nothing is to be chosen
        found = score.rank(score.numbers, lowering.text(score.node.score))
        rank = found if rank is None else rank.then(found)
        if rank.largest > LARGEST_RANK:
            raise CompileError(
                f"{lowering.text(score.node)} ranks by about {rank.largest:.2g} different numbers",
                labels=lowering.labels(score.node),
                hint="a score with fewer values",
            )
    if rank is not None:
        term, limits = replace(term, rank=rank), limits.among_best(rank.shared)
    for score in scored:
        if score.fails.any():
            _check_failing(lowering, term, limits, score)
    return term, limits


def _scored(lowering: Lowering, node: Best) -> Scored:
    if node not in lowering.scored:
        lowering.scored[node] = _of_view(lowering, node)
    return lowering.scored[node]


def _of_view(lowering: Lowering, node: Best) -> Scored:
    view = lowering.view(node.score)
    variable = view.variable
    elements = np.empty(len(view.column), dtype=object)
    elements[:] = view.column.elements()
    values = np.broadcast_to(elements, (variable.size,))
    fails = np.array([isinstance(value, Failure) for value in values])
    texts = np.array([isinstance(value, str) for value in values])
    atoms = [value for value in values.tolist() if not isinstance(value, Failure)]
    if any(value != value for value in atoms):
        raise CompileError(
            f"{lowering.text(node.score)} may be nan, which no number is above or below",
            labels=lowering.labels(node),
            hint="a score that is a number wherever it can be computed",
        )
    _refuse_blurred(lowering, node, variable, atoms)
    numbers = _numbers(values[~fails & ~texts], whole=not variable.free and not fails.any())
    strings = _numbers(values[texts], whole=False)
    found = np.zeros(variable.size, dtype=np.int64)
    found[~fails & ~texts] = numbers
    found[texts] = strings
    found[fails] = found.max(initial=-1) + 1
    return Scored(node, variable, found, fails, texts)


def _numbers(values: Sequence[Atom], *, whole: bool) -> Ints:
    """Numbers from 0 on in the order of the values, equal for equal ones.

    whole: integers are their own numbers, less the smallest, if that is not much larger.
    """
    order = sorted(set(values))
    if whole and order and all(isinstance(value, int) for value in order):
        low, high = int(order[0]), int(order[-1])
        if high - low <= FEW_GAPS * len(order):
            return np.array([int(value) - low for value in values], dtype=np.int64)
    place = {value: number for number, value in enumerate(order)}
    return np.array([place[value] for value in values], dtype=np.int64)


def _refuse_blurred(
    lowering: Lowering, node: Best, variable: Categorical, atoms: Sequence[Atom]
) -> None:
    """Raise CompileError if last bits that are not known decide which key is best."""
    # Two keys whose numbers are the same as fractions may differ in their last bits.
    if variable.blurred and any(isinstance(value, float) for value in atoms):
        raise last_bits(lowering, node, variable, some_float(atoms))


def _check_failing(lowering: Lowering, term: Term, limits: Bounds, score: Scored) -> None:
    """Have it noticed where a selected key has no score: it is the best, and is read."""
    meets = _seen(lowering, term, score, score.fails, single=limits.at_most_one)
    view = lowering.view(score.node.score)
    lowering.check_failing(score.node.score, meets, view.column)


def _check_kinds(lowering: Lowering, term: Term, score: Scored) -> None:
    """Have it noticed where strings and numbers are among what is to be ranked."""
    found: list[Linear] = []
    for chosen, what in ((score.texts, "a string"), (~score.texts & ~score.fails, "a number")):
        first = score.rank(chosen.astype(np.int64), what)
        rank = first if term.rank is None else term.rank.then(first)
        found.append(_seen(lowering, replace(term, rank=rank), score, chosen, single=False))
    lowering.check(
        score.node,
        (found[0] + found[1]).shifted(-1.0),
        f"the scores are strings and numbers, which have no order, in {lowering.text(score.node)}",
    )


def _seen(lowering: Lowering, term: Term, score: Scored, chosen: Bools, *, single: bool) -> Linear:
    """1 where the keys that a term selects, which agree in this, have one of the chosen scores."""
    read = Read(
        node=construct.aggregate(score.node, True, False),
        label=f"what {lowering.text(score.node)} selects",
        depth=attention_depth([term], score.variable.depth),
        possible=Domain.everywhere([False, True], lowering.contexts),
        term=term,
        value=score.variable,
        codes=chosen.astype(np.int64),
        default_code=0,
        checked=False,
        single=single,
    )
    lowering.variables.append(read)
    return Linear.feature(read, np.array([0.0, 1.0]))

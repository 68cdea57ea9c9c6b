"""A model of which not everything is proved -> the first inputs on which it is wrong, if any.

It is tried before anybody gets it: on the shortest inputs, and on long ones that provoke trouble.
What is found here is refused; what is not found may still be wrong.  Where rounding is not proved,
the short ones are also tried one by one: how sums are rounded depends on how many inputs are
computed at once.  Where it is, and only the meaning is not, few inputs are enough to see that
something is wrong, and it is asked what they cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from rasp.compiled.runnable import RunnableModel
from rasp.deadline import TimeIsUpError
from rasp.graph.walk import topological
from rasp.verification.comparison import Comparison
from rasp.verification.inputs import Row, every_input, sampled_inputs
from rasp.verification.provoking import provoking_inputs
from rasp.verification.result import Counterexample

SHORT, LONG, PROVOKING = 300, 100, 20
"""So many inputs at most."""

AT_ONCE = 100
"""Inputs between two looks at the clock."""

MOST_WORK = 20_000_000_000
"""Parameters times tokens of the long inputs: some seconds."""

FEWEST = 2

FEW_SHORT, FEW_LONG = 120, 30
"""So many inputs at most of a model whose rounding is proved."""

LITTLE_WORK = 3_000_000_000
"""What these may cost: parameters times tokens, for the model, and nodes times pairs of positions,
for the interpreter.  Some tenths of a second."""

CANDIDATES = 400
"""Inputs that the interpreter looks at for those that provoke trouble, of one length."""


def tried(model: RunnableModel) -> tuple[int, Counterexample | None]:
    """On how many inputs the model was compared with the interpreter, and what differs."""
    comparison = Comparison(model)
    n_tokens, longest = len(model.vocabulary), model.max_len
    n_parameters = sum(tensor.size for tensor in model.artifact.tensors.values())
    n_long = min(LONG, max(FEWEST, MOST_WORK // (n_parameters * longest)))
    short = (row for batch in every_input(n_tokens, longest, SHORT) for row in batch)
    rows: list[Row] = list(islice(short, SHORT))
    if len(rows) == SHORT:
        rows += provoking_inputs(
            model.specification.node,
            model.vocabulary.tokens,
            longest,
            most=min(n_long, PROVOKING),
            causal=model.artifact.config.causal,
        )
        rows += [
            row for batch in sampled_inputs(n_tokens, longest, n_long, 0, LONG) for row in batch
        ]
    n_alone = min(SHORT, MOST_WORK // (n_parameters * longest))
    alone = [[row] for row in rows[:n_alone]]
    for some in [
        *(rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)),
        *alone,
    ]:
        place = comparison.first_difference(some)
        if place is not None:
            return len(rows), comparison.shrink(some[place])
    return len(rows), None


def tried_in_short(model: RunnableModel) -> tuple[int, Counterexample | None]:
    """The same for a model whose rounding is proved: on fewer inputs, for what they may cost.

    A time limit ends it, with the inputs that were compared until then.
    """
    comparison = Comparison(model)
    n_compared = 0
    try:
        for rows in _batches(_affordable(_few_inputs(model), model)):
            place = comparison.first_difference(rows)
            if place is not None:
                return n_compared, comparison.shrink(rows[place])
            n_compared += len(rows)
    except TimeIsUpError:
        pass
    return n_compared, None


def _few_inputs(model: RunnableModel) -> Iterator[Row]:
    """Long ones and short ones in turn, so that there are some of both whatever one may cost."""
    n_tokens, longest = len(model.vocabulary), model.max_len
    root = model.specification.node
    every = (row for batch in every_input(n_tokens, longest, FEW_SHORT) for row in batch)
    short: list[Row] = list(islice(every, FEW_SHORT))
    long: list[Row] = []
    if len(short) == FEW_SHORT:
        batches = sampled_inputs(n_tokens, longest, FEW_LONG - PROVOKING // 2, 0, FEW_LONG)
        long = [row for batch in batches for row in batch]
        if CANDIDATES * len(topological([root])) * longest * longest < LITTLE_WORK:
            causal, tokens = model.artifact.config.causal, model.vocabulary.tokens
            long += provoking_inputs(root, tokens, longest, most=PROVOKING // 2, causal=causal)
    share = -(-len(short) // (len(long) + 1))
    for place, row in enumerate(short):
        if place % share == 0 and place // share < len(long):
            yield long[place // share]
        yield row


def _affordable(rows: Iterable[Row], model: RunnableModel) -> Iterator[Row]:
    """Those of them that can be paid for, one after the other."""
    n_parameters = sum(tensor.size for tensor in model.artifact.tensors.values())
    n_nodes = len(topological([model.specification.node]))
    work = 0
    for row in rows:
        cost = n_parameters * len(row) + n_nodes * len(row) ** 2
        if work + cost <= LITTLE_WORK:
            work += cost
            yield row


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Inputs of much the same length together, the short ones first."""
    ordered = sorted(rows, key=len)
    for start in range(0, len(ordered), AT_ONCE // 2):
        yield ordered[start : start + AT_ONCE // 2]

"""A model whose rounding is not certified -> the first inputs on which it is wrong, if any.

It is tried before anybody gets it: on the shortest inputs, and on long ones that provoke trouble.
What is found here is refused; what is not found may still be wrong.  The short ones are also tried
one by one: how sums are rounded depends on how many inputs are computed at once.
"""

from __future__ import annotations

from itertools import islice

from rasp.compiled.runnable import RunnableModel
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

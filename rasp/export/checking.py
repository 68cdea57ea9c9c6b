"""A model and what was made of it, side by side, before it is handed over.

The inputs are those on which compiled models go wrong if they do: the shortest ones, some of all
lengths and shapes, and those on which the program's own selectors are at their extremes or on which
it fails (`rasp.verification`).  They are compared in padded batches of mixed lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np

from rasp.compiled.inputs import Encoded, Ids
from rasp.compiled.runnable import RunnableModel
from rasp.errors import ExportError, RaspError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show
from rasp.readout import Outcome
from rasp.verification.inputs import every_input, sampled_inputs
from rasp.verification.provoking import provoking_inputs
from rasp.vocabulary import FIRST_TOKEN

MAX_CELLS = 1 << 20  # pairs of positions of all inputs
LEAST, MOST = 16, 256  # inputs by chance
SHORT = 64
PROVOKING = 48
BATCH = 32

Run = Callable[[Ids, Ids], Sequence[Outcome]]
"""Ids [batch, pos], each row with BOS and padded, and lengths [batch] without BOS -> outcomes."""


def inputs_of(model: RunnableModel, *, seed: int = 0) -> Encoded:
    """The inputs on which an export is compared with the model."""
    n_tokens, max_len = len(model.vocabulary), model.max_len
    most = max(LEAST, min(MOST, MAX_CELLS // max_len**2))
    rows: list[tuple[int, ...]] = []
    for batch in islice(every_input(n_tokens, min(2, max_len), SHORT), 1):
        rows += map(tuple, batch)
    for batch in sampled_inputs(n_tokens, max_len, most, seed, most):
        rows += map(tuple, batch)
    rows += provoking_inputs(
        model.specification.node,
        model.vocabulary.tokens,
        max_len,
        most=min(PROVOKING, most),
        seed=seed,
        causal=model.artifact.config.causal,
    )
    distinct = list(dict.fromkeys(rows))
    order = np.random.default_rng(seed).permutation(len(distinct))  # batches of mixed lengths
    return Encoded.of([[FIRST_TOKEN + token for token in distinct[place]] for place in order])


def compare(
    model: RunnableModel,
    run: Run,
    *,
    what: str,
    view: Callable[[Sequence[Atom]], Sequence[Atom]] = list,
    seed: int = 0,
) -> int:
    """On how many inputs an export gives what the model gives.

    view: the model's values -> what the export should give for them.  Raises ExportError for the
    first input on which it does not.
    """
    encoded = inputs_of(model, seed=seed)
    expected: list[Outcome] = [
        outcome if isinstance(outcome, RaspError) else list(view(outcome))
        for outcome in model.run(encoded)
    ]
    for start in range(0, len(expected), BATCH):
        places = np.arange(start, min(start + BATCH, len(expected)))
        found = run(encoded.batch(places), encoded.lengths[places])
        for place, got in zip(places.tolist(), found, strict=True):
            if not same(expected[place], got):
                raise ExportError(
                    f"the export to {what} would not compute what the model does",
                    notes=[
                        f"input: {_shown(_tokens(model, encoded, place))}",
                        f"model: {_shown(expected[place])}",
                        f"export: {_shown(got)}",
                    ],
                )
    return len(expected)


def same(expected: Outcome, got: Outcome) -> bool:
    """Both errors, or equal values of equal types."""
    if isinstance(expected, RaspError) or isinstance(got, RaspError):
        return isinstance(expected, RaspError) and isinstance(got, RaspError)
    return list(map(atom_key, expected)) == list(map(atom_key, got))


def _tokens(model: RunnableModel, encoded: Encoded, place: int) -> list[Atom]:
    end = int(encoded.lengths[: place + 1].sum())
    ids = encoded.ids[end - int(encoded.lengths[place]) : end]
    return [model.vocabulary.tokens[number - FIRST_TOKEN] for number in ids.tolist()]


def _shown(outcome: Outcome) -> str:
    if isinstance(outcome, RaspError):
        return f"an error: {outcome.message}"
    return f"[{', '.join(map(show, outcome))}]"

"""Models that are wrong about means of numbers such as 0.1, for trying the proof of meaning on.

RESTS[name]()               wrong in value or in type
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.meaning.witness import Beside
from rasp.outputs import Low, Readout
from rasp.testing.wrong_models import model_of, node_of, with_tensors
from rasp.vocabulary import Vocabulary

MEAN = "x = average(tokens_asis);"
MOSTLY = "x = average(tokens_asis if indices > 0 else 0.1);"
NEAR = "x = aggregate(select(indices, indices - 1, >=) and select(indices, indices, <=), {});"
TENTHS = (0.1, 0.2, 0.3)


def negated_rest() -> Artifact:
    """What the numbers have beyond their fractions is taken away in place of being added."""
    artifact = model_of(MEAN, TENTHS, 5)
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, 1] *= -1
    return with_tensors(artifact, unembed__W_U=w_u)


def half_a_rest() -> Artifact:
    """What the numbers have beyond their fractions is taken for half of what it is."""
    artifact = model_of(MEAN, TENTHS, 5)
    low = artifact.readout.low
    assert low is not None
    return _read(artifact, low=replace(low, below=2 * low.below))


def other_mean() -> Artifact:
    """The mean of the tokens, and of their rests, is put out in place of that of other numbers."""
    return replace(model_of(MEAN, TENTHS, 5), graph=node_of(MOSTLY))


TWO_MEANS = """
    y = aggregate(select(indices, indices, <=), tokens_asis);
    w = selector_width(select(tokens_asis, 0.1, ==));
    x = y * aggregate(select(indices, w, <=), tokens_asis);
"""


def rests_of_another() -> Artifact:
    """What the second mean leaves out is that of what the first one does, as the witness has it
    beside the numbers that it would have to be of."""
    artifact = model_of(TWO_MEANS, TENTHS, 4)
    witness = artifact.witness
    assert witness is not None
    x, y = (quantity for quantity in witness.quantities if isinstance(quantity, Beside))
    forged_x = replace(x, of=y)
    quantities = tuple(forged_x if q is x else q for q in witness.quantities)
    w_v = artifact.tensors["blocks.1.attn.W_V"].copy()
    place = next(n for n, label in enumerate(artifact.labels.residual) if label.startswith("low"))
    w_v[0, :, 0] = 0.0
    w_v[0, place, 0] = 1.0
    forged = replace(artifact, witness=replace(witness, quantities=quantities))
    return with_tensors(forged, blocks__1__attn__W_V=w_v)


def large_rest() -> Artifact:
    """1 and 2.5 are taken for 3/4 and 35/16, and what they have besides is averaged apart: it is
    so large that another fraction is the nearest."""
    artifact = model_of(MEAN, (1, 2.5), 5)
    assert artifact.witness is not None
    quantities = tuple(
        replace(quantity, values=(1.0, 2.5)) if isinstance(quantity, Beside) else quantity
        for quantity in artifact.witness.quantities
    )
    forged = replace(
        artifact,
        vocabulary=Vocabulary.of((1.0, 2.5)),
        witness=replace(artifact.witness, quantities=quantities),
    )
    low = Low(_fraction(4, 1, 4), below=4)
    return replace(
        forged, readout=replace(_fraction(12, 23, 16), low=low, failures=artifact.readout.failures)
    )


def whole_means_as_ints() -> Artifact:
    """The mean of 0 and 2 is put out as the int 1."""
    artifact = model_of("x = average(tokens_int);", "02", 4)
    w_u, b_u = (artifact.tensors[f"unembed.{name}"][..., :1] for name in ("W_U", "b_U"))
    forged = with_tensors(
        replace(artifact, config=replace(artifact.config, d_vocab_out=1)),
        unembed__W_U=w_u,
        unembed__b_U=b_u,
    )
    readout = replace(_fraction(0, 2, 1, 4), integer=True, failures=artifact.readout.failures)
    return replace(forged, readout=readout)


def coarse_grid_of_means() -> Artifact:
    """Means of two numbers are read as if there were one."""
    artifact = model_of(NEAR.format("tokens_asis"), TENTHS, 5)
    low = artifact.readout.low
    assert low is not None
    return _read(artifact, kind="grid", scale=np.full(1, 10.0), context="", fractions=None)


def _fraction(start: int, step: int, below: int, most: int = 5) -> Readout:
    table = np.array([(start, step, below, 1, most)], dtype=np.int64)
    return Readout("fraction", fractions=table)


def _read(artifact: Artifact, **changed: Any) -> Artifact:
    return replace(artifact, readout=replace(artifact.readout, **changed))


RESTS: dict[str, Callable[[], Artifact]] = {
    build.__name__: build
    for build in (
        negated_rest,
        half_a_rest,
        other_mean,
        rests_of_another,
        large_rest,
        whole_means_as_ints,
        coarse_grid_of_means,
    )
}

"""Models that are wrong by numbers which are equal but of two types, or which floats or NumPy do
not hold, for trying the proof of meaning on.

NUMBERS[name]()             wrong in value or in type
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rasp.artifact import Artifact
from rasp.graph import construct
from rasp.graph.nodes import Aggregate, Indices
from rasp.meaning.witness import Beside, Meaning, Term, Witness
from rasp.testing.wrong_models import model_of, passed_off, with_tensors

Build = Callable[[], Artifact]

PREFIX_MEAN = "x = aggregate(select(indices, indices, <=), tokens_asis);"


def _witness(artifact: Artifact) -> Witness:
    assert artifact.witness is not None
    return artifact.witness


def types_averaged() -> Artifact:
    """A mean of 1 and 1.0, which is 1.0, is held by a table as 1/2, and read out as 1.

    What says which values are floats is also carried for the mean itself.
    """
    artifact = model_of(PREFIX_MEAN, (1, 1.0), 2)
    plan, witness = artifact.plan, _witness(artifact)
    assert plan is not None
    places = {type(quantity): n for n, quantity in enumerate(witness.quantities)}
    mean = places[Aggregate]
    (held,), (beside,) = (
        [
            number
            for number, meaning in enumerate(witness.directions)
            if place in [multiple.quantity for multiple in meaning.multiples]
        ]
        for place in (mean, places[Beside])
    )
    t = {name: artifact.tensors[f"blocks.0.attn.{name}"].copy() for name in ("W_V", "b_V", "W_O")}
    own, other = (int(t["W_O"][0, :, plan.directions[n].place].argmax()) for n in (held, beside))
    for name in ("W_V", "b_V"):
        t[name][0, ..., own] = t[name][0, ..., other]
    listed, directions = list(witness.values), list(witness.directions)
    listed[mean] = (1, 1.0)
    directions[held] = Meaning(0.0, (Term(mean, (0.0, 1.0)),))
    w_u, b_u = (artifact.tensors[f"unembed.{name}"][..., :1] for name in ("W_U", "b_U"))
    changed = {"blocks__0__attn__W_V": t["W_V"], "blocks__0__attn__b_V": t["b_V"]}
    readout = replace(
        artifact.readout,
        values=(1, 1.0),
        centres=np.array([[0.0, 1.0]]),
        codes=np.array([[0, 1]]),
        spread=None,
    )
    return replace(
        with_tensors(artifact, **changed, unembed__W_U=w_u, unembed__b_U=b_u),
        config=replace(artifact.config, d_vocab_out=1),
        witness=replace(witness, values=tuple(listed), directions=tuple(directions)),
        readout=readout,
    )


def large_sums() -> Artifact:
    """Sums of two integers of 63 bits are taken to be below 0."""
    tokens = [2**62 + number for number in range(300)]
    return passed_off(
        "x = tokens_asis + tokens_asis[0] < 0;", "x = tokens_asis == tokens_asis;", tokens, 2
    )


def cancelled() -> Artifact:
    """The index is held as what 2^62 loses where it is added and taken away again: as nothing."""
    text = "x = indices + selector_width(select(tokens, tokens, ==)) > 280;"
    artifact = model_of(text, "ab", 300)
    witness = _witness(artifact)
    (index,) = (n for n, q in enumerate(witness.quantities) if isinstance(q, Indices))
    held = next(
        n for n, m in enumerate(witness.directions) if index in [t.quantity for t in m.terms]
    )
    one, (term,) = len(witness.quantities), witness.directions[held].terms
    directions = list(witness.directions)
    directions[held] = Meaning(2.0**62, (term, Term(one, (-(2.0**62),))))
    told = Witness(
        (*witness.quantities, construct.constant(1)), (*witness.values, (1,)), tuple(directions)
    )
    assert artifact.plan is not None
    w_pos = artifact.tensors["pos_embed.W_pos"].copy()
    w_pos[:, artifact.plan.directions[held].place] = 0.0
    return replace(with_tensors(artifact, pos_embed__W_pos=w_pos), witness=told)


NUMBERS: dict[str, Build] = {
    build.__name__: build for build in (types_averaged, large_sums, cancelled)
}

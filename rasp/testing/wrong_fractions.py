"""Models that are read out as other fractions than their means are, for the proof of meaning.

FRACTIONS[name]()           wrong in value or in type
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Head
from rasp.graph.nodes import Atom
from rasp.meaning.witness import Meaning
from rasp.outputs import Readout
from rasp.testing.wrong_models import model_of, with_tensors

LENGTH = 4
OVER_EQUAL = "x = aggregate(select(tokens, tokens, ==), indices);"
SO_FAR = "x = aggregate(select(indices, indices, <=), {});"


def fraction_of(
    text: str,
    tokens: Sequence[Atom] = "ab",
    row: tuple[int, int, int, int, int] = (0, 1, 1, 1, LENGTH),
) -> Artifact:
    """A mean of few values, read out as a fraction; row: start, step, below, least, most."""
    artifact = model_of(text, tokens, LENGTH)
    readout = Readout(
        "fraction",
        fractions=np.array([row], dtype=np.int64),
        spread=artifact.readout.spread,
        failures=artifact.readout.failures,
    )
    return replace(artifact, readout=readout)


def steps_of_five() -> Artifact:
    """Means of 0, 1, 2 and 3 are read out as multiples of 5 / m."""
    return fraction_of(OVER_EQUAL, row=(0, 5, 1, 1, LENGTH))


def fewer_keys() -> Artifact:
    """Means of up to four numbers are read out as those of two."""
    return fraction_of(OVER_EQUAL, row=(0, 1, 1, 1, 2))


def always_four_keys() -> Artifact:
    """Means of up to four numbers are read out as multiples of a quarter."""
    return fraction_of(OVER_EQUAL, row=(0, 1, 1, LENGTH, LENGTH))


def always_two_keys() -> Artifact:
    """Means of three numbers are read out as multiples of a half."""
    return fraction_of(SO_FAR.format("tokens_float"), "01", (0, 1, 1, 2, 2))


def keys_by_length() -> Artifact:
    """Means of three numbers are read out as multiples of a quarter, where four may be selected."""
    artifact = fraction_of("x = aggregate(select(tokens, tokens, ==), indices + 0.0);")
    rows = np.array([(0, 1, 1, most, most) for most in (1, 2, 6, 4)], dtype=np.int64)
    return replace(artifact, readout=replace(artifact.readout, fractions=rows, context="n"))


def unread_default() -> Artifact:
    """The default is no fraction of up to four keys."""
    text = "x = aggregate(select(indices, indices, <), tokens_float, 0.125);"
    return fraction_of(text, "01")


def whole_floats_as_ints() -> Artifact:
    """Means of floats that are whole are read out as ints."""
    artifact = fraction_of(SO_FAR.format("tokens_float"), "01")
    return replace(artifact, readout=replace(artifact.readout, integer=True))


def whole_as_ints() -> Artifact:
    """Of means that are whole it is not asked whether they are ints: they are taken for floats."""
    artifact = fraction_of(OVER_EQUAL)
    w_u, b_u = (artifact.tensors[f"unembed.{name}"][..., :1] for name in ("W_U", "b_U"))
    forged = with_tensors(
        replace(artifact, config=replace(artifact.config, d_vocab_out=1)),
        unembed__W_U=w_u,
        unembed__b_U=b_u,
    )
    return replace(forged, readout=replace(artifact.readout, spread=None))


def zero_without_a_sign() -> Artifact:
    """Means of -0.0 are read out as 0.0."""
    return fraction_of(SO_FAR.format("-tokens_float"), "01")


def too_fine() -> Artifact:
    """Numbers of a thousand are read out with denominators so large that 2^7 is the largest."""
    return fraction_of(SO_FAR.format("tokens_float"), (1000.0, 1001.0), (0, 1, 1, 1, 1 << 20))


def shifted_fraction() -> Artifact:
    """A half more is put out than the mean."""
    artifact = fraction_of(OVER_EQUAL)
    b_u = artifact.tensors["unembed.b_U"].copy()
    b_u[0] = 0.5
    return with_tensors(artifact, unembed__b_U=b_u)


def doubled_fraction() -> Artifact:
    """Twice the mean is put out."""
    artifact = fraction_of(OVER_EQUAL)
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, 0] *= 2.0
    return with_tensors(artifact, unembed__W_U=w_u)


def read_with_another() -> Artifact:
    """What tells ints from floats is added to the mean; in the stream it comes behind the mean."""
    artifact = fraction_of(OVER_EQUAL)
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    (*others, spread, mean), (*meanings, of_spread, of_mean) = plan.directions, witness.directions
    mean, spread = replace(mean, place=spread.place), replace(spread, place=mean.place)
    w_u, w_o = (artifact.tensors[n].copy() for n in ("unembed.W_U", "blocks.0.attn.W_O"))
    w_u[[-2, -1]] = w_u[[-1, -2]]
    w_o[:, :, [-2, -1]] = w_o[:, :, [-1, -2]]
    w_u[spread.place, 0] = 1.0
    forged = replace(
        artifact,
        plan=replace(plan, directions=(*others, mean, spread)),
        witness=replace(witness, directions=(*meanings, of_mean, of_spread)),
    )
    return with_tensors(forged, unembed__W_U=w_u, blocks__0__attn__W_O=w_o)


def doubled_where_held() -> Artifact:
    """Twice the mean is carried and held, as plan and witness have it, and put out."""
    artifact = fraction_of(SO_FAR.format("tokens_int"), "012")
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    (number,), (meaning,) = _put_out(artifact)
    twice = replace(
        meaning,
        multiples=tuple(replace(one, factor=2 * one.factor) for one in meaning.multiples),
    )
    (place,) = np.flatnonzero(artifact.tensors["unembed.W_U"][:, 0])
    (column,) = np.flatnonzero(artifact.tensors["blocks.0.attn.W_O"][0, :, place])
    w_v = artifact.tensors["blocks.0.attn.W_V"].copy()
    w_v[0, :, column] *= 2.0
    (head,) = plan.sublayers[0]
    assert isinstance(head, Head)
    values = [v if v is None or n != column else 2 * v for n, v in enumerate(head.values)]
    held = plan.directions[number]
    assert held.bound is not None
    larger = replace(held, bound=2 * held.bound)
    forged = replace(
        artifact,
        plan=replace(
            plan,
            directions=_with(plan.directions, number, larger),
            sublayers=((replace(head, values=tuple(values)),), *plan.sublayers[1:]),
        ),
        witness=replace(witness, directions=_with(witness.directions, number, twice)),
    )
    return with_tensors(forged, blocks__0__attn__W_V=w_v)


def _put_out(artifact: Artifact) -> tuple[list[int], list[Meaning]]:
    """The directions that the first column of the output reads: which, and what they hold."""
    assert artifact.plan is not None
    assert artifact.witness is not None
    column = artifact.tensors["unembed.W_U"][:, 0]
    read = [n for n, one in enumerate(artifact.plan.directions) if column[one.place]]
    return read, [artifact.witness.directions[n] for n in read]


def _with(some: tuple[Any, ...], number: int, new: Any) -> tuple[Any, ...]:
    return (*some[:number], new, *some[number + 1 :])


FRACTIONS: dict[str, Callable[[], Artifact]] = {
    build.__name__: build
    for build in (
        steps_of_five,
        fewer_keys,
        always_four_keys,
        always_two_keys,
        keys_by_length,
        unread_default,
        whole_floats_as_ints,
        whole_as_ints,
        zero_without_a_sign,
        too_fine,
        shifted_fraction,
        doubled_fraction,
        doubled_where_held,
        read_with_another,
    )
}

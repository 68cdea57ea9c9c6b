"""Models that are read out as other fractions than their means are, for the proof of meaning.

FRACTIONS[name]()           wrong in value or in type
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rasp.artifact import Artifact
from rasp.graph.nodes import Atom
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
    )
}

"""Models that are wrong about integers which are too many to list, for trying the proof of meaning
on.

WHOLES[name]()              wrong in value or in type
small_sum(), ...            models whose plan says what is not so (`rasp.testing.lying_plans`)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.outputs import Readout
from rasp.testing.wrong_models import Build, model_of, passed_off, with_tensors

SUM = "a = tokens_int[0]; b = tokens_int[1]; x = {} * a + b;"
PLACES = "x = tokens_int[0] * 2 + tokens_int[1];"
BITS = "x = round(length * average(tokens_int * 2 ^ indices));"


def doubled() -> Artifact:
    """Twice the sum is put out."""
    artifact = model_of(BITS, "01", 16)
    return with_tensors(artifact, unembed__W_U=2 * artifact.tensors["unembed.W_U"])


def integers_for_floats() -> Artifact:
    """A multiple of a float is put out as an int."""
    return passed_off(SUM.format("2.0"), SUM.format(2), "01", 12)


def integers_for_some_floats() -> Artifact:
    """So is a sum of numbers of which some are floats."""
    artifact = model_of("x = 2 * tokens_asis[0] + tokens_asis[1];", (0, 1.0), 12)
    return _read(artifact, values=tuple(map(int, artifact.readout.values)))


def floats_for_integers() -> Artifact:
    return _read(model_of(BITS, "01", 16), integer=False)


def even_numbers() -> Artifact:
    """Integers are read out to the nearest even one."""
    return _read(model_of(BITS, "01", 16), scale=np.array([0.5]))


def moved_centre() -> Artifact:
    """Nearer to 2 than its own centre is one that stands for 0."""
    artifact = model_of(PLACES, "01", 5)
    centres, codes = artifact.readout.centres, artifact.readout.codes
    assert centres is not None
    assert codes is not None
    centres = np.insert(centres, 2, centres[:, 0], axis=1)
    codes = np.insert(codes, 2, codes[:, 0], axis=1)
    centres[0, 2:4] = 1.9, 2.9
    return _read(artifact, centres=centres, codes=codes)


def exchanged_codes() -> Artifact:
    """1 is read out as 2, and 2 as 1."""
    artifact = model_of(PLACES, "01", 5)
    assert artifact.readout.codes is not None
    codes = artifact.readout.codes.copy()
    codes[0, 1:3] = codes[0, 2:0:-1]
    return _read(artifact, codes=codes)


def floats_for_few_integers() -> Artifact:
    """Of integers that are listed floats are put out."""
    artifact = model_of(PLACES, "01", 5)
    readout = Readout("grid", scale=np.ones(1), failures=artifact.readout.failures)
    return replace(artifact, readout=readout)


def small_sum() -> Artifact:
    """The plan says that a sum is not as large as it is."""
    return _lying(bound=0.5)


def sum_of_quarters() -> Artifact:
    """A sum is held as a third of it, and the plan says that these are multiples of 1/4."""
    artifact = _lying(dyadic=True)
    assert artifact.witness is not None
    *others, last = artifact.witness.directions
    (multiple,) = last.multiples
    third = replace(last, multiples=(replace(multiple, factor=1 / 3),))
    t = artifact.tensors
    w_v, w_u = t["blocks.1.attn.W_V"] / 3, t["unembed.W_U"] * 3
    witness = replace(artifact.witness, directions=(*others, third))
    return with_tensors(
        replace(artifact, witness=witness), blocks__1__attn__W_V=w_v, unembed__W_U=w_u
    )


def sum_above_0() -> Artifact:
    """The plan says that a sum is not below 0."""
    return _lying(BITS.replace("tokens_int", "-tokens_int"), nonnegative=True)


def _lying(text: str = BITS, **changed: Any) -> Artifact:
    """The plan says something of the direction that holds the sum; a bound is multiplied."""
    artifact = model_of(text, "01", 16)
    assert artifact.plan is not None
    *others, last = artifact.plan.directions
    changed["bound"] = last.bound * changed.get("bound", 1.0)
    directions = (*others, replace(last, **changed))
    return replace(artifact, plan=replace(artifact.plan, directions=directions))


def _read(artifact: Artifact, **changed: Any) -> Artifact:
    return replace(artifact, readout=replace(artifact.readout, **changed))


WHOLES: dict[str, Build] = {
    build.__name__: build
    for build in (
        doubled,
        integers_for_floats,
        integers_for_some_floats,
        floats_for_integers,
        even_numbers,
        moved_centre,
        exchanged_codes,
        floats_for_few_integers,
    )
}

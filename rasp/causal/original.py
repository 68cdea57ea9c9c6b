"""A model whose residual stream was rotated -> the same network in the basis it was compiled in.

In a rotated basis every weight is a sum of rounded products: nothing is exactly 0, and which part
reads which dimension says nothing.  So the program is compiled again, which gives the weights from
before the rotation, and it is checked that they are: rotated as the model's basis says, they have
to be the model's.
"""

from __future__ import annotations

import numpy as np

from rasp.artifact import Artifact
from rasp.compiled.runnable import RunnableModel
from rasp.errors import CompileError, RaspValueError
from rasp.model.basis import in_basis, widened

CLOSE = 1e-9
"""How far rotated weights may be off, relative to the largest of a tensor: they are rounded to 53
bits, on another machine perhaps in another order."""

SQUEEZED = (
    "the residual stream is squeezed into fewer dimensions, where no direction is one thing's"
)
CHANGED = (
    "the weights are not those of the program, rotated: they were changed, or compiled otherwise"
)


def is_squeezed(artifact: Artifact) -> bool:
    """Is the stream in a basis that no rotation gives?"""
    return artifact.basis is not None and (artifact.report.basis or {}).get("width") is not None


def original_of(model: RunnableModel) -> RunnableModel:
    """The network in which every direction is a dimension: the model itself where it is one.

    Direction k of a rotated model is row k of its `artifact.basis`, and dimension k here.  Raises
    RaspValueError for a squeezed model, and for a rotated one with changed weights.
    """
    artifact = model.artifact
    if artifact.basis is None:
        return model
    if is_squeezed(artifact):
        raise RaspValueError(
            SQUEEZED,
            hint="compile it without width, for the network that it was trained to be like",
        )
    original = compiled_before(model)
    if original is None or not _is_rotated(original.artifact, artifact):
        raise RaspValueError(
            CHANGED, hint="a circuit is read from weights before they are rotated: compile it again"
        )
    return original


def compiled_before(model: RunnableModel) -> RunnableModel | None:
    """The program of a rotated model, compiled as it was before the rotation, and None where that
    is another network: one with other parts, or other weights than the model was made with."""
    return model.once(_compiled)


def _compiled(model: RunnableModel) -> RunnableModel | None:
    from rasp.verification.departure import compiled_again

    made = model.compiled_artifact
    before = (made.report.basis or {}).get("dtype", "auto")
    try:
        again = compiled_again(made, model, before if isinstance(before, str) else "auto").artifact
    except CompileError:  # another version of the compiler
        return None
    if widened(again.config, again.config.d_model, made.config.dtype) != made.config:
        return None
    if not made.report.changed and not _is_rotated(again, made):
        return None
    return RunnableModel(again, model.specification)


def _is_rotated(before: Artifact, after: Artifact) -> bool:
    """Are the weights of the one those of the other in its basis?"""
    basis = after.basis
    assert basis is not None
    if basis.shape != (before.config.d_model, before.config.d_model):
        return False
    if np.abs(basis @ basis.T - np.eye(len(basis))).max(initial=0.0) > CLOSE:
        return False
    wide = {name: tensor.astype(np.float64) for name, tensor in before.tensors.items()}
    return all(
        np.abs(after.tensors[name] - tensor).max(initial=0.0)
        <= CLOSE * (1.0 + np.abs(tensor).max(initial=0.0))
        for name, tensor in in_basis(wide, basis, basis.T).items()
    )

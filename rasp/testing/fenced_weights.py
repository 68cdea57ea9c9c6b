"""Conditions of what is certified, and of which weights, each with what comes out wrong without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.checkpoint.file import from_bytes, packed, to_bytes, unpacked
from rasp.compiled import CompiledModel
from rasp.digests import FIELD, digests_of
from rasp.graph.nodes import Atom
from rasp.testing.fence import fence, small_model


def _forged(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> list[Atom]:
    manifest, tensors = unpacked(to_bytes(small_model()))
    change(manifest, tensors)
    manifest.pop(FIELD)
    data = packed({**manifest, FIELD: digests_of(manifest, tensors)}, tensors)
    artifact, _ = from_bytes(data)
    return list(artifact.vocabulary.tokens)


def _swap(manifest: dict[str, Any], tensors: dict[str, Any]) -> None:
    tensors["unembed.W_U"] = np.ascontiguousarray(tensors["unembed.W_U"][:, ::-1])


def _boast(manifest: dict[str, Any], tensors: dict[str, Any]) -> None:
    manifest["report"]["certificate"]["reads"][0]["bound"] /= 2


def _certified_after(change: Callable[[CompiledModel], object]) -> bool:
    model = small_model()
    change(model)
    return model.certificate.ok


def _zeroed(model: CompiledModel) -> None:
    model.module.unembed.W_U.data.zero_()


def _hooked(model: CompiledModel) -> None:
    model.module.unembed.register_forward_hook(lambda module, inputs, output: -output)


def _replaced(model: CompiledModel) -> None:
    vars(model.module.unembed)["forward"] = lambda residual: -residual


def _halved() -> list[Atom]:
    model = small_model()
    model.module.half()
    return model("ab")


def _fitted() -> bool:
    """Is a model certified whose functions are said to be off by half of their size?"""
    artifact = small_model("x = indices % 2;").artifact
    assert artifact.plan is not None
    return replace(artifact, plan=replace(artifact.plan, fit=0.5)).certify().ok


WEIGHTS = (
    fence(
        "certificate.check:fitted",
        "if deviations is None and not plan.fit <= MOST_MISFIT:",
        "if False:",
        "what is left out of a function may be multiplied by what reads it, by any number",
        _fitted,
        False,
    ),
    fence(
        "checkpoint.file:meaning",
        "if stored is not None and stored.ok and not found.ok:",
        "if False:",
        "a file does not say of its weights what is not proved of them",
        lambda: _forged(_swap),
        "CheckpointError",
    ),
    fence(
        "checkpoint.file:bounds",
        "if difference is not None:",
        "if False:",
        "the bounds in a file are those of its weights",
        lambda: _forged(_boast),
        "CheckpointError",
    ),
    fence(
        "compiled.runnable:changed",
        "if found != self._made_digests:",
        "if False:",
        "of changed weights the certificate is computed again",
        lambda: _certified_after(_zeroed),
        False,
    ),
    fence(
        "model.present:hooks",
        "if not all(isinstance(hook, BasePruningMethod) for hook in hooks):",
        "if False:",
        "what hooks make of a model is not certified",
        lambda: _certified_after(_hooked),
        False,
    ),
    fence(
        "model.present:forward",
        'if "forward" in vars(part) or',
        "if",
        "nor what another forward method makes of it",
        lambda: _certified_after(_replaced),
        False,
    ),
    fence(
        "model.present:dtypes",
        "if dtype not in NAMES:",
        "if False:",
        "half precision is refused in words",
        _halved,
        "RaspTypeError",
    ),
)

"""A module as it is now -> its weights by name, if it still is a model of its shape.

Whoever has a module may change it: in place, by training, by pruning, by moving it to another
device or dtype, by putting other parts into it.  What is still a Transformer of the same shape in
float32 or float64 has weights, whatever they are; anything else is refused in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.prune import BasePruningMethod

from rasp.model.config import TransformerConfig
from rasp.model.transformer import DTYPES

NAMES = {dtype: name for name, dtype in DTYPES.items()}

_OURS = ("rasp.model.", "torch.nn.modules.")
"""Modules of the forward methods of a Transformer and its parts."""


class ModuleError(Exception):
    """The module is no model of its shape that can be run in float32 or float64, and why."""


def dtype_of(module: object, config: TransformerConfig) -> str:
    """The dtype of all weights, "float32" or "float64".  Raises ModuleError.

    config: the shape that the module should have; its dtype does not matter.
    """
    return _checked(module, config)[0]


def device_of(module: object, config: TransformerConfig) -> torch.device:
    """The device that all weights are on.  Raises ModuleError."""
    return _checked(module, config)[1]


def weights_of(module: object, config: TransformerConfig) -> dict[str, NDArray[Any]]:
    """The weights by the names of `config.shapes()`, not to be written to.  Raises ModuleError.

    Arrays share memory with the module where they can, so they are what it is at any later time.
    """
    _checked(module, config)
    return {
        name: tensor.detach().cpu().contiguous().numpy()
        for name, tensor in _tensors(module, config)
    }


def altered(module: object) -> str | None:
    """What else than the weights decides what the module computes, in words; None if nothing does.

    Hooks may only look on, and forward methods of others may compute the same: nobody can tell.
    """
    module = getattr(module, "_orig_mod", module)  # of torch.compile
    if (everywhere := altered_everywhere()) is not None:
        return everywhere
    for name, part in module.named_modules() if isinstance(module, nn.Module) else ():
        where = name or "the module itself"
        hooks = [*part._forward_hooks.values(), *part._forward_pre_hooks.values()]
        if not all(isinstance(hook, BasePruningMethod) for hook in hooks):  # that compute weights
            return f"the forward hooks of {where} may change what it computes"
        if "forward" in vars(part) or not type(part).forward.__module__.startswith(_OURS):
            return f"the forward method of {where} is not that of a model"
    return None


def altered_everywhere() -> str | None:
    """As `altered`, of modules that nobody has made yet."""
    if nn.modules.module._global_forward_hooks or nn.modules.module._global_forward_pre_hooks:
        return "forward hooks for all modules may change what it computes"
    return None


def _checked(module: object, config: TransformerConfig) -> tuple[str, torch.device]:
    """The dtype and the device of all weights."""
    shapes = config.shapes()
    dtypes: dict[torch.dtype, str] = {}  # each with the first tensor that has it
    devices: dict[torch.device, str] = {}
    for name, tensor in _tensors(module, config):
        if tuple(tensor.shape) != shapes[name]:
            raise ModuleError(
                f"{name} has the shape {list(tensor.shape)}, and {list(shapes[name])} in this model"
            )
        if tensor.layout != torch.strided:
            raise ModuleError(f"{name} is stored as {tensor.layout}, and not as a dense tensor")
        dtypes.setdefault(tensor.dtype, name)
        devices.setdefault(tensor.device, name)
    for dtype, name in dtypes.items():
        if dtype not in NAMES:
            raise ModuleError(
                f"{name} is in {str(dtype).removeprefix('torch.')}, and a model computes in "
                "float32 or float64"
            )
    if len(dtypes) > 1:
        raise ModuleError(f"the weights have several dtypes: {_listed(dtypes)}")
    if len(devices) > 1:
        raise ModuleError(f"the weights are on several devices: {_listed(devices)}")
    (dtype,), (device,) = dtypes, devices
    if device.type == "meta":
        raise ModuleError("the weights are on the device 'meta', where there are no numbers")
    _check_parts(module, config)
    return NAMES[dtype], device


def _listed(found: dict[Any, str]) -> str:
    return ", ".join(f"{str(what).removeprefix('torch.')} ({name})" for what, name in found.items())


def _check_parts(module: object, config: TransformerConfig) -> None:
    """Raises ModuleError for what is not about any single tensor."""
    theirs = getattr(module, "config", None)
    if not isinstance(theirs, TransformerConfig) or config != replace(theirs, dtype=config.dtype):
        raise ModuleError("its config is not that of this model")
    blocks = getattr(module, "blocks", ())
    for number, (block, shape) in enumerate(zip(blocks, config.blocks, strict=True)):
        for part, size in (("attn", shape.n_heads), ("mlp", shape.d_mlp)):
            if not size and getattr(block, part, None) is not None:
                raise ModuleError(f"blocks.{number}.{part} is there, and this model has none")


def _tensors(module: object, config: TransformerConfig) -> Iterator[tuple[str, Tensor]]:
    """Every weight that a forward pass uses, by its name in `config.shapes()`."""
    n_blocks = len(getattr(module, "blocks", ()))
    if n_blocks != len(config.blocks):
        raise ModuleError(f"it has {n_blocks} blocks, and this model {len(config.blocks)}")
    owners: dict[str, Any] = {}
    for name in config.shapes():
        path, _, leaf = name.rpartition(".")
        if path not in owners:
            owners[path] = _part(module, path)
        owner = owners[path]
        # Looked up where it is in nearly all models: this runs at every call of a model.
        parameter = owner._parameters.get(leaf) if isinstance(owner, nn.Module) else None
        tensor = _computed(owner, leaf) if parameter is None else parameter
        if not isinstance(tensor, Tensor):
            raise ModuleError(f"it has no {name}")
        yield name, tensor


def _part(module: object, path: str) -> Any:
    part: Any = module
    for step in path.split("."):
        part = part[int(step)] if step.isdecimal() else getattr(part, step, None)
    return part


def _computed(owner: object, leaf: str) -> object:
    """A weight that is no parameter of its own, as `torch.nn.utils.prune` leaves it."""
    original, mask = (getattr(owner, leaf + suffix, None) for suffix in ("_orig", "_mask"))
    if isinstance(original, Tensor) and isinstance(mask, Tensor):
        return original * mask
    return getattr(owner, leaf, None)

"""Compiled programs: inputs to ids, forward passes, and models that are called with tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasp.compiled.model import CompiledModel as CompiledModel
    from rasp.compiled.specification import Specification as Specification

_HOMES = {"CompiledModel": "rasp.compiled.model", "Specification": "rasp.compiled.specification"}

__all__ = ["CompiledModel", "Specification"]


if not TYPE_CHECKING:  # for which any name would then be one

    def __getattr__(name: str) -> Any:
        """Imported on use: what works on models imports their parts, not all that works on them."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)

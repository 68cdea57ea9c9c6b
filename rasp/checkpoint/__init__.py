"""Compiled models in files, and back: files, and models that are read from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasp.checkpoint.file import packed as packed
    from rasp.checkpoint.file import save as save
    from rasp.checkpoint.file import to_bytes as to_bytes
    from rasp.checkpoint.file import unpacked as unpacked
    from rasp.checkpoint.loading import from_bytes as from_bytes
    from rasp.checkpoint.loading import load_model as load_model

_HOMES = {
    "packed": "rasp.checkpoint.file",
    "save": "rasp.checkpoint.file",
    "to_bytes": "rasp.checkpoint.file",
    "unpacked": "rasp.checkpoint.file",
    "from_bytes": "rasp.checkpoint.loading",
    "load_model": "rasp.checkpoint.loading",
}

__all__ = ["from_bytes", "load_model", "packed", "save", "to_bytes", "unpacked"]


if not TYPE_CHECKING:  # for which any name would then be one

    def __getattr__(name: str) -> Any:
        """Imported on use: what writes files does not import what reads models from them."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)

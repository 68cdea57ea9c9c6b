"""Packages that an export needs and not everybody has: imported on use, or a clear message."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from rasp.errors import ExportError


def require(module: str, extra: str) -> ModuleType:
    """The module.  Raises ExportError with the line that installs it, if it is not there."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ExportError(
            f"this export needs the package {error.name}",
            hint=f"pip install 'rasp-lang[{extra}]'",
        ) from None

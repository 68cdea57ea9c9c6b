"""Packages that an export needs and not everybody has: imported on use, or a clear message."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from rasp.errors import ExportError


def require(module: str, extra: str) -> ModuleType:
    """The module.  Raises ExportError with the line that installs it, if it is not there."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise _missing(error.name, extra) from None


def require_installed(modules: Iterable[str], extra: str) -> None:
    """Before long work, and without importing anything: are they there?  Raises ExportError."""
    for module in modules:
        if find_spec(module) is None:
            raise _missing(module, extra)


def _missing(module: str | None, extra: str) -> ExportError:
    return ExportError(
        f"this export needs the package {module}", hint=f"pip install 'rasp-lang[{extra}]'"
    )

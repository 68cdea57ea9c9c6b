"""Checkpoint files -> compiled models."""

from __future__ import annotations

from pathlib import Path

from rasp.arguments import named_arguments
from rasp.checkpoint import file
from rasp.compiled.model import CompiledModel
from rasp.errors import RaspTypeError


@named_arguments
def load_model(path: str | Path, *, check: bool = True) -> CompiledModel:
    """Read a model.  Raises CheckpointError.

    check: compare digests, and check the certificate on the weights; without it what the file says
    is taken for what it is.
    """
    if not isinstance(path, (str, Path)):
        raise RaspTypeError(f"a path is a string, got {type(path).__name__}")
    return CompiledModel(*file.from_file(path, check=check))


def from_bytes(data: bytes, *, check: bool = True) -> CompiledModel:
    """The model in a checkpoint's content.  Raises CheckpointError."""
    return CompiledModel.from_bytes(data, check=check)

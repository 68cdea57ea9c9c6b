"""Writing files as a whole or not at all: no reader sees half of one, whatever happens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Replace the file, through a temporary one beside it.

    Raises OSError, or ValueError for a path that cannot be one.
    """
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise IsADirectoryError("it is a directory")
        path.write_bytes(data)  # a device or a pipe: there is nothing to replace
        return
    path = path.resolve()  # a link stays a link
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

"""An error that nobody caught -> the lines that a notebook shows of it."""

from __future__ import annotations

import traceback
from pathlib import Path


def traceback_lines(error: Exception) -> list[str]:
    """What a notebook shows of an error that nobody caught: the error, and where the notebook's own
    code was; not the inside of this package, which is no one's mistake there."""
    package = Path(__file__).parents[1]
    lines = [str(error)]
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if package in path.parents or "IPython" in path.parts or not frame.line:
            continue
        lines.append(f"  line {frame.lineno}, in {frame.name}: {frame.line}")
    return lines

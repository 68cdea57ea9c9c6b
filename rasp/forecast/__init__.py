"""A program that has run -> warnings about what it will do on every input, before there is one.

The values of an s-op are followed as far as they do not depend on the tokens: at each position of
short inputs they are known, or only whether they are strings, truth values or numbers.  What fails
there fails whatever the tokens are.
"""

from __future__ import annotations

from rasp.forecast.doubts import CODES, doubts

__all__ = ["CODES", "doubts"]

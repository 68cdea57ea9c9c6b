"""Errors of the statements of a text -> those that say something of their own.

A statement that fails binds nothing, so everything that uses its names fails as well: nobody is
helped by being told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rasp.errors import RaspError, RaspLoadError, RaspNameError


def independent_errors(errors: Iterable[RaspError]) -> tuple[RaspError, ...]:
    """Without names that are undefined because an earlier statement failed that would bind them."""
    kept: list[RaspError] = []
    load_failed = False  # what it would have bound, nobody knows
    for error in errors:
        follows = isinstance(error, RaspNameError) and (load_failed or _was_to_be_bound(error))
        if not (kept and follows):
            kept.append(error)
        load_failed = load_failed or isinstance(error, RaspLoadError) or _is_of_a_load(error)
    return tuple(kept)


def _is_of_a_load(error: RaspError) -> bool:
    """Whether it is in a file that the text loads."""
    return any(label.text == "loaded here" for label in error.labels)


def _was_to_be_bound(error: RaspNameError) -> bool:
    """Whether the text before the place of an undefined name seems to bind it."""
    if error.name is None or error.span is None:
        return False
    name = re.escape(error.name)
    binding = (
        rf"\b{name}\s*(,\s*\w+\s*)*=(?!=)|\bdef\s+{name}\b|\bfor\s[^{{}}]*\b{name}\b[^{{}}]*\bin\b"
    )
    return re.search(binding, error.span.source.text[: error.span.start]) is not None

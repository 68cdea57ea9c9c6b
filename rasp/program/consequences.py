"""Errors of the statements of a text -> those that say something of their own.

A statement that fails binds nothing, so everything that uses its names fails as well: nobody is
helped by being told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rasp.errors import RaspError, RaspLoadError, RaspNameError
from rasp.source import Source


def independent_errors(errors: Iterable[RaspError]) -> tuple[RaspError, ...]:
    """Without names that are undefined because an earlier statement failed that would bind them."""
    kept: list[RaspError] = []
    bindings = _Bindings()
    load_failed = False  # what it would have bound, nobody knows
    for error in errors:
        follows = isinstance(error, RaspNameError) and (
            load_failed or bindings.was_to_be_bound(error)
        )
        if not (kept and follows):
            kept.append(error)
        load_failed = load_failed or isinstance(error, RaspLoadError) or _is_of_a_load(error)
    return tuple(kept)


def _is_of_a_load(error: RaspError) -> bool:
    """Whether it is in a file that the text loads."""
    return any(label.text == "loaded here" for label in error.labels)


class _Bindings:
    """Where texts seem to bind names: of a thousand errors about one name in one line, the text is
    looked through once."""

    def __init__(self) -> None:
        self._first: dict[tuple[Source, str], re.Match[str] | None] = {}

    def was_to_be_bound(self, error: RaspNameError) -> bool:
        """Whether the text before the place of an undefined name seems to bind it."""
        if error.name is None or error.span is None:
            return False
        source, start = error.span.source, error.span.start
        if (source, error.name) not in self._first:
            self._first[source, error.name] = _binding_of(error.name).search(source.text)
        first = self._first[source, error.name]
        if first is None or first.start() >= start:
            return False
        if first.end() <= start:
            return True
        return _binding_of(error.name).search(source.text, 0, start) is not None


def _binding_of(name: str) -> re.Pattern[str]:
    name = re.escape(name)
    return re.compile(
        rf"\b{name}\s*(,\s*\w+\s*)*=(?!=)|\bdef\s+{name}\b"
        rf"|\bfor\s[^{{}}]*\b{name}\b[^{{}}]*\bin\b"
    )

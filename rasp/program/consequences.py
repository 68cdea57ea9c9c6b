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


_TOKEN = re.compile(r"\w+|==|\S")


class _Bindings:
    """Where texts seem to bind names: every text is looked through once."""

    def __init__(self) -> None:
        self._ends: dict[Source, dict[str, int]] = {}

    def was_to_be_bound(self, error: RaspNameError) -> bool:
        """Whether the text before the place of an undefined name seems to bind it."""
        if error.name is None or error.span is None:
            return False
        source = error.span.source
        if source not in self._ends:
            self._ends[source] = _first_bindings(source.text)
        return self._ends[source].get(error.name, len(source.text) + 1) <= error.span.start


def _first_bindings(text: str) -> dict[str, int]:
    """Each name that the text seems to bind -> where the first of these places ends.

    Names are bound before a '=', after `def`, and between `for` and `in`.
    """
    ends: dict[str, int] = {}
    listed: list[str] = []  # a, b, c, of which '=' would make an assignment
    looped: list[str] = []  # since the last `for`
    in_loop, before = False, ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if before == "def":
            ends.setdefault(token, match.end())
        if token == "=":
            _end_at(match.end(), listed, ends)
        if token == "in":
            _end_at(match.end(), looped, ends)
        if token in ("for", "{", "}"):
            in_loop = token == "for"
            looped.clear()
        elif in_loop:
            looped.append(token)
        if before != "," and token != ",":
            listed.clear()
        if token != ",":
            listed.append(token)
        before = token
    return ends


def _end_at(end: int, names: list[str], ends: dict[str, int]) -> None:
    """These names are bound by what ends here."""
    for name in names:
        ends.setdefault(name, end)
    names.clear()

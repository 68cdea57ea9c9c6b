"""One condition of being right outside the compiler, and what comes out wrong without it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasp import api
from rasp.compiled import CompiledModel
from rasp.errors import RaspError
from rasp.program import loads
from rasp.sop import SOp


@dataclass(frozen=True, slots=True)
class Fence:
    """name: module and condition; condition: the text that stands once in the module; instead: what
    stands there when it is dropped; protects: what the condition makes sure of; found: a
    computation, and what comes of it: a value, or the name of the error that it ends with."""

    name: str
    module: str
    condition: str
    instead: str
    protects: str
    found: Callable[[], object]
    expected: object

    def outcome(self) -> object:
        """What comes of it now."""
        try:
            return typed(self.found())
        except Exception as error:
            return type(error).__name__


def typed(value: object) -> object:
    """A value that is equal only to the same values of the same types."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, RaspError):
        return type(value).__name__
    zero = isinstance(value, float) and not value and math.copysign(1.0, value) < 0
    return (type(value).__name__, "-0.0" if zero else value)


def fence(
    place: str,
    condition: str,
    instead: str,
    protects: str,
    found: Callable[[], object],
    expected: object,
) -> Fence:
    """place: module below `rasp`, a colon, and a name for the condition."""
    module, _ = place.split(":")
    return Fence(place, f"rasp.{module}", condition, instead, protects, found, expected)


def sop_of(text: str) -> SOp:
    """The s-op x of a program."""
    found = loads(text)["x"]
    assert isinstance(found, SOp)
    return found


def small_model(text: str = "x = sort(tokens, tokens);", **options: Any) -> CompiledModel:
    """A model of it, for two letters and three tokens."""
    return api.compile(sop_of(text), vocab="ab", max_len=3, **options)

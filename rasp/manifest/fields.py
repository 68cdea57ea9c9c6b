"""The fields of a manifest, and how one is read that nobody vouches for.

What does not fit raises CheckpointError.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn, TypeVar

from rasp import digests
from rasp.errors import CheckpointError
from rasp.graph.nodes import Atom
from rasp.graph.plain import atom_from_plain

FORMAT = "rasp-checkpoint"
FORMAT_VERSION = 5

FIELDS = {
    "format",
    "format_version",
    "program",
    "graph",
    "vocabulary",
    "bos",
    "pad",
    "max_len",
    "config",
    "readout",
    "labels",
    "report",
    "plan",
    "witness",
    digests.FIELD,
}

_T = TypeVar("_T")


def parse_json(text: str, what: str) -> Any:
    """Strict JSON: no duplicate keys, no NaN, bounded depth.  Raises CheckpointError."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a key appears twice")
        return result

    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse_constant)
    except RecursionError:
        raise CheckpointError(f"{what} is nested too deeply") from None
    except ValueError as error:
        raise CheckpointError(f"{what} is not JSON: {error}") from None


def refuse(reason: str) -> NoReturn:
    raise CheckpointError(f"the manifest does not fit: {reason}")


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def field_of(data: dict[str, Any], name: str, kind: type[_T]) -> _T:
    """A field of exactly this type."""
    value = data.get(name)
    # `type is` and not isinstance: a bool is no count.
    if type(value) is not kind:
        refuse(f"'{name}' is not of type {kind.__name__}")
    return value


def positive(data: dict[str, Any], name: str, least: int = 1) -> int:
    """A field that is a count, and no less than `least`."""
    value = field_of(data, name, int)
    if not least <= value < 2**31:
        refuse(f"'{name}' is {value}")
    return value


def texts_of(data: object, what: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        refuse(f"{what} are not texts")
    return tuple(data)


def atoms_of(data: list[Any], what: str) -> tuple[Atom, ...]:
    try:
        return tuple(atom_from_plain(item) for item in data)
    except ValueError as error:
        refuse(f"{what}: {error}")

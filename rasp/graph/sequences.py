"""What goes into an s-op and what comes out: the rules for whole sequences.

They hold wherever an s-op is applied, interpreted or compiled: an input is a non-empty sequence of
atoms, and the values of a result are of one type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from rasp.errors import RaspRuntimeError, RaspTypeError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show, type_name

SequenceType: TypeAlias = Literal["string", "bool", "int", "float"]

_ATOMS = frozenset({bool, int, float, str})


def as_sequence(value: object) -> list[Atom]:
    """The tokens of an input: the characters of a string, the items of a list, the keys of a dict.

    Raises RaspTypeError.
    """
    if isinstance(value, str):
        tokens: list[Atom] = list(value)
    elif isinstance(value, (Sequence, Mapping)) and not isinstance(value, (bytes, bytearray)):
        tokens = list(value)
    else:
        raise RaspTypeError(
            f"an input has to be a string, a list or a dict, got {type_name(value)}"
        )
    if not tokens:
        raise RaspTypeError(
            f"an input has to have at least one token, got an empty {type_name(value)}"
        )
    if not set(map(type, tokens)) <= _ATOMS:
        tokens = [_plain(place, token) for place, token in enumerate(tokens)]
    return tokens


def _plain(place: int, token: object) -> Atom:
    """An atom of exactly one of the four types, of which it may be an instance of a subclass."""
    for kind in (bool, int, float, str):
        if isinstance(token, kind):
            return kind(token)
    raise RaspTypeError(f"token {place} of the input has to be an atom, got {type_name(token)}")


def sequence_type(values: Iterable[Atom]) -> SequenceType | None:
    """The type of a sequence; None if its values have none in common.

    Booleans may stand among numbers, and ints among floats; strings stand alone.
    """
    kinds = set(map(type, values))
    if kinds <= {str}:
        return "string"
    if str in kinds:
        return None
    if kinds == {bool}:
        return "bool"
    return "float" if float in kinds else "int"


def check_result(values: Sequence[Atom]) -> None:
    """Raises RaspRuntimeError if the values of a result are not of one type."""
    if sequence_type(values) is None:
        text = next(i for i, value in enumerate(values) if isinstance(value, str))
        other = next(i for i, value in enumerate(values) if not isinstance(value, str))
        first, second = sorted((text, other))
        raise RaspRuntimeError(
            f"the result has values of different types: {show(values[first])} at position {first}, "
            f"{show(values[second])} at position {second}"
        )

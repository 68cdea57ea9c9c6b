"""What goes into an s-op and what comes out: the rules for whole sequences.

They hold wherever an s-op is applied, interpreted or compiled: an input is a non-empty sequence of
atoms (which may be given as numbers of NumPy or torch, or by an iterator), and the values of a
result are of one type.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Literal, TypeAlias

from rasp.errors import EmptyInputError, RaspLimitError, RaspRuntimeError, RaspTypeError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show, type_name

SequenceType: TypeAlias = Literal["string", "bool", "int", "float"]

MOST_TOKENS = 10_000_000
"""Most tokens that are taken from an iterator, which may have no end."""

_ATOMS = frozenset({bool, int, float, str})


def as_sequence(value: object) -> list[Atom]:
    """The tokens of an input: the characters of a string, the items of anything that is iterated in
    an order (a list, an array of one dimension, a generator), the keys of a dict.

    Numbers and strings of NumPy and numbers of torch stand for those of Python.  Raises
    RaspTypeError, for no token at all the EmptyInputError.
    """
    return plain_tokens(some_tokens(value))


def some_tokens(value: object) -> list[Any]:
    """The items of an input, of which there is one at least.  Raises RaspTypeError."""
    tokens = listed(value)
    if not tokens:
        raise EmptyInputError("an input has to have at least one token, and this one has none")
    return tokens


def listed(value: object) -> list[Any]:
    """The items of an input, whatever they are; an iterator is used up.  Raises RaspTypeError, and
    RaspLimitError where it does not end."""
    if isinstance(value, str):
        return list(str(value))
    if isinstance(value, (list, tuple)):
        return list(value)
    if not isinstance(value, Iterable) or isinstance(value, _NO_INPUTS):
        raise RaspTypeError(
            f"an input has to be a string, a list or a dict, got {type_name(value)}",
            hint="the order of a set is left to chance: sort it" if _is_set(value) else None,
        )
    n_dimensions = getattr(value, "ndim", 1)
    if n_dimensions != 1:
        raise RaspTypeError(
            f"an input in an array has one dimension, got {type_name(value)} of {n_dimensions}"
        )
    to_list = getattr(value, "tolist", None)  # of arrays: items of Python, not of NumPy or torch
    if callable(to_list):
        try:
            return list(to_list())
        except (RuntimeError, NotImplementedError):  # of torch: on the device meta, or sparse
            raise RaspTypeError(f"an input in a {type_name(value)} that has no numbers") from None
    items = list(islice(value, MOST_TOKENS + 1))
    if len(items) > MOST_TOKENS:
        raise RaspLimitError(f"the input has more than {MOST_TOKENS:,} tokens, if it ends at all")
    return items


_NO_INPUTS = (bytes, bytearray, memoryview, set, frozenset)


def _is_set(value: object) -> bool:
    return isinstance(value, (set, frozenset))


def plain_tokens(tokens: list[Any]) -> list[Atom]:
    """Tokens as atoms of exactly the four types.  Raises RaspTypeError for what is none."""
    if set(map(type, tokens)) <= _ATOMS:
        return tokens
    return [_plain(place, token) for place, token in enumerate(tokens)]


def _plain(place: int, token: object) -> Atom:
    atom = plain_atom(token)
    if atom is None:
        raise RaspTypeError(f"token {place} of the input has to be an atom, got {type_name(token)}")
    return atom


def plain_atom(value: object) -> Atom | None:
    """The atom of exactly one of the four types that a value is, or else None.

    It may be of a subclass, or a number of NumPy or torch, which know what it is in Python.
    """
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if getattr(value, "ndim", None) != 0:
        return None
    try:
        item = value.item()  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError, ValueError):
        return None
    return item if type(item) in _ATOMS else None


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
    message = different_types(values)
    if message is not None:
        raise RaspRuntimeError(message)


def different_types(values: Sequence[Atom], start: int = 0) -> str | None:
    """What is wrong with values that are not of one type; start: the position of the first."""
    if sequence_type(values) is not None:
        return None
    text = next(i for i, value in enumerate(values) if isinstance(value, str))
    other = next(i for i, value in enumerate(values) if not isinstance(value, str))
    first, second = sorted((text, other))
    return (
        f"the result has values of different types: {show(values[first])} at position "
        f"{start + first}, {show(values[second])} at position {start + second}"
    )

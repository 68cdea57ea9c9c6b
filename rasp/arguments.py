"""Python calls of the public functions: a wrong argument is named, with the one that was meant.

Non-goals: the values of arguments, which the functions look at themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, ParamSpec, TypeVar

from rasp.errors import RaspArityError

_P = ParamSpec("_P")
_T = TypeVar("_T")


def named_arguments(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """The function; a call that does not fit its parameters is a RaspArityError."""
    takes = signature(function)

    @wraps(function)
    def checked(*arguments: _P.args, **named: _P.kwargs) -> _T:
        try:
            takes.bind(*arguments, **named)
        except TypeError:
            raise _misfit(function.__name__, takes, arguments, named) from None
        return function(*arguments, **named)

    return checked


def _misfit(
    name: str, takes: Signature, arguments: tuple[Any, ...], named: dict[str, Any]
) -> RaspArityError:
    """What is wrong with a call: an argument too many, or one that is missing."""
    parameters = takes.parameters
    unknown = [key for key in named if key not in parameters]
    if unknown:
        from difflib import get_close_matches  # takes longer to import than all of this

        near = get_close_matches(unknown[0].lower(), parameters, n=1)
        hint = f"did you mean {near[0]}?" if near else f"its arguments are {', '.join(parameters)}"
        return RaspArityError(f"{name} has no argument '{unknown[0]}'", hint=hint)
    positional = [
        key for key, one in parameters.items() if one.kind is Parameter.POSITIONAL_OR_KEYWORD
    ]
    if len(arguments) > len(positional):
        return RaspArityError(
            f"{name} takes {len(positional)} argument{'s' if len(positional) != 1 else ''} without"
            f" a name, got {len(arguments)}",
            hint=_usage(name, takes),
        )
    given = {*positional[: len(arguments)], *named}
    twice = [key for key in positional[: len(arguments)] if key in named]
    if twice:
        return RaspArityError(f"{name} got {twice[0]} twice", hint=_usage(name, takes))
    needed = [key for key, one in parameters.items() if one.default is Parameter.empty]
    missing = [key for key in needed if key not in given]
    return RaspArityError(f"{name} needs {' and '.join(missing)}", hint=_usage(name, takes))


def _usage(name: str, takes: Signature) -> str:
    """How it is called, with what has to be there."""
    needed = [one for one in takes.parameters.values() if one.default is Parameter.empty]
    words = [
        one.name if one.kind is Parameter.POSITIONAL_OR_KEYWORD else f"{one.name}=..."
        for one in needed
    ]
    return f"call it as {name}({', '.join(words)})"

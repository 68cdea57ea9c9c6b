"""The text of a value, as in the language or as in JSON -> the value."""

from __future__ import annotations

import json
import re
from typing import Any

from rasp.errors import RaspError
from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.parse import parse_expression

_CONSTANTS = {"True": True, "False": False, "true": True, "false": False, "T": True, "F": False}
_TYPE_SHOWN = re.compile(r" +\((?:ints|floats|bools)\)$")


def read_value(text: str) -> Any:
    """A number, string, truth value, list or dict.  Raises ValueError for anything else.

    The REPL's way of showing values is read, too: ``[T, F] (bools)``.  Strings have quotes.
    """
    text = _TYPE_SHOWN.sub("", text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return _value(parse_expression(Source("<value>", text)))
    except RaspError as error:
        raise ValueError(error.message) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _value(node: ast.Expression) -> Any:
    match node:
        case ast.Literal(value=value):
            return value
        case ast.Name(name=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Name(name=name):
            raise ValueError(f"'{name}' is a name, and a value is expected; strings have quotes")
        case ast.Group(expression=expression):
            return _value(expression)
        case ast.Unary(operator="-", operand=ast.Literal(value=int() | float() as number)):
            return -number
        case ast.ListDisplay(items=items):
            return [_value(item) for item in items]
        case ast.DictDisplay(entries=entries):
            return {_value(entry.key): _value(entry.value) for entry in entries}
        case _:
            raise ValueError("a value is expected, not an expression")

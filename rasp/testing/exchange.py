"""The functions of a running module by their names, so that their code can be exchanged."""

from __future__ import annotations

import inspect
from functools import cached_property
from types import CodeType, FunctionType, ModuleType
from typing import Any


def codes(code: CodeType) -> dict[str, CodeType]:
    """The functions of a module by their qualified names."""
    found: dict[str, CodeType] = {}
    stack = [code]
    while stack:
        for constant in stack.pop().co_consts:
            if isinstance(constant, CodeType):
                found[constant.co_qualname] = constant
                stack.append(constant)
    return found


def function_of(module: ModuleType, name: str) -> FunctionType | None:
    """The function of a qualified name, also behind a property or decorator; None for what is no
    function."""
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part) if hasattr(found, "__dict__") else None
        if found is None:
            return None
    match found:
        case property():
            found = found.fget
        case cached_property():
            found = found.func
        case classmethod() | staticmethod():
            found = found.__func__
    found = inspect.unwrap(found) if callable(found) else found
    return found if isinstance(found, FunctionType) else None

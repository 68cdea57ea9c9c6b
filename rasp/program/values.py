"""Values of programs <-> Python values: handles, functions to call, copies of containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasp.elaborate.scope import FunctionValue, Value
from rasp.elaborate.statements import Elaborator
from rasp.errors import RaspTypeError
from rasp.graph.construct import is_atom, is_selector, is_sop
from rasp.graph.nodes import Node
from rasp.graph.operators import show
from rasp.sop import Selector, SOp
from rasp.source import Span


class Function:
    """A function of a program, which can be called with atoms, lists, dicts and handles."""

    def __init__(self, function: FunctionValue, elaborator: Elaborator) -> None:
        self._function = function
        self._elaborator = elaborator

    @property
    def name(self) -> str:
        """The name it was defined by."""
        return self._function.name

    @property
    def parameters(self) -> tuple[str, ...]:
        return self._function.parameters

    @property
    def maker(self) -> str:
        """The scope it was defined in, as displays show it: ``console``, a file's path, ..."""
        return self._function.scope.name

    @property
    def span(self) -> Span:
        """Where it was defined."""
        return self._function.definition.span

    def __call__(self, *arguments: Any) -> Any:
        """What the program would get from this call.  Raises RaspError."""
        elaborator = self._elaborator
        elaborator.machine.renew()
        values = [unwrap(argument) for argument in arguments]
        place = self._function.definition.name.span
        return wrap(elaborator.machine.call(self._function, values, place), elaborator)

    def __repr__(self) -> str:
        return f"<function {self.name}({', '.join(self.parameters)})>"


def wrap(value: Value, elaborator: Elaborator, name: str | None = None) -> Any:
    """A value as Python code gets it: nodes and functions become handles, containers are copied.

    What is shared stays shared, so the copy is no larger than the original.
    """
    copies: dict[int, Any] = {}
    unfilled: list[tuple[list[Value] | dict[Any, Value], Any]] = []

    def shell(part: Value, name: str | None = None) -> Any:
        if is_sop(part):
            return SOp(part, elaborator.origins, name=name)
        if is_selector(part):
            return Selector(part, elaborator.origins, name=name)
        if isinstance(part, FunctionValue):
            return Function(part, elaborator)
        if not isinstance(part, (list, dict)):
            return part
        if id(part) not in copies:
            copies[id(part)] = [] if isinstance(part, list) else {}
            unfilled.append((part, copies[id(part)]))
        return copies[id(part)]

    result = shell(value, name)
    while unfilled:
        container, copy = unfilled.pop()
        if isinstance(container, dict):
            copy.update((key, shell(item)) for key, item in container.items())
        else:
            copy.extend(shell(item) for item in container)
    return result


def unwrap(value: object) -> Value:
    """The value that a Python object stands for.  Raises RaspTypeError."""
    copies: dict[int, Any] = {}
    unfilled: list[tuple[Any, Any]] = []

    def shell(part: object) -> Value:
        if isinstance(part, (SOp, Selector)):
            return part.node
        if isinstance(part, Function):
            return part._function
        if is_atom(part):
            return part
        if not isinstance(part, (list, tuple, dict)):
            raise RaspTypeError(f"a program has no values of type {type(part).__name__}")
        if id(part) not in copies:
            copies[id(part)] = {} if isinstance(part, dict) else []
            unfilled.append((part, copies[id(part)]))
        container: Value = copies[id(part)]
        return container

    result = shell(value)
    while unfilled:
        container, copy = unfilled.pop()
        if isinstance(container, dict):
            if not all(map(is_atom, container)):
                raise RaspTypeError("the keys of a dict have to be atoms")
            copy.update((key, shell(item)) for key, item in container.items())
        else:
            copy.extend(shell(item) for item in container)
    return result


def described(value: Any) -> tuple[str, Node | str]:
    """What kind of value it is, and its node or else a short text."""
    match value:
        case SOp():
            return "s-op", value.node
        case Selector():
            return "selector", value.node
        case Function():
            return "function", f"({', '.join(value.parameters)})"
        case list() | dict():
            return type(value).__name__, f"of {len(value)} items"
        case _:
            return "value", show(value)


def handles_in(value: object) -> Iterator[SOp | Selector]:
    """The handles in a Python value."""
    seen: set[int] = set()
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, (SOp, Selector)):
            yield part
        elif isinstance(part, (list, tuple, dict)) and id(part) not in seen:
            seen.add(id(part))
            pending.extend(part.values() if isinstance(part, dict) else part)

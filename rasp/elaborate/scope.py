"""Scopes: names -> values, lexically nested; and functions, values that remember a scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rasp.elaborate.unknown import hint_on
from rasp.errors import RaspNameError
from rasp.graph.nodes import Atom, SelectorNode, SOpNode
from rasp.source import Label, Span
from rasp.syntax import ast

RESERVED = frozenset(
    [
        "if",
        "else",
        "not",
        "and",
        "or",
        "out",
        "def",
        "return",
        "range",
        "for",
        "in",
        "zip",
        "len",
        "get",
        "True",
        "False",
        "indices",
        "tokens_asis",
        "tokens_str",
        "tokens_int",
        "tokens_float",
        "tokens_bool",
    ]
)
"""Names that can nowhere be set."""


def _line_around(span: Span) -> tuple[str, str]:
    """What stands on the line before and behind."""
    text = span.source.text
    return text[: span.start].rpartition("\n")[2], text[span.end :].partition("\n")[0]


class Scope:
    """The names of one function call, file or comprehension step, within an outer scope.

    name: as displays show the maker of a function; protected: names of the library, which cannot be
    set at the top level of the main program; library: whether this is the library's own code.
    """

    def __init__(
        self,
        name: str,
        parent: Scope | None = None,
        *,
        protected: frozenset[str] = frozenset(),
        library: bool = False,
    ) -> None:
        self.name = name
        self.parent = parent
        self.protected = protected
        self.library = library
        self.variables: dict[str, Value] = {}
        self.out: Value | None = None

    def child(self, name: str | None = None) -> Scope:
        """A scope within this one."""
        return Scope(name or self.name, self, library=self.library)

    def find(self, name: str) -> Value | None:
        """The value of a name here or further out, None if it has none."""
        scope: Scope | None = self
        if name == "out":
            while scope is not None and scope.out is None:
                scope = scope.parent
            return None if scope is None else scope.out
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return None

    def look_up(self, name: ast.Name) -> Value:
        """The value of a name.  Raises RaspNameError."""
        value = self.find(name.name)
        if value is None:
            raise self._undefined(name)
        return value

    def _undefined(self, name: ast.Name) -> RaspNameError:
        error = RaspNameError(
            f"undefined variable '{name.name}'",
            labels=[Label(name.span)],
            hint=hint_on(name.name, self._known(), *_line_around(name.span)),
        )
        error.name = name.name
        return error

    def _known(self) -> list[str]:
        names: dict[str, None] = {}
        scope: Scope | None = self
        while scope is not None:
            names.update((name, None) for name in scope.variables if not name.startswith("__"))
            scope = scope.parent
        return list(names)

    def check_settable(self, identifier: ast.Identifier) -> None:
        """Raises RaspNameError for a reserved name."""
        name = identifier.name
        if name in RESERVED:
            hint = "it always has this meaning; another name may be bound to another value"
            if name == "out":
                hint = "'out' always is the value of the last statement"
            raise RaspNameError(
                f"cannot set the reserved name '{name}'",
                labels=[Label(identifier.span)],
                hint=hint,
            )
        if name in self.protected:
            raise RaspNameError(
                f"cannot set '{name}', which belongs to the library",
                labels=[Label(identifier.span)],
                hint="choose another name; inside a function any name of the library may be reused",
            )

    def set(self, name: str, value: Value) -> None:
        """Binds a name; one that is bound again becomes the last."""
        self.variables.pop(name, None)
        self.variables[name] = value


@dataclass(frozen=True, eq=False, slots=True)
class FunctionValue:
    """A function and the scope it was defined in.

    shorter: what it is without its last parameter, if it can do without it.
    """

    definition: ast.FunctionDefinition
    scope: Scope
    shorter: ast.FunctionDefinition | None = None

    @property
    def name(self) -> str:
        return self.definition.name.name

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.definition.parameters)

    @property
    def usage(self) -> str:
        """As it is called; in brackets what may be left out."""
        *others, last = self.parameters or ("",)
        if self.shorter is not None:
            return f"{self.name}({', '.join(others)} [, {last}])"
        return f"{self.name}({', '.join(self.parameters)})"

    def taking(self, n_arguments: int) -> ast.FunctionDefinition | None:
        """The definition that has as many parameters, if there is one."""
        for definition in (self.definition, self.shorter):
            if definition is not None and len(definition.parameters) == n_arguments:
                return definition
        return None


Value: TypeAlias = "Atom | list[Value] | dict[Atom, Value] | FunctionValue | SOpNode | SelectorNode"

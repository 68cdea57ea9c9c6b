"""AST -> the names that a text binds, as a tree: functions with what is bound in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rasp.source import Span
from rasp.syntax import ast
from rasp.syntax.bindings import Binding, bindings_in


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name where it is bound.  span: the whole statement; name_span: the name in it."""

    name: str
    kind: Literal["function", "variable"]
    detail: str
    span: Span
    name_span: Span
    children: tuple[Symbol, ...] = ()


def outline(items: Sequence[ast.Item]) -> tuple[Symbol, ...]:
    """The symbols of statements, in the order of the text."""
    found: list[Symbol] = []
    # Functions in functions: the list that a statement's symbols go into is filled later.
    stack: list[tuple[Sequence[ast.Item], list[Symbol]]] = [(items, found)]
    pending: list[tuple[list[Symbol], int, list[Symbol]]] = []
    while stack:
        statements, into = stack.pop()
        for binding in bindings_in(statements):
            match binding.statement:
                case ast.FunctionDefinition(parameters=parameters, body=body):
                    inner: list[Symbol] = []
                    signature = f"({', '.join(parameter.name for parameter in parameters)})"
                    pending.append((into, len(into), inner))
                    stack.append((body, inner))
                    into.append(_symbol(binding, "function", signature))
                case _:
                    into.append(_symbol(binding, "variable", ""))
    for into, place, inner in reversed(pending):  # the innermost first
        symbol = into[place]
        into[place] = Symbol(
            symbol.name, symbol.kind, symbol.detail, symbol.span, symbol.name_span, tuple(inner)
        )
    return tuple(found)


def _symbol(binding: Binding, kind: Literal["function", "variable"], detail: str) -> Symbol:
    return Symbol(binding.name.name, kind, detail, binding.span, binding.name.span)

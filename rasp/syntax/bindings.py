"""AST -> where each name is bound: the statements behind the names of a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasp.source import Span
from rasp.syntax import ast


@dataclass(frozen=True, slots=True)
class Binding:
    """A name where it is bound, and the whole statement that binds it."""

    name: ast.Identifier
    statement: ast.Assignment | ast.FunctionDefinition | ast.ForLoop

    @property
    def span(self) -> Span:
        return self.statement.span


def bindings(module: ast.Module) -> tuple[Binding, ...]:
    """The bindings of the top level, those in loops included, in the order of the text."""
    return bindings_in(module.items)


def bindings_in(items: Sequence[ast.Item]) -> tuple[Binding, ...]:
    """What statements bind where they are run, loops included, in the order of the text."""
    found: list[Binding] = []
    stack: list[ast.Item] = list(reversed(items))
    while stack:
        item = stack.pop()
        match item:
            case ast.Assignment(targets=targets):
                found.extend(Binding(target, item) for target in targets)
            case ast.FunctionDefinition(name=name):
                found.append(Binding(name, item))
            case ast.ForLoop(targets=targets, body=body):
                found.extend(Binding(target, item) for target in targets)
                stack.extend(reversed(body))
            case _:
                pass
    return tuple(found)


def binding_of(module: ast.Module, name: str) -> Binding | None:
    """The last binding of a name, None without one."""
    return next((b for b in reversed(bindings(module)) if b.name.name == name), None)

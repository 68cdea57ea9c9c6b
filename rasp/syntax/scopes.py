"""AST -> for each name where it stands, the scopes in which it may be bound there.

The rules are those of running a program: a file, each function and each comprehension has a scope
of its own, loops have none.  A name is looked up when its expression is evaluated, so a function
sees what is bound outside it later, and before a function binds a name it sees that of outside:

    def f() { y = x; x = 1; return x; }      # the first x is that of the file, the other is f's own

Where it depends on the run, both scopes are given.  Nothing is run here, and no file is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rasp.source import Span
from rasp.syntax import ast

Kind = Literal["file", "function", "comprehension"]
Exports: TypeAlias = Callable[[ast.Load], Iterable[str]]


@dataclass(frozen=True, slots=True)
class ScopeInfo:
    """A scope of a text.  parent: the number of the scope around it, None for the file's own."""

    kind: Kind
    parent: int | None
    node: ast.FunctionDefinition | ast.ListComprehension | ast.DictComprehension | None
    parameters: tuple[ast.Identifier, ...]
    bindings: dict[str, tuple[ast.Identifier, ...]]  # in the order of the text
    loads: tuple[ast.Load, ...]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name where it stands.

    scopes: the numbers of those in which it may be bound there, the innermost first; none for a
    name of the library, of the language, or of nothing.  outside: whether it may be bound in none.
    """

    name: str
    span: Span
    binds: bool
    scopes: tuple[int, ...]
    outside: bool


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of a text, the file's own first, and its names in the order of the text."""

    scopes: tuple[ScopeInfo, ...]
    occurrences: tuple[Occurrence, ...]

    def at(self, offset: int) -> Occurrence | None:
        """The name at an offset, or that ends there."""
        return next((o for o in self.occurrences if o.span.start <= offset <= o.span.end), None)

    def around(self, offset: int) -> Iterator[int]:
        """The scopes whose names can be used at an offset, the innermost first."""
        inner = [
            (scope.node.span.start, number)
            for number, scope in enumerate(self.scopes)
            if scope.node is not None and scope.node.span.start < offset < scope.node.span.end
        ]
        yield from (number for _, number in sorted(inner, reverse=True))
        yield 0


def scopes_of(module: ast.Module, exports: Exports = lambda load: ()) -> Scopes:
    """The scopes of a program.  exports: the names that a load statement binds."""
    walker = _Walker(exports)
    walker.walk(module)
    infos = tuple(
        ScopeInfo(
            scope.kind,
            None if scope.parent is None else scope.parent.number,
            scope.node,
            scope.parameters,
            {name: tuple(found) for name, found in scope.bindings.items()},
            tuple(scope.loads),
        )
        for scope in walker.scopes
    )
    return Scopes(infos, tuple(sorted(walker.occurrences, key=lambda o: o.span.start)))


@dataclass(slots=True, eq=False)
class _Scope:
    """certain: the names bound by now, whatever the run; later: all names ever bound in it."""

    number: int
    kind: Kind
    parent: _Scope | None
    node: ast.FunctionDefinition | ast.ListComprehension | ast.DictComprehension | None
    parameters: tuple[ast.Identifier, ...] = ()
    certain: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    n_loops: int = 0  # that the place at hand is in
    bindings: dict[str, list[ast.Identifier]] = field(default_factory=dict)
    loads: list[ast.Load] = field(default_factory=list)


Step: TypeAlias = Callable[[], None]


class _Walker:
    """Goes through a program in the order in which it runs; what is to be done is on a stack."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports
        self.scopes: list[_Scope] = []
        self.occurrences: list[Occurrence] = []
        self._stack: list[Step] = []

    def walk(self, module: ast.Module) -> None:
        scope = self._scope("file", None, None, module.items)
        self._then(*(self._visit(item, scope) for item in module.items))
        while self._stack:
            self._stack.pop()()

    def _then(self, *steps: Step) -> None:
        """These are to be done next, in this order."""
        self._stack.extend(reversed(steps))

    def _visit(self, node: ast.Node, scope: _Scope) -> Step:
        return lambda: self._node(node, scope)

    def _bind(self, identifier: ast.Identifier, scope: _Scope) -> Step:
        return lambda: self._bound(identifier, scope)

    def _scope(
        self,
        kind: Kind,
        parent: _Scope | None,
        node: ast.FunctionDefinition | ast.ListComprehension | ast.DictComprehension | None,
        body: Iterable[ast.Item] = (),
    ) -> _Scope:
        scope = _Scope(len(self.scopes), kind, parent, node)
        scope.later.update(self._bound_in(body))
        self.scopes.append(scope)
        return scope

    def _bound_in(self, items: Iterable[ast.Item]) -> Iterator[str]:
        """The names that statements bind in the scope that they are run in."""
        stack = list(items)
        while stack:
            match stack.pop():
                case ast.Assignment(targets=targets):
                    yield from (target.name for target in targets)
                case ast.FunctionDefinition(name=name):
                    yield name.name
                case ast.ForLoop(targets=targets, body=body):
                    yield from (target.name for target in targets)
                    stack.extend(body)
                case ast.Load() as load:
                    yield from self._exports(load)
                case _:
                    pass

    # ---- what happens at a node

    def _node(self, node: ast.Node, scope: _Scope) -> None:
        match node:
            case ast.Name():
                self._used(node, scope)
            case ast.Assignment(targets=targets, values=values):
                self._then(
                    *(self._visit(value, scope) for value in values),
                    *(self._bind(target, scope) for target in targets),
                )
            case ast.ForLoop():
                self._loop(node, scope)
            case ast.FunctionDefinition():
                self._function(node, scope)
            case ast.ListComprehension(item=item):
                self._comprehension(node, item, scope)
            case ast.DictComprehension(entry=entry):
                self._comprehension(node, entry, scope)
            case ast.Load():
                scope.loads.append(node)
                names = set(self._exports(node))
                scope.certain |= names
                scope.possible |= names
            case _:
                self._then(*(self._visit(child, scope) for child in ast.children(node)))

    def _loop(self, node: ast.ForLoop, scope: _Scope) -> None:
        before: set[str] = set()

        def enter() -> None:
            before.update(scope.certain)
            scope.n_loops += 1

        def leave() -> None:  # it may have been run for no item
            scope.certain = before
            scope.n_loops -= 1

        self._then(
            self._visit(node.iterable, scope),
            enter,
            *(self._bind(target, scope) for target in node.targets),
            *(self._visit(statement, scope) for statement in node.body),
            leave,
        )

    def _function(self, node: ast.FunctionDefinition, scope: _Scope) -> None:
        self._bound(node.name, scope)
        inner = self._scope("function", scope, node, node.body)
        inner.parameters = node.parameters
        self._then(
            *(self._bind(parameter, inner) for parameter in node.parameters),
            *(self._visit(statement, inner) for statement in node.body),
            *(self._visit(value, inner) for value in node.returns),
        )

    def _comprehension(
        self,
        node: ast.ListComprehension | ast.DictComprehension,
        item: ast.Node,
        scope: _Scope,
    ) -> None:
        """Each clause has a scope within that of the one before it."""
        steps: list[Step] = []
        for clause in node.clauses:
            steps.append(self._visit(clause.iterable, scope))
            scope = self._scope("comprehension", scope, node)
            scope.parameters = clause.targets
            steps += [self._bind(target, scope) for target in clause.targets]
            if clause.condition is not None:
                steps.append(self._visit(clause.condition, scope))
        self._then(*steps, self._visit(item, scope))

    def _bound(self, identifier: ast.Identifier, scope: _Scope) -> None:
        name = identifier.name
        scope.certain.add(name)
        scope.possible.add(name)
        scope.bindings.setdefault(name, []).append(identifier)
        self.occurrences.append(
            Occurrence(name, identifier.span, True, (scope.number,), outside=False)
        )

    def _used(self, node: ast.Name, scope: _Scope) -> None:
        found = []
        certain = False
        place: _Scope | None = scope
        called_later = False  # whether the place is in a function within the scope looked at
        while place is not None and not certain:
            certain = node.name in place.certain
            known = place.later if called_later or place.n_loops else place.possible
            if certain or node.name in known or node.name in place.possible:
                found.append(place.number)
            called_later |= place.kind == "function"
            place = place.parent
        self.occurrences.append(
            Occurrence(node.name, node.span, False, tuple(found), outside=not certain)
        )

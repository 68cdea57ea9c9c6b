"""How each kind of statement is run, and what loading a file does."""

from __future__ import annotations

import re

from rasp.elaborate.expressions import expression_task, iteration
from rasp.elaborate.files import Files
from rasp.elaborate.limits import Limits
from rasp.elaborate.machine import Machine, Runnable, Task
from rasp.elaborate.scope import FunctionValue, Scope, Value
from rasp.elaborate.values import describe, unpack
from rasp.errors import RaspLimitError, RaspNameError, RaspTypeError, RaspValueError
from rasp.graph import construct
from rasp.graph.construct import is_atom, is_sop
from rasp.graph.nodes import Atom
from rasp.graph.origins import Origins
from rasp.source import Label, Source
from rasp.syntax import ast, words

_TOKENS = re.compile(r"\btokens(?:_str)?\b")

Example = str | list[Atom]


class Elaborator:
    """Runs the statements of one program in a scope of its own, within the library's.

    origins: where its nodes come from; files: what it has read; examples: the running example of
    s-ops and that of selectors, which only displays use; commands: the REPL lines met, in order.
    tolerant: a mistake in a loaded file is noted, and the rest of the file is run and bound.
    """

    def __init__(
        self,
        base: Scope,
        name: str,
        *,
        limits: Limits,
        origins: Origins,
        tolerant: bool = False,
    ) -> None:
        self.tolerant = tolerant
        self.base = base
        self.scope = Scope(name, base, protected=protected_names(base))
        self.origins = origins
        self.files = Files(limits)
        self.examples: dict[ast.ExampleKind, Example] = {"s-op": "hello", "selector": "hello"}
        self.commands: list[ast.Command] = []
        self.machine = Machine(self._task, limits, origins)

    def read(self, source: Source) -> None:
        """Notes how a text that is about to run writes the tokens: so they are shown."""
        tokens = construct.tokens("str")
        words = set(_TOKENS.findall(source.text))
        if "tokens_str" in words and "tokens" not in words:
            self.origins.prefer(tokens, "tokens_str")
        elif "tokens" in words and self.scope.find("tokens") is tokens:
            self.origins.prefer(tokens, "tokens")

    def execute(self, item: ast.Item) -> object:
        """Runs a statement at the top level; see the tasks for what each kind gives."""
        self.files.loading.clear()
        return self.machine.run(item, self.scope)

    def _task(self, machine: Machine, node: Runnable, scope: Scope) -> Task:
        match node:
            case ast.Assignment():
                return _assignment(machine, node, scope)
            case ast.ExpressionStatement():
                return _expression_statement(node, scope)
            case ast.FunctionDefinition():
                return _function_definition(machine, node, scope)
            case ast.ForLoop():
                return _for_loop(machine, node, scope)
            case ast.Load():
                return self._load(node, scope)
            case ast.Draw():
                return _draw(node, scope)
            case ast.SetExample():
                return self._set_example(node, scope)
            case ast.ShowExample() | ast.SwitchExamples() | ast.SwitchFullDisplay() | ast.Exit():
                return self._command(node)
            case _:
                return expression_task(machine, node, scope)

    def _load(self, node: ast.Load, scope: Scope) -> Task:
        """The names it binds and their values, as a dict."""
        machine = self.machine
        if len(self.files.loading) >= machine.limits.load_depth:
            raise RaspLimitError(
                f"more than {machine.limits.load_depth} files that load each other"
            )
        pieces = self.files.open(node, tolerant=self.tolerant)
        inner = Scope(node.path, self.base)
        yield from machine.load_task(pieces, inner, node.span, tolerant=self.tolerant)
        self.files.loading.pop()
        exported = {
            name: value for name, value in inner.variables.items() if not name.startswith("_")
        }
        identifiers = [ast.Identifier(name, node.span) for name in exported]
        for identifier in identifiers:
            try:
                scope.check_settable(identifier)
            except RaspNameError as error:
                if not self.tolerant:
                    raise
                machine.note(machine.placed(error, node.span))
                del exported[identifier.name]
        identifiers = [identifier for identifier in identifiers if identifier.name in exported]
        for identifier in identifiers:
            machine.bind(scope, identifier, exported[identifier.name])
        return exported

    def _set_example(self, node: ast.SetExample, scope: Scope) -> Task:
        """The new example."""
        value: Value = yield node.expression, scope
        example = example_of(value)
        for kind in node.kinds:
            self.examples[kind] = example
        self.commands.append(node)
        return example

    def _command(self, node: ast.Command) -> Task:
        self.commands.append(node)
        return
        yield  # a task that needs nothing


def protected_names(base: Scope) -> frozenset[str]:
    """The names of the library, without `tokens` and the soft ones, which programs may bind."""
    return frozenset(base.variables) - {"tokens", *words.SOFT}


def example_of(value: Value) -> Example:
    """A value as an input to show s-ops on.  Raises RaspTypeError and RaspValueError."""
    if not isinstance(value, (str, list, dict)):
        raise RaspTypeError(f"an example is a string, list or dict, got {describe(value)}")
    if not value:
        raise RaspValueError("an example cannot be empty")
    if isinstance(value, str):
        return value
    atoms = [item for item in value if is_atom(item)]
    if len(atoms) < len(value):
        raise RaspTypeError("an example holds atoms only")
    return atoms


def _expression_statement(node: ast.ExpressionStatement, scope: Scope) -> Task:
    """The value."""
    value: Value = yield node.expression, scope
    scope.out = value
    return value


def _assignment(machine: Machine, node: ast.Assignment, scope: Scope) -> Task:
    """The list of the values bound.  Nothing is bound unless everything can be."""
    values: list[Value] = []
    for expression in node.values:
        values.append((yield expression, scope))
    last = values[-1]
    if len(node.targets) == 1:
        values = values if len(values) == 1 else [values]
    elif len(values) == 1:
        values = _unpacked(values[0], node)
    elif len(values) != len(node.targets):
        raise RaspTypeError(f"expected {len(node.targets)} values, got {len(values)}")
    for target in node.targets:
        scope.check_settable(target)
    for target, value in zip(node.targets, values, strict=True):
        machine.bind(scope, target, value)
    scope.out = last
    return values


def _unpacked(value: Value, node: ast.Assignment) -> list[Value]:
    try:
        return unpack(value, len(node.targets))
    except RaspTypeError as error:
        raise error.at(node.values[0].span) from None


def _function_definition(machine: Machine, node: ast.FunctionDefinition, scope: Scope) -> Task:
    """The function."""
    scope.check_settable(node.name)
    for parameter in node.parameters:
        Scope("").check_settable(parameter)  # names of the library may be parameters
    function = FunctionValue(node, scope)
    machine.bind(scope, node.name, function)
    return function
    yield  # a task that needs nothing


def _for_loop(machine: Machine, node: ast.ForLoop, scope: Scope) -> Task:
    """Nothing.  The loop has no scope of its own: its names stay."""
    iterable: Value = yield node.iterable, scope
    for target in node.targets:
        scope.check_settable(target)
    for values in iteration(machine, iterable, node.targets, node.iterable.span, "a loop"):
        machine.meter.charge(1)
        for target, value in zip(node.targets, values, strict=True):
            machine.bind(scope, target, value)
        for statement in node.body:
            yield statement, scope


def _draw(node: ast.Draw, scope: Scope) -> Task:
    """The s-op and the input to draw it on, None for the running example."""
    sop: Value = yield node.sop, scope
    if not is_sop(sop):
        raise RaspTypeError(
            f"draw expects an s-op, got {describe(sop)}", labels=[Label(node.sop.span)]
        )
    if node.input is None:
        return sop, None
    example: Value = yield node.input, scope
    return sop, example_of(example)

"""How each kind of expression is evaluated: one task for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from rasp.elaborate import forms, operations
from rasp.elaborate.machine import Machine, Task
from rasp.elaborate.scope import FunctionValue, Scope, Value
from rasp.elaborate.values import describe, is_node, items_of, kind_of, truth, unpack
from rasp.errors import RaspArityError, RaspRuntimeError, RaspTypeError
from rasp.graph.construct import is_selector, is_sop
from rasp.graph.nodes import Node
from rasp.source import Label, Span
from rasp.syntax import ast


def expression_task(machine: Machine, node: ast.Expression, scope: Scope) -> Task:
    """The task that evaluates an expression.  (The machine itself does literals and names.)"""
    match node:
        case ast.Binary(operator="and" | "or"):
            return _logical(machine, node, scope)
        case ast.Binary():
            return _binary(machine, node, scope)
        case ast.Call():
            return _call(machine, node, scope)
        case ast.Group():
            return _group(node, scope)
        case ast.Index():
            return _index(machine, node, scope)
        case ast.Unary():
            return _unary(machine, node, scope)
        case ast.Conditional():
            return _conditional(machine, node, scope)
        case ast.Select():
            return _select(machine, node, scope)
        case ast.Aggregate():
            return _aggregate(machine, node, scope)
        case ast.Builtin():
            return _builtin(machine, node, scope)
        case ast.Membership():
            return _membership(machine, node, scope)
        case ast.ListDisplay():
            return _list(machine, node, scope)
        case ast.DictDisplay():
            return _dict(node, scope)
        case ast.ListComprehension():
            return _list_comprehension(machine, node, scope)
        case ast.DictComprehension():
            return _dict_comprehension(machine, node, scope)
        case ast.Literal() | ast.Name():
            return _leaf(node, scope)
        case _:
            assert_never(node)


def _leaf(node: ast.Literal | ast.Name, scope: Scope) -> Task:
    return (yield node, scope)


def _group(node: ast.Group, scope: Scope) -> Task:
    return (yield node.expression, scope)


def _unary(machine: Machine, node: ast.Unary, scope: Scope) -> Task:
    operand: Value = yield node.operand, scope
    result = operations.unary(node.operator, operand)
    machine.record(result, node.span)
    return result


def _binary(machine: Machine, node: ast.Binary, scope: Scope) -> Task:
    left: Value = yield node.left, scope
    right: Value = yield node.right, scope
    result = operations.binary(left, node.operator, right, machine.meter)
    machine.meter.charge(operations.cost(result))
    machine.record(result, node.span)
    return result


def _logical(machine: Machine, node: ast.Binary, scope: Scope) -> Task:
    """`and` and `or`, which do not evaluate a right operand that the left one makes irrelevant.

    A right operand that is an s-op or selector never is irrelevant: with it the result is one too.
    """
    left: Value = yield node.left, scope
    decided = not is_node(left) and truth(left) != (node.operator == "and")
    if decided and not _mentions_node(machine, node.right, scope):
        return left
    right: Value = yield node.right, scope
    result = operations.logical(left, node.operator, right)
    machine.record(result, node.span)
    return result


def _mentions_node(machine: Machine, expression: ast.Expression, scope: Scope) -> bool:
    """Whether the value of an expression is an s-op or selector, as far as can be seen unevaluated.

    Calls count only if they are of library functions: others may be what `and` and `or` guard.
    """
    stack = [expression]
    while stack:
        machine.meter.charge(1)
        node = stack.pop()
        match node:
            case ast.Name():
                if is_node(scope.find(node.name)):
                    return True
            case ast.Select() | ast.Aggregate():
                return True
            case ast.Group() | ast.Unary() | ast.Binary() | ast.Conditional() | ast.Membership():
                stack.extend(ast.operands(node))
            case ast.Builtin(name="round" | "indicator"):
                stack.extend(node.arguments)
            case ast.Index():
                stack += [node.value, node.index]
            case ast.Call(function=ast.Name(name=name)):
                function = scope.find(name)
                if isinstance(function, FunctionValue) and function.scope.library:
                    stack.extend(node.arguments)
            case _:
                pass
    return False


def _conditional(machine: Machine, node: ast.Conditional, scope: Scope) -> Task:
    condition: Value = yield node.condition, scope
    if is_selector(condition):
        raise RaspTypeError(
            "the condition of a conditional cannot be a selector",
            labels=[Label(node.condition.span)],
            hint="whether anything is selected is `has_focus(selector)`",
        )
    if not is_sop(condition):
        return (yield (node.then if truth(condition) else node.otherwise), scope)
    then: Value = yield node.then, scope
    otherwise: Value = yield node.otherwise, scope
    result = operations.conditional(condition, then, otherwise)
    machine.record(result, node.span)
    return result


def _membership(machine: Machine, node: ast.Membership, scope: Scope) -> Task:
    item: Value = yield node.item, scope
    container: Value = yield node.container, scope
    result = operations.membership(item, container, machine.meter)
    if node.negated:
        result = operations.unary("not", result)
    machine.record(result, node.span)
    return result


def _index(machine: Machine, node: ast.Index, scope: Scope) -> Task:
    value: Value = yield node.value, scope
    place: Value = yield node.index, scope
    result = operations.index(value, place, machine.meter)
    machine.record(result, node.span)
    return result


def _select(machine: Machine, node: ast.Select, scope: Scope) -> Task:
    key: Value = yield node.key, scope
    query: Value = yield node.query, scope
    result = forms.select(key, query, node.comparison)
    machine.record(result, node.span)
    return result


def _aggregate(machine: Machine, node: ast.Aggregate, scope: Scope) -> Task:
    selector: Value = yield node.selector, scope
    value: Value = yield node.value, scope
    default: Value = 0
    if node.default is not None:
        default = yield node.default, scope
    result = forms.aggregate(selector, value, default)
    machine.record(result, node.span)
    return result


def _builtin(machine: Machine, node: ast.Builtin, scope: Scope) -> Task:
    arguments: list[Value] = []
    for argument in node.arguments:
        arguments.append((yield argument, scope))
    result = forms.builtin(node.name, arguments, machine.meter)
    machine.record(result, node.span)
    return result


# ---- lists and dicts


def _list(machine: Machine, node: ast.ListDisplay, scope: Scope) -> Task:
    items: list[Value] = []
    for item in node.items:
        items.append((yield item, scope))
    machine.meter.check_items(len(items))
    return items


def _dict(node: ast.DictDisplay, scope: Scope) -> Task:
    result: dict[object, Value] = {}
    for entry in node.entries:
        key: Value = yield entry.key, scope
        result[_key(key, entry)] = yield entry.value, scope
    return result


def _key(key: Value, entry: ast.Entry) -> object:
    try:
        return operations.dict_key(key)
    except RaspTypeError as error:
        raise error.at(entry.key.span) from None


def _list_comprehension(machine: Machine, node: ast.ListComprehension, scope: Scope) -> Task:
    result: list[Value] = []
    steps = _Steps(machine, node.clauses)
    while (inner := (yield from steps.next(scope))) is not None:
        result.append((yield node.item, inner))
    machine.meter.check_items(len(result))
    return result


def _dict_comprehension(machine: Machine, node: ast.DictComprehension, scope: Scope) -> Task:
    result: dict[object, Value] = {}
    steps = _Steps(machine, node.clauses)
    while (inner := (yield from steps.next(scope))) is not None:
        key: Value = yield node.entry.key, inner
        result[_key(key, node.entry)] = yield node.entry.value, inner
    return result


class _Steps:
    """The steps of the clauses of a comprehension, each within those of the one before it."""

    def __init__(self, machine: Machine, clauses: tuple[ast.Clause, ...]) -> None:
        self._machine = machine
        self._clauses = clauses
        self._open: list[Iterator[Scope]] | None = None

    def next(self, scope: Scope) -> Task:
        """A scope in which all names of the clauses are bound, None after the last."""
        if self._open is None:
            self._open = [(yield from self._begin(0, scope))]
        while self._open:
            inner = next(self._open[-1], None)
            depth = len(self._open)
            if inner is None:
                self._open.pop()
            elif not (yield from _passes(self._clauses[depth - 1], inner)):
                continue
            elif depth == len(self._clauses):
                return inner
            else:
                self._open.append((yield from self._begin(depth, inner)))
        return None

    def _begin(self, number: int, scope: Scope) -> Task:
        """A scope for each item of the iterable of a clause, with its names bound."""
        clause = self._clauses[number]
        iterable: Value = yield clause.iterable, scope
        return (
            _bound(scope, clause.targets, values)
            for values in iteration(
                self._machine, iterable, clause.targets, clause.iterable.span, "a comprehension"
            )
        )


def _bound(scope: Scope, targets: tuple[ast.Identifier, ...], values: list[Value]) -> Scope:
    inner = scope.child()
    for target, value in zip(targets, values, strict=True):
        inner.check_settable(target)
        inner.set(target.name, value)
    return inner


def _passes(node: ast.Clause, scope: Scope) -> Task:
    if node.condition is None:
        return True
    condition: Value = yield node.condition, scope
    if is_node(condition):
        raise RaspTypeError(
            f"a filter has to be a plain value, got {describe(condition)}",
            labels=[Label(node.condition.span)],
            hint="which positions an aggregate reads says a selector: "
            "`select(condition, True, ==)`",
        )
    return truth(condition)


def iteration(
    machine: Machine,
    iterable: Value,
    targets: tuple[ast.Identifier, ...],
    span: Span,
    what: str,
) -> Iterator[list[Value]]:
    """The values of the targets in each step of a loop or comprehension.  Raises RaspTypeError."""
    try:
        items = items_of(iterable, what)
        machine.meter.check_items(len(items))
        for item in items:
            yield [item] if len(targets) == 1 else unpack(item, len(targets))
    except RaspTypeError as error:
        raise error.at(span) from None


# ---- calls


def _call(machine: Machine, node: ast.Call, scope: Scope) -> Task:
    function: Value = yield node.function, scope
    arguments: list[Value] = []
    for argument in node.arguments:
        arguments.append((yield argument, scope))
    if isinstance(function, FunctionValue):
        return (yield from machine.call_task(function, arguments, node.span))
    if not is_node(function):
        raise RaspTypeError(
            f"cannot call {describe(function)}",
            labels=[Label(node.function.span)],
            hint=_hint_on_call(function),
        )
    if len(arguments) != 1:
        raise RaspArityError(
            f"the {kind_of(function)} is applied to one input, got {len(arguments)} arguments",
            hint="an input of several tokens is a string or a list"
            if arguments
            else "it is used without parentheses, as in `length + 1`",
        )
    return apply_to_input(machine, function, arguments[0], node.span)


def _hint_on_call(value: Value) -> str:
    if isinstance(value, (list, dict)):
        return "an item is read by an index: `x[0]`"
    if isinstance(value, (int, float)):
        return "a product is written with '*': `2 * x`"
    return "functions, s-ops and selectors can be called"


def apply_to_input(machine: Machine, node: Node, value: Value, span: Span) -> Value:
    """What an s-op (a list) or selector (a list of rows) gives on an input."""
    if not isinstance(value, (str, list, dict)):
        raise RaspTypeError(
            f"an input is a string, list or dict, got {describe(value)}",
            hint="it is used without parentheses, as in `length + 1`" if is_node(value) else None,
        )
    from rasp.interpreter import as_sequence, evaluate  # brings NumPy, which most do not need

    machine.meter.charge(len(value))
    tokens = as_sequence(value)
    try:
        results = evaluate(node, [tokens], causal=machine.causal, origins=machine.origins)
    except RaspRuntimeError as error:
        error.labels = (*error.labels, Label(span, "applied here" if error.labels else ""))
        raise
    result: Value = results[0]
    machine.applied, machine.applied_to = result, tokens
    return result

"""Program text -> the same program in Python, with the functions of `rasp.dsl`.

Running it binds the same names to handles of the same nodes: two front ends, one graph.  All of the
language is translated but for what a Python function cannot be told from its arguments alone: a
conditional, a negation and a table are taken to be of s-ops or selectors, not of plain values.
"""

from __future__ import annotations

import ast as python
from collections.abc import Sequence
from typing import Any

from rasp.errors import RaspTypeError
from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.parse import parse

RENAMED = {"max": "maximum", "min": "minimum", "abs": "absolute", "sum": "total"}

_ARITHMETIC: dict[str, python.operator] = {
    "+": python.Add(),
    "-": python.Sub(),
    "*": python.Mult(),
    "/": python.Div(),
    "%": python.Mod(),
    "^": python.Pow(),
    "and": python.BitAnd(),
    "or": python.BitOr(),
}
_COMPARISONS: dict[str, python.cmpop] = {
    "==": python.Eq(),
    "!=": python.NotEq(),
    "<": python.Lt(),
    "<=": python.LtE(),
    ">": python.Gt(),
    ">=": python.GtE(),
}


def python_text(text: str) -> str:
    """The program in Python.  Raises RaspSyntaxError, RaspTypeError for what has no translation."""
    body = [_statement(item) for item in parse(Source("<program>", text)).items]
    module = python.Module([python.parse("from rasp.dsl import *").body[0], *body], [])
    return python.unparse(python.fix_missing_locations(module)) + "\n"


def run_python(text: str) -> dict[str, Any]:
    """The names that a program in Python binds.  The text is run: it has to be one's own."""
    names: dict[str, Any] = {}
    exec(compile(text, "<program>", "exec"), names)
    return names


def _statement(node: ast.Item) -> python.stmt:
    match node:
        case ast.Assignment(targets=targets, values=values):
            return python.Assign([_targets(targets)], _tuple([_expression(v) for v in values]))
        case ast.ExpressionStatement(expression=expression):
            return python.Expr(_expression(expression))
        case ast.FunctionDefinition():
            return _function(node)
        case ast.ForLoop(targets=targets, iterable=iterable, body=body):
            return python.For(
                _targets(targets), _expression(iterable), [_statement(s) for s in body], []
            )
        case _:
            raise _untranslated(node)


def _function(node: ast.FunctionDefinition) -> python.stmt:
    parameters = [python.arg(parameter.name) for parameter in node.parameters]
    body = [_statement(statement) for statement in node.body]
    body.append(python.Return(_tuple([_expression(value) for value in node.returns])))
    function = python.parse("def f(): pass").body[0]
    assert isinstance(function, python.FunctionDef)
    function.name, function.body = node.name.name, body
    function.args.args = parameters
    return function


def _targets(targets: Sequence[ast.Identifier]) -> python.expr:
    return _tuple([python.Name(target.name, python.Store()) for target in targets])


def _tuple(items: list[python.expr]) -> python.expr:
    return items[0] if len(items) == 1 else python.Tuple(items)


def _expression(node: ast.Expression) -> python.expr:
    match node:
        case ast.Literal(value=value):
            return python.Constant(value)
        case ast.Name(name=name):
            return python.Name(RENAMED.get(name, name))
        case ast.Group(expression=expression):
            return _expression(expression)
        case ast.ListDisplay(items=items):
            return python.List([_expression(item) for item in items])
        case ast.DictDisplay(entries=entries):
            keys: list[python.expr | None] = [_expression(entry.key) for entry in entries]
            return python.Dict(keys, [_expression(entry.value) for entry in entries])
        case ast.ListComprehension(item=item, clauses=clauses):
            return python.ListComp(_expression(item), list(map(_clause, clauses)))
        case ast.DictComprehension(entry=entry, clauses=clauses):
            return python.DictComp(
                _expression(entry.key), _expression(entry.value), list(map(_clause, clauses))
            )
        case ast.Unary(operator=operator, operand=operand):
            signs = {"-": python.USub(), "+": python.UAdd(), "not": python.Invert()}
            return python.UnaryOp(signs[operator], _expression(operand))
        case ast.Binary():
            return _binary(node)
        case ast.Conditional(then=then, condition=condition, otherwise=otherwise):
            return _call("where", [condition, then, otherwise])
        case ast.Membership():
            return _membership(node)
        case ast.Index(value=value, index=index):
            return _index(value, index)
        case ast.Call(function=function, arguments=arguments):
            return python.Call(_expression(function), [_expression(a) for a in arguments], [])
        case ast.Select(key=key, query=query, comparison=comparison):
            call = _call("select", [key, query])
            call.args.append(python.Constant(comparison))
            return call
        case ast.Aggregate(selector=selector, value=value, default=default):
            return _call("aggregate", [selector, value, *([] if default is None else [default])])
        case ast.Builtin(name=name, arguments=arguments):
            return _call(name, arguments)
        case _:
            raise _untranslated(node)


def _clause(node: ast.Clause) -> python.comprehension:
    conditions = [] if node.condition is None else [_expression(node.condition)]
    return python.comprehension(_targets(node.targets), _expression(node.iterable), conditions, 0)


def _binary(node: ast.Binary) -> python.expr:
    left, right = _expression(node.left), _expression(node.right)
    if node.operator in _COMPARISONS:
        if _is_literal(node.left) and not _is_literal(node.right):
            left = _call("constant", [node.left])  # or Python would turn the comparison round
        return python.Compare(left, [_COMPARISONS[node.operator]], [right])
    return python.BinOp(left, _ARITHMETIC[node.operator], right)


def _membership(node: ast.Membership) -> python.expr:
    found: python.expr
    container = _bare(node.container)
    is_text = isinstance(container, ast.Literal) and isinstance(container.value, str)
    if is_text or isinstance(container, (ast.ListDisplay, ast.ListComprehension)):
        method = python.Attribute(_expression(node.item), "is_in")
        found = python.Call(method, [_expression(node.container)], [])
    else:
        found = _call("contains", [node.container, node.item])
    return python.UnaryOp(python.Invert(), found) if node.negated else found


def _index(value: ast.Expression, index: ast.Expression) -> python.expr:
    """A table at an s-op; at a literal, an item of a container or of an s-op."""
    table = isinstance(
        _bare(value),
        (
            ast.Literal,
            ast.ListDisplay,
            ast.DictDisplay,
            ast.ListComprehension,
            ast.DictComprehension,
        ),
    )
    if table and not _is_literal(index):
        return _call("lookup", [value, index])
    return python.Subscript(_expression(value), _expression(index))


def _is_literal(node: ast.Expression) -> bool:
    node = _bare(node)
    while isinstance(node, ast.Unary):
        node = _bare(node.operand)
    return isinstance(node, ast.Literal)


def _bare(node: ast.Expression) -> ast.Expression:
    """Without parentheses."""
    while isinstance(node, ast.Group):
        node = node.expression
    return node


def _call(name: str, arguments: Sequence[ast.Expression]) -> python.Call:
    return python.Call(python.Name(name), [_expression(argument) for argument in arguments], [])


def _untranslated(node: ast.Node) -> RaspTypeError:
    return RaspTypeError(f"{type(node).__name__} has no translation to Python")

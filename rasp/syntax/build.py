"""Parse trees -> AST.

One function for each rule of the grammar, given what its children became.  Trees are built up from
the leaves with an explicit stack, so their depth does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lark import Token, Tree

from rasp.errors import RaspError, RaspLimitError, RaspSyntaxError, RaspValueError
from rasp.graph.operators import MAX_INTEGER_BITS
from rasp.source import Label, Source, Span
from rasp.syntax import ast

ParseTree: TypeAlias = Tree[Token]
_Rule: TypeAlias = Callable[[list[Any], Span], object]

# ---- expressions


def _identifier(token: Token, source: Source) -> ast.Identifier:
    return ast.Identifier(str(token), Span(source, _start(token), _end(token)))


def _start(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _end(token: Token) -> int:
    assert token.end_pos is not None
    return token.end_pos


_MAX_DIGITS = int(MAX_INTEGER_BITS * 0.301)  # log10(2) for each bit


def _integer(parts: list[Any], span: Span) -> ast.Literal:
    digits = str(parts[0]).lstrip("0")
    if len(digits) > _MAX_DIGITS:
        raise RaspLimitError(
            f"the number has more than {_MAX_DIGITS:,} digits", labels=[Label(span)]
        )
    return ast.Literal(int(digits or "0"), span)


def _float(parts: list[Any], span: Span) -> ast.Literal:
    value = float(parts[0])
    if value == float("inf"):
        raise RaspValueError("the number is too large for a float", labels=[Label(span)])
    return ast.Literal(value, span)


def _binary(parts: list[Any], span: Span) -> ast.Binary:
    left, operator, right = parts
    return ast.Binary(left, str(operator), right, span)


def _conditional(parts: list[Any], span: Span) -> ast.Conditional:
    then, condition, otherwise = parts
    return ast.Conditional(then, condition, otherwise, span)


def _call(parts: list[Any], span: Span) -> ast.Call:
    function, *arguments = parts
    return ast.Call(function, arguments[0] if arguments else (), span)


def _select(parts: list[Any], span: Span) -> ast.Select:
    key, query, comparison = parts
    return ast.Select(key, query, str(comparison), span)


def _aggregate(parts: list[Any], span: Span) -> ast.Aggregate:
    selector, value, *default = parts
    return ast.Aggregate(selector, value, default[0] if default else None, span)


def _builtin(parts: list[Any], span: Span) -> ast.Builtin:
    name, arguments = parts
    return ast.Builtin(str(name), arguments if isinstance(arguments, tuple) else (arguments,), span)


def _clause(parts: list[Any], span: Span) -> ast.Clause:
    targets, iterable, *condition = parts
    return ast.Clause(targets, iterable, condition[0] if condition else None, span)


# ---- statements


def _names(parts: list[Any], span: Span) -> tuple[ast.Identifier, ...]:
    return tuple(_identifier(token, span.source) for token in parts)


def _function(parts: list[Any], span: Span) -> ast.FunctionDefinition:
    name, *rest, returns = parts
    parameters = rest.pop(0) if isinstance(rest[0], tuple) else ()
    body = tuple(rest[1:])  # after the opening brace
    return ast.FunctionDefinition(_identifier(name, span.source), parameters, body, returns, span)


def _loop(parts: list[Any], span: Span) -> ast.ForLoop:
    targets, iterable, opening, *body = parts
    if not body and "#" not in span.source.text[opening.end : span.end]:
        raise RaspSyntaxError(
            "the loop has no body",
            labels=[Label(Span(span.source, opening.start, span.end))],
            hint="a loop does something: put at least one statement between its braces",
        )
    return ast.ForLoop(targets, iterable, tuple(body), span)


def _load(parts: list[Any], span: Span) -> ast.Load:
    return ast.Load(str(parts[0])[1:-1], span)


def _draw(parts: list[Any], span: Span) -> ast.Draw:
    sop, *example = parts
    return ast.Draw(sop, example[0] if example else None, span)


_BOTH: tuple[ast.ExampleKind, ...] = ("s-op", "selector")


def _kinds(text: str) -> tuple[ast.ExampleKind, ...]:
    if "s-op" in text:
        return ("s-op",)
    return ("selector",) if "selector" in text else _BOTH


def _command(parts: list[Any], span: Span) -> ast.Command:
    text = str(parts[0])
    on = text.endswith("on")
    if text.startswith("set"):
        return ast.SetExample(_kinds(text), parts[1], span)
    if text.startswith("show"):
        return ast.ShowExample(_kinds(text), span)
    if text.startswith("full"):
        return ast.SwitchFullDisplay(on, span)
    if "examples" in text:
        return ast.SwitchExamples(_kinds(text), on, span)
    return ast.Exit(span)


_RULES: dict[str, _Rule] = {
    "name": lambda parts, span: ast.Name(str(parts[0]), span),
    "integer": _integer,
    "float": _float,
    "string": lambda parts, span: ast.Literal(str(parts[0])[1:-1], span),
    "group": lambda parts, span: ast.Group(parts[0], span),
    "list": lambda parts, span: ast.ListDisplay(parts[0] if parts else (), span),
    "dict": lambda parts, span: ast.DictDisplay(parts[0] if parts else (), span),
    "list_comprehension": lambda parts, span: ast.ListComprehension(parts[0], parts[1], span),
    "dict_comprehension": lambda parts, span: ast.DictComprehension(parts[0], parts[1], span),
    "clauses": lambda parts, span: tuple(parts),
    "clause": _clause,
    "arguments": lambda parts, span: tuple(parts),
    "entries": lambda parts, span: tuple(parts),
    "entry": lambda parts, span: ast.Entry(parts[0], parts[1], span),
    "membership": lambda parts, span: ast.Membership(parts[0], parts[1], False, span),
    "non_membership": lambda parts, span: ast.Membership(parts[0], parts[-1], True, span),
    "conditional": _conditional,
    "binary": _binary,
    "unary": lambda parts, span: ast.Unary(str(parts[0]), parts[1], span),
    "index": lambda parts, span: ast.Index(parts[0], parts[1], span),
    "call": _call,
    "select": _select,
    "aggregate": _aggregate,
    "builtin": _builtin,
    "targets": _names,
    "parameters": _names,
    "expressions": lambda parts, span: tuple(parts),
    "assignment": lambda parts, span: ast.Assignment(parts[0], parts[1], span),
    "last_assignment": lambda parts, span: ast.Assignment(parts[0], parts[1], span),
    "expression_statement": lambda parts, span: ast.ExpressionStatement(parts[0], span),
    "last_expression": lambda parts, span: ast.ExpressionStatement(parts[0], span),
    "draw": _draw,
    "last_draw": _draw,
    "load": _load,
    "last_load": _load,
    "block_start": lambda parts, span: span,
    "function": _function,
    "loop": _loop,
    "command": _command,
    "program": lambda parts, span: parts,
    "cell": lambda parts, span: parts,
}


# Tokens that only hold the text together.  `rasp.syntax.lexing` keeps them for the places.
_PUNCTUATION = frozenset(
    [
        "LPAR",
        "RPAR",
        "LSQB",
        "RSQB",
        "LBRACE",
        "RBRACE",
        "COMMA",
        "COLON",
        "SEMICOLON",
        "EQUAL",
        "DEF",
        "FOR",
        "IN",
        "RETURN",
        "IF",
        "ELSE",
        "SELECT",
        "AGGREGATE",
        "DRAW",
        "LOAD",
        "COMMAND_END",
    ]
)


def build(tree: ParseTree, source: Source) -> Any:
    """The AST of a tree: a list of items for ``program`` and ``cell``, else an expression.

    Raises RaspSyntaxError, RaspValueError and RaspLimitError for what the grammar cannot express.
    """
    order: list[ParseTree] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(child for child in node.children if isinstance(child, Tree))
    built: dict[int, tuple[Any, int, int]] = {}
    first_error: RaspError | None = None
    for node in reversed(order):
        parts: list[Any] = []
        start, end = -1, 0
        for child in node.children:
            if isinstance(child, Tree):
                part, child_start, end = built.pop(id(child))
                parts.append(part)
            else:
                child_start, end = _start(child), _end(child)
                if child.type not in _PUNCTUATION:
                    parts.append(child)
            if start < 0:
                start = child_start
        span = Span(source, max(start, 0), end)
        try:
            value = _RULES[node.data](parts, span)
        except RaspError as error:
            if first_error is None or _place(error) < _place(first_error):
                first_error = error
            value = ast.Literal(0, span)
        built[id(node)] = (value, span.start, span.end)
    if first_error:
        raise first_error
    return built[id(tree)][0]


def _place(error: RaspError) -> int:
    return error.span.start if error.span else 0

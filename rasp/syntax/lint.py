"""AST -> warnings about expressions that mean something else than a reader of Python expects.

The precedence of operators is the original language's.  Each check below knows one of its traps,
says how the expression is read and how parentheses make that, or the other reading, explicit.

A warning is silenced by parentheses, or by a comment ``# rasp: ignore[code]`` on the line it is
about; ``# rasp: ignore`` silences all of a line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from rasp.diagnostics import Warning
from rasp.source import Label, Source, Span
from rasp.syntax import ast

CODES = {
    "tight-not": "'not' before an operator that it binds tighter than",
    "tight-sign": "'-' before '^', which it binds tighter than",
    "mixed-logic": "'or' and 'and' without parentheses",
    "chained-comparison": "a comparison of a comparison",
    "chained-power": "'^' after '^'",
    "nested-conditional": "'if' after 'else' without parentheses",
    "loose-in": "'in' beside operators that bind tighter",
    "loose-modulo": "'%' before '*' or '/'",
    "lone-arrow": "'<-' in a statement that sets nothing",
    "repeated-parameter": "a function with two parameters of one name",
    "constant-condition": "a comparison beside 'and' or 'or' with a string or number that is none",
}
"""The warnings, by the code that silences them."""

_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])
_LOGIC = frozenset(["and", "or"])
_SHOWN = 40


def lint(module: ast.Module, *, ignore: Collection[str] = ()) -> tuple[Warning, ...]:
    """The warnings about a program, in the order of the text, without those silenced."""
    found = (warning for node in ast.walk(*module.items) for warning in _check(node))
    return unsilenced(warning for warning in found if warning.code not in ignore)


def unsilenced(warnings: Iterable[Warning]) -> tuple[Warning, ...]:
    """Those that no comment on their line silences.  Each has a place."""
    pragmas: dict[Source, dict[int, frozenset[str]]] = {}
    kept = []
    for warning in warnings:
        span = warning.labels[0].span
        if span.source not in pragmas:
            pragmas[span.source] = _silenced(span.source)
        codes = pragmas[span.source].get(span.line, frozenset())
        if not codes & {warning.code, "*"}:
            kept.append(warning)
    return tuple(kept)


# Strings are matched so that a '#' within one starts no comment.
_COMMENT = re.compile(r'"[^"\r\n]*"?|#(?P<comment>[^\n]*)')
_PRAGMA = re.compile(r"rasp:\s*ignore(?:\[(?P<codes>[^\]]*)\])?")


def _silenced(source: Source) -> dict[int, frozenset[str]]:
    """For each line with a pragma the codes that it silences, ``*`` for all."""
    if "rasp:" not in source.text:
        return {}
    silenced = {}
    for comment in _COMMENT.finditer(source.text):
        pragma = _PRAGMA.search(comment["comment"] or "")
        if pragma:
            codes = pragma["codes"]
            names = {"*"} if codes is None else {code.strip() for code in codes.split(",")}
            silenced[source.position(comment.start())[0]] = frozenset(names)
    return silenced


def _check(node: ast.Node) -> Iterator[Warning]:
    match node:
        case ast.Binary():
            yield from _check_binary(node)
        case ast.Membership():
            yield from _check_membership(node)
        case ast.FunctionDefinition():
            yield from _check_parameters(node)
        case ast.ExpressionStatement(expression=ast.Binary(left=ast.Name() as name, operator="<")):
            yield from _check_arrow(node.expression, name)
        case ast.Conditional(then=ast.Conditional()):
            yield _warning(
                "nested-conditional",
                "'if' after 'else' takes the whole conditional before it as its value",
                node,
                read=f"({_text(node.then)}) if {_text(node.condition)} else "
                f"{_text(node.otherwise)}",
                other="put what follows the first 'else' in parentheses for the other reading",
            )
        case _:
            pass


def _check_binary(node: ast.Binary) -> Iterator[Warning]:
    left, operator, right = node.left, node.operator, node.right
    match left:
        case ast.Unary(operator="not") if operator not in _LOGIC:
            yield _warning(
                "tight-not",
                f"'not' binds tighter than '{operator}'",
                node,
                read=_read_left(node),
                other=f"not ({_text(left.operand)} {operator} {_text(right)})",
            )
        case ast.Unary(operator="-") if operator == "^":
            yield _warning(
                "tight-sign",
                "'-' binds tighter than '^'",
                node,
                read=_read_left(node),
                other=f"-({_text(left.operand)} ^ {_text(right)})",
            )
        case ast.Binary(operator="or") if operator == "and":
            yield _warning(
                "mixed-logic",
                "'and' and 'or' bind alike, from left to right",
                node,
                read=_read_left(node),
                other=f"{_text(left.left)} or ({_text(left.right)} and {_text(right)})",
            )
        case ast.Binary(operator=first) if first in _COMPARISONS and operator in _COMPARISONS:
            yield _chained(left, operator, right, node)
        case ast.Binary(operator="^") if operator == "^":
            yield _warning(
                "chained-power",
                "'^' groups from left to right",
                node,
                read=_read_left(node),
                other=f"{_text(left.left)} ^ ({_text(left.right)} ^ {_text(right)})",
            )
        case _:
            pass
    if operator in _LOGIC:
        yield from _check_lone_literal(node)
    if operator == "%" and isinstance(right, ast.Binary) and right.operator in "*/":
        yield _warning(
            "loose-modulo",
            f"'%' binds looser than '{right.operator}'",
            node,
            read=f"{_text(left)} % ({_text(right)})",
            other=f"({_text(left)} % {_text(right.left)}) {right.operator} {_text(right.right)}",
        )


def _read_left(node: ast.Binary) -> str:
    """How it is read, with the parentheses that say so."""
    return f"({_text(node.left)}) {node.operator} {_text(node.right)}"


def _chained(left: ast.Binary, operator: str, right: ast.Expression, node: ast.Binary) -> Warning:
    warning = _warning(
        "chained-comparison",
        "comparisons do not chain: this compares a truth value",
        node,
        read=_read_left(node),
        other=f"{_text(left)} and {_text(left.right)} {operator} {_text(right)}",
    )
    plain = _without_truth(left, operator, right)
    return warning if plain is None else replace(warning, hint=f"meant is probably: {plain}")


def _without_truth(left: ast.Binary, operator: str, right: ast.Expression) -> str | None:
    """What `a > 2 == True` and `True == a > 2` are meant to be; None where no truth is compared."""
    match left, right:
        case ast.Binary(), ast.Name(name="True" | "False" as truth) if operator in ("==", "!="):
            condition, equal = _text(left), operator == "=="
        case ast.Binary(left=ast.Name(name="True" | "False" as truth)), _ if left.operator in (
            "==",
            "!=",
        ):
            condition = f"{_text(left.right)} {operator} {_text(right)}"
            equal = left.operator == "=="
        case _:
            return None
    return condition if (truth == "True") == equal else f"not ({condition})"


def _check_arrow(comparison: ast.Expression, name: ast.Name) -> Iterator[Warning]:
    """`x <- 3;` compares, where other languages set a name."""
    whole = comparison.span
    behind = whole.source.text[name.span.end : whole.end].lstrip()
    if behind.startswith("<-"):
        value = behind.removeprefix("<-").lstrip()
        yield Warning(
            "lone-arrow",
            f"this compares '{name.name}' and sets nothing",
            (Label(whole),),
            hint=f"a name is set by '=': {name.name} = {value};    a comparison is clearer with "
            f"a space: {name.name} < -{value}",
        )


def _check_parameters(function: ast.FunctionDefinition) -> Iterator[Warning]:
    """`def f(a, a)`: the first of two parameters of one name cannot be read."""
    seen: set[str] = set()
    for parameter in function.parameters:
        if parameter.name in seen:
            yield Warning(
                "repeated-parameter",
                f"two parameters are called '{parameter.name}': the value is that of the last",
                (Label(parameter.span),),
                hint="give each a name of its own",
            )
        seen.add(parameter.name)


def _check_lone_literal(node: ast.Binary) -> Iterator[Warning]:
    """`tokens == "a" or "b"`: the second string is compared with nothing."""
    left, right = node.left, node.right
    if isinstance(left, ast.Binary) and left.operator in _LOGIC:
        left = left.right  # a == "a" or a == "b" or "c"
    if not (isinstance(left, ast.Binary) and left.operator in _COMPARISONS):
        return
    if not (isinstance(right, ast.Literal) and _is_alike(left.right, right)):
        return
    truth = "true" if right.value else "false"
    meant = f"{_text(left.left)} {left.operator} {_text(right)}"
    before = _text(node.left)
    yield Warning(
        "constant-condition",
        f"{_text(right)} by itself is always {truth}",
        (Label(node.span),),
        hint=f"a comparison has two sides: {before} {node.operator} {meant}",
    )


def _is_alike(compared: ast.Expression, literal: ast.Literal) -> bool:
    """Whether what was compared just before is a literal, too: then another was meant."""
    while isinstance(compared, (ast.Group, ast.Unary)):
        compared = compared.expression if isinstance(compared, ast.Group) else compared.operand
    return isinstance(compared, ast.Literal) and isinstance(compared.value, str) == isinstance(
        literal.value, str
    )


def _check_membership(node: ast.Membership) -> Iterator[Warning]:
    word = "not in" if node.negated else "in"
    item = _loose(node.item)
    container = _loose(node.container)
    if not (item or container):
        return
    read = (
        f"{_in_parentheses(node.item, bool(item))} {word} "
        f"{_in_parentheses(node.container, bool(container))}"
    )
    yield _warning(
        "loose-in",
        f"'{word}' binds looser than {item or container}",
        node,
        read=read,
        other="put what belongs to 'in' in parentheses for the other reading",
    )


def _loose(operand: ast.Expression) -> str:
    """The operator of an operand of ``in`` that Python would not take into it, or nothing."""
    match operand:
        case ast.Binary(operator=operator) if operator in _LOGIC or operator in _COMPARISONS:
            return f"'{operator}'"
        case ast.Unary(operator="not"):
            return "'not'"
        case ast.Conditional():
            return "'if'"
        case ast.Membership():
            return "another 'in' before it"
        case _:
            return ""


def _in_parentheses(expression: ast.Expression, wanted: bool) -> str:
    return f"({_text(expression)})" if wanted else _text(expression)


def _text(expression: ast.Expression) -> str:
    """The text of an expression on one line, shortened."""
    span = expression.span  # of a chain, each part of a long line is looked at: never all of it
    text = span.source.text[span.start : min(span.end, span.start + 4 * _SHOWN)]
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _warning(code: str, message: str, node: ast.Expression, *, read: str, other: str) -> Warning:
    place = Span(node.span.source, node.span.start, node.span.end)
    return Warning(
        code,
        message,
        (Label(place),),
        hint=f"parentheses make it plain which is meant, this or: {other}",
        notes=(f"this is read as {read}",),
    )

"""The abstract syntax: one class for each kind of statement and expression.

Nodes are frozen and compare by structure, places left out: two texts that differ only in layout and
comments give equal modules.  Parentheses are kept (`Group`), since `rasp.syntax.lint` has to know
what was said explicitly.  A tree may be ten thousand levels deep: walk it with `walk`, or with an
explicit stack, never by recursion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Literal as Choice
from typing import TypeAlias

from rasp.frozen import frozen
from rasp.graph.nodes import Atom
from rasp.source import Source, Span

ExampleKind = Choice["s-op", "selector"]


@frozen
class Identifier:
    """A name where it is bound."""

    name: str
    span: Span = field(compare=False, repr=False)


# ---- expressions


@frozen
class Literal:
    """A number or a string."""

    value: Atom
    span: Span = field(compare=False, repr=False)


@frozen
class Name:
    """A name where it is used."""

    name: str
    span: Span = field(compare=False, repr=False)


@frozen
class Group:
    """A parenthesised expression."""

    expression: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class ListDisplay:
    items: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Entry:
    """``key: value`` of a dict."""

    key: Expression
    value: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class DictDisplay:
    entries: tuple[Entry, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Clause:
    """``for targets in iterable if condition`` of a comprehension."""

    targets: tuple[Identifier, ...]
    iterable: Expression
    condition: Expression | None
    span: Span = field(compare=False, repr=False)


@frozen
class ListComprehension:
    item: Expression
    clauses: tuple[Clause, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class DictComprehension:
    entry: Entry
    clauses: tuple[Clause, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Unary:
    """``not``, ``-`` or ``+`` before an operand."""

    operator: str
    operand: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class Binary:
    """An operator of arithmetic, comparison or logic between two operands."""

    left: Expression
    operator: str
    right: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class Conditional:
    """``then if condition else otherwise``."""

    then: Expression
    condition: Expression
    otherwise: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class Membership:
    """``item in container`` or ``item not in container``."""

    item: Expression
    container: Expression
    negated: bool
    span: Span = field(compare=False, repr=False)


@frozen
class Index:
    """``value[index]``."""

    value: Expression
    index: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class Call:
    """A function call, or the application of an s-op or selector to an input."""

    function: Expression
    arguments: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Select:
    key: Expression
    query: Expression
    comparison: str
    span: Span = field(compare=False, repr=False)


@frozen
class Aggregate:
    selector: Expression
    value: Expression
    default: Expression | None
    span: Span = field(compare=False, repr=False)


@frozen
class Builtin:
    """``round``, ``indicator``, ``len``, ``range`` or ``zip`` of arguments."""

    name: str
    arguments: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


Expression: TypeAlias = (
    Literal
    | Name
    | Group
    | ListDisplay
    | DictDisplay
    | ListComprehension
    | DictComprehension
    | Unary
    | Binary
    | Conditional
    | Membership
    | Index
    | Call
    | Select
    | Aggregate
    | Builtin
)


# ---- statements


@frozen
class ExpressionStatement:
    expression: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class Assignment:
    """``a, b = x, y;``."""

    targets: tuple[Identifier, ...]
    values: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Draw:
    """``draw(sop, input);``."""

    sop: Expression
    input: Expression | None
    span: Span = field(compare=False, repr=False)


@frozen
class Load:
    """``load "path";``."""

    path: str
    span: Span = field(compare=False, repr=False)


@frozen
class FunctionDefinition:
    name: Identifier
    parameters: tuple[Identifier, ...]
    body: tuple[Statement, ...]
    returns: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class ForLoop:
    targets: tuple[Identifier, ...]
    iterable: Expression
    body: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)


Statement: TypeAlias = ExpressionStatement | Assignment | Draw | Load | FunctionDefinition | ForLoop


# ---- REPL lines


@frozen
class SetExample:
    """``set [s-op | selector] example expression``."""

    kinds: tuple[ExampleKind, ...]
    expression: Expression
    span: Span = field(compare=False, repr=False)


@frozen
class ShowExample:
    """``show [s-op | selector] example``."""

    kinds: tuple[ExampleKind, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class SwitchExamples:
    """``[s-op | selector] examples on | off``."""

    kinds: tuple[ExampleKind, ...]
    on: bool
    span: Span = field(compare=False, repr=False)


@frozen
class SwitchFullDisplay:
    """``full seq display on | off``."""

    on: bool
    span: Span = field(compare=False, repr=False)


@frozen
class Exit:
    """``exit``, ``quit``, ``exit()`` or ``quit()``."""

    span: Span = field(compare=False, repr=False)


Command: TypeAlias = SetExample | ShowExample | SwitchExamples | SwitchFullDisplay | Exit
Item: TypeAlias = Statement | Command
Node: TypeAlias = Expression | Item | Identifier | Entry | Clause


@frozen
class Module:
    """The statements and REPL lines of a text, in order."""

    items: tuple[Item, ...]
    source: Source = field(compare=False, repr=False)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in the order of the text."""
    match node:
        case Identifier() | Literal() | Name() | Load():
            return ()
        case ShowExample() | SwitchExamples() | SwitchFullDisplay() | Exit():
            return ()
        case Group(expression=expression) | ExpressionStatement(expression=expression):
            return (expression,)
        case SetExample(expression=expression):
            return (expression,)
        case ListDisplay(items=items):
            return items
        case DictDisplay(entries=entries):
            return entries
        case Entry(key=key, value=value):
            return key, value
        case Clause(targets=targets, iterable=iterable, condition=condition):
            return *targets, iterable, *_present(condition)
        case ListComprehension(item=item, clauses=clauses):
            return item, *clauses
        case DictComprehension(entry=entry, clauses=clauses):
            return entry, *clauses
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return left, right
        case Conditional(then=then, condition=test, otherwise=otherwise):
            return then, test, otherwise
        case Membership(item=item, container=container):
            return item, container
        case Index(value=value, index=index):
            return value, index
        case Call(function=function, arguments=arguments):
            return function, *arguments
        case Select(key=key, query=query):
            return key, query
        case Aggregate(selector=selector, value=value, default=default):
            return selector, value, *_present(default)
        case Builtin(arguments=arguments):
            return arguments
        case Assignment(targets=targets, values=values):
            return *targets, *values
        case Draw(sop=sop, input=example):
            return sop, *_present(example)
        case FunctionDefinition(name=name, parameters=parameters, body=body, returns=returns):
            return name, *parameters, *body, *returns
        case ForLoop(targets=targets, iterable=iterable, body=body):
            return *targets, iterable, *body


def _present(expression: Expression | None) -> tuple[Expression, ...]:
    return () if expression is None else (expression,)


def operands(
    node: Group | Unary | Binary | Conditional | Membership,
) -> tuple[Expression, ...]:
    """The expressions an operator is applied to, in the order of the text."""
    match node:
        case Group(expression=expression):
            return (expression,)
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return left, right
        case Conditional(then=then, condition=condition, otherwise=otherwise):
            return then, condition, otherwise
        case Membership(item=item, container=container):
            return item, container


def walk(*roots: Node) -> Iterator[Node]:
    """Every node below the roots and they themselves, in the order of the text."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))

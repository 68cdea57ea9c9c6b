"""A changed condition -> does it hold more often then, or less, and what hangs on it?

    if a and b:            without `b` it holds more often, and the compiler gives up more often:
        return None        nothing is made that was not made before

`mark_body` says of every expression in a function what it is the condition of; `bearing_of` says of
one that is changed what comes of that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Place: TypeAlias = Literal["gives up", "goes on", "says", "raises", "else"]
"""What is done where a condition holds: the function gives up, returning None, False or a refusal;
it goes on, and gives up otherwise; it says that it holds; it raises an error; or anything else."""

_MARK = "_bearing_"
_MONOTONE = ("all", "any", "bool", "asarray", "array")


@dataclass(frozen=True, slots=True)
class Bearing:
    """place: of the condition as a whole; looser: does that hold more often than it did?
    predicate: does the function answer a question with True or False?"""

    place: Place
    looser: bool
    predicate: bool = False

    @property
    def gives_up_more(self) -> bool:
        """Does the function return None, False or a refusal, or raise an error, where it did not,
        and do nothing that it did not do?"""
        return self.looser == (self.place in ("gives up", "raises")) and self.place != "else"


def mark_body(function: ast.FunctionDef) -> None:
    """Mark the conditions of its statements, but not those of functions within it."""
    predicate = isinstance(function.returns, ast.Name) and function.returns.id == "bool"
    gives = any(map(_gives, ast.walk(function)))
    _Marks(gives, predicate).statements(function.body, last=True)


def _gives(node: ast.AST) -> bool:
    """Does it return a value other than None and False?"""
    return isinstance(node, ast.Return) and not _gives_up(node)


def bearing_of(node: ast.expr, instead: str) -> Bearing | None:
    """Of a marked expression that is replaced by what reads `instead`; None if it is not marked, or
    holds neither more often then nor less."""
    mark = getattr(node, _MARK, None)
    if mark is None:
        return None
    place, sign, predicate = mark
    looser = _is_looser(node, instead)
    return None if looser is None else Bearing(place, looser == sign, predicate)


def _is_looser(node: ast.expr, instead: str) -> bool | None:
    if instead in ("True", "False"):
        return instead == "True"
    match node:
        case ast.BoolOp(op=operator):
            return isinstance(operator, ast.And)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return isinstance(node.op, ast.BitAnd)
        case ast.Compare():
            other = ast.parse(instead, mode="eval").body
            assert isinstance(other, ast.Compare)
            pairs = zip(node.ops, other.ops, strict=True)
            (new,) = (type(b) for a, b in pairs if type(a) is not type(b))
            return new in (ast.LtE, ast.GtE)
    return None


# -- marks


@dataclass(frozen=True, slots=True)
class _Marks:
    """gives: does the function return something?  One that does not has nothing to give up: it
    leaves something undone."""

    gives: bool
    predicate: bool

    def statements(self, body: Sequence[ast.stmt], *, last: bool) -> None:
        """last: is the end of these statements the end of the function?"""
        for place, statement in enumerate(body):
            rest = body[place + 1 :]
            ends = last and not rest
            match statement:
                case ast.If(test=test):
                    self._mark(test, self._place(statement, rest, ends=ends))
                    self.statements(statement.body, last=ends)
                    self.statements(statement.orelse, last=ends)
                case ast.Return(value=ast.expr() as value):
                    self._mark(value, "says" if self.predicate else "else")
                case ast.Match(cases=cases):
                    for case in cases:
                        if case.guard is not None:
                            self._mark(case.guard, "else")
                        self.statements(case.body, last=ends)
                case ast.For() | ast.While() | ast.With() | ast.Try():
                    inner = ends and isinstance(statement, (ast.With, ast.Try))
                    for part in _bodies(statement):
                        self.statements(part, last=inner)

    def _mark(self, test: ast.expr, place: Place) -> None:
        _mark(test, (place, True, self.predicate))

    def _place(self, statement: ast.If, rest: Sequence[ast.stmt], *, ends: bool) -> Place:
        match statement.body:
            case [ast.Raise()]:
                return "raises"
            case [only] if self.gives and _gives_up(only):
                return "gives up"
        if statement.orelse or not self.gives:
            return "else"
        if (rest and _gives_up(rest[0])) or (not rest and ends):
            return "goes on"
        return "else"


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield getattr(statement, "body", [])
    yield getattr(statement, "orelse", [])
    for handler in getattr(statement, "handlers", []):
        yield handler.body


def _gives_up(statement: ast.AST) -> bool:
    match statement:
        case ast.Return(value=None | ast.Constant(value=None | False)):
            return True
        case ast.Return(value=ast.Call(func=ast.Name(id="Refusal"))):
            return True
    return False


def _mark(node: ast.expr, mark: tuple[Place, bool, bool]) -> None:
    """mark: the place, whether the whole holds more often if this does, and whether the function is
    a predicate."""
    setattr(node, _MARK, mark)
    place, sign, predicate = mark
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                _mark(part, mark)
        case ast.BinOp(left=left, right=right, op=ast.BitAnd() | ast.BitOr()):
            _mark(left, mark)
            _mark(right, mark)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=part):
            _mark(part, (place, not sign, predicate))
        case ast.Call(func=ast.Name(id="all" | "any") as call, args=[ast.GeneratorExp() as each]):
            _mark(each.elt, mark)
            for generator in each.generators:
                for condition in generator.ifs:
                    _mark(condition, (place, sign == (call.id == "any"), predicate))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[part]) if (
            name in _MONOTONE
        ):
            _mark(part, mark)
        case ast.Call(func=ast.Attribute(value=part, attr="all" | "any")):
            _mark(part, mark)

"""Typed expressions as text, with as few parentheses as the language's precedence allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from rasp.graph.nodes import Atom
from rasp.graph.operators import show

Kind: TypeAlias = Literal["int", "number", "bool", "string", "selector"]
VALUE_KINDS: tuple[Kind, ...] = ("int", "number", "bool", "string")

# How loosely an expression binds: the levels of the language's table of precedence.
ATOM, PREFIX, POWER, PRODUCT, MODULO, SUM, COMPARISON, LOGIC, TERNARY, MEMBERSHIP = range(10)
LEVELS = {
    "^": POWER,
    "*": PRODUCT,
    "/": PRODUCT,
    "%": MODULO,
    "+": SUM,
    "-": SUM,
    "==": COMPARISON,
    "!=": COMPARISON,
    "<": COMPARISON,
    "<=": COMPARISON,
    ">": COMPARISON,
    ">=": COMPARISON,
    "and": LOGIC,
    "or": LOGIC,
    "in": MEMBERSHIP,
    "not in": MEMBERSHIP,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A piece of program.

    plain: it is known before there is an input.  depth: its longest chain of attention, at most.
    bound: about the largest absolute value, or the greatest length of a string.  values: all values
    it can have, where these are few and known.
    """

    text: str
    kind: Kind
    level: int = ATOM
    plain: bool = False
    depth: int = 0
    bound: int = 1
    values: frozenset[Atom] | None = None

    def at(self, level: int) -> str:
        """Its text where nothing may bind more loosely than the level."""
        return self.text if self.level <= level else f"({self.text})"

    def named(self, name: str) -> Expression:
        """The variable that is bound to it."""
        return replace(self, text=name, level=ATOM)


def literal(value: Atom) -> Expression:
    """An atom."""
    kinds: dict[type, Kind] = {bool: "bool", int: "int", float: "number", str: "string"}
    negative = not isinstance(value, (bool, str)) and value < 0
    return Expression(
        show(value),
        kinds[type(value)],
        level=PREFIX if negative else ATOM,
        plain=True,
        bound=len(value) if isinstance(value, str) else int(abs(value)) + 1,
        values=frozenset([value]),
    )


def prefix(operator: str, operand: Expression, kind: Kind, bound: int = 1) -> Expression:
    """An operator in front of its operand."""
    space = " " if operator == "not" else ""
    text = f"{operator}{space}{operand.at(PREFIX)}"
    return _over([operand], text, kind, PREFIX, bound)


def binary(
    operator: str, left: Expression, right: Expression, kind: Kind, bound: int = 1
) -> Expression:
    """An operator between its operands; all associate to the left."""
    level = LEVELS[operator]
    text = f"{left.at(level)} {operator} {right.at(level - 1)}"
    return _over([left, right], text, kind, level, bound)


def ternary(condition: Expression, yes: Expression, no: Expression) -> Expression:
    """One value or the other, of the kind of the first."""
    text = f"{yes.at(TERNARY)} if {condition.text} else {no.at(LOGIC)}"
    result = _over([condition, yes, no], text, yes.kind, TERNARY, max(yes.bound, no.bound))
    if yes.values is not None and no.values is not None:
        return replace(result, values=yes.values | no.values)
    return result


def call(
    function: str,
    arguments: Sequence[Expression],
    kind: Kind,
    *,
    extra: str = "",
    depth: int = 0,
    bound: int = 1,
) -> Expression:
    """A function or a built-in form; extra: what else stands between the parentheses.

    depth: of attention, in addition to the arguments'.
    """
    inside = ", ".join([argument.text for argument in arguments] + ([extra] if extra else []))
    result = _over(arguments, f"{function}({inside})", kind, ATOM, bound)
    return replace(result, depth=result.depth + depth, plain=result.plain and depth == 0)


def index(container: Expression | str, place: Expression, kind: Kind, bound: int) -> Expression:
    """An item of a list, a dict or an s-op."""
    if isinstance(container, str):
        return _over([place], f"{container}[{place.text}]", kind, ATOM, bound)
    text = f"{container.at(ATOM)}[{place.text}]"
    return _over([container, place], text, kind, ATOM, bound)


def list_text(values: Sequence[Atom]) -> str:
    """A list of atoms."""
    return f"[{', '.join(map(show, values))}]"


def dict_text(keys: Sequence[Atom], values: Sequence[Atom]) -> str:
    """A dict of atoms."""
    items = (f"{show(key)}: {show(value)}" for key, value in zip(keys, values, strict=True))
    return f"{{{', '.join(items)}}}"


def _over(
    operands: Sequence[Expression], text: str, kind: Kind, level: int, bound: int
) -> Expression:
    return Expression(
        text,
        kind,
        level,
        plain=all(operand.plain for operand in operands),
        depth=max((operand.depth for operand in operands), default=0),
        bound=bound,
    )

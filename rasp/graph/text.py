"""Nodes as expressions, for messages, labels and displays."""

from __future__ import annotations

import re

from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    Select,
    SelectorAnd,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    Tokens,
)
from rasp.graph.operators import OPERATORS, parts_of, show
from rasp.graph.origins import Origins

_PLACEHOLDER = "..."
_DIGIT = re.compile(r"(, )?\d+s$")


def to_text(node: Node, origins: Origins | None = None, *, limit: int = 60) -> str:
    """The node as a RASP expression of at most about `limit` characters.

    Nodes that have a name are shown by it, except the node itself.  What is too long or too deep is
    shown as `...`.
    """
    for depth in range(6, 0, -1):
        text = _text(node, origins, depth, top=True)
        if len(text) <= limit:
            return text
    return text if len(text) <= 2 * limit else text[: limit - 3] + _PLACEHOLDER


def _text(node: Node, origins: Origins | None, depth: int, top: bool = False) -> str:
    match node:
        case Tokens():
            return "tokens_asis"
        case Indices():
            return "indices"
        case Constant(value=value):
            return show(value)
    name = origins.name(node) if origins and not top else None
    if name is not None:
        return name
    if depth == 0:
        return _PLACEHOLDER

    def sub(child: Node) -> str:
        return _text(child, origins, depth - 1)

    match node:
        case Elementwise(operator="index_dict", operands=(operand,), parameters=parameters):
            pairs = zip(parameters[::2], parameters[1::2], strict=True)
            return (
                "{" + ", ".join(f"{show(k)}: {show(v)}" for k, v in pairs) + f"}}[{sub(operand)}]"
            )
        case Elementwise(operator="index_string", operands=(operand,), parameters=parameters):
            return f"{show(''.join(map(str, parameters)))}[{sub(operand)}]"
        case Elementwise(operator="index_list", operands=(operand,), parameters=parameters):
            return f"[{', '.join(map(show, parameters))}][{sub(operand)}]"
        case Elementwise(operator="member", operands=(operand,), parameters=parameters):
            return f"{sub(operand)} in {_container(parameters)}"
        case Elementwise(operator="where", operands=(condition, yes, no)):
            return f"({sub(yes)} if {sub(condition)} else {sub(no)})"
        case Elementwise(operator=operator, operands=(operand,)):
            symbol = OPERATORS[operator].symbol
            if operand is TOKENS and symbol.startswith("tokens_"):
                named = origins.name(node) if origins else None
                return named or ("tokens" if operator == "to_str" else symbol)
            return f"{symbol}({sub(operand)})" if symbol.isalpha() else f"({symbol}{sub(operand)})"
        case Elementwise(operator=operator, operands=(left, right)):
            return f"({sub(left)} {OPERATORS[operator].symbol} {sub(right)})"
        case Aggregate(selector=selector, value=carried, default=default):
            return f"aggregate({sub(selector)}, {sub(carried)}, {show(default)})"
        case SelectorWidth(selector=selector):
            return f"selector_width({sub(selector)})"
        case Select(key=key, query=query, comparison=comparison):
            return f"select({sub(key)}, {sub(query)}, {comparison})"
        case SelectorNot(operand=operand):
            return f"(not {sub(operand)})"
        case SelectorAnd(left=left, right=right):
            return f"({sub(left)} and {sub(right)})"
        case SelectorOr(left=left, right=right):
            return f"({sub(left)} or {sub(right)})"
        case Best(selector=selector, score=score):
            short = ends(score)
            return f"{short}({sub(selector)})" if short else f"best({sub(selector)}, {sub(score)})"
        case Fetch(selector=selector, value=carried, default=otherwise):
            last = "" if otherwise is None else f", {show(otherwise)}"
            return f"fetch({sub(selector)}, {sub(carried)}{last})"
    raise AssertionError(node)


def ends(score: Node) -> str | None:
    """What `best` with this score is called where it has a name of its own."""
    if score is INDICES:
        return "last"
    if isinstance(score, Elementwise) and score.operator == "negate":
        return "first" if score.operands[0] is INDICES else None
    return None


def _container(parameters: tuple[Atom, ...]) -> str:
    """What `in` looks into: a string where the items are its parts, else a list."""
    whole = parameters[-1] if parameters else None
    if isinstance(whole, str) and whole and parameters == parts_of(whole):
        return show(whole)
    return f"[{', '.join(map(show, parameters))}]"


def with_part(label: str, part: str) -> str:
    """The label of a head that has only a part of the selector of what it is for."""
    return f"{label} ({part})" if part else label


def without_part(label: str) -> tuple[str, str]:
    """What a label of a head is for, and the part of its selector; the digit of an order is left
    out.
    """
    if not label.endswith(")"):
        return label, ""
    depth = 0
    for place in range(len(label) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(label[place], 0)
        if depth == 0:
            break
    whole = label[:place]
    if not whole.endswith(" "):
        return label, ""  # a function, or an expression in parentheses
    return whole.rstrip(), _DIGIT.sub("", label[place + 1 : -1])

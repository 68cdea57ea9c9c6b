"""S-op graph -> program text that gives this very graph.

    write(node, origins, "sorted")     smaller = select(tokens, tokens, <);
                                       ...
                                       sorted = aggregate(..., tokens);

One statement for what is used more than once, for what has a name, and for what would make a line
too long; everything else is written where it is used.  Elaborating the text gives the same nodes,
and formatting it changes nothing.  The graph is walked with a loop: it may be very deep.
"""

from __future__ import annotations

import re
from collections import Counter

from rasp.errors import RaspValueError
from rasp.graph import construct
from rasp.graph.derived import LENGTH
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
    children,
)
from rasp.graph.operators import OPERATORS
from rasp.graph.origins import Origins
from rasp.graph.text import ends
from rasp.syntax.pieces import (
    ATOM,
    LEVELS,
    LOGIC,
    LOOSE,
    PREFIX,
    WIDTH,
    Text,
    beside,
    bracketed,
    call,
    constant_sop,
    container,
    listed,
    literal,
)
from rasp.syntax.words import (
    BASE_SOPS,
    CONSTANTS,
    DRAW,
    FORMS,
    KEYWORDS,
    LIBRARY,
    LOAD,
    SOFT,
    WORD_OPERATORS,
)

_RESERVED = {
    *("get", "out"),  # words of the original REPL, which cannot be set
    *(*KEYWORDS, *WORD_OPERATORS, *FORMS, LOAD, DRAW, *CONSTANTS, *BASE_SOPS),
    *(name for name in LIBRARY if name not in SOFT),
}
_NAMES: dict[Node, str] = {
    TOKENS: "tokens_asis",
    INDICES: "indices",
    LENGTH: "length",
    construct.FULL: "full_s",
    construct.tokens("str"): "tokens",
    construct.tokens("int"): "tokens_int",
    construct.tokens("float"): "tokens_float",
    construct.tokens("bool"): "tokens_bool",
}
"""What the language has a name for."""


def write(root: Node, origins: Origins | None = None, name: str | None = None) -> str:
    """A program whose last statement binds `name` to the s-op or selector.

    Raises RaspValueError for the few that no text gives: strings with quotes or line breaks, and
    nodes that the language does not make.
    """
    return _Writer(root, origins or Origins(), name).write()


class _Writer:
    """The statements of one program, as far as they are written."""

    def __init__(self, root: Node, origins: Origins, name: str | None) -> None:
        self._root = root
        self._origins = origins
        self._order = _below(root)
        self._uses = Counter(
            child for node in self._order if node not in _NAMES for child in _parts(node)
        )
        self._taken = _RESERVED | {form for node in self._order if (form := _form(node))}
        self._numbers: Counter[str] = Counter()
        self._texts: dict[Node, Text] = {}
        self._inline: set[Node] = set()  # what is written where it is used
        self._statements: list[str] = []
        self._root_name = self._free(name or origins.name(root) or "result")

    def write(self) -> str:
        for node in self._order:
            self._texts[node] = self._place(node)
        self._bind(self._root_name, self._whole(self._root))
        return "".join(f"{statement}\n" for statement in self._statements)

    def _place(self, node: Node) -> Text:
        """How the node is written where it is used: by a name, if it has or needs one."""
        if node in _NAMES:
            return Text(_NAMES[node], ATOM)
        if isinstance(node, Constant):
            return literal(node.value)
        text = self._fitting(node)
        if node is self._root:
            return text
        known = self._origins.name(node)
        if known is not None or self._uses[node] > 1 or text.rows:
            return self._named(node, text)
        self._inline.add(node)
        return text

    def _fitting(self, node: Node) -> Text:
        """The node's expression; what is longest in it gets a name until it fits on a line."""
        while True:
            text = self._compose(node)
            inline = [child for child in _parts(node) if child in self._inline]
            if text.rows or len(text.text) <= WIDTH or not inline:
                return text
            longest = max(inline, key=lambda child: len(self._texts[child].text))
            self._texts[longest] = self._named(longest, self._texts[longest])

    def _named(self, node: Node, text: Text) -> Text:
        name = self._free(self._origins.name(node) or _kind(node))
        self._bind(name, text)
        self._inline.discard(node)
        return Text(name, ATOM)

    def _bind(self, name: str, text: Text) -> None:
        self._statements.append(f"{name} = {text.text};")

    def _free(self, wish: str) -> str:
        """A name that is not taken, as near to the one wished for as the language has it."""
        base = re.sub(r"[^A-Za-z0-9_]+", "_", wish).strip("_") or "value"
        base = f"_{base}" if base[0].isdigit() else base
        name = base
        while name in self._taken:
            self._numbers[base] += 1
            name = f"{base}_{self._numbers[base] + 1}"
        self._taken.add(name)
        return name

    def _whole(self, node: Node) -> Text:
        """The right-hand side of a statement that binds an s-op, even where it is a constant."""
        return constant_sop(node.value) if isinstance(node, Constant) else self._texts[node]

    # ---- expressions

    def _compose(self, node: Node) -> Text:
        match node:
            case Elementwise():
                return self._elementwise(node)
            case Aggregate(selector=selector, value=value, default=default):
                last = "" if _is_zero(default) else f", {literal(default).text}"
                return call("aggregate", f"{self._in(selector)}, {self._in(value)}{last}")
            case SelectorWidth(selector=selector):
                return call("selector_width", self._in(selector))
            case Select(key=key, query=query, comparison=comparison):
                _check(construct.select(key, query, comparison) is node)
                return call("select", f"{self._in(key)}, {self._in(query)}, {comparison}")
            case SelectorNot(operand=operand):
                return Text(f"not {self._tight(operand)}", PREFIX, "not")
            case SelectorAnd(left=left, right=right):
                return self._binary("and", left, right)
            case SelectorOr(left=left, right=right):
                return self._binary("or", left, right)
            case Best(score=score):
                inside = ", ".join(self._in(part) for part in _parts(node))
                return call(ends(score) or "best", inside)
            case Fetch(selector=selector, value=value, default=otherwise):
                last = "" if otherwise is None else f", {literal(otherwise).text}"
                return call("fetch", f"{self._in(selector)}, {self._in(value)}{last}")
        raise AssertionError(node)

    def _elementwise(self, node: Elementwise) -> Text:
        operator, operands, parameters = node.operator, node.operands, node.parameters
        _check(construct.elementwise(operator, *operands, parameters=parameters) is node)
        _check(not operator.startswith("to_"))
        first, *others = operands
        if operator.startswith("index_"):
            return self._table(operator, first, parameters)
        match operator:
            case "member":
                listed = container(parameters)
                sought = self._tight(first)
                return Text(f"{sought} in {listed}", LOOSE, "in", "\n" in listed)
            case "where":
                then, otherwise = others
                condition = self._sop(first, LOGIC)
                branches = self._at_most(then, LOGIC), self._at_most(otherwise, LOGIC)
                return Text(f"{branches[0]} if {condition} else {branches[1]}", LOOSE, "if")
            case "round" | "indicator":
                return call(operator, self._sop(first, LOOSE))
            case "negate" | "plus" | "not":
                sign = {"negate": "-", "plus": "+", "not": "not "}[operator]
                return Text(f"{sign}{self._sop(first, ATOM)}", PREFIX, operator)
        return self._binary(operator, *operands)

    def _binary(self, operator: str, left: Node, right: Node) -> Text:
        level = LEVELS[operator]
        first, second = self._texts[left], self._texts[right]
        if isinstance(left, Constant) and isinstance(right, Constant):
            first = constant_sop(left.value)
        symbol = OPERATORS[operator].symbol
        text = f"{beside(first, level, operator)} {symbol} {beside(second, level - 1, operator)}"
        return Text(text, level, operator)

    def _table(self, operator: str, place: Node, parameters: tuple[Atom, ...]) -> Text:
        at = self._sop(place, LOOSE)
        if operator == "index_string":
            characters = [value for value in parameters if isinstance(value, str)]
            _check(all(len(value) == 1 for value in characters))
            _check(len(characters) == len(parameters))
            table = literal("".join(characters)).text
        elif operator == "index_list":
            table = listed("[", [literal(value).text for value in parameters], "]")
        else:
            keys, values = parameters[::2], parameters[1::2]
            _check(len(dict.fromkeys(keys)) == len(keys))
            entries = [
                f"{literal(key).text}: {literal(value).text}"
                for key, value in zip(keys, values, strict=True)
            ]
            table = listed("{", entries, "}")
        return Text(f"{table}[{at}]", ATOM, "[]", "\n" in table)

    def _in(self, node: Node) -> str:
        """Between commas or brackets, where nothing can be misread."""
        return self._texts[node].text

    def _tight(self, node: Node) -> str:
        return self._at_most(node, ATOM)

    def _at_most(self, node: Node, level: int) -> str:
        return bracketed(self._texts[node], level)

    def _sop(self, node: Node, level: int) -> str:
        """An operand that has to be an s-op, though it may be a constant."""
        text = constant_sop(node.value) if isinstance(node, Constant) else self._texts[node]
        return bracketed(text, level)


def _below(root: Node) -> list[Node]:
    """Everything that is written, children first; what has a name in the language is not opened."""
    order: list[Node] = []
    done: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, expanded = stack.pop()
        if node in done:
            continue
        if expanded or node in _NAMES:
            done.add(node)
            order.append(node)
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(_parts(node)))
    return order


def _form(node: Node) -> str | None:
    """The function that writes a node, if programs may have the name for something else."""
    match node:
        case Best(score=score):
            return ends(score) or "best"
        case Fetch():
            return "fetch"
    return None


def _parts(node: Node) -> tuple[Node, ...]:
    """What stands in the node's expression: `first` and `last` do without a score."""
    if isinstance(node, Best) and ends(node.score):
        return (node.selector,)
    return children(node)


def _kind(node: Node) -> str:
    """What a node is called that nobody gave a name."""
    match node:
        case Elementwise(operator="index_list" | "index_dict" | "index_string"):
            return "looked_up"
        case Elementwise():
            return "value"
        case Aggregate() | Fetch():
            return "gathered"
        case SelectorWidth():
            return "width"
        case Tokens() | Indices() | Constant():
            return "value"
        case _:
            return "selector"


def _is_zero(default: Atom) -> bool:
    return type(default) is int and default == 0


def _check(writable: bool) -> None:
    if not writable:
        raise RaspValueError("the s-op has a part that no program text gives")

"""The results of statements -> the lines that show them.

The layout is that of the original REPL, so that transcripts in papers and courses look right.
Containers are shown without recursion and up to a limit: a list may be deep, or share its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.graph.text import to_text
from rasp.program import Function
from rasp.repl.sequences import matrix, rows, sequence
from rasp.repl.style import Painter
from rasp.sop import Selector, SOp
from rasp.syntax import ast
from rasp.visible import shortened, visible

if TYPE_CHECKING:
    from rasp.program import StatementResult

Example = str | list[Atom]

MAX_LINES = 1000
MAX_ITEMS = 1000
MAX_NAME = 500  # characters
MAX_VALUE = 5_000
MAX_TEXT = 20_000  # of a list of values
_SKIPPED = " [skipped full display: identical values]"


@dataclass(slots=True)
class Settings:
    """How the REPL shows values.  examples: which kinds are shown on their running example."""

    examples: dict[ast.ExampleKind, bool] = field(
        default_factory=lambda: {"s-op": True, "selector": True}
    )
    full_sequences: bool = False
    causal: bool = False


@dataclass(frozen=True, slots=True)
class Display:
    """Shows values on running examples.  columns: how wide lines may be, None for any width."""

    settings: Settings
    paint: Painter
    examples: Mapping[ast.ExampleKind, Example]
    columns: int | None = None

    def result(self, result: StatementResult) -> list[str]:
        """The lines for what a statement did; errors and warnings are shown elsewhere."""
        match result.kind:
            case "expression" if result.input is not None and not result.names:
                return self.application(result.values[0], result.input)
            case "expression":
                return self.value(result.values[0], result.names[0] if result.names else "out")
            case "assignment" | "definition":
                named = zip(result.values, result.names, strict=True)
                return [line for value, name in named for line in self.value(value, name)]
            case "load":
                named = zip(result.values, result.names, strict=True)
                return [
                    line for value, name in named for line in self.value(value, name, example=False)
                ]
            case "draw":
                sop, example = result.values
                tokens = list(self.examples["s-op"] if example is None else example)
                return self.on_input(sop, tokens)
            case _:
                return []

    def value(self, value: Any, name: str | None = None, *, example: bool = True) -> list[str]:
        """A value, under a name where it has one; example: whether to apply it to the example."""
        label = "" if name is None else f" {_short(name)} ="
        match value:
            case SOp() | Selector():
                return self._node(value, name, example=example)
            case Function(maker=maker, name=own, parameters=parameters):
                arguments = _short(", ".join(parameters))
                return [f"     {_short(maker)} function: {_short(own)}({arguments})"]
            case list() | dict():
                return list(_limited(self._container(value, label)))
            case _:
                return [f"    value:{label}  {self.paint('value', _short(show(value), MAX_VALUE))}"]

    def application(self, value: Any, inputs: Sequence[Atom]) -> list[str]:
        """The result of applying an s-op (atoms) or a selector (rows) to an input."""
        if isinstance(value[0], list):
            return ["\t = ", *matrix(inputs, value, self.paint, self.columns)]
        if not self.settings.full_sequences:
            return [f"\t =  {sequence(value, self.paint)}"]
        lines = rows(inputs, value, self.paint, self.columns)
        if lines is None:
            return [f"\t =   {sequence(value, self.paint)}{_SKIPPED}"]
        return ["\t = ", *lines]

    def on_input(self, node: SOp | Selector, inputs: Sequence[Atom]) -> list[str]:
        """An s-op or selector applied to an input.  Raises RaspError."""
        return self.application(self._apply(node, inputs), inputs)

    # ---- s-ops and selectors

    def _node(self, node: SOp | Selector, name: str | None, *, example: bool) -> list[str]:
        kind: ast.ExampleKind = "s-op" if isinstance(node, SOp) else "selector"
        shown = _short(name or node.name or to_text(node.node, node.origins))
        lines = [f"     {kind}: {shown}"]
        if example and self.settings.examples[kind]:
            lines += self._example(node, shown, self.examples[kind])
        return lines

    def _example(self, node: SOp | Selector, name: str, example: Example) -> list[str]:
        inputs = list(example)
        try:
            value = self._apply(node, inputs)
        except RaspError as error:
            return [f" \t Example: {name}({input_text(example)}) fails: {_reason(error)}"]
        if isinstance(node, Selector):
            return [" \t Example:", *matrix(inputs, value, self.paint, self.columns)]
        applied = f" \t Example: {name}({input_text(example)}) = {sequence(value, self.paint)}"
        if not self.settings.full_sequences:
            return [applied]
        lines = rows(inputs, value, self.paint, self.columns)
        return [applied + _SKIPPED] if lines is None else [" \t Example:", *lines]

    def _apply(self, node: SOp | Selector, inputs: Sequence[Atom]) -> Any:
        from rasp.interpreter import evaluate

        causal = self.settings.causal
        return evaluate(node.node, [list(inputs)], causal=causal, origins=node.origins)[0]

    # ---- lists and dicts

    def _container(self, value: list[Any] | dict[Atom, Any], label: str) -> Iterator[str]:
        stack = [self._container_lines(value, label, "")]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
            elif isinstance(step, str):
                yield step
            else:
                stack.append(self._container_lines(*step))

    def _container_lines(
        self, value: list[Any] | dict[Atom, Any], label: str, prefix: str
    ) -> Iterator[str | tuple[Any, str, str]]:
        """Lines, and in the place of inner containers what to make them from."""
        kind = "list" if isinstance(value, list) else "dict"
        head = f"     {kind}:{label} "
        if _is_flat(value):
            yield f"{prefix}{head}{self.paint('value', _flat_text(value))}"
            return
        opening, closing = "[]" if isinstance(value, list) else "{}"
        yield f"{prefix}{head} {self.paint('frame', opening)}"
        inner = _indentation(prefix) + ("\t\t" if isinstance(value, list) else "\t\t\t")
        entries = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        for key, item in entries:
            first = inner if key is None else f"{inner} {_short(show(key))} :"
            if isinstance(item, (list, dict)):
                yield item, "", first
                continue
            lines = self.value(item)
            yield first + lines[0]
            yield from (inner + line for line in lines[1:])
        yield f"{_indentation(prefix)}{' ' * len(head)}{self.paint('frame', closing)}"


def _short(text: str, limit: int = MAX_NAME) -> str:
    return visible(shortened(text, limit))


def input_text(example: Example) -> str:
    """An input as displays show it: a string in quotes, a list in Python's notation."""
    return _short(show(example) if isinstance(example, str) else repr(example), MAX_VALUE)


def _reason(error: RaspError) -> str:
    position = next((note for note in error.notes if note.startswith("position: ")), None)
    return visible(error.message + (f" ({position.replace(':', '')})" if position else ""))


def _is_flat(value: list[Any] | dict[Atom, Any]) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return not any(isinstance(item, (SOp, Selector, list, dict)) for item in items)


def _flat_text(value: list[Any] | dict[Atom, Any]) -> str:
    """A list or dict of atoms and functions in Python's notation, shortened."""
    if isinstance(value, dict):
        items = [f"{_item(key)}: {_item(value[key])}" for key in list(value)[:MAX_ITEMS]]
    else:
        items = [_item(item) for item in value[:MAX_ITEMS]]
    if len(value) > MAX_ITEMS:
        items.append(f"... and {len(value) - MAX_ITEMS:,} more")
    text = ", ".join(items)
    return _short(f"{{{text}}}" if isinstance(value, dict) else f"[{text}]", MAX_TEXT)


def _item(value: Any) -> str:
    return repr(value) if isinstance(value, (str, Function)) else show(value)


def _indentation(prefix: str) -> str:
    """The tabs that a prefix begins with."""
    return prefix[: len(prefix) - len(prefix.lstrip("\t"))]


def _limited(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == MAX_LINES:
            yield "     ..."
            return
        yield line

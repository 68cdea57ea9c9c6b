"""An s-op or selector and an input -> every step of its evaluation, from the tokens up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rasp.errors import RaspError
from rasp.graph.construct import is_sop
from rasp.graph.nodes import TOKENS, Atom, Constant, Node
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.repl.sequences import matrix, rows, sequence
from rasp.sop import Selector, SOp
from rasp.visible import visible

if TYPE_CHECKING:
    from rasp.repl.display import Display

MAX_STEPS = 200


def trace(
    value: SOp | Selector, inputs: Sequence[Atom], display: Display
) -> tuple[list[str], RaspError | None]:
    """The lines of all steps up to the first that fails, and its error, if one does."""
    result = _outcome(value.node, value, inputs, display)
    error = result if isinstance(result, RaspError) else None
    nodes = [node for node in topological([value.node]) if _is_step(node, inputs)]
    shown = nodes[-MAX_STEPS:]
    lines = []
    if len(shown) < len(nodes):
        lines.append(f"... {len(nodes) - len(shown):,} earlier steps are left out")
    for node in shown:
        lines.append(_heading(node, value, display))
        outcome = _outcome(node, value, inputs, display)
        if not isinstance(outcome, RaspError):
            lines += _value(node, outcome, inputs, display)
        elif error is not None and outcome.message == error.message:
            return lines, error
        else:  # values of different types, which is wrong only for the result
            lines.append(f"\t =  {outcome.message.removeprefix('the result has ')}")
    return lines, error


def _is_step(node: Node, inputs: Sequence[Atom]) -> bool:
    """Constants are none, nor are the tokens themselves where all are strings."""
    if node is TOKENS:
        return not all(isinstance(token, str) for token in inputs)
    return not isinstance(node, Constant)


def _outcome(node: Node, value: SOp | Selector, inputs: Sequence[Atom], display: Display) -> Any:
    from rasp.interpreter import outcomes

    causal = display.settings.causal
    return outcomes(node, [list(inputs)], causal=causal, origins=value.origins)[0]


def _heading(node: Node, value: SOp | Selector, display: Display) -> str:
    """What the node is called and where it was written."""
    paint, origins = display.paint, value.origins
    name = value.name if node is value.node else origins.name(node)
    text = visible(to_text(node, origins))
    place = origins.span(node)
    shown = text if name in (None, text) else f"{paint('strong', str(name))} = {text}"
    return shown + (paint("frame", f"    {visible(str(place))}") if place else "")


def _value(node: Node, result: Any, inputs: Sequence[Atom], display: Display) -> list[str]:
    if not is_sop(node):
        return matrix(inputs, result, display.paint, display.columns)
    aligned = (
        rows(inputs, result, display.paint, display.columns)
        if display.settings.full_sequences
        else None
    )
    return aligned or [f"\t =  {sequence(result, display.paint)}"]

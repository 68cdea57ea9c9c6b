"""`:draw` and `draw(...)`: an s-op or selector on an input, as text or as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rasp.drawing.document import SUFFIXES
from rasp.errors import RaspTypeError
from rasp.repl import arguments
from rasp.sop import Selector, SOp

if TYPE_CHECKING:
    from rasp.drawing import Drawing
    from rasp.graph.nodes import Atom
    from rasp.repl.console import Console


def draw_command(shell: Console, pieces: list[str]) -> None:
    """`:draw SOP [INPUT] [FILE]`.  Raises RaspError."""
    text, *rest = pieces
    value = shell.evaluate(text)
    if not isinstance(value, (SOp, Selector)):
        raise RaspTypeError(f"'{text}' is neither an s-op nor a selector")
    path = rest.pop() if len(rest) == 2 or (rest and _is_file(rest[0])) else None
    examples = shell.session.examples
    example = examples["s-op" if isinstance(value, SOp) else "selector"]
    tokens = arguments.tokens(shell, rest[0]) if rest else example
    drawing = value.draw(tokens, causal=shell.settings.causal)
    if path is None:
        show(shell, drawing)
        return
    file = arguments.file_name(shell, path)
    drawing.save(file)
    shell.say(f"saved as {file}")
    if drawing.error is not None:
        raise drawing.error


def draw_statement(shell: Console, sop: SOp, tokens: Sequence[Atom]) -> None:
    """What `draw(sop, input);` shows besides the value.  Raises RaspError."""
    show(shell, sop.draw(tokens, causal=shell.settings.causal))


def show(shell: Console, drawing: Drawing) -> None:
    """The drawing as text.  Raises its error, which is shown as errors are."""
    text = drawing.text
    if drawing.error is not None:
        text = text.removesuffix(str(drawing.error)).rstrip("\n")
    shell.write_drawing(text.split("\n"))
    if drawing.error is not None:
        raise drawing.error


def _is_file(piece: str) -> bool:
    """Whether a lone argument is a file rather than an input."""
    return not piece.startswith('"') and Path(piece).suffix.lower() in SUFFIXES

"""A program text -> what an editor shows: diagnostics, hover texts, definitions, completions.

The text is run as in a session, so that a mistake in one statement hides nothing in the others.
Non-goal: the protocol (`rasp.lsp.server`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from rasp.diagnostics import Warning
from rasp.errors import RaspError
from rasp.program import Function, Session
from rasp.sop import Selector, SOp
from rasp.source import Source, Span
from rasp.syntax import ast, words
from rasp.syntax.bindings import bindings
from rasp.syntax.parse import parse_all

MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake or a trap in the text.  elsewhere: further places, and what is to be said there."""

    severity: Literal["error", "warning"]
    message: str
    start: int
    end: int
    code: str
    elsewhere: tuple[tuple[Span, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a text, in a file where there is one (None: the text at hand)."""

    path: Path | None
    span: Span


class TextDocument:
    """One text, as it was run."""

    def __init__(self, text: str, path: Path | None = None) -> None:
        self.path = path
        self._session = Session()
        name = str(path) if path else "<text>"
        self._results = list(self._session.steps(text, name, path=path))
        # A text that is too long has been refused.
        self.source = self._session.sources[0] if self._session.sources else Source(name, "")

    # ---- diagnostics

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong or doubtful, each where it shows in this text."""
        found: list[Problem] = []
        for result in self._results:
            found.extend(map(self._of_error, result.errors))
            found.extend(self._of_warning(warning) for warning in result.warnings)
        return tuple(found)

    def _of_error(self, error: RaspError) -> Problem:
        here = next(
            (label.span for label in error.labels if label.span.source is self.source),
            Span(self.source, 0, 0),
        )
        others = tuple(
            (label.span, label.text or "here") for label in error.labels if label.span is not here
        )
        return Problem(
            "error", _message(error), here.start, max(here.end, here.start), error.kind, others
        )

    def _of_warning(self, warning: Warning) -> Problem:
        span = warning.labels[0].span
        return Problem("warning", _message(warning), span.start, span.end, warning.code)

    def place(self, span: Span) -> Place:
        """A span of this text or of a file that it loads, with its file."""
        return Place(self._session.files.get(span.source), span)

    # ---- names

    def hover(self, offset: int) -> str | None:
        """What the name there is, in Markdown; None where there is no name of a value."""
        word = self._word(offset)
        if word is None:
            return None
        name, parameter = word
        if parameter is not None:
            return f"```rasp\n{name}\n```\na parameter or a local name"
        if name not in self._session:
            return None
        value = self._session[name]
        return f"```rasp\n{_headline(name, value)}\n```\n" + "\n\n".join(self._facts(name, value))

    def _facts(self, name: str, value: Any) -> Iterator[str]:
        match value:
            case SOp():
                from rasp.analysis import analyze

                analysis = analyze(value.node, origins=value.origins)
                layers = analysis.n_layers
                yield f"s-op of {layers} layer{'' if layers == 1 else 's'}"
            case Selector():
                yield "selector"
            case Function(maker=maker):
                yield f"function of {maker}" if maker != "console" else "function"
            case _:
                yield type(value).__name__
        place = self.definition_of(name)
        if place is not None and place.path != self.path:
            yield f"defined in {place.span}"

    def definition(self, offset: int) -> Place | None:
        """Where the name there is bound."""
        word = self._word(offset)
        if word is None:
            return None
        name, local = word
        return Place(self.path, local) if local is not None else self.definition_of(name)

    def definition_of(self, name: str) -> Place | None:
        """Where a name of the top level is bound last: in this text, else in a loaded file."""
        modules = [(self.path, self._module)]
        modules += [
            (path, parse_all(source).module)
            for source, path in reversed(list(self._session.files.items()))
            if source is not self.source
        ]
        for path, module in modules:
            for binding in reversed(bindings(module)):
                if binding.name.name == name:
                    return Place(path, binding.name.span)
        return None

    @cached_property
    def _module(self) -> ast.Module:
        return parse_all(self.source).module

    def _word(self, offset: int) -> tuple[str, Span | None] | None:
        """The name at an offset, and where it is bound if that is within its statement."""
        for item in self._module.items:
            if item.span.start <= offset <= item.span.end:
                for node in ast.walk(item):
                    if isinstance(node, (ast.Name, ast.Identifier)) and _covers(node.span, offset):
                        return node.name, _local_binding(item, node.name, offset)
        return None

    def completions(self) -> tuple[str, ...]:
        """The names and words that can be written."""
        language = (
            *words.KEYWORDS,
            *words.WORD_OPERATORS,
            *words.FORMS,
            words.LOAD,
            *words.CONSTANTS,
            *words.BASE_SOPS,
            *words.LIBRARY,
        )
        return tuple(dict.fromkeys([*self._session.names, *language]))


def _covers(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end


def _local_binding(item: ast.Item, name: str, offset: int) -> Span | None:
    """Where a parameter, a local name or the target of a comprehension is bound around a place."""
    found = None
    for node in ast.walk(item):
        if not _covers(node.span, offset):
            continue
        match node:
            case ast.FunctionDefinition(parameters=parameters, body=body):
                targets = [*parameters, *_assigned(body)]
            case ast.ListComprehension() | ast.DictComprehension():
                targets = [target for clause in node.clauses for target in clause.targets]
            case _:
                continue
        found = next((target.span for target in targets if target.name == name), found)
    return found


def _assigned(body: tuple[ast.Statement, ...]) -> Iterator[ast.Identifier]:
    for node in ast.walk(*body):
        match node:
            case ast.Assignment(targets=targets) | ast.ForLoop(targets=targets):
                yield from targets
            case ast.FunctionDefinition(name=name):
                yield name
            case _:
                pass


def _headline(name: str, value: Any) -> str:
    from rasp.graph.text import to_text

    match value:
        case SOp() | Selector():
            return f"{name} = {to_text(value.node, value.origins, limit=MAX_TEXT)}"
        case Function(name=own, parameters=parameters):
            return f"def {own}({', '.join(parameters)})"
        case _:
            text = repr(value)
            return f"{name} = {text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + '...'}"


def _message(diagnostic: RaspError | Warning) -> str:
    """The message with its notes and hint, a line each."""
    lines = [diagnostic.message, *diagnostic.notes]
    if diagnostic.hint:
        lines.append(f"help: {diagnostic.hint}")
    return "\n".join(lines)

"""A program text -> what an editor shows: diagnostics, hover texts, definitions, completions.

The text is run as in a session, so that a mistake in one statement hides nothing in the others.
Non-goal: the protocol (`rasp.lsp.server`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from rasp.diagnostics import Warning
from rasp.errors import RaspError
from rasp.lsp.calls import OpenCall, is_in_text, open_call, parameter_ranges
from rasp.lsp.fixes import Fix, fixes
from rasp.lsp.project import File, Project, file_of, read_text
from rasp.program import Function, Session, manual
from rasp.sop import Selector, SOp
from rasp.source import Source, Span
from rasp.syntax import ast, words
from rasp.syntax.bindings import bindings
from rasp.syntax.parse import Parsed, parse_all
from rasp.syntax.scopes import Scopes
from rasp.visible import printable

MAX_TEXT = 200
_WORD = re.compile(r'"[^"\r\n]*"?|#[^\n]*|(?P<name>[A-Za-z_][A-Za-z_0-9]*)')
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~]")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake or a trap in the text.  elsewhere: further places, and what is to be said there."""

    severity: Literal["error", "warning"]
    message: str
    start: int
    end: int
    code: str
    fixes: tuple[Fix, ...] = ()
    elsewhere: tuple[tuple[Span, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a text, in a file where there is one (None: the text at hand)."""

    path: Path | None
    span: Span


CompletionKind = Literal["local", "s-op", "selector", "function", "value", "keyword"]


@dataclass(frozen=True, slots=True)
class Completion:
    """A name or word that can be written."""

    name: str
    kind: CompletionKind


@dataclass(frozen=True, slots=True)
class Signature:
    """usage: how it is called, text: what it does, in Markdown.

    parameters: where they stand in the usage; active: the number of the one being written.
    """

    usage: str
    text: str
    parameters: list[tuple[int, int]]
    active: int


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
        found.extend(
            self._of_warning(warning)
            for warning in self._session.doubts(self._results)
            if warning.labels[0].span.source is self.source
        )
        return tuple(found)

    def _of_error(self, error: RaspError) -> Problem:
        here = next(
            (label.span for label in error.labels if label.span.source is self.source),
            Span(self.source, 0, 0),
        )
        others = tuple(
            (label.span, label.text or "here") for label in error.labels if label.span is not here
        )
        suggested = fixes(error.message, error.hint, here)
        end = max(here.end, here.start)
        return Problem("error", _message(error), here.start, end, error.kind, suggested, others)

    def _of_warning(self, warning: Warning) -> Problem:
        span = warning.labels[0].span
        return Problem("warning", _message(warning), span.start, span.end, warning.code)

    def span(self, start: int, end: int) -> Span:
        """A part of this text."""
        return Span(self.source, start, end)

    def place(self, span: Span) -> Place:
        """A span of this text or of a file that it loads, with its file."""
        return Place(self._session.files.get(span.source), span)

    # ---- names

    @cached_property
    def file(self) -> File:
        """The text as it can be understood without running it."""
        if self.source.text == "":
            return file_of("", self.path)
        return File(self.path, self.source, self._parsed)

    @cached_property
    def _parsed(self) -> Parsed:
        return parse_all(self.source)

    def project(
        self, others: Iterable[Path] = (), read: Callable[[Path], str | None] = read_text
    ) -> Project:
        """The text with what it loads, and other files that may load the same."""
        return Project(self.file, others, read)

    @cached_property
    def scopes(self) -> Scopes:
        """Where its names are bound."""
        return self.project().scopes()

    def name_at(self, offset: int) -> str | None:
        """The name there; also in a statement with a mistake."""
        occurrence = self.scopes.at(offset)
        if occurrence is not None:
            return occurrence.name
        for match in _WORD.finditer(self.source.text):
            if match.start() <= offset <= match.end():
                return match["name"]  # None in a string or a comment
        return None

    def hover(self, offset: int) -> str | None:
        """What the name there is, in Markdown; None where there is no name of a value."""
        name = self.name_at(offset)
        if name is None:
            return None
        local = self._local_binding(offset)
        if local is not None:
            return _markdown(name, ["a parameter or a local name", *self._comment(local)])
        known = self._described(name)
        return None if known is None else _markdown(*known)

    def _described(self, name: str) -> tuple[str, list[str]] | None:
        """A heading in the language and paragraphs on a name of the top level."""
        own = name in self._session.names or name.startswith("_")
        if not own and (entry := manual.entry(name)) is not None:
            return entry.usage, list(_told(entry))
        if name not in self._session:
            return None
        value = self._session[name]
        return _headline(name, value), list(self._facts(name, value))

    def _facts(self, name: str, value: Any) -> Iterator[str]:
        place = self.definition_of(name)
        yield from self._comment(place)
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
        if place is not None and place.path != self.path:
            yield f"defined in {place.span}"

    def _comment(self, place: Place | None) -> Iterator[str]:
        """The lines of comment above the line on which a name is bound, as Markdown."""
        text = manual.comment_above(place.span) if place is not None else ""
        lines = [line.lstrip("#").strip() for line in text.splitlines()]
        lines = [line for line in lines if not line.startswith(">")]  # what is expected
        if any(lines):
            yield escaped("\n".join(lines))

    def _local_binding(self, offset: int) -> Place | None:
        """Where the name there is bound, if that is in a function or a comprehension."""
        occurrence = self.scopes.at(offset)
        if occurrence is None or not occurrence.scopes or occurrence.scopes[0] == 0:
            return None
        scope = self.scopes.scopes[occurrence.scopes[0]]
        found = scope.bindings.get(occurrence.name)
        return Place(self.path, found[0].span) if found else None

    def definition(self, offset: int) -> Place | None:
        """Where the name there is bound."""
        name = self.name_at(offset)
        if name is None:
            return None
        return self._local_binding(offset) or self.definition_of(name)

    def definition_of(self, name: str) -> Place | None:
        """Where a name of the top level is bound last: in this text, else in a loaded file."""
        modules = [(self.path, self._parsed.module)]
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

    # ---- calls

    def signature(self, offset: int) -> Signature | None:
        """How the function is called whose arguments are being written there."""
        call = open_call(self.source.text, offset)
        if call is None:
            return None
        found = self._usage(call)
        if found is None:
            return None
        usage, text = found
        parameters = parameter_ranges(usage)
        active = min(call.argument, max(len(parameters) - 1, 0))
        return Signature(usage, text, parameters, active)

    def _usage(self, call: OpenCall) -> tuple[str, str] | None:
        """How what is called is used, and what there is to say of it."""
        if call.name in words.FORMS and call.name not in self.scopes.scopes[0].bindings:
            entry = manual.entry(call.name)
            return (entry.usage, "\n\n".join(_told(entry))) if entry is not None else None
        for number in self.scopes.around(call.start):
            info = self.scopes.scopes[number]
            for inner in self.scopes.scopes:
                node = inner.node
                if (
                    inner.parent == number
                    and isinstance(node, ast.FunctionDefinition)
                    and node.name.name == call.name
                    and call.name in info.bindings
                ):
                    place = Place(self.path, node.name.span)
                    return _call_of(node), "\n\n".join(self._comment(place))
        known = self._described(call.name)
        if known is None:
            return None
        heading, facts = known
        if call.name in self._session and isinstance(self._session[call.name], (SOp, Selector)):
            return f"{call.name}(input)", "\n\n".join([*facts, "its values on an input"])
        return (heading.removeprefix("def "), "\n\n".join(facts)) if "(" in heading else None

    # ---- completion

    def completions(self, offset: int | None = None) -> tuple[Completion, ...]:
        """The names and words that can be written there (by default, at the end of the text)."""
        offset = len(self.source.text) if offset is None else offset
        if is_in_text(self.source.text, offset):
            return ()
        found: dict[str, Completion] = {}
        for number in self.scopes.around(offset):
            scope = self.scopes.scopes[number]
            if number == 0:
                break
            for name in scope.bindings:
                found.setdefault(name, Completion(name, "local"))
        return (*found.values(), *(c for c in self.completions_anywhere() if c.name not in found))

    def completions_anywhere(self) -> tuple[Completion, ...]:
        """Those that do not depend on the place."""
        found: dict[str, Completion] = {}
        for name in reversed(self._session.names):
            found.setdefault(name, Completion(name, self._kind(name)))
        for name in (*words.FORMS, *words.BASE_SOPS, *words.LIBRARY):
            kind: CompletionKind = "function" if "(" in _entry_usage(name) else "s-op"
            found.setdefault(name, Completion(name, kind))
        for name in (*words.KEYWORDS, *words.WORD_OPERATORS, words.LOAD, *words.CONSTANTS):
            found.setdefault(name, Completion(name, "keyword"))
        return tuple(found.values())

    def _kind(self, name: str) -> CompletionKind:
        match self._session[name]:
            case SOp():
                return "s-op"
            case Selector():
                return "selector"
            case Function():
                return "function"
            case _:
                return "value"

    def documentation(self, name: str) -> tuple[str, str] | None:
        """A line of the language and Markdown on a name of the top level, for a completion."""
        known = self._described(name)
        return None if known is None else (known[0], "\n\n".join(known[1]))


def _entry_usage(name: str) -> str:
    entry = manual.entry(name)
    return entry.usage if entry is not None else name


def _told(entry: manual.Entry) -> Iterator[str]:
    if entry.text:
        yield escaped(entry.text)
    if entry.example:
        yield f"```rasp\n{entry.example}\n```"


def _markdown(heading: str, paragraphs: Iterable[str]) -> str:
    return f"```rasp\n{heading}\n```\n" + "\n\n".join(paragraphs)


def escaped(text: str) -> str:
    """Plain text as Markdown that shows it."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _call_of(node: ast.FunctionDefinition) -> str:
    return f"{node.name.name}({', '.join(parameter.name for parameter in node.parameters)})"


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
    """The message with its notes and hint, a line each; what cannot be seen is shown as a code."""
    lines = [diagnostic.message, *diagnostic.notes]
    if diagnostic.hint:
        lines.append(f"help: {diagnostic.hint}")
    return printable("\n".join(lines))

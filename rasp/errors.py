"""Every error that a user of the language, the compiler or a checkpoint can cause.

    RaspError
    |-- RaspSyntaxError     the text does not parse
    |-- RaspNameError       an undefined name, or a reserved one that is set
    |-- RaspTypeError       an operand of a kind that an operation does not take
    |-- RaspArityError      a wrong number of arguments
    |-- RaspValueError      a bad index, key or literal; division by zero among plain values
    |-- RaspRuntimeError    an s-op or selector fails on an input
    |-- RaspLoadError       a file cannot be loaded
    |-- RaspLimitError      a limit of the language (recursion, graph size, ...) is exceeded
    |-- CompileError        a program that cannot be compiled, and what would help
    |-- CheckpointError     a file that is no checkpoint, is damaged, or is not understood
    |-- ExportError         a model that cannot be given to another library, or that is not here
    |-- VocabularyError     an unknown token, an empty or a too long input
    |   `-- EmptyInputError     no token at all; it is a RaspTypeError, too
    |-- DatasetError        a data set that cannot be made, or a folder that is none
    |-- GenerationError     a next token that is none, no room for it, a model that cannot generate
    `-- VerificationError   a comparison that cannot be carried out: lost workers, a wrong state

`str(error)` is the whole message with its places, in a form that can be shown on a terminal;
`error.message` is its first sentence alone, in which the text of programs is as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasp.diagnostics import render
from rasp.source import Label, Span
from rasp.visible import shortened


class RaspError(Exception):
    """Something is wrong with a program, an input or a model.

    message: one sentence, without a full stop; labels: the places it is about, the main one first;
    hint: what would help, or None; notes: further facts (operand values, the input), one a line.
    """

    kind = "error"

    def __init__(
        self,
        message: str,
        *,
        labels: Iterable[Label] = (),
        hint: str | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        self.message = shortened(message)
        super().__init__(self.message)
        self.labels: tuple[Label, ...] = tuple(labels)
        self.hint = hint
        self.notes: tuple[str, ...] = tuple(map(shortened, notes))

    @property
    def span(self) -> Span | None:
        """The main place, if there is one."""
        return self.labels[0].span if self.labels else None

    def at(self, span: Span, text: str = "") -> RaspError:
        """This error with a place, if it has none yet."""
        if not self.labels:
            self.labels = (Label(span, text),)
        return self

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "kind": self.kind,
            "message": self.message,
            "places": [
                {
                    "source": label.span.source.name,
                    "line": label.span.line,
                    "column": label.span.column,
                    "text": label.text,
                }
                for label in self.labels
            ],
            "notes": list(self.notes),
            "hint": self.hint,
        }

    def _repr_html_(self) -> str:
        from rasp.markup import html

        return html.fragment(html.message(str(self)))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows where nobody catches the error."""
        from rasp.markup.tracebacks import traceback_lines

        return traceback_lines(self)

    def __str__(self) -> str:
        return render(f"{self.kind} error" if self.kind != "error" else "error", self)


class RaspSyntaxError(RaspError):
    kind = "syntax"


class RaspNameError(RaspError):
    """name: the one that is not defined, None where the error is another."""

    kind = "name"
    name: str | None = None


class RaspTypeError(RaspError):
    kind = "type"


class RaspArityError(RaspError):
    kind = "arity"


class RaspValueError(RaspError):
    kind = "value"


class RaspRuntimeError(RaspError):
    kind = "runtime"


class RaspLoadError(RaspError):
    kind = "load"


class RaspLimitError(RaspError):
    kind = "limit"


class CompileError(RaspError):
    kind = "compile"


class CheckpointError(RaspError):
    kind = "checkpoint"


class ExportError(RaspError):
    kind = "export"


class VocabularyError(RaspError):
    kind = "vocabulary"


class EmptyInputError(RaspTypeError, VocabularyError):
    """What an s-op and a model are applied to has no token."""


class DatasetError(RaspError):
    kind = "dataset"


class GenerationError(RaspError):
    kind = "generation"


class VerificationError(RaspError):
    kind = "verification"

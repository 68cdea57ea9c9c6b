"""The names of a session or of the library -> what they are and where they are defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasp.elaborate.library import NATIVE
from rasp.errors import RaspLoadError
from rasp.graph.text import to_text
from rasp.program import Function
from rasp.program.manual import comment_above, entry, library, library_bindings
from rasp.sop import Selector, SOp
from rasp.source import Span
from rasp.syntax.bindings import binding_of
from rasp.syntax.parse import parse_all
from rasp.syntax.words import FORMS

if TYPE_CHECKING:
    from rasp.program import Session

MAX_TEXT = 60


def session_lines(session: Session) -> list[str]:
    """A line for each name: its kind, the name, what it is."""
    entries = [(*_described(session[name], name), name) for name in session.names]
    widest = max((len(name) for _, _, name in entries), default=0)
    return [f"{kind:<9} {name:<{widest}}  {text}".rstrip() for kind, text, name in entries]


def _described(value: Any, name: str) -> tuple[str, str]:
    """The kind of a value, and its expression or parameters."""
    match value:
        case SOp():
            kind = "s-op"
        case Selector():
            kind = "selector"
        case Function(name=own, parameters=parameters):
            signature = f"({', '.join(parameters)})"
            return "function", signature if own == name else f"= {own}{signature}"
        case list() | dict():
            return type(value).__name__, f"of {len(value)} item{'' if len(value) == 1 else 's'}"
        case _:
            text = repr(value) if not isinstance(value, str) else f'"{value}"'
            return "value", "= " + (text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "...")
    return kind, f"= {to_text(value.node, value.origins, limit=MAX_TEXT)}"


def source_lines(session: Session, name: str) -> list[str]:
    """Where a name is defined, and the statement that defines it.

    Raises RaspNameError for a name that there is not, RaspLoadError for one without a definition.
    """
    if name in FORMS and name not in session:
        raise _undefined(name)
    value = session[name]
    span = _definition(session, name)
    if span is None and isinstance(value, Function):
        span = value.span
    if span is None:
        raise _undefined(name)
    comment = comment_above(span)
    return [f"{span}", *([comment] if comment else []), span.text]


def _undefined(name: str) -> RaspLoadError:
    return RaspLoadError(
        f"'{name}' is part of the language and is not defined anywhere",
        hint=f":help {name} explains it",
    )


def _definition(session: Session, name: str) -> Span | None:
    """The statement that bound a name last: in the texts of the session, else in the library."""
    if name in session.names or name.startswith("_"):
        for source in reversed(session.sources):
            binding = binding_of(parse_all(source).module, name)
            if binding is not None:
                return binding.span
    binding = binding_of(library(), name)
    return None if binding is None else binding.span


def library_lines() -> list[str]:
    """A line for each name of the library: how it is used, and what it is."""
    names = [*NATIVE, *library_bindings()]
    entries = [found for name in names if (found := entry(name)) is not None]
    widest = max(len(found.usage) for found in entries)
    return [f"{found.usage:<{widest}}  {_sentence(found.text)}" for found in entries]


def _sentence(text: str) -> str:
    """The first one, without its full stop."""
    return text.replace("\n", " ").partition(". ")[0].rstrip(".")

"""A text -> the expectations in its comments, each with its place.

Of a page in Markdown the blocks that name the language `rasp` are read; a page is made a program by
leaving everything else of it blank, so that places stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from rasp.errors import RaspError, RaspSyntaxError
from rasp.expectations.literals import read_value
from rasp.source import Label, Source, Span

PAGE_SUFFIXES = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Gives:
    """`#> name(arguments) = value`, or `#> name(prompt) writes value`: tokens after a prompt."""

    name: str
    arguments: tuple[Any, ...]
    value: Any
    span: Span
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Refuses:
    """`#> name(arguments) ! text`: the application fails, with the text in its message."""

    name: str
    arguments: tuple[Any, ...]
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Is:
    """`#> value`: of the statement before."""

    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Fails:
    """`#! kind: text`: the statement before fails; without one, the program."""

    kind: str
    text: str
    span: Span


Expectation: TypeAlias = Gives | Refuses | Is | Fails

KINDS = ("syntax", "name", "type", "arity", "value", "runtime", "load", "limit")
_FORMS = """\
it is one of
  #> name(INPUT) = VALUES
  #> name(INPUT) ! a part of the error's message
  #> name(PROMPT) writes TOKENS
  statement;  #> VALUE
  statement;  #! kind: a part of the error's message"""

# Strings are matched so that a '#' within one starts no comment.
_COMMENT = re.compile(r'"(?:[^"\\\r\n]|\\.)*"?|#(?P<comment>[^\n]*)')
_APPLICATION = re.compile(
    r"(?P<name>[A-Za-z_]\w*)\((?P<input>.*)\) (?P<sign>[=!]|writes\b) ?(?P<outcome>.*)"
)
_FAILURE = re.compile(r"(?P<kind>\w+): (?P<text>.*)")
_FENCE = re.compile(r"\s*(?P<fence>```+|~~~+)\s*(?P<language>\w*)")


def expectations(source: Source) -> Iterator[Expectation | RaspError]:
    """The expectations in the order of the text; a mistake in one is an error with its place."""
    for found in _COMMENT.finditer(source.text):
        comment = found["comment"]
        if not comment or comment[0] not in ">!":
            continue
        if comment[0] == "!" and found.start() == 0 and not _FAILURE.fullmatch(comment[1:].strip()):
            continue  # the line by which a system finds the program that runs a script
        start = found.start()
        text = comment.rstrip()
        span = Span(source, start, start + 1 + len(text))
        try:
            yield _read(text[0], text[1:].strip(), span)
        except ValueError as error:
            yield RaspSyntaxError(
                f"this expectation cannot be read: {error}", labels=[Label(span)], hint=_FORMS
            )


def _read(sign: str, text: str, span: Span) -> Expectation:
    """Raises ValueError."""
    if sign == "!":
        failure = _FAILURE.fullmatch(text)
        if failure is None or failure["kind"] not in KINDS:
            raise ValueError(f"an error is one of the kinds {', '.join(KINDS)}")
        return Fails(failure["kind"], failure["text"], span)
    application = _APPLICATION.fullmatch(text)
    if application is None:
        if not text:
            raise ValueError("it is empty")
        return Is(_read_before_words(text), span)
    arguments = tuple(read_value(f"[{application['input']}]"))
    if application["sign"] == "!":
        return Refuses(application["name"], arguments, application["outcome"], span)
    value = read_value(application["outcome"])
    if application["sign"] == "writes":
        if not isinstance(value, (str, list)) or not value:
            raise ValueError("what is written is a string or a list of tokens, and not empty")
        return Gives(application["name"], arguments, list(value), span, writes=True)
    return Gives(application["name"], arguments, value, span)


def _read_before_words(text: str) -> Any:
    """The value that a text is, or that it is up to two spaces."""
    try:
        return read_value(text)
    except ValueError:
        value, spaces, _ = text.partition("  ")
        if not spaces:
            raise
        return read_value(value)


def program_in_page(text: str) -> str:
    """The blocks of a page that are programs, everything else replaced by blanks."""
    lines = []
    fence = language = ""
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if fence:
            closes = match and match["fence"].startswith(fence) and not match["language"]
            if closes:
                fence = ""
            lines.append(line if language == "rasp" and not closes else _blank(line))
            continue
        if match:
            fence, language = match["fence"], match["language"]
        lines.append(_blank(line))
    return "".join(lines)


def _blank(line: str) -> str:
    return re.sub(r"[^\r\n]", " ", line)

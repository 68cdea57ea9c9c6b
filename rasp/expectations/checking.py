"""A program and its expectations -> which of them hold.

The program is run as in a session, so that an error says nothing about what is independent of it.
An expectation is checked where it stands, after the statements before it; one about a name that is
bound later, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasp.errors import RaspArityError, RaspError, RaspNameError, RaspTypeError
from rasp.expectations.reading import (
    Expectation,
    Fails,
    Gives,
    Is,
    Refuses,
    expectations,
    program_in_page,
)
from rasp.graph.operators import type_name
from rasp.program import Function, Session, StatementResult, independent_errors
from rasp.sop import Selector, SOp
from rasp.source import Label, Source
from rasp.syntax.parse import parse_all


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation, and what there was instead if it does not hold.

    got: the value that was there (None where there was an error, or nothing to compare); error:
    the one that was raised and was not expected, or why the expectation could not be checked.
    """

    expectation: Expectation
    ok: bool
    got: Any = None
    error: RaspError | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found out about one text.

    errors: mistakes in the program or in an expectation, in so far as nobody expected them; files:
    those that were read.
    """

    source: Source
    checked: tuple[Checked, ...]
    errors: tuple[RaspError, ...]
    files: tuple[Path, ...] = ()

    @property
    def n_failed(self) -> int:
        return sum(not checked.ok for checked in self.checked)

    @property
    def n_passed(self) -> int:
        return len(self.checked) - self.n_failed

    @property
    def ok(self) -> bool:
        return not (self.n_failed or self.errors)


def check_text(
    text: str, name: str = "<string>", path: Path | None = None, *, page: bool = False
) -> Report:
    """Runs a program, or the programs of a page, and checks what its comments say.

    path: beside which files are looked for that it loads.
    """
    return Checker().check(Source(name, program_in_page(text) if page else text), path)


class Checker:
    """Checks texts in one session: what one binds, the next can use."""

    def __init__(self) -> None:
        self.session = Session(tolerant=False)  # a load that fails is a statement that fails

    def check(self, source: Source, path: Path | None = None) -> Report:
        """What holds of a text's expectations.  Raises nothing that the text is to blame for."""
        try:
            run = _Run(self.session, source, path)
        except RaspError as error:  # the text is too long
            return Report(source, (), (error,))
        return run.report()


class _Run:
    """One text while it is run: which statements have been, and what is still to be checked."""

    def __init__(self, session: Session, source: Source, path: Path | None) -> None:
        self._session = session
        self._source = source
        parsed = parse_all(source)
        starts = sorted(_start(piece) for piece in (*parsed.module.items, *parsed.errors))
        self._starts = starts
        self._steps = session.steps(source.text, source.name, path=path)
        self._results: list[StatementResult] = []
        self._expected: set[int] = set()  # results whose errors were expected

    def report(self) -> Report:
        checked: list[Checked] = []
        errors: list[RaspError] = []
        later: list[Gives | Refuses] = []
        whole: list[Fails] = []
        for expectation in expectations(self._source):
            if isinstance(expectation, RaspError):
                errors.append(expectation)
                continue
            self._run_until(expectation.span.start)
            match expectation:
                case Gives() | Refuses() if expectation.name not in self._session:
                    later.append(expectation)
                case Gives() | Refuses():
                    checked.append(self._check_application(expectation))
                case Fails() if not self._results:
                    whole.append(expectation)
                case Is() | Fails():
                    checked.append(self._check_statement(expectation))
        self._run_until(len(self._source.text) + 1)
        checked.extend(map(self._check_application, later))
        checked.extend(map(self._check_program, whole))
        unexpected = [
            error
            for number, result in enumerate(self._results)
            for error in result.errors
            if number not in self._expected or error is not result.error
        ]
        everything = [error for result in self._results for error in result.errors]
        independent = independent_errors(everything)
        errors.extend(error for error in unexpected if error in independent)
        return Report(
            self._source,
            tuple(sorted(checked, key=lambda one: one.expectation.span.start)),
            tuple(errors),
            tuple(self._session.files.values()),
        )

    def _run_until(self, offset: int) -> None:
        """Runs the statements that start before a place."""
        while len(self._results) < len(self._starts) and self._starts[len(self._results)] < offset:
            self._results.append(next(self._steps))

    def _check_application(self, expectation: Gives | Refuses) -> Checked:
        if expectation.name not in self._session:
            return Checked(expectation, False, error=self._undefined(expectation))
        try:
            got = _applied(self._session[expectation.name], expectation)
        except RaspError as error:
            if isinstance(expectation, Refuses):
                return Checked(expectation, expectation.text in error.message, error=error)
            return Checked(expectation, False, error=error.at(expectation.span))
        if isinstance(expectation, Refuses):
            return Checked(expectation, False, got)
        return Checked(expectation, same(got, expectation.value), got)

    def _undefined(self, expectation: Gives | Refuses) -> RaspError:
        try:
            self._session[expectation.name]
        except RaspNameError as error:
            error.labels = (Label(expectation.span),)
            return error
        raise AssertionError(expectation.name)

    def _check_statement(self, expectation: Is | Fails) -> Checked:
        if not self._results:
            return Checked(expectation, False, error=_no_statement(expectation))
        number = len(self._results) - 1
        result = self._results[number]
        if isinstance(expectation, Fails):
            return self._check_failure(expectation, number)
        if result.error is not None:
            return Checked(expectation, False)  # the error is among those of the program
        if not result.values:
            return Checked(expectation, False, error=_no_statement(expectation))
        got = result.values[-1]
        if isinstance(got, (SOp, Selector, Function)):
            kind = _kind(got)
            example = "..." if isinstance(got, Function) else '"abc"'
            name = result.names[-1] if result.names else "name"
            error = RaspTypeError(
                f"the value before this is {kind}, whose values depend on the input",
                labels=[Label(expectation.span)],
                hint=f"say on which: #> {name}({example}) = ...",
            )
            return Checked(expectation, False, error=error)
        return Checked(expectation, same(got, expectation.value), got)

    def _check_program(self, expectation: Fails) -> Checked:
        """That the program's first error is this one."""
        for number, result in enumerate(self._results):
            if result.error is not None and number not in self._expected:
                return self._check_failure(expectation, number)
        return Checked(expectation, False)

    def _check_failure(self, expectation: Fails, number: int) -> Checked:
        result = self._results[number]
        self._expected.add(number)
        error = result.error
        if error is None:
            return Checked(expectation, False, result.values[-1] if result.values else None)
        ok = error.kind == expectation.kind and expectation.text in error.message
        return Checked(expectation, ok, error=error)


def _applied(value: Any, expectation: Gives | Refuses) -> Any:
    """Raises RaspError."""
    match value:
        case Function():
            return value(*expectation.arguments)
        case SOp() | Selector():
            if len(expectation.arguments) != 1:
                raise RaspArityError(
                    f"an s-op is applied to one input, and here are {len(expectation.arguments)}",
                    hint="an input of several tokens is a string or a list",
                )
            if isinstance(expectation, Gives) and expectation.writes:
                return _written(value, expectation)
            return value(expectation.arguments[0])
    raise RaspTypeError(
        f"'{expectation.name}' is of type {type_name(value)}, and cannot be applied to anything"
    )


def _written(value: SOp | Selector, expectation: Gives) -> list[Any]:
    """The new tokens, as many as are expected.  Raises RaspError."""
    from rasp.api import generate

    (prompt,) = expectation.arguments
    n_tokens = len(expectation.value)
    return generate(value, prompt, n_tokens)[-n_tokens:]  # type: ignore[arg-type]


def same(got: Any, expected: Any) -> bool:
    """Whether values are equal: 1 is 1.0, but truth values and strings are only of their own type.

    A selector's matrix may be written with 0 and 1.
    """
    if isinstance(got, list) and isinstance(expected, list):
        if _is_matrix(got) and _is_matrix(expected):
            return got == expected
        return len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same(got[k], expected[k]) for k in got)
    for kind in (bool, str):
        if isinstance(got, kind) != isinstance(expected, kind):
            return False
    both_nan = got != got and expected != expected
    return bool(got == expected) or both_nan


def _is_matrix(value: list[Any]) -> bool:
    """Whether it may be a selector's: rows of truths, all as long as there are rows."""
    return bool(value) and all(
        isinstance(row, list)
        and len(row) == len(value)
        and all(isinstance(cell, (bool, int)) and cell in (0, 1) for cell in row)
        for row in value
    )


def _kind(value: SOp | Selector | Function) -> str:
    match value:
        case SOp():
            return "an s-op"
        case Selector():
            return "a selector"
        case Function():
            return "a function"


def _no_statement(expectation: Is | Fails) -> RaspError:
    return RaspNameError(
        "there is no value before this expectation",
        labels=[Label(expectation.span)],
        hint="#> and #! stand behind the statement that they are about",
    )


def _start(piece: Any) -> int:
    return piece.span.start if piece.span else 0

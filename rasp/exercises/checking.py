"""An exercise and an s-op -> the verdict: right at so many layers and heads, or where it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import Any, TypeAlias

from rasp.errors import RaspError, RaspTypeError
from rasp.exercises.catalogue import show
from rasp.exercises.exercise import Exercise, Input
from rasp.exercises.pictures import columns, columns_html
from rasp.graph.nodes import Atom
from rasp.graph.operators import type_name
from rasp.sop import Selector, SOp

Outcome: TypeAlias = "list[Atom] | RaspError"

BATCH_SIZE = 250
NEARLY = 1e-6
MIXED = "the result has values of different types"
NOTHING_SELECTED = "0 is what aggregate gives where nothing is selected"
N_COMPARED = 150  # inputs on which an answer is compared with a pitfall


@dataclass(frozen=True, slots=True)
class Failure:
    """The first input on which an answer is wrong.  advice: what that may come from."""

    input: Input
    expected: list[Atom]
    got: Outcome
    advice: str | None

    @property
    def rows(self) -> dict[str, Sequence[Atom]]:
        rows: dict[str, Sequence[Atom]] = {"input": self.input, "expected": self.expected}
        if not isinstance(self.got, RaspError):
            rows["got"] = self.got
        return rows

    @property
    def places(self) -> list[int]:
        """The positions that are wrong."""
        if isinstance(self.got, RaspError):
            return []
        pairs = zip(self.expected, self.got, strict=True)
        return [place for place, (a, b) in enumerate(pairs) if not _agree(a, b)]


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict.  n_checked: on how many inputs the answer is right."""

    exercise: Exercise
    n_checked: int
    layers: int
    heads: int
    failure: Failure | None = None

    @property
    def ok(self) -> bool:
        return self.failure is None

    @property
    def at_par(self) -> bool:
        """Whether the answer is right, and has neither more layers nor more heads than the par."""
        return self.ok and self.layers <= self.exercise.layers and self.heads <= self.exercise.heads

    @property
    def _size(self) -> str:
        par = self.exercise
        return f"layers {self.layers} (par {par.layers}), heads {self.heads} (par {par.heads})"

    def _heading(self) -> str:
        if self.failure is not None:
            return f"{self.exercise.name}: not yet"
        return f"{self.exercise.name}: right on all {self.n_checked:,} inputs tried"

    def _remarks(self) -> list[str]:
        if self.failure is not None:
            return _remarks(self.failure, self.n_checked)
        par = self.exercise
        if not self.at_par:
            over = "layers" if self.layers > par.layers else "heads"
            return [self._size, f"It can be done with fewer {over}: exercises.hint may help."]
        below = self.layers < par.layers or self.heads < par.heads
        return [self._size, "Below par!" if below else "At par."]

    def to_text(self) -> str:
        lines = [self._heading()]
        if self.failure is not None:
            lines += columns(self.failure.rows, self.failure.places)
        return "\n".join([*lines, *self._remarks()])

    __str__ = to_text
    __repr__ = to_text

    def _repr_html_(self) -> str:
        table = ""
        if self.failure is not None:
            table = columns_html(self.failure.rows, self.failure.places)
        remarks = "".join(
            f'<p style="white-space:pre-wrap">{escape(remark)}</p>' for remark in self._remarks()
        )
        return f"<p><b>{escape(self._heading())}</b></p>{table}{remarks}"


def check(name: str, answer: SOp) -> Result:
    """Whether an s-op is a solution of the exercise of this name.

    The inputs are tried from the shortest on, and the first that fails is in the result.  Raises
    RaspNameError for a name that no exercise has, RaspTypeError for an answer that is no s-op.
    """
    from rasp.api import analyze

    exercise = show(name)
    _require_sop(answer)
    account = analyze(answer)
    n_right, failure = _first_failure(exercise, answer)
    return Result(exercise, n_right, account.n_layers, sum(account.heads_per_layer), failure)


def _require_sop(answer: object) -> None:
    if isinstance(answer, SOp):
        return
    if isinstance(answer, Selector):
        raise RaspTypeError(
            "the answer has to be an s-op, got a selector",
            hint="aggregate reads values where a selector selects",
        )
    raise RaspTypeError(
        f"the answer has to be an s-op, got {type_name(answer)}",
        hint="give the s-op itself, not its value on an input",
    )


def _first_failure(exercise: Exercise, answer: SOp) -> tuple[int, Failure | None]:
    """How many inputs came before the first that fails, and what it is."""
    n_right = 0
    for tokens, got in _tried(answer, exercise.inputs()):
        expected = exercise.reference(tokens)
        if not _is_right(expected, got):
            return n_right, Failure(tokens, expected, got, _advice(exercise, answer, expected, got))
        n_right += 1
    return n_right, None


def _tried(answer: SOp, inputs: Iterable[Input]) -> Iterator[tuple[Input, Outcome]]:
    """The inputs with what the answer gives."""
    rest = iter(inputs)
    while batch := list(islice(rest, BATCH_SIZE)):
        yield from zip(batch, _outcomes(answer, batch), strict=True)


def _outcomes(answer: SOp, inputs: Sequence[Input]) -> list[Any]:
    from rasp import interpreter

    return interpreter.outcomes(answer.node, inputs, origins=answer.origins)


def _is_right(expected: list[Atom], got: Outcome) -> bool:
    return not isinstance(got, RaspError) and all(map(_agree, expected, got))


def _agree(expected: Atom, got: Atom) -> bool:
    """Numbers are equal whether whole or not; True is not 1."""
    return expected == got and isinstance(expected, bool) is isinstance(got, bool)


# ---- what to say about a wrong answer


def _remarks(failure: Failure, n_right: int) -> list[str]:
    remarks = []
    if isinstance(failure.got, RaspError):
        remarks.append(f"It fails there:\n{failure.got}")
    if n_right:
        shorter = "input" if n_right == 1 else f"{n_right} inputs"
        remarks.append(f"It is right on the {shorter} tried before.")
    if failure.advice is not None:
        remarks.append(f"help: {failure.advice}")
    return remarks


def _advice(exercise: Exercise, answer: SOp, expected: list[Atom], got: Outcome) -> str | None:
    for pitfall in exercise.pitfalls:
        if _behaves_like(exercise, answer, pitfall.program):
            return pitfall.advice
    if isinstance(got, RaspError):
        return NOTHING_SELECTED if got.message.startswith(MIXED) else None
    return _advice_on_types(expected, got)


def _behaves_like(exercise: Exercise, answer: SOp, program: str) -> bool:
    from rasp.program import loads

    inputs = list(islice(exercise.inputs(), N_COMPARED))
    mistaken = _outcomes(loads(program)["answer"], inputs)
    return all(map(_is_same, mistaken, _outcomes(answer, inputs)))


def _is_same(a: Outcome, b: Outcome) -> bool:
    if isinstance(a, RaspError) or isinstance(b, RaspError):
        return isinstance(a, RaspError) and isinstance(b, RaspError)
    return all(map(_agree, a, b))


def _advice_on_types(expected: list[Atom], got: list[Atom]) -> str | None:
    """What helps if values are of the wrong type, or nearly right."""
    wanted, found = _kind(expected), _kind(got)
    if wanted == "strings" and all(type(value) is int and value == 0 for value in got):
        return NOTHING_SELECTED
    if wanted != found:
        return f"{wanted} are wanted, and these are {found}"
    if wanted == "numbers" and _is_near(expected, got):
        return "that is nearly right: round it"
    return None


def _is_near(expected: list[Atom], got: list[Atom]) -> bool:
    return all(abs(float(a) - float(b)) < NEARLY for a, b in zip(expected, got, strict=True))


def _kind(values: list[Atom]) -> str:
    match values[0]:
        case bool():
            return "True and False"
        case str():
            return "strings"
        case _:
            return "numbers"

"""Does a causal model write what its program writes?  Whole generations, from many prompts.

The model writes with its key-value cache, many sequences at once and some alone.  The interpreter
then gets each sequence as a whole, in one pass: since it is causal, its values at the positions
from the end of the prompt on have to be the tokens that were written.  So what is compared is
neither how the model decodes nor how the interpreter does, but what generation means.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rasp.arguments import named_arguments
from rasp.compiled.runnable import RunnableModel
from rasp.decoding.generation import Written
from rasp.decoding.request import Request, Stop
from rasp.errors import GenerationError, RaspError, RaspLimitError, RaspRuntimeError, RaspValueError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show
from rasp.graph.plain import plain_atom
from rasp.verification.inputs import count_inputs, every_input, sampled_inputs
from rasp.verification.result import show_tokens

Progress: TypeAlias = Callable[[int, int], None]

BATCH_SIZE = 64
MAX_EXHAUSTIVE = 1_000_000  # prompts


@dataclass(frozen=True, slots=True)
class GenerationCounterexample:
    """A sequence after which the model writes something else than the program.

    sequence: the prompt and what both write after it; expected, got: the next token, or why there
    is none.
    """

    prompt: tuple[Atom, ...]
    sequence: tuple[Atom, ...]
    expected: Atom | RaspError
    got: Atom | RaspError

    def to_text(self) -> str:
        return "\n".join(
            [
                f"prompt    {show_tokens(self.prompt)}",
                f"sequence  {show_tokens(self.sequence)}",
                f"expected  {_next_text(self.expected)}",
                f"got       {_next_text(self.got)}",
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "prompt": [plain_atom(token) for token in self.prompt],
            "sequence": [plain_atom(token) for token in self.sequence],
            "expected": _next_data(self.expected),
            "got": _next_data(self.got),
        }


@dataclass(frozen=True, slots=True)
class GenerationVerification:
    """The result: on how many prompts, and how many tokens were written.

    n_failed: how many generations ended with an error, as in the program.  problem: why nothing was
    found out, where no token was written after any prompt; that is not ok.
    """

    ok: bool
    n_prompts: int
    n_tokens: int
    n_failed: int
    exhaustive: bool
    max_length: int
    counterexample: GenerationCounterexample | None = None
    stopped: bool = False
    problem: str | None = None

    def to_text(self) -> str:
        if self.counterexample is not None:
            return f"FAILED: the model writes something else\n{self.counterexample.to_text()}"
        if self.problem is not None:
            return f"NOTHING COMPARED: {self.problem}"
        which = "all" if self.exhaustive else "sampled"
        said = "STOPPED by the time limit" if self.stopped else "ok"
        return (
            f"{said}: {self.n_tokens:,} tokens written as by the interpreter, after "
            f"{self.n_prompts:,} prompts ({which}, of 1 to {self.max_length} tokens"
            + f"; {self.n_failed:,} end with an error)" * (self.n_failed > 0)
            + ")" * (self.n_failed == 0)
        )

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "ok": self.ok,
            "n_prompts": self.n_prompts,
            "n_tokens": self.n_tokens,
            "n_failed": self.n_failed,
            "exhaustive": self.exhaustive,
            "max_length": self.max_length,
            "counterexample": self.counterexample.to_dict() if self.counterexample else None,
            "stopped": self.stopped,
            "problem": self.problem,
        }

    def __str__(self) -> str:
        return self.to_text()


@named_arguments
def verify_generation(
    model: RunnableModel,
    *,
    max_new_tokens: int | None = None,
    stop: Stop = None,
    exhaustive: bool = False,
    max_length: int | None = None,
    samples: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
    time_limit: float | None = None,
) -> GenerationVerification:
    """Let a causal model write after many prompts, and compare with the interpreter.

    max_new_tokens: at most so many after each prompt; by default as many as there is room for.
    exhaustive: after every prompt of 1 to max_length tokens, else after `samples` of these lengths.
    max_length: by default half of the model's max_len.  progress is called with the numbers of
    prompts done and to do.  time_limit: in seconds; a comparison that takes longer ends, and the
    result says after how many prompts there was no difference (`stopped`).  Where no token is
    written after any prompt, nothing was compared, and the result is not ok (`problem`).

    Raises GenerationError for a model that is not causal, RaspValueError for arguments out of
    range, and RaspLimitError for more than a million prompts.
    """
    longest = max(1, model.max_len // 2) if max_length is None else max_length
    if not 1 <= longest < model.max_len:
        raise RaspValueError(
            f"max_length has to be from 1 to {model.max_len - 1}, which leaves room to write, "
            f"got {longest}"
        )
    if samples < 1 or seed < 0 or (max_new_tokens is not None and max_new_tokens < 1):
        raise RaspValueError("samples and max_new_tokens are counted from 1, seed from 0")
    n_tokens = len(model.vocabulary)
    total = count_inputs(n_tokens, longest) if exhaustive else samples
    if exhaustive and total > MAX_EXHAUSTIVE:
        raise RaspLimitError(
            f"there are {total:,} prompts of 1 to {longest} tokens",
            hint="give a smaller max_length",
        )
    batches = (
        every_input(n_tokens, longest, BATCH_SIZE)
        if exhaustive
        else sampled_inputs(n_tokens, longest, samples, seed, BATCH_SIZE)
    )
    if time_limit is not None and not time_limit > 0:
        raise RaspValueError(f"time_limit has to be above 0, got {time_limit!r}")
    end = None if time_limit is None else time.monotonic() + time_limit
    done = written = failed = 0
    first_error: RaspError | None = None
    for rows in batches:
        if end is not None and time.monotonic() > end:
            return GenerationVerification(
                False, done, written, failed, exhaustive, longest, stopped=True
            )
        requests = [_request(model, row, max_new_tokens, stop) for row in rows]
        outcomes = model.written_batch(requests)
        alone = model.written(requests[0])
        written += sum(len(outcome.tokens) for outcome in outcomes)
        errors = [outcome.error for outcome in outcomes if outcome.error is not None]
        failed += len(errors)
        first_error = first_error or next(iter(errors), None)
        for request, outcome in zip([*requests, requests[0]], [*outcomes, alone], strict=True):
            wrong = _difference(model, request, outcome)
            if wrong is not None:
                return GenerationVerification(
                    False, done, written, failed, exhaustive, longest, wrong
                )
        done += len(rows)
        if progress is not None:
            progress(done, total)
    problem = None if written else _nothing_written(done, longest, first_error)
    return GenerationVerification(
        not problem, done, written, failed, exhaustive, longest, problem=problem
    )


def _nothing_written(n_prompts: int, longest: int, error: RaspError | None) -> str:
    """Model and program end with an error at once after every prompt: the first of these."""
    because = "" if error is None else f"\nafter the first of them: {error.message}"
    return (
        f"no token is written after any of {n_prompts:,} prompts of 1 to {longest} tokens, by "
        f"neither model nor program{because}"
    )


def _request(
    model: RunnableModel, row: Sequence[int], max_new_tokens: int | None, stop: Stop
) -> Request:
    prompt = [model.vocabulary.tokens[number] for number in row]
    room = model.max_len - len(prompt)
    return model.request(
        prompt, room if max_new_tokens is None else min(max_new_tokens, room), stop
    )


def _difference(
    model: RunnableModel, request: Request, outcome: Written
) -> GenerationCounterexample | None:
    """Where the program, on the whole sequence, has something else than what was written."""
    sequence = [*request.prompt, *outcome.tokens]
    start = len(request.prompt)
    expected = _values(model, sequence, start)
    for place in range(len(outcome.tokens) + 1):
        got = outcome.tokens[place] if place < len(outcome.tokens) else outcome.error
        if got is None and _is_over(request, outcome.tokens):
            return None
        says = expected[place] if place < len(expected) else expected[-1]
        if not _same(says, got, model):
            shown: Atom | RaspError = got if got is not None else GenerationError("it ended here")
            return GenerationCounterexample(
                request.prompt, tuple(sequence[: start + place]), says, shown
            )
    return None


def _values(model: RunnableModel, sequence: list[Atom], start: int) -> list[Atom | RaspError]:
    """What the program has at the last position of the prompt, and at every one after it: values,
    and the error that comes after them if there is one."""
    from rasp import interpreter

    node, causal = model.specification.node, True
    (outcome,) = interpreter.outcomes(node, [sequence], causal=causal)
    if not isinstance(outcome, RaspError):
        return list(outcome[start - 1 :])
    values: list[Atom | RaspError] = []
    # The first error is somewhere at the end, since up to there the model went on.
    for end in range(len(sequence), start - 1, -1):
        (outcome,) = interpreter.outcomes(node, [sequence[:end]], causal=causal)
        if not isinstance(outcome, RaspError):
            return [*outcome[start - 1 :], *values[-1:]]
        values.append(outcome)
    return values[-1:]


def _same(expected: Atom | RaspError, got: Atom | RaspError | None, model: RunnableModel) -> bool:
    """A value that is no token is an error of the model."""
    if isinstance(expected, RaspError):
        return isinstance(got, RaspRuntimeError)
    if expected not in model.vocabulary:
        return isinstance(got, GenerationError)
    if got is None or isinstance(got, RaspError):
        return False
    return atom_key(expected) == atom_key(got)


def _is_over(request: Request, tokens: Sequence[Atom]) -> bool:
    if len(tokens) == request.max_new_tokens:
        return True
    return bool(tokens) and request.ends_with(tokens[-1])


def _next_text(token: Atom | RaspError) -> str:
    return f"error: {token.message}" if isinstance(token, RaspError) else show(token)


def _next_data(token: Atom | RaspError) -> dict[str, Any]:
    return (
        {"error": token.message} if isinstance(token, RaspError) else {"token": plain_atom(token)}
    )

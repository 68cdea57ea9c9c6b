"""Is a compiled model equal to the interpreter?  On all inputs, or on many chosen ones.

The reference is the interpreter on the s-op that the model was compiled from; for a model from a
checkpoint, also the program text in it has to give that s-op.  A difference is shrunk to a short
input before it is reported, and followed through the model to the place where it begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from numbers import Integral
from pathlib import Path
from typing import Any, TypeAlias

from rasp.arguments import named_arguments
from rasp.compiled.runnable import RunnableModel
from rasp.compiled.specification import Specification
from rasp.deadline import TimeIsUpError, limited, look
from rasp.errors import RaspError, RaspLimitError, RaspLoadError, RaspTypeError, RaspValueError
from rasp.graph.operators import type_name
from rasp.verification.comparison import Comparison
from rasp.verification.departure import departure_of
from rasp.verification.inputs import (
    Listed,
    Numbered,
    Sampled,
    Shard,
    count_inputs,
    exhaustive_shards,
    rows_of,
    sampled_shards,
    size_of,
)
from rasp.verification.job import Job
from rasp.verification.provoking import provoking_inputs
from rasp.verification.result import Verification
from rasp.verification.running import Result, in_processes, on_cluster
from rasp.verification.state import State

Progress: TypeAlias = Callable[[int, int], None]

MAX_EXHAUSTIVE = 10_000_000
MAX_COUNTABLE = 2**62
BATCH_SIZE = 8192
PROVOKING_SHARE = 4  # one of so many samples is made for this program
MEASURED = 4096  # inputs whose time is taken
MEASURED_AGAIN = 2.0  # if it took no more seconds
SAVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many inputs are to be compared, how many of them have been before, and about how many
    seconds the others will take."""

    n_inputs: int
    n_checked: int
    seconds: float


Announce: TypeAlias = Callable[[Estimate], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which inputs are compared: an exhaustive comparison, or samples of a seed."""

    exhaustive: bool
    max_length: int
    samples: int
    seed: int
    batch_size: int
    n_tokens: int

    @property
    def n_inputs(self) -> int:
        return count_inputs(self.n_tokens, self.max_length) if self.exhaustive else self.samples

    @property
    def settings(self) -> dict[str, Any]:
        """What decides which inputs there are, and in which order."""
        chosen = {} if self.exhaustive else {"samples": self.samples, "seed": self.seed}
        return {
            "exhaustive": self.exhaustive,
            "max_length": self.max_length,
            "batch_size": self.batch_size,
        } | chosen

    def shards(self, model: RunnableModel, done: int) -> Iterator[Shard]:
        """Without the first ones, which have `done` inputs."""
        if self.exhaustive:
            return exhaustive_shards(self.n_tokens, self.max_length, self.batch_size, done=done)
        provoking = provoking_inputs(
            model.specification.node,
            model.vocabulary.tokens,
            self.max_length,
            most=min(self.samples // PROVOKING_SHARE, self.batch_size),
            seed=self.seed,
            causal=model.artifact.config.causal,
        )
        rest = self.samples - len(provoking)
        sampled = sampled_shards(self.max_length, rest, self.seed, self.batch_size)
        listed = [Listed(provoking)] if provoking else []
        return _without(done, chain(listed, sampled))


@named_arguments
def verify(
    model: RunnableModel,
    *,
    exhaustive: bool = False,
    max_length: int | None = None,
    samples: int = 1000,
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    jobs: int = 1,
    scheduler: str | None = None,
    resume: str | Path | None = None,
    progress: Progress | None = None,
    announce: Announce | None = None,
    time_limit: float | None = None,
) -> Verification:
    """Compare the model with the interpreter, up to the first difference.

    exhaustive: on every input of 1 to max_length tokens, short ones first; else on `samples` inputs
    whose lengths and shapes provoke trouble, the same for the same seed.  max_length: by default
    the model's max_len.

    jobs: processes that compare; scheduler: the address of a dask.distributed scheduler whose
    workers do it instead.  The result is the same, the counterexample included.  resume: a file
    that says how far the comparison has come.  If there is one it goes on from there; it is kept up
    to date, also when the comparison is interrupted.

    announce is called once before the comparison starts, with its size and about its time, which
    is measured on a first batch; progress with the numbers of inputs compared and to compare.

    time_limit: in seconds, for the comparison; one that takes longer ends, and the result says on
    how many inputs there was no difference (`stopped`); with `resume` the same call goes on.

    Raises RaspLimitError where an exhaustive comparison has more than 10,000,000 inputs and
    max_length is not given, RaspValueError for other arguments out of range, VerificationError
    where processes are lost, a scheduler cannot be reached, or a state is not of this comparison.
    """
    if not isinstance(model, RunnableModel):
        raise RaspTypeError(
            f"expected a compiled model, got {type_name(model)}",
            hint="rasp.compile and rasp.load_model give one",
        )
    plan = _plan(model, exhaustive, max_length, samples, seed, batch_size)
    if time_limit is not None and not time_limit > 0:
        raise RaspValueError(f"time_limit has to be above 0, got {time_limit!r}")
    if jobs < 1:
        raise RaspValueError(f"jobs are counted from 1, got {jobs}")
    if jobs > 1 and scheduler is not None:
        raise RaspValueError("either jobs or a scheduler, not both")
    if (jobs > 1 or scheduler is not None) and model.altered is not None:
        raise RaspValueError(
            f"other processes have the weights alone, and {model.altered}", hint="with jobs=1"
        )
    problem = _program_problem(model.specification)
    if problem is not None:
        return Verification(False, 0, exhaustive, plan.max_length, problem=problem)
    job = Job.of(model)
    state = None
    n_checked = 0
    if resume is not None:
        state = State(Path(resume), job.digest, plan.settings, plan.n_inputs)
        n_checked = state.read()
        state.write(n_checked)  # that it cannot be written had better be known now
    comparison = Comparison(model)
    if announce is not None:
        seconds = _seconds_an_input(comparison, plan) * (plan.n_inputs - n_checked) / jobs
        announce(Estimate(plan.n_inputs, n_checked, seconds))
    if progress is not None:
        progress(n_checked, plan.n_inputs)
    shards = plan.shards(model, n_checked)
    counted = scheduler is None and jobs == 1 and not n_checked
    comparison.n_by_rule = comparison.n_failing = 0
    if scheduler is not None:
        results = on_cluster(job, shards, scheduler)
    elif jobs > 1:
        results = in_processes(job, shards, jobs)
    else:
        results = _here(comparison, plan, shards)
    with limited(time_limit):
        found = _compared(comparison, plan, results, n_checked, state, progress)
    certificate = model.certificate
    found = replace(found, rounding=certificate.rounding.ok, meaning=certificate.meaning.ok)
    if counted and found.ok:
        found = replace(found, n_failing=comparison.n_failing)
    if not comparison.by_rule:
        return found
    return replace(found, by_rule=comparison.n_by_rule if counted else None)


def _plan(
    model: RunnableModel,
    exhaustive: bool,
    max_length: int | None,
    samples: int,
    seed: int,
    batch_size: int,
) -> Plan:
    if not isinstance(exhaustive, bool):
        raise RaspTypeError(f"exhaustive has to be True or False, got {type_name(exhaustive)}")
    longest = model.max_len if max_length is None else max_length
    numbers = {"max_length": longest, "samples": samples, "seed": seed, "batch_size": batch_size}
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, Integral):
            raise RaspTypeError(f"{name} has to be an integer, got {type_name(number)}")
    if not 1 <= longest <= model.max_len:
        raise RaspValueError(f"max_length has to be from 1 to {model.max_len}, got {longest}")
    if samples < 1 or batch_size < 1 or seed < 0:
        raise RaspValueError("samples and batch_size are counted from 1, seed from 0")
    plan = Plan(exhaustive, longest, samples, seed, batch_size, len(model.vocabulary))
    most = MAX_COUNTABLE if max_length is not None else MAX_EXHAUSTIVE
    if exhaustive and plan.n_inputs > most:
        raise RaspLimitError(
            f"there are {plan.n_inputs:,} inputs of 1 to {longest} tokens",
            hint="give a smaller max_length, or check a sample",
        )
    return plan


def _here(comparison: Comparison, plan: Plan, shards: Iterator[Shard]) -> Generator[Result]:
    """In this process, with the model as it is."""
    for shard in shards:
        yield shard, comparison.first_difference(rows_of(shard, plan.n_tokens))


def _compared(
    comparison: Comparison,
    plan: Plan,
    results: Generator[Result],
    n_checked: int,
    state: State | None,
    progress: Progress | None,
) -> Verification:
    """Take in results up to the first difference; whatever happens, the state is up to date."""
    saved = time.monotonic()
    try:
        with closing(results):
            for shard, place in results:
                if place is not None:
                    counterexample = comparison.shrink(rows_of(shard, plan.n_tokens)[place])
                    departure = departure_of(comparison.model, counterexample.input)
                    return Verification(
                        False,
                        n_checked + place + 1,
                        plan.exhaustive,
                        plan.max_length,
                        counterexample=replace(counterexample, departure=departure),
                    )
                n_checked += size_of(shard)
                if progress is not None:
                    progress(n_checked, plan.n_inputs)
                if state is not None and time.monotonic() > saved + SAVE_SECONDS:
                    state.write(n_checked)
                    saved = time.monotonic()
                if n_checked < plan.n_inputs:
                    look()
    except TimeIsUpError:
        return Verification(
            False,
            n_checked,
            plan.exhaustive,
            plan.max_length,
            stopped=True,
            n_inputs=plan.n_inputs,
        )
    finally:
        if state is not None:
            state.write(n_checked)
    return Verification(True, n_checked, plan.exhaustive, plan.max_length)


def _seconds_an_input(comparison: Comparison, plan: Plan) -> float:
    """Measured on some of the longest inputs, which nearly all are."""
    total = plan.n_tokens**plan.max_length
    shard: Shard = Numbered(plan.max_length, max(0, total - MEASURED), total)
    if not plan.exhaustive:
        shard = Sampled(plan.max_length, plan.seed, 0, min(MEASURED, plan.samples))
    rows = rows_of(shard, plan.n_tokens)
    comparison.first_difference(rows[:1])  # what is needed once only is not counted
    seconds = [_seconds(comparison, rows)]
    if seconds[0] < MEASURED_AGAIN:
        seconds.append(_seconds(comparison, rows))  # the first time, memory has to be found
    return min(seconds) / len(rows)


def _seconds(comparison: Comparison, rows: list[list[int]]) -> float:
    start = time.perf_counter()
    comparison.first_difference(rows)
    return time.perf_counter() - start


def _without(done: int, shards: Iterable[Shard]) -> Iterator[Shard]:
    """The shards after those that have `done` inputs."""
    for shard in shards:
        if done <= 0:
            yield shard
        done -= size_of(shard)


def _program_problem(specification: Specification) -> str | None:
    """Why the program text is not that of the s-op; None if it is, or where there is none."""
    source, name = specification.source, specification.name
    if source is None or name is None or specification.origins is not None:
        return None  # origins: the model was compiled here, from this very text
    from rasp.program import loads
    from rasp.sop import SOp

    try:
        value = loads(source.text, name=source.name)[name]
    except RaspLoadError:
        return None  # a program in several files, which are not here
    except RaspError as error:
        return f"the program text in the checkpoint is wrong: {error.message}"
    if not isinstance(value, SOp) or value.node is not specification.node:
        return f"the program text in the checkpoint does not give its s-op '{name}'"
    return None

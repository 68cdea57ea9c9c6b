"""Conditions of being right, dropped one at a time: which program notices?

The compiler may rewrite, share or leave out something only under a condition: that two aggregates
have one selector, that at most one key is selected, that a relation is transitive.  A `Guard` names
such a condition in the source, what stands there when it is dropped, and a program that comes out
wrong then.  A condition that no program needs is not known to be checked at all.

    python -m rasp.testing.guards                      every guard with its own program
    python -m rasp.testing.guards --seeds 40           every guard with random programs too

A condition is dropped in the running process, by the code of one function, and put back.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Literal, TypeAlias

from rasp import api
from rasp.errors import CompileError, RaspError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.random_programs.program import RandomProgram, random_program
from rasp.sop import SOp
from rasp.testing.guard import Guard
from rasp.testing.guard_table import GUARDS
from rasp.testing.limits import LIMITS, lowered
from rasp.testing.mutants import codes, function_of
from rasp.verification import same_outcome

Verdict: TypeAlias = Literal["right", "wrong", "refused", "crashed", "not certified"]

_MOST_INPUTS = 400


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a program: the verdict, and what shows it."""

    verdict: Verdict
    detail: str = ""

    def is_as_meant(self, guard: Guard) -> bool:
        """Is it what comes out with all conditions: the exact model, or a refusal?"""
        return self.verdict == ("refused" if guard.refused else "right")

    def is_noticed(self, guard: Guard) -> bool:
        """Is it neither that nor the exact model?"""
        return self.verdict != "right" and not self.is_as_meant(guard)


@contextmanager
def dropped(guard: Guard) -> Iterator[None]:
    """Within, the compiler does without the condition.  Raises ValueError if it is not there once.

    It is the compiler of the whole process that does.
    """
    module = import_module(guard.module)
    assert module.__file__ is not None
    source = Path(module.__file__).read_text(encoding="utf-8")
    if source.count(guard.condition) != 1:
        raise ValueError(
            f"{guard.name}: its condition stands there {source.count(guard.condition)}"
            " times, not once"
        )
    lines = "\n" * (guard.condition.count("\n") - guard.instead.count("\n"))
    changed = source.replace(guard.condition, guard.instead + lines)
    before = codes(compile(source, module.__file__, "exec"))
    after = codes(compile(changed, module.__file__, "exec"))
    functions = [
        (function, after[name])
        for name, code in before.items()
        if code != after.get(name) and (function := function_of(module, name)) is not None
    ]
    if not functions:
        raise ValueError(f"{guard.name}: no function has that condition")
    kept = [(function, function.__code__) for function, _ in functions]
    try:
        for function, code in functions:
            function.__code__ = code
        yield
    finally:
        for function, code in kept:
            function.__code__ = code


def examine(guard: Guard) -> tuple[Trial, Trial]:
    """The guard's program, with its condition and without."""
    limits = [limit for limit in LIMITS if str(limit) in guard.limits]
    assert len(limits) == len(guard.limits), guard.limits
    with lowered(limits):
        whole = attempt(guard.program, guard.causal, guard.optimize)
        with dropped(guard):
            return whole, attempt(guard.program, guard.causal, guard.optimize)


def attempt(
    program: RandomProgram, causal: bool = False, optimize: Literal["patterns", "size"] = "patterns"
) -> Trial:
    """Compile and compare with the interpreter, on all short inputs: values and their types."""
    sop = loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    inputs = list(_inputs(program))
    try:
        model = api.compile(
            sop,
            vocab=program.vocabulary,
            max_len=program.max_len,
            causal=causal,
            optimize=optimize,
        )
        found = model.outcomes(inputs)
    except CompileError as error:
        return Trial("refused", error.message)
    except Exception as error:  # whatever a compiler without its conditions does
        return Trial("crashed", f"{type(error).__name__}: {error}")
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    by_rule = model.artifact.readout.by_rule
    for tokens, right, got in zip(inputs, expected, found, strict=True):
        if not same_outcome(right, got, by_rule=by_rule):
            return Trial("wrong", f"{tokens}: {_shown(right)}, got {_shown(got)}")
    return Trial("right" if model.report.certificate.ok else "not certified")


def _inputs(program: RandomProgram) -> Iterator[list[Atom]]:
    """All inputs, short ones first, as far as they are not too many."""
    number = 0
    for length in range(1, program.max_len + 1):
        for tokens in product(program.vocabulary, repeat=length):
            yield list(tokens)
            number += 1
            if number == _MOST_INPUTS:
                return


def _shown(outcome: Sequence[Atom] | RaspError) -> str:
    return "an error" if isinstance(outcome, RaspError) else repr(list(outcome))


def survivors(guards: Sequence[Guard], seeds: range) -> Iterator[tuple[Guard, Trial]]:
    """For each guard what notices that it is missing, or the last trial if nothing does.

    Its own program is tried first, then the random programs of the seeds.
    """
    for guard in guards:
        whole, without = examine(guard)
        if not whole.is_as_meant(guard):
            yield guard, Trial("crashed", f"with its condition: {whole.verdict}, {whole.detail}")
            continue
        if not without.is_noticed(guard):
            without = _by_chance(guard, seeds) or without
        yield guard, without


def _by_chance(guard: Guard, seeds: range) -> Trial | None:
    for seed in seeds:
        program = random_program(seed)
        for causal in (False, True):
            with dropped(guard):
                without = attempt(program, causal)
            if without.verdict != "right" and attempt(program, causal).verdict == "right":
                return Trial(without.verdict, f"{program}\n{without.detail}")
    return None


def main() -> None:
    """The command: a line for each guard; the exit status is 1 if one is not noticed."""
    parser = argparse.ArgumentParser(
        prog="python -m rasp.testing.guards", description="Drop each condition: who notices?"
    )
    parser.add_argument("--seeds", type=int, default=0, help="random programs for each")
    parser.add_argument("--seed", type=int, default=0, help="where they begin")
    parser.add_argument("names", nargs="*", help="guards, by the beginnings of their names")
    options = parser.parse_args()
    chosen = [
        guard
        for guard in GUARDS
        if not options.names or guard.name.startswith(tuple(options.names))
    ]
    n_missed = 0
    for guard, trial in survivors(chosen, range(options.seed, options.seed + options.seeds)):
        n_missed += not trial.is_noticed(guard)
        sys.stdout.write(f"{guard.name:45} {trial.verdict:14} {trial.detail}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} conditions dropped, {n_missed} not noticed\n")
    sys.exit(1 if n_missed else 0)


if __name__ == "__main__":
    main()

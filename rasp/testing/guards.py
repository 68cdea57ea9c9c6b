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
from importlib import import_module
from pathlib import Path
from typing import Protocol

from rasp.random_programs.program import random_program
from rasp.testing.exchange import codes, function_of
from rasp.testing.guard import Guard
from rasp.testing.guard_table import GUARDS
from rasp.testing.trials import Made, Trial, attempt, interpreted, trial_of

MOST_INPUTS = 400


def is_as_meant(guard: Guard, made: Made) -> bool:
    """Is it what comes out with all conditions: the exact model, or a refusal?"""
    return made.verdict == ("refused" if guard.refused else "right")


def is_noticed(guard: Guard, made: Made) -> bool:
    """Is it neither that nor the exact model?"""
    return made.verdict != "right" and not is_as_meant(guard, made)


class Quoted(Protocol):
    """A condition by its text."""

    @property
    def name(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def condition(self) -> str: ...
    @property
    def instead(self) -> str: ...


@contextmanager
def dropped(guard: Quoted) -> Iterator[None]:
    """Within, the module does without the condition.  Raises ValueError if it is not there once.

    It is the module of the whole process that does.
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


def examine(guard: Guard) -> tuple[Made, Made]:
    """What becomes of the guard's program, with its condition and without."""
    program = interpreted(trial_of(guard), MOST_INPUTS)
    whole = attempt(program)
    with dropped(guard):
        return whole, attempt(program)


def survivors(guards: Sequence[Guard], seeds: range) -> Iterator[tuple[Guard, Made]]:
    """For each guard what notices that it is missing, or the last trial if nothing does.

    Its own program is tried first, then the random programs of the seeds.
    """
    for guard in guards:
        whole, without = examine(guard)
        if not is_as_meant(guard, whole):
            yield guard, Made("crashed", f"with its condition: {whole.verdict}, {whole.detail}")
            continue
        if not is_noticed(guard, without):
            without = _by_chance(guard, seeds) or without
        yield guard, without


def _by_chance(guard: Guard, seeds: range) -> Made | None:
    for seed in seeds:
        program = random_program(seed)
        for causal in (False, True):
            found = interpreted(Trial(f"random {seed}", program, causal), MOST_INPUTS)
            with dropped(guard):
                without = attempt(found)
            if without.verdict != "right" and attempt(found).verdict == "right":
                return Made(without.verdict, f"{program}\n{without.detail}")
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
    for guard, made in survivors(chosen, range(options.seed, options.seed + options.seeds)):
        n_missed += not is_noticed(guard, made)
        sys.stdout.write(f"{guard.name:45} {made.verdict:14} {made.detail}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} conditions dropped, {n_missed} not noticed\n")
    sys.exit(1 if n_missed else 0)


if __name__ == "__main__":
    main()

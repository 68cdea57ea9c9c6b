"""Thousands of random programs: `python -m rasp.testing.stress --seed S --programs N --jobs J`.

Every program is compiled in several ways and compared with the interpreter.  What differs is shrunk
to a small program, and written to a file of the folder that --failures names.  At the end: how many
programs and inputs were compared, how many the compiler refused and why, and what was slow.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from types import FrameType

from rasp.random_programs.choices import ReplayedChoices, SeededChoices, shrink
from rasp.random_programs.program import RandomProgram, generate
from rasp.testing.checking import ALL_WAYS, WAYS, Check, Way, check
from rasp.testing.limits import lowered, some_limits

SLOW_SECONDS = 5.0
TIME_LIMIT = 60  # seconds for one program in all ways
SHRINK_SECONDS = 120.0
PER_TASK = 20  # programs that a process takes at once


@dataclass
class Findings:
    """What came out of some programs.  Examples are the shortest programs seen."""

    programs: int = 0
    pairs: int = 0
    failing_inputs: int = 0
    by_rule: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)  # reason -> example
    slow: list[str] = field(default_factory=list)
    differences: Counter[str] = field(default_factory=Counter)
    different: dict[str, tuple[int, int]] = field(default_factory=dict)  # kind -> length, seed

    def add(self, other: Findings) -> None:
        self.programs += other.programs
        self.pairs += other.pairs
        self.failing_inputs += other.failing_inputs
        self.by_rule += other.by_rule
        self.refusals.update(other.refusals)
        for reason, example in other.refused.items():
            self.refused[reason] = min(self.refused.get(reason, example), example, key=len)
        self.slow += other.slow
        self.differences.update(other.differences)
        for kind, shortest in other.different.items():
            self.different[kind] = min(self.different.get(kind, shortest), shortest)

    def to_text(self) -> str:
        lines = [
            f"{self.programs:,} programs, {self.pairs:,} pairs of program and input compared "
            f"({self.failing_inputs:,} of them fail, {self.by_rule:,} by the rule for means)",
            f"{self.refusals.total():,} refusals by the compiler",
        ]
        for reason, count in self.refusals.most_common():
            lines += [f"  {count:6,}  {reason}", _indented(self.refused[reason])]
        lines.append(f"{len(self.slow)} programs took more than {SLOW_SECONDS:g} s to compile")
        lines += map(_indented, self.slow[:10])
        lines.append(f"{self.differences.total()} differences")
        lines += [f"  {count:6,}  {kind}" for kind, count in self.differences.most_common()]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Profile:
    """ways: the compilations to try; max_len: of all programs, None for their own; limits: are some
    of the compiler's limits lowered, others for every program?"""

    ways: tuple[Way, ...] = WAYS
    max_len: int | None = None
    limits: bool = False


class OutOfTime(BaseException):
    """A program takes too long.  No Exception, so that nothing between swallows it."""


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check_seeds(seeds: range, size: int, profile: Profile) -> Findings:
    """Check the programs of these seeds."""
    findings = Findings()
    for seed in seeds:
        program = generate(SeededChoices(seed), size)
        result = _limited(program, profile, seed)
        findings.programs += 1
        if result.difference is not None:
            findings.differences[result.difference.kind] += 1
            example = len(program.text), seed
            kept = findings.different.setdefault(result.difference.kind, example)
            findings.different[result.difference.kind] = min(kept, example)
        findings.pairs += result.n_pairs
        findings.failing_inputs += result.n_failing
        findings.by_rule += result.n_by_rule
        for reason in {_reason(way, message) for way, message in result.refusals.items()}:
            findings.refusals[reason] += 1
            findings.refused.setdefault(reason, f"seed {seed}: {result.refusals}\n{program}")
        if result.compile_seconds > SLOW_SECONDS:
            findings.slow.append(
                f"seed {seed}: {result.compile_seconds:.1f} s, "
                f"{result.n_parameters:,} parameters\n{program}"
            )
    return findings


def _limited(program: RandomProgram, profile: Profile, seed: int) -> Check:
    start = time.perf_counter()
    program = replace(program, max_len=profile.max_len or program.max_len)
    limits = some_limits(seed) if profile.limits else []
    try:
        with _time_limit(TIME_LIMIT), lowered(limits):
            return check(program, ways=profile.ways, seed=seed)
    except OutOfTime:
        return Check(program, compile_seconds=time.perf_counter() - start)


def smallest(kind: str, seed: int, size: int, profile: Profile) -> Check:
    """The smallest program found that differs in the same way as that of the seed."""
    until = time.perf_counter() + SHRINK_SECONDS
    choices = SeededChoices(seed)
    program = generate(choices, size)
    best = _limited(program, profile, seed)
    for way in profile.ways:  # one is enough, if it shows the difference
        result = _limited(program, replace(profile, ways=(way,)), seed)
        if result.difference is not None and result.difference.kind == kind:
            best, profile = result, replace(profile, ways=(way,))
            break

    def interesting(numbers: list[int]) -> list[int] | None:
        nonlocal best
        choices = ReplayedChoices(numbers)
        program = generate(choices, size)
        if time.perf_counter() > until or len(program.text) > len(best.program.text):
            return None
        if program.text != best.program.text or program.max_len != best.program.max_len:
            result = _limited(program, profile, seed)
            if result.difference is None or result.difference.kind != kind:
                return None
            best = result
        return choices.taken

    shrink(choices.taken, interesting)
    return best


def _reason(way: Way, message: str) -> str:
    """A refusal without its names and numbers."""
    message = re.sub(r"[\d.,]+(e\+\d+)?", "#", message)
    message = re.sub(r"^.*? (is a function of|has|fails|needs|takes)", r"... \1", message)[:90]
    return f"causal: {message}" if way == "causal" else message


def _indented(text: str) -> str:
    return "\n".join(f"          {line}" for line in text.splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(prog="rasp.testing.stress", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first program's")
    parser.add_argument("--programs", type=int, default=1_000)
    parser.add_argument("--size", type=int, default=5, help="of the programs, about their lines")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--ways", default=",".join(WAYS), help=f"compilations to try, of {', '.join(ALL_WAYS)}"
    )
    parser.add_argument("--max-len", type=int, help="of all programs, instead of their own")
    parser.add_argument(
        "--limits",
        action="store_true",
        help="lower some limits of the compiler, so that it treats short inputs as long ones",
    )
    parser.add_argument("--failures", type=Path, help="a folder for what differs")
    options = parser.parse_args()
    unknown = set(options.ways.split(",")) - set(ALL_WAYS)
    if unknown:
        parser.error(f"no way {', '.join(sorted(unknown))}")
    ways = tuple(way for way in ALL_WAYS if way in options.ways.split(","))
    profile = Profile(ways, options.max_len, options.limits)
    end = options.seed + options.programs
    parts = [range(n, min(n + PER_TASK, end)) for n in range(options.seed, end, PER_TASK)]
    total = Findings()
    start = time.perf_counter()
    with ProcessPoolExecutor(options.jobs, initializer=_quiet) as pool:
        for findings in pool.map(check_seeds, parts, repeat(options.size), repeat(profile)):
            total.add(findings)
            sys.stderr.write(
                f"\r{total.programs:,} programs, {len(total.differences)} differences "
            )
    sys.stderr.write("\n")
    sys.stdout.write(
        f"seeds {options.seed} to {end - 1}, size {options.size}, ways {', '.join(ways)}, "
        f"{time.perf_counter() - start:.0f} s\n{total.to_text()}\n"
    )
    with ProcessPoolExecutor(options.jobs, initializer=_quiet) as pool:
        kinds = [(kind, seed) for kind, (_, seed) in total.different.items()]
        shrunk = pool.map(
            smallest,
            [kind for kind, _ in kinds],
            [seed for _, seed in kinds],
            repeat(options.size),
            repeat(profile),
        )
        for number, ((kind, seed), result) in enumerate(zip(kinds, shrunk, strict=True)):
            detail = result.difference.detail if result.difference is not None else ""
            text = f"{kind}\nseed {seed}\n{result.program}\n{detail}\n"
            sys.stdout.write(f"\n{text}")
            if options.failures is not None:
                options.failures.mkdir(parents=True, exist_ok=True)
                (options.failures / f"{number:03}.txt").write_text(text, encoding="utf-8")
    raise SystemExit(1 if total.differences else 0)


def _quiet() -> None:
    """One thread for each process: they are many."""
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    main()

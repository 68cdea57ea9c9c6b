"""Every condition of the compiler changed in every small way: which program notices?

    python -m rasp.testing.conditions --results FILE --programs FILE... --seeds N --seconds S

The guards (`rasp.testing.guards`) are conditions that somebody thought of.  This finds the others:
`rasp.testing.mutants` changes every condition of the compiler, and for each change the programs are
compiled that it makes a difference to, the cheapest first, until one is not compiled to a right and
certified model.  The results go to a file, from which the command goes on where it stopped; without
time (`--seconds 0`) it only prints what the file says.

A change that nothing notices is one of three kinds: no program decides otherwise (one may be
missing, or there is none); models are the very same; or models are others, and right: the condition
is about what is cheap.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType

import rasp.compiler
from rasp.testing import survivors
from rasp.testing.mutants import NONE, Mutant, Switch, instrumented
from rasp.testing.trials import Prepared, attempt, prepared, trials

EXPLAINS = ("account", "effort", "options", "wellformed", "witness")
"""Rooms and modules that say what a model is, or what is tried first: it is not trusted."""

PATIENCE = 6.0  # seconds for one mutant
SLOWEST = 1.0  # seconds that a program may take as things are
MEMORY = 12 << 30  # bytes of addresses, of which a mutant may want any number

KINDS = ("wrong", "not certified", "refused", "crashed", "too long")
LEFT = ("no program decides otherwise", "the same models", "other models, all right")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant.  by: the trial that noticed it; tried: how many were compiled."""

    kind: str
    by: str = ""
    detail: str = ""
    tried: int = 0

    @property
    def survives(self) -> bool:
        return self.kind in LEFT


class OutOfTimeError(BaseException):
    """A trial takes too long.  No Exception, so that nothing between swallows it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def modules() -> list[ModuleType]:
    """The modules of the compiler, imported."""
    root = Path(rasp.compiler.__file__).parent
    names = [
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted(root.rglob("*.py"))
    ]
    chosen = [name for name in names if name != "__init__" and name.split(".")[0] not in EXPLAINS]
    return [import_module(f"rasp.compiler.{name}") for name in chosen]


@dataclass(frozen=True)
class Ready:
    """A trial as things are, and the keys of the mutants that decide otherwise in it."""

    prepared: Prepared
    differing: frozenset[int]


def watched(switch: Switch, files: Sequence[Path], seeds: range) -> Iterator[Ready | str]:
    """The trials, the cheapest of them alone, or what is the matter with one."""
    for trial in trials(files, seeds):
        try:
            with at_most(20 * SLOWEST):
                found = prepared(trial)
                if isinstance(found, str):
                    yield f"{trial.name}: {found}"
                    continue
                if found.seconds > SLOWEST:
                    continue
                with switch.watching() as differing:
                    made = attempt(found)
        except OutOfTimeError:
            continue
        if made.verdict != "same" and not (made.verdict == "refused" and not found.digest):
            yield f"{trial.name}: {made.verdict} while it is watched, {made.detail}"
            continue
        yield Ready(found, frozenset(differing))


def fate(switch: Switch, mutant: Mutant, ready: Sequence[Ready], most: int = 20) -> Fate:
    """Try the mutant on some of these trials, which it makes a difference to."""
    others = False
    start = time.process_time()
    tried = 0
    chance = random.Random(mutant.key)
    mixed = sorted(ready, key=lambda trial: trial.prepared.seconds * chance.uniform(0.2, 3))
    for trial in mixed[:most]:
        if tried and time.process_time() - start > PATIENCE:
            break
        name = trial.prepared.trial.name
        switch.active = mutant.number
        tried += 1
        try:
            with at_most(3 + 10 * trial.prepared.seconds):
                made = attempt(trial.prepared)
        except OutOfTimeError:
            return Fate("too long", name, "", tried)
        finally:
            switch.active = NONE
        if trial.prepared.notices(made):
            return Fate(made.verdict, name, made.detail[:300], tried)
        others |= made.verdict == "right"
    if not tried:
        return Fate(LEFT[0])
    return Fate(LEFT[2] if others else LEFT[1], tried=tried)


def run(
    results: Path, files: Sequence[Path], seeds: range, seconds: float, only: Sequence[str]
) -> None:
    """Go on with the campaign for so many seconds of the processor."""
    start = time.process_time()
    known: dict[str, dict[str, object]] = _read(results)
    with instrumented(modules()) as (switch, mutants):
        chosen = [
            mutant
            for mutant in mutants
            if not only or mutant.module.removeprefix("rasp.compiler.").startswith(tuple(only))
        ]
        open_ones = [
            mutant
            for mutant in chosen
            if mutant.key not in known or known[mutant.key]["kind"] == LEFT[0]
        ]
        open_ones.sort(key=lambda mutant: mutant.key in known)  # what was never tried comes first
        ready = []
        for found in watched(switch, files, seeds):
            if isinstance(found, str):
                sys.stderr.write(f"{found}\n")
            else:
                ready.append(found)
        ready.sort(key=lambda trial: trial.prepared.seconds)
        sys.stderr.write(f"{len(ready)} trials after {time.process_time() - start:.0f} s\n")
        for number, mutant in enumerate(open_ones):
            if time.process_time() - start > seconds:
                break
            its = [trial for trial in ready if mutant.number in trial.differing]
            known[mutant.key] = {"line": mutant.line, **asdict(fate(switch, mutant, its))}
            if number % 50 == 49:
                _keep(results, known)  # whoever stops it loses little
    _keep(results, known)


def _keep(results: Path, known: dict[str, dict[str, object]]) -> None:
    results.write_text(json.dumps(known, indent=0), encoding="utf-8")


def _read(results: Path) -> dict[str, dict[str, object]]:
    if not results.exists():
        return {}
    found: dict[str, dict[str, object]] = json.loads(results.read_text(encoding="utf-8"))
    return found


def table(known: dict[str, dict[str, object]]) -> str:
    """Rooms of the compiler -> mutants, what noticed them, and what did not."""
    rooms: dict[str, Counter[str]] = {}
    limits: Counter[str] = Counter()
    for key, what in known.items():
        module = key.split(":")[0].removeprefix("rasp.compiler.")
        room = module.split(".")[0] if "." in module or module in _ROOMS else "the compiler itself"
        rooms.setdefault(room, Counter())[str(what["kind"])] += 1
        if what["kind"] in LEFT and survivors.IS_LIMIT.search(key):
            limits[room] += 1
    rooms["all"], limits["all"] = sum(rooms.values(), Counter()), limits.total()
    columns = ("mutants", *KINDS, *LEFT, "of these, limits")
    lines = [
        "| room | " + " | ".join(columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for room, counts in rooms.items():
        numbers = [counts.total(), *(counts[kind] for kind in (*KINDS, *LEFT)), limits[room]]
        cells = [f"{number:,}" for number in numbers]
        lines.append(f"| {room} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


_ROOMS = {"encoding", "facts", "lowering", "selection", "synthesis"}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m rasp.testing.conditions",
        description="Change each condition of the compiler: which program notices?",
    )
    parser.add_argument("--results", type=Path, required=True, help="where they are kept")
    parser.add_argument("--programs", type=Path, nargs="*", default=[], help="a program a line")
    parser.add_argument("--seeds", type=int, default=200, help="random programs")
    parser.add_argument("--seed", type=int, default=0, help="where they begin")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long to go on")
    parser.add_argument("--list", action="store_true", help="those that nothing notices")
    parser.add_argument(
        "--sorted",
        action="store_true",
        help="what no program needs, by what it is about",
    )
    parser.add_argument("only", nargs="*", help="modules, by the beginnings of their names")
    options = parser.parse_args()
    if options.seconds:
        import resource  # which not every system has

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        seeds = range(options.seed, options.seed + options.seeds)
        run(options.results, options.programs, seeds, options.seconds, options.only)
    known = _read(options.results)
    if options.sorted:
        left = [key for key, what in known.items() if what["kind"] == LEFT[0]]
        for key in left:
            if survivors.kind_of(key) == survivors.SOUND:
                sys.stdout.write(f"{known[key]['line']}: {key}\n")
        sys.stdout.write(survivors.table(left) + "\n")
        return
    if options.list:
        for key, what in known.items():
            if what["kind"] in LEFT:
                sys.stdout.write(f"{what['kind']}, {what['tried']} tried, {what['line']}: {key}\n")
    sys.stdout.write(table(known) + "\n")


if __name__ == "__main__":
    main()

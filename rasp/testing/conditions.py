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
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypedDict

import rasp.compiler
from rasp.testing import survivors
from rasp.testing.mutants import NONE, Mutant, Switch, instrumented
from rasp.testing.patience import OutOfTimeError, at_most
from rasp.testing.trials import Prepared, Trial, attempt, interpreted, prepared, trials

EXPLAINS = ("account", "effort", "options", "wellformed", "witness")
"""Rooms and modules that say what a model is, or what is tried first: it is not trusted."""

REWRITES = (
    "balanced",
    "beyond",
    "closest",
    "complements",
    "counters",
    "decided",
    "disjunctions",
    "earliest",
    "oneself",
    "ranks",
    "whether_int",
    "within",
)
"""Modules of the graph that the compiler and the proof of meaning both rewrite programs with, so
that neither is a check of them."""

PATIENCE = 6.0  # seconds for one mutant
SLOWEST = 1.0  # seconds that a program may take as things are
MEMORY = 12 << 30  # bytes of addresses, of which a mutant may want any number

KINDS = ("wrong", "not certified", "refused", "crashed", "too long")
LEFT = ("no program decides otherwise", "the same models", "other models, all right")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant.  by: the trial that noticed it; tried: how many were compiled, and
    names of these."""

    kind: str
    by: str = ""
    detail: str = ""
    tried: int = 0
    names: tuple[str, ...] = ()

    @property
    def survives(self) -> bool:
        return self.kind in LEFT


def modules() -> list[ModuleType]:
    """The modules of the compiler, and the rewrites of graphs, imported."""
    root = Path(rasp.compiler.__file__).parent
    names = [
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted(root.rglob("*.py"))
    ]
    chosen = [name for name in names if name != "__init__" and name.split(".")[0] not in EXPLAINS]
    own = [import_module(f"rasp.compiler.{name}") for name in chosen]
    return [*own, *(import_module(f"rasp.graph.{name}") for name in REWRITES)]


@dataclass(frozen=True)
class Ready:
    """A trial as things are (`Prepared`), and the mutants that decide otherwise in it."""

    trial: Trial
    seconds: float
    digest: str
    differing: frozenset[int]

    def prepared(self) -> Prepared:
        return replace(interpreted(self.trial), digest=self.digest, seconds=self.seconds)


class Entry(TypedDict):
    """What is known of a trial: seconds to compile it, the digest of its model, and the numbers of
    the mutants that decide otherwise in it, which are the same as long as the compiler is."""

    seconds: float
    digest: str
    differing: list[int]


@dataclass
class Watched:
    """What is known of trials, as long as the compiler is the same: kept in a file.

    A trial is known as what is the matter with it, "" for one that takes too long, or as an entry.
    """

    compiler: str
    trials: dict[str, Entry | str]

    @classmethod
    def read(cls, file: Path) -> Watched:
        compiler = fingerprint()
        if file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            if found["compiler"] == compiler:
                return cls(compiler, found["trials"])
        return cls(compiler, {})

    def keep(self, file: Path) -> None:
        data = {"compiler": self.compiler, "trials": self.trials}
        file.write_text(json.dumps(data), encoding="utf-8")


def fingerprint() -> str:
    """The same as long as the text of the compiler is."""
    found = hashlib.sha256()
    root = Path(rasp.compiler.__file__).parent
    for file in sorted([*root.rglob("*.py"), *(root.parent / "graph").rglob("*.py")]):
        found.update(file.read_bytes())
    return found.hexdigest()


def named(trial: Trial) -> str:
    """A name that no other trial has."""
    return f"{trial.name} {hashlib.sha256(repr(trial).encode()).hexdigest()[:12]}"


def watched(
    switch: Switch, some: Iterable[Trial], seconds: float, cache: Watched
) -> Iterator[Ready | str]:
    """The trials, the cheapest of them alone, or what is the matter with one.

    What the cache has of a trial is not found again; others are looked at for so many seconds of
    the processor.
    """
    start = time.process_time()
    for trial in some:
        name = named(trial)
        if name not in cache.trials:
            if time.process_time() - start > seconds:
                continue
            cache.trials[name] = _watched(switch, trial)
        entry = cache.trials[name]
        if isinstance(entry, str):
            if entry:
                yield f"{trial.name}: {entry}"
            continue
        yield Ready(trial, entry["seconds"], entry["digest"], frozenset(entry["differing"]))


def _watched(switch: Switch, trial: Trial) -> Entry | str:
    """What becomes of a trial as things are; "" if that takes too long."""
    try:
        with at_most(20 * SLOWEST):
            found = prepared(trial)
            if isinstance(found, str):
                return found
            if found.seconds > SLOWEST:
                return ""
            with switch.watching() as differing:
                made = attempt(found)
    except OutOfTimeError:
        return ""
    if made.verdict != "same" and not (made.verdict == "refused" and not found.digest):
        return f"{made.verdict} while it is watched, {made.detail}"
    return Entry(seconds=found.seconds, digest=found.digest, differing=sorted(differing))


def fate(switch: Switch, mutant: Mutant, ready: Sequence[Ready], most: int = 20) -> Fate:
    """Try the mutant on some of these trials, which it makes a difference to."""
    others = False
    start = time.process_time()
    names: list[str] = []
    chance = random.Random(mutant.key)
    mixed = sorted(ready, key=lambda trial: trial.seconds * chance.uniform(0.2, 3))
    own = mutant.module.removeprefix("rasp.compiler.") + ":"
    mixed.sort(key=lambda trial: not trial.trial.name.startswith(own))  # which come near to it
    for one in mixed[:most]:
        if names and time.process_time() - start > PATIENCE:
            break
        trial = one.prepared()
        name = named(one.trial)
        switch.active = mutant.number
        names.append(name)
        try:
            with at_most(3 + 10 * one.seconds):
                made = attempt(trial)
        except OutOfTimeError:
            return Fate("too long", one.trial.name, "", len(names), tuple(names))
        finally:
            switch.active = NONE
        if trial.notices(made):
            return Fate(made.verdict, one.trial.name, made.detail[:300], len(names), tuple(names))
        others |= made.verdict == "right"
    if not names:
        return Fate(LEFT[0])
    return Fate(LEFT[2] if others else LEFT[1], "", "", len(names), tuple(names))


def run(
    results: Path, files: Sequence[Path], seeds: range, seconds: float, only: Sequence[str]
) -> None:
    """Go on with the campaign for so many seconds of the processor."""
    start = time.process_time()
    known: dict[str, dict[str, Any]] = _read(results)
    with instrumented(modules()) as (switch, mutants):
        chosen = [
            mutant
            for mutant in mutants
            if not only or mutant.module.removeprefix("rasp.compiler.").startswith(tuple(only))
        ]
        file = results.with_suffix(".watched.json")
        cache = Watched.read(file)
        ready = []
        for found in watched(switch, trials(files, seeds), 0.8 * seconds, cache):
            if isinstance(found, str):
                sys.stderr.write(f"{found}\n")
            else:
                ready.append(found)
        cache.keep(file)
        ready.sort(key=lambda trial: trial.seconds)
        sys.stderr.write(f"{len(ready)} trials after {time.process_time() - start:.0f} s\n")
        for number, mutant in enumerate(_open_ones(chosen, known)):
            if time.process_time() - start > seconds:
                break
            before = known.get(mutant.key, {})
            tried = set(before.get("names", ()))
            its = [
                trial
                for trial in ready
                if mutant.number in trial.differing and named(trial.trial) not in tried
            ]
            if before and not its:
                continue
            found_fate = fate(switch, mutant, its)
            if before and found_fate.kind == LEFT[1] and before["kind"] == LEFT[2]:
                found_fate = replace(found_fate, kind=LEFT[2])
            names = [*tried, *found_fate.names]
            known[mutant.key] = {"line": mutant.line, **asdict(found_fate), "names": names}
            if number % 10 == 9:
                _keep(results, known)  # whoever stops it loses little
    _keep(results, known)


def _open_ones(mutants: Sequence[Mutant], known: dict[str, dict[str, Any]]) -> list[Mutant]:
    """Those that nothing has noticed, what was never tried first; without those that only make the
    compiler give up more often."""
    found = [
        mutant
        for mutant in mutants
        if not (mutant.bearing is not None and mutant.bearing.gives_up_more)
        and (mutant.key not in known or known[mutant.key]["kind"] in LEFT)
    ]

    def order(mutant: Mutant) -> tuple[bool, bool, bool]:
        entry = known.get(mutant.key)
        is_sound = survivors.kind_of(mutant.key) == survivors.SOUND
        return entry is not None, not is_sound, entry is None or entry["kind"] != LEFT[0]

    return sorted(found, key=order)


def _keep(results: Path, known: dict[str, dict[str, Any]]) -> None:
    results.write_text(json.dumps(known, indent=0), encoding="utf-8")


def _read(results: Path) -> dict[str, dict[str, Any]]:
    if not results.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))
    return found


def table(known: dict[str, dict[str, Any]]) -> str:
    """Rooms of the compiler -> mutants, what noticed them, and what did not."""
    rooms: dict[str, Counter[str]] = {}
    limits: Counter[str] = Counter()
    for key, what in known.items():
        module = key.split(":")[0].removeprefix("rasp.compiler.").removeprefix("rasp.")
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

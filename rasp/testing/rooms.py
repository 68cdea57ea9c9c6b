"""Every condition of a room changed in every small way: which of the tests notices?

    python -m rasp.testing.rooms --results FILE --seconds S interpreter=tests/interpreter

What `rasp.testing.conditions` does with programs for the compiler, this does for the other rooms
with their tests.  Every condition of the modules below `rasp.interpreter` is changed
(`rasp.testing.mutants`), each test of the folder is watched once, and for each change the tests are
run that it makes a difference to, the cheapest first, until one fails.  The results go to a file,
from which the command goes on; without time it only prints what the file says.

It is started in the folder of the project, with pytest.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import pkgutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from rasp.testing.fates import table
from rasp.testing.mutants import NONE, Mutant, Switch, instrumented
from rasp.testing.patience import OutOfTimeError, at_most

NOTICED, TOO_LONG = "noticed", "too long"
UNSEEN, UNNOTICED = "no test decides otherwise", "no test fails"
KINDS = (NOTICED, TOO_LONG, UNSEEN, UNNOTICED)

PATIENCE = 8.0  # seconds for one mutant
SLOWEST = 4.0  # seconds that a test may take as things are


@dataclass(frozen=True, slots=True)
class Room:
    """name: of a module or package below `rasp`; tests: files and folders."""

    name: str
    tests: tuple[str, ...]

    @staticmethod
    def of(text: str) -> Room:
        """text: `name=tests,tests`.  Raises ValueError."""
        name, found, tests = text.partition("=")
        if not (name and found and tests):
            raise ValueError(f"{text!r} is no room and its tests: interpreter=tests/interpreter")
        return Room(name, tuple(tests.split(",")))

    def modules(self) -> list[ModuleType]:
        """The modules of the room, imported."""
        root = import_module(f"rasp.{self.name}")
        names = [root.__name__]
        if hasattr(root, "__path__"):
            below = pkgutil.walk_packages(root.__path__, f"{root.__name__}.")
            names += [found.name for found in below if not found.name.endswith("__main__")]
        return [import_module(name) for name in names]


@dataclass(frozen=True)
class _Watched:
    """A test that passes as things are.  differing: mutants that decide otherwise in it."""

    item: Any
    seconds: float
    differing: frozenset[int]


class Campaign:
    """A plugin of pytest: instead of running its tests once, it runs them for every mutant."""

    def __init__(
        self,
        switch: Switch,
        mutants: Sequence[Mutant],
        known: dict[str, dict[str, object]],
        results: Path,
        seconds: float,
    ) -> None:
        self.switch, self.mutants = switch, mutants
        self.known, self.results, self.seconds = known, results, seconds

    def pytest_runtestloop(self, session: Any) -> bool:
        """The tests as they are, then with each mutant."""
        start = time.process_time()
        watched = []
        for item in session.items:
            seen = self._watched(item)
            if isinstance(seen, str):
                sys.stderr.write(f"{item.nodeid}: {seen}\n")
            else:
                watched.append(seen)
        watched.sort(key=lambda seen: seen.seconds)
        spent = time.process_time() - start
        sys.stderr.write(f"{len(watched)} tests watched in {spent:.0f} s\n")
        open_ones = [m for m in self.mutants if self.known.get(m.key, {}).get("kind") != NOTICED]
        open_ones.sort(key=lambda mutant: mutant.key in self.known)
        for number, mutant in enumerate(open_ones):
            if time.process_time() - start > self.seconds:
                break
            its = [seen for seen in watched if mutant.number in seen.differing]
            self.known[mutant.key] = {"line": mutant.line, **self._fate(mutant, its)}
            if number % 20 == 19:
                _keep(self.results, self.known)
        _keep(self.results, self.known)
        return True

    def _watched(self, item: Any) -> _Watched | str:
        for reached in (False, True):
            start = time.process_time()
            with self.switch.watching(reached=reached) as differing:
                failure = _failure(item, 10 * SLOWEST)
            seconds = time.process_time() - start
            if not failure:
                break
        else:
            return f"fails as things are: {failure}"
        return _Watched(item, seconds, frozenset(differing)) if seconds < SLOWEST else "too slow"

    def _fate(self, mutant: Mutant, its: Sequence[_Watched]) -> dict[str, object]:
        start = time.process_time()
        tried = 0
        for seen in its:
            if tried and time.process_time() - start > PATIENCE:
                break
            tried += 1
            self.switch.active = mutant.number
            try:
                failure = _failure(seen.item, 5 + 10 * seen.seconds)
            finally:
                self.switch.active = NONE
                forget()
            if failure:
                # What a mutant left behind (in a cache, say) must not make others look noticed.
                if again := _failure(seen.item, 10 * SLOWEST):
                    raise RuntimeError(f"{mutant.key} broke {seen.item.nodeid} for good: {again}")
                kind = TOO_LONG if OutOfTimeError.__name__ in failure else NOTICED
                return asdict(_Fate(kind, seen.item.nodeid, failure, tried))
        return asdict(_Fate(UNNOTICED if tried else UNSEEN, "", "", tried))


@dataclass(frozen=True, slots=True)
class _Fate:
    kind: str
    by: str
    detail: str
    tried: int


def _failure(item: Any, seconds: float) -> str:
    """What the test ends with, in a line; "" where it passes or is skipped."""
    from _pytest.runner import runtestprotocol

    if hasattr(item, "_initrequest"):
        item._initrequest()
    with at_most(seconds):
        reports = runtestprotocol(item, log=False, nextitem=None)
    for report in reports:
        if report.failed:
            return str(report.longrepr).strip().splitlines()[-1][:200]
    return ""


def forget() -> None:
    """Empties the caches of all functions of this package."""
    for name, module in list(sys.modules.items()):
        if module is None or not name.startswith("rasp"):
            continue
        for value in list(vars(module).values()):
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()


def run(rooms: Sequence[Room], results: Path, seconds: float) -> None:
    """Go on with the campaign, so many seconds of the processor for each room."""
    import pytest

    os.environ["RASP_VERIFY_STAGES"] = "0"  # which is about another room
    known = _read(results)
    for room in rooms:
        with instrumented(room.modules()) as (switch, mutants):
            plugin = Campaign(switch, mutants, known, results, seconds)
            options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
            pytest.main([*options, *room.tests], plugins=[plugin, _Hypothesis()])


class _Hypothesis:
    """The same examples every time, few of them, and no search for smaller ones."""

    def pytest_collection_finish(self, session: Any) -> None:
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "mutants",
            database=None,
            deadline=None,
            derandomize=True,
            max_examples=30,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")


def _keep(results: Path, known: dict[str, dict[str, object]]) -> None:
    results.write_text(json.dumps(known, indent=0), encoding="utf-8")


def _read(results: Path) -> dict[str, dict[str, object]]:
    if not results.exists():
        return {}
    found: dict[str, dict[str, object]] = json.loads(results.read_text(encoding="utf-8"))
    return found


def survivors(known: dict[str, dict[str, object]]) -> Iterator[str]:
    """What no test notices, a line for each."""
    for key, what in known.items():
        if what["kind"] in (UNSEEN, UNNOTICED):
            yield f"{what['kind']}, {what['tried']} tried, {what['line']}: {key}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m rasp.testing.rooms",
        description="Change each condition of a room: which of its tests notices?",
    )
    parser.add_argument("--results", type=Path, required=True, help="where they are kept")
    parser.add_argument("--seconds", type=float, default=0.0, help="for each room")
    parser.add_argument("--list", action="store_true", help="what no test notices")
    parser.add_argument("rooms", nargs="*", type=Room.of, help="name=tests,tests")
    options = parser.parse_args()
    if options.seconds:
        run(options.rooms, options.results, options.seconds)
    known = _read(options.results)
    if options.list:
        for line in survivors(known):
            sys.stdout.write(f"{line}\n")
    sys.stdout.write(table(known, KINDS) + "\n")


if __name__ == "__main__":
    main()

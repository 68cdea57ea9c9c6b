"""Every condition of the proof of meaning changed in every small way: what does it prove then?

    python -m rasp.testing.proving --results FILE --seconds S --account tests/compiler/conditions

As `rasp.testing.conditions` does with the compiler: models that are wrong, by hand, made by a
compiler without one of its conditions, or forged at random, are given to the proof with one
condition changed.  The gravest that can happen is that one is proved.  A right model that is no
longer proved shows that the condition is asked for something, too.  What does neither is a
survivor; those that only make the proof refuse more (`rasp.testing.bearings`) are left out.

Most lemmas are about programs, whatever the model.  So what nothing has noticed is put in force
while the proof says which values are possible in a program, which are all different, and how it is
rewritten (`rasp.testing.wrong_facts`): "mistaken" are those with which it says what is not so.

Where a wrong model is proved, the certificate of rounding is asked once more, with how far the
numbers are off from what was believed: "believed" are those that it refuses then.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import rasp.meaning
from rasp.artifact import Artifact
from rasp.certificate import PlanError
from rasp.errors import RaspError
from rasp.graph.nodes import Atom, SOpNode
from rasp.meaning import proof
from rasp.meaning.proof import prove
from rasp.meaning.states import UnprovedError
from rasp.testing.accounting import all_programs
from rasp.testing.accounts import read
from rasp.testing.fates import functions, table
from rasp.testing.guard_table import GUARDS
from rasp.testing.limit import Limit
from rasp.testing.limits import OF_THE_PROOF, lowered
from rasp.testing.lying_plans import LYING
from rasp.testing.meanings import (
    EFFORT,
    Case,
    cases_of,
    forgeries,
    inputs_of,
    is_wrong,
    rounded,
    with_other_limits,
)
from rasp.testing.mutants import NONE, Mutant, Switch, instrumented
from rasp.testing.needed import MODELS, made
from rasp.testing.patience import OutOfTimeError, at_most
from rasp.testing.weakened import STUMBLES
from rasp.testing.wrong_facts import TEXTS, mistaken
from rasp.testing.wrong_facts import cases as cases_about
from rasp.testing.wrong_models import by_guard
from rasp.testing.wrong_selections import SELECTIONS

KINDS = ("proved", "mistaken", "believed", "refused", "stumbles", "too long")
LEFT = ("no model decides otherwise", "nothing changes")

PATIENCE = 3.0  # seconds for one mutant
SLOWEST = 0.5  # seconds that a proof may take as things are
MOST_THOUGHTS = 4  # programs that are thought about with one mutant
LONGEST_THOUGHT = 3  # tokens of their longest inputs, and of how many kinds
UNCHECKED = ("plain",)
"""Modules that only read and write."""


@dataclass(frozen=True)
class Model:
    """A model, and what the proof says of it as things are.  limits: of the proof; path: the
    functions of the proof, with their modules, from which its refusal comes: a change of one of
    these is the likeliest to make something of it."""

    name: str
    artifact: Artifact
    root: SOpNode
    limits: tuple[Limit, ...]
    right: bool
    seconds: float = 0.0
    path: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant, and by which model."""

    kind: str
    by: str = ""
    tried: int = 0


def judged(model: Model) -> str:
    """What the proof says: proved, believed, refused, or stumbles."""
    artifact = model.artifact
    if artifact.plan is None or artifact.witness is None:
        return "refused"
    try:
        with lowered(model.limits):
            found = prove(
                artifact.config,
                artifact.tensors,
                artifact.plan,
                artifact.witness,
                artifact.readout,
                artifact.vocabulary.tokens,
                model.root,
                effort=EFFORT,
            )
    except Exception:  # whatever a changed proof does
        return "stumbles"
    if not found.ok:
        return "refused"
    try:
        return "proved" if artifact.certify(deviations=found.deviations).ok else "believed"
    except PlanError:
        return "believed"
    except Exception:  # of deviations that are not those of this model
        return "stumbles"


def refused_in(model: Model) -> frozenset[str]:
    """The functions from which the refusal of a model comes, with their modules."""
    artifact = model.artifact
    if artifact.plan is None or artifact.witness is None:
        return frozenset()
    proving = vars(proof)["_Proving"](
        artifact.config,
        artifact.tensors,
        artifact.plan,
        artifact.witness,
        artifact.readout,
        artifact.vocabulary.tokens,
        model.root,
        EFFORT,
    )
    try:
        with lowered(model.limits), np.errstate(all="ignore"):
            proving.run()
    except UnprovedError as error:
        return frozenset(functions(error))
    return frozenset()


def fate(switch: Switch, mutant: Mutant, models: Sequence[tuple[Model, frozenset[int]]]) -> Fate:
    """The gravest that the mutant does to one of the models that it makes a difference to."""
    found = Fate(LEFT[0])
    start = time.process_time()
    place = f"{mutant.module}:{mutant.function}"
    asked = [model for model, differing in models if mutant.number in differing]
    for model in sorted(asked, key=lambda model: (model.right, place not in model.path)):
        if found.tried > 2 and time.process_time() - start > PATIENCE:
            break
        if model.right and found.kind in KINDS:
            continue
        switch.active = mutant.number
        try:
            with at_most(1 + 10 * model.seconds):
                said = judged(model)
        except OutOfTimeError:
            said = "too long"
        finally:
            switch.active = NONE
        kind = LEFT[1] if said == ("proved" if model.right else "refused") else said
        if _rank(kind) < _rank(found.kind):
            found = Fate(kind, model.name if kind in KINDS else "", found.tried + 1)
        else:
            found = Fate(found.kind, found.by, found.tried + 1)
        if kind == KINDS[0]:
            break
    return found


def _rank(kind: str) -> int:
    return (*KINDS, *reversed(LEFT)).index(kind)


# -- models


def models(cases: Sequence[Case], n_changes: int) -> Iterator[Model]:
    """Wrong ones by hand, those of guards, right ones, and forged ones.  Of heads that select
    something else scores are looked at in parts, too."""
    in_parts = tuple(limit for limit in OF_THE_PROOF if limit.name == "MANY_PAIRS")
    for name, build in {**MODELS, **LYING}.items():
        wrong = made(name, build)
        yield Model(name, wrong.artifact, wrong.root, (), right=False)
        if name in SELECTIONS:
            yield Model(f"{name}, in parts", wrong.artifact, wrong.root, in_parts, right=False)
    for guard in GUARDS:
        try:
            without = by_guard(guard.name)
        except (RaspError, *STUMBLES):  # a compiler without one of its conditions
            continue
        if without is not None:
            yield Model(f"without {guard.name}", without.artifact, without.root, (), right=False)
    for number, case in enumerate(cases):
        limits: Sequence[Limit] = ()
        if number % 2:
            case, limits = with_other_limits(case, 0)
        for place, (change, artifact) in enumerate(forgeries(case, 0, n_changes)):
            name, of = f"{case.name}, {change}, {place}", (*limits, *case.of_both)
            if not rounded(artifact):
                continue
            if change == "nothing":
                yield Model(name, artifact, case.root, of, right=True)
            elif is_wrong(artifact, case.root, inputs_of(case, 0)):
                yield Model(name, artifact, case.root, of, right=False)


def modules() -> list[ModuleType]:
    """The modules of the proof."""
    folder = Path(rasp.meaning.__file__).parent
    names = sorted(file.stem for file in folder.glob("*.py"))
    chosen = [name for name in names if name not in ("__init__", *UNCHECKED)]
    return [import_module(f"{rasp.meaning.__name__}.{name}") for name in chosen]


def watched(
    switch: Switch, some: Iterator[Model], seconds: float
) -> Iterator[tuple[Model, frozenset[int]]]:
    """Models of which the proof says what it should, and the mutants that decide otherwise."""
    start = time.process_time()
    for model in some:
        if time.process_time() - start > seconds:
            break
        before = time.process_time()
        said = judged(model)
        took = time.process_time() - before
        if model.right != (said == "proved") or said == "stumbles" or took > SLOWEST:
            continue
        with switch.watching() as differing:
            judged(model)
        path = frozenset() if model.right else refused_in(model)
        yield replace(model, seconds=took, path=path), frozenset(differing)


# -- what is taken to be so of programs


def thoughts(cases: Sequence[Case]) -> Iterator[tuple[Case, list[list[Atom]]]]:
    """Programs about which something could be thought that is not so, then these; with inputs."""
    known = (case for text in TEXTS for case in cases_about(text))
    for case in (*known, *cases):
        most = min(LONGEST_THOUGHT, case.max_len)
        some = (product(case.tokens[:LONGEST_THOUGHT], repeat=n) for n in range(1, most + 1))
        yield replace(case, max_len=most), [list(tokens) for own in some for tokens in own]


def think(
    switch: Switch, mutants: Sequence[Mutant], cases: Sequence[Case], seconds: float
) -> Iterator[tuple[Mutant, Fate]]:
    """Those of the mutants with which something is taken to be so of a program that is not."""
    start = time.process_time()
    left = {mutant.number: mutant for mutant in mutants}
    tried: Counter[int] = Counter()
    for case, inputs in thoughts(cases):
        before = time.process_time()
        if before - start > seconds:
            return
        if _mistaken(case, inputs, SLOWEST) is not False:
            continue
        took = time.process_time() - before
        with switch.watching() as differing:
            _mistaken(case, inputs, 10 * SLOWEST)
        for number in sorted(differing & left.keys()):
            tried[number] += 1
            switch.active = number
            found = _mistaken(case, inputs, 1 + 10 * took)
            switch.active = NONE
            if found:
                yield left[number], Fate(KINDS[1], case.name, tried[number])
            if found or tried[number] == MOST_THOUGHTS:
                del left[number]


def _mistaken(case: Case, inputs: Sequence[list[Atom]], seconds: float) -> bool | None:
    """None where nothing is said in so many seconds, or the proof stumbles."""
    try:
        with at_most(seconds):
            return mistaken(case, inputs) is not None
    except Exception:  # whatever a changed proof does
        return None


# -- the campaign


def run(
    results: Path, seconds: float, cases: Sequence[Case], n_changes: int, only: Sequence[str]
) -> None:
    """Go on with the campaign for so many seconds of the processor."""
    start = time.process_time()
    known: dict[str, dict[str, Any]] = _read(results)
    with instrumented(modules()) as (switch, mutants):
        ready = list(watched(switch, models(cases, n_changes), 0.5 * seconds))
        ready.sort(key=lambda one: (one[0].right, one[0].seconds))
        found = Counter("right" if model.right else "wrong" for model, _ in ready)
        sys.stderr.write(f"{dict(found)} models after {time.process_time() - start:.0f} s\n")
        for number, mutant in enumerate(_open_ones(mutants, known, only)):
            if time.process_time() - start > seconds:
                break
            if number % 20 == 19:
                _keep(results, known)  # whoever stops it loses little
            one = fate(switch, mutant, ready)
            before = known.get(mutant.key)
            if before is None or _rank(one.kind) <= _rank(before["kind"]):
                known[mutant.key] = {"line": mutant.line, **asdict(one)}
        left = [mutant for mutant in mutants if known.get(mutant.key, {}).get("kind") in LEFT]
        over = seconds - (time.process_time() - start)
        for mutant, one in think(switch, left, cases, over):
            known[mutant.key] = {"line": mutant.line, **asdict(one)}
    _keep(results, known)


def _keep(results: Path, known: dict[str, dict[str, Any]]) -> None:
    results.write_text(json.dumps(known, indent=0), encoding="utf-8")


def _open_ones(
    mutants: Sequence[Mutant], known: dict[str, dict[str, Any]], only: Sequence[str]
) -> list[Mutant]:
    """Those without which nothing wrong was proved yet; what was never tried first."""
    found = [
        mutant
        for mutant in mutants
        if not (mutant.bearing is not None and mutant.bearing.gives_up_more)
        and known.get(mutant.key, {}).get("kind") != KINDS[0]
        and (not only or mutant.module.rpartition(".")[2] in only)
    ]
    return sorted(found, key=lambda mutant: mutant.key in known)


def _read(results: Path) -> dict[str, dict[str, Any]]:
    if not results.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m rasp.testing.proving",
        description="Change each condition of the proof of meaning: what does it prove then?",
    )
    parser.add_argument("--results", type=Path, required=True, help="where they are kept")
    parser.add_argument("--seconds", type=float, default=0.0, help="0 only prints what there is")
    parser.add_argument("--account", type=Path, help="a folder: its programs are changed, too")
    parser.add_argument("--changes", type=int, default=4, help="of each program's model")
    parser.add_argument("--part", default="0/1", help="K/N: every N-th program, from the K-th")
    parser.add_argument("--list", action="store_true", help="those that change nothing")
    parser.add_argument("only", nargs="*", help="modules of the proof")
    options = parser.parse_args()
    if options.seconds:
        cases: list[Case] = []
        if options.account is not None:
            cases = list(cases_of(all_programs(read(options.account))))
        first, step = map(int, options.part.split("/"))
        run(options.results, options.seconds, cases[first::step], options.changes, options.only)
    known = _read(options.results)
    if options.list:
        for key, what in known.items():
            if what["kind"] in LEFT:
                sys.stdout.write(f"{what['kind']}, {what['line']}: {key}\n")
    sys.stdout.write(table(known, (*KINDS, *LEFT)) + "\n")


if __name__ == "__main__":
    main()

"""Every condition of the certificate changed in every small way: what does it certify then?

    python -m rasp.testing.certifying --results FILE --seconds S

As `rasp.testing.conditions` does with the compiler: models are changed, in a weight or in a word of
the plan, and certified by the certificate with one condition changed.  The gravest that can happen
is that a model is certified that was refused; the next, that bounds are others, which every stored
certificate tells; what changes nothing is a survivor.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import rasp.certificate
from rasp.artifact import Artifact
from rasp.certificate import PlanError
from rasp.certificate.plain import plain_plan, plan_from_plain
from rasp.compiler import pipeline
from rasp.errors import RaspError
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.fates import functions, table
from rasp.testing.forged import CHANGES
from rasp.testing.guard_table import GUARDS
from rasp.testing.lying_plans import LYING, UNFIT
from rasp.testing.mutants import NONE, Mutant, Switch, instrumented
from rasp.testing.needed import MODELS
from rasp.testing.patience import OutOfTimeError, at_most
from rasp.vocabulary import Vocabulary

KINDS = ("certified", "refused", "crashed", "too long", "other bounds")
LEFT = ("no model decides otherwise", "nothing changes")

REFUSED = "not the plan"

ALWAYS = (
    "layout:still-read",
    "selection.thresholds:nested",
    "selection.selectors:rank-then-rank",
    "lowering.places:always-one",
    "selection.selectors:sign-alone",
    "lowering.best:failing-first",
)
"""Guards whose models are always there: dimensions are emptied, scores unequal, keys ranked."""

_ORDER = ("rounding", "plan", "forms", "scores", "attention", "neurons", "check")
_FACTORS = (0.0, 0.5, 2.0, -1.0)
_PATIENCE = 2.0  # seconds for one model: a changed search may find no end
_MOST_CERTIFIED = 8  # models that are certified as things are, and others tell more


@dataclass(frozen=True)
class Changed:
    """A model with something changed, and what the certificate says of it as things are.  path: the
    functions from which its refusal comes (`rasp.testing.fates.functions`)."""

    name: str
    artifact: Artifact
    verdict: str
    bounds: tuple[float, ...]
    path: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant: by which model."""

    kind: str
    by: str = ""


def changed_of(name: str, artifact: Artifact) -> Changed:
    """A model, with what the certificate says of it."""
    verdict, bounds = judged(artifact)
    path: frozenset[str] = frozenset()
    if verdict == REFUSED:
        try:
            artifact.certify()
        except PlanError as error:
            path = frozenset(functions(error))
    return Changed(name, artifact, verdict, bounds, path)


def judged(artifact: Artifact) -> tuple[str, tuple[float, ...]]:
    """certified, unsafe or not the plan; and the bounds."""
    try:
        certificate = artifact.certify()
    except PlanError:
        return REFUSED, ()
    bounds = tuple(read.bound for read in certificate.reads)
    return ("certified" if certificate.ok else "unsafe"), bounds


def fate(switch: Switch, mutant: Mutant, models: Sequence[tuple[Changed, frozenset[int]]]) -> Fate:
    """The gravest that the mutant does to one of the models that it makes a difference to."""
    found = Fate(LEFT[0])
    place = f"{mutant.module}:{mutant.function}"
    asked = [model for model, differing in models if mutant.number in differing]
    asked.sort(key=lambda model: (model.verdict == KINDS[0], place not in model.path))
    n_certified = 0
    for model in asked:
        n_certified += model.verdict == KINDS[0]
        if n_certified > _MOST_CERTIFIED:
            break
        switch.active = mutant.number
        try:
            with at_most(_PATIENCE):
                kind = _compared(model)
        except OutOfTimeError:
            kind = "too long"
        finally:
            switch.active = NONE
        if found.kind == LEFT[0] or (kind in KINDS and _rank(kind) < _rank(found.kind)):
            found = Fate(kind, model.name)
        if kind == KINDS[0]:
            break
    return found


def _rank(kind: str) -> int:
    return (*KINDS, *LEFT).index(kind)


def _compared(model: Changed) -> str:
    try:
        verdict, bounds = judged(model.artifact)
    except Exception:  # whatever a changed certificate does
        return "crashed"
    if verdict == model.verdict:
        return LEFT[1] if bounds == model.bounds else "other bounds"
    return "certified" if verdict == "certified" else "refused"


# -- models


def models(every: int, n_changes: int, *, by_hand: bool = False) -> Iterator[tuple[str, Artifact]]:
    """Models of some guards' programs as they are, and changed.  by_hand: and those that are wrong,
    or whose plan is, as `rasp.testing.needed` has them."""
    if by_hand:
        yield from ((name, build()) for name, build in {**MODELS, **LYING, **UNFIT}.items())
    always = [guard for guard in GUARDS if guard.name in ALWAYS]
    for guard in (*always, *(guard for guard in GUARDS[::every] if guard not in always)):
        chance = random.Random(guard.name)
        sop = loads(guard.program.text)[guard.program.sop]
        assert isinstance(sop, SOp)
        try:
            artifact = pipeline.compile_graph(
                sop.node,
                vocabulary=Vocabulary.of(guard.program.vocabulary),
                max_len=guard.program.max_len,
                causal=guard.causal,
                optimize=guard.optimize,
                dtype="float64" if chance.random() < 0.3 else "auto",
                origins=sop.origins,
                prove=False,
            )
        except RaspError:
            continue
        yield guard.name, artifact
        for number in range(n_changes):
            what, change = chance.choice(
                [("plan", with_other_word), ("weight", with_other_weight), ("both", _with_both)]
            )
            found = change(artifact, chance)
            if found is not None:
                yield f"{guard.name}, {what} {number}", found


def with_other_word(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """One word of the plan is another; None where no file can say that."""
    try:
        plan = plan_from_plain(plain_plan(_other(artifact.plan, chance)))
    except (AttributeError, LookupError, PlanError, TypeError):
        return None
    return None if plan == artifact.plan else replace(artifact, plan=plan)


def _other(value: Any, chance: random.Random) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + chance.choice((-1, 1))
        case float():
            return chance.choice((value * 0.5, value * 2.0, value + 1.0, None))
        case None:
            return chance.choice((0, 1, 64.0))
        case str():
            return value
        case tuple():
            if not value:
                return value
            place = chance.randrange(len(value))
            if chance.random() < 0.1:
                return (*value[:place], *value[place + 1 :])
            return (*value[:place], _other(value[place], chance), *value[place + 1 :])
    assert is_dataclass(value)
    assert not isinstance(value, type)
    name = chance.choice([field.name for field in fields(value)])
    return replace(value, **{name: _other(getattr(value, name), chance)})


def with_other_weight(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """One weight is another, or several as `rasp.testing.forged` changes them."""
    if chance.random() < 0.3:
        name = chance.choice(("a weight", "a neuron", "two columns of the unembedding swapped"))
        return CHANGES[name](artifact, chance)
    tensors = [name for name, tensor in artifact.tensors.items() if tensor.size]
    name = chance.choice(tensors)
    tensor = artifact.tensors[name].copy()
    place = np.unravel_index(chance.randrange(tensor.size), tensor.shape)
    was = float(tensor[place])
    tensor[place] = was * chance.choice(_FACTORS) if was else chance.choice((1.0, -1.0, 0.25, 1e-3))
    return replace(artifact, tensors=artifact.tensors | {name: tensor})


def _with_both(artifact: Artifact, chance: random.Random) -> Artifact | None:
    found = with_other_weight(artifact, chance)
    return None if found is None else with_other_word(found, chance)


# -- the campaign


def run(seconds: float, every: int, n_changes: int) -> dict[str, dict[str, object]]:
    """Fates of mutants, by key, of as many as there is time for (of the processor)."""
    start = time.process_time()
    modules = [import_module(f"{rasp.certificate.__name__}.{name}") for name in _ORDER]
    known: dict[str, dict[str, object]] = {}
    with instrumented(modules) as (switch, mutants):
        ready: list[tuple[Changed, frozenset[int]]] = []
        for name, artifact in models(every, n_changes, by_hand=True):
            changed = changed_of(name, artifact)
            with switch.watching() as differing:
                judged(artifact)
            ready.append((changed, frozenset(differing)))
        sys.stderr.write(f"{len(ready)} models: {Counter(model.verdict for model, _ in ready)}\n")
        for mutant in mutants:
            if time.process_time() - start > seconds:
                break
            known[mutant.key] = {"line": mutant.line, **asdict(fate(switch, mutant, ready))}
    return known


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m rasp.testing.certifying",
        description="Change each condition of the certificate: what does it certify then?",
    )
    parser.add_argument("--results", type=Path, required=True, help="where they are kept")
    parser.add_argument("--seconds", type=float, default=0.0, help="0 only prints what there is")
    parser.add_argument("--every", type=int, default=6, help="so many guards have one model")
    parser.add_argument("--changes", type=int, default=12, help="of each model")
    parser.add_argument("--list", action="store_true", help="those that change nothing")
    options = parser.parse_args()
    if options.seconds:
        found = run(options.seconds, options.every, options.changes)
        options.results.write_text(json.dumps(found, indent=0), encoding="utf-8")
    known = json.loads(options.results.read_text(encoding="utf-8"))
    if options.list:
        for key, what in known.items():
            if what["kind"] in LEFT:
                sys.stdout.write(f"{what['kind']}, {what['line']}: {key}\n")
    sys.stdout.write(table(known, (*KINDS, *LEFT)) + "\n")


if __name__ == "__main__":
    main()

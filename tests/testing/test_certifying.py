"""A changed condition of the certificate certifies what was refused, or changes a bound."""

from __future__ import annotations

import random
from functools import cache

import pytest

from rasp.artifact import Artifact
from rasp.certificate import check, forms, neurons
from rasp.testing.certifying import (
    KINDS,
    LEFT,
    REFUSED,
    changed_of,
    fate,
    judged,
    models,
    with_other_weight,
    with_other_word,
)
from rasp.testing.fates import table
from rasp.testing.mutants import instrumented


@cache
def some() -> tuple[tuple[str, Artifact], ...]:
    return tuple(models(60, 4))


def test_models_are_changed() -> None:
    names = [name for name, _ in some()]
    assert len(names) == len(set(names)) >= 8
    verdicts = {judged(artifact)[0] for _, artifact in some()}
    assert {"certified", "not the plan"} <= verdicts


@pytest.mark.parametrize("change", [with_other_word, with_other_weight])
def test_one_thing_is_changed(change: object) -> None:
    (_, artifact), chance = some()[0], random.Random(0)
    assert callable(change)
    found = next(other for _ in range(20) if (other := change(artifact, chance)) is not None)
    same_plan = found.plan == artifact.plan
    same_weights = all((found.tensors[n] == t).all() for n, t in artifact.tensors.items())
    assert same_plan != same_weights


def test_fates() -> None:
    """Where nothing is compared, what is no plan of the weights is certified."""
    modules = [forms, neurons, check]
    with instrumented(modules) as (switch, mutants):
        ready = []
        for name, artifact in some():
            with switch.watching() as differing:
                judged(artifact)
            ready.append((changed_of(name, artifact), frozenset(differing)))
        kinds = {fate(switch, mutant, ready).kind for mutant in mutants[::8]}
        decides = [mutant for mutant in mutants if mutant.function in ("_empty", "Decisions.ok")]
        of_these = {mutant.function: set[str]() for mutant in decides}
        for mutant in decides:
            of_these[mutant.function].add(fate(switch, mutant, ready).kind)
    assert kinds <= {*KINDS, *LEFT}
    assert [KINDS[0] in kinds for kinds in of_these.values()] == [True, True]


def test_where_a_refusal_comes_from() -> None:
    found = [changed_of(name, artifact) for name, artifact in some()]
    refused = [model for model in found if model.verdict == REFUSED]
    assert refused
    assert all("rasp.certificate.check:certify" in model.path for model in refused)
    assert not any(model.path for model in found if model.verdict != REFUSED)


def test_a_search_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasp.testing.certifying._PATIENCE", 0.05)
    name, artifact = some()[0]
    model = changed_of(name, artifact)
    with instrumented([check]) as (switch, mutants):
        monkeypatch.setattr("rasp.testing.certifying._compared", lambda model: _endless())
        assert (
            fate(switch, mutants[0], [(model, frozenset({mutants[0].number}))]).kind == "too long"
        )


def _endless() -> str:
    while True:
        pass


def test_table() -> None:
    known: dict[str, dict[str, object]] = {
        "rasp.certificate.check:a: b -> c": {"kind": "certified"},
        "rasp.certificate.check:a: b -> d": {"kind": LEFT[1]},
    }
    assert table(known, (*KINDS, *LEFT)).splitlines()[2:] == [
        "| certificate.check | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 1 |",
        "| all | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 1 |",
    ]

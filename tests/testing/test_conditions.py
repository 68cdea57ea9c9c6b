"""A changed condition is noticed by a program, or is one of three kinds of survivor."""

from __future__ import annotations

from pathlib import Path

import pytest

from rasp.compiler import simplify
from rasp.testing import conditions
from rasp.testing.conditions import LEFT, Fate, Ready, fate, table
from rasp.testing.guard_table import GUARDS
from rasp.testing.mutants import instrumented
from rasp.testing.trials import Prepared, Trial, attempt, neighbours, prepared

CHOSEN = ("simplify:count-of-one-selector", "simplify:sign-defaults", "simplify:some-or-none")


def _ready() -> list[Trial]:
    return [Trial(guard.name, guard.program) for guard in GUARDS if guard.name in CHOSEN]


def test_fates_of_mutants() -> None:
    trials = [found for trial in _ready() if not isinstance(found := prepared(trial), str)]
    assert len(trials) == len(CHOSEN)
    with instrumented([simplify]) as (switch, mutants):
        ready = []
        for trial in trials:
            with switch.watching() as differing:
                assert attempt(trial).verdict == "same"
            ready.append(Ready(trial.trial, trial.seconds, trial.digest, frozenset(differing)))
        fates: dict[str, Fate] = {}
        for mutant in mutants:
            if mutant.function in ("_count", "_sign", "_some"):
                its = [trial for trial in ready if mutant.number in trial.differing]
                fates[f"{mutant.text} -> {mutant.instead}"] = fate(switch, mutant, its)
    both = "counted is selector and _is_finite(default)"
    assert fates[f"{both} -> _is_finite(default)"].kind == "wrong"
    assert fates[f"{both} -> _is_finite(default)"].by == "simplify:count-of-one-selector"
    assert fates[f"{both} -> False"].survives
    assert fates["asked -> True"].kind == "wrong"
    assert fates[f"{both} -> counted is selector"].kind == LEFT[0]
    assert all(attempt(trial).verdict == "same" for trial in trials)


def test_programs_nearby_are_other_programs() -> None:
    for trial in _ready():
        found = list(neighbours(trial, 3))
        assert found
        assert all(other.program.text != trial.program.text for other in found)
        assert found == list(neighbours(trial, 3))


def test_what_is_no_trial() -> None:
    (trial, *_) = _ready()
    assert isinstance(prepared(trial), Prepared)
    broken = Trial("broken", type(trial.program)("result = unknown;", ("a",), 2))
    found = prepared(broken)
    assert isinstance(found, str)
    assert "unknown" in found


def test_the_command_goes_on_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conditions, "trials", lambda files, seeds: iter(_ready()))
    monkeypatch.setattr("resource.setrlimit", lambda *limits: None)
    file = tmp_path / "results.json"
    command = ["conditions", "--results", str(file), "--seconds", "60", "differences"]
    monkeypatch.setattr("sys.argv", command)
    conditions.main()
    first = capsys.readouterr().out
    assert "| the compiler itself |" in first
    conditions.main()
    assert capsys.readouterr().out == first
    monkeypatch.setattr("sys.argv", ["conditions", "--results", str(file), "--list"])
    conditions.main()
    listed = capsys.readouterr().out
    assert listed.endswith(first)
    assert f"{LEFT[0]}, 0 tried" in listed


def test_table() -> None:
    known: dict[str, dict[str, object]] = {
        "rasp.compiler.simplify:a: b -> c": {"kind": "wrong"},
        "rasp.compiler.lowering.sums:a: b -> c": {"kind": LEFT[1]},
        "rasp.compiler.lowering.sums:a: b > MAX_ROWS -> True": {"kind": LEFT[2]},
    }
    rows = table(known).splitlines()
    assert rows[2].startswith("| the compiler itself | 1 | 1 |")
    assert rows[3] == "| lowering | 2 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 1 | 1 |"
    assert rows[4] == "| all | 3 | 1 | 0 | 0 | 0 | 0 | 0 | 1 | 1 | 1 |"

"""Every condition of the compiler has a program or a reason."""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import rasp.compiler
import rasp.meaning
from rasp.compiler import simplify
from rasp.compiler.selection import clauses
from rasp.testing import accounting
from rasp.testing.accounting import (
    all_programs,
    differing,
    found_for,
    is_noticed,
    mistaken,
    ready,
    unknown,
)
from rasp.testing.accounts import BY, KEPT, OPEN, REASONS, Account, needs_entry, read, write
from rasp.testing.conditions import REWRITES, modules
from rasp.testing.guard_table import GUARDS
from rasp.testing.mutants import Mutant, Switch, instrumented
from rasp.testing.trials import Trial, trial_of

ACCOUNT = Path(__file__).parents[1] / "compiler" / "conditions"
SAMPLE = 8


@pytest.fixture(scope="module")
def account() -> Account:
    return read(ACCOUNT)


@pytest.fixture
def instruments() -> Iterator[tuple[Switch, Sequence[Mutant]]]:
    with instrumented(modules()) as (switch, mutants):
        yield switch, mutants


def test_every_condition_has_an_entry(
    account: Account, instruments: tuple[Switch, Sequence[Mutant]]
) -> None:
    _, mutants = instruments
    lines = unknown(account, mutants)
    assert not lines, "\n".join([*lines[:20], "python -m rasp.testing.accounting says more"])
    assert {mutant.module for mutant in mutants} >= account.modules


def test_some_entries_are_so(
    account: Account, instruments: tuple[Switch, Sequence[Mutant]]
) -> None:
    """All of them are tried by `python -m rasp.testing.accounting FOLDER --try SECONDS`."""
    switch, mutants = instruments
    own = {guard.name: trial_of(guard) for guard in GUARDS}
    noticed = {
        mutant: own[name]
        for mutant in mutants
        if (name := account.entries.get(mutant.key, "").removeprefix(BY)) in own
        and mutant.module == f"rasp.compiler.{name.partition(':')[0]}"
    }
    for mutant in random.Random(0).sample(sorted(noticed, key=lambda each: each.key), SAMPLE):
        program = ready(noticed[mutant])
        assert is_noticed(switch, mutant, program), f"{program.trial.name}: {mutant.key}"


def test_programs_of_the_account_are_used(account: Account) -> None:
    used = {entry.removeprefix(BY) for entry in account.entries.values()}
    assert set(account.programs) <= used


GRAPHS = {"columns", "construct", "nodes", "operators", "rebuild", "text", "walk"}
"""Modules that say what a graph is, and what its operators are: the program itself."""


def test_all_rewrites_that_the_proof_shares_with_the_compiler_have_an_account() -> None:
    shared = _of_the_graph(rasp.compiler) & _of_the_graph(rasp.meaning)
    assert shared - GRAPHS == set(REWRITES)


def _of_the_graph(package: ModuleType) -> set[str]:
    """The modules of `rasp.graph` that modules of a package import."""
    assert package.__file__ is not None
    found: set[str] = set()
    for file in Path(package.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "rasp.graph":
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rasp.graph."):
                found.add((node.module or "").split(".")[2])
    return found


@pytest.mark.slow
def test_all_entries_are_so(account: Account, instruments: tuple[Switch, Sequence[Mutant]]) -> None:
    switch, mutants = instruments
    assert not list(mistaken(switch, mutants, account, 3600.0))


# -- how it works, of two modules


@pytest.fixture
def few() -> Iterator[tuple[Switch, list[Mutant]]]:
    with instrumented([simplify, clauses]) as (switch, mutants):
        yield switch, mutants


def _program(name: str) -> Trial:
    return next(trial_of(guard) for guard in GUARDS if guard.name == name)


def test_what_is_open_and_what_is_stale(few: tuple[Switch, list[Mutant]]) -> None:
    """Also of modules that have no file."""
    _, mutants = few
    asked = [mutant for mutant in mutants if needs_entry(mutant)]
    assert {mutant.module.rpartition(".")[2] for mutant in asked} == {"simplify", "clauses"}
    empty = Account({}, frozenset(), {})
    assert [*empty.without_entry(mutants)] == asked
    assert replace(empty, entries={asked[0].key: OPEN}).n_open == 1
    first = asked[0].key
    wrong = replace(empty, entries={first: "by nobody", f"{first} again": f"{KEPT}SAME"})
    lines = unknown(wrong, mutants)
    assert len(lines) == len(asked) - 1 + 2
    assert f"no such condition: {first} again" in lines
    assert f"no such program or reason: {first}: by nobody" in lines


@pytest.mark.parametrize(
    ("instead", "needs"),
    [
        ("n < MOST_TRIED", True),
        ("is_sound(n)", False),
        ("True", False),
    ],
)
def test_what_is_asked_beside_a_limit_is_no_limit(instead: str, needs: bool) -> None:
    text = "is_sound(n) and n < MOST_TRIED"
    assert needs_entry(Mutant(0, "rasp.compiler.simplify", "found", 1, text, instead)) == needs
    order = Mutant(0, "rasp.compiler.simplify", "found", 1, "n < MOST_TRIED", "n <= MOST_TRIED")
    assert not needs_entry(order)


def test_a_program_that_notices_is_found(few: tuple[Switch, list[Mutant]]) -> None:
    switch, mutants = few
    some = [mutant for mutant in mutants if mutant.function == "_count"]
    name = "simplify:count-of-one-selector"
    found = found_for(switch, some, [_program(name)], 60.0)
    both = "counted is selector and _is_finite(default)"
    key = f"rasp.compiler.simplify:_count: {both} -> _is_finite(default)"
    assert found[key] == f"{BY}{name}"
    assert all(entry == f"{BY}{name}" for entry in found.values())
    assert differing(switch, ready(_program(name)))


def test_mistakes_of_an_account(
    few: tuple[Switch, list[Mutant]], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch, mutants = few
    name = "simplify:count-of-one-selector"
    monkeypatch.setattr(accounting, "GUARDS", [g for g in GUARDS if g.name == name])
    both = "rasp.compiler.simplify:_count: counted is selector and _is_finite(default)"
    entries = {
        f"{both} -> _is_finite(default)": f"{KEPT}SAME",
        f"{both} -> counted is selector": f"{BY}{name}",
    }
    account = Account(entries, frozenset({"rasp.compiler.simplify"}), {})
    assert len(all_programs(account)) == 1
    assert set(mistaken(switch, mutants, account, 60.0)) == {
        f"{name} notices {both} -> _is_finite(default), which is kept",
        f"{name} does not notice {both} -> counted is selector",
    }
    assert list(mistaken(switch, mutants, account, -1.0)) == ["there was no time for all entries"]


def test_files(tmp_path: Path, few: tuple[Switch, list[Mutant]]) -> None:
    _, mutants = few
    own = [mutant for mutant in mutants if needs_entry(mutant)]
    trial = replace(_program("selection.digits:strict"), name="c1", sharpness=8, one_logit=True)
    entries = {m.key: f"{KEPT}{reason}" for m, reason in zip(own, REASONS, strict=False)}
    entries[own[-1].key] = f"{BY}c1"
    names = frozenset({"rasp.compiler.simplify", "rasp.compiler.selection.clauses"})
    write(tmp_path, Account(entries, names, {"c1": trial, "unused": trial}), mutants)
    again = read(tmp_path)
    assert again == Account(entries, names, {"c1": trial})
    lines = (tmp_path / "simplify.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == own[0].function
    (tmp_path / "simplify.txt").write_text("f\n    a\n        without a colon\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"simplify\.txt, line 3"):
        read(tmp_path)
    twice = "f\n    a\n        True: kept SAME\n        True: kept SAME\n"
    (tmp_path / "simplify.txt").write_text(twice, encoding="utf-8")
    with pytest.raises(ValueError, match="is there twice"):
        read(tmp_path)
    row = json.loads((tmp_path / "programs.jsonl").read_text(encoding="utf-8"))
    row["limits"] = ["lowering.nothing.MOST = 0"]
    (tmp_path / "simplify.txt").unlink()
    (tmp_path / "programs.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="a limit that there is not"):
        read(tmp_path)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(accounting, "modules", lambda: [clauses])
    (tmp_path / "selection.gone.txt").write_text("f\n    a\n        True: open\n", encoding="utf-8")
    chosen = [g for g in GUARDS if g.module == "rasp.compiler.selection.clauses"][:1]
    monkeypatch.setattr(accounting, "GUARDS", chosen)
    (tmp_path / "selection.clauses.txt").write_text("", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["accounting", str(tmp_path)])
    assert accounting.main() == 1
    before = capsys.readouterr().out
    assert "no entry: rasp.compiler.selection.clauses:clauses_of: disjuncts is None -> " in before
    monkeypatch.setattr("sys.argv", ["accounting", str(tmp_path), "--find", "60", "--try", "60"])
    assert accounting.main() == 1
    after = capsys.readouterr().out
    assert len(after.splitlines()) < len(before.splitlines())
    assert not (tmp_path / "selection.gone.txt").exists()
    file = tmp_path / "selection.clauses.txt"
    text = file.read_text(encoding="utf-8")
    assert f": {BY}{chosen[0].name}\n" in text
    file.write_text(text.replace(f"{BY}{chosen[0].name}", OPEN), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["accounting", str(tmp_path), "--list"])
    assert accounting.main() == 1
    assert "\nopen: rasp.compiler.selection.clauses:" in f"\n{capsys.readouterr().out}"
    monkeypatch.setattr("sys.argv", ["accounting", str(tmp_path), "--open"])
    assert accounting.main() == 0
    assert " in 1 modules, open: " in capsys.readouterr().out

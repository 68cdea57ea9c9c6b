"""A changed condition holds more often or less, and the function gives up more often or not."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rasp.testing.mutants import Mutant, instrumented

TEXT = '''
"""A module that gives up, goes on, says and raises."""


def gives_up(a, b):
    if a and not b:
        return None
    return 1


def goes_on(a, b):
    if a or b > 1:
        return 1
    return False


def at_the_end(a):
    if a > 1:
        return 1


def leaves_undone(a):
    if a:
        print(a)
    if a:
        return
    print(a)


def says(numbers) -> bool:
    return all(n > 0 for n in numbers if n != 1)


def raises(a):
    if a:
        raise ValueError
    if not a:
        return 2
    return 1


def a_mask(numbers):
    return numbers > 0


def refuses(a):
    if a:
        return Refusal("not this")
    return a


def in_a_loop(numbers):
    for n in numbers:
        if n:
            return True
    return False
'''


@pytest.fixture
def mutants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Mutant]]:
    (tmp_path / "a_module_with_bearings.py").write_text(TEXT, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with instrumented([importlib.import_module("a_module_with_bearings")]) as (_, found):
        yield found


def _gives_up_more(mutants: list[Mutant], function: str) -> set[tuple[str, str]]:
    return {
        (mutant.text, mutant.instead)
        for mutant in mutants
        if mutant.function == function and mutant.bearing is not None
        if mutant.bearing.gives_up_more
    }


def test_what_only_gives_up_more_often(mutants: list[Mutant]) -> None:
    assert _gives_up_more(mutants, "gives_up") == {
        ("a and (not b)", "True"),
        ("a and (not b)", "a"),
        ("a and (not b)", "not b"),
    }
    assert _gives_up_more(mutants, "goes_on") == {
        ("a or b > 1", "False"),
        ("a or b > 1", "a"),
        ("a or b > 1", "b > 1"),
    }
    assert _gives_up_more(mutants, "at_the_end") == {("a > 1", "False")}
    assert _gives_up_more(mutants, "leaves_undone") == set()
    assert _gives_up_more(mutants, "refuses") == {("a", "True")}
    assert _gives_up_more(mutants, "raises") == {("a", "True")}
    assert _gives_up_more(mutants, "in_a_loop") == set()


def test_the_conditions_of_a_condition(mutants: list[Mutant]) -> None:
    """`all` says yes less often if more is asked of each, and if more are asked."""
    found = _gives_up_more(mutants, "says")
    assert ("n > 0", "False") in found
    assert ("n > 0", "True") not in found
    assert ("n != 1", "True") in found
    assert ("n != 1", "False") not in found
    assert _gives_up_more(mutants, "a_mask") == set()
    assert {m.bearing.predicate for m in mutants if m.function == "says" and m.bearing} == {True}


def test_no_bearing(mutants: list[Mutant]) -> None:
    assert all(m.bearing is not None for m in mutants if m.function == "gives_up")
    loose = [m for m in mutants if m.function == "in_a_loop" and m.instead == "False"]
    assert all(m.bearing is not None and not m.bearing.gives_up_more for m in loose)

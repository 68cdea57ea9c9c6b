"""Every condition of a module has its mutants, and one at a time is in force."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from rasp.testing.mutants import NONE, instrumented

TEXT = '''
"""A module with conditions of every kind."""

from functools import cached_property


def within(a, b, c):
    return a < b <= c


def chosen(a, b):
    if a and b:
        return 1
    return 2 if a or b else 3


def odd(numbers):
    return [n for n in numbers if n % 2 == 1]


def masked(left, right):
    mask = left & right
    mask &= left > 0
    return mask


def named(value):
    match value:
        case int() if value > 3:
            return "large"
    return "small"


class Box:
    def __init__(self, size):
        self.size = size

    @cached_property
    def is_large(self):
        return not self.size < 10

    @property
    def outer(self):
        def inner():
            return self.size == 0

        return inner()


def bound(a):
    return [b for c in a if (b := c + 1) > 2]
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "a_module_with_conditions.py").write_text(TEXT, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("a_module_with_conditions")
    del sys.modules["a_module_with_conditions"]


def test_mutants_by_function(module: ModuleType) -> None:
    with instrumented([module]) as (_, mutants):
        found = {(m.function, m.text, m.instead) for m in mutants}
    assert {(text, instead) for function, text, instead in found if function == "within"} == {
        ("a < b <= c", "True"),
        ("a < b <= c", "False"),
        ("a < b <= c", "a <= b <= c"),
        ("a < b <= c", "a < b < c"),
    }
    assert {instead for _, text, instead in found if text == "a and b"} == {
        "True",
        "False",
        "a",
        "b",
    }
    assert {instead for _, text, instead in found if text == "n % 2 == 1"} == {"True", "False"}
    assert {instead for _, text, instead in found if text == "left & right"} == {"left", "right"}
    assert ("masked", "mask &= left > 0", "True for that") in found
    assert ("named", "value > 3", "value >= 3") in found
    assert ("Box.is_large", "not self.size < 10", "True") in found or (
        ("Box.is_large", "self.size < 10", "self.size <= 10") in found
    )
    assert ("Box.outer.inner", "self.size == 0", "True") in found
    assert len({m.number for m in mutants}) == len({m.key for m in mutants}) == len(mutants)


def test_one_at_a_time_is_in_force(module: ModuleType) -> None:
    left, right = np.array([1, 0, 1]), np.array([1, 1, 0])
    with instrumented([module]) as (switch, mutants):

        def under(function: str, text: str, instead: str) -> None:
            (switch.active,) = (
                m.number
                for m in mutants
                if (m.function, m.text, m.instead) == (function, text, instead)
            )

        assert [module.within(1, 1, 2), module.chosen(1, 0), module.odd([1, 2])] == [False, 2, [1]]
        under("within", "a < b <= c", "a <= b <= c")
        assert [module.within(1, 1, 2), module.chosen(1, 0), module.odd([1, 2])] == [True, 2, [1]]
        under("chosen", "a and b", "a")
        assert [module.within(1, 1, 2), module.chosen(1, 0), module.odd([1, 2])] == [False, 1, [1]]
        under("odd", "n % 2 == 1", "True")
        assert [module.within(1, 1, 2), module.chosen(1, 0), module.odd([1, 2])] == [
            False,
            2,
            [1, 2],
        ]
        under("masked", "left & right", "left")
        assert module.masked(left, right).tolist() == [1, 0, 1]
        under("masked", "left > 0", "False")
        assert module.masked(left, right).tolist() == [0, 0, 0]
        under("masked", "mask &= left > 0", "True for that")
        assert module.masked(left, right).tolist() == [1, 0, 0]
        under("named", "value > 3", "value >= 3")
        assert [module.named(3), module.named(2)] == ["large", "small"]
        under("Box.outer.inner", "self.size == 0", "True")
        assert module.Box(5).outer is True
        switch.active = NONE
        assert module.Box(5).outer is False
    assert module.within(1, 1, 2) is False
    assert "_choose_mutant_" not in module.within.__code__.co_names


def test_a_run_says_which_mutants_would_decide_otherwise(module: ModuleType) -> None:
    with instrumented([module]) as (switch, mutants):
        texts = {m.number: f"{m.text} -> {m.instead}" for m in mutants}
        with switch.watching() as differing:
            assert module.within(1, 2, 2) is True
            assert module.odd([1, 3]) == [1, 3]
        assert {texts[number] for number in differing} == {
            "a < b <= c -> False",
            "a < b <= c -> a < b < c",
            "n % 2 == 1 -> False",
        }
        with switch.watching() as differing:
            assert module.within(1, 1, 1) is False
        assert {texts[number] for number in differing} == {
            "a < b <= c -> True",
            "a < b <= c -> a <= b <= c",
        }


def test_what_binds_a_name_is_left_alone(module: ModuleType) -> None:
    with instrumented([module]) as (_, mutants):
        assert not [m for m in mutants if m.function == "bound"]
        assert module.bound([1, 2]) == [3]

"""The compiler with other limits, and the proof: as exact as with their own."""

from __future__ import annotations

from importlib import import_module

import pytest

from rasp.testing import check, random_program
from rasp.testing.limits import ALL, OF_THE_PROOF, Limit, lowered, some_limits


@pytest.mark.parametrize("limit", [*ALL, *OF_THE_PROOF], ids=str)
def test_limits_are_there_and_are_put_back(limit: Limit) -> None:
    modules = [import_module(f"{limit.room}.{use}") for use in limit.uses]
    before = [getattr(module, limit.name) for module in modules]
    assert all(value != limit.value for value in before)
    with lowered([limit]):
        assert [getattr(module, limit.name) for module in modules] == [limit.value] * len(modules)
    assert [getattr(module, limit.name) for module in modules] == before


@pytest.mark.parametrize("seed", range(40, 64))
def test_random_programs_with_lowered_limits(seed: int) -> None:
    with lowered(some_limits(seed)):
        result = check(random_program(seed), ways=["causal" if seed % 3 == 0 else "float64"])
    assert result.difference is None, f"{result.difference.kind}\n{result.difference.detail}"


def test_other_limits_for_every_seed() -> None:
    chosen = {tuple(map(str, some_limits(seed))) for seed in range(50)}
    assert len(chosen) > 40

"""The compiler with other limits, and the proof: as exact as with their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import rasp.compiler
from rasp.testing import check, random_program
from rasp.testing.limit import Limit
from rasp.testing.limits import (
    ALL,
    OF_REWRITES,
    OF_THE_PROOF,
    UNTRIED,
    lowered,
    some_limits,
)


@pytest.mark.parametrize("limit", [*ALL, *OF_THE_PROOF], ids=str)
def test_limits_are_there_and_are_put_back(limit: Limit) -> None:
    modules = [import_module(f"{limit.room}.{use}") for use in limit.uses]
    before = [getattr(module, limit.name) for module in modules]
    assert all(value != limit.value for value in before)
    with lowered([limit]):
        assert [getattr(module, limit.name) for module in modules] == [limit.value] * len(modules)
    assert [getattr(module, limit.name) for module in modules] == before


def uses_of_limits() -> Iterator[tuple[str, str]]:
    """Every limit of the compiler, with each module that looks at it."""
    package = Path(rasp.compiler.__file__).parent
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "rasp.compiler.limits":
                yield from ((alias.name, module) for alias in node.names)


def test_every_limit_is_lowered_wherever_it_is_used_or_it_is_said_why_not() -> None:
    own = [limit for limit in ALL if limit not in OF_REWRITES]
    lowered_there = {(limit.name, use) for limit in own for use in limit.uses}
    used = set(uses_of_limits())
    assert lowered_there <= used
    left = {(name, module) for name, module in used - lowered_there if name not in UNTRIED}
    assert not left, "rasp.testing.limits is the place"
    named = {limit.name for limit in own}
    assert set(UNTRIED) == {name for name, _ in used} - named
    assert all(len(reason) > 20 for reason in UNTRIED.values())


@pytest.mark.parametrize("seed", range(40, 64))
def test_random_programs_with_lowered_limits(seed: int) -> None:
    with lowered(some_limits(seed)):
        result = check(random_program(seed), ways=["causal" if seed % 3 == 0 else "float64"])
    assert result.difference is None, f"{result.difference.kind}\n{result.difference.detail}"


def test_other_limits_for_every_seed() -> None:
    chosen = {tuple(map(str, some_limits(seed))) for seed in range(50)}
    assert len(chosen) > 40

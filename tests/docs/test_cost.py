"""The page of curves: every point of its command is there, certified, and no input differs."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from docs.figures import cost
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
LENGTHS = [64, 256, 1024]


@pytest.fixture(scope="module")
def growth() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("growth", ROOT / "benchmarks" / "growth.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["growth"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["growth"]


def rows(growth: ModuleType, heading: str) -> list[dict[str, str]]:
    begin = growth.BEGIN.format(heading)
    assert begin in PAGE
    table = PAGE.partition(begin)[2].partition(growth.END)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


@pytest.mark.parametrize("heading", ["tokens", "letters", "steps"])
def test_every_point_of_a_curve_is_on_the_page(growth: ModuleType, heading: str) -> None:
    cases = {
        "tokens": growth.by_length(LENGTHS),
        "letters": growth.by_letters(),
        "steps": growth.by_steps(),
    }[heading]
    expected = [(f"`{case.row.name}`", f"{case.size:,}") for case in cases]
    assert [(row["program"], row[heading]) for row in rows(growth, heading)] == expected


@pytest.mark.parametrize("heading", ["tokens", "letters", "steps"])
def test_models_are_certified_and_answer_as_the_interpreter(
    growth: ModuleType, heading: str
) -> None:
    for row in rows(growth, heading):
        assert (row["certified"], row["mistakes"]) == ("yes", "0"), row
        assert int(row["inputs"]) > 0, row


@pytest.mark.parametrize("heading", ["letters", "steps"])
def test_parameters_are_those_of_models_compiled_now(growth: ModuleType, heading: str) -> None:
    cases = growth.by_letters() if heading == "letters" else growth.by_steps()
    smallest: dict[str, Any] = {}
    for case in cases:
        smallest.setdefault(case.row.name, case)
    measured = {(row["program"], row[heading]): row["parameters"] for row in rows(growth, heading)}
    for case in smallest.values():
        found = growth.measured(case.row, case.max_len)
        said = measured[f"`{case.row.name}`", f"{case.size:,}"]
        assert said == f"{found.parameters:,}", case.row.name


def test_the_figure_has_a_dot_for_every_point(growth: ModuleType) -> None:
    tables = {heading: rows(growth, heading) for heading in ("tokens", "letters", "steps")}
    points = [row for table in tables.values() for row in table]
    drawn = [
        float(row[column].replace(",", "")) > 0
        for row in points
        for column in ("parameters", "CPU s", "MB")
    ]
    names = sum(len({row["program"] for row in table}) for table in tables.values())
    dots = re.findall(r'<rect [^>]*width="8" height="8"', cost())
    assert len(dots) == sum(drawn) + 3 * names


def test_every_model_beside_tracrs_is_on_the_page(growth: ModuleType) -> None:
    found = [(row["program"], row["tokens"], row["compiled"]) for row in rows(growth, "tracr")]
    assert found == [
        (f"`{program}`", f"{max_len:,}", by)
        for program in growth.TRACR_PROGRAMS
        for max_len in growth.TRACR_LENGTHS
        for by in ("here", "by Tracr")
    ]


def test_parameters_beside_tracrs_are_those_of_models_compiled_now(growth: ModuleType) -> None:
    ours = {row.name: row for row in growth.ROWS}
    for row in rows(growth, "tracr"):
        if row["compiled"] == "here" and int(row["tokens"]) <= 32:
            found = growth.measured(
                ours[growth.TRACR_PROGRAMS[row["program"].strip("`")]], int(row["tokens"])
            )
            assert row["parameters"] == f"{found.parameters:,}"

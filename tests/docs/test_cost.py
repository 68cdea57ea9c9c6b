"""The page of curves: every point of its command is there, certified, and no input differs."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import rasp
from benchmarks import targets
from benchmarks.growth import END
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


def page_rows(begin: str) -> list[dict[str, str]]:
    table = PAGE.partition(begin)[2].partition(END)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def test_every_long_input_and_every_kind_is_on_the_page() -> None:
    long = page_rows(targets.BEGIN.format("long"))
    assert [(row["program"], row["tokens"]) for row in long] == [
        (row.name, f"{max_len:,}") for row in targets.LONG for max_len in targets.LENGTHS
    ]
    kinds = page_rows(targets.BEGIN.format("kinds"))
    assert [row["program"] for row in kinds] == [large.row.name for large in targets.KINDS]
    for row in long + kinds:
        assert row["parameters"].replace(",", "").isdigit(), row
        assert int(row["inputs"]) > 0


@pytest.mark.parametrize("row", targets.LONG, ids=lambda row: row.name)
def test_parameters_of_long_inputs_are_those_of_models_compiled_now(row: targets.Row) -> None:
    said = {
        (one["program"], one["tokens"]): one["parameters"]
        for one in page_rows(targets.BEGIN.format("long"))
    }
    found = rasp.compile(
        rasp.loads(row.program)["x"],
        vocab=row.vocab,
        max_len=256,
        causal=row.causal,
        optimize=row.optimize,
    )
    assert said[row.name, "256"] == f"{found.report.n_parameters:,}"

"""The page on the compiler and its picture name files, functions and candidates that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rasp
from benchmarks import size
from docs.house import BEFORE, FIGURE, ROOMS, THREADS, house
from rasp.compiler.lowering.comparable import SIDES
from rasp.compiler.lowering.ways import WAYS
from rasp.compiler.selection.forms import FORMS
from rasp.compiler.synthesis.constructions import CONSTRUCTIONS
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "compiler.md").read_text(encoding="utf-8")
PACKAGE = Path(rasp.__file__).parent
NAMED = re.findall(r"`([a-z_/]+\.py)`((?: ?\(`\w[\w.]*`\)|, `\w[\w.]*`(?=[,)]))?)", PAGE)
STEPS = [step for room in ROOMS for step in room.steps if step is not None]


def defined(path: Path) -> set[str]:
    """What a module defines, and what its classes do."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name, body=body):
                names |= {name} | {
                    f"{name}.{part.name}" for part in body if isinstance(part, ast.FunctionDef)
                }
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def module(name: str) -> Path:
    """Paths of the page are below the package, or below its compiler."""
    places = [folder / name for folder in (ROOT, PACKAGE, PACKAGE / "compiler")]
    (found,) = [place for place in places if place.exists()] or [None]
    assert found is not None, f"there is no {name}"
    return found


@pytest.mark.parametrize(("path", "function"), NAMED)
def test_the_page_names_what_there_is(path: str, function: str) -> None:
    names = re.findall(r"`([\w.]+)`", function)
    assert set(names) <= defined(module(path)), f"{path} has no {names}"


def test_names_are_found_in_the_page() -> None:
    with_functions = [path for path, function in NAMED if function]
    assert len(with_functions) > 30
    assert len(NAMED) > len(with_functions)


@pytest.mark.parametrize("step", dict.fromkeys(STEPS))
def test_the_picture_names_what_there_is(step: str) -> None:
    path, function = step.split(": ")
    assert function in defined(PACKAGE / path)


def test_the_picture_is_up_to_date() -> None:
    assert FIGURE.read_text(encoding="utf-8") == house(), "python docs/house.py"


def test_what_is_followed_is_in_the_picture() -> None:
    for thread in ("selector", "count", "place that is read", "span of the error"):
        assert f"**The {thread}**" in PAGE
    assert THREADS == ("selector", "count", "read place", "error span")
    for number in range(len(THREADS)):
        assert sum(room.steps[number] is not None for room in ROOMS) > 5


def test_each_of_the_files_before_reached_all_others() -> None:
    for start in BEFORE:
        reached: set[str] = set()
        pending = [start]
        while pending:
            new = set(BEFORE[pending.pop()].split()) - reached
            reached |= new
            pending += new
        assert reached == set(BEFORE)
    assert len(BEFORE) == 15


@pytest.mark.parametrize("row", size.ROWS, ids=lambda row: f"{row.name} {row.n_words}")
def test_the_table_of_sizes_is_up_to_date(row: size.Row) -> None:
    """Those that compile in a moment; the command does all of them."""
    if row.n_words * row.max_len > 1_000:
        assert f"| {row.name} | {row.n_words:,} | {row.max_len:,} | " in PAGE
    else:
        assert f"\n{row.to_text()}\n" in PAGE, "python benchmarks/size.py --write"


def test_the_page_has_all_candidates_in_their_order() -> None:
    ways = re.findall(r"^\* \*([\w -]+)\*: ", PAGE.partition("**Ways.**")[2], re.MULTILINE)
    names = [candidate.name for candidate in (*WAYS, *SIDES, *FORMS)]
    assert ways[: len(names)] == names
    constructions = {one.name for one in CONSTRUCTIONS}
    described = set(re.findall(r"^\* \*\*([\w ]+)\*\*: ", PAGE, re.MULTILINE))
    assert constructions <= described

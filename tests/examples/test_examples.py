"""The example programs give what their comments say (`rasp.expectations`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
from rasp.expectations import Report, check_text, difference, expectations
from rasp.expectations.reading import Gives, Refuses
from rasp.source import Source

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = sorted([*EXAMPLES.glob("*.rasp"), *EXAMPLES.glob("decoding/*.rasp")])
ERRORS = sorted((EXAMPLES / "errors").glob("*.rasp"))
PAIRS = ("()", "[]", "{}")


def applications(path: Path) -> list[Gives | Refuses]:
    """What an example says that its s-ops and selectors give."""
    source = Source(str(path), path.read_text(encoding="utf-8"))
    return [found for found in expectations(source) if isinstance(found, (Gives, Refuses))]


def check_file(path: Path) -> Report:
    return check_text(path.read_text(encoding="utf-8"), str(path), path)


def main_sop(program: rasp.Program) -> str:
    return next(n for n in reversed(program.names) if isinstance(program[n], rasp.SOp))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    program = rasp.load(path)
    assert not program.warnings
    assert main_sop(program) in {found.name for found in applications(path)}
    report = check_file(path)
    assert report.ok, "\n".join(difference(one) for one in report.checked if not one.ok)
    assert report.n_passed >= 2


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_error(path: Path) -> None:
    report = check_file(path)
    assert report.ok, "\n".join(map(str, report.errors))
    assert report.n_passed == 1
    with pytest.raises(rasp.RaspError) as caught:
        rasp.load(path)
    assert caught.value.labels, "an error in a program has a place"


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 27
    assert len(ERRORS) >= 20


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_example_has_expectations(path: Path) -> None:
    program = rasp.load(path)
    assert path.read_text(encoding="utf-8").startswith("# "), "it begins with what it is about"
    handles = {name for name in program.names if isinstance(program[name], rasp.SOp)}
    assert {found.name for found in applications(path)} <= handles | {
        name for name in program.names if isinstance(program[name], rasp.Selector)
    }


def test_every_file_is_an_example() -> None:
    files = {path for path in EXAMPLES.rglob("*") if path.is_file()}
    page = EXAMPLES / "export" / "page.html"  # run by tests/export/test_browser.py
    assert files == {*PROGRAMS, *ERRORS, page}, "a file here is run by a test, or nobody runs it"


def test_long_addition() -> None:
    long_sum = rasp.load(EXAMPLES / "long_addition.rasp")["long_sum"]
    for a, b in [(0, 0), (5, 8), (999, 1), (4567, 8765), (99999, 99999), (12345, 87655)]:
        n = len(str(a + b)) + 1
        digits = [int(digit) for digit in f"{a + b:0{n}}"]
        assert long_sum(f"{a:0{n}}+{b:0{n}}") == [0] * (n + 1) + digits


@given(st.text("([{)]}", min_size=1, max_size=12))
def test_dyck3(text: str) -> None:
    open_brackets: list[str] = []
    expected = []
    failed = False
    for bracket in text:
        if bracket in "([{":
            open_brackets.append(bracket)
        else:
            failed = failed or not open_brackets or open_brackets.pop() + bracket not in PAIRS
        expected.append("F" if failed else "P" if open_brackets else "T")
    assert rasp.load(EXAMPLES / "dyck3.rasp")["dyck3"](text) == expected

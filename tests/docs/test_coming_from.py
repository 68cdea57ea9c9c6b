"""What docs/coming-from.md says to write instead can be written."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

import rasp
from rasp import dsl
from rasp.program import Session
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<there>.*) \| (?P<here>(?:[^|]|\\\|)*) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]*)`")


def cells(heading: str) -> list[str]:
    """The code in the columns "here" of a section."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [row["here"] for row in ROW.finditer(section)][2:]
    return [code.replace(r"\|", "|") for here in rows for code in CODE.findall(here)]


NOT_RUN = {":analyze", "rasp analyze", "rasp.analyze"}


@pytest.mark.parametrize("code", [c for c in cells("The original REPL") if c.endswith(";")])
def test_the_original(code: str) -> None:
    session = Session()
    for result in session.run(code):
        assert result.error is None


def test_other_code_of_the_original_is_known() -> None:
    rest = [c for c in cells("The original REPL") if not c.endswith(";")]
    assert set(rest) == NOT_RUN


def names() -> dict[str, Any]:
    """What the code for Python is about."""
    k, q = dsl.indices + 1, 2 * dsl.indices
    return {
        **{name: getattr(dsl, name) for name in dir(dsl) if not name.startswith("_")},
        "rasp": rasp,
        "k": k,
        "q": q,
        "x": k,
        "y": q,
        "c": k > 1,
        "a": rasp.select(k, q, "=="),
        "b": rasp.select(k, 1, "<"),
        "s": rasp.select(k, 3, "<"),
        "f": str.upper,
        "math": math,
        "vocab": "hel",
    }


SECTIONS = {
    "Tracr": 20,
    "RASPy": 20,
    "RASP-L": 17,
    "B-RASP": 6,
    "ALTA": 4,
    "Transformer Programs": 4,
}
"""And more than how many pieces of code each has."""


def test_every_section_is_run() -> None:
    assert re.findall("^## (.*)", PAGE, re.MULTILINE) == ["The original REPL", *SECTIONS]


@pytest.mark.parametrize("section", SECTIONS)
def test_python(section: str) -> None:
    known = names()
    written = cells(section)
    assert len(written) > SECTIONS[section]
    for code in written:
        if code == "hist = ...;":
            continue
        if " = rasp.compile" in code:
            exec(code, known)
            continue
        value = eval(code, known)
        if isinstance(value, rasp.SOp | rasp.Selector):
            assert len(value("hel")) == 3, code


def test_a_sum_is_one() -> None:
    known = names()
    (code,) = (code for code in cells("RASPy") if "aggregate(s, x) *" in code)
    assert eval(code, known)("abcd") == [3, 3, 3, 3]  # 1 + 2, below 3

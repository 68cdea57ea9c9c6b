"""The figures of documents are what is drawn now, and every figure is shown."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from docs.figures import FIGURES, FIGURES_BY_NAME
from tests.docs.blocks import ROOT


@pytest.mark.parametrize("name", FIGURES_BY_NAME)
def test_figures_are_up_to_date(name: str) -> None:
    drawn = FIGURES_BY_NAME[name]()
    ET.fromstring(drawn)
    assert (FIGURES / f"{name}.svg").read_text(encoding="utf-8") == drawn, "python docs/figures.py"


def test_every_figure_is_shown() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"\(figures/([\w-]+)\.svg\)", page)}
    assert shown == {path.stem for path in FIGURES.iterdir()}

"""The figures of documents are what is drawn now; every figure and every screenshot is shown."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from docs.figures import FIGURES, FIGURES_BY_NAME
from docs.screenshots import IMAGES, SCREENSHOTS
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


def test_every_screenshot_can_be_made_again_and_is_shown() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"\(images/([\w-]+)\.png\)", page)}
    assert shown == set(SCREENSHOTS) == {path.stem for path in IMAGES.iterdir()}

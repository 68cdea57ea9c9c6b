"""The documentation site builds without a warning and without network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d"]
    built = subprocess.run(
        [*command, str(folder / "doctrees"), str(ROOT / "docs"), str(folder / "html")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert not built.stderr, built.stderr
    return folder / "html"


def test_every_document_is_a_page(site: Path) -> None:
    documents = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")]
    for document in documents:
        if "_build" not in document.parts:
            page = site / document.relative_to(ROOT / "docs").with_suffix(".html")
            assert page.is_file(), f"{document} is no page of the site"


def test_pages_fetch_nothing(site: Path) -> None:
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r"""(?:\bsrc=|url\(|@import )\s*["']?(https?:[^"')\s]*)""", text)
        fetched += re.findall(r'<link [^>]*rel="stylesheet"[^>]*href="(https?:[^"]*)"', text)
        assert not fetched, f"{page.name} fetches {fetched}"

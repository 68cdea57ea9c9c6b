"""Every code block of every document is run, and what it shows is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ELSEWHERE, NEEDS, PICTURES, ROOT, RUN, Runner, blocks

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "grammar" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PAGES = [page for page in PAGES if "_build" not in page.parts]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(autouse=True)
def in_a_folder_with_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.filterwarnings("ignore:::transformer_lens", "ignore:::transformers")
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.extras if name(page) in NEEDS else (), id=name(page))
        for page in PAGES
    ],
)
def test_blocks(page: Path) -> None:
    for package in NEEDS.get(name(page), ()):
        pytest.importorskip(package, reason=f"{name(page)} is about a package that is not here")
    runner = Runner()
    for block in blocks(page.read_text(encoding="utf-8")):
        where = f"{name(page)}:{block.line}"
        if block.is_left_out(name(page)):
            continue
        assert block.kind in RUN, f"{where}: nobody runs this block ({block.kind or 'no language'})"
        try:
            runner.run(block)
        except Exception as error:
            error.add_note(f"in the block at {where}")
            raise


def test_every_exception_is_one() -> None:
    found = [
        (page, beginning)
        for page, beginning in PICTURES
        for block in blocks((ROOT / page).read_text(encoding="utf-8"))
        if block.text.startswith(beginning)
    ]
    assert sorted(found) == sorted(PICTURES)
    for test in ELSEWHERE.values():
        assert (ROOT / test).is_file()

"""Every code block of every document is run, and what it shows is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, RUN, Block, Runner, blocks

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "grammar" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PAGES = [page for page in PAGES if "_build" not in page.parts]

# Documents whose sessions are replayed by a test of their own.
ELSEWHERE = {
    "docs/repl.md": "tests/repl/test_docs.py",
    "docs/repl-screens.md": "tests/repl/test_terminal.py",
}

# Blocks that are nothing to be run, by document and beginning.
PICTURES = {
    ("docs/architecture.md", "text -> syntax tree -> s-op graph -+-> interpreter   values"),
    ("docs/compiler.md", "graph -> domains -> encodings -> blocks -> schedule"),
    (
        "docs/verification.md",
        "pip install 'rasp-lang[distributed]'",
    ),  # tests/verification/test_running.py
    ("docs/verification.md", "FAILED: the model differs"),
    ("docs/repl.md", "$ rasp"),  # tests/repl/test_docs.py compares it
    ("docs/repl.md", 'vim.filetype.add({ extension = { rasp = "rasp" } })'),
    ("docs/repl.md", "[language-server.rasp]"),
}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def pictures(page: Path, block: Block) -> set[tuple[str, str]]:
    """The entries of PICTURES that are this block."""
    return {(p, text) for p, text in PICTURES if p == name(page) and block.text.startswith(text)}


@pytest.fixture(autouse=True)
def in_a_folder_with_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_blocks(page: Path) -> None:
    runner = Runner()
    for block in blocks(page.read_text(encoding="utf-8")):
        where = f"{name(page)}:{block.line}"
        if pictures(page, block):
            continue
        if block.kind in ("repl", "text") and name(page) in ELSEWHERE:
            continue
        assert block.kind in RUN, f"{where}: nobody runs this block ({block.kind or 'no language'})"
        try:
            runner.run(block)
        except Exception as error:
            error.add_note(f"in the block at {where}")
            raise


def test_every_exception_is_one() -> None:
    found = [
        picture
        for page in PAGES
        for block in blocks(page.read_text(encoding="utf-8"))
        for picture in pictures(page, block)
    ]
    assert sorted(found) == sorted(PICTURES)
    for test in ELSEWHERE.values():
        assert (ROOT / test).is_file()

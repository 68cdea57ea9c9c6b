"""The sessions of docs/repl.md are what happens.

What `:analyze` and `:compile` print is not compared: analysis and compiler have tests of their own.

usage: python tests/repl/test_docs.py          writes what happens now into the document
"""

from __future__ import annotations

import re
import tempfile
from contextlib import chdir
from itertools import count
from pathlib import Path

from rasp.repl import BANNER
from rasp.repl.shell import Shell
from rasp.repl.style import Painter

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs" / "repl.md"
DOCUMENT = PATH.read_text(encoding="utf-8")
BLOCK = re.compile(r"```\n(>> .*?)```", re.DOTALL)


class Session:
    """Prompts and what is typed there, with what is printed."""

    def __init__(self) -> None:
        self._printed: list[str] = []
        self._shell = Shell(self._printed.append, Painter(colour=False))
        self._numbers = count(1)

    def replay(self, block: str) -> str:
        """The block again, with what is printed now."""
        shown = []
        entries = self._shell.entries()
        for line in re.findall(r"^(?:>> |\.\. ).*", block, re.MULTILINE):
            shown.append(line)
            for entry in entries.add(line[3:]):
                self._shell.run(entry, f"<input {next(self._numbers)}>")
            shown += [text + "\n" for text in self._printed]
            self._printed.clear()
        return "\n".join(text.removesuffix("\n") for text in shown) + "\n"


def replayed(folder: Path) -> str:
    """The document as it should be, replayed in an empty folder."""
    (folder / "examples").symlink_to(ROOT / "examples")
    with chdir(folder):
        session = Session()
        text = BLOCK.sub(lambda match: f"```\n{session.replay(match[1])}```", DOCUMENT)
    text = text.replace(str(folder.resolve()), "~/rasp")
    return re.sub(r"^\d+\.\d{3} s$", "0.002 s", text, flags=re.MULTILINE)


def comparable(document: str) -> list[str]:
    """The sessions line by line, without what other parts print."""
    text = "".join(BLOCK.findall(document))
    return re.sub(r"(>> :(?:analyze|compile) .*\n)(?:(?!>> ).*\n)*", r"\1", text).split("\n")


def test_sessions(tmp_path: Path) -> None:
    assert comparable(replayed(tmp_path)) == comparable(DOCUMENT)
    assert len(BLOCK.findall(DOCUMENT)) >= 8


def test_banner() -> None:
    assert f"$ rasp\n{BANNER}\n" in DOCUMENT


def test_twenty_mistakes() -> None:
    (block,) = (b for b in BLOCK.findall(DOCUMENT) if "lenght" in b)
    assert len(re.findall(r"^<input \d+>.*error: ", block, re.MULTILINE)) >= 20


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        PATH.write_text(replayed(Path(temporary)), encoding="utf-8")

"""The table of docs/compiler.md on models for size: parameters of both modes, compiled here.

usage: python benchmarks/size.py [--write]          a minute; --write puts it into the document
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import rasp

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "compiler.md"
BEGIN, END = "<!-- begin: benchmarks/size.py -->\n", "<!-- end -->\n"
HEADINGS = ("program", "vocabulary", "longest input", "faithful", "for size")
REVERSE = "x = aggregate(select(indices, length - 1 - indices, ==), tokens);"
HISTOGRAM = "x = selector_width(select(tokens, tokens, ==));"


@dataclass(frozen=True)
class Row:
    """text: a program, or the name of an example; sop: of it; n_words: of the vocabulary."""

    name: str
    text: str
    sop: str
    n_words: int
    max_len: int

    def load(self) -> rasp.SOp:
        example = ROOT / "examples" / self.text
        program = rasp.loads(self.text) if "=" in self.text else rasp.load(example)
        sop = program[self.sop]
        assert isinstance(sop, rasp.SOp)
        return sop

    def to_text(self) -> str:
        words = [f"w{number:03}" for number in range(self.n_words)]
        sizes = []
        for optimize in ("patterns", "size"):
            model = rasp.compile(self.load(), vocab=words, max_len=self.max_len, optimize=optimize)
            sizes.append(f"{model.report.n_parameters:,}")
        return _line([self.name, f"{self.n_words:,}", f"{self.max_len:,}", *sizes])


ROWS = (
    Row("reverse", REVERSE, "x", 10, 50),
    Row("sort", "sort.rasp", "sorted", 26, 256),
    Row("sort", "sort.rasp", "sorted", 10, 50),
    Row("sort by most frequent", "sort_by_frequency.rasp", "by_frequency", 10, 50),
    Row("hist", HISTOGRAM, "x", 10, 100),
    Row("sort", "sort.rasp", "sorted", 100, 100),
    Row("sort", "sort.rasp", "sorted", 1_000, 64),
    Row("hist", HISTOGRAM, "x", 26, 1_000),
    Row("reverse", REVERSE, "x", 26, 512),
)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into the document")
    arguments = parser.parse_args()
    table = [_line(HEADINGS), f"|{' --- |' * len(HEADINGS)}"]
    for row in ROWS:
        table.append(row.to_text())
        print(table[-1], flush=True)
    if arguments.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        shown = "\n".join(table)
        DOCUMENT.write_text(f"{before}{BEGIN}{shown}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()

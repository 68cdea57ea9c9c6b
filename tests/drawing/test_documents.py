"""The figures of docs/drawing.md are what is drawn now, and its limits those of the drawings.

usage: python -m tests.drawing.test_documents          draws the figures again
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import rasp
from rasp.drawing import Drawing, limits

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "drawing.md").read_text(encoding="utf-8")
FIGURES = ROOT / "docs" / "figures"


def _sorted() -> rasp.SOp:
    path = ROOT / "examples" / "sort.rasp"
    program = rasp.loads(path.read_text(encoding="utf-8"), name="examples/sort.rasp")
    sop: rasp.SOp = program["sorted"]
    return sop


def _failing() -> Drawing:
    program = rasp.loads("number = tokens_int; share = 12 / (number - 3);", name="share.rasp")
    drawing: Drawing = program["share"].draw("135")
    return drawing


DRAWN: dict[str, Callable[[], Drawing]] = {
    "sort": lambda: _sorted().draw("badge"),
    "sort-graph": lambda: _sorted().graph(),
    "failing": _failing,
}


@pytest.mark.parametrize("name", DRAWN)
def test_figures(name: str) -> None:
    assert (FIGURES / f"{name}.svg").read_text(encoding="utf-8") == DRAWN[name]().svg
    assert f"(figures/{name}.svg)" in TEXT


def test_limits() -> None:
    sentence = re.sub(r"\s+", " ", TEXT.partition("## How large")[2])
    for limit in (
        f"{limits.MAX_FLOW_TOKENS} tokens, {limits.MAX_FLOW_ROWS} operations",
        f"{limits.MAX_CELLS:,} cells",
        f"at most {limits.MAX_MATRIX_TOKENS} tokens; a table {limits.MAX_TABLE_TOKENS};",
        f"a graph {limits.MAX_GRAPH_NODES} nodes",
    ):
        assert limit in sentence


if __name__ == "__main__":
    for name, drawn in DRAWN.items():
        (FIGURES / f"{name}.svg").write_text(drawn().svg, encoding="utf-8", newline="\n")

"""docs/analysis.md shows what the paper's tasks come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import paper_tasks
from rasp.analysis.masks import Mask

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")


def test_the_table_of_the_paper_is_up_to_date() -> None:
    assert paper_tasks.document(TEXT) == TEXT


@pytest.mark.parametrize("task", paper_tasks.TASKS, ids=lambda task: task.example)
def test_layers_and_heads_are_those_of_the_paper(task: paper_tasks.Task) -> None:
    analysis = task.analysis()
    expected = "4/2" if task.name == "Dyck-2" else task.paper
    assert f"{analysis.n_layers}/{analysis.max_heads}" == expected


def test_every_mask_is_documented() -> None:
    for name in re.findall(r"^\| `(\w+)[:`]", TEXT, re.MULTILINE):
        if name not in ("A", "file"):
            numbers = {"full": "", "causal": "", "longformer": ":1:1", "bigbird": ":1:1:1"}
            assert Mask.of(name + numbers.get(name, ":2")).n_pairs(2) > 0

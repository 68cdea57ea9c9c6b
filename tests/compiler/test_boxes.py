"""Values that are given on boxes of a table's cells: recognised, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from rasp.compiler.lowering import boxes


def tables(seed: int) -> tuple[list[boxes.Bools], boxes.Ints]:
    """For each leaf its values where a box is, [box, value], and the cells, [cell, leaf]."""
    random = np.random.default_rng(seed)
    n_boxes = int(random.choice([1, 7, 63, 64, 65, 130]))
    sizes = random.integers(2, 14, random.integers(1, 4))
    cells = np.unique(np.stack([random.integers(size, size=150) for size in sizes], axis=1), axis=0)
    sides = [np.zeros((n_boxes, size), dtype=bool) for size in sizes]
    for side, column in zip(sides, cells.T, strict=True):
        side[np.arange(len(cells)) % n_boxes, column] = True
    return sides, cells


@pytest.mark.parametrize("block", [1, 10**6])
def test_a_cell_is_in_no_box_but_its_own(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "BLOCK_OF_BOXES", block)
    seen = set()
    for seed in range(100):
        sides, cells = tables(seed)
        inside = [
            [all(s[b, v] for s, v in zip(sides, cell, strict=True)) for cell in cells]
            for b in range(len(sides[0]))
        ]
        apart = np.sum(inside) == len(cells)
        assert boxes._are_boxes(sides, cells) == apart
        seen.add((bool(apart), len(sides[0]) > 64))
    assert len(seen) == 4

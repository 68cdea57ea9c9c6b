"""The paper's tasks: exact on every short input and on long ones, and as shallow as the theory."""

from __future__ import annotations

import pytest

from benchmarks.listed import EXHAUSTIVE_LENGTH, MAX_LEN, TASKS, Task, measure
from rasp.verification import count_inputs

RANDOM_INPUTS = 2_000


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_exact_and_as_shallow_as_the_theory(task: Task) -> None:
    longest = EXHAUSTIVE_LENGTH if len(task.alphabet) < 4 else EXHAUSTIVE_LENGTH - 2
    row = measure(task, RANDOM_INPUTS, longest)
    assert row.mismatches == 0
    assert row.checked == count_inputs(len(task.alphabet), longest) + RANDOM_INPUTS
    assert row.model.max_len == MAX_LEN
    report = row.model.report
    assert report.rasp_layers == row.account.n_layers
    assert 0 < report.sublayers.count("a") <= row.account.n_layers

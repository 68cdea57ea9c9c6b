"""The table of constructions of neurons: what is in it is asked, and the cheapest is taken."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import rasp
from rasp.compiler.compilation import Compilation
from rasp.compiler.pipeline import compile_stages
from rasp.compiler.readings import FAITHFUL_READINGS
from rasp.compiler.synthesis import constructions
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.constructions import CONSTRUCTIONS, CUBES, Construction, Found, Task
from rasp.compiler.synthesis.table import Solution, Table
from rasp.vocabulary import Vocabulary


def compiled(text: str, vocab: str, max_len: int) -> Compilation:
    sop = rasp.loads(text)["result"]
    assert isinstance(sop, rasp.SOp)
    return compile_stages(
        sop.node, vocabulary=Vocabulary.of(vocab), max_len=max_len, origins=sop.origins
    )


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda entry: entry.name)
def test_each_says_what_it_does(construction: Construction) -> None:
    assert construction.source.__doc__
    assert construction.name


def test_the_best_of_those_that_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'result = tokens[0] == "a" and tokens[1] == "b" or tokens[2] == "a";'
    before = compiled(text, "ab", 4)
    asked: list[Task] = []

    def nothing(task: Task, limit: float) -> Solution | None:
        asked.append(task)
        assert limit > 0
        return None

    def _applies(task: Task, best: Found | None) -> bool:
        return best is not None

    useless = Construction("useless", constructions, nothing, _applies, reported=True)
    shy = replace(useless, name="shy", reported=False)
    monkeypatch.setattr(constructions, "CONSTRUCTIONS", (*CONSTRUCTIONS, useless, shy))
    after = compiled(text, "ab", 4)
    assert len(asked) > 1
    for name, tensor in before.artifact.tensors.items():
        assert np.array_equal(tensor, after.artifact.tensors[name])
    found = constructions.choose(asked[0])
    assert found[0] is not None
    tried = dict(found[1])
    assert tried["useless"] is None
    assert "shy" not in tried


def test_what_costs_more_is_not_taken() -> None:
    cheap, dear = (Solution((), np.zeros((1, 0)), (), name) for name in ("cheap", "dear"))
    cheap.__dict__["cost"], dear.__dict__["cost"] = 3.0, 4.0
    strict = replace(CUBES, prefers=lambda solution: False)
    assert strict.is_better(cheap, Found(strict, dear))
    assert not strict.is_better(dear, Found(strict, cheap))
    assert strict.is_better(dear, None)
    nothing = Table((), np.zeros((0, 0), dtype=int), np.zeros((0, 1)))
    task = Task(nothing, (), Accuracy(1.0, 1.0, FAITHFUL_READINGS))
    assert strict.limit(task, Found(strict, cheap)) == 3.0
    assert math.isfinite(strict.limit(task, None))
    assert strict.limit(replace(task, most=2.0), Found(strict, cheap)) == 2.0
    assert strict.limit(replace(task, most=2.0), None) == 2.0

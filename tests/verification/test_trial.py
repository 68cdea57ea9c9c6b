"""What is not certified is tried before anybody gets it."""

from __future__ import annotations

from itertools import product

import rasp
from rasp.errors import CompileError
from rasp.interpreter import evaluate
from rasp.sop import SOp

NUMBERS = [1.602176634e-19, 299792458, 8.8541878e-12]


def test_short_inputs_are_tried_alone() -> None:
    """A mean of 100000s is an int, and whether there was another number is told by so little that
    it depends on how many inputs are computed at once."""
    sop = rasp.loads("x = average(100000 if tokens_asis == 8.8541878e-12 else (-0.01));")["x"]
    assert isinstance(sop, SOp)
    try:
        model = rasp.compile(sop, vocab=NUMBERS, max_len=4)
    except CompileError as refusal:
        found = refusal.message
    else:
        inputs = [list(row) for n in (1, 2, 3, 4) for row in product(NUMBERS, repeat=n)]
        alone = [repr(model(tokens)) for tokens in inputs]
        wrong = [
            row
            for row, got in zip(evaluate(sop.node, inputs), alone, strict=True)
            if repr(row) != got
        ]
        found = str(wrong)
    assert found == "[]" or "would be wrong" in found

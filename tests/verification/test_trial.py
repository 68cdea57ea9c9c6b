"""What is not certified, or not proved, is tried before anybody gets it."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp import api
from rasp.compiled import CompiledModel
from rasp.deadline import limited
from rasp.errors import CompileError
from rasp.interpreter import evaluate
from rasp.sop import SOp
from rasp.testing import checking
from rasp.testing.guard_table import GUARDS
from rasp.testing.guards import dropped
from rasp.verification.trial import tried_in_short

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


UNPROVED = """
earlier = select(tokens, tokens, ==) and select(indices, indices, <);
x = aggregate(select(indices, aggregate(best(earlier, indices), indices, 0) + 1, ==), tokens, 0);
"""


def unproved() -> CompiledModel:
    sop = rasp.loads(UNPROVED)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="abcdefgh", max_len=150)
    assert model.certificate.rounding.ok
    assert not model.certificate.meaning.ok
    return model


def test_a_certified_model_without_a_proof_of_meaning_was_tried() -> None:
    model = unproved()
    assert model.certificate.tested > 100
    assert f"right on {model.certificate.tested} inputs tried" in str(model.certificate)
    with limited(1e-9):  # what is proved is not lost where there is no time to try
        assert tried_in_short(model) == (0, None)


def test_a_certified_model_that_is_wrong_is_refused() -> None:
    (guard,) = (guard for guard in GUARDS if guard.name == "simplify:first-comparison")
    sop = rasp.loads(guard.program.text)[guard.program.sop]
    assert isinstance(sop, SOp)
    with dropped(guard), pytest.raises(CompileError, match=f'{api.MISTAKEN}: for "a" it') as found:
        rasp.compile(sop, vocab=guard.program.vocabulary, max_len=guard.program.max_len)
    assert found.value.labels
    with dropped(guard):  # and campaigns do not take it for a program that is too much
        difference = checking.check(guard.program, ways=("float32",)).difference
    assert difference is not None
    assert difference.kind == f"float32: {api.MISTAKEN}"

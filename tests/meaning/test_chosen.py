"""Choices between integers of which not all combinations are listed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

import rasp
from rasp.compiled import CompiledModel
from rasp.compiler.lowering import elementwise, separate
from rasp.graph import closest
from rasp.interpreter import outcomes
from rasp.meaning import neurons
from rasp.sop import SOp
from rasp.verification import same_outcome

TEXT = (
    "x = aggregate(last(select(tokens, tokens, ==) and select(indices, indices, <)), indices, -1);"
)
INPUTS = [list(word) for n in range(1, 8) for word in product("ab", repeat=n)]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closest, "LONG", 4)
    monkeypatch.setattr(separate, "LONG_INPUTS", 4)
    monkeypatch.setattr(elementwise, "MANY_SUMMED_ROWS", 0)
    monkeypatch.setattr(neurons, "FEW_STATES", 0)


@pytest.fixture
def model() -> CompiledModel:
    sop = rasp.loads(TEXT)["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab="ab", max_len=7)


def is_right(model: CompiledModel) -> bool:
    expected = outcomes(model.specification.node, INPUTS)
    return all(map(same_outcome, expected, model.outcomes(INPUTS)))


def test_the_corners_are_enough(model: CompiledModel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model.certificate.meaning.ok
    assert is_right(model)
    monkeypatch.setattr(neurons, "corners_of", lambda *_: pytest.fail("it was proved otherwise"))
    with pytest.raises(pytest.fail.Exception):
        model.artifact.new_meaning()


def test_what_neurons_do_otherwise_is_not_proved(model: CompiledModel) -> None:
    """Each weight of a feed-forward sublayer a little different: what is proved all the same, such
    as a neuron that is further off where it is off, is right."""
    changed = [t for name, t in model.module.named_parameters() if ".mlp." in name]
    n_proved = n_unproved = 0
    for tensor in changed:
        for place in map(tuple, np.argwhere(tensor.detach().numpy() != 0)):
            with torch.no_grad():
                before = tensor[place].item()
                tensor[place] = before + 1
                proved = model.certificate.meaning.ok
                assert not proved or is_right(model)
                tensor[place] = before
            n_proved += proved
            n_unproved += not proved
    assert n_unproved > n_proved

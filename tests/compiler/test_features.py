"""How far what neurons give is from what it should be: of what is no number, as far as can be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rasp.compiler.encoding.features import reach_and_misfit
from rasp.compiler.synthesis.table import Solution, Table
from rasp.compiler.variables import Linear

NAN = math.nan


@pytest.mark.parametrize(("given", "wanted"), [(NAN, 1.0), (1.0, NAN), (NAN, NAN), (math.inf, 1.0)])
@pytest.mark.parametrize("by_neuron", [False, True])
def test_what_is_no_number_is_lost(given: float, wanted: float, by_neuron: bool) -> None:
    table = Table((), np.zeros((1, 0), dtype=np.int64), np.array([[wanted]]))
    neurons = (Linear(given),) if by_neuron else ()
    solution = Solution(
        neurons, np.ones((1, len(neurons))), (Linear(0.0 if by_neuron else given),), "by hand"
    )
    with np.errstate(invalid="ignore"):
        _, misfit, lost = reach_and_misfit(solution, table)
    assert lost or not misfit < math.inf
    assert not misfit < 1e-3

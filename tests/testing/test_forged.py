"""Every change of a model that the campaigns make is made of any model there is."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from rasp.meaning.witness import Term
from rasp.testing.forged import CHANGES
from tests.meaning.test_proof import model_of


@pytest.mark.parametrize("name", CHANGES)
def test_changes_of_a_model_whose_tables_are_empty_and_whose_values_are_endless(name: str) -> None:
    artifact = model_of("x = tokens;", "ab")
    witness = artifact.witness
    assert witness is not None
    directions = tuple(
        replace(meaning, terms=(Term(0, ()), *meaning.terms)) for meaning in witness.directions
    )
    artifact = replace(
        artifact,
        witness=replace(witness, directions=directions),
        readout=replace(artifact.readout, values=(math.inf, 10**400)),
    )
    for seed in range(10):
        changed = CHANGES[name](artifact, random.Random(seed))
        assert changed is not artifact

"""Witnesses as JSON data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rasp.meaning.plain import plain_witness, witness_from_plain
from tests.meaning.test_proof import PROGRAMS, model_of


@pytest.mark.parametrize("name", PROGRAMS)
def test_there_and_back(name: str) -> None:
    witness = model_of(*PROGRAMS[name]).witness
    assert witness is not None
    plain = json.loads(json.dumps(plain_witness(witness), allow_nan=False))
    assert plain_witness(witness_from_plain(plain)) == plain


@pytest.mark.parametrize(
    "change",
    [
        {"quantities": [10**6]},
        {"quantities": [{"of": [], "rows": [], "values": []}], "values": [[]]},
        {"directions": [[0.0, [[0, [1.0]]], []]]},
        {"directions": [["x", [], []]]},
        {"values": []},
        {"graph": [["select", 0, 0, "=="]]},
        {"more": 1},
    ],
)
def test_what_is_no_witness_is_refused(change: dict[str, Any]) -> None:
    witness = model_of(*PROGRAMS["sort"]).witness
    assert witness is not None
    with pytest.raises(ValueError, match="."):
        witness_from_plain(plain_witness(witness) | change)

"""Models that are forged as a whole: what is proved of them is right."""

from __future__ import annotations

import random

import pytest

from rasp.testing.forged_together import CONSISTENT
from rasp.testing.meanings import Campaign, Case
from rasp.testing.structured import kinds_of_cases, run_case
from rasp.testing.wrong_models import model_of, node_of

MEAN = "x = aggregate(select(tokens, tokens, ==), tokens_int);"


def test_programs_are_of_all_kinds() -> None:
    kinds = {case.name.split()[0] for case in kinds_of_cases(0, 7)}
    assert len(kinds) == 7
    assert [case.name for case in kinds_of_cases(0, 3)] == [
        case.name for case in kinds_of_cases(0, 3)
    ]
    assert all(case.name.startswith("mean") for case in kinds_of_cases(0, 3, "mean"))


OTHERS = {
    "another function of neurons": "x = (tokens_int + length) % 3;",
    "a threshold moved": "x = selector_width(select(tokens, tokens, ==)) > 1;",
    "a number of another type": "x = tokens_int + indices;",
}


@pytest.mark.parametrize("name", CONSISTENT)
def test_each_change_gives_other_models(name: str) -> None:
    artifact = model_of(OTHERS.get(name, MEAN), "0123", 4)
    found = [CONSISTENT[name](artifact, random.Random(seed)) for seed in range(6)]
    assert any(one is not None and repr(one) != repr(artifact) for one in found)


def test_nothing_wrong_is_proved() -> None:
    campaign = Campaign()
    run_case(campaign, Case("a mean", node_of(MEAN), ("0", "1"), 3), 0, 12)
    assert campaign.models > 6
    assert campaign.proved
    assert campaign.holes == []

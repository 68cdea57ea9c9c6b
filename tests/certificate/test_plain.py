"""Plans as JSON data: the same plan comes back, and nothing else is taken for one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import rasp
from rasp.certificate import PlanError
from rasp.certificate.plain import plain_plan, plan_from_plain
from rasp.sop import SOp


def plan_of(text: str) -> Any:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    plan = rasp.compile(sop, vocab="ab", max_len=4).artifact.plan
    assert plan is not None
    return plan


PLAN = plan_of('x = 1 / (selector_width(select(tokens, "b", ==)) + indices - 1);')


def test_round_trip() -> None:
    data = plain_plan(PLAN)
    assert plan_from_plain(json.loads(json.dumps(data))) == PLAN


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("output", 3),
        ("fit", -1.0),
        ("fit", float("nan")),
        ("fit", True),
        ("fit", 10**400),
        ("directions", []),
        ("directions.place", []),
        ("directions.place.0", -1),
        ("directions.place.0", True),
        ("directions.born.0", 2**40),
        ("directions.bound.0", float("inf")),
        ("directions.bound.0", "1"),
        ("directions.dyadic.0", 1),
        ("directions.family.0", 10**6),
        ("directions.more", []),
        ("sublayers", {}),
        ("sublayers.0", 3),
        ("sublayers.0.0", {}),
        ("sublayers.0.0.weight", 0.5),
        ("sublayers.0.0.weight", 1e40),
        ("sublayers.0.0.keys", []),
        ("sublayers.0.0.agrees", [1]),
        ("sublayers.0.0.more", 1),
        ("sublayers.1.0.n", 0),
        ("sublayers.1.0.n", 10**12),
        ("sublayers.1.0.reach", [1.0]),
        ("sublayers.1.0.steps", [[0, 1]]),
        ("sublayers.1.0.steps", [[0, 2], [0, 2]]),
        ("sublayers.1.0.steps", [[2, 10**9]]),
        ("sublayers.1.0.steps", [[0]]),
        ("more", None),
    ],
)
def test_what_is_no_plan(path: str, value: Any) -> None:
    data = copy.deepcopy(plain_plan(PLAN))
    *above, last = path.split(".")
    place: Any = data
    for key in above:
        place = place[int(key) if isinstance(place, list) else key]
    place[int(last) if isinstance(place, list) else last] = value
    with pytest.raises(PlanError):
        plan_from_plain(data)


@pytest.mark.parametrize("data", [None, [], {}, "plan", 3])
def test_no_object_at_all(data: Any) -> None:
    with pytest.raises(PlanError):
        plan_from_plain(data)

"""Means that are only compared with constants, of which the ends of what is between are listed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import rasp
from rasp.artifact import Artifact
from rasp.compiler.pipeline import compile_graph
from rasp.graph.columns import Column
from rasp.graph.construct import constant
from rasp.graph.nodes import Aggregate, SOpNode
from rasp.graph.walk import topological
from rasp.meaning import attended
from rasp.meaning.compared import bends, beside, constants_of, ends_of, few_of, same_side
from rasp.meaning.states import States, UnprovedError
from rasp.meaning.witness import Disagreement, Quantity, Total
from rasp.vocabulary import Vocabulary
from tests.meaning.test_proof import is_proved

MEAN = (
    'aggregate(select(indices, indices, <=), indicator(tokens == "(") - indicator(tokens == ")"))'
)
DYCK1 = f"""
height = {MEAN};
failed = aggregate(select(indices, indices, <=), indicator(height < 0)) > 0;
x = "F" if failed else ("T" if height == 0 else "P");
"""


def compiled(text: str, max_len: int, *, causal: bool = True) -> Artifact:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, rasp.SOp)
    return compile_graph(
        sop.node, vocabulary=Vocabulary.of("()"), max_len=max_len, causal=causal, prove=True
    )


@pytest.mark.parametrize(
    "text",
    [
        DYCK1,
        f"x = {MEAN} < 0;",
        f"x = {MEAN} >= 0.5;",
        f"h = {MEAN}; x = 1 if h > 0.25 else (2 if h > -0.3 else 3);",
        f'h = {MEAN}; x = tokens if h == 0.5 else "-";',
    ],
)
def test_long_inputs_are_proved(text: str) -> None:
    assert is_proved(compiled(text, 520))


@pytest.mark.parametrize(
    "text", [DYCK1, f"h = {MEAN}; x = 1 if h > 0.25 else (2 if h > 0 else 3);"]
)
@pytest.mark.parametrize("place", range(2))
def test_neurons_that_bend_elsewhere_are_not(text: str, place: int) -> None:
    """Right at all ends, and wrong between them or at one of them."""
    artifact = compiled(text, 520)
    assert is_proved(artifact)
    name = next(name for name in artifact.tensors if name.endswith("mlp.b_in"))
    bias = artifact.tensors[name].copy()
    bias[place] += 3.0 if bias[place] <= 0 else -3.0
    forged = replace(artifact, tensors=artifact.tensors | {name: bias})
    assert not is_proved(replace(forged, report=artifact.report))


@pytest.mark.parametrize(
    "text",
    [
        f"x = round({MEAN} * 3);",
        f"h = {MEAN}; x = h if h > 0 else 0;",
        f"x = {MEAN} ^ 2 == 1;",
        f"h = {MEAN}; x = aggregate(select(indices, indices, <=), h) > 0;",
    ],
)
def test_what_is_asked_otherwise_has_no_ends(text: str) -> None:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, rasp.SOp)
    for node in _means(sop.node):
        assert constants_of(node, [sop.node]) is None


def test_constants_that_a_mean_is_compared_with() -> None:
    sop = rasp.loads(f"h = {MEAN}; x = 0.5 <= h and h != 0;")["x"]
    assert isinstance(sop, rasp.SOp)
    (mean,) = _means(sop.node)
    assert constants_of(mean, [sop.node]) == (0.0, 0.5)


def _means(root: SOpNode) -> list[Aggregate]:
    return [node for node in topological([root]) if isinstance(node, Aggregate)][:1]


@pytest.mark.parametrize("constants", [(0.0,), (0.5,), (1 / 3,), (-0.3, 0.1), (1.0,), (-7.0, 7.0)])
@pytest.mark.parametrize(
    ("unit", "step", "low", "high"), [(1, 2, -1, 1), (1, 1, 0, 1), (10, 5, -3, 7)]
)
def test_ends_are_those_of_all_means(
    constants: tuple[float, ...], unit: int, step: int, low: int, high: int
) -> None:
    sums = {m: (low * m, high * m) for m in range(1, 12)}
    every = {p / (unit * m) for m, (a, b) in sums.items() for p in range(a, b + 1, step)}
    found = few_of(beside(constants, unit, step, sums), constants)
    wanted = few_of(sorted(every), constants)
    assert found == wanted
    assert set(found) <= every


def test_neighbours_of_a_constant_are_fractions() -> None:
    """Of 1/3 as a float the mean that is 1/3 is no neighbour, but the number itself."""
    found = sorted(few_of(beside((1 / 3,), 1, 1, {m: (0, m) for m in range(1, 300)}), (1 / 3,)))
    assert found[2] == 1 / 3
    below, above = (Fraction(v).limit_denominator(300) for v in (found[1], found[3]))
    assert below < Fraction(1, 3) < above
    assert all(a < b for a, b in pairwise(found))


def test_all_means_of_short_inputs_agree_with_their_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attended, "MAX_MEANS", 0)
    for text in (DYCK1, f"x = {MEAN} < 0;"):
        for max_len in (5, 9, 40):
            assert is_proved(compiled(text, max_len))


def test_a_bend_between_two_ends_counts() -> None:
    mean, other = constant(1), constant(2)
    columns: dict[Quantity, Column] = {
        mean: Column.of([0.5, 1.0, 0.5, 1.0]),
        other: Column.of([0, 0, 1, 1]),
    }
    states = States(columns, np.ones((1, 1, 4), dtype=bool), None, None, 4)
    few: dict[Quantity, dict[float, int]] = {mean: {0.5: 1, 1.0: 1}}
    inputs = np.array([[-3.0, 1.0], [5.0, 2.0], [-2.0, -1.0], [0.0, -2.0]])
    found = bends(states, few, inputs)
    assert found.tolist() == [[3.0, 0.0], [0.0, 0.0]]
    with pytest.raises(UnprovedError, match="not all ends"):
        bends(states.take(np.array([0, 1, 2])), few, inputs[:3])


@pytest.mark.parametrize("max_len", [40, 200, 520])
def test_sums_over_wide_orders_are_on_the_side_of_their_means(max_len: int) -> None:
    sop = rasp.loads(DYCK1)["x"]
    assert isinstance(sop, rasp.SOp)
    artifact = compile_graph(
        sop.node, vocabulary=Vocabulary.of("()"), max_len=max_len, optimize="size", prove=True
    )
    assert is_proved(artifact)
    name = next(name for name in artifact.tensors if name.endswith("mlp.b_in"))
    for place in range(3):
        bias = artifact.tensors[name].copy()
        bias[place] += 1.0
        assert not is_proved(replace(artifact, tensors=artifact.tensors | {name: bias}))


def test_which_sums_there_are_beside_a_mean() -> None:
    ends = ends_of({-1.0: 0, -0.5: 0, 0.25: 2, 1.0: 2, 3.0: 3})
    assert ends == {
        -1.0: (-1, -0.5),
        -0.5: (-1, -0.5),
        0.25: (0.25, 1),
        1.0: (0.25, 1),
        3.0: (3, 3),
    }
    low, high = np.array([-1.0, -1.0, -1.0, 0.25, 0.0]), np.array([0.5, 0.5, -0.5, 1.0, 0.0])
    sums = np.array([0.0, 3.0, 0.0, 0.0, 0.0])
    assert same_side(low, high, sums, None).tolist() == [True, True, False, False, True]
    assert same_side(low, high, sums, 0.5).tolist() == [True, True, False, True, True]


def test_the_sum_of_a_mean_is_asked_for_itself() -> None:
    sop = rasp.loads(f"x = {MEAN} < 0;")["x"]
    assert isinstance(sop, rasp.SOp)
    (mean,) = _means(sop.node)
    assert constants_of(mean, [Total(mean), sop.node]) == (0.0,)
    assert constants_of(mean, [Disagreement(mean), sop.node]) is None

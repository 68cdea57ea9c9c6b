"""What is found out about matrices a few rows at a time, or on the line that they are views of."""

from __future__ import annotations

import numpy as np
import pytest

import rasp
from rasp.compiler import matrices
from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Contexts
from rasp.compiler.facts.domains import Domain, joint
from rasp.compiler.facts.rows import Lines, distinct_lines, first_columns
from rasp.compiler.lowering.lower import lower as lower_graph
from rasp.compiler.matrices import are_same, between, by_cell, compared, identity, line_of, lower
from rasp.compiler.selection import counted, orders
from rasp.compiler.selection.masks import completed, continued
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Term
from rasp.compiler.variables import PositionVariable
from rasp.vocabulary import Vocabulary

N = 30
ROWS = np.arange(N)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "BLOCK_OF_PAIRS", 4 * N)


def index(size: int) -> PositionVariable:
    sop = rasp.loads("x = indices;")["x"]
    assert isinstance(sop, rasp.SOp)
    contexts = Contexts(size, causal=False)
    return lower_graph(sop.node, Vocabulary.of("a"), contexts, sop.origins).position


def test_the_line_of_a_view() -> None:
    view = lower(5)[:, :3]
    line = line_of(view)
    assert line is not None
    assert np.array_equal(matrices.diagonals(line, 5), view)
    assert line_of(np.tri(5, dtype=bool)) is None
    assert line_of(lower(5)[::-1]) is None
    assert line_of(np.broadcast_to(np.arange(3) < 2, (4, 3))) is None


@pytest.mark.parametrize("turned", [1, -1])
def test_what_is_computed_of_views_is_a_view(turned: int) -> None:
    one, other = lower(7)[::turned], identity(7)[::turned]
    found = by_cell(np.not_equal, one, other)
    assert np.array_equal(found, one != other)
    assert line_of(found[::turned]) is not None
    plain = by_cell(np.not_equal, one, np.ascontiguousarray(other))
    assert np.array_equal(plain, found)


def test_same_as_far_as_it_matters() -> None:
    one = np.tri(N, dtype=bool)
    other = one.copy()
    other[3, 20] = True
    assert are_same(one, one.copy())
    assert not are_same(one, other)
    assert are_same(one, other, lower(N))
    assert not are_same(one, other, ~lower(N))
    assert are_same(np.ones((N, N), dtype=bool), np.array([[True]]))


@pytest.mark.parametrize(
    ("low", "high", "is_view"),
    [
        (0 * ROWS, ROWS, True),
        (ROWS - 2, ROWS + 3, True),
        (0 * ROWS + 2, 0 * ROWS + 5, True),
        (np.minimum(ROWS, 1), ROWS, False),
        (0 * ROWS, N - ROWS, False),
        (ROWS + 1, ROWS, True),
        (0 * ROWS + 0.25, ROWS + 0.5, False),
    ],
)
def test_intervals_that_move(low: np.ndarray, high: np.ndarray, is_view: bool) -> None:
    for values in (np.arange(N + 1), np.arange(1, 9)):
        found = between(values, low, high)
        assert np.array_equal(found, (values >= low[:, None]) & (values <= high[:, None]))
    assert between(np.arange(N + 1), low, high).flags.writeable != is_view


def test_different_lines_where_they_stand() -> None:
    matrix = np.random.default_rng(2).random((N, 5)) < 0.4
    lines, number = distinct_lines(matrix)
    found = Lines.of(matrix)
    assert np.array_equal(matrix[found.first], lines)
    assert np.array_equal(found.number, number)
    assert np.array_equal(found.selecting(), lines.sum(axis=0))
    assert np.array_equal(first_columns(matrix), matrix.argmax(axis=1))


def test_sums_of_the_weights_of_what_is_selected() -> None:
    draw = np.random.default_rng(4)
    table, weights = draw.random((3, 4)) < 0.5, draw.integers(0, 9, N)
    kinds = draw.integers(0, 3, N), np.concatenate([np.arange(4), draw.integers(0, 4, N - 4)])
    for relation in (Relation(draw.random((N, N)) < 0.5), Relation.of_kinds(table, *kinds)):
        assert np.array_equal(relation.added_up(weights), relation.matrix @ weights)
        assert np.array_equal(relation.at(slice(3, 11)), relation.matrix[3:11])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("granularity", ["i", "n"])
def test_values_of_one_variable_have_no_row_for_each_context(
    granularity: str, causal: bool
) -> None:
    contexts = Contexts(N, causal)
    mask = np.random.default_rng(5).random((N, 6)) < 0.3
    mask[:, 4] = False
    domain = Domain(tuple(range(6)), contexts, granularity, mask)  # type: ignore[arg-type]
    table = joint([domain], contexts, granularity)  # type: ignore[arg-type]
    assert table.codes[:, 0].tolist() == [0, 1, 2, 3, 5]
    assert np.array_equal(table.contexts, mask.argmax(axis=0)[table.codes[:, 0]])
    kinds = np.array([1, -1, 0, 1, 1])
    found = table.where(kinds, 2, N)
    assert np.array_equal(found[:, 0], mask[:, 2])
    assert np.array_equal(found[:, 1], mask[:, 0] | mask[:, 3] | mask[:, 5])


@pytest.mark.parametrize("matrix", [lower(N, 2), lower(N), identity(N), lower(N, -1)])
def test_completed_matrices(matrix: Bools) -> None:
    plain = np.ascontiguousarray(matrix)
    assert np.array_equal(completed(matrix), completed(plain))
    for one, other in zip(continued(matrix), continued(plain), strict=True):
        assert np.array_equal(one, other)
        assert line_of(one) is not None


RELATIONS = {
    "key before": np.less,
    "key at": np.equal,
    "key not behind": np.less_equal,
    "key not at": np.not_equal,
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("moved", [0, 1, 3])
@pytest.mark.parametrize("name", RELATIONS)
def test_few_of_many_indices(
    name: str, moved: int, causal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = index(N)
    relation = Relation(compared(RELATIONS[name], ROWS - moved, ROWS))
    terms = [Term((Group(position, position, relation),))]
    whole = relation.matrix & np.tri(N, dtype=bool) if causal else relation.matrix
    wanted = orders._representatives(whole[None])
    found = orders._few_of_many(terms, position, causal=causal)
    if wanted.shape[1] == N:
        assert found is None
    else:
        assert found is not None
        assert np.array_equal(found, wanted)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("detailed", [0, N])
@pytest.mark.parametrize("moved", [-1, 0, 2])
def test_keys_that_indices_choose(
    causal: bool, detailed: int, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MOST_DETAILED", detailed)
    contexts, position = Contexts(N, causal), index(N)
    one, other = (
        Group(position, position, Relation(compared(compare, ROWS + by, ROWS)))
        for compare, by in ((np.less_equal, moved), (np.greater, moved - 4))
    )
    for groups in ([one], [other], [one, other]):
        chosen = np.logical_and.reduce([group.matrix for group in groups])
        bounds = Bounds(contexts, *counted._counted(groups, contexts))
        for length in range(1, N + 1):
            queries = range(length)
            wanted = [
                int(chosen[query, : query + 1 if causal else length].sum()) for query in queries
            ]
            found = bounds.at_length(length)
            assert found[:, 0].min() <= min(wanted)
            assert found[:, 1].max() >= max(wanted)
            if detailed:
                assert np.array_equal(np.unique(wanted), np.unique(found))

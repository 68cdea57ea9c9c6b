"""The compiler's parts against their definitions, on random instances."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Contexts, coarsest
from rasp.compiler.facts.domains import Domain, TooManyRowsError, joint
from rasp.compiler.facts.means import Grid, mean_domain
from rasp.compiler.facts.rows import count_rows, distinct_rows, number_rows
from rasp.compiler.selection.forms import factor
from rasp.compiler.selection.orders import distinct_counts
from rasp.compiler.selection.relations import Relation
from rasp.compiler.selection.selectors import Group, Term
from rasp.compiler.synthesis import synthesise
from rasp.compiler.synthesis.cubes import Cube, _cover
from rasp.compiler.synthesis.table import Table, values_of
from rasp.compiler.variables import Categorical, Length
from rasp.graph.construct import constant
from rasp.graph.operators import mean

CONTEXTS = Contexts(4, False)


def variable(size: int) -> Categorical:
    return Categorical(
        node=constant(size),
        label=f"x{size}",
        depth=0,
        possible=Domain.everywhere(range(size), CONTEXTS),
    )


matrices = st.integers(1, 6).flatmap(
    lambda rows: st.integers(1, 6).flatmap(
        lambda columns: st.lists(
            st.booleans(), min_size=rows * columns, max_size=rows * columns
        ).map(lambda cells: np.array(cells).reshape(rows, columns))
    )
)


@given(matrices)
def test_factors_score_selected_keys_0_and_others_at_most_minus_1(matrix: np.ndarray) -> None:
    factors = factor(matrix)
    scores = np.full(matrix.shape, factors.bias)
    for query, key in factors.pairs:
        q = np.ones(matrix.shape[0]) if query is None else query
        k = np.ones(matrix.shape[1]) if key is None else key
        scores += np.outer(q, k)
    assert (scores[matrix] == 0).all()
    assert (scores[~matrix] <= -1).all()


@pytest.mark.parametrize("size", [2, 3, 8, 9, 50])
def test_an_equality_needs_about_log2_products(size: int) -> None:
    assert len(factor(np.eye(size, dtype=bool)).pairs) <= max(1, int(np.ceil(np.log2(size))))


@given(st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=20))
def test_rows_are_numbered_like_unique_does(rows: list[list[int]]) -> None:
    array = np.array(rows)
    numbers = number_rows(list(array.T), len(rows))
    expected = np.unique(array, axis=0, return_inverse=True)[1].reshape(-1)
    assert numbers.tolist() == expected.tolist()
    assert count_rows(list(array.T), len(rows)) == len(np.unique(array, axis=0))
    assert array[distinct_rows(list(array.T), len(rows))].tolist() == sorted(
        [list(row) for row in set(map(tuple, rows))]
    )


@given(st.lists(st.integers(0, 2), min_size=16, max_size=16))
def test_the_coarsest_granularity_says_the_same(cells: list[int]) -> None:
    array = np.array(cells).reshape(16, 1)
    granularity, rows = coarsest(array, CONTEXTS)
    back = CONTEXTS.expand(rows, granularity, "in")
    assert (back == array)[CONTEXTS.valid()].all()


def test_joint_values_that_cannot_meet_are_not_listed() -> None:
    prefix = np.tri(4, 5, 1, dtype=bool)  # at index i: 0 .. i + 1
    counts = Domain(tuple(range(5)), CONTEXTS, "i", prefix)
    indices = Domain(tuple(range(4)), CONTEXTS, "i", np.eye(4, dtype=bool))
    table = joint([counts, indices], CONTEXTS)
    found = {tuple(row) for row in table.codes.tolist()}
    assert found == {(count, i) for i in range(4) for count in range(i + 2)}


def test_too_many_joint_values_are_refused_before_they_are_listed() -> None:
    wide = Domain.everywhere(range(3000), CONTEXTS)
    with pytest.raises(TooManyRowsError) as raised:
        joint([wide, wide], CONTEXTS)
    assert raised.value.rows == 9_000_000


@given(
    st.lists(st.sampled_from([0, 1, 2, -1, 0.5, 2.5]), min_size=1, max_size=3, unique=True),
    st.integers(1, 4),
)
def test_every_mean_is_in_the_domain(values: list[float], count: int) -> None:
    full = np.full((4, 4), count)
    domain = mean_domain(Grid.of(values), Bounds(CONTEXTS, full, full), 0, CONTEXTS)
    for chosen in itertools.product(values, repeat=count):
        assert mean(list(chosen)) in domain.values


def test_of_one_key_at_most_nothing_is_read_but_what_keys_carry() -> None:
    # As all values on their grid, the means of 12 digits had 249,480 at the next position.
    none, one = np.zeros((4, 4), dtype=np.int64), np.ones((4, 4), dtype=np.int64)
    carried = sorted({total / n for n in range(1, 13) for total in range(9 * n + 1)})
    domain = mean_domain(
        Grid.of(carried), Bounds(CONTEXTS, none, one), -1, CONTEXTS, carried=carried
    )
    assert sorted(domain.numbers.tolist()) == [-1.0, *carried]


def test_a_grid_of_thirds_is_meant_exactly() -> None:
    grid = Grid.of([1 / 3, 2 / 3])
    assert grid.blurred
    assert grid.step == Fraction(1, 3)
    assert not Grid.of([0.5, 0.25]).blurred


def order_terms(size: int, position: Categorical, key: Categorical, *, ties: bool) -> list[Term]:
    less = np.arange(size)[:, None] > np.arange(size)[None, :]  # [query, key]
    earlier = np.arange(position.size)[:, None] > np.arange(position.size)[None, :]
    terms = [Term((Group(key, key, Relation(less)),))]
    if ties:
        equal = np.eye(size, dtype=bool)
        terms.append(
            Term((Group(key, key, Relation(equal)), Group(position, position, Relation(earlier))))
        )
    return terms


@pytest.mark.parametrize("ties", [True, False])
def test_only_an_order_of_all_positions_gives_different_counts(ties: bool) -> None:
    position, key, unit = variable(4), variable(3), variable(1)
    found = distinct_counts(order_terms(3, position, key, ties=ties), position, unit, causal=False)
    assert (found is not None and found.permutation) is ties
    # A decoder's query does not see later keys, so "smaller" is no order of all positions there.
    causal = distinct_counts(order_terms(3, position, key, ties=ties), position, unit, causal=True)
    assert causal is None or not causal.everywhere


def test_earlier_equal_keys_give_different_counts_among_equal_keys() -> None:
    position, key, unit = variable(4), variable(3), variable(1)
    term = order_terms(3, position, key, ties=True)[1]
    found = distinct_counts([term], position, unit, causal=False)
    assert found is not None
    assert not found.everywhere
    assert sorted(found.classes.tolist()) == [0, 1, 2]


def realised(table: Table, exact: bool) -> tuple[np.ndarray, int]:
    """What the synthesised layer gives on every row, and its number of neurons."""
    solution = synthesise(table, [], exact=exact)
    assert solution is not None
    columns = [values_of(direct, table) for direct in solution.direct]
    hidden = [np.maximum(values_of(neuron, table), 0.0) for neuron in solution.neurons]
    result = np.stack(columns, axis=1)
    if hidden:
        result = result + np.stack(hidden, axis=1) @ solution.outputs.T
    return result, len(solution.neurons)


@settings(deadline=None)
@given(
    st.lists(st.integers(2, 4), min_size=1, max_size=3),
    st.integers(1, 3),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_any_function_of_categorical_leaves_is_one_layer(
    sizes: list[int], n_features: int, exact: bool, random: object
) -> None:
    leaves = tuple(variable(size) for size in sizes)
    rows = np.array(list(itertools.product(*map(range, sizes))))
    targets = np.array(
        [[random.choice([0, 1, 2]) for _ in range(n_features)] for _ in rows],  # type: ignore[attr-defined]
        dtype=float,
    )
    result, _ = realised(Table(leaves, rows, targets), exact)
    assert np.allclose(result, targets)


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(1, 3), st.booleans(), st.randoms(use_true_random=False))
def test_any_function_of_a_scalar_and_a_gate_is_one_layer(
    n_values: int, n_gates: int, exact: bool, random: object
) -> None:
    contexts = Contexts(n_values, False)
    scalar = Length(
        node=constant(n_values),
        label="n",
        depth=1,
        possible=Domain.everywhere(range(1, n_values + 1), contexts),
    )
    gate = variable(n_gates)
    rows = np.array(list(itertools.product(range(n_values), range(n_gates))))
    targets = np.array([[random.choice([0.0, 1.0])] for _ in rows])  # type: ignore[attr-defined]
    result, _ = realised(Table((scalar, gate), rows, targets), exact)
    assert np.allclose(result, targets)


def test_a_sum_modulo_is_few_bends() -> None:
    a, b = variable(10), variable(10)
    rows = np.array(list(itertools.product(range(10), range(10))))
    targets = ((rows[:, 0] + rows[:, 1]) % 10)[:, None].astype(float)
    result, neurons = realised(Table((a, b), rows, targets), True)
    assert np.allclose(result, targets)
    assert neurons == 2


def test_combinations_that_do_not_occur_agree_with_anything() -> None:
    """Along either leaf alone the two known rows do not contradict each other."""
    leaves = (variable(2), variable(2), variable(2))
    rows = np.array([[0, 0, 0], [1, 1, 1], [0, 0, 1], [1, 1, 0]])
    targets = np.array([[0.0], [1.0], [2.0], [2.0]])
    result, _ = realised(Table(leaves, rows, targets), True)
    assert np.allclose(result, targets)
    tensor = np.array([[0, -1], [-1, 1]], dtype=np.int32)
    cubes: list[Cube] = []
    _cover(tensor, {}, cubes, np.inf)
    assert sorted(cube.outcome for cube in cubes) == [0, 1]

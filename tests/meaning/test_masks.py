"""Tables of pairs that are made a few rows at a time say what a table of all pairs says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
from rasp.graph.columns import Column
from rasp.graph.nodes import INDICES, TOKENS, Select
from rasp.meaning import factors, masks, parted
from rasp.meaning.attended import Attended
from rasp.meaning.factors import Scored
from rasp.meaning.masks import EVERY, between, identity, joined_masks
from rasp.meaning.parted import _Part, _Scores
from rasp.meaning.selectors import Meets, Truths, spread, truth_of
from rasp.meaning.sides import _least, _most
from rasp.meaning.states import States

SIZE = 4
SEEDS = st.integers(0, 10_000)


@pytest.fixture(autouse=True)
def few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one to three rows."""
    monkeypatch.setattr(masks, "CELLS_AT_ONCE", 3 * SIZE)


def states_of(draw: np.random.Generator, n_rows: int) -> States:
    """Some rows, of which index or length may be known."""
    n, i = draw.choice([1, SIZE]), draw.choice([1, SIZE])
    index = length = None
    if draw.random() < 0.4:
        index, i = draw.integers(0, SIZE, n_rows), 1
    if draw.random() < 0.4:
        length, n = draw.integers(0, SIZE, n_rows), 1
    mask = draw.random((n, i, n_rows)) < draw.choice([0.4, 1.0])
    return States({}, mask, index, length, n_rows)


@given(SEEDS)
def test_masks(seed: int) -> None:
    draw = np.random.default_rng(seed)
    mask = draw.random((2, 3, 7)) < 0.3
    kind = np.concatenate([np.arange(4), draw.integers(0, 4, 3)])
    joined = [mask[:, :, kind == number].any(axis=2) for number in range(4)]
    assert (joined_masks(mask, kind, 4) == np.stack(joined, axis=2)).all()
    assert (identity(seed % 9 + 1) == np.eye(seed % 9 + 1)).all()
    low, high = np.sort(draw.integers(0, 6, (2, 5, 2)), axis=0)
    expected = (np.arange(6) >= low[:, :, None]) & (np.arange(6) <= high[:, :, None])
    assert (between(np.arange(6), low, high) == expected).all()


@given(SEEDS)
def test_where_states_begin_and_end(seed: int) -> None:
    states = states_of(np.random.default_rng(seed), 6)
    for at in (states.at_lengths, states.at_indices):
        ends, whole = states.ends_at(at, SIZE), at(SIZE)
        for row, there in enumerate(whole):
            places = np.flatnonzero(there)
            assert ends.n_there[row] == len(places)
            if len(places):
                assert (ends.first[row], ends.last[row]) == (places[0], places[-1])
    for within in (slice(0, 2), slice(2, 4)):
        lengths, indices, rows = states.contexts()
        known = states.index is not None or states.mask.shape[1] > 1
        some = (indices >= within.start) & (indices < within.stop) if known else EVERY
        found = set(zip(*(part.tolist() for part in states.contexts(within)), strict=True))
        assert found == set(zip(lengths[some].tolist(), indices[some], rows[some], strict=True))


@given(SEEDS, st.booleans())
def test_who_meets(seed: int, causal: bool) -> None:
    """A query meets a key if there is a length at which both are possible; a causal one, if it may
    be at no earlier index."""
    draw = np.random.default_rng(seed)
    space = Attended(("a",), SIZE, causal=causal)
    query, key = states_of(draw, 5), states_of(draw, 6)
    expected = query.at_lengths(SIZE).astype(int) @ key.at_lengths(SIZE).T.astype(int) > 0
    if query.in_longest(SIZE) and key.in_longest(SIZE):
        assert expected.all()
    if causal:
        last = [np.flatnonzero(row)[-1] if row.any() else SIZE for row in query.at_indices(SIZE)]
        first = [np.flatnonzero(row)[0] if row.any() else 0 for row in key.at_indices(SIZE)]
        expected &= np.array(first)[None, :] <= np.array(last)[:, None]
    found = Meets.of(query, key, space)
    assert (found.at(EVERY) == expected).all()
    assert (found.at(slice(1, 3)) == expected[1:3]).all()
    assert not (found.everywhere and not expected.all())


@given(SEEDS)
def test_what_compares(seed: int) -> None:
    """Numbers of every size, and what has no order."""
    draw = np.random.default_rng(seed)
    pool = ([0, 1, 2, 3], [0, 1, 2**40, -(2**60)], ["a", "b"], [0.5, 1, 2], ["a", 1, 2])[seed % 5]
    mask = np.ones((1, 1, 6), dtype=bool)
    sides = [
        States(
            {node: Column.of([pool[k] for k in draw.integers(0, len(pool), 6)])},
            mask,
            None,
            None,
            6,
        )
        for node in (TOKENS, INDICES)
    ]
    for comparison in ("==", "!=", "<", "<=", ">", ">="):
        node = Select(INDICES, TOKENS, comparison)
        whole, rows = truth_of(node, *sides), Truths.of(node, *sides)
        for row, a in enumerate(sides[0].columns[TOKENS].elements()):
            for column, b in enumerate(sides[1].columns[INDICES].elements()):
                clash = isinstance(a, str) != isinstance(b, str) and comparison not in ("==", "!=")
                assert clash == (whole.clash is not None and bool(whole.clash[row, column]))
                if not clash:
                    assert whole.chosen[row, column] == eval(f"b {comparison} a")
        for some in (slice(0, 2), slice(2, 6)):
            assert (rows.at(some).chosen == whole.chosen[some]).all()


@given(SEEDS)
def test_cases_of_pairs(seed: int) -> None:
    """Extremes of scores, and which marks come together, only of pairs that meet."""
    draw = np.random.default_rng(seed)
    queries, keys = draw.integers(-2, 3, (3, 2)) * 1.0, draw.integers(-2, 3, (4, 2)) * 1.0
    of_query = np.concatenate([np.arange(3), draw.integers(0, 3, 3)])
    of_key = np.arange(4) if seed % 2 else np.concatenate([np.arange(4), draw.integers(0, 4, 3)])
    met = draw.random((6, len(of_key))) < 0.5
    meets = Meets([] if seed % 3 == 0 else [lambda rows: met[rows]], met.shape)
    met = meets.at(EVERY)
    scores = (queries @ keys.T)[of_query][:, of_key]
    truth = draw.random(met.shape) < 0.5
    for few in (0, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parted, "FEW_KINDS", few)
            own = _Scores(Scored(queries, keys, 0.0, 0.0), (of_query, of_key), meets)
            assert own.highest == scores.max(where=met, initial=-np.inf)
            lowest, highest = own.beside(0.5)
            assert lowest == scores.min(where=met & (scores >= 0.5), initial=np.inf)
            assert highest == scores.max(where=met & (scores < 0.5), initial=-np.inf)
            part = _Part(meets, {None: lambda rows: truth[rows]}, [own])
            found = parted._cases(part, [0.5])
        pairs = set(zip(truth[met].tolist(), (scores[met] >= 0.5).tolist(), strict=True))
        assert set(map(tuple, found.tolist())) == pairs


@given(SEEDS)
def test_spread(seed: int) -> None:
    draw = np.random.default_rng(seed)
    table = draw.random((3, 4)) < 0.5
    rows, columns = draw.integers(0, 3, 5), draw.integers(0, 4, 6) if seed % 2 else np.arange(4)
    for cells in (1, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("rasp.meaning.selectors.CELLS_AT_ONCE", cells)
            found = spread(table, rows, columns)(slice(1, 4))
        assert (found == table[rows[1:4]][:, columns]).all()


def test_numbers_of_keys_on_sides() -> None:
    """All but the query are the most, and none the least, wherever there is such a position."""
    numbers = np.arange(SIZE)
    none, all_but, before = np.zeros((1, 1), int), numbers[:, None], numbers[None, :]
    behind = numbers[:, None] - numbers[None, :]
    there = np.tri(SIZE, dtype=bool)
    for several in ([none, before], [before, behind], [behind, all_but], [all_but, before, none]):
        wide = np.stack([np.broadcast_to(one, (SIZE, SIZE)) for one in several])
        assert (np.broadcast_to(_most(several), there.shape) == wide.max(axis=0))[there].all()
        assert (np.broadcast_to(_least(several), there.shape) == wide.min(axis=0))[there].all()


PROGRAMS = (
    "x = aggregate(select(indices, length - 1 - indices, ==), tokens);",
    "x = selector_width(select(tokens, tokens, ==) and select(indices, indices, <));",
    "x = sort(tokens, tokens);",
    "x = aggregate(select(indices, indices, <=), indices);",
    'x = aggregate(best(select(tokens, "a", ==), indices), indices, -1);',
)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("program", PROGRAMS)
def test_proofs(program: str, causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is proved of short inputs is so in parts, too, a few pairs at a time."""
    monkeypatch.setattr(masks, "CELLS_AT_ONCE", 20)
    monkeypatch.setattr(parted, "FEW_KINDS", 1)
    monkeypatch.setattr(factors, "MANY_PAIRS", 1)
    monkeypatch.setattr("rasp.meaning.added.MANY_PAIRS", 1)
    model = rasp.compile(rasp.loads(program)["x"], vocab="ab", max_len=7, causal=causal)
    assert model.report.certificate.meaning.ok


def test_an_index_is_there_in_longer_inputs_only() -> None:
    """So a place that is the index, or in front of it, is that of a key."""
    mask = np.eye(SIZE, dtype=bool)[None]  # [1, index, row]: the rows are the indices
    states = States({}, mask, None, None, SIZE)
    assert np.array_equal(states.at_lengths(SIZE), np.tri(SIZE, dtype=bool).T)
    assert np.array_equal(states.at_indices(SIZE), np.eye(SIZE, dtype=bool))

"""Selectors of one program compare the same: what is found out about that is found out once."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import rasp
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.facts.rows import by_order, distinct_lines
from rasp.compiler.lowering.lower import lower
from rasp.compiler.selection.axes import Axis
from rasp.compiler.selection.forms import factor
from rasp.compiler.variables import PositionVariable, Tally
from rasp.vocabulary import Vocabulary

LARGEST_SO_FAR = """
so_far = select(indices, indices, <=);
found = 0;
for digit in range(1, 10) {
    found = digit if has_focus(so_far and select(tokens_int, digit, ==)) else found;
}
"""


@pytest.mark.parametrize("causal", [False, True])
def test_nine_questions_about_the_same_keys_have_their_order_in_common(causal: bool) -> None:
    sop = rasp.loads(LARGEST_SO_FAR)["found"]
    assert isinstance(sop, rasp.SOp)
    contexts = Contexts(130, causal=causal)
    lowered = lower(sop.node, Vocabulary.of("0123456789"), contexts, sop.origins)
    (tally,) = (variable for variable in lowered.variables if isinstance(variable, Tally))
    assert len(tally.terms) == 9
    orders = [
        group for term in tally.terms for group in term.groups if group.query is lowered.position
    ]
    assert len(orders) == (0 if causal else 9)  # a mask says it for nothing
    assert len({id(group) for group in orders}) == (0 if causal else 1)


def test_an_axis_makes_each_group_once() -> None:
    position = lowered_position(4)
    axis = Axis.of(position, position, [np.tri(4, dtype=bool)], masked=False)
    below = np.array([False, True])
    assert axis.group(below) is axis.group(below.copy())
    assert (axis.group(below).matrix == np.tri(4, dtype=bool)).all()
    assert (axis.group(~below).matrix == ~np.tri(4, dtype=bool)).all()
    assert axis.group(below | ~below).relation.is_full
    assert axis.group(below & ~below).relation.is_empty


@pytest.mark.parametrize("n_comparisons", [1, 2, 3, 9])
@pytest.mark.parametrize("size", [1, 5])
def test_classes_say_what_each_comparison_does(n_comparisons: int, size: int) -> None:
    draw = np.random.default_rng(n_comparisons * size)
    position = lowered_position(size)
    for n_truths in (1, 2):
        matrices = [draw.integers(0, n_truths, (size, size)) > 0 for _ in range(n_comparisons)]
        axis = Axis.of(position, position, matrices, masked=False)
        for number, matrix in enumerate(matrices):
            assert (axis.patterns[:, number][axis.classes.astype(int)] == matrix).all()
            assert (axis.group(axis.patterns[:, number]).matrix == matrix).all()
        ordered = [tuple(pattern) for pattern in axis.patterns.tolist()]
        assert ordered == sorted(set(ordered))
        assert set(axis.classes.reshape(-1).astype(int)) == set(range(len(ordered)))


def lowered_position(size: int) -> PositionVariable:
    sop = rasp.loads("x = indices;")["x"]
    assert isinstance(sop, rasp.SOp)
    contexts = Contexts(size, causal=False)
    return lower(sop.node, Vocabulary.of("a"), contexts, sop.origins).position


@pytest.mark.parametrize("said", list(product((False, True), repeat=3)))
@pytest.mark.parametrize("size", [2, 3, 6])
def test_what_depends_on_the_order_alone(said: tuple[bool, bool, bool], size: int) -> None:
    before, at, behind = said
    places = np.sign(np.arange(size)[None, :] - np.arange(size)[:, None])
    matrix = np.select([places < 0, places == 0], [before, at], behind).astype(bool)
    assert by_order(matrix) == said
    for place in range(1, size - 1):
        changed = matrix.copy()
        changed[place, place] ^= True
        assert by_order(changed) is None
        changed = matrix.copy()
        changed[place + 1, place - 1] ^= True
        assert by_order(changed) is None


@pytest.mark.parametrize("width", [1, 8, 9, 64, 65, 200])
def test_distinct_lines_are_in_the_order_of_their_truths(width: int) -> None:
    draw = np.random.default_rng(width)
    matrix = draw.integers(0, 2, (7, width)).astype(bool)[draw.integers(0, 7, 40)]
    lines, number = distinct_lines(matrix)
    assert list(map(tuple, lines.tolist())) == sorted(set(map(tuple, matrix.tolist())))
    assert (lines[number] == matrix).all()


def test_products_of_a_wide_order_are_made_when_they_are_asked_for() -> None:
    size = 3000  # as arrays of floats they would be 150 megabytes
    order = factor(np.tri(size, k=-1, dtype=bool))
    assert order.form == "one-hot"
    assert len(order.pairs) == size
    query, key = order.pairs[17]
    assert query is not None
    assert key is not None
    assert np.flatnonzero(query).tolist() == [17]
    assert ((key == 0) == (np.arange(size) < 17)).all()

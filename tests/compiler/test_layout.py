"""Where directions live, and which sums of earlier results are written anew: what takes less."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import rasp
from rasp.compiler import arrangement
from rasp.compiler.blocks import Blocks, Direction, EmbeddingColumn, Feedforward, Form
from rasp.compiler.layout import lay_out, n_parameters
from rasp.sop import SOp
from tests.compiler.test_scaling import compiled

LEFT, RIGHT = (f"aggregate(select(indices, indices {sign} 1, ==), s, 0)" for sign in "-+")
STEPS = {
    "sums": f"s = (s + {LEFT} + {RIGHT}) % 2;",
    "conditionals": f"l = {LEFT}; r = {RIGHT}; s = r if s == 1 else l;",
    "maxima": f"s = max(s, max({LEFT}, {RIGHT}));",
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_round_takes_as_much_as_the_one_before(step: str) -> None:
    """The sum of all that came before took more in every round, and was not proved from ten on."""
    text = "s = tokens_int;\nfor round in range({}) {{ {} }}\nx = s;"
    sizes = []
    for n in (4, 6, 8):
        model = compiled(text.format(n, step), "01", 4)
        assert model.certificate.ok
        assert model.certificate.meaning.ok
        sizes.append(model.report.n_parameters)
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] > 0


def test_a_sum_that_does_not_grow_stays_one() -> None:
    sop = rasp.loads("s = tokens_int; s = s + aggregate(select(indices, 0, ==), s, 0); x = s;")["x"]
    assert isinstance(sop, SOp)
    before, arrangement.DEEP = arrangement.DEEP, 0
    try:
        deep = rasp.compile(sop, vocab="01", max_len=4)
    finally:
        arrangement.DEEP = before
    assert rasp.compile(sop, vocab="01", max_len=4).report.n_parameters <= deep.report.n_parameters


def chain(n_directions: int, n_neurons: int) -> Blocks:
    """Directions one after the other, each made of the one before by so many neurons."""
    directions = [Direction(str(n), (0, n)) for n in range(n_directions)]
    return Blocks(
        (EmbeddingColumn(directions[0], "token", np.arange(2.0)),),
        (),
        tuple(
            Feedforward(
                direction.born,
                direction.label,
                (Form(0.0, {before: 1.0}),) * n_neurons,
                ((direction, np.ones(n_neurons)),),
                np.zeros(n_neurons, dtype=bool),
                np.ones(n_neurons),
            )
            for before, direction in pairwise(directions)
        ),
        (Form(0.0, {directions[-1]: 1.0}),),
    )


def test_dimensions_are_used_again_where_that_takes_less() -> None:
    """A dimension of three costs less than neurons that empty it; one of twenty does not."""
    assert lay_out(chain(3, 1)).d_model == 4
    assert lay_out(chain(20, 3)).d_model < 5
    for blocks in (chain(3, 1), chain(20, 3)):
        found = lay_out(blocks, 7)
        assert sorted(set(found.places.values())) == list(range(1, found.d_model))
        assert n_parameters(blocks, found, 7) <= n_parameters(blocks, lay_out(blocks, 700), 7)

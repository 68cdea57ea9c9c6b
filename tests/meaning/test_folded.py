"""Values of much are put together one after the other, and what is wrong of that is not proved."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import rasp
from rasp.compiled import CompiledModel
from rasp.graph.nodes import atom_key
from rasp.interpreter import outcomes, traced
from rasp.meaning.activated import Activations
from rasp.meaning.attended import Attended
from rasp.meaning.combined import Combined
from rasp.meaning.folded import Fold
from rasp.meaning.neurons import Feedforward
from rasp.meaning.states import TooManyError, codes_of, ordered, parts
from rasp.sop import SOp
from rasp.verification import same_outcome


def _flags(n: int) -> str:
    return "".join(
        f'f{k} = aggregate(select(indices, indices - {k}, ==), tokens == "a", False);\n'
        for k in range(1, n + 1)
    )


def _one_of(n: int) -> str:
    some = " or ".join(f"f{k}" for k in range(1, n + 1))
    return _flags(n) + f'x = tokens != "b" and not ({some});'


def _last_of(n: int) -> str:
    steps = "".join(f"s = {k % 3} if f{k} else s;\n" for k in range(1, n + 1))
    return _flags(n) + "s = 0;\n" + steps + "x = s;"


PROGRAMS = {
    "the last of twelve": (_last_of(12), 13),
    "the place of the n-th": (
        'noun = tokens != "c";'
        "n = selector_width(select(noun, True, ==) and select(indices, indices, >));"
        "x = aggregate(first(select(n, n, ==) and select(noun, True, ==)), indices, -1);",
        5,
    ),
    "back to where it was": (
        'kept = tokens != "c";'
        "n = selector_width(select(kept, True, ==) and select(indices, indices, <));"
        "place = aggregate(select(n if kept else -1, indices, ==), indices, -1);"
        'next = aggregate(select(indices, indices + 1, ==), tokens == "a", False);'
        "x = aggregate(select(place, indices, ==), next, False);",
        5,
    ),
    "two failures at once": (
        'n = {"a": 1, "b": 2}[tokens]; t = {"a": "x", "b": "y"}[tokens];'
        'x = aggregate(select(n, 1, ==), t, "-");',
        3,
    ),
}
"""Programs of which too much was multiplied, or too little was known: with their longest input."""


def _compiled(text: str, vocab: str, max_len: int) -> CompiledModel:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=vocab, max_len=max_len)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_much_is_proved(name: str) -> None:
    text, max_len = PROGRAMS[name]
    meaning = _compiled(text, "abc", max_len).certificate.meaning
    assert meaning.ok, meaning.reason


@pytest.mark.parametrize("text", [_one_of(3), _last_of(3)])
def test_what_neurons_do_otherwise_is_not_proved(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each weight of a feed-forward sublayer a little different: what is proved all the same is
    right."""

    def refused(*_: object) -> None:
        raise TooManyError("what is read has too many values")

    model = _compiled(text, "ab", 5)
    for way in ("_at_once", "_summed", "_apart"):
        monkeypatch.setattr(Feedforward, way, refused)
    inputs = [list(word) for n in range(1, 6) for word in product("ab", repeat=n)]
    expected = outcomes(model.specification.node, inputs)
    assert model.artifact.new_meaning().ok
    changed = [t for name, t in model.module.named_parameters() if ".mlp." in name]
    n_proved = n_unproved = 0
    for tensor in changed:
        for place in map(tuple, np.argwhere(tensor.detach().numpy() != 0)):
            with torch.no_grad():
                before = tensor[place].item()
                tensor[place] = before + 1
                proved = model.certificate.meaning.ok
                right = all(map(same_outcome, expected, model.outcomes(inputs)))
                assert right or not proved
                tensor[place] = before
            n_proved += proved
            n_unproved += not proved
    assert n_unproved > n_proved


@pytest.mark.parametrize("by_index", [False, True])
@pytest.mark.parametrize("text", [_one_of(3), _last_of(4)])
def test_all_that_there_is_is_among_it(text: str, by_index: bool) -> None:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    space = Attended(("a", "b"), 5, causal=False)
    nodes = ordered([sop.node], frozenset())
    wanted = [sop.node, next(q for q in nodes if not parts(q))]
    states = Fold(space, by_index=by_index).over(wanted, (), frozenset())
    coded = [codes_of(states.columns[quantity]) for quantity in wanted]
    rows = {
        tuple(atom_key(atoms[codes[row]]) for codes, atoms in coded) for row in range(states.size)
    }
    for word in product("ab", repeat=5):
        values = traced(wanted, list(word))
        for own in zip(*(values[node] for node in wanted), strict=True):
            assert tuple(map(atom_key, own)) in rows
    assert len(rows) == states.size or by_index


@pytest.mark.parametrize("by_index", [False, True])
def test_a_neuron_that_reads_nothing_gives_what_it_gives(by_index: bool) -> None:
    """A direction that is said to hold 0, and gets 3 times 5 from a neuron with a constant."""
    streams: Any = SimpleNamespace(
        space=Attended(("a", "b"), 3, causal=False),
        witness=SimpleNamespace(quantities=()),
        of_few=lambda _: False,
        meaning=lambda _: SimpleNamespace(constant=0.0, multiples=()),
        tables_of=lambda _: [],
    )
    combined = Combined(streams, np.array([5.0]), {}, np.array([5.0]), np.array([4]))
    fold = Activations(combined, np.array([[3.0]]), [0], [], by_index=by_index)
    assert fold.farthest(frozenset()).tolist() == [15.0]
    assert fold.reach.tolist() == [5.0]

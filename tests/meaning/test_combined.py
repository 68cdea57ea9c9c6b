"""Many values together: what is multiplied, what is computed, and what cancels in a sum."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rasp.artifact import Artifact
from rasp.certificate.plan import Neurons
from rasp.compiler.pipeline import compile_graph
from rasp.vocabulary import Vocabulary
from tests.meaning.test_proof import is_proved, node_of

ROLLING = """
v = {"a": 1, "b": 2, "c": 3, "d": 4}[tokens];
mult = 5;
for gap in [1, 2, 4, 8] { v = (v + mult * shift(v, gap, 0)) % 101; mult = (mult * mult) % 101; }
x = v;
"""
DOUBLING = """
p = tokens_int if tokens_int < length else indices;
far = indicator(not (p == indices));
for step in range(4) { far = far + load_from_location(far, p); p = load_from_location(p, p); }
x = far if far < 10 else -1;
"""
BORROWING = """
dash = aggregate(select(tokens, "-", ==), indices);
digit = {"0": 0, "1": 1, "2": 2, "3": 3, "8": 8, "9": 9, "-": 0}[tokens];
other = aggregate(select(indices, indices + dash + 1, ==), digit, 0);
left = indices < dash;
d = digit - other if left else 0;
for step in range(6) {
    borrow = left and d < 0;
    ask = shift(indicator(borrow), -1, 0);
    d = d + 10 * indicator(borrow) - (ask if left else 0);
}
x = d if left else -99;
"""
GREATER = """
x = -1;
for back in range(6) {
    candidate = shift(tokens_int, back - 6, -1);
    x = candidate if candidate > tokens_int else x;
}
"""
PROGRAMS = {
    "sums that cancel": (ROLLING, "abcd", 10),
    "what follows from what is read": (DOUBLING, "0123456789", 10),
    "a long computation, taken apart a little": (BORROWING, "012389-", 13),
    "choices in a row": (GREATER, "01234", 7),
}


def model(name: str) -> Artifact:
    text, vocab, max_len = PROGRAMS[name]
    return compile_graph(node_of(text), vocabulary=Vocabulary.of(vocab), max_len=max_len)


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_proved(name: str) -> None:
    artifact = model(name)
    assert str(artifact.report.meaning) == "proved"


def test_sums_that_cancel_have_to() -> None:
    """One number that a head reads is another: what should cancel does not."""
    artifact = model("sums that cancel")
    assert is_proved(artifact)
    assert artifact.plan is not None
    (group, emptying) = artifact.plan.sublayers[1]
    assert isinstance(group, Neurons)
    assert isinstance(emptying, Neurons)
    assert emptying.empties
    w_out = artifact.tensors["blocks.0.mlp.W_out"].copy()
    w_out[group.n - 1] *= 2
    forged = artifact.tensors | {"blocks.0.mlp.W_out": w_out}
    assert not is_proved(replace(artifact, tensors=forged))
    w_u = artifact.tensors["unembed.W_U"].copy()
    (first, *_) = w_u[:, 0].nonzero()[0]
    w_u[first] *= 2
    forged = artifact.tensors | {"unembed.W_U": w_u}
    assert not is_proved(replace(artifact, tensors=forged))

"""Every kind of check is needed: without it, the proof of meaning proves a model that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from rasp.artifact import Artifact
from rasp.certificate import Head, Neurons
from rasp.testing.forged import renamed
from rasp.testing.meanings import Case, inputs_of, is_wrong
from rasp.testing.weakened import Check, Wrong, checks, proves, without
from rasp.vocabulary import Vocabulary
from tests.meaning.test_proof import PROGRAMS, model_of, node_of


def swapped() -> Artifact:
    """Two columns of the unembedding."""
    artifact = model_of(*PROGRAMS["tokens"])
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, [0, 1]] = w_u[:, [1, 0]]
    return replace(artifact, tensors=artifact.tensors | {"unembed.W_U": w_u})


def merged() -> Artifact:
    """Two values of the read-out are one."""
    artifact = model_of(*PROGRAMS["histogram"])
    values = list(artifact.readout.values)
    values[1] = values[2]
    return replace(artifact, readout=replace(artifact.readout, values=tuple(values)))


def passed_off(text: str, other: str, vocab: str) -> Artifact:
    """A model of the second program as one of the first."""
    root, forged = node_of(text), model_of(other, vocab)
    assert forged.graph is not None
    assert forged.witness is not None
    witness = renamed(forged.witness, {forged.graph: root})
    return replace(forged, graph=root, witness=witness)


def neurons() -> Artifact:
    count = "x = selector_width(select(tokens, tokens, ==)) == {};"
    return passed_off(count.format(2), count.format(3), "ab")


def selector() -> Artifact:
    count = "x = selector_width(select(tokens, tokens, {}));"
    return passed_off(count.format("=="), count.format("!="), "ab")


def read() -> Artifact:
    moved = 'x = aggregate(select(indices, indices - {}, ==), tokens, "-");'
    return passed_off(moved.format(1), moved.format(2), "ab")


def default() -> Artifact:
    moved = 'x = aggregate(select(indices, indices - 1, ==), tokens, "{}");'
    return passed_off(moved.format("a"), moved.format("b"), "ab")


def vocabulary() -> Artifact:
    artifact = model_of(*PROGRAMS["tokens"])
    return replace(artifact, vocabulary=Vocabulary(artifact.vocabulary.tokens[::-1]))


def loud() -> Artifact:
    """A failure is reported always."""
    artifact = model_of(*PROGRAMS["failure"])
    w_u, b_u = (artifact.tensors[f"unembed.{name}"].copy() for name in ("W_U", "b_U"))
    w_u[:, -1], b_u[-1] = 0.0, 1.0
    return replace(artifact, tensors=artifact.tensors | {"unembed.W_U": w_u, "unembed.b_U": b_u})


def spread() -> Artifact:
    """Ints are told from floats with too large a margin, so that some floats are ints."""
    artifact = model_of(*PROGRAMS["type"])
    assert artifact.readout.spread is not None
    other = replace(artifact.readout.spread, apart=3.0)
    return replace(artifact, readout=replace(artifact.readout, spread=other))


def weighed() -> Artifact:
    """A mean that index and length say is delivered by a head that the beginning weighs down."""
    artifact = model_of(*PROGRAMS["reverse"])
    assert artifact.plan is not None
    sublayer, *rest = artifact.plan.sublayers
    (head,) = sublayer
    assert isinstance(head, Head)
    w_k = artifact.tensors["blocks.0.attn.W_K"].copy()
    w_k[0, 0, len(head.keys)] = -artifact.tensors["blocks.0.attn.b_K"][0, len(head.keys)]
    plan = replace(artifact.plan, sublayers=((replace(head, weight=1.0),), *rest))
    tensors = artifact.tensors | {"blocks.0.attn.W_K": w_k}
    return replace(artifact, plan=plan, tensors=tensors)


def sharpened() -> Artifact:
    """Neurons make 1 of a share of 2/3, so that nobody sees that selected values differ."""
    mean = "y = aggregate(select(indices, indices, <=), tokens);"
    root = node_of(mean + "x = y;")
    artifact = model_of(mean + 'x = {"a": "a", "b": "b"}[y];', "ab")
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    share, flag = (d.place for d in plan.directions[-2:])
    w_in, b_in, w_out = (
        artifact.tensors[f"blocks.0.mlp.{name}"].copy() for name in ("W_in", "b_in", "W_out")
    )
    w_in[:, :4], b_in[:4], w_out[:4] = 0.0, 0.0, 0.0
    w_in[share, :2], b_in[:2], w_out[:2, flag] = 4.0, [-1.5, -2.5], [1.0, -1.0]
    w_u, b_u = np.zeros_like(artifact.tensors["unembed.W_U"]), np.array([0.0, 1.0, 0.0])
    w_u[flag, :2] = [1.0, -1.0]
    (group, emptying) = plan.sublayers[1]
    assert isinstance(group, Neurons)
    own = replace(group, reach=(3.0, 3.0, 0.0, 0.0))
    plan = replace(plan, sublayers=(plan.sublayers[0], (own, emptying)))
    meanings = (*witness.directions[:-1], witness.directions[-2])
    tensors = artifact.tensors | {
        "blocks.0.mlp.W_in": w_in,
        "blocks.0.mlp.b_in": b_in,
        "blocks.0.mlp.W_out": w_out,
        "unembed.W_U": w_u,
        "unembed.b_U": b_u.astype(w_u.dtype),
    }
    return replace(
        artifact,
        graph=root,
        plan=plan,
        witness=replace(witness, directions=meanings),
        tensors=tensors,
    )


NEEDED: list[tuple[str, Callable[[], Artifact]]] = [
    ("another value is read out", swapped),
    ("something else is read out", merged),
    ("the neurons compute something else", neurons),
    ("the scores do not select what the selector does", read),
    ("the scores do not select what the selector does", selector),
    ("what is delivered is something else", default),
    ("the embedding holds something else", vocabulary),
    ("a failure is reported where nothing fails", loud),
    ("the spread is read with too small a margin", spread),
    ("what index and length say is not delivered by one head", weighed),
    ("logits are read from something else than a mean", sharpened),
]


def check_of(message: str) -> list[Check]:
    return [check for check in checks() if message in check.message]


@pytest.mark.parametrize(("message", "model"), NEEDED, ids=[m.__name__ for _, m in NEEDED])
def test_without_the_check_a_wrong_model_is_proved(
    message: str, model: Callable[[], Artifact]
) -> None:
    artifact = model()
    assert artifact.graph is not None
    tokens = artifact.vocabulary.tokens
    case = Case(model.__name__, artifact.graph, tokens, artifact.max_len)
    wrong = Wrong(model.__name__, artifact, artifact.graph)
    assert artifact.new_meaning()["ok"] is False
    if model is not spread:  # `is_wrong` leaves types aside
        assert is_wrong(artifact, artifact.graph, inputs_of(case, 0))
    found = []
    for check in check_of(message):
        with without(check) as weaker:
            found.append(proves(weaker, wrong))
    assert any(found)

"""Models that are wrong by numbers which are equal but of two types, or which floats or NumPy do
not hold, for trying the proof of meaning on.

NUMBERS[name]()             wrong in value or in type
endless(), blind_head(), faint()    wrong, and refused by the certificate of rounding
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact, Labels
from rasp.certificate import Direction, Head, Neurons, Plan
from rasp.graph import construct
from rasp.graph.nodes import Aggregate, Indices
from rasp.meaning.witness import Beside, Meaning, Multiple, Term, Total, Witness
from rasp.outputs import Readout
from rasp.testing.wrong_models import model_of, node_of, passed_off, with_tensors

Build = Callable[[], Artifact]

PREFIX_MEAN = "x = aggregate(select(indices, indices, <=), tokens_asis);"


def _witness(artifact: Artifact) -> Witness:
    assert artifact.witness is not None
    return artifact.witness


def types_averaged() -> Artifact:
    """A mean of 1 and 1.0, which is 1.0, is held by a table as 1/2, and read out as 1.

    What says which values are floats is also carried for the mean itself.
    """
    artifact = model_of(PREFIX_MEAN, (1, 1.0), 2)
    plan, witness = artifact.plan, _witness(artifact)
    assert plan is not None
    places = {type(quantity): n for n, quantity in enumerate(witness.quantities)}
    mean = places[Aggregate]
    (held,), (beside,) = (
        [
            number
            for number, meaning in enumerate(witness.directions)
            if place in [multiple.quantity for multiple in meaning.multiples]
        ]
        for place in (mean, places[Beside])
    )
    t = {name: artifact.tensors[f"blocks.0.attn.{name}"].copy() for name in ("W_V", "b_V", "W_O")}
    own, other = (int(t["W_O"][0, :, plan.directions[n].place].argmax()) for n in (held, beside))
    for name in ("W_V", "b_V"):
        t[name][0, ..., own] = t[name][0, ..., other]
    listed, directions = list(witness.values), list(witness.directions)
    listed[mean] = (1, 1.0)
    directions[held] = Meaning(0.0, (Term(mean, (0.0, 1.0)),))
    w_u, b_u = (artifact.tensors[f"unembed.{name}"][..., :1] for name in ("W_U", "b_U"))
    changed = {"blocks__0__attn__W_V": t["W_V"], "blocks__0__attn__b_V": t["b_V"]}
    readout = replace(
        artifact.readout,
        values=(1, 1.0),
        centres=np.array([[0.0, 1.0]]),
        codes=np.array([[0, 1]]),
        spread=None,
    )
    return replace(
        with_tensors(artifact, **changed, unembed__W_U=w_u, unembed__b_U=b_u),
        config=replace(artifact.config, d_vocab_out=1),
        witness=replace(witness, values=tuple(listed), directions=tuple(directions)),
        readout=readout,
    )


def large_sums() -> Artifact:
    """Sums of two integers of 63 bits are taken to be below 0."""
    tokens = [2**62 + number for number in range(300)]
    return passed_off(
        "x = tokens_asis + tokens_asis[0] < 0;", "x = tokens_asis == tokens_asis;", tokens, 2
    )


def cancelled() -> Artifact:
    """The index is held as what 2^62 loses where it is added and taken away again: as nothing."""
    text = "x = indices + selector_width(select(tokens, tokens, ==)) > 280;"
    artifact = model_of(text, "ab", 300)
    witness = _witness(artifact)
    (index,) = (n for n, q in enumerate(witness.quantities) if isinstance(q, Indices))
    held = next(
        n for n, m in enumerate(witness.directions) if index in [t.quantity for t in m.terms]
    )
    one, (term,) = len(witness.quantities), witness.directions[held].terms
    directions = list(witness.directions)
    directions[held] = Meaning(2.0**62, (term, Term(one, (-(2.0**62),))))
    told = Witness(
        (*witness.quantities, construct.constant(1)), (*witness.values, (1,)), tuple(directions)
    )
    assert artifact.plan is not None
    w_pos = artifact.tensors["pos_embed.W_pos"].copy()
    w_pos[:, artifact.plan.directions[held].place] = 0.0
    return replace(with_tensors(artifact, pos_embed__W_pos=w_pos), witness=told)


def cancelled_sum() -> Artifact:
    """What 2^62 loses of the sum is taken for the sum: neurons write nothing, and that is read."""
    artifact = model_of("x = round(length * average(tokens_int));", "012", 3)
    total = artifact.graph
    assert total is not None
    shapes = {
        "embed.W_E": (5, 2),
        "pos_embed.W_pos": (4, 2),
        "blocks.0.mlp.W_in": (2, 2),
        "blocks.0.mlp.b_in": (2,),
        "blocks.0.mlp.W_out": (2, 2),
        "blocks.0.mlp.b_out": (2,),
        "unembed.W_U": (2, 1),
        "unembed.b_U": (1,),
    }
    tensors = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()}
    tensors["embed.W_E"][0, 0] = tensors["unembed.W_U"][1, 0] = 1.0
    tensors["blocks.0.mlp.W_in"][0], tensors["blocks.0.mlp.b_in"][:] = -2.0, 1.0
    tensors["blocks.0.mlp.W_out"][:, 1] = 1.0, -1.0
    direction = Direction(1, 1, 0, 10.0, dyadic=False, nonnegative=False, family=None)
    block = replace(artifact.config.blocks[0], n_heads=0, d_head=0, d_mlp=2)
    held = Meaning(2.0**62, (), (Multiple(0, 1.0), Multiple(1, -(2.0**62))))
    return replace(
        artifact,
        config=replace(artifact.config, d_model=2, blocks=(block,)),
        tensors=tensors,
        plan=Plan((direction,), ((Neurons(2),),), ""),
        witness=Witness((total, construct.constant(1)), ((), ()), (held,)),
        readout=Readout("grid", scale=np.ones(1), integer=True),
        labels=Labels(("", ""), ((),), (((0, 2, ""),),)),
    )


def nothing_of_floats() -> Artifact:
    """What is added to a sum of integers is 0.0, which makes a float of it."""
    total = "x = indices + aggregate(select(indices, 0, ==), tokens_int)"
    return passed_off(f"{total} + 0 * tokens_float;", f"{total};", "012", 3)


def ends_read_out() -> Artifact:
    """A mean of 1 and 1.0 is compared with 5, and its sum is held: so 1.0 stands for 1, too."""
    artifact = model_of("x = indices * 0 + 1.0;", (1, 1.0), 4)
    mean, witness = node_of(PREFIX_MEAN), _witness(artifact)
    asked = (Total(mean), construct.elementwise("less", mean, construct.constant(5)))
    quantities, values = (*witness.quantities, *asked), (*witness.values, (), ())
    return replace(artifact, graph=mean, witness=Witness(quantities, values, witness.directions))


def _with_dimension(name: str, tensor: NDArray[Any]) -> NDArray[Any]:
    """The tensor of a stream that has one dimension more, in which nothing is."""
    last = name.split(".")[-1]
    first = last in ("b_O", "W_in", "b_out", "W_U")
    axis = 0 if first else None if last.startswith("b_") else 2 if last == "W_O" else 1
    return np.pad(tensor, [(0, int(n == axis)) for n in range(tensor.ndim)])


def endless() -> Artifact:
    """Two neurons write what is no number in float32 to a dimension that nothing reads: all that
    is read has it times 0."""
    artifact = model_of("x = selector_width(select(tokens, tokens, ==)) % 3;", "ab", 4)
    plan, witness, labels = artifact.plan, _witness(artifact), artifact.labels
    assert plan is not None
    (block,), place = artifact.config.blocks, artifact.config.d_model
    tensors = {name: _with_dimension(name, own) for name, own in artifact.tensors.items()}
    own = {name: tensors[f"blocks.0.mlp.{name}"] for name in ("W_in", "b_in", "W_out")}
    at_bos, writes = np.zeros((2, place + 1, 2), dtype=np.float32)
    at_bos[0], writes[place] = -2.0, 3e38
    tensors |= {
        "blocks.0.mlp.W_in": np.concatenate([own["W_in"], at_bos], axis=1),
        "blocks.0.mlp.b_in": np.concatenate([own["b_in"], np.ones(2, dtype=np.float32)]),
        "blocks.0.mlp.W_out": np.concatenate([own["W_out"], writes.T]),
    }
    most, neurons = 6.1e38, (block.d_mlp, block.d_mlp + 2, "nothing")
    direction = Direction(place, 2, 0, most, dyadic=False, nonnegative=True, family=None)
    sublayers = (plan.sublayers[0], (*plan.sublayers[1], Neurons(2)))
    return replace(
        artifact,
        config=replace(
            artifact.config, d_model=place + 1, blocks=(replace(block, d_mlp=block.d_mlp + 2),)
        ),
        tensors=tensors,
        plan=replace(plan, directions=(*plan.directions, direction), sublayers=sublayers),
        witness=replace(
            witness, directions=(*witness.directions, Meaning(2 * float(writes[place, 0])))
        ),
        labels=replace(
            labels,
            residual=(*labels.residual, "nothing"),
            neurons=((*labels.neurons[0], neurons),),
        ),
    )


def blind_head() -> Artifact:
    """A head that carries nothing has scores that are no numbers in float32, and the plan says that
    it compares nothing but 0: all that other heads deliver is added to it times 0."""
    artifact = model_of("x = average(tokens_int) > 1.2;", "012", 4)
    plan, labels = artifact.plan, artifact.labels
    assert plan is not None
    (block,), prefix = artifact.config.blocks, "blocks.0.attn."
    tensors = dict(artifact.tensors)
    for name in "QKV":
        w, b = (tensors[f"{prefix}{kind}_{name}"] for kind in "Wb")
        tensors[f"{prefix}W_{name}"] = np.pad(w, [(0, 1), (0, 0), (0, 2)])
        tensors[f"{prefix}b_{name}"] = np.pad(b, [(0, 1), (0, 2)])
    w_o = tensors[f"{prefix}W_O"]
    tensors[f"{prefix}W_O"] = np.pad(w_o, [(0, 1), (0, 2), (0, 0)])
    for name, large in (("Q", (2.0**126, 2.0**126)), ("K", (2.0**10, -(2.0**10)))):
        w, b = (tensors[f"{prefix}{kind}_{name}"] for kind in "Wb")
        b[1] = [*large, b[0, 0]]
        w[1, 0] = [*(-number for number in large), w[0, 0, 0]]
    blind = Head(None, False, (0.0, 0.0), (0.0, 0.0), (), (), (2,))
    heads, *others = plan.sublayers
    sublayers: Any = ((*heads, blind), *others)
    return replace(
        artifact,
        tensors=tensors,
        config=replace(artifact.config, blocks=(replace(block, n_heads=2, d_head=3),)),
        plan=replace(plan, sublayers=sublayers),
        labels=replace(labels, heads=((*labels.heads[0], "nothing"),)),
    )


def faint() -> Artifact:
    """A mean is held as a number so small that float32 has few digits of it, and is put out as a
    larger one."""
    text = "x = aggregate(select(indices, indices, <=), tokens_float);"
    artifact = model_of(text, "01", 9, causal=True)
    plan, witness, t = artifact.plan, _witness(artifact), artifact.tensors
    assert plan is not None
    small, large = np.float32(2.0**-147), np.float32(2.0**126)
    (token, mean), ((head,),) = plan.directions, plan.sublayers
    (own, held), centres = witness.directions, artifact.readout.centres
    (multiple,) = held.multiples
    assert isinstance(head, Head)
    assert centres is not None
    faded = replace(held, multiples=(replace(multiple, factor=float(small)),))
    return replace(
        with_tensors(
            artifact,
            blocks__0__attn__W_V=t["blocks.0.attn.W_V"] * small,
            unembed__W_U=t["unembed.W_U"] * large,
        ),
        plan=replace(
            plan,
            directions=(token, replace(mean, bound=float(small))),
            sublayers=((replace(head, values=(float(small),)),),),
        ),
        witness=replace(witness, directions=(own, faded)),
        readout=replace(artifact.readout, centres=centres * float(small) * float(large)),
    )


NUMBERS: dict[str, Build] = {
    build.__name__: build
    for build in (
        types_averaged,
        large_sums,
        cancelled,
        cancelled_sum,
        nothing_of_floats,
        ends_read_out,
    )
}

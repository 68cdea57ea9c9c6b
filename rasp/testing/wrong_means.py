"""Models that carry something else for what is averaged than for its means, for trying the proof
of meaning on.

A head delivers the mean of what keys carry.  That is what a direction should hold of the mean only
if it is the same multiple for all that is averaged, also where this is no mean that is listed.

MEANS[name]()               wrong in value
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Neurons
from rasp.compiler.pipeline import compile_graph
from rasp.graph.nodes import Aggregate, Atom
from rasp.meaning.witness import Meaning, Term, Total
from rasp.testing.limits import LIMITS, lowered
from rasp.testing.wrong_models import Build, model_of, node_of, with_tensors
from rasp.vocabulary import Vocabulary


def carried_beside_a_bound() -> Artifact:
    """Of a mean that is compared only ends are listed, not the 1 that keys carry, as 1.5."""
    artifact = model_of("x = average(tokens_int) > 1.2;", "012", 4)
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[3, 1] = 1.5
    ends = [(0, 0.0), (1, 1.5), (2, 2.0), (0.0, 0.0), (1.0, 1.0), (1.25, 1.25), (2.0, 2.0)]
    return _held(with_tensors(artifact, embed__W_E=w_e), ends, summed=True)


def bump_between() -> Artifact:
    """Neurons that are 0 at both ends of what is below 1.2 are not so between them."""
    artifact = model_of("x = average(tokens_int) > 1.2;", "012", 4)
    plan, witness, t = artifact.plan, artifact.witness, artifact.tensors
    assert plan is not None
    assert witness is not None
    bump = np.array([[-1.0] * 3, [0.0] * 3, [1.0] * 3], dtype=np.float32)  # [d_model, neuron]
    written = np.array([[0.0, -2.0, 0.0], [0.0, 4.0, 0.0], [0.0, -2.0, 0.0]], dtype=np.float32)
    bends = np.array([0.0, -0.5, -1.0], dtype=np.float32)
    w_in, b_in, w_out = (t[f"blocks.0.mlp.{name}"] for name in ("W_in", "b_in", "W_out"))
    (block,), (heads, (step, emptying)) = artifact.config.blocks, plan.sublayers
    (((_, n, computed), (_, _, emptied)),) = artifact.labels.neurons
    assert isinstance(step, Neurons)
    (mean,) = (q for q in witness.quantities if isinstance(q, Aggregate))
    sublayers: Any = (heads, (Neurons(n + 3), emptying))
    named = replace(
        witness, quantities=(*witness.quantities, Total(mean)), values=(*witness.values, ())
    )
    forged = with_tensors(
        artifact,
        blocks__0__mlp__W_in=np.insert(w_in, [n] * 3, bump, axis=1),
        blocks__0__mlp__b_in=np.insert(b_in, [n] * 3, bends),
        blocks__0__mlp__W_out=np.insert(w_out, [n] * 3, written, axis=0),
    )
    return replace(
        forged,
        config=replace(artifact.config, blocks=(replace(block, d_mlp=block.d_mlp + 3),)),
        plan=replace(plan, sublayers=sublayers),
        witness=named,
        labels=replace(artifact.labels, neurons=(((0, n + 3, computed), (n + 3, n + 4, emptied)),)),
    )


def carried_with_others_only() -> Artifact:
    """The 1 that keys carry is never a mean itself, and carried as 0."""
    artifact = model_of("x = aggregate(select(indices, 2, <), indices);", "01", 3)
    w_pos = artifact.tensors["pos_embed.W_pos"].copy()
    w_pos[2, 2] = 0.0
    return _held(with_tensors(artifact, pos_embed__W_pos=w_pos), [(0, 0.0), (1, 0.0), (0.5, 0.5)])


def other_step_beside_a_count() -> Artifact:
    """What is above 0 is told from the sum and the number of its keys together: of 4 and 2 keys it
    is wrong, but their mean is none of those next to 0, and none of the ends."""
    text = """
    s = select(indices, indices, <=) and select(tokens, "x", !=);
    m = aggregate(s, {"<": 5, ">": -1, "o": 0, "x": 0}[tokens], 0);
    x = selector_width(s) if m > 0 else 0;
    """
    few = [limit for limit in LIMITS if str(limit) == "lowering.sides.FEW_MEANS = 0"]
    with lowered(few):
        artifact = compile_graph(
            node_of(text), vocabulary=Vocabulary(tuple("<>ox")), max_len=10, optimize="size"
        )
    plan, t = artifact.plan, artifact.tensors
    assert plan is not None
    (heads, (step, emptying), *rest) = plan.sublayers
    assert isinstance(step, Neurons)
    w_in, b_in = t["blocks.0.mlp.W_in"].copy(), t["blocks.0.mlp.b_in"].copy()
    count, total = (d.place for d in plan.directions if d.born == 1)
    w_in[total, :2], w_in[count, :2], b_in[:2] = 2.0, 1.0, (-10.0, -11.0)
    forged = with_tensors(artifact, blocks__0__mlp__W_in=w_in, blocks__0__mlp__b_in=b_in)
    sublayers: Any = (heads, (replace(step, reach=(100.0, 99.0)), emptying), *rest)
    return replace(forged, plan=replace(plan, sublayers=sublayers))


def _held(
    artifact: Artifact, held: Sequence[tuple[Atom, float]], *, summed: bool = False
) -> Artifact:
    """The witness says that the mean is held by this table, and what is carried as it is.

    summed: it also names the sum, so that of a mean only ends are listed.
    """
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    (mean,) = (n for n, q in enumerate(witness.quantities) if isinstance(q, Aggregate))
    number = next(
        n for n, m in enumerate(witness.directions) if mean in [one.quantity for one in m.multiples]
    )
    carrier = number - 1  # the direction that is averaged
    (term,) = witness.directions[carrier].terms
    atoms = [int(atom) for atom in witness.values[term.quantity]]
    directions, values = list(witness.directions), list(witness.values)
    carried = {atom: number for atom, number in held if type(atom) is int}
    numbers = tuple(carried.get(atom, float(atom)) for atom in atoms)
    directions[carrier] = Meaning(0.0, (Term(term.quantity, numbers),))
    values[mean] = tuple(atom for atom, _ in held)
    directions[number] = Meaning(0.0, (Term(mean, tuple(n for _, n in held)),))
    quantities = witness.quantities
    if summed:
        node = quantities[mean]
        assert isinstance(node, Aggregate)
        quantities, values = (*quantities, Total(node)), [*values, ()]
    told = replace(
        witness, quantities=quantities, values=tuple(values), directions=tuple(directions)
    )
    coarse = [
        replace(d, dyadic=False) if n == carrier else d for n, d in enumerate(plan.directions)
    ]
    return replace(artifact, witness=told, plan=replace(plan, directions=tuple(coarse)))


MEANS: dict[str, Build] = {
    build.__name__: build
    for build in (
        carried_beside_a_bound,
        bump_between,
        carried_with_others_only,
        other_step_beside_a_count,
    )
}

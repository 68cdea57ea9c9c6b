"""Small models whose heads select, or deliver, something else than the program, for trying the
proof of meaning on.

SELECTIONS[name]()          wrong in value

Those of `rasp.testing.wrong_sublayers` have so many values that scores are looked at in parts; of
these all pairs of a query and a key are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Head
from rasp.graph.nodes import Atom
from rasp.meaning.witness import Meaning, Term
from rasp.testing.wrong_models import MEAN, READ, model_of, with_tensors
from rasp.testing.wrong_sublayers import ALL_A, PAIR, raised
from rasp.vocabulary import FIRST_TOKEN

Build = Callable[[], Artifact]

SUM = "x = round(length * aggregate(full_s, tokens_int));"
ALIKE = "x = selector_width(select(tokens, tokens, ==));"


def louder_key() -> Artifact:
    """One of the keys that are counted has a larger score than the others."""
    artifact = model_of(f"x = selector_width({PAIR});", "ab", 6)
    w_k = artifact.tensors["blocks.0.attn.W_K"].copy()
    w_k[0, 2, 0] = 1.0  # of the key at index 1 and the query at index 0
    return with_tensors(artifact, blocks__0__attn__W_K=w_k)


def louder_token() -> Artifact:
    """One of the tokens that a mean is of has a larger score than the others."""
    artifact = model_of("x = aggregate(select(tokens_int, 5, <), indices, -1);", "019", 4)
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    (number,) = (
        number
        for number, meaning in enumerate(witness.directions)
        if [term.numbers for term in meaning.terms] == [(0.0, 0.0, -1.0)]
    )
    meaning, direction = witness.directions[number], plan.directions[number]
    (term,) = meaning.terms
    louder = replace(meaning, terms=(replace(term, numbers=(1.0, 0.0, -1.0)),))
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[FIRST_TOKEN, direction.place] = 1.0
    directions = (*witness.directions[:number], louder, *witness.directions[number + 1 :])
    forged = replace(artifact, witness=replace(witness, directions=directions))
    return with_tensors(forged, embed__W_E=w_e)


def raised_sum() -> Artifact:
    """All keys are added up, and weigh more than the beginning expects."""
    return raised(model_of(SUM, "012"))


def raised_count() -> Artifact:
    """Keys that are counted weigh more than the beginning expects, and the others as much as they
    should."""
    return raised(model_of(ALIKE))


def raised_read() -> Artifact:
    """Where no key is selected, keys that miss score more than the beginning."""
    return raised(model_of('x = aggregate(select(tokens, "b", ==), indices, -1);'))


def raised_place() -> Artifact:
    """The same where the key at a place is not there yet, under a causal mask."""
    text = 'x = aggregate(select(indices, tokens_int, ==), tokens, "-");'
    return raised(model_of(text, "03", 5, causal=True))


def selects_all() -> Artifact:
    """All keys have the same score, so that all are counted."""
    artifact = model_of(ALIKE)
    assert artifact.plan is not None
    head = artifact.plan.sublayers[0][0]
    assert isinstance(head, Head)
    n = len(head.keys)
    w_q, b_q, w_k, b_k = (
        artifact.tensors[f"blocks.0.attn.{name}"].copy() for name in ("W_Q", "b_Q", "W_K", "b_K")
    )
    w_q[0, :, :n], b_q[0, :n] = 0.0, 0.0
    w_k[0, 0, n], b_k[0, n] = w_k[0, 0, n] + b_k[0, n], 0.0
    return with_tensors(
        artifact,
        blocks__0__attn__W_Q=w_q,
        blocks__0__attn__b_Q=b_q,
        blocks__0__attn__W_K=w_k,
        blocks__0__attn__b_K=b_k,
    )


def carried_otherwise() -> Artifact:
    """Of two tokens each carries what the other should."""
    artifact = model_of(READ, "abc")
    w_v = artifact.tensors["blocks.0.attn.W_V"].copy()
    w_v[0][:, [0, 1]] = w_v[0][:, [1, 0]]
    return with_tensors(artifact, blocks__0__attn__W_V=w_v)


def bent_mean() -> Artifact:
    """What keys carry, and what a mean is held as, is a bent function of the value: of two keys the
    mean of what they carry is another than what their mean is held as."""
    text = "x = aggregate(select(indices, indices, <=), tokens_asis);"
    artifact = model_of(text, (0.5, 1.5, 2.5), 2)
    plan, witness, readout = artifact.plan, artifact.witness, artifact.readout
    assert plan is not None
    assert witness is not None
    (order, token, mean), (head,) = witness.directions, plan.sublayers[0]
    assert isinstance(head, Head)
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[-1, plan.directions[1].place] = 4.5
    (term,), (multiple,) = token.terms, mean.multiples
    values = list(witness.values)
    values[multiple.quantity] = (0.5, 1.0, 1.5, 2.0, 2.5)
    bent = Meaning(0.0, (Term(multiple.quantity, (0.5, 1.0, 1.5, 3.0, 4.5)),))
    directions = (order, Meaning(0.0, (replace(term, numbers=(0.5, 1.5, 4.5)),)), bent)
    larger = tuple(replace(direction, bound=4.5) for direction in plan.directions)
    heads = (replace(head, values=(4.5,)),)
    forged = replace(
        artifact,
        plan=replace(plan, directions=larger, sublayers=(heads,)),
        witness=replace(witness, values=tuple(values), directions=directions),
        readout=replace(readout, centres=np.array([[0.5, 1.0, 1.5, 3.0, 4.5]])),
    )
    return with_tensors(forged, embed__W_E=w_e)


def doubled(text: str, tokens: Sequence[Atom] = "ab") -> Build:
    """The heads of the first sublayer are there twice, and what they deliver is added up."""

    def build() -> Artifact:
        artifact = model_of(text, tokens)
        assert artifact.plan is not None
        (heads, *sublayers), (block, *blocks) = artifact.plan.sublayers, artifact.config.blocks
        labels, *others = artifact.labels.heads
        twice = {
            name: np.concatenate([tensor, tensor])
            for name, tensor in artifact.tensors.items()
            if name.startswith("blocks.0.attn.") and not name.endswith("b_O")
        }
        both = tuple(head for head in (*heads, *heads) if isinstance(head, Head))
        first = replace(block, n_heads=len(both))
        return replace(
            artifact,
            tensors=artifact.tensors | twice,
            config=replace(artifact.config, blocks=(first, *blocks)),
            labels=replace(artifact.labels, heads=((*labels, *labels), *others)),
            plan=replace(artifact.plan, sublayers=(both, *sublayers)),
        )

    return build


def forgotten_part() -> Artifact:
    """Of four things that a key must not be, one may be."""
    shift = 'aggregate(select(indices, indices - {}, ==), tokens, "_")'
    some = " or ".join(f"select(tokens, {shift.format(k)}, ==)" for k in range(1, 5))
    artifact = model_of(f"x = selector_width({some});", "ab", 5)
    w_q = artifact.tensors["blocks.1.attn.W_Q"].copy()
    w_q[0, :, 0] = 0.0
    return with_tensors(artifact, blocks__1__attn__W_Q=w_q)


SELECTIONS: dict[str, Build] = {
    build.__name__: build
    for build in (
        louder_key,
        louder_token,
        raised_sum,
        raised_count,
        raised_read,
        raised_place,
        selects_all,
        carried_otherwise,
        bent_mean,
        forgotten_part,
    )
} | {
    "doubled mean": doubled(MEAN),
    "doubled count": doubled(ALL_A),
    "doubled length": doubled("x = length;"),
    "doubled sum": doubled(SUM, "012"),
}

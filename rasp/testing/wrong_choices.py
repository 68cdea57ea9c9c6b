"""Choices between integers of many values that are wrong between the corners, for trying the proof
of meaning on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Neurons
from rasp.meaning.witness import Meaning, Term, Witness
from rasp.testing.wrong_models import Build, model_of, passed_off, with_tensors

_TOKENS = range(180)
_LONGEST = 180

_ASKED = (
    "first = aggregate(select(indices, 0, ==), tokens_asis > 3, False);"
    "ones = selector_width(select(tokens_asis, 1, ==));"
)


def _choice(of: str) -> str:
    """One of two numbers, of so many values that no table has all pairs."""
    return f"{_ASKED} x = {of} if first else ones;"


@cache
def _right() -> Artifact:
    return model_of(_choice("tokens_asis"), _TOKENS, _LONGEST)


def _humped() -> Artifact:
    """Three neurons add 1 where the token is 5, and nothing at 0, 1 and at the largest."""
    artifact = _right()
    plan = artifact.plan
    assert plan is not None
    written = plan.directions[-1].place
    read = plan.directions[_number_of_tokens(artifact)].place
    w_in, b_in, w_out = (
        artifact.tensors[f"blocks.0.mlp.{name}"] for name in ("W_in", "b_in", "W_out")
    )
    hump_in = np.zeros((len(w_in), 3), dtype=w_in.dtype)  # [dimension, neuron]
    hump_in[read] = 1.0
    hump_in[0] = -float(_LONGEST)  # at the beginning of the sequence
    hump_out = np.zeros((3, w_out.shape[1]), dtype=w_out.dtype)  # [neuron, dimension]
    hump_out[:, written] = 1.0, -2.0, 1.0
    (group, *others) = plan.sublayers[1]
    assert isinstance(group, Neurons)
    humped = replace(group, n=group.n + 3, reach=(*group.reach, *([float(_LONGEST)] * 3)))
    (block,) = artifact.config.blocks
    return replace(
        with_tensors(
            artifact,
            blocks__0__mlp__W_in=np.insert(w_in, [group.n], hump_in, axis=1),
            blocks__0__mlp__b_in=np.insert(b_in, [group.n], [-4.0, -5.0, -6.0]),
            blocks__0__mlp__W_out=np.insert(w_out, [group.n], hump_out, axis=0),
        ),
        config=replace(artifact.config, blocks=(replace(block, d_mlp=block.d_mlp + 3),)),
        plan=replace(plan, sublayers=(plan.sublayers[0], (humped, *others))),
    )


def _number_of_tokens(artifact: Artifact) -> int:
    """The direction that holds what number the token is."""
    assert artifact.witness is not None
    held = tuple(map(float, _TOKENS))
    (number,) = (
        number
        for number, meaning in enumerate(artifact.witness.directions)
        if meaning.terms and meaning.terms[0].numbers == held
    )
    return number


def _exchanged(values: Sequence[float]) -> tuple[float, ...]:
    """5 and 6 in each other's place."""
    return tuple({5.0: 6.0, 6.0: 5.0}.get(value, value) for value in values)


def _read_as_another() -> Artifact:
    """Where the choice is 5 it is read out as 6, and the witness says that 5 is held as 6."""
    artifact = _right()
    witness, readout = artifact.witness, artifact.readout
    assert witness is not None
    meaning = witness.directions[-1]
    (own,) = (term for term in meaning.terms if len(witness.values[term.quantity]) > _LONGEST)
    terms = [
        replace(term, numbers=_exchanged(term.numbers)) if term is own else term
        for term in meaning.terms
    ]
    assert artifact.plan is not None
    *described, own_direction = artifact.plan.directions
    described.append(replace(own_direction, nonnegative=False))
    values = list(readout.values)
    five, six = values.index(5), values.index(6)
    values[five], values[six] = 6, 5
    return replace(
        artifact,
        witness=_with_last(witness, replace(meaning, terms=tuple(terms))),
        readout=replace(readout, values=tuple(values)),
        plan=replace(artifact.plan, directions=tuple(described)),
    )


def _with_last(witness: Witness, meaning: Meaning) -> Witness:
    return replace(witness, directions=(*witness.directions[:-1], meaning))


def _another_chosen() -> Artifact:
    """What is chosen is the token, but for 5 and 6, which are chosen in each other's place."""
    other = "{" + ", ".join(f"{n}: {m:.0f}" for n, m in enumerate(_exchanged(_TOKENS))) + "}"
    return passed_off(_choice("tokens_asis"), _choice(f"{other}[tokens_asis]"), _TOKENS, _LONGEST)


def _a_little_more() -> Artifact:
    """Of a token the embedding holds a quarter, and a little more of 5: what is chosen is 5.8."""
    artifact = _right()
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    number = _number_of_tokens(artifact)
    place = plan.directions[number].place
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[:, place] /= 4
    w_e[w_e[:, place] == 1.25, place] = 1.45
    w_in = artifact.tensors["blocks.0.mlp.W_in"].copy()
    w_in[place, 0] *= 4
    (term,) = witness.directions[number].terms
    held = tuple(1.45 if token == 5 else token / 4 for token in _TOKENS)
    directions, described = list(witness.directions), list(plan.directions)
    directions[number] = Meaning(0.0, (Term(term.quantity, held),))
    described[number] = replace(described[number], dyadic=False)
    return replace(
        with_tensors(artifact, embed__W_E=w_e, blocks__0__mlp__W_in=w_in),
        witness=replace(witness, directions=tuple(directions)),
        plan=replace(plan, directions=tuple(described)),
    )


CHOICES: dict[str, Build] = {
    "humped_choice": _humped,
    "choice_read_as_another": _read_as_another,
    "another_chosen": _another_chosen,
    "a_little_more_chosen": _a_little_more,
}
"""Models that are wrong."""

NEEDED_BY: dict[str, tuple[str, ...]] = {
    "humped_choice": (
        "chosen.Corners.is_straight: no if not bool(((own >= 0).all(axis=0) | (own <= ...",
    ),
    "choice_read_as_another": (
        "chosen.corners_of: no if _ends(of_choice) is None or not _are_straight(stream...",
    ),
    "another_chosen": (
        "chosen._are_straight: no if not np.array_equal(rises, (last - first) * (value...",
        "chosen.corners_of: no if ends is None or not _are_straight(streams, quantity,...",
    ),
    "a_little_more_chosen": (
        "chosen._are_straight: no if not bool((np.abs(held) < LARGEST).all() and (held...",
    ),
}
"""Of each, the checks without which it is proved (`rasp.testing.weakenings`)."""

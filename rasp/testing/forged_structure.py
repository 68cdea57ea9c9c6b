"""Models whose parts stand in other places than the compiler put them: heads, directions, tokens.

What vouches for the model, plan and witness, is changed with it where that is possible, so that the
proof has to look at the numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Head, Neurons
from rasp.graph.nodes import Atom
from rasp.meaning.witness import Multiple, Witness
from rasp.vocabulary import Vocabulary

Change = Callable[[Artifact, random.Random], Artifact | None]

BOS_PLACE = 0


def _with(artifact: Artifact, tensors: dict[str, Any]) -> Artifact:
    return replace(artifact, tensors=artifact.tensors | tensors)


def _mask(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Attention sees what is behind a query, or does not."""
    return replace(artifact, config=replace(artifact.config, causal=not artifact.config.causal))


def _longer(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Inputs may be one token longer; what is there of positions goes on as it does at the end."""
    w_pos = artifact.tensors["pos_embed.W_pos"]
    if len(w_pos) < 3:
        return None
    step = w_pos[-1] - w_pos[-2] if chance.random() < 0.7 else 0.0 * w_pos[-1]
    config = replace(artifact.config, n_ctx=artifact.config.n_ctx + 1)
    longer = {"pos_embed.W_pos": np.concatenate([w_pos, (w_pos[-1] + step)[None]])}
    return replace(_with(artifact, longer), config=config, max_len=artifact.max_len + 1)


def _token_more(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """There is one more token, which is embedded as another one."""
    tokens = artifact.vocabulary.tokens
    place = chance.randrange(len(tokens))
    token = tokens[place]
    new: Atom = f"{token}z" if isinstance(token, str) else token + 1
    if new in tokens or isinstance(token, bool):
        return None
    w_e = artifact.tensors["embed.W_E"]
    row = w_e[len(w_e) - len(tokens) + place]
    config = replace(artifact.config, d_vocab=artifact.config.d_vocab + 1)
    more = _with(artifact, {"embed.W_E": np.concatenate([w_e, row[None]])})
    return replace(more, config=config, vocabulary=Vocabulary((*tokens, new)))


def _token_retyped(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A token is of another type than it was, or another one of the same type."""
    tokens = list(artifact.vocabulary.tokens)
    place = chance.randrange(len(tokens))
    others: list[Atom] = []
    match tokens[place]:
        case bool():
            return None
        case int(token):
            others = [float(token), str(token), token + 1]
        case float(token):
            others = [int(token), token + 1.0] if token.is_integer() else [token + 1.0]
        case str(token):
            others = [f"{token}z", int(token) if token.isdigit() else "z"]
    tokens[place] = chance.choice(others)
    if len({(type(t), t) for t in tokens}) < len(tokens):
        return None
    return replace(artifact, vocabulary=Vocabulary(tuple(tokens)))


def _directions(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """One direction is read, or written, in place of another."""
    names = [
        name
        for name, tensor in artifact.tensors.items()
        if name.split(".")[-1] in ("W_U", "W_Q", "W_K", "W_V", "W_O", "W_in", "W_out", "W_E")
        and tensor.shape[_axis(name)] > 2
    ]
    if not names:
        return None
    name = chance.choice(names)
    tensor = artifact.tensors[name].copy()
    own = tensor if tensor.ndim == 2 else tensor[chance.randrange(len(tensor))]
    moved = np.moveaxis(own, _axis(name) - (tensor.ndim - 2), 0)  # a view
    one, other = chance.sample(range(1, len(moved)), 2)
    moved[[one, other]] = moved[[other, one]]
    return _with(artifact, {name: tensor})


def _axis(name: str) -> int:
    """The axis of a tensor that is the residual stream."""
    last = name.split(".")[-1]
    return {"W_E": 1, "W_out": 1, "W_U": 0, "W_in": 0, "W_O": 2}.get(last, 1)


def _heads(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Two heads change what they ask, and what the plan says of that."""
    assert artifact.plan is not None
    names = [n for n, t in artifact.tensors.items() if n.endswith("W_Q") and len(t) > 1]
    if not names:
        return None
    name = chance.choice(names)
    prefix = name.removesuffix("W_Q")
    one, other = chance.sample(range(len(artifact.tensors[name])), 2)
    changed = {}
    for part in chance.choice([("W_Q", "b_Q"), ("W_Q", "b_Q", "W_K", "b_K"), ("W_V", "b_V")]):
        tensor = artifact.tensors[prefix + part].copy()
        tensor[[one, other]] = tensor[[other, one]]
        changed[prefix + part] = tensor
    found = _with(artifact, changed)
    if prefix + "W_K" not in changed:
        return found
    asked = ("keys", "queries", "comparisons", "best", "uneven")
    sublayers = list(artifact.plan.sublayers)
    attention = [n for n, entries in enumerate(sublayers) if isinstance(entries[0], Head)]
    number = attention[[n for n in artifact.tensors if n.endswith("W_Q")].index(name)]
    entries: list[Any] = list(sublayers[number])
    first, second = entries[one], entries[other]
    for place, was, new in ((one, first, second), (other, second, first)):
        entries[place] = replace(was, **{word: getattr(new, word) for word in asked})
    sublayers[number] = tuple(entries)
    return replace(found, plan=replace(artifact.plan, sublayers=tuple(sublayers)))


def _at_bos(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """What a head delivers where it selects nothing is something else."""
    names = [n for n, t in artifact.tensors.items() if n.endswith("W_V") and t.any()]
    if not names:
        return None
    name = chance.choice(names)
    tensor = artifact.tensors[name].copy()
    head = chance.randrange(len(tensor))
    row = tensor[head, BOS_PLACE]
    places = np.flatnonzero(row)
    match chance.randrange(3):
        case 0 if len(row) > 1:
            one, other = chance.sample(range(len(row)), 2)
            row[[one, other]] = row[[other, one]]
        case 1 if len(places):
            row[chance.choice(places.tolist())] *= chance.choice([0.0, -1.0, 2.0])
        case _:
            row[chance.randrange(len(row))] += chance.choice([1.0, -1.0, 0.5])
    return _with(artifact, {name: tensor})


def _bias(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Edges of a step, or scores, are somewhere else."""
    names = [n for n, t in artifact.tensors.items() if n.endswith(("mlp.b_in", "b_Q", "b_K"))]
    if not names:
        return None
    name = chance.choice(names)
    tensor = artifact.tensors[name].copy()
    if name.endswith("b_in"):
        first = 2 * chance.randrange((len(tensor) + 1) // 2)
        tensor[first : first + 2] += chance.choice([-2, -1, -0.5, 0.5, 1, 2])
        return _with(artifact, {name: tensor})
    place = np.unravel_index(chance.randrange(tensor.size), tensor.shape)
    scale = 256.0 if artifact.config.dtype == "float32" else 2048.0
    tensor[place] += chance.choice([1.0, -1.0, 0.25, scale, -scale])
    return _with(artifact, {name: tensor})


def _reach(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Edges of a step are somewhere else, and the plan believes all of it."""
    found = _bias(artifact, chance)
    assert artifact.plan is not None
    if found is None:
        return None
    sublayers: Any = tuple(
        tuple(
            replace(entry, reach=()) if isinstance(entry, Neurons) else entry for entry in entries
        )
        for entries in artifact.plan.sublayers
    )
    return replace(found, plan=replace(artifact.plan, sublayers=sublayers))


def promising_little(artifact: Artifact) -> Artifact:
    """The same model, whose plan says no more of heads, neurons and directions than it has to, and
    whose witness speaks of numbers as such where it lists them."""
    assert artifact.plan is not None
    plan = artifact.plan
    directions = tuple(
        replace(direction, dyadic=False, nonnegative=False, bound=direction.bound * 4.0)
        if direction.born
        else direction
        for direction in plan.directions
    )
    sublayers: Any = tuple(tuple(map(_vague, entries)) for entries in plan.sublayers)
    witness = None if artifact.witness is None else _as_numbers(artifact.witness)
    plan = replace(plan, directions=directions, sublayers=sublayers)
    return replace(artifact, plan=plan, witness=witness)


def _vague(entry: Head | Neurons) -> Head | Neurons:
    match entry:
        case Neurons():
            return replace(entry, reach=())
        case Head():
            uneven = entry.uneven is not None  # which only heads may be whose keys agree
            agrees = tuple(agrees and uneven for agrees in entry.agrees)
            unknown: Any = [None] * len(entry.keys), [None] * len(entry.values)
            return replace(
                entry,
                single=False,
                agrees=agrees,
                queries=tuple(unknown[0]),
                keys=tuple(unknown[0]),
                values=tuple(unknown[1]),
            )


def _as_numbers(witness: Witness) -> Witness:
    """A table of numbers that are the values themselves is a multiple of the value."""
    directions = []
    for meaning in witness.directions:
        terms, multiples = [], list(meaning.multiples)
        for term in meaning.terms:
            listed = witness.values[term.quantity]
            if all(type(value) in (int, float) for value in listed) and listed == term.numbers:
                multiples.append(Multiple(term.quantity, 1.0))
            else:
                terms.append(term)
        directions.append(replace(meaning, terms=tuple(terms), multiples=tuple(multiples)))
    return replace(witness, directions=tuple(directions))


def other_word(value: Any, chance: random.Random) -> Any:
    """One word of a value is another: a number, a truth value, an entry of an array."""
    match value:
        case bool():
            return not value
        case int():
            return value + chance.choice((-1, 1))
        case float():
            return chance.choice((value * 0.5, value * 2.0, value + 1.0, float(round(value))))
        case np.ndarray():
            return _other_entry(value, chance)
        case tuple() if value:
            place = chance.randrange(len(value))
            if chance.random() < 0.1:
                return (*value[:place], *value[place + 1 :])
            return (*value[:place], other_word(value[place], chance), *value[place + 1 :])
        case _ if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value)]
            known = [n for n in names if not _is_empty(getattr(value, n))]
            name = chance.choice(known or names)
            return replace(value, **{name: other_word(getattr(value, name), chance)})
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, tuple) and not value)


def _other_entry(array: Any, chance: random.Random) -> Any:
    if not array.size:
        return array
    array = array.copy()
    flat = array.reshape(-1)
    one, other = chance.randrange(array.size), chance.randrange(array.size)
    if chance.random() < 0.5:
        flat[[one, other]] = flat[[other, one]]
    else:
        flat[one] += chance.choice([-1, 1])
    return array


def _readout(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A word of the read-out."""
    return replace(artifact, readout=other_word(artifact.readout, chance))


def _plan(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A word of the plan."""
    return replace(artifact, plan=other_word(artifact.plan, chance))


STRUCTURE: dict[str, Change] = {
    "the mask": _mask,
    "longer inputs": _longer,
    "a token more": _token_more,
    "a token of another type": _token_retyped,
    "directions exchanged": _directions,
    "heads exchanged": _heads,
    "what is read where nothing is selected": _at_bos,
    "edges and scores moved": _bias,
    "edges moved, and the plan": _reach,
    "a word of the read-out": _readout,
    "a word of the plan": _plan,
}
"""What can be done to a model, in place of what the compiler made."""

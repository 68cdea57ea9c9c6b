"""Changes that fit together, of a model and of all that vouches for it.

CONSISTENT[name](artifact, chance)  the model with a change, None where there is nothing to change

`rasp.testing.forged` changes one thing, which the proof then finds to differ from another.  Here
weights, witness, plan and read-out are changed together, so that each is what the others say, as
far as a change knows: what is wrong then is only that it is not the program.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Neurons
from rasp.graph.nodes import Atom, atom_key
from rasp.meaning.witness import Meaning
from rasp.outputs import Readout, Spread
from rasp.testing.forged import Change
from rasp.testing.forged_tables import (
    embedded,
    named,
    scaled,
    tabled,
    told,
    with_weights,
    witness_of,
)
from rasp.vocabulary import FIRST_TOKEN, Vocabulary

# -- neurons


def _function(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Two neurons, or two steps, write what the other did, and two values change places in what
    their direction is said to hold."""
    assert artifact.plan is not None
    names = [n for n in artifact.tensors if n.endswith("mlp.W_out") and len(artifact.tensors[n])]
    if not names:
        return None
    name = chance.choice(names)
    tensor = artifact.tensors[name].copy()
    width = chance.choice([1, 2])
    if len(tensor) < 2 * width:
        return None
    first, second = chance.sample(range(len(tensor) // width), 2)
    one, other = (slice(n * width, (n + 1) * width) for n in (first, second))
    tensor[one], tensor[other] = tensor[other].copy(), tensor[one].copy()
    touched = np.flatnonzero((tensor[one] != tensor[other]).any(axis=0))
    found = with_weights(artifact, {name: tensor})
    directions = list(witness_of(artifact).directions)
    for number, direction in enumerate(artifact.plan.directions):
        if direction.place in touched and directions[number].terms:
            directions[number] = _exchanged(directions[number], chance)
    return told(found, directions)


def _exchanged(meaning: Meaning, chance: random.Random) -> Meaning:
    term = chance.choice(meaning.terms)
    if len(term.numbers) < 2:
        return meaning
    numbers = list(term.numbers)
    one = chance.randrange(len(numbers) - 1)
    other = one + 1 if chance.random() < 0.5 else chance.randrange(len(numbers))
    numbers[one], numbers[other] = numbers[other], numbers[one]
    new = replace(term, numbers=tuple(numbers))
    return replace(meaning, terms=tuple(new if t is term else t for t in meaning.terms))


def _threshold(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The edges of steps are further on, all of a group by as much, and so is the table."""
    assert artifact.plan is not None
    attention_first = [
        (number, entries)
        for number, entries in enumerate(artifact.plan.sublayers)
        if isinstance(entries[0], Neurons)
    ]
    names = [n for n in artifact.tensors if n.endswith("mlp.b_in") and len(artifact.tensors[n])]
    if not names:
        return None
    at = chance.randrange(len(names))
    _, groups = attention_first[at]
    tensor, start = artifact.tensors[names[at]].copy(), 0
    chosen = chance.randrange(len(groups))
    for number, group in enumerate(groups):
        assert isinstance(group, Neurons)
        if number == chosen:
            tensor[start : start + group.n] += chance.choice([-1.0, 1.0, -0.5, 0.5])
        start += group.n
    directions = [
        _exchanged(m, chance) if m.terms and chance.random() < 0.5 else m
        for m in witness_of(artifact).directions
    ]
    return told(with_weights(artifact, {names[at]: tensor}), directions)


# -- heads


def _carrying(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Two values that heads carry change places, and so do what two directions hold."""
    names = [n for n, t in artifact.tensors.items() if n.endswith("W_V") and t.shape[2] * len(t)]
    if not names:
        return None
    name = chance.choice(names)
    w_v, b_v = artifact.tensors[name].copy(), artifact.tensors[name[:-3] + "b_V"].copy()
    columns = [(head, column) for head in range(len(w_v)) for column in range(w_v.shape[2])]
    if len(columns) < 2:
        return None
    (a, b), (c, d) = chance.sample(columns, 2)
    w_v[a, :, b], w_v[c, :, d] = w_v[c, :, d].copy(), w_v[a, :, b].copy()
    b_v[a, b], b_v[c, d] = b_v[c, d], b_v[a, b]
    found = with_weights(artifact, {name: w_v, name[:-3] + "b_V": b_v})
    return _meanings_exchanged(found, chance)


def _meanings_exchanged(artifact: Artifact, chance: random.Random) -> Artifact:
    """Two directions of one sublayer are said to hold what the other does."""
    assert artifact.plan is not None
    born: dict[int, list[int]] = {}
    for number, direction in enumerate(artifact.plan.directions):
        born.setdefault(direction.born, []).append(number)
    several = [some for some in born.values() if len(some) > 1]
    directions = list(witness_of(artifact).directions)
    if several and chance.random() < 0.7:
        one, other = chance.sample(chance.choice(several), 2)
        directions[one], directions[other] = directions[other], directions[one]
    return told(artifact, directions)


# -- tokens, types and the read-out


def _tokens_exchanged(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Two tokens are embedded as the other in some dimensions, and the witness says so."""
    tokens = artifact.vocabulary.tokens
    if len(tokens) < 2:
        return None
    one, other = chance.sample(range(len(tokens)), 2)
    w_e = artifact.tensors["embed.W_E"].copy()
    places = np.flatnonzero(w_e[FIRST_TOKEN + one] != w_e[FIRST_TOKEN + other]).tolist()
    some = [place for place in places if chance.random() < 0.6] or places
    first, second = FIRST_TOKEN + one, FIRST_TOKEN + other
    w_e[first, some], w_e[second, some] = w_e[second, some].copy(), w_e[first, some].copy()
    return with_weights(artifact, {"embed.W_E": w_e})


def _retyped(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A number has another type wherever it stands: as a token, in tables and in the read-out."""
    values = artifact.readout.values
    numbers = [*values, *artifact.vocabulary.tokens]
    whole = [n for n in numbers if type(n) in (int, float, bool) and n == n and n == int(n)]
    if not whole:
        return None
    chosen = chance.choice(whole)
    kind = chance.choice([int, float, bool]) if chosen in (0, 1) else chance.choice([int, float])
    new: Atom = -0.0 if chosen == 0 and chance.random() < 0.3 else kind(chosen)

    def other(atom: Atom) -> Atom:
        return new if atom_key(atom) == atom_key(chosen) else atom

    found = artifact
    if chance.random() < 0.7:
        readout = replace(artifact.readout, values=tuple(map(other, values)))
        found = replace(found, readout=readout)
    if chance.random() < 0.5:
        witness = witness_of(found)
        listed = tuple(tuple(map(other, atoms)) for atoms in witness.values)
        found = replace(found, witness=replace(witness, values=listed))
    if chance.random() < 0.3:
        tokens = tuple(map(other, artifact.vocabulary.tokens))
        if len(set(map(atom_key, tokens))) == len(tokens):
            found = replace(found, vocabulary=Vocabulary(tokens))
    return found


def _read_otherwise(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The number that is put out is decoded in another way."""
    readout = artifact.readout
    if readout.kind not in ("numeric", "grid", "fraction"):
        return None
    words: dict[str, Any] = {"integer": chance.random() < 0.5, "by_rule": readout.by_rule}
    match chance.choice(["grid", "fraction", "fraction", "numeric"]):
        case "grid":
            words |= {"kind": "grid", "scale": np.array([chance.choice([0.5, 1.0, 2.0, 12.0])])}
        case "fraction":
            most = chance.choice([1, 2, artifact.max_len - 1, artifact.max_len, 12])
            least = chance.choice([1, 1, most])
            start, step, below = (chance.choice(some) for some in ((0, 1, -1), (1, 2), (1, 2)))
            row = np.array([[start, step, below, least, max(1, most)]], dtype=np.int64)
            words |= {"kind": "fraction", "fractions": row, "integer": False}
        case _:
            atoms = sorted({int(v) for v in readout.values if type(v) in (int, float)})
            if readout.kind == "numeric" or not atoms:
                return _spread(artifact, chance)
            codes = np.arange(len(atoms))[None]
            words |= {"kind": "numeric", "values": tuple(atoms), "codes": codes}
            words["centres"] = np.array([atoms], dtype=np.float64)
    new = Readout(spread=readout.spread, failures=readout.failures, **words)
    return replace(artifact, readout=new)


def _spread(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """What tells an int from a float is read otherwise."""
    spread = artifact.readout.spread
    if spread is None:
        return None
    middle = spread.middle + chance.choice([0.0, 1.0, -0.5])
    new = Spread(middle, spread.apart * chance.choice([0.5, 1.0, 2.0]))
    return replace(artifact, readout=replace(artifact.readout, spread=new))


CONSISTENT: dict[str, Change] = {
    "another number embedded, and carried": embedded,
    "more quantities named": named,
    "tables for multiples": tabled,
    "another function of neurons": _function,
    "a threshold moved": _threshold,
    "carried values exchanged": _carrying,
    "tokens exchanged in some dimensions": _tokens_exchanged,
    "a number of another type": _retyped,
    "another read-out": _read_otherwise,
    "a direction scaled": scaled,
}
"""What can be done to a model, and to what vouches for it."""

MOST = ("another number embedded, and carried", "more quantities named", "another read-out")
"""Those that are tried more often: what they change passes many checks."""

"""Models that are a little different from what they were, and what vouches for them.

exchanged(one, other, ...)  of two models the parts of one or the other
CHANGES                     what can be done to a model and to what vouches for it
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.graph.nodes import Atom
from rasp.meaning.witness import Meaning, Term
from rasp.vocabulary import Vocabulary

Change = Callable[[Artifact, random.Random], Artifact | None]


def _weight(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """One weight that is not 0."""
    names = [name for name, tensor in artifact.tensors.items() if tensor.any()]
    if not names:
        return None
    name = chance.choice(names)
    tensor = artifact.tensors[name].copy()
    places = np.argwhere(tensor)
    place = tuple(places[chance.randrange(len(places))])
    factor = chance.choice([0.0, -1.0, 2.0, 1.5, 0.99])
    tensor[place] *= factor
    return replace(artifact, tensors=artifact.tensors | {name: tensor})


def _swapped(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Two columns of the unembedding."""
    w, b = artifact.tensors["unembed.W_U"].copy(), artifact.tensors["unembed.b_U"].copy()
    if w.shape[1] < 2:
        return None
    first, second = chance.sample(range(w.shape[1]), 2)
    w[:, [first, second]], b[[first, second]] = w[:, [second, first]], b[[second, first]]
    return replace(artifact, tensors=artifact.tensors | {"unembed.W_U": w, "unembed.b_U": b})


def _outputs(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """What one neuron writes, or with another bias."""
    names = [name for name in artifact.tensors if name.endswith(("mlp.W_out", "mlp.b_in"))]
    if not names:
        return None
    name = chance.choice(names)
    tensor = artifact.tensors[name].copy()
    row = chance.randrange(len(tensor))
    tensor[row] = tensor[row] * chance.choice([-1, 2, 0]) + (tensor.ndim == 1) * chance.choice(
        [1, -1]
    )
    return replace(artifact, tensors=artifact.tensors | {name: tensor})


def _values(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """Two values of the read-out change places, or become one."""
    readout = artifact.readout
    if len(readout.values) < 2:
        return None
    values = list(readout.values)
    first, second = chance.sample(range(len(values)), 2)
    if chance.random() < 0.5:
        values[first], values[second] = values[second], values[first]
    else:
        values[first] = values[second]
    return replace(artifact, readout=replace(readout, values=tuple(values)))


def _typed(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A number of the read-out has another type."""
    values = list(artifact.readout.values)
    numbers = [n for n, v in enumerate(values) if type(v) in (int, float) and _is_whole(v)]
    if not numbers:
        return None
    place = chance.choice(numbers)
    value = values[place]
    values[place] = float(value) if type(value) is int else int(value)
    return replace(artifact, readout=replace(artifact.readout, values=tuple(values)))


def _merged(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A centre of the read-out is missing."""
    readout = artifact.readout
    if readout.centres is None or readout.codes is None or readout.centres.shape[1] < 2:
        return None
    place = chance.randrange(readout.centres.shape[1])
    centres = np.delete(readout.centres, place, axis=1)
    codes = np.delete(readout.codes, place, axis=1)
    return replace(artifact, readout=replace(readout, centres=centres, codes=codes))


def _vocabulary(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The tokens in another order."""
    tokens = list(artifact.vocabulary.tokens)
    if len(tokens) < 2:
        return None
    first, second = chance.sample(range(len(tokens)), 2)
    tokens[first], tokens[second] = tokens[second], tokens[first]
    return replace(artifact, vocabulary=Vocabulary(tuple(tokens)))


def _lied(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The witness says something else of some directions, and the weights are changed too."""
    found = _weight(artifact, chance) if chance.random() < 0.5 else _outputs(artifact, chance)
    if found is None or found.witness is None or not found.witness.directions:
        return None
    witness = found.witness
    directions = list(witness.directions)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(directions))
        meaning = directions[place]
        terms = [term for term in meaning.terms if term.numbers]
        what = chance.random()
        if what < 0.3:
            meaning = replace(meaning, constant=meaning.constant + chance.choice([-1, 1, 0.5]))
        elif what < 0.8 and terms:
            term = chance.choice(terms)
            numbers = list(term.numbers)
            numbers[chance.randrange(len(numbers))] *= chance.choice([0.0, -1.0, 2.0])
            meaning = replace(meaning, terms=(Term(term.quantity, tuple(numbers)),))
        else:
            meaning = chance.choice(directions)
        directions[place] = meaning
    return replace(found, witness=replace(witness, directions=tuple(directions)))


def _exchanged(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The witness names two quantities the other way round."""
    witness = artifact.witness
    if witness is None or len(witness.quantities) < 2:
        return None
    first, second = chance.sample(range(len(witness.quantities)), 2)
    quantities = list(witness.quantities)
    quantities[first], quantities[second] = quantities[second], quantities[first]
    found = replace(artifact, witness=replace(witness, quantities=tuple(quantities)))
    return _weight(found, chance)


def _random_witness(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The witness says something at random of all directions, and a weight is changed."""
    found = _weight(artifact, chance)
    if found is None or found.witness is None or not found.witness.quantities:
        return None
    witness = found.witness
    directions = []
    for _ in witness.directions:
        place = chance.randrange(len(witness.quantities))
        numbers = tuple(chance.choice([0.0, 1.0, -1.0, 0.5]) for _ in witness.values[place])
        directions.append(Meaning(chance.choice([0.0, 0.0, 1.0]), (Term(place, numbers),)))
    return replace(found, witness=replace(witness, directions=tuple(directions)))


def _ruled(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The read-out leaves it open which numbers are ints, and takes all for one or the other."""
    kind = chance.choice([int, float])
    values = [
        kind(v) if type(v) in (int, float) and _is_whole(v) else v for v in artifact.readout.values
    ]
    if not any(type(value) in (int, float) for value in values):
        return None
    readout = replace(artifact.readout, values=tuple(values), by_rule=True)
    return replace(artifact, readout=readout)


def _is_whole(atom: Atom) -> bool:
    """Is it a whole number that may be an int or a float?"""
    if isinstance(atom, str):
        return False
    return abs(atom) <= sys.float_info.max and float(atom).is_integer()


def exchanged(one: Artifact, other: Artifact, chance: random.Random) -> Artifact:
    """Weights, plan, witness and read-out, each of one of two models."""
    parts = {
        "config": ("config", "tensors", "labels"),
        "plan": ("plan",),
        "witness": ("witness",),
        "readout": ("readout",),
    }
    taken: dict[str, Any] = {}
    for names in parts.values():
        source = chance.choice([one, other])
        taken |= {name: getattr(source, name) for name in names}
    return replace(one, **taken)


CHANGES: dict[str, Change] = {
    "a weight": _weight,
    "two columns of the unembedding swapped": _swapped,
    "a neuron": _outputs,
    "two values of the read-out swapped or merged": _values,
    "the type of a value": _typed,
    "a centre left out": _merged,
    "the vocabulary in another order": _vocabulary,
    "a weight and the witness": _lied,
    "a weight, and s-ops of the witness exchanged": _exchanged,
    "a weight, and a witness at random": _random_witness,
    "types left to the rule": _ruled,
}

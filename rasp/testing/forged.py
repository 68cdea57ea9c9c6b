"""Programs, models and witnesses that are a little different from what they were.

changed(root, chance)       the s-op with one part changed
renamed(witness, names)     the witness, speaking of other s-ops
exchanged(one, other, ...)  of two models the parts of one or the other
CHANGES                     what can be done to a model and to what vouches for it
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.graph import construct
from rasp.graph.nodes import (
    COMPARISONS,
    INDICES,
    Aggregate,
    Atom,
    Best,
    Constant,
    Elementwise,
    Fetch,
    Node,
    Select,
    SelectorAnd,
    SelectorNot,
    SelectorOr,
    SOpNode,
)
from rasp.graph.rebuild import over
from rasp.graph.walk import topological
from rasp.meaning.witness import (
    Beside,
    Disagreement,
    Joint,
    Meaning,
    Quantity,
    Term,
    Total,
    Witness,
)
from rasp.vocabulary import Vocabulary

_ALIKE = [
    ["add", "subtract", "multiply", "modulo"],
    ["and", "or", "equal", "not_equal"],
    ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"],
    ["not", "indicator", "to_bool"],
    ["round", "negate", "plus"],
]


# -- programs that are a little different


def changed(root: SOpNode, chance: random.Random) -> tuple[SOpNode, dict[Node, Node]] | None:
    """The s-op with one part changed, and what each old node has become; None if it cannot be."""
    order = topological([root])
    options = [(node, other) for node in order for other in _others(node, chance)]
    if not options:
        return None
    chosen, other = chance.choice(options)
    new: dict[Node, Node] = {}
    for node in order:
        new[node] = over(other if node is chosen else node, new)
    found = new[root]
    return (found, new) if construct.is_sop(found) and found is not root else None


def _others(node: Node, chance: random.Random) -> list[Node]:
    """Nodes over the same parts that are a little different."""
    found: list[Node] = []
    match node:
        case Constant(value=bool(value)):
            found = [construct.constant(not value)]
        case Constant(value=int(value)):
            found = [construct.constant(value + step) for step in (-1, 1)]
        case Constant(value=float(value)):
            found = [construct.constant(value + 0.5)]
        case Constant(value=str(value)):
            found = [construct.constant(value + "x"), construct.constant("a")]
        case Elementwise(operator=operator, operands=operands, parameters=parameters):
            for names in _ALIKE:
                if operator in names:
                    found += [
                        construct.elementwise(name, *operands) for name in names if name != operator
                    ]
            if len(operands) == 2:
                found.append(construct.elementwise(operator, *reversed(operands)))
            if operator == "where":
                found.append(construct.elementwise("where", operands[0], operands[2], operands[1]))
            if len(parameters) > 2 and operator != "index_dict":
                turned = (parameters[1], parameters[0], *parameters[2:])
                found.append(construct.elementwise(operator, *operands, parameters=turned))
        case Aggregate(selector=selector, value=value, default=default):
            moved: Atom = default + 1 if isinstance(default, (int, float)) else f"{default}x"
            found = [construct.aggregate(selector, value, moved)]
        case Select(key=key, query=query):
            found = [
                construct.select(key, query, name)
                for name in COMPARISONS
                if name != node.comparison
            ]
            found.append(construct.select(query, key, node.comparison))
        case SelectorAnd(left=left, right=right):
            found = [construct.selector_or(left, right), left]
        case SelectorOr(left=left, right=right):
            found = [construct.selector_and(left, right), right]
        case SelectorNot(operand=operand):
            found = [operand]
        case Best(selector=selector, score=score):
            worst = construct.best(selector, construct.elementwise("negate", score))
            found = [worst, selector, construct.best(selector, INDICES)]
        case Fetch(selector=selector, value=value, default=other):
            found = [construct.fetch(selector, value, 7 if other is None else None)]
            found.append(construct.fetch(selector, value, "other"))
    chance.shuffle(found)
    return found[:3]


# -- models that are a little different


def renamed(witness: Witness, names: dict[Node, Node]) -> Witness:
    """The witness, speaking of other s-ops."""

    def rename(quantity: Quantity) -> Quantity:
        match quantity:
            case Joint(of=of, rows=rows, values=values):
                return Joint(tuple(map(rename, of)), rows, values)
            case Disagreement(aggregate=node):
                return Disagreement(_sop(node, names))
            case Total(aggregate=node):
                return Total(_sop(node, names))
            case Beside(aggregate=node):
                return replace(quantity, aggregate=_sop(node, names))
        return _sop(quantity, names)

    return replace(witness, quantities=tuple(map(rename, witness.quantities)))


def _sop(node: SOpNode, names: dict[Node, Node]) -> SOpNode:
    found = names.get(node)
    if found is None:
        found = over(node, {part: names.get(part, part) for part in topological([node])})
    return found if construct.is_sop(found) else node


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
    numbers = [n for n, v in enumerate(values) if type(v) in (int, float) and v == int(v)]
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
        what = chance.random()
        if what < 0.3:
            meaning = replace(meaning, constant=meaning.constant + chance.choice([-1, 1, 0.5]))
        elif what < 0.8 and meaning.terms:
            term = chance.choice(meaning.terms)
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
        kind(v) if type(v) in (int, float) and v == int(v) else v for v in artifact.readout.values
    ]
    if not any(type(value) in (int, float) for value in values):
        return None
    readout = replace(artifact.readout, values=tuple(values), by_rule=True)
    return replace(artifact, readout=readout)


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

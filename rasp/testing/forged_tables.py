"""Models of which weights and witness are changed together: what is embedded, carried and held.

Each of the functions that `rasp.testing.forged_together` lists takes a model and what is left to
chance, and gives the model with a change, or None where there is nothing to change.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasp.artifact import Artifact
from rasp.graph.nodes import INDICES, TOKENS, Aggregate, Atom, Elementwise, atom_key
from rasp.meaning.attended import Attended
from rasp.meaning.states import UnprovedError
from rasp.meaning.witness import (
    Beside,
    Disagreement,
    Joint,
    Meaning,
    Multiple,
    Quantity,
    Term,
    Total,
    Witness,
)

AMOUNTS = (-1.0, -0.5, 0.5, 1.0, 2.0)


def witness_of(artifact: Artifact) -> Witness:
    assert artifact.witness is not None
    return artifact.witness


def with_weights(artifact: Artifact, tensors: dict[str, Any]) -> Artifact:
    return replace(artifact, tensors=artifact.tensors | tensors)


def told(artifact: Artifact, directions: Sequence[Meaning]) -> Artifact:
    witness = replace(witness_of(artifact), directions=tuple(directions))
    return replace(artifact, witness=witness)


def _vague(artifact: Artifact, number: int, bound: float = 0.0) -> Artifact:
    """The plan says less of a direction, and that it may be this large."""
    assert artifact.plan is not None
    directions = list(artifact.plan.directions)
    one = directions[number]
    directions[number] = replace(
        one, dyadic=False, nonnegative=False, family=None, bound=max(one.bound, bound)
    )
    return replace(artifact, plan=replace(artifact.plan, directions=tuple(directions)))


# -- what is embedded, carried and held


def _in_tables(artifact: Artifact, more: dict[int, list[Atom]] | None = None) -> Artifact:
    """Multiples of quantities whose values are listed, or given, are tables of them."""
    witness = witness_of(artifact)
    directions = []
    values: list[tuple[Atom, ...]] = list(witness.values)
    for place, atoms in (more or {}).items():
        known = {atom_key(atom) for atom in values[place]}
        values[place] = (*values[place], *(a for a in atoms if atom_key(a) not in known))
    for meaning in witness.directions:
        numbers: dict[int, dict[object, float]] = {}
        for term in meaning.terms:
            listed = witness.values[term.quantity]
            pairs = zip(map(atom_key, listed), term.numbers, strict=True)
            numbers.setdefault(term.quantity, {}).update(pairs)
        multiples = []
        for one in meaning.multiples:
            listed_now = values[one.quantity]
            if not listed_now or any(isinstance(atom, (bool, str)) for atom in listed_now):
                multiples.append(one)
                continue
            own = numbers.setdefault(one.quantity, {})
            for atom in listed_now:
                key = atom_key(atom)
                own[key] = own.get(key, 0.0) + one.factor * float(atom)
        terms = tuple(
            Term(place, tuple(own.get(atom_key(atom), 0.0) for atom in values[place]))
            for place, own in numbers.items()
        )
        directions.append(Meaning(meaning.constant, terms, tuple(multiples)))
    return replace(artifact, witness=Witness(witness.quantities, tuple(values), tuple(directions)))


def embedded(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A token, or a position, is embedded as another number, and so it is carried: for a value that
    it gives, all directions that hold a table of this value hold the other number."""
    witness, plan = witness_of(artifact), artifact.plan
    assert plan is not None
    embedded = [n for n, direction in enumerate(plan.directions) if direction.born == 0]
    options = [
        (n, term)
        for n in embedded
        for term in witness.directions[n].terms
        if witness.quantities[term.quantity] in (TOKENS, INDICES)
    ]
    if not options:
        return None
    number, term = chance.choice(options)
    listed = witness.values[term.quantity]
    place = chance.randrange(len(listed))
    token = witness.quantities[term.quantity] is TOKENS
    name = "embed.W_E" if token else "pos_embed.W_pos"
    row = artifact.vocabulary.id_of(listed[place]) if token else 1 + int(listed[place])
    tensor = artifact.tensors[name].copy()
    if row >= len(tensor):
        return None
    before = term.numbers[place]
    after = chance.choice([before + chance.choice(AMOUNTS), chance.choice(term.numbers)])
    tensor[row, plan.directions[number].place] += after - before
    numbers = list(term.numbers)
    numbers[place] = after
    directions = list(witness.directions)
    directions[number] = replace(
        directions[number],
        terms=tuple(
            replace(t, numbers=tuple(numbers)) if t is term else t for t in directions[number].terms
        ),
    )
    found = told(with_weights(artifact, {name: tensor}), directions)
    found = _vague(found, number, abs(after) + abs(directions[number].constant))
    return _held_elsewhere(found, before, after, chance)


def _held_elsewhere(
    artifact: Artifact, before: float, after: float, chance: random.Random
) -> Artifact:
    """Where directions hold this number of a value, they hold another, sometimes."""
    witness, plan = witness_of(artifact), artifact.plan
    assert plan is not None
    if chance.random() < 0.7:
        carried = {
            place: [*_numbers_of(quantity, artifact)]
            for place, quantity in enumerate(witness.quantities)
            if isinstance(quantity, Aggregate)
        }
        artifact = _in_tables(artifact, carried)
        witness = witness_of(artifact)
    directions = list(witness.directions)
    for number, meaning in enumerate(directions):
        if plan.directions[number].born == 0:
            continue
        terms = []
        for term in meaning.terms:
            same = [n for n, held in enumerate(term.numbers) if held == before]
            some = same[:1] if chance.random() < 0.5 else same
            numbers = [after if n in some else held for n, held in enumerate(term.numbers)]
            terms.append(replace(term, numbers=tuple(numbers)))
        directions[number] = replace(meaning, terms=tuple(terms))
    found = told(artifact, directions)
    for number, direction in enumerate(plan.directions):
        if direction.born:
            found = _vague(found, number, direction.bound + abs(after))
    return found


def _numbers_of(node: Aggregate, artifact: Artifact) -> list[Atom]:
    """What may be averaged, and what comes of it, as far as that is soon known."""
    tokens, causal = artifact.vocabulary.tokens, artifact.config.causal
    space = Attended(tokens, artifact.max_len, causal=causal)
    try:
        found = [*space.domain(node.value).values, *space.domain(node).values]
    except UnprovedError:
        return []
    return list(found[:200]) if not any(isinstance(a, (bool, str)) for a in found) else []


def named(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """The witness names more quantities, which nothing holds: how values are listed changes."""
    witness = witness_of(artifact)
    means = [q for q in witness.quantities if isinstance(q, Aggregate)]
    sops = [q for q in witness.quantities if isinstance(q, (Aggregate, Elementwise))]
    new: list[Quantity] = []
    for node in means:
        more: list[Quantity] = [Total(node), Disagreement(node), Beside(node, (), (), 0.0)]
        new.append(chance.choice(more))
    new += [Joint((node,), ((0,), (1,)), (0, 1)) for node in sops if chance.random() < 0.1]
    if not new:
        return None
    some = chance.sample(new, chance.randint(1, len(new)))
    quantities, values = (*witness.quantities, *some), (*witness.values, *(() for _ in some))
    return replace(artifact, witness=replace(witness, quantities=quantities, values=values))


def tabled(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """What is held as a multiple is held as a table, with some number of it changed, or none."""
    witness = witness_of(artifact)
    carried = {
        place: [*_numbers_of(quantity, artifact)]
        for place, quantity in enumerate(witness.quantities)
        if isinstance(quantity, Aggregate)
    }
    found = _in_tables(artifact, carried)
    directions = list(witness_of(found).directions)
    options = [(n, t) for n, m in enumerate(directions) for t in m.terms if t.numbers]
    if not options:
        return None
    number, term = chance.choice(options)
    numbers = list(term.numbers)
    if chance.random() < 0.5:
        numbers[chance.randrange(len(numbers))] += chance.choice(AMOUNTS)
    terms = tuple(
        replace(t, numbers=tuple(numbers)) if t is term else t for t in directions[number].terms
    )
    directions[number] = replace(directions[number], terms=terms)
    return _vague(told(found, directions), number, max(map(abs, numbers)) + 2.0)


def scaled(artifact: Artifact, chance: random.Random) -> Artifact | None:
    """A direction is held, and written, as a multiple of what it was, and so it is read, but for
    some of those who read it."""
    witness, plan = witness_of(artifact), artifact.plan
    assert plan is not None
    if not plan.directions:
        return None
    number = chance.randrange(len(plan.directions))
    direction, factor = plan.directions[number], chance.choice([2.0, -1.0, 0.5, 4.0])
    tensors: dict[str, Any] = {}
    for name, tensor in artifact.tensors.items():
        last = name.split(".")[-1]
        if last in ("W_E", "W_pos", "W_out") and tensor.size:
            tensors[name] = tensor.copy()
            tensors[name][..., direction.place] *= factor
        elif last in ("W_U", "W_in") and tensor.size and chance.random() < 0.9:
            tensors[name] = tensor.copy()
            tensors[name][direction.place] /= factor
        elif last in ("W_Q", "W_K", "W_V") and tensor.size and chance.random() < 0.9:
            tensors[name] = tensor.copy()
            tensors[name][:, direction.place] /= factor
    meaning = witness.directions[number]
    terms = tuple(replace(t, numbers=tuple(factor * n for n in t.numbers)) for t in meaning.terms)
    multiples = tuple(Multiple(m.quantity, factor * m.factor) for m in meaning.multiples)
    directions = list(witness.directions)
    directions[number] = Meaning(factor * meaning.constant, terms, multiples)
    found = told(with_weights(artifact, tensors), directions)
    return _vague(found, number, abs(factor) * direction.bound)

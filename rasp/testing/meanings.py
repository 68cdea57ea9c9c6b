"""Models that are not their program, with forged proofs: `python -m rasp.testing.meanings`.

A small change is made to a program, and what the compiler makes of that, weights, plan, witness and
read-out, is passed off as a model of the program as it was; or something is changed in the model
itself.  The proof of meaning is then asked, and the interpreter.  A model that is proved and wrong
is a hole in the proof.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import PlanError
from rasp.compiled import CompiledModel, Specification
from rasp.compiler.pipeline import compile_graph
from rasp.errors import RaspError
from rasp.graph import construct
from rasp.graph.nodes import (
    COMPARISONS,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Node,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.walk import topological
from rasp.interpreter import outcomes
from rasp.meaning.proof import prove
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, Term, Total, Witness
from rasp.program import loads
from rasp.random_programs.choices import SeededChoices
from rasp.random_programs.program import generate
from rasp.sop import SOp
from rasp.vocabulary import Vocabulary

MOST_INPUTS = 300
LONG_INPUTS = 60
EFFORT = 2e9

_ALIKE = [
    ["add", "subtract", "multiply", "modulo"],
    ["and", "or", "equal", "not_equal"],
    ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"],
    ["not", "indicator", "to_bool"],
    ["round", "negate", "plus"],
]


@dataclass
class Campaign:
    """What came of models.  holes: those that were proved, and are wrong."""

    models: int = 0
    rounded: int = 0
    proved: int = 0
    wrong: int = 0
    wrong_and_rounded: int = 0
    holes: list[str] = field(default_factory=list)
    by_change: Counter[tuple[str, str]] = field(default_factory=Counter)

    def to_text(self) -> str:
        lines = [
            f"{self.models:,} models; {self.rounded:,} with a certificate of rounding, of which "
            f"{self.wrong_and_rounded:,} are wrong",
            f"{self.proved:,} proved to be the program, of which {len(self.holes)} are wrong",
        ]
        for (change, outcome), count in sorted(self.by_change.items()):
            lines.append(f"  {count:6,}  {change}: {outcome}")
        return "\n".join([*lines, *self.holes])


@dataclass(frozen=True)
class Case:
    """A program, for a vocabulary and inputs up to a length."""

    name: str
    root: SOpNode
    tokens: tuple[Atom, ...]
    max_len: int
    causal: bool = False

    def compiled(self, root: SOpNode | None = None) -> Artifact:
        """Raises CompileError."""
        return compile_graph(
            self.root if root is None else root,
            vocabulary=Vocabulary.of(self.tokens),
            max_len=self.max_len,
            causal=self.causal,
        )


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
        new[node] = _over(other if node is chosen else node, new)
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
                moved = (parameters[1], parameters[0], *parameters[2:])
                found.append(construct.elementwise(operator, *operands, parameters=moved))
        case Aggregate(selector=selector, value=value, default=default):
            other: Atom = default + 1 if isinstance(default, (int, float)) else f"{default}x"
            found = [construct.aggregate(selector, value, other)]
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
    chance.shuffle(found)
    return found[:3]


def _over(node: Node, new: dict[Node, Node]) -> Node:
    """The node over what its parts have become."""

    def sop(part: SOpNode) -> SOpNode:
        found = new.get(part, part)
        return found if construct.is_sop(found) else part

    def selector(part: SelectorNode) -> SelectorNode:
        found = new.get(part, part)
        return found if construct.is_selector(found) else part

    match node:
        case Elementwise(operator=operator, operands=operands, parameters=parameters):
            return construct.elementwise(operator, *map(sop, operands), parameters=parameters)
        case Aggregate(selector=below, value=value, default=default):
            return construct.aggregate(selector(below), sop(value), default)
        case SelectorWidth(selector=below):
            return construct.selector_width(selector(below))
        case Select(key=key, query=query, comparison=comparison):
            return construct.select(sop(key), sop(query), comparison)
        case SelectorNot(operand=operand):
            return construct.selector_not(selector(operand))
        case SelectorAnd(left=left, right=right):
            return construct.selector_and(selector(left), selector(right))
        case SelectorOr(left=left, right=right):
            return construct.selector_or(selector(left), selector(right))
    return node


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
        found = _over(node, {part: names.get(part, part) for part in topological([node])})
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
}


# -- the campaign


def proved(artifact: Artifact, root: SOpNode) -> bool:
    """Is the model proved to be the s-op, with a certificate that is computed anew?"""
    if artifact.plan is None or artifact.witness is None:
        return False
    found = prove(
        artifact.config,
        artifact.tensors,
        artifact.plan,
        artifact.witness,
        artifact.readout,
        artifact.vocabulary.tokens,
        root,
        effort=EFFORT,
    )
    return found.ok and artifact.certify(deviations=found.deviations).ok


def rounded(artifact: Artifact) -> bool:
    """Does the model have a certificate of rounding?"""
    try:
        return artifact.certify().ok
    except (PlanError, ValueError):
        return False


def inputs_of(case: Case, seed: int) -> list[list[Atom]]:
    """All short inputs, and random ones up to the longest."""
    chance = random.Random(seed)
    short = (
        list(tokens)
        for length in range(1, case.max_len + 1)
        for tokens in product(case.tokens, repeat=length)
    )
    found = list(islice(short, MOST_INPUTS))
    for _ in range(LONG_INPUTS):
        length = chance.randint(1, case.max_len)
        some = chance.sample(case.tokens, chance.randint(1, min(3, len(case.tokens))))
        found.append(
            [chance.choice(some if chance.random() < 0.7 else case.tokens) for _ in range(length)]
        )
    return found


def is_wrong(artifact: Artifact, root: SOpNode, inputs: Sequence[list[Atom]]) -> str | None:
    """An input on which they differ, in words.  Whether a mean that is whole is an int or a float
    is left aside where values are equal."""
    expected = outcomes(root, inputs, causal=artifact.config.causal)
    got = CompiledModel(artifact, Specification(root)).outcomes(inputs)
    for tokens, wanted, found in zip(inputs, expected, got, strict=True):
        if isinstance(wanted, RaspError) or isinstance(found, RaspError):
            same = isinstance(wanted, RaspError) and isinstance(found, RaspError)
        else:
            same = len(wanted) == len(found) and all(map(_same, wanted, found))
        if not same:
            return f"{tokens}: {wanted}, and the model says {found}"
    return None


def _same(wanted: Atom, found: Atom) -> bool:
    if type(wanted) in (int, float) and type(found) in (int, float):
        return wanted == found
    return type(wanted) is type(found) and wanted == found


def examine(
    campaign: Campaign, case: Case, change: str, artifact: Artifact, root: SOpNode, seed: int
) -> None:
    """Ask the proof, and the interpreter."""
    campaign.models += 1
    if not rounded(artifact):
        campaign.by_change[change, "refused by the certificate of rounding"] += 1
        return
    campaign.rounded += 1
    right = is_wrong(artifact, root, inputs_of(case, seed))
    sure = proved(artifact, root)
    campaign.proved += sure
    campaign.wrong_and_rounded += right is not None
    if sure and right is not None:
        campaign.holes.append(f"{case.name}, {change}, seed {seed}: {right}")
    verdict = "proved" if sure else "not proved"
    campaign.by_change[change, f"{verdict}, {'right' if right is None else 'wrong'}"] += 1


def run_case(campaign: Campaign, case: Case, seed: int, n_models: int) -> None:
    """Changes of all kinds to one program and its model."""
    chance = random.Random(f"{case.name} {seed}")
    try:
        artifact = case.compiled()
    except RaspError:
        return
    examine(campaign, case, "nothing", artifact, case.root, seed)
    for number in range(n_models):
        name = chance.choice(list(CHANGES))
        found = CHANGES[name](artifact, chance)
        if found is not None:
            examine(campaign, case, name, found, case.root, seed + number)
    for number in range(max(1, n_models // 2)):
        other = changed(case.root, chance)
        if other is None:
            break
        root, new = other
        try:
            forged = case.compiled(root)
        except RaspError:
            continue
        back: dict[Node, Node] = {}
        for old, made in new.items():
            back.setdefault(made, old)
        examine(campaign, case, "another program", forged, case.root, seed + number)
        assert forged.witness is not None
        witness = renamed(forged.witness, back)
        lying = replace(forged, witness=witness)
        examine(campaign, case, "another program, s-ops renamed", lying, case.root, seed + number)


def corpus_cases(path: Path) -> Iterator[Case]:
    """The programs of tests/conformance/compile.jsonl, for short inputs."""
    for line in path.read_text(encoding="utf-8").splitlines():
        data: dict[str, Any] = json.loads(line)
        sop = loads(data["program"])[data["output"]]
        if isinstance(sop, SOp):
            length = min(data["max_len"], 6)
            yield Case(data["id"], sop.node, tuple(data["vocab"]), length)


def random_cases(seeds: range, size: int = 12) -> Iterator[Case]:
    """Random programs."""
    for seed in seeds:
        program = generate(SeededChoices(seed), size)
        sop = loads(program.text)[program.sop]
        if isinstance(sop, SOp):
            length = min(program.max_len, 5)
            causal = seed % 5 == 0
            yield Case(f"random {seed}", sop.node, program.vocabulary, length, causal)


def main(arguments: Sequence[str] | None = None) -> int:
    """The campaign; exit status 1 where something wrong is proved."""
    parser = argparse.ArgumentParser(prog="python -m rasp.testing.meanings", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a file of programs, compile.jsonl say")
    parser.add_argument("--programs", type=int, default=200, help="so many random programs")
    parser.add_argument("--models", type=int, default=10, help="changes of each model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="0/1", help="K/N: every N-th program, from the K-th")
    options = parser.parse_args(arguments)
    first, step = map(int, options.part.split("/"))
    cases = list(random_cases(range(options.seed, options.seed + options.programs)))
    if options.corpus is not None:
        cases += corpus_cases(options.corpus)
    campaign = Campaign()
    for case in cases[first::step]:
        run_case(campaign, case, options.seed, options.models)
    sys.stdout.write(campaign.to_text() + "\n")
    return 1 if campaign.holes else 0


if __name__ == "__main__":
    sys.exit(main())

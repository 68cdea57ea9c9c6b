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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from pathlib import Path
from typing import Any, Literal

from rasp.artifact import Artifact
from rasp.certificate import PlanError
from rasp.compiled import CompiledModel, Specification
from rasp.compiler.pipeline import compile_graph
from rasp.errors import RaspError
from rasp.graph.nodes import (
    Atom,
    Node,
    SOpNode,
)
from rasp.interpreter import outcomes
from rasp.meaning.proof import prove
from rasp.program import loads
from rasp.random_programs.choices import SeededChoices
from rasp.random_programs.program import generate
from rasp.sop import SOp
from rasp.testing.forged import CHANGES, changed, exchanged, renamed
from rasp.verification import same_outcome
from rasp.vocabulary import Vocabulary

MOST_INPUTS = 300
LONG_INPUTS = 60
EFFORT = 2e9


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

    def compiled(
        self,
        root: SOpNode | None = None,
        *,
        optimize: Literal["patterns", "size"] = "patterns",
    ) -> Artifact:
        """Raises CompileError."""
        return compile_graph(
            self.root if root is None else root,
            vocabulary=Vocabulary.of(self.tokens),
            max_len=self.max_len,
            causal=self.causal,
            optimize=optimize,
        )


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
    except PlanError:
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


def is_wrong(
    artifact: Artifact, root: SOpNode, inputs: Sequence[list[Atom]], *, by_rule: bool = False
) -> str | None:
    """An input on which values or types differ, in words.

    by_rule: only the number of selected keys decides whether whole numbers are ints, so types of
    such numbers are left aside.
    """
    expected = outcomes(root, inputs, causal=artifact.config.causal)
    got = CompiledModel(artifact, Specification(root)).outcomes(inputs)
    for tokens, wanted, found in zip(inputs, expected, got, strict=True):
        if not same_outcome(wanted, found, by_rule=by_rule):
            return f"{tokens}: {wanted}, and the model says {found}"
    return None


def examine(
    campaign: Campaign,
    case: Case,
    change: str,
    artifact: Artifact,
    seed: int,
    *,
    by_rule: bool,
) -> None:
    """Ask the proof, and the interpreter.

    by_rule: does what the compiler makes of the program leave types to the rule for means?
    """
    root = case.root
    campaign.models += 1
    if not rounded(artifact):
        campaign.by_change[change, "refused by the certificate of rounding"] += 1
        return
    campaign.rounded += 1
    right = is_wrong(artifact, root, inputs_of(case, seed), by_rule=by_rule)
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
    by_rule = artifact.readout.by_rule
    examine(campaign, case, "nothing", artifact, seed, by_rule=by_rule)
    for number in range(n_models):
        name = chance.choice(list(CHANGES))
        found = CHANGES[name](artifact, chance)
        if found is not None:
            examine(campaign, case, name, found, seed + number, by_rule=by_rule)
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
        assert forged.witness is not None
        lying = replace(forged, witness=renamed(forged.witness, back))
        models = {
            "another program": forged,
            "another program, s-ops renamed": lying,
            "parts of another program": exchanged(artifact, forged, chance),
            "parts of another program, s-ops renamed": exchanged(artifact, lying, chance),
        }
        for name, model in models.items():
            examine(campaign, case, name, model, seed + number, by_rule=by_rule)


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

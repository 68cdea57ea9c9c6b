"""Models that are not their program, with forged proofs: `python -m rasp.testing.meanings`.

A small change is made to a program, and what the compiler makes of that, weights, plan, witness and
read-out, is passed off as a model of the program as it was; or something is changed in the model
itself.  The proof of meaning is then asked, and the interpreter.  A model that is proved and wrong
is a hole in the proof.  Half of the programs are compiled and proved with other limits, so that
what is done at long inputs is done at short ones.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from pathlib import Path
from typing import Any, Literal

from rasp.artifact import Artifact
from rasp.certificate import PlanError
from rasp.checkpoint import from_bytes, to_bytes
from rasp.compiled import CompiledModel, Specification
from rasp.compiler.pipeline import compile_graph
from rasp.errors import CheckpointError, RaspError
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
from rasp.testing.accounting import all_programs
from rasp.testing.accounts import read
from rasp.testing.forged import CHANGES, exchanged
from rasp.testing.forged_programs import changed, renamed
from rasp.testing.forged_structure import STRUCTURE, promising_little
from rasp.testing.judging import Judge
from rasp.testing.limit import Limit
from rasp.testing.limits import LIMITS, OF_REWRITES, OF_THE_PROOF, lowered, some_limits
from rasp.testing.trials import Trial
from rasp.vocabulary import Vocabulary

STUMBLES = (AttributeError, LookupError, TypeError, ValueError)
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
    """A program, for a vocabulary and inputs up to a length.  limits: of the compiler, while it is
    compiled."""

    name: str
    root: SOpNode
    tokens: tuple[Atom, ...]
    max_len: int
    causal: bool = False
    optimize: Literal["patterns", "size"] = "patterns"
    limits: tuple[Limit, ...] = ()

    @property
    def of_both(self) -> list[Limit]:
        """Those of its limits that the proof of its models needs, too."""
        return [limit for limit in self.limits if limit in OF_REWRITES]

    def compiled(self, root: SOpNode | None = None) -> Artifact:
        """Raises CompileError."""
        with lowered(self.limits):
            return compile_graph(
                self.root if root is None else root,
                vocabulary=Vocabulary.of(self.tokens),
                max_len=self.max_len,
                causal=self.causal,
                optimize=self.optimize,
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
    n_tokens = len(artifact.vocabulary.tokens)
    judge = Judge(root, inputs, expected, by_rule=by_rule, n_tokens=n_tokens)
    for tokens, wanted, found in zip(inputs, expected, got, strict=True):
        if not judge.accepts(tokens, wanted, found):
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
    claimed = replace(case, tokens=artifact.vocabulary.tokens, max_len=artifact.max_len)
    right = is_wrong(artifact, root, inputs_of(claimed, seed), by_rule=by_rule)
    sure = proved(artifact, root)
    campaign.proved += sure
    campaign.wrong_and_rounded += right is not None
    if sure and right is not None:
        campaign.holes.append(f"{case.name}, {change}, seed {seed}: {right}")
    verdict = "proved" if sure else "not proved"
    campaign.by_change[change, f"{verdict}, {'right' if right is None else 'wrong'}"] += 1


def run_case(
    campaign: Campaign,
    case: Case,
    seed: int,
    n_models: int,
    limits: Sequence[Limit] = (),
) -> None:
    """Changes of all kinds to one program and its model.  limits: of the proof."""
    by_rule: bool | None = None
    for change, artifact in forgeries(case, seed, n_models):
        by_rule = artifact.readout.by_rule if by_rule is None else by_rule  # nothing is changed yet
        with lowered([*limits, *case.of_both]):
            examine(campaign, case, change, artifact, seed, by_rule=by_rule)


def forgeries(case: Case, seed: int, n_models: int) -> Iterator[tuple[str, Artifact]]:
    """What was changed, and the model; the first is what the compiler makes.  The same for the same
    case and seed."""
    chance = random.Random(f"{case.name} {seed}")
    try:
        artifact = case.compiled()
    except RaspError:
        return
    yield "nothing", artifact
    for _ in range(n_models):
        name, model = _changed_model(artifact, chance)
        if model is not None:
            yield name, model
    for _ in range(max(1, n_models // 2)):
        yield from _of_other_program(case, artifact, chance)


_ALL_CHANGES = {**CHANGES, **STRUCTURE}


def _changed_model(artifact: Artifact, chance: random.Random) -> tuple[str, Artifact | None]:
    """A model with something changed; with several things, sometimes."""
    name = chance.choice(list(_ALL_CHANGES))
    found = _ALL_CHANGES[name](artifact, chance)
    while found is not None and chance.random() < 0.2:
        found = _ALL_CHANGES[chance.choice(list(_ALL_CHANGES))](found, chance)
        name = "several changes"
    return name, None if found is None else loaded(found)


def loaded(artifact: Artifact) -> Artifact | None:
    """The model as it comes out of a checkpoint; None where loading refuses what is in there, or
    no checkpoint can say it."""
    assert artifact.graph is not None
    try:
        data = to_bytes(CompiledModel(artifact, Specification(artifact.graph)))
        return from_bytes(data, check=False).artifact
    except (CheckpointError, *STUMBLES):
        return None


def _of_other_program(
    case: Case, artifact: Artifact, chance: random.Random
) -> Iterator[tuple[str, Artifact]]:
    """Models of the program with a part or two changed, and witnesses that say otherwise."""
    tokens = case.tokens if chance.random() < 0.5 else ()
    other = changed(case.root, chance, tokens)
    if other is None:
        return
    root, new = other
    if chance.random() < 0.2 and (again := changed(root, chance, tokens)) is not None:
        root, then = again
        new = {old: then.get(made, made) for old, made in new.items()}
    try:
        forged = case.compiled(root)
    except RaspError:
        return
    back: dict[Node, Node] = {}
    for old, made in new.items():
        back.setdefault(made, old)
    if forged.witness is None:
        return
    lying = replace(forged, witness=renamed(forged.witness, back))
    some = {made: old for made, old in back.items() if chance.random() < 0.5}
    half = replace(forged, witness=renamed(forged.witness, some))
    yield "another program", forged
    yield "another program, s-ops renamed", lying
    yield "another program, some s-ops renamed", half
    vague = promising_little(replace(lying, readout=artifact.readout))
    yield "another program, with this read-out and a plan that promises little", vague
    yield "parts of another program", exchanged(artifact, forged, chance)
    yield "parts of another program, s-ops renamed", exchanged(artifact, lying, chance)


def corpus_cases(path: Path) -> Iterator[Case]:
    """The programs of tests/conformance/compile.jsonl, for short inputs."""
    for line in path.read_text(encoding="utf-8").splitlines():
        data: dict[str, Any] = json.loads(line)
        sop = loads(data["program"])[data["output"]]
        if isinstance(sop, SOp):
            length = min(data["max_len"], 6)
            yield Case(data["id"], sop.node, tuple(data["vocab"]), length)


def cases_of(trials: Iterable[Trial]) -> Iterator[Case]:
    """Programs of guards and of accounts, as they are compiled there, for short inputs."""
    for trial in trials:
        program = trial.program
        sop = loads(program.text)[program.sop]
        if isinstance(sop, SOp):
            yield Case(
                trial.name,
                sop.node,
                program.vocabulary,
                min(program.max_len, 6),
                trial.causal,
                trial.optimize,
                trial.limits,
            )


def with_other_limits(case: Case, seed: int) -> tuple[Case, list[Limit]]:
    """The program for the compiler with other limits, and limits for the proof."""
    chance = random.Random(f"{case.name} {seed}")
    number = chance.randrange(1 << 30)
    own = some_limits(number, LIMITS) if chance.random() < 0.5 else []
    return replace(case, limits=(*case.limits, *own)), some_limits(number, OF_THE_PROOF)


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
    parser.add_argument("--account", type=Path, help="a folder: its programs, and the guards'")
    parser.add_argument("--programs", type=int, default=200, help="so many random programs")
    parser.add_argument("--models", type=int, default=10, help="changes of each model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="0/1", help="K/N: every N-th program, from the K-th")
    parser.add_argument("--seconds", type=float, default=math.inf, help="of the processor")
    options = parser.parse_args(arguments)
    first, step = map(int, options.part.split("/"))
    cases = list(random_cases(range(options.seed, options.seed + options.programs)))
    if options.corpus is not None:
        cases += corpus_cases(options.corpus)
    if options.account is not None:
        cases += cases_of(all_programs(read(options.account)))
    campaign = Campaign()
    for number, case in enumerate(cases[first::step]):
        if time.process_time() > options.seconds:
            sys.stdout.write(f"there was time for {number} programs\n")
            break
        limits: Sequence[Limit] = ()
        if number % 2:
            case, limits = with_other_limits(case, options.seed)
        run_case(campaign, case, options.seed, options.models, limits)
    sys.stdout.write(campaign.to_text() + "\n")
    return 1 if campaign.holes else 0


if __name__ == "__main__":
    sys.exit(main())

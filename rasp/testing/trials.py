"""Programs to compile and compare, of every kind there is: what a changed compiler makes of them.

A `Trial` is a program with a way to compile it.  `prepared` runs it as things are; the verdict of a
changed compiler is compared with that.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from rasp.artifact import Artifact
from rasp.compiled import CompiledModel, Specification
from rasp.compiler import pipeline
from rasp.compiler.emission import DType
from rasp.errors import CompileError, RaspError, RaspRuntimeError
from rasp.graph.nodes import Atom, atom_key
from rasp.interpreter import outcomes
from rasp.meaning import proof
from rasp.outputs import Readout
from rasp.program import loads
from rasp.random_programs.program import RandomProgram, random_program
from rasp.sop import SOp
from rasp.syntax.write import write
from rasp.testing.checking import inputs_of
from rasp.testing.forged_programs import changed
from rasp.testing.guard import Guard
from rasp.testing.guard_table import GUARDS
from rasp.testing.judging import Judge
from rasp.testing.limit import Limit
from rasp.testing.limits import ALL, lowered, some_limits
from rasp.vocabulary import Vocabulary

Verdict: TypeAlias = Literal[
    "same", "right", "wrong", "refused", "crashed", "not certified", "lying"
]
"""lying: with the same weights, and words in the plan that are not so."""

MOST_INPUTS = 120
LONGEST = 5  # inputs of programs from files


@dataclass(frozen=True, slots=True)
class Trial:
    """A program and how it is compiled.

    sharpness: as `pipeline.compile_graph` says.  Where attention is not hard, it mixes values; then
    an error that several are selected is as right as the value, and another value is wrong.
    one_logit: as there; a model in which a value has several logits, or a string none, is wrong.
    """

    name: str
    program: RandomProgram
    causal: bool = False
    optimize: Literal["patterns", "size"] = "patterns"
    dtype: DType = "auto"
    limits: tuple[Limit, ...] = ()
    sharpness: int | None = None
    one_logit: bool = False


@dataclass(frozen=True)
class Prepared:
    """digest: of the model as things are, "" where the program is refused; seconds: for that;
    by_rule: are types of whole numbers left to the rule, as things are?  artifact: that model, if
    it is proved, and its plan is to be compared."""

    trial: Trial
    sop: SOp
    inputs: Sequence[list[Atom]]
    expected: Sequence[list[Atom] | RaspError]
    digest: str
    seconds: float
    by_rule: bool = True
    artifact: Artifact | None = None

    def notices(self, made: Made) -> bool:
        """Is that something else than what comes out as things are, and no right model either?"""
        match made.verdict:
            case "same" | "right":
                return made.by_rule and not self.by_rule
            case "refused":
                return self.digest != ""
        return True


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a program.  "same": the very model that there is as things are; by_rule: whose
    types of whole numbers are left to the rule."""

    verdict: Verdict
    detail: str = ""
    digest: str = ""
    by_rule: bool = False
    artifact: Artifact | None = None


def prepared(trial: Trial, *, prove: bool = False) -> Prepared | str:
    """The trial as things are, or why it cannot be one: its model has to be right and certified,
    or the program to be refused.  prove: the words of its plan are to be compared, too."""
    try:
        bare = interpreted(trial)
    except RaspError as error:
        return f"no program: {error}"
    start = time.process_time()
    made = attempt(bare, prove=prove)
    if made.verdict not in ("right", "refused"):
        return f"{made.verdict}: {made.detail}"
    seconds = time.process_time() - start
    return replace(
        bare,
        digest=made.digest,
        seconds=seconds,
        by_rule=made.by_rule,
        artifact=made.artifact,
    )


def interpreted(trial: Trial, most_inputs: int = MOST_INPUTS) -> Prepared:
    """The trial with what its program says, but no model yet.  Raises RaspError."""
    sop = loads(trial.program.text)[trial.program.sop]
    assert isinstance(sop, SOp)
    inputs = inputs_of(trial.program)
    if len(inputs) > most_inputs:
        some = np.linspace(0, len(inputs) - 1, most_inputs).astype(int).tolist()
        inputs = [inputs[place] for place in some]
    expected = outcomes(sop.node, inputs, causal=trial.causal, origins=sop.origins)
    return Prepared(trial, sop, inputs, expected, "", 0.0)


def attempt(prepared: Prepared, *, prove: bool = False) -> Made:
    """Compile, certify the rounding, and compare with the interpreter where the model is new."""
    trial, sop = prepared.trial, prepared.sop
    try:
        with lowered(trial.limits):
            artifact = pipeline.compile_graph(
                sop.node,
                vocabulary=Vocabulary.of(trial.program.vocabulary),
                max_len=trial.program.max_len,
                causal=trial.causal,
                dtype=trial.dtype,
                optimize=trial.optimize,
                sharpness=trial.sharpness,
                one_logit=trial.one_logit,
                origins=sop.origins,
                prove=prove,
            )
    except CompileError as error:
        return Made("refused", error.message)
    except Exception as error:  # whatever a changed compiler does
        return Made("crashed", f"{type(error).__name__}: {error}")
    digest = digest_of(artifact)
    if digest == prepared.digest:
        before = prepared.artifact
        with lowered(trial.limits):
            lies = before is not None and _lies(artifact, before)
        return Made("lying" if lies else "same", digest=digest)
    try:
        return _compared(prepared, artifact, digest)
    except Exception as error:
        return Made("crashed", f"{type(error).__name__}: {error}")


def _compared(prepared: Prepared, artifact: Artifact, digest: str) -> Made:
    sop = prepared.sop
    model = CompiledModel(artifact, Specification(sop.node, None, None, sop.origins))
    judge = Judge(
        sop.node,
        prepared.inputs,
        prepared.expected,
        by_rule=artifact.readout.by_rule,
        n_tokens=len(prepared.trial.program.vocabulary),
    )
    found = model.outcomes(prepared.inputs)
    is_soft = prepared.trial.sharpness is not None
    for tokens, right, got in zip(prepared.inputs, prepared.expected, found, strict=True):
        if is_soft and isinstance(got, RaspError):
            continue
        if not judge.accepts(tokens, right, got):
            return Made("wrong", f"{tokens}: {_shown(right)}, got {_shown(got)}", digest)
    if prepared.trial.one_logit and not _has_one_logit(artifact.readout):
        return Made("wrong", "a value has not one logit", digest)
    if not artifact.report.is_certified and not is_soft:
        return Made("not certified", digest=digest)
    meaning = artifact.report.meaning
    proved = artifact if meaning is not None and meaning.ok else None
    return Made("right", digest=digest, by_rule=artifact.readout.by_rule, artifact=proved)


def _lies(artifact: Artifact, before: Artifact) -> bool:
    """Does a plan say of the same weights what is not proved?  The bounds of the rounding rest on
    it.  before: the model as things are, which is."""
    if artifact.plan is None or artifact.plan == before.plan:
        return False
    assert before.witness is not None
    assert before.graph is not None
    of = artifact.config, artifact.tensors, artifact.plan, before.witness, artifact.readout
    return not proof.prove(*of, artifact.vocabulary.tokens, before.graph).ok


def _has_one_logit(readout: Readout) -> bool:
    """Has each value one logit, but for numbers that are read as numbers?"""
    for part in (readout, *readout.parts):
        if part.kind == "categorical":
            if len({atom_key(value) for value in part.values}) < len(part.values):
                return False
        elif any(isinstance(value, str) for value in part.values):
            return False
    return True


def _shown(outcome: list[Atom] | RaspError) -> str:
    return f"error {outcome.message}" if isinstance(outcome, RaspRuntimeError) else repr(outcome)


def digest_of(artifact: Artifact) -> str:
    """The same for models that are the same in every weight and in how their outputs are read."""
    found = hashlib.sha256()
    for part in (artifact.config, artifact.tensors, artifact.readout):
        _add(found, part)
    return found.hexdigest()


def _add(found: Any, value: Any) -> None:
    match value:
        case np.ndarray():
            found.update(f"{value.dtype}{value.shape}".encode())
            found.update(np.ascontiguousarray(value).tobytes())
        case dict():
            for name in sorted(value):
                found.update(repr(name).encode())
                _add(found, value[name])
        case list() | tuple():
            found.update(f"[{len(value)}".encode())
            for part in value:
                _add(found, part)
        case _ if is_dataclass(value):
            found.update(type(value).__name__.encode())
            for field in fields(value):
                _add(found, getattr(value, field.name))
        case _:
            found.update(f"{type(value).__name__} {value!r}".encode())


# -- which there are


def trial_of(guard: Guard) -> Trial:
    """The program of a guard, compiled as that says."""
    limits = tuple(limit for limit in ALL if str(limit) in guard.limits)
    assert len(limits) == len(guard.limits), guard.limits
    return Trial(guard.name, guard.program, guard.causal, guard.optimize, limits=limits)


def trials(files: Sequence[Path], seeds: range, n_neighbours: int = 3) -> Iterator[Trial]:
    """Those of the guards and programs a little different from theirs, of files with a program a
    line, and random ones: in many ways."""
    for guard in GUARDS:
        own = trial_of(guard)
        yield own
        yield from neighbours(own, n_neighbours)
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            data = json.loads(line)
            length = min(data["max_len"], LONGEST)
            program = RandomProgram(data["program"], tuple(data["vocab"]), length, data["output"])
            yield Trial(data["id"], program)
            if number % 8 == 0:
                yield Trial(f"{data['id']}, causal", program, causal=True)
            if number % 16 == 1:
                yield Trial(f"{data['id']}, for size", program, optimize="size")
            if number % 4 == 1:
                limits = tuple(some_limits(number))
                yield Trial(f"{data['id']}, lowered", program, limits=limits)
    for seed in seeds:
        program = random_program(seed, 4 + seed % 5)
        program = replace(program, max_len=min(program.max_len, LONGEST))
        yield Trial(
            f"random {seed}",
            program,
            causal=seed % 3 == 1,
            optimize="size" if seed % 10 == 0 else "patterns",
            dtype="float64" if seed % 7 == 0 else "auto",
            limits=tuple(some_limits(seed)) if seed % 2 else (),
        )


def neighbours(trial: Trial, number: int) -> Iterator[Trial]:
    """Trials of programs with one or two parts changed: they come near to the same conditions."""
    chance = random.Random(trial.name)
    sop = loads(trial.program.text)[trial.program.sop]
    assert isinstance(sop, SOp)
    for place in range(number):
        node = sop.node
        for _ in range(1 + place % 2):
            node = (changed(node, chance) or (node, {}))[0]
        if node is sop.node:
            continue
        try:
            program = replace(trial.program, text=write(node, name=trial.program.sop))
        except RaspError:  # a part that no text gives
            continue
        causal = trial.causal != (place % 4 == 3)
        yield replace(trial, name=f"{trial.name}, changed {place}", program=program, causal=causal)

"""One program, run in every way there is: all have to agree with the interpreter.

A `Check` says what came out: agreement, a refusal by the compiler, or a `Difference`.  Nothing but
a RaspError may be raised anywhere; what else is raised is a difference too.
"""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from rasp import api
from rasp.analysis import compare
from rasp.checkpoint import load_model
from rasp.compiled import CompiledModel
from rasp.compiler.pipeline import is_long
from rasp.errors import CompileError, RaspError, RaspRuntimeError
from rasp.graph.nodes import Aggregate, Atom, Best, Fetch, Node, Select, children
from rasp.graph.walk import topological
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.random_programs.embedding import run_python
from rasp.random_programs.program import RandomProgram
from rasp.sop import SOp
from rasp.source import Source
from rasp.syntax.format import format_text
from rasp.testing.judging import Judge
from rasp.verification import count_inputs, every_input, same_outcome, sampled_inputs

Outcome: TypeAlias = list[Atom] | RaspError
Way: TypeAlias = Literal["float32", "float64", "causal", "size"]
WAYS: tuple[Way, ...] = ("float32", "float64", "causal")
ALL_WAYS: tuple[Way, ...] = (*WAYS, "size")  # the last takes as long as ten others
UNNAMED = "some operations"  # what a reason says that names nothing
EXHAUSTIVE = 300  # all inputs up to the length at which there are so many
SAMPLES = 100
ONE_BY_ONE = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """kind: what went wrong, the same for the same bug as far as can be told; detail: all of it."""

    kind: str
    detail: str


@dataclass
class Check:
    """What came out, over all ways.

    n_pairs: of input and way that were compared; n_failing: those that fail, as they should;
    n_by_rule: those on which whole numbers are of the type of the rule for means, and not as the
    program has them.  refusals: the messages of the compiler, by way.
    """

    program: RandomProgram
    n_pairs: int = 0
    n_failing: int = 0
    n_by_rule: int = 0
    compile_seconds: float = 0.0
    n_parameters: int = 0
    refusals: dict[Way, str] = field(default_factory=dict)
    difference: Difference | None = None


class _DiffersError(Exception):
    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind)
        self.difference = Difference(kind, detail)


def check(program: RandomProgram, *, ways: Sequence[Way] = WAYS, seed: int = 0) -> Check:
    """Run the program in every way and compare.

    ways: the compilations to try; "causal" is compared with the causal interpreter, "size" is
    optimised for size.  seed: of the inputs, which are all short ones and some of every length.
    """
    result = Check(program)
    try:
        sop = _elaborated(program)
        inputs = inputs_of(program, seed)
        for way in ways:
            try:
                _compare(program, sop, way, inputs, result)
            except CompileError as error:
                if not error.labels:
                    raise _DiffersError("a refusal without a place", str(error)) from error
                if error.message.startswith(api.MISTAKEN):  # certified, and wrong
                    raise _DiffersError(f"{way}: {api.MISTAKEN}", str(error)) from error
                result.refusals[way] = error.message
    except _DiffersError as differs:
        result.difference = differs.difference
    except Exception as error:  # whatever it is: this is what the check is for
        place = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} in {Path(place.filename).name}:{place.name}"
        result.difference = Difference(kind, "".join(traceback.format_exception(error)[-12:]))
    return result


def inputs_of(program: RandomProgram, seed: int = 0) -> list[list[Atom]]:
    """All short inputs of the program, and chosen ones of every length."""
    n_tokens, max_len = len(program.vocabulary), program.max_len
    longest = max_len
    while longest > 1 and count_inputs(n_tokens, longest) > EXHAUSTIVE:
        longest -= 1
    batches = [*every_input(n_tokens, longest, EXHAUSTIVE)]
    if longest < max_len:
        batches += sampled_inputs(n_tokens, max_len, SAMPLES, seed, SAMPLES)
    return [[program.vocabulary[number] for number in row] for batch in batches for row in batch]


def _elaborated(program: RandomProgram) -> SOp:
    """The s-op of the text, which is that of the formatted text and of the Python program too."""
    try:
        sop = loads(program.text)[program.sop]
        formatted = format_text(Source("<program>", program.text))
        again = loads(formatted)[program.sop]
    except RaspError as error:
        raise _DiffersError("the program is refused", str(error)) from error
    assert isinstance(sop, SOp)
    if not isinstance(again, SOp) or again.node is not sop.node:
        raise _DiffersError("the formatted text means something else", formatted)
    if format_text(Source("<program>", formatted)) != formatted:
        raise _DiffersError("the formatted text is not formatted", formatted)
    embedded = run_python(program.python)[program.sop]
    if not isinstance(embedded, SOp) or embedded.node is not sop.node:
        raise _DiffersError("the Python program means something else", program.python)
    return sop


def _compare(
    program: RandomProgram, sop: SOp, way: Way, inputs: list[list[Atom]], result: Check
) -> None:
    causal = way == "causal"
    start = time.perf_counter()
    model = api.compile(
        sop,
        vocab=program.vocabulary,
        max_len=program.max_len,
        causal=causal,
        dtype="float64" if way == "float64" else "auto",
        optimize="size" if way == "size" else "patterns",
    )
    result.compile_seconds = max(result.compile_seconds, time.perf_counter() - start)
    report = model.report
    result.n_parameters = max(result.n_parameters, report.n_parameters)
    _compare_accounts(sop, model)
    _compare_addresses(model)
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    judge = Judge(
        sop.node,
        inputs,
        expected,
        by_rule=model.artifact.readout.by_rule,
        n_tokens=len(program.vocabulary),
    )
    found = model.outcomes(inputs)
    _same(f"{way}", inputs, expected, found, judge)
    pairs = zip(expected, found, strict=True)
    result.n_by_rule += sum(not same_outcome(*pair) for pair in pairs)
    result.n_pairs += len(inputs)
    result.n_failing += sum(isinstance(outcome, RaspError) for outcome in expected)
    rows = np.linspace(0, len(inputs) - 1, min(ONE_BY_ONE, len(inputs))).astype(int).tolist()
    _same(
        f"{way}, one by one",
        [inputs[row] for row in rows],
        [expected[row] for row in rows],
        [_alone(model, inputs[row]) for row in rows],
        judge,
    )
    if way == "float32":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            model.save(path)
            loaded = load_model(path).outcomes(inputs)
            _same("saved and loaded", inputs, expected, loaded, judge)


def _most_layers(root: Node) -> int:
    """The layers of the theory, where it takes one more to know the largest score of a `best` that
    something else reads than an aggregate, a fetch or another `best`.

    One head scores what `best` chooses for these; `not best(...)` and counts of several best keys
    are about all keys that have the largest score, which has to be read before.
    """
    order = topological([root])
    apart = {
        child
        for node in order
        if not isinstance(node, (Aggregate, Fetch, Best))
        for child in children(node)
        if isinstance(child, Best)
    }
    deep: dict[Node, int] = {}
    for node in order:
        below = [deep[child] for child in children(node)]
        match node:
            case Best(selector=selector, score=score):
                deep[node] = max(deep[selector], deep[score] + 1) + (node in apart)
            case Select():
                deep[node] = max(below) + 1
            case Aggregate(selector=selector, value=value) | Fetch(selector=selector, value=value):
                deep[node] = max(deep[selector], deep[value] + 1)
            case _:
                deep[node] = max(below, default=0)
    return deep[root]


def _compare_accounts(sop: SOp, model: CompiledModel) -> None:
    """No more attention sublayers than the theory has layers, but for choices made apart and for
    counts that are read from the table of positions.

    Whatever reads what, of the sublayers one after the other those that read a count have a head
    which says so; there may be others beside it.
    """
    report = model.report
    n_attention = report.sublayers.count("a")
    n_own = n_attention - sum(heads > 0 for heads in report.addresses)
    if n_own > report.rasp_layers and n_own > _most_layers(sop.node):
        raise _DiffersError("more attention than the theory", f"{report.sublayers}: {report}")
    if n_attention < report.rasp_layers:
        account = compare(api.analyze(sop), report, model.labels)
        reasons = [d.reason for d in account.differences if d.what == "attention sublayers"]
        if not reasons or UNNAMED in reasons[0]:
            raise _DiffersError("less attention, and no reason", account.to_text())
    extra = max(map(len, report.sublayers.split("a")))
    named = model.artifact.report.extra_sublayers
    if (extra > 1 or report.sublayers.startswith("fa")) and not named:
        raise _DiffersError("more feed-forward, and no reason", f"{report.sublayers}: {report}")


def _compare_addresses(model: CompiledModel) -> None:
    """Counts are read from the table of positions for long inputs alone, by heads of the model."""
    report = model.report
    if not report.addresses:
        return
    if not is_long(report.max_len, model.vocabulary, model.artifact.report.optimize or "patterns"):
        raise _DiffersError("a count as an address in a short input", str(report))
    heads = [n_heads for n_heads in report.heads_per_layer if n_heads]
    fits = len(report.addresses) == len(heads) and any(report.addresses)
    if not fits or any(n > all_ for n, all_ in zip(report.addresses, heads, strict=True)):
        raise _DiffersError("counts as addresses by heads that there are not", str(report))


def _alone(model: CompiledModel, tokens: list[Atom]) -> Outcome:
    try:
        return model(tokens)
    except RaspError as error:
        return error


def _same(
    way: str,
    inputs: list[list[Atom]],
    expected: Sequence[Outcome],
    found: Sequence[Outcome],
    judge: Judge,
) -> None:
    for tokens, right, got in zip(inputs, expected, found, strict=True):
        error = isinstance(got, RaspError) and not isinstance(got, RaspRuntimeError)
        if error or not judge.accepts(tokens, right, got):
            kinds = f"expected {_kind_of(right)}, got {_kind_of(got)}"
            if same_outcome(right, got, by_rule=True):
                kinds = "another type, which the rule for means does not give"
            detail = f"way       {way}\ninput     {tokens}\n"
            detail += f"expected  {_shown(right)}\ngot       {_shown(got)}"
            raise _DiffersError(f"{way}: {kinds}", detail)


def _kind_of(outcome: Outcome) -> str:
    return "an error" if isinstance(outcome, RaspError) else "values"


def _shown(outcome: Outcome) -> str:
    return f"error: {outcome.message}" if isinstance(outcome, RaspError) else repr(outcome)

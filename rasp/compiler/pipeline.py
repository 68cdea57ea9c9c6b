"""The compiler as one straight function: s-op graph -> variables -> blocks -> layout -> tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import MOST_SHARPNESS, is_sharpness
from rasp.compile_report import NO_THEORY, CompileReport, MeaningProof, Theory
from rasp.compiler.account.sublayers import addresses, extra_sublayers
from rasp.compiler.arrangement import arranged
from rasp.compiler.compilation import Compilation
from rasp.compiler.effort import refuse_if_too_much
from rasp.compiler.emission import DType, certified, refuse_if_too_large
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.least import counts_more, takes_digits, takes_more
from rasp.compiler.limits import LONG_INPUTS
from rasp.compiler.lowering.lower import lower
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.lowering.numbers import refuse_in_float32, refuse_untold_types
from rasp.compiler.names import Names
from rasp.compiler.options import FAITHFUL, OPTIMIZE, Optimize, Options, tried_in_turn
from rasp.compiler.plan import plan_of
from rasp.compiler.prepared import prepared
from rasp.compiler.progress import Progress, Told
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.weights import transcribe
from rasp.compiler.wellformed import (
    is_asked,
    verify_variables,
)
from rasp.compiler.witness import witness_of
from rasp.deadline import Deadline, TimeIsUpError, beating, limited, sharing
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.nodes import Node, SOpNode
from rasp.graph.origins import Origins
from rasp.outputs import Failure
from rasp.vocabulary import Vocabulary

LOWERED, ENCODED, WRITTEN = 0.5, 0.8, 0.85  # shares of a round: variables, blocks, weights
NO_STEPS = "there are no steps that change anything"
OUT_OF_TIME = "the time limit was reached"
COMPILED = 0.8  # share of all rounds; what is left is for the proof of meaning


def compile_graph(
    root: SOpNode,
    *,
    vocabulary: Vocabulary,
    max_len: int,
    causal: bool = False,
    dtype: DType = "auto",
    optimize: Optimize = "patterns",
    sharpness: int | None = None,
    one_logit: bool = False,
    origins: Origins | None = None,
    progress: Progress | None = None,
    time_limit: float | None = None,
    theory: Theory = NO_THEORY,
    prove: bool = True,
) -> Artifact:
    """The s-op as a Transformer for inputs of 1..max_len tokens of the vocabulary.

    optimize: "patterns" for attention patterns that look like the program's selectors, "size" for
    the fewest parameters.  sharpness: how large the gap between scores is, a power of two; None for
    one so large that attention is exactly hard.  one_logit: each value has one logit, as in a
    language model, even where several for a value would save a layer of neurons.  time_limit: in
    seconds, for all of it.  theory: its account of the s-op, for the report.
    prove: whether it is to be proved that the network is the s-op.

    Raises CompileError, with the place, for what cannot be compiled, or not in time.
    """
    return compile_stages(
        root,
        vocabulary=vocabulary,
        max_len=max_len,
        causal=causal,
        dtype=dtype,
        optimize=optimize,
        sharpness=sharpness,
        one_logit=one_logit,
        origins=origins,
        progress=progress,
        time_limit=time_limit,
        theory=theory,
        prove=prove,
    ).artifact


@np.errstate(over="ignore", invalid="ignore")
def compile_stages(
    root: SOpNode,
    *,
    vocabulary: Vocabulary,
    max_len: int,
    causal: bool = False,
    dtype: DType = "auto",
    optimize: Optimize = "patterns",
    sharpness: int | None = None,
    one_logit: bool = False,
    origins: Origins | None = None,
    progress: Progress | None = None,
    time_limit: float | None = None,
    theory: Theory = NO_THEORY,
    prove: bool = True,
) -> Compilation:
    """As `compile_graph`, with everything on the way.  Candidates whose numbers overflow are far
    from any table, and are not taken."""
    if max_len < 1:
        raise CompileError(f"max_len has to be at least 1, got {max_len}")
    if optimize not in OPTIMIZE:
        raise CompileError(f"optimize has to be {' or '.join(OPTIMIZE)}, got {optimize!r}")
    if sharpness is not None and not (type(sharpness) is int and is_sharpness(sharpness)):
        raise CompileError(
            f"sharpness has to be a power of two from 1 to {MOST_SHARPNESS}, got {sharpness!r}"
        )
    origins = origins if origins is not None else Origins()
    told = Told(progress)
    with limited(time_limit) as deadline, beating(told.again):
        try:
            best = _in_rounds(
                root,
                vocabulary,
                Contexts(max_len, causal),
                dtype,
                optimize,
                replace(
                    FAITHFUL, sharpness=sharpness, one_logit=one_logit, codes=optimize == "size"
                ),
                origins,
                told,
            )
            return _reported(best, root, optimize, theory, told.part(COMPILED, 1.0), prove=prove)
        except CompileError as error:
            for label in Names(origins).labels(root):
                error.at(label.span)  # what it is about, such as length, may be written nowhere
            raise
        except TimeIsUpError:
            if time_limit is None or deadline is None:
                raise  # the limit is that of whoever called
            raise _out_of_time(deadline, root, Names(origins)) from None


def _out_of_time(deadline: Deadline, root: SOpNode, names: Names) -> CompileError:
    """What took so long: the stage, and what it was at."""
    node = deadline.node if construct.is_sop(deadline.node) else root
    size = f", {deadline.size}" if deadline.size else ""
    return CompileError(
        f"compiling takes longer than {deadline.seconds:g} s: the stage of {deadline.stage} was at"
        f" {names.text(node)}{size}",
        labels=names.labels(node) or names.labels(root),  # tokens stand nowhere
        hint="a smaller vocabulary, a smaller max_len, or a longer time limit",
    )


def is_long(max_len: int, vocabulary: Vocabulary, optimize: str) -> bool:
    """Is what is for long inputs tried first, such as heads that read counts from the positions?"""
    if optimize == "size":
        return max(max_len, vocabulary.size) >= LONG_INPUTS
    return max_len >= LONG_INPUTS


def _in_rounds(
    root: SOpNode,
    vocabulary: Vocabulary,
    contexts: Contexts,
    dtype: DType,
    optimize: Optimize,
    settings: Options,
    origins: Origins,
    told: Told,
) -> Compilation:
    """The best of the ways that are tried; of those for which there is time, once one is there."""
    told("graph", 0.0)
    long = is_long(contexts.max_len, vocabulary, optimize)
    graph, deferred = prepared(
        root, origins, vocabulary, contexts, long=long, faithful=optimize == "patterns"
    )
    refuse_if_too_much(Names(origins), graph)
    changes = tried_in_turn(optimize, is_long=long)
    rounds = len(changes) if optimize == "size" else 1

    best: Compilation | None = None
    refused: CompileError | None = None
    tried: list[str] = []
    done: dict[Options, Compilation | None] = {}
    lowered: dict[Options, Lowered] = {}
    for number, change in enumerate(changes):
        if optimize == "patterns" and best is not None and _is_certified(best):
            break
        options = replace(settings, **change)
        if options in done:
            continue
        many = contexts.max_len >= LONG_INPUTS  # else a large vocabulary made it long
        if many and settings.addresses and not options.addresses and best and _is_certified(best):
            tried.append(f"{options}: skipped, since neurons for each count are more")
            continue
        if options.restored:
            bare = done.get(replace(options, restored=False))
            if bare is None or _is_certified(bare):
                why = "refused, or larger," if bare is None else "certified"
                tried.append(f"{options}: skipped, since it is {why} without")
                continue
        same = _same_but_for_digits(options, done)
        if same is not None:
            done[options] = same
            tried.append(f"{options}: skipped, since there is no order to take apart")
            continue
        at_once = done.get(replace(options, steps=False)) if options.steps else None
        done[options] = None
        try:
            found = _compile(
                root,
                graph,
                deferred,
                vocabulary,
                contexts,
                dtype,
                options,
                origins,
                told.part(COMPILED * number / rounds, COMPILED * (number + 1) / rounds),
                at_once,
                _n_parameters(best) if best is not None and _is_certified(best) else None,
                lowered,
            )
        except CompileError as error:
            refused = refused or error
            tried.append(f"{options}: {error.message}")
            continue
        except TimeIsUpError:
            if best is None or not _is_certified(best):
                raise
            tried.append(f"{options}: {OUT_OF_TIME}")
            break
        if isinstance(found, Refusal):
            tried.append(f"{options}: skipped, since {found.reason}")
            continue
        done[options] = found
        doubt = "" if _is_certified(found) else ", not certified"
        tried.append(f"{options}: {_n_parameters(found):,} parameters{doubt}")
        if best is None or _is_better(found, best):
            best, settings = found, options
    if best is None:
        assert refused is not None
        raise refused
    return replace(best, tried=tuple(tried))


def _same_but_for_digits(
    options: Options, done: Mapping[Options, Compilation | None]
) -> Compilation | None:
    """What was compiled with another number of digits, where there is nothing that has digits."""
    for other, found in done.items():
        if found is not None and replace(other, n_digits=options.n_digits) == options:
            return None if takes_digits(found.lowered) else found
    return None


def _reported(
    best: Compilation,
    root: SOpNode,
    optimize: Optimize,
    theory: Theory,
    progress: Progress,
    *,
    prove: bool,
) -> Compilation:
    """The compilation, with all that is said of the artifact.

    prove: that it is the s-op that was written, too.  Of what is finished nothing is lost where
    there is no time for that.
    """
    artifact = replace(best.artifact, graph=root)
    meaning = None
    if prove:
        try:
            progress("meaning", 0.0)
            witness = witness_of(best.lowered, best.encodings, best.layout)
            artifact = replace(artifact, witness=witness)
            with sharing(lambda share: progress("meaning", share)):
                meaning = artifact.new_meaning()
        except TimeIsUpError:
            meaning = MeaningProof(False, OUT_OF_TIME)
    report = replace(artifact.report, theory=theory, optimize=optimize, meaning=meaning)
    return replace(best, artifact=replace(artifact, report=report))


def _is_certified(compilation: Compilation) -> bool:
    return compilation.artifact.report.is_certified


def _is_better(found: Compilation, than: Compilation) -> bool:
    """Is it certified where the other is not, or smaller?"""

    def rank(compilation: Compilation) -> tuple[bool, int]:
        return not _is_certified(compilation), _n_parameters(compilation)

    return rank(found) < rank(than)


def _n_parameters(compilation: Compilation) -> int:
    return sum(tensor.size for tensor in compilation.artifact.tensors.values())


def _compile(
    root: SOpNode,
    graph: SOpNode,
    deferred: frozenset[Node],
    vocabulary: Vocabulary,
    contexts: Contexts,
    dtype: DType,
    options: Options,
    origins: Origins,
    progress: Progress,
    at_once: Compilation | None,
    smallest: int | None,
    known: dict[Options, Lowered],
) -> Compilation | Refusal:
    """One way through all stages, if something can come of it.

    root: as it was written; graph: as it is compiled; at_once: the same without steps, which may
    change nothing; smallest: parameters of the best so far: it may be certain that there are more
    here; known: what the program was lowered to for other options, of which the number of digits
    does not matter.
    """
    max_len, causal = contexts.max_len, contexts.causal
    alike = replace(options, n_digits=min(options.n_digits, 2))
    without = known.get(replace(alike, steps=False)) if options.steps else None
    if without is not None and not without.has_several:
        return Refusal(NO_STEPS)
    if alike not in known:
        if smallest is not None and any(counts_more(v, options, smallest) for v in known.values()):
            return Refusal(f"an order alone takes more than {smallest:,} parameters")
        known[alike] = lower(
            graph,
            vocabulary,
            contexts,
            origins,
            options,
            deferred,
            lambda share: progress("domains", LOWERED * share),
        )
        if is_asked():
            verify_variables(known[alike])
    lowered = known[alike]
    if at_once is not None and lowered.steps == at_once.lowered.steps:
        return Refusal(NO_STEPS)
    if smallest is not None and takes_more(lowered, options, smallest):
        return Refusal(f"an order alone takes more than {smallest:,} parameters")
    if dtype == "float32":
        refuse_in_float32(lowered.names, graph, lowered.readout)
    refuse_untold_types(lowered.names, root, lowered.readout)
    encodings, blocks, layout = arranged(
        lowered,
        options,
        vocabulary.size + max_len + 1,
        lambda share: progress("encodings", LOWERED + (ENCODED - LOWERED) * share),
    )
    progress("layout", ENCODED)
    labels = lowered.names.labels(graph)
    total = refuse_if_too_large(blocks, layout, vocabulary, max_len, labels)
    if smallest is not None and total > smallest:
        return Refusal(f"it takes more: {total:,} parameters")
    failures = tuple(Failure.at(check.message, check.span) for check in lowered.checks)
    readout = replace(lowered.readout, failures=failures)
    report = CompileReport(
        NO_THEORY,
        extra_sublayers=tuple(extra_sublayers(layout, blocks)),
        addresses=addresses(blocks),
        sharpness=options.sharpness,
        one_logit=options.one_logit,
    )
    plan = plan_of(blocks, layout, f"output {lowered.label}", encodings.misfit, options.sharpness)

    def written(chosen: str) -> Artifact:
        config, tensors, parts = transcribe(
            blocks, layout, vocabulary, max_len, causal, chosen, plan.scale(chosen)
        )
        with np.errstate(over="ignore"):  # too large for float32: infinite, and not certified
            stored = {name: tensor.astype(chosen) for name, tensor in tensors.items()}
        if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
            raise CompileError(
                f"{lowered.names.text(graph)} needs numbers that are too large",
                labels=labels,
            )
        return Artifact(
            config, stored, vocabulary, max_len, readout, parts, report, plan, compiled=True
        )

    progress("weights", ENCODED)
    with sharing(lambda share: progress("certificate", WRITTEN + (1 - WRITTEN) * share)):
        artifact = certified(written, dtype, labels, hard=options.sharpness is None)
    return Compilation(graph, lowered, encodings, blocks, layout, artifact)

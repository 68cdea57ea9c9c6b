"""A compiled model and an input -> an Exploration: a forward pass, and what it was for.

Nothing is computed here that the model does not compute; its numbers are cut into heads and groups
of neurons and put beside their labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp import analysis, interpreter
from rasp.analysis.comparison import compare
from rasp.causal.anatomy import covering
from rasp.compiled.inputs import Encoder, Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.compiler.layout import EMPTYING
from rasp.explorer.answers import answer_of, output_of
from rasp.explorer.data import (
    Account,
    Array,
    Exploration,
    Head,
    Neurons,
    Step,
    Writing,
)
from rasp.explorer.directions import directions_of
from rasp.explorer.forward import ForwardPass, nonzero_rows
from rasp.explorer.limits import check_size
from rasp.explorer.meanings import Meanings, readable
from rasp.explorer.values import value_scores
from rasp.explorer.wires import living_of, wires_of
from rasp.graph.nodes import Atom
from rasp.graph.text import without_part
from rasp.readout import Decoder
from rasp.verification import same_outcome
from rasp.verification.rule import left_to_rule
from rasp.vocabulary import BOS, FIRST_TOKEN

WRITING = (".W_O", ".b_O", ".W_out", ".b_out")


def gather(model: RunnableModel, tokens: Tokens, writing: Writing | None = None) -> Exploration:
    """Everything that there is to see of the model on one input.

    writing: how the input came about, if the model wrote some of it.

    Raises VocabularyError for an input that the model does not take, and RaspLimitError for more
    than a page can show.  Where the program fails on the input, the answers say so.
    """
    ids = _ids(model, tokens)
    sequence = [model.vocabulary.tokens[number - FIRST_TOKEN] for number in ids[1:]]
    check_size(model.artifact.config, len(ids))
    run = ForwardPass.of(model, ids)
    specification, config = model.specification, model.artifact.config
    meanings = Meanings(specification, sequence, causal=config.causal)
    source = specification.source
    decoder = Decoder(model.artifact.readout, model.max_len)
    (got,) = decoder.decode(run.output[None, 1:], np.array([len(sequence)]))
    (expected,) = interpreter.outcomes(
        specification.node, [sequence], causal=config.causal, origins=meanings.origins
    )
    steps = _steps(model, run)
    heads, neurons = _heads(model, run, meanings), _neurons(model, run, meanings)
    variables, elsewhere = living_of(model, meanings)
    return Exploration(
        name=specification.name or "an s-op without a name",
        source_name=source.name if source else "",
        source=source.text if source else "",
        root=meanings.of_root(),
        tokens=token_texts(sequence),
        token_names=tuple(map(readable, sequence)),
        ids=tuple(ids),
        causal=config.causal,
        dtype=str(run.output.dtype),
        account=_account(model, meanings),
        model_answer=answer_of(got),
        program_answer=answer_of(expected),
        agree=same_outcome(expected, got, by_rule=left_to_rule(model)),
        directions=directions_of(model.labels.residual, run, steps, heads, neurons),
        steps=steps,
        heads=heads,
        neurons=neurons,
        output=output_of(decoder, run),
        writing=writing,
        variables=variables,
        elsewhere=elsewhere,
        wires=wires_of(model),
    )


def _ids(model: RunnableModel, tokens: Tokens) -> list[int]:
    """BOS and the ids of an input, exactly as the model takes it.  Raises VocabularyError."""
    encoded, errors = Encoder(model.vocabulary, model.max_len).encode([tokens])
    for error in errors.values():
        raise error
    return [BOS, *encoded.ids.tolist()]


def token_texts(sequence: Sequence[Atom]) -> tuple[str, ...]:
    """Tokens as they are shown: strings bare where all of them are strings that can be seen."""
    bare = all(
        isinstance(token, str) and token.isprintable() and token.strip() == token != ""
        for token in sequence
    )
    return tuple(str(token) if bare else readable(token) for token in sequence)


def _steps(model: RunnableModel, run: ForwardPass) -> tuple[Step, ...]:
    nothing = np.zeros(model.artifact.config.d_model)
    steps = [Step("embedding", 0, run.embedded, nothing)]
    for number, block in enumerate(model.artifact.config.blocks):
        prefix = f"blocks.{number}"
        if block.n_heads:
            bias = run.weights[f"{prefix}.attn.b_O"]
            steps.append(Step("attention", number, run.cache[f"{prefix}.resid_mid"], bias))
        if block.d_mlp:
            bias = run.weights[f"{prefix}.mlp.b_out"]
            steps.append(Step("feed-forward", number, run.cache[f"{prefix}.resid_post"], bias))
    return tuple(steps)


def _places(model: RunnableModel) -> dict[tuple[int, str], int]:
    """(block, "a" or "f") -> the number of its step."""
    places: dict[tuple[int, str], int] = {}
    for number, block in enumerate(model.artifact.config.blocks):
        if block.n_heads:
            places[number, "a"] = len(places) + 1
        if block.d_mlp:
            places[number, "f"] = len(places) + 1
    return places


def _heads(model: RunnableModel, run: ForwardPass, meanings: Meanings) -> tuple[Head, ...]:
    places = _places(model)
    heads = []
    written: set[int] = set()  # by sublayers before
    for block, labels in enumerate(model.labels.heads):
        shared = Counter(without_part(label)[0] for label in labels)
        for number, label in enumerate(labels):
            step = places[block, "a"]
            head = _head(run, meanings, step, block, number, label, shared[without_part(label)[0]])
            by_value = value_scores(
                run, model.vocabulary, list(head.queries), list(head.keys), head.scoring, written
            )
            heads.append(replace(head, by_value=by_value))
        for name, weight in run.weights.items():
            if name.startswith(f"blocks.{block}.") and name.endswith(WRITING):
                written.update(np.flatnonzero((weight != 0).reshape(-1, weight.shape[-1]).any(0)))
    return tuple(heads)


def _head(
    run: ForwardPass,
    meanings: Meanings,
    step: int,
    block: int,
    number: int,
    label: str,
    shared: int,
) -> Head:
    prefix = f"blocks.{block}.attn."

    def weight(name: str) -> Array:
        tensor: Array = run.weights[prefix + name][number]
        return tensor

    def seen(name: str) -> Array:
        tensor: Array = run.cache[prefix + name][number]
        return tensor

    w_q, w_k, w_v, w_o = (weight(name) for name in ("W_Q", "W_K", "W_V", "W_O"))
    queries, keys = nonzero_rows(w_q), nonzero_rows(w_k)
    slots = nonzero_rows(w_o)
    w_v, w_o = w_v[:, slots], w_o[slots]
    reads, writes = nonzero_rows(w_v), nonzero_rows(w_o.T)
    z = seen("z")[:, slots]
    query_side = np.vstack([w_q[queries], weight("b_Q")])
    key_side = np.vstack([w_k[keys], weight("b_K")])
    return Head(
        step=step,
        number=number,
        label=label,
        shared=shared,
        expressions=meanings.of(label),
        selections=meanings.selections(label),
        queries=tuple(queries),
        keys=tuple(keys),
        scoring=query_side @ key_side.T,
        by_value=None,
        scores=seen("scores"),
        pattern=seen("pattern"),
        reads=tuple(reads),
        W_V=w_v[reads],
        b_V=weight("b_V")[slots],
        values=seen("v")[:, slots],
        z=z,
        writes=tuple(writes),
        W_O=w_o[:, writes],
        written=z @ w_o[:, writes],
    )


def _neurons(model: RunnableModel, run: ForwardPass, meanings: Meanings) -> tuple[Neurons, ...]:
    places = _places(model)
    groups = []
    for block, config in enumerate(model.artifact.config.blocks):
        if config.d_mlp:
            labelled = covering(model.labels.neurons[block], config.d_mlp)
            step = places[block, "f"]
            groups += [_group(run, meanings, step, block, *entry) for entry in labelled]
    return tuple(groups)


def _group(
    run: ForwardPass, meanings: Meanings, step: int, block: int, first: int, end: int, label: str
) -> Neurons:
    prefix = f"blocks.{block}.mlp."
    w_in = run.weights[prefix + "W_in"][:, first:end]
    w_out = run.weights[prefix + "W_out"][first:end]
    reads, writes = nonzero_rows(w_in), nonzero_rows(w_out.T)
    post = run.cache[prefix + "post"][:, first:end]
    return Neurons(
        step=step,
        first=first,
        end=end,
        label=label,
        empties=label == EMPTYING,
        expressions=meanings.of(label),
        reads=tuple(reads),
        W_in=w_in[reads],
        b_in=run.weights[prefix + "b_in"][first:end],
        pre=run.cache[prefix + "pre"][:, first:end],
        post=post,
        writes=tuple(writes),
        W_out=w_out[:, writes],
        written=post @ w_out[:, writes],
    )


def _account(model: RunnableModel, meanings: Meanings) -> Account:
    report = model.report
    theory = analysis.analyze(model.specification.node, origins=meanings.origins)
    comparison = compare(theory, report, model.labels)
    rows = comparison.to_table().rows
    reasons = [
        f"{difference.what}: {difference.theory} by the theory, {difference.compiled} compiled"
        f" ({difference.reason})"
        for difference in comparison.differences
        if difference.theory != difference.compiled
    ]
    columns = "1 column" if report.d_vocab_out == 1 else f"{report.d_vocab_out} columns"
    facts = [
        ("d_model, d_head, d_mlp", f"{report.d_model}, {report.d_head}, {report.d_mlp}"),
        ("parameters", f"{report.n_parameters:,}, of them {report.n_nonzero:,} not zero"),
        ("vocabulary", f"{report.d_vocab} ids in, {columns} out"),
        ("inputs", f"1 to {report.max_len} tokens{', causal' if report.causal else ''}"),
        ("dtype", report.dtype),
    ]
    certificate = report.certificate
    facts.append(("rounding", "proved" if certificate.rounding.ok else "not proved"))
    facts.append(("meaning", str(certificate.meaning)))
    if report.certificate.changed:
        facts.append(("weights", "changed since they were compiled"))
    return Account(
        rows=tuple((what, by_theory, compiled) for what, by_theory, compiled in rows),
        facts=tuple(facts),
        reasons=tuple(reasons),
        certified=certificate.rounding.ok and certificate.meaning.ok,
    )

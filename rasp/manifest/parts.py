"""JSON data -> the parts of a compiled model, each checked for its types and against the others."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from rasp.artifact import Context, Failure, Labels, Readout
from rasp.certificate import Plan, PlanError
from rasp.certificate.plain import plan_from_plain
from rasp.compiled import Specification
from rasp.errors import VocabularyError
from rasp.graph.plain import graph_from_plain
from rasp.manifest.fields import atoms_of, field_of, positive, refuse, text_digest, texts_of
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.source import Source
from rasp.vocabulary import Vocabulary

ReadoutKind: TypeAlias = Literal["categorical", "numeric", "grid", "fraction"]
MAX_REPORT_DEPTH = 32

_CONTEXTS: dict[str, Context] = {"": "", "i": "i", "n": "n", "in": "in"}
_KINDS: dict[str, ReadoutKind] = {
    "categorical": "categorical",
    "numeric": "numeric",
    "grid": "grid",
    "fraction": "fraction",
}


def read_vocabulary(data: list[Any]) -> Vocabulary:
    try:
        return Vocabulary(atoms_of(data, "vocabulary"))
    except VocabularyError as error:
        refuse(error.message)


def read_config(data: dict[str, Any]) -> TransformerConfig:
    blocks = []
    for block in field_of(data, "blocks", list):
        if not isinstance(block, dict):
            refuse("a block is not an object")
        n_heads, d_mlp = positive(block, "n_heads", 0), positive(block, "d_mlp", 0)
        d_head = positive(block, "d_head", 1 if n_heads else 0)
        blocks.append(BlockConfig(n_heads=n_heads, d_head=d_head, d_mlp=d_mlp))
    dtype = field_of(data, "dtype", str)
    if dtype not in ("float32", "float64"):
        refuse(f"dtype {dtype!r}")
    return TransformerConfig(
        d_vocab=positive(data, "d_vocab"),
        n_ctx=positive(data, "n_ctx"),
        d_model=positive(data, "d_model"),
        d_vocab_out=positive(data, "d_vocab_out"),
        blocks=tuple(blocks),
        causal=field_of(data, "causal", bool),
        dtype=dtype,
    )


def read_readout(data: dict[str, Any]) -> Readout:
    kind = _KINDS.get(field_of(data, "kind", str))
    if kind is None:
        refuse("an unknown kind of readout")
    context = _CONTEXTS.get(field_of(data, "context", str))
    if context is None:
        refuse("an unknown context of the readout")
    margin = field_of(data, "margin", float)
    if not 0 <= margin < 1e9:
        refuse(f"'margin' is {margin}")
    values = atoms_of(field_of(data, "values", list), "the readout's values")
    if not values and kind in ("categorical", "numeric"):
        refuse("a readout without values")
    failures = []
    for failure in field_of(data, "failures", list):
        if not isinstance(failure, dict):
            refuse("a failure is not an object")
        failures.append(Failure(field_of(failure, "message", str), field_of(failure, "place", str)))
    return Readout(
        kind=kind,
        values=values,
        margin=margin,
        context=context,
        integer=field_of(data, "integer", bool),
        failures=tuple(failures),
    )


def read_labels(data: dict[str, Any], config: TransformerConfig) -> Labels:
    residual = texts_of(data.get("residual"), "the labels of the residual stream")
    heads = tuple(texts_of(block, "the labels of heads") for block in field_of(data, "heads", list))
    neurons = []
    for block in field_of(data, "neurons", list):
        groups = []
        for group in block if isinstance(block, list) else refuse("labels of neurons"):
            match group:
                case [int(start), int(end), str(label)] if 0 <= start <= end:
                    groups.append((start, end, label))
                case _:
                    refuse("a label of neurons is not a range and a text")
        neurons.append(tuple(groups))
    if len(residual) != config.d_model:
        refuse(f"{len(residual)} labels for {config.d_model} residual directions")
    if [len(block) for block in heads] != [block.n_heads for block in config.blocks]:
        refuse("not one label for every head")
    if len(neurons) != len(config.blocks) or any(
        end > block.d_mlp
        for groups, block in zip(neurons, config.blocks, strict=True)
        for _, end, _ in groups
    ):
        refuse("labels for neurons that do not exist")
    return Labels(residual=residual, heads=heads, neurons=tuple(neurons))


def read_report(data: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [data]
    for _ in range(MAX_REPORT_DEPTH):
        nested: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                nested.extend(item.values())
            elif isinstance(item, list):
                nested.extend(item)
        level = nested
    if level:
        refuse("the report is nested too deeply")
    positive(data, "rasp_layers", 0)
    for heads in field_of(data, "rasp_heads_per_layer", list):
        if type(heads) is not int or heads < 0:
            refuse("'rasp_heads_per_layer' are not counts")
    certificate = field_of(data, "certificate", dict) if "certificate" in data else {}
    reads = certificate.get("reads", [])
    if not isinstance(reads, list) or not all(isinstance(read, dict) for read in reads):
        refuse("the reads of the certificate are not objects")
    return data


def read_plan(data: object) -> Plan | None:
    try:
        return None if data is None else plan_from_plain(data)
    except PlanError as error:
        refuse(str(error))


def read_specification(program: dict[str, Any], graph: object) -> Specification:
    try:
        node = graph_from_plain(graph)
    except ValueError as error:
        refuse(str(error))
    name = program.get("sop")
    if name is not None and not isinstance(name, str):
        refuse("'sop' is not a name")
    if program.get("source") is None:
        return Specification(node=node, name=name)
    text, source_name = field_of(program, "source", str), field_of(program, "source_name", str)
    if field_of(program, "sha256", str) != text_digest(text):
        refuse("the program text has been changed: its hash differs")
    return Specification(node=node, name=name, source=Source(source_name, text))

"""A compiled model without its tensors <-> the JSON manifest of a checkpoint.

    format, format_version      what this is
    program                     sop, source_name, source, sha256 (null without a program text)
    graph                       the s-op itself (rasp.graph.plain)
    vocabulary, bos, pad        tokens by id, from id 2 on
    max_len, config, readout, labels, report
    plan                        how the weights are proved exact (rasp.certificate), or null
    digests                     of every other field and of every tensor (rasp.digests)

Reading believes nothing: every field is checked for its type and against the others, and what does
not fit raises CheckpointError.  The arrays of a numeric readout are tensors of the checkpoint named
readout.centres, readout.codes, readout.scale.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from rasp import digests
from rasp.artifact import Artifact, Context, Failure, Labels, Readout
from rasp.certificate import Plan, PlanError
from rasp.certificate.plain import plain_plan, plan_from_plain
from rasp.compiled import CompiledModel, Specification
from rasp.errors import CheckpointError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.graph.plain import atom_from_plain, graph_from_plain, plain_atom, plain_graph
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.source import Source
from rasp.vocabulary import BOS, PAD, Vocabulary

FORMAT = "rasp-checkpoint"
FORMAT_VERSION = 3
ReadoutKind: TypeAlias = Literal["categorical", "numeric", "grid"]

READOUT_TABLES = ("centres", "codes", "scale")
MAX_REPORT_DEPTH = 32

_CONTEXTS: dict[str, Context] = {"": "", "i": "i", "n": "n", "in": "in"}
_KINDS: dict[str, ReadoutKind] = {
    "categorical": "categorical",
    "numeric": "numeric",
    "grid": "grid",
}
_T = TypeVar("_T")


def manifest_of(model: CompiledModel) -> dict[str, Any]:
    """The manifest as JSON data."""
    artifact, specification = model.artifact, model.specification
    config, readout, labels = artifact.config, artifact.readout, artifact.labels
    source = specification.source
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "program": {
            "sop": specification.name,
            "source_name": source.name if source else None,
            "source": source.text if source else None,
            "sha256": _digest(source.text) if source else None,
        },
        "graph": plain_graph(specification.node),
        "vocabulary": [plain_atom(token) for token in artifact.vocabulary.tokens],
        "bos": BOS,
        "pad": PAD,
        "max_len": artifact.max_len,
        "config": {
            "d_vocab": config.d_vocab,
            "n_ctx": config.n_ctx,
            "d_model": config.d_model,
            "d_vocab_out": config.d_vocab_out,
            "blocks": [
                {"n_heads": block.n_heads, "d_head": block.d_head, "d_mlp": block.d_mlp}
                for block in config.blocks
            ],
            "causal": config.causal,
            "dtype": config.dtype,
        },
        "readout": {
            "kind": readout.kind,
            "values": [plain_atom(value) for value in readout.values],
            "margin": float(readout.margin),
            "context": readout.context,
            "integer": readout.integer,
            "failures": [
                {"message": failure.message, "place": failure.place} for failure in readout.failures
            ],
        },
        "labels": {
            "residual": list(labels.residual),
            "heads": [list(heads) for heads in labels.heads],
            "neurons": [[list(group) for group in groups] for groups in labels.neurons],
        },
        "report": artifact.report,
        "plan": None if artifact.plan is None else plain_plan(artifact.plan),
    }


FIELDS = {
    "format",
    "format_version",
    "program",
    "graph",
    "vocabulary",
    "bos",
    "pad",
    "max_len",
    "config",
    "readout",
    "labels",
    "report",
    "plan",
    digests.FIELD,
}


def readout_tensors(readout: Readout) -> dict[str, NDArray[Any]]:
    """The readout's arrays under their names in a checkpoint."""
    arrays = {name: getattr(readout, name) for name in READOUT_TABLES}
    return {f"readout.{name}": array for name, array in arrays.items() if array is not None}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says; `artifact` joins it with the tensors."""

    specification: Specification
    config: TransformerConfig
    vocabulary: Vocabulary
    max_len: int
    readout: Readout  # without its tables
    labels: Labels
    report: dict[str, Any]
    plan: Plan | None
    tensor_digests: dict[str, Any]

    def artifact(self, tensors: dict[str, NDArray[Any]], *, check: bool = True) -> Artifact:
        """The whole artifact.  Raises CheckpointError for tensors that do not belong to it.

        check: compare the digests of the tensors.
        """
        if check:
            digests.check_tensors(self.tensor_digests, tensors)
        tables = {
            name: tensors.pop(f"readout.{name}")
            for name in READOUT_TABLES
            if f"readout.{name}" in tensors
        }
        _check_tensors(self.config, tensors)
        readout = _with_tables(self.readout, tables, self.max_len)
        return Artifact(
            config=self.config,
            tensors=tensors,
            vocabulary=self.vocabulary,
            max_len=self.max_len,
            readout=readout,
            labels=self.labels,
            report=self.report,
            plan=self.plan,
        )


def parse_manifest(text: str, *, check: bool = True) -> Manifest:
    """Read and check a manifest.  Raises CheckpointError.

    check: compare the digests of its fields.
    """
    data = parse_json(text, "the manifest")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        _refuse("it has no RASP manifest")
    version = _field(data, "format_version", int)
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"the checkpoint has format version {version}, this version of RASP reads "
            f"{FORMAT_VERSION}: compile the program again"
        )
    for name in sorted(FIELDS ^ data.keys()):
        _refuse(f"'{name}' {'is missing' if name in FIELDS else 'is not known'}")
    tensor_digests = digests.check_manifest(data) if check else {}
    if (_field(data, "bos", int), _field(data, "pad", int)) != (BOS, PAD):
        _refuse(f"ids other than {BOS} and {PAD} for BOS and padding")
    max_len = _positive(data, "max_len")
    vocabulary = _vocabulary(_field(data, "vocabulary", list))
    config = _config(_field(data, "config", dict))
    readout = _readout(_field(data, "readout", dict))
    if config.d_vocab != vocabulary.size:
        _refuse(f"d_vocab is {config.d_vocab}, the vocabulary has {vocabulary.size} ids")
    if config.n_ctx != max_len + 1:
        _refuse(f"n_ctx is {config.n_ctx}, max_len is {max_len}")
    if config.d_vocab_out != readout.n_columns:
        _refuse(f"d_vocab_out is {config.d_vocab_out}, the readout has {readout.n_columns} columns")
    return Manifest(
        specification=_specification(_field(data, "program", dict), data.get("graph")),
        config=config,
        vocabulary=vocabulary,
        max_len=max_len,
        readout=readout,
        labels=_labels(_field(data, "labels", dict), config),
        report=_report(_field(data, "report", dict)),
        plan=_plan(data["plan"]),
        tensor_digests=tensor_digests,
    )


def parse_json(text: str, what: str) -> Any:
    """Strict JSON: no duplicate keys, no NaN, bounded depth.  Raises CheckpointError."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a key appears twice")
        return result

    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse_constant)
    except RecursionError:
        raise CheckpointError(f"{what} is nested too deeply") from None
    except ValueError as error:
        raise CheckpointError(f"{what} is not JSON: {error}") from None


def _refuse(reason: str) -> NoReturn:
    raise CheckpointError(f"the manifest does not fit: {reason}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _field(data: dict[str, Any], name: str, kind: type[_T]) -> _T:
    value = data.get(name)
    # `type is` and not isinstance: a bool is no count.
    if type(value) is not kind:
        _refuse(f"'{name}' is not of type {kind.__name__}")
    return value


def _positive(data: dict[str, Any], name: str, least: int = 1) -> int:
    value = _field(data, name, int)
    if not least <= value < 2**31:
        _refuse(f"'{name}' is {value}")
    return value


def _texts(data: object, what: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        _refuse(f"{what} are not texts")
    return tuple(data)


def _atoms(data: list[Any], what: str) -> tuple[Atom, ...]:
    try:
        return tuple(atom_from_plain(item) for item in data)
    except ValueError as error:
        _refuse(f"{what}: {error}")


def _vocabulary(data: list[Any]) -> Vocabulary:
    try:
        return Vocabulary(_atoms(data, "vocabulary"))
    except VocabularyError as error:
        _refuse(error.message)


def _config(data: dict[str, Any]) -> TransformerConfig:
    blocks = []
    for block in _field(data, "blocks", list):
        if not isinstance(block, dict):
            _refuse("a block is not an object")
        n_heads, d_mlp = _positive(block, "n_heads", 0), _positive(block, "d_mlp", 0)
        d_head = _positive(block, "d_head", 1 if n_heads else 0)
        blocks.append(BlockConfig(n_heads=n_heads, d_head=d_head, d_mlp=d_mlp))
    dtype = _field(data, "dtype", str)
    if dtype not in ("float32", "float64"):
        _refuse(f"dtype {dtype!r}")
    return TransformerConfig(
        d_vocab=_positive(data, "d_vocab"),
        n_ctx=_positive(data, "n_ctx"),
        d_model=_positive(data, "d_model"),
        d_vocab_out=_positive(data, "d_vocab_out"),
        blocks=tuple(blocks),
        causal=_field(data, "causal", bool),
        dtype=dtype,
    )


def _readout(data: dict[str, Any]) -> Readout:
    kind = _KINDS.get(_field(data, "kind", str))
    if kind is None:
        _refuse("an unknown kind of readout")
    context = _CONTEXTS.get(_field(data, "context", str))
    if context is None:
        _refuse("an unknown context of the readout")
    margin = _field(data, "margin", float)
    if not 0 <= margin < 1e9:
        _refuse(f"'margin' is {margin}")
    values = _atoms(_field(data, "values", list), "the readout's values")
    if not values and kind != "grid":
        _refuse("a readout without values")
    failures = []
    for failure in _field(data, "failures", list):
        if not isinstance(failure, dict):
            _refuse("a failure is not an object")
        failures.append(Failure(_field(failure, "message", str), _field(failure, "place", str)))
    return Readout(
        kind=kind,
        values=values,
        margin=margin,
        context=context,
        integer=_field(data, "integer", bool),
        failures=tuple(failures),
    )


def _labels(data: dict[str, Any], config: TransformerConfig) -> Labels:
    residual = _texts(data.get("residual"), "the labels of the residual stream")
    heads = tuple(_texts(block, "the labels of heads") for block in _field(data, "heads", list))
    neurons = []
    for block in _field(data, "neurons", list):
        groups = []
        for group in block if isinstance(block, list) else _refuse("labels of neurons"):
            match group:
                case [int(start), int(end), str(label)] if 0 <= start <= end:
                    groups.append((start, end, label))
                case _:
                    _refuse("a label of neurons is not a range and a text")
        neurons.append(tuple(groups))
    if len(residual) != config.d_model:
        _refuse(f"{len(residual)} labels for {config.d_model} residual directions")
    if [len(block) for block in heads] != [block.n_heads for block in config.blocks]:
        _refuse("not one label for every head")
    if len(neurons) != len(config.blocks) or any(
        end > block.d_mlp
        for groups, block in zip(neurons, config.blocks, strict=True)
        for _, end, _ in groups
    ):
        _refuse("labels for neurons that do not exist")
    return Labels(residual=residual, heads=heads, neurons=tuple(neurons))


def _report(data: dict[str, Any]) -> dict[str, Any]:
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
        _refuse("the report is nested too deeply")
    _positive(data, "rasp_layers", 0)
    for heads in _field(data, "rasp_heads_per_layer", list):
        if type(heads) is not int or heads < 0:
            _refuse("'rasp_heads_per_layer' are not counts")
    certificate = _field(data, "certificate", dict) if "certificate" in data else {}
    reads = certificate.get("reads", [])
    if not isinstance(reads, list) or not all(isinstance(read, dict) for read in reads):
        _refuse("the reads of the certificate are not objects")
    return data


def _plan(data: object) -> Plan | None:
    try:
        return None if data is None else plan_from_plain(data)
    except PlanError as error:
        _refuse(str(error))


def _specification(program: dict[str, Any], graph: object) -> Specification:
    try:
        node = graph_from_plain(graph)
    except ValueError as error:
        _refuse(str(error))
    name = program.get("sop")
    if name is not None and not isinstance(name, str):
        _refuse("'sop' is not a name")
    if program.get("source") is None:
        return Specification(node=node, name=name)
    text, source_name = _field(program, "source", str), _field(program, "source_name", str)
    if _field(program, "sha256", str) != _digest(text):
        _refuse("the program text has been changed: its hash differs")
    return Specification(node=node, name=name, source=Source(source_name, text))


def _check_tensors(config: TransformerConfig, tensors: dict[str, NDArray[Any]]) -> None:
    shapes = config.shapes()
    for name in shapes.keys() ^ tensors.keys():
        there = "is missing" if name in shapes else "does not belong to the model"
        raise CheckpointError(f"the tensor {name} {there}")
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype != config.dtype:
            raise CheckpointError(
                f"the tensor {name} is {tensor.dtype} {tensor.shape}, not {config.dtype} {shape}"
            )
        if not np.isfinite(tensor).all():
            raise CheckpointError(f"the tensor {name} has numbers that are not finite")


def _with_tables(readout: Readout, tables: dict[str, NDArray[Any]], max_len: int) -> Readout:
    """The readout with its arrays, checked."""
    needed: dict[str, set[str]] = {
        "categorical": set(),
        "numeric": {"centres", "codes"},
        "grid": {"scale"},
    }
    if tables.keys() != needed[readout.kind]:
        _refuse(f"a readout of kind {readout.kind} with the tables {sorted(tables)}")
    n_contexts = {"": 1, "i": max_len, "n": max_len, "in": max_len * max_len}[readout.context]
    for name, table in tables.items():
        if table.dtype != ("int64" if name == "codes" else "float64"):
            _refuse(f"readout.{name} is {table.dtype}")
        if table.ndim != (1 if name == "scale" else 2) or table.shape[0] != n_contexts:
            _refuse(f"readout.{name} has the shape {table.shape}")
    if readout.kind == "numeric":
        _check_centres(tables["centres"], tables["codes"], len(readout.values))
    if readout.kind == "grid":
        scale = tables["scale"]
        if not (np.isfinite(scale) & (scale > 0)).all():
            _refuse("a scale that is not positive")
    return Readout(
        kind=readout.kind,
        values=readout.values,
        margin=readout.margin,
        context=readout.context,
        centres=tables.get("centres"),
        codes=tables.get("codes"),
        scale=tables.get("scale"),
        integer=readout.integer,
        failures=readout.failures,
    )


def _check_centres(centres: NDArray[Any], codes: NDArray[Any], n_values: int) -> None:
    if centres.shape != codes.shape or not centres.shape[1]:
        _refuse("centres and codes of different shapes")
    used = codes >= 0
    if (codes < -1).any() or (codes >= n_values).any():
        _refuse("a code of no value")
    if (used[:, 1:] & ~used[:, :-1]).any() or (np.isfinite(centres) != used).any():
        _refuse("centres and codes that do not belong together")
    if (used[:, 1:] & (centres[:, 1:] < centres[:, :-1])).any():
        _refuse("centres that are not sorted")

"""JSON data -> the parts of a compiled model, each checked for its types and against the others."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypeVar

from rasp.artifact import Labels
from rasp.certificate import Plan, PlanError
from rasp.certificate.plain import plan_from_plain
from rasp.compile_report import CompileReport, MeaningProof, RoundingProof, Theory, frozen
from rasp.compiled.specification import Specification
from rasp.errors import VocabularyError
from rasp.graph.nodes import Atom
from rasp.graph.plain import graph_from_plain
from rasp.manifest.failures import read_failure, read_span
from rasp.manifest.fields import atoms_of, field_of, positive, refuse, text_digest, texts_of
from rasp.meaning.plain import witness_from_plain
from rasp.meaning.witness import Witness
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.outputs import FORMULA_OPERATORS, Context, Low, Readout, Spread
from rasp.source import Source
from rasp.vocabulary import Vocabulary

ReadoutKind: TypeAlias = Literal["categorical", "numeric", "grid", "fraction", "parts"]
MAX_REPORT_DEPTH = 32
REPORT_FIELDS = {
    "rasp_layers",
    "rasp_heads_per_layer",
    "extra_sublayers",
    "addresses",
    "dtype_reason",
    "certificate",
    "optimize",
    "sharpness",
    "one_logit",
    "meaning",
    "tested",
    "changed",
    "basis",
}

_T = TypeVar("_T")
MAX_PARTS = 1_000
MAX_SPREAD = 1e300
MAX_BELOW = 1 << 2_000
_RATIONAL = ("grid", "fraction")

_CONTEXTS: dict[str, Context] = {"": "", "i": "i", "n": "n", "in": "in"}
_KINDS: dict[str, ReadoutKind] = {
    "categorical": "categorical",
    "numeric": "numeric",
    "grid": "grid",
    "fraction": "fraction",
    "parts": "parts",
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


def read_readout(data: dict[str, Any], source: Source | None = None) -> Readout:
    """source: the program text, for failures that are in it."""
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
    failures = [read_failure(failure, source) for failure in field_of(data, "failures", list)]
    return Readout(
        kind=kind,
        values=values,
        margin=margin,
        context=context,
        integer=field_of(data, "integer", bool),
        by_rule=field_of(data, "by_rule", bool),
        low=_read_low(data.get("low"), kind),
        spread=_read_spread(data.get("spread")),
        parts=_read_parts(field_of(data, "parts", list), kind),
        formula=_read_formula(field_of(data, "formula", list), kind, len(data["parts"])),
        failures=tuple(failures),
        span=read_span(data.get("span"), source),
    )


def _read_low(data: object, kind: ReadoutKind) -> Low | None:
    match data:
        case None:
            return None
        case [dict(plain), below] if kind in _RATIONAL and plain.get("kind") in _RATIONAL:
            (number,) = atoms_of([below], "'low'")
            readout = read_readout(plain)
            alone = readout.low is None and readout.spread is None and not readout.failures
            if alone and type(number) is int and 0 < number < MAX_BELOW:
                return Low(readout, number)
        case _:
            pass
    return refuse("'low' is not a readout and a number")


def _read_spread(data: object) -> Spread | None:
    match data:
        case None:
            return None
        case [float(middle), float(apart)] if abs(middle) < MAX_SPREAD and 0 < apart < MAX_SPREAD:
            return Spread(middle, apart)
        case _:
            pass
    return refuse("'spread' is not two numbers")


def _read_parts(data: list[Any], kind: ReadoutKind) -> tuple[Readout, ...]:
    """What a sum is of: readouts that are no sums themselves."""
    if not (1 <= len(data) <= MAX_PARTS if kind == "parts" else not data):
        refuse(f"a readout of kind {kind} with {len(data)} parts")
    parts = []
    for part in data:
        if not isinstance(part, dict) or part.get("kind") == "parts":
            refuse("a part of the readout is no readout")
        parts.append(read_readout(part))
    if any(part.failures for part in parts):
        refuse("a part of the readout has failures of its own")
    return tuple(parts)


def _read_formula(data: list[Any], kind: ReadoutKind, n_parts: int) -> tuple[tuple[str, Atom], ...]:
    """Reverse Polish notation of parts, constants and arithmetic that leaves one value."""
    formula: list[tuple[str, Atom]] = []
    height = 0
    for entry in data:
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            refuse("'formula' is not made of names with an argument")
        name, (argument,) = entry[0], atoms_of(entry[1:], "'formula'")
        part = name == "part" and type(argument) is int and 0 <= argument < n_parts
        if part or name == "constant":
            height += 1
        elif FORMULA_OPERATORS.get(name) == argument and type(argument) is int:
            if height < argument:
                refuse("'formula' takes more than there is")
            height -= argument - 1
        else:
            refuse("'formula' has an entry that nothing is known of")
        formula.append((name, argument))
    if height != (1 if kind == "parts" else 0):
        refuse("'formula' does not leave one value")
    return tuple(formula)


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


def read_report(data: dict[str, Any]) -> CompileReport:
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
    if unknown := data.keys() - REPORT_FIELDS:
        refuse(f"the report has an unknown entry '{min(unknown)}'")
    return CompileReport(
        Theory(data["rasp_layers"], _counts(data, "rasp_heads_per_layer")),
        extra_sublayers=_texts(data, "extra_sublayers"),
        addresses=_counts(data, "addresses") if "addresses" in data else (),
        dtype_reason=_maybe(data, "dtype_reason", str),
        rounding=_rounding(_maybe(data, "certificate", dict)),
        optimize=_maybe(data, "optimize", str),
        sharpness=_maybe(data, "sharpness", int),
        one_logit=_maybe(data, "one_logit", bool) or False,
        meaning=_meaning(_maybe(data, "meaning", dict)),
        tested=_maybe(data, "tested", int),
        changed=_maybe(data, "changed", bool),
        basis=frozen(_maybe(data, "basis", dict)),
    )


def _maybe(data: dict[str, Any], name: str, kind: type[_T]) -> _T | None:
    """An entry that there need not be."""
    return field_of(data, name, kind) if data.get(name) is not None else None


def _counts(data: dict[str, Any], name: str) -> tuple[int, ...]:
    counts = field_of(data, name, list)
    if not all(type(count) is int and count >= 0 for count in counts):
        refuse(f"'{name}' are not counts")
    return tuple(counts)


def _texts(data: dict[str, Any], name: str) -> tuple[str, ...] | None:
    texts = _maybe(data, name, list)
    if texts is None:
        return None
    if not all(isinstance(text, str) for text in texts):
        refuse(f"'{name}' are not texts")
    return tuple(texts)


def _rounding(data: dict[str, Any] | None) -> RoundingProof | None:
    if data is None:
        return None
    reads = data.get("reads", [])
    if not isinstance(reads, list) or not all(isinstance(read, dict) for read in reads):
        refuse("the reads of the certificate are not objects")
    ok, dtype = field_of(data, "ok", bool), field_of(data, "dtype", str)
    return RoundingProof(ok, dtype, frozen(reads), _maybe(data, "reason", str))


def _meaning(data: dict[str, Any] | None) -> MeaningProof | None:
    if data is None:
        return None
    place, free = _maybe(data, "place", str) or "", _maybe(data, "free", int) or 0
    return MeaningProof(field_of(data, "ok", bool), _maybe(data, "reason", str), place, free)


def read_plan(data: object) -> Plan | None:
    try:
        return None if data is None else plan_from_plain(data)
    except PlanError as error:
        refuse(str(error))


def read_witness(data: object) -> Witness | None:
    try:
        return None if data is None else witness_from_plain(data)
    except (ValueError, IndexError, TypeError) as error:
        refuse(f"the witness: {error}")


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

"""A compiled model -> the content of an ONNX file, compared with the model before it is written.

The whole graph
    tokens [batch, pos] int64: BOS and the ids of an input, padded with PAD ->
    values [batch, pos], or numbers [batch, pos, column] where values are put together from several
    numbers; codes, for listed values their places in the list; errors, 0 or the number
    of a message

The step graph, for causal programs whose values are tokens
    tokens, positions [batch, new], mask [batch, past + new], past.I.key and past.I.value
    [batch, head, past, d_head] ->
    next [batch, new], the id of the token that comes next, or -1; errors; present.I.key and .value

Everything else that a program needs is in the metadata under the key "rasp", as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.compiled.runnable import RunnableModel
from rasp.compiled.specification import Specification
from rasp.errors import ExportError
from rasp.export.checking import compare
from rasp.export.described import described, in_words
from rasp.export.onnx import running
from rasp.export.onnx.decoding import Decoded, Decoding, Place
from rasp.export.onnx.graph import Graph
from rasp.export.onnx.network import Network, Past, range_of, size_of
from rasp.files import write_whole
from rasp.graph.nodes import atom_key
from rasp.graph.plain import plain_atom
from rasp.outputs import Readout
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

METADATA_KEY = "rasp"
FORMAT = 1
MAX_BYTES = 2**31 - 2**20  # what one ONNX file may hold

NO_TOKEN = "the value is no token"


def to_onnx(
    model: RunnableModel, path: str | Path, *, step: bool = False, check: bool = True
) -> None:
    """Write an ONNX file, all of it or nothing.

    step: the graph that makes a token at a time from a cache of keys and values, instead of the one
    that takes whole inputs.  check: compare it with the model first.

    Raises ExportError, and OSError where the file cannot be written.
    """
    write_whole(Path(path), to_bytes(model, step=step, check=check))


def to_bytes(model: RunnableModel, *, step: bool = False, check: bool = True) -> bytes:
    """The content of the file.  Raises ExportError."""
    artifact = model.artifact
    size = sum(tensor.nbytes for tensor in artifact.tensors.values())
    if size > MAX_BYTES:
        raise ExportError(f"the weights have {size:,} bytes, an ONNX file holds {MAX_BYTES:,}")
    content = (_step if step else _whole)(artifact, model.specification)
    if check and step:
        ids = token_ids(artifact)
        compare(
            model,
            running.stepwise(content),
            what="ONNX",
            view=lambda values: [ids.get(atom_key(value), -1) for value in values],
        )
    elif check:
        compare(model, running.whole(content), what="ONNX")
    return content


def _whole(artifact: Artifact, specification: Specification) -> bytes:
    graph, config = Graph(), artifact.config
    tokens = graph.input("tokens", np.int64, ["batch", "pos"])
    network = Network(graph, config, artifact.tensors)
    positions = range_of(graph, size_of(graph, tokens, 1))  # [pos]
    absent = graph.op("Equal", tokens, graph.constant(np.int64(PAD)))  # [batch, pos]
    hidden = graph.op("Unsqueeze", absent, graph.constant([1, 2]))  # [batch, 1, 1, key]
    if config.causal:
        queries = graph.op("Unsqueeze", positions, graph.constant([1]))  # [query, 1]
        hidden = graph.op("Or", hidden, graph.op("Less", queries, positions))
    residual, _ = network.blocks(network.embed(tokens, positions), hidden)
    decoded = _decoded(artifact, graph, network.unembed(residual), tokens, positions, absent)
    shape = ["batch", "pos"]
    if decoded.values is not None:
        graph.output("values", decoded.values, decoded.dtype, shape)
    if decoded.numbers is not None:
        n_columns = artifact.readout.n_values
        graph.output("numbers", decoded.numbers, np.float64, [*shape, n_columns])
    if decoded.codes is not None:
        graph.output("codes", decoded.codes, np.int64, shape)
    if decoded.ints is not None:
        graph.output("ints", decoded.ints, np.bool_, shape)
    graph.output("errors", decoded.errors, np.int64, shape)
    return _content(artifact, specification, graph, decoded)


def _decoded(
    artifact: Artifact, graph: Graph, numbers: str, tokens: str, positions: str, absent: str
) -> Decoded:
    readout = artifact.readout
    one = graph.constant(np.int64(1))
    largest = graph.constant(np.int64(artifact.max_len - 1))
    index = graph.op("Unsqueeze", graph.op("Sub", positions, one), graph.constant([0]))
    # BOS is decoded too, and of no interest: any row will do for it.
    index = graph.op("Max", index, _zero(graph))
    index = graph.op("Min", index, largest)  # [1, pos]
    length = None
    if "n" in readout.context:
        present = graph.cast(graph.op("Not", absent), np.int64)
        count = graph.op("ReduceSum", present, graph.constant([1]), keepdims=1)  # with BOS
        length = graph.op("Max", graph.op("Sub", count, graph.constant(np.int64(2))), _zero(graph))
    special = graph.op("Less", tokens, graph.constant(np.int64(FIRST_TOKEN)))
    place = Place(index, length, graph.op("Not", special))
    return Decoding(graph, readout, artifact.max_len).decode(numbers, place)


def _zero(graph: Graph) -> str:
    return graph.constant(np.int64(0))


def _step(artifact: Artifact, specification: Specification) -> bytes:
    config, readout = artifact.config, artifact.readout
    if not config.causal:
        raise ExportError(
            "only causal models go on from a cache",
            hint="compile the program with causal=True (--causal)",
        )
    if not readout.values:
        raise ExportError("only a program whose values are tokens can go on, and these are numbers")
    if "n" in readout.context:
        raise ExportError("how values are read depends on the length of the whole input")
    if readout.spread is not None:
        raise ExportError("values are means, which are no tokens")
    graph = Graph()
    tokens = graph.input("tokens", np.int64, ["batch", "new"])
    positions = graph.input("positions", np.int64, ["batch", "new"])
    mask = graph.input("mask", np.int64, ["batch", "all"])
    network = Network(graph, config, artifact.tensors)
    past: dict[int, Past] = {}
    for number, block in enumerate(config.blocks):
        if block.n_heads:
            shape: list[str | int] = ["batch", block.n_heads, "past", block.d_head]
            names = (f"past.{number}.key", f"past.{number}.value")
            past[number] = Past(*(graph.input(name, network.dtype, shape) for name in names))
    n_all, n_new = size_of(graph, mask, 1), size_of(graph, tokens, 1)
    n_past = graph.op("Sub", n_all, n_new)
    queries = graph.op("Add", range_of(graph, n_new), n_past)  # [new]
    later = graph.op(
        "Less", graph.op("Unsqueeze", queries, graph.constant([1])), range_of(graph, n_all)
    )  # [new, all]
    absent = graph.op("Equal", mask, _zero(graph))  # [batch, all]
    hidden = graph.op("Or", graph.op("Unsqueeze", absent, graph.constant([1, 2])), later)
    residual, present = network.blocks(network.embed(tokens, positions), hidden, past)
    index = graph.op("Sub", positions, graph.constant(np.int64(1)))
    index = graph.op("Max", index, _zero(graph))  # [batch, new]
    special = graph.op("Less", tokens, graph.constant(np.int64(FIRST_TOKEN)))
    decoding = Decoding(graph, readout, artifact.max_len)
    decoded = decoding.decode(
        network.unembed(residual), Place(index, None, graph.op("Not", special))
    )
    assert decoded.codes is not None
    ids = token_ids(artifact)
    table = np.array([ids.get(atom_key(value), -1) for value in readout.values], np.int64)
    code = graph.op("Max", decoded.codes, _zero(graph))
    following = graph.op("Gather", graph.constant(table, "next_table"), code)
    failed = graph.op("Greater", decoded.errors, _zero(graph))
    following = graph.op("Where", failed, graph.constant(np.int64(-1)), following)
    graph.output("next", following, np.int64, ["batch", "new"])
    graph.output("errors", decoded.errors, np.int64, ["batch", "new"])
    for number, kept in present.items():
        block = config.blocks[number]
        shape = ["batch", block.n_heads, "all", block.d_head]
        graph.output(f"present.{number}.key", kept.keys, network.dtype, shape)
        graph.output(f"present.{number}.value", kept.values, network.dtype, shape)
    return _content(artifact, specification, graph, decoded, step=True)


def token_ids(artifact: Artifact) -> dict[tuple[str, str | int], int]:
    """The id of each token, by its key."""
    tokens = artifact.vocabulary.tokens
    return {atom_key(token): number for number, token in enumerate(tokens, FIRST_TOKEN)}


def metadata(
    artifact: Artifact, specification: Specification, decoded: Decoded, *, step: bool
) -> dict[str, Any]:
    """What a program in any language needs besides the graph, as JSON data."""
    readout = artifact.readout
    return {
        "format": FORMAT,
        "graph": "step" if step else "whole",
        "name": specification.name,
        "program": specification.source.text if specification.source else None,
        "tokens": [plain_atom(token) for token in artifact.vocabulary.tokens],
        "first_token": FIRST_TOKEN,
        "bos": BOS,
        "pad": PAD,
        "max_len": artifact.max_len,
        "causal": artifact.config.causal,
        "values": [plain_atom(value) for value in readout.values] if decoded.codes else None,
        "whole_numbers_are_ints": readout.integer if decoded.ints is None else None,
        **(_of_numbers(readout, artifact.max_len) if decoded.numbers else {}),
        "errors": list(decoded.messages),
    }


def _of_numbers(readout: Readout, max_len: int) -> dict[str, Any]:
    """How they are read."""
    how = in_words(readout, "the metadata under `readout`")
    return {"readout": described(readout, max_len), "reading": how}


def _content(
    artifact: Artifact,
    specification: Specification,
    graph: Graph,
    decoded: Decoded,
    *,
    step: bool = False,
) -> bytes:
    name = specification.name or "program"
    data = metadata(artifact, specification, decoded, step=step)
    text = json.dumps(data, ensure_ascii=False)
    return graph.model(name, f"The RASP program {name}, compiled.", {METADATA_KEY: text})

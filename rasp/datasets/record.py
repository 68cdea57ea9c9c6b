"""A candidate -> a record: the program compiled and proved, its circuit, inputs and outputs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasp.api import compile as compiled_model
from rasp.compiled import CompiledModel
from rasp.datasets.candidates import Candidate
from rasp.datasets.probe import sampled_inputs
from rasp.errors import CompileError, RaspError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.report import Certificate, Report
from rasp.sop import SOp

if TYPE_CHECKING:
    from rasp.causal.circuit import Circuit

MOST_PARAMETERS = 200_000

REFUSED = "refused by the compiler"
TOO_FEW_LAYERS = "fewer layers of attention"
TOO_LARGE = "too many parameters"
NOT_PROVED = "not proved"
FAILS_LATER = "fails on a longer input"


@dataclass(frozen=True)
class Record:
    """A program and all that is known of its model.

    name: of an example program, or "random-" and a number; sop: the handle that the model computes;
    inputs, outputs: a few inputs of 1 to max_len tokens, and what the interpreter says of them,
    which the model was found to say, too; number: of the candidate (`rasp.datasets.candidates`).
    """

    name: str
    number: int
    text: str
    sop: SOp
    vocab: tuple[str, ...]
    max_len: int
    model: CompiledModel
    circuit: Circuit
    inputs: tuple[tuple[str, ...], ...]
    outputs: tuple[tuple[Atom, ...], ...]

    @property
    def report(self) -> Report:
        """The theory's account of the program and that of the weights."""
        return self.model.report

    @property
    def certificate(self) -> Certificate:
        """What is proved of the weights."""
        return self.model.certificate

    @property
    def n_layers(self) -> int:
        """Of attention, in the model."""
        return self.report.sublayers.count("a")

    def to_dict(self) -> dict[str, Any]:
        """What is said of it in one line, for JSON; outputs are JSON texts, so that values of
        several types fit into one column."""
        return _entry_of(self)


def _entry_of(record: Record) -> dict[str, Any]:
    """What the index says of the record: numbers, texts and lists of these, the same type in every
    line."""
    report, certificate = record.report, record.certificate
    return {
        "name": record.name,
        "candidate": record.number,
        "text": record.text,
        "sop": record.sop.name or "",
        "vocab": list(record.vocab),
        "max_len": record.max_len,
        "causal": report.causal,
        "rasp_layers": report.rasp_layers,
        "rasp_heads_per_layer": list(report.rasp_heads_per_layer),
        "n_layers": record.n_layers,
        "sublayers": report.sublayers,
        "heads_per_layer": list(report.heads_per_layer),
        "d_model": report.d_model,
        "d_head": report.d_head,
        "d_mlp": report.d_mlp,
        "n_parameters": report.n_parameters,
        "dtype": report.dtype,
        "n_edges": len(record.circuit.edges),
        "rounding_proved": certificate.rounding.ok,
        "meaning_proved": certificate.meaning.ok,
        "inputs": [list(tokens) for tokens in record.inputs],
        "outputs": [json.dumps(list(values), allow_nan=False) for values in record.outputs],
    }


def sop_of(candidate: Candidate) -> SOp:
    """The s-op that the program is looked at for."""
    value = loads(candidate.text, name=f"{candidate.name}.rasp")[candidate.sop]
    assert isinstance(value, SOp)
    return value


def record_of(candidate: Candidate, min_layers: int) -> Record | str:
    """The record, or why the candidate is left out."""
    sop = sop_of(candidate)
    vocabulary, max_len = candidate.vocabulary, candidate.max_len
    places = sampled_inputs(len(vocabulary), max_len, candidate.number)
    inputs = tuple(tuple(vocabulary[place] for place in row) for row in places)
    expected = outcomes(sop.node, inputs)
    if any(isinstance(result, RaspError) for result in expected):
        return FAILS_LATER
    try:
        model = compiled_model(sop, vocab=vocabulary, max_len=max_len)
    except CompileError:
        return REFUSED
    if model.report.sublayers.count("a") < min_layers:
        return TOO_FEW_LAYERS
    if model.report.n_parameters > MOST_PARAMETERS:
        return TOO_LARGE
    certificate = model.certificate
    if not (certificate.rounding.ok and certificate.meaning.ok):
        return NOT_PROVED
    outputs = tuple(map(tuple, model.batch(inputs)))
    assert outputs == tuple(map(tuple, expected)), f"a proved model differs: {candidate.text}"
    return Record(
        candidate.name,
        candidate.number,
        candidate.text,
        sop,
        vocabulary,
        max_len,
        model,
        _circuit(model),
        inputs,
        outputs,
    )


class _NoCircuit:  # TEMP
    edges = ()

    def to_dict(self) -> dict[str, Any]:
        return {}


def _circuit(model: Any) -> Any:  # TEMP
    return model.circuit() if hasattr(model, "circuit") else _NoCircuit()

"""A compiled model -> what a page shows of its variables and of its circuit."""

from __future__ import annotations

from collections.abc import Mapping

from rasp.causal.circuit import Circuit
from rasp.causal.edges import Answer, Edge
from rasp.causal.making import make_circuit
from rasp.causal.variables import Variable, variables_of
from rasp.compiled.runnable import RunnableModel
from rasp.explorer.data import Elsewhere, Held, Living, Wire, WireWitness
from rasp.explorer.meanings import Meanings, readable

MAX_EDGES = 60
MAX_WIDTH = 300
"""Of larger circuits no witnesses are looked for: a page should not take long."""
N_PAIRS = 48
MIXED = "the residual stream is rotated, and no dimension holds it: model.variables has directions"


def living_of(
    model: RunnableModel, meanings: Meanings
) -> tuple[tuple[Living, ...], tuple[Elsewhere, ...]]:
    """The variables with their values on an input, and the s-ops that have no place.

    The page shows dimensions, and in a rotated stream none holds a variable.
    """
    variables = variables_of(model)
    if model.artifact.basis is not None:
        names = (*variables, *variables.elsewhere)
        return (), tuple(Elsewhere(name, variables.elsewhere.get(name, MIXED)) for name in names)
    found = tuple(
        Living(
            variable.name,
            meanings.of_node(variable.sop.node),
            variable.carriers,
            _held(variable),
        )
        for variable in variables.values()
    )
    return found, tuple(Elsewhere(name, why) for name, why in variables.elsewhere.items())


def _held(variable: Variable) -> tuple[Held, ...]:
    """Where it is, direction by direction."""
    return tuple(
        Held(
            exchange.content.direction.place,
            exchange.content.label,
            exchange.content.direction.born,
            exchange.content.direction.cleared,
        )
        for exchange in variable.exchanges
    )


def wires_of(model: RunnableModel) -> tuple[Wire, ...]:
    """The edges of its circuit, with the rows of the page that they lead from and to; none where
    the stream is rotated or squeezed, since they lead along no dimensions."""
    if model.artifact.basis is not None:
        return ()
    circuit = make_circuit(model, n_pairs=0)
    if len(circuit) <= MAX_EDGES and model.artifact.config.d_model <= MAX_WIDTH:
        circuit = make_circuit(model, n_pairs=N_PAIRS)
    keys = _keys(circuit)
    return tuple(_wire(edge, keys) for edge in circuit)


def _keys(circuit: Circuit) -> dict[str, str]:
    """The row of each part, as the page's script calls it."""
    keys: dict[str, str] = {}
    heads = neurons = 0
    for part in circuit.parts:
        match part.kind:
            case "head":
                keys[part.name] = f"h{heads}"
                heads += 1
            case "neurons":
                keys[part.name] = f"n{neurons}"
                neurons += 1
            case "output":
                keys[part.name] = "out"
            case _:
                keys[part.name] = "s0"
    return keys


def _wire(edge: Edge, keys: Mapping[str, str]) -> Wire:
    reader, _, letter = edge.reader.partition("<")
    witness = edge.witness
    return Wire(
        writer=edge.writer,
        reader=edge.reader,
        start=keys[edge.writer],
        end=keys[reader],
        letter=letter[:1],
        variable=edge.variable,
        directions=edge.dimensions,
        carries=edge.carries,
        role=edge.role,
        verdict=edge.verdict,
        witness=None
        if witness is None
        else WireWitness(
            base=tuple(map(readable, witness.base)),
            source=tuple(map(readable, witness.source)),
            places=witness.places,
            before=_texts(witness.before),
            after=_texts(witness.after),
        ),
    )


def _texts(answer: Answer) -> tuple[str, ...]:
    """A text for each position, or the error alone."""
    return (answer,) if isinstance(answer, str) else tuple(map(readable, answer))

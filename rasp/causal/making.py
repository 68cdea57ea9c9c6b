"""A compiled model -> its circuit, with witnesses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasp.arguments import named_arguments
from rasp.causal.circuit import Circuit
from rasp.causal.names import origins_of
from rasp.causal.original import original_of
from rasp.causal.pairs import N_PAIRS
from rasp.causal.wiring import circuit_of
from rasp.errors import RaspValueError

if TYPE_CHECKING:
    from rasp.compiled.runnable import RunnableModel


@named_arguments
def make_circuit(model: RunnableModel, *, n_pairs: int = N_PAIRS, seed: int = 0) -> Circuit:
    """The circuit of a model's weights as they are now; of a rotated model the circuit in the basis
    in which it was compiled, where dimension k is row k of its basis.

    n_pairs: how many pairs of inputs of each kind are tried for witnesses; with 0 the model does
    not run, and edges have none.  seed: of these inputs; the same seed gives the same circuit.

    Raises RaspValueError for a squeezed model, and for a rotated one with changed weights.
    """
    if type(n_pairs) is not int or n_pairs < 0:
        raise RaspValueError(f"n_pairs has to be a number that is not negative, got {n_pairs!r}")
    rotated = model.artifact.basis is not None
    model = original_of(model)
    name = model.specification.name or "an s-op without a name"
    circuit = replace(circuit_of(model.artifact, origins_of(model), name), rotated=rotated)
    if not n_pairs:
        return circuit
    from rasp.causal.witnesses import with_witnesses

    return with_witnesses(model, circuit, n_pairs=n_pairs, seed=seed)

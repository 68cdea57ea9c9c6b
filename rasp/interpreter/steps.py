"""A node and one input -> what every node below it has there, as far as it can be computed.

`evaluate` ends where an input fails; here everything that does not depend on the failure goes on,
and what fails keeps its values at the other positions.  This is what traces and drawings show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rasp.errors import RaspRuntimeError
from rasp.graph.nodes import SELECTOR_TYPES, Atom, Node, children
from rasp.graph.origins import Origins
from rasp.graph.sequences import as_sequence
from rasp.interpreter.batch import Batch
from rasp.interpreter.faults import Fault
from rasp.interpreter.plan import Plan


@dataclass(frozen=True, slots=True)
class Step:
    """A node on the input.

    A score may fail where nobody selects it: then it has failed positions and no error, and what is
    made of it has values all the same.

    values: an atom for each position, or for a selector a row of bools for each query position.
    failed: the (query) positions at which it fails, where values mean nothing; error: the first.
    """

    values: list[Any]
    failed: frozenset[int] = frozenset()
    error: RaspRuntimeError | None = None


class _Steps(Batch):
    """One input, whose failures are kept for each node."""

    failed: frozenset[int] = frozenset()

    def _newly_failed(self, failed: np.ndarray[Any, Any] | None) -> list[tuple[int, int]]:
        if failed is not None:
            row = np.broadcast_to(failed, (1, self.length))[0]
            self.failed = frozenset(np.flatnonzero(row).tolist())
        return super()._newly_failed(failed)

    def step(self, node: Node, sequence: Sequence[Atom], origins: Origins | None) -> Step:
        self.failed = frozenset()
        self.evaluate(node)
        fault = self.faults.pop(0, None)
        if node in self.deferred:  # notes at which positions, but is no error of the input
            self._newly_failed(self.values[node].failed)  # type: ignore[index]  # elementwise
        error = None if fault is None else fault.error(sequence, origins)
        if isinstance(node, SELECTOR_TYPES):
            return Step(self._matrices(node)[0], self.failed, error)
        column = self.values[node].without_failures().broadcast_to((1, self.length))
        return Step(column.tolist()[0], self.failed, error)


def steps(
    node: Node,
    value: Sequence[Atom],
    *,
    causal: bool = False,
    origins: Origins | None = None,
) -> dict[Node, Step]:
    """A step for the node and for everything below it, children before parents.

    What depends on something that fails is left out.  An s-op whose values are of different types,
    which is wrong for a result, has an error but no position that fails.  Raises RaspTypeError for
    what is no input.
    """
    sequence = as_sequence(value)
    plan = Plan.of(node)
    batch = _Steps([sequence], causal, plan.deferred)
    found: dict[Node, Step] = {}
    for part in plan.order:
        below = [(child, found.get(child)) for child in children(part)]
        if all(step and (not step.failed or child in plan.deferred) for child, step in below):
            found[part] = batch.step(part, sequence, origins)
    root = found.get(node)
    if root is not None and root.error is None and not isinstance(node, SELECTOR_TYPES):
        (result,) = batch.results(node)
        if isinstance(result, Fault):
            found[node] = Step(root.values, error=result.error(sequence, origins))
    return found

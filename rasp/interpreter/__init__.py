"""The reference semantics: an s-op or selector and inputs -> Python values, on NumPy.

    evaluate    the results, or the error of the first input that fails
    outcomes    a result or an error for each input
    traced      the values of everything that an s-op is made of, on one input
    extremes    the fewest and the most keys that selectors select, on many inputs

The graph is walked once for many inputs of one length (`plan`, `batch`); selectors are boolean
matrices computed in blocks of bounded size (`selectors`), which aggregates and widths consume
(`aggregates`).  What fails is put into words at the end (`faults`).  One input that is little work
needs none of that, nor NumPy (`small`): so the REPL answers before NumPy could have been imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasp.graph.construct import selector_width
from rasp.graph.nodes import Atom, Node, SelectorNode, SOpNode
from rasp.graph.origins import Origins
from rasp.graph.sequences import as_sequence, check_result, sequence_type
from rasp.graph.walk import deferring, topological
from rasp.interpreter.small import is_small, small_value

__all__ = [
    "as_sequence",
    "check_result",
    "evaluate",
    "extremes",
    "outcomes",
    "sequence_type",
    "traced",
]


def evaluate(
    node: Node,
    inputs: Sequence[Sequence[Atom]],
    *,
    causal: bool = False,
    origins: Origins | None = None,
) -> list[Any]:
    """One result for each input: a list of atoms for an s-op, a list of rows for a selector.

    A row belongs to a query position and has a bool for each key position.  With `causal`, every
    selector sees only keys at or before the query.  Raises RaspTypeError for what is no input, and
    RaspRuntimeError for the first input on which the node fails.
    """
    sequences = [as_sequence(value) for value in inputs]
    small = _small(node, sequences, causal)
    if small is not None:
        return small
    from rasp.interpreter.faults import Fault

    results = _results(node, sequences, causal)
    for sequence, result in zip(sequences, results, strict=True):
        if isinstance(result, Fault):
            raise result.error(sequence, origins)
    return results


def outcomes(
    node: Node,
    inputs: Sequence[Sequence[Atom]],
    *,
    causal: bool = False,
    origins: Origins | None = None,
) -> list[Any]:
    """As `evaluate`, with a RaspRuntimeError in the place of the result of an input that fails."""
    sequences = [as_sequence(value) for value in inputs]
    small = _small(node, sequences, causal)
    if small is not None:
        return small
    from rasp.interpreter.faults import Fault

    results = _results(node, sequences, causal)
    return [
        result.error(sequence, origins) if isinstance(result, Fault) else result
        for sequence, result in zip(sequences, results, strict=True)
    ]


def traced(
    nodes: Sequence[Node], tokens: Sequence[Atom], *, causal: bool = False
) -> dict[SOpNode, list[Atom]]:
    """The values on one input of all s-ops that the nodes are made of.

    An s-op that fails, or is made of one that does, is not among them.  (A score may fail at keys
    that `best` does not choose from: then the score alone is not.)
    """
    from rasp.interpreter.batch import evaluate_all

    order = topological(list(nodes))
    return evaluate_all(order, as_sequence(tokens), causal, deferring(order, nodes))


def extremes(
    selectors: Sequence[SelectorNode], inputs: Sequence[Sequence[Atom]], *, causal: bool = False
) -> tuple[list[list[tuple[int, int]]], list[int]]:
    """How many keys each selector selects on each input: the fewest of a position, and the most.

    The inputs have one length.  Returns also the numbers of the inputs on which something that the
    selectors are made of fails; what is made of that selects there as if it had some value.
    """
    from rasp.interpreter.batch import extreme_widths
    from rasp.interpreter.plan import Plan

    widths = [selector_width(selector) for selector in selectors]
    plan = Plan.of(*widths)
    sequences = [as_sequence(value) for value in inputs]
    size = plan.batch_size(len(sequences[0]))
    counts: list[list[tuple[int, int]]] = [[] for _ in widths]
    failing: list[int] = []
    for start in range(0, len(sequences), size):
        found, failed = extreme_widths(plan, widths, sequences[start : start + size], causal)
        failing += [start + number for number in failed]
        for row, new in zip(counts, found.tolist(), strict=True):
            row += [(least, most) for least, most in new]
    return counts, failing


def _small(node: Node, sequences: list[list[Atom]], causal: bool) -> list[Any] | None:
    """The result of one input that is little work; None for others, and where it fails."""
    if len(sequences) != 1:
        return None
    order = topological([node])
    if not is_small(order, len(sequences[0])):
        return None
    value = small_value(order, sequences[0], causal)
    return None if value is None else [value]


def _results(node: Node, sequences: list[list[Atom]], causal: bool) -> list[Any]:
    """Inputs of one length are evaluated together, as many at once as memory allows."""
    from rasp.interpreter.batch import evaluate_batch
    from rasp.interpreter.plan import Plan

    plan = Plan.of(node)
    by_length: dict[int, list[int]] = {}
    for number, sequence in enumerate(sequences):
        by_length.setdefault(len(sequence), []).append(number)
    results: list[Any] = [None] * len(sequences)
    for length, numbers in by_length.items():
        size = plan.batch_size(length)
        for start in range(0, len(numbers), size):
            batch = numbers[start : start + size]
            found = evaluate_batch(plan, [sequences[number] for number in batch], causal)
            for number, result in zip(batch, found, strict=True):
                results[number] = result
    return results

"""Two inputs -> what an s-op is on the one, if some s-ops in it have their values from the other.

This is an interchange intervention on the program: whoever reads an exchanged s-op gets its values
on the source, position by position, and everything else is computed from the base.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasp.errors import RaspError, RaspValueError
from rasp.graph.columns import Column
from rasp.graph.nodes import Atom, Node, SOpNode
from rasp.graph.origins import Origins
from rasp.graph.sequences import as_sequence
from rasp.graph.walk import topological
from rasp.interpreter.batch import Batch
from rasp.interpreter.faults import Fault
from rasp.interpreter.plan import Plan


def interchanged(
    root: SOpNode,
    nodes: Sequence[SOpNode],
    bases: Sequence[Sequence[Atom]],
    sources: Sequence[Sequence[Atom]],
    *,
    causal: bool = False,
    origins: Origins | None = None,
) -> list[Any]:
    """For each pair of inputs the values, or a RaspRuntimeError where the root fails: on the base,
    on the source, or with the exchanged values.

    Raises RaspValueError for a base and a source that are not equally long.
    """
    pairs = [(as_sequence(a), as_sequence(b)) for a, b in zip(bases, sources, strict=True)]
    by_length: dict[int, list[int]] = {}
    for number, (base, source) in enumerate(pairs):
        check_lengths(base, source)
        by_length.setdefault(len(base), []).append(number)
    outcomes: list[Any] = [None] * len(pairs)
    for numbers in by_length.values():
        found = _group(root, nodes, [pairs[number] for number in numbers], causal)
        for number, (result, sequence) in zip(numbers, found, strict=True):
            fails = isinstance(result, Fault)
            outcomes[number] = result.error(sequence, origins) if fails else result
    return outcomes


def check_lengths(base: Sequence[Atom], source: Sequence[Atom]) -> None:
    """Raises RaspValueError for inputs that are not equally long."""
    if len(base) != len(source):
        raise RaspValueError(
            f"the base has {len(base)} tokens and the source {len(source)}",
            hint="values are exchanged position by position, so both have to be equally long",
        )


def _group(
    root: SOpNode,
    nodes: Sequence[SOpNode],
    pairs: Sequence[tuple[list[Atom], list[Atom]]],
    causal: bool,
) -> list[tuple[Any, list[Atom]]]:
    """Of pairs of one length: the result or a fault, and the input that it is about."""
    plan = Plan.of(root)
    bases, sources = ([pair[side] for pair in pairs] for side in (0, 1))
    alone = [_run(plan, plan.order, {}, inputs, causal) for inputs in (bases, sources)]
    if any(all(isinstance(result, Fault) for result in side) for side in alone):
        exchanged: list[Any] = [None] * len(pairs)  # there is nothing to exchange
    else:
        there = Batch(sources, causal, plan.deferred)
        for node in topological(nodes):
            there.evaluate(node)
        given = {node: there.values[node] for node in nodes}
        order = [root] if root in given else topological([root], without=given)
        exchanged = _run(plan, order, given, bases, causal)
    results: list[tuple[Any, list[Atom]]] = []
    for base, source, one, two, result in zip(bases, sources, *alone, exchanged, strict=True):
        if isinstance(one, Fault):
            results.append((one, base))
        elif isinstance(two, Fault):
            results.append((two, source))
        else:
            results.append((result, base))
    return results


def _run(
    plan: Plan,
    order: Sequence[Node],
    given: dict[SOpNode, Column],
    inputs: list[list[Atom]],
    causal: bool,
) -> list[Any]:
    """For each input the root's values, or a Fault.  given: values that are not computed."""
    batch = Batch(inputs, causal, plan.deferred)
    batch.values.update(given)
    for node in order:
        if len(batch.faults) == len(inputs):
            break
        if node not in given:
            batch.evaluate(node)
    return batch.results(plan.root)


def interchange(
    root: SOpNode,
    nodes: Sequence[SOpNode],
    base: Sequence[Atom],
    source: Sequence[Atom],
    *,
    causal: bool = False,
    origins: Origins | None = None,
) -> list[Atom]:
    """The values on one pair.  Raises as `interchanged`, and RaspRuntimeError where it fails."""
    (outcome,) = interchanged(root, nodes, [base], [source], causal=causal, origins=origins)
    if isinstance(outcome, RaspError):
        raise outcome
    values: list[Atom] = outcome
    return values

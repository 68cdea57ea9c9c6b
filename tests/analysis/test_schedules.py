"""Schedules: as early, as late and as narrow as can be, against trying everything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.analysis import analyze
from rasp.analysis import narrowest as narrowest_module
from rasp.analysis.operations import Attention, Operations
from rasp.analysis.schedules import earliest, latest
from rasp.errors import RaspValueError
from rasp.graph.construct import aggregate, elementwise, select, selector_width
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Aggregate,
    Node,
    Select,
    SelectorWidth,
    SOpNode,
)
from rasp.graph.walk import topological


def added(*sops: SOpNode) -> SOpNode:
    return reduce(lambda left, right: elementwise("add", left, right), sops)


def at(number: int) -> Select:
    selector = select(INDICES, number, "==")
    assert isinstance(selector, Select)
    return selector


@st.composite
def programs(draw: st.DrawFn) -> SOpNode:
    """Sums of up to six attention operations that read each other."""
    pool: list[SOpNode] = [TOKENS, INDICES]
    for _ in range(draw(st.integers(1, 5))):
        key, value = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        selector = select(key, draw(st.sampled_from([INDICES, TOKENS])), "==")
        kind = draw(st.integers(0, 5))
        if kind == 0 and len(pool) < 6:
            pool.append(selector_width(selector))
        elif kind == 1:
            pool.append(elementwise("add", key, value))
        else:
            pool.append(aggregate(selector, value))
    return added(*pool[2:])


def before(attention: Attention) -> set[Node]:
    """The attention operations that have to be done first."""
    node = attention.node
    below = topological(
        [attention.selector, *([node.value] if isinstance(node, Aggregate) else [])]
    )
    return {part for part in below if isinstance(part, (Aggregate, SelectorWidth))}


def placements(operations: Operations) -> Iterator[tuple[int, ...]]:
    """Every way to place attention operations in the least number of layers."""
    attention = operations.attention
    waits = [
        [k for k, other in enumerate(attention) if other.node in before(own)] for own in attention
    ]
    for placement in product(range(1, operations.n_layers + 1), repeat=len(attention)):
        if all(placement[k] < placement[own] for own in range(len(waits)) for k in waits[own]):
            yield placement


def width(operations: Operations, placement: tuple[int, ...]) -> int:
    pairs = {(layer, own.head) for layer, own in zip(placement, operations.attention, strict=True)}
    layers = [layer for layer, _ in pairs]
    return max(map(layers.count, layers), default=0)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_schedules_are_the_best_of_all(node: SOpNode) -> None:
    operations = Operations(node, bos=False)
    if operations.n_layers ** len(operations.attention) > 20_000:
        return
    every = list(placements(operations))
    assert earliest(operations) == [min(layers) for layers in zip(*every, strict=True)]
    assert latest(operations) == [max(layers) for layers in zip(*every, strict=True)]
    narrowest = analyze(node).narrowest
    assert narrowest.max_heads == min(width(operations, placement) for placement in every)
    assert narrowest.is_narrowest
    assert sum(len(head.users) for layer in narrowest.layers for head in layer.heads) == len(
        {(own.node, own.head) for own in operations.attention}
    )


def chain(length: int, start: SOpNode, number: int) -> SOpNode:
    for _ in range(length):
        start = aggregate(at(number), start)
    return start


def test_a_crowded_first_layer_is_thinned_out() -> None:
    many = [aggregate(at(number), TOKENS) for number in range(6)]
    node = added(chain(3, TOKENS, 9), *many)
    analysis = analyze(node)
    assert analysis.heads_per_layer == [7, 1, 1]
    assert analysis.latest.heads_per_layer == [1, 1, 7]
    assert analysis.narrowest.heads_per_layer == [3, 3, 3]
    assert analysis.narrowest.is_narrowest
    assert "3 heads at least, in any schedule of 3 layers" in analysis.to_text()
    assert analysis.schedule("narrowest").layers[2].heads


def test_results_move_with_what_they_are_made_of() -> None:
    late = elementwise("round", aggregate(at(1), INDICES))
    node = added(chain(3, TOKENS, 9), aggregate(at(2), late))
    analysis = analyze(node)
    assert [s.node for s in analysis.layers[0].sops] == [late]
    assert [s.node for s in analysis.latest.layers[1].sops] == [late]


def test_a_search_that_gives_up_says_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowest_module, "MAX_VISITS", 10)
    many = [aggregate(at(number), TOKENS) for number in range(6)]
    analysis = analyze(added(chain(3, TOKENS, 9), *many))
    assert not analysis.narrowest.is_narrowest
    assert (analysis.narrowest.max_heads, analysis.narrowest.at_least) == (7, 3)
    assert "7 heads in the best schedule found; at least 3 are needed" in analysis.to_text()


def test_large_graphs_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowest_module, "MAX_OPERATIONS", 3)
    many = [aggregate(at(number), TOKENS) for number in range(6)]
    schedule = analyze(added(chain(3, TOKENS, 9), *many)).narrowest
    assert (schedule.max_heads, schedule.at_least) == (7, 1)


def test_selectors_and_unknown_names() -> None:
    analysis = analyze(select(chain(2, TOKENS, 1), INDICES, "=="))
    assert analysis.latest.heads_per_layer == analysis.narrowest.heads_per_layer == [1, 1, 1]
    with pytest.raises(RaspValueError, match="not a schedule"):
        analysis.schedule("soonest")  # type: ignore[arg-type]

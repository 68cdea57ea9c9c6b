"""Layers, heads and sublayers of graphs made for the purpose."""

from __future__ import annotations

import json

import pytest

from rasp.analysis import analyze
from rasp.analysis.operations import FIRST
from rasp.graph.construct import (
    FULL,
    aggregate,
    elementwise,
    select,
    selector_and,
    selector_not,
    selector_or,
    selector_width,
)
from rasp.graph.nodes import INDICES, TOKENS, Node, SelectorNode, SOpNode
from rasp.graph.origins import Origins
from rasp.source import Source, Span

SAME = select(TOKENS, TOKENS, "==")
BEFORE = select(INDICES, INDICES, "<")
PREVIOUS = select(INDICES, elementwise("subtract", INDICES, 1), "==")
AT_0 = elementwise("indicator", elementwise("equal", INDICES, 0))
LENGTH = elementwise("round", elementwise("divide", 1, aggregate(FULL, AT_0)))
LAST_FIRST = elementwise("subtract", elementwise("subtract", LENGTH, INDICES), 1)
REVERSE = aggregate(select(INDICES, LAST_FIRST, "=="), TOKENS)
MEAN = aggregate(FULL, INDICES)


def added(*sops: SOpNode) -> SOpNode:
    total, *rest = sops
    for sop in rest:
        total = elementwise("add", total, sop)
    return total


@pytest.mark.parametrize(
    ("node", "heads", "sublayers"),
    [
        (TOKENS, [], ""),
        (elementwise("add", INDICES, 1), [], ""),
        (elementwise("multiply", TOKENS, INDICES), [], "f"),
        (aggregate(PREVIOUS, TOKENS), [1], "a"),
        (LENGTH, [1], "af"),
        (REVERSE, [1, 1], "afa"),
        (aggregate(FULL, elementwise("multiply", TOKENS, INDICES)), [1], "fa"),
        (selector_width(SAME), [2], "af"),
        # What is aggregated has to be there a layer before, and what is selected with, too.
        (aggregate(PREVIOUS, aggregate(BEFORE, INDICES)), [1, 1], "aa"),
        (aggregate(select(MEAN, INDICES, "<"), INDICES), [1, 1], "aa"),
        (aggregate(selector_and(PREVIOUS, select(MEAN, INDICES, "<")), INDICES), [1, 1], "aa"),
        # A selector is charged in each layer in which it is used.
        (added(aggregate(FULL, TOKENS), aggregate(FULL, MEAN)), [1, 1], "aaf"),
        # Equal selectors are one head, however they are written.
        (added(aggregate(SAME, INDICES), aggregate(SAME, 1)), [1], "af"),
        (added(aggregate(selector_not(selector_not(SAME)), 2), aggregate(SAME, 1)), [1], "af"),
        (added(selector_width(SAME), aggregate(selector_or(FIRST, SAME), 1)), [2], "af"),
        (added(aggregate(SAME, 1), aggregate(BEFORE, 1), aggregate(PREVIOUS, 1)), [3], "af"),
    ],
)
def test_heads_and_sublayers(node: Node, heads: list[int], sublayers: str) -> None:
    analysis = analyze(node)
    assert analysis.heads_per_layer == heads
    assert analysis.n_layers == len(heads)
    assert analysis.max_heads == max(heads, default=0)
    assert analysis.sublayers == sublayers


def test_a_token_in_front_saves_a_head_of_each_width() -> None:
    both = added(selector_width(SAME), selector_width(BEFORE))
    assert analyze(both).heads_per_layer == [4]
    assert analyze(both, bos=True).heads_per_layer == [2]


def test_a_selector_is_accounted_as_if_it_were_used() -> None:
    analysis = analyze(select(LENGTH, INDICES, "=="))
    assert analysis.heads_per_layer == [1, 1]
    assert [mention.node for mention in analysis.critical_path][1] is analysis.root.node


def test_the_critical_path_has_one_operation_a_layer() -> None:
    chain = aggregate(PREVIOUS, REVERSE)
    nodes = [mention.node for mention in analyze(added(chain, MEAN)).critical_path]
    assert nodes == [aggregate(FULL, AT_0), REVERSE, chain]


TEXT = """\
rev = aggregate(select(indices, opp, ==), tokens_asis, 0)
layers        2
heads         1, 1 in layers 1, 2, ... (earliest)
widest layer  1 head at least, in any schedule of 2 layers
sublayers     afa
attention     at most 1 sublayer of 2 before the first feed-forward
interleaved   2 layers of attention and feed-forward
sandwich      of 2 layers: up to sandwich:0

earliest schedule
layer          operation                                                                        place
    1  head 1  select(1, 1, ==) -> aggregate(select(1, 1, ==), indicator((indices == 0)), 0)
    1  then    length = round((1 / aggregate(select(1, 1, ==), indicator((indices == 0)), 0)))
    1  then    opp = ((length - indices) - 1)                                                   r.rasp:1:7
    2  head 1  select(indices, opp, ==) -> rev                                                  r.rasp:2:7

longest chain of attention, one operation a layer
layer  operation                                                  place
    1  aggregate(select(1, 1, ==), indicator((indices == 0)), 0)
    2  rev                                                        r.rasp:2:7
"""  # noqa: E501


def test_names_and_places_are_shown() -> None:
    source = Source("r.rasp", "opp = length - indices - 1;\nrev = aggregate(sel, tokens);\n")
    origins = Origins()
    origins.add(LENGTH, name="length")
    origins.add(LAST_FIRST, name="opp", span=Span(source, 6, 26))
    origins.add(REVERSE, name="rev", span=Span(source, 34, 56))
    analysis = analyze(REVERSE, origins=origins)
    assert analysis.to_text() == TEXT.rstrip("\n")
    data = analysis.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["layers"][1]["heads"][0]["users"][0]["place"] == "r.rasp:2:7"
    assert (data["n_layers"], data["heads_per_layer"], data["sublayers"]) == (2, [1, 1], "afa")


def test_without_attention() -> None:
    analysis = analyze(INDICES)
    assert (analysis.n_layers, analysis.sublayers, analysis.order("").fits) == (0, "", True)
    assert "none: there is no attention" in analysis.to_text()


def test_a_hundred_thousand_nodes() -> None:
    node: SOpNode = TOKENS
    selector: SelectorNode = BEFORE
    for step in range(25_000):
        selector = selector_and(selector, select(INDICES, step, "!="))
        node = elementwise("add", node, step % 3)
    analysis = analyze(aggregate(selector, node))
    assert analysis.heads_per_layer == [1]
    assert len(analysis.to_text()) < 2000


def test_ten_thousand_layers() -> None:
    node: SOpNode = TOKENS
    for _ in range(10_000):
        node = aggregate(PREVIOUS, node)
    analysis = analyze(node)
    assert analysis.n_layers == len(analysis.critical_path) == 10_000

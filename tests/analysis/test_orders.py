"""Orders of sublayers: which fit, which are shortest, against trying all strings."""

from __future__ import annotations

import json
from functools import reduce
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasp.analysis import analyze
from rasp.analysis import shortest as shortest_module
from rasp.analysis.operations import Operations
from rasp.analysis.orders import fits, interleaved_layers, parse_order, sandwich
from rasp.analysis.shortest import shortest_orders
from rasp.errors import RaspValueError
from rasp.graph.construct import aggregate, elementwise, select
from rasp.graph.nodes import INDICES, TOKENS, Aggregate, Elementwise, Node, Select, SOpNode
from rasp.program import loads
from rasp.sop import SOp

EVERY = [select(INDICES, number, "==") for number in range(4)]


def mean(value: SOpNode, number: int = 0) -> SOpNode:
    return aggregate(EVERY[number], value)


def f(value: SOpNode) -> SOpNode:
    return elementwise("round", value)


def both(*sops: SOpNode) -> SOpNode:
    """Their sum, which is feed-forward work."""
    return reduce(lambda left, right: elementwise("add", left, right), sops)


@st.composite
def programs(draw: st.DrawFn) -> SOpNode:
    pool: list[SOpNode] = [TOKENS, elementwise("multiply", TOKENS, INDICES)]
    for _ in range(draw(st.integers(1, 7))):
        value = draw(st.sampled_from(pool))
        if draw(st.booleans()):
            pool.append(mean(value, draw(st.integers(0, 1))))
        else:
            pool.append(elementwise("add", value, draw(st.sampled_from(pool))))
    return pool[-1]


def chains(operations: Operations) -> set[str]:
    """The kinds of operations on every way from the input to the result."""
    below: dict[Node, set[str]] = {}

    def read(node: SOpNode) -> set[str]:
        return {way + "f" * (node in operations.feed_forward) for way in below[node]}

    for node in operations.order:
        if isinstance(node, Elementwise):
            below[node] = set().union(*(below[operand] for operand in node.operands))
        elif isinstance(node, Select):
            below[node] = read(node.key) | read(node.query)
        elif isinstance(node, Aggregate):
            below[node] = {way + "a" for way in below[node.selector] | read(node.value)}
        else:
            below[node] = {""}
    assert not isinstance(operations.root, Select)
    return read(operations.root)  # type: ignore[arg-type]


def runs(ways: set[str], order: str) -> bool:
    """Is every way a subsequence of the order?"""
    for way in ways:
        remaining = iter(order)
        if not all(kind in remaining for kind in way):
            return False
    return True


ORDERS = ["".join(kinds) for length in range(9) for kinds in product("af", repeat=length)]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_fitting_and_shortest_orders(node: SOpNode) -> None:
    operations = Operations(node, bos=False)
    ways = chains(operations)
    fitting = [order for order in ORDERS if runs(ways, order)]
    assert fitting == [order for order in ORDERS if fits(operations, order)]
    if not fitting:
        return
    least = [order for order in fitting if len(order) == len(fitting[0])]
    found = shortest_orders(operations)
    assert found.exact
    assert found.n_orders == len(least)
    assert list(found.orders) == sorted(least)[: shortest_module.MAX_SHOWN]
    few = min(order.count("a") for order in fitting)
    assert few == operations.n_layers
    with_few = [order for order in fitting if order.count("a") == few]
    assert analyze(node).sublayers == with_few[0]
    interleaved = [k for k in range(5) if "af" * k in fitting]
    assert interleaved[:1] in ([interleaved_layers(operations)], [])


def test_one_order_serves_different_chains() -> None:
    # Attention, feed-forward, attention beside feed-forward, attention; then feed-forward.
    one = mean(elementwise("multiply", TOKENS, INDICES))
    analysis = analyze(both(mean(f(mean(TOKENS)), 1), one, INDICES))
    assert analysis.tendency.shortest.orders == ("afaf",)
    assert analysis.sublayers == "afaf"


def test_where_operations_go() -> None:
    opposite = f(mean(TOKENS))
    node = mean(opposite, 1)
    fit = analyze(node).order("faafa")
    assert fit.fits
    assert [[work.node for work in sublayer.work] for sublayer in fit.sublayers] == [
        [],
        [mean(TOKENS)],
        [],
        [opposite],
        [node],
    ]
    assert "(nothing to do)" in fit.to_text()
    assert json.loads(json.dumps(fit.to_dict())) == fit.to_dict()
    assert "<table>" in fit._repr_html_()


def test_what_does_not_fit() -> None:
    opposite = f(mean(TOKENS))
    analysis = analyze(mean(opposite, 1))
    fit = analysis.order("aaf")
    assert not fit.fits
    assert fit.misfit is not None
    assert fit.misfit.operation.node is mean(opposite, 1)
    assert (fit.misfit.kind, fit.misfit.after) == ("a", 3)
    assert fit.misfit.reason.endswith(
        "needs an attention sublayer, and there is none after sublayer 3"
    )
    missing = analysis.order("f").misfit
    assert missing is not None
    assert missing.operation.node is mean(TOKENS)
    assert missing.reason.endswith("there is none at all")


def test_a_width_ends_in_feed_forward() -> None:
    width = loads("x = selector_width(select(tokens, tokens, ==));")["x"]
    assert isinstance(width, SOp)
    assert analyze(width.node).order("af").fits
    assert not analyze(width.node).order("a").fits


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("afaf", "afaf"),
        ("", ""),
        ("interleaved", "afaf"),
        ("interleaved:3", "afafaf"),
        ("sandwich:1", "aaff"),
        ("sandwich:0", "afaf"),
        ("sandwich:3", "aaafff"),
        ("sandwich:1:3", "aafaff"),
    ],
)
def test_names_of_orders(text: str, order: str) -> None:
    operations = Operations(mean(f(mean(TOKENS)), 1), bos=False)
    assert parse_order(text, operations) == order


@pytest.mark.parametrize(
    "text",
    [
        *("abf", "AF", " af", "club", "af" * 60_000),
        *("interleaved:1:2", "interleaved:999999", "interleaved:" + "9" * 5000),
        *("sandwich", "sandwich:", "sandwich:x", "sandwich:-1", "sandwich:3:2", "sandwich:1:2:3"),
    ],
)
def test_what_is_no_order(text: str) -> None:
    with pytest.raises(RaspValueError):
        analyze(TOKENS).order(text)


@given(st.text(alphabet="af:0123sandwichleaved ", max_size=12))
def test_any_text_is_an_order_or_refused(text: str) -> None:
    try:
        analyze(TOKENS).order(text)
    except RaspValueError:
        assert set(text) - set("af")


def test_tendencies() -> None:
    early = analyze(f(both(mean(mean(TOKENS, 1), 2), mean(TOKENS)))).tendency
    assert (early.sublayers, early.leading_attention, early.sandwich) == ("aaf", 2, 2)
    assert early.ends_with_feed_forward
    assert dict(early.lines())["attention"].startswith("all of it can come before any")
    alternating = analyze(mean(f(mean(f(mean(TOKENS)), 1)), 2)).tendency
    assert (alternating.sublayers, alternating.leading_attention) == ("afafa", 1)
    assert (alternating.interleaved_layers, alternating.sandwich) == (3, 0)
    assert not alternating.ends_with_feed_forward
    first = analyze(mean(elementwise("multiply", TOKENS, INDICES))).tendency
    assert (first.sublayers, first.leading_attention) == ("fa", 0)
    assert first.interleaved_layers == 2
    assert "before the first" in dict(first.lines())["attention"]


@pytest.mark.parametrize("layers", [1, 3])
def test_a_sandwich_has_as_many_of_both(layers: int) -> None:
    for coefficient in range(layers + 1):
        order = sandwich(coefficient, layers)
        assert order.count("a") == order.count("f") == layers


def test_large_programs_get_an_order_that_may_not_be_the_shortest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shortest_module, "MAX_OPERATIONS", 2)
    node = f(mean(f(mean(TOKENS)), 1))
    found = shortest_orders(Operations(node, bos=False))
    assert (found.orders, found.exact) == (("afaf",), False)
    assert "the shortest that was found" in analyze(node).to_text()


def test_searches_that_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortest_module, "MAX_VISITS", 1)
    node = f(mean(f(mean(TOKENS)), 1))
    assert not shortest_orders(Operations(node, bos=False)).exact

"""What is selected before a query, by what is selected up to it: the same for every input."""

from __future__ import annotations

import itertools

import pytest

import rasp
from rasp.graph.nodes import Aggregate, Elementwise, SelectorWidth
from rasp.graph.oneself import counted_up_to_oneself
from rasp.interpreter import outcomes
from rasp.sop import SOp

INPUTS = [list(text) for n in range(1, 5) for text in itertools.product("ab", repeat=n)]
SAME = "select(tokens, tokens, ==)"
A = 'select(tokens, "a", ==)'
BEFORE = "select(indices, indices, <)"

# A selector, and how many keys more what stands for it selects: the query always, never, or
# where it is an a.
SELECTORS = {
    f"{SAME} and {BEFORE}": "always",
    f"{BEFORE} and {SAME}": "always",
    f"{SAME} and select(indices + 1, indices, <=)": "always",
    f"{SAME} and select(indices, indices - 1, <=)": "always",
    f"{SAME} and select(indices, indices, !=)": "always",
    f"{SAME} and not select(indices, indices, >=)": "always",
    f"{A} and {BEFORE}": "where it is an a",
    f"{A} and {SAME} and {BEFORE}": "where it is an a",
    f"not {SAME} and {BEFORE}": "never",
    f"select(tokens, tokens, <) and {BEFORE}": "never",
    f"select(tokens, tokens, <) or ({SAME} and {BEFORE})": "always",
}
AS_THEY_ARE = [
    SAME,
    BEFORE,
    f"{SAME} and select(indices, indices - 2, <=)",
    f"{SAME} and select(indices, indices + 1, <)",
    f"{SAME} or {BEFORE}",
    f"({SAME} or {BEFORE}) and {A}",
    f"select(indices, 2, <) and {SAME}",
    f"last({SAME} and {BEFORE})",
]


def same_everywhere(sop: SOp, found: object) -> bool:
    before = outcomes(sop.node, INPUTS, causal=True, origins=sop.origins)
    return outcomes(found, INPUTS, causal=True) == before  # type: ignore[arg-type]


def node_of(expression: str) -> SOp:
    sop = rasp.loads(f"x = {expression};")["x"]
    assert isinstance(sop, SOp)
    return sop


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_count(selector: str) -> None:
    sop = node_of(f"selector_width({selector})")
    found = counted_up_to_oneself(sop.node)
    match SELECTORS[selector], found:
        case "never", SelectorWidth():
            pass
        case _, Elementwise(operator="subtract", operands=(SelectorWidth(), _)):
            assert SELECTORS[selector] != "never"
        case _:
            pytest.fail(f"it became {found}")
    assert same_everywhere(sop, found)


@pytest.mark.parametrize("selector", SELECTORS)
@pytest.mark.parametrize("read", ["True, False", "3, 5", "indices, -1"])
def test_a_mean(selector: str, read: str) -> None:
    sop = node_of(f"aggregate({selector}, {read})")
    found = counted_up_to_oneself(sop.node)
    by_count = SELECTORS[selector] == "always" and "indices" not in read
    if SELECTORS[selector] == "never":
        assert isinstance(found, Aggregate)
        assert found is not sop.node
    else:
        assert (found is not sop.node) is by_count
    assert same_everywhere(sop, found)


@pytest.mark.parametrize("selector", AS_THEY_ARE)
def test_as_it_is(selector: str) -> None:
    sop = node_of(f"selector_width({selector})")
    assert counted_up_to_oneself(sop.node) is sop.node

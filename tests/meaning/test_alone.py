"""Of keys that are the first, or the last, of their kind a query selects one at most."""

from __future__ import annotations

import pytest

from rasp.graph import earliest
from rasp.graph.nodes import Aggregate
from rasp.meaning.alone import is_only_one
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from tests.meaning.test_proof import node_of


@pytest.fixture(autouse=True)
def as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys with none like them before are not rewritten into the first of their kind."""
    monkeypatch.setattr(earliest, "as_first", lambda node, **_: node)


def only_one(selector: str, *, causal: bool = False) -> bool:
    text = (
        "before = select(indices, indices, <); after = select(indices, indices, >);\n"
        'same = select(tokens, tokens, ==); b = tokens == "b";\n'
        f"x = aggregate({selector}, indices, -1);"
    )
    node = normal(node_of(text), Attended(("a", "b"), 4, causal=causal))
    assert isinstance(node, Aggregate)
    return is_only_one(node.selector, causal=causal)


FIRST = "select(not has_focus(same and {}), True, ==)"
LAST = "select(b and not has_focus(select(b, True, ==) and {}), True, ==)"


@pytest.mark.parametrize("causal", [False, True])
def test_the_first_of_its_kind(causal: bool) -> None:
    assert only_one(f"same and {FIRST.format('before')}", causal=causal)
    assert only_one(LAST.format("before"), causal=causal)


def test_the_last_of_its_kind_is_not_seen_under_a_causal_mask() -> None:
    for selector in (f"same and {FIRST.format('after')}", LAST.format("after")):
        assert only_one(selector)
        assert not only_one(selector, causal=True)


@pytest.mark.parametrize(
    "selector",
    [
        FIRST.format("before"),  # of different kinds
        f"select(indices, indices, <=) and {FIRST.format('before')}",
        f"same and {FIRST.format('select(indices, indices, <=)')}",
        "same and select(has_focus(same and before), True, ==)",
        "same and select(not has_focus(same and before), False, ==)",
        "select(not has_focus(select(b, True, ==) and before), True, ==)",  # it need not be one
        "select(b or not has_focus(select(b, True, ==) and before), True, ==)",
        "same and select(not has_focus(same and before and select(b, True, ==)), True, ==)",
    ],
)
def test_others_may_be_several(selector: str) -> None:
    assert not only_one(selector)

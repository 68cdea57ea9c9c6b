"""Quantities through which all ways lead are looked at in place of what they are made of."""

from __future__ import annotations

import pytest

from rasp.meaning import neurons, space
from rasp.meaning.attended import Attended
from rasp.meaning.necks import necks
from rasp.testing.wrong_models import node_of
from tests.meaning.test_proof import is_proved, model_of

COUNTER = """
c = 0;
for k in range({}) {{
  t = aggregate(select(indices, k, ==), tokens, "");
  c = min(c + 1, 3) if t == "a" else (max(c - 1, 0) if t == "b" else c);
}}
x = c;
"""


def test_the_state_before_the_last_step() -> None:
    root, before = (node_of(COUNTER.format(steps)) for steps in (14, 13))
    assert necks([root], frozenset()) == {before}
    assert necks([root, before], frozenset()) == {node_of(COUNTER.format(12))}
    assert necks([before], frozenset([node_of(COUNTER.format(12))])) == frozenset()


def test_what_is_used_beside_it_is_no_neck() -> None:
    mixed = node_of('y = tokens == "a"; x = (indices if y else 2) + indicator(tokens < "c");')
    assert necks([mixed], frozenset()) == {node_of("x = tokens;")}


def test_a_counter_has_its_own_values() -> None:
    """And no others, as if the sum and the comparison of one step were unrelated."""
    space = Attended(("a", "b", "c"), 12, causal=False)
    assert set(space.domain(node_of(COUNTER.format(12))).values) == {0, 1, 2, 3}


BALANCED = """
b = 0;
ok = True;
for k in range(6) {
  t = aggregate(select(indices, k, ==), tokens, "");
  b = b + 1 if t == "(" else (b - 1 if t == ")" else b);
  ok = ok and b >= 0;
}
x = ok and b == 0;
"""


def test_where_the_state_says_too_little_what_it_is_made_of_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the heights of brackets beside whether one was below 0 not all can meet."""
    artifact = model_of(BALANCED, "()", 8)
    for module in (space, neurons):
        monkeypatch.setattr(module, "FEW_STATES", 100)
    assert is_proved(artifact)

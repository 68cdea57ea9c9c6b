"""Quantities through which all ways lead are looked at in place of what they are made of."""

from __future__ import annotations

from rasp.meaning.attended import Attended
from rasp.meaning.necks import necks
from rasp.testing.wrong_models import node_of

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

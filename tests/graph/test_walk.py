"""Selectors that are made of others many times over."""

from __future__ import annotations

import rasp
from rasp.graph.nodes import SelectorAnd, SelectorWidth
from rasp.graph.walk import flat


def test_parts_of_what_is_joined_with_itself_are_told_once() -> None:
    """Compiling did not end: each line of the program doubled the parts."""
    text = 's = select(tokens, "a", ==);\n'
    for _ in range(40):
        text += (
            't = s and select(tokens, "b", !=); s = t and (select(indices, 1, >=) and s) and t;\n'
        )
    node = rasp.loads(text + "x = selector_width(s);")["x"].node
    assert isinstance(node, SelectorWidth)
    assert len(flat(node.selector, SelectorAnd)) == 3

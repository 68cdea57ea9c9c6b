"""Whether a number that the token says is an index of the input, as a question about keys.

    x < length     is  aggregate(select(indices, x, ==), True, False)       for x >= 0

for an integer x that depends on nothing but the token: there is a key with this index exactly if it
is less than the number of keys.  In front of all keys, where x is below 0, the key at 0 stands for
it, which is there in every input.  A head answers that at once, and exactly; the length is a number
that takes neurons behind the head that reads it.  Under a causal mask `length` is a function of the
index, and nothing has to be asked.
"""

from __future__ import annotations

from rasp.graph import construct
from rasp.graph.counters import is_integer
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Constant,
    Elementwise,
    SOpNode,
)
from rasp.graph.walk import topological

LENGTH = construct.selector_width(construct.FULL)

_MIRRORED = {"greater": "less", "less_equal": "greater_equal"}
_ASKED = {"less": (True, False), "greater_equal": (False, True)}


def as_presence(node: SOpNode) -> SOpNode:
    """A comparison of such a number with the length, as whether there is a key; any other node as
    it is."""
    match node:
        case Elementwise(operator=operator, operands=(x, y)) if y is LENGTH:
            asked = _ASKED.get(operator)
        case Elementwise(operator=operator, operands=(y, x)) if y is LENGTH:
            asked = _ASKED.get(_MIRRORED.get(operator, ""))
        case _:
            return node
    if asked is None or not _is_of_token(x) or not is_integer(x, {}):
        return node
    below = construct.elementwise("less", x, 0)
    index = construct.elementwise("where", below, 0, x)
    return construct.aggregate(construct.select(INDICES, index, "=="), *asked)


def _is_of_token(node: SOpNode) -> bool:
    below = topological([node])
    if not any(part is TOKENS for part in below):
        return False
    return all(part is TOKENS or isinstance(part, (Constant, Elementwise)) for part in below)

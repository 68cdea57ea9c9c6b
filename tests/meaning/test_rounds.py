"""Programs of many rounds: what is known of one round is not gone through again in the next."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

import rasp
from rasp.graph.nodes import SelectorAnd
from rasp.graph.walk import topological
from rasp.meaning import facts, products
from rasp.meaning.attended import Attended
from rasp.meaning.cones import Cones
from rasp.meaning.necks import necks, necks_above
from rasp.meaning.states import parts
from rasp.testing.wrong_models import node_of

ROUND = """
s = tokens_int;
for round in range({}) {{
    l = aggregate(select(indices, indices - 1, ==), s, 0);
    r = aggregate(select(indices, indices + 1, ==), s, 0);
    s = {};
}}
x = s;
"""
STEPS = {
    "sums": "(s + l + r) % 2",
    "tables": "{0: 0, 1: 1, 2: 1, 3: 1, 4: 0, 5: 1, 6: 1, 7: 0}[4 * l + 2 * s + r]",
    "conditionals": "0 if l == 1 and s == 1 and r == 1 or s == 0 and r == 0 else 1",
}


SORT = """
x = tokens_int;
for round in range({}) {{
    l = aggregate(select(indices, indices - 1, ==), x, 0);
    r = aggregate(select(indices, indices + 1, ==), x, {});
    x = min(x, r) if (indices + round) % 2 == 0 else max(l, x);
}}
"""


@contextmanager
def counted() -> Iterator[list[int]]:
    """How often it is asked for the parts of a quantity."""
    found = [0]

    def note(frame: FrameType, event: str, _: object) -> None:
        found[0] += event == "call" and frame.f_code is parts.__code__

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_later_rounds_take_no_more_work(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many rounds that all that a state is made of is too much to look at."""
    monkeypatch.setattr(products, "MOST_LEAVES", 8)
    space = Attended(("0", "1"), 3, causal=False)
    work = []
    for n in (8, 10, 18, 20):
        with counted() as found:
            space.domain(node_of(ROUND.format(n, step)))
            space.facts.differs(node_of(ROUND.format(n, step)))
        work.append(found[0])
    assert 0 < work[3] <= 1.2 * work[1]


def test_necks_are_found_without_a_look_at_what_is_far_below() -> None:
    space = Attended(("0", "1"), 3, causal=False)
    for step in STEPS.values():
        root, far = (node_of(ROUND.format(n, step)) for n in (9, 6))
        found = necks([root], frozenset())
        assert found
        assert necks_above([root], frozenset([far]), space.made_of) == found


def test_what_is_below_the_cut_may_be_there_beside_it() -> None:
    """What is made of something that is cut is no neck, if what that is made of is used again."""
    cut = frozenset(map(node_of, ("x = tokens_int + 1;", "x = tokens_int * 2;")))
    text = "w = tokens_int + 1; z = tokens_int * 2; y = (w + indices) % 3; x = y + {};"
    alone, beside = node_of(text.format("length")), node_of(text.format("z"))
    space = Attended(("0", "1"), 3, causal=False)
    assert node_of(text.format("length")[: text.index("x =")] + "x = y;") in necks_above(
        [alone], cut, space.made_of
    )
    assert node_of(text[: text.index("x =")] + "x = y;") not in necks_above(
        [beside], cut, space.made_of
    )


@pytest.mark.parametrize("causal", [True, False])
def test_what_is_selected_at_no_place_is_not_counted(
    causal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 110 under a causal mask was not proved at 512 tokens: of so many pairs none is looked
    at, and whether the right neighbour is 1 could be anything."""
    monkeypatch.setattr(facts, "MAX_STATES_COUNTED", 1)
    space = Attended(("0", "1"), 6, causal=causal)
    right = node_of('x = has_focus(select(indices, indices + 1, ==) and select(tokens, "1", ==));')
    (both,) = (node for node in topological([right]) if isinstance(node, SelectorAnd))
    assert space.facts.counts(both).most == (0 if causal else 1)


def test_all_below_as_bits() -> None:
    root = node_of(ROUND.format(3, STEPS["sums"]))
    cones = Cones()
    inner = parts(root)[0]
    bits = cones.below([inner])
    below = set(topological([inner]))
    assert all(cones.has(bits, node) == (node in below) for node in topological([root]))
    assert all(cones.has(cones.below([root]), node) for node in topological([root]))
    assert not cones.has(cones.below([root]), node_of("x = tokens_bool;"))


def test_of_the_larger_and_the_smaller_number_it_is_known_which_is_which() -> None:
    model = rasp.compile(rasp.loads(SORT.format(3, 9))["x"], vocab="0123456789", max_len=10)
    assert model.certificate.ok
    assert model.certificate.meaning is not None
    assert model.certificate.meaning.ok

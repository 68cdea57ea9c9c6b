"""What reads a key that has none like it before it reads the first one of its kind."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.graph import construct
from rasp.graph.earliest import as_first
from rasp.graph.nodes import TOKENS, Aggregate, Best, Fetch, SelectorWidth
from rasp.graph.walk import topological
from rasp.interpreter import outcomes
from rasp.verification import same_outcome

HERE = 'here = select(tokens, "a", ==);'
BEFORE = "before = select(indices, indices, <);"
UP_TO = "up_to = select(indices, indices, <=);"
BEHIND = "behind = select(indices, indices, >);"
COUNT = "earlier = selector_width(here and before);"
START = HERE + BEFORE + UP_TO + BEHIND + COUNT

FIRST = (
    'select_from_first(tokens, "a")',
    "here and select(earlier, 0, ==)",
    "here and select(earlier < 1, True, ==)",
    "here and select(1 > earlier, True, ==)",
    "here and select(earlier > 0, False, ==)",
    "select(earlier, 0, ==) and here",
    "here and select(indicator(earlier == 0), 1, ==)",
    'select(tokens == "a" and earlier == 0, True, ==)',
    'select(not (tokens != "a" or earlier > 0), True, ==)',
    "here and select(selector_width(here and up_to), 1, ==)",
    "here and select(selector_width(here and up_to) <= 1, True, ==)",
    "here and select(aggregate(here and before, 1, 0), 0, ==)",
    'here and select(aggregate(here and before, "y", "n"), "n", ==)',
    "here and select(has_focus(here and before), False, ==)",
    "here and select(selector_width(select(tokens, tokens, ==) and before), 0, ==)",
    "select(tokens, tokens, ==) and select(selector_width(select(tokens, tokens, ==) and before),"
    " 0, ==)",
    "here and select(True, indices > 1, ==) and select(earlier, 0, ==)",
    'select(tokens, "b", !=) and select(has_focus(select(tokens, "b", !=) and before), False, ==)',
)
LAST = (
    'select_from_last(tokens, "a")',
    "here and select(selector_width(here and behind), 0, ==)",
)
OTHERS = (  # which the rule has to leave as they are
    "here and select(earlier, 1, ==)",
    "here and select(earlier != 1, True, ==)",
    "here and select(earlier <= 1, True, ==)",
    "here and select(earlier > 0, True, ==)",
    "here and select(selector_width(here and up_to), 2, ==)",
    "here and select(selector_width(here and up_to) != 2, True, ==)",
    "here and select(selector_width(here and up_to), 0, ==)",
    "here and select(selector_width(here), 0, ==)",
    "here and select(selector_width(here), 1, ==)",
    "here and select(selector_width(before), 0, ==)",
    'here and select(selector_width(select(tokens, "b", ==) and before), 0, ==)',
    'here and select(selector_width(select(tokens, "c", !=) and before), 0, ==)',
    "here and select(tokens, tokens, ==) and select(earlier, 0, ==)",
    "select(tokens, tokens, ==) and select(earlier, 0, ==)",
    "here and select(indices, indices, <) and select(earlier, 0, ==)",
    'select(tokens, "b", !=) and select(selector_width(select(tokens, "b", !=) and'
    " select(tokens, tokens, ==) and before), 0, ==)",
    "select(tokens, aggregate(select(indices, 0, ==), tokens), ==) and select(selector_width("
    "select(tokens, tokens, ==) and select(tokens, aggregate(select(indices, 0, ==), tokens), ==)"
    " and before), 0, ==)",
    "here and select(aggregate(here and before, 1, 0), 1, ==)",
    "here and select(aggregate(here and before, 0.1, 0), 0, ==)",
    "here and select(aggregate(here and before, indices, 0), 0, ==)",
    "here and select(indicator(earlier == 0), 0, ==)",
    "here and select(indicator(earlier == 0) and True, True, ==)",
    "here or select(earlier, 0, ==)",
    "not here and select(earlier, 0, ==)",
    "select(earlier, 0, ==)",
)
INPUTS = [list(word) for n in range(1, 5) for word in product("abc", repeat=n)]


def aggregate_of(selector: str) -> tuple[rasp.SOp, Aggregate]:
    sop = rasp.loads(f"{START} x = aggregate({selector}, indices, -1);")["x"]
    assert isinstance(sop.node, Aggregate)
    return sop, sop.node


def means_the_same(selector: str, *, causal: bool) -> bool:
    sop, node = aggregate_of(selector)
    found = as_first(node, causal=causal)
    assert isinstance(found, Aggregate)
    expected = outcomes(node, INPUTS, causal=causal, origins=sop.origins)
    said = outcomes(found, INPUTS, causal=causal, origins=sop.origins)
    return all(map(same_outcome, expected, said))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("selector", FIRST + LAST)
def test_it_is_the_first_or_the_last_that_means_the_same(selector: str, causal: bool) -> None:
    _, node = aggregate_of(selector)
    found = as_first(node, causal=causal)
    assert isinstance(found, Aggregate)
    assert isinstance(found.selector, Best) == (selector in FIRST or not causal)
    assert not any(isinstance(part, SelectorWidth) for part in topological([found])) or causal
    assert means_the_same(selector, causal=causal)


@pytest.mark.parametrize("selector", OTHERS)
def test_what_asks_for_something_else_is_left(selector: str) -> None:
    _, node = aggregate_of(selector)
    assert as_first(node, causal=False) is node
    assert as_first(node, causal=True) is node


def test_what_is_fetched_and_what_is_counted_anyway() -> None:
    selector = aggregate_of("here and select(earlier, 0, ==)")[1].selector
    node = construct.fetch(selector, TOKENS)
    found = as_first(node, causal=False)
    assert isinstance(found, Fetch)
    assert isinstance(found.selector, Best)
    (counted,) = (n for n in topological([node]) if isinstance(n, SelectorWidth))
    assert as_first(node, causal=False, kept={counted}) is node


PLACES = """
def place(c, number) {
    here = select(tokens, c, ==);
    earlier = selector_width(here and select(indices, indices, <));
    return aggregate(here and select(earlier, number, ==), indices);
}
"""


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("program", "most"),
    [
        ('x = aggregate(select(indices, place("=", 0) - place("+", 0), ==), tokens, "?");', 1100),
        ('x = aggregate(select(indices, place("+", 1) - place("+", 0), ==), tokens, "?");', 2000),
    ],
)
def test_models_are_small_and_right(program: str, most: int, causal: bool) -> None:
    sop = rasp.loads(PLACES + program)["x"]
    model = rasp.compile(sop, vocab="a+=", max_len=5, causal=causal)
    report = model.report
    assert report.certificate.ok
    assert report.certificate.meaning.ok
    assert report.n_parameters <= most
    inputs = [list(word) for n in range(1, 6) for word in product("a+=", repeat=n)]
    expected = outcomes(sop.node, inputs, causal=causal, origins=sop.origins)
    assert all(map(same_outcome, expected, model.outcomes(inputs)))

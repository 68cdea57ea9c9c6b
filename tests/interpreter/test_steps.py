"""Every step of an evaluation is what the evaluation of that node gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import rasp
from rasp.graph.nodes import SELECTOR_TYPES, Atom, Node
from rasp.interpreter import outcomes
from rasp.interpreter.plan import Plan
from rasp.interpreter.steps import steps

from .oracle import graphs


@settings(deadline=None, max_examples=150)
@given(graphs(), st.lists(st.sampled_from(["a", "b", 1, 2.5, True]), min_size=1, max_size=4))
def test_steps_are_evaluations(node: Node, value: list[Atom]) -> None:
    found = steps(node, value)
    for part, step in found.items():
        (expected,) = outcomes(part, [value])
        if step.failed and part in Plan.of(node).deferred:
            assert step.error is None  # whether it is one is for the `best` to say
            assert isinstance(expected, rasp.RaspError)
        elif step.failed:
            assert isinstance(expected, rasp.RaspError)
            assert step.error is not None
            assert step.error.message == expected.message
        elif not isinstance(expected, rasp.RaspError):
            assert step.error is None
            assert repr(step.values) == repr(expected)
        elif part is node:
            assert step.error is not None
    (result,) = outcomes(node, [value])
    errors = [step.error for step in found.values() if step.error is not None]
    assert bool(errors) == isinstance(result, rasp.RaspError)
    assert (node in found and not found[node].failed) or errors


def test_what_does_not_depend_on_a_failure_goes_on() -> None:
    program = rasp.loads(
        "a = 1 / (indices - 1); s = select(a, 1, ==); b = indices + 1; c = selector_width(s) + b;"
    )
    found = steps(program["c"].node, "abc", origins=program.origins)
    assert found[program["b"].node].values == [1, 2, 3]
    failing = found[program["a"].node]
    assert failing.failed == {1}
    assert [failing.values[0], failing.values[2]] == [-1.0, 1.0]
    assert failing.error is not None
    assert failing.error.span is not None
    assert program["s"].node not in found
    assert program["c"].node not in found


def test_queries_without_an_order() -> None:
    node = rasp.loads("s = select(tokens_asis, 2, <);")["s"].node
    step = steps(node, [1, "a", 3])[node]
    assert isinstance(node, SELECTOR_TYPES)
    assert step.failed == {0, 1, 2}


def test_causal() -> None:
    node = rasp.loads("x = length;")["length"].node
    assert steps(node, "abc", causal=True)[node].values == [1, 2, 3]

"""The best of few ranks among the keys of an order: two products where it took one for each key."""

from __future__ import annotations

import pytest

import rasp

EARLIER, UP_TO = "select(indices, indices, <)", "select(indices, indices, <=)"


@pytest.mark.parametrize(
    ("program", "causal"),
    [
        (f"x = aggregate(best({UP_TO}, tokens_int), tokens_int);", False),
        (f"x = aggregate(best({EARLIER}, 0 - tokens_int), tokens_int + 1, 0);", False),
        (f"x = aggregate(best({EARLIER}, tokens), tokens, 7);", True),
        ("x = aggregate(best(select(indices, indices, >=), -tokens_int), 2, -1);", False),
        (
            f'x = aggregate(best({EARLIER} and select(tokens, "0", !=), tokens_int % 3),'
            " tokens_int % 3, 1);",
            False,
        ),
    ],
)
def test_few_ranks_are_asked(program: str, causal: bool) -> None:
    sop = rasp.loads(program)["x"]
    model = rasp.compile(sop, vocab="012345", max_len=130, causal=causal)
    assert model.report.n_parameters < 12_000
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, exhaustive=True, max_length=3).ok
    assert rasp.verify(model, samples=20).ok


@pytest.mark.parametrize(
    "program",
    [
        f"x = aggregate(best({EARLIER}, tokens_int % 3), tokens_int);",  # keys of a rank differ
        f"x = aggregate(best({EARLIER}, tokens_int), tokens_int + 0.0);",
        f"x = aggregate(best({EARLIER}, tokens_int + indices), tokens_int);",
        f"x = aggregate(best({EARLIER}, 1 / tokens_int), tokens_int);",
        "x = aggregate(best(select(indices, 3, <), tokens_int), tokens_int);",
    ],
)
def test_what_is_no_choice_of_few_ranks(program: str) -> None:
    from rasp.graph.ranks import asked

    class Inputs:
        tokens, max_len, causal = "012345", 130, False

    node = rasp.loads(program)["x"].node
    assert asked(node, Inputs()) is node


def test_a_token_that_is_no_number_does_not_select_itself() -> None:
    from rasp.graph.ranks import asked
    from rasp.interpreter import outcomes

    class Inputs:
        tokens, max_len, causal = (float("nan"), 1.0, 2.0), 130, False

    selector = f"{UP_TO} and select(tokens_asis, tokens_asis, ==)"
    one = "indicator(tokens_asis == 1.0)"
    node = rasp.loads(f"x = aggregate(best({selector}, {one}), {one} + 5, 9);")["x"].node
    inputs = [[float("nan"), 1.0], [2.0, float("nan")]]
    found = asked(node, Inputs())
    assert found is not node
    assert outcomes(found, inputs) == outcomes(node, inputs) == [[9, 6], [5, 9]]

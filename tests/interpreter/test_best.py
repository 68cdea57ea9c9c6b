"""`best`, `first`, `last` and `fetch`: what they select and read, and when they fail."""

from __future__ import annotations

from typing import Any

import pytest

import rasp
from rasp.errors import RaspRuntimeError, RaspTypeError
from rasp.graph import construct
from rasp.interpreter import evaluate, outcomes
from rasp.interpreter.incremental import Continuation
from rasp.interpreter.steps import steps


def value(text: str, tokens: Any, *, causal: bool = False) -> Any:
    program = rasp.loads(text)
    node = program["x"].node
    return evaluate(node, [tokens], causal=causal, origins=program["x"].origins)[0]


def failure(text: str, tokens: Any, *, causal: bool = False) -> str:
    with pytest.raises(RaspRuntimeError) as caught:
        value(text, tokens, causal=causal)
    return str(caught.value)


def places(rows: list[list[bool]]) -> list[list[int]]:
    return [[key for key, cell in enumerate(row) if cell] for row in rows]


def test_the_last_and_the_first_of_those_selected() -> None:
    same = "select(tokens, tokens, ==)"
    assert places(value(f"x = last({same});", "abaab")) == [[3], [4], [3], [3], [4]]
    assert places(value(f"x = first({same});", "abaab")) == [[0], [1], [0], [0], [1]]
    earlier = f"{same} and select(indices, indices, <)"
    assert places(value(f"x = last({earlier});", "abaab")) == [[], [], [0], [2], [1]]


def test_all_that_share_the_best_score() -> None:
    text = "x = best(select(indices, indices, <=), tokens_int);"
    assert places(value(text, "13231")) == [[0], [1], [1], [1, 3], [1, 3]]


def test_in_causal_mode_the_future_is_not_chosen_from() -> None:
    text = "x = last(select(tokens, tokens, ==));"
    assert places(value(text, "aba", causal=True)) == [[0], [1], [2]]
    assert places(value("x = best(full_s, tokens_int);", "132", causal=True)) == [[0], [1], [1]]


def test_strings_are_scores_in_their_order() -> None:
    assert value("x = fetch(best(full_s, tokens), indices);", "hello") == [4] * 5


def test_nan_is_never_beaten_and_beats_none() -> None:
    score = "tokens_float"
    assert places(value(f"x = best(full_s, {score});", ["1", "nan", "2"])) == [[1, 2]] * 3


def test_nested_choices_are_lexicographic() -> None:
    text = 'x = last(best(select(tokens, "-", !=), tokens_int));'
    assert places(value(text, "3-131".replace("-", "2"))) == [[3]] * 5
    assert places(value("x = best(last(full_s), tokens_int);", "312")) == [[2]] * 3


def test_it_is_a_selector_as_others() -> None:
    text = "x = not last(full_s) and select(indices, indices, <=);"
    assert places(value(text, "abc")) == [[0], [0, 1], [0, 1]]
    assert value("x = selector_width(best(full_s, tokens_int));", "1212") == [2] * 4
    assert value("x = aggregate(best(full_s, tokens_int), indices);", "1212") == [2.0] * 4


def test_a_selector_within_best_sees_no_future_either() -> None:
    """`not` and `best` one within the other: nothing may leak through from later keys."""
    text = "x = selector_width(not best(not select(tokens, tokens, ==), indices));"
    assert value(text, "abba", causal=True) == [1, 1, 2, 3]


@pytest.mark.parametrize("causal", [False, True])
def test_scores_count_where_they_are_selected_only(causal: bool) -> None:
    digits = 'x = fetch(best(select(tokens, "a", !=), tokens_int), indices, -1);'
    assert value(digits, "a31", causal=causal) == ([-1, 1, 1] if causal else [1, 1, 1])


def test_a_string_and_a_number_have_no_order_among_the_selected() -> None:
    text = 'x = selector_width(best({}, 7 if tokens == "a" else tokens));'
    assert value(text.format('select(tokens, "a", !=)'), "abc") == [1, 1, 1]
    message = failure(text.format("select(indices, indices, <=)"), "abc")
    assert "cannot apply '<' to int and string in best" in message
    assert "position: 1" in message
    assert "= 7 at 0" in message
    assert '= "b" at 1' in message


def test_a_failing_score_that_is_selected_fails_at_its_own_place() -> None:
    text = "score = 1 / tokens_int;\nx = fetch(best(full_s, score), indices);"
    message = failure(text, "120")
    assert "division by zero" in message
    assert "position: 2" in message
    assert "needed at: 0, which selects this position" in message
    assert "help" not in message
    assert "score = 1 / tokens_int;" in message  # the place is that of the division


def test_a_score_that_is_used_elsewhere_fails_everywhere() -> None:
    chosen = 'fetch(best(select(tokens, "0", !=), score), indices)'
    text = f"score = 1 / tokens_int;\nx = {chosen};"
    assert value(text, "120") == [0, 0, 0]
    assert "division by zero" in failure(f"{text}\nx = x + score;", "120")
    assert "division by zero" in failure(f"{text}\nx = x + aggregate(full_s, score);", "120")


def test_what_a_deferred_score_is_made_of_by_attention_fails_as_ever() -> None:
    text = "m = aggregate(full_s, tokens);\nx = selector_width(best(select(1, 2, ==), m));"
    assert "neither numbers nor all equal" in failure(text, "ab")


def test_a_batch_whose_values_have_types_by_position_and_not_by_input() -> None:
    """A mean that is an int or a float, whatever the input: one row of types stands for all."""
    text = 'share = aggregate(select(indices, indices, <), indicator(tokens == "b"), 0.1);'
    sop = rasp.loads(text + "x = fetch(select(indices, indices, <), share);")["x"]
    batch = [list("ab"), list("bb"), list("ba")]
    found = outcomes(sop.node, batch, causal=False, origins=sop.origins)
    assert ["fetch selects nothing" in str(one) for one in found] == [True] * 3


def test_fetch_reads_the_one_value() -> None:
    text = 'x = fetch(select(tokens, "$", ==), indices);'
    assert value(text, "ab$c") == [2] * 4
    assert value("x = fetch(select(tokens, tokens, ==), tokens);", "aba") == ["a", "b", "a"]
    assert value('x = fetch(select(tokens, "$", ==), indices, -1);', "abc") == [-1] * 3


def test_fetch_says_what_is_wrong() -> None:
    text = 'at = select(tokens, "$", ==);\nx = fetch(at, indices);'
    several = failure(text, "a$b$")
    assert "fetch selects different values, 1 and 3" in several
    assert "position: 0" in several
    assert "selected: 1 at 1, 3 at 3 of indices" in several
    assert "`fetch(last(at), indices)`" in several
    nothing = failure(text, "abc")
    assert "fetch selects nothing" in nothing
    assert "`fetch(at, indices, -1)`" in nothing
    assert '`fetch(at, tokens, "-")`' in failure(text.replace("indices)", "tokens)"), "abc")
    assert "`fetch(at, is, False)`" in failure(
        text.replace("x = fetch(at, indices)", 'is = tokens == "a"; x = fetch(at, is)'), "abc"
    )
    later = "x = fetch(select(indices, indices - 1, ==), tokens);"
    assert "position: 0" in failure(later, "abc")


def test_equal_values_are_one_as_the_language_compares() -> None:
    """1, 1.0 and True are equal, and the first of them is what is read; so is every nan."""
    node = construct.fetch(construct.FULL, construct.tokens("asis"))
    for tokens in ([1, 1.0, True], [1.0, True, 1], [float("nan")] * 2):
        (result,) = outcomes(node, [tokens])
        assert [repr(found) for found in result] == [repr(tokens[0])] * len(tokens)
    (result,) = outcomes(node, [[1, 2]])
    assert isinstance(result, RaspRuntimeError)
    (result,) = outcomes(node, [[2**60, float(2**60)]])
    assert result == [2**60, 2**60]


def test_one_token_after_the_other() -> None:
    text = (
        'score = tokens_int;\nx = fetch(last(best(select(tokens, "-", !=) and '
        "select(tokens, tokens, <=), score)), indices, -1);"
    )
    program = rasp.loads(text)
    node = program["x"].node
    continuation = Continuation(node)
    given = [continuation.append(token) for token in "2-313"]
    assert given == evaluate(node, ["2-313"], causal=True)[0]
    failing = Continuation(rasp.loads("x = fetch(full_s, tokens);")["x"].node)
    failing.append("a")
    with pytest.raises(RaspRuntimeError, match="different values"):
        failing.append("b")


def test_steps_go_on_past_a_score_that_fails_where_nobody_looks() -> None:
    program = rasp.loads('x = fetch(best(select(tokens, "a", !=), tokens_int), indices);')
    node = program["x"].node
    found = steps(node, "a21")
    assert found[node].values == [1, 1, 1]
    assert found[node].error is None
    score = found[node.selector.score]
    assert score.failed == {0}
    assert score.error is None
    failing = steps(rasp.loads("x = fetch(best(full_s, tokens_int), indices);")["x"].node, "a21")
    errors = [step.error for step in failing.values() if step.error is not None]
    assert ["tokens_int" in str(error) for error in errors] == [True]


def test_traced_values() -> None:
    from rasp.interpreter import traced

    node = rasp.loads('x = fetch(best(select(tokens, "a", !=), tokens_int), indices);')["x"].node
    found = traced([node], "a21")
    assert found[node] == [1, 1, 1]
    assert node.selector.score not in found


def test_python_gives_the_same_nodes() -> None:
    from rasp import best, fetch, first, indices, last, select, tokens

    same = select(tokens, tokens, "==")
    program = rasp.loads(
        "same = select(tokens, tokens, ==);\n"
        "a = best(same, indices); b = last(same); c = first(same); d = best(same, -indices);\n"
        'e = fetch(same, tokens); f = fetch(same, tokens, "-");'
    )
    assert best(same, indices).node is last(same).node is program["a"].node is program["b"].node
    assert first(same).node is program["c"].node is program["d"].node
    assert fetch(same, tokens).node is program["e"].node
    assert fetch(same, tokens, "-").node is program["f"].node
    with pytest.raises(RaspTypeError, match="expected a selector"):
        best(tokens, tokens)  # type: ignore[arg-type]
    with pytest.raises(RaspTypeError, match="default of fetch"):
        fetch(same, tokens, tokens)  # type: ignore[arg-type]

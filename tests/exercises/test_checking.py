"""The checker: right answers, wrong ones, and what it says about them."""

from __future__ import annotations

import pytest

from rasp import exercises, indices, length, loads, select, tokens
from rasp.errors import RaspNameError, RaspTypeError, RaspValueError
from rasp.exercises import EXERCISES, Exercise
from rasp.sop import SOp

REVERSE = "answer = aggregate(select(indices, length - 1 - indices, ==), tokens);"

PITFALLS = [
    pytest.param(exercise, number, id=f"{exercise.name}-{number}")
    for exercise in EXERCISES.values()
    for number in range(len(exercise.pitfalls))
]


def answer(program: str) -> SOp:
    found = loads(program)["answer"]
    assert isinstance(found, SOp)
    return found


@pytest.mark.parametrize(("exercise", "number"), PITFALLS)
def test_typical_mistakes_are_refused_with_their_advice(exercise: Exercise, number: int) -> None:
    pitfall = exercise.pitfalls[number]
    result = exercises.check(exercise.name, answer(pitfall.program))
    assert not result.ok
    assert not result.at_par
    assert result.failure is not None
    assert result.failure.advice == pitfall.advice
    assert pitfall.advice in result.to_text()


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_what_does_nothing_is_wrong_everywhere(exercise: Exercise) -> None:
    for program in ["answer = tokens;", "answer = indices;", "answer = 1 / (indices - indices);"]:
        assert not exercises.check(exercise.name, answer(program)).ok


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_inputs_grow_and_stay_the_same(exercise: Exercise) -> None:
    inputs = list(exercise.inputs())
    assert inputs == list(exercise.inputs())
    assert len(inputs) >= 1000
    assert len(inputs[0]) == min(map(len, inputs))
    assert len(inputs[-1]) >= 12
    for example in exercise.examples:
        assert len(exercise.reference(tuple(example))) == len(example)


def test_right() -> None:
    result = exercises.check("reverse", answer(REVERSE))
    assert result.ok
    assert result.at_par
    assert (result.layers, result.heads) == (2, 2)
    assert result.to_text() == (
        f"reverse: right on all {result.n_checked:,} inputs tried\n"
        "layers 2 (par 2), heads 2 (par 2)\n"
        "At par."
    )
    assert "right on all" in result._repr_html_()


def test_over_par() -> None:
    program = """
    at_end = select(indices, 0, ==);
    n = round(1 / aggregate(full_s, indicator(indices == 0))) + 0 * aggregate(at_end, indices);
    answer = aggregate(select(indices, n - 1 - indices, ==), tokens);
    """
    result = exercises.check("reverse", answer(program))
    assert result.ok
    assert not result.at_par
    assert "heads 3 (par 2)" in result.to_text()
    assert "It can be done with fewer heads" in result.to_text()


def test_below_par() -> None:
    """Two carries at once: the sums to the right are compared as numbers."""
    program = """
    n = (length - 1) / 2;
    digit = indicator(tokens == "1");
    in_second = indices > n;
    place = n - indices if indices < n else 2 * n + 1 - indices;
    worth = digit * 2 ^ place if tokens != "+" else 0;
    above = aggregate(select(indices, indices - n - 1, ==), digit);
    lower = select(place, place, <) and select(tokens, "+", !=);
    right = aggregate(lower, worth) * 2 * (place - 1);
    carry = indicator(right >= 2 ^ place);
    answer = (digit + above + carry) % 2 if in_second else 0;
    """
    result = exercises.check("addition", answer(program))
    assert result.ok, result
    assert "Below par!" in result.to_text()


def test_wrong() -> None:
    wrong = answer("answer = aggregate(select(indices, 2 - indices, ==), tokens);")
    result = exercises.check("reverse", wrong)
    assert result.failure is not None
    assert result.failure.input == ("a",)
    assert result.to_text() == (
        "reverse: not yet\ninput     a\nexpected  a\ngot       0\n          ^\n"
        "help: 0 is what aggregate gives where nothing is selected"
    )


def test_mixed_types_are_explained() -> None:
    result = exercises.check(
        "reverse", answer("answer = aggregate(select(indices, -indices, ==), tokens);")
    )
    assert result.failure is not None
    assert result.failure.input == ("a", "a")
    assert result.failure.advice == "0 is what aggregate gives where nothing is selected"


def test_wrong_types() -> None:
    result = exercises.check("reverse", answer("answer = indices + 1;"))
    assert result.failure is not None
    assert result.failure.advice == "strings are wanted, and these are numbers"


def test_an_answer_that_fails() -> None:
    result = exercises.check("caesar", answer('answer = {"a": "d", "b": "e"}[tokens];'))
    assert result.failure is not None
    assert result.failure.input == ("c",)
    text = result.to_text()
    assert 'key "c" is not in the dict' in text
    assert "It is right on the 2 inputs tried before." in text
    assert "got" not in text


def test_nearly_right_numbers() -> None:
    program = 'answer = aggregate(full_s, indicator(tokens in ["a", "e", "i", "o", "u"])) * length;'
    result = exercises.check("vowels", answer(program))
    assert result.failure is not None
    assert result.failure.advice == "that is nearly right: round it"


def test_true_is_not_one() -> None:
    program = "answer = indicator(tokens == aggregate(full_s, 1));"
    result = exercises.check("novel", answer(program))
    assert result.failure is not None
    assert result.failure.advice == "True and False are wanted, and these are numbers"


def test_handles_made_in_python() -> None:
    from rasp import aggregate

    made = aggregate(select(indices, length - 1 - indices, "=="), tokens)
    assert exercises.check("reverse", made).at_par


@pytest.mark.parametrize(
    ("value", "kind", "hint"),
    [
        (["o", "l"], "list", "the s-op itself"),
        ("olleh", "string", "the s-op itself"),
        (None, "NoneType", "the s-op itself"),
        (select(tokens, tokens, "=="), "selector", "aggregate reads"),
        (loads("def f(x) { return x; }")["f"], "Function", "the s-op itself"),
    ],
)
def test_what_is_no_sop(value: object, kind: str, hint: str) -> None:
    with pytest.raises(RaspTypeError, match=f"has to be an s-op, got a? ?{kind}") as caught:
        exercises.check("reverse", value)  # type: ignore[arg-type]
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_unknown_names() -> None:
    with pytest.raises(RaspNameError) as caught:
        exercises.show("revers")
    assert caught.value.hint == "did you mean 'reverse'?"
    with pytest.raises(RaspNameError, match="there is no exercise"):
        exercises.check("sudoku", answer("answer = tokens;"))


def test_hints() -> None:
    for exercise in EXERCISES.values():
        for number, text in enumerate(exercise.hints, 1):
            assert exercises.hint(exercise.name, number) == text
        with pytest.raises(RaspValueError, match="has hints 1 to"):
            exercises.hint(exercise.name, len(exercise.hints) + 1)


def test_tasks_are_shown_with_examples() -> None:
    text = str(exercises.show("reverse"))
    assert "par: 2 layers, 2 heads\n" in text
    assert "input   h  e  l  l  o\nwanted  o  l  l  e  h" in text
    html = exercises.show("balanced")._repr_html_()
    assert html.count("<table>") == len(EXERCISES["balanced"].examples)


def test_tokens_are_escaped_in_html() -> None:
    result = exercises.check("reverse", answer('answer = tokens + "<b>";'))
    assert "a&lt;b&gt;" in result._repr_html_()

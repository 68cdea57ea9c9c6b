"""What somebody calls wrongly from Python, and what it says: where the right thing is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rasp
from rasp.program import Program

PROGRAM = rasp.loads("x = length; y = tokens; s = select(tokens, tokens, ==); n = 3;")


@pytest.fixture(scope="module")
def model() -> rasp.CompiledModel:
    return rasp.compile(PROGRAM["x"], vocab="ab", max_len=3)


@pytest.mark.parametrize(
    ("value", "got", "hint"),
    [
        ("x = length;", "string", "a program is loaded before"),
        (PROGRAM, "Program", "its s-ops have names: x, y"),
        (PROGRAM["s"], "Selector", "read by aggregate or by selector_width"),
        (PROGRAM["n"], "int", None),
        (None, "NoneType", None),
    ],
)
def test_what_is_compiled_is_an_s_op(value: Any, got: str, hint: str | None) -> None:
    with pytest.raises(rasp.RaspTypeError, match=f"expected an s-op, got {got}") as caught:
        rasp.compile(value, vocab="ab", max_len=3)
    assert (caught.value.hint is None) == (hint is None)
    assert (hint or "") in (caught.value.hint or "")


def test_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match=re.escape('its names are indices: program["x"]')):
        _ = PROGRAM.x
    with pytest.raises(AttributeError, match="'Program' object has no attribute 'z'$"):
        _ = PROGRAM.z
    assert not hasattr(Program.__new__(Program), "_elaborator")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: model.batch("ab"), "expected a list of inputs, got one string"),
        (lambda model: model.outcomes("ab"), "expected a list of inputs, got one string"),
        (lambda model: model.run("ab"), "expected encoded inputs, got string"),
        (lambda model: PROGRAM["y"][1:], "an s-op has no slices"),
        (lambda model: rasp.evaluate(PROGRAM["y"], "ab"), "a list of inputs, got one string"),
        (lambda model: rasp.aggregate(PROGRAM["y"], 1), "expected a selector, got SOp"),
    ],
)
def test_what_goes_elsewhere(
    model: rasp.CompiledModel, call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(rasp.RaspTypeError, match=message) as caught:
        call(model)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": "10"}, "samples has to be an integer, got string"),
        ({"max_length": 2.0}, "max_length has to be an integer, got float"),
        ({"seed": True}, "seed has to be an integer, got bool"),
        ({"exhaustive": "yes"}, "exhaustive has to be True or False, got string"),
    ],
)
def test_arguments_of_verify(
    model: rasp.CompiledModel, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(rasp.RaspTypeError, match=message):
        rasp.verify(model, **arguments)
    assert rasp.verify(model, samples=np.int64(3)).n_checked == 3


@pytest.mark.parametrize(
    ("name", "instead"),
    [("predict", "model(tokens)"), ("logits", "model.run_with_cache(tokens)"), ("foo", None)],
)
def test_attributes_that_other_models_have(
    model: rasp.CompiledModel, name: str, instead: str | None
) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}'") as caught:
        getattr(model, name)
    assert str(caught.value).endswith(f"; it is {instead}" if instead else f"'{name}'")


def test_a_model_is_loaded_from_a_path() -> None:
    with pytest.raises(rasp.RaspTypeError, match="a path is a string, got Program"):
        rasp.load_model(PROGRAM)  # type: ignore[arg-type]


@pytest.mark.parametrize("longest", [np.int64(3), np.array(3), np.uint8(3)])
def test_the_longest_input_may_be_an_integer_of_numpy(longest: Any) -> None:
    made = rasp.compile(PROGRAM["x"], vocab="ab", max_len=longest)
    assert type(made.max_len) is int
    assert made("abb") == [3, 3, 3]


@pytest.mark.parametrize("longest", [True, np.True_, np.float64(3), 3.0, "3", None])
def test_the_longest_input_is_no_other_value(longest: Any) -> None:
    with pytest.raises(rasp.CompileError, match="max_len has to be a positive integer"):
        rasp.compile(PROGRAM["x"], vocab="ab", max_len=longest)


def test_an_empty_input_is_the_same_error_for_programs_and_models(
    model: rasp.CompiledModel,
) -> None:
    messages = []
    for applied in (PROGRAM["x"], model):
        with pytest.raises(rasp.EmptyInputError) as caught:
            applied("")
        assert isinstance(caught.value, rasp.RaspTypeError)
        assert isinstance(caught.value, rasp.VocabularyError)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]

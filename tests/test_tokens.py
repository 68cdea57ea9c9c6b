"""Tokens in whatever form: s-ops, models and drawings take the same inputs, and refuse the same."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import torch

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import RaspLimitError
from rasp.graph import sequences
from rasp.sop import SOp

NUMBERS: list[Callable[[], Any]] = [
    lambda: [1, 2],
    lambda: (1, 2),
    lambda: range(1, 3),
    lambda: deque([1, 2]),
    lambda: {1: "x", 2: "y"},
    lambda: {1: 0, 2: 0}.keys(),
    lambda: (number for number in [1, 2]),
    lambda: iter([1, 2]),
    lambda: np.array([1, 2]),
    lambda: np.array([1, 2], dtype=np.uint8),
    lambda: np.array([1, 2], dtype=object),
    lambda: [np.int64(1), np.int32(2)],
    lambda: [np.array(1), 2],
    lambda: torch.tensor([1, 2]),
    lambda: list(torch.tensor([1, 2])),
]
STRINGS: list[Callable[[], Any]] = [
    lambda: "ab",
    lambda: ["a", "b"],
    lambda: iter("ab"),
    lambda: np.str_("ab"),
    lambda: np.array(["a", "b"]),
    lambda: [np.str_("a"), "b"],
]
REFUSED: list[Callable[[], Any]] = [
    lambda: b"ab",
    lambda: bytearray(b"ab"),
    lambda: memoryview(b"ab"),
    lambda: [b"a"],
    lambda: {"a", "b"},
    lambda: 1,
    lambda: np.int64(1),
    lambda: None,
    lambda: [None],
    lambda: [["a"]],
    lambda: [1j],
    lambda: [Decimal(1)],
    lambda: np.array("a"),
    lambda: np.array([["a", "b"]]),
    lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    lambda: torch.tensor(1),
    lambda: torch.tensor([[1, 2]]),
    lambda: torch.ones(2, device="meta"),
    lambda: [torch.ones((), device="meta")],
    lambda: rasp.loads("x = indices;")["x"],
]


@pytest.fixture(scope="module")
def sop() -> SOp:
    found = rasp.loads("x = tokens_asis;")["x"]
    assert isinstance(found, SOp)
    return found


@pytest.fixture(scope="module")
def model(sop: SOp) -> CompiledModel:
    return rasp.compile(sop, vocab=["a", "b"], max_len=3)


@pytest.fixture(scope="module")
def numbers(sop: SOp) -> CompiledModel:
    return rasp.compile(sop, vocab=np.array([1, 2]), max_len=3)


def uses(sop: SOp, model: CompiledModel) -> list[Callable[[Any], Any]]:
    return [
        sop,
        lambda tokens: rasp.evaluate(sop, [tokens])[0],
        model,
        lambda tokens: model.batch([tokens, tokens] if hasattr(tokens, "__len__") else [tokens])[0],
    ]


@pytest.mark.parametrize("number", range(len(NUMBERS)))
def test_numbers(number: int, sop: SOp, numbers: CompiledModel) -> None:
    for use in uses(sop, numbers):
        value = use(NUMBERS[number]())
        assert value == [1, 2]
        assert list(map(type, value)) == [int, int]
    sop.draw(NUMBERS[number]())
    numbers.explore(NUMBERS[number]())


@pytest.mark.parametrize("number", range(len(STRINGS)))
def test_strings(number: int, sop: SOp, model: CompiledModel) -> None:
    for use in uses(sop, model):
        value = use(STRINGS[number]())
        assert value == ["a", "b"]
        assert list(map(type, value)) == [str, str]
    sop.draw(STRINGS[number]())
    model.explore(STRINGS[number]())


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_no_input_is_refused_in_the_same_words(
    number: int, sop: SOp, model: CompiledModel
) -> None:
    messages = set()
    for use in [*uses(sop, model)[:3], sop.draw, model.explore]:
        with pytest.raises(rasp.RaspTypeError) as raised:
            use(REFUSED[number]())
        messages.add(raised.value.message)
    assert len(messages) == 1


def test_numbers_of_other_types_stay_apart(sop: SOp) -> None:
    assert list(map(type, sop(np.array([1.0, 2.5], dtype=np.float32)))) == [float, float]
    assert sop(np.array([True, False])) == [True, False]
    model = rasp.compile(sop, vocab=[np.float64(0.5), np.True_, 1], max_len=2)
    assert list(map(repr, model([np.bool_(True), np.float32(0.5)]))) == ["True", "0.5"]
    assert model(torch.tensor([0.5])) == [0.5]
    with pytest.raises(rasp.VocabularyError, match="unknown token 1.0"):
        model(np.array([1.0]))


def test_one_bad_token_in_a_batch_is_an_error_of_its_input(model: CompiledModel) -> None:
    outcomes = model.outcomes(["ab", [None], "ba", ["a", 1]])
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "list",
        "RaspTypeError",
        "list",
        "VocabularyError",
    ]


@pytest.mark.parametrize("vocab", ["aba", ["a", "b", "a"], [1, 2, 1], [np.int64(1), 1], [0.5, 0.5]])
def test_a_token_twice_in_a_vocabulary_is_refused(sop: SOp, vocab: Any) -> None:
    for use in (rasp.compile, lambda *a, **k: rasp.api.emit(a[0], "graph", **k)):
        with pytest.raises(rasp.VocabularyError, match="lists the token .* twice"):
            use(sop, vocab=vocab, max_len=2)


@pytest.mark.parametrize("vocab", [b"ab", [b"a"], [None], [["a"]], np.array([["a"]])])
def test_what_is_no_vocabulary_is_refused(sop: SOp, vocab: Any) -> None:
    with pytest.raises(rasp.RaspError, match=r"token|one dimension"):
        rasp.compile(sop, vocab=vocab, max_len=2)


def test_a_set_is_a_vocabulary_in_one_order(sop: SOp) -> None:
    """Strings are in a set in another order in every process, so the models would differ."""
    tokens = [-0.5, 2, 10, "+", *map(chr, range(ord("a"), ord("z") + 1))]
    for given in (set(tokens), frozenset(reversed(tokens))):
        assert rasp.compile(sop, vocab=given, max_len=1).vocabulary.tokens == tuple(tokens)


def test_an_input_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It filled all memory that there is."""
    monkeypatch.setattr(sequences, "MOST_TOKENS", 5)
    assert rasp.tokens(iter("abcde")) == list("abcde")
    with pytest.raises(RaspLimitError, match="more than 5 tokens"):
        rasp.tokens(itertools.repeat("a"))

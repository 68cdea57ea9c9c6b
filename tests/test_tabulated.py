"""Functions of several s-ops as data: the same values everywhere, and errors that say where."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rasp
from rasp.dsl import aggregate, indices, length, select, selector_width, tokens, tokens_asis
from rasp.errors import RaspRuntimeError, RaspTypeError, RaspValueError
from rasp.graph.nodes import Atom, Elementwise
from rasp.graph.plain import graph_from_plain, plain_graph
from rasp.sop import SOp
from rasp.tabulated import table

COUNT = selector_width(select(tokens, tokens, "=="))


def test_of_two() -> None:
    sop = table(lambda token, place: token * place, tokens, indices, vocab="ab", max_len=3)
    assert sop("bab") == ["", "a", "bb"]
    assert rasp.to_text(sop) == (
        'result = ["", "", "a", "b", "aa", "bb"][indices * 2 + {"a": 0, "b": 1}[tokens]];\n'
    )


def test_of_one() -> None:
    sop = table(len, tokens_asis, vocab=["a", "bcd"])
    assert sop(["bcd", "a"]) == [3, 1]
    assert rasp.to_text(sop) == 'result = {"a": 1, "bcd": 3}[tokens_asis];\n'


def test_of_three() -> None:
    sops = (tokens, COUNT, length - indices)
    sop = table(lambda a, b, c: f"{a}{b}{c}", *sops, vocab="ab", max_len=4)
    assert sop("abba") == ["a24", "b23", "b22", "a21"]


def test_of_truths_without_a_vocabulary() -> None:
    sop = table(lambda a, b: a and not b, tokens == "a", indices > 1)
    assert sop("aaa") == [True, True, False]
    assert sop("xyz") == [False] * 3


def test_from_a_dict() -> None:
    sop = table({("a", 0): "first", ("a", 1): "second", ("b", 1): "b"}, tokens, indices)
    assert sop("aa") == ["first", "second"]
    assert sop("ab") == ["first", "b"]
    with pytest.raises(RaspRuntimeError, match="is not in the dict"):
        sop("ba")
    assert table({"a": 1}, tokens)("a") == [1]


def test_with_given_values() -> None:
    sop = table(lambda a, b: a + b, tokens_asis, indices, values=[[10, 20], range(2)])
    assert sop([20, 10]) == [20, 11]


@pytest.mark.parametrize("causal", [False, True])
def test_compiled_saved_and_verified(causal: bool, tmp_path: Any) -> None:
    mean = aggregate(select(indices, indices, "<="), tokens == "a")
    sop = table(
        lambda token, n, m: token if m > 0.5 else n, tokens, COUNT, mean * 1, vocab="ab", max_len=3
    )
    numbers = table(
        lambda token, n: n if token == "a" else -n, tokens, COUNT, vocab="ab", max_len=4
    )
    model = rasp.compile(numbers, vocab="ab", max_len=4, causal=causal)
    assert rasp.verify(model, exhaustive=True).ok
    model.save(tmp_path / "model.safetensors")
    loaded = rasp.load_model(tmp_path / "model.safetensors")
    assert loaded.sop.node is numbers.node
    assert loaded("aab") == ([1, 2, -1] if causal else [2, 2, -1])
    assert isinstance(sop.node, Elementwise)


def test_analysis_drawings_and_text() -> None:
    sop = table(lambda token, n: token * n, tokens, COUNT, vocab="ab", max_len=3)
    assert rasp.analyze(sop).n_layers == 1
    assert "aa" in sop.draw("aba").to(".svg")
    assert sop.graph().to(".svg")
    given = rasp.loads(rasp.to_text(sop, name="x"))["x"]
    assert isinstance(given, SOp)
    assert given.node is sop.node
    assert graph_from_plain(plain_graph(sop.node)) is sop.node


def test_the_same_data_is_the_same_node() -> None:
    first = table(lambda a, b: a * b, tokens, indices, vocab="ab", max_len=3)
    again = table(lambda text, n: "".join([text] * n), tokens, indices, vocab="ba", max_len=3)
    assert first.node is again.node
    given = {(token, n): token * n for n in (2, 0, 1) for token in "ba"}
    assert table(given, tokens, indices).node is first.node


def test_names_are_kept() -> None:
    program = rasp.loads("n = selector_width(select(tokens, tokens, ==));")
    count = program["n"]
    assert isinstance(count, SOp)
    sop = table(lambda n, i: n - i, count, indices, vocab="ab", max_len=3)
    assert rasp.to_text(sop).startswith("n = selector_width")


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.integers(0, 3)), st.integers(-3, 3), min_size=1
    )
)
@settings(max_examples=60, deadline=None)
def test_any_dict(given: dict[tuple[str, int], int]) -> None:
    sop = table(given, tokens, indices)
    for (token, place), value in given.items():
        word = token * (place + 1)
        if all((token, at) in given for at in range(place)):
            assert sop(word)[place] == value
    text = rasp.to_text(sop, name="x")
    same = rasp.loads(text)["x"]
    assert isinstance(same, SOp)
    assert same.node is sop.node


def test_numbers_of_numpy() -> None:
    sop = table(lambda i: np.sqrt(np.int64(i)), indices, max_len=5)
    assert sop("aaaa") == [0, 1, math.sqrt(2), math.sqrt(3)]
    assert {type(value) for value in sop("aa")} == {float}


# ---- errors


def test_where_the_function_fails() -> None:
    sop = table(
        lambda token, i: 6 // i if token == "a" else i, tokens, indices, vocab="ab", max_len=3
    )
    assert sop("baa") == [0, 6, 3]
    with pytest.raises(
        RaspRuntimeError, match=r"ZeroDivisionError: .* by zero, for 'a', 0"
    ) as caught:
        sop("ab")
    assert "position: 0" in str(caught.value)
    model = rasp.compile(sop, vocab="ab", max_len=3)
    assert model("baa") == [0, 6, 3]
    with pytest.raises(RaspRuntimeError, match="ZeroDivisionError"):
        model("ab")
    assert rasp.verify(model, exhaustive=True).ok


def test_where_a_function_of_one_fails() -> None:
    sop = table(lambda token: {"a": 1}[token], tokens, vocab="ab")
    assert sop("aa") == [1, 1]
    with pytest.raises(RaspRuntimeError, match="KeyError: 'b', for 'b'"):
        sop("ab")


def test_values_that_were_not_listed() -> None:
    sop = table(lambda token, i: i, tokens, indices, vocab="ab", max_len=2)
    for word in ("abc", "aaa", "aab", "c"):
        with pytest.raises(RaspRuntimeError, match="is not in the dict|out of range"):
            sop(word)
    sop = table(lambda a, b, c: a, tokens_asis, indices, indices, vocab=[0, 1], max_len=2)
    for numbers in ([-1], [2], [0, 1, 0]):
        with pytest.raises(RaspRuntimeError, match="is not in the dict|out of range"):
            sop(numbers)
    assert sop([0, 1]) == [0, 1]
    with pytest.raises(RaspRuntimeError, match="is not in the dict"):
        table(lambda a: -a, tokens_asis, vocab=[0, 1])([-1])


def failing(*values: Atom) -> Atom:
    raise ValueError("never")


@pytest.mark.parametrize(
    ("function", "sops", "options", "error", "message"),
    [
        (failing, [tokens], {"vocab": "ab"}, RaspValueError, 'fails for all values: for "a" with'),
        (list, [tokens], {"vocab": "ab"}, RaspTypeError, 'gives list for "a"'),
        (lambda a: None, [tokens], {"vocab": "ab"}, RaspTypeError, 'gives NoneType for "a"'),
        (len, [tokens], {}, RaspValueError, "depends on the vocabulary"),
        (abs, [indices], {}, RaspValueError, "depends on the longest input"),
        (abs, [COUNT], {}, RaspValueError, "depends on the vocabulary and the longest"),
        (abs, [indices], {"max_len": 0}, RaspValueError, "a positive integer, got 0"),
        (str, [tokens_asis], {"vocab": [1, True]}, RaspValueError, "which are equal"),
        (str, [tokens_asis], {"values": [[1, True]]}, RaspValueError, "tells 1 from True"),
        (len, [], {}, RaspTypeError, "at least one s-op"),
        (len, [len], {}, RaspTypeError, "expected an s-op or an atom"),
        (3, [tokens], {}, RaspTypeError, "expected a function or a dict, got int"),
        (len, [tokens], {"values": ["a", "b"]}, RaspTypeError, "for 2 s-ops, but there are 1"),
        (max, [tokens, COUNT], {"values": [range(999), range(999)]}, RaspValueError, "998,001"),
        ({("a", 1): 1}, [tokens], {}, RaspTypeError, "has 2 values, for 1 s-op"),
        ({}, [tokens], {}, RaspValueError, "a table of no values"),
        ({"a": [1]}, [tokens], {}, RaspTypeError, 'gives list for "a"'),
        ({"a": 1}, [tokens], {"values": ["a"]}, RaspTypeError, "which lists them itself"),
    ],
)
def test_what_is_refused(
    function: Any, sops: list[Any], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        table(function, *sops, **options)


def test_too_many_values() -> None:
    square = selector_width(select(tokens, tokens, "==")) * 100 + indices
    with pytest.raises(RaspValueError, match="cannot be listed"):
        table(lambda a, b, c: a, square, COUNT * indices, length, vocab="ab", max_len=200)


def test_means_that_are_rounded() -> None:
    mean = aggregate(select(indices, indices, "<="), tokens_asis)
    with pytest.raises(RaspValueError, match="its last bits are not known"):
        table(lambda x: f"{x:.1f}", mean, vocab=[0.1, 0.2], max_len=3)
    exact = table(lambda x: f"{x:.1f}", mean, vocab=[1, 2], max_len=3)
    assert exact([1, 2, 2]) == ["1.0", "1.5", "1.7"]

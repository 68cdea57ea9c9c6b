"""Handles: operators build nodes; what a handle cannot be says so."""

from __future__ import annotations

import pytest

import rasp
from rasp.dsl import indices, select, tokens
from rasp.graph import construct
from rasp.program import loads
from rasp.sop import Selector, SOp


def test_values() -> None:
    assert (indices + 1)("abc") == [1, 2, 3]
    assert select(indices, indices, "<")("abc") == [
        [False, False, False],
        [True, False, False],
        [True, True, False],
    ]
    assert tokens(["x", 1]) == ["x", "1"]


@pytest.mark.parametrize(
    ("handle", "text"),
    [
        (indices + 1, "indices + 1"),
        (1 + indices, "1 + indices"),
        (indices - 1, "indices - 1"),
        (1 - indices, "1 - indices"),
        (indices * 2, "indices * 2"),
        (2 * indices, "2 * indices"),
        (indices / 2, "indices / 2"),
        (2 / indices, "2 / indices"),
        (indices % 2, "indices % 2"),
        (2 % indices, "2 % indices"),
        (indices**2, "indices ^ 2"),
        (2**indices, "2 ^ indices"),
        (-indices, "-indices"),
        (+indices, "+indices"),
        (~indices, "not indices"),
        (round(indices / 2), "round(indices / 2)"),
        (indices // 2, "div(indices, 2)"),
        (7 // (indices + 1), "div(7, indices + 1)"),
        (abs(indices - 2), "abs(indices - 2)"),
        (indices == 1, "indices == 1"),
        (indices != 1, "indices != 1"),
        (indices < 1, "indices < 1"),
        (indices <= 1, "indices <= 1"),
        (indices > 1, "indices > 1"),
        (indices >= 1, "indices >= 1"),
        ((indices > 1) & (indices < 3), "(indices > 1) and (indices < 3)"),
        ((indices > 1) | True, "(indices > 1) or True"),
        (False | (indices > 1), "False or (indices > 1)"),
        (True & (indices > 1), "True and (indices > 1)"),
        (tokens[0], "tokens[0]"),
        (tokens[-1], "tokens[-1]"),
        (tokens[indices - 1], "tokens[indices - 1]"),
        (tokens.is_in(["a", 1]), 'tokens in ["a", 1]'),
        ("a" + tokens, '"a" + tokens'),
    ],
)
def test_operators_build_what_the_text_says(handle: SOp, text: str) -> None:
    assert handle.node is loads(f"v = {text};")["v"].node


def test_selectors_combine() -> None:
    s, t = select(indices, 1, "=="), select(tokens, "a", "==")
    combined = ~(s & t) | s
    text = 's = select(indices, 1, ==); t = select(tokens, "a", ==); v = (not (s and t)) or s;'
    assert isinstance(combined, Selector)
    assert combined.node is loads(text)["v"].node


def test_a_handle_has_no_truth_value_and_no_hash() -> None:
    s = select(indices, 1, "==")
    for handle in (indices, s):
        for misuse in (bool, hash, list, lambda h: 1 in h):
            with pytest.raises(rasp.RaspTypeError):
                misuse(handle)
    with pytest.raises(rasp.RaspTypeError):
        s == s  # noqa: B015
    with pytest.raises(rasp.RaspTypeError):
        _ = 1 < indices < 3


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: indices * [1],
        lambda: indices + select(1, 1, "=="),
        lambda: indices == None,  # noqa: E711
        lambda: tokens["a"],
        lambda: tokens[0.5],
        lambda: tokens[1:2],
        lambda: select(1, 1, "==") & indices,
        lambda: select(1, 1, "==") | True,
        lambda: round(indices / 2, 1),
        lambda: indices.is_in(3),  # type: ignore[arg-type]
        lambda: rasp.evaluate(indices, 3),  # type: ignore[arg-type]
        lambda: rasp.verify(indices),  # type: ignore[arg-type]
        lambda: loads(b"x = 3;"),  # type: ignore[arg-type]
    ],
)
def test_misuse(misuse: object) -> None:
    assert callable(misuse)
    with pytest.raises(rasp.RaspTypeError):
        misuse()


def test_names_and_text() -> None:
    program = loads("x = indices + 1; s = full_s;")
    assert program["x"].name == "x"
    assert repr(program["x"]) == "<s-op x: (indices + 1)>"
    assert program["length"].name == "length"
    assert repr(SOp(construct.constant(1))) == "<s-op 1>"
    assert (program["x"] * 2).name is None
    assert "full_s" in repr(program["s"] & program["s"])

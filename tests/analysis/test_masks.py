"""Masks: what they allow, their texts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.analysis.masks import Mask
from rasp.errors import RaspError, RaspLoadError, RaspTypeError, RaspValueError

Rule = Callable[[int, int, int], bool]

RULES: dict[str, Rule] = {
    "full": lambda i, j, n: True,
    "causal": lambda i, j, n: j <= i,
    "window:2": lambda i, j, n: abs(i - j) <= 2,
    "strided:3": lambda i, j, n: (i - j) % 3 == 0,
    "block:3": lambda i, j, n: i // 3 == j // 3,
    "global:2": lambda i, j, n: i < 2 or j < 2,
    "longformer:1:2": lambda i, j, n: abs(i - j) <= 1 or i < 2 or j < 2,
    "causal & window:2": lambda i, j, n: 0 <= i - j <= 2,
    "strided:3 + window:1": lambda i, j, n: (i - j) % 3 == 0 or abs(i - j) <= 1,
    "causal&(window:1+strided:4)": lambda i, j, n: j <= i and ((i - j) % 4 == 0 or i - j <= 1),
    "global:1 + causal & window:1": lambda i, j, n: i < 1 or j < 1 or 0 <= i - j <= 1,
}


@pytest.mark.parametrize("text", RULES)
@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_what_masks_allow(text: str, length: int) -> None:
    rule = RULES[text]
    wanted = [[rule(i, j, length) for j in range(length)] for i in range(length)]
    assert Mask.of(text).allowed(length).tolist() == wanted
    assert Mask.of(rule).allowed(length).tolist() == wanted
    assert Mask.of(Mask.of(text).text).allowed(length).tolist() == wanted


def test_random_keys() -> None:
    mask = Mask.of("random:2:7")
    for length in (1, 2, 9):
        pairs = mask.allowed(length)
        assert pairs.sum(axis=1).tolist() == [min(2, length)] * length
        assert (pairs == mask.allowed(length)).all()
    union = Mask.of("bigbird:1:1:2")
    assert (union.allowed(9) >= Mask.of("longformer:1:1").allowed(9)).all()
    assert union.rows is None


def test_masks_combine_as_values() -> None:
    mask = Mask.of("window:1") | Mask.of("global:1")
    assert mask.text == "window:1 + global:1"
    assert (mask & Mask.of("causal")).text == "(window:1 + global:1) & causal"
    assert Mask.of(mask) is mask


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a mask is missing"),
        ("windows:2", "'windows' is not a mask"),
        ("window", "takes 1 numbers"),
        ("window:0", "from 1 to"),
        ("window:-1", "from 1 to"),
        ("window:1.5", "from 1 to"),
        ("window:²", "from 1 to"),
        ("window:1:2", "takes 1 numbers"),
        ("causal:1", "takes 0 numbers"),
        ("random:1:2:3", "1 or 2 numbers"),
        ("causal +", "a mask is missing"),
        ("+ causal", "a mask is missing"),
        ("causal causal", "unexpected 'causal'"),
        ("(causal", "not closed"),
        ("causal)", r"unexpected '\)'"),
        ("+".join(["causal"] * 60), "at most 50 parts"),
        ("(" * 5000, "at most 50 parts"),
    ],
)
def test_what_is_no_mask(text: str, reason: str) -> None:
    with pytest.raises(RaspValueError, match=reason):
        Mask.of(text)


@given(st.text(alphabet="causlwindow:012+&() file", max_size=20))
def test_any_text_is_a_mask_or_refused(text: str) -> None:
    try:
        mask = Mask.of(text)
    except RaspError:
        return
    assert mask.allowed(3).shape == (3, 3)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "mask.txt"
    path.write_text("# three positions\n1 0 0\n110\n\n1,1,1\n")
    mask = Mask.of(f"file:{path}")
    assert mask.allowed(3).astype(int).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert mask.allowed(2).astype(int).tolist() == [[1, 0], [1, 1]]
    assert mask.max_length == 3
    joined = Mask.of(f"file:{path} & window:1")
    assert joined.allowed(3).astype(int).tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert joined.max_length == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has to be square"),
        (b"10\n", "has to be square, and is 1 x 2"),
        (b"10\n1\n", "line 2 of the mask .* has 1 entries, those before have 2"),
        (b"10\n12\n", "line 2 .* 0 and 1 only"),
        (b"ab\n", "0 and 1 only"),
    ],
)
def test_files_that_are_no_masks(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "mask.txt"
    path.write_bytes(content)
    with pytest.raises(RaspValueError, match=reason):
        Mask.of(f"file:{path}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing", tmp_path, binary):
        with pytest.raises(RaspLoadError, match="cannot read the mask"):
            Mask.of(f"file:{path}")


def test_matrices() -> None:
    assert Mask.of([[1, 0], [1, 1]]).allowed(1).tolist() == [[True]]
    assert Mask.of(np.tri(4, dtype=bool)).n_pairs(4) == 10
    for matrix in ([[1, 0]], [[1, 0], [1]], [[2]], [], [["a"]], [[0.5]], [1]):
        with pytest.raises(RaspValueError):
            Mask.of(matrix)  # type: ignore[arg-type]


def test_functions_have_to_answer() -> None:
    with pytest.raises(RaspTypeError, match="has to give True or False, got str"):
        Mask.of(lambda i, j, n: "yes").allowed(2)  # type: ignore[arg-type,return-value]

"""Models and pages that several tests look at; and arrays of a page's data, unpacked."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np

import rasp
from rasp.compiled import CompiledModel

SORT = """\
smaller = select(tokens, tokens, <);
equal_earlier = select(tokens, tokens, ==) and select(indices, indices, <);
place = selector_width(smaller or equal_earlier);
sorted = aggregate(select(place, indices, ==), tokens);
"""
HOSTILE = "</script><img src=x onerror=document.title='broken'><!--"
PROGRAMS: dict[str, tuple[str, list[Any], int]] = {
    "sorted": (SORT, list("abc"), 5),
    "histogram": ("histogram = selector_width(select(tokens, tokens, ==));", list("abc"), 5),
    "successor": ("successor = tokens_int + 1;", list("123x"), 4),
    "number": ("number = tokens_asis * 2 + indices;", [1, 2.5, 10], 4),
    "so_far": (
        'so_far = aggregate(select(indices, indices, <=), indicator(tokens == "a"));',
        list("ab"),
        5,
    ),
    "words": ('words = tokens if indices % 2 == 0 else "nothing";', ["a word", "another one"], 4),
    "hostile": (
        f'# {HOSTILE}\nhostile = tokens if tokens == "{HOSTILE}" else "b";',
        [HOSTILE, "b"],
        4,
    ),
}


@cache
def model(name: str, *, causal: bool = False) -> CompiledModel:
    source, vocab, max_len = PROGRAMS[name]
    sop = rasp.loads(source, name=f"{name}.rasp")[name]
    return rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal)


def unpacked(packed: dict[str, Any], before: np.ndarray | None = None) -> np.ndarray:
    """What page.js does with an array of the data."""
    rows, columns = packed["s"]
    numbers = [float(number) for number in packed["v"]]
    if "i" not in packed:
        return np.array(numbers).reshape(rows, columns)
    flat = np.zeros(rows * columns) if before is None else before.reshape(-1).copy()
    flat[np.cumsum(packed["i"], dtype=int)] = numbers
    return flat.reshape(rows, columns)


def data_of(html: str) -> dict[str, Any]:
    """The JSON data in a page."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html)
    data: dict[str, Any] = json.loads(text)
    return data

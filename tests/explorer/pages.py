"""Models and pages that several tests look at; and arrays of a page's data, unpacked."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np

import rasp
from rasp.compiled import CompiledModel
from rasp.graph.nodes import TOKENS
from rasp.model.config import BlockConfig
from rasp.outputs import Readout
from rasp.vocabulary import BOS
from tests import handmade

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
    "share": (
        'share = aggregate(select(indices, indices, <=), indicator(tokens == "a")) / (length + 1);',
        list("ab"),
        14,
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


@cache
def by_hand() -> CompiledModel:
    """The tokens as they are, with parts beside whose numbers can be told without a computer.

    Directions: 0 BOS, 1 and 2 the tokens "a" and "b", 3 the index, 4 the share of "b" (head 0), 5
    twice the attention to BOS (head 1, all of it), 6 and 7 the neurons', 8 a bias of attention.
    The neurons are n0 = relu(index - 1), n1 = relu(index - 2.5) and n2 = relu("b" - 0.5);
    direction 6 gets n0 - 2 n1 and direction 7 gets n1 + 4 n2.
    """
    vocab, max_len, d_model = ("a", "b"), 5, 9
    W_E = handmade.token_table(vocab, d_model)
    W_E = np.roll(W_E, 1, axis=1)
    W_E[BOS, 0] = 1
    W_pos = np.zeros((max_len + 1, d_model))
    W_pos[1:, 3] = np.arange(max_len)
    W_K, W_V, W_O = np.zeros((2, d_model, 1)), np.zeros((2, d_model, 1)), np.zeros((2, 1, d_model))
    W_K[:, 0, 0] = -handmade.GAP, handmade.GAP
    W_V[0, 2, 0] = W_V[1, 0, 0] = 1
    W_O[0, 0, 4], W_O[1, 0, 5] = 1, 2
    b_O = np.zeros(d_model)
    b_O[8] = 3
    W_in, W_out = np.zeros((d_model, 3)), np.zeros((3, d_model))
    W_in[3, :2] = W_in[2, 2] = 1
    W_out[:, 6], W_out[:, 7] = (1, -2, 0), (0, 1, 4)
    W_U = np.zeros((d_model, 2))
    W_U[1:3] = np.eye(2)
    return handmade.model(
        TOKENS,
        vocab=vocab,
        max_len=max_len,
        d_model=d_model,
        readout=Readout("categorical", values=vocab),
        blocks=(BlockConfig(2, 1, 3),),
        name="by_hand",
        embed__W_E=W_E,
        pos_embed__W_pos=W_pos,
        blocks__0__attn__b_Q=np.ones((2, 1)),
        blocks__0__attn__W_K=W_K,
        blocks__0__attn__W_V=W_V,
        blocks__0__attn__W_O=W_O,
        blocks__0__attn__b_O=b_O,
        blocks__0__mlp__W_in=W_in,
        blocks__0__mlp__b_in=np.array([-1, -2.5, -0.5]),
        blocks__0__mlp__W_out=W_out,
        unembed__W_U=W_U,
    )


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

"""Compiled models that the tests of exports share."""

from __future__ import annotations

from functools import cache
from typing import Any

import rasp
from rasp.compiled import CompiledModel
from rasp.sop import SOp

PROGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "sort": (
        "smaller = select(tokens, tokens, <);\n"
        "equal_earlier = select(tokens, tokens, ==) and select(indices, indices, <);\n"
        "place = selector_width(smaller or equal_earlier);\n"
        "x = aggregate(select(place, indices, ==), tokens);\n",
        {"vocab": "abc", "max_len": 5},
    ),
    "counts": ("x = selector_width(select(tokens, tokens, ==));", {"vocab": "ab", "max_len": 6}),
    "counts64": (
        "x = selector_width(select(tokens, tokens, ==));",
        {"vocab": "ab", "max_len": 6, "dtype": "float64"},
    ),
    "selected": (
        'x = aggregate(select(tokens, "a", ==), tokens);',
        {"vocab": "ab", "max_len": 4},
    ),
    "ambiguous": (
        "x = aggregate(select(indices, indices, <=), tokens);",
        {"vocab": "ab", "max_len": 4},
    ),
    "failing": (
        'x = 1 / (selector_width(select(tokens, "b", ==)) + indices - 1);',
        {"vocab": "ab", "max_len": 4},
    ),
    "fractions": (
        "x = aggregate(select(indices, indices, <=), tokens_int);",
        {"vocab": list(range(10)), "max_len": 40},
    ),
    "means": (
        "x = aggregate(select(tokens, tokens, <=), tokens_int);",
        {"vocab": "0123", "max_len": 4},
    ),
    "sum": (
        "x = length * aggregate(select(tokens, tokens, ==), tokens_int);",
        {"vocab": "0123456789", "max_len": 6},
    ),
    "prefix": (
        'x = aggregate(select(indices, indices, <=), indicator(tokens == "a"));',
        {"vocab": "ab", "max_len": 7, "causal": True},
    ),
    "mixed": (
        'x = "a" if tokens == "a" else 1;',
        {"vocab": "ab", "max_len": 4},
    ),
    "atoms": (
        'x = 1 if tokens_asis == True else (2.5 if tokens_asis == "1" else 0);',
        {"vocab": [True, 1, "1", "x y", 2.5], "max_len": 3},
    ),
    "next": (
        's = aggregate(select(indices, indices - 1, ==), tokens, "a");\n'
        'x = "b" if s == "a" and tokens == "b" else ("a" if tokens == "b" else "c");\n',
        {"vocab": "abc", "max_len": 12, "causal": True},
    ),
    "modulo": (
        "x = (tokens_int + aggregate(select(indices, indices - 1, ==), tokens_int)) % 5;",
        {"vocab": [0, 1, 2, 3], "max_len": 9, "causal": True},
    ),
    "conditions": (
        'many_a = count(tokens, "a") > 2;\n'
        'many_b = count(tokens, "b") > 1;\n'
        "x = many_a and many_b;\n",
        {"vocab": "abc", "max_len": 8},
    ),
    "means-of-places": (
        "x = aggregate(select(tokens, tokens, ==), indices);",
        {"vocab": "ab", "max_len": 80},
    ),
    "low": (
        "x = aggregate(select(indices, indices, <=), tokens_asis);",
        {"vocab": [0.1, 0.2, 0.3], "max_len": 8},
    ),
    "parts": (
        "x = aggregate(select(indices, indices, <=), tokens_int) / 3 + 0.1 * length;",
        {"vocab": list(range(10)), "max_len": 40},
    ),
    "parts-of-letters": (
        "x = aggregate(select(tokens, tokens, ==), indices) + length / 10;",
        {"vocab": "ab", "max_len": 20},
    ),
    "parts-and-low": (
        "x = aggregate(select(tokens, tokens, ==), indices) * 0.1\n"
        "    + aggregate(select(indices, indices, <=), tokens_float);",
        {"vocab": [0.1, 0.2, 0.3], "max_len": 20},
    ),
    "large-means": (
        "x = aggregate(select(indices, indices, <=), tokens_int);",
        {"vocab": [0, 100_000], "max_len": 10, "causal": True},
    ),
    "constant": ("x = indices - indices + 3;", {"vocab": "ab", "max_len": 3}),
}


@cache
def model_of(name: str) -> CompiledModel:
    source, options = PROGRAMS[name]
    sop = rasp.loads(source, name=f"{name}.rasp")["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, **options)

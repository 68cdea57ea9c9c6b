"""A seed -> a program on numbers that are hard to tell apart, and a way to compile it.

The vocabulary and the constants are close, huge, tiny, mixed or negative numbers; the expressions
are what makes still closer ones of them: sums, differences, powers, means, places and choices.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rasp.graph.nodes import Atom
from rasp.graph.operators import show

Number = int | float

PHYSICAL: tuple[Number, ...] = (
    299_792_458,
    6.62607015e-34,
    1.054571817e-34,
    1.602176634e-19,
    6.02214076e23,
    1.380649e-23,
    9.1093837e-31,
    1.67262192e-27,
    1.67492750e-27,
    8.8541878e-12,
    9.80665,
)
"""Of light, of Planck, of a charge, of Avogadro and Boltzmann, of three masses, of a field, of
gravity; of the masses two are close."""


def _near_integers(numbers: random.Random) -> list[Number]:
    base = numbers.choice([10**9, 1_234_567_890, 1_700_000_000, 4_111_111_111_111_111, 10**12])
    base = numbers.choice([base, 2**31, 2**53, 2**60, 10**20, numbers.randrange(10**15)])
    return [base + more for more in numbers.sample(range(-3, 4), 3)]


def _near_floats(numbers: random.Random) -> list[Number]:
    base = numbers.choice([0.1, 0.3, 1.0, 1 / 3, 2.0, 1e-19, 6.02e23, numbers.random()])
    found = [base]
    for _ in range(2):
        found.append(math.nextafter(found[-1], math.inf))
    return list(found)


def _tiny(numbers: random.Random) -> list[Number]:
    return numbers.sample([0, 1e-13, 2e-13, 1.602e-19, 6.6e-34, 1e-300, 5e-324, 1.0], 3)


def _mixed(numbers: random.Random) -> list[Number]:
    return numbers.sample([1, 2, 3, 0.5, 2.5, 1e16, 10**17, -1, -0.5, 1e-9, 0.1, 0.2, 0.7], 3)


def _small(numbers: random.Random) -> list[Number]:
    return numbers.sample([0, 1, 2, 3, 5, -2, 0.25], numbers.choice([2, 3]))


def _scales(numbers: random.Random) -> list[Number]:
    return [numbers.choice([1, -1]) * 10 ** numbers.randrange(-12, 20) for _ in range(3)]


def _powers(numbers: random.Random) -> list[Number]:
    exponent = numbers.randrange(20, 70)
    near = [2**exponent, 2**exponent + 1, 2**exponent - 1, 2.0**exponent, -(2**exponent)]
    return numbers.sample(near, 3)


def _physical(numbers: random.Random) -> list[Number]:
    return numbers.sample(PHYSICAL, 3)


def _equals(numbers: random.Random) -> list[Number]:
    """Numbers next to others, and floats that are whole: 1 and 1.0 are two tokens."""
    return numbers.sample([0.1 + 0.2, 0.3, 1, 1 - 2**-53, 0.0, 1e-16, 3 * 0.1, 2, 4.0, -0.3], 3)


FAMILIES: tuple[Callable[[random.Random], list[Number]], ...] = (
    _near_integers,
    _near_floats,
    _tiny,
    _mixed,
    _small,
    _scales,
    _powers,
    _physical,
    _equals,
)

EXPRESSIONS = (
    "tokens_asis",
    "-tokens_asis",
    "sort(tokens_asis, tokens_asis)",
    "tokens_asis[0] + tokens_asis",
    "{a} * tokens_asis[0] + tokens_asis",
    "tokens_asis - tokens_asis[length - 1]",
    "2 ^ indices - tokens_asis",
    "tokens_asis * tokens_asis",
    "tokens_asis ^ 2",
    "tokens_asis / 3 + indices",
    "tokens_asis % {a}",
    "(tokens_asis + {a}) - {a}",
    "{a} if tokens_asis == {t} else {b}",
    "{a} if indices == 0 else tokens_asis",
    "{{{t}: {a}}}[tokens_asis] if tokens_asis == {t} else {b}",
    "max(tokens_asis, {a}) - min(tokens_asis, {b})",
    "abs(tokens_asis - {t})",
    "tokens_asis < {a}",
    "tokens_asis == tokens_asis[length - 1 - indices] + {b}",
    "average(tokens_asis)",
    "aggregate(so_far, tokens_asis)",
    "aggregate(select(indices, indices, <), tokens_asis, {a})",
    "aggregate(select(tokens_asis, tokens_asis, ==), indices)",
    "aggregate(select(tokens_asis, {a}, <), tokens_asis, {b})",
    "aggregate(select(tokens_asis + {a}, tokens_asis + {b}, ==), indices, {a})",
    "aggregate(so_far, indicator(tokens_asis == {t})) - aggregate(so_far, {b} * indices)",
    "average(tokens_asis) + {a}",
    "average(tokens_asis) - aggregate(so_far, tokens_asis)",
    "average(tokens_asis) if indices == 0 else {b}",
    "average(tokens_asis) == {t}",
    "average(tokens_asis) < tokens_asis",
    "aggregate(so_far, tokens_asis) == tokens_asis",
    "length * average(tokens_asis)",
    "round(average(tokens_asis))",
    "average({a} if tokens_asis == {t} else {b})",
    "selector_width(select(tokens_asis, tokens_asis, <)) * {a}",
    "selector_width(select(tokens_asis, {a}, <=)) + {b}",
    "selector_width(so_far and select(tokens_asis, {t}, ==)) / {b} - indices",
    "fetch(best(so_far, tokens_asis), indices)",
    "aggregate(best(select(True, True, ==), -tokens_asis), tokens_asis)",
    "aggregate(first(select(tokens_asis, {t}, ==)), tokens_asis + indices, {a})",
    "aggregate(last(so_far and select(tokens_asis, {b}, !=)), tokens_asis, {a})",
    "aggregate(so_far, {n} * indices) < aggregate(so_far, {n} * indices + 1)",
    "aggregate(so_far, {n} * {n} * indices) == aggregate(so_far, {n} * ({n} * indices + 1))",
    "({n} * (indices + {n}) - {n} * indices + selector_width(so_far)) % 7",
    "(aggregate(so_far, tokens_asis) + average({a} if tokens_asis == {t} else {b})) % 7",
    "(average(tokens_asis) - aggregate(so_far, {b} if tokens_asis == {t} else {a})) ^ 2",
    "selector_width(so_far and not select({a} * indices, tokens_asis, <))",
)

JOINS = (
    "({x}) + ({y})",
    "({x}) - ({y})",
    "({x}) * ({y})",
    "({x}) == ({y})",
    "({x}) < ({y})",
    "({x}) if tokens_asis == {t} else ({y})",
    "aggregate(select({x}, {y}, ==), tokens_asis, {a})",
    "selector_width(select({x}, {y}, <))",
)
"""Two expressions in one: of the s-ops `x` and `y`."""


@dataclass(frozen=True, slots=True)
class Case:
    """A program, and how it is compiled."""

    text: str
    vocabulary: tuple[Atom, ...]
    max_len: int
    dtype: Literal["auto", "float32", "float64"]
    optimize: Literal["patterns", "size"]
    causal: bool

    def __str__(self) -> str:
        vocabulary = " ".join(map(repr, self.vocabulary))
        causal = ", causal" if self.causal else ""
        return (
            f"{self.text}over {vocabulary} to {self.max_len}, {self.dtype}, {self.optimize}{causal}"
        )


def random_case(seed: int) -> Case:
    """The case of a seed, always the same."""
    numbers = random.Random(seed)
    tokens = list(dict.fromkeys(numbers.choice(FAMILIES)(numbers)))
    constants = [*numbers.choice(FAMILIES)(numbers), *numbers.choice(FAMILIES)(numbers)]
    words = {"t": _written(numbers.choice(tokens))}
    words["n"] = _written(2 ** numbers.randrange(8, 20) + numbers.choice([-1, 0, 1]))
    words["a"], words["b"] = map(_written, numbers.sample(constants, 2))
    result = numbers.choice(EXPRESSIONS).format(**words)
    parts = ""
    if numbers.random() < 0.25:
        other = numbers.choice(EXPRESSIONS).format(**words)
        parts = f"x = {result};\ny = {other};\n"
        result = numbers.choice(JOINS).format(**words, x="x", y="y")
    return Case(
        text=f"so_far = select(indices, indices, <=);\n{parts}result = {result};\n",
        vocabulary=tuple(tokens),
        max_len=numbers.choice([1, 2, 3, 4, 4, 7, 30] if not parts else [1, 2, 3, 4]),
        dtype=numbers.choice(["auto", "float32", "float64"]),
        optimize=numbers.choice(["patterns", "size"]),
        causal=numbers.random() < 0.3,
    )


def _written(value: Number) -> str:
    return f"({show(value)})" if value < 0 or show(value).startswith("-") else show(value)

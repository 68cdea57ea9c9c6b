"""Attention masks: which pairs (query i, key j) of n positions a head may attend.

    full            every pair
    causal          j <= i
    window:W        |i - j| <= W
    strided:S       i - j is a multiple of S
    block:B         i and j are in the same of the consecutive blocks of B positions
    global:G        i or j is one of the first G positions
    random:R        R keys for each query, drawn once for each length (random:R:SEED)
    file:PATH       a matrix of 0 and 1, a row for each query; shorter inputs have its upper left
    A + B,  A & B   what either allows, what both allow; & binds closer, parentheses group
    longformer:W:G      window:W + global:G
    bigbird:W:G:R       window:W + global:G + random:R

`Mask.of` takes such a text, a matrix, or a Python function of (i, j, n).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp.analysis.linear import Row
from rasp.errors import RaspLoadError, RaspTypeError, RaspValueError

Pairs: TypeAlias = NDArray[np.bool_]
"""[query, key]"""

MAX_NUMBER = 1_000_000
MAX_FILE_SIZE = 4_096
FUNCTION_LENGTH = 128
"""Functions are asked about every pair one by one, so only up to this length."""

NAMES = (
    "full, causal, window:W, strided:S, block:B, global:G, random:R, longformer:W:G, bigbird:W:G:R"
)


@dataclass(frozen=True, slots=True)
class Mask:
    """allowed: for each length which pairs may be attended.

    rows: linear forms over n, i, j and numbers of its own that decide whether a pair is allowed,
    for the proofs of `rasp.analysis.linear`; None for a mask that has none.  periods: numbers on
    whose remainders the count of pairs may depend; scale: its largest number.  max_length: of
    inputs; None for any length.
    """

    text: str
    allowed: Callable[[int], Pairs] = field(repr=False)
    rows: tuple[Row, ...] | None = field(default=None, repr=False)
    periods: tuple[int, ...] = field(default=(), repr=False)
    scale: int = field(default=1, repr=False)
    max_length: int | None = field(default=None, repr=False)

    @classmethod
    def of(cls, mask: MaskLike) -> Mask:
        """Raises RaspValueError, RaspTypeError or RaspLoadError for what is no mask."""
        if isinstance(mask, Mask):
            return mask
        if isinstance(mask, str):
            return _Parser(mask).mask()
        if callable(mask):
            return from_function(mask)
        return from_matrix(mask, "matrix")

    def n_pairs(self, length: int) -> int:
        return int(self.allowed(length).sum())

    def __or__(self, other: Mask) -> Mask:
        return _combined("+", self, other, np.logical_or)

    def __and__(self, other: Mask) -> Mask:
        return _combined("&", self, other, np.logical_and)


MaskFunction: TypeAlias = Callable[[int, int, int], bool]
MaskLike: TypeAlias = Mask | str | MaskFunction | Sequence[Sequence[int]] | NDArray[np.bool_]


def _combined(
    symbol: str, left: Mask, right: Mask, combine: Callable[[Pairs, Pairs], Pairs]
) -> Mask:
    lengths = [m.max_length for m in (left, right) if m.max_length is not None]
    rows = None
    if left.rows is not None and right.rows is not None:
        rows = tuple(dict.fromkeys((*left.rows, *right.rows)))
    texts = [
        f"({part.text})" if symbol == "&" and "+" in part.text else part.text
        for part in (left, right)
    ]
    return Mask(
        f" {symbol} ".join(texts),
        lambda length: combine(left.allowed(length), right.allowed(length)),
        rows,
        tuple(dict.fromkeys((*left.periods, *right.periods))),
        max(left.scale, right.scale),
        min(lengths, default=None),
    )


# -- the masks that have names


def _places(length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Queries as a column, keys as a row."""
    places = np.arange(length)
    return places[:, None], places[None, :]


def full() -> Mask:
    return Mask("full", lambda length: np.ones((length, length), np.bool_), ())


def causal() -> Mask:
    def allowed(length: int) -> Pairs:
        i, j = _places(length)
        return np.asarray(j <= i)

    return Mask("causal", allowed, (Row.of(i=1, j=-1), Row.of(i=-1, j=1, constant=-1)))


def window(reach: int) -> Mask:
    def allowed(length: int) -> Pairs:
        i, j = _places(length)
        return np.asarray(abs(i - j) <= reach)

    rows = [
        row
        for sign in (1, -1)
        for row in (
            Row.of(i=-sign, j=sign, constant=reach),
            Row.of(i=sign, j=-sign, constant=-reach - 1),
        )
    ]
    return Mask(f"window:{reach}", allowed, tuple(rows), scale=reach)


def strided(stride: int) -> Mask:
    def allowed(length: int) -> Pairs:
        i, j = _places(length)
        return np.asarray((i - j) % stride == 0)

    # i - j = stride * q + r with 0 <= r < stride; allowed is r = 0.
    q = f"q{stride}"
    rest = Row.of(i=1, j=-1, **{q: -stride})
    rows = (rest, rest.negated(stride - 1), rest.negated(0), rest.plus(-1))
    return Mask(f"strided:{stride}", allowed, rows, (stride,), stride)


def block(size: int) -> Mask:
    def allowed(length: int) -> Pairs:
        i, j = _places(length)
        return np.asarray(i // size == j // size)

    # i = size * bi + ri, j = size * bj + rj with 0 <= ri, rj < size; allowed is bi = bj.
    bi, bj = f"bi{size}", f"bj{size}"
    inside = (Row.of(i=1, **{bi: -size}), Row.of(j=1, **{bj: -size}))
    apart = Row.of(**{bi: 1, bj: -1})
    rows = (
        *inside,
        *(row.negated(size - 1) for row in inside),
        *(apart.plus(constant) for constant in (0, -1)),
        *(apart.negated(constant) for constant in (0, -1)),
    )
    return Mask(f"block:{size}", allowed, rows, (size,), size)


def first_global(number: int) -> Mask:
    def allowed(length: int) -> Pairs:
        i, j = _places(length)
        return np.asarray((i < number) | (j < number))

    rows = [
        row
        for place in (Row.of(i=1), Row.of(j=1))
        for row in (place.plus(-number), place.negated(number - 1))
    ]
    return Mask(f"global:{number}", allowed, tuple(rows), scale=number)


def random_keys(number: int, seed: int = 0) -> Mask:
    def allowed(length: int) -> Pairs:
        order = np.random.default_rng([seed, length]).random((length, length)).argsort(axis=1)
        chosen = np.zeros((length, length), np.bool_)
        np.put_along_axis(chosen, order[:, :number], True, axis=1)
        return chosen

    text = f"random:{number}" + (f":{seed}" if seed else "")
    return Mask(text, allowed, scale=number)


# -- masks from elsewhere


def from_function(function: MaskFunction) -> Mask:
    """function(i, j, n): whether query i may attend key j in an input of n tokens."""

    def allowed(length: int) -> Pairs:
        answers = [
            [function(query, key, length) for key in range(length)] for query in range(length)
        ]
        for answer in (answer for row in answers for answer in row):
            if not isinstance(answer, (bool, np.bool_)) and answer not in (0, 1):
                raise RaspTypeError(
                    f"a mask's function has to give True or False, got {type(answer).__name__}"
                )
        return np.array(answers, np.bool_)

    name = getattr(function, "__name__", "function")
    return Mask(name, allowed, max_length=FUNCTION_LENGTH)


def from_matrix(matrix: object, text: str) -> Mask:
    """A square matrix of 0 and 1, or of truth values."""
    try:
        values = np.asarray(matrix)
    except ValueError:
        raise RaspValueError(
            f"the mask {text} is not a matrix: its rows differ in length"
        ) from None
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.size:
        shape = " x ".join(map(str, values.shape)) or "no"
        raise RaspValueError(f"the mask {text} has to be square, and is {shape}")
    if values.dtype.kind not in "biu" or not ((values == 0) | (values == 1)).all():
        raise RaspValueError(f"the mask {text} has to hold 0 and 1 only")
    pairs = values.astype(np.bool_)
    return Mask(text, lambda length: pairs[:length, :length], max_length=len(pairs))


def from_file(path: str) -> Mask:
    """Rows of 0 and 1, with or without spaces or commas between them; # begins a comment."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise RaspLoadError(f"cannot read the mask {path}: {reason}") from None
    rows: list[list[int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        digits = re.sub(r"[\s,;]", "", line.partition("#")[0])
        if not digits:
            continue
        if set(digits) - {"0", "1"}:
            raise RaspValueError(f"line {number} of the mask {path} has to hold 0 and 1 only")
        if rows and len(digits) != len(rows[0]):
            raise RaspValueError(
                f"line {number} of the mask {path} has {len(digits)} entries, "
                f"those before have {len(rows[0])}"
            )
        if len(rows) == MAX_FILE_SIZE:
            raise RaspValueError(f"the mask {path} has more than {MAX_FILE_SIZE} rows")
        rows.append([int(digit) for digit in digits])
    return from_matrix(rows, path)


# -- texts


_MADE: dict[str, tuple[int, int, Callable[..., Mask]]] = {
    "full": (0, 0, full),
    "causal": (0, 0, causal),
    "window": (1, 1, window),
    "strided": (1, 1, strided),
    "block": (1, 1, block),
    "global": (1, 1, first_global),
    "random": (1, 2, random_keys),
    "longformer": (2, 2, lambda w, g: window(w) | first_global(g)),
    "bigbird": (3, 4, lambda w, g, *r: window(w) | first_global(g) | random_keys(*r)),
}
"""The least and the largest number of parameters."""

_ATOM = re.compile(r"\s*(?:(?P<symbol>[+&()])|file:(?P<path>[^+&()]+)|(?P<name>[^\s+&()]+))\s*")
MAX_PARTS = 50


class _Parser:
    """sum = product ("+" product)*;  product = atom ("&" atom)*;  atom = "(" sum ")" | a name"""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = [match for match in _ATOM.finditer(text) if match[0].strip()]
        self._next = 0
        if len(self._parts) > MAX_PARTS:
            raise RaspValueError(f"a mask has at most {MAX_PARTS} parts")

    def mask(self) -> Mask:
        mask = self._sum()
        if self._next < len(self._parts):
            raise self._error(f"unexpected '{self._parts[self._next][0].strip()}'")
        return mask

    def _sum(self) -> Mask:
        mask = self._product()
        while self._takes("+"):
            mask |= self._product()
        return mask

    def _product(self) -> Mask:
        mask = self._atom()
        while self._takes("&"):
            mask &= self._atom()
        return mask

    def _takes(self, symbol: str) -> bool:
        if self._next < len(self._parts) and self._parts[self._next]["symbol"] == symbol:
            self._next += 1
            return True
        return False

    def _atom(self) -> Mask:
        if self._takes("("):
            mask = self._sum()
            if not self._takes(")"):
                raise self._error("a parenthesis is not closed")
            return mask
        part = self._parts[self._next] if self._next < len(self._parts) else None
        if part is None or part["symbol"] is not None:
            raise self._error("a mask is missing")
        self._next += 1
        return from_file(part["path"].strip()) if part["path"] else self._named(part["name"])

    def _named(self, text: str) -> Mask:
        name, *parameters = text.split(":")
        if name not in _MADE:
            raise self._error(f"'{name[:40]}' is not a mask")
        least, most, make = _MADE[name]
        if not least <= len(parameters) <= most:
            counts = f"{least}" if least == most else f"{least} or {most}"
            raise self._error(f"{name} takes {counts} numbers, got {len(parameters)}")
        return make(*(self._number(name, parameter) for parameter in parameters))

    def _number(self, name: str, text: str) -> int:
        if not re.fullmatch("[0-9]{1,7}", text) or not 1 <= int(text) <= MAX_NUMBER:
            raise self._error(
                f"the numbers of {name} are from 1 to {MAX_NUMBER:,}, got '{text[:20]}'"
            )
        return int(text)

    def _error(self, reason: str) -> RaspValueError:
        return RaspValueError(
            f"{reason}, in the attention mask '{self._text[:60]}'",
            hint=f"a mask is one of {NAMES}, file:PATH, or several with + and &",
        )

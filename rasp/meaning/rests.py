"""Lemma: numbers such as 0.1 are averaged as fractions, and what they have besides as another mean.

    average(tokens_asis)        of 0.1, 0.2 and 0.3

Let every number that is averaged be a fraction and a rest.  The mean of the fractions is decoded
from one column, and that of the rests, times `below`, from the next (`rasp.meaning.fractions`).
The exact sum of both is the exact mean, and is rounded once, as the mean of the program is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rasp.graph.nodes import atom_key
from rasp.meaning.compared import float_of
from rasp.meaning.fractions import Averaged, decoded_off
from rasp.meaning.held import NOUGHT, exact
from rasp.meaning.states import UnprovedError
from rasp.meaning.witness import Beside, Quantity
from rasp.outputs import Readout

APART = 0.25
"""How much of its margin the rests may move a fraction by.  It is handed on, too."""


def columns_off(readout: Readout, of: Averaged, second: Quantity | None, size: int) -> list[float]:
    """How far the column of a mean, and that of its rests, if there is one, may be from what is
    decoded; second: what that one is.  Raises UnprovedError."""
    whole = [exact(float_of(atom)) for atom in of.atoms]
    if readout.low is None:
        return [decoded_off(readout, of, whole, size)]
    if not isinstance(second, Beside) or second.aggregate is not of.mean:
        raise UnprovedError("what a mean leaves out is read from something else")
    if second.of is not None:  # then it is a mean of what this holds, whatever its numbers are
        raise UnprovedError("what a mean leaves out is read of another second number")
    below = readout.low.below
    if type(below) is not int or below < 1:
        raise UnprovedError("what a mean leaves out is no share of it")
    own = _numbers_of(second, of)
    rests = [number / below for number in own]
    fractions = [number - rest for number, rest in zip(whole, rests, strict=True)]
    off = decoded_off(readout, of, fractions, size) + float(max(map(abs, rests))) * (1 + 2.0**-50)
    if not off <= APART * readout.value_margin:
        raise UnprovedError("what a mean leaves out is too large")
    return [off, decoded_off(readout.low.readout, of, own, size)]


def _numbers_of(second: Beside, of: Averaged) -> Sequence[Fraction]:
    """The second number of every value, and of the default.  Raises UnprovedError."""
    pairs = zip(second.values, second.numbers, strict=True)
    table = {atom_key(value): number for value, number in pairs}
    found = [table.get(atom_key(value), np.nan) for value in of.values]
    return [exact(number) for number in (*found, *[second.default for _ in of.default])] or [NOUGHT]

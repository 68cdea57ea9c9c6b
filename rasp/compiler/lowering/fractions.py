"""Means of too many values to list, read out as fractions.

A mean over m keys is low + step * k / m.  Nobody has to know which k are possible: the nearest
fraction whose denominator is no larger than the number of keys is the value.
"""

from __future__ import annotations

from math import lcm

import numpy as np

from rasp import ratios
from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.means import Quotients
from rasp.compiler.limits import LARGEST_NUMERATOR, MAX_FRACTION_CONTEXTS
from rasp.outputs import Readout


def fraction_readout(quotients: Quotients) -> Readout | None:
    """How to decode them, None if float64 does not tell them apart.

    The context is looked at if that helps.
    """
    anywhere = _readout(quotients.anywhere())
    if quotients.granularity == "" or len(quotients.counts) > MAX_FRACTION_CONTEXTS:
        return anywhere
    by_context = _readout(quotients)
    if by_context is None or anywhere is None:
        return by_context
    return by_context if by_context.value_margin > 2 * anywhere.value_margin else anywhere


def _readout(quotients: Quotients) -> Readout | None:
    if not quotients.step:
        return None
    below = lcm(quotients.low.denominator, quotients.step.denominator)
    start, step = int(quotients.low * below), int(quotients.step * below)
    least, most = quotients.counts.T
    largest = int(most.max())
    n_steps = (quotients.reach + abs(quotients.low)) / quotients.step
    finest = largest if (least == most).all() else largest * largest
    if n_steps * finest > ratios.EXACT or largest > ratios.MAX_DENOMINATOR:
        return None
    if max(abs(start), int(step * (n_steps + 1)), below) * largest > LARGEST_NUMERATOR:
        return None
    table = np.column_stack([*(np.full(len(least), x) for x in (start, step, below)), least, most])
    fractions: Ints = table.astype(np.int64)
    return Readout("fraction", context=quotients.granularity, fractions=fractions)

"""Lemma: what is read of one key has the second number that this key has.

    aggregate(select(indices, indices - 1, ==), average(tokens_int), 0)

A head that reads a mean may read what is beside it as well: how far apart the numbers are that it
is the mean of.  Of the one key that is selected both are as they are there, so that they tell the
same of it.  Where no key is selected they are the default, and what a default has beside it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rasp.certificate import worst
from rasp.graph.nodes import Aggregate, Fetch
from rasp.meaning.added import factor_of
from rasp.meaning.attended import Attended
from rasp.meaning.carried import Carried, allowed
from rasp.meaning.factors import check_largest
from rasp.meaning.scores import Scoring
from rasp.meaning.states import UnprovedError, WorkLimitError
from rasp.meaning.stream import Numbers
from rasp.meaning.witness import Beside


def largest(second: Beside) -> float:
    """No second number is farther from 0."""
    numbers = (n for part in parts_of(second) for n in (*part.numbers, part.default))
    return worst(*map(abs, numbers))


def parts_of(second: Beside) -> list[Beside]:
    """It, what it is read of, and so on: the last one is of values."""
    found = [second]
    while (of := found[-1].of) is not None:
        found.append(of)
    return found


def _said(second: Beside) -> list[object]:
    """The numbers, and the s-ops that they are beside."""
    return [(id(p.aggregate), p.values, p.numbers, p.default) for p in parts_of(second)]


def reads_of(second: Beside, space: Attended) -> list[Beside]:
    """Its parts, of which all but the last are read of one key.  Raises UnprovedError."""
    parts = parts_of(second)
    for read, of in pairwise(parts):
        node = read.aggregate
        if not isinstance(node, (Aggregate, Fetch)) or of.aggregate is not node.value:
            raise UnprovedError("a second number is read beside something else")
        if not space.facts.counts(node.selector).at_most_one:
            raise UnprovedError("a second number is read of several keys")
    return parts


def read_beside(
    scoring: Scoring, node: Aggregate | Fetch, second: Beside, of: Beside, carried: Carried
) -> float:
    """How far what a head delivers is from the mean of the second number `of` of what is selected,
    or from the default's.  Raises UnprovedError."""
    streams, head = scoring.streams, carried.head
    matrix, constant = carried.values
    read = streams.read_by(matrix)
    held = streams.quantities(read)
    if len(read) != 1 or not isinstance(held[0], Beside) or _said(held[0]) != _said(of):
        raise UnprovedError("what keys carry is not the second number")
    factor = float(matrix[streams.plan.directions[read[0]].place, 0])
    size, added = largest(of), float(constant[0])
    most = abs(factor) * size + abs(added)
    none = np.zeros(1)
    check_largest(
        (scoring.heads[head].values[carried.value],), Numbers(np.array([[most]]), none, none, none)
    )
    off = abs(factor * carried.gain * factor_of(streams, read[0]) - 1.0) * size
    off += abs(added * carried.gain) + streams.rough.get(read[0], 0.0)
    counts = streams.space.facts.counts(node.selector)
    scoring.planned(head, node.selector, agrees=False)
    try:
        scoring.selected(head, node.selector)
    except WorkLimitError:
        raise
    except UnprovedError:
        scoring.seen(head, node.selector, [node.value])
    if node.default is not None and not counts.never_empty:
        off = worst(off, abs(carried.at_bos * carried.gain - second.default))
        size = worst(size, abs(second.default))
    return allowed(off, size)

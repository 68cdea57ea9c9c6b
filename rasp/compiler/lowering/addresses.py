"""Counts as addresses: any feature of a number that is a place, read from the table of positions.

What compares a count with many values, such as `select(target_position, indices, ==)`, asks for its
square, or for the bits of a code.  Neurons would compute each of these in as many steps as there
are counts.  But the embedding has them already, at the position that has this number: m keys are
counted only where there are m at least, so that where m is above 0 there is an m-th key.  One more
head reads it.  Its scores are 2 t k - k^2, for the count t and the k-th key, counted from 1, which
are largest at k = t and below the beginning-of-sequence position for t = 0: what that carries is
the feature of 0.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.extremes import extremes
from rasp.compiler.limits import LONG_INPUTS
from rasp.compiler.lowering.evaluate import table_of
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.selectors import Products, Term
from rasp.compiler.variables import Address, Combined, Linear, View, Width
from rasp.graph.nodes import SOpNode


def address_view(lowering: Lowering, node: SOpNode) -> View | Refusal:
    """The s-op as a function of an address, if it is one of a count that is a place."""
    if not lowering.options.addresses:
        return Refusal("inputs are short, or addresses are not exact enough here")
    if node not in lowering.addressed:
        found = _addressed(lowering, node)
        if isinstance(found, Refusal):
            return found
        lowering.addressed[node] = found
    return lowering.addressed[node]


def _addressed(lowering: Lowering, node: SOpNode) -> View | Refusal:
    leaves = lowering.known[node].leaves
    match leaves:
        case ((Width() | Combined()) as count,) if _is_a_place(lowering, count):
            table, column = table_of(lowering, node, leaves)
            rows = np.full(len(count.domain), -1)
            rows[table.codes[:, 0]] = np.arange(len(table.codes))
            if (rows < 0).any():
                return Refusal("it cannot be computed of every count")
            return View(_address(lowering, count), column.take(rows))
    return Refusal("it is no function of one count that is a place, or of few")


def _is_a_place(lowering: Lowering, count: Width | Combined) -> bool:
    """Is it, at every query, an integer from 0 to the number of keys that are seen?"""
    if not count.is_listed or len(count.domain) < LONG_INPUTS // 4:
        return False  # or too few to be worth a head
    if isinstance(count, Width):  # all keys that are selected are seen
        return True
    domain, contexts = count.domain, lowering.contexts
    if domain.numbers.min() < 0:
        return False
    at = domain.reduced("i" if contexts.causal else "n")
    most = np.maximum(extremes(at, domain.numbers)[1], 0.0)  # [index, or length - 1]
    return bool((most <= np.arange(1, contexts.max_len + 1)).all())


def _address(lowering: Lowering, count: Width | Combined) -> Address:
    """The count as a variable all of whose features can be had; one for all that compare it."""
    known = next((v for v in lowering.variables if isinstance(v, Address) and v.of is count), None)
    if known is not None:
        return known
    lowering.read_linearly([count])
    position, code = lowering.position, lowering.position.domain.code
    numbers = [int(number) for number in count.domain.numbers]
    places = {number: place for place, number in enumerate(numbers)}
    codes = np.array([places.get(index + 1, -1) for index in range(len(code))], dtype=np.int64)
    address = Address(
        node=count.node,
        label=f"{count.label}, of the positions",
        depth=count.depth + 1,
        possible=count.domain,
        multiplicity=count.multiplicity,
        within=count.within,
        permutation=count.permutation,
        term=Term((), _parabola(lowering, count.number)),
        value=position,
        codes=codes,
        default_code=places.get(0, -1),
        checked=False,
        single=True,
        of=count,
    )
    lowering.variables.append(address)
    return address


def _parabola(lowering: Lowering, count: Linear) -> Products:
    """2 t k - k^2, with keys counted from 1: where t is 0, all are below 0."""
    size, position = lowering.contexts.max_len, lowering.position
    keys = np.arange(1, size + 1, dtype=np.float64)
    return Products(
        (
            (count, Linear.feature(position, 2.0 * keys)),
            (Linear(1.0), Linear.feature(position, -(keys**2))),
        ),
        0.0,
        relative=True,
        kind="parabola",
        n_values=size,
        always=False,
    )

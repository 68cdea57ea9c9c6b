"""The one value that all selected keys share: a read whose failures are reported.

An aggregate of numbers is a mean, of which only a number can be had, and which may be any fraction.
`fetch` promises one value: its number is that value, so a place that is fetched is as good as an
index.  Where the promise may be broken, the model says so, in one of these ways:

    nothing    the same head reads whether it selects anything
    a count    of keys that are certain to differ, such as their indices, there is one too many: a
               head in which the beginning-of-sequence position weighs as much as a key reads
               1 / (m + 1), which is 1/2 for one key and at most 1/3 for several
    the best   equal values have one number; the largest of the selected ones is their mean, unless
               they differ.  A second head reads the largest
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.lowering.aggregates import agrees_in_type, read_of, term_of
from rasp.compiler.lowering.agreement import selected_agree
from rasp.compiler.lowering.compared import has_floats
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.noise import last_bits, some_float
from rasp.compiler.lowering.presence import presence
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.lowering.sums import is_finite, lower_mean_of_scalar
from rasp.compiler.lowering.widths import count_domain
from rasp.compiler.selection.selectors import Rank, Term
from rasp.compiler.variables import Linear, Read, Scalar, View, Width
from rasp.graph import construct
from rasp.graph.columns import Column, Failure
from rasp.graph.nodes import Atom, Fetch

NOTHING = "fetch selects nothing"
SEVERAL = "fetch selects different values"


def lower_fetch(lowering: Lowering, node: Fetch) -> Known:
    found = term_of(lowering, node)
    if found is None:
        if node.default is None:
            _report(lowering, node, NOTHING, Linear(1.0))
        default: Atom = 0 if node.default is None else node.default
        return lowering.view_as(node, View(lowering.unit, Column.of([default])))
    term, limits = found
    if node.default is None and not limits.never_empty:
        _report(lowering, node, NOTHING, _nothing(lowering, node, term, limits))
    leaf = lowering.known[node.value].leaves[0]
    if limits.at_most_one and isinstance(leaf, Scalar) and leaf.node is node.value:
        one = Bounds.of(lowering.contexts, 1, 1)
        if node.default is None or limits.never_empty:
            return lower_mean_of_scalar(lowering, node, term, leaf, one)
        numeric = not isinstance(node.default, (str, bool)) and is_finite(node.default)
        if numeric and agrees_in_type(leaf, node.default):
            return lower_mean_of_scalar(lowering, node, term, leaf, limits)
    view = lowering.view(node.value)
    if not any(not isinstance(value, Failure) for value in view.column.elements()):
        return lowering.view_as(node, View(lowering.unit, Column.of([0])))  # it says so itself
    if not limits.at_most_one:
        term, limits = _of_one_value(lowering, node, term, limits, view)
    return read_of(lowering, node, term, view, limits, checked=False)


def _report(lowering: Lowering, node: Fetch, reason: str, flag: Linear) -> None:
    lowering.check(node, flag, f"{reason} in {lowering.text(node)}")


def _nothing(lowering: Lowering, node: Fetch, term: Term, limits: Bounds) -> Linear:
    """1 where nothing is selected, and 0 elsewhere."""
    label = f"{lowering.text(node)} selects something"
    found = presence(lowering, node.selector, term, limits, label)
    return Linear.feature(found, np.array([0.0, 1.0]))


def _of_one_value(
    lowering: Lowering, node: Fetch, term: Term, limits: Bounds, view: View
) -> tuple[Term, Bounds]:
    """What is read of several keys; where they may have several values, this is reported.

    Raises CompileError for numbers that are the same but for last bits that are not known.
    """
    if view.variable.blurred and has_floats(view.column):
        raise last_bits(lowering, node, view.variable, some_float(view.column.elements()))
    classes, n_kinds = _classes(view)
    n_classes = int(classes.max()) + 1
    if not selected_agree(lowering, term, View(view.variable, Column.of(classes.tolist()))):
        counted = term.rank is None and _differ(view, classes)
        several = _several_keys if counted else _several_values
        _report(lowering, node, SEVERAL, several(lowering, node, term, limits, view, classes))
    if n_kinds == n_classes:
        return term, limits
    # 1 and 1.0 are one value, but not the same: it is that of the first key.
    size = lowering.contexts.max_len
    places = np.arange(size)[::-1].astype(np.float64)
    first = Rank(Linear.feature(lowering.position, places), size - 1, 1, "first")
    rank = first if term.rank is None else term.rank.then(first)
    return replace(term, rank=rank), limits.among_best(1)


def _classes(view: View) -> tuple[Ints, int]:
    """A number for each value of the variable, equal where what is read is; and how many kinds of
    values there are if 1, 1.0 and True are told apart.  Where it fails, the number is 0."""
    codes, atoms = view.column.coded()
    numbers: dict[Atom | None, int] = {}
    keys = [None if atom != atom else atom for atom in atoms]  # a nan is a nan
    of_atom = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    classes = of_atom[np.asarray(codes)]
    if view.column.failed is not None:
        classes = np.where(view.column.failed, 0, classes)
    return np.broadcast_to(classes, (view.variable.size,)), len(atoms)


def _differ(view: View, classes: Ints) -> bool:
    """Is it certain that no two keys carry the same value?"""
    variable = view.variable
    if variable.multiplicity is None or variable.within is not None:
        return False
    once = bool((variable.multiplicity <= 1).all())
    return once and len(np.unique(classes)) == len(classes) and view.column.failed is None


def _several_keys(
    lowering: Lowering, node: Fetch, term: Term, limits: Bounds, view: View, classes: Ints
) -> Linear:
    """0 where one key is selected, less where none is, at least 1 where several are."""
    width = Width(
        node=construct.selector_width(node.selector),
        label=f"how many {lowering.text(node)} selects",
        depth=attention_depth([term]),
        possible=count_domain(limits, lowering.contexts),
        terms=(term,),
        bounds=limits,
        weight=1.0,
        faithful=True,
    )
    lowering.variables.append(width)
    return Linear(3.0, {}, {width: -6.0})


def _several_values(
    lowering: Lowering, node: Fetch, term: Term, limits: Bounds, view: View, classes: Ints
) -> Linear:
    """0 where one value is selected, or nothing, at least 1 where several are."""
    largest = int(classes.max())
    numbers = np.asarray(classes, dtype=np.float64)
    rank = Rank(Linear.feature(view.variable, numbers), largest, lowering.contexts.max_len, "value")
    best = replace(term, rank=rank if term.rank is None else term.rank.then(rank))
    reads = []
    for one, what in ((best, "largest number"), (term, "number")):
        read = Read(
            node=construct.aggregate(node.selector, node.value, 0),
            label=f"{what} of what {lowering.text(node)} selects",
            depth=attention_depth([one], view.variable.depth),
            possible=Domain.everywhere(list(range(largest + 1)), lowering.contexts),
            term=one,
            value=view.variable,
            codes=np.asarray(classes),
            default_code=0,
            checked=False,
            single=False,
            averaged=one is term,
        )
        lowering.variables.append(read)
        reads.append(Linear.feature(read, np.arange(largest + 1, dtype=np.float64)))
    above = reads[0] + reads[1].scaled(-1.0)
    return above.scaled(float(limits.high.max()))

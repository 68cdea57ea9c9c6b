"""Aggregates, lowered: what a head reads for them, and what is known about it.

Whether the selected keys can ever carry two different values decides how an aggregate is held: if
not, it is a read of one value, all of whose features can be had; otherwise it is a mean, a number.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.domains import Domain
from rasp.compiler.limits import MOST_DETAILED_READS
from rasp.compiler.lowering.agreement import selected_agree
from rasp.compiler.lowering.best import best_term, split_best
from rasp.compiler.lowering.compared import has_floats
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.handed import handed_on
from rasp.compiler.lowering.noise import last_bits, off_of, some_float
from rasp.compiler.lowering.sameness import numbered
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.lowering.sums import is_finite, lower_mean, lower_mean_of_scalar
from rasp.compiler.lowering.ways import select_for_one_head
from rasp.compiler.selection.orders import one_without
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Computed, Read, Scalar, Variable, View
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.columns import Column
from rasp.graph.nodes import Aggregate, Atom, Fetch, atom_key
from rasp.graph.operators import OperationError, mean


def lower_aggregate(lowering: Lowering, node: Aggregate) -> Known:
    found = term_of(lowering, node)
    value_known = lowering.known[node.value]
    if found is None:
        return lowering.view_as(node, View(lowering.unit, Column.of([node.default])))
    term, limits = found
    fixed = _fixed_mean(lowering, node, term)
    if fixed is not None:
        return lowering.view_as(node, fixed)
    leaf = value_known.leaves[0]
    numeric_default = not isinstance(node.default, (str, bool)) and is_finite(node.default)
    is_number = isinstance(leaf, Scalar) and leaf.node is node.value
    if is_number and not (term.rank and selected_agree(lowering, term, lowering.view(node.value))):
        assert isinstance(leaf, Scalar)
        alike = not limits.at_most_one or agrees_in_type(leaf, node.default)
        if not limits.never_empty and not (numeric_default and alike):
            return _mean_or_other(lowering, node)
        return lower_mean_of_scalar(lowering, node, term, leaf, limits)
    view = lowering.view(node.value)
    atoms = [
        value for value in view.column.elements() if isinstance(value, (bool, int, float, str))
    ]
    if not atoms:  # it fails on every input, and says so itself
        return lowering.view_as(node, View(lowering.unit, Column.of([node.default])))
    kinds = {"number" if type(atom) in (int, float) else type(atom).__name__ for atom in atoms}
    agrees = limits.at_most_one or selected_agree(lowering, term, view)
    if agrees or "number" not in kinds:
        return read_of(lowering, node, term, view, limits, checked=not agrees)
    if kinds != {"number"}:
        raise CompileError(
            f"the values of {lowering.text(node)} are of different types, and more than one of them"
            " may be selected",
            labels=lowering.labels(node),
            hint="make the values all numbers, or select at most one position",
        )
    if not numeric_default and not limits.never_empty:
        return _mean_or_other(lowering, node)
    return lower_mean(lowering, node, term, view, limits)


def term_of(lowering: Lowering, node: Aggregate | Fetch) -> tuple[Term, Bounds] | None:
    """The selector for one head, and how many keys it selects; None if it never selects any."""
    selector, ranked = split_best(node.selector)
    found = select_for_one_head(lowering, node, selector, narrow=bool(ranked))
    if found.term is None:
        return None
    selected = found.term, found.limits
    return best_term(lowering, *selected, ranked) if ranked else selected


def agrees_in_type(variable: Variable, default: Atom) -> bool:
    """Is no value the same number as the default, and of another type?  A number does not say which
    of the two it is.  (Where nobody knows what of the values is an int, the rule says it.)
    """
    if not variable.is_listed or variable.untyped:
        return True
    return all(v != default or type(v) is type(default) for v in variable.domain.values)


def zero_among(variable: Variable) -> Atom:
    """0, of the type of the one that is among the values."""
    values = variable.domain.values if variable.is_listed else ()
    return 0.0 if any(isinstance(value, float) and value == 0 for value in values) else 0


def _mean_or_other(lowering: Lowering, node: Aggregate) -> Known:
    """A mean with a default that is no finite number, or that no number tells from a mean: a mean
    with 0, and whether there is one."""
    leaf = lowering.known[node.value].leaves[0]
    zero = zero_among(leaf) if leaf.node is node.value else 0
    instead = construct.with_default(node, zero)
    found = construct.aggregate(node.selector, True, False)
    for part in (instead, found):
        lowering.run(part)
    mean, anything = lowering.known[instead].leaves[0], lowering.view(found)
    if not mean.is_listed:
        raise CompileError(
            f"{lowering.text(node)} has about {mean.possible.size:.3g} possible values, and a"
            " default that is no finite number",
            labels=lowering.labels(node),
            hint="give it a number as default",
        )
    means = mean.domain.values
    nothing = [place for place, value in enumerate(means) if value == 0]
    rows, codes = [], []
    for place, selected in enumerate(anything.column.elements()):
        for code in range(len(means)) if selected else nothing:
            rows.append((code, place))
            codes.append(code if selected else len(means))
    mask = np.pad(mean.domain.mask, ((0, 0), (0, 1)), constant_values=True)
    either = Computed(
        node=node,
        label=lowering.text(node),
        depth=mean.depth,
        possible=Domain((*means, node.default), lowering.contexts, mean.domain.granularity, mask),
        leaves=(mean, anything.variable),
        rows=np.array(rows),
        codes=np.array(codes),
        blurred=mean.blurred,
        off=mean.off,
        untyped=mean.untyped,
    )
    return lowering.add(node, either)


def _fixed_mean(lowering: Lowering, node: Aggregate, term: Term) -> View | None:
    """The aggregate as a function of the index alone, if nothing else can have a say in it.

    So it is for what is averaged over keys at fixed places up to the query's own, of values that
    depend on the index: no attention is needed.
    """
    position, unit = lowering.position, lowering.unit
    fixed = {position, unit}
    if node.value not in lowering.columns or lowering.known[node.value].leaves[0] not in fixed:
        return None
    if term.products is not None or term.rank is not None:
        return None
    if any(group.query not in fixed or group.key not in fixed for group in term.groups):
        return None
    size = lowering.contexts.max_len
    chosen = np.ones((size, size), dtype=bool)  # [query index, key index]
    for group in term.groups:
        chosen &= np.broadcast_to(group.matrix, (size, size))
    if lowering.contexts.causal:
        chosen &= np.tri(size, dtype=bool)
    if bool(np.triu(chosen, 1).any()):
        return None
    carried = lowering.columns[node.value].elements()
    if any(not isinstance(value, (bool, int, float, str)) for value in carried):
        return None
    values: list[Atom] = [value for value in carried if isinstance(value, (bool, int, float, str))]
    if len(values) == 1:
        values = values * size
    try:
        results = [
            mean([values[key] for key in np.flatnonzero(row)]) if row.any() else node.default
            for row in chosen
        ]
    except OperationError:
        return None
    return View(position, Column.of(results))


def read_of(
    lowering: Lowering,
    node: Aggregate | Fetch,
    term: Term,
    view: View,
    limits: Bounds,
    *,
    checked: bool,
) -> Known:
    places, atoms = numbered(view.column)
    values: list[Atom] = list(atoms)
    default_code = -1
    if not limits.never_empty and node.default is not None:
        keyed = Domain.everywhere(values, lowering.contexts).code
        default_code = keyed.get(atom_key(node.default), len(values))
        if default_code == len(values):
            values.append(node.default)
    if node.default is not None and not limits.high.any():  # nothing is ever selected
        return lowering.view_as(node, View(lowering.unit, Column.of([node.default])))
    blurred = view.variable.blurred and has_floats(view.column)
    if blurred and checked:
        # Do the selected values differ?
        raise last_bits(lowering, node, view.variable, some_float(atoms))
    untyped = view.variable.untyped and any(type(value) in (int, float) for value in values)
    if len(values) == 1 and not blurred and not untyped:
        return lowering.view_as(node, View(lowering.unit, Column.of(values)))
    domain = _read_domain(lowering, values, places, view, default_code, limits)
    multiplicity, within = None, None
    if default_code >= 0 and default_code not in places:
        lone = one_without(
            [term], lowering.position, lowering.unit, causal=lowering.contexts.causal
        )
        if lone is not None:  # the default is there once at most among such positions
            multiplicity = np.full(len(values), lowering.contexts.max_len)
            multiplicity[default_code] = 1
            within = None if lone.everywhere else lone
    if within is None and view.variable.multiplicity is not None:
        multiplicity = handed_on(lowering, term, view, places, default_code, multiplicity)
    read = Read(
        node=node,
        label=lowering.text(node),
        depth=attention_depth([term], view.variable.depth),
        possible=domain,
        multiplicity=multiplicity,
        within=within,
        term=term,
        value=view.variable,
        codes=places,
        default_code=default_code,
        checked=checked,
        single=limits.at_most_one,
        blurred=view.variable.blurred,
        off=off_of(lowering, node.value, view.variable),
        untyped=view.variable.untyped,
    )
    return lowering.add(node, read)


def _read_domain(
    lowering: Lowering,
    values: list[Atom],
    places: Ints,
    view: View,
    default_code: int,
    limits: Bounds,
) -> Domain:
    """Which of the values can be read where: the default only where nothing may be selected."""
    if view.variable is lowering.position:
        return _place_domain(lowering, values, places, default_code)
    if default_code < 0:
        return Domain.everywhere(values, lowering.contexts)
    carried = np.zeros(len(values), dtype=bool)
    carried[places[places >= 0]] = True
    # Whether keys may be selected, and may be missing, is all that matters.
    granularity, rows = limits.at_most(1).pairs
    if granularity == "in" and lowering.contexts.max_len > MOST_DETAILED_READS:
        return Domain.everywhere(values, lowering.contexts)
    mask: Bools = carried[None, :] & (rows[:, 1] > 0)[:, None]
    mask[:, default_code] |= rows[:, 0] == 0
    return Domain(tuple(values), lowering.contexts, granularity, mask)


def _place_domain(
    lowering: Lowering, values: list[Atom], places: Ints, default_code: int
) -> Domain:
    """What can be read of keys that carry a function of their index: of those there are, or of
    those before the query."""
    contexts, size = lowering.contexts, lowering.contexts.max_len
    places = np.broadcast_to(places, (size,))
    known = places >= 0
    first = np.full(len(values), size)  # [value] the key that carries it first
    np.minimum.at(first, places[known], np.arange(size)[known])
    mask = first[None, :] <= np.arange(size)[:, None]  # [length - 1, or query index; value]
    if default_code >= 0:
        mask[:, default_code] = True
    return Domain(tuple(values), contexts, "i" if contexts.causal else "n", mask)

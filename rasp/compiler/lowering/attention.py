"""Attention, lowered: what a width or an aggregate reads, and what is known about it.

Whether the selected keys can ever carry two different values decides how an aggregate is held: if
not, it is a read of one value, all of whose features can be had; otherwise it is a mean, a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Bools, Contexts, Ints
from rasp.compiler.facts.domains import Domain, restrict
from rasp.compiler.facts.rows import distinct_lines
from rasp.compiler.limits import MOST_NAMED_PARTS, SAME_MEANING
from rasp.compiler.lowering.best import best_term, split_best
from rasp.compiler.lowering.nearest import nearest_term
from rasp.compiler.lowering.noise import last_bits, off_of
from rasp.compiler.lowering.places import place_term
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.lowering.sums import is_finite, lower_mean, lower_mean_of_scalar
from rasp.compiler.lowering.tables import attention_depth, numbered
from rasp.compiler.lowering.unions import single_term
from rasp.compiler.selection.combinations import Combination, combination, parts_of
from rasp.compiler.selection.orders import distinct_counts, one_without
from rasp.compiler.selection.selectors import Group, Rank, Term, bounds, matrix_of
from rasp.compiler.variables import Categorical, Computed, Length, Linear, Read, Scalar, View, Width
from rasp.errors import CompileError
from rasp.graph import construct
from rasp.graph.columns import Column
from rasp.graph.nodes import Aggregate, Atom, Fetch, Select, SelectorNode, SelectorWidth, atom_key
from rasp.graph.operators import OperationError, mean


def _combination(lowering: Lowering, selector: SelectorNode) -> Combination:
    try:
        return combination(
            selector,
            partial(_group, lowering),
            lowering.unit,
            lowering.position,
            causal=lowering.contexts.causal,
        )
    except CompileError as error:
        error.labels = error.labels or lowering.labels(selector)
        raise


def _group(lowering: Lowering, select: Select) -> Group:
    """The comparison as a matrix; made once, and so is the check for values without an order."""
    if select not in lowering.compared:
        query, key = lowering.view(select.query), lowering.view(select.key)
        try:
            matrix, unordered = matrix_of(select, query, key)
        except CompileError as error:
            error.labels = lowering.labels(select)
            raise
        _refuse_blurred(lowering, select, query, key)
        lowering.compared[select] = Group(query.variable, key.variable, matrix)
        if unordered is not None:
            _check_order(lowering, select, Group(query.variable, key.variable, unordered))
    return lowering.compared[select]


def _refuse_blurred(lowering: Lowering, select: Select, query: View, key: View) -> None:
    """Raise CompileError if the last bits of numbers decide the comparison, and are not known."""
    blurred = [
        view.variable for view in (query, key) if view.variable.blurred and _has_floats(view.column)
    ]
    if not blurred:
        return
    sides = [
        np.array([float(v) for v in view.column.elements() if isinstance(v, (int, float))])
        for view in (query, key)
    ]
    off = np.abs(sides[0][:, None] - sides[1][None, :])
    largest = max(float(np.abs(side).max(initial=0.0)) for side in sides)
    nodes = (select.query, select.key)
    views = zip(nodes, (query, key), strict=True)
    apart = sum(off_of(lowering, node, view.variable) for node, view in views)
    if bool((off <= max(SAME_MEANING * max(largest, 1.0), apart)).any()):
        raise last_bits(lowering, select, blurred[0])


def _has_floats(column: Column) -> bool:
    """Are some of its values floats?  Others have no last bits."""
    return any(isinstance(value, float) for value in column.elements())


def _check_order(lowering: Lowering, select: Select, unordered: Group) -> None:
    """Have it noticed where a query meets a key with which it has no order."""
    term = Term((unordered,))
    limits = bounds([term], lowering.position, lowering.unit, lowering.contexts)
    flag = Linear(1.0)
    if not limits.never_empty:
        meets = Read(
            node=construct.aggregate(select, True, False),
            label=f"{lowering.text(select)} meets values without an order",
            depth=attention_depth([term]),
            possible=Domain.everywhere([True, False], lowering.contexts),
            term=term,
            value=lowering.unit,
            codes=np.zeros(1, dtype=np.int64),
            default_code=1,
            checked=False,
            single=limits.at_most_one,
        )
        lowering.variables.append(meets)
        flag = Linear.feature(meets, np.array([1.0, 0.0]))
    lowering.check(
        select, flag, f"the comparison meets values without an order in {lowering.text(select)}"
    )


def lower_width(lowering: Lowering, node: SelectorWidth) -> Known:
    terms = _combination(lowering, node.selector).terms()
    limits = bounds(terms, lowering.position, lowering.unit, lowering.contexts)
    size = lowering.contexts.max_len
    fixed = limits.by_index
    if fixed is not None:
        return lowering.view_as(node, _view_of(fixed, lowering.position, lowering.unit))
    label = lowering.text(node)
    depth = attention_depth(terms)
    if 1 < len(terms) <= MOST_NAMED_PARTS:
        terms = _named(lowering, node.selector, terms)
    if len(terms) == 1 and not terms[0].groups:
        domain = count_domain(limits, lowering.contexts)
        return lowering.add(node, Length(node=node, label=label, depth=depth, possible=domain))
    distinct = distinct_counts(
        terms, lowering.position, lowering.unit, causal=lowering.contexts.causal
    )
    permutation = distinct is not None and distinct.permutation
    if permutation:
        limits = limits.below(np.arange(size)[:, None])
    domain = count_domain(limits, lowering.contexts)
    width = Width(
        node=node,
        label=label,
        depth=depth,
        possible=domain,
        multiplicity=None if distinct is None else np.ones(len(domain), dtype=np.int64),
        within=None if distinct is None or distinct.everywhere else distinct,
        permutation=permutation,
        terms=tuple(terms),
        bounds=limits,
        weight=float(2 ** int(np.ceil(np.log2(size + 1)))),
    )
    return lowering.add(node, width)


def _named(lowering: Lowering, selector: SelectorNode, terms: Sequence[Term]) -> list[Term]:
    """The terms, each with the name of the part of the selector that selects just the same."""
    names: dict[tuple[object, ...], str] = {}
    for part in parts_of(selector)[:MOST_NAMED_PARTS]:
        found = _combination(lowering, part).terms()
        if len(found) == 1:
            names[found[0].key()] = lowering.text(part)  # the largest part, being the last
    return [replace(term, name=names.get(term.key(), "")) for term in terms]


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
    if isinstance(leaf, Scalar) and leaf.node is node.value:
        if not numeric_default and not limits.never_empty:
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
    found = _compared(lowering, node, selector, narrow=bool(ranked))
    return found if found is None or not ranked else best_term(lowering, *found, ranked)


def _compared(
    lowering: Lowering, node: Aggregate | Fetch, selector: SelectorNode, *, narrow: bool
) -> tuple[Term, Bounds] | None:
    """A selector that is made of comparisons; narrow: as in `Combination.terms`."""
    nearest = nearest_term(lowering, selector) or place_term(lowering, selector)
    if nearest is not None:
        return nearest, bounds([nearest], lowering.position, lowering.unit, lowering.contexts)
    selected = _combination(lowering, selector)
    terms = selected.terms(narrow=narrow)
    if not terms:
        return None
    limits = bounds(terms, lowering.position, lowering.unit, lowering.contexts)
    if len(terms) == 1:
        return terms[0], limits
    return single_term(lowering, node, terms, selected.clauses()), limits


def _mean_or_other(lowering: Lowering, node: Aggregate) -> Known:
    """A mean with a default that is no finite number: a mean with 0, and whether there is one."""
    instead = construct.aggregate(node.selector, node.value, 0)
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


def selected_agree(lowering: Lowering, term: Term, view: View) -> bool:
    """Do the selected keys always carry the same value?"""
    codes, atoms = view.column.coded()
    if len(atoms) == 1 or view.variable is lowering.unit:
        return True
    if term.rank is not None and _ranks_tell(term.rank, view.variable, np.asarray(codes)):
        return True
    for group in term.groups:
        if group.key is view.variable:
            rows, _ = distinct_lines(group.matrix)
            if all(len(np.unique(codes[row])) <= 1 for row in rows):
                return True
        if not lowering.contexts.causal and _one_count(group):
            width = group.key.leaves[0] if isinstance(group.key, Computed) else None
            if isinstance(width, Width) and _counts_tell(width, view.variable, np.asarray(codes)):
                return True
    return False


def _ranks_tell(rank: Rank, variable: Categorical, codes: Ints) -> bool:
    """Do keys that rank alike carry the same?"""
    if list(rank.key.features) != [variable] or rank.key.scalars:
        return False
    pairs = np.unique(np.stack([rank.key.features[variable], codes], axis=1), axis=0)
    return len(pairs) == len(np.unique(pairs[:, 0]))


def _one_count(group: Group) -> bool:
    """Are the selected keys those with one certain count?"""
    if not (isinstance(group.key, Computed) and len(group.key.leaves) == 1):
        return False
    counts = np.array([len(np.unique(c)) for c in _leaf_places(group.key)])
    return bool((group.matrix @ counts <= 1).all())


def _leaf_places(variable: Computed) -> list[Ints]:
    """For each value of a function of one leaf, the places of the leaf's values that have it."""
    return [variable.rows[variable.codes == code, 0] for code in range(variable.size)]


def _counts_tell(width: Width, variable: Categorical, codes: Ints) -> bool:
    """Do positions where a function of the variable differs select different numbers of keys?

    They do where one selects all that the other does, and one of the two positions besides: as in
    an order, where equal ranks mean equal values.
    """
    if len(width.terms) != 1 or len(width.terms[0].groups) != 1:
        return False
    (group,) = width.terms[0].groups
    if group.query is not variable or group.key is not variable:
        return False
    matrix = group.matrix
    itself = matrix.diagonal()
    covers = ~((~matrix).astype(np.int64) @ matrix.T.astype(np.int64)).astype(bool)
    more = (matrix & ~itself[None, :]) | (itself[:, None] & ~matrix.T)
    larger = covers & more
    return bool((larger | larger.T | (codes[:, None] == codes[None, :])).all())


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
    blurred = view.variable.blurred and _has_floats(view.column)
    if blurred and checked:
        raise last_bits(lowering, node, view.variable)  # do the selected values differ?
    if len(values) == 1 and not blurred:
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
    mask = np.zeros((size, len(values)), dtype=bool)  # [length - 1, or query index; value]
    known = places >= 0
    mask[np.arange(size)[known], places[known]] = True
    mask = np.logical_or.accumulate(mask, axis=0)
    if default_code >= 0:
        mask[:, default_code] = True
    return Domain(tuple(values), contexts, "i" if contexts.causal else "n", mask)


def _view_of(counts: Ints, position: Categorical, unit: Categorical) -> View:
    return View(position if len(counts) > 1 else unit, Column.of(counts.tolist()))


def count_domain(limits: Bounds, contexts: Contexts) -> Domain:
    size = contexts.max_len
    granularity, rows = limits.pairs
    values = np.arange(size + 1)
    if granularity == "in" and len(rows) * len(values) > 60_000_000:
        low = np.where(contexts.valid(), rows[:, 0], size).reshape(size, size).min(axis=1)
        high = np.where(contexts.valid(), rows[:, 1], 0).reshape(size, size).max(axis=1)
        granularity, rows = "n", np.stack([low, high], axis=-1)
    mask: Bools = (values >= rows[:, :1]) & (values <= rows[:, 1:])
    return restrict(values.tolist(), contexts, granularity, mask)

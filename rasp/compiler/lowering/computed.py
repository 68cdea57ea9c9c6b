"""A function of several variables, or of a number, as a variable that neurons compute.

Its table is looked at before: leaves that it does not depend on are left out, and what turns out to
be a function of one categorical variable, or constant, needs no neurons.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.domains import Domain, Joint
from rasp.compiler.facts.rows import distinct_rows
from rasp.compiler.limits import CASES_OF_A_LEAF, MANY_CASE_ROWS, MANY_LISTED_CASES, MAX_MASK
from rasp.compiler.lowering.cases import cases_of, hold_in_cases
from rasp.compiler.lowering.classes import Alike, classes_of, only, size_of
from rasp.compiler.lowering.depths import level_of
from rasp.compiler.lowering.evaluate import moves_by, parts_of, table_of
from rasp.compiler.lowering.failures import check_rows, fails_here
from rasp.compiler.lowering.leaves import multiplicity_of, relevant_leaves
from rasp.compiler.lowering.noise import Doubts, cut_noise, doubts_of, is_noisy
from rasp.compiler.lowering.sameness import numbered
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.lowering.zeros import with_negative
from rasp.compiler.variables import Case, Categorical, Computed, Variable, View
from rasp.errors import CompileError
from rasp.graph.columns import Column, Failure
from rasp.graph.nodes import Atom, Elementwise, SOpNode


def hold(lowering: Lowering, node: SOpNode) -> View:
    """The s-op as a function of one variable; noise in what it is made of is computed before."""
    known = lowering.known[node]
    size = size_of(lowering, node, known.leaves, MANY_CASE_ROWS)
    cases = cases_of(lowering, node, known.leaves) if size > MANY_CASE_ROWS else None
    if cases is not None and not _is_better_listed(cases, known, size):
        return hold_in_cases(lowering, node, known, cases)
    if isinstance(node, Elementwise) and len(known.leaves) > 1 and is_noisy(lowering, node):
        known = Known(known.depth, cut_noise(lowering, node))
    return _compute(lowering, node, known)


def _where(lowering: Lowering, node: SOpNode, table: Joint, kinds: Ints, n_kinds: int) -> Bools:
    """[context, kind]: is there such a value?  Raises CompileError where that is too much."""
    n_contexts = lowering.contexts.rows(table.granularity)
    if n_contexts * n_kinds > MAX_MASK:
        raise CompileError(
            f"{lowering.text(node)} has {n_kinds:,} possible values, in {n_contexts:,} contexts:"
            " indices of inputs of so many lengths",
            labels=lowering.labels(node),
            hint="a smaller max_len, or a value that does not depend on the length",
        )
    return table.where(kinds, n_kinds, n_contexts)


def _is_better_listed(cases: Sequence[Case], known: Known, size: float) -> bool:
    """Is it a number of so few joint values that its linear pieces are found, which are fewer than
    its many cases?"""
    if size > MANY_LISTED_CASES or len(cases) <= CASES_OF_A_LEAF * len(known.leaves):
        return False
    return all(type(case.outcome) is int for case in cases)


def _compute(lowering: Lowering, node: SOpNode, known: Known) -> View:
    """The s-op as a function of one variable: of a new one, unless it is of one already."""
    leaves = known.leaves
    alike = classes_of(lowering, node, leaves)
    table, column = table_of(lowering, node, leaves, alike)
    codes = dict(zip(leaves, table.codes.T, strict=True))
    doubts = doubts_of(lowering, node, leaves, lambda: parts_of(lowering, node, codes, len(column)))
    column = with_negative(column, doubts.zeros)
    places, atoms = numbered(column)
    if node in lowering.deferred and atoms and (places < 0).any():
        return _with_failures(
            lowering, node, known, table, column, places, atoms, alike, doubts.off
        )
    fails = fails_here(lowering, node, leaves, table.codes, column)
    if not atoms:  # it fails on every input
        if node in lowering.deferred:
            return View(lowering.unit, column.take(np.zeros(1, dtype=np.int64)))
        if fails.any():
            failed = column.take(np.flatnonzero(fails))
            check_rows(lowering, node, known, leaves, table.codes, fails, failed, alike)
        return View(lowering.unit, Column.of([0]))
    first = distinct_rows([*table.codes.T, places], len(places))
    rows, outputs, failing = table.codes[first], places[first], fails[first]
    relevant = relevant_leaves(rows, outputs, failing)
    if len(relevant) == 0 and not failing.any() and doubts == Doubts(False, False):
        return View(lowering.unit, Column.of([atoms[int(outputs[0])]]))
    if len(relevant) == 1 and isinstance(leaves[relevant[0]], Categorical):
        leaf = leaves[relevant[0]]
        assert isinstance(leaf, Categorical)
        first_alike = alike.get(leaf, np.arange(leaf.size))
        if bool(np.isin(first_alike, rows[:, relevant[0]]).all()):
            of_code = np.zeros(leaf.size, dtype=np.int64)
            of_code[rows[:, relevant[0]]] = outputs
            of_code = of_code[first_alike]
            found = Column.of(atoms).take(of_code)
            as_known = doubts == Doubts(leaf.blurred, leaf.untyped)
            # Whoever reads the view moves its numbers by no more.
            as_known &= doubts.off <= moves_by(leaf, found)
            if not failing.any() and bool((of_code >= 0).all()) and as_known:
                return View(leaf, found)
    relevant = relevant or [0]
    first = distinct_rows([*rows[:, relevant].T, outputs, failing], len(rows))
    mask = _where(lowering, node, table, places, len(atoms))
    domain = Domain(tuple(atoms), lowering.contexts, table.granularity, mask)
    used = tuple(leaves[place] for place in relevant)
    multiplicity, within = multiplicity_of(used, rows[:, relevant], outputs, len(atoms))
    variable = Computed(
        node=node,
        label=lowering.text(node),
        depth=known.depth,
        possible=domain,
        multiplicity=multiplicity,
        within=within,
        leaves=used,
        rows=rows[first][:, relevant],
        codes=outputs[first],
        expression=node,
        level=level_of(used, known.depth),
        permutation=len(used) == 1
        and used[0].permutation
        and _is_itself(used[0], domain, rows[first][:, relevant], outputs[first]),
        blurred=doubts.blurred,
        off=doubts.off,
        untyped=doubts.untyped,
        alike=only(alike, used),
    )
    lowering.variables.append(variable)
    if failing.any():
        failed = column.take(np.flatnonzero(fails))
        which = rows[first][:, relevant]
        check_rows(lowering, node, known, used, which, failing[first], failed, alike)
    return View(variable, Column.of(domain.values))


def _is_itself(leaf: Variable, domain: Domain, rows: Ints, codes: Ints) -> bool:
    """Is each value that of the leaf?  Nothing else is a permutation of any length, as that is."""
    same = bool((rows[:, 0] == codes).all())
    return same and list(domain.values) == list(leaf.domain.values)


FAILED = "(fails)"
"""Stands among the values of a score for what cannot be computed."""


def _with_failures(
    lowering: Lowering,
    node: SOpNode,
    known: Known,
    table: Joint,
    column: Column,
    places: Ints,
    atoms: list[Atom],
    alike: Alike,
    off: float,
) -> View:
    """A score, or a part of one, as a variable that also tells where it cannot be computed.

    Whoever selects a key where it cannot fails, and nobody else does.
    """
    failure = next(value for value in column.elements() if isinstance(value, Failure))
    codes = np.where(places < 0, len(atoms), places)
    mask = _where(lowering, node, table, codes, len(atoms) + 1)
    values = (*atoms, FAILED)
    first = distinct_rows([*table.codes.T, codes], len(codes))
    variable = Computed(
        node=node,
        label=lowering.text(node),
        depth=known.depth,
        possible=Domain(values, lowering.contexts, table.granularity, mask),
        leaves=known.leaves,
        rows=table.codes[first],
        codes=codes[first],
        level=level_of(known.leaves, known.depth),
        blurred=any(leaf.blurred for leaf in known.leaves),
        off=off,
        alike=only(alike, known.leaves),
    )
    lowering.variables.append(variable)
    return View(variable, Column.of([*atoms, failure]))

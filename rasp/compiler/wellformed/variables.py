"""What well-formed variables are: rules, each a sentence and a function for what breaks it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from rasp.compiler.facts.domains import Domain
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.selection.selectors import Group, Term
from rasp.compiler.variables import (
    Address,
    Categorical,
    Combined,
    Computed,
    Disagreement,
    Length,
    Linear,
    Mean,
    Read,
    Scalar,
    Side,
    Sum,
    Tally,
    Variable,
    Width,
)
from rasp.graph.nodes import atom_key


def terms_of(variable: Variable) -> tuple[Term, ...]:
    """The conjunctions by which attention delivers it."""
    match variable:
        case Read() | Mean() | Sum():
            return (variable.term,)
        case Width() | Tally():
            return variable.terms
    return ()


def forms_of(variable: Variable) -> Iterator[Linear]:
    """The linear forms that it is made of."""
    for term in terms_of(variable):
        if term.products is not None:
            yield from (side for pair in term.products.pairs for side in pair)
        if term.rank is not None:
            yield term.rank.key
    if isinstance(variable, (Combined, Side)):
        yield variable.form


def made_of(variable: Variable) -> Iterator[Variable]:
    """The variables that it is made of."""
    for group in _groups(variable):
        yield from (group.query, group.key)
    for form in forms_of(variable):
        yield from (*form.features, *form.scalars)
    if isinstance(variable, Address):
        yield variable.of
    match variable:
        case Read() | Mean() | Sum():
            yield variable.value
        case Computed():
            yield from variable.leaves
        case Disagreement():
            yield variable.read


def _groups(variable: Variable) -> Iterator[Group]:
    for term in terms_of(variable):
        yield from term.groups


def _all_forms(lowered: Lowered) -> Iterator[tuple[str, Linear]]:
    """All forms, with what they are part of."""
    for variable in lowered.variables:
        yield from ((variable.label, form) for form in forms_of(variable))
    yield from (("the output", form) for form in lowered.outputs)
    yield from ((check.message, check.flag) for check in lowered.checks)


def _once(lowered: Lowered) -> Iterator[str]:
    seen: set[Variable] = set()
    for variable in lowered.variables:
        if variable in seen:
            yield variable.label
        seen.add(variable)


def _after_its_parts(lowered: Lowered) -> Iterator[str]:
    seen: set[Variable] = {lowered.unit, lowered.position}
    for variable in lowered.variables:
        if not seen.issuperset(made_of(variable)):
            yield variable.label
        seen.add(variable)


def _there(lowered: Lowered) -> Iterator[str]:
    known = {lowered.unit, lowered.position, *lowered.variables}
    for what, form in _all_forms(lowered):
        yield from (
            f"{variable.label}, in {what}"
            for variable in (*form.features, *form.scalars)
            if variable not in known
        )


def _in_time(lowered: Lowered) -> Iterator[str]:
    for variable in lowered.variables:
        is_read = isinstance(variable, (Read, Mean, Sum, Length, Width, Tally))
        earliest = 1 if is_read else 0
        for part in made_of(variable):
            earliest = max(earliest, part.depth + is_read)
        if variable.depth < earliest:
            yield f"{variable.label} at depth {variable.depth}, its parts at {earliest}"


def _by_level(lowered: Lowered) -> Iterator[str]:
    for variable in lowered.variables:
        if isinstance(variable, Computed):
            levels = [
                leaf.level
                for leaf in variable.leaves
                if isinstance(leaf, Computed) and leaf.depth == variable.depth
            ]
            if variable.level <= max(levels, default=0):
                yield variable.label


def _listed(lowered: Lowered) -> Iterator[str]:
    for variable in lowered.variables:
        domain = variable.possible
        if not isinstance(domain, Domain):
            continue
        n_contexts = lowered.contexts.rows(domain.granularity)
        if len({atom_key(value) for value in domain.values}) != len(domain):
            yield f"{variable.label} lists a value twice"
        if domain.mask.shape != (n_contexts, len(domain)):
            yield f"{variable.label} says of {domain.mask.shape} where values are"
        elif not domain.mask.any(axis=0).all():
            yield f"{variable.label} lists a value that is nowhere"
        if variable.multiplicity is not None and len(variable.multiplicity) != len(domain):
            yield f"{variable.label} is not counted value by value"


def _tabulated(lowered: Lowered) -> Iterator[str]:
    for variable in lowered.variables:
        match variable:
            case Computed(rows=rows, codes=codes, leaves=leaves):
                sizes = [leaf.size for leaf in leaves]
                fits = rows.shape == (len(codes), len(leaves)) and bool(
                    ((rows >= 0) & (rows < sizes)).all()
                )
            case Read(value=value, codes=codes, default_code=default):
                fits = len(codes) in (1, value.size) and _within([default], variable.size)
            case _:
                continue
        if not fits or not _within(codes, variable.size):
            yield variable.label


def _told_apart(lowered: Lowered) -> Iterator[str]:
    """Of these the rows have the first alone, which would then be counted for all of them."""
    for variable in lowered.variables:
        if isinstance(variable, Computed):
            yield from (leaf.label for leaf in variable.alike if leaf.multiplicity is not None)


def _within(codes: Iterable[int], size: int) -> bool:
    """Are they places of a list, or -1?"""
    found = np.asarray(codes)
    return bool(((found >= -1) & (found < size)).all())


def _compared(lowered: Lowered) -> Iterator[str]:
    for variable in lowered.variables:
        for group in _groups(variable):
            sizes = (1, group.query.size), (1, group.key.size)
            shape = group.matrix.shape
            if len(shape) != 2 or any(n not in of for n, of in zip(shape, sizes, strict=True)):
                yield f"{variable.label}: {shape} for {group.query.label} and {group.key.label}"


def _of_each_value(lowered: Lowered) -> Iterator[str]:
    for what, form in _all_forms(lowered):
        for variable, numbers in form.features.items():
            if numbers.shape != (variable.size,):
                yield f"{variable.label}, in {what}"
    for scalar in lowered.variables:
        if isinstance(scalar, (Mean, Sum)):
            value = scalar.value
            if isinstance(value, Categorical) and len(scalar.numbers) not in (1, value.size):
                yield scalar.label


def _finite(lowered: Lowered) -> Iterator[str]:
    for what, form in _all_forms(lowered):
        numbers = [form.constant, *form.scalars.values()]
        features = form.features.values()
        if not all(map(math.isfinite, numbers)) or not all(np.isfinite(f).all() for f in features):
            yield what


def _linear(lowered: Lowered) -> Iterator[str]:
    """Numbers that are added up are read as what they are."""
    for variable in lowered.variables:
        if isinstance(variable, (Combined, Side)):
            scalars: Iterable[Scalar] = variable.form.scalars
            if not all(map(lowered.readings.is_linear, scalars)):
                yield variable.label


def _columns(lowered: Lowered) -> Iterator[str]:
    n_forms = len(lowered.outputs)
    if lowered.words is not None:
        n_forms, n_summed = lowered.words.shape
        if n_summed != len(lowered.outputs):
            yield f"sums of {n_summed} forms, of which there are {len(lowered.outputs)}"
    if n_forms != lowered.readout.n_values:
        yield f"{n_forms} forms for {lowered.readout.n_values} columns"


RULES = {
    "a variable is there once": _once,
    "a variable comes after those that it is made of": _after_its_parts,
    "what forms are made of are variables that there are": _there,
    "a variable is there after what it is made of": _in_time,
    "a function is computed after those that it is of": _by_level,
    "a domain lists each value once, and where it is": _listed,
    "codes are places in lists": _tabulated,
    "values that are counted are told apart": _told_apart,
    "a comparison has an entry for each pair of values": _compared,
    "a feature has a number for each value": _of_each_value,
    "numbers are finite": _finite,
    "what is added up is read as what it is": _linear,
    "there is a form, or a sum of forms, for each column of the value": _columns,
}

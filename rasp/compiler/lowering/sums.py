"""Means and sums of numbers over the selected keys.

A mean times the number of keys it is over is a sum, which a head can deliver linearly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.facts.domains import AnyDomain, Domain, TooManyRowsError, Unlisted
from rasp.compiler.facts.means import (
    Grid,
    Quotients,
    mean_domain,
    possible_counts,
    scales_by_length,
)
from rasp.compiler.limits import (
    EXACT_IN_FLOAT64,
    FINEST,
    LARGEST_FINITE,
    LARGEST_ROUNDED,
    LAST_BIT_ERROR,
    MANY_MEANS,
    MAX_JOINT_ROWS,
)
from rasp.compiler.lowering.centres import too_close
from rasp.compiler.lowering.depths import attention_depth
from rasp.compiler.lowering.filtered import over_fewer_keys
from rasp.compiler.lowering.noise import off_between_ends, off_of
from rasp.compiler.lowering.placed import placed_domain
from rasp.compiler.lowering.sameness import numbered
from rasp.compiler.lowering.sides import is_compared_only
from rasp.compiler.lowering.state import Known, Lowering
from rasp.compiler.lowering.totals import (
    add_interval,
    grid_of,
    grid_of_interval,
    interval_of_one,
    interval_of_total,
    products_of,
)
from rasp.compiler.lowering.zeros import is_negative_zero
from rasp.compiler.selection.counted import bounds
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import (
    Categorical,
    Computed,
    Length,
    Mean,
    Scalar,
    Sum,
    Variable,
    View,
    Width,
)
from rasp.errors import CompileError
from rasp.graph.columns import Column
from rasp.graph.nodes import Aggregate, Atom, Elementwise, Fetch, SOpNode, atom_key
from rasp.graph.operators import short, show


def lower_mean(
    lowering: Lowering, node: Aggregate, term: Term, view: View, limits: Bounds
) -> Known:
    carried = carried_by(view)
    present = [value for value in carried if value is not None]
    numbers = [value for value in view.column.elements() if isinstance(value, (int, float))]
    if not all(map(is_finite, numbers)):
        raise CompileError(
            f"{lowering.text(node)} averages numbers that are not finite, or too large for a"
            f" floating-point number: {short(max(numbers, key=abs))}",
            labels=lowering.labels(node),
        )
    grid = Grid.of(present)
    if grid.step and grid.step < Fraction(FINEST) * max(abs(grid.low), abs(grid.high)):
        raise _side_by_side(lowering, node, present)
    return add_mean(
        lowering,
        node,
        term,
        view.variable,
        carried,
        grid,
        limits,
        _different(view, present),
    )


def is_finite(value: int | float) -> bool:
    """Is it a number that may be averaged?"""
    return abs(value) <= LARGEST_FINITE


def carried_by(view: View) -> tuple[int | float | None, ...]:
    """The numbers of a view, for each value of its variable; None where there is none."""
    found = [value if isinstance(value, (int, float)) else None for value in view.column.elements()]
    return tuple(np.broadcast_to(np.array(found, dtype=object), (view.variable.size,)).tolist())


def _side_by_side(lowering: Lowering, node: Aggregate, present: Sequence[Atom]) -> CompileError:
    """The two numbers that are nearest to each other beside the largest are named."""
    exact = sorted(set(map(Fraction, present)))
    _, low, high = min((b - a, a, b) for a, b in pairwise(exact))
    largest = max(exact, key=abs)
    shown = {Fraction(value): show(value) for value in present}
    beside = "" if largest in (low, high) else f", beside {shown[largest]}"
    return CompileError(
        f"{lowering.text(node)} averages values so different in size that no float holds them"
        f" side by side: {shown[low]} and {shown[high]}{beside}",
        labels=lowering.labels(node),
    )


def _different(view: View, present: Sequence[Atom]) -> Floats | None:
    """What is averaged, if each of these numbers is so once at most; None if that is not known."""
    variable = view.variable
    multiplicity = variable.multiplicity
    if multiplicity is None or variable.within is not None or len(present) != variable.size:
        return None
    once = bool((multiplicity <= 1).all())
    return np.array([float(number) for number in present]) if once else None


def lower_mean_of_scalar(
    lowering: Lowering, node: Aggregate | Fetch, term: Term, scalar: Scalar, limits: Bounds
) -> Known:
    lowering.read_linearly([scalar])
    if scalar.interval is not None:
        grid = grid_of_interval(scalar.interval)
    else:
        grid = scalar.grid if isinstance(scalar, Mean) else Grid.of(scalar.domain.values)
    carried = tuple(scalar.domain.values) if scalar.is_listed else ()
    return add_mean(lowering, node, term, scalar, carried, grid, limits)


def add_mean(
    lowering: Lowering,
    node: Aggregate | Fetch,
    term: Term,
    variable: Variable,
    carried: tuple[Atom | None, ...],
    grid: Grid,
    limits: Bounds,
    different: Floats | None = None,
) -> Known:
    """different: what is averaged, if each of these numbers is so once at most."""
    default = None if limits.never_empty else node.default
    counts = possible_counts(limits) or [1]
    averaged = grid.averaged(counts, default)
    present = [value for value in carried if value is not None]
    numbers = np.array(
        [float(v or 0) for v in carried] if isinstance(variable, Categorical) else []
    )
    blurred = _is_blurred(variable, grid, default, counts)
    largest = max((abs(float(value)) for value in present), default=0.0)
    quotients = Quotients.of(grid, limits, default, lowering.contexts)
    n_means = (grid.size - 1) * sum(counts) + len(counts)
    domain: AnyDomain
    scales: tuple[int, ...] = ()
    whole = interval_of_one(variable, default, counts)
    placed = placed_domain(lowering, term, variable, carried) if default is None else None
    try:
        if whole is not None:
            raise TooManyRowsError(whole.size)
        if not (blurred or placed) and is_compared_only(
            lowering, node, term, quotients, averaged, n_means
        ):
            raise TooManyRowsError(n_means)
        domain = placed or mean_domain(
            grid,
            limits,
            0 if node.default is None else node.default,
            lowering.contexts,
            different=different,
            carried=present,
            exact=not blurred,
        )
    except TooManyRowsError as error:
        domain = Unlisted(error.rows, lowering.contexts, interval=whole)
        values = _values_by_length(lowering, variable, numbers)
        if values is not None:
            least = None if default is None else float(default)
            scales = scales_by_length(values, least, limits)
    mean = Mean(
        node=node,
        label=lowering.text(node),
        depth=attention_depth([term], variable.depth),
        possible=domain,
        term=term,
        value=variable,
        numbers=numbers,
        carried=carried,
        default=default,
        limits=limits,
        grid=averaged,
        scales=scales,
        quotients=quotients,
        blurred=blurred,
        off=max(off_of(lowering, node.value, variable), LAST_BIT_ERROR * largest),
        placed=placed is not None,
        untyped=whole is None
        and placed is None
        and (variable.untyped or _is_untyped(carried, default, counts)),
    )
    if _has_two_zeros(present, default, counts):
        raise too_close(lowering, mean, "-0.0", "0")
    if blurred and not variable.blurred and mean.is_listed and present:
        lowering.offs[node] = off_between_ends(mean, list(map(float, present)), max(counts))
    return lowering.add(node, mean)


def _has_two_zeros(carried: Sequence[Atom], default: Atom | None, counts: Sequence[int]) -> bool:
    """May the mean be -0.0, which it is where nothing else is selected, and another zero as well?

    As a number they are one, and what is read out, or computed with it, would not be told which.
    """
    atoms = carried if default is None else [*carried, default]
    zeros = {atom_key(atom) for atom in atoms if atom == 0}
    if atom_key(-0.0) not in zeros:
        return False
    signs = {np.sign(float(atom)) for atom in carried if isinstance(atom, (int, float))}
    return len(zeros) > 1 or (max(counts) > 1 and {-1.0, 1.0} <= signs)


def _is_untyped(
    carried: Sequence[Atom | None], default: Atom | None, counts: Sequence[int]
) -> bool:
    """May the same whole number be an int here, and a float there?"""
    averaged = [atom for atom in carried if atom is not None]
    atoms = averaged if default is None else [*averaged, default]
    integers = [atom for atom in atoms if isinstance(atom, int)]
    if not integers:
        return not averaged
    # Whole numbers are the smallest or the largest, and so all that is averaged is this number.
    narrow = max(integers) - min(integers) <= 1 or max(counts) == 1
    return len(integers) < len(atoms) or not narrow or not averaged


def _is_blurred(
    variable: Variable, grid: Grid, default: Atom | None, counts: Sequence[int]
) -> bool:
    """Do the values that the keys carry have last bits that their mean is not computed with?"""
    if variable.blurred or grid.blurred:
        return True
    if default is not None and float(Grid.meant([default])[0]) != default:
        return True
    if max(counts) == 1:
        return False  # the value of one key is that value
    # Of a mean that is no multiple of a power of two, what is averaged is what it is rounded to.
    exact = (
        grid.scale & (grid.scale - 1) == 0
        and grid.scale * max(-grid.low, grid.high) <= EXACT_IN_FLOAT64
    )
    return isinstance(variable, Mean) and not exact


def _values_by_length(
    lowering: Lowering, variable: Variable, numbers: Floats
) -> Iterable[Sequence[float] | int] | None:
    """What is averaged in inputs of each length, or what makes integers of it; None: not known."""
    if not variable.is_listed:
        return variable.scales or None if isinstance(variable, Mean) else None
    if isinstance(variable, Scalar):
        numbers = np.array([float(value) for value in variable.domain.values])
    possible = np.broadcast_to(
        variable.domain.at("n"), (lowering.contexts.max_len, len(variable.domain))
    )
    return (np.unique(numbers[mask]).tolist() for mask in possible)  # the first mostly decide


def lower_product(lowering: Lowering, node: Elementwise) -> Known | None:
    """A mean times the number of positions it is over, as the sum that it is."""
    rounded = node.operator == "round"
    product = node.operands[0] if rounded else node
    if not (isinstance(product, Elementwise) and product.operator == "multiply"):
        return None
    for count, averaged in (product.operands, product.operands[::-1]):
        mean, counted = lowering.known[averaged].leaves[0], lowering.known[count].leaves[0]
        if not isinstance(mean, Mean) or mean.node is not averaged or mean.term.rank is not None:
            continue  # of the best keys nobody knows the score, which a sum weighs BOS against
        limits = bounds([mean.term], lowering.position, lowering.unit, lowering.contexts)
        numbers = _counted(lowering, count, counted, mean, limits)
        if numbers is None:
            continue
        total = None
        if rounded or not mean.untyped:
            total = _add_sum(lowering, node, mean, limits, counted, numbers, rounded)
        few = mean.is_listed and lowering.size_of((mean, counted)) <= MAX_JOINT_ROWS
        if total is None and not rounded and not few:
            lowering.summed.add(node)  # it cannot fail
            return Known(mean.depth, (mean, counted))  # it is rounded, or put out by its factors
        return total
    return None


def _counted(
    lowering: Lowering, count: SOpNode, variable: Variable, mean: Mean, limits: Bounds
) -> list[int] | None:
    """For each value of the variable how many keys the mean is over, if the s-op is that number."""
    term = mean.term
    if isinstance(variable, Length) and variable.node is count:
        selected = term.selects_all
    elif isinstance(variable, Width) and variable.node is count:
        selected = len(variable.terms) == 1 and variable.terms[0].key() == term.key()
    elif (
        variable is lowering.position
        and count in lowering.columns  # and a function of nothing else
        and (lowering.options.sums or mean.possible.size > MANY_MEANS)
    ):
        # Otherwise the mean is read, and so the pattern is faithful; of many means there would be
        # a step for each, times each index.
        return _counted_by_index(lowering.columns[count].elements(), limits)
    else:
        return None
    numbers = [value for value in variable.domain.values if isinstance(value, int)]
    return numbers if selected else None


def _counted_by_index(values: Sequence[object], limits: Bounds) -> list[int] | None:
    """The values for each index, if they are the numbers of selected keys whatever the length."""
    numbers = [value for value in values if type(value) is int]
    counts = limits.by_index
    if counts is None or len(numbers) < limits.contexts.max_len:
        return None
    return numbers if bool((counts == np.array(numbers)).all()) else None


def _add_sum(
    lowering: Lowering,
    node: Elementwise,
    mean: Mean,
    limits: Bounds,
    count: Variable,
    counts: Sequence[int],
    rounded: bool,
) -> Known | None:
    """counts: for each value of `count`, how many keys the mean is over.

    None for numbers whose last bits are not known, and for -0.0, whose sum is 0.0.
    """
    if mean.value.blurred:
        return None
    if not rounded and any(map(is_negative_zero, mean.carried)):
        return None
    grid = grid_of(mean)
    if grid is None or grid.blurred or (rounded and grid.scale > 1):
        return None
    try:
        domain = mean_domain(grid, limits, 0, lowering.contexts, total=True)
    except TooManyRowsError:
        interval = interval_of_total(mean, grid, limits) if rounded else None
        return None if interval is None else add_interval(lowering, node, mean, interval)
    if rounded and float(np.abs(domain.numbers).max()) > LARGEST_ROUNDED:
        return None
    # Of the sum 4 two keys with 2 make the int 4, and others the float; the output is told which.
    averaged = (*mean.carried, mean.default)
    integers = not rounded and any(type(number) is int for number in averaged)
    if not rounded:
        domain = replace(domain, values=tuple(map(float, domain.values)))
    whole = mean.term, mean.value, mean.numbers
    term, value, carried = (over_fewer_keys(mean, lowering.unit) if rounded else None) or whole
    total = Sum(
        node=node,
        label=lowering.text(node),
        depth=mean.depth,
        possible=domain,
        term=term,
        value=value,
        numbers=carried,
        untyped=integers,
        factors=() if rounded else node.operands[:2],
    )
    if rounded:
        return lowering.add(node, total)
    rows, products = products_of(mean, domain, grid, counts, integers=integers)
    summed = [domain.values[row] for row in rows[:, 0]]
    as_keys = [*map(atom_key, products)] == [*map(atom_key, summed)]
    if products == summed if integers else as_keys:
        return lowering.add(node, total)
    lowering.variables.append(total)  # floating point makes of it what is another number
    places, atoms = numbered(Column.of(products))
    product = Computed(
        node=node,
        label=lowering.text(node),
        depth=mean.depth,
        possible=Domain.everywhere(atoms, lowering.contexts),
        leaves=(total, count),
        rows=rows,
        codes=places,
        factors=total.factors,
    )
    return lowering.add(node, product)

"""Feed-forward neurons: functions of what the stream holds, written to it.

Every function is a table over leaves (`Computed`), for which `synthesis` finds neurons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rasp.certificate import worst
from rasp.compiler.blocks import Direction, Feedforward, Stage, feedforward
from rasp.compiler.encoding.at_once import at_once
from rasp.compiler.encoding.bases import Held
from rasp.compiler.encoding.by_number import InTwo, by_number
from rasp.compiler.encoding.ended import ended, is_handed_on
from rasp.compiler.encoding.features import (
    describe,
    direction_of,
    family_of,
    is_zero,
    reach_and_misfit,
)
from rasp.compiler.encoding.plans import Encoding, FeedforwardPlan
from rasp.compiler.encoding.sublayers import one_or_two
from rasp.compiler.encoding.summed import Accuracies
from rasp.compiler.encoding.wholes import sums_of_results, written_whole
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.limits import (
    MANY_NEURONS,
    MAX_NEURONS,
    MOST_TARGETS,
    READING_ERROR,
    RESOLUTION,
    SAME_IN_FLOAT32,
    WORTH_A_SUBLAYER,
)
from rasp.compiler.lowering.additive import sums_for
from rasp.compiler.lowering.sameness import differ
from rasp.compiler.synthesis import Solution, Table, linear_pieces, synthesise
from rasp.compiler.synthesis.cases import by_cases
from rasp.compiler.synthesis.choice import by_choice
from rasp.compiler.synthesis.table import are_large_integers, values_of
from rasp.compiler.variables import Computed, Disagreement, Linear, Scalar, Variable
from rasp.errors import CompileError
from rasp.graph.operators import show


def build_computed(encoding: Encoding, variable: Computed) -> list[Variable]:
    """Neurons for a function; scalar leaves that have to become categorical first are returned."""
    basis = encoding.bases.choose(variable)
    known = variable.codes >= 0  # what fails may be anything
    if len(basis) * int(known.sum()) > MOST_TARGETS:
        raise _too_many(encoding, variable)
    targets = (
        np.stack([feature[variable.codes[known]] for feature in basis], axis=1) if basis else None
    )
    if targets is None:
        encoding.bases.held[variable] = []
        return []
    steps = encoding.decoding.get(variable, 0)
    stage = feedforward(variable.depth, variable.level, steps)
    table = Table(
        variable.leaves,
        variable.rows[known],
        targets,
        variable.codes[known],
        encoding.readings,
        variable.alike,
    )
    exact = variable in encoding.bases.exact
    # Errors without end are allowed nowhere: whatever depends on them is a staircase.
    ends = is_handed_on(encoding, variable, table)
    noise = math.inf if encoding.options.restored and not ends else READING_ERROR
    sums: list[Linear] = []
    solution: Solution | None
    split: InTwo | None = None
    if variable.choice is not None:
        solution = by_choice(variable.choice, variable.domain.numbers, basis, encoding.readings)
        cost = math.inf if solution is None else solution.cost
        split = by_number(encoding, variable, None, table, sums, Accuracies(exact, noise), cost)
    elif variable.cases:
        solution = by_cases(variable.cases, variable.codes, targets)
    else:
        sums = sums_for(encoding.lowered, variable, encoding.readings)
        solution, split = one_or_two(encoding, variable, table, sums, Accuracies(exact, noise))
    if solution is not None and not _keeps_values(solution, table):
        solution = synthesise(table, sums, exact=exact, noise=noise, keeps=_keeps_values)
    if ends:
        split = ended(encoding, variable, table, solution, split) or split
    if variable not in encoding.decoding:
        once = at_once(encoding, variable, table, sums, solution, exact=exact, noise=noise)
        if once is not None and _keeps_values(once.solution, once.table):
            stage = feedforward(variable.depth, once.level)
            _use(encoding, variable, basis, once.solution, stage, once.table)
            return list(once.needed)
        if split is not None and _keeps_values(split.solution, split.table):
            for before, held in enumerate(reversed(split.before), 1):
                encoding.decoding.update(dict.fromkeys(held, before))
            _use(encoding, variable, basis, split.solution, stage, split.table)
            return list(split.needed)
        if split is not None and solution is None:
            solution = synthesise(table, sums, exact=exact, noise=noise, keeps=_keeps_values)
    decoded: list[Variable] = []
    in_part = None
    if variable.is_tabled:
        in_part = _decoded_in_part(variable, table, solution, exact)
    if in_part is not None:
        table, solution = in_part
        decoded = _note_decoded(encoding, table, variable)
    elif variable in encoding.decoding and solution is None:
        if len(variable.leaves) > 1:
            raise _too_many(encoding, variable)
        raise _too_close(encoding, variable)
    elif solution is None and variable.is_tabled and _can_be_decoded(table):
        table = _decoded(variable, table, table.scalars())
        decoded = _note_decoded(encoding, table, variable)
        solution = synthesise(table, [], exact=exact)
        if solution is not None and not _keeps_values(solution, table):
            solution = synthesise(table, [], exact=exact, keeps=_keeps_values)
    if solution is None or len(solution.neurons) > MAX_NEURONS:
        raise _too_many(encoding, variable)
    solution = table.of_all_values(solution)
    sums_again = sums_of_results(solution) if solution.neurons else []
    encoding.has_sums |= bool(sums_again)
    if encoding.anew and sums_again:
        solution, whole = written_whole(solution, table, sums_again)
        for linear in whole:
            encoding.bases.demand(linear, exact=variable in encoding.bases.exact)
    _use(encoding, variable, basis, solution, stage, table)
    return decoded


def _too_many(encoding: Encoding, variable: Computed) -> CompileError:
    """Of a function of more joint values than neurons are found for."""
    return CompileError(
        f"{variable.label} needs too many neurons: it is a function of "
        f"{len(variable.rows)} joint values of "
        + ", ".join(f"{leaf.label} ({leaf.size})" for leaf in variable.leaves),
        labels=encoding.lowered.names.labels(variable.node),
        hint="a smaller vocabulary or a smaller max_len",
    )


def _too_close(encoding: Encoding, variable: Computed) -> CompileError:
    """Of a number that neurons cannot tell apart from another, or of more than they can."""
    (leaf,) = variable.leaves
    assert isinstance(leaf, Scalar)
    readings = encoding.readings.of(leaf)
    order = np.argsort(readings)
    gaps = np.diff(readings[order])
    if float(gaps.min()) > SAME_IN_FLOAT32 * float(np.abs(readings).max()):
        return CompileError(
            f"{leaf.label} has {leaf.size:,} possible values, which are more than neurons tell"
            " apart for a function of it",
            labels=encoding.lowered.names.labels(leaf.node),
            hint="a smaller vocabulary or a smaller max_len",
        )
    place = int(gaps.argmin())
    pair = " and ".join(show(leaf.domain.values[code]) for code in order[place : place + 2])
    return CompileError(
        f"{leaf.label} may be {pair}, which no number tells apart here",
        labels=encoding.lowered.names.labels(leaf.node),
        hint="numbers that are further apart, or round them",
    )


def _can_be_decoded(table: Table) -> bool:
    """Are there numbers, and enough neurons, two for each value, to make them categorical?"""
    scalars = table.scalars()
    return bool(scalars) and 2 * sum(table.leaves[place].size for place in scalars) <= MAX_NEURONS


def _decoded_in_part(
    variable: Computed, table: Table, solution: Solution | None, exact: bool
) -> tuple[Table, Solution] | None:
    """Is it much better to make one scalar leaf categorical, after which the function is linear?

    `round(length * mean) * other_mean` is for each value of the first number linear in the second.
    """
    if len(table.scalars()) < 2 or (solution is not None and solution.cost < MANY_NEURONS):
        return None
    best = np.inf if solution is None else solution.cost / WORTH_A_SUBLAYER
    for place in sorted(table.scalars(), key=lambda place: table.leaves[place].size):
        price = 2 * table.leaves[place].size  # two neurons for each value
        after = _decoded(variable, table, [place])
        found = linear_pieces(after, min(best, MAX_NEURONS) - price, exact=exact)
        if found is not None:
            return after, found
    return None


def _decoded(variable: Computed, table: Table, scalars: Sequence[int]) -> Table:
    """The table after an extra sublayer that makes some scalar leaves categorical."""
    leaves: list[Variable] = list(table.leaves)
    for place in scalars:
        leaf, codes = table.leaves[place], np.arange(table.leaves[place].size)
        leaves[place] = Computed(
            node=leaf.node,
            label=leaf.label,
            depth=variable.depth,
            possible=leaf.domain,
            leaves=(leaf,),
            rows=codes[:, None],
            codes=codes,
            level=variable.level,
        )
    return replace(table, leaves=tuple(leaves))


def _note_decoded(encoding: Encoding, table: Table, variable: Computed) -> list[Variable]:
    """The leaves that the extra sublayer computes: they are to be built next."""
    decoded = [
        leaf
        for leaf, before in zip(table.leaves, variable.leaves, strict=True)
        if leaf is not before and isinstance(leaf, Computed)
    ]
    before = 1 + encoding.decoding.get(variable, 0)
    encoding.decoding.update(dict.fromkeys(decoded, before))
    return list(decoded)


def _use(
    encoding: Encoding,
    variable: Computed,
    basis: list[Floats],
    solution: Solution,
    stage: Stage,
    table: Table,
) -> None:
    """Write what the neurons give to directions; what is linear stays in the leaves."""
    held: list[Held] = []
    outputs: list[tuple[Direction, Floats]] = []
    parts = zip(basis, solution.direct, solution.outputs, strict=True)
    for number, (feature, direct, column) in enumerate(parts):
        encoding.bases.demand(direct, exact=variable in encoding.bases.exact)
        direction = None
        if column.any():
            written = feature
            if not is_zero(direct):  # what is beside the linear part
                written = table.targets[:, number] - values_of(direct, table)
            family = family_of(variable, basis) if is_zero(direct) else None
            direction = direction_of(describe(variable, feature), stage, written, family=family)
            outputs.append((direction, column))
        held.append(Held(feature, direct, direction))
    # Steps end errors, and bends do not make them larger.
    exact = not solution.calm or (not solution.paired and variable in encoding.bases.exact)
    encoding.bases.exact |= solution.gates
    for neuron in solution.neurons:
        encoding.bases.demand(neuron, exact=exact)
    reach, misfit, lost = reach_and_misfit(solution, table)
    if lost and not _has_last_bits(table):
        raise CompileError(
            f"{variable.label} is a function of numbers so different in size that no float holds"
            f" their sum: it may be {_closest(variable, table)}",
            labels=encoding.lowered.names.labels(variable.node),
            hint="smaller numbers, or fewer digits",
        )
    encoding.bases.misfit = worst(encoding.bases.misfit, misfit)
    if solution.neurons:
        paired = np.zeros(len(solution.neurons), dtype=bool)
        paired[: len(solution.paired)] = solution.paired  # of each it is said, or of none
        encoding.feedforwards.append(
            FeedforwardPlan(stage, variable.label, solution.neurons, outputs, paired, reach)
        )
    encoding.bases.held[variable] = held
    taken = len(outputs), len(solution.neurons)
    encoding.deliver(variable, stage, *taken, solution.method, solution.tried)


def _closest(variable: Computed, table: Table) -> str:
    """The two values whose features are hardest to tell apart, for a message."""
    assert table.outcomes is not None
    spread = np.abs(table.targets).max(axis=0)
    narrowest, pair = math.inf, (0, 0)
    for feature, size in zip(table.targets.T, spread.tolist(), strict=True):
        numbers, row = np.unique(feature, return_index=True)
        gaps = np.diff(numbers)
        if len(gaps) and gaps.min() < narrowest * size:
            place = int(gaps.argmin())
            narrowest, pair = float(gaps[place]) / size, (int(row[place]), int(row[place + 1]))
    return " and ".join(show(variable.domain.values[table.outcomes[row]]) for row in pair)


def _keeps_values(solution: Solution, table: Table) -> bool:
    """Does it give, in floats, what it should on every row, and not the feature of another value?

    Constructions measure what they give by the largest number in it.  Beside 1e15 they take 1 and 3
    for one.  Where no numbers are so different in size, there is nothing to ask.
    """
    if not _is_wide(table) and not _adds_up_wide(solution, table):
        return True
    *_, lost = reach_and_misfit(solution, table)
    return not lost or _has_last_bits(table)


def _is_wide(table: Table) -> bool:
    """Are some numbers closer than constructions tell apart, beside the largest of them?"""
    domains = [leaf.domain.values for leaf in table.leaves if leaf.domain.numeric]
    if any(len(set(map(float, values))) < len(set(values)) for values in domains):
        return True
    columns = [np.array(values, dtype=np.float64) for values in domains]
    for column in [*columns, *table.targets.T]:
        numbers = np.unique(column[np.isfinite(column)])
        if np.diff(numbers).min(initial=np.inf) <= RESOLUTION * np.abs(numbers).max(initial=0.0):
            return True
    return False


def _adds_up_wide(solution: Solution, table: Table) -> bool:
    """Does it add up numbers beside which the distance of two values is as little?  `123457 * a +
    123456 * b` is, of five-digit numbers, one of a few values, of which two differ by 1."""
    of_neurons = np.array([_largest(form, table) for form in solution.neurons])
    sizes = np.abs(solution.outputs) @ of_neurons if len(of_neurons) else 0.0  # [features]
    sizes = sizes + np.array([_largest(form, table) for form in solution.direct])
    gaps = [np.diff(np.unique(feature)).min(initial=np.inf) for feature in table.targets.T]
    return bool((np.array(gaps) <= RESOLUTION * sizes).any())


def _largest(form: Linear, table: Table) -> float:
    """No larger is what a form adds up, whatever cancels."""
    parts = [*form.features.values()]
    parts += [factor * table.readings.of(scalar) for scalar, factor in form.scalars.items()]
    return abs(form.constant) + sum(float(np.abs(part).max()) for part in parts)


def _has_last_bits(table: Table) -> bool:
    """Are some features the same but for their last bits, so that it does not matter which?"""
    for feature in table.targets.T:
        numbers = np.unique(feature)
        if are_large_integers(numbers):
            continue
        if bool((~differ(numbers, float(np.abs(numbers).max(initial=0.0)))).any()):
            return True
    return False


def build_disagreement(encoding: Encoding, variable: Disagreement) -> None:
    """Above 1/2 exactly if some value is read neither wholly nor not at all.

    A mixture has a share p of some value with 1/n <= p <= 1 - 1/n; relu(p) - 2 relu(p - 1/2) is
    0 at 0 and 1, and at least 1/n in between.
    """
    stage = feedforward(variable.depth, 1)
    shares = [Linear.feature(variable.read, feature) for feature in np.eye(variable.read.size)]
    neurons = [neuron for share in shares for neuron in (share, share.shifted(-0.5))]
    for neuron in neurons:
        encoding.bases.demand(neuron)
    size = float(encoding.lowered.contexts.max_len)
    direction = Direction(f"selected values of {variable.label} differ", stage, bound=size)
    column = np.tile([size, -2.0 * size], len(shares))
    encoding.feedforwards.append(
        FeedforwardPlan(
            stage,
            direction.label,
            neurons,
            [(direction, column)],
            np.zeros(len(neurons), dtype=bool),
            np.ones(len(neurons)),
        )
    )
    encoding.bases.held[variable] = [Held(np.array([0.0, 1.0]), Linear(), direction)]


def written_layer(encoding: Encoding, plan: FeedforwardPlan) -> Feedforward:
    """The neurons, with the directions that they read."""
    inputs = tuple(encoding.bases.form(neuron) for neuron in plan.neurons)
    outputs = tuple(plan.outputs)
    return Feedforward(plan.stage, plan.label, inputs, outputs, plan.paired, plan.reach)

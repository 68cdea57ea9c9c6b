"""Where the steps of a staircase go, when one categorical leaf may move them.

For each value of the fan leaf the outcome is a sequence of runs along z.  If all these sequences
are parts of one common sequence, step number t happens, for value f, somewhere in an interval of z;
the threshold is a feature of the fan leaf.  Thresholds that are affine in one simple feature of the
leaf (its value v, or 1 / (v + 1)) cost one direction, others cost the whole one-hot.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.variables import Categorical


@dataclass(frozen=True)
class Run:
    """The outcome on a stretch of z between neighbouring values low and high."""

    outcome: int
    low: float
    high: float


@dataclass(frozen=True)
class Runs:
    """by_value: for each value of the fan leaf that occurs, its runs in ascending z."""

    by_value: dict[int, list[Run]]

    @classmethod
    def of(cls, z: Floats, fan: Ints, outcome: Ints) -> Runs:
        order = np.lexsort((z, fan))
        z, fan, outcome = z[order], fan[order], outcome[order]
        new = np.ones(len(z), dtype=bool)
        new[1:] = (fan[1:] != fan[:-1]) | (outcome[1:] != outcome[:-1])
        starts = np.flatnonzero(new)
        ends = np.append(starts[1:], len(z)) - 1
        by_value: dict[int, list[Run]] = {}
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            run = Run(int(outcome[start]), float(z[start]), float(z[end]))
            by_value.setdefault(int(fan[start]), []).append(run)
        return cls(by_value)


@dataclass(frozen=True)
class Steps:
    """outcomes[0], then step t (to outcomes[t + 1]) at thresholds[t] (a feature of the fan leaf,
    one number per value) with slopes[t]: |z - threshold| * slope is at least 1 at every value of z.
    """

    outcomes: list[int]
    thresholds: list[Floats]
    slopes: list[float]


def fan_thresholds(runs: Runs, fan_leaf: Categorical | None) -> Steps | None:
    """The steps of a common sequence, or of a product, or None if there are neither."""
    common, is_affine = _of_common_sequence(runs, fan_leaf)
    if is_affine or fan_leaf is None:
        return common
    product = _of_product(runs, fan_leaf)
    if product is None or (common and len(common.outcomes) < len(product.outcomes)):
        return common
    return product


def _of_common_sequence(runs: Runs, fan_leaf: Categorical | None) -> tuple[Steps | None, bool]:
    """The common sequence and its thresholds, if there is one, and whether they are affine."""
    sequence = _common_sequence(
        [[run.outcome for run in runs_] for runs_ in runs.by_value.values()]
    )
    if sequence is None:
        return None, False
    size = 1 if fan_leaf is None else fan_leaf.size
    used = np.array(sorted(runs.by_value))
    n_steps = len(sequence) - 1
    low = np.full((n_steps, size), -np.inf)
    high = np.full((n_steps, size), np.inf)
    for value in used.tolist():
        place = 0
        previous: Run | None = None
        for run in runs.by_value[value]:
            position = sequence.index(run.outcome, place)
            # Steps up to this run's position happen before it, later ones after it.
            high[place:position, value] = np.minimum(high[place:position, value], run.low)
            if previous is not None:
                low[place:position, value] = previous.high
            place = position
            previous = run
        assert previous is not None
        low[place:, value] = previous.high
    if n_steps == 0:
        return Steps(sequence, [], []), True
    affine = _affine(low[:, used], high[:, used], used, fan_leaf)
    thresholds = _free(low, high) if affine is None else affine
    slopes = []
    for step in range(n_steps):
        distance = np.minimum(
            thresholds[step][used] - low[step, used], high[step, used] - thresholds[step][used]
        )
        least = float(distance.min())
        if not least > 0.0:  # no number lies between two that are so close
            return None, False
        slopes.append(1.0 / least)
    return Steps(sequence, thresholds, slopes), affine is not None


def _of_product(runs: Runs, leaf: Categorical) -> Steps | None:
    """The outcome as steps of z * (v + 1) or z * v, for the value v of the leaf, if it is these.

    What is stepped is a sum, z its mean: other sums can be met with other v, and so what comes
    with one of them need not be part of what comes with another.
    """
    if not leaf.domain.numeric:
        return None
    used = sorted(runs.by_value)
    values = np.array([float(value) for value in leaf.domain.values])
    for factors in (values + 1.0, values):
        if bool((factors[used] > 0).all() and np.isfinite(factors[used]).all()):
            found = _of_levels(runs, np.where(factors > 0, factors, 1.0))
            if found is not None:
                return found
    return None


def _of_levels(runs: Runs, factors: Floats) -> Steps | None:
    """The steps of z times the factor of a value, if runs of different outcomes do not overlap."""
    found = [
        (run.low * factors[value], run.high * factors[value], run.outcome, factors[value])
        for value, runs_ in runs.by_value.items()
        for run in runs_
    ]
    found.sort()
    _, highest, outcome, _ = found[0]
    outcomes, thresholds, distances = [outcome], [], []
    for low, high, outcome, _ in found:
        if outcome != outcomes[-1]:
            if not low > highest:
                return None
            outcomes.append(outcome)
            thresholds.append((low + highest) / 2)
            distances.append((low - highest) / 2)
        highest = max(highest, high)
    largest = max(factor for *_, factor in found)
    return Steps(
        outcomes,
        [threshold / factors for threshold in thresholds],
        [largest / distance for distance in distances],
    )


def _common_sequence(sequences: list[list[int]]) -> list[int] | None:
    """A sequence of which all are subsequences: the only one, or an order without repetitions."""
    distinct = list(dict.fromkeys(map(tuple, sequences)))
    longest = max(distinct, key=len)
    if all(_is_part(sequence, longest) for sequence in distinct):
        return list(longest)
    if any(len(set(sequence)) < len(sequence) for sequence in distinct):
        return None
    after: dict[int, set[int]] = {}
    for sequence in distinct:
        for outcome in sequence:
            after.setdefault(outcome, set())
        for first, second in pairwise(sequence):
            after[first].add(second)
    # Topological order of "comes before", if there is no cycle.
    waiting = dict.fromkeys(after, 0)
    for followers in after.values():
        for follower in followers:
            waiting[follower] += 1
    order: list[int] = []
    ready = [outcome for outcome, count in waiting.items() if count == 0]
    while ready:
        outcome = ready.pop()
        order.append(outcome)
        for follower in after[outcome]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    return order if len(order) == len(after) else None


def _is_part(sequence: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    rest = iter(whole)
    return all(outcome in rest for outcome in sequence)


def _affine(
    low: Floats, high: Floats, used: np.ndarray, leaf: Categorical | None
) -> list[Floats] | None:
    """Thresholds alpha + beta * feature within all intervals, with a quarter of them to spare."""
    if leaf is None or not leaf.domain.numeric:
        return None
    values = np.array([float(value) for value in leaf.domain.values])
    if not np.isfinite(values).all():
        return None
    features = [values]
    if bool((values >= 0).all()):
        features.append(1.0 / (values + 1.0))
    for feature in features:
        found: list[Floats] = []
        for step in range(len(low)):
            fitted = _fit(low[step], high[step], feature[used])
            if fitted is None:
                break
            found.append(fitted[0] + fitted[1] * feature)
        else:
            return found
    return None


def _fit(low: Floats, high: Floats, feature: Floats) -> tuple[float, float] | None:
    closed = np.isfinite(low) & np.isfinite(high)
    if not closed.any():
        return None
    middle = (low[closed] + high[closed]) / 2
    design = np.column_stack([np.ones(closed.sum()), feature[closed]])
    (alpha, beta), *_ = np.linalg.lstsq(design, middle, rcond=None)
    threshold = alpha + beta * feature
    width = np.where(closed, high - low, (high - low)[closed].min())
    spare = 0.25 * width
    inside = (threshold >= low + spare) & (threshold <= high - spare)
    return (float(alpha), float(beta)) if bool(inside.all()) else None


def _free(low: Floats, high: Floats) -> list[Floats]:
    """For each step the middle of each interval [steps, values of the leaf]; open intervals as if
    they were as wide as the narrowest."""
    closed = np.isfinite(low) & np.isfinite(high)
    with np.errstate(invalid="ignore"):
        widths = np.where(closed, high - low, np.inf).min(axis=1, keepdims=True)
        widths[np.isinf(widths)] = 1.0
        thresholds = np.where(closed, (low + high) / 2, 0.0)
    only_low = np.isfinite(low) & ~closed
    only_high = np.isfinite(high) & ~closed
    thresholds = np.where(only_low, low + widths / 2, thresholds)
    return list(np.where(only_high, high - widths / 2, thresholds))

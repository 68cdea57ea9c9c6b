"""The values that attention can deliver: counts, values that are read, means and sums."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from rasp.graph.columns import Column
from rasp.graph.construct import FULL
from rasp.graph.nodes import (
    Aggregate,
    Atom,
    Elementwise,
    Fetch,
    SelectorNode,
    SelectorWidth,
    atom_key,
)
from rasp.meaning.agreement import agree_by_counts, agree_by_score
from rasp.meaning.compared import (
    beside,
    constants_of,
    ends_of,
    few_of,
    float_of,
    is_small,
    same_side,
)
from rasp.meaning.counts import Counts
from rasp.meaning.either import domain_of_choice, is_choice
from rasp.meaning.facts import Facts
from rasp.meaning.linear import domain_of_sum, summed_in
from rasp.meaning.masks import between, identity, taken
from rasp.meaning.placed import placed_means
from rasp.meaning.related import quotients, selector_of
from rasp.meaning.space import Space
from rasp.meaning.states import (
    MAX_MASK,
    Bools,
    Domain,
    Ints,
    TooManyError,
    UnprovedError,
    codes_of,
    describe,
)
from rasp.meaning.steps import Steps, quotient
from rasp.meaning.sums import mean_in_total
from rasp.meaning.witness import Disagreement, Quantity, Total

MAX_MEANS = 200_000
"""So many sums, over so many keys each, are listed."""

MOST_DETAILED = 500
"""Tokens of inputs up to which it is known for each pair of index and length whether there is a key
to be read, beyond for each index."""

EXACT = 1 << 53


class Attended(Space):
    """A space that knows what heads deliver."""

    def __init__(self, tokens: tuple[Atom, ...], max_len: int, *, causal: bool) -> None:
        super().__init__(tokens, max_len, causal=causal)
        self.facts = Facts(self)
        self.agreement: dict[Aggregate | Fetch, bool] = {}
        # Of which numbers of keys each mean, and each sum, may be.
        self.by_count: dict[Aggregate, tuple[dict[object, int], Bools]] = {}
        self.sum_by_count: dict[Aggregate, tuple[dict[object, int], Bools]] = {}

    def _computed(self, quantity: Quantity) -> Domain:
        if quantity in summed_in([quantity], self):
            with suppress(UnprovedError):
                return domain_of_sum(quantity, self)
        try:
            return super()._computed(quantity)
        except TooManyError:
            if isinstance(quantity, Elementwise) and is_choice(quantity):
                with suppress(UnprovedError):
                    return domain_of_choice(quantity, self)
            node = mean_in_total(quantity, self)
            if node is None:
                raise
            return self._total(node)  # which it is, rounded or not

    def counts(self, selector: SelectorNode) -> Counts:
        return self.facts.counts(selector)

    def is_length(self, quantity: Quantity) -> bool:
        """Is it the length of the input?"""
        return isinstance(quantity, SelectorWidth) and quantity.selector is FULL and not self.causal

    def attended(self, quantity: Quantity) -> Domain:
        size = self.max_len
        match quantity:
            case SelectorWidth(selector=selector):
                if self.is_length(quantity):
                    return Domain(tuple(range(1, size + 1)), identity(size)[:, None, :])
                counts = self.facts.counts(selector)
                values = np.arange(counts.least, counts.most + 1)
                low, high = _coarse(counts, len(values))
                return _pruned(tuple(values.tolist()), between(values, low, high))
            case Aggregate():
                return self._aggregate(quantity)
            case Fetch(selector=selector, value=value):
                counts = self.facts.counts(selector)
                return _read(quantity, self.domain(value), counts, causal=self.causal)
            case Disagreement(aggregate=Aggregate()):
                return Domain((0, 1), np.ones((1, 1, 2), dtype=bool))
            case Total(aggregate=Aggregate() as node):
                return self._total(node)
        raise UnprovedError(f"the values of {describe(quantity)} are not listed")

    def may_meet(self, columns: dict[Quantity, Column], size: int) -> Bools:
        """Of rows with a mean and with the count of what it is over: can a mean of so many be this?

        p / m is a mean over m keys only if it is for some sum p; where the sum is there, too, it is
        the mean for this one, if not only ends of means are listed.
        """
        possible = np.ones(size, dtype=bool)
        for node in columns:
            if isinstance(node, Aggregate) and node in self.few:
                possible &= self._same_side(node, columns, size)
            known = self._by_count_of(node)
            if known is None:
                continue
            selector = selector_of(node)
            count = next(
                (
                    other
                    for other in columns
                    if isinstance(other, SelectorWidth) and other.selector is selector
                ),
                None,
            )
            if count is None:
                continue
            if isinstance(node, Total) and node.aggregate not in self.few:
                possible &= quotients(columns, node, count, size)
            places, by_count = known
            codes, atoms = codes_of(columns[node])
            counts, numbers = codes_of(columns[count])
            listed = np.array([places.get(atom_key(atom), -1) for atom in atoms] or [-1])
            of_means, of_counts = listed[codes], np.array(numbers or [0])[counts]
            sure = (codes >= 0) & (counts >= 0) & (of_means >= 0) & (of_counts < len(by_count))
            possible &= ~sure | by_count[np.where(sure, of_counts, 0), of_means]
        return possible

    def _by_count_of(self, quantity: Quantity) -> tuple[dict[object, int], Bools] | None:
        """Over how many keys each mean may be, or each sum, if it is one of those listed."""
        match quantity:
            case Aggregate():
                return self.by_count.get(quantity)
            case Total(aggregate=Aggregate() as node):
                return self.sum_by_count.get(node)
        return None

    def _same_side(self, node: Aggregate, columns: dict[Quantity, Column], size: int) -> Bools:
        """`same_side` of a mean and its sum, where both are there."""
        found = np.ones(size, dtype=bool)
        for other in columns:
            if isinstance(other, Total) and other.aggregate is node:
                (means, atoms), (sums, numbers) = map(codes_of, (columns[node], columns[other]))
                ends = ends_of(self.few[node])
                low, high = np.array([ends[atom] for atom in atoms])[means].T
                empty = not self.facts.counts(node.selector).never_empty
                default = float(node.default or 0) if empty else None
                found &= same_side(low, high, np.array(numbers, dtype=float)[sums], default)
        return found

    def agrees(self, node: Aggregate | Fetch) -> bool:
        """Do the keys that a query selects always carry the same value?"""
        if node not in self.agreement:
            self.agreement[node] = self._agrees(node)
        return self.agreement[node]

    def _agrees(self, node: Aggregate | Fetch) -> bool:
        if len(self.domain(node.value).values) == 1 or self.facts.counts(node.selector).at_most_one:
            return True
        try:
            if agree_by_counts(self.facts, node.selector, node.value):
                return True
            if agree_by_score(self.facts, node.selector, node.value):
                return True
            return self.facts.pairs(node.selector, [node.value]).agree_on(node.value)
        except UnprovedError:
            return False

    def _aggregate(self, node: Aggregate) -> Domain:
        counts = self.facts.counts(node.selector)
        carried = self.domain(node.value)
        kinds = {_kind(value) for value in carried.values}
        placed = placed_means(node, self)
        if placed is not None:
            found = placed
        elif self.agrees(node) or "number" not in kinds:
            # Where what is selected differs and is no number, the program fails.
            found = _read(node, carried, counts, causal=self.causal)
        elif kinds == {"number"}:
            found = self._means(node, carried, counts)
        else:
            raise UnprovedError(f"{describe(node)} averages values of different types")
        if not found.values:
            raise UnprovedError(f"{describe(node)} has no value")
        return found

    def _means(self, node: Aggregate, carried: Domain, counts: Counts) -> Domain:
        differs = self.facts.differs(node.value)
        constants = constants_of(node, self.roots)
        try:
            steps = Steps.of(carried.values, once=differs)
        except UnprovedError:
            if constants == ():
                return self._ends(node, list(carried.values), counts)
            raise
        several = sorted({m for a, b in counts.pairs for m in range(max(a, 2), b + 1)})
        # All that is selected is equal: the value itself, in its own type.
        atoms: list[Atom] = list(carried.values)
        over: list[set[int] | None] = [{1} if differs else None for _ in atoms]
        summed = any(isinstance(q, Total) and q.aggregate is node for q in self.roots)
        are_many = sum(len(steps.sums(m)) for m in several) > MAX_MEANS
        if are_many and steps.are_few(several):
            steps.list_all(max(several))
            are_many = False
        if constants is not None and (are_many or (summed and constants)):
            return self._few_means(node, steps, counts, constants)
        if are_many:
            raise UnprovedError(f"{describe(node)} has too many values to list them")
        listed: dict[float, set[int]] = {}
        for m in several:
            for total in steps.different(m):
                listed.setdefault(quotient(total, m, steps.unit), set()).add(m)
            for value in carried.numbers()[_twins(carried.values)].tolist():
                listed.setdefault(value + 0.0, set()).add(m)  # 1 and 1.0 are no equal values
        atoms += listed
        over += listed.values()
        known = {atom_key(atom) for atom in atoms}
        if len(known) < len(atoms):  # a float among what is averaged, and as a mean
            merged: dict[object, tuple[Atom, set[int] | None]] = {}
            for atom, counted in zip(atoms, over, strict=True):
                _, before = merged.get(atom_key(atom), (atom, set()))
                both = None if before is None or counted is None else before | counted
                merged[atom_key(atom)] = atom, both
            atoms, over = [a for a, _ in merged.values()], [c for _, c in merged.values()]
        empty = not counts.never_empty
        if empty and atom_key(node.default) not in {atom_key(atom) for atom in atoms}:
            atoms.append(node.default)
            over.append(set())
        by_count = np.zeros((counts.most + 1, len(atoms)), dtype=bool)
        for place, counted in enumerate(over):
            if counted is None:
                by_count[1:, place] = True
            else:
                by_count[sorted(counted), place] = True
        places: dict[object, int] = {atom_key(atom): n for n, atom in enumerate(atoms)}
        by_count[0, places[atom_key(node.default)] if empty else 0] = True
        self.by_count[node] = places, by_count
        return _by_count(tuple(atoms), by_count, counts)

    def _few_means(
        self, node: Aggregate, steps: Steps, counts: Counts, constants: tuple[float, ...]
    ) -> Domain:
        """Of a mean that is only compared with constants, those that stand for all."""
        every = sorted({m for a, b in counts.pairs for m in range(max(a, 1), b + 1)})
        sums = {m: (steps.least(m), steps.most(m)) for m in every}
        if not constants:
            ends = [quotient(total, m, steps.unit) for m, both in sums.items() for total in both]
            return self._ends(node, ends, counts)
        values = beside(constants, steps.unit, steps.step, sums)
        if not counts.never_empty:
            if not is_small(node.default):
                raise UnprovedError(f"{describe(node)} may be no number, or a large one")
            values.append(float(node.default or 0))
        few = few_of(values, constants)
        self.few[node], self.compared[node] = few, constants
        return Domain(tuple(few), np.ones((1, 1, len(few)), dtype=bool))

    def _ends(self, node: Aggregate, means: Sequence[Atom], counts: Counts) -> Domain:
        """Of a mean that is only read out, or added up, the least and the largest: it is between
        these."""
        numbers = [float_of(value) for value in means]
        if not counts.never_empty:
            numbers.append(float_of(node.default))
        few = few_of(numbers, ())
        self.few[node], self.compared[node] = few, ()
        return Domain(tuple(few), np.ones((1, 1, len(few)), dtype=bool))

    def _total(self, node: Aggregate) -> Domain:
        counts = self.facts.counts(node.selector)
        steps = Steps.of(self.domain(node.value).values, once=self.facts.differs(node.value))
        if steps.unit != 1:
            raise UnprovedError(f"the sum in {describe(node)} is of numbers that are no integers")
        sums: dict[int, set[int]] = {}
        every = sorted({m for a, b in counts.pairs for m in range(a, b + 1)})
        if sum(steps.most(m) - steps.least(m) + 1 for m in every) > MAX_MEANS:
            ends = min(map(steps.least, every)), max(map(steps.most, every))
            if ends[1] - ends[0] > MAX_MEANS:
                raise UnprovedError(f"the sum in {describe(node)} has too many values to list them")
            whole = tuple(range(ends[0], ends[1] + 1))
            return Domain(whole, np.ones((1, 1, len(whole)), dtype=bool))
        for m in every:
            for total in steps.sums(m):
                sums.setdefault(total, set()).add(m)
        by_count = np.zeros((max(every) + 1, len(sums)), dtype=bool)
        for place, counted in enumerate(sums.values()):
            by_count[sorted(counted), place] = True
        if max(map(abs, sums)) < EXACT:
            self.sum_by_count[node] = {atom_key(p): n for n, p in enumerate(sums)}, by_count
        return _by_count(tuple(sums), by_count, counts)


def _by_count(values: tuple[Atom, ...], by_count: Bools, counts: Counts) -> Domain:
    """Values, each where so many keys are selected as it may be of; by_count [count, value]."""
    low, high = counts.low, counts.high
    if low.size * len(values) > MAX_MASK:
        return Domain(values, np.ones((1, 1, len(values)), dtype=bool))
    mask = np.zeros((*low.shape, len(values)), dtype=bool)
    for a, b in counts.pairs:
        mask[(low == a) & (high == b)] = by_count[a : b + 1].any(axis=0)
    return _pruned(values, mask)


def _twins(values: tuple[Atom, ...]) -> list[bool]:
    """Which of the numbers are there in another type, or with another sign, too."""
    return [sum(other == value for other in values) > 1 for value in values]


def _kind(value: Atom) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def _coarse(counts: Counts, n_values: int, most: int | None = None) -> tuple[Ints, Ints]:
    """Low and high, in less detail where a mask for so many values would be too large, or inputs
    are longer than `most`."""
    low, high = counts.low, counts.high
    is_large = low.size * n_values > MAX_MASK or (most is not None and min(low.shape) > most)
    if is_large and min(low.shape) > 1:
        there = counts.there()
        low = np.where(there, low, counts.most).min(axis=0, keepdims=True)
        high = np.where(there, high, 0).max(axis=0, keepdims=True)
    return low, high


def _pruned(values: tuple[Atom, ...], mask: Bools) -> Domain:
    """Without values that are possible nowhere."""
    used = np.flatnonzero(mask.any(axis=(0, 1)))
    return Domain(tuple(values[place] for place in used.tolist()), taken(mask, used))


def _read(node: Aggregate | Fetch, carried: Domain, counts: Counts, *, causal: bool) -> Domain:
    """One of the values that keys of an input of this length carry, and no later key than the query
    where none sees any, or the default.  Where there is none the program fails."""
    # Whether a key may be selected, and whether none may be, is all that matters.
    counts = Counts.of(np.minimum(counts.low, 1), np.minimum(counts.high, 1))
    low, high = _coarse(counts, len(carried.values), MOST_DETAILED)
    seen: Bools  # [length or 1, index of the query or 1, value]
    if causal and carried.mask.shape[1] > 1:
        seen = np.logical_or.accumulate(carried.mask, axis=1)
        seen = seen[:, :1] if seen[:, 0].all() else seen
    elif carried.mask.shape[0] == 1 < carried.mask.shape[1]:  # in inputs that have such an index
        seen = np.logical_or.accumulate(carried.mask[0], axis=0)[:, None, :]
        seen = seen[:1] if seen[0].all() else seen
    else:
        seen = np.asarray(carried.mask.any(axis=1, keepdims=True))
    n, i = max(len(seen), len(low)), max(seen.shape[1], low.shape[1])
    if n * i * len(carried.values) > MAX_MASK:
        seen, i = np.asarray(seen.any(axis=1, keepdims=True)), low.shape[1]
    if n * i * len(carried.values) > 8 * MAX_MASK:  # where there is a key is left out
        low, high = low.min(keepdims=True), high.max(keepdims=True)
        n, i = seen.shape[:2]
    mask = np.broadcast_to(seen & (high > 0)[:, :, None], (n, i, len(carried.values)))
    values = list(carried.values)
    if node.default is not None and not counts.never_empty:
        keys = [atom_key(value) for value in values]
        missing = (low == 0)[:, :, None]
        if atom_key(node.default) in keys:
            place = keys.index(atom_key(node.default))
            mask = mask.copy()
            mask[:, :, place] |= missing[:, :, 0]
        else:
            values.append(node.default)
            mask = np.concatenate([mask, np.broadcast_to(missing, (n, i, 1))], axis=2)
    return _pruned(tuple(values), mask)

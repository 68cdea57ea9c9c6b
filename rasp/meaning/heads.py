"""An attention sublayer: does each head select what the program says, and deliver what it should?

Once it is proved what a head selects (`rasp.meaning.scores`), what it delivers is known: the mean
of what the selected keys carry, the count of them, or a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Head, worst
from rasp.graph.columns import Column
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    SelectorNode,
    SelectorWidth,
    atom_key,
)
from rasp.meaning.added import added, factor_of
from rasp.meaning.addresses import addressed, misread
from rasp.meaning.attended import Attended
from rasp.meaning.carried import Carried, allowed, largest_of, values_of
from rasp.meaning.masks import blocks
from rasp.meaning.scores import Scoring
from rasp.meaning.seconds import read_beside
from rasp.meaning.selectors import keys_of, queries_of
from rasp.meaning.states import (
    Bools,
    Floats,
    States,
    UnprovedError,
    WorkLimitError,
    codes_of,
    describe,
    ordered,
    parts,
)
from rasp.meaning.stream import UNIT, Streams, check_listed
from rasp.meaning.sums import mean_in_total
from rasp.meaning.tallies import added_up, choice_of
from rasp.meaning.witness import Beside, Quantity, Total


class Attention:
    """One attention sublayer.  scale: how large the gap between scores is."""

    def __init__(
        self,
        tensors: dict[str, NDArray[Any]],
        heads: Sequence[Head],
        streams: Streams,
        scale: float,
    ) -> None:
        self.tensors, self.heads, self.streams = tensors, heads, streams
        self.space: Attended = streams.space
        self.scoring = Scoring(tensors, heads, streams, scale)

    @property
    def scores(self) -> list[float]:
        """How far the scores of each head are off, in gaps."""
        return self.scoring.off

    def check(self, born: Sequence[int]) -> dict[int, float]:
        """How far each direction is from its meaning.  Raises UnprovedError."""
        carried: dict[int, list[Carried]] = {direction: [] for direction in born}
        of_place = {self.streams.plan.directions[d].place: d for d in born}
        for number, head in enumerate(self.heads):
            t = self.tensors
            for value in range(len(head.values)):
                (place,) = np.flatnonzero(t["W_O"][number, value])
                column = t["W_V"][number][:, value : value + 1], t["b_V"][number][value : value + 1]
                at_bos = float(self.streams.bos @ column[0][:, 0].astype(np.float64)) + float(
                    column[1][0]
                )
                gain = float(t["W_O"][number, value, place])
                carried[of_place[int(place)]].append(Carried(number, value, column, gain, at_bos))
        deviations = {}
        for direction, some in carried.items():
            try:
                deviations[direction] = self._direction(direction, some)
            except UnprovedError as error:
                quantities = ", ".join(map(describe, self.streams.quantities([direction])))
                raise UnprovedError(f"{quantities or 'a direction'}: {error}") from None
        return deviations

    # -- what a direction is said to hold

    def _direction(self, direction: int, carried: Sequence[Carried]) -> float:
        quantities = self.streams.quantities([direction])
        heads = list(dict.fromkeys(entry.head for entry in carried))
        read: list[int] = []
        for head in heads:
            for name in "QKV":
                n = len(self.heads[head].values if name == "V" else self.heads[head].keys)
                read += self.streams.read_by(self.tensors[f"W_{name}"][head][:, :n])
        if all(self._by_context(quantity) for quantity in quantities):
            try:
                found = self._fixed(direction, carried)
            except UnprovedError:
                if len(quantities) != 1:
                    raise
                found = self._delivered(direction, quantities[0], carried, read)
        elif len(quantities) == 1:
            found = self._delivered(direction, quantities[0], carried, read)
        else:
            raise UnprovedError("a head delivers one s-op at a time")
        self.streams.settle(direction, read)
        return found

    def _delivered(
        self, direction: int, quantity: Quantity, carried: Sequence[Carried], read: Sequence[int]
    ) -> float:
        faithful = all(self.heads[entry.head].weight is None for entry in carried)
        match quantity:
            case (
                Aggregate(selector=selector, value=value) | Fetch(selector=selector, value=value)
            ) if faithful and len(carried) == 1:
                asked = [*keys_of(selector), *queries_of(selector), value]
                self.streams.means[direction] = self.streams.needs(read, asked)
                return self._mean(direction, quantity, carried[0])
            case Beside(aggregate=(Aggregate() | Fetch()) as node, of=of) if (
                faithful and len(carried) == 1
            ):
                if factor_of(self.streams, direction) != 1.0:
                    raise UnprovedError("it is held as a multiple")
                if of is not None:
                    return read_beside(self.scoring, node, quantity, of, carried[0])
                return self._mean(direction, node, carried[0], quantity)
            case SelectorWidth() if len(carried) == 1 and carried[0].gain == 1.0 and not faithful:
                return self._share(direction, quantity, carried[0])
            case Elementwise() if faithful and (choice := choice_of(quantity)) is not None:
                return self._choice(direction, quantity, choice, carried)
            case SelectorWidth() | Elementwise() if faithful and len(carried) == 1:
                return self._address(direction, quantity, carried[0])
            case SelectorWidth(selector=selector):
                return added(self.scoring, direction, quantity, selector, None, carried)
            case Total(aggregate=Aggregate() as node):
                selector = node.selector
                return added(self.scoring, direction, quantity, selector, node.value, carried)
            case Elementwise():
                found = mean_in_total(quantity, self.space)
                if found is not None:
                    summed = found.selector, found.value
                    return added(self.scoring, direction, quantity, *summed, carried)
        raise UnprovedError("it is not what a head of this kind delivers")

    def _by_context(self, quantity: Quantity) -> bool:
        """Do index and length alone say what it is?"""
        for leaf in ordered([quantity], frozenset()):
            if parts(leaf) or isinstance(leaf, Constant) or leaf is INDICES:
                continue
            if not isinstance(leaf, SelectorWidth):
                return False
            if not self.space.facts.counts(leaf.selector).fixed:
                return False
        return True

    # -- what is delivered

    def _choice(
        self,
        direction: int,
        quantity: Quantity,
        choice: tuple[list[SelectorNode], list[Atom]],
        carried: Sequence[Carried],
    ) -> float:
        """A choice by what is selected, as the sum of how much more each selector is worth."""

        def held(values: list[Atom]) -> Floats:
            found: Floats = self._at(direction, quantity, Column.of(values))
            check_listed(found, np.ones(len(values), dtype=bool), "a choice")
            return found

        off = added_up(self.scoring, choice, carried, held)
        return allowed(off, sum(abs(float(entry.values[1][0])) for entry in carried))

    def _address(self, direction: int, quantity: Quantity, carried: Carried) -> float:
        """What the position carries that has this number, or BOS does for 0."""
        read = self.streams.read_by(carried.values[0])
        near = self.streams.quantities(read)
        queries, keys, chosen = addressed(self.scoring, carried.head, quantity, near)
        values = values_of(self.scoring, carried, read, keys)
        aim = self.streams.contents(direction, queries)
        check_listed(aim, np.ones(queries.size, dtype=bool), "a number that is a place")
        off = misread(values.values[:, 0], carried.at_bos * carried.gain, aim, chosen)
        return allowed(off + float(values.off[0]), largest_of(np.abs(aim)))

    def _mean(
        self,
        direction: int,
        node: Aggregate | Fetch,
        carried: Carried,
        second: Beside | None = None,
    ) -> float:
        """The mean of what selected keys carry, or what BOS does where none is selected.

        second: what is carried is not the value itself, but a number for it.
        """
        selector, head = node.selector, carried.head
        read = self.streams.read_by(carried.values[0])
        near = self.streams.quantities(read)
        agrees = self.space.agrees(node)
        if isinstance(node, Fetch) and not agrees:
            raise UnprovedError("it is not proved that selected keys carry the same")
        self.scoring.planned(head, selector, agrees)

        def carries(keys: States, seen: Bools) -> tuple[float, float]:
            values = values_of(self.scoring, carried, read, keys)
            aim = self._aim(direction, node, second, keys.columns[node.value])
            check_listed(aim, seen, "what keys carry")
            size = largest_of(np.abs(aim[seen]))
            off = largest_of(np.abs(values.values[:, 0] - aim)[seen]) + float(values.off[0])
            return allowed(off, size), size

        try:  # as if any key might be selected
            keys = self.space.states([node.value, *near], near=near).succeeding()
            off, size = carries(keys, np.ones(keys.size, dtype=bool))
            self.scoring.selected(head, selector)
        except WorkLimitError:
            raise
        except UnprovedError:
            off, size = carries(*self.scoring.seen(head, selector, [node.value, *near]))
        if node.default is not None and not self.space.facts.counts(selector).never_empty:
            default = self._default(direction, node) if second is None else second.default
            off = worst(off, abs(carried.at_bos * carried.gain - default))
            size = worst(size, abs(default))
        kinds = {type(value) for value in self.space.domain(node.value).values}
        if second is None and not agrees and kinds & {int, float}:
            off += self._affine(direction, node)
        return allowed(off, size)

    def _aim(
        self, direction: int, node: Aggregate | Fetch, second: Beside | None, column: Column
    ) -> Floats:
        """What is to be carried where the value is that of the column."""
        if second is None:
            return self._at(direction, node, column)
        codes, atoms = codes_of(column)
        pairs = zip(second.values, second.numbers, strict=True)
        table = {atom_key(value): number for value, number in pairs}
        return np.array([table.get(atom_key(atom), np.nan) for atom in atoms])[codes]

    def _affine(self, direction: int, node: Aggregate | Fetch) -> float:
        """How far the meaning is from a multiple of the mean and a constant, for what is averaged,
        and for the means of it that are listed."""
        if not self.streams.meaning(direction).terms:
            return 2 * UNIT * largest_of(np.abs(self._all(direction, node)))
        averaged = self._at(direction, node, self.space.domain(node.value).column)
        listed = ~np.isnan(averaged)  # others are selected nowhere
        aim: Floats = np.concatenate([self._all(direction, node), averaged[listed]])
        means, values = (self.space.domain(q).numbers() for q in (node, node.value))
        numbers = np.concatenate([means, values[listed]])
        low, high = int(numbers.argmin()), int(numbers.argmax())
        if numbers[low] == numbers[high]:  # 1 and 1.0, say, of which 1.0 is the mean
            return 2 * largest_of(np.abs(aim - aim[low]))
        slope = (aim[high] - aim[low]) / (numbers[high] - numbers[low])
        line = aim[low] + slope * (numbers - numbers[low])
        size = largest_of(np.abs(aim)) + abs(slope) * largest_of(np.abs(numbers))
        return 2 * largest_of(np.abs(aim - line)) + 8 * UNIT * float(size)

    def _share(self, direction: int, node: SelectorWidth, carried: Carried) -> float:
        """BOS is always read, with its weight w: w / (w + m), where m keys are selected."""
        selector, head = node.selector, carried.head
        self.scoring.selected(head, selector)
        if self.streams.read_by(carried.values[0]) or carried.values[1].any():
            raise UnprovedError("keys carry something where only BOS should")
        self.scoring.planned(head, selector, agrees=False)
        weight = self.heads[head].weight
        assert weight is not None
        aim = self._all(direction, node)
        counts = self.space.domain(node).numbers()
        shares = carried.at_bos * weight / (weight + counts)
        check_listed(aim, np.ones(len(aim), dtype=bool), "the count")
        return allowed(largest_of(np.abs(aim - shares)) + 8 * UNIT, largest_of(np.abs(aim)))

    def _fixed(self, direction: int, carried: Sequence[Carried]) -> float:
        """Index and length alone say what is delivered: all of it is computed."""
        if len(carried) != 1 or self.heads[carried[0].head].weight is not None:
            raise UnprovedError("what index and length say is not delivered by one head")
        (entry,) = carried
        head, size = entry.head, self.space.max_len
        queries, q_factors = self.scoring.states("Q", [head], [INDICES])
        read = self.streams.read_by(entry.values[0])
        keys, k_factors = self.scoring.states(
            "K", [head], [INDICES, *self.streams.quantities(read)]
        )
        once = [np.unique(codes_of(states.columns[INDICES])[0]).size for states in (queries, keys)]
        if not queries.size == keys.size == size or once != [size, size]:
            raise UnprovedError("scores or values depend on more than the index")
        if self.heads[head].single or any(self.heads[head].agrees):
            raise UnprovedError("the plan says that a mean is a single value")
        order_q = np.argsort(codes_of(queries.columns[INDICES])[0])
        order_k = np.argsort(codes_of(keys.columns[INDICES])[0])
        found = self.scoring.scores(head, q_factors[head], k_factors[head])
        scored = replace(found, queries=found.queries[order_q], keys=found.keys[order_k])
        values = values_of(self.scoring, entry, read, keys)
        numbers = values.values[order_k, 0]
        check_listed(numbers, np.ones(size, dtype=bool), "what keys carry")

        def means(rows: slice) -> Floats:
            """What is delivered [index, length] at some indices."""
            seen = np.ones((1, size), dtype=bool)
            if self.space.causal:
                seen = np.arange(size)[None, :] <= np.arange(size)[rows, None]
            chosen = scored.at(rows) > -0.5
            missed = ~chosen & seen
            chosen &= seen
            self.scoring.separates(head, scored, rows, chosen, missed, True)
            counts = np.cumsum(chosen, axis=1, dtype=np.int32)  # [index, last key]
            mean = np.where(chosen, numbers[None, :], 0.0)
            np.cumsum(mean, axis=1, out=mean)
            mean /= np.maximum(counts, 1)
            mean[counts == 0] = entry.at_bos * entry.gain
            return np.asarray(mean)

        quantities = self.streams.quantities([direction])
        by_index = not quantities or INDICES in ordered(quantities, frozenset())
        states = self.space.states([*quantities, INDICES] if by_index else quantities)
        assert not by_index or states.index is not None or states.mask.shape[1] == size
        aim = self.streams.contents(direction, states)
        off = _farthest(aim, means, states, size, by_index=by_index)
        largest = largest_of(np.abs(numbers))
        return allowed(off + float(values.off[0]) + (size + 4) * UNIT * largest, largest)

    def _at(self, direction: int, quantity: Quantity, column: Any) -> Floats:
        """What the direction holds where the quantity has these values."""
        states = States(
            {quantity: column}, np.ones((1, 1, len(column)), dtype=bool), None, None, len(column)
        )
        return self.streams.contents(direction, states, straight=True)

    def _default(self, direction: int, node: Aggregate | Fetch) -> float:
        assert node.default is not None
        found = float(self._at(direction, node, Column.of([node.default]))[0])
        if np.isnan(found):
            raise UnprovedError("the meaning does not list the default")
        return found

    def _all(self, direction: int, quantity: Quantity) -> Floats:
        return self._at(direction, quantity, self.space.domain(quantity).column)


def _farthest(
    aim: Floats, means: Callable[[slice], Floats], states: States, size: int, *, by_index: bool
) -> float:
    """How far what is delivered [index, length] is from what each state should have.

    means: at some indices.  by_index: whether the states say at which index they are, else it has
    to be so at all positions.
    """
    least, most = np.full((2, 1, size), [[[np.inf]], [[-np.inf]]])
    found = [0.0]
    for rows in blocks(size, size):
        mean = means(rows)
        if by_index:
            found.append(_farthest_of(aim, mean, states, rows))
            continue
        valid = np.arange(size)[None, :] >= np.arange(size)[rows, None]
        least = np.minimum(least, np.where(valid, mean, np.inf).min(axis=0))
        most = np.maximum(most, np.where(valid, mean, -np.inf).max(axis=0))
    if not by_index:
        found += [_farthest_of(aim, bound, states, None) for bound in (least, most)]
    return largest_of(np.array(found))


def _farthest_of(aim: Floats, bound: Floats, states: States, rows: slice | None) -> float:
    """The same for what is delivered at these indices, or, if None, at any."""
    lengths, since, places = states.contexts(rows)
    indices = 0 * since if rows is None else since - rows.start
    if states.length is None and states.mask.shape[0] == 1:  # in inputs of every length
        return largest_of(
            np.array(
                [
                    largest_of(np.abs(aim[place] - bound[index, start:]))
                    for index, start, place in zip(indices, since, places, strict=True)
                ]
            )
        )
    there = since <= lengths
    return largest_of(np.abs(aim[places[there]] - bound[indices[there], lengths[there]]))

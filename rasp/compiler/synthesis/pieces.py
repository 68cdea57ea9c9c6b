"""Functions that are linear in their leaves once some of them are known: a neuron for each piece.

`a if indices % 3 == 0 else (b if indices % 3 == 1 else c)` is one of three numbers, and the index
says which.  One piece is what the linear part delivers; any other adds its difference d from that
where its gates are open: relu(d - low - K * closed gates) + low, with K so large that the neuron is
off wherever a gate is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.limits import (
    FEW_GATES,
    HOPELESS,
    MANY_FITTED_VALUES,
    MOST_BASES,
    MOST_FAILED_FITS,
    MOST_FITS,
)
from rasp.compiler.synthesis.accuracy import Accuracy
from rasp.compiler.synthesis.table import (
    Solution,
    Table,
    allowed_error,
    leaf_feature,
    linear_fit,
    values_of,
)
from rasp.compiler.variables import Categorical, Linear
from rasp.deadline import look


@dataclass(frozen=True, eq=False)
class Piece:
    """The function is `form` on `rows`, which are those on which every gate in `sides` (the place
    of a leaf) has one of the codes there.
    """

    form: Linear
    rows: Ints
    sides: Mapping[int, tuple[int, ...]]


class _TooManyError(Exception):
    """So many fits have been tried that another construction is likely to be better."""


def by_pieces(table: Table, best: float, accuracy: Accuracy) -> Solution | None:
    """The function as a linear one with others added where gates are open, if cheaper than
    `best`.
    """
    found = pieces_of(table)
    if found is None or not all(accuracy.allows(piece.form, 1.0) for piece in found):
        return None
    if len(found) - 1 >= best:
        return None
    forms: list[Linear] = []
    for piece in sorted(found, key=lambda piece: -len(piece.rows)):
        if not any(piece.form is form for form in forms):
            forms.append(piece.form)
    options = [_solution(table, found, base) for base in forms[:MOST_BASES]]
    chosen = min(options, key=lambda option: option.cost)
    return chosen if chosen.cost < best else None


def pieces_of(table: Table) -> list[Piece] | None:
    """A few pieces that the function of a number consists of, or None."""
    if table.targets.shape[1] != 1 or len(table.codes) == 0:
        return None
    most = MANY_FITTED_VALUES if table.scalars() else FEW_GATES
    gates = [place for place in table.categoricals() if table.leaves[place].size <= most]
    try:
        return _Search(table, gates).split(np.arange(len(table.codes)), {}, gates)
    except _TooManyError:
        return None


class _Search:
    """A decision tree over categorical leaves, with linear functions at its ends."""

    def __init__(self, table: Table, gates: Sequence[int]) -> None:
        self.table, self.gates = table, gates
        self.target = table.targets[:, 0]
        self.small = allowed_error(self.target)
        self.n_fits = self.n_failed = 0

    def split(
        self, rows: Ints, sides: dict[int, tuple[int, ...]], gates: Sequence[int]
    ) -> list[Piece] | None:
        """The pieces of these rows, by the gate after which most is settled."""
        best: tuple[int, int, int] | None = None
        pieces: list[Piece] = []
        rest: tuple[int, ...] = ()
        for gate in gates:
            others = [other for other in gates if other != gate]
            settled, open_codes = self._by_gate(rows, sides, gate, others)
            price = (len(open_codes), len(settled), gate)
            if (settled or others) and (best is None or price < best):
                best, pieces, rest = price, settled, open_codes
        if best is None:
            return None
        if not rest:
            return pieces
        gate = best[2]
        others = [other for other in gates if other != gate]
        if not others:
            return None
        # What is left is split further: all at once if that will do, else value by value.
        options: list[list[tuple[int, ...]]] = [[(code,) for code in rest]]
        if pieces and len(rest) > 1:
            options.insert(0, [rest])
        for parts in options:
            deeper = self._deeper(rows, sides, gate, parts, others)
            if deeper is not None:
                return [*pieces, *deeper]
        return None

    def _deeper(
        self,
        rows: Ints,
        sides: dict[int, tuple[int, ...]],
        gate: int,
        parts: Sequence[tuple[int, ...]],
        others: Sequence[int],
    ) -> list[Piece] | None:
        found: list[Piece] = []
        for part in parts:
            inside = rows[np.isin(self.table.codes[rows, gate], part)]
            pieces = self.split(inside, {**sides, gate: part}, others)
            if pieces is None:
                return None
            found += pieces
        return found

    def _by_gate(
        self, rows: Ints, sides: dict[int, tuple[int, ...]], gate: int, others: Sequence[int]
    ) -> tuple[list[Piece], tuple[int, ...]]:
        """Pieces for values of a gate, values that are alike together, and what has none."""
        codes = self.table.codes[rows, gate]
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        groups = [rows[group] for group in np.split(order, starts[1:])]
        # The values with most rows say best what they are like.
        groups.sort(key=lambda group: -len(group))
        forms: list[tuple[Linear, list[tuple[int, float, Ints]]]] = []
        without: list[int] = []
        for group in groups:
            code = int(self.table.codes[group[0], gate])
            for form, members in forms:
                offset = self._offset(form, group)
                if offset is not None:
                    members.append((code, offset, group))
                    break
            else:
                hopeless = not forms and len(without) >= HOPELESS
                fitted = None if hopeless else self._fit(group, others)
                if fitted is None:
                    without.append(code)
                else:
                    forms.append((fitted, [(code, 0.0, group)]))
        settled = [self._piece(form, members, sides, gate) for form, members in forms]
        return settled, tuple(sorted(without))

    def _offset(self, form: Linear, rows: Ints) -> float | None:
        """What has to be added to the form to give the function on these rows."""
        off = self.target[rows] - values_of(form, self._part(rows))
        middle = float(off.max() + off.min()) / 2
        nearest = round(middle * 4) / 4
        middle = nearest if abs(middle - nearest) < self.small else middle
        return middle if float(np.abs(off - middle).max()) < self.small else None

    def _fit(self, rows: Ints, others: Sequence[int]) -> Linear | None:
        """The function of what is no gate, and of the gates that are left, if it is linear."""
        look()
        self.n_fits += 1
        if self.n_fits > MOST_FITS or self.n_failed > MOST_FAILED_FITS:
            raise _TooManyError
        places = [place for place in range(len(self.table.leaves)) if place not in self.gates]
        places = sorted({*places, *others})
        leaves = tuple(self.table.leaves[place] for place in places)
        codes, targets = self.table.codes[rows][:, places], self.table.targets[rows]
        part = Table(leaves, codes, targets, readings=self.table.readings)
        fitted = linear_fit(part)[0]
        self.n_failed += fitted is None
        return fitted

    def _part(self, rows: Ints) -> Table:
        codes, targets = self.table.codes[rows], self.table.targets[rows]
        return replace(self.table, codes=codes, targets=targets, outcomes=None)

    def _piece(
        self,
        form: Linear,
        members: Sequence[tuple[int, float, Ints]],
        sides: dict[int, tuple[int, ...]],
        gate: int,
    ) -> Piece:
        codes = tuple(sorted(code for code, _, _ in members))
        offsets = np.zeros(self.table.leaves[gate].size)
        for code, offset, _ in members:
            offsets[code] = offset
        if offsets.any():
            form = form + leaf_feature(self.table.leaves[gate], offsets)
        rows = np.concatenate([group for _, _, group in members])
        return Piece(form, rows, {**sides, gate: codes})


def _solution(table: Table, pieces: Sequence[Piece], base: Linear) -> Solution:
    direct = base
    neurons: list[Linear] = []
    outputs: list[float] = []
    for piece in pieces:
        if piece.form is base:
            continue
        difference = piece.form + base.scaled(-1.0)
        everywhere = values_of(difference, table)
        inside = np.zeros(len(everywhere), dtype=bool)
        inside[piece.rows] = True
        gates = _gates(table, piece)
        low, high = float(everywhere[inside].min()), float(everywhere[inside].max())
        small = allowed_error(table.targets)
        if high - low > small:
            sign = 1.0 if low >= -small or high > small else -1.0
            start = low if low < -small and high > small else 0.0
            ramp = difference.shifted(-start).scaled(sign)
            neurons.append(_gated(ramp, sign * (everywhere - start), inside, gates))
            outputs.append(sign)
        else:
            start = (low + high) / 2
        if abs(start) <= small:
            continue
        if len(gates) == 1:
            direct = direct + gates[0].scaled(start)
        else:
            neurons.append(_conjunction(gates))
            outputs.append(start)
    matrix = np.array([outputs]) if outputs else np.zeros((1, 0))
    split = {table.leaves[place] for piece in pieces for place in piece.sides}
    return Solution(
        tuple(map(table.spread, neurons)),
        matrix,
        (table.spread(direct),),
        "pieces",
        calm=all(_is_calm(piece.form, table) for piece in pieces),
        gates=frozenset(leaf for leaf in split if isinstance(leaf, Categorical)),
    )


def _is_calm(form: Linear, table: Table) -> bool:
    """Does no leaf change the form by more than the function changes at all?"""
    change = float(np.ptp(table.targets))
    return all(float(np.ptp(values)) <= change for values in form.features.values())


def _gates(table: Table, piece: Piece) -> list[Linear]:
    """1 where a gate is open, 0 where it is closed."""
    found = []
    for place, codes in piece.sides.items():
        leaf = table.leaves[place]
        assert isinstance(leaf, Categorical)
        if len(codes) < len(np.unique(table.codes[:, place])):
            inside = np.zeros(leaf.size)
            inside[list(codes)] = 1.0
            found.append(leaf_feature(leaf, inside))
    return found


def _gated(ramp: Linear, values: Floats, inside: Bools, gates: Sequence[Linear]) -> Linear:
    """The ramp where all gates are open, and below 0 where one is closed."""
    highest = float(values[~inside].max(initial=0.0)) + 1.0
    closed = float(2 ** np.ceil(np.log2(highest)))
    for gate in gates:
        ramp = ramp + gate.scaled(closed)
    return ramp.shifted(-closed * len(gates))


def _conjunction(gates: Sequence[Linear]) -> Linear:
    neuron = Linear(1.0 - len(gates))
    for gate in gates:
        neuron = neuron + gate
    return neuron

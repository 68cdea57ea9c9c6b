"""The read-out, value by value: is what is decoded what the program says, type included?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np

from rasp.certificate import worst
from rasp.graph.construct import is_sop
from rasp.graph.nodes import Aggregate, Elementwise, Fetch, SOpNode, atom_key
from rasp.graph.walk import topological
from rasp.meaning.added import factor_of
from rasp.meaning.added_up import read_of_many
from rasp.meaning.attended import Attended
from rasp.meaning.contexts import MAX_LOOKUPS, contexts_of, rows_of
from rasp.meaning.fractions import averaged, check_types
from rasp.meaning.masks import EVERY, blocks
from rasp.meaning.rests import columns_off
from rasp.meaning.seconds import reads_of
from rasp.meaning.states import (
    Floats,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    codes_of,
    describe,
    numbered,
    ordered,
)
from rasp.meaning.stream import UNIT, Numbers, Streams, number_of
from rasp.meaning.typed import check_beside_marks, has_to_be_told
from rasp.meaning.wholes import ends, is_whole, missed
from rasp.meaning.witness import Beside, Quantity
from rasp.outputs import Readout, Spread

LOGITS_AT_ONCE = 80
"""Times a quarter of a million: so many logits are laid out at a time."""

MAX_INTEGERS = 1_000_000
KEEPING = frozenset({"add", "subtract", "multiply", "divide", "modulo", "power", "negate", "plus"})
APART = 0.25
"""How far an ideal output may be from what is decoded exactly, as a share of the margin.  How far
it is is handed on to the bounds of the rounding."""


class Output:
    """The columns of the value.  off: how far each is from what is decoded exactly; free: values
    whose types are left to the rule for means; by_number: marks say what is an int."""

    def __init__(
        self, tensors: dict[str, Floats], readout: Readout, streams: Streams, root: SOpNode
    ) -> None:
        self.tensors, self.readout, self.streams, self.root = tensors, readout, streams, root
        self.space: Attended = streams.space
        self.by_number, self.free = False, 0
        self.possible: set[tuple[int, int, object]] = set()
        self.n_columns = readout.n_values

    def check(self) -> list[float]:
        """Raises UnprovedError."""
        n_columns = self.n_columns
        beside: list[float] = []
        if self.readout.spread is not None and self.readout.kind in ("numeric", "grid", "fraction"):
            beside = [self._spread(self.readout.spread)]
            n_columns -= 1
        w_u = self.tensors["unembed.W_U"][:, :n_columns]
        b_u = self.tensors["unembed.b_U"][:n_columns]
        if self.readout.kind == "fraction" or self.readout.low is not None:
            return [*self._fraction(), *beside]
        if self.readout.kind in ("numeric", "grid") and not beside:
            with suppress(UnprovedError):
                return [self._whole(w_u[:, 0], float(b_u[0]))]
        read = self.streams.read_by(w_u)
        near = self.streams.quantities(read)
        numbers: Numbers | None = None
        try:
            states = self.space.states([*near, self.root], near=near)
        except TooManyError:
            states, numbers = read_of_many(self.streams, w_u, b_u, read, [self.root])
        if self.root in self.space.few:
            raise UnprovedError("of a mean that is read out not all values are listed")
        states = states.succeeding()
        if not states.size:
            return [0.0] * self.n_columns  # it fails on every input

        def numbers_of(rows: slice) -> Numbers:
            if numbers is not None:
                return self._all_listed(replace(numbers, values=numbers.values[rows]))
            some = states if rows == EVERY else states.take(np.arange(states.size)[rows])
            return self._all_listed(self.streams.numbers(w_u, b_u, read, some))

        codes, atoms = codes_of(states.columns[self.root])
        if self.by_number:
            check_beside_marks(atoms)
        if self.readout.kind == "categorical":  # logits of all states at once are too many
            some = blocks(states.size, -(-self.n_columns // LOGITS_AT_ONCE))
            each = [self._categorical(numbers_of(rows), codes[rows], atoms) for rows in some]
            return np.max(each, axis=0).tolist()  # type: ignore[no-any-return]
        numbers = numbers_of(EVERY)
        match self.readout.kind:
            case "numeric":
                found = self._numeric(numbers, codes, atoms, states)
                return [found, *beside]
            case "grid":
                found = self._grid(numbers, codes, atoms, states)
                return [found, *beside]
        raise UnprovedError(f"results that are decoded as a {self.readout.kind} are not followed")

    def _all_listed(self, numbers: Numbers) -> Numbers:
        if np.isnan(numbers.values).any():
            raise UnprovedError(f"{describe(self.root)}: not all values of the output are listed")
        return numbers

    def _fraction(self) -> list[float]:
        """A mean, of which the values need not be listed.  Raises UnprovedError."""
        if self._number_read(0) is not self.root:
            raise UnprovedError(f"{describe(self.root)}: another number is put out")
        of = averaged(self.root, self.space)
        check_types(self.readout, of, by_number=self.by_number)
        second = None if self.readout.low is None else self._number_read(1)
        return columns_off(self.readout, of, second, self.space.max_len)

    def _whole(self, column: Floats, constant: float) -> float:
        """An integer of the program that the column is a sum of the same multiples as, so that its
        values need not be listed.  Raises UnprovedError."""
        if not is_whole(self.root, self.space):
            raise UnprovedError("it is no sum of integers")
        low, high = ends(self.root, self.space)
        if not self._reads_integers(int(low), int(high)):
            raise UnprovedError("integers are not read to the nearest integer")
        off = missed(self.streams, column, constant, self.root)
        if not off <= APART * self.readout.value_margin:
            raise UnprovedError(f"{describe(self.root)}: another sum is put out")
        return off

    def _reads_integers(self, low: int, high: int) -> bool:
        """Is every integer from low to high decoded as what it is, in all contexts?"""
        readout, zero = self.readout, np.zeros(1, dtype=np.int64)
        self._rows(zero, zero)
        match readout.kind:
            case "grid":
                return readout.integer and bool((np.asarray(readout.scale) == 1.0).all())
            case "numeric" if readout.context == "" and high - low < MAX_INTEGERS:
                assert readout.centres is not None
                assert readout.codes is not None
                (centres,), (codes,) = readout.centres, readout.codes
                centres = centres[: int(np.isfinite(centres).sum())]
                numbers = np.arange(low, high + 1)
                place = np.minimum(np.searchsorted(centres, numbers), len(centres) - 1)
                if not (np.diff(centres) > 0).all() or (centres[place] != numbers).any():
                    return False
                known = {place: atom_key(value) for place, value in enumerate(readout.values)}
                decoded = map(known.get, codes[place].tolist())
                return all(a == atom_key(b) for a, b in zip(decoded, numbers.tolist(), strict=True))
        return False

    def _spread(self, spread: Spread) -> float:
        """Lemma: the mean of (v - c)^2, and of 1 more for each v that is a float, tells whether all
        selected v are the integer w, if it is known that w is their mean.

        It is (w - c)^2 and the mean of (v - w)^2 and of the ones.  Where these are not all 0, they
        are 1 at least at one of m keys, which is a float or an integer that is not w.
        """
        second = self._number_read(self.n_columns - 1)
        if not isinstance(second, Beside) or second.aggregate is not self.root:
            raise UnprovedError("types are not read out of the spread of what is selected")
        parts = reads_of(second, self.space)
        second, mean = parts[-1], parts[-1].aggregate
        if not isinstance(mean, Aggregate):
            raise UnprovedError("types are read out of what is no mean")
        facts = self.space.facts
        counts = facts.counts(mean.selector)
        atoms: list[Any] = [*self.space.domain(mean.value).values]
        table = {atom_key(v): n for v, n in zip(second.values, second.numbers, strict=True)}
        numbers = [table.get(atom_key(atom), np.nan) for atom in atoms]
        for part in parts:
            node = part.aggregate
            if not isinstance(node, (Aggregate, Fetch)) or node.default is None:
                continue
            if not facts.counts(node.selector).never_empty:
                atoms.append(node.default)
                numbers.append(part.default)
        # What is decoded with a spread is taken for a float before it is made an int again.
        if any(isinstance(atom, bool) or not isfinite(number_of(atom)) for atom in atoms):
            raise UnprovedError("types of what no float is")
        exact = [Fraction(atom) for atom in atoms]
        middle = Fraction(spread.middle)
        wanted = [
            (value - middle) ** 2 + isinstance(atom, float)
            for atom, value in zip(atoms, exact, strict=True)
        ]
        if not np.isfinite(numbers).all():
            raise UnprovedError("the spread is that of other numbers")
        off = max(abs(Fraction(n) - w) for n, w in zip(numbers, wanted, strict=True))
        apart = Fraction(1, max(1, counts.most))
        short = float(max(Fraction(0), Fraction(spread.apart) - apart) + off)
        if not short <= APART * spread.apart:
            raise UnprovedError("the spread is read with too small a margin")
        # Rounded are a difference, its square, and what is left.
        return short + 4 * UNIT * float(max(wanted))

    def _number_read(self, number: int) -> Quantity | None:
        """What is a number that this column is, neither more nor less."""
        column = self.tensors["unembed.W_U"][:, number : number + 1]
        read = self.streams.read_by(column)
        if len(read) != 1 or self.tensors["unembed.b_U"][number] != 0.0:
            return None
        weight = float(column[self.streams.plan.directions[read[0]].place, 0])
        if weight != 1.0 or factor_of(self.streams, read[0]) != 1.0:
            return None
        return self.streams.quantities(read)[0]

    def _categorical(self, numbers: Numbers, codes: Ints, atoms: list[Any]) -> list[float]:
        """The largest logit is that of the value, by 1 at least."""
        columns: dict[object, list[int]] = {}
        for number, value in enumerate(self.readout.values):
            columns.setdefault(atom_key(value), []).append(number)
        right = np.zeros((len(atoms), self.n_columns), dtype=bool)
        for code in np.unique(codes).tolist():
            own = columns.get(atom_key(atoms[code]))
            if own is None:
                raise UnprovedError(f"{describe(self.root)}: {atoms[code]!r} is not read out")
            right[code, own] = True
        logits = numbers.values
        winner = logits.argmax(axis=1)
        rows = np.arange(len(logits))
        if not right[codes, winner].all():
            raise UnprovedError(f"{describe(self.root)}: another value is read out")
        others = logits.copy()
        others[rows, winner] = -np.inf
        ahead = logits[rows, winner] - others.max(axis=1, initial=-np.inf)
        short = float((1.0 - ahead).max(initial=0.0))
        if not short <= 0.01:
            raise UnprovedError(f"{describe(self.root)}: the logits of two values are close")
        return [short / 2 + float(off) for off in numbers.off]

    def _numeric(self, numbers: Numbers, codes: Ints, atoms: list[Any], states: States) -> float:
        readout = self.readout
        if readout.centres is None or readout.codes is None:
            raise UnprovedError("the read-out has not the tables of its kind")
        lengths, indices, rows = contexts_of(self.readout, states, self.space.max_len)
        table = self._rows(lengths, indices)
        # Many contexts may use one row of the tables for the same state.
        pairs = np.unique(np.stack([table, rows]), axis=1)
        if pairs.size > MAX_LOOKUPS:
            raise UnprovedError("there are too many contexts of results")
        off = 0.0
        kinds = self._kinds(states, table, rows)
        for context in np.unique(pairs[0]).tolist():
            here = pairs[1][pairs[0] == context]
            centres = readout.centres[context]
            listed = int(np.isfinite(centres).sum())
            centres = centres[:listed]
            if not listed or not (np.diff(centres) > 0).all():
                raise UnprovedError("the centres of results are not ascending")
            found = numbers.values[here, 0]
            place = np.searchsorted(centres, found)
            before = np.maximum(place - 1, 0)
            place = np.minimum(place, listed - 1)
            nearer = np.abs(centres[before] - found) <= np.abs(centres[place] - found)
            place = np.where(nearer, before, place)
            decoded = readout.codes[context][place]
            for code, result in np.unique(np.stack([codes[here], decoded]), axis=1).T.tolist():
                wanted = atoms[code]
                value = readout.values[result] if 0 <= result < len(readout.values) else None
                if value is not None and atom_key(wanted) == atom_key(value):
                    continue
                own = here[(codes[here] == code) & (decoded == result)]
                asked = {(context, kind) for kind in kinds[own].tolist()}
                if value is None or not self._alike(wanted, value, asked):
                    raise UnprovedError(
                        f"{describe(self.root)}: where it is {wanted!r} something else is read out"
                    )
            off = worst(off, float(np.abs(centres[place] - found).max(initial=0.0)))
        if not off <= APART * self.readout.value_margin:
            raise UnprovedError(f"{describe(self.root)}: what is put out is no centre")
        return off + float(numbers.off[0]) + _rounded(numbers.values)

    def _grid(self, numbers: Numbers, codes: Ints, atoms: list[Any], states: States) -> float:
        readout = self.readout
        if readout.scale is None:
            raise UnprovedError("the read-out has not the tables of its kind")
        lengths, indices, rows = contexts_of(self.readout, states, self.space.max_len)
        table = self._rows(lengths, indices)
        scale = readout.scale[table]
        found = numbers.values[rows, 0]
        ideal = np.rint(found * scale) / scale + 0.0
        keys = np.unique(np.stack([codes[rows].astype(np.float64), ideal]), axis=1)
        kinds = self._kinds(states, table, rows)[rows]
        for code, number in keys.T.tolist():
            value: Any = number
            if readout.integer and number.is_integer():
                value = int(number)
            wanted = atoms[int(code)]
            if atom_key(wanted) == atom_key(value):
                continue
            own = (codes[rows] == code) & (ideal == number)
            asked = set(zip(table[own].tolist(), kinds[own].tolist(), strict=True))
            if not self._alike(wanted, value, asked):
                raise UnprovedError(
                    f"{describe(self.root)}: where it is {wanted!r} {value!r} is read out"
                )
        off = float(np.abs(np.rint(found * scale) / scale - found).max(initial=0.0))
        if not off <= APART * self.readout.value_margin:
            raise UnprovedError(f"{describe(self.root)}: what is put out is not on the grid")
        return off + float(numbers.off[0]) + _rounded(numbers.values)

    def _alike(self, wanted: Any, found: Any, asked: set[tuple[int, int]]) -> bool:
        """Are these the same number, and it is the read-out that cannot know whether it is an int?

        asked: the rows of the read-out's tables where the one is found in place of the other, each
        with the kind of a state.
        """
        numbers = {type(wanted), type(found)} == {int, float} and wanted == found
        if numbers and atom_key(-0.0) in (atom_key(wanted), atom_key(found)):
            return False  # no int is -0.0
        if numbers and self.by_number:
            return isinstance(found, int)  # and a float where what is beside it says so
        if numbers and self.readout.spread is not None:
            return isinstance(found, float)  # and an int where the spread says so
        if numbers and self.readout.by_rule and not self._is_told and self._is_left_open():
            if not all((row, kind, atom_key(found)) in self.possible for row, kind in asked):
                return False
            self.free += 1
            return True
        return False

    def _kinds(self, states: States, table: Ints, rows: Ints) -> Ints:
        """The kind of each state: those of one kind differ only in which means are ints and which
        are floats.  What such states can be, for each row of the read-out's tables, is noted."""
        if not self.readout.by_rule:
            return np.zeros(states.size, dtype=np.int64)
        columns = []
        for quantity, column in states.columns.items():
            codes, atoms = codes_of(column)
            if any(map(self._untyped, ordered([quantity], frozenset()))):
                first: dict[object, int] = {}
                keys = [a if type(a) in (int, float) else atom_key(a) for a in atoms]
                codes = np.array([first.setdefault(key, n) for n, key in enumerate(keys)])[codes]
            columns.append(codes)
        _, kind = numbered(columns, states.size)
        codes, atoms = codes_of(states.columns[self.root])
        found = np.unique(np.stack([table, kind[rows], codes[rows]]), axis=1)
        self.possible = {(row, k, atom_key(atoms[code])) for row, k, code in found.T.tolist()}
        return kind

    @cached_property
    def _is_told(self) -> bool:
        return has_to_be_told(self.root, self.space)

    def _is_left_open(self) -> bool:
        """Is a mean that may be an int or a float averaged again, over several keys, or used in
        another function than those that keep what numbers are made of: those of `KEEPING` and
        conditionals?  Or is what is made of it read?  Else the read-out has to say what it is."""
        stack = [self.root]
        while stack:
            match stack.pop():
                case Elementwise(operator="where", operands=(_, *sides)):
                    stack += sides
                case Elementwise(operator=operator, operands=operands) if operator in KEEPING:
                    stack += operands
                case (
                    Aggregate(selector=selector, value=Aggregate() | Fetch() as node)
                    | Fetch(selector=selector, value=Aggregate() | Fetch() as node)
                ) if self.space.facts.counts(selector).at_most_one:
                    stack.append(node)  # what is beside the mean is read with it
                case Aggregate(value=node) | Fetch(value=node) | (Elementwise() as node):
                    for part in filter(is_sop, topological([node])):
                        with suppress(UnprovedError):
                            if self._untyped(part):
                                return True
        return False

    def _untyped(self, quantity: Quantity) -> bool:
        """Is it a mean that is some number both as an int and as a float?"""
        if not isinstance(quantity, Aggregate):
            return False
        types: dict[Any, set[type]] = {}
        for value in self.space.domain(quantity).values:
            if type(value) in (int, float):
                types.setdefault(value, set()).add(type(value))
        return any(len(kinds) > 1 for kinds in types.values())

    # -- contexts

    def _rows(self, lengths: Ints, indices: Ints) -> Ints:
        """The row of the tables for each context."""
        return rows_of(self.readout, lengths, indices, self.space.max_len)


def _rounded(numbers: Floats) -> float:
    """What the decoder rounds: the middle between two centres, or a number times a scale."""
    return 2 * UNIT * float(np.abs(numbers).max(initial=0.0))

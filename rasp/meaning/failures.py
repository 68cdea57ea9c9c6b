"""Where the program fails, the model has to say so, and nowhere else.

Let F be the first s-op, in the order of the graph, that fails on an input.  Everything below it is
there, so whatever is made of that alone holds what it should; a column of the output that is is 1
where F fails.  On inputs on which nothing fails all columns are 0.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.graph import construct
from rasp.graph.nodes import (
    Aggregate,
    Best,
    Elementwise,
    Fetch,
    Node,
    Select,
    SOpNode,
    atom_key,
)
from rasp.graph.walk import deferring, topological
from rasp.meaning.attended import Attended
from rasp.meaning.parts import put_together
from rasp.meaning.ranks import ranks_of
from rasp.meaning.rewrites import normal
from rasp.meaning.selectors import meets, truth_of
from rasp.meaning.sorts import may_fail, mixed, sorts
from rasp.meaning.states import (
    Bools,
    States,
    UnprovedError,
    WorkLimitError,
    codes_of,
    describe,
    parts,
)
from rasp.meaning.stream import Streams
from rasp.meaning.witness import Joint, Quantity, Witness, sops_of
from rasp.outputs import Readout

NEAR = 1e-6


def failing_in(
    roots: Sequence[SOpNode], space: Attended, decoded: Container[SOpNode] = ()
) -> list[SOpNode]:
    """S-ops below these that fail on some input on which nothing below them does, in the order of
    the graph; of those that the decoder computes all that may.  Raises UnprovedError where a
    selector may."""
    found: list[SOpNode] = []
    order = topological(roots)
    check_deferred(order, roots, space)
    known = sorts(order, space)
    for node in order:
        match node:
            case Elementwise(operands=operands):
                sides = [known[operand] for operand in operands]
                if may_fail(node, sides) and (node in decoded or _fails(node, space)):
                    found.append(node)
            case Select(key=key, query=query, comparison=comparison):
                if comparison not in ("==", "!=") and mixed(known[key], known[query]):
                    _check_order(node, space)
            case Aggregate(value=value):
                kinds = {type(atom) for atom in space.domain(value).values}
                if not kinds <= {int, float} and not space.agrees(node):
                    found.append(node)
            case Fetch(selector=selector, default=other):
                if not space.agrees(node):
                    raise UnprovedError(f"{describe(node)} may select different values")
                if other is None and not space.facts.counts(selector).never_empty:
                    found.append(node)
            case Best(selector=selector, score=score):
                ranks_of([score], space.states([score]).succeeding())
    return found


def check_deferred(order: Sequence[Node], roots: Sequence[SOpNode], space: Attended) -> None:
    """What nothing reads but scores of `best` never fails.

    If it did, the program would fail only for queries that select such a key.
    """
    deferred = deferring(order, roots)
    known = sorts(order, space) if deferred else {}
    for node in order:
        if node in deferred:
            assert isinstance(node, Elementwise)
            sides = [known[operand] for operand in node.operands]
            if may_fail(node, sides) and _fails(node, space):
                raise UnprovedError(f"{describe(node)} may fail, and only ranks keys")


def presence(node: Fetch, space: Attended) -> SOpNode:
    """Whether anything is selected."""
    return normal(construct.aggregate(node.selector, True, False), space)


def _fails(node: Elementwise, space: Attended) -> bool:
    states = space.states([*node.operands, node], near=node.operands)
    return bool(_fails_at(node, states).any())


def _fails_at(node: Quantity, states: States) -> Bools:
    """Where it fails and what it is made of does not."""
    column = states.columns[node]
    if column.faults is None:
        return np.zeros(states.size, dtype=bool)
    fails: Bools = np.broadcast_to(column.faults > 0, (states.size,))
    for operand in parts(node):
        below = states.columns[operand]
        if below.faults is not None:
            fails = fails & ~(below.faults > 0)
    return fails


def _check_order(select: Select, space: Attended) -> None:
    query, key = space.states([select.query]), space.states([select.key])
    query = query.succeeding()
    key = key.succeeding()
    truth = truth_of(select, query, key)
    if truth.clash is not None and (truth.clash & meets(query, key, space)).any():
        raise UnprovedError(
            f"the comparison of {describe(select.key)} with {describe(select.query)} may meet"
            " values without an order"
        )


def check_defined(witness: Witness, root: SOpNode, space: Attended) -> None:
    """What the witness names beside the program never fails where the program does not.

    Combinations of values in which something fails are looked at no further, which is right only if
    the program then fails.  Raises UnprovedError.
    """
    own = set(topological([root]))
    roots = list(dict.fromkeys(sops_of(witness)))
    if any(node not in own for node in topological(roots)):
        for node in failing_in(roots, space):
            if node not in own:
                raise UnprovedError(f"{describe(node)} may fail where the program does not")
    stack: list[Quantity] = list(witness.quantities)
    while stack:
        quantity = stack.pop()
        if isinstance(quantity, Joint):
            stack += quantity.of
            states = space.states([*quantity.of, quantity], near=quantity.of)
            if _fails_at(quantity, states).any():
                raise UnprovedError(f"{describe(quantity)} is not given for all values")


class Failures:
    """The columns of the output that say where the program fails."""

    def __init__(
        self, tensors: dict[str, NDArray[Any]], readout: Readout, streams: Streams, root: SOpNode
    ) -> None:
        self.tensors, self.streams = tensors, streams
        self.root, self.readout = root, readout
        self.space: Attended = streams.space
        self.decoded = put_together(readout, root, self.space)
        n_values = readout.n_values
        self.w = tensors["unembed.W_U"][:, n_values:]
        self.b = tensors["unembed.b_U"][n_values:]
        self.found: dict[SOpNode, Bools] = {}

    def check(self) -> list[float]:
        """How far each column is from 0 or 1.  Raises UnprovedError."""
        failing = failing_in([self.root], self.space, self.decoded)
        place = {node: number for number, node in enumerate(failing)}
        flags: dict[int, list[SOpNode]] = {n: [] for n in range(self.w.shape[1])}
        for node in failing:
            later = failing[place[node] :]
            if node in self.decoded:
                self._check_reported(node, later)
                continue
            if self._by_output(node):
                continue
            found = [c for c in flags if self._reports(c, node, later)]
            if not found:
                raise UnprovedError(f"nothing says where {describe(node)} fails")
            for column in found:  # what fails where something else does may be said by both
                flags[column].append(node)
        return [self._silent(column, nodes) for column, nodes in flags.items()]

    def _check_reported(self, node: SOpNode, later: Sequence[SOpNode]) -> None:
        """An operation that the decoder applies to parts of the result fails there as it does in
        the program, if its operands are what they are in the program: what is read for them is
        there, whatever fails later."""
        w_u = self.tensors["unembed.W_U"][:, : self.readout.n_values]
        needs = self.streams.needs(self.streams.read_by(w_u))
        if any(self.streams.cones.has(needs, other) for other in later):
            raise UnprovedError(f"what is read where {describe(node)} fails may fail as well")

    # -- selected values that differ

    def _by_output(self, node: SOpNode) -> bool:
        """Does the read-out itself notice that selected values differ?

        Of m selected keys that do not all carry the same, no value has a share of more than
        1 - 1 / m, and some other at least 1 / m: two logits are less than the margin apart.  So
        they are, if the values have the words of 0, 1, 2, ... in bits, and a logit is 1 less the
        number of bits that differ: let u have the largest one.  If no word in use differs from u in
        one bit that is not the same in all that is mixed, then these bits are 0 in u, since a
        smaller word is in use.  Nor is another bit 1 in u and 0 in what is mixed, or a word in use
        would be nearer.  So u is part of all words that are mixed, and adding a bit that one of
        them has besides gives a word that is no larger than this.
        """
        if not isinstance(node, Aggregate):
            return False
        if node is self.root and self.readout.kind == "categorical":
            return self._one_hot(node)
        raise UnprovedError(f"whether selected values differ in {describe(node)} is not followed")

    def _one_hot(self, node: Aggregate) -> bool:
        """Is each logit 1 for its own value and 0 for others, or as many less as bits of their
        places differ, and the margin as it should be?

        Logits are read straight from heads that deliver the mean, and nothing that these read
        depends on it.
        """
        n_values = len(self.readout.values)
        w, b = self.tensors["unembed.W_U"][:, :n_values], self.tensors["unembed.b_U"][:n_values]
        read = self.streams.read_by(w)
        others = any(quantity is not node for quantity in self.streams.quantities(read))
        means, cones = self.streams.means, self.streams.cones
        if others or any(d not in means or cones.has(means[d], node) for d in read):
            raise UnprovedError("logits are read from something else than a mean")
        states = self.space.alone(node)
        codes, atoms = codes_of(states.columns[node])
        wanted = [[atom_key(a) == atom_key(v) for v in self.readout.values] for a in atoms]
        one_hot = np.array(wanted, dtype=float)[codes]
        places, columns = one_hot.argmax(axis=1), np.arange(n_values)
        logits = self.streams.numbers(w, b, read, states).values
        apart = places[:, None] ^ columns[None, :]
        differ = sum(((apart >> bit) & 1 for bit in range(n_values.bit_length())), 0 * apart)
        known = one_hot.any(axis=1).all()
        coded = known and bool((np.abs(logits - 1.0 + differ) <= NEAR).all())
        if not coded and not (np.abs(logits - one_hot) <= NEAR).all():
            raise UnprovedError("logits are not 1 for one value and 0 for all others")
        most = self.space.max_len
        if not self.readout.margin >= 1.0 - 1.0 / max(2, most):
            raise UnprovedError("the margin of the logits is too small to see that values differ")
        return True

    # -- who says so

    def _asked(self, node: SOpNode) -> list[Quantity]:
        """What says whether an s-op fails."""
        if isinstance(node, Fetch):
            return [presence(node, self.space)]
        assert isinstance(node, Elementwise)
        return [*node.operands, node]

    def _fails(self, node: SOpNode, states: States, *, alone: bool = True) -> Bools:
        """Where it fails; alone: and what it is made of does not."""
        if isinstance(node, Fetch):
            codes, atoms = states.codes(presence(node, self.space))
            some = np.array([atom is True for atom in atoms] or [True])
            return np.asarray((codes >= 0) & ~some[np.maximum(codes, 0)])
        if alone:
            return _fails_at(node, states)
        faults = states.columns[node].faults
        return np.zeros(states.size, dtype=bool) if faults is None else faults > 0

    def _reports(self, column: int, node: SOpNode, later: Sequence[SOpNode]) -> bool:
        """Is the column 1 wherever the s-op fails?  later: what fails behind it, and itself."""
        matrix = self.w[:, column : column + 1], self.b[column : column + 1]
        read = self.streams.read_by(matrix[0])
        needs = self.streams.needs(read)
        if any(self.streams.cones.has(needs, other) for other in later):
            return False
        near = self.streams.quantities(read)
        try:
            states = self.space.states([*self._asked(node), *near], near=near)
        except WorkLimitError:
            raise
        except UnprovedError:
            return False
        states = states.take(np.flatnonzero(self._fails(node, states)))
        numbers = self.streams.numbers(*matrix, read, states)
        return bool((numbers.values > 1 - NEAR).all())

    def _silent(self, column: int, nodes: list[SOpNode]) -> float:
        """Is the column 0 wherever nothing fails?"""
        read = self.streams.read_by(self.w[:, column : column + 1])
        near = self.streams.quantities(read)
        wanted: list[Quantity] = [*near]
        for node in nodes:
            wanted += self._asked(node)
        if not wanted:
            states = self.space.states([self.space.unit])
        else:
            states = self.space.states(wanted, near=near)
        numbers = self.streams.numbers(
            self.w[:, column : column + 1], self.b[column : column + 1], read, states
        )
        values = numbers.values[:, 0]
        good = np.ones(states.size, dtype=bool)
        for quantity in near:
            faults = states.columns[quantity].faults
            if faults is not None:
                good &= ~(faults > 0)
        for node in nodes:
            good &= ~self._fails(node, states, alone=False)
        if np.isnan(values[good]).any() or not (values[good] <= NEAR).all():
            raise UnprovedError("a failure is reported where nothing fails")
        ideal = np.where(values > 0.5, 1.0, 0.0)
        off = np.where(values > 1.0, 0.0, np.where(values < 0.0, 0.0, np.abs(values - ideal)))
        off = off[~np.isnan(off) & (good | (values > 1 - NEAR))]
        return float(off.max(initial=0.0)) + float(numbers.off[0])

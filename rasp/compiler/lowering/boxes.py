"""Outputs that are one of a list of values, put together by the unembedding.

`tokens + tokens[0]` is "ab" if the token is "a" and the first one is "b".  So a logit for "ab" that
counts which of these conditions hold, less one, is 1 there and at most 0 elsewhere: neither neurons
nor a direction for each value are needed.  That takes a value that is given on a *box*, that is if
each leaf is one of some values of its own; a value that is given on several gets a logit for each.

`tokens if tokens == before else "-"` is no box of few numbers: each word of both is one.  It is one
of whether they are equal, and of the token.  So comparisons of two things that a choice asks for
are computed before where that saves as much.

Of a leaf of many values that are told apart the stream holds a code.  Instead of the condition that
the leaf is this value, which is 1 or 0, the logit then has 1 less the number of bits of the code
that differ: 1 if it is this value, and at most 0 otherwise, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rasp.compiler.facts.contexts import Bools, Floats, Ints
from rasp.compiler.facts.rows import count_rows, distinct_rows, number_rows
from rasp.compiler.limits import (
    BLOCK_OF_BOXES,
    BOX_MARGIN,
    FEW_BOXES,
    MAX_BOX_ROWS,
    MAX_BOXES,
    MOST_BOX_CELLS,
    MOST_ONE_HOT,
    WORTH_CODED,
    WORTH_COMPARED,
)
from rasp.compiler.lowering.conditions import is_chained
from rasp.compiler.lowering.evaluate import table_of
from rasp.compiler.lowering.sameness import numbered
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.steps import cut, leaves_after
from rasp.compiler.synthesis.cubes import cubes_of
from rasp.compiler.synthesis.table import Table
from rasp.compiler.variables import Categorical, Linear, Read, Variable
from rasp.errors import CompileError
from rasp.graph.nodes import Atom, Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.outputs import Readout


@dataclass(frozen=True, eq=False)
class Boxes:
    """forms: numbers that the stream holds; words: [logit, number], of which sums of them logits
    consist, None if each is a logit; readout: how logits are decoded."""

    forms: tuple[Linear, ...]
    readout: Readout
    words: Floats | None = None

    @property
    def size(self) -> int:
        """About how many weights the unembedding has for them."""
        features = {
            (leaf, values.tobytes())
            for form in self.forms
            for leaf, values in form.features.items()
        }
        return len(features) * len(self.readout.values)


_COMPARISONS = frozenset(COMPARISON_OPERATORS.values())


def output_boxes(lowering: Lowering, root: SOpNode) -> Boxes | None:
    """A logit for each box on which the root, lowered, has one value; None if it is a number, or if
    there are many more boxes than values.
    """
    leaves = _categorical(lowering, root, lowering.known[root].leaves)
    boxes = None if leaves is None else _boxes_of(lowering, root, leaves)
    attempt = lowering.child()
    after = _after_comparisons(attempt, root)
    found = None if after is None else _boxes_of(attempt, root, after)
    if found is None or (boxes is not None and not _saves(lowering, found, boxes)):
        return boxes
    lowering.adopt(attempt)
    return found


def _saves(lowering: Lowering, found: Boxes, boxes: Boxes) -> bool:
    """Is it worth a sublayer of neurons, which compute the comparisons?"""
    return boxes.size - found.size > (0 if lowering.options.codes else WORTH_COMPARED)


def _after_comparisons(lowering: Lowering, root: SOpNode) -> tuple[Categorical, ...] | None:
    """What a choice is a function of once comparisons of two things are computed: `tokens if tokens
    == before else "-"` is one of a truth value and the token."""
    if not (isinstance(root, Elementwise) and root.operator == "where"):
        return None
    depth = lowering.known[root].depth
    parts = cut(lowering, root, depth, computed=_is_comparison, opened=is_chained)
    if parts is None:
        return None
    return _categorical(lowering, root, leaves_after(lowering, parts, depth))


def _is_comparison(lowering: Lowering, node: SOpNode) -> bool:
    """Is it one of two things, which is a step of the difference of their places in an order?"""
    if not isinstance(node, Elementwise) or node.operator not in _COMPARISONS:
        return False
    return all(
        isinstance(lowering.known[operand].leaves[0], Categorical)
        and len(lowering.known[operand].leaves) == 1
        for operand in node.operands
    )


def _boxes_of(lowering: Lowering, root: SOpNode, leaves: tuple[Categorical, ...]) -> Boxes | None:
    table, column = table_of(lowering, root, leaves)
    if column.is_numeric:
        return None
    places, atoms = numbered(column)
    if len(atoms) < 2:
        return None
    first = distinct_rows([*table.codes.T, places], len(places))
    known = first[places[first] >= 0]
    if len(atoms) > MAX_BOXES:
        raise too_many_logits(lowering, root, len(atoms))
    boxes = _boxes(leaves, table.codes[known], places[known], atoms)
    if boxes is None:
        return None
    readout = Readout("categorical", tuple(value for value, _ in boxes), margin=BOX_MARGIN)
    coded = _coded(lowering, leaves, [sides for _, sides in boxes])
    if coded is not None:
        return Boxes(coded[0], readout, coded[1])
    return Boxes(tuple(_logit(leaves, sides) for _, sides in boxes), readout)


def too_many_logits(lowering: Lowering, root: SOpNode, n_values: int) -> CompileError:
    return CompileError(
        f"{lowering.text(root)} has {n_values:,} possible values, which are too many for a logit "
        "each",
        labels=lowering.labels(root),
        hint="a smaller vocabulary or a smaller max_len, or s-ops for the parts of a long string",
    )


def _categorical(
    lowering: Lowering, root: SOpNode, known: Sequence[Variable]
) -> tuple[Categorical, ...] | None:
    """The leaves of a function of several variables that are all categorical, and known to the last
    bit and with their types: what hangs on these is found where the function is computed."""
    leaves = tuple(
        leaf
        for leaf in known
        if isinstance(leaf, Categorical) and not leaf.blurred and not leaf.untyped
    )
    if len(leaves) < max(2, len(known)) or lowering.size_of(leaves) > MAX_BOX_ROWS:
        return None
    return leaves


def _boxes(
    leaves: tuple[Categorical, ...], codes: Ints, places: Ints, atoms: Sequence[Atom]
) -> list[tuple[Atom, list[Bools]]] | None:
    """For each box its value, and which values each leaf has there."""
    sides = [np.zeros((len(atoms), leaf.size), dtype=bool) for leaf in leaves]
    for side, column in zip(sides, codes.T, strict=True):
        side[places, column] = True
    if _are_apart(sides, codes, places) or _are_boxes(sides, codes):
        return [(atom, [side[place] for side in sides]) for place, atom in enumerate(atoms)]
    targets = places[:, None].astype(np.float64)
    found = cubes_of(Table(leaves, codes, targets), FEW_BOXES * len(atoms))
    if found is None or len(found[0]) > FEW_BOXES * len(atoms):
        return None
    cubes, merged = found
    boxes = []
    for cube in cubes:
        allowed = [np.ones(leaf.size, dtype=bool) for leaf in leaves]
        for number, chosen in cube.sides.items():
            allowed[merged.places[number]] = np.isin(merged.classes[number], chosen)
        boxes.append((atoms[cube.outcome], allowed))
    return boxes


def _are_apart(sides: Sequence[Bools], codes: Ints, places: Ints) -> bool:
    """Does every value of a leaf belong to one class of its values, and each value to one class for
    each leaf?
    """
    classes = []
    for side, column in zip(sides, codes.T, strict=True):
        packed = np.packbits(side, axis=1).astype(np.int64)
        numbers = number_rows(list(packed.T), len(packed))
        if count_rows([column, numbers[places]], len(column)) > count_rows([column], len(column)):
            return False
        classes.append(numbers)
    return count_rows(classes, len(sides[0])) == len(sides[0])


def _are_boxes(sides: Sequence[Bools], codes: Ints) -> bool:
    """Is every row in no box but its own?"""
    n_values = len(sides[0])
    if n_values * len(codes) > MOST_BOX_CELLS:
        return False
    words = [_words(side.T) for side in sides]  # [value of the leaf, word of 64 boxes]
    step = max(1, BLOCK_OF_BOXES // n_values)
    for start in range(0, len(codes), step):
        block = codes[start : start + step]
        inside = words[0][block[:, 0]]
        for side, column in zip(words[1:], block.T[1:], strict=True):
            inside &= side[column]
        # Each row is in its own box: in no other, if its words have one bit between them.
        if int(np.count_nonzero(inside)) != len(block) or (inside & (inside - np.uint64(1))).any():
            return False
    return True


def _words(bits: Bools) -> NDArray[np.uint64]:
    """[row, bit] -> [row, word of 64 bits]"""
    missing = -bits.shape[1] % 64
    packed = np.packbits(np.pad(bits, ((0, 0), (0, missing))), axis=1)
    return np.ascontiguousarray(packed).view(np.uint64)


def _logit(leaves: tuple[Categorical, ...], sides: Sequence[Bools]) -> Linear:
    """1 if every leaf is one of its values, and at most 0 otherwise."""
    logit = Linear(1.0)
    for leaf, side in zip(leaves, sides, strict=True):
        if not side.all():
            logit = logit + Linear.feature(leaf, side.astype(np.float64)).shifted(-1.0)
    return logit


def _coded(
    lowering: Lowering, leaves: tuple[Categorical, ...], boxes: list[list[Bools]]
) -> tuple[tuple[Linear, ...], Floats] | None:
    """The logits with codes of leaves, if any has values enough: numbers that the stream holds, and
    [logit, number] how many times each is added."""
    if lowering.options.sharpness is not None:
        return None  # a mixture of two codes may be that of a third value
    forms: list[Linear] = [Linear(1.0)]
    words: list[Floats] = [np.ones((len(boxes), 1))]
    codes = [
        _code(lowering, leaf, sides)
        for leaf, sides in zip(leaves, zip(*boxes, strict=True), strict=True)
    ]
    if not any(is_code for _, _, is_code in codes):
        return None
    for features, of_logits, _ in codes:
        forms += features
        words.append(of_logits)
    if sum(part.shape[1] for part in words) * len(boxes) > BLOCK_OF_BOXES:
        return None
    return tuple(forms), np.hstack(words)


def _code(
    lowering: Lowering, leaf: Categorical, sides: Sequence[Bools]
) -> tuple[list[Linear], Floats, bool]:
    """What a leaf adds to each logit: 0 if it is one of the side's values, at most -1 otherwise.
    Numbers that the stream holds, and [logit, number] how many times each is added; and whether
    they are a code, which takes sides without a common value."""
    number_of = {side.tobytes(): side for side in sides if not side.all()}
    kinds = list(number_of.values())
    places = {key: place for place, key in enumerate(number_of)}
    of_logits = np.array([places.get(side.tobytes(), -1) for side in sides])
    asked = of_logits >= 0
    n_bits = len(kinds).bit_length()  # with one word more, for what is in no side
    saved = (len(kinds) - n_bits) * len(sides)
    mixed = isinstance(leaf, Read) and leaf.checked
    many = len(kinds) > MOST_ONE_HOT or saved >= WORTH_CODED or lowering.options.codes
    apart = bool(kinds) and int(np.sum(kinds, axis=0).max()) == 1
    if not (many and saved > 0 and apart and not mixed and (leaf.embedded or _is_read(leaf))):
        features = [Linear.feature(leaf, kind.astype(np.float64)).shifted(-1.0) for kind in kinds]
        one_hot = (of_logits[:, None] == np.arange(len(kinds))).astype(np.float64)
        return features, one_hot, False
    bits = np.where((np.arange(len(kinds) + 1)[:, None] >> np.arange(n_bits)) & 1, 1.0, -1.0)
    numbers = np.full(leaf.size, len(kinds))
    for place, kind in enumerate(kinds):
        numbers[kind] = place
    features = [Linear.feature(leaf, bit) for bit in bits[numbers].T]
    # Bits that agree give 1/2 and others -1/2, so that all of them give half their number.
    words = np.where(asked[:, None], bits[of_logits] / 2, 0.0)
    constant = np.where(asked, -n_bits / 2, 0.0)
    return [*features, Linear(1.0)], np.hstack([words, constant[:, None]]), True


def _is_read(leaf: Categorical) -> bool:
    return isinstance(leaf, Read)

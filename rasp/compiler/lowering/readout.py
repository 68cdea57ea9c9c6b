"""What the unembedding delivers for the root, and how it is decoded.

A categorical value has a logit for each value, 1 for the right one and at most 0 for the others.
Where it is held one-hot, the others have 0.  Of many values the stream holds a code instead: each
has a word of +-1, and its logit is 1 less the number of places in which its word differs from what
is there.  A thousand words of a vocabulary then take ten directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.limits import (
    CHOICE_MARGIN,
    EXACT_IN_FLOAT64,
    LONG_INPUTS,
    MAX_LOGITS,
    MOST_ONE_HOT,
    MOST_SINGLE,
)
from rasp.compiler.lowering.boxes import output_boxes, too_many_logits
from rasp.compiler.lowering.evaluate import evaluate
from rasp.compiler.lowering.numbers import (
    categorical_columns,
    is_by_rule,
    refuse_blurred,
    refuse_open_zeros,
    scalar_columns,
)
from rasp.compiler.lowering.outputs import (
    label_variable,
    output_choice,
    output_formula,
    output_sum,
)
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.lowering.strings import output_strings
from rasp.compiler.readings import Readings
from rasp.compiler.variables import (
    Categorical,
    Linear,
    Mean,
    Read,
    Scalar,
    TokenVariable,
    Variable,
    Width,
)
from rasp.graph.nodes import Atom, SOpNode, atom_key
from rasp.outputs import Readout
from rasp.source import Span


@dataclass(frozen=True)
class Target:
    """The root as a variable; `finish` is called when it is settled how scalars are read."""

    lowering: Lowering
    root: SOpNode
    variable: Categorical | Scalar
    values: tuple[Atom | None, ...]  # for each value of the variable; None: it fails there

    def finish(self, readings: Readings) -> Output:
        """The columns of the value, and how to decode them."""
        if isinstance(self.variable, Scalar):
            columns = scalar_columns(self.lowering, self.variable, readings, self.values)
            return Output(columns.forms, columns.readout)
        present = [value for value in self.values if value is not None]
        if not all(type(value) in (int, float) for value in present):
            if any(type(value) is float for value in present):
                refuse_blurred(self.lowering, self.variable)
            refuse_open_zeros(self.lowering, self.variable, present)
            found = self._categorical(present)
            by_rule = is_by_rule(self.lowering, self.root, self.variable)
            by_rule &= any(type(v) in (int, float) for v in present)
            return replace(found, readout=replace(found.readout, by_rule=by_rule))
        columns = categorical_columns(self.lowering, self.root, self.variable, self.values)
        return Output(columns.forms, columns.readout)

    def _categorical(self, present: list[Atom]) -> Output:
        """A logit for every value: 1 for the right one, at most 0 for the others."""
        distinct = {atom_key(value): value for value in present}
        assert isinstance(self.variable, Categorical)
        if len(distinct) > MAX_LOGITS:
            raise too_many_logits(self.lowering, self.root, len(distinct))
        keys = [None if value is None else atom_key(value) for value in self.values]
        numbers = {key: number for number, key in enumerate(distinct)}
        codes = np.array([-1 if key is None else numbers[key] for key in keys])
        values = tuple(distinct.values())
        if self._is_numbered(len(distinct)):
            logits = _numbered_logits(self.variable, codes, len(distinct))
            return Output(tuple(logits), Readout("categorical", values, margin=CHOICE_MARGIN))
        margin = 1.0 - 1.0 / max(2, self.lowering.contexts.max_len)
        readout = Readout("categorical", values, margin=margin)
        if self._as_code(len(distinct)):
            return _coded(self.variable, codes, readout)
        columns = [
            Linear.feature(self.variable, (codes == number).astype(np.float64))
            for number in range(len(distinct))
        ]
        return Output(tuple(columns), readout)

    def _is_numbered(self, n_values: int) -> bool:
        """Is a direction for each value too much, with so many positions, and a number enough?

        A mixture of several values looks like none of them only where each has its own direction;
        attention that is not hard makes mixtures.
        """
        return (
            self.lowering.contexts.max_len >= LONG_INPUTS
            and 2 < n_values <= MOST_SINGLE
            and isinstance(self.variable, (Read, TokenVariable))
            and not (isinstance(self.variable, Read) and self.variable.checked)
            and not self.lowering.options.one_logit
            and self.lowering.options.sharpness is None
        )

    def _as_code(self, n_values: int) -> bool:
        """Do logits come from a code, and not from a one-hot?

        Not if attention is not hard: a mixture of two codes may be that of a third value.
        """
        options, variable = self.lowering.options, self.variable
        if options.sharpness is not None or not (variable.embedded or isinstance(variable, Read)):
            return False
        return n_values > (2 if options.codes else MOST_ONE_HOT)


@dataclass(frozen=True, eq=False)
class Output:
    """forms: numbers that the stream holds; words: [column, number], of which sums of them the
    columns consist, None if each is a column; readout: how columns are decoded."""

    forms: tuple[Linear, ...]
    readout: Readout
    words: Floats | None = None


def _coded(variable: Categorical, codes: Ints, readout: Readout) -> Output:
    """A code for the values, and the logits that it gives.

    codes: for each value of the variable the place in the readout, -1 where it fails.  The values
    are put in order, and the word of each is its place there, in bits: where an order of the same
    values is taken apart into digits, the bits are there.  All words from 0 on are in use, so that
    a mixture of some is noticed, as of a one-hot.  Let u be the word with the largest logit.  If a
    bit that is not the same in all that is mixed is 1 in u, the word without it is in use, and its
    logit differs by 1 less twice the smaller share.  If all such bits are 0 in u, and another
    differs from what is mixed, it is 0 in u as well, or a word in use would be nearer.  So u has no
    bit that any of the mixed words has not; one of these has one that u has not, and u with it is
    no larger than that word, so that it is in use, too.
    """
    order = sorted(range(len(readout.values)), key=lambda n: _by_value(readout.values[n]))
    if isinstance(variable, Read) and 0 <= variable.default_code < len(codes):
        default = codes[variable.default_code]
        if default >= 0 and variable.default_code not in variable.codes:
            order = [*(number for number in order if number != default), int(default)]
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    n_bits = max(1, (len(order) - 1).bit_length())
    words = np.where((np.arange(len(order))[:, None] >> np.arange(n_bits)) & 1, 1.0, -1.0)
    forms = [Linear.feature(variable, bit) for bit in words[places[np.maximum(codes, 0)]].T]
    equal = np.full((len(words), 1), 1.0 - n_bits / 2)
    values = tuple(readout.values[number] for number in order)
    return Output(
        (*forms, Linear(1.0)), replace(readout, values=values), np.hstack([words / 2, equal])
    )


def _by_value(value: Atom) -> tuple[bool, Atom]:
    """Strings as they compare, and before them whatever else there is."""
    return isinstance(value, str), value


def _numbered_logits(variable: Categorical, codes: Ints, n_values: int) -> list[Linear]:
    """2 v t - v^2, for the value of number v, where t is the number of the right one: t^2 for that,
    and t^2 - (t - v)^2, which is less by 1 at least, for any other."""
    middle = (n_values - 1) // 2
    numbers = np.where(codes >= 0, codes - middle, 0).astype(np.float64)
    return [
        Linear.feature(variable, 2.0 * (code - middle) * numbers).shifted(
            -(float(code - middle) ** 2)
        )
        for code in range(n_values)
    ]


@dataclass(frozen=True)
class JoinedTarget(Target):
    """A root that no variable holds: the unembedding puts it together."""

    columns: tuple[Linear, ...]
    readout: Readout
    words: Floats | None = None

    def finish(self, readings: Readings) -> Output:
        return Output(self.columns, self.readout, self.words)


def choose_readout(lowering: Lowering, root: SOpNode, progress: Callable[[float], None]) -> Target:
    """The root s-op, lowered, as something that can be read out."""
    total = output_sum(lowering, root, progress)
    joined = output_choice(lowering, root, progress) if total is None else total
    if joined is not None:
        columns, readout = joined
        return JoinedTarget(
            lowering, root, label_variable(lowering, root), (), tuple(columns), readout
        )
    lowering.run(root, progress=progress)
    strings = output_strings(lowering, root)
    if strings is not None:
        return JoinedTarget(lowering, root, label_variable(lowering, root), (), *strings)
    boxes = None if lowering.options.one_logit else output_boxes(lowering, root)
    if boxes is not None:
        return JoinedTarget(
            lowering,
            root,
            label_variable(lowering, root),
            (),
            boxes.forms,
            boxes.readout,
            boxes.words,
        )
    leaves = lowering.known[root].leaves
    formula = output_formula(lowering, root)
    if formula is not None:
        columns, readout = formula
        return JoinedTarget(
            lowering, root, label_variable(lowering, root), (), tuple(columns), readout
        )
    if isinstance(leaves[0], Mean) and leaves[0].node is root:
        found = scalar_columns(lowering, leaves[0], lowering.readings)
        return JoinedTarget(lowering, root, leaves[0], (), found.forms, found.readout)
    if len(leaves) == 1 and isinstance(leaves[0], Scalar) and leaves[0].node is root:
        unlisted = not leaves[0].is_listed
        return Target(lowering, root, leaves[0], () if unlisted else leaves[0].domain.values)
    if len(leaves) == 1 and isinstance(leaves[0], Width):
        multiples = _multiples(lowering, root, leaves[0])
        if multiples is not None:
            return Target(lowering, root, leaves[0], multiples)
    view = lowering.view(root)
    if not any(isinstance(value, (bool, int, float, str)) for value in view.column.elements()):
        return Target(
            lowering, root, lowering.unit, (0,)
        )  # it fails on every input, and says so itself
    values = tuple(
        value if isinstance(value, (bool, int, float, str)) else None
        for value in view.column.elements()
    )
    return Target(lowering, root, view.variable, values)


def _multiples(lowering: Lowering, root: SOpNode, count: Width) -> tuple[Atom, ...] | None:
    """For each count the root's value, if that is a multiple of the count, shifted: what is read of
    the count then says what it is.  None if it is anything else, for which neurons are."""
    column = evaluate(lowering, root, {count: np.arange(count.size)}, count.size)
    values = tuple(value for value in column.elements() if isinstance(value, int))
    if any(isinstance(value, bool) for value in values):
        return None
    if column.failed is not None or len(values) < count.size or count.size < 2:
        return None
    if max(map(abs, values)) > EXACT_IN_FLOAT64:
        return None
    counts, numbers = count.domain.numbers, np.array(values, dtype=np.float64)
    slope = (numbers[1] - numbers[0]) / (counts[1] - counts[0])
    is_multiple = slope != 0 and bool((numbers - numbers[0] == slope * (counts - counts[0])).all())
    return values if is_multiple else None


def placed(readout: Readout, variable: Variable, span: Span | None) -> Readout:
    """The readout that knows where the s-op is written, if its values can be wrong as a whole.

    A read whose selected keys may carry different values is noticed by the margin of its logits.
    """
    disagrees = isinstance(variable, Read) and variable.checked
    mixed = len({isinstance(value, str) for value in readout.values}) > 1
    needed = disagrees or mixed or readout.kind == "parts"
    return replace(readout, span=span) if needed else readout

"""Conditions of being right outside the compiler, each with something that comes out wrong without.

A guard (`rasp.testing.guard_table`) has a program that the compiler gets wrong without its
condition.  In the other rooms what goes wrong may be anything: two answers that count as the same,
a checkpoint that is taken, a token that is none.  So a `Fence` has a small computation and its
result.

`python -m rasp.testing.rooms` finds such conditions: it changes all of a room.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from rasp import api
from rasp.errors import RaspError, RaspRuntimeError
from rasp.export.checking import same
from rasp.export.labels import value_head
from rasp.graph.construct import FULL, aggregate
from rasp.graph.nodes import TOKENS, Atom, SOpNode
from rasp.interpreter import outcomes
from rasp.interpreter.incremental import Continuation
from rasp.outputs import Readout, Spread
from rasp.readout import Decoder
from rasp.testing.fence import fence, small_model, sop_of
from rasp.testing.fenced_weights import WEIGHTS
from rasp.verification import comparison
from rasp.vocabulary import Vocabulary

# -- the interpreter


def _means(*values: Atom) -> list[object]:
    """The means of two equal inputs, which are not computed in plain Python."""
    found = outcomes(aggregate(FULL, TOKENS), [list(values)] * 2)
    return [outcome if isinstance(outcome, RaspError) else outcome[0] for outcome in found]


def _continued(text: str, tokens: Iterable[Atom]) -> list[Atom]:
    continuation = Continuation(sop_of(text).node)
    return [continuation.append(token) for token in tokens]


_EQUAL = "x = selector_width(select(tokens_asis, tokens_asis, ==));"

INTERPRETER = (
    fence(
        "interpreter.aggregates:certainly-rounded",
        "(low == high) & (np.abs(quotient) > _SMALLEST)",
        "low == low",
        "where the quotient of two sums may be rounded otherwise, the exact one is",
        lambda: _means(1.0000000000000002, 1.0, 0.3333333333333333),
        [0.7777777777777779] * 2,
    ),
    fence(
        "interpreter.aggregates:truth-values",
        "or (np.asarray(values.tag) == BOOL).any()",
        "or False",
        "truth values that differ have no mean",
        lambda: _means(True, False),
        [RaspRuntimeError("")] * 2,
    ),
    fence(
        "interpreter.incremental:exact-as-a-float",
        "isinstance(atom, float) or -EXACT < atom < EXACT",
        "True",
        "integers that one float stands for are two",
        lambda: _continued(_EQUAL, [2**53, 2**53 + 1]),
        [1, 1],
    ),
    fence(
        "interpreter.incremental:strings-alone",
        "if len(self._kinds) > 1:",
        "if False:",
        "strings do not stand beside numbers",
        lambda: _continued("x = tokens_asis;", ["a", 1]),
        "RaspRuntimeError",
    ),
)

# -- what counts as the same

_MEAN_OF_MEANS = aggregate(FULL, aggregate(FULL, TOKENS))
"""Of which a model may leave it to the rule for means whether it is an int."""


def _first_difference(
    by_rule: bool, expected: list[Atom], got: list[Atom], of: SOpNode = _MEAN_OF_MEANS
) -> int | None:
    class Given(comparison.Comparison):
        def _outcomes(self, batch: Any) -> Any:
            return [], [expected], [got]

    readout = SimpleNamespace(by_rule=by_rule)
    model: Any = SimpleNamespace(
        vocabulary=Vocabulary.of("a"),
        artifact=SimpleNamespace(readout=readout),
        specification=SimpleNamespace(node=of),
    )
    return Given(model).first_difference([[0]])


VERIFICATION = (
    fence(
        "verification.comparison:types",
        "if list(map(type, atoms)) != list(map(type, others)):",
        "if False:",
        "1, 1.0 and True are three answers",
        lambda: [_first_difference(False, [one], [other]) for one, other in ((1, 1.0), (1, True))],
        [0, 0],
    ),
    fence(
        "verification.comparison:zeros",
        "math.copysign(1.0, a) == math.copysign(1.0, b)",
        "True",
        "0.0 and -0.0 are two",
        lambda: _first_difference(False, [0.0], [-0.0]),
        0,
    ),
    fence(
        "verification.comparison:by-rule-where-there-is-one",
        "self.by_rule and same_outcome(*pair, by_rule=True)",
        "same_outcome(*pair, by_rule=True)",
        "the rule for whole means is for models that have it",
        lambda: _first_difference(False, [2], [2.0]),
        0,
    ),
    fence(
        "verification.rule:of-means-of-means",
        "model.artifact.readout.by_rule and may_be_open(model.specification.node)",
        "model.artifact.readout.by_rule",
        "whether a mean is an int is never left to the rule",
        lambda: _first_difference(True, [2], [2.0], aggregate(FULL, TOKENS)),
        0,
    ),
    fence(
        "verification.comparison:negative-zero-by-rule",
        "and (atom or math.copysign(1.0, atom) > 0)",
        "",
        "-0.0 is no whole number that might be an int",
        lambda: comparison.same_outcome([-0.0], [0], by_rule=True),
        False,
    ),
    fence(
        "export.checking:types",
        "list(map(atom_key, expected)) == list(map(atom_key, got))",
        "expected == got",
        "an export gives the types, too",
        lambda: [same([1], [1.0]), same([True], [1]), same([0.0], [-0.0]), same([1], [1])],
        [False, False, False, True],
    ),
)

# -- from numbers to values

_CLOSE = Readout(
    "numeric",
    values=(1e6, 1e6 + 0.01),
    centres=np.array([[1e6, 1e6 + 0.01]]),
    codes=np.array([[0, 1]]),
)


def _decoded(readout: Readout, outputs: Any, *lengths: int) -> list[object]:
    return list(Decoder(readout, 4).decode(np.array(outputs), np.array(lengths)))


_SPREAD = Readout("grid", scale=np.ones(1), spread=Spread(middle=3.0, apart=1.0))

READOUT = (
    fence(
        "readout:ints-by-the-second-column",
        "& (numbers == np.rint(numbers)) & (off < how.apart / 2)",
        "& (numbers == np.rint(numbers))",
        "a mean that happens to be whole is a float",
        lambda: _decoded(_SPREAD, [[[3.0, 1.0]]], 1),
        [[3.0]],
    ),
    fence(
        "export.labels:noise",
        "if gap <= 0 or noise > lead / 4:",
        "if gap <= 0:",
        "numbers that rounding does not tell apart have no labels",
        lambda: value_head(_CLOSE, "float32") is None,
        True,
    ),
    fence(
        "readout:numbers-of-padding",
        "_first_places(real & _somewhere(~finite))",
        "_first_places(_somewhere(~finite))",
        "what stands behind an input is not part of it",
        lambda: _decoded(Readout("categorical", values=("a",)), [[[1.0], [np.nan]]], 1),
        [["a"]],
    ),
    fence(
        "readout:integers-of-any-size",
        " and all(-MAX_INTEGER <= value <= MAX_INTEGER for value in map(int, values))",
        "",
        "an integer may have any number of digits",
        lambda: _decoded(Readout("categorical", values=(10**30, 1)), [[[1.0, 0.0]]], 1),
        [[10**30]],
    ),
)

# -- what a next-token program writes

_PARITY = 'ones = selector_width(select(tokens, "a", ==)); x = "ab"[ones % 2];'

DECODING = (
    fence(
        "decoding.generation:stops",
        "if request.ends_with(self.written[-1]) or len",
        "if len",
        "nothing is written after a token that stops",
        lambda: api.generate(sop_of(_PARITY), "b", 3, stop="a"),
        ["b", "a"],
    ),
    fence(
        "decoding.request:tokens",
        "if self.vocabulary is not None and value not in self.vocabulary:",
        "if False:",
        "what is written is a token",
        lambda: small_model("x = indices;", causal=True).generate("a", 2),
        "GenerationError",
    ),
    fence(
        "decoding.values:failures",
        "doubtful |= (outputs[:, self._n_values :] > FAILURE_THRESHOLD).any(axis=1)",
        "pass",
        "a model that reports a failure has no next token",
        lambda: small_model('x = {"a": "b"}[tokens];', causal=True).generate("a", 2),
        "RaspRuntimeError",
    ),
)

FENCES = (*INTERPRETER, *VERIFICATION, *READOUT, *DECODING, *WEIGHTS)
"""All of them."""

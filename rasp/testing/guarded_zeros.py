"""Conditions of numbers that may be ints or floats: what is made of them, and zeros of either sign.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import guard

_MEAN = "result = average(tokens_int) % -2;"
# Where a token is smaller than another one it is a mean of ints, which may be 2, and else 2.0.
_READ = "r = aggregate(select(tokens_int, tokens_int, <), tokens_int, 2.0)[0];\n"
_TWO = f"{_READ}c = r if r == 2 else 0;\n"
_WIDTH = "w = selector_width(select(tokens, tokens, ==));\n"
_FIRST = "a = average(tokens_asis)[0];\n"

ZEROS = (
    guard(
        "lowering.noise:open-zeros",
        "if typed else open_zeros(parts, node)",
        "",
        "a zero that may be -0.0 is listed as that",
        f"{_READ}result = r % -2;",
        "012",
        3,
        refused=True,
    ),
    guard(
        "lowering.zeros:apart",
        "ways = [_ways(parts.of_leaves[part].column) for part in doubtful]",
        "return found",
        "for all that numbers may be",
        f"{_READ}result = r % -2;",
        "012",
        3,
        refused=True,
    ),
    guard(
        "lowering.numbers:open-zeros",
        "if variable.untyped and any(map(is_negative_zero, values)):",
        "if False:",
        "0 is not put out as -0.0",
        _MEAN,
        "024",
        3,
        refused=True,
    ),
    guard(
        "lowering.averages:open-zeros",
        "if _negative_zero(mean):\n            raise",
        "if False:\n            raise",
        "nor the mean of such zeros",
        f"{_FIRST}result = aggregate(select(indices, indices, <=), a % -2);",
        (2, 4, 6),
        2,
        refused=True,
    ),
    guard(
        "lowering.outputs:open-zeros",
        "or zero_is_open(readout)",
        "",
        "nor where numbers are put together by the read-out",
        f"{_FIRST}result = -a;",
        (-3, 0, 2),
        3,
        refused=True,
    ),
    guard(
        "lowering.outputs:known-types",
        "if readout.by_rule:\n            return None",
        "if False:\n            return None",
        "what may be a float makes a float of a sum",
        f"{_TWO}{_WIDTH}result = c + w;",
        "012",
        4,
    ),
    guard(
        "lowering.sums:negative-zeros",
        "if not rounded and any(map(is_negative_zero, mean.carried)):",
        "if False:",
        "a sum of -0.0 is 0.0, and its mean is not",
        "result = (length * average(tokens_asis))[0];",
        (-0.0, 1.0),
        3,
    ),
    guard(
        "lowering.combine:known-types",
        "if leaf.untyped:",
        "if False:",
        "and is no integer of a sum",
        f"{_TWO}y = round(length * average(tokens_int * 1000000));\nresult = (c + y)[0];",
        "012",
        limits=("facts.means.MAX_MEAN_PAIRS = 10",),
        refused=True,
    ),
    guard(
        "lowering.by_difference:known-types",
        "if column.failed is not None or leaf.untyped:",
        "if column.failed is not None:",
        "nor one of a choice",
        f'{_TWO}{_WIDTH}d = indices[(c + w) % 3];\nresult = (c if tokens == "1" else d)[0];',
        "012",
        limits=("lowering.elementwise.MANY_SUMMED_ROWS = 0",),
    ),
)

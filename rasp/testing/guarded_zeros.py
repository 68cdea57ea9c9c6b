"""Conditions of numbers that may be ints or floats: what is made of them, and zeros of either sign.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import UNTYPED, guard

# Where a token is smaller than another one it is a mean of ints, which may be 2, and else 2.0.
_READ = "r = aggregate(select(tokens_int, tokens_int, <), tokens_int, 2.0)[0];\n"
# 0 and 0.0, or 0.0 and 0: their negatives have the product -0.0, and those of two floats 0.0.
_TWO_MEANS = (
    "a = average(tokens_asis)[0];\nb = aggregate(select(indices, indices, <=), tokens_asis)[0];\n"
    "result = ((-a) * (-b) if a == b else 5)[0];"
)
_FIRST = "a = average(tokens_asis)[0];\n"
_SO_FAR = "m = aggregate(select(indices, indices, <=), tokens_int);\n"
_AGAIN = "a = (average(tokens_asis) + 0)[0];\n"

ZEROS = (
    guard(
        "lowering.noise:open-zeros",
        "if typed else open_zeros(parts, node)",
        "",
        "a zero that may be -0.0 is listed as that",
        _TWO_MEANS,
        (-2, 0, 2),
        3,
        refused=True,
    ),
    guard(
        "lowering.zeros:apart",
        "ways = [_ways(parts.of_leaves[part].column) for part in doubtful]",
        "return found",
        "for all that numbers may be",
        _TWO_MEANS,
        (-2, 0, 2),
        3,
        refused=True,
    ),
    guard(
        "lowering.numbers:open-zeros",
        "if variable.untyped and any(map(is_negative_zero, values)):",
        "if False:",
        "0 is not put out as -0.0",
        f"{_AGAIN}result = (a % -2)[0];",
        (-3, 2, 5),
        3,
        limits=UNTYPED,
        refused=True,
    ),
    guard(
        "lowering.averages:open-zeros",
        "if _negative_zero(mean):\n            raise",
        "if False:\n            raise",
        "nor the mean of such zeros",
        f"{_FIRST}result = aggregate(select(indices, indices, <=), a % -2);",
        (1, 4, 7),
        2,
        refused=True,
    ),
    guard(
        "lowering.typed:open-zeros",
        "or zero_is_open(readout)",
        "",
        "nor where numbers are put together by the read-out",
        f"{_AGAIN}result = -a;",
        (-3, 0, 2),
        3,
        limits=UNTYPED,
        refused=True,
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
        "facts.means:default-of-another-type",
        "for number in numbers if isinstance(default, float) else ():",
        "for number in ():",
        "what may be 2 or 2.0 is no integer of a sum",
        f"{_READ}r = (r + 0)[0];\nw = selector_width(select(tokens, tokens, ==));\n"
        "result = (r if r == 2 else 0) + w;",
        "012",
        limits=UNTYPED,
    ),
    guard(
        "facts.means:default-of-the-same-type",
        "for number in numbers if isinstance(default, float) else ():",
        "for number in numbers:",
        "what is an int is listed as one",
        'result = (2 * aggregate(select(indices, indices, <), indicator(tokens == "a")))[0];',
    ),
    guard(
        "facts.means:default-that-no-key-carries",
        "for number in numbers if is_alone else ():",
        "for number in ():",
        "what no key carries is not listed in place of the default",
        "result = aggregate(select(indices, indices - 1, ==),"
        " average(shift(indices, 2, 1) * 2 + 2 ^ 38), 2 ^ 38);",
        "a",
    ),
    guard(
        "lowering.typed:marks",
        "typed = _typed(lowering, node, part) if part.columns.readout.by_rule else None",
        "typed = None",
        "where nothing else says whether a number is an int, marks do",
        "result = average((tokens_int - average(tokens_int)) ^ 2);",
        "02",
        2,
    ),
    guard(
        "lowering.typed:as-integers",
        "values=tuple(map(_as_integer, readout.values))",
        "values=readout.values",
        "what the marks say is an int is read as one",
        "result = average((tokens_int - average(tokens_int)) ^ 2);",
        "02",
        2,
    ),
    guard(
        "lowering.typed:as-floats",
        'as_float: Formula = (*part, ("constant", 0.0), ("add", 2))',
        "as_float: Formula = part",
        "and what they say is none, as a float",
        "result = average((tokens_int - average(tokens_int)) ^ 2);",
        "02",
        2,
    ),
    guard(
        "rasp.graph.whether_int:all-ints",
        "return (*(_is_all(node, mark, is_int) for mark in carried), alike)",
        "return (alike,)",
        "equal numbers are one int only if all of them are ints",
        f"{_SO_FAR}result = average(m * 2 - indices * 2);",
        "13",
        2,
    ),
    guard(
        "rasp.graph.whether_int:default",
        "for place, number in enumerate(sorted(ints))",
        "for place, number in enumerate(sorted(ints), 1)",
        "where no key is selected it is what the default is",
        f'{_SO_FAR}result = aggregate(select(tokens, "1", ==), m * 2);',
        "13",
        2,
    ),
    guard(
        "rasp.graph.whether_int:choice",
        "if yes is None or no is None or yes == no:",
        "if yes is None or no is None or True:",
        "of a choice it is what is chosen",
        f"{_SO_FAR}result = average(m if indices == 0 else m * 0.5);",
        "02",
        2,
    ),
    guard(
        "rasp.graph.whether_int:powers",
        "if exponents is None or any(exponent < 0 for exponent in exponents):",
        "if False:",
        "a negative power of an int is a float",
        "result = (average(tokens_int) ^ (tokens_int - 2))[0];",
        "123",
        2,
    ),
)

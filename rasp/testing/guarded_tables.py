"""Conditions of functions of which a table has some rows only, and of means that are close.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import guard

_UNLISTED = ("facts.means.MAX_MEAN_PAIRS = 10", "facts.means.MAX_SUMS = 0")


def _is_one(distance: int) -> str:
    return f'aggregate(select(indices, indices - {distance}, ==), tokens == "1", False)'


TABLES = (
    guard(
        "lowering.totals:all-cases",
        "if isinstance(variable, Computed) and variable.is_tabled:",
        "if isinstance(variable, Computed):",
        "a sum over cases goes as far as all that they stand for",
        f"y = 5 if indices == 3 else 0;\ny = 3 if {_is_one(1)} else y;\n"
        f"y = 9 if {_is_one(2)} else y;\nresult = round(length * average(y)) > 20;",
        "01",
        limits=(*_UNLISTED, "lowering.computed.MANY_CASE_ROWS = 0"),
    ),
    guard(
        "encoding.neurons:all-of-a-choice",
        "elif solution is None and variable.is_tabled and _can_be_decoded(table):",
        "elif solution is None and _can_be_decoded(table):",
        "the table of a choice of sums has their ends alone",
        'y = selector_width(select(tokens, "a", ==)) if tokens == "a" else\n'
        '    selector_width(select(tokens, "b", ==)) + selector_width(select(tokens, "c", ==));\n'
        "result = y % 3;",
        "abc",
        limits=(
            "lowering.elementwise.MANY_SUMMED_ROWS = 0",
            "encoding.by_number.MANY_NEURONS = 0",
        ),
        refused=True,
    ),
    guard(
        "facts.sides:closest",
        "apart = all(b - a > closest for a, b in pairwise(ordered))",
        "apart = True",
        "no neuron tells means apart that are so close",
        "result = average(tokens_asis) <= 1 / 3;",
        (0, 2.0**-42, 1),
        3,
        limits=("lowering.sides.FEW_MEANS = 0",),
    ),
)

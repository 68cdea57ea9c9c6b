"""Conditions of sums, outputs, unions and neurons, each with a program that needs it.

Programs are the shortest that were found; inputs are all of up to max_len tokens.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, A, B, guard

SUMS = (
    guard(
        "lowering.sums:one-selector",
        "len(variable.terms) == 1 and variable.terms[0].key() == term.key()",
        "True",
        "a count times the mean of another selector is no sum",
        'w = selector_width(select(tokens, "1", ==));\n'
        f"result = round(w * aggregate({SEEN}, tokens_int));",
        "012",
        3,
    ),
    guard(
        "lowering.sums:ends-of-means",
        "if blurred and not variable.blurred and mean.is_listed and present:",
        "if blurred and mean.is_listed and present:",
        "of means of means the smallest may be off by its last bits",
        "m = average(tokens_asis);\ny = m if m > 0.1 and m < 0.2 else 9.5;\n"
        "result = average(y) == 0.15;",
        (0.1, 0.2),
        2,
        refused=True,
    ),
    guard(
        "lowering.noise:far-from-ends",
        "> FAR_FROM_ENDS * most * mean.off",
        "> 0.0",
        "a mean of two numbers that differ in their last bit is rounded to one of them",
        "result = average(tokens_asis) == 0.3;",
        (0.3, 0.1 + 0.2),
        3,
        refused=True,
    ),
    guard(
        "lowering.sums:length",
        "selected = term.selects_all",
        "selected = True",
        "the length times a mean is a sum only if that is over all",
        f"result = round(length * aggregate({SEEN}, tokens_int));",
        "012",
        3,
    ),
    guard(
        "lowering.sums:count-by-index",
        "return numbers if bool((counts == np.array(numbers)).all()) else None",
        "return numbers",
        "the index is the number of keys of a prefix only",
        f"result = round(indices * aggregate({SEEN}, tokens_int));",
        "012",
        3,
        optimize="size",
    ),
    guard(
        "lowering.sums:rounded",
        "(rounded and grid.scale > 1)",
        "False",
        "a rounded sum of fractions is no sum",
        "result = round(length * average(tokens_int / 2));",
        "012",
        3,
    ),
    guard(
        "lowering.sums:rounded-off",
        "if rounded and float(np.abs(domain.numbers).max()) > LARGEST_ROUNDED:",
        "if False:",
        "a mean of large integers is rounded, and so is what it is multiplied to",
        f'v = {2**53 - 1} if tokens == "0" else 0;\nresult = round(length * average(v));',
        "01",
        3,
        refused=True,
    ),
    guard(
        "lowering.sides:default",
        "if mean.default is not None and mean.default != constants[0]:",
        "if False:",
        "where nothing is selected the sum is 0, which a default need not be",
        f"result = aggregate({SEEN} and {A}, 1 if indices > 2 else -1, 1) > 0;",
        max_len=10,
        optimize="size",
    ),
    guard(
        "lowering.operands:side-alone",
        "if operand in lowering.stepped or is_of_side(lowering, operand):",
        "if operand in lowering.stepped:",
        "what is between two listed means, and another number, may add up to any listed sum",
        f"result = (aggregate({SEEN}, tokens_int * indices) > 2)"
        f" != (aggregate({SEEN}, tokens_int) > 0.5);",
        "012",
        3,
        limits=("lowering.sides.FEW_MEANS = 0",),
    ),
    guard(
        "lowering.intervals:product-is-told",
        "told = all(near / count * count == near for count in counts)",
        "told = True",
        "29 / 7 * 7 is more than 29",
        "result = length * average(tokens_int * 2 ^ indices) > 29;",
        "01",
        7,
        limits=("facts.means.MAX_MEAN_PAIRS = 10", "lowering.elementwise.MAX_JOINT_ROWS = 30"),
    ),
    guard(
        "facts.placed:types",
        "if bool(np.isin(means[there & whole], means[there & ~whole]).any()):",
        "if False:",
        "of equal means one may be an int, and the other a float",
        "result = aggregate(select(indices, indices, >=) and select(indices, indices + 2, <=),"
        " indices % 3);",
    ),
    guard(
        "facts.sides:equal",
        "        if any(float(mean) != constant for mean in found):",
        "        if True:",
        "a mean that is rounded to the constant is not below it",
        f"result = aggregate({SEEN}, tokens_int) < 0.1;",
        "01",
        12,
        limits=("lowering.sides.FEW_MEANS = 0",),
    ),
    guard(
        "lowering.combine:shift",
        "shift = _at_first(form) - sign * _at_first(other.form)",
        "shift = form.constant - sign * other.form.constant",
        "sums that are taken for one another differ also by what features have in themselves",
        f"w = selector_width({A});\n"
        'result = aggregate(select(indices, indices - w, ==), tokens, "b")'
        ' + aggregate(select(indices, indices + 1 - w, ==), tokens, "b");',
        limits=("lowering.elementwise.MANY_SUMMED_ROWS = 0",),
    ),
    guard(
        "lowering.combine:integers",
        "numbers = [value for value in column.elements() if type(value) is int]",
        "numbers = [value for value in column.elements() if isinstance(value, (int, float))]",
        "a sum has steps of 1 only if its parts are integers",
        'result = aggregate(select(indices, tokens_int, ==), indices / 2) + count(tokens, "0");',
        "012",
        4,
        limits=("lowering.elementwise.MANY_SUMMED_ROWS = 0",),
    ),
    guard(
        "lowering.nearest:always-there",
        "if not _always_there(lowering, index):",
        "if False:",
        "the nearest key is the one that is meant only if that is there",
        'result = aggregate(select(indices, length - 2 - indices, ==), tokens, "x");',
    ),
)

OUTPUTS = (
    guard(
        "lowering.boxes:apart",
        "if _are_apart(sides, codes, places) or _are_boxes(sides, codes):",
        "if True:",
        "a logit counts conditions only where every value has a box of its own",
        'result = "x" if tokens == tokens[0] else "y";',
    ),
)

_UNION = f"result = aggregate(select(tokens, tokens, ==) or {BEFORE}, indices);"
_PRODUCTS = ("lowering.unions.FEW_JOINED = 0",)

UNIONS = (
    guard(
        "lowering.unions:sign",
        "sign = -1.0 if len(clause) % 2 == 0 else 1.0",
        "sign = 1.0",
        "the product of two misses is above 0, and a miss lowers the score",
        _UNION,
        limits=_PRODUCTS,
    ),
    guard(
        "lowering.unions:bias",
        "return parts + ([Monomial(factors.bias, {}, {})] if factors.bias else [])",
        "return parts",
        "what a comparison misses by has a constant part, which is multiplied too",
        "result = aggregate(select(tokens, tokens, ==) or select(indices, indices, ==), indices);",
        "abcd",
        3,
        limits=_PRODUCTS,
    ),
    guard(
        "lowering.unions:all-of-a-conjunction",
        "here &= group.matrix[rows[:, None], columns[None, :]]",
        "here = group.matrix[rows[:, None], columns[None, :]]",
        "a conjunction selects what all of its comparisons do",
        f"result = aggregate(select(tokens, tokens, ==) and {BEFORE} or {A}, indices);",
    ),
    guard(
        "lowering.unions:any-conjunction",
        "chosen |= here",
        "chosen = here",
        "a disjunction selects what any of its parts does",
        _UNION,
    ),
)

NEURONS = (
    guard(
        "selection.digits:strict",
        "last = power == 0 and order.reflexive",
        "last = place == 1",
        "the last digit of a strict order is smaller, not the same",
        "result = selector_width(select(tokens, tokens, >));",
        "0123",
        3,
        limits=(
            "selection.digits.WORTH_DIGITS = 2",
            "selection.digits.MOST_FAITHFUL_RANKS = 2",
        ),
    ),
    guard(
        "synthesis.levels:box",
        "if not bool((part[np.ix_(*inner)] == outcome).any()):",
        "if True:",
        "what is left when an outcome is cut off is a box without this outcome",
        'before = aggregate(select(indices, indices - 1, ==), tokens, "a");\n'
        'result = 1 if tokens == before else (2 if tokens == "c" else 3);',
        "abc",
        3,
    ),
    guard(
        "synthesis.pieces:offset",
        "return middle if float(np.abs(off - middle).max()) < self.small else None",
        "return middle",
        "values of a gate share a piece only if the function differs by a constant",
        'result = sum((tokens_int if tokens == "2" else tokens_int)'
        ' * (indices if tokens == "2" else tokens_int));',
        "012",
        4,
    ),
    guard(
        "synthesis.staircase:consistent",
        "if count_rows(part, n_rows) != count_rows([*part, outcome[rows]], n_rows):",
        "if False:",
        "a staircase is in a number on which the function depends alone",
        f"result = selector_width({A}) * selector_width({B} and {SEEN}) % 3;",
    ),
    guard(
        "synthesis.table:linear-fit",
        "np.abs(values_of(form, table) - target).max(initial=0.0) < allowed",
        "True",
        "what is fitted is the function",
        f"result = selector_width({A}) ^ 2;",
    ),
    guard(
        "synthesis.fan:common-sequence",
        "if all(_is_part(sequence, longest) for sequence in distinct):",
        "if True:",
        "values of a gate share steps only if these come in one order",
        f"result = selector_width({A}) % 2 if indices % 2 == 0 else selector_width({A}) % 3;",
    ),
    guard(
        "synthesis.two_sums:adds-up",
        "return (a, b) if off <= allowed_error(target) else None",
        "return (a, b)",
        "two functions are taken for one only if they add up to it",
        f"result = (selector_width({A}) + 3 * selector_width({SEEN})) ^ 3;",
    ),
    guard(
        "synthesis.two_sums:all-rows",
        "for size in (SAMPLE_OF_TWO_SUMS, len(target)):",
        "for size in (SAMPLE_OF_TWO_SUMS,):",
        "and only if they do so on all rows of the table, not on the first alone",
        f"result = (selector_width({A}) + 3 * selector_width({SEEN})) ^ 2;",
        limits=("synthesis.two_sums.SAMPLE_OF_TWO_SUMS = 3",),
    ),
    guard(
        "layout:still-read",
        "self.last_read[direction] > stage or direction.born >= stage",
        "direction.born >= stage",
        "a dimension is emptied when its last reader has run",
        "result = aggregate(select(tokens, tokens, !=) and select(indices, length, >),"
        ' indicator(indicator(tokens == "a") > selector_width(select(indices, indices + 1, ==))),'
        " -0.5);",
        "ab",
        6,
    ),
    guard(
        "blocks:one-sided",
        "return self.nonnegative and self.born[1] == 0",
        "return True",
        "a direction that may be below 0 is emptied by two neurons",
        f"v = aggregate({BEFORE}, -3 * tokens_int - 1, 5);\n"
        "w = selector_width(select(v % 4, tokens_int, ==));\n"
        "u = aggregate(select(w, indices, ==), v, 0);\n"
        "result = aggregate(select(u % 3, indices, ==), w, -7);",
        "01",
        3,
    ),
)

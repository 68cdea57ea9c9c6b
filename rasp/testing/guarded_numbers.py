"""Conditions of what means can be, of aggregates without attention, of neurons and of dimensions.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, A, guard

_UNLISTED = ("facts.means.MAX_MEAN_PAIRS = 10", "facts.means.MAX_SUMS = 0")
_OR_THIRDS = f"result = aggregate({A}, indices, 0.3);"
_FIRST_OF_SAME = (
    f'r = aggregate(select(tokens, tokens, ==) and {BEFORE}, tokens, "x");\n'
    'result = aggregate(select(r, "x", ==), indices, -1);'
)
_CYCLE = (
    'b = select({"0": "1", "1": "2", "2": "0", "3": "9"}[tokens], tokens, ==)'
    ' or (select(tokens, "3", ==) and select("3", tokens, !=))'
    f" or (select(tokens, tokens, ==) and {BEFORE});\n"
    "w = selector_width(b);\nresult = aggregate(select(w, indices, ==), tokens_int, -1);"
)
_CLEARED = (
    "result = aggregate(select(tokens, tokens, !=) and select(indices, length, >),"
    ' indicator(indicator(tokens == "a") > selector_width(select(indices, indices + 1, ==))),'
    " -0.5);"
)

MEANS = (
    guard(
        "facts.means:default-among-values",
        "if not bounds.never_empty:\n        listing = listing.beside",
        "if False:\n        listing = listing.beside",
        "where nothing may be selected, the default is one of the values",
        f"result = aggregate({A}, indices, 7);",
    ),
    guard(
        "facts.means:all-counts",
        "found.update(range(max(low, 1), high + 1))",
        "found.update(range(max(low, 1), high))",
        "as many keys as may be selected at most may be selected",
        "result = average(tokens_int);",
        "013",
        3,
    ),
    guard(
        "facts.means:grid-of-the-default",
        "fine = _common(fine, abs(number))",
        "pass",
        "the default need not be a fraction of what is averaged",
        _OR_THIRDS,
        limits=_UNLISTED,
    ),
    guard(
        "facts.means:fractions-and-the-default",
        "return means if default is None else means.beside(Grid.of([default]))",
        "return means",
        "nor a fraction with so small a denominator",
        _OR_THIRDS,
        limits=_UNLISTED,
    ),
    guard(
        "facts.means:scale-of-the-default",
        "scale = lcm(scale, Grid.of([default]).scale)",
        "pass",
        "nor become an integer when means do",
        _OR_THIRDS,
        limits=_UNLISTED,
    ),
    guard(
        "facts.means:default-where-nothing-is-selected",
        "here[self.by_count.get(0, [])] = True",
        "pass",
        "where no key may be selected, the value may be the default",
        f"x = aggregate({A}, indices, 7);\nresult = x % 2;",
    ),
)

AGGREGATES = (
    guard(
        "lowering.aggregates:number-as-default",
        "numeric_default = not isinstance(node.default, (str, bool)) and",
        "numeric_default =",
        "a truth value is no mean",
        f"result = aggregate({A}, indices, True);",
    ),
    guard(
        "lowering.aggregates:finite-default",
        "isinstance(node.default, (str, bool)) and is_finite(node.default)",
        "isinstance(node.default, (str, bool))",
        "nor is infinity one",
        f"result = aggregate({A}, indices, 1e308 * 10);",
    ),
    guard(
        "lowering.aggregates:one-kind",
        'if kinds != {"number"}:',
        "if False:",
        "numbers and strings have no mean",
        f'result = aggregate({SEEN}, indices if tokens == "a" else "x");',
        refused=True,
    ),
    guard(
        "lowering.aggregates:fixed-without-ranks",
        "if term.products is not None or term.rank is not None:",
        "if term.products is not None:",
        "of keys at fixed places those that are not best are not read",
        f"result = aggregate(last({SEEN}), indices);",
    ),
    guard(
        "lowering.aggregates:fixed-keys",
        "if any(group.query not in fixed or group.key not in fixed for group in term.groups):",
        "if False:",
        "a comparison of tokens leaves no key at a fixed place",
        f"result = aggregate(select(tokens, tokens, ==) and {SEEN}, indices);",
    ),
    guard(
        "lowering.aggregates:fixed-values",
        "if node.value not in lowering.columns or lowering.known[node.value].leaves[0]"
        " not in fixed:",
        "if node.value not in lowering.columns:",
        "a token is no function of the index",
        f"result = aggregate({SEEN}, tokens_int);",
        "01",
        3,
    ),
    guard(
        "lowering.agreement:counts-of-the-same",
        "orders = [g for g in width.terms[0].groups if g.query is g.key is variable]",
        "orders = [g for g in width.terms[0].groups if g.key is variable]",
        "counts along an order of other queries tell no values apart",
        "v = aggregate(select(indices, 0, ==), tokens_int);\n"
        "w = selector_width(select(tokens_int, v, <));\n"
        "result = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
        3,
    ),
    guard(
        "lowering.agreement:one-selects-all-that-the-other-does",
        "larger = covers & more",
        "larger = more",
        "one of two positions selects more only if it selects all that the other does",
        "w = selector_width(select((tokens_int + 1) % 3, tokens_int, ==));\n"
        "result = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
    ),
    guard(
        "lowering.aggregates:alone-in-its-class",
        "within = None if lone.everywhere else lone",
        "within = None",
        "the first of each token is without a key, and tokens are several",
        _FIRST_OF_SAME,
    ),
    guard(
        "lowering.agreement:rank-by-what-is-read",
        "if first is second:",
        "if True:",
        "keys of one rank agree only in what they are ranked by",
        f'result = aggregate(best({SEEN}, indicator(tokens == "a")), indices);',
    ),
    guard(
        "lowering.agreement:rank-by-the-same-number",
        "len(first.leaves) != 1 or first.leaves != second.leaves",
        "len(first.leaves) != 1",
        "keys of one rank agree in functions of the number that they are ranked by",
        "n = selector_width(select(tokens, tokens, ==));\n"
        "m = selector_width(select(tokens, tokens, <));\n"
        "result = aggregate(best(full_s, n), m);",
    ),
    guard(
        "selection.orders:representatives",
        "return ordered[:, few][:, :, few] if uniform else relation",
        "return ordered[:, few][:, :, few]",
        "three values stand for all only in an order",
        _CYCLE,
        "0123",
        3,
    ),
)

LAYERS = (
    guard(
        "synthesis.fan:no-cycle",
        "return order if len(order) == len(after) else None",
        "return order",
        "steps that come in two orders are not one staircase",
        f"w = selector_width({A});\nresult = w > 1 if indices % 2 == 0 else w < 2;",
    ),
    guard(
        "synthesis.fan:runs-apart",
        "if not low > highest:",
        "if False:",
        "a product that comes with two outcomes is no staircase",
        "z = aggregate(select(indices, indices, <=), tokens_int);\n"
        "p = aggregate(select(indices, indices - 1, ==), tokens_int, 1);\n"
        "y = z * (p + 1);\nresult = y > 2 or (y == 2 and p == 1);",
        "019",
    ),
    guard(
        "synthesis.pieces:one-sided-ramps",
        "if high - low > small:",
        "if False:",
        "what a piece adds is a number only where it is the same everywhere",
        'result = sum((tokens_int if tokens == "2" else tokens_int)'
        ' * (indices if tokens == "2" else tokens_int));',
        "012",
    ),
    guard(
        "synthesis.cubes:one-condition",
        "if len(conditions) == 1:",
        "if len(conditions) >= 1:",
        "several conditions hold together where a neuron says so",
        'x = indicator(tokens == "a" and indices == 1);\n'
        "result = aggregate(select(x, 1, ==), indices, -1);",
    ),
    guard(
        "selection.digits:earlier-digits",
        "if not first.is_full:\n            groups.append",
        "if False:\n            groups.append",
        "a digit counts where those before it are equal",
        "result = selector_width(select(tokens, tokens, >));",
        "0123",
        3,
        limits=(
            "selection.digits.WORTH_DIGITS = 2",
            "selection.digits.MOST_FAITHFUL_RANKS = 2",
        ),
    ),
    guard(
        "layout:emptied-before",
        "if stage[1] > 0 and stage <= direction.born]",
        "if stage[1] > 0]",
        "a dimension is emptied before it is used again",
        _CLEARED,
        "ab",
        6,
    ),
    guard(
        "layout:emptied-by-neurons",
        "if stage[1] > 0 and stage <= direction.born]",
        "if stage <= direction.born]",
        "and neurons do that, not heads",
        _CLEARED,
        "ab",
        6,
    ),
)

"""Conditions on counts, on types of numbers and on how what attention delivers is read.

Each stands in the compiler, and beside it is a program that comes out wrong without it.  They were
found by changing every condition (`rasp.testing.conditions`): no program had needed them before.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, guard

_SAME = "select(tokens, tokens, ==)"
_ORDERED = f"select(tokens, tokens, <) or ({_SAME} and {BEFORE})"
_TWO_WAYS = (
    "seen = select(indices, indices, <=);"
    ' mean = aggregate(seen, {"a": 0.1, "b": 0.7}[tokens]);'
    ' n_b = selector_width(seen and select(tokens, "b", ==));'
    " other = (0.1 * (indices + 1 - n_b) + 0.7 * n_b) / (indices + 1);"
)
_ALIKE = (
    'v = 0.3 if tokens == "a" else 0.1 + 0.2;'
    " a = aggregate(select(indices, indices, <=), v);"
    " b = aggregate(select(indices, indices, >=), v);"
    " c = average(v); d = aggregate(select(indices, indices, !=), v, 0.3);"
)
_LAST_BITS = (
    f'result = (aggregate({SEEN}, 1.0000000000000002 if tokens == "a" else 1.0)'
    f" - aggregate({SEEN}, indicator(tokens == tokens))) > 0;"
)
_TWO_TYPES = (
    f'm = aggregate({SEEN}, 3 if tokens == "a" else 0);'
    ' n = average({"a": 0.5, "b": 1, "c": 1.5}[tokens]);'
)
_FIRST_TOKEN = "u = aggregate(select(indices, 0, ==), tokens_asis, 0);\n"

COUNTED = (
    guard(
        "differences:other-choice-of-integers",
        "return _is_small(yes) and _is_small(no)",
        "return _is_small(yes)",
        "either of two values may be a string",
        "first = select(indices, 0, ==);\n"
        'result = aggregate(first, 1 if tokens == "a" else "x") == aggregate(first, indices);',
    ),
    guard(
        "selection.counted:permutation-alone",
        "group.key.permutation and len(term.groups) == 1",
        "group.key.permutation",
        "a number of a permutation may be at a position that something else does not select",
        f"w = selector_width({_ORDERED});\n"
        f"result = 1 / selector_width(select(w, 2, ==) and {SEEN});",
        "01",
    ),
    guard(
        "lowering.computed:permutation-of-itself",
        "_is_itself(used[0], domain, rows[first][:, relevant], outputs[first])",
        "list(domain.values) == list(used[0].domain.values)",
        "places counted from the end of the longest input are other places in a shorter one",
        f"w = selector_width({_ORDERED});\n"
        'result = aggregate(select(3 - w, indices, ==), tokens, "-");',
    ),
    guard(
        "differences:means-that-are-told-apart",
        "_is_averaged_exactly(x) and _is_averaged_exactly(y)",
        "is_integer(x) and is_integer(y)",
        "means of large integers that differ may be rounded to the same",
        "large = indices * 1000000 * 1000000 * 1000000;\n"
        f"result = aggregate({SEEN}, large) < aggregate({SEEN}, large + 1);",
    ),
    guard(
        "selection.selectors:integers-and-strings",
        "_are_integers(query) and _are_integers(key)",
        "_are_integers(query)",
        "an integer is not ordered with a string",
        'u = fetch(first(select(tokens, "a", ==)), tokens_asis, "z");\n'
        'result = aggregate(select(indices, 1, ==) and select(u, 2, <), tokens, "-");',
        ("a", 1),
    ),
    guard(
        "selection.selectors:strings-and-integers",
        "_are_integers(query) and _are_integers(key)",
        "_are_integers(key)",
        "nor is a string with an integer",
        f"{_FIRST_TOKEN}"
        'result = aggregate(select(indices, 1, ==) and select(indices, u, <), tokens, "-");',
        ("a", 1),
    ),
    guard(
        "selection.selectors:all-are-strings",
        "if len(sides[-1]) < len(values):",
        "if False:",
        "what is no string has no place among strings",
        "result = aggregate(select(tokens_asis, tokens_asis, ==), indices, 3);",
        (True, 1, 1.0, "a"),
    ),
    guard(
        "lowering.agreement:counts-tell-apart",
        "if width is not None and _counts_tell(width, term, view.variable, np.asarray(codes)):",
        "if width is not None:",
        "two positions with one count need not carry the same",
        "w = selector_width(select(tokens_int, tokens_int, <)"
        f" or ({_SAME} and select(indices, tokens_int, <)));\n"
        'result = aggregate(select(w, 1, ==) and select(tokens, "1", ==), indices, -1);',
        "012",
    ),
    guard(
        "readings:count-that-is-no-sum",
        "return not isinstance(scalar, Width) or len(scalar.terms) > 1 or scalar in self.linear",
        "return not isinstance(scalar, Width) or scalar in self.linear",
        "counts that several heads add up are sums already",
        f'w = selector_width(({_SAME} and {BEFORE}) or select(tokens, "0", ==));\n'
        'result = aggregate(select(w, indices, ==), tokens, "-");',
        "012",
        causal=True,
    ),
    guard(
        "lowering.noise:last-bits-of-means",
        "if not of.leaf.blurred:",
        "if True:",
        "a mean is not known to its last bit",
        _LAST_BITS,
        max_len=3,
        refused=True,
    ),
    guard(
        "lowering.noise:types-of-two-means",
        "for flip in FLIPS if untyped else ():",
        "for flip in FLIPS[1:] if untyped else ():",
        "of two means one may be the int that the other is not, or both",
        f"{_TWO_TYPES}\nresult = m % 7 + n % 7;",
        "abc",
        2,
    ),
    guard(
        "lowering.noise:blurred-leaves",
        "blurred = [leaf for leaf in leaves if leaf.blurred]",
        "blurred = [leaf for leaf in leaves if False]",
        "what is made of means may change with their last bits",
        _LAST_BITS,
        max_len=3,
        refused=True,
    ),
    guard(
        "lowering.noise:what-is-no-float",
        "if reach.open.any() or not is_near(column, reach.off):",
        "if not is_near(column, reach.off):",
        "integers have no last bits",
        f"{_TWO_WAYS} x = (1000000000 if mean == other else 1000000001) + indices;"
        " result = aggregate(select(x, x, <), indices);",
        refused=True,
    ),
    guard(
        "lowering.reach:doubts-together",
        "return Reach(closed, (opened[0] | opened[1]) & ~(settled[0] | settled[1]))",
        "return Reach(closed, (opened[0] & opened[1]) & ~(settled[0] | settled[1]))",
        "one of two conditions that are on the brink decides, where the other is certain",
        f"{_ALIKE} result = a > b and indices == 1;",
        max_len=3,
        refused=True,
    ),
    guard(
        "lowering.reach:doubts-that-multiply",
        "for corner in corners:\n        moved",
        "for corner in corners[:1]:\n        moved",
        "two numbers that are off are off together",
        f"{_ALIKE} result = (a - b) * (c - d) > 0;",
        max_len=3,
        refused=True,
    ),
    guard(
        "lowering.noise:conditions-that-are-numbers",
        "if reach is not None and truth_open(of.column, reach).any():",
        "if False:",
        "a condition may be a number, which is 0 or not by its last bits",
        'm = average({"a": 0.1, "b": 0.2, "c": -0.3}[tokens]);'
        ' result = m and selector_width(select(tokens, "a", ==)) > 0;',
        "abc",
        3,
        refused=True,
    ),
    guard(
        "lowering.fetch:equal-to-the-last-bit",
        "if view.variable.blurred and has_floats(view.column):",
        "if False:",
        "values that are fetched are equal or not by their last bits",
        f"{_ALIKE} result = fetch(select(1, 1, ==), a, 0) > 0.1;",
        max_len=3,
        refused=True,
    ),
    guard(
        "lowering.sums:last-bits-of-products",
        "if mean.value.blurred:",
        "if False:",
        "of numbers that are not known to their last bits no sum is",
        'm = aggregate(select(indices, indices, <=), {"a": 1.0, "b": 1 + 2 ^ -52}[tokens]);'
        " result = length * average(m) > length;",
        max_len=3,
        refused=True,
    ),
    guard(
        "lowering.averages:ints-by-kind",
        'readout = replace(readout, integer=types == "int")',
        "readout = replace(readout, integer=True)",
        "a whole number on a grid is an int only if all are",
        'result = aggregate(select(tokens, "a", ==), indices / 3, 0.5);',
        max_len=5,
    ),
    guard(
        "lowering.averages:spread-beside",
        "if spread is not None:\n        return",
        "if False:\n        return",
        "the spread of what is selected says whether a mean is an int",
        f'result = aggregate({SEEN}, {{"a": 1, "b": 1.0, "c": 2}}[tokens], 0);',
        "abc",
    ),
    guard(
        "lowering.sums:untyped-means",
        "variable.untyped or _is_untyped(carried, default, counts)",
        "variable.untyped",
        "a mean of integers may be an int or a float",
        f"result = aggregate({SEEN}, indices) + aggregate(select(indices, indices, >=), length);",
        max_len=5,
    ),
    guard(
        "lowering.sums:two-zeros",
        "    if _has_two_zeros(present, default, counts):",
        "    if False:",
        "0 and -0.0 are one number, and what is read is not told which",
        f"m = aggregate({BEFORE}, tokens_asis, 0.0);\n"
        "result = aggregate(select(indices, 0, ==), m, 9.0);",
        (-0.0, 1.0),
        refused=True,
    ),
    guard(
        "lowering.sums:zeros-of-several",
        "return len(zeros) > 1 or (max(counts) > 1 and {-1.0, 1.0} <= signs)",
        "return len(zeros) > 1",
        "numbers of both signs may cancel, and that zero has no sign",
        f"result = aggregate({SEEN}, tokens_asis);",
        (-0.0, 1.0, -1.0),
        refused=True,
    ),
)
"""See the module."""

"""Conditions of rewriting, of orders and of counts, each with a program that needs it.

Programs are the shortest that were found; inputs are all of up to max_len tokens.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, IS_A, IS_B, SEEN, A, B, guard

LEFT = "aggregate(select(indices, indices - 1, ==), tokens_int, 0)"
RIGHT = "aggregate(select(indices, indices + 1, ==), tokens_int, 0)"
MANY_ALTERNATIVES = "selector_width({})".format(
    " or ".join(f"select(indices, indices + {step}, ==)" for step in (-2, -1, 1, 2))
)

REWRITES = (
    guard(
        "rasp.graph.balanced:one-order",
        "if own is not None and own[0] == comparison and private:",
        "if own is not None and private:",
        "the largest of the smallest numbers is not the largest of all",
        f"result = max(tokens_int, min({LEFT}, {RIGHT}));",
        "01",
    ),
    guard(
        "rasp.graph.balanced:no-nan",
        "if whole and all(kinds[part] is not None for part in parts):",
        "if whole:",
        "NaN is chosen in one order of comparisons and not in another",
        "result = max(indices, max(tokens_float, 1));",
        ("nan", "2", "0"),
    ),
    guard(
        "simplify:width-selects-first",
        "_is_first_position(value) and _selects_first(selector)",
        "_is_first_position(value)",
        "1 / (share of position 0) is the width only if that position is always selected",
        f"result = round(1 / aggregate({A}, indicator(indices == 0), 1));",
    ),
    guard(
        "simplify:width-of-first-position",
        "_is_first_position(value) and _selects_first(selector)",
        "_selects_first(selector)",
        "and only of the share of that position",
        f"result = round(1 / aggregate({SEEN}, indicator(indices < 2)));",
    ),
    guard(
        "simplify:first-position-as-number",
        "_is_number(yes) and _is_number(no) and yes == 1 and no == 0",
        "yes == 1 and no == 0",
        "truth values have no share",
        "result = round(1 / aggregate(full_s, True if indices == 0 else False));",
    ),
    guard(
        "simplify:width-numerator",
        "if one == 1 and",
        "if",
        "and only of 1 divided by it",
        "result = round(2 / aggregate(full_s, indicator(indices == 0)));",
    ),
    guard(
        "simplify:first-of-a-conjunction",
        "known[node] = False if False in sides else (None if None in sides else True)",
        "known[node] = True if True in sides else None",
        "a conjunction selects position 0 if both sides do",
        f"result = round(1 / aggregate({SEEN} and {A}, indicator(indices == 0), 1));",
    ),
    guard(
        "simplify:first-of-a-negation",
        "known[node] = None if inner is None else not inner",
        "known[node] = inner",
        "a negation selects position 0 if its operand never does",
        f"result = round(1 / aggregate(not {SEEN}, indicator(indices == 0), 1));",
    ),
    guard(
        "simplify:count-of-one-selector",
        "if counted is selector and",
        "if",
        "a count times a share is a count only for one selector",
        f"result = round(selector_width({A}) * aggregate({SEEN}, {IS_B}));",
    ),
    guard(
        "simplify:count-of-a-string",
        "if counted is selector and _is_finite(default):",
        "if counted is selector:",
        "no times a string is no number",
        f'result = round(selector_width({A}) * aggregate({A}, {IS_A}, "x"));',
    ),
    guard(
        "simplify:count-of-infinity",
        "if counted is selector and _is_finite(default):",
        "if counted is selector and not isinstance(default, str):",
        "no times infinity is no number either",
        f"result = round(selector_width({A}) * aggregate({A}, {IS_A}, 1e308 * 10));",
    ),
    guard(
        "simplify:marks-are-0-or-1",
        "_is_number(yes) and _is_number(no) and {yes, no} == {0, 1}",
        "_is_number(yes) and _is_number(no)",
        "a sum is a count only of zeros and ones",
        f'result = round(selector_width({SEEN}) * aggregate({SEEN}, 2 if tokens == "a" else 0));',
    ),
    guard(
        "simplify:marks-are-numbers",
        "_is_number(yes) and _is_number(no) and {yes, no} == {0, 1}",
        "{yes, no} == {0, 1}",
        "truth values are not averaged",
        f"result = aggregate({SEEN}, False if {IS_A} == 1 else True) > 0;",
    ),
    guard(
        "simplify:sign-of-one-selector",
        "if operator in _SIGNED and selector is other:",
        "if operator in _SIGNED:",
        "shares compare like counts only if they are of one selector",
        f"result = aggregate({BEFORE}, {IS_A}, 0) - aggregate({SEEN}, {IS_B}, 0) < 0;",
    ),
    guard(
        "simplify:sign-defaults",
        "if numbers and a == b and zero == 0",
        "if numbers and zero == 0",
        "where nothing is selected, defaults are compared",
        f'result = aggregate({A}, indicator(tokens == "b"), 0)'
        f" - aggregate({A}, indicator(indices == 1), 1) < 0;",
    ),
    guard(
        "simplify:sign-of-finite-defaults",
        "numbers = all(_is_number(number) and _is_finite(number) for number in (a, b, zero))",
        "numbers = all(_is_number(number) for number in (a, b, zero))",
        "infinity less infinity is no number",
        f"result = aggregate({A}, {IS_A}, 1e308 * 10) - aggregate({A}, {IS_B}, 1e308 * 10) <= 0;",
    ),
    guard(
        "simplify:sign-against-0",
        "if numbers and a == b and zero == 0",
        "if numbers and a == b",
        "only the comparison with 0 does not depend on the count",
        f"result = aggregate({SEEN}, {IS_A}) - aggregate({SEEN}, {IS_B}) < 0.5;",
    ),
    guard(
        "simplify:sign-numbers",
        "if numbers and a == b and zero == 0",
        "if a == b and zero == 0",
        "strings have no difference",
        f'result = aggregate({A}, {IS_A}, "x") - aggregate({A}, indicator(indices == 0), "x") < 0;',
    ),
    guard(
        "simplify:some-default",
        "_is_number(number) and number == 0 for",
        "_is_number(number) for",
        "where nothing is selected, the default is compared, and only with 0 for some",
        f"result = aggregate({A}, indicator(indices == 1), 1) > 0;",
    ),
    guard(
        "simplify:some-comparison",
        "if marks is None or asked is None or not numbers:",
        "if marks is None or not numbers:",
        "less than 0 asks neither for some mark nor for none",
        f"result = aggregate({SEEN}, {IS_A}) < 0;",
    ),
    guard(
        "simplify:any-comparison",
        "if not is_counted_in_vain(width) or asked is None or not",
        "if not is_counted_in_vain(width) or not",
        "no number of keys is less than 0",
        f"result = {MANY_ALTERNATIVES} < 0;",
    ),
    guard(
        "simplify:any-zero",
        "or asked is None or not _is_number(zero) or zero != 0:",
        "or asked is None:",
        "more than 1 key is not some key",
        f"result = {MANY_ALTERNATIVES} > 1;",
    ),
    guard(
        "simplify:any-or-none",
        'return construct.elementwise("not", found) if not asked else found',
        "return found",
        "a number that is 0 asks that there is no key",
        f"result = {MANY_ALTERNATIVES} == 0;",
    ),
    guard(
        "rasp.graph.disjunctions:some-key-or-two",
        "if with_zero is None or type(one) not in (int, float) or one != 1:",
        "if with_zero is None:",
        "two keys or more are not one or more",
        f"result = selector_width({BEFORE}) >= 2;",
    ),
    guard(
        "differences:means-of-one-selector",
        ") if selector is other and a == b:",
        ") if a == b:",
        "means compare like sums only if they are over the same keys",
        f"result = aggregate({BEFORE}, indices) < aggregate({A}, indices + 1);",
    ),
    guard(
        "differences:means-with-one-default",
        ") if selector is other and a == b:",
        ") if selector is other:",
        "where nothing is selected, defaults are compared",
        f"result = aggregate({A}, indices, 1) < aggregate({A}, indices, 2);",
    ),
    guard(
        "differences:means-of-integers",
        "if _is_averaged_exactly(x) and _is_averaged_exactly(y):",
        "if True:",
        "only numbers have a difference, and only of integers it is exact",
        "first = select(indices, 0, ==);\n"
        'result = aggregate(first, tokens) == aggregate(first, tokens + "");',
    ),
    guard(
        "differences:counts-of-integers",
        "return is_integer(node) and any(",
        "return any(",
        "a count and what is no integer have no exact difference",
        f"result = selector_width({A}) + 1e308 * 10 == selector_width({B}) + 1e308 * 10;",
    ),
)

ORDERS = (
    guard(
        "selection.orders:transitive",
        "return bool((~(first & second) | third).all())",
        "return True",
        "counts differ along an order only if it is transitive",
        "b = select((tokens_int + 1) % 3, tokens_int, ==)"
        " or (select(tokens, tokens, ==) and select(indices, indices, <));\n"
        "w = selector_width(b);\nresult = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
        3,
    ),
    guard(
        "selection.orders:comparable",
        "comparable &= one ^ other if exclusive else one | other",
        "pass",
        "ties have one count",
        "w = selector_width(select(tokens_int, tokens_int, <));\n"
        "result = aggregate(select(w, indices, ==), indices, -1);",
        "01",
        3,
    ),
    guard(
        "linear:permutation-of-all",
        "return self.everywhere and not self.reflexive",
        "return not self.reflexive",
        "counts of one class only are no permutation",
        f"w = selector_width(select(tokens, tokens, ==) and {BEFORE});\n"
        "result = selector_width(select(w, indices, ==));",
    ),
    guard(
        "linear:permutation-from-0",
        "return self.everywhere and not self.reflexive",
        "return self.everywhere",
        "counts of an order that has the position itself begin with 1",
        "w = selector_width(select(tokens_int, tokens_int, <)"
        " or (select(tokens_int, tokens_int, ==) and select(indices, indices, <=)));\n"
        "result = selector_width(select(w, indices, ==));",
        "01",
        3,
    ),
    guard(
        "selection.orders:of-a-variable-with-itself",
        "if not groups or any(group.query not in (group.key, unit) for group in groups):",
        "if not groups:",
        "what compares two variables is no order of one",
        "v = aggregate(select(indices, 0, ==), tokens_int);\n"
        "w = selector_width(select(tokens_int, v, ==) and select(indices, indices, <));\n"
        "result = aggregate(select(w, 1, ==) and select(tokens_int, 0, ==), indices, -1);",
        "01",
        3,
    ),
    guard(
        "selection.orders:causal",
        "index = index & np.tri(index.shape[1], dtype=bool)",
        "pass",
        "later positions are not counted",
        "w = selector_width(select(tokens_int, tokens_int, <)"
        " or (select(tokens_int, tokens_int, ==) and select(indices, indices, <)));\n"
        "result = aggregate(select(w, 0, ==), indices, -1);",
        "01",
        3,
        causal=True,
    ),
)

COUNTS = (
    guard(
        "selection.counted:distinct-among-what-is-compared",
        "if multiplicity is not None and (within is None or _pinned(term, within)):",
        "if multiplicity is not None:",
        "counts that differ within a class only may be the same for two keys",
        f"w = selector_width(select(tokens, tokens, ==) and {BEFORE});\n"
        "result = aggregate(select(w, 0, ==), indices, -1);",
    ),
    guard(
        "selection.counted:own-key",
        "elif all(g.query is g.key and bool(g.matrix.diagonal().all()) for g in others):",
        "elif True:",
        "a position need not select itself",
        f"result = aggregate({A}, 1, 0);",
    ),
    guard(
        "selection.counted:fixed-keys",
        "if not others:",
        "if True:",
        "a key is certain only if nothing else is compared",
        'result = aggregate(select(indices, 0, ==) and select(tokens, "a", ==), tokens, "x");',
    ),
    guard(
        "lowering.aggregates:selected-agree",
        "agrees = limits.at_most_one or selected_agree(lowering, term, view)",
        "agrees = True",
        "several selected values have a mean",
        f"result = aggregate({A}, indices, -1);",
    ),
    guard(
        "lowering.agreement:agreeing-rows",
        "if all(len(np.unique(codes[row])) <= 1 for row in rows):",
        "if True:",
        "each query selects keys of one value",
        "result = aggregate(select(tokens_int, tokens_int, <=), tokens_int);",
        "012",
        3,
    ),
    guard(
        "lowering.agreement:one-count",
        "return bool((group.matrix @ counts <= 1).all())",
        "return True",
        "keys of several counts may differ",
        "w = selector_width(select(tokens_int, tokens_int, <));\n"
        "result = aggregate(select(w % 2, indices, ==), tokens_int, -1);",
        "012",
        4,
    ),
    guard(
        "lowering.agreement:counts-tell",
        "return bool((larger | larger.T | (codes[:, None] == codes[None, :])).all())",
        "return True",
        "equal counts need not mean equal values",
        "w = selector_width(select(tokens_int, tokens_int, ==));\n"
        "result = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
        4,
    ),
    guard(
        "lowering.aggregates:fixed-mean-up-to-here",
        "if bool(np.triu(chosen, 1).any()):",
        "if False:",
        "a later key is not there in shorter inputs",
        "result = aggregate(select(indices, indices + 1, ==), indices, 9);",
    ),
    guard(
        "lowering.aggregates:default",
        "default_code = -1\n    if not limits.never_empty and node.default is not None:",
        "default_code = -1\n    if False:",
        "where nothing is selected, the default is read",
        'result = aggregate(select(indices, indices - 1, ==), tokens, "x");',
    ),
    guard(
        "facts.bounds:by-index",
        'return rows[:, 0] if granularity in ("", "i") else None',
        "return rows[:, 0]",
        "a count that depends on the length is no function of the index",
        "result = selector_width(select(indices, indices, >));",
    ),
)

"""Conditions of selectors that are put in other words, and of what is a number by its expression.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, A, guard
from rasp.testing.guarded_matches import TWO


def _through_last(key: str) -> str:
    """A comparison of a key that has to be a number, at the last key before."""
    return f"result = selector_width(select({key}, indices, <) and last({BEFORE}));"


_LAST_OF_SAME = f"result = aggregate(last(select(tokens, tokens, ==) and {BEFORE}), indices, -1);"

NARROW = (
    guard(
        "prepared:counted-up-to-oneself",
        "if contexts.causal:\n        graph",
        "if True:\n        graph",
        "what is before a query is all that is counted but for the query, if it sees no later keys",
        f"result = selector_width(select(tokens, tokens, ==) and {BEFORE});",
        optimize="size",
    ),
    guard(
        "selection.combinations:apart",
        "if not apart:\n            return groups",
        "if False:\n            return groups",
        "a query is no key of its own though nothing but its index says so",
        _LAST_OF_SAME,
        causal=True,
    ),
    guard(
        "selection.combinations:never-oneself",
        "group.query is group.key is not self.position and not group.matrix.diagonal().any()",
        "group.query is group.key is not self.position",
        "what compares a variable with itself may select the query's own position",
        _LAST_OF_SAME,
        causal=True,
    ),
    guard(
        "selection.combinations:compared-with-itself",
        "group.query is group.key is not self.position and not group.matrix.diagonal().any()",
        "group.key is not self.position and group.matrix.shape[0] == group.matrix.shape[1]"
        " and not group.matrix.diagonal().any()",
        "what compares two variables may select it even if equal values do not",
        "v = aggregate(select(indices, 0, ==), tokens);\n"
        f"result = aggregate(last(select(tokens, v, !=) and {BEFORE}), indices, -1);",
        causal=True,
    ),
    guard(
        "selection.combinations:apart-by-more-than-the-index",
        "group.query is group.key is not self.position and not group.matrix.diagonal().any()",
        "group.query is group.key and not group.matrix.diagonal().any()",
        "the index that may be left out tells no positions apart",
        _LAST_OF_SAME,
        causal=True,
    ),
)

_AMONG = "if len(orders) != 1 or not all(_is_among(term, group) for group in filters):"

AGREEING = (
    guard(
        "lowering.agreement:ranked-among-the-selected",
        _AMONG,
        "if len(orders) != 1:",
        "an order among some keys says nothing of positions that are not among them",
        "rank = selector_width(select(tokens, tokens, <) and select(indices, 0, ==));\n"
        "result = aggregate(select(rank, 1, ==), tokens_int, -1);",
        "012",
    ),
    guard(
        "lowering.agreement:among-the-same-for-all",
        "if bool((keys.matrix.any(axis=0) & ~wanted).any()):\n        return False",
        "",
        "counts among other keys for each query are no order",
        "among = select(indices, 1, <=) or select(indices, indices + 1, <=);\n"
        "rank = selector_width(select(tokens, tokens, <) and among);\n"
        "chosen = select(rank, 1, ==) and select(indices, 1, <=);\n"
        "result = aggregate(chosen, tokens_int, -1);",
        "012",
    ),
    guard(
        "lowering.agreement:selected-among-them",
        "group.key is keys.key and not bool((group.matrix.any(axis=0) & ~wanted).any())",
        "group.key is keys.key",
        "what a selector asks of the same variable may be less",
        "rank = selector_width(select(tokens, tokens, <) and select(indices, 0, ==));\n"
        "chosen = select(rank, 1, ==) and select(indices, 2, <=);\n"
        "result = aggregate(chosen, tokens_int, -1);",
        "012",
    ),
    guard(
        "lowering.shared:no-failures",
        "if column.failed is None:",
        "if True:",
        "where a function of a number fails has to be said",
        f"c = selector_width({A});\n"
        "result = selector_width(select(indices, 2 / c, ==) or select(indices, c, ==));",
    ),
)

NUMBERS = (
    guard(
        "selection.matches:key-is-a-number",
        "numbers = is_number(key) and is_number(query)",
        "numbers = is_number(query)",
        "comparing fails at any key, not at the chosen one alone",
        _through_last("tokens"),
    ),
    guard(
        "selection.matches:orders-compare-numbers",
        'if comparison not in ("==", "!=") and not numbers:',
        "if False:",
        "only equality never fails",
        _through_last("tokens"),
    ),
    guard(
        "selection.matches:fetch-without-default",
        "if isinstance(node, Fetch) and node.default is None:",
        "if False:",
        "where a condition does not hold, a fetch without a default fails",
        f'result = fetch(select(tokens, "a", ==) and last({SEEN}), tokens);',
    ),
    guard(
        "facts.kinds:first-choice",
        "known[node] = known[yes] and known[no]",
        "known[node] = known[no]",
        "a choice is a number only if what holds is one",
        _through_last('"x" if tokens == "a" else 1'),
    ),
    guard(
        "facts.kinds:second-choice",
        "known[node] = known[yes] and known[no]",
        "known[node] = known[yes]",
        "and if what holds otherwise is one",
        _through_last('1 if tokens == "a" else "x"'),
    ),
    guard(
        "facts.kinds:sum",
        "known[node] = all(known[operand] or is_truth(operand) for operand in operands)",
        "known[node] = True",
        "strings are joined by the same operator as numbers",
        _through_last('tokens + "x"'),
    ),
    guard(
        "facts.kinds:product",
        "known[node] = all(known[operand] or is_truth(operand) for operand in operands)",
        'known[node] = node.operator == "multiply" or all(known[part] for part in operands)',
        "and repeated by that of products",
        _through_last("tokens * 2"),
    ),
    guard(
        "facts.kinds:mean",
        "known[node] = known[value] and _number(default)",
        "known[node] = _number(default)",
        "what is read is a number only if the keys carry numbers",
        _through_last("aggregate(select(indices, 0, ==), tokens)"),
    ),
    guard(
        "facts.kinds:mean-or-default",
        "known[node] = known[value] and _number(default)",
        "known[node] = known[value]",
        "and if the default is one",
        _through_last(f'aggregate({A}, indices, "x")'),
    ),
    guard(
        "facts.kinds:fetched",
        "known[node] = known[value] and (other is None or _number(other))",
        "known[node] = other is None or _number(other)",
        "so it is with what is fetched",
        _through_last("fetch(select(indices, 0, ==), tokens)"),
    ),
    guard(
        "facts.kinds:fetched-or-default",
        "known[node] = known[value] and (other is None or _number(other))",
        "known[node] = known[value]",
        "default included",
        _through_last('fetch(select(indices, tokens_int, ==), indices, "x")'),
        "01",
    ),
)

HEADS = (
    guard(
        "selection.counted:there-or-not",
        "certain = products.relative and products.always",
        "certain = products.relative",
        "a place that may be missing is no key that is always selected",
        f"{TWO}result = aggregate(select(indices, p - 1, ==) and select(q > 0, True, ==)"
        " or select(indices, q + 2, ==) and select(q > 0, False, ==), indices, -1);",
        "abc",
        limits=("lowering.places.FEW_PLACE_ROWS = 0",),
    ),
    guard(
        "selection.selectors:heads-by-rank",
        "None if self.rank is None else self.rank.key.key(),",
        "",
        "heads that choose by other numbers are others",
        f"result = aggregate(first({SEEN}), tokens_int) - aggregate(last({SEEN}), tokens_int);",
        "01",
    ),
)

"""Conditions of ranks, of scores, of products that are sums, and of the key nearest to a sum.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, A, B, guard

_JOINED = ("lowering.elementwise.MANY_SUMMED_ROWS = 0",)
_CANCELLED = (
    'w = count(tokens, "a"); v = count(tokens, "b"); k = 2 ^ 39 + 1;'
    " y = k * (w + k) - k * w + v + indices;"
)
_FROM_LAST = 'length - 1 - indices, ==), tokens, "x");'

RANKS = (
    guard(
        "lowering.combine:parts-that-cancel",
        "if largest > LARGEST_INTEGER:",
        "if False:",
        "no float holds a square of 40 bits and one more, though the rest is small",
        f"{_CANCELLED}\nresult = y % 7;",
        limits=_JOINED,
    ),
    guard(
        "facts.bounds:among-best",
        "low, high = np.minimum(self.low, 1), np.minimum(self.high, shared)",
        "low, high = np.minimum(self.low, 1), np.minimum(self.high, 1)",
        "several keys may be best",
        f"result = aggregate(best({SEEN}, tokens_int), indices);",
        "01",
    ),
    guard(
        "selection.selectors:rank-then-rank",
        "min(self.shared, other.shared),",
        "1,",
        "and still be several where another number decides between them",
        f"result = aggregate(best(best({SEEN}, tokens_int), tokens_int % 2), indices);",
        "0123",
        3,
    ),
    guard(
        "selection.selectors:first-rank-first",
        "Rank(\n            self.key.scaled(size) + other.key,",
        "Rank(\n            self.key + other.key,",
        "the second number decides among keys that share the first",
        f"result = aggregate(best(best({SEEN}, tokens_int), -indices), indices);",
        "012",
        3,
    ),
    guard(
        "selection.masks:filter-of-queries",
        "if are_same(matrix, queries[:, None], seen):",
        "if True:",
        "a comparison of indices filters queries only if it says the same of every key",
        "result = selector_width(select(indices, indices - 1, >=));",
        causal=True,
    ),
    guard(
        "selection.factors:values-without-a-key",
        "return np.where(known, numbers, np.where(before, places - first, behind))",
        "return numbers",
        "what selects nothing has a number that no key has",
        'result = selector_width(select({"0": "x", "1": "y", "2": "z"}[tokens],'
        ' {"0": "y", "1": "u", "2": "v"}[tokens], ==));',
        "012",
        3,
    ),
)

PRODUCTS = (
    guard(
        "lowering.meeting:same-keys",
        "return not others and term.key() == mean.term.key()",
        "return not others",
        "a mean over the keys of one token may be any beside the number of those of another",
        f"result = aggregate({A}, indices, 0) > selector_width({B});",
    ),
    guard(
        "lowering.sums:length-itself",
        "if isinstance(variable, Length) and variable.node is count:",
        "if isinstance(variable, Length):",
        "a function of the length is not the number of keys",
        "result = round((length + 1) * average(tokens_int));",
        "01",
    ),
    guard(
        "lowering.sums:width-itself",
        "elif isinstance(variable, Width) and variable.node is count:",
        "elif isinstance(variable, Width):",
        "nor is a function of the width",
        f"result = round((selector_width({A}) + 1) * aggregate({A}, indices));",
    ),
    guard(
        "lowering.sums:one-term",
        "selected = len(variable.terms) == 1 and variable.terms[0].key() == term.key()",
        "selected = term.key() in [other.key() for other in variable.terms]",
        "nor is the width of a disjunction that the selector is a part of",
        f"result = round(selector_width({A} or {BEFORE}) * aggregate({A}, indices));",
    ),
    guard(
        "lowering.sums:types-of-means",
        "narrow = max(integers) - min(integers) <= 1 or max(counts) == 1",
        "narrow = True",
        "a whole mean of numbers that are not neighbours may be a mean of different ones",
        "x = average(tokens_int);\nresult = x * 2;",
        "013",
        3,
    ),
    guard(
        "lowering.combine:signs",
        "frozenset((id(scalar), sign * factor) for scalar, factor in form.scalars.items()),",
        "frozenset((id(scalar), abs(factor)) for scalar, factor in form.scalars.items()),",
        "a sum is no difference",
        f"w = selector_width({A});\n"
        'result = aggregate(select(indices, indices - w, ==), tokens, "b")'
        ' + aggregate(select(indices, indices + w, ==), tokens, "b");',
        limits=_JOINED,
    ),
    guard(
        "lowering.combine:features",
        "(id(variable), (sign * (values - values[0]) + 0.0).tobytes())",
        "(id(variable),)",
        "sums differ where different functions of a variable are added",
        f"w = selector_width({A});\n"
        'result = aggregate(select(indices, indices - w, ==), tokens, "b")'
        ' + aggregate(select(indices, 2 * indices - w, ==), tokens, "b");',
        limits=_JOINED,
    ),
)

NEAREST = (
    guard(
        "lowering.nearest:equality",
        'if not isinstance(selector, Select) or selector.comparison != "==":',
        "if not isinstance(selector, Select):",
        "keys before a place are not the key at that place",
        "result = aggregate(select(indices, length - 1 - indices, <=), tokens_int);",
        "01",
    ),
    guard(
        "lowering.nearest:key-without-counts",
        "if any(key.scalars.values()) or list(key.features) != [lowering.position]:",
        "if list(key.features) != [lowering.position]:",
        "an index less a count is no index",
        f"result = aggregate(select(indices - selector_width({A} and {BEFORE}), {_FROM_LAST}",
    ),
    guard(
        "lowering.nearest:key-without-tokens",
        "list(key.features) != [lowering.position]",
        "lowering.position not in key.features",
        "nor is an index and a token",
        f'result = aggregate(select(indices + indicator(tokens == "a"), {_FROM_LAST}',
    ),
    guard(
        "lowering.nearest:same-length",
        "for scalar, factor in key.scalars.items() if isinstance(scalar, Length)",
        "for scalar, factor in key.scalars.items()",
        "the length is the same at queries and keys, but other counts are not",
        f"result = aggregate(select(indices - selector_width({A} and {BEFORE}), {_FROM_LAST}",
    ),
    guard(
        "lowering.nearest:neighbours",
        "if not bool((np.diff(numbers) == sign).all()):",
        "if False:",
        "numbers of keys that are two apart may all be missed",
        f"result = aggregate(select(2 * indices, {_FROM_LAST}",
    ),
    guard(
        "lowering.nearest:not-before",
        "return bool((low < 0).any()), bool((high",
        "return False, bool((high",
        "in front of all keys there is none",
        'result = aggregate(select(indices, length - 2 - indices, ==), tokens, "x");',
    ),
    guard(
        "lowering.nearest:not-behind",
        "bool((high > np.arange(contexts.max_len)).any())",
        "False",
        "and none behind them",
        'result = aggregate(select(indices, length - indices, ==), tokens, "x");',
    ),
)

"""Conditions of places that selectors name, of what is the same everywhere, and of fetched values.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, guard
from rasp.testing.guarded_matches import TWO

_FEW = ("lowering.places.FEW_PLACE_ROWS = 0",)
_ONE_OR_OTHER = (
    f"{TWO}result = aggregate(select(indices, p - 1, ==) and select(q > 0, True, ==)"
    " or select(indices, q + 2, ==) and select(q > 0, False, ==), indices, -1);"
)


def _at(key: str, condition: str = "") -> str:
    """What is read where the key is p + q."""
    return f"{TWO}result = aggregate(select({key}, p + q, ==){condition}, indices, -1);"


PLACES = (
    guard(
        "selection.clauses:equality",
        'if atom.select.comparison != "==" or not is_number(atom.select.query):',
        "if not is_number(atom.select.query):",
        "keys up to a place are not the key there",
        f"{TWO}result = aggregate(select(indices, p + q, <=), indices, -1);",
        "abc",
        3,
        limits=_FEW,
    ),
    guard(
        "selection.clauses:not-below-nan",
        "not (equality or _are_ordered(select))",
        "False",
        "what is not below nan is not above it either",
        'place = count(tokens, "nan") - count(tokens, "1");\n'
        "result = aggregate(select(indices, place, ==)"
        ' and not select(indices, tokens_float, <), tokens, "-");',
        ("nan", "1", "0"),
        9,
    ),
    guard(
        "selection.clauses:summand-of-all",
        "return is_uniform(node, causal=causal) and is_number(node)",
        "return is_number(node)",
        "what is added to the index may go to the query's side only if it is the same there",
        _at('indices + indicator(tokens == "a")'),
        "abc",
        limits=_FEW,
    ),
    guard(
        "selection.clauses:condition-of-all",
        "elif construct.is_sop(node) and is_uniform(node, causal=causal):",
        "elif construct.is_sop(node):",
        "so may a condition on the key",
        _at("indices", " and select(indices % 2, 0, ==)"),
        "abc",
        limits=_FEW,
    ),
    guard(
        "lowering.places:always-one",
        "always = bool((numbers == 1).all())",
        "always = True",
        "where no clause holds nothing is read",
        f"{TWO}result = aggregate(select(indices, p, ==) and select(q > 0, True, ==),"
        " indices, -1);",
        "abc",
        limits=_FEW,
    ),
    guard(
        "lowering.places:before-all-keys",
        "return bool((numbers < 0).any()), bool",
        "return False, bool",
        "in front of all keys there is none",
        _ONE_OR_OTHER,
        "abc",
        limits=_FEW,
    ),
    guard(
        "lowering.places:behind-all-keys",
        "bool((numbers > last).any())\n",
        "False\n",
        "and none behind them",
        _ONE_OR_OTHER,
        "abc",
        limits=_FEW,
    ),
    guard(
        "facts.kinds:the-same-for-all-queries",
        "known[node] = known[query]",
        "known[node] = True",
        "what attention reads is the same everywhere only if its queries are",
        f"v = aggregate(select(indices, indices - 1, ==), indices, 0);\n{_at('indices + v')}",
        "abc",
        limits=_FEW,
    ),
    guard(
        "facts.kinds:the-same-for-all-operands",
        "known[node] = all(known[operand] for operand in operands)\n            case Select",
        "known[node] = True\n            case Select",
        "what is made of tokens is not the same everywhere",
        _at('indices + indicator(tokens == "a")'),
        "abc",
        limits=_FEW,
    ),
    guard(
        "facts.kinds:the-same-for-later-queries",
        "known[node] = known[selector] and not causal\n            case SelectorWidth",
        "known[node] = known[selector]\n            case SelectorWidth",
        "under a causal mask later queries see more",
        f"{TWO}result = aggregate(select(indices + p, indices, ==), indices, -1);",
        "abc",
        causal=True,
        limits=_FEW,
    ),
)

_BEFORE_OF_SAME = f"w = selector_width(select(tokens, tokens, ==) and {BEFORE});\n"

FETCHED = (
    guard(
        "lowering.scored:shared-ranks",
        "if variable.multiplicity is not None and variable.within is None:",
        "if variable.multiplicity is not None:",
        "counts that differ within a class only may rank several keys alike",
        f"{_BEFORE_OF_SAME}result = aggregate(best({SEEN}, w), indices);",
    ),
    guard(
        "lowering.best:nan",
        "if any(value != value for value in atoms):",
        "if False:",
        "what is no number ranks nothing",
        f"result = aggregate(best({SEEN}, 1e308 * 10 * indices), indices);",
        "ab",
        3,
        refused=True,
    ),
    guard(
        "lowering.fetch:ranked-keys",
        "counted = term.rank is None and _differ(view, classes)",
        "counted = _differ(view, classes)",
        "of keys that are ranked nobody counts the best",
        f"result = fetch(best({SEEN}, tokens_int), indices);",
        "01",
        3,
    ),
    guard(
        "lowering.fetch:equal-values",
        "return once and len(np.unique(classes)) == len(classes) and",
        "return once and",
        "several keys may carry one value",
        'result = fetch(select(tokens, "a", ==), indices % 2, -1);',
    ),
    guard(
        "lowering.fetch:values-of-a-class",
        "if variable.multiplicity is None or variable.within is not None:",
        "if variable.multiplicity is None:",
        "and counts of several classes may be the same",
        f"{_BEFORE_OF_SAME}result = fetch(select(indices, 2, <), w);",
    ),
    guard(
        "lowering.fetch:default-of-a-number",
        "if node.default is None or limits.never_empty:",
        "if True:",
        "where nothing is selected, the default is fetched",
        'w = selector_width(select(tokens, "b", ==));\n'
        "result = fetch(select(indices, indices - 1, ==), w, -1);",
    ),
    guard(
        "lowering.fetch:default-of-another-type",
        "if numeric and agrees_in_type(leaf, node.default):",
        "if numeric:",
        "a number does not say whether it is the default or an equal value of another type",
        'w = selector_width(select(tokens, "b", ==));\n'
        "result = fetch(select(indices, indices - 1, ==), w, 1.0);",
    ),
    guard(
        "lowering.aggregates:default-of-another-type",
        "if not limits.never_empty and not (numeric_default and alike):",
        "if not limits.never_empty and not numeric_default:",
        "a number does not say whether it is the default or an equal value of another type",
        'w = selector_width(select(tokens, "b", ==));\n'
        "result = aggregate(select(indices, indices - 1, ==), w, 1.0);",
    ),
    guard(
        "lowering.fetch:first-of-equal-ones",
        "return replace(term, rank=rank), limits.among_best(1)",
        "return term, limits",
        "of 1 and 1.0 that of the first key is fetched",
        "result = fetch(select(tokens, tokens, ==), 1 if indices == 0 else 1.0);",
    ),
)

"""Conditions of best matches, of fetched values, and of scores of which only the sign matters.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, guard

TWO = (
    'p = fetch(select(tokens, "a", ==), indices, 0);\n'
    'q = fetch(select(tokens, "b", ==), indices, 0);\n'
)

MATCHES = (
    guard(
        "selection.matches:one-key",
        'case Indices() | Elementwise(operator="negate", operands=(Indices(),)):',
        "case _:",
        "keys that are ranked by something else may share a rank",
        f"result = selector_width(best({SEEN}, tokens_int));",
        "01",
        3,
    ),
    guard(
        "selection.matches:something-chosen",
        "[_any(chosen), *conditions]",
        "conditions",
        "where nothing is chosen, no condition holds of it",
        f"result = selector_width(select(indices, 0, ==) and last({BEFORE}));",
        "ab",
        3,
    ),
    guard(
        "lowering.best:failing-first",
        "found[fails] = found.max(initial=-1) + 1",
        "found[fails] = 0",
        "a selected key whose score fails is the one that is read",
        f"result = aggregate(best({SEEN}, tokens_int), indices);",
        "1a",
        3,
    ),
    guard(
        "lowering.best:failing",
        "if score.fails.any():",
        "if False:",
        "a selected key whose score fails is an error",
        f"result = aggregate(best({SEEN}, tokens_int), indices);",
        "1a",
        3,
    ),
    guard(
        "lowering.best:kinds",
        "if score.mixed:",
        "if False:",
        "strings and numbers have no order",
        f'result = aggregate(best({SEEN}, 1 if tokens == "a" else tokens), indices);',
        "ab",
        3,
    ),
    guard(
        "lowering.agreement:ranks-tell",
        "return len(pairs) == len(np.unique(pairs[:, 0]))",
        "return True",
        "keys of one rank may carry different values",
        f'x = aggregate(best({SEEN}, indicator(tokens != "a")), tokens);\n'
        'result = indices + 1 if x == "b" else 0;',
        "abc",
        3,
    ),
    guard(
        "lowering.fetch:nothing",
        "if node.default is None and not limits.never_empty:",
        "if False:",
        "without a default it is an error that nothing is selected",
        'result = fetch(select(tokens, "a", ==), tokens);',
        "ab",
        3,
    ),
    guard(
        "lowering.fetch:several",
        "if not selected_agree(lowering, term, View(view.variable, Column.of(classes.tolist()))):",
        "if False:",
        "it is an error that selected values differ",
        'result = fetch(select(tokens, "a", ==), indices, -1);',
        "ab",
        3,
    ),
    guard(
        "lowering.fetch:kinds",
        "if n_kinds == n_classes:",
        "if True:",
        "of 1 and 1.0 the first is what is read",
        "result = fetch(select(tokens, tokens, ==), 1 if indices == 0 else 1.0);",
        "ab",
        3,
    ),
    guard(
        "lowering.fetch:one-scalar",
        "if limits.at_most_one and isinstance(leaf, Scalar) and leaf.node is node.value:",
        "if isinstance(leaf, Scalar) and leaf.node is node.value:",
        "the mean of several numbers is none of them",
        f'w = selector_width(select(tokens, "b", ==) and {BEFORE});\n'
        'result = fetch(select(tokens, "a", ==), w, -1);',
        "ab",
        4,
    ),
    guard(
        "lowering.places:two-hold",
        "if numbers is None or numbers.max() > 1:",
        "if numbers is None:",
        "a choice of two places is a place only if never both are asked for",
        f"{TWO}result = aggregate(select(indices, p, ==) or select(indices, q, ==), indices, -1);",
        "abc",
        4,
        limits=("lowering.places.FEW_PLACE_ROWS = 0",),
    ),
    guard(
        "lowering.places:missing",
        "low, high = _missed(lowering, table, numbers)",
        "low, high = False, False",
        "where there is no key at the place, none is read",
        f"{TWO}result = aggregate(select(indices, p - 1, ==) and select(q > 0, True, ==)"
        " or select(indices, q + 2, ==) and select(q > 0, False, ==), indices, -1);",
        "abc",
        4,
        limits=("lowering.places.FEW_PLACE_ROWS = 0",),
    ),
)

SIGNS = (
    guard(
        "selection.selectors:sign-alone",
        "if purpose.agree and self.rank is None:",
        "if self.rank is None:",
        "a mean needs equal scores of all selected keys",
        f"result = aggregate({SEEN}, tokens_int);",
        "012",
        4,
        optimize="size",
    ),
    guard(
        "selection.combinations:masked",
        "masked = causal and query is key is position",
        "masked = query is key is position",
        "without a mask, later keys are there",
        f"result = selector_width({SEEN});",
        "ab",
        4,
    ),
    guard(
        "selection.masks:filter",
        "if are_same(matrix, keys[None, :], seen):",
        "if True:",
        "a comparison of indices filters keys only if it says the same to every query",
        "result = selector_width(select(indices, indices - 1, >=));",
        "ab",
        4,
        causal=True,
    ),
    guard(
        "facts.rows:nested",
        "if not bool((matrix[rows] == (place < n_selected[rows, None])).all()):",
        "if False:",
        "queries of a threshold select more and more of the same keys",
        "result = aggregate(select(tokens, tokens, !=), 1, 0);",
        "0123",
        3,
        optimize="size",
    ),
)

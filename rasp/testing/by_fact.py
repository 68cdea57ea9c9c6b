"""Programs of `rasp.testing.wrong_facts` -> the checks of the proof that they need."""

from __future__ import annotations

BY_FACT: dict[str, tuple[str, ...]] = {
    "x = selector_width(select(aggregate(at_token, indices, -1), 1, ==));": (
        "injections._shared: no if not asked",
        "injections._asks_apart: only if facts.differs(part.query)",
    ),
    "x = selector_width(select(aggregate(at_token and so_far, indices, -1), 0, ==));": (
        "injections._asks_apart: only if part.comparison == '=='",
    ),
    "x = selector_width(select(aggregate(select(tokens_int, indices, ==), indices), 1.5, ==));": (
        "injections._shared: no if not facts.at_most_one(quantity.selector)",
    ),
    "x = selector_width(select(aggregate(two_behind, indices, -1), -1, ==));": (
        "injections.reads_apart: only if not _may_be(part.query, shared, facts)",
    ),
    "x = selector_width(select(aggregate(two_behind, indices, -1), 1, >));": (
        "injections.reads_apart: only if part.comparison == '=='",
    ),
    "x = aggregate(select(not has_focus(same and before), True, ==), indices, -1);": (
        "alone._contradicts: only if key in equal",
    ),
    "x = aggregate(same and select(not has_focus(same and before), False, ==), indices, -1);": (
        "alone.is_only_one: only if query.value is True",
    ),
    "x = aggregate(select(not has_focus(marked and before), True, ==), indices, -1);": (
        "alone._contradicts: only if key in true",
    ),
    'x = aggregate(select(tokens == "a" and not has_focus(is_b and before), True, ==), indices);': (
        "alone._contradicts: only if _said(part) in true",
    ),
    "x = aggregate(select(not has_focus(select(tokens_int, 2, <)), True, ==), indices, -1);": (
        "alone._contradicts: only if key is query is INDICES",
    ),
    "x = aggregate(same and select(not has_focus(never and before), True, ==), indices, -1);": (
        "alone._contradicts: only if key is query",
    ),
    "x = selector_width(before and select(indices, indices - 3, >));": (
        "masks._line: no if not same or not np.array_equal(np.minimum(end + rows, last...",
    ),
    "x = selector_width(select(1, 1, ==));": (
        "attended.Attended.is_length: only if not self.causal",
    ),
    "x = selector_width(select(length - indices, 1, ==));": (
        "counts._by_start: no if n_lengths == 1 or not np.array_equal(mask, start[None...",
    ),
    "q = (indices == 1) and length > 0; x = selector_width(select(q, indices, ==));": (
        "facts.Facts._permutes: no if column.kind != 'int'",
    ),
    "x = aggregate(select(tokens_asis, 1, <) and last(before), 2, 9);": (
        "choices._condition: no if ordered and (not (_is_number(compared, space) and _...",
    ),
    "x = selector_width(select(indicator(b), 0, ==));": ("rewrites._equals: only if one == 1",),
    "x = tokens_int if aggregate(select(indices, 0 if tokens_int > 0 else tokens_int, ==),"
    " True, False) else 9;": (
        "within.as_comparison: no if index is not construct.elementwise('where', below...",
    ),
    "x = tokens_int if aggregate(select(tokens_int, 0 if tokens_int < 0 else tokens_int, ==),"
    " True, False) else 9;": ("within.as_comparison: only if key is INDICES",),
    "x = tokens_int if aggregate(select(indices, 0 if tokens_int < 0 else tokens_int, ==),"
    " True, True) else 9;": ("within.as_comparison: only if there is not missing",),
    "x = aggregate(none, tokens_asis, 0) - aggregate(none, indicator(b), 0) > 0;": (
        "rewrites._sign: only if _is_mark(x)",
    ),
    "x = aggregate(none, indicator(b), 0) - aggregate(none, tokens_asis, 0) > 0;": (
        "rewrites._sign: only if _is_mark(y)",
    ),
    "x = aggregate(before, tokens_int) > 0;": (
        "rewrites._some: no if not _is_zero(right) or not isinstance(left, Aggregate) ...",
        "rewrites._some: only if is_counted_in_vain(left)",
    ),
    "x = selector_width(select(indices if indices > 1 else 0, 2, ==));": (
        "counts.places_of: no if not placed or not mask.any(axis=2).all()",
    ),
    "x = selector_width(select(tokens_asis, tokens_asis, ==));": (
        "selectors._small_integers: no if any((type(atom) is not int or abs(atom) > LA...",
    ),
    "x = selector_width(select(indices - tokens_int, 1, ==));": (
        "facts.Facts._is_moved: no if len(moving) != 1 or moving == [quantity] or (not...",
    ),
    "x = selector_width(same or never);": (
        "facts.Facts._limits: only if all(map(self._told_apart, sides))",
    ),
    "x = selector_width(select(tokens_float, tokens_float, <) or (float_equal and before));": (
        "orders.order_of: no if not all((_is_ordered(node, space) for node in compared))",
    ),
}
"""Programs, and the checks without which something is taken to be so of them that is not."""

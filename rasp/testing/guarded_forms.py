"""Conditions of what an expression alone says: of position 0, of marks, of integers, of orders.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, IS_A, IS_B, SEEN, A, guard

_FIRST = "first = select(indices, 0, ==);\n"
_NEVER = "select(indices, indices, >)"


def _share(selector: str) -> str:
    """The width, if the selector selects position 0 for every query."""
    return f"result = round(1 / aggregate({selector}, indicator(indices == 0), 1));"


FORMS = (
    guard(
        "simplify:first-of-a-conjunction-with-none",
        "known[node] = False if False in sides else (None if None in sides else True)",
        "known[node] = None if None in sides else True",
        "a conjunction never selects position 0 if one side never does",
        _share(f"{SEEN} and {_NEVER}"),
    ),
    guard(
        "simplify:first-of-a-conjunction-that-depends",
        "known[node] = False if False in sides else (None if None in sides else True)",
        "known[node] = False if False in sides else True",
        "nor is it certain if one side depends on the input",
        _share(f"{SEEN} and {A}"),
    ),
    guard(
        "simplify:first-of-a-disjunction-of-none",
        "known[node] = True if True in sides else (None if None in sides else False)",
        "known[node] = True if None not in sides else None",
        "a disjunction never selects position 0 if no side does",
        _share(f"{_NEVER} or select(1, 0, ==)"),
    ),
    guard(
        "simplify:first-of-a-disjunction-that-depends",
        "known[node] = True if True in sides else (None if None in sides else False)",
        "known[node] = True in sides",
        "what depends on the input is not known, nor is its negation",
        _share(f"not (select(indices, 1, ==) or {A})"),
    ),
    guard(
        "simplify:first-of-the-best",
        "known[node] = None if known[chosen] is not False else False",
        "known[node] = known[chosen]",
        "position 0 is among the best only if nothing is better",
        _share(f"last({SEEN})"),
    ),
    guard(
        "simplify:first-may-be-the-best",
        "known[node] = None if known[chosen] is not False else False",
        "known[node] = False",
        "but it may be",
        _share(f"not best({SEEN}, tokens_int)"),
        "01",
    ),
    guard(
        "simplify:first-key-is-an-index",
        "if key is INDICES and query is INDICES and comparison",
        "if query is INDICES and comparison",
        "only an index is 0 at position 0",
        _share("select(length - 1, indices, <=)"),
    ),
    guard(
        "simplify:first-query-is-an-index",
        "if key is INDICES and query is INDICES and comparison",
        "if key is INDICES and comparison",
        "and only an index is never below it",
        _share("select(indices, tokens_int - 1, <=)"),
        "01",
    ),
    guard(
        "simplify:first-comparison",
        'comparison in ("<=", ">")',
        'comparison in ("<=", ">", "==")',
        "position 0 is not at every query's own place",
        _share("not select(indices, indices, ==)"),
    ),
    guard(
        "simplify:first-is-never-behind",
        'return comparison == "<="  #',
        "return True  #",
        "0 is behind no index",
        _share(_NEVER),
    ),
    guard(
        "simplify:first-against-a-constant",
        "if keys is None or not isinstance(query, Constant):",
        "if keys is None:",
        "what 0 is compared with has to be known",
        _share("select(indices, tokens_int, ==)"),
        "01",
    ),
    guard(
        "simplify:first-marked-by-1",
        "and yes == 1 and no == 0",
        "and no == 0",
        "the share of position 0 is 1 / width only if it counts 1",
        "result = round(1 / aggregate(full_s, 2 if indices == 0 else 0));",
    ),
    guard(
        "simplify:others-marked-by-0",
        "and yes == 1 and no == 0",
        "and yes == 1",
        "and all others 0",
        "result = round(1 / aggregate(full_s, 1 if indices == 0 else 2));",
    ),
    guard(
        "simplify:mark-of-an-index",
        "return {a, b} == {INDICES, construct.constant(0)}",
        "return True",
        "a token is at no certain position",
        f"result = round(1 / aggregate(full_s, {IS_A}, 1));",
    ),
    guard(
        "simplify:mark-of-equality",
        'case Elementwise(operator="equal", operands=(a, b)):\n            return {a, b}',
        "case Elementwise(operands=(a, b)):\n            return {a, b}",
        "indices that are not 0 are no position 0",
        "result = round(1 / aggregate(full_s, indicator(indices > 0)));",
    ),
    guard(
        "simplify:sign-comparison",
        "if operator in _SIGNED and selector is other:",
        "if selector is other:",
        "the difference of two shares is not that of the sums, rounded",
        f"result = (aggregate({SEEN}, {IS_B}) - aggregate({SEEN}, {IS_A})) + 0;",
        "ab",
        5,
    ),
    guard(
        "simplify:some-marks",
        "if marks is None or asked is None or not numbers:",
        "if asked is None or not numbers:",
        "numbers that are no marks may cancel",
        f"result = aggregate({SEEN}, tokens_int) > 0;",
        "01",
    ),
    guard(
        "simplify:some-or-none",
        "return found if asked else construct",
        "return found if True else construct",
        "a share that is 0 asks that there is no mark",
        f"result = aggregate({SEEN}, {IS_A}) == 0;",
    ),
    guard(
        "simplify:marked-among-selected",
        "if selector is construct.FULL:",
        "if True:",
        "marks count where they are selected",
        f"result = aggregate({SEEN}, {IS_A}) > 0;",
    ),
    guard(
        "simplify:presence-of-any",
        "for group in groups]",
        "for group in groups[:1]]",
        "something is selected where any side of a disjunction selects something",
        f"result = aggregate({A} or {BEFORE}, 1, 0);",
    ),
    guard(
        "simplify:finite-numbers",
        "return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))",
        "return isinstance(value, (int, float))",
        "no times infinity is no number",
        f"result = round(selector_width({A}) * aggregate({A}, {IS_A}, 1e308 * 10));",
    ),
    guard(
        "differences:subtracted-from-integers",
        "if _is_averaged_exactly(x) and _is_averaged_exactly(y):",
        "if is_integer(y):",
        "a string has no difference",
        f"{_FIRST}result = aggregate(first, tokens) == aggregate(first, indices);",
    ),
    guard(
        "differences:integers-subtracted",
        "if _is_averaged_exactly(x) and _is_averaged_exactly(y):",
        "if _is_averaged_exactly(x):",
        "nor has a number with a string",
        f"{_FIRST}result = aggregate(first, indices) == aggregate(first, tokens);",
    ),
    guard(
        "differences:a-count-and-something",
        "_counts(left) and _counts(right)",
        "_counts(left)",
        "a count and a string are different, and have no difference",
        f"result = selector_width({A}) == tokens;",
    ),
    guard(
        "differences:something-and-a-count",
        "_counts(left) and _counts(right)",
        "_counts(right)",
        "nor the other way round",
        f"result = tokens == selector_width({A});",
    ),
    guard(
        "differences:choices-of-integers",
        "return _is_small(yes) and _is_small(no)",
        "return True",
        "one of two values may be a string",
        f"{_FIRST}result = aggregate(first, indices) == aggregate(first,"
        ' "x" if tokens == "a" else 1);',
    ),
    guard(
        "differences:constants-that-are-integers",
        "return type(value) is int and abs(value) < MOST_RECOGNISED",
        "return True",
        "and so may a constant",
        f'{_FIRST}result = aggregate(first, indices) == aggregate(first, "x");',
    ),
)

_BY_COUNT = "result = selector_width(select(w, indices, ==));"
_OWN = 'select(indices, indices, <) or (select(indices, indices, ==) and select(tokens, "0", ==))'
_ONE = "select(indices, indices, <) or (select(indices, indices, ==) and select(indices, 1, ==))"


def _sorted(ties: str) -> str:
    """Counts of smaller numbers, and of equal ones that `ties` selects."""
    smaller = "select(tokens_int, tokens_int, <)"
    same = f"select(tokens_int, tokens_int, ==) and ({ties})"
    return f"w = selector_width({smaller} or ({same}));\n{_BY_COUNT}"


_OF_A_ALONE = (
    f'w = selector_width(select(tokens, tokens, ==) and select(tokens, "a", ==) and {BEFORE});\n'
)

CLASSES = (
    guard(
        "selection.orders:itself-by-value",
        "comparable &= (alone[:, None] == alone[None, :]) & uniform[:, None] & uniform[None, :]",
        "pass",
        "who selects itself counts one more than who does not",
        _sorted(_OWN),
        "01",
        3,
    ),
    guard(
        "selection.orders:itself-by-index",
        "chosen[np.unique(index_class.diagonal())][:, value_class.diagonal()]",
        "chosen[index_class.diagonal()[:1]][:, value_class.diagonal()]",
        "so does who selects itself at some indices only",
        _sorted(_ONE),
        "01",
        3,
    ),
    guard(
        "selection.orders:one-of-two",
        "comparable &= one ^ other if exclusive else one | other",
        "comparable &= one | other",
        "who select each other may have one count",
        f"w = selector_width(select(tokens_int, tokens_int, <=));\n{_BY_COUNT}",
        "01",
        3,
    ),
    guard(
        "linear:one-class",
        "return len(found) == 0 or (len(found) == 1 and int(found[0]) >= 0)",
        "return True",
        "counts differ within a class, not among several",
        f"w = selector_width(select(tokens, tokens, ==) and {BEFORE});\n"
        "result = aggregate(select(w, 0, ==), indices, -1);",
    ),
    guard(
        "linear:known-class",
        "return len(found) == 0 or (len(found) == 1 and int(found[0]) >= 0)",
        "return len(found) <= 1",
        "of values without a class nothing is known",
        f'{_OF_A_ALONE}result = aggregate(select(w, 0, ==) and select(tokens, "b", ==),'
        " indices, -1);",
    ),
    guard(
        "linear:class-of-all",
        "return bool((self.classes == 0).all())",
        "return bool((self.classes <= 0).all())",
        "nor does one class hold everything while some values have none",
        f"{_OF_A_ALONE}result = aggregate(select(w, 0, ==), indices, -1);",
    ),
)

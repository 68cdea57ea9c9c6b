"""Conditions of being right that are written in the compiler, each with a program that needs it.

Programs are the shortest that were found; inputs are all of up to max_len tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rasp.random_programs.program import RandomProgram


@dataclass(frozen=True, slots=True)
class Guard:
    """name: room and condition; condition: the text that stands once in the module; instead: what
    stands there when it is dropped; protects: what the condition makes sure of; program: one that
    comes out wrong without it, compiled causal or not, and with these limits lowered
    (`rasp.testing.limits`).
    """

    name: str
    module: str
    condition: str
    instead: str
    protects: str
    program: RandomProgram
    causal: bool = False
    optimize: Literal["patterns", "size"] = "patterns"
    limits: tuple[str, ...] = ()


def _guard(
    place: str,
    condition: str,
    instead: str,
    protects: str,
    text: str,
    vocabulary: str = "ab",
    max_len: int = 4,
    *,
    causal: bool = False,
    optimize: Literal["patterns", "size"] = "patterns",
    limits: tuple[str, ...] = (),
) -> Guard:
    """place: module below `rasp.compiler`, a colon, and a name for the condition."""
    module, _ = place.split(":")
    program = RandomProgram(f"{text}\n", tuple(vocabulary), max_len)
    return Guard(
        place,
        f"rasp.compiler.{module}",
        condition,
        instead,
        protects,
        program,
        causal,
        optimize,
        limits,
    )


_BEFORE = "select(indices, indices, <)"
_SEEN = "select(indices, indices, <=)"
_A, _B = 'select(tokens, "a", ==)', 'select(tokens, "b", ==)'
_IS_A, _IS_B = 'indicator(tokens == "a")', 'indicator(tokens == "b")'

REWRITES = (
    _guard(
        "simplify:width-selects-first",
        "_is_first_position(value) and _selects_first(selector)",
        "_is_first_position(value)",
        "1 / (share of position 0) is the width only if that position is always selected",
        f"result = round(1 / aggregate({_A}, indicator(indices == 0), 1));",
    ),
    _guard(
        "simplify:width-of-first-position",
        "_is_first_position(value) and _selects_first(selector)",
        "_selects_first(selector)",
        "and only of the share of that position",
        f"result = round(1 / aggregate({_SEEN}, indicator(indices < 2)));",
    ),
    _guard(
        "simplify:first-position-as-number",
        "_is_number(yes) and _is_number(no) and yes == 1 and no == 0",
        "yes == 1 and no == 0",
        "truth values have no share",
        "result = round(1 / aggregate(full_s, True if indices == 0 else False));",
    ),
    _guard(
        "simplify:width-numerator",
        "if one == 1 and",
        "if",
        "and only of 1 divided by it",
        "result = round(2 / aggregate(full_s, indicator(indices == 0)));",
    ),
    _guard(
        "simplify:first-of-a-conjunction",
        "known[node] = False if False in sides else (None if None in sides else True)",
        "known[node] = True if True in sides else None",
        "a conjunction selects position 0 if both sides do",
        f"result = round(1 / aggregate({_SEEN} and {_A}, indicator(indices == 0), 1));",
    ),
    _guard(
        "simplify:first-of-a-negation",
        "known[node] = None if inner is None else not inner",
        "known[node] = inner",
        "a negation selects position 0 if its operand never does",
        f"result = round(1 / aggregate(not {_SEEN}, indicator(indices == 0), 1));",
    ),
    _guard(
        "simplify:count-of-one-selector",
        "if counted is selector and",
        "if",
        "a count times a share is a count only for one selector",
        f"result = round(selector_width({_A}) * aggregate({_SEEN}, {_IS_B}));",
    ),
    _guard(
        "simplify:count-of-a-string",
        "if counted is selector and _is_finite(default):",
        "if counted is selector:",
        "no times a string is no number",
        f'result = round(selector_width({_A}) * aggregate({_A}, {_IS_A}, "x"));',
    ),
    _guard(
        "simplify:count-of-infinity",
        "if counted is selector and _is_finite(default):",
        "if counted is selector and not isinstance(default, str):",
        "no times infinity is no number either",
        f"result = round(selector_width({_A}) * aggregate({_A}, {_IS_A}, 1e308 * 10));",
    ),
    _guard(
        "simplify:marks-are-0-or-1",
        "_is_number(yes) and _is_number(no) and {yes, no} == {0, 1}",
        "_is_number(yes) and _is_number(no)",
        "a sum is a count only of zeros and ones",
        f'result = round(selector_width({_SEEN}) * aggregate({_SEEN}, 2 if tokens == "a" else 0));',
    ),
    _guard(
        "simplify:marks-are-numbers",
        "_is_number(yes) and _is_number(no) and {yes, no} == {0, 1}",
        "{yes, no} == {0, 1}",
        "truth values are not averaged",
        f"result = aggregate({_SEEN}, False if {_IS_A} == 1 else True) > 0;",
    ),
    _guard(
        "simplify:sign-of-one-selector",
        "if operator in _SIGNED and selector is other:",
        "if operator in _SIGNED:",
        "shares compare like counts only if they are of one selector",
        f"result = aggregate({_BEFORE}, {_IS_A}, 0) - aggregate({_SEEN}, {_IS_B}, 0) < 0;",
    ),
    _guard(
        "simplify:sign-defaults",
        "if numbers and a == b and zero == 0",
        "if numbers and zero == 0",
        "where nothing is selected, defaults are compared",
        f'result = aggregate({_A}, indicator(tokens == "b"), 0)'
        f" - aggregate({_A}, indicator(indices == 1), 1) < 0;",
    ),
    _guard(
        "simplify:sign-of-finite-defaults",
        "numbers = all(_is_number(number) and _is_finite(number) for number in (a, b, zero))",
        "numbers = all(_is_number(number) for number in (a, b, zero))",
        "infinity less infinity is no number",
        f"result = aggregate({_A}, {_IS_A}, 1e308 * 10)"
        f" - aggregate({_A}, {_IS_B}, 1e308 * 10) <= 0;",
    ),
    _guard(
        "simplify:sign-against-0",
        "if numbers and a == b and zero == 0",
        "if numbers and a == b",
        "only the comparison with 0 does not depend on the count",
        f"result = aggregate({_SEEN}, {_IS_A}) - aggregate({_SEEN}, {_IS_B}) < 0.5;",
    ),
    _guard(
        "simplify:sign-numbers",
        "if numbers and a == b and zero == 0",
        "if a == b and zero == 0",
        "strings have no difference",
        f'result = aggregate({_A}, {_IS_A}, "x") - aggregate({_A}, indicator(indices == 0), "x")'
        " < 0;",
    ),
    _guard(
        "simplify:some-default",
        "_is_number(number) and number == 0 for",
        "_is_number(number) for",
        "where nothing is selected, the default is compared, and only with 0 for some",
        f"result = aggregate({_A}, indicator(indices == 1), 1) > 0;",
    ),
    _guard(
        "simplify:some-comparison",
        "if marks is None or asked is None or not numbers:",
        "if marks is None or not numbers:",
        "less than 0 asks neither for some mark nor for none",
        f"result = aggregate({_SEEN}, {_IS_A}) < 0;",
    ),
    _guard(
        "differences:means-of-one-selector",
        ") if selector is other and a == b:",
        ") if a == b:",
        "means compare like sums only if they are over the same keys",
        f"result = aggregate({_BEFORE}, indices) < aggregate({_A}, indices + 1);",
    ),
    _guard(
        "differences:means-with-one-default",
        ") if selector is other and a == b:",
        ") if selector is other:",
        "where nothing is selected, defaults are compared",
        f"result = aggregate({_A}, indices, 1) < aggregate({_A}, indices, 2);",
    ),
    _guard(
        "differences:means-of-integers",
        "if is_integer(x) and is_integer(y):",
        "if True:",
        "only numbers have a difference, and only of integers it is exact",
        "first = select(indices, 0, ==);\n"
        'result = aggregate(first, tokens) == aggregate(first, tokens + "");',
    ),
    _guard(
        "differences:counts-of-integers",
        "return is_integer(node) and any(",
        "return any(",
        "a count of strings is a string",
        f'result = selector_width({_A}) * "x" == selector_width({_B}) * "x";',
    ),
)

ORDERS = (
    _guard(
        "orders:transitive",
        "return bool((~(first & second) | third).all())",
        "return True",
        "counts differ along an order only if it is transitive",
        "b = select((tokens_int + 1) % 3, tokens_int, ==)"
        " or (select(tokens, tokens, ==) and select(indices, indices, <));\n"
        "w = selector_width(b);\nresult = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
        3,
    ),
    _guard(
        "orders:comparable",
        "comparable &= chosen[forth][value_class] ^ chosen[back][value_class.T]",
        "pass",
        "ties have one count",
        "w = selector_width(select(tokens_int, tokens_int, <));\n"
        "result = aggregate(select(w, indices, ==), indices, -1);",
        "01",
        3,
    ),
    _guard(
        "orders:permutation-of-all",
        "return self.everywhere and not self.reflexive",
        "return not self.reflexive",
        "counts of one class only are no permutation",
        f"w = selector_width(select(tokens, tokens, ==) and {_BEFORE});\n"
        "result = selector_width(select(w, indices, ==));",
    ),
    _guard(
        "orders:permutation-from-0",
        "return self.everywhere and not self.reflexive",
        "return self.everywhere",
        "counts of an order that has the position itself begin with 1",
        "w = selector_width(select(tokens_int, tokens_int, <)"
        " or (select(tokens_int, tokens_int, ==) and select(indices, indices, <=)));\n"
        "result = selector_width(select(w, indices, ==));",
        "01",
        3,
    ),
    _guard(
        "orders:of-a-variable-with-itself",
        "if not groups or any(group.query not in (group.key, unit) for group in groups):",
        "if not groups:",
        "what compares two variables is no order of one",
        "v = aggregate(select(indices, 0, ==), tokens_int);\n"
        "w = selector_width(select(tokens_int, v, ==) and select(indices, indices, <));\n"
        "result = aggregate(select(w, 1, ==), indices, -1);",
        "01",
        3,
    ),
    _guard(
        "orders:causal",
        "index = index & np.tri(position.size, dtype=bool)",
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
    _guard(
        "selectors:distinct-among-what-is-compared",
        "if multiplicity is not None and (within is None or _pinned(term, within)):",
        "if multiplicity is not None:",
        "counts that differ within a class only may be the same for two keys",
        f"w = selector_width(select(tokens, tokens, ==) and {_BEFORE});\n"
        "result = aggregate(select(w, 0, ==), indices, -1);",
    ),
    _guard(
        "selectors:own-key",
        "elif all(g.query is g.key and bool(g.matrix.diagonal().all()) for g in others):",
        "elif True:",
        "a position need not select itself",
        f"result = aggregate({_A}, 1, 0);",
    ),
    _guard(
        "selectors:fixed-keys",
        "elif not others:",
        "elif True:",
        "a key is certain only if nothing else is compared",
        'result = aggregate(select(indices, 0, ==) and select(tokens, "a", ==), tokens, "x");',
    ),
    _guard(
        "lowering.attention:selected-agree",
        "agrees = limits.at_most_one or _selected_agree(lowering, term, view)",
        "agrees = True",
        "several selected values have a mean",
        f"result = aggregate({_A}, indices, -1);",
    ),
    _guard(
        "lowering.attention:agreeing-rows",
        "if all(len(np.unique(codes[row])) <= 1 for row in rows):",
        "if True:",
        "each query selects keys of one value",
        "result = aggregate(select(tokens_int, tokens_int, <=), tokens_int);",
        "012",
        3,
    ),
    _guard(
        "lowering.attention:one-count",
        "return bool((group.matrix @ counts <= 1).all())",
        "return True",
        "keys of several counts may differ",
        "w = selector_width(select(tokens_int, tokens_int, <));\n"
        "result = aggregate(select(w % 2, indices, ==), tokens_int, -1);",
        "012",
        4,
    ),
    _guard(
        "lowering.attention:counts-tell",
        "return bool((larger | larger.T | (codes[:, None] == codes[None, :])).all())",
        "return True",
        "equal counts need not mean equal values",
        "w = selector_width(select(tokens_int, tokens_int, ==));\n"
        "result = aggregate(select(w, indices, ==), tokens_int, -1);",
        "012",
        4,
    ),
    _guard(
        "lowering.attention:fixed-mean-up-to-here",
        "if bool(np.triu(chosen, 1).any()):",
        "if False:",
        "a later key is not there in shorter inputs",
        "result = aggregate(select(indices, indices + 1, ==), indices, 9);",
    ),
    _guard(
        "lowering.attention:default",
        "default_code = -1\n    if not limits.never_empty:",
        "default_code = -1\n    if False:",
        "where nothing is selected, the default is read",
        'result = aggregate(select(indices, indices - 1, ==), tokens, "x");',
    ),
    _guard(
        "lowering.attention:width-by-index",
        'if granularity in ("", "i"):',
        "if True:",
        "a count that depends on the length is no function of the index",
        "result = selector_width(select(indices, indices, >));",
    ),
)

SUMS = (
    _guard(
        "lowering.sums:one-selector",
        "len(variable.terms) == 1 and variable.terms[0].key() == term.key()",
        "True",
        "a count times the mean of another selector is no sum",
        'w = selector_width(select(tokens, "1", ==));\n'
        f"result = round(w * aggregate({_SEEN}, tokens_int));",
        "012",
        3,
    ),
    _guard(
        "lowering.sums:length",
        "selected = term.selects_all",
        "selected = True",
        "the length times a mean is a sum only if that is over all",
        f"result = round(length * aggregate({_SEEN}, tokens_int));",
        "012",
        3,
    ),
    _guard(
        "lowering.sums:count-by-index",
        "return numbers if bool(counts.all()) else None",
        "return numbers",
        "the index is the number of keys of a prefix only",
        f"result = round(indices * aggregate({_SEEN}, tokens_int));",
        "012",
        3,
        optimize="size",
    ),
    _guard(
        "lowering.sums:rounded",
        "(rounded and grid.scale > 1)",
        "False",
        "a rounded sum of fractions is no sum",
        "result = round(length * average(tokens_int / 2));",
        "012",
        3,
    ),
    _guard(
        "lowering.combine:shift",
        "shift = _at_first(form) - sign * _at_first(other.form)",
        "shift = form.constant - sign * other.form.constant",
        "sums that are taken for one another differ also by what features have in themselves",
        f"w = selector_width({_A});\n"
        'result = aggregate(select(indices, indices - w, ==), tokens, "b")'
        ' + aggregate(select(indices, indices + 1 - w, ==), tokens, "b");',
        limits=("lowering.lower.MANY_ROWS = 0",),
    ),
    _guard(
        "lowering.combine:integers",
        "numbers = [value for value in column.elements() if type(value) is int]",
        "numbers = [value for value in column.elements() if isinstance(value, (int, float))]",
        "a sum has steps of 1 only if its parts are integers",
        'result = aggregate(select(indices, tokens_int, ==), indices / 2) + count(tokens, "0");',
        "012",
        4,
        limits=("lowering.lower.MANY_ROWS = 0",),
    ),
    _guard(
        "lowering.nearest:always-there",
        "or not _always_there(lowering, index)",
        "",
        "the nearest key is the one that is meant only if that is there",
        'result = aggregate(select(indices, length - 2 - indices, ==), tokens, "x");',
    ),
)

OUTPUTS = (
    _guard(
        "lowering.boxes:apart",
        "if _are_apart(sides, codes, places) or _are_boxes(sides, codes):",
        "if True:",
        "a logit counts conditions only where every value has a box of its own",
        'result = "x" if tokens == tokens[0] else "y";',
    ),
)

NEURONS = (
    _guard(
        "encoding.digits:strict",
        "last = place == 1 and order.reflexive",
        "last = place == 1",
        "the last digit of a strict order is smaller, not the same",
        "result = selector_width(select(tokens, tokens, >));",
        "()",
        3,
        optimize="size",
        limits=("encoding.digits._WORTH = 2",),
    ),
    _guard(
        "synthesis.pieces:offset",
        "return middle if float(np.abs(off - middle).max()) < TOLERANCE * self.scale else None",
        "return middle",
        "values of a gate share a piece only if the function differs by a constant",
        'result = sum((tokens_int if tokens == "2" else tokens_int)'
        ' * (indices if tokens == "2" else tokens_int));',
        "012",
        4,
    ),
    _guard(
        "synthesis.staircase:consistent",
        "if count_rows(part, n_rows) != count_rows([*part, outcome[:n_rows]], n_rows):",
        "if False:",
        "a staircase is in a number on which the function depends alone",
        f"result = selector_width({_A}) * selector_width({_B} and {_SEEN}) % 3;",
    ),
    _guard(
        "synthesis.table:linear-fit",
        "form if error < TOLERANCE * scale else None",
        "form",
        "what is fitted is the function",
        f"result = selector_width({_A}) ^ 2;",
    ),
    _guard(
        "synthesis.fan:common-sequence",
        "if all(_is_part(sequence, longest) for sequence in distinct):",
        "if True:",
        "values of a gate share steps only if these come in one order",
        f"result = selector_width({_A}) % 2 if indices % 2 == 0 else selector_width({_A}) % 3;",
    ),
    _guard(
        "synthesis.two_sums:adds-up",
        "return (a, b) if off <= TOLERANCE * (1.0 + np.abs(target).max(initial=0.0)) else None",
        "return (a, b)",
        "two functions are taken for one only if they add up to it",
        f"result = (selector_width({_A}) + 3 * selector_width({_SEEN})) ^ 3;",
    ),
    _guard(
        "layout:still-read",
        "entry[-1].dies > stage or entry[-1].born >= stage",
        "entry[-1].born >= stage",
        "a dimension is emptied when its last reader has run",
        "result = aggregate(select(tokens, tokens, !=) and select(indices, length, >),"
        ' indicator(indicator(tokens == "a") > selector_width(select(indices, indices + 1, ==))),'
        " -0.5);",
        "ab",
        6,
    ),
    _guard(
        "blocks:one-sided",
        "return self.nonnegative and self.born[1] == 0",
        "return True",
        "a direction that may be below 0 is emptied by two neurons",
        f"v = aggregate({_BEFORE}, -3 * tokens_int - 1, 5);\n"
        "w = selector_width(select(v % 4, tokens_int, ==));\n"
        "u = aggregate(select(w, indices, ==), v, 0);\n"
        "result = aggregate(select(u % 3, indices, ==), w, -7);",
        "01",
        3,
    ),
)

GUARDS = (*REWRITES, *ORDERS, *COUNTS, *SUMS, *OUTPUTS, *NEURONS)

"""For each check of the proof of meaning: what is proved, and wrong, without it
(`rasp.testing.needed`).

`BY_HAND` and `BY_LIE` name models of `rasp.testing.wrong_models`, `BY_GUARD` guards of the
compiler, `BY_FACT` programs of `rasp.testing.wrong_facts`, `BY_TREE` chains of
`rasp.testing.wrong_trees`.  `TOGETHER` are checks of which one is enough.  `KEPT` are checks that
no wrong model needs, and why they stand there.
"""

from __future__ import annotations

BY_HAND: dict[str, tuple[str, ...]] = {
    "swapped": (
        "readout.Output._categorical: raise f'{describe(self.root)}: another value is ...",
    ),
    "merged": ("readout.Output._numeric: raise f'{describe(self.root)}: where it is {wanted!r...",),
    "renamed_value": (
        "readout.Output._categorical: raise f'{describe(self.root)}: {atoms[code]!r} i...",
    ),
    "neurons": ("neurons.Feedforward._rows: raise 'the neurons compute something else'",),
    "selector": (
        "scores.Scoring.separates: raise 'the scores do not select what the selector d...",
    ),
    "default": (
        "facts.Facts._matched: only if self.permutes(query)",
        "heads._allowed: raise 'what is delivered is something else'",
    ),
    "vocabulary": (
        "proof._Proving._embedding: raise f'{what}: the embedding holds something else'",
    ),
    "moved_token": (
        "proof._Proving._embedding: raise 'a dimension holds something of the token an...",
    ),
    "loud": ("failures.Failures._silent: raise 'a failure is reported where nothing fails'",),
    "unordered": (
        "failures._check_order: raise f'the comparison of {describe(select.key)} with ...",
    ),
    "spread": ("readout.Output._spread: raise 'the spread is read with too small a margin'",),
    "off_centre": ("readout.Output._spread: raise 'the spread is that of other numbers'",),
    "other_numbers": ("readout.Output._alike: only if numbers",),
    "partial_table": (
        "failures.check_defined: raise f'{describe(quantity)} is not given for all val...",
    ),
    "partial_sop": (
        "failures.check_defined: raise f'{describe(node)} may fail where the program d...",
    ),
    "silent sum": ("failures.may_fail: only if numbers",),
    "silent power": ("failures.may_fail: only if name in ('divide', 'modulo')",),
    "silent remainder": ("failures.may_fail: only if numbers (2)",),
    "loud_logit": (
        "failures.Failures._one_hot: raise 'logits are not 1 for one value and 0 for a...",
    ),
    "lenient": (
        "failures.Failures._one_hot: raise 'the margin of the logits is too small to s...",
    ),
    "sharpened": (
        "failures.Failures._one_hot: raise 'logits are read from something else than a...",
    ),
    "weighed": (
        "heads.Attention._fixed: raise 'what index and length say is not delivered by ...",
    ),
    "types_of_tokens": ("readout.Output._untyped: no if not isinstance(quantity, Aggregate)",),
    "faint_spread": (
        "readout.Output._spread: raise 'types are not read out of the spread of what i...",
    ),
    "typed_part": ("parts.check_output: raise 'the type of a part of the result is left open'",),
    "coarse_grid": (
        "readout.Output._grid: raise f'{describe(self.root)}: where it is {wanted!r} {...",
    ),
    "one_part_for_two": ("parts.nodes_of: raise 'a part of the result is two s-ops'",),
    "other_constant": (
        "parts.nodes_of: raise 'the formula of the result is not the expression of the...",
    ),
    "mean_for_a_sum": ("heads.Attention._sum: raise 'a head that does not add up is added'",),
    "carrying_keys": (
        "heads.Attention._share: raise 'keys carry something where only BOS should'",
    ),
    "later_counts": ("counts._pinned: no if mask.shape[1] != size or size == 1",),
    "other_count": ("sums._is_count: no if (counts.low != counts.high)[counts.valid()].any()",),
    "no_first_of_all": ("facts.Facts._limits: only if self.permutes(node)",),
    "unmasked": (
        "scores.Scoring._is_the_mask: only if self.space.causal",
        "scores.Scoring._one_by_one: raise 'the scores do not select what the selector...",
    ),
    "other_mask": ("scores.Scoring._is_the_mask: only if key is query is INDICES",),
    "deferred_failure": (
        "failures.check_deferred: raise f'{describe(node)} may fail, and only ranks keys'",
    ),
    "low_column": (
        "readout.Output.check: raise 'results of which two columns say the value are n...",
    ),
    "silent remainder by 0": ("failures.may_fail: only if name in _ARITHMETIC",),
    "twin_logits": (
        "readout.Output._categorical: raise f'{describe(self.root)}: the logits of two...",
    ),
}
"""Models that are wrong, and the checks without which they are proved."""

BY_TREE: dict[str, tuple[str, ...]] = {
    "one left out": (
        "trees.in_trees: raise 'the largest of several numbers is not of the same numb...",
    ),
    "all the largest": ("trees._parts: only if choice[0] == whole[0]",),
}
"""Chains of choices that are put together wrongly, and the checks without which that is
believed."""

BY_LIE: dict[str, tuple[str, ...]] = {
    "one key": (
        "scores.Scoring.planned: raise 'it is not proved that at most one key is selec...",
    ),
    "values that agree": (
        "scores.Scoring.planned: raise 'it is not proved that selected keys carry the ...",
    ),
    "a mean of one key": (
        "heads.Attention._fixed: raise 'the plan says that a mean is a single value'",
    ),
    "smaller directions": (
        "proof._Proving._words: raise 'a direction is larger than the plan says'",
    ),
    "multiples of 1/4": (
        "proof._Proving._words: raise 'a direction holds more than multiples of 1/4'",
    ),
    "no numbers below 0": ("proof._Proving._words: raise 'a direction holds numbers below 0'",),
    "neurons that rest": (
        "neurons.Feedforward._rows: raise 'a neuron is more active than the plan says'",
    ),
    "small scores": ("scores.check_largest: raise 'a number is larger than the plan says'",),
    "a coarse second number": (
        "proof._Proving._words: raise 'a second number is not as the plan says'",
    ),
    "a sum of one key": (
        "heads.Attention._sum: raise 'the plan says that a sum is a single value'",
    ),
    "a family of two numbers": (
        "proof._Proving._words: raise 'directions of one family are not a one-hot'",
    ),
    "a small second number": (
        "proof._Proving._words: raise 'a direction is larger than the plan says' (2)",
    ),
}
"""Models whose plan says what is not so, and the checks without which it is believed."""

BY_GUARD: dict[str, tuple[str, ...]] = {
    "simplify:width-selects-first": ("rewrites._width: only if _selects_first(selector, space)",),
    "simplify:width-of-first-position": ("rewrites._width: only if _is_first(value)",),
    "simplify:first-position-as-number": (
        "rewrites._is_first: no if type(a) not in (int, float) or type(b) not in (int,...",
    ),
    "simplify:width-numerator": ("rewrites._width: only if one == 1",),
    "simplify:count-of-one-selector": ("rewrites._count: only if counted is selector",),
    "simplify:count-of-a-string": ("rewrites._count: only if _is_finite(default)",),
    "simplify:count-of-infinity": ("rewrites._is_finite: only if abs(value) < LARGEST",),
    "simplify:marks-are-0-or-1": (
        "rewrites._count: only if _is_mark(value)",
        "rewrites._is_mark: only if {a, b} == {0, 1}",
    ),
    "simplify:marks-are-numbers": (
        "rewrites._is_mark: only if all((type(v) in (int, float) for v in (a, b)))",
    ),
    "simplify:sign-of-one-selector": ("rewrites._sign: only if selector is other",),
    "simplify:sign-defaults": ("rewrites._sign: only if a == b",),
    "simplify:sign-of-finite-defaults": (
        "rewrites._compared: only if operator in _MIRRORED",
        "rewrites._sign: only if all((type(v) in (int, float) and _is_finite(v) for v ...",
    ),
    "simplify:sign-against-0": (
        "rewrites._is_zero: only if node.value == 0",
        "rewrites._sign: only if _is_zero(zero)",
    ),
    "simplify:some-default": (
        "rewrites._some: no if type(left.default) not in (int, float) or left.default ...",
    ),
    "simplify:some-comparison": (
        "rewrites._some: no if operator not in ('greater', 'not_equal', 'equal', 'less...",
    ),
    "differences:means-of-one-selector": ("rewrites._difference: only if selector is other",),
    "differences:means-with-one-default": ("rewrites._difference: only if a == b",),
    "orders:transitive": (
        "facts.Facts._permutes: no if not self.differs(quantity)",
        "facts.Facts._matched: only if self.permutes(key)",
    ),
    "orders:comparable": ("facts.Facts._differs: only if order.everywhere",),
    "orders:of-a-variable-with-itself": (
        "facts.Facts._limits: only if self.at_most_one(selector)",
    ),
    "orders:causal": ("facts.Facts._told_apart: only if counts_apart(order, equal, asked)",),
    "lowering.aggregates:selected-agree": (
        "facts.Facts._one_to_one: no if len(moving) != 1 or not self.differs(moving[0])",
    ),
    "lowering.agreement:counts-tell": (
        "attended.Attended.is_length: only if quantity.selector is FULL",
    ),
    "lowering.sums:one-selector": (
        "sums.mean_in_total: only if _is_count(count, mean, space)",
        "sums._is_count: only if count.selector is mean.selector",
    ),
    "lowering.sums:rounded": (
        "sums._is_count: no if any((type(value) is not int or abs(value) > LARGEST for...",
    ),
    "lowering.addresses:beyond-the-end": (
        "addresses.addressed: raise 'a number is larger than the keys that are seen'",
    ),
    "lowering.addresses:from-one": (
        "addresses.addressed: raise 'the scores do not select the position with this n...",
    ),
    "matches:one-key": ("choices.chosen_apart: only if _is_one(outermost)",),
    "lowering.fetch:nothing": (
        "failures.Failures._by_output: no if not isinstance(node, Aggregate)",
    ),
}
"""Guards of the compiler, and the checks without which what it makes without them is proved."""

BY_FACT: dict[str, tuple[str, ...]] = {
    "x = aggregate(select(not has_focus(same and before), True, ==), indices, -1);": (
        "alone._contradicts: only if key in equal",
    ),
    "x = aggregate(same and select(not has_focus(same and before), False, ==), indices, -1);": (
        "alone.is_only_one: only if query.value is True",
    ),
    "x = aggregate(select(not has_focus(marked and before), True, ==), indices, -1);": (
        "alone._contradicts: only if key in true",
    ),
    "x = aggregate(select(not has_focus(select(tokens_int, 2, <)), True, ==), indices, -1);": (
        "alone._contradicts: only if key is query is INDICES",
    ),
    "x = aggregate(same and select(not has_focus(never and before), True, ==), indices, -1);": (
        "alone._contradicts: only if key is query",
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
    "x = aggregate(none, tokens_asis, 0) - aggregate(none, indicator(b), 0) > 0;": (
        "rewrites._sign: only if _is_mark(x)",
    ),
    "x = aggregate(none, indicator(b), 0) - aggregate(none, tokens_asis, 0) > 0;": (
        "rewrites._sign: only if _is_mark(y)",
    ),
    "x = aggregate(before, tokens_int) > 0;": (
        "rewrites._some: no if not _is_zero(right) or not isinstance(left, Aggregate) ...",
    ),
}
"""Programs, and the checks without which something is taken to be so of them that is not."""

TOGETHER: dict[tuple[str, ...], str] = {
    (
        "scores.Scoring._comparison: raise 'the scores do not select what the comparis...",
        "scores.Scoring._one_by_one: raise 'the scores do not select what the selector...",
    ): "other_comparison",
    (
        "scores.Scoring._comparison: raise 'the scores do not select what the comparis... (2)",
        "scores.Scoring._one_by_one: raise 'the scores do not select what the selector...",
    ): "preferred_key",
    (
        "failures.failing_in: raise f'{describe(node)} may select different values'",
        "heads.Attention._mean: raise 'it is not proved that selected keys carry the s...",
    ): "differing_values",
    (
        "heads.Attention.check: raise f\"{quantities or 'a direction'}: {error}\"",
        "proof._Proving.run: raise 'not every direction is written'",
    ): "default",
    (
        "neurons.Feedforward.check: raise f\"{quantities or 'a direction'}: {error}\"",
        "proof._Proving.run: raise 'not every direction is written'",
    ): "neurons",
}
"""Checks that refuse the same, and a wrong model that is proved without all of them."""

PATIENCE = "Without it the proof works longer, or does more than it has to: a matter of patience."
FORM = "Data of a form that no compiler writes: without it the proof stops all the same."
DISPATCH = "It says which rule is tried.  Another one would not fit, and refuse."
UNLISTED = "What is not listed is nan, of which no comparison holds: several refuse it in turn."
CERTIFIED = "`rasp.certificate`, which comes first, refuses weights that do this."
ENDLESS = "Without it the rewrites find no end, and then nothing is proved."
FAILING = "Where something fails, the program does: these rows could be left out as well."
ONLY_INDICES = "Under a causal mask only what equals the index permutes, and of that it holds."
PERMUTED = "Of what permutes, which is asked before, it holds: the values are 0 to n - 1."
EQUAL = "Two equal values compare as 0 with 0, of whatever type they are."
BY_RULE = "What is asked for is looked up in what is possible, which this rule alone notes."
ANY_KEY = "A number that every key with it is selected by is a key more, whatever else is compared."
EXACT = "Sums are exact fractions of any size, rounded once: a matter of patience."
MEASURED = "What is compared is measured, too, and the bounds of the rounding refuse too much."

STUMBLES = "Without it the proof stumbles at once: what comes next needs what is not there."
UNREACHED = "Nothing comes there: `chosen_apart` leaves no choice among keys in what is counted."
UNREAD = "Nothing reads what it refuses: a second number is compared with its table as it is."
RIGHT = "What it leaves out would be right as well: False compares as 0 does."

KEPT: dict[str, tuple[str, ...]] = {
    UNLISTED: (
        "heads.Attention._default: raise 'the meaning does not list the default'",
        "heads.Attention._sum: raise 'what is added up is no number'",
        "neurons.Feedforward._rows: raise 'the meaning of what is read lists not all v...",
        "neurons.Feedforward._rows: raise 'the meaning of what is written lists not al...",
        "proof._Proving._words: raise 'the meaning of a direction lists not all values'",
        "readout.Output.check: raise f'{describe(self.root)}: not all values of the ou...",
        "stream.check_listed: raise f'{what}: the meaning of what is read lists not al...",
    ),
    CERTIFIED: ("stream.Streams.read_by: raise 'a dimension is read where it holds nothing'",),
    ENDLESS: ("rewrites._difference: only if counted",),
    FAILING: (
        "facts.Facts._tells: no if not states.succeeded.all()",
        "facts.Facts._alone: no if not states.succeeded.all()",
        "sums._is_count: no if not states.succeeded.all()",
    ),
    ONLY_INDICES: (
        "facts.Facts._limits: only if not self.space.causal",
        "facts.Facts._matched: only if not self.space.causal",
    ),
    PERMUTED: (
        "facts.Facts._limits: only if type(atom) is int",
        "facts.Facts._limits: only if 0 <= atom < size",
    ),
    ANY_KEY: ("facts.Facts._limits: only if keys_of(selector) == [node]",),
    EQUAL: (
        "rewrites._difference: only if type(a) in (int, float)",
        "rewrites._difference: only if type(b) in (int, float)",
        "rewrites._difference: only if left is not right",
    ),
    BY_RULE: (
        "readout.Output._alike: only if self.readout.by_rule",
        "readout.Output._alike: only if numbers (2)",
    ),
    EXACT: (
        "attended._Steps.of: raise 'a mean of what is no number, or too large'",
        "attended._Steps.of: raise 'a mean of fractions that are not exact in few bits'",
    ),
    STUMBLES: (
        "attended.Attended.attended: raise f'the values of {describe(quantity)} are no...",
        "attended.Attended._aggregate: raise f'{describe(node)} averages values of dif...",
        "failures.Failures._by_output: raise f'whether selected values differ in {desc...",
        "failures.Failures._flag: raise f'nothing says where {describe(node)} fails'",
        "heads.Attention._factor: raise 'a sum is held as something else than a multip...",
        "neurons.Feedforward._disagreement: raise 'the proof does not follow neurons t...",
        "proof._Proving._words: raise 'a one-hot is of several s-ops'",
        "readout.Output.check: raise f'results that are decoded as a {self.readout.kin...",
        "readout.Output._spread: raise 'types are read out of what is no mean'",
        "choices._at_one_key: no if isinstance(node, Fetch) and node.default is None",
        "scores.Scoring._one_by_one: raise 'a comparison of the head is none of the se...",
        "scores.Scoring._comparison: raise 'nothing is selected by a comparison'",
    ),
    UNREACHED: (
        "scores.Scoring.separates: raise 'the beginning has a weight beside keys that ...",
        "scores.Scoring._ranking: raise 'the beginning has a weight beside keys that a...",
    ),
    UNREAD: ("heads.Attention._delivered: raise 'it is held as a multiple'",),
    RIGHT: ("rewrites._is_zero: only if type(node.value) in (int, float)",),
    PATIENCE: (
        "trees._parts: no if len(found) + len(stack) > MOST_PARTS",
        "attended.Attended._means: raise f'{describe(node)} has too many values to lis...",
        "attended.Attended._total: raise f'the sum in {describe(node)} has too many va...",
        "facts.Facts._counts: raise f'{query.size} values of queries, counted at {size...",
        "facts.Facts.pairs: raise f'{key.size} combinations of values of keys'",
        "products._Table.times: raise f'there are more than {n_rows * n_values} combin...",
        "products._Table.times: raise f'there are {len(rows)} combinations of values'",
        "facts.Facts.pairs: raise f'{key.size} * {key.size} pairs of keys, for {query....",
        "readout.Output._numeric: raise 'there are too many contexts of results'",
        "readout.Output._contexts: raise 'there are too many contexts of results'",
        "rewrites.normal: raise 'rewriting the program finds no end'",
        "scores.Scoring.scores: raise f'{len(queries.values)} * {len(keys.values)} sco...",
        "selectors.truth_of: raise f'{query.size} * {key.size} pairs of values of quer...",
        "space.Space.spend: raise 'the work limit is reached'",
        "space.Space._computed: raise f'{describe(quantity)} has {len(used)} values'",
        "orders.order_of: no if len(TRIPLES) ** n * 8 ** m > MAX_CASES",
        "failures.may_fail: no if name in _NEVER",
        "facts.Facts._limits: only if (limit > 1).any()",
        "space.Space.domain: raise str(found)",
        "facts.Facts._limits: only if marks[:, code].any()",
        "failures._mixed: only if a.strings or b.strings",
        "failures._mixed: only if a.numbers or b.numbers",
    ),
    FORM: (
        "attended.Attended._aggregate: raise f'{describe(node)} has no value'",
        "products._Factor.of: raise f'{describe(leaf)} has no value'",
        "states.Domain.numbers: raise 'numbers are too large'",
        "heads.Attention._direction: raise 'a head delivers one s-op at a time'",
        "heads.Attention._delivered: raise 'it is not what a head of this kind delivers'",
        "heads.Attention._fixed: raise 'scores or values depend on more than the index'",
        "parts._tree: raise 'the formula of the result is none' (2)",
        "parts._tree: raise 'the formula of the result is none'",
        "parts.nodes_of: raise 'a part of the result is not in its formula'",
        "readout.Output._numeric: raise 'the read-out has not the tables of its kind'",
        "readout.Output._grid: raise 'the read-out has not the tables of its kind'",
        "readout.Output._numeric: raise 'the centres of results are not ascending'",
        "readout.Output._rows: raise 'the tables of results are of other contexts'",
        "states.Joints.column: raise 'nothing is said of what a direction holds'",
        "stream.Streams.__init__: raise 'not every direction has a meaning'",
        "stream.Streams.tables_of: raise 'a table of the witness has another number of...",
        "scores.Scoring._listed: raise 'no values of a query or a key are known'",
        "selectors.kinds_of: raise 'no values of a comparison are known'",
        "orders.selects_of: raise 'the best of the selected keys are part of another s...",
        "attended.Attended._total: raise f'the sum in {describe(node)} is of numbers t...",
        "readout.Output._spread: raise 'types of what is no number'",
        "states.Domain.numbers: raise 'values that are no numbers are counted with'",
        "ranks.ranks_of: raise 'scores that may have no order'",
        "orders._ranks: no if len({isinstance(value, str) for value in values}) != 1 o...",
        "rewrites._is_finite: only if isinstance(value, (int, float))",
        "rewrites._is_zero: only if isinstance(node, Constant)",
    ),
    DISPATCH: (
        "trees._parts: no if whole is None",
        "trees._parts: only if choice is not None",
        "alone.is_only_one: only if isinstance(query, Constant)",
        "attended.Attended.is_length: only if isinstance(quantity, SelectorWidth)",
        "choices.chosen_apart: no if not isinstance(node, (Aggregate, Fetch, SelectorW...",
        "choices.chosen_apart: no if not any((isinstance(part, Best) for part in _part...",
        "choices.chosen_apart: only if isinstance(outermost, Best)",
        "choices._at_one_key: no if one is None",
        "choices._at_one_key: no if condition is None",
        "facts.Facts._differs: only if order is not None",
        "facts.Facts._told_apart: only if order is not None",
        "readout.Output._alike: only if self.readout.spread is not None",
        "facts.Facts._sources: no if not parts(quantity)",
        "facts.Facts._sources: no if len(moving) != 1",
        "heads.Attention._by_context: no if not isinstance(leaf, SelectorWidth)",
        "heads.Attention._by_context: no if (counts.low != counts.high)[counts.valid()...",
        "rewrites._some: no if found is None",
        "rewrites._difference: no if found is None",
        "sums.mean_in_total: only if isinstance(mean, Aggregate)",
        "sums._is_count: only if isinstance(count, SelectorWidth)",
        "facts.Facts._permutes: no if states.length is None",
        "sums._is_count: only if states.length is None",
        "sums._is_count: only if states.mask.shape[0] == 1",
        "sums._is_count: no if states.index is None and states.mask.shape[1] == 1",
        "failures.Failures._by_output: only if node is self.root",
        "failures.Failures._by_output: only if self.readout.kind == 'categorical'",
    ),
    MEASURED: (
        "neurons.Feedforward._rows: raise 'a number lies close to the edge of a step'",
        "neurons.Feedforward._rows: raise 'a number lies on the edge of a step'",
        "readout.Output._numeric: raise f'{describe(self.root)}: what is put out is no...",
        "readout.Output._grid: raise f'{describe(self.root)}: what is put out is not o...",
        "combined.combined_of: no if meaning.multiples or grain_of(row) < COARSE or (n...",
        "combined.combined_of: no if not grain_of(numbers[:-1]) >= COARSE or np.abs(nu...",
        "combined.combined_of: no if (size >= LARGEST_EXACT).any() or not is_grainy(to...",
    ),
}

NEEDED: dict[str, tuple[dict[str, tuple[str, ...]], str]] = {
    check: (table, by)
    for table in (BY_HAND, BY_TREE, BY_LIE, BY_GUARD, BY_FACT)
    for by, some in table.items()
    for check in some
}
"""For each check that is needed the table that says by what."""

"""For each check of the proof of meaning: what is proved, and wrong, without it
(`rasp.testing.needed`).  `BY_HAND` and `BY_LIE` name models of `rasp.testing.wrong_models`,
`BY_GUARD` guards of the compiler, `BY_FACT` programs of `rasp.testing.wrong_facts`, `BY_TREE`
chains of `rasp.testing.wrong_trees`.  Of those in `rasp.testing.together` one is enough.
"""

from __future__ import annotations

from rasp.testing import wrong_choices
from rasp.testing.by_fact import BY_FACT

BY_HAND: dict[str, tuple[str, ...]] = {
    **wrong_choices.NEEDED_BY,
    "forgotten_part": (
        "conjoined.selects_all: raise 'the scores of the parts are neither the largest...",
    ),
    "other_choice": ("tallies.added_up: raise 'what heads ask is not what the choice does'",),
    "ends_read_out": (
        "readout.Output.check: raise 'of a mean that is read out not all values are li...",
    ),
    "nothing_of_floats": ("held._integer: raise f'{describe(part)} may be rounded'",),
    "left_to_the_rule": ("readout.Output._alike: only if not self._is_told",),
    "open_nowhere": (
        "readout.Output._alike: no if not all(((row, kind, atom_key(found)) in self.po...",
    ),
    "types_of_many_tokens": ("readout.Output._untyped: no if not isinstance(quantity, Aggregate)",),
    "not_left_open": ("readout.Output._alike: only if self._is_left_open()",),
    "swapped": (
        "readout.Output._categorical: raise f'{describe(self.root)}: another value is ...",
    ),
    "merged": ("readout.Output._numeric: raise f'{describe(self.root)}: where it is {wanted!r...",),
    "renamed_value": (
        "readout.Output._categorical: raise f'{describe(self.root)}: {atoms[code]!r} i...",
    ),
    "neurons": ("neurons._check_missed: raise 'the neurons compute something else'",),
    "selector": (
        "scores.Scoring.separates: raise 'the scores do not select what the selector d...",
    ),
    "default": (
        "facts.Facts._matched: only if there",
        "carried.allowed: raise 'what is delivered is something else'",
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
    "other_numbers": ("readout.Output._alike: only if numbers (2)",),
    "partial_table": (
        "failures.check_defined: raise f'{describe(quantity)} is not given for all val...",
    ),
    "partial_sop": (
        "failures.check_defined: raise f'{describe(node)} may fail where the program d...",
    ),
    "silent sum": ("sorts.may_fail: only if numbers",),
    "silent power": ("sorts.may_fail: only if name in ('divide', 'modulo')",),
    "silent remainder": ("sorts.may_fail: only if numbers (2)",),
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
    "weighed_mean": (
        "heads.Attention._delivered: raise 'it is not what a head of this kind delivers'",
    ),
    "spreads_of_others": (
        "seconds.reads_of: raise 'a second number is read beside something else'",
    ),
    "carried_by_others": ("seconds.read_beside: raise 'what keys carry is not the second number'",),
    "exchanged_spreads": (
        "readout.Output._spread: raise 'types are not read out of the spread of what i...",
    ),
    "steps_of_five": (
        "fractions.decoded_off: raise f'{describe(of.mean)}: others than its multiples...",
    ),
    "fewer_keys": (
        "fractions.decoded_off: raise 'another number of keys is selected than a fract...",
    ),
    "whole_as_ints": (
        "fractions.check_types: raise 'whether a fraction that is whole is an int is n...",
    ),
    "zero_without_a_sign": ("fractions.check_types: raise 'a fraction is no -0.0'",),
    "too_fine": ("fractions._table: raise 'a fraction is too fine to be read out'",),
    "shifted_fraction": (
        "readout.Output._number_read: no if len(read) != 1 or self.tensors['unembed.b_...",
        "readout.Output._fraction: raise f'{describe(self.root)}: another number is pu...",
    ),
    "doubled_fraction": (
        "readout.Output._number_read: no if weight != 1.0 or factor_of(self.streams, r...",
    ),
    "rounded_away": ("readout.Output._spread: raise 'types of what no float is'",),
    "other_nought": ("typed.typed_number: only if _is_nought(nought)",),
    "int_for_nought": ("typed._is_nought: only if atom_key(value) == atom_key(0.0)",),
    "part_for_nought": ("typed._is_nought: only if name == CONSTANT",),
    "fewer_marks": ("parts.nodes_of: raise 'something else says whether a number is an int'",),
    "nought_beside_marks": (
        "typed.check_beside_marks: raise '-0.0 is put out beside marks, which make 0.0...",
    ),
    "nought_from_parts_beside_marks": (
        "parts.check_output: raise 'what stands beside marks is put together from seve...",
    ),
    "huge_beside_marks": (
        "typed.check_beside_marks: raise 'an integer beside marks is too large for a f...",
    ),
    "with_type_and_without": ("parts.nodes_of: raise 'a part is read with its type and without'",),
    "other_int_beside_marks": ("readout.Output._alike: only if numbers",),
    "ints_without_marks": ("readout.Output._alike: only if self.by_number",),
    "typed_part": ("readout.Output._alike: only if self.readout.spread is not None",),
    "coarse_grid": (
        "readout.Output._grid: raise f'{describe(self.root)}: where it is {wanted!r} {...",
    ),
    "one_part_for_two": ("parts.nodes_of: raise 'a part of the result is two s-ops'",),
    "other_constant": (
        "parts.nodes_of: raise 'the formula of the result is not the expression of the...",
    ),
    "means_for_sums": ("added.added: raise 'a head that does not add up is added'",),
    "carrying_keys": (
        "heads.Attention._share: raise 'keys carry something where only BOS should'",
    ),
    "other_count": ("sums._is_count: no if not counts.fixed",),
    "no_first_of_all": ("facts.Facts._limits: only if self.permutes(node)",),
    "unmasked": (
        "selectors.is_the_mask: only if causal",
        "parted.selects_apart: raise 'the scores do not select what the selector does'",
    ),
    "other_mask": ("selectors.is_the_mask: only if key is query is INDICES",),
    "raised_scores": (
        "parted._hits: raise 'the scores of a comparison are neither the largest nor a...",
    ),
    "shifted_sum": ("totals._times: raise 'what is read is no multiple of a sum'",),
    "other_sum": ("added._in_parts: raise 'what heads add up is not what the selector selects'",),
    "mean_for_first": ("scores.Scoring._is_alone: only if self.space.facts.at_most_one(selector)",),
    "silent quotient": (
        "failures.Failures.check: raise f'nothing says where {describe(node)} fails'",
    ),
    "best_for_all": (
        "scores.Scoring._in_parts: raise 'only the best of the keys are read that are ...",
    ),
    "other_rank": (
        "scores.Scoring._in_parts: raise 'the scores do not rank the keys that are sel...",
    ),
    "deferred_failure": (
        "failures.check_deferred: raise f'{describe(node)} may fail, and only ranks keys'",
    ),
    "large_rest": ("rests.columns_off: raise 'what a mean leaves out is too large'",),
    "rests_of_another": (
        "rests.columns_off: raise 'what a mean leaves out is read of another second nu...",
    ),
    "coarse_grid_of_means": (
        "fractions._check_grid: raise f'{describe(of.mean)}: other multiples than its ...",
    ),
    "decoded_quotient": (
        "failures.Failures._check_reported: raise f'what is read where {describe(node)...",
    ),
    "silent infinity": ("sorts.Sort.finite: only if self.largest < LARGE",),
    "silent_nan": ("sorts.Sort.finite: only if not self.nan",),
    "silent remainder by 0": ("sorts.may_fail: only if name in _ARITHMETIC",),
    "next_place": ("scores.Scoring._place: raise 'the scores do not select the key at a place'",),
    "climbing": ("concave._off: raise 'scores grow toward keys that are not to be read'",),
    "preferred_place": (
        "concave._off: raise 'scores are not known to be concave in the place of the key'",
        "concave._are_concave: only if is_bent",
    ),
    "cancelled": (
        "stream.Streams.round_parts: raise 'what a direction holds is a small rest of ...",
    ),
    "doubled": ("readout.Output._whole: raise f'{describe(self.root)}: another sum is put out'",),
    "integers_for_floats": ("linear.multiple_in: only if type(factor.value) is int",),
    "integers_for_some_floats": ("held._integer: raise f'{describe(part)} is no integer'",),
    "floats_for_integers": (
        "readout.Output._whole: raise 'integers are not read to the nearest integer'",
        "readout.Output._reads_integers: only if readout.integer",
    ),
    "even_numbers": (
        "readout.Output._reads_integers: only if bool((np.asarray(readout.scale) == 1....",
    ),
    "moved_centre": (
        "readout.Output._reads_integers: no if not (np.diff(centres) > 0).all() or (ce...",
    ),
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
        "proof._Proving._word: raise 'a direction is larger than the plan says'",
    ),
    "multiples of 1/4": (
        "proof._Proving._word: raise 'a direction holds more than multiples of 1/4'",
    ),
    "no numbers below 0": ("stream.Streams.round_up: raise 'a direction holds numbers below 0'",),
    "neurons that rest": (
        "neurons.Feedforward._check_reach: raise 'a neuron is more active than the pla...",
    ),
    "small scores": ("factors.check_largest: raise 'a number is larger than the plan says'",),
    "a small sum": ("wholes.check_words: raise 'a direction is larger than the plan says'",),
    "a sum of quarters": (
        "wholes.check_words: raise 'a direction holds more than multiples of 1/4'",
    ),
    "a sum above 0": ("wholes.check_words: raise 'a direction holds numbers below 0'",),
    "a coarse second number": (
        "proof._Proving._words: raise 'a second number is not as the plan says'",
    ),
    "a sum of one key": ("added.added: raise 'the plan says that a sum is a single value'",),
    "a family of two numbers": (
        "proof._Proving._words: raise 'directions of one family are not a one-hot'",
    ),
    "a small second number": (
        "proof._Proving._words: raise 'a direction is larger than the plan says'",
    ),
}
"""Models whose plan says what is not so, and the checks without which it is believed."""

BY_GUARD: dict[str, tuple[str, ...]] = {
    "lowering.averages:spread-of-one-key": (
        "seconds.reads_of: raise 'a second number is read of several keys'",
    ),
    "prepared:counted-up-to-oneself": (
        "counted_by._before: no if not space.causal or node in space.counted",
    ),
    "prepared:later-keys": ("counted_by._beyond: no if not space.causal or node in space.counted",),
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
    "simplify:any-comparison": (
        "rewrites._some: only if operator not in ('less', 'greater_equal')",
    ),
    "simplify:any-zero": ("rewrites._some: only if _is_zero(right)",),
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
        "sums._is_count: no if any((type(value) is not int or abs(value) > most for va...",
    ),
    "lowering.addresses:beyond-the-end": (
        "addresses.addressed: raise 'a number is larger than the keys that are seen'",
    ),
    "lowering.addresses:from-one": (
        "addresses.addressed: raise 'the scores do not select the position with this n...",
    ),
    "lowering.tallies:more-than-none": ("tallies._asked: only if zero == 0",),
    "matches:one-key": ("choices.chosen_apart: only if _is_one(outermost)",),
    "lowering.fetch:nothing": (
        "failures.Failures._by_output: no if not isinstance(node, Aggregate)",
    ),
}
"""Guards of the compiler, and the checks without which what it makes without them is proved."""

NEEDED: dict[str, tuple[dict[str, tuple[str, ...]], str]] = {
    check: (table, by)
    for table in (BY_HAND, BY_TREE, BY_LIE, BY_GUARD, BY_FACT)
    for by, some in table.items()
    for check in some
}
"""For each check that is needed the table that says by what."""

"""Checks of the proof of meaning that no wrong model needs -> why they stand there all the same.

That is judged by reading, and tried the other way round: `python -m rasp.testing.needed --kept`.
"""

from __future__ import annotations

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
LESS_OPEN = "Without it the types of more means have to be told: what is left open is refused."
BY_RULE = "What is asked for is looked up in what is possible, which this rule alone notes."
ANY_KEY = "A number that every key with it is selected by is a key more, whatever else is compared."
EXACT = "Sums are exact fractions of any size, rounded once: a matter of patience."
MEASURED = "What is compared is measured, too, and the bounds of the rounding refuse too much."

STUMBLES = "Without it the proof stumbles at once: what comes next needs what is not there."
UNREACHED = "Nothing comes there: `chosen_apart` leaves no choice among keys in what is counted."
UNREAD = "Nothing reads what it refuses: a second number is compared with its table as it is."
RIGHT = "What it leaves out would be right as well: False compares as 0 does."

SHARED = "Keys read the same table, and their scores then do not select; alone it is tested."

TWICE = "Two keys at one index are on a curve only if another index fails: that has a test alone."
ROUNDED = "Differences that are rounded are not all the same, to the last bit, unless it is so."

LARGE = (
    "An output that is so large is off by more than 1/2, and the bounds of the rounding refuse it."
)
STRAIGHT = "What reads it there is straight between the ends of a mean; nobody has looked into it."
DECODED = "More is asked of a mean by the decoder alone, which computes what the program does."
LATER = "Of no model it is known that what reports a failure holds nothing where another one is."
BEYOND = "A constant that is so large is beyond all means, and between them nothing changes."
CLOSE = "Means that are so large, or so close, are told apart by no neurons that are certified."
ENDS = "Both ends of a mean are possible in every context, so that they are listed together."
TABLES = "Of a table that says two things of the ends of a mean, not all ends are listed together."

ENDS_WRITTEN = "No compiler writes such a mean beside so much else; what is not listed is refused."

EVEN = "Selected keys have the same score, whatever the plan allows: that is proved all the same."

WHOLE = (
    "Sides of a choice that are no integers are refused twice: they have no ends, and it has no"
    " list of values."
)
BOTH = "What is straight in a number is not chosen by it: at some corner it is something else."

KEPT: dict[str, tuple[str, ...]] = {
    WHOLE: (
        "chosen._ends: no if not numbers or len(numbers) < len(domain.values)",
        "either.domain_of_choice: raise 'a choice of what are no integers'",
    ),
    BOTH: ("chosen.corners_of: no if any((type(c) is not bool for c in columns[condition]...",),
    EVEN: ("conjoined.selects_all: raise 'some selected keys have larger scores than others'",),
    UNLISTED: (
        "heads.Attention._default: raise 'the meaning does not list the default'",
        "added.added: raise 'what is added up is no number'",
        "neurons.Feedforward._rows: raise 'the meaning of what is read lists not all v...",
        "neurons._missed: raise 'the meaning of what is written lists not all values'",
        "activated.Activations.farthest: raise 'the meaning of what is written lists n...",
        "activated.Activations._activate: raise 'the meaning of what is read lists not...",
        "proof._Proving._word: raise 'the meaning of a direction lists not all values'",
        "readout.Output._all_listed: raise f'{describe(self.root)}: not all values of ...",
        "stream.check_listed: raise f'{what}: the meaning of what is read lists not al...",
        "held.exact: raise 'the meaning of what is read lists not all values'",
        "readout.Output._spread: raise 'the spread is that of other numbers'",
        "compared.float_of: raise f'a mean of {value!r}, which is no float'",
    ),
    TWICE: ("concave._are_concave: only if is_in_turn(indices, size)",),
    ROUNDED: ("concave._are_concave: only if exact",),
    SHARED: ("totals._line: raise 'a table is not a multiple of its value and a constant'",),
    CERTIFIED: ("stream.Streams.read_by: raise 'a dimension is read where it holds nothing'",),
    ENDLESS: (
        "rewrites._difference: only if counted",
        "rewrites._presence: no if len(groups) == 1",
    ),
    FAILING: (
        "facts.Facts._tells: no if not states.succeeded.all()",
        "facts.Facts._alone: no if not states.succeeded.all()",
        "sums._is_count: no if not states.succeeded.all()",
        "placed.placed_means: no if truth.clash is not None",
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
    LESS_OPEN: (
        "readout.Output._is_left_open: only if self.space.facts.counts(selector).at_mo...",
        "typed.has_to_be_told: no if any((type(value) is int and abs(value) >= LARGEST...",
    ),
    BY_RULE: (
        "readout.Output._alike: only if self.readout.by_rule",
        "readout.Output._alike: only if numbers (3)",
    ),
    EXACT: (
        "steps.Steps.of: raise 'a mean of what is no number, or too large'",
        "steps.Steps.of: raise 'a mean of fractions that are not exact in few bits'",
    ),
    STUMBLES: (
        "linear._ends_of: raise f'{describe(quantity)} has no value'",
        "typed.says_int: raise f'{describe(node)}: nothing says whether it is an int'",
        "chosen.corners_of: no if len(choices) != 1",
        "chosen._are_straight: no if not all((atom_key(value) in known for value in do...",
        "either.is_choice: only if isinstance(quantity, Elementwise)",
        "conjoined._Summands.states: raise 'no values of a query or a key are known'",
        "conjoined._distribute: raise 'what is multiplied is compared by no part of th...",
        "conjoined._largest: raise 'a part of the selector never holds'",
        "linear._EndsOfMultiples.__contains__: only if multiple_in(quantity) is None",
        "linear.multiple_in: only if isinstance(factor, Constant)",
        "readout.Output._reads_integers: only if readout.context == ''",
        "attended.Attended._few_means: raise f'{describe(node)} may be no number, or a...",
        "compared.is_small: only if type(value) in (int, float)",
        "compared.constants_of: no if not isinstance(constant, Constant) or not is_sma...",
        "concave._places: raise 'a place is no integer'",
        "totals.by_sum_and_length: raise 'a place is no integer, or very far away'",
        "concave.selects_place: raise 'the key is not read at a computed place'",
        "facts.Facts._permutes: no if found is None",
        "totals._line: raise 'a table is not that of all integers that there are'",
        "orders._marked: no if column is None or not isinstance(asked_of, Constant)",
        "attended.Attended.attended: raise f'the values of {describe(quantity)} are no...",
        "attended.Attended._aggregate: raise f'{describe(node)} averages values of dif...",
        "failures.Failures._by_output: raise f'whether selected values differ in {desc...",
        "injections._shared: no if not isinstance(quantity, (Aggregate, Fetch))",
        "injections._asks_apart: only if isinstance(part, Select)",
        "injections.reads_apart: only if isinstance(part, Select)",
        "injections.reads_apart: only if shared is not None",
        "neurons.Feedforward._folded: raise 'what is read is no sum of exact numbers'",
        "neurons.Feedforward._summed: raise 'what is read is no sum of exact numbers'",
        "added.factor_of: raise 'a sum is held as something else than a multiple of it'",
        "neurons.Feedforward._disagreement: raise 'the proof does not follow neurons t...",
        "proof._Proving._words: raise 'a one-hot is of several s-ops'",
        "readout.Output.check: raise f'results that are decoded as a {self.readout.kin...",
        "readout.Output._spread: raise 'types are read out of what is no mean'",
        "fractions.averaged: raise 'a fraction is read out of what is no mean'",
        "choices._at_one_key: no if isinstance(node, Fetch) and node.default is None",
        "placed.placed_means: no if scores or not all((_is_placed(n, space) for n in (...",
        "placed._by_index: raise 'not all indices have a value'",
    ),
    UNREACHED: (
        "scores.Scoring.separates: raise 'the beginning has a weight beside keys that ...",
        "scores.Scoring._ranking: raise 'the beginning has a weight beside keys that a...",
    ),
    STRAIGHT: (
        "stream.Streams.held_by: raise 'of a mean that is read not all values are listed'",
        "held.listed: raise f'of {describe(quantity)} not all values are listed'",
    ),
    LARGE: (
        "held.integer: raise f'{describe(quantity)} may be too large an integer'",
        "fractions._check_grid: raise 'a fraction is too fine to be read out'",
    ),
    DECODED: (
        "compared.compares: only if operator in COMPARISONS",
        "compared.compares: only if isinstance(constant, Constant)",
        "compared.compares: only if is_small(constant.value)",
    ),
    LATER: ("failures.Failures._reports: no if any((self.streams.cones.has(needs, other) f...",),
    ENDS_WRITTEN: (
        "activated.Activations.__init__: raise 'of a mean that is written not all valu...",
        "combined.combined_of: no if streams.of_few(directions)",
    ),
    BEYOND: ("compared.is_small: only if abs(value) <= LARGEST",),
    CLOSE: ("compared.beside: raise 'means are too large, or too close to each other'",),
    ENDS: ("compared.bends: raise 'not all ends of what is between constants are looked at'",),
    TABLES: ("compared.constants_of: no if node in made_of(quantity)",),
    UNREAD: ("heads.Attention._delivered: raise 'it is held as a multiple'",),
    RIGHT: ("rewrites._is_zero: only if type(node.value) in (int, float)",),
    PATIENCE: (
        "chosen.corners_of: no if prod(map(len, values)) > MOST_CORNERS",
        "sides.asks_of_many: no if space.max_len <= MOST_COUNTED or any(map(compares_p...",
        "linear.domain_of_sum: raise f'{describe(quantity)} has too many values to lis...",
        "held.Held._together: raise f'{len(first)} combinations of values are added'",
        "readout.Output._reads_integers: only if high - low < MAX_INTEGERS",
        "trees._parts: no if len(found) + len(stack) > MOST_PARTS",
        "parted.cases_of: raise f'{size} cases of queries and keys'",
        "parted._refuse_many: raise f'{n_names} comparisons are looked at together'",
        "conjoined.selects_all: raise 'the selector has no parts'",
        "conjoined._largest: raise f'{query.size} * {key.size} pairs of values of quer...",
        "facts.Facts._at_most_one: no if leaves_many(base)",
        "alone.leaves_many: only if len(parts) >= MANY_PARTS",
        "alone.leaves_many: only if all((isinstance(part, SelectorNot) for part in par...",
        "attended.Attended._total: raise f'the sum in {describe(node)} has too many va...",
        "facts.Facts._counts: raise f'{query.size} values of queries, counted at {size...",
        "facts.Facts.pairs: raise f'{key.size} combinations of values of keys'",
        "added_up.read_of_many: raise 'there are too many values of what is read'",
        "folded.Fold._multiply: raise f'{size} * {len(first)} combinations of values a...",
        "products._Table.times: raise f'there are more than {n_rows * n_values} combin...",
        "products._Table.times: raise f'there are more than {MAX_STATES} combinations ...",
        "facts.Facts.pairs: raise f'{key.size} * {key.size} pairs of keys, for {query....",
        "readout.Output._numeric: raise 'there are too many contexts of results'",
        "contexts.contexts_of: raise 'there are too many contexts of results'",
        "rewrites.normal: raise 'rewriting the program finds no end'",
        "factors.Factors.scores: raise f'{len(queries.values)} * {len(keys.values)} sc...",
        "selectors.Truths.of: raise f'{query.size} * {key.size} pairs of values of que...",
        "totals.by_sum_and_length: raise f'{n_pairs} runs of lengths'",
        "space.Space.spend: raise 'the work limit is reached'",
        "placed.placed_means: no if rows * size * size > MOST_AVERAGED",
        "placed.placed_means: no if size * rows * len(values) > MAX_MASK",
        "necks._Ways.of: no if len(order) > MOST_NODES",
        "products.check_leaves: raise f'{number} quantities are taken together'",
        "space.Space._computed: raise f'{describe(quantity)} has {len(used)} values'",
        "orders.order_of: no if len(TRIPLES) ** n * 8 ** m > MAX_CASES",
        "sorts.may_fail: no if name in _NEVER",
        "facts.Facts._limits: only if (limit > 1).any()",
        "facts.Facts._limits: only if (limit > len(sides)).any()",
        "space.Space.domain: raise str(found)",
        "sorts.mixed: only if a.strings or b.strings",
        "sorts.mixed: only if a.numbers or b.numbers",
    ),
    FORM: (
        "attended.Attended._aggregate: raise f'{describe(node)} has no value'",
        "products._Factor.of: raise f'{describe(leaf)} has no value'",
        "folded.Fold._multiply: raise f'{describe(leaf)} has no value'",
        "states.Domain.numbers: raise 'numbers are too large'",
        "heads.Attention._direction: raise 'a head delivers one s-op at a time'",
        "heads.Attention._fixed: raise 'scores or values depend on more than the index'",
        "parts._tree: raise 'the formula of the result is none' (2)",
        "parts._tree: raise 'the formula of the result is none'",
        "parts.nodes_of: raise 'a part of the result is not in its formula'",
        "readout.Output._numeric: raise 'the read-out has not the tables of its kind'",
        "fractions._table: raise 'the read-out has not the tables of its kind'",
        "readout.Output._grid: raise 'the read-out has not the tables of its kind'",
        "readout.Output._numeric: raise 'the centres of results are not ascending'",
        "contexts.rows_of: raise 'the tables of results are of other contexts'",
        "rests.columns_off: raise 'what a mean leaves out is no share of it'",
        "states.Joints.column: raise 'nothing is said of what a direction holds'",
        "stream.Streams.__init__: raise 'not every direction has a meaning'",
        "stream.Streams.tables_of: raise 'a table of the witness has another number of...",
        "factors.Factors._listed: raise 'no values of a query or a key are known'",
        "selectors.kinds_of: raise 'no values of a comparison are known'",
        "orders.selects_of: raise 'the best of the selected keys are part of another s...",
        "attended.Attended._means: raise f'{describe(node)} has too many values to lis...",
        "attended.Attended._total: raise f'the sum in {describe(node)} is of numbers t...",
        "states.Domain.numbers: raise 'values that are no numbers are counted with'",
        "ranks.ranks_of: raise 'scores that may have no order'",
        "orders._ranks: no if len({isinstance(value, str) for value in values}) != 1 o...",
        "rewrites._is_finite: only if isinstance(value, (int, float))",
        "rewrites._is_zero: only if isinstance(node, Constant)",
    ),
    DISPATCH: (
        "rewrites._is_comparison: only if isinstance(left, (Aggregate, SelectorWidth))",
        "rewrites._is_comparison: only if isinstance(right, Constant)",
        "scores.Scoring._is_alone: only if self.heads[head].best is None",
        "typed._is_written: only if atom_key(value) == atom_key(0.0)",
        "typed._is_written: only if same is yes",
        "either.is_choice: only if quantity.operator == 'where'",
        "linear._EndsOfMultiples.__contains__: only if quantity in _Ends()",
        "readout.Output._whole: raise 'it is no sum of integers'",
        "readout.Output._is_left_open: only if operator in KEEPING",
        "linear.is_sum: no if len(form.factors) < 2 or any((isinstance(part, Elementwi...",
        "totals._share: no if quantities and all((q in known or is_function(q, total) ...",
        "tallies.choice_of: no if selector is None or not isinstance(value, Constant)",
        "tallies.choice_of: no if not selectors or not isinstance(quantity, Constant)",
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
        "facts.Facts._sources: no if not parts(quantity)",
        "facts.Facts._sources: no if len(moving) != 1",
        "heads.Attention._by_context: no if not isinstance(leaf, SelectorWidth)",
        "heads.Attention._by_context: no if not self.space.facts.counts(leaf.selector)...",
        "rewrites._some: no if found is None",
        "counted_by._complement: only if isinstance(node, SelectorWidth)",
        "counted_by._complement: only if node not in space.counted",
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
        "totals._together: raise 'multiples of tables are not added exactly'",
        "neurons.Feedforward._near_edges: raise 'a number lies close to the edge of a ...",
        "activated.Activations._check_edges: raise 'a number lies on the edge of a step'",
        "neurons._is_exact: only if max(sums, 1.0) < MANTISSA * grain * grain_of(column)",
        "neurons._is_exact: only if sums < LARGEST_EXACT",
        "neurons.Feedforward._rows: raise 'a number lies on the edge of a step'",
        "readout.Output._numeric: raise f'{describe(self.root)}: what is put out is no...",
        "readout.Output._grid: raise f'{describe(self.root)}: what is put out is not o...",
        "combined.combined_of: no if meaning.multiples or grain_of(row) < COARSE or (n...",
        "combined.combined_of: no if not grain_of(numbers[:-1]) >= COARSE or not np.ab...",
        "combined.combined_of: no if not (size < LARGEST_EXACT).all() or not is_grainy...",
    ),
}

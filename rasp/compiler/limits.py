"""Every number that steers a choice of the compiler: what it counts, and why it is no other.

Most of them bound how long something is tried or how much memory a table takes; beyond, the
compiler goes another way or refuses.  None of these is a condition of being right:
`rasp.testing.limits` lowers them, and what comes out is compared with the interpreter.  The last
sections are about arithmetic: what is exact in which type, and which numbers are the same.

A number without a unit is a count of what the sentence below it begins with.
"""

from __future__ import annotations

# Whole programs: what is refused before long work.

MOST_OPERATIONS = 1_000
"""Operations of attention. Each is a layer or a head, and takes about a tenth of a second to
compile."""

MAX_PARAMETERS = 100_000_000
"""Parameters of the dense tensors: 800 MB of float64, and twice that while they are certified."""

MOST_TARGETS = 500_000_000
"""Joint values of a function times its features that somebody reads: eight bytes for each."""

MAX_NEURONS = 40_000
"""Neurons of one function: with a few hundred directions these are ten million parameters."""

WORTH_CODED = 10_000
"""Numbers of logits that a code of a leaf has to save, where logits are put together from several
leaves."""

WORTH_COMPARED = 300
"""Numbers times logits that comparisons computed before have to save, where a choice is put out of
what is compared: a sublayer of neurons is worth a few times as many parameters."""

MOST_ONE_HOT = 128
"""Values that are put out of a one-hot, where patterns should look like selectors and directions
like values; more are put out of a code."""

MAX_LOGITS = 10_000
"""Values that are read out by a logit each; of more the unembedding would be too large."""


# Tables of values: rows and cells that are laid out in memory.

MAX_LISTED_ROWS = 4_000_000
"""Combinations of values, with contexts, that are listed together: some 100 MB of codes."""

FEW_LEAVES = 3
"""Leaves of a function up to which it is remembered for each context which of its values are
possible there, however many rows that makes."""

MANY_TOLD_APART = 100_000
"""Joint values, with contexts, of more leaves than that, beyond which contexts are not told apart:
it takes a second for each function of them, and says little."""

MAX_MEAN_VALUES = 400_000
"""Values of a mean or a sum, which are Python numbers in a domain."""

FEW_MEANS = 50_000
"""Means that are listed although only sides of them are asked: it takes less than a tenth of a
second, and then their meaning can be proved."""

MAX_MEAN_PAIRS = 3_000_000
"""Pairs of a number of keys and a sum over so many, of which means are made: about a second."""

MAX_SUMS = 5_000
"""Sums of few numbers that are far apart, listed one by one."""

SAMPLE_OF_MEANS = 200
"""Numbers that are averaged, of very many, which mostly show that no small number makes integers of
all of them."""

MAX_MEAN_MASK = 60_000_000
"""Cells [contexts, values] of what means there can be where, a byte each; beyond, anything
anywhere."""

MAX_MASK = 4_000_000_000
"""Cells [contexts, values] of what a computed s-op can be where, a byte each: beyond, it is
refused before memory ends."""

BLOCK_OF_CONTEXTS = 64
"""Contexts whose values are looked at at a time, so that what is looked at stays in the cache."""
NEARLY_A_GAP = 60
"""By so many times the distance of 1 to the next number BOS may miss the gap by which it sees
itself: a little less than what the certificate allows."""

BLOCK_OF_PAIRS = 1 << 18
"""Pairs of values that are counted at a time, since counting takes eight bytes for each."""

BLOCK_OF_CLASSES = 512
"""Rows that are compared with one at a time, so that what is compared stays in the cache."""

FIRST_COLUMNS = 16
"""Columns that are compared first: mostly they tell two rows apart, however long these are."""

MAX_JOINT_ROWS = 500_000
"""Joint values that are tabulated at once; an expression of more is computed in steps."""

MOST_CANCELLED = 20_000
"""Joint values of means of which a difference is compared to the last bit: 11,025 of two take 0.3
million parameters, and 32,041 take a million."""

MANY_CASE_ROWS = 20_000
"""Joint values from which on the cases that an expression distinguishes are looked for, and from
which on a neuron for each of them is better than a search in the table."""

MANY_LISTED_CASES = 100_000
"""Joint values up to which a number of many cases is tabulated all the same, as its linear pieces
are found in the table: about a second."""

MOST_CASES = 400
"""Cases of an expression: a neuron each."""

MOST_PAIRS_OF_CASES = 40_000
"""Pairs of cases of two operands, each of which is looked at: a tenth of a second."""

CASES_OF_A_LEAF = 3
"""Cases for each leaf up to which an expression counts as a chain or a disjunction, which has about
one: its cases are better then than functions one after the other."""

FEW_CHOSEN_ROWS = 1_000
"""Joint values of what is left of an expression once conditions in it are computed, up to which
that is better than a table of more than MANY_SUMMED_ROWS: a neuron each at most."""

FEW_MERGED = 6
"""Leaves of cases up to which it is looked for cases that are one: a chain has none."""

LONG_CHAIN = 8
"""Updates of a state, one after the other, from which on they are computed some at a time."""

FEW_CHAINED_ROWS = 64
"""Joint values of what is computed together in such a chain, which takes a neuron for many."""

MOST_STATES = 16
"""States that such updates leave behind."""

MOST_CASE_CELLS = 40_000_000
"""Values of a leaf times outcomes of a function of it, of which each is a case: a bit for each."""

MOST_CASE_CONDITIONS = 20_000
"""Conditions of all cases together."""

SAMPLE_OF_STEPS = 20_000
"""Random joint values on which it is guessed whether a function in steps is of one layer."""

MOST_NODES_IN_STEPS = 300
"""Operations among which steps are looked for: every one of them is tried."""

MANY_LEVELS = 15_000
"""Values of a number; with MANY_GATES values of other leaves, only MAX_DENSE_ROWS joint values are
tried."""

MANY_GATES = 30
"""Joint values of the other leaves: see MANY_LEVELS."""

MAX_DENSE_ROWS = 600_000
"""Joint values of such a function: what is found for more takes minutes to find, and is large."""

MAX_BITS = 6
"""Variables that a function of several scalars may be made of, so that another depth can put it
together."""

MAX_BIT_VALUES = 3
"""Values of each of these: bits, and signs."""

MAX_EVALUATIONS = 400_000_000
"""Neurons times rows that are evaluated to see how far they reach: about a second."""

BLOCK_OF_ROWS = 10_000
"""Rows that are evaluated at a time, so that the hidden layer of a block fits into the cache."""

BLOCK_OF_BOXES = 20_000_000
"""Cells [rows, values] that are compared at a time, a byte each."""

MOST_BOX_CELLS = 1_000_000_000
"""Cells of all comparisons of boxes in pairs: about a second."""

SHOWN_VALUES = 8
"""Values of a domain that the text of a stage shows."""


# Selectors: truth tables, products, orders.

LARGEST_SUBTRACTED = 1 << 61
"""Differences of smaller integers are integers of 64 bits."""

MOST_COUNTED_APART = 3
"""So often what a width is counted by is counted by others again: each time makes up to three."""

MAX_COMPARED_PAIRS = 4_000_000
"""Pairs of values of any kind that are compared: two seconds of Python."""

MAX_COMPARED_NUMBERS = 17_000_000
"""Pairs of integers that are compared, a byte each: 4,096 x 4,096 and a little more."""

MAX_BOUND_CELLS = 30_000_000
"""Cells [contexts, query values] for the counts of reads at a computed place, a byte each."""

MOST_DETAILED = 2_000
"""Tokens of inputs up to which counts are known for each pair of index and length, beyond for each
length."""

MOST_DETAILED_READS = 500
"""Tokens of inputs up to which it is known for each pair of index and length whether there is a key
to be read: a table of a quarter of a million cells for each of its values."""

WIDE_INEQUALITY = 32
"""Values of which those that differ are counted by those that are equal, for the fewest parameters;
where patterns should look like the selectors, MOST_FAITHFUL_RANKS."""

FAITHFUL_PRODUCTS = 32
"""Products of an order that is scored in full where patterns should look like the selectors; with
more, a read whose selected keys agree attends to one of them."""

MAX_ORDERS_OF_AXES = 24
"""Orders of the axes in which boxes of a truth table are grown: all of four axes."""

MAX_TRUTH_CELLS = 1 << 22
"""Cells of a truth table. There are as many as combinations of classes, one for each pair."""

MAX_AXES = 60
"""Axes of a truth table: NumPy has no more than a few beyond this."""

MAX_TABLES = 2_000
"""Parts of a truth table that are split along every axis; any other along the first."""

MAX_CELLS_LOOKED_AT = 4_000_000
"""Cells of such parts that are looked at, which takes a second."""

LONG_PREFIXES = 32
"""Tokens of an input from which on causal heads that count what is before a query count the query
too, which neurons take away: a pattern without it takes a direction for each position."""

MOST_FAITHFUL_RANKS = 128
"""Ranks of an order that a count attends to in full where patterns should look like the selectors;
a wider one is taken apart into digits of at most so many values, and its count is a sum."""

WORTH_DIGITS = 9
"""Values from which on an order is taken apart into digits."""

MOST_EXACT = 240
"""Blocks that can be numbered: the scores of their parabola stay exact in float32."""

MOST_ADDRESSED = 1 << 14
"""And so many where one key at most is selected, and the numbers are those of the embedding: scores
of 2^28 are told apart by whole gaps in float64."""

MOST_SINGLE = 64
"""And so many where the numbers may be off by rounding, but one key at most is selected."""

MAX_ORDERED_INDICES = 150
"""Indices for which it is proved that counts differ: the proof compares triples of them."""

MAX_ORDERED_VALUES = 1_200
"""Joint values for which it is proved: the proof multiplies matrices of this size."""

MOST_NAMED_PARTS = 32
"""Parts of a selector among which the names of heads are looked for; more heads than that have
none."""

MAX_JOINED = 3_000
"""Combinations of values that are compared one by one, as joint values of a query and a key."""

FEW_JOINED = 600
"""Combinations that are few enough for both ways to be built and compared."""

MAX_JOINED_ROWS = 300_000
"""Joint values that are looked at to compute features of them."""

MOST_PRODUCTS = 3_000
"""Products of one head: with one for each of so many positions, queries and keys have 18 million
weights."""

LEAST_SHARED = 3
"""Products that several comparisons share: of fewer nothing is saved, and two, one of them of keys
alone, are those of a number."""

MAX_UNION_PRODUCTS = 400
"""Products of one head for a disjunction: its query and key are so wide."""

MAX_UNION_CELLS = 1_000_000
"""Joint values of what is compared times products of one head for a disjunction: neurons for so
many features of so many values are found within some seconds."""

MANY_EXCLUDED = 4
"""Conditions none of which may hold, from which on a count has one head that adds up how many do;
fewer are split into disjoint parts."""

MOST_SPLIT = 64
"""Disjoint parts, a head each, into which so many conditions are split."""

WORTH_SPLIT = 1.5
"""So many times as many parameters one head may take: what it counts is proved part by part."""

MOST_FACTORS = 6
"""Comparisons that are multiplied with each other; products of more have too many parts."""

LARGEST_SCORE = 60_000
"""Up to here, sums of products of dyadic numbers are exact in float32."""

MAX_CLAUSES = 8
"""Conjunctions that a selector of one place is a choice of."""

MAX_ATOMS = 8
"""Comparisons of each of these."""

MAX_CONNECTIVES = 2 * MAX_CLAUSES * MAX_ATOMS
"""`and`, `or` and `not` of a selector that is taken apart: what all of these clauses have, negated
twice."""

FEW_PLACE_ROWS = 60
"""Joint values of a place that are compared one by one: a head of so many products is as small as
numbers."""

MAX_PLACE_ROWS = 400_000
"""Joint values of what a place is a function of, all of which are looked at."""

FEW_GAPS = 64
"""How many times as far apart as they are many integers may be to be ranked as they are, where
neurons would have to number them."""

LARGEST_RANK = 1 << 40
"""Numbers of ranks: larger ones, times the scores of comparisons, are not exact in any dtype."""


# Sums: how many parts, and how large.

MOST_RECOGNISED = 1 << 20
"""Largest constant that sums are recognised with: they have to be exact as floats."""

MANY_POSITIONS = 1 << 16
"""No input has so many positions, and so no index and no count is larger."""

LARGEST_AVERAGED = 1 << 36
"""Sums of so many integers up to here are below 2^52: divided by one count, two of them that differ
are two floats."""

MOST_FACTORS_OF_SUMS = 50
"""Parts of a sum that a comparison is taken apart into; comparisons have few."""

MANY_SUMMED_ROWS = 20_000
"""Joint values of a sum from which on it is worth a number of its own."""

MOST_NODES_OF_SUMS = 300
"""Operations of an expression that are looked through for a sum."""

MOST_SUMMED_VALUES = 60_000
"""Values of a sum that is a number of its own, which are listed."""

MOST_SUMMED_CELLS = 10_000_000
"""Cells [contexts, values] of what such a sum can be where, a byte each; beyond, anywhere."""

MANY_STEPS = 250
"""Values of a count that is read faithfully, which takes a step for each; more of them are too
many."""

MAX_OUTPUT_PARTS = 1_000
"""Summands that the unembedding adds up."""

MAX_OUTPUT_NODES = 20_000
"""Operations of an output that are looked through for a sum: a tenth of a second."""

FEW_OUTPUT_ROWS = 30
"""Combinations of an output that are tabulated if there are several scalars among the summands."""

MANY_OUTPUT_ROWS = 20_000
"""Combinations of an output that are tabulated if there are not."""

MAX_CONSTANT = 1_000_000_000
"""Constants of a formula at the output, so that with small numbers they stay exact."""

MAX_FORMULA = 4_000
"""Operations of a formula at the output, which is evaluated at every position."""

MOST_MARKS = 8
"""Numbers put out beside a number to say whether it is an int; most need one or two."""

MOST_TOLD_INTS = 40
"""Ints of which a head averages how many keys carry each, to say whether a mean is an int: the
differences of two digits are 19, and 40 take about a second."""

MAX_BOX_ROWS = 500_000
"""Combinations of values at the output that are looked at."""

MAX_BOXES = 50_000
"""Logits that are written, even if a logit is cheap."""

FEW_BOXES = 2
"""Boxes for each value that are better than neurons."""

LEAST_TALLY = 3
"""Questions of a choice, each with another value than the one before, that are better answered by
one number: two take no more than a direction each."""

LARGEST_TALLY = 128
"""What such a number adds up at most, relative to the least distance of its values: so much is
exact in float32, also where functions of it are computed. Beyond, questions are answered one by
one."""

MANY_TALLIED = 32
"""Questions from which on one number is worth float64, where neurons would put so many answers
together: then it may add up to whatever is told apart as a number, the inverse of DISTINCT."""

LEAST_ALIKE = 4
"""Indices that share a digit, on average, where comparisons of digits are scored one by one."""

LONG_INPUTS = 128
"""Tokens of an input, or of a vocabulary, from which on orders are so wide that more digits may be
worth their heads; and tokens of an input from which on counts are so many, a quarter of this at
least, that a head which reads them from the table of positions is worth its neurons."""

DEEP = 14
"""Depths of a program up to which it is tried whether sums take less as they are: beyond, they
would grow from round to round, and are written anew."""


# Searches for neurons: what is tried, and for how long.

CHEAP = 20
"""Neurons: nothing else is worth a long search."""

FEW_CONJUNCTIONS = 150
"""Neurons of conjunctions that are worth a first try."""

MANY_CONJUNCTIONS = 20_000
"""Neurons of conjunctions, the most that is tried."""

LARGE_TABLE = 100_000
"""Rows of a table from which on the search is long enough to be content with few neurons."""

OF_ONE_NUMBER = 1.5
"""How much more a staircase may cost than pieces: these keep alive what they are linear in."""

MANY_NEURONS = 1_000
"""Neurons that are too many if an extra sublayer makes them WORTH_A_SUBLAYER times fewer."""

MANY_FEATURE_NEURONS = 60
"""Neurons that are too many for several features of a number, if the number itself and an extra
sublayer that makes them of it take WORTH_A_SUBLAYER times fewer."""

MANY_AT_ONCE = 300
"""Neurons that are too many for a function of what comparisons say, if these and an extra sublayer
take WORTH_A_SUBLAYER times fewer: as deep as the theory says is better than a few hundred less."""

WORTH_A_SUBLAYER = 4
"""A ratio of neurons: see MANY_NEURONS."""

MOST_SPANNED = 400
"""Features of a variable that are looked through for sums of others: a least-squares fit each."""

SAMPLE_OF_LINES = 16
"""Values of a feature on which it is tried first whether it is an affine function of another."""

LARGEST_COEFFICIENT = 64.0
"""Coefficient of such a sum, by which errors of what is added up are multiplied."""

LARGEST_SHOWN = 1e6
"""Of values up to here, features are looked at for being numbers or their squares."""

MAX_TENSOR = 8_000_000
"""Cells of a table of all combinations, in which conjunctions are looked for."""

MOST_LEVELS = 300
"""Outcomes that a table may have to be written as levels: each takes boxes and their neurons."""

MOST_BOXED_CELLS = 20_000_000
"""Cells that are looked at, of all boxes together, before levels are given up."""

MOST_KEPT_ROWS = 20_000
"""Rows of tables whose neurons are kept for the same table elsewhere in the program."""

MOST_FITS = 400
"""Linear fits that are tried for the pieces of a table: less than a second."""

MOST_FAILED_FITS = 100
"""And so many that come to nothing."""

FEW_GATES = 64
"""Any function of two lists of values is linear in one, for each value of the other: that is of use
only if these are so few."""

HOPELESS = 12
"""Values of a gate without any piece, after which the others are not tried."""

MOST_BASES = 8
"""Pieces that are tried as the one that the others differ from."""

MAX_PRODUCT_CELLS = 20_000_000
"""Rows times features of a table that is factorised."""

MAX_RADIX = 20_000
"""Largest number that several scalars may be put together to; neurons tell its neighbours apart."""

MOST_FITTED_CELLS = 1_000_000
"""Joint values of two leaves times unknowns, where a function of their sum is looked for: a second
of least squares."""

FEW_INNER_LEAVES = 3
"""Leaves of a function from which on numbers are looked for that it depends on alone: of two, one
layer mostly finds them."""

MOST_INNER_NUMBERS = 4
"""Such numbers that are tried."""

MOST_INNER_CONDITIONS = 8
"""Comparisons that such a function is looked at as a function of."""

CLOSE_TO_CURVE = 0.25
"""How near to where a condition changes a curve may be that tells where, as a share of the least
room: the step behind it has half of that room as its margin."""

MOST_BESIDE_CURVE = 40
"""Joint values beside two numbers up to which one is looked at as passing a curve of the other:
each has a curve of its own."""

MOST_SUMMANDS = 20
"""Summands of a number for which neurons are looked for one after the other, each in a search."""

MANY_SEARCHED_ROWS = 1_000
"""Joint values from which on what a function is put together of is looked at before the whole: the
search for neurons of the whole then knows what is too many."""

FINEST_PART = 1 << 10
"""What such parts are multiples of one part in: sums of them are exact."""

MOST_PARTS_TRIED = 16
"""Parts of an expression for which neurons are looked for, of those that may be computed before."""

MOST_HOPELESS = 8
"""Parts that took more than a few neurons, after which no others are looked for: where an
expression can be computed step after step, hardly any does."""

MOST_PARTS_BEFORE = 12
"""Parts of an expression that are computed before it."""

MOST_STEPS_OF_A_LEVEL = 15
"""Sublayers in which neurons compute what one function is made of, before the function itself."""

FEW_STEP_ROWS = 1_000
"""Joint values of an operation that is tried as one step of a function: a hundredth of a second."""

MOST_ROWS_AT_ONCE = 400_000
"""Joint values of a function that is computed in one sublayer in the place of two."""

LARGEST_TIED = 4_000_000
"""Largest number that a sum may be put together to with the digits that decide where it does not:
beside it a difference of 1 is more than what counts as none."""

MOST_DIGITS_OF_TIES = 3
"""Numbers that are tried as such digits, in each order."""

MOST_TIED_SUMS = 8
"""Sums for which that is tried."""

SAMPLE_OF_TIES = 200
"""Joint values that say first whether some digits decide what a sum leaves open."""

SAMPLE_OF_STAIRCASES = 2_000
"""Rows on which a direction is tried first; most fail there."""

MANY_FITTED_VALUES = 300
"""Values of a leaf; with more, only multiples of its number are fitted."""

SAMPLE_OF_TWO_SUMS = 2_000
"""Rows on which a pair of sums is tried first; most fail there."""

FEW_LEVELS_OF_SUMS = 300
"""Levels of two sums together up to which a function is looked for as one of each added, whatever
else was found: most levels take no neuron."""

WORTH_REDUCED = 4
"""By how much smaller a sum of remainders is than the sum, to be tried in its place: its summands
are read for nothing else."""

MOST_PAIRS_OF_SUMS = 100
"""Pairs of sums that are tried."""

MOST_ROUNDS = 200
"""Rounds in which numbers are settled from one level to the next."""


# Exactness: integers and numbers that stay exact in their type.

EXACT_IN_FLOAT64 = 1 << 53
"""Integers below are exact in float64 and are computed in int64; beyond, with Python's."""

MOST_STEPS_OF_FLOATS = 1 << 40
"""Steps from 0 within which it is certain which of them a number is: floats are rounded by less
than a thousandth of one."""

CLOSEST_MEANS = 2.0**-40
"""Relative to the largest mean: of means that are closer than this it is not asked which floats
they are rounded to."""

MAX_DENOMINATOR = 1 << 40
"""Denominator of the grid of a mean: with sums of 2^12 values it is exact in float64."""

MAX_IDEAL = 1_000
"""Denominator of the fractions that floats such as 0.1 are meant to be."""

ANY_NUMBER = 1 << 31
"""At so many positions something may be of which it is not known at how many."""

LARGEST_INTEGER = 1 << 52
"""Sums of integers up to here are exact in float64."""

LARGEST_NUMERATOR = 1 << 52
"""Numerators and denominators up to here are exact in float64."""

LARGEST_TOTAL = 1 << 40
"""Sums up to here are followed as integers, if what adds them up is exact enough: a count times a
mean of them is rounded to the sum, as float64 has 13 bits to spare."""

LARGEST_ROUNDED = 1 << 50
"""A count times the mean of integers with a sum up to here, rounded, is that sum: the quotient and
the product are each off by one part in 2^53 at most, together by less than 1/2."""

LARGEST_COMPARED = 1 << 38
"""Integers with no list are compared up to here: in float64 the neurons of a step, whose inputs are
as large, are then off by less than half of what may be."""

FARTHEST_OFF = 0.25
"""Absolute: integers with no list that attention may deliver with such an error are refused; half
of what rounding forgives."""

ADDING_ERROR = 2.0**-44
"""Relative to the number of keys times the largest summand: what rounding costs a head that adds
up.  The certificate finds half of it."""

COPYING_ERROR = 2.0**-47
"""Relative to the largest integer with no list: what rounding costs where it is read, or added."""

PRODUCT_ERROR = 1e-3
"""Absolute: a count times a mean is off the sum, up to LARGEST_TOTAL, by less than half of this."""

MAX_FRACTION_CONTEXTS = 100_000
"""Contexts for each of which the readout has a line of fractions."""

LARGEST_READ = 2.0**100
"""Numbers are read out as they are up to here, and larger ones by their places in order: no margin
is taken for larger than 1e30, and the stream of float32 holds nothing beyond 2^120."""

MAX_CENTRES = 20_000_000
"""Cells [contexts, values] of the centres of a readout, eight bytes each."""

MAX_SCALE = 100_000
"""Denominator of a grid of results that is welcome in all contexts."""

FINEST_SCALE = 10_000_000
"""And the largest, by length: a unit of the grid is told from the next in float64."""

MANY_MEANS = 2_000
"""Values of a mean; with more, they are read out as fractions and not from a list."""

MANY_MIXTURES = 20_000
"""Sums of numbers that are mixed; where there are more, some of them is taken to be 0."""

MOST_TYPED_APART = 5
"""Numbers of unknown type whose types are looked at one by one; with more, a zero may be -0.0."""

MAX_LOW_UNITS = 1 << 40
"""Units of the low parts of numbers."""

LARGEST_BRANCH = 2.0**24
"""Numbers beyond are not resolved well enough to have steps."""

LARGEST_FINITE = 10**300
"""No number beyond is averaged: sums of them overflow."""

SUM_LOG_WEIGHT = 27.0
"""Logarithm of the weight of the beginning-of-sequence position in a head that adds up: 5e11 keys
weigh less."""

LONGEST_SUMS = 2_000
"""Tokens from which on a count of m keys, which that weight makes less by m * m of 5e11, is read
with a larger one, so that the position with its number is told from the next."""

LONG_SUM_LOG_WEIGHT = 36.0
"""Logarithm of that one: 4e15 keys weigh less."""

REACH_DIGITS = 4
"""Decimal digits of how far neurons reach, in the plan of the proof; rounded up."""


# Closeness: which numbers are the same, relative to the largest unless it is said.

SAME_CONTENT = 1e-9
"""Relative to their size, numbers closer than this are one value of a domain."""

SAME_FEATURE = 2.0**-50
"""A sum of features that is closer to another, as a share of its largest value, is it."""

MAGNIFICATION = 2.0**44
"""By how much the last bits of fractions are magnified, so that they do not cancel: the inverse of
FINEST."""

FINEST_SUMMAND = 2.0**-36
"""Of sums with summands whose values are closer than this, no staircase finds its steps."""

LAST_BIT_ERROR = 2.0**-50
"""By so much numbers may be off whose last bits are not known."""

FAR_FROM_ENDS = 8.0
"""So many times what it may be off by, a mean is from the smallest and the largest number that is
averaged, if it is not one of these."""

CLOSE_CENTRES = 1e-2
"""Absolute: values with less between them are told apart with the help of the context, if that
helps."""

DISTINCT = 2.0**-28
"""Numbers closer than this are read as their places in a list."""

DISTINCT_FREE = 2.0**-18
"""Numbers of what needs no neurons are so also where float32 does not tell them apart."""

SAME_IN_FLOAT32 = 2.0**-22
"""Numbers closer than this are one number in float32: two units in its last place."""

SAME_MEANING = 1e-9
"""Relative to their size, numbers closer than this are meant to be the same."""

SAME_NEAR_ZERO = 1e-12
"""Absolute, where their size says nothing, as numbers cancel."""

CANCELLED = 2.0**-47
"""What rounding leaves of numbers that cancel,"""

LARGE_CANCELLED = 1e6
"""if the largest of them is not larger than this."""

FINEST = 2.0**-44
"""Numbers closer than this cannot be held as one number side by side."""

READING_ERROR = 1e-5
"""Error of a reading in float32, with some room."""

READING_IN_FLOAT64 = 2.0**-20
"""How much smaller that is in float64, with much room: there it is a share of 2^-29."""

CALM = 0.02
"""Absolute: largest error that a feature may have where it does no harm."""

HARMLESS = 1e-7
"""Absolute: largest error that a feature may have where it has to be exact."""

RESOLUTION = 1e-7
"""Values of a direction closer than this count as one, as long as the outcome is a function of
them. No value is lost by that: where values with other outcomes count as one there is no staircase,
and how far a staircase is from its table is measured on all rows of it (`misfit`)."""

SCATTER = 2.0**-44
"""Those closer than this always do, because sums of fractions scatter by their last bits."""

FIT_TOLERANCE = 1e-9
"""A linear form that is closer to its values than this gives them."""

CONSTANT_SPREAD = 1e-13
"""Values that are spread by no more are constant."""

LARGE_INTEGERS = 1e6
"""Integers beyond have to be fitted absolutely,"""

OFF_INTEGER = 1e-3
"""and what is fitted to them is off by less than this."""

LAST_BITS = 2.0**-48
"""What sums of numbers differ by when they are meant to be the same."""


# Margins of logits.

CHOICE_MARGIN = 0.5
"""Of two logits that are at least 1 apart."""

BOX_MARGIN = 0.5
"""Of logits that are 1 and at most 0."""

"""The compiler and the proof with other limits: what they do at long lengths, done at short ones.

The limits are those of `rasp.compiler.limits`, where it is said why they are what they are.

Where a table, a list or a search would be too large, the compiler goes another way.  Most limits
are far beyond what a program with inputs of five tokens reaches, so the ways behind them are walked
at lengths at which not all inputs can be tried.  Lowered, a limit sends short programs there, and
those are compared with the interpreter on every input.

No limit is a condition of being right: a model compiled with any of them lowered is exact, or the
program is refused.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from rasp.testing.limit import Limit
from rasp.testing.limits_of_neurons import OF_NEURONS

LIMITS = (
    Limit("MANY_SUMMED_ROWS", ("lowering.elementwise",), 0, "sums are numbers of their own"),
    Limit("MAX_JOINT_ROWS", ("lowering.elementwise", "lowering.steps"), 12, "functions in steps"),
    Limit(
        "MAX_JOINT_ROWS",
        ("lowering.elementwise", "lowering.sums"),
        30,
        "operands are computed before",
    ),
    Limit("MOST_CANCELLED", ("lowering.cancelled",), 10, "differences of means are refused"),
    Limit("SAMPLE_OF_STEPS", ("lowering.steps",), 3, "guesses about one layer are worse"),
    Limit("MANY_OUTPUT_ROWS", ("lowering.outputs",), 0, "sums are put together by the unembedding"),
    Limit("FEW_OUTPUT_ROWS", ("lowering.outputs",), 0, "sums of several numbers are, too"),
    Limit(
        "LONG_INPUTS",
        (
            *("pipeline", "encoding.bases"),
            *("lowering.addresses", "lowering.readout", "lowering.tallies"),
        ),
        0,
        "counts are read from the table of positions, values and choices are numbers",
    ),
    Limit("FEW_PLACE_ROWS", ("lowering.places",), 0, "places are numbers where a few are compared"),
    Limit("FEW_MEANS", ("lowering.sides",), 0, "of means only sides are asked"),
    Limit("MOST_SUMMED_VALUES", ("lowering.combine", "lowering.intervals"), 2, "sums have no list"),
    Limit("FINEST_SCALE", ("lowering.averages",), 0, "sums are read as fractions"),
    Limit("MANY_MEANS", ("lowering.averages",), 2, "means are not listed"),
    Limit("MAX_BOX_ROWS", ("lowering.boxes",), 0, "outputs are tabulated"),
    Limit("FEW_BOXES", ("lowering.boxes",), 0, "outputs on several boxes are tabulated"),
    Limit("MOST_BOX_CELLS", ("lowering.boxes",), 0, "boxes are not looked for in pairs"),
    Limit("BLOCK_OF_BOXES", ("lowering.boxes",), 1, "boxes are compared row by row"),
    Limit("MAX_CENTRES", ("lowering.centres",), 0, "values are not listed by context"),
    Limit("CLOSE_CENTRES", ("lowering.centres",), 1e9, "values are told apart by context"),
    Limit("MAX_SCALE", ("lowering.averages",), 0, "values are listed, not on a grid"),
    Limit("MAX_FRACTION_CONTEXTS", ("lowering.fractions",), 0, "fractions know no context"),
    Limit("MAX_MEAN_PAIRS", ("facts.means",), 10, "means are not listed"),
    Limit("MAX_SUMS", ("facts.means",), 0, "nor are those of numbers that are far apart"),
    Limit("MAX_MEAN_VALUES", ("facts.means",), 10, "means are not listed"),
    Limit("MAX_MEAN_MASK", ("facts.means",), 0, "means may be anything anywhere"),
    Limit("EXACT_IN_FLOAT64", ("facts.means",), 0, "means are computed with Python's integers"),
    Limit("EXACT_IN_FLOAT64", ("lowering.additive",), 0, "remainders are in no other order"),
    Limit(
        "MAX_BOUND_CELLS", ("selection.counted",), 0, "less is known of reads at a computed place"
    ),
    Limit("MOST_DETAILED", ("selection.counted",), 0, "counts are known by length alone"),
    Limit(
        "MOST_DETAILED",
        ("facts.bounds", "selection.counted", "lowering.placed"),
        1,
        "so are sums of counts",
    ),
    Limit("MOST_DETAILED_READS", ("lowering.aggregates",), 1, "the default may be read anywhere"),
    Limit("FAITHFUL_PRODUCTS", ("encoding.heads",), 0, "reads attend to one selected key"),
    Limit("MAX_CELLS_LOOKED_AT", ("selection.combinations",), 0, "the first axis is split"),
    Limit("MOST_EXACT", ("selection.selectors",), 0, "equality is a code, no parabola"),
    Limit("MOST_SINGLE", ("selection.selectors",), 0, "equality of what is read is a code"),
    Limit("FEW_JOINED", ("lowering.unions",), 0, "disjunctions are products of comparisons"),
    Limit("MAX_UNION_PRODUCTS", ("lowering.unions",), 0, "disjunctions compare joint values"),
    Limit("MOST_FACTORS", ("lowering.unions",), 0, "disjunctions compare joint values"),
    Limit("LARGEST_SCORE", ("lowering.unions",), 1, "products of comparisons are of codes"),
    Limit("MAX_ORDERS_OF_AXES", ("selection.combinations",), 1, "boxes are grown in one order"),
    Limit("MAX_ORDERED_INDICES", ("selection.orders",), 3, "few orders are proved"),
    Limit("MAX_ORDERED_VALUES", ("selection.orders",), 0, "no order is proved"),
    Limit("MOST_SUMMED_CELLS", ("lowering.combine",), 0, "sums know nothing of the context"),
    Limit("MOST_SUMMED_VALUES", ("lowering.combine",), 8, "few sums are numbers of their own"),
    Limit("MOST_NODES_OF_SUMS", ("lowering.combine",), 3, "sums of few parts only"),
    Limit("MOST_NODES_IN_STEPS", ("lowering.steps",), 3, "steps of few parts only"),
    Limit("MAX_LISTED_ROWS", ("facts.domains",), 400, "combinations that cannot meet are listed"),
    Limit("MAX_BITS", ("lowering.operands",), 0, "values of a lower depth are kept whole"),
    Limit("WORTH_DIGITS", ("selection.digits",), 2, "all orders are taken apart into digits"),
    Limit(
        "MOST_FAITHFUL_RANKS", ("selection.digits",), 2, "few ranks are an order that is too wide"
    ),
    Limit("MOST_SPANNED", ("encoding.spans",), 0, "features are held one by one"),
    Limit("MAX_EVALUATIONS", ("encoding.features",), 0, "the reach of neurons is unknown"),
    Limit("BLOCK_OF_ROWS", ("encoding.features",), 2, "tables are looked at in small blocks"),
    Limit("MANY_NEURONS", ("encoding.neurons",), 0, "one number is made categorical before"),
    Limit("MANY_NEURONS", ("encoding.by_number",), 0, "no number is computed before its features"),
    Limit("WORTH_A_SUBLAYER", ("encoding.neurons",), 0.2, "extra sublayers are welcome"),
    Limit("MANY_NEURONS", ("synthesis.staircase",), 0, "lines beside steps are looked for"),
    Limit("WORTH_A_SUBLAYER", ("synthesis.staircase",), 0.2, "lines beside steps are welcome"),
    Limit("OF_ONE_NUMBER", ("synthesis.staircase",), 1e9, "steps have no lines beside them"),
    Limit("CHEAP", ("synthesis.constructions",), 0, "every construction is tried"),
    Limit("FEW_CONJUNCTIONS", ("synthesis.constructions",), 2, "conjunctions are tried last"),
    Limit("LARGE_TABLE", ("synthesis.constructions",), 0, "the first construction is good enough"),
    Limit("OF_ONE_NUMBER", ("synthesis.constructions",), 1e9, "staircases are preferred to pieces"),
    Limit("MAX_TENSOR", ("synthesis.cubes",), 0, "no conjunctions"),
    Limit("MAX_PRODUCT_CELLS", ("synthesis.products",), 0, "no products"),
    Limit("MAX_RADIX", ("synthesis.projections",), 0, "numbers are not put together"),
    Limit("SAMPLE_OF_TWO_SUMS", ("synthesis.two_sums",), 3, "guesses about two sums are worse"),
    Limit("MOST_PAIRS_OF_SUMS", ("synthesis.two_sums",), 1, "few pairs of sums are tried"),
    Limit("MOST_FITS", ("synthesis.pieces",), 0, "no pieces"),
    Limit("FEW_GATES", ("synthesis.pieces",), 1, "few gates"),
    Limit("HOPELESS", ("synthesis.pieces",), 0, "gates are given up early"),
    Limit(
        "MANY_FITTED_VALUES",
        ("synthesis.table", "synthesis.pieces"),
        2,
        "only multiples are fitted",
    ),
    Limit("MANY_STEPS", ("lowering.counts",), 1, "products of counts are linear in them"),
    Limit("BLOCK_OF_CLASSES", ("facts.rows",), 1, "rows are compared one by one"),
    Limit("BLOCK_OF_CONTEXTS", ("facts.rows", "facts.domains"), 1, "contexts are looked at alone"),
    Limit(
        "MANY_CASE_ROWS", ("lowering.computed", "lowering.failures"), 0, "functions are in cases"
    ),
    Limit("MANY_CASE_ROWS", ("lowering.computed", "lowering.failures"), 12, "large ones are"),
    Limit(
        "CASES_OF_A_LEAF", ("lowering.conditions", "lowering.elementwise"), 100, "cases may be many"
    ),
    Limit("MANY_LISTED_CASES", ("lowering.computed",), 0, "numbers of many cases are in cases"),
    Limit("FEW_CHOSEN_ROWS", ("lowering.conditions",), 0, "conditions are computed before chains"),
    Limit("FEW_MERGED", ("lowering.cases",), 0, "cases are not put together"),
    Limit("MANY_MIXTURES", ("lowering.averages",), 1, "few sums of mixed numbers are listed"),
    Limit("MAX_UNION_CELLS", ("lowering.unions",), 2, "disjunctions compare joint values"),
    Limit("MAX_CLAUSES", ("selection.clauses",), 1, "selectors are few clauses"),
    Limit("MAX_ATOMS", ("selection.clauses",), 1, "clauses are of one comparison"),
    Limit("LEAST_TALLY", ("lowering.tallies",), 1, "small sums of presences are tallies"),
    Limit("LARGEST_TALLY", ("lowering.tallies",), 2, "large tallies are sums"),
    Limit("MANY_TALLIED", ("lowering.tallies",), 0, "tallies may be large"),
    Limit("MAX_PLACE_ROWS", ("lowering.places",), 3, "places are of few values"),
    Limit("DEEP", ("arrangement",), 0, "models are deep ones"),
    Limit("MOST_ONE_HOT", ("lowering.readout",), 1, "outputs are read as numbers"),
    Limit("MAX_OUTPUT_PARTS", ("lowering.outputs",), 2, "outputs are sums of two"),
    Limit("MAX_FORMULA", ("lowering.outputs",), 3, "outputs are no long formulas"),
    Limit("MAX_TRUTH_CELLS", ("selection.combinations",), 4, "truth tables are not listed"),
    Limit("MAX_TABLES", ("selection.combinations",), 1, "few parts of a table are remembered"),
    Limit("MANY_FEATURE_NEURONS", ("encoding.by_number",), 0, "numbers are computed before"),
    Limit("LONGEST_SUMS", ("encoding.heads",), 1, "counts are of a heavier BOS"),
    Limit("MOST_KEPT_ROWS", ("synthesis.again",), 0, "tables are computed again"),
    Limit("MAX_COMPARED_PAIRS", ("selection.selectors",), 2, "only numbers are compared by rank"),
    Limit("MAX_COMPARED_NUMBERS", ("selection.selectors",), 0, "integers are compared in pairs"),
    Limit("MOST_ADDRESSED", ("selection.selectors",), 0, "places are codes, no parabola"),
    Limit("FEW_GAPS", ("lowering.best",), 0, "scores are ranks"),
    Limit("SAMPLE_OF_LINES", ("encoding.features",), 2, "guesses about lines are worse"),
    Limit("MOST_LEVELS", ("synthesis.levels", "synthesis.quorums"), 0, "no levels"),
    Limit("SAMPLE_OF_STAIRCASES", ("synthesis.staircase",), 2, "guesses at staircases are worse"),
    Limit("MAX_BOXES", ("lowering.boxes",), 0, "no boxes"),
    Limit("MOST_BASES", ("synthesis.pieces",), 1, "pieces are of one base"),
    Limit("MAX_BIT_VALUES", ("lowering.operands",), 100, "all values of a lower depth are bits"),
    Limit("MAX_LOGITS", ("lowering.strings",), 3, "strings are put together where they are read"),
    Limit("WORTH_CODED", ("lowering.boxes",), 0, "logits of boxes are made of codes"),
    Limit("WORTH_COMPARED", ("lowering.boxes",), 0, "choices are put out of what comparisons say"),
    Limit("MAX_LISTED_ROWS", ("lowering.combine", "lowering.evaluate"), 400, "so are tables"),
    Limit("FEW_LEAVES", ("lowering.evaluate",), 0, "functions of two leaves are of many"),
    Limit("MANY_TOLD_APART", ("lowering.evaluate",), 0, "contexts of many leaves are one"),
    Limit("MANY_LEVELS", ("lowering.evaluate",), 1, "numbers have many levels"),
    Limit("MANY_GATES", ("lowering.evaluate",), 1, "and many gates"),
    Limit("MAX_DENSE_ROWS", ("lowering.evaluate",), 10, "of which a few joint values are tried"),
    Limit("SAMPLE_OF_MEANS", ("facts.means",), 1, "means of fine numbers are not listed"),
    Limit("MAX_MEAN_MASK", ("facts.placed",), 0, "nor are those at computed places"),
    Limit("MAX_DENOMINATOR", ("facts.means",), 4, "nor are means of any but large steps"),
    Limit("MAX_IDEAL", ("facts.means",), 1, "decimals are taken as floats hold them"),
    Limit("MOST_STEPS_OF_FLOATS", ("facts.means",), 0, "what one key carries is a mean"),
    Limit("CLOSEST_MEANS", ("facts.sides",), 1e-3, "sides of close means are not asked"),
    Limit("BLOCK_OF_CONTEXTS", ("matrices",), 1, "and differences are counted for each"),
    Limit("BLOCK_OF_PAIRS", ("matrices",), 1, "pairs are counted row by row"),
    Limit("LARGEST_SUBTRACTED", ("matrices",), 2, "differences are of Python's integers"),
    Limit("FIRST_COLUMNS", ("facts.rows",), 2, "rows are compared at few places first"),
    Limit("MAX_JOINT_ROWS", ("lowering.curves",), 30, "no curve is of more"),
    Limit("MAX_JOINT_ROWS", ("lowering.places",), 3, "places that are sums are tabulated"),
    Limit("MOST_CASES", ("lowering.cases",), 3, "functions of few cases only"),
    Limit("MOST_PAIRS_OF_CASES", ("lowering.cases",), 6, "and of operands of few"),
    Limit("MOST_CASE_CELLS", ("lowering.cases",), 8, "and of leaves of few values"),
    Limit("MOST_CASE_CONDITIONS", ("lowering.cases",), 4, "and of few conditions"),
    Limit("CASES_OF_A_LEAF", ("lowering.chains", "lowering.computed"), 100, "cases may be many"),
    Limit("LONG_CHAIN", ("lowering.chains",), 2, "two updates are a long chain"),
    Limit("FEW_CHAINED_ROWS", ("lowering.chains",), 8, "of which little is computed together"),
    Limit("MOST_STATES", ("lowering.chains",), 2, "and which leaves two states behind"),
    Limit("MOST_COUNTED_APART", ("selection.complements",), 0, "complements count nothing"),
    Limit("WIDE_INEQUALITY", ("prepared",), 2, "what differs is counted by what is equal"),
    Limit("MOST_FAITHFUL_RANKS", ("prepared",), 2, "so it is where patterns are faithful"),
    Limit("LONG_PREFIXES", ("prepared",), 1, "all prefixes are long ones"),
    Limit("WORTH_DIGITS", ("least",), 2, "so are orders of which the best are read"),
    Limit("MAX_AXES", ("selection.combinations",), 2, "truth tables have two axes"),
    Limit("MOST_NAMED_PARTS", ("lowering.widths",), 0, "heads are not called after parts"),
    Limit("MAX_JOINED", ("lowering.unions",), 4, "few joint values are compared"),
    Limit("MAX_JOINED_ROWS", ("lowering.unions",), 4, "features are of few joint values"),
    Limit("MOST_PRODUCTS", ("selection.shared",), 2, "only small comparisons share products"),
    Limit("LEAST_SHARED", ("selection.shared",), 1, "comparisons share one product"),
    Limit("MAX_UNION_PRODUCTS", ("lowering.excluded",), 0, "no head counts what is excluded"),
    Limit("MAX_UNION_CELLS", ("lowering.excluded",), 2, "nor from more than two values"),
    Limit("MANY_EXCLUDED", ("lowering.excluded",), 1, "one condition is many that may not hold"),
    Limit("MOST_SPLIT", ("lowering.excluded",), 2, "they are split into two parts at most"),
    Limit("WORTH_SPLIT", ("lowering.excluded",), 0.0, "and always, where they can be"),
    Limit("WORTH_SPLIT", ("lowering.excluded",), 1e9, "or never"),
    Limit("LARGEST_SCORE", ("selection.factors",), 1, "large factors are those of codes"),
    Limit("MAX_CONNECTIVES", ("selection.clauses",), 1, "selectors have few parts"),
    Limit("LARGEST_RANK", ("lowering.best",), 9, "scores have few ranks"),
    Limit("MOST_RECOGNISED", ("differences",), 2, "few sums are recognised as integers"),
    Limit("LARGEST_AVERAGED", ("differences",), 3, "means of few sums are told apart"),
    Limit("MOST_FACTORS_OF_SUMS", ("differences",), 1, "comparisons are of few parts"),
    Limit(
        "MANY_SUMMED_ROWS",
        ("encoding.several", "lowering.conditions", "lowering.places"),
        0,
        "sums of few values are large ones",
    ),
    Limit("MOST_SUMMED_VALUES", ("lowering.by_difference",), 2, "differences have no list"),
    Limit("MOST_SUMMED_CELLS", ("lowering.by_difference",), 0, "nor is it known where which is"),
    Limit("MAX_OUTPUT_NODES", ("lowering.outputs",), 3, "outputs are small sums"),
    Limit("MAX_CONSTANT", ("lowering.outputs",), 2, "of small constants"),
    Limit("MAX_FORMULA", ("lowering.strings",), 3, "strings are put together of few"),
    Limit("MAX_LOGITS", ("lowering.readout",), 3, "three values have a logit each at most"),
    Limit("MOST_ONE_HOT", ("lowering.boxes", "lowering.parts"), 1, "parts are read as numbers"),
    Limit("MOST_SINGLE", ("lowering.readout",), 0, "few numbers are read one key at a time"),
    Limit("LEAST_ALIKE", ("lowering.separate",), 1, "keys of many kinds are compared by kind"),
    Limit("LONG_INPUTS", ("lowering.separate",), 0, "and at short inputs"),
    Limit(
        "MOST_NODES_IN_STEPS",
        (
            *("encoding.inner", "encoding.inner_conditions"),
            *("encoding.summed", "lowering.curves"),
        ),
        3,
        "parts of small expressions are looked at",
    ),
    Limit("WORTH_REDUCED", ("lowering.additive",), 0, "remainders are added up always"),
    Limit(
        "EXACT_IN_FLOAT64",
        ("facts.placed", "lowering.readout", "lowering.sides", "lowering.sums", "witness"),
        2,
        "hardly any number is exact",
    ),
    Limit("LARGEST_NUMERATOR", ("lowering.fractions",), 9, "fractions of small numbers only"),
    Limit(
        "LARGEST_TOTAL",
        ("facts.domains", "lowering.combine", "lowering.intervals"),
        9,
        "only small sums are followed as integers",
    ),
    Limit("LARGEST_ROUNDED", ("lowering.sums",), 2, "only small sums are rounded"),
    Limit("LARGEST_COMPARED", ("lowering.intervals",), 5, "integers in intervals are small"),
    Limit("FARTHEST_OFF", ("facts.domains",), 0.0, "and exact"),
    Limit("LARGEST_READ", ("lowering.numbers",), 2.0, "large numbers are read by their places"),
    Limit("DISTINCT", ("lowering.numbers", "lowering.tallies"), 1e9, "so are all numbers"),
    Limit("DISTINCT_FREE", ("lowering.numbers",), 1e9, "and those that need no neurons"),
    Limit("MANY_MEANS", ("lowering.sums",), 2, "sums of many means are computed"),
    Limit("MOST_TYPED_APART", ("lowering.zeros",), 0, "all zeros are of either sign"),
    Limit("MAX_LOW_UNITS", ("lowering.averages",), 1, "low parts are not added up"),
    Limit("LARGEST_BRANCH", ("lowering.branches",), 1.0, "numbers of branches are small"),
    Limit("LARGE_INTEGERS", ("lowering.by_difference",), 2, "differences of small numbers only"),
    *OF_NEURONS,
)


OF_TYPES = (Limit("MOST_MARKS", ("lowering.typed",), 0, "the rule for means says what is an int"),)
"""With this one a model is as exact as the rule for types is."""

OF_SOME_TYPES = (
    Limit("MOST_MARKS", ("lowering.typed",), 1, "so it does where a number takes two marks"),
    Limit("MANY_SUMMED_ROWS", ("lowering.typed",), 0, "so it does of what is computed of means"),
    Limit("MOST_TOLD_INTS", ("lowering.typed",), 0, "and of means of several ints"),
    Limit(
        "LARGEST_INTEGER",
        ("lowering.combine", "lowering.outputs", "lowering.typed"),
        9,
        "and of large integers",
    ),
)

OF_REWRITES = (
    Limit("LONG", ("closest",), 4, "the closest key is found digit by digit", "rasp.graph"),
    Limit("LONG", ("ranks",), 3, "the best of few ranks is asked of rank by rank", "rasp.graph"),
)
"""Of rewrites that the compiler and the proof both make: what is compiled with one of these lowered
is proved with it lowered."""

ALL = (*LIMITS, *OF_TYPES, *OF_SOME_TYPES, *OF_REWRITES)

_REFUSED = "beyond it a program is refused"
_SAME = "which numbers are the same is no limit: see the table of small numbers"
_ROUNDING = "what rounding costs, or the room for it, is no limit"

UNTRIED = {
    "MOST_OPERATIONS": _REFUSED,
    "MAX_PARAMETERS": _REFUSED,
    "MOST_TARGETS": _REFUSED,
    "MAX_MASK": _REFUSED,
    "MANY_POSITIONS": "a fact about inputs, not so with a smaller number",
    "ANY_NUMBER": "stands for a number that is not known",
    "LARGEST_FINITE": "a fact about floats: what is larger is none",
    "SHOWN_VALUES": "steers what the text of a stage shows, and no model",
    "LARGEST_SHOWN": "steers what directions are called, and no model",
    "REACH_DIGITS": "steers how the plan is written down",
    "NEARLY_A_GAP": "the weight of the first position, which the certificate checks",
    "SUM_LOG_WEIGHT": "the weight of the first position, which the certificate checks",
    "LONG_SUM_LOG_WEIGHT": "the weight of the first position, which the certificate checks",
    "MAGNIFICATION": "how much last bits are magnified: the inverse of another number",
    "FAR_FROM_ENDS": _ROUNDING,
    "ADDING_ERROR": _ROUNDING,
    "COPYING_ERROR": _ROUNDING,
    "PRODUCT_ERROR": _ROUNDING,
    "LAST_BIT_ERROR": _ROUNDING,
    "READING_ERROR": _ROUNDING,
    "READING_IN_FLOAT64": _ROUNDING,
    "CALM": _ROUNDING,
    "HARMLESS": _ROUNDING,
    "OFF_INTEGER": _ROUNDING,
    "LAST_BITS": _ROUNDING,
    "CANCELLED": _ROUNDING,
    "LARGE_CANCELLED": _ROUNDING,
    "CHOICE_MARGIN": _ROUNDING,
    "BOX_MARGIN": _ROUNDING,
    "SAME_CONTENT": _SAME,
    "SAME_FEATURE": _SAME,
    "SAME_IN_FLOAT32": _SAME,
    "SAME_MEANING": _SAME,
    "SAME_NEAR_ZERO": _SAME,
    "FINEST": _SAME,
    "FINEST_SUMMAND": _SAME,
    "RESOLUTION": _SAME,
    "SCATTER": _SAME,
    "FIT_TOLERANCE": _SAME,
    "CONSTANT_SPREAD": _SAME,
}
"""Numbers of `rasp.compiler.limits` that are not lowered, and why."""


def _of_the_proof(name: str, uses: Sequence[str], value: float, instead: str) -> Limit:
    return Limit(name, tuple(uses), value, instead, "rasp.meaning")


OF_THE_PROOF = (
    _of_the_proof("MANY_PAIRS", ("factors", "added"), 0, "heads are looked at in parts"),
    _of_the_proof("FEW_STATES", ("space", "linear", "neurons"), 2, "sums are taken as they are"),
    _of_the_proof("FEW_STATES", ("linear",), 2, "what reads sums is looked at by the sum"),
    _of_the_proof("FEW_STATES", ("neurons",), 0, "columns are added up before they are read"),
    _of_the_proof("MAX_STATES_COUNTED", ("facts",), 0, "keys are counted by side"),
    _of_the_proof("MAX_COUNTED", ("facts",), 0, "little is known of counts"),
    _of_the_proof("MAX_CELLS", ("neurons",), 3, "neurons are looked at in blocks"),
    _of_the_proof("CELLS_AT_ONCE", ("masks",), 1, "pairs of states are looked at row by row"),
    _of_the_proof("FEW_KINDS", ("parted",), 0, "scores of parts are not listed"),
    _of_the_proof("MOST_AVERAGED", ("placed",), 0, "means are not computed index by index"),
    _of_the_proof("MAX_MEANS", ("attended",), 3, "of means that are compared ends are listed"),
    _of_the_proof("MANY_PARTS", ("selectors",), 2, "conjunctions are looked at part by part"),
    _of_the_proof("MANY_ROWS", ("held",), 1, "numbers that are added are looked at alone"),
    _of_the_proof("MAX_MASK", ("products", "states"), 60, "less is known by index and length"),
    _of_the_proof("MAX_MASK", ("attended",), 20, "less is known of means by index and length"),
    _of_the_proof("MAX_MASK", ("linear",), 20, "less is known of sums by length"),
    _of_the_proof("MOST_DETAILED", ("attended",), 1, "and of means of what is carried"),
    _of_the_proof("MOST_COUNTED", ("sides",), 1, "keys are counted by side where pairs are many"),
    _of_the_proof("MOST_PAIRS", ("sides",), 1, "and a few are"),
    _of_the_proof("MOST_DETAILED", ("sides",), 1, "for each length alone"),
    _of_the_proof("NEAR_ATTENTIONS", ("space",), 0, "what is read is a quantity of its own"),
    _of_the_proof("MOST_WIDTHS", ("counted_by",), 1, "few widths are told to be others' rests"),
)
"""Limits of the proof of meaning: with none of them is it a proof of something else."""


@contextmanager
def lowered(limits: Sequence[Limit]) -> Iterator[None]:
    """Within, the compiler, or the proof, of the whole process has these limits."""
    before: list[tuple[object, str, object]] = []
    try:
        for limit in limits:
            for use in limit.uses:
                module = import_module(f"{limit.room}.{use}")
                before.append((module, limit.name, getattr(module, limit.name)))
                setattr(module, limit.name, limit.value)
        yield
    finally:
        for owner, name, value in reversed(before):
            setattr(owner, name, value)


def some_limits(seed: int, limits: Sequence[Limit] = LIMITS) -> list[Limit]:
    """Some of them, others for every seed: one, a few, or many at once."""
    draw = random.Random(seed)
    share = draw.choice((0.02, 0.1, 0.4))
    return [limit for limit in limits if draw.random() < share] or [draw.choice(limits)]

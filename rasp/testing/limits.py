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
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Limit:
    """uses: the modules that look at it, below the room; value: the lowered one; instead: what is
    done beyond the limit."""

    name: str
    uses: tuple[str, ...]
    value: float
    instead: str
    room: str = "rasp.compiler"

    def __str__(self) -> str:
        return f"{self.uses[0]}.{self.name} = {self.value}"


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
)


OF_TYPES = (Limit("MOST_MARKS", ("lowering.typed",), 0, "the rule for means says what is an int"),)
"""With this one a model is as exact as the rule for types is."""

OF_SOME_TYPES = (
    Limit("MOST_MARKS", ("lowering.typed",), 1, "so it does where a number takes two marks"),
    Limit("MANY_SUMMED_ROWS", ("lowering.typed",), 0, "so it does of what is computed of means"),
)

ALL = (*LIMITS, *OF_TYPES, *OF_SOME_TYPES)


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

"""The compiler with other limits: what it does at long lengths, done at short ones.

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

_COMPILER = "rasp.compiler"


@dataclass(frozen=True, slots=True)
class Limit:
    """uses: the modules that look at it, below `rasp.compiler`; value: the lowered one; instead:
    what is done beyond the limit."""

    name: str
    uses: tuple[str, ...]
    value: float
    instead: str

    def __str__(self) -> str:
        return f"{self.uses[0]}.{self.name} = {self.value}"


LIMITS = (
    Limit("MANY_ROWS", ("lowering.elementwise",), 0, "sums of counts are numbers of their own"),
    Limit("MAX_JOINT_ROWS", ("lowering.elementwise", "lowering.steps"), 12, "functions in steps"),
    Limit("MAX_JOINT_ROWS", ("lowering.elementwise",), 30, "operands are computed before"),
    Limit("_SAMPLE", ("lowering.steps",), 3, "guesses about one layer are worse"),
    Limit("MANY_ROWS", ("lowering.outputs",), 0, "sums are put together by the unembedding"),
    Limit("FEW_ROWS", ("lowering.outputs",), 0, "sums of several numbers are, too"),
    Limit("FEW_ROWS", ("lowering.places",), 0, "places are numbers where a few are compared"),
    Limit("FINE", ("lowering.numbers",), 0, "sums are read as fractions"),
    Limit("MANY_MEANS", ("lowering.numbers",), 2, "means are not listed"),
    Limit("MAX_ROWS", ("lowering.boxes",), 0, "outputs are tabulated"),
    Limit("FEW_BOXES", ("lowering.boxes",), 0, "outputs on several boxes are tabulated"),
    Limit("_MOST_CELLS", ("lowering.boxes",), 0, "boxes are not looked for in pairs"),
    Limit("_BLOCK_CELLS", ("lowering.boxes",), 1, "boxes are compared row by row"),
    Limit("MAX_CELLS", ("lowering.numbers",), 0, "values are not listed by context"),
    Limit("CLOSE", ("lowering.numbers",), 1e9, "values are told apart by context"),
    Limit("MAX_SCALE", ("lowering.numbers",), 0, "values are listed, not on a grid"),
    Limit("MAX_CONTEXTS", ("lowering.fractions",), 0, "fractions do not look at the context"),
    Limit("MAX_PAIRS", ("facts.means",), 10, "means are not listed"),
    Limit("MAX_SUMS", ("facts.means",), 0, "nor are those of numbers that are far apart"),
    Limit("MAX_VALUES", ("facts.means",), 10, "means are not listed"),
    Limit("MAX_MASK", ("facts.means",), 0, "means may be anything anywhere"),
    Limit("EXACT", ("facts.means",), 0, "means are computed with Python's integers"),
    Limit(
        "MAX_BOUND_CELLS", ("selection.selectors",), 0, "less is known of reads at a computed place"
    ),
    Limit("MOST_DETAILED", ("selection.selectors",), 0, "counts are known by length alone"),
    Limit("FAITHFUL_PRODUCTS", ("encoding.heads",), 0, "reads attend to one selected key"),
    Limit(
        "MAX_LOOKED_AT", ("selection.combinations",), 0, "selectors are split along the first axis"
    ),
    Limit("MOST_EXACT", ("selection.selectors",), 0, "equality is a code, no parabola"),
    Limit("MOST_SINGLE", ("selection.selectors",), 0, "equality of what is read is a code"),
    Limit("FEW_JOINED", ("lowering.unions",), 0, "disjunctions are products of comparisons"),
    Limit("MAX_PRODUCTS", ("lowering.unions",), 0, "disjunctions compare joint values"),
    Limit("MOST_FACTORS", ("lowering.unions",), 0, "disjunctions compare joint values"),
    Limit("LARGEST_SCORE", ("lowering.unions",), 1, "products of comparisons are of codes"),
    Limit("MAX_ORDERS", ("selection.combinations",), 1, "boxes are grown in one order"),
    Limit("MAX_VALUES", ("selection.orders",), 3, "few orders are proved"),
    Limit("MAX_JOINT", ("selection.orders",), 0, "no order is proved"),
    Limit("_MOST_CELLS", ("lowering.combine",), 0, "sums know nothing of the context"),
    Limit("_MOST_VALUES", ("lowering.combine",), 8, "few sums are numbers of their own"),
    Limit("_MOST_NODES", ("lowering.combine", "lowering.steps"), 3, "sums of few parts only"),
    Limit("MAX_ROWS", ("facts.domains",), 400, "combinations that cannot meet are listed"),
    Limit("MAX_BITS", ("lowering.operands",), 0, "values of a lower depth are kept whole"),
    Limit("_WORTH", ("selection.digits",), 2, "all orders are taken apart into digits"),
    Limit("_MOST", ("encoding.spans",), 0, "features are held one by one"),
    Limit("MAX_EVALUATIONS", ("encoding.features",), 0, "the reach of neurons is unknown"),
    Limit("BLOCK_ROWS", ("encoding.features",), 2, "tables are looked at in small blocks"),
    Limit("MANY_NEURONS", ("encoding.neurons",), 0, "one number is made categorical before"),
    Limit("WORTH_A_SUBLAYER", ("encoding.neurons",), 0.2, "extra sublayers are welcome"),
    Limit("CHEAP", ("synthesis",), 0, "every construction is tried"),
    Limit("FEW", ("synthesis",), 2, "conjunctions are tried last"),
    Limit("LARGE_TABLE", ("synthesis",), 0, "the first construction is good enough"),
    Limit("OF_ONE_NUMBER", ("synthesis",), 1e9, "staircases are preferred to pieces"),
    Limit("MAX_TENSOR", ("synthesis.cubes",), 0, "no conjunctions"),
    Limit("MAX_CELLS", ("synthesis.products",), 0, "no products"),
    Limit("MAX_RADIX", ("synthesis.projections",), 0, "numbers are not put together"),
    Limit("_SAMPLE", ("synthesis.two_sums",), 3, "guesses about two sums are worse"),
    Limit("_MOST_PAIRS", ("synthesis.two_sums",), 1, "few pairs of sums are tried"),
    Limit("_MOST_FITS", ("synthesis.pieces",), 0, "no pieces"),
    Limit("_FEW_VALUES", ("synthesis.pieces",), 1, "few gates"),
    Limit("_HOPELESS", ("synthesis.pieces",), 0, "gates are given up early"),
    Limit("MANY_VALUES", ("synthesis.table", "synthesis.pieces"), 2, "multiples are fitted only"),
    Limit("MANY_STEPS", ("lowering.counts",), 1, "products of counts are linear in them"),
    Limit("BLOCK_ROWS", ("facts.rows",), 1, "rows are compared one by one"),
)


@contextmanager
def lowered(limits: Sequence[Limit]) -> Iterator[None]:
    """Within, the compiler has these limits.  It is the compiler of the whole process that has."""
    before: list[tuple[object, str, object]] = []
    try:
        for limit in limits:
            for use in limit.uses:
                module = import_module(f"{_COMPILER}.{use}")
                before.append((module, limit.name, getattr(module, limit.name)))
                setattr(module, limit.name, limit.value)
        yield
    finally:
        for owner, name, value in reversed(before):
            setattr(owner, name, value)


def some_limits(seed: int) -> list[Limit]:
    """Some of them, others for every seed: one, a few, or many at once."""
    draw = random.Random(seed)
    share = draw.choice((0.02, 0.1, 0.4))
    return [limit for limit in LIMITS if draw.random() < share] or [draw.choice(LIMITS)]

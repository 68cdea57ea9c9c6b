"""Limits of encoding and synthesis with other values: how neurons are found, and in which layers.

`rasp.testing.limits` has those of what comes before, and what they are for.
"""

from __future__ import annotations

from rasp.testing.limit import Limit

OF_NEURONS = (
    Limit("MANY_CASE_ROWS", ("synthesis.staircase",), 0, "large staircases are searched less"),
    Limit("CHEAP", ("encoding.summed",), 0, "nothing that is summed is cheap"),
    Limit("CHEAP", ("encoding.rounds", "encoding.several"), 300, "parts may take many neurons"),
    Limit("FEW_CONJUNCTIONS", ("encoding.by_curve",), 0, "curves are looked for always"),
    Limit("FEW_CONJUNCTIONS", ("encoding.inner_conditions",), 9, "conditions have to be cheap"),
    Limit("FEW_CONJUNCTIONS", ("encoding.sublayers",), 0, "large functions are never one sum"),
    Limit(
        "MANY_CONJUNCTIONS",
        ("synthesis", "synthesis.constructions"),
        6,
        "staircases and pieces of few neurons only",
    ),
    Limit(
        "MANY_NEURONS",
        (
            *("encoding.at_once", "encoding.by_curve", "encoding.ended", "encoding.inner"),
            *("encoding.inner_conditions", "encoding.rounds", "encoding.several"),
            *("encoding.sublayers", "encoding.summed"),
        ),
        8,
        "sublayers are of few neurons",
    ),
    Limit(
        "MANY_FEATURE_NEURONS",
        ("encoding.inner", "encoding.sublayers"),
        0,
        "numbers are looked for that cheap functions depend on",
    ),
    Limit("MANY_FEATURE_NEURONS", ("encoding.several",), 3, "parts are small"),
    Limit("MANY_FEATURE_NEURONS", ("encoding.rounds",), 9, "the last step is small"),
    Limit("MANY_AT_ONCE", ("encoding.inner_conditions", "encoding.sublayers"), 0, "so are steps"),
    Limit(
        "WORTH_A_SUBLAYER",
        (
            *("encoding.by_curve", "encoding.by_number", "encoding.inner"),
            *("encoding.inner_conditions", "encoding.rounds", "encoding.several"),
            "encoding.sublayers",
        ),
        0.2,
        "so are steps before functions, however they are found",
    ),
    Limit("LARGEST_COEFFICIENT", ("encoding.bases", "encoding.spans"), 1.0, "small multiples"),
    Limit(
        "MAX_TENSOR",
        ("synthesis.levels", "synthesis.quorums", "synthesis.sums_of_pairs"),
        0,
        "no levels, quorums or sums of functions of two",
    ),
    Limit("MOST_BOXED_CELLS", ("synthesis.levels", "synthesis.quorums"), 30, "small boxes"),
    Limit("MOST_FAILED_FITS", ("synthesis.pieces",), 0, "one fit that fails is the last"),
    Limit("MOST_FITTED_CELLS", ("synthesis.sums_of_pairs",), 0, "no functions of sums of two"),
    Limit(
        "FEW_INNER_LEAVES",
        ("encoding.inner", "encoding.inner_conditions", "encoding.several"),
        1,
        "functions of one leaf are put together, too",
    ),
    Limit("MOST_INNER_NUMBERS", ("encoding.inner",), 1, "one number is tried"),
    Limit("MOST_INNER_CONDITIONS", ("encoding.inner_conditions",), 1, "one condition is taken"),
    Limit("CLOSE_TO_CURVE", ("encoding.by_curve",), 0.01, "curves are followed closely"),
    Limit("MOST_BESIDE_CURVE", ("encoding.by_curve",), 1, "nothing stands beside two numbers"),
    Limit("MOST_SUMMANDS", ("encoding.summed",), 2, "sums of two"),
    Limit(
        "MANY_SEARCHED_ROWS",
        ("encoding.inner_conditions", "encoding.sublayers", "encoding.summed"),
        0,
        "of all functions it is looked first what they are made of",
    ),
    Limit("FINEST_PART", ("encoding.several",), 1, "parts are integers"),
    Limit("MOST_PARTS_TRIED", ("encoding.several",), 2, "two parts are tried"),
    Limit("MOST_HOPELESS", ("encoding.rounds", "encoding.several"), 0, "one costly one is enough"),
    Limit("MOST_PARTS_BEFORE", ("encoding.several",), 1, "one part before the function"),
    Limit("MOST_STEPS_OF_A_LEVEL", ("blocks", "encoding.rounds"), 2, "two steps before it"),
    Limit("FEW_STEP_ROWS", ("encoding.rounds",), 8, "steps are of few joint values"),
    Limit("MOST_ROWS_AT_ONCE", ("encoding.at_once",), 0, "two functions are never one"),
    Limit("LARGEST_TIED", ("synthesis.ties",), 20, "sums with their ties are small"),
    Limit("MOST_DIGITS_OF_TIES", ("synthesis.ties",), 1, "one digit decides"),
    Limit("MOST_TIED_SUMS", ("synthesis.ties",), 1, "of one sum"),
    Limit("SAMPLE_OF_TIES", ("synthesis.ties",), 2, "guesses at digits are worse"),
    Limit("FEW_LEVELS_OF_SUMS", ("synthesis.two_sums",), 0, "two sums have to be better"),
    Limit("MOST_ROUNDS", ("synthesis.two_sums",), 1, "levels are settled in one round"),
    Limit(
        "LARGE_INTEGERS",
        ("encoding.by_number", "encoding.expressions", "encoding.inner"),
        2,
        "numbers that others are made of are small",
    ),
    Limit("LARGE_INTEGERS", ("synthesis.table",), 2, "integers are fitted absolutely"),
    Limit("MOST_PRODUCTS", ("encoding.heads",), 12, "heads are of few products"),
    Limit("MAX_NEURONS", ("encoding.neurons",), 12, "functions of many neurons are refused"),
)

"""Conditions of what is put out: types of means, sums put together, conditions counted, boxes.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, IS_B, SEEN, UNTYPED, A, B, guard

_SUMS = ("lowering.outputs.FEW_OUTPUT_ROWS = 0", "lowering.outputs.MANY_OUTPUT_ROWS = 0")
_MEAN = "result = average(tokens_int);"
_HALVES = f"result = selector_width({A}) / 2 + selector_width({B}) / 2;"
_LARGE = (1699999998, 1700000002, 1699999997)
_NOWHERE = "select(indices, 99, ==)"
_SAME_AS_FIRST = 'result = "x" if tokens == tokens[0] else "y";'

TYPES = (
    guard(
        "lowering.averages:last-bits",
        "low = _low_part(lowering, mean) if mean.blurred else None",
        "low = None",
        "numbers that are taken for fractions have last bits of their own",
        "result = average(tokens_int / 3);",
        "012",
    ),
    guard(
        "lowering.averages:ints-and-floats",
        "if not floats and (narrow or (averaged and most == 1)):",
        "if narrow or (averaged and most == 1):",
        "where a float is averaged, a whole mean may be one",
        'result = average(1 if tokens == "a" else 0.0);',
        "ab",
        3,
    ),
    guard(
        "lowering.parts:strings",
        "np.array([value == one for value in values], dtype=float)",
        "np.ones(len(values))",
        "each string has a logit of its own",
        "result = average(tokens_int) if length == 2 else tokens;",
        "013",
        3,
    ),
    guard(
        "lowering.numbers:untold-types",
        "if readout.by_rule and not may_be_open(root):",
        "if False:",
        "types are left to the rule for means only where it says something of them",
        "result = abs(average(tokens_int));",
        "013",
        3,
        limits=("lowering.outputs.MAX_FORMULA = 3", *UNTYPED),
        refused=True,
    ),
    guard(
        "lowering.elementwise:told-types",
        "if variable.untyped and not doubts.untyped:",
        "if variable.untyped:",
        "what is computed of a number that is an int or a float may be either, too",
        'm = aggregate(select(indices, indices, <), tokens_int, "none");'
        ' result = abs(0 if m == "none" else m);',
        "013",
        4,
        limits=("lowering.outputs.MAX_FORMULA = 3", *UNTYPED),
        refused=True,
    ),
    guard(
        "lowering.averages:neighbours",
        "narrow = bool(averaged) and max(averaged) - min(averaged) <= 1",
        "narrow = bool(averaged)",
        "a whole mean of 1 and 3 is a float",
        _MEAN,
        "013",
        3,
    ),
    guard(
        "lowering.averages:one-key",
        "if most == 1 and mean.is_listed:",
        "if mean.is_listed:",
        "a mean over several keys need not be what it is over one",
        _MEAN,
        "013",
        3,
    ),
    guard(
        "lowering.averages:floats-alone",
        "if mean.carried and not any(isinstance(atom, int) for atom in atoms):",
        "if mean.carried:",
        "where an int is averaged, a whole mean may be one",
        _MEAN,
        "013",
        3,
    ),
    guard(
        "lowering.averages:floats-are-apart",
        "+ isinstance(atom, float)",
        "",
        "what tells types tells 1.0 from 1",
        'result = average(1.0 if tokens == "a" else (3 if tokens == "b" else 0));',
        "abc",
        3,
    ),
    guard(
        "lowering.averages:spread-of-one-key",
        "if not isinstance(mean, Mean) or max(possible_counts(read.limits), default=1) > 1:",
        "if not isinstance(mean, Mean):",
        "what is beside means tells types where one of them is read, and not of their mean",
        "m = aggregate(select(indices, indices - 1, ==) or select(indices, indices - 2, ==),"
        " tokens_int, 1.0);\nresult = aggregate(select(indices, indices, <=), m);",
        "12",
        6,
        limits=UNTYPED,
    ),
    guard(
        "lowering.averages:how-far-apart",
        "apart = min(gap * gap, 1.0) / most",
        "apart = 4.0",
        "a spread is divided by the number of keys, as a mean is",
        _MEAN,
        "013",
        3,
    ),
)

READ = (
    guard(
        "lowering.sums:mean-itself",
        "if not isinstance(mean, Mean) or mean.node is not averaged or",
        "if not isinstance(mean, Mean) or",
        "a count times a function of a mean is no sum",
        f"result = round(selector_width({A}) * (aggregate({A}, indices) + 1));",
    ),
    guard(
        "lowering.readout:numbers",
        "if not all(type(value) in (int, float) for value in present):",
        "if False:",
        "strings are told by a logit each",
        'result = {"a": 1, "b": "x"}[tokens];',
    ),
    guard(
        "lowering.readout:number-itself",
        "isinstance(leaves[0], Scalar) and leaves[0].node is root:",
        "isinstance(leaves[0], Scalar):",
        "a function of a count is not put out as that count",
        f"result = selector_width({A}) % 2;",
    ),
    guard(
        "lowering.readout:mean-itself",
        "if isinstance(leaves[0], Mean) and leaves[0].node is root:",
        "if isinstance(leaves[0], Mean):",
        "nor a function of a mean as that mean",
        f"result = round(aggregate({SEEN}, tokens_int));",
        "01",
    ),
)

PARTS = (
    guard(
        "lowering.outputs:all-integers",
        "exact = abs(constant) + sum(bounds) < LARGEST_INTEGER and len(bounds) == len(sizes)",
        "exact = True",
        "a sum is an integer if all of its parts are",
        f"result = selector_width({A}) + aggregate({SEEN}, {IS_B});",
        limits=_SUMS,
    ),
    guard(
        "lowering.outputs:integer-formula",
        "if exact and _is_integer(formula) and not products:",
        "if exact and not products:",
        "and if nothing is done to them that makes others",
        _HALVES,
        limits=_SUMS,
    ),
    guard(
        "lowering.outputs:no-division",
        'name != "divide" and (name',
        "(name",
        "such as dividing them",
        _HALVES,
        limits=_SUMS,
    ),
    guard(
        "lowering.outputs:integer-constants",
        '(name != "constant" or type(argument) is int)',
        "True",
        "or adding a constant that is none",
        f"result = selector_width({A}) + selector_width({B}) + 0.5;",
        limits=_SUMS,
    ),
    guard(
        "lowering.parts:integer-values",
        'readout.kind != "numeric" or not all(type(value) is int for value in readout.values)',
        'readout.kind != "numeric"',
        "or a function that has others",
        f'result = selector_width({A}) + (0.5 if tokens == "b" else 0);',
        limits=_SUMS,
    ),
    guard(
        "lowering.outputs:one-connective",
        "if joined in (None, conjunction):",
        "if True:",
        "an alternative within a conjunction is one condition",
        f"result = selector_width({A}) > 1 and (selector_width({B}) > 0 or indices > 2);",
    ),
    guard(
        "lowering.outputs:negated-connective",
        'conjunction = (operator == "and") != negated',
        'conjunction = operator == "and"',
        "a negated conjunction is an alternative",
        f"result = not (selector_width({A}) > 1 and selector_width({B}) > 0);",
    ),
    guard(
        "lowering.outputs:one-is-enough",
        "return list(conditions), joined is not False",
        "return list(conditions), True",
        "and needs one condition, not all",
        f"result = selector_width({A}) > 1 or selector_width({B}) > 0;",
    ),
    guard(
        "lowering.outputs:what-is-put-together",
        "lowering.adopt(attempt)\n    lowering.summed.update(put_together)",
        "lowering.adopt(attempt)\n    lowering.summed.update(subtle)",
        "what no part of the result is made of fails where it fails",
        f"m = average(tokens_int); result = m / (1 + aggregate({_NOWHERE}, m / (indices - 1), 5));",
        "124",
        3,
    ),
    guard(
        "lowering.typed:parts-of-unknown-type",
        "if by_rule and (largest >= LARGEST_INTEGER or zero_is_open(readout)):",
        "if by_rule and zero_is_open(readout):",
        "beyond 2^53 an int and a float that are equal make different numbers",
        "x = aggregate(select(tokens, tokens, ==), average(tokens_asis) + 1);"
        " result = x * x - tokens_asis * tokens_asis;",
        _LARGE,
        2,
        limits=UNTYPED,
        refused=True,
    ),
    guard(
        "lowering.parts:means-of-unknown-type",
        "farthest=farthest(leaf) if isinstance(leaf, Mean) else inf",
        "farthest=0.0",
        "a mean whose values are not listed may be large as well",
        "m = aggregate(select(tokens, tokens, ==), average(tokens_asis) * (indices + 1));"
        " result = m * 3002399751580331;",
        (3, 5, 7),
        3,
        limits=UNTYPED,
        refused=True,
    ),
    guard(
        "lowering.boxes:class-for-each-value",
        "return count_rows(classes, len(sides[0])) == len(sides[0])",
        "return True",
        "two values that share all classes share a box",
        _SAME_AS_FIRST,
    ),
    guard(
        "lowering.boxes:one-box-for-each-row",
        "if int(np.count_nonzero(inside)) != len(block)"
        " or (inside & (inside - np.uint64(1))).any():",
        "if False:",
        "where boxes meet, two logits win",
        _SAME_AS_FIRST,
    ),
    guard(
        "lowering.unions:product-of-features",
        "values = values * known[variable][place]",
        "values = known[variable][place]",
        "a product of comparisons is a product of all of their features",
        f"result = aggregate(select(tokens, tokens, ==) or {BEFORE}, indices);",
        limits=("lowering.unions.FEW_JOINED = 0",),
    ),
)

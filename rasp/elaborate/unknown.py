"""A name that is not defined -> what was probably meant: a name nearby, or one of another language.

Code in a hint stands between backticks; the tests run it and see that it means what the hint says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rasp.syntax.words import DRAW, FORMS, LIBRARY, LOAD

_MODULES = "there are no modules: functions stand alone, as in `sort(tokens, tokens)`"
_NO_EMPTY_VALUE = 'there is no empty value; a default may be a string of your choice, as `"-"`'
_NO_BRANCH = "a choice is an expression: `a if condition else b`"
_EACH = "an operator applies at each position: `x + 1`"
_BEFORE = 'the value one position before is `shift(x, 1, "-")`'
_TABLE = 'a function of tokens is a dict: `{"a": 1, "b": 2}[tokens]`'

_FORMS = {
    "select": "`select(tokens, tokens, ==)`",
    "aggregate": "`aggregate(full_s, indices)`",
    "round": "`round(x)`",
    "indicator": "`indicator(x)`",
    "len": "`len([1, 2])`",
    "range": "`range(3)`",
    "zip": "`zip([1, 2], [3, 4])`",
}
"""How the words are used that are names only where something is bound to them."""

FOREIGN = {
    # Python
    "print": "the value of a statement is shown: `x;`",
    "int": "the tokens as integers are `tokens_int`; a number without its fraction is `div(x, 1)`",
    "float": "the tokens as floats are `tokens_float`; a float of any number is `x / 1`",
    "str": "the tokens as strings are `tokens_str`; other values are looked up: "
    '`["0", "1", "2"][x]`',
    "bool": "the tokens as truth values are `tokens_bool`; of any value it is `not (not x)`",
    "list": "a list is written `[1, 2]`; an s-op is none",
    "tuple": "a list is written `[1, 2]`",
    "set": "a list is written `[1, 2]`",
    "dict": 'a dict is written `{"a": 1}`',
    "any": "whether a condition holds anywhere is `contains(condition, True)`",
    "all": "whether a condition holds everywhere is `not contains(condition, False)`",
    "sorted": "it is `sort(tokens, tokens)`, the second argument being the key",
    "reversed": "it is `tokens[length - 1 - indices]`",
    "reverse": "it is `tokens[length - 1 - indices]`",
    "enumerate": "the numbers beside items are `zip(range(len(items)), items)`",
    "map": f"of lists it is `[f(x) for x in items]`; of s-ops: {_EACH}",
    "filter": "of lists it is `[x for x in items if x > 1]`",
    "pow": "it is `x ^ 2`",
    "divmod": "the two are `div(x, 3)` and `x % 3`",
    "floor": "it is `div(x, 1)`",
    "ceil": "it is `-div(-x, 1)`",
    "sqrt": "it is `x ^ 0.5`",
    "mean": "over all positions it is `average(x)`, over some `aggregate(selector, x)`",
    "softmax": "nothing is weighted: `aggregate(selector, x)` is the mean of what is selected",
    "cumsum": "the sum so far is `aggregate(select(indices, indices, <=), x) * (indices + 1)`",
    "prev": _BEFORE,
    "previous": _BEFORE,
    "next": 'the value one position later is `shift(x, -1, "-")`',
    "default": "a default is an atom of your choice: `aggregate(selector, x, 0)`",
    "ord": _TABLE,
    "chr": '`["a", "b"][x]` is the letter of a number',
    "upper": _TABLE,
    "lower": _TABLE,
    "input": "the input is `tokens`",
    "type": "s-ops have no types",
    "isinstance": "s-ops have no types",
    "eval": "there is no text at run time",
    "lambda": "functions have names: `def f(x) { return x + 1; }`",
    "pass": "an empty body may hold a comment",
    "while": "a loop goes through a list: `for i in range(3) { x = i; }`",
    "break": "loops go through all items; a filter is `[x for x in items if x > 1]`",
    "continue": "loops go through all items; a filter is `[x for x in items if x > 1]`",
    "elif": _NO_BRANCH,
    "then": _NO_BRANCH,
    "None": _NO_EMPTY_VALUE,
    "null": _NO_EMPTY_VALUE,
    "nil": _NO_EMPTY_VALUE,
    "none": _NO_EMPTY_VALUE,
    "nan": _NO_EMPTY_VALUE,
    "undefined": _NO_EMPTY_VALUE,
    "true": "it is written `True`",
    "false": "it is written `False`",
    "T": 'truth is written `True`, the letter `"T"`',
    "F": 'untruth is written `False`, the letter `"F"`',
    "math": _MODULES,
    "np": _MODULES,
    "numpy": _MODULES,
    "torch": _MODULES,
    "rasp": _MODULES,
    "xor": "it is `a != b`",
    # the paper, Tracr and RASP-L
    "Map": _EACH,
    "SequenceMap": "operators take two s-ops: `x + y`",
    "tok_map": _EACH,
    "seq_map": "operators take two s-ops: `x + y`",
    "SelectorWidth": "it is `selector_width(selector)`",
    "sel_width": "it is `selector_width(selector)`",
    "SelectAll": "it is `full_s`",
    "select_all": "it is `full_s`",
    "full": "it is `full_s`",
    "Comparison": "the comparison of a selector is an operator: `select(tokens, tokens, ==)`",
    "numerical": "nothing is said about encodings: the compiler chooses them",
    "categorical": "nothing is said about encodings: the compiler chooses them",
    "where": _NO_BRANCH,
    "kqv": "it is `aggregate(select(key, query, ==), value, default)`",
    "aggr_mean": "it is `aggregate(selector, value, default)`",
    "aggr_max": "it is `fetch(best(selector, value), value, 0)`",
    "aggr_min": "it is `fetch(best(selector, -value), value, 0)`",
    "select_closest": "the closest to the left is `last(selector and select(indices, indices, <))`",
    "leftmost": "it is `first(selector)`",
    "rightmost": "it is `last(selector)`",
    "latest": "it is `last(selector)`",
    "nearest": "the nearest to the left is `last(selector and select(indices, indices, <))`",
    "earlier": "the positions to the left are `select(indices, indices, <)`",
    "later": "the positions to the right are `select(indices, indices, >)`",
    "has_prev": "whether a value came before is "
    "`selector_width(select(x, x, ==) and select(indices, indices, <)) > 0`",
    "argmax": "the position of the largest is `fetch(first(best(full_s, value)), indices)`",
    "argmin": "the position of the smallest is `fetch(first(best(full_s, -value)), indices)`",
    "histogram": "it is `selector_width(select(tokens, tokens, ==))`",
    "hist": "it is `selector_width(select(tokens, tokens, ==))`",
    "position": "the positions are `indices`",
    "index": "the positions are `indices`",
    "idx": "the positions are `indices`",
    "positions": "the positions are `indices`",
    "pos": "the positions are `indices`",
    "seq": "the input is `tokens`",
    "sequence": "the input is `tokens`",
    "n": "the number of tokens is `length`",
}
"""Names that other languages and papers have."""


OF_ONE = {
    "max": "it is max(a, b); the largest of all positions is `fetch(best(full_s, x), x)`",
    "min": "it is min(a, b); the smallest of all positions is `fetch(best(full_s, -x), x)`",
}
"""Functions of the library that other languages give one sequence."""


_MOST_BY_PART, _SHORT = 3, 2
_TAKES_NO_TEXT = re.compile(rf"\b(?:{'|'.join([*FORMS, DRAW, *LIBRARY])})\s*\($")
_SET_EXAMPLE = re.compile(r"\s*set\s+((s-op|selector)\s+)?example\s+$")


def hint_on(
    name: str, known: Iterable[str], before: str | None = None, following: str = ""
) -> str | None:
    """What to write instead of a name that is not among the known ones.

    before and following: the line's text around the name; None where it stands alone.
    """
    if following.lstrip().startswith("<-"):
        return "a name is set by '=', as in `x = 3;`"
    known = [*known, *FORMS]
    if name == LOAD:
        return 'another program is loaded by `load "file";`'
    if name in FORMS:
        return f"it is not a value by itself: {_FORMS[name]}"
    if name == "out":
        return "'out' is the value of the last statement; there is none yet"
    same = [other for other in known if other.lower() == name.lower()]
    if name in FOREIGN and not same:
        return FOREIGN[name]
    from difflib import get_close_matches  # takes longer to import than all of this

    near = same or get_close_matches(name, known, n=3, cutoff=0.7)
    if (
        not near and len(name) > _SHORT
    ):  # a word of a name of several, such as the width of selector_width
        parts = [other for other in known if name.lower() in other.lower().split("_")]
        near = parts if len(set(parts)) <= _MOST_BY_PART else []
    if near:
        return "did you mean " + " or ".join(f"'{other}'" for other in dict.fromkeys(near)) + "?"
    if name in FOREIGN:
        return FOREIGN[name]
    alone = (
        before is not None
        and before.endswith("(")
        and following.startswith(")")
        and not _TAKES_NO_TEXT.search(before)
    )
    if alone or (before is not None and _SET_EXAMPLE.fullmatch(before)):
        return f'text stands in quotes: "{name}"'
    if before is not None and not before.strip() and following.lstrip().startswith("=="):
        return "a name is set by a single '=', as in `x = 3;`"
    return None

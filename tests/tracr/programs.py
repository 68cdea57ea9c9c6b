"""Programs in Tracr's classes, each with a vocabulary and a length: all that the importer knows.

They are written for either module with these classes, Tracr's own or `stand_ins`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rasp.graph.nodes import Atom

EXPECTED = Path(__file__).with_name("expected.jsonl")
TOLERANCE = 1e-9  # Tracr adds floats in the order of positions

LETTERS = ["a", "b", "c"]
NUMBERS = [0, 1, 2, 3]
WORDS = ["ab", "ba", "abc", "cab", "a", ""]

Programs = dict[str, tuple[Any, Sequence[Atom], int]]


def programs(module: str) -> Programs:
    """Name -> program, vocabulary, length.  module: the one to take the classes from."""
    t = import_module(module)
    return {**_numbers(t), **_nones(t), **_functions(t), **_predicates(t), **_constants(t)}


def agree(found: Sequence[Atom], wanted: Sequence[Any]) -> bool:
    """Equal values, and one atom that is no other value where Tracr has None."""
    if len(found) != len(wanted):
        return False
    nones = {a for a, b in zip(found, wanted, strict=True) if b is None}
    others = [(a, b) for a, b in zip(found, wanted, strict=True) if b is not None]
    if len(nones) > 1 or any(a in nones for a, _ in others):
        return False
    return all(_close(a, b) for a, b in others)


def _close(found: Atom, wanted: Any) -> bool:
    if isinstance(found, str) or isinstance(wanted, str):
        return bool(found == wanted)
    return bool(abs(found - wanted) <= TOLERANCE * max(1, abs(wanted)))


def _all(t: Any) -> Any:
    return t.Select(t.tokens, t.tokens, t.Comparison.TRUE)


def _before(t: Any) -> Any:
    return t.Select(t.indices, t.indices, t.Comparison.LT)


def _shifted(t: Any, sop: Any, n: int, default: Any = None) -> Any:
    return t.Aggregate(t.Select(t.indices, t.indices, lambda k, q: k + n == q), sop, default)


def _numbers(t: Any) -> Programs:
    """Counts and means."""
    n = t.SelectorWidth(_all(t)).named("n")
    is_a = t.numerical(t.tokens == "a").named("is_a")
    up_to = t.Select(t.indices, t.indices, t.Comparison.LEQ)
    share = t.numerical(t.Aggregate(up_to, is_a, default=0)).named("share of a")
    shares_of_b = t.numerical(t.Aggregate(up_to, t.numerical(t.tokens == "b"), default=0))
    key = t.SequenceMap(lambda x, i: x + i / 10, t.tokens, t.indices)
    rank = t.SelectorWidth(t.Select(key, key, t.Comparison.LT))
    mean = t.Aggregate(_all(t), t.numerical(t.Map(lambda x: x, t.tokens)))
    return {
        "n": (n, LETTERS, 5),
        "reverse": (
            t.Aggregate(t.Select(t.indices, n - 1 - t.indices, t.Comparison.EQ), t.tokens),
            LETTERS,
            5,
        ),
        "same": (t.SelectorWidth(t.Select(t.tokens, t.tokens, t.Comparison.EQ)), LETTERS, 5),
        "sort": (t.Aggregate(t.Select(rank, t.indices, t.Comparison.EQ), t.tokens), NUMBERS, 4),
        "share": (share, LETTERS, 5),
        "lead": (t.numerical(t.LinearSequenceMap(share, shares_of_b, 1, -1)), LETTERS, 5),
        "weighted": (t.numerical(t.LinearSequenceMap(share, shares_of_b, 2, 0.5)), LETTERS, 4),
        "leads": ((t.LinearSequenceMap(share, shares_of_b, 1, -1) > 0) & (share < 1), LETTERS, 5),
        "mean": (mean, NUMBERS, 4),
        "above mean": (t.SequenceMap(lambda x, m: x > m, t.tokens, mean), NUMBERS, 4),
        "truths before": (t.Aggregate(_before(t), t.tokens == "a"), LETTERS, 5),
        "any before": (~(t.Aggregate(_before(t), t.tokens == "a", default=False) == 0), LETTERS, 4),
    }


def _nones(t: Any) -> Programs:
    """None: where nothing is selected, and what becomes of it."""
    last = _shifted(t, t.tokens, 1).named("last")
    after = _shifted(t, t.tokens, -1).named("next")
    return {
        "shifted": (_shifted(t, t.tokens, 2), LETTERS, 5),
        "shifted numbers": (_shifted(t, t.tokens, 1), [-2, 0, 5], 4),
        "arithmetic": (t.Map(lambda x: 10 * x + 1, last), NUMBERS, 4),
        "truths": (last == "a", LETTERS, 4),
        "between": (t.SequenceMap(lambda x, y: x + y, last, after), NUMBERS, 4),
        "words": (t.SequenceMap(lambda x, y: x + y, last, after), LETTERS, 4),
        "pattern": ((_shifted(t, t.tokens == "a", 1)) & (t.tokens == "b"), LETTERS, 5),
        "made": (t.Map(lambda x: None if x == 2 else x, t.tokens), NUMBERS, 3),
        "made twice": (
            t.Map(lambda x: x + 1, t.Map(lambda x: None if x == 2 else x, t.tokens).named("some")),
            NUMBERS,
            3,
        ),
        "with default": (_shifted(t, t.tokens, 1, default="-"), LETTERS, 4),
        "compared": (
            t.SelectorWidth(t.Select(last, t.tokens, lambda k, q: k == q)),
            LETTERS,
            4,
        ),
        "no None": (_shifted(t, t.tokens, 1), ["None", "a"], 3),
        "constant": (t.Map(lambda x: None, t.tokens), LETTERS, 2),
        "many": (
            t.SequenceMap(lambda x, y: x * y - 3, _shifted(t, t.tokens, 1), t.tokens),
            list(range(12)),
            3,
        ),
    }


def _functions(t: Any) -> Programs:
    """Functions of Python of all kinds."""
    pair = t.SequenceMap(lambda x, i: (x, i), t.tokens, t.indices)
    triple = t.SequenceMap(lambda p, i: (*p, i), pair, t.indices)
    letters = t.Map(lambda word: tuple(sorted(word)), t.tokens).named("letters")
    return {
        "cases": (
            t.SequenceMap(
                lambda x, i: (
                    "low" if x < 1 and i > 0 else ("mid" if x in (1, 2) or not i else "high")
                ),
                t.tokens,
                t.indices,
            ),
            NUMBERS,
            3,
        ),
        "larger": (t.SequenceMap(max, t.tokens, t.indices), NUMBERS, 4),
        "types": (
            t.Map(
                lambda x: "text" if isinstance(x, str) else ("none" if x is None else x * 2),
                t.tokens,
            ),
            NUMBERS,
            2,
        ),
        "as text": (t.Map(lambda x: f"{x}!", t.tokens), NUMBERS, 2),
        "methods": (t.Map(lambda word: word.upper()[::-1], t.tokens), WORDS, 2),
        "halves": (t.Map(lambda x: x // 2, t.tokens), list(range(-3, 9)), 2),
        "digits": (t.SequenceMap(lambda x, y: int(f"{x}{y}"), t.tokens, t.indices), NUMBERS, 3),
        "guarded": (
            t.SequenceMap(lambda x, y: x / y if y else -1, t.tokens, t.indices),
            NUMBERS,
            3,
        ),
        "fails": (t.SequenceMap(lambda x, y: x / y, t.indices, t.tokens), NUMBERS, 3),
        "n-ary": (t.Map(lambda args: args[0] * args[1] - args[2], triple), NUMBERS, 4),
        "tuples": (t.Map(lambda p: p[0] if len(p) == 2 and p[1] else "-", pair), LETTERS, 3),
        "anagrams": (t.SelectorWidth(t.Select(letters, letters, t.Comparison.EQ)), WORDS, 3),
        "letters": (t.Map(lambda sorted_: len(set(sorted_)), letters), WORDS, 3),
        "threshold": (t.Map(lambda x: f"{x:03d}" >= "005", t.tokens), list(range(12)), 2),
        "loop": (t.Map(lambda x: sum(range(x)), t.tokens), NUMBERS, 2),
    }


def _predicates(t: Any) -> Programs:
    """Predicates of Python."""
    pair = t.SequenceMap(lambda x, i: (x, i), t.tokens, t.indices)
    first = t.Select(pair, pair, lambda k, q: k[0] == q[0] and k[1] <= q[1])
    beats = {("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")}

    def count(keys: Any, queries: Any, predicate: Any) -> Any:
        return t.SelectorWidth(t.Select(keys, queries, predicate))

    return {
        "first": (t.Map(lambda count: count == 1, t.SelectorWidth(first)), LETTERS, 4),
        "pairs": (count(t.tokens, t.tokens, lambda k, q: (k, q) in beats), LETTERS, 4),
        "keys alone": (count(t.tokens, t.indices, lambda k, q: k in "ab"), LETTERS, 4),
        "queries alone": (count(t.indices, t.tokens, lambda k, q: q.isalpha()), ["a", "1"], 4),
        "mixed sides": (count(t.indices, t.indices, lambda k, q: q - k > 1), LETTERS, 5),
        "window": (count(t.indices, t.indices, lambda k, q: abs(k - q) <= 1), LETTERS, 5),
        "divides": (count(t.tokens, t.tokens, lambda k, q: q % k == 0), [1, 2, 3, 4, 6], 4),
        "length order": (count(t.tokens, t.tokens, lambda k, q: len(k) < len(q)), WORDS, 3),
        "differs": (count(t.tokens, t.tokens, lambda k, q: k[:1] != q[:1]), WORDS, 3),
        "conditional": (
            count(t.indices, t.indices, lambda k, q: k == 0 if q == 0 else k == q - 1),
            LETTERS,
            4,
        ),
        "no truth": (count(t.indices, t.indices, lambda k, q: k and not q), LETTERS, 4),
        "full": (count(t.tokens, t.Full("a"), t.Comparison.EQ), LETTERS, 4),
        "never": (
            t.Aggregate(t.Select(t.tokens, t.tokens, t.Comparison.FALSE), t.tokens),
            LETTERS,
            3,
        ),
        "combined": (
            t.SelectorWidth(
                (t.Select(t.tokens, t.tokens, t.Comparison.EQ) & _before(t))
                | ~t.Select(t.indices, t.indices, t.Comparison.NEQ)
            ),
            LETTERS,
            4,
        ),
        "comparisons": (
            t.SelectorWidth(
                t.Select(t.tokens, t.tokens, t.Comparison.GT)
                & t.Select(t.indices, t.indices, t.Comparison.GEQ)
            ),
            NUMBERS,
            4,
        ),
    }


def _constants(t: Any) -> Programs:
    """Values by position, which Tracr has for tests: inputs are as long as they are."""
    return {
        "full sop": (t.SequenceMap(lambda x, y: x + y, t.tokens, t.Full(2)), NUMBERS, 3),
        "constant sop": (
            t.SequenceMap(
                lambda x, y: x * y, t.tokens, t.ConstantSOp([3, 1, 2], check_length=False)
            ),
            NUMBERS,
            3,
        ),
        "constant selector": (
            t.Aggregate(
                t.ConstantSelector([[False, True, False], [True, True, False], [False] * 3]),
                t.tokens,
            ),
            NUMBERS,
            3,
        ),
    }

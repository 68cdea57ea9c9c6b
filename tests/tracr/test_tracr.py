"""Programs of Tracr as s-ops of ours: the values that Tracr's evaluators give, compiled or not."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

import rasp
from rasp.errors import RaspError, RaspRuntimeError, RaspTypeError, RaspValueError
from tests.tracr import stand_ins as t
from tests.tracr.programs import EXPECTED, agree, programs

PROGRAMS = programs("tests.tracr.stand_ins")


def expected() -> dict[str, list[tuple[bool, list[Any], list[Any]]]]:
    by_program = defaultdict(list)
    for line in EXPECTED.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        by_program[entry["program"]].append((entry["causal"], entry["input"], entry["values"]))
    return dict(by_program)


VALUES = expected()


def imported(name: str, **options: Any) -> rasp.SOp:
    program, vocab, max_len = PROGRAMS[name]
    return rasp.from_tracr(program, vocab=vocab, max_len=max_len, **options)


def test_every_program_has_values() -> None:
    assert set(VALUES) == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_interpreted(name: str) -> None:
    sop = imported(name)
    for causal, tokens, values in VALUES[name]:
        found = rasp.evaluate(sop, [tokens], causal=causal)[0]
        assert agree(found, values), (tokens, causal, found, values)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled(name: str, causal: bool) -> None:
    _, vocab, max_len = PROGRAMS[name]
    model = rasp.compile(imported(name), vocab=vocab, max_len=max_len, causal=causal)
    for mask, tokens, values in VALUES[name]:
        if mask == causal:
            assert agree(model(tokens), values), tokens
    assert rasp.verify(model, exhaustive=True, max_length=2).ok


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_text(name: str) -> None:
    sop = imported(name)
    text = rasp.to_text(sop, name="answer")
    given = rasp.loads(text)["answer"]
    assert isinstance(given, rasp.SOp)
    assert given.node is sop.node


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "reverse",
            "n = selector_width(full_s);\n"
            "result = aggregate(select(indices, n - 1 - indices, ==), tokens);\n",
        ),
        (
            "share",
            'is_a = tokens == "a";\n'
            "share_of_a = aggregate(select(indices, indices, <=), indicator(is_a));\n",
        ),
        (
            "shifted",
            'result = aggregate(select(indices + 2, indices, ==), tokens, "None");\n',
        ),
        (
            "cases",
            'value = "mid" if (tokens_asis in [1, 2]) or not indices else "high";\n'
            'result = "low" if tokens_asis < 1 and indices > 0 else value;\n',
        ),
        (
            "first",
            "result = selector_width(select(tokens, tokens, ==) and select(indices, indices, <=)) "
            "== 1;\n",
        ),
        ("mixed sides", "result = selector_width(select(indices, indices - 1, <));\n"),
        (
            "pattern",
            'gathered = aggregate(select(indices + 1, indices, ==), tokens == "a", "None");\n'
            'result = -1 if gathered == "None" else gathered and tokens == "b";\n',
        ),
        ("halves", "result = round((tokens_asis - tokens_asis % 2) / 2);\n"),
        ("threshold", "result = tokens_asis >= 5;\n"),
        ("methods", None),
    ],
)
def test_what_is_written(name: str, text: str | None) -> None:
    written = rasp.to_text(imported(name))
    if text is None:
        assert written.startswith("result = {")
    else:
        assert written == text


def test_none_in_the_result() -> None:
    assert imported("shifted")("abc") == ["None", "None", "a"]
    assert imported("shifted", none="-")("abc") == ["-", "-", "a"]
    assert imported("truths")([1, 2]) == [-1, False]
    assert imported("shifted numbers")([-2, 5]) == [-3, -2]  # below all values
    assert imported("shifted numbers", none=99)([-2, 5]) == [99, -2]
    assert imported("no None")(["None", "a"]) == ["(None)", "None"]


def test_names_are_kept() -> None:
    sop = imported("lead")
    assert "share_of_a = " in rasp.to_text(sop)
    assert sop.name is None
    assert imported("share").name == "share of a"


def test_where_a_function_fails() -> None:
    sop = imported("fails")
    assert sop([1, 2]) == [0, 0.5]
    with pytest.raises(RaspRuntimeError, match="division by zero"):
        sop([1, 0])


def test_where_a_function_fails_that_is_a_table() -> None:
    program = t.SequenceMap(lambda x, i: ["a", "b"][x] * i, t.tokens, t.indices)
    sop = rasp.from_tracr(program, vocab=[0, 1, 2], max_len=2)
    assert sop([0, 1]) == ["", "b"]
    with pytest.raises(RaspRuntimeError, match="IndexError: list index out of range, for 2, 1"):
        sop([0, 2])


def test_the_same_program_is_the_same_node() -> None:
    for name in PROGRAMS:
        again = programs("tests.tracr.stand_ins")[name]
        vocab = list(reversed(again[1]))
        assert rasp.from_tracr(again[0], vocab=vocab, max_len=again[2]).node is imported(name).node


def test_length_needs_no_mask() -> None:
    program = t.SequenceMap(lambda n, i: n - i, t.length, t.indices)
    assert rasp.from_tracr(program, vocab="ab", max_len=4)("abb") == [3, 2, 1]
    with pytest.raises(RaspValueError, match="no position knows the length"):
        rasp.from_tracr(program, vocab="ab", max_len=4, causal=True)


def test_one_mask_alone() -> None:
    program = t.Map(
        lambda n: {1: "one", 2: "two"}[n],
        t.SelectorWidth(t.Select(t.indices, t.indices, t.Comparison.TRUE)),
    )
    sop = rasp.from_tracr(program, vocab="a", max_len=2, causal=True)
    assert rasp.evaluate(sop, ["aa"], causal=True) == [["one", "two"]]


def test_deep_programs() -> None:
    def step(number: int) -> Callable[[int], int]:
        return lambda x: (x + number) % 7

    sop: t.SOp = t.tokens
    for number in range(100):
        sop = t.Map(step(number), sop)
    found = rasp.from_tracr(sop, vocab=[0, 1], max_len=1)([1])
    wanted = 1
    for number in range(100):
        wanted = step(number)(wanted)
    assert found == [wanted]


@pytest.mark.parametrize(
    ("program", "error", "message"),
    [
        (3, RaspTypeError, "int is no expression of Tracr"),
        (t.SOp(), RaspTypeError, "SOp is no expression of Tracr"),
        (t.Select(t.tokens, t.tokens, t.Comparison.EQ), RaspTypeError, "this is a selector"),
        (t.Map(lambda x: x.nothing, t.tokens), RaspValueError, "AttributeError"),
        (t.Select(t.tokens, t.tokens, "=="), RaspTypeError, "has to be a function, got string"),
    ],
)
def test_what_is_no_program(program: Any, error: type[RaspError], message: str) -> None:
    with pytest.raises(error, match=message):
        rasp.from_tracr(program, vocab="ab", max_len=2)


def test_errors_say_where() -> None:
    program = t.Map(lambda x: x.nothing, t.tokens).named("broken") + 1
    with pytest.raises(RaspValueError) as caught:
        rasp.from_tracr(program, vocab="ab", max_len=2)
    assert "in Tracr's Map 'broken'" in str(caught.value)


def test_too_many_values() -> None:
    shares = [
        t.Aggregate(t.Select(t.indices, t.indices, t.Comparison.LEQ), t.tokens == token, default=0)
        for token in "abcd"
    ]
    total: t.SOp = shares[0]
    for share in shares[1:]:
        total = t.SequenceMap(lambda x, y: math.sin(x + 2 * y), total, share)
    with pytest.raises(RaspValueError, match="cannot be listed"):
        rasp.from_tracr(total, vocab="abcd", max_len=60)


@pytest.mark.parametrize("options", [{"max_len": 0}, {"vocab": ["a", "a", None]}, {"none": []}])
def test_bad_options(options: dict[str, Any]) -> None:
    with pytest.raises(RaspError):
        rasp.from_tracr(t.tokens, **{"vocab": "ab", "max_len": 2, **options})


def test_means_that_are_rounded() -> None:
    """The values that are listed are not those to the last bit; what is computed does not mind."""
    up_to = t.Select(t.indices, t.indices, t.Comparison.LEQ)
    mean = t.Aggregate(up_to, t.tokens)
    sop = rasp.from_tracr(t.Map(lambda x: x * 10 > 1.8, mean), vocab=[0.1, 0.2], max_len=4)
    assert sop([0.2, 0.2, 0.1]) == [True, True, False]
    with pytest.raises(RaspValueError, match="its last bits are not known"):
        rasp.from_tracr(t.Map(lambda x: str(x) > "0.15", mean), vocab=[0.1, 0.2], max_len=4)

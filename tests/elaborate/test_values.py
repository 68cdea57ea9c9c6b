"""What operators and builtin forms do with plain values, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest

import rasp
from rasp.program import loads


def value(text: str) -> Any:
    return loads(f"v = {text};")["v"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-2^2", 4),
        ("2^3^2", 64),
        ("2^-1", 0.5),
        ("0^0", 1),
        ("not 1==2", False),
        ("1 or 0 and 0", 0),
        ("0 and 0 or 1", 1),
        ("3>2>1", False),
        ("7%4*2", 7),
        ("2*3%4*5", 6),
        ("8/2*4", 16.0),
        ("4/2", 2.0),
        ("-5%3", 1),
        ("5%-3", -1),
        ("5.5%2", 1.5),
        ("1 if False else 2 if False else 3", 3),
        ("1 if 2 in [2] else 3", 1),
        ("1+1 in [2]", True),
        ("1 in [2] if False else [1]", True),
        ("1 in [1] in [True]", True),
        ("not 1 in [1,2]", False),
        ("3 not in [1, 2]", True),
        ("-not 1", 0),
        ("+-+3", -3),
        ("-[1,2][0]", -1),
        ("round(2.5)", 2),
        ("round(-2.5)", -2),
        ("round(True)", 1),
        ("True + True", 2),
        ("-True", -1),
        ('"a"+"b"', "ab"),
        ('"ab"*2', "abab"),
        ('2*"ab"', "abab"),
        ('"hey"[-1]', "y"),
        ('"a\\n"', "a\\n"),
        ("[1,2]+[3]", [1, 2, 3]),
        ("[1,2]*2.0", [1, 2, 1, 2]),
        ("[1,2]==[1,2]", True),
        ("[1,[2]]!=[1,[2.0]]", False),
        ("[1,2]<[1,3]", True),
        ("[1,2]<[1,2,0]", True),
        ("[[1],2]>=[[1],2]", True),
        ('{"a":1}=={"a":1}', True),
        ('{"a":[1]}=={"a":[2]}', False),
        ("[]==0", False),
        ("1 == 1.0", True),
        ("1 == True", True),
        ('1 == "1"', False),
        ("max == max", True),
        ("not []", True),
        ("not max", False),
        ("[] or 5", 5),
        ('"" and 5', ""),
        ('1 and "x"', "x"),
        ("0 and 1/0", 0),
        ("1 or 1/0", 1),
        ("1/0 if False else 7", 7),
        ("[1,][0]", 1),
        ("([1,2])[(0)]", 1),
        ("[10,20][1.0]", 20),
        ("[10,20][True]", 20),
        ("{1:1,1.0:2,True:3}", {1: 3}),
        ("{1:5}[True]", 5),
        ("range(1,4)", [1, 2, 3]),
        ("range(10,0,-3)", [10, 7, 4, 1]),
        ("range(5,5)", []),
        ("range(0,10,3)", [0, 3, 6, 9]),
        ("range(True)", [0]),
        ("range(2.0)", [0, 1]),
        ('zip([1,2],["a","b"])', [[1, "a"], [2, "b"]]),
        ("zip([])", []),
        ('len("abc") + len({1:2}) + len([])', 4),
        ("[i*2 for i in range(3)]", [0, 2, 4]),
        ('[c for c in "abc" if c != "b"]', ["a", "c"]),
        ("[k for k in {1: 2, 3: 4}]", [1, 3]),
        ('[i+j for i,j in ["ab","cd"]]', ["ab", "cd"]),
        ("{i: i*i for i in range(4) if i % 2}", {1: 1, 3: 9}),
        ("[[i*j for i in range(2)] for j in range(2)]", [[0, 0], [0, 1]]),
        ('"ell" in "hello"', True),
        ('"a" in {"a": 1}', True),
        ('"1" in [1]', False),
        ("007", 7),
        (".5 + 1. + 1e1", 11.5),
        ("max(3, 4) + min(3, 4)", 7),
        ('{"a": max}["a"](3, 4)', 4),
        ("[max][0](3, 4)", 4),
        ('(indices + 1)("abc")', [1, 2, 3]),
        ('tokens("ab")[0] + "!"', "a!"),
        ('full_s("ab")', [[True, True], [True, True]]),
        ('tokens({"x": 1, "y": 2})', ["x", "y"]),
        ("len(range(1000000))", 1_000_000),
    ],
)
def test_value(text: str, expected: object) -> None:
    got = value(text)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('1 + "a"', rasp.RaspTypeError),
        ('"a" - "b"', rasp.RaspTypeError),
        ('"a%s" % "b"', rasp.RaspTypeError),
        ('"a" * "b"', rasp.RaspTypeError),
        ('"a" * 1.5', rasp.RaspTypeError),
        ('"a" ^ 2', rasp.RaspTypeError),
        ('1 < "a"', rasp.RaspTypeError),
        ("[1] - [1]", rasp.RaspTypeError),
        ("[1] < 2", rasp.RaspTypeError),
        ('[1] < ["a"]', rasp.RaspTypeError),
        ("{} + {}", rasp.RaspTypeError),
        ("-[1]", rasp.RaspTypeError),
        ("max + 1", rasp.RaspTypeError),
        ('round("a")', rasp.RaspTypeError),
        ("indicator(3)", rasp.RaspTypeError),
        ("1 / 0", rasp.RaspValueError),
        ("5 % 0", rasp.RaspValueError),
        ("0 ^ -1", rasp.RaspValueError),
        ("(-8) ^ (1/3)", rasp.RaspValueError),
        ("2.0 ^ 10000", rasp.RaspValueError),
        ("10 ^ 5000", rasp.RaspLimitError),
        ('"a" * (10 ^ 9)', rasp.RaspLimitError),
        ("[1, 2][2]", rasp.RaspValueError),
        ("[1, 2][-3]", rasp.RaspValueError),
        ('[1, 2]["a"]', rasp.RaspTypeError),
        ("[1, 2][0.5]", rasp.RaspTypeError),
        ('"abc"[3]', rasp.RaspValueError),
        ('{"a": 1}["b"]', rasp.RaspValueError),
        ("{1: 1}[[1]]", rasp.RaspTypeError),
        ("{[1]: 1}", rasp.RaspTypeError),
        ("{indices: 1}", rasp.RaspTypeError),
        ("{[i]: 1 for i in range(2)}", rasp.RaspTypeError),
        ("3[0]", rasp.RaspTypeError),
        ("max[0]", rasp.RaspTypeError),
        ("full_s[0]", rasp.RaspTypeError),
        ("tokens[1.5]", rasp.RaspTypeError),
        ('tokens["a"]', rasp.RaspTypeError),
        ("[[1]][indices]", rasp.RaspTypeError),
        ("{1: [1]}[indices]", rasp.RaspTypeError),
        ("range(1, 2, 3, 4)", rasp.RaspArityError),
        ("range(1, 2, 0)", rasp.RaspValueError),
        ("range(1.5)", rasp.RaspTypeError),
        ("range(10 ^ 12)", rasp.RaspLimitError),
        ("zip([1], [1, 2])", rasp.RaspTypeError),
        ('zip("ab")', rasp.RaspTypeError),
        ("len(3)", rasp.RaspTypeError),
        ("len(indices)", rasp.RaspTypeError),
        ("[i for i in 5]", rasp.RaspTypeError),
        ("[i for i in indices]", rasp.RaspTypeError),
        ("[i for i, j in [1, 2]]", rasp.RaspTypeError),
        ("[i for i, j in [[1, 2, 3]]]", rasp.RaspTypeError),
        ("[i for i in [1] if indices > 0]", rasp.RaspTypeError),
        ("[True for True in [1]]", rasp.RaspNameError),
        ("1 in 2", rasp.RaspTypeError),
        ('1 in "1"', rasp.RaspTypeError),
        ("[1] in [[1]]", rasp.RaspTypeError),
        ("full_s in [1]", rasp.RaspTypeError),
        ("max in [max]", rasp.RaspTypeError),
        ('tokens in "hello"', rasp.RaspTypeError),
        ("tokens in [[1]]", rasp.RaspTypeError),
        ("1(2)", rasp.RaspTypeError),
        ("max(3, 4)(5)", rasp.RaspTypeError),
        ("max(3)", rasp.RaspArityError),
        ('indices("a", "b")', rasp.RaspArityError),
        ("indices(5)", rasp.RaspTypeError),
        ("indices([])", rasp.RaspError),
        ("full_s + 1", rasp.RaspTypeError),
        ("full_s == full_s", rasp.RaspTypeError),
        ("full_s and True", rasp.RaspTypeError),
        ("True or full_s", rasp.RaspTypeError),
        ("indices or full_s", rasp.RaspTypeError),
        ("indices and [1]", rasp.RaspTypeError),
        ("indices + max", rasp.RaspTypeError),
        ("-full_s", rasp.RaspTypeError),
        ("indicator(full_s)", rasp.RaspTypeError),
        ("1 if full_s else 2", rasp.RaspTypeError),
        ("[1] if indices else 2", rasp.RaspTypeError),
        ("full_s if indices else full_s", rasp.RaspTypeError),
        ("select([1], 1, ==)", rasp.RaspTypeError),
        ("select(full_s, 1, ==)", rasp.RaspTypeError),
        ("aggregate(indices, 1)", rasp.RaspTypeError),
        ("aggregate(full_s, [1])", rasp.RaspTypeError),
        ("aggregate(full_s, 1, indices)", rasp.RaspTypeError),
        ("selector_width(indices)", rasp.RaspTypeError),
        ("nothing", rasp.RaspNameError),
        ("None", rasp.RaspNameError),
    ],
)
def test_refused(text: str, error: type[rasp.RaspError]) -> None:
    with pytest.raises(error) as raised:
        value(text)
    assert raised.value.labels
    assert raised.value.span is not None
    assert raised.value.span.source.name == "<string>"


def test_not_a_number_is_like_any_float() -> None:
    assert math.isnan(value('tokens_float(["nan"])[0]'))


def test_the_place_of_an_error_is_the_operation_itself() -> None:
    with pytest.raises(rasp.RaspTypeError) as raised:
        loads('x = [1, 2 + (3 * "a" - "b"), 4];')
    assert raised.value.span is not None
    assert raised.value.span.text == '3 * "a" - "b"'

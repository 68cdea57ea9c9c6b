"""Columns keep values and types, and operators on them agree with `apply` element by element."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rasp.graph.columns import Column, Failure, apply_column, choose, concatenate
from rasp.graph.construct import constant
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import OPERATORS, OperationError, apply

SMALL = st.integers(-4, 9)
INTEGERS = st.one_of(
    SMALL,
    st.integers(-(10**4), 10**4),
    st.integers(2**53 - 3, 2**53 + 3),
    st.integers(-(2**53) - 3, -(2**53) + 3),
    st.integers(-(2**26) - 2, 2**27),
    st.integers(2**63 - 2, 2**63 + 2),
    st.just(10**40),
)
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, 1.0, -1.5, 2.5, 1 / 3, 1e300, -1e300, math.inf, -math.inf]),
    st.just(math.nan),
    st.floats(-100, 100),
    st.floats(),
)
STRINGS = st.sampled_from(["", "a", "b", "ab", "7", "0.5", "True", "F", "nan", "é"])
TYPES: list[st.SearchStrategy[Atom]] = [st.booleans(), SMALL, INTEGERS, FLOATS, STRINGS]
# A column of one type, or of any mixture of types.
ELEMENTS = st.lists(st.sampled_from(TYPES), min_size=1, max_size=3).map(st.one_of)


def columns(count: int) -> st.SearchStrategy[list[list[Atom]]]:
    def fill(pools: list[st.SearchStrategy[Atom]]) -> st.SearchStrategy[list[list[Atom]]]:
        row = st.tuples(*pools)
        rows = st.lists(row, min_size=1, max_size=12)
        return rows.map(lambda r: [list(column) for column in zip(*r, strict=True)])

    return st.lists(ELEMENTS, min_size=count, max_size=count).flatmap(fill)


def key(element: Atom | Failure) -> object:
    return element if isinstance(element, Failure) else atom_key(element)


def expected(operator: str, parameters: tuple[Atom, ...], *values: Atom) -> Atom | Failure:
    try:
        return apply(operator, parameters, *values)
    except OperationError as error:
        return Failure(error.message, error.category)


def check(operator: str, parameters: tuple[Atom, ...], operands: list[list[Atom]]) -> None:
    result = apply_column(operator, parameters, [Column.of(values) for values in operands])
    want = [expected(operator, parameters, *row) for row in zip(*operands, strict=True)]
    assert list(map(key, result.elements())) == list(map(key, want))


PLAIN = [name for name, entry in OPERATORS.items() if not entry.parametric]


@pytest.mark.parametrize("operator", PLAIN)
def test_operators_agree_with_apply(operator: str) -> None:
    @given(columns(OPERATORS[operator].arity))
    def agree(operands: list[list[Atom]]) -> None:
        check(operator, (), operands)

    agree()


@given(columns(2), st.sampled_from(PLAIN), st.sampled_from(PLAIN))
@example([[0, 0.5], [-1, 1]], "multiply", "to_float")
def test_operators_agree_on_results_of_others(
    operands: list[list[Atom]], first: str, second: str
) -> None:
    column = Column.of(operands[0])
    given_operands = [column, *map(Column.of, operands[1:]), column]
    between = apply_column(first, (), given_operands[: OPERATORS[first].arity])
    if between.faults is None:
        repeated = [between.tolist()] * OPERATORS[second].arity
        result = apply_column(second, (), [between] * len(repeated))
        want = [expected(second, (), *row) for row in zip(*repeated, strict=True)]
        assert list(map(key, result.elements())) == list(map(key, want))


@pytest.mark.parametrize("operator", ["add", "subtract", "multiply", "modulo", "power", "divide"])
def test_arithmetic_at_the_edge_of_exact_integers(operator: str) -> None:
    edge = [0, 1, -1, 2, 3, 2**26, 2**27 - 1, 2**53 - 1, 2**53, 1 - 2**53, 94906266, 94906265]
    pairs = [(a, b) for a in edge for b in edge if operator != "power" or abs(b) < 60]
    check(operator, (), [[a for a, _ in pairs], [b for _, b in pairs]])
    for a, b in pairs:  # each alone, so that one big number does not change the form of all
        check(operator, (), [[a], [b]])
        check(operator, (), [[a, 0.5], [b, 1]])


@pytest.mark.parametrize("operator", ["index_list", "index_string", "member"])
@given(items=st.lists(ELEMENTS.flatmap(lambda e: e), max_size=5), operands=columns(1))
def test_tables_agree_with_apply(
    operator: str, items: list[Atom], operands: list[list[Atom]]
) -> None:
    # nan is in a list only as the same object, which values in a column are not.
    parameters = tuple(item for item in items if item == item)
    check(operator, parameters, operands)


@given(items=st.lists(ELEMENTS.flatmap(lambda e: e), max_size=6), operands=columns(1))
def test_dicts_agree_with_apply(items: list[Atom], operands: list[list[Atom]]) -> None:
    keys = [item for item in items if item == item]
    check("index_dict", tuple(part for k in keys for part in (k, "x")), operands)


@given(columns(1))
@example([[1, 1.0, True, -0.0, 0.0, 0, False]])
@example([[2**53, 2**53 - 1]])
def test_round_trip(values: list[list[Atom]]) -> None:
    column = Column.of(values[0])
    assert list(map(atom_key, column.tolist())) == list(map(atom_key, values[0]))
    codes, table = column.coded()
    assert [atom_key(table[code]) for code in codes.tolist()] == list(map(atom_key, values[0]))
    assert column.truth().tolist() == [bool(value) for value in values[0]]
    assert [key(column.at(i)) for i in range(len(column))] == list(map(atom_key, values[0]))


@given(columns(2), st.data())
def test_choose(operands: list[list[Atom]], data: st.DataObject) -> None:
    yes, no = operands
    size = len(yes)
    condition = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    result = choose(np.array(condition), Column.of(yes), Column.of(no))
    want = [a if c else b for c, a, b in zip(condition, yes, no, strict=True)]
    assert list(map(atom_key, result.tolist())) == list(map(atom_key, want))


@given(st.lists(columns(1), min_size=1, max_size=4), st.data())
def test_concatenate(lists: list[list[list[Atom]]], data: st.DataObject) -> None:
    failure = st.sampled_from([Failure("one", "type"), Failure("two", "value")])
    parts: list[list[Atom | Failure]] = [
        [data.draw(failure) if data.draw(st.integers(0, 4)) == 0 else value for value in values]
        for (values,) in lists
    ]
    result = concatenate(list(map(Column.of, parts)))
    assert list(map(key, result.elements())) == [key(e) for part in parts for e in part]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, False], "bool"),
        ([1, 2], "int"),
        ([0.5], "float"),
        ([0, 0.5, True], "number"),
        (["a", "b"], "coded"),
        ([1, "a"], "coded"),
        ([1, 2**53], "coded"),
    ],
)
def test_forms(values: list[Atom], kind: str) -> None:
    assert Column.of(values).kind == kind


def test_a_mixture_that_ends_in_one_type_is_of_that_type() -> None:
    mixture = Column.of([1, 0.5])
    assert apply_column("add", (), [mixture, Column.constant(0.5)]).kind == "float"


@pytest.mark.parametrize(
    ("operator", "a", "b"),
    [("power", 2, 53), ("multiply", 2**27, 2**26), ("add", 2**52, 2**52), ("power", -2, 53)],
)
def test_integers_are_in_arrays_only_where_they_are_exact(operator: str, a: int, b: int) -> None:
    operands = [Column.of([a]), Column.of([b])]
    assert apply_column(operator, (), operands).kind == "coded"


def test_shapes_broadcast() -> None:
    row = Column.of([1, 2, 3])
    column = Column.of([10, 20]).reshape(2, 1)
    assert apply_column("add", (), [row, column]).tolist() == [[11, 12, 13], [21, 22, 23]]
    quotient = apply_column("divide", (), [Column.of(["a", "b"]).reshape(2, 1), row])
    assert quotient.failed is not None
    assert quotient.failed.all()
    assert apply_column("add", (), [Column.of([1]), Column.constant(2)]).tolist() == [3]


def test_failures_are_elements() -> None:
    node = constant(1)
    quotient = apply_column("divide", (), [Column.of([1, 2, 3]), Column.of([1, 0, 2])], node)
    failure = Failure("division by zero", "value", node)
    assert quotient.elements() == [1.0, failure, 1.5]
    assert quotient.at(1) == failure
    # The first failure stays, and is not joined by another at the same place.
    total = apply_column("add", (), [quotient, Column.of([1, 1, "a"])])
    clash = Failure("cannot apply '+' to float and string", "type")
    assert total.elements() == [2.0, failure, clash]
    assert total.take(np.array([1, 0])).elements() == [failure, 2.0]


def test_failures_do_not_multiply() -> None:
    column = apply_column("divide", (), [Column.of([1, 2]), Column.of([0, 1])])
    for _ in range(50):
        column = apply_column("add", (), [column, column])
    assert len(column.failures) == 1
    assert column.elements()[1] == 2.0**51


def test_failed_operands_fail_in_order() -> None:
    first, second = Failure("first", "value"), Failure("second", "type")
    a, b = Column.of([first, 1, 1]), Column.of([second, second, 1])
    assert apply_column("add", (), [a, b]).elements() == [first, second, 2]
    assert apply_column("add", (), [b, a]).elements() == [second, second, 2]


def test_choose_takes_failures_only_from_the_side_chosen() -> None:
    failure = Failure("no", "value")
    failed, fine = Column.of([failure, failure]), Column.of([1, 2])
    assert choose(np.array([True, False]), failed, fine).elements() == [failure, 2]
    assert choose(np.array([True, False]), fine, failed).elements() == [1, failure]


def test_where_evaluates_both_sides() -> None:
    failure = Failure("no", "value")
    operands = [Column.of([True, False]), Column.of([1, failure]), Column.of([failure, 4])]
    assert apply_column("where", (), operands).elements() == [failure, failure]


def test_a_million_rows_take_no_python_loop() -> None:
    count = 1_000_000
    letters = Column.of(["a", "b", "c"]).take(np.arange(count) % 3)
    doubled = apply_column("add", (), [letters, letters])
    assert doubled.table == ("aa", "bb", "cc")
    index = Column(np.arange(count) % 7)
    assert apply_column("index_list", (1, 2, "x"), [index]).failed is not None


def test_nothing_but_refusals_for_values_of_any_size() -> None:
    huge = 2**65_000
    pairs: list[list[Atom]] = [["", 10**40], [-(10**40), "ab"], [0.5, huge], [huge, 0.5]]
    for operands in pairs:
        for operator in PLAIN:
            if OPERATORS[operator].arity == 2:
                check(operator, (), [[operand] for operand in operands])
    for operator in ("to_str", "to_float", "index_list", "index_dict", "round"):
        check(operator, (), [[huge]])


def test_no_elements() -> None:
    empty = Column.of([])
    for operator in PLAIN:
        assert apply_column(operator, (), [empty] * OPERATORS[operator].arity).tolist() == []

"""Deep graphs, long inputs and many inputs stay within bounds of time and memory.

The limit on time is loose; `benchmarks/interpreter.py` measures.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from rasp.graph.construct import (
    FULL,
    aggregate,
    elementwise,
    select,
    selector_and,
    selector_or,
    selector_width,
)
from rasp.graph.nodes import INDICES, TOKENS, SelectorNode, SOpNode
from rasp.interpreter import evaluate


@contextmanager
def within(*, megabytes: float) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


def test_a_hundred_thousand_nodes_deep() -> None:
    node: SOpNode = TOKENS
    for step in range(100_000):
        node = elementwise("add", node, step % 3)
    start = time.perf_counter()
    assert evaluate(node, [[1, 2]]) == [[100_000, 100_001]]
    assert time.perf_counter() - start < 60


def test_a_selector_ten_thousand_combinations_deep() -> None:
    left: SelectorNode = FULL
    right: SelectorNode = FULL
    for step in range(10_000):
        pair = selector_or(select(TOKENS, step % 7, "=="), select(INDICES, step % 5, "!="))
        left = selector_and(left, pair)
        right = selector_and(pair, right)  # right-deep: all pairs are there before any is used
    both = elementwise("add", selector_width(left), selector_width(right))
    with within(megabytes=150):
        assert evaluate(both, [[7] * 200]) == [[390] * 200]


def test_a_long_input() -> None:
    length = 5000
    equal = select(TOKENS, TOKENS, "==")
    before = select(INDICES, INDICES, "<")
    rank = selector_width(selector_or(select(TOKENS, TOKENS, "<"), selector_and(equal, before)))
    tokens = [(position * 37) % 101 for position in range(length)]
    with within(megabytes=150):
        (values,) = evaluate(aggregate(select(rank, INDICES, "=="), TOKENS), [tokens])
    assert values == sorted(tokens)


def test_a_matrix_of_two_thousand_tokens_is_never_written_out() -> None:
    with within(megabytes=60):
        (values,) = evaluate(selector_width(select(TOKENS, TOKENS, "==")), ["ab" * 1000])
    assert values == [1000] * 2000


def test_many_inputs() -> None:
    inputs = [[n // 5**k % 5 for k in range(8)] for n in range(50_000)]
    with within(megabytes=250):
        results = evaluate(selector_width(select(TOKENS, TOKENS, "==")), inputs)
    assert results[12_345] == [inputs[12_345].count(token) for token in inputs[12_345]]


def test_values_are_let_go_after_their_last_reader() -> None:
    node: SOpNode = TOKENS
    for step in range(300):
        node = elementwise("add", elementwise("multiply", node, 1.0 + step), INDICES)
    with within(megabytes=60):  # one value is 3.2 MB
        evaluate(node, [[0.5] * 400_000])

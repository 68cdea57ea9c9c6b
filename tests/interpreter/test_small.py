"""In plain Python a small input gives what it gives on NumPy."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import pytest

from rasp import dsl
from rasp.graph.nodes import SELECTOR_TYPES, atom_key
from rasp.graph.walk import topological
from rasp.interpreter import evaluate
from rasp.interpreter.batch import evaluate_batch
from rasp.interpreter.faults import Fault
from rasp.interpreter.plan import Plan
from rasp.interpreter.small import MAX_CELLS, is_small, small_value
from rasp.program import loads
from rasp.random_programs import random_program

ODD = [
    "a",
    "",
    "7",
    1,
    1.0,
    True,
    0,
    -0.0,
    0.1,
    float("nan"),
    float("inf"),
    2**60,
    2**60 + 1,
    1e300,
]


def exact(value: Any) -> Any:
    """What tells 1 from 1.0 and True, and takes a nan for a nan."""
    return [exact(v) for v in value] if isinstance(value, list) else atom_key(value)


def compare(node: Any, tokens: list[Any]) -> bool:
    """Whether the input has a value, which is the same either way."""
    for causal in (False, True):
        (wanted,) = evaluate_batch(Plan.of(node), [tokens], causal)
        found = small_value(topological([node]), tokens, causal)
        if isinstance(wanted, Fault):
            assert found is None
        elif found is not None or not has_best(node):
            assert exact(found) == exact(wanted)
    return not isinstance(wanted, Fault)


def has_best(node: Any) -> bool:
    return any(type(part).__name__ == "Best" for part in topological([node]))


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int) -> None:
    program = random_program(seed)
    choose = random.Random(seed)
    loaded = loads(program.text)
    n_values = 0
    for name in loaded.names:
        node = getattr(loaded[name], "node", None)
        if node is None:
            continue
        for _ in range(4):
            atoms = choose.choice([program.vocabulary, ODD])
            n_values += compare(node, choose.choices(list(atoms), k=choose.randrange(1, 7)))
    assert n_values


def test_odd_values() -> None:
    tokens = dsl.tokens
    choose = random.Random(0)
    every = dsl.select(tokens, tokens, "==")
    less = dsl.select(dsl.indices, dsl.indices, "<")
    nodes = [
        dsl.aggregate(every, tokens),
        dsl.aggregate(~less, tokens, default="?"),
        dsl.fetch(every, tokens),
        dsl.best(~less, tokens),
        dsl.best(less | every, 1 / dsl.indices),
        dsl.selector_width(dsl.select(tokens, tokens, "<=")),
        dsl.selector_width(every | less),
        dsl.selector_width(less | every),
        dsl.selector_width(every & ~less),
        tokens + tokens,
    ]
    found = [
        compare(handle.node, choose.choices(ODD, k=choose.randrange(1, 6)))
        for handle in nodes
        for _ in range(100)
    ]
    assert {True, False} == set(found)


def test_what_is_small() -> None:
    every = dsl.select(dsl.indices, dsl.indices, "==").node
    order = topological([every])
    assert isinstance(order[-1], SELECTOR_TYPES)
    assert is_small(order, 100)
    assert not is_small(order, int(MAX_CELLS**0.5) + 1)


def test_a_small_input_needs_no_numpy() -> None:
    code = (
        "import sys; from rasp.program import loads;"
        "print(loads('x = tokens[length - 1 - indices];')['x']('ab'));"
        "sys.exit('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "['b', 'a']\n"), done.stderr


def test_why_an_input_fails_is_said_all_the_same() -> None:
    with pytest.raises(Exception, match="division by zero"):
        evaluate((1 / dsl.indices).node, ["a"])


NAN = 'nan = 1e308 * 10 - 1e308 * 10; y = nan if tokens == "a" else 1;'


def test_nan_is_no_item_and_no_key() -> None:
    """As `==` has it, also where it is the very same object."""
    found = loads(
        f"{NAN} item = y in [nan, 2]; value = {{nan: 5, 1: 6}}[y]; plain = nan in {{nan: 1}};"
    )
    assert found["plain"] is False
    assert compare(found["item"].node, ["a", "b"])
    assert small_value(topological([found["item"].node]), ["a", "b"], False) == [False, False]
    assert compare(found["value"].node, ["b"])
    assert not compare(found["value"].node, ["a", "b"])

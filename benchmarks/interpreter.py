"""How long the interpreter takes: `python benchmarks/interpreter.py`.

Each line is the best of several runs, with programs and inputs already built.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence

from rasp.graph.construct import elementwise
from rasp.graph.nodes import TOKENS, Atom, Node, SOpNode
from rasp.interpreter import evaluate
from rasp.program import loads
from rasp.sop import SOp

PROGRAM = """
hist = selector_width(select(tokens, tokens, ==));
reverse = aggregate(select(indices, length - 1 - indices, ==), tokens);
sorted = sort(tokens, tokens);

up_to = select(indices, indices, <=);
opens = aggregate(up_to, indicator(tokens == "("));
closes = aggregate(up_to, indicator(tokens == ")"));
fault = aggregate(full_s, indicator(opens < closes)) > 0;
dyck1 = "F" if fault else ("T" if opens == closes else "P");
means = aggregate(up_to, (indices % 7) / 3);
"""

REPEATS = 5


def best(run: Callable[[], object]) -> float:
    """Seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def report(what: str, node: Node, inputs: Sequence[Sequence[Atom]]) -> None:
    seconds = best(lambda: evaluate(node, inputs))
    sys.stdout.write(f"{what:44} {1e3 * seconds:9.2f} ms\n")


def deep(size: int) -> SOpNode:
    node: SOpNode = TOKENS
    for step in range(size):
        node = elementwise("add", node, step % 3)
    return node


def main() -> None:
    program = loads(PROGRAM)
    letters = random.Random(0)
    for name in ("hist", "reverse", "sorted", "dyck1", "means"):
        sop = program[name]
        assert isinstance(sop, SOp)
        for length in (10, 1000, 2000):
            alphabet = "()" if name == "dyck1" else "abcdefghijklmnopqrstuvwxyz"
            text = "".join(letters.choices(alphabet, k=length))
            report(f"{name}, one input of {length} tokens", sop.node, [text])
        batch = ["".join(letters.choices("abcde", k=8)) for _ in range(50_000)]
        report(f"{name}, 50,000 inputs of 8 tokens", sop.node, batch)
    report("a graph of 100,000 nodes, 2 tokens", deep(100_000), [[1, 2]])


if __name__ == "__main__":
    main()

"""How many inputs a second compiled models and `verify` take: `python benchmarks/forward.py`.

Both start with Python values and end with them: strings in, lists of values out.  Each line is the
best of several runs by the wall clock, and beside it the same by the CPU time of all threads, which
says more on a machine that has other work to do.
"""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable
from functools import partial

import rasp
from rasp import CompiledModel, verify

PROGRAM = """
hist = selector_width(select(tokens, tokens, ==));
reverse = aggregate(select(indices, length - 1 - indices, ==), tokens);
sorted = sort(tokens, tokens);
"""

REPEATS = 7
# s-op, tokens of the vocabulary, length, inputs of a batch
BATCHES = [
    ("reverse", 10, 10, 50_000),
    ("reverse", 10, 20, 20_000),
    ("sorted", 10, 20, 10_000),
    ("hist", 10, 10, 200_000),
    ("hist", 26, 100, 1_000),
]


def report(what: str, n_inputs: int, run: Callable[[], object]) -> None:
    run()
    wall, cpu = [], []
    for _ in range(REPEATS):
        start, start_cpu = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    by_wall, by_cpu = n_inputs / min(wall), n_inputs / min(cpu)
    print(f"{what:44} {by_wall:11,.0f} a second {by_cpu:11,.0f} a CPU second", flush=True)


def compiled(name: str, n_tokens: int, length: int) -> CompiledModel:
    sop = rasp.loads(PROGRAM)[name]
    assert isinstance(sop, rasp.SOp)
    return rasp.compile(sop, vocab=string.ascii_lowercase[:n_tokens], max_len=length)


def main() -> None:
    letters = random.Random(0)
    for name, n_tokens, length, n_inputs in BATCHES:
        model = compiled(name, n_tokens, length)
        alphabet = string.ascii_lowercase[:n_tokens]
        inputs = ["".join(letters.choices(alphabet, k=length)) for _ in range(n_inputs)]
        what = f"{name}, {n_tokens} tokens, length {length}"
        report(f"{what}, batch", n_inputs, partial(model.batch, inputs))
        mixed = [text[: letters.randint(1, length)] for text in inputs]
        report(f"{what}, mixed lengths", n_inputs, partial(model.batch, mixed))
    model = compiled("hist", 5, 8)
    n_inputs = sum(5**length for length in range(1, 9))
    report("hist, 5 tokens, length 8, verify", n_inputs, partial(verify, model, exhaustive=True))


if __name__ == "__main__":
    main()

"""Programs of Tracr, compiled by Tracr and here: `python benchmarks/comparison.py CHECKOUT`.

CHECKOUT: of Tracr, in an environment that has what Tracr requires.  Both compile the same program
(here by `rasp.from_tracr`) for the same vocabulary and length in one process, and both answer the
same inputs.  Right is what Tracr's own evaluator gives.  Prints the table of docs/comparison.md;
with --write, puts it there.

Times are seconds of the processor for one compilation, after another program was compiled.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import rasp
from rasp.graph.nodes import Atom
from rasp.sop import SOp

DOCUMENT = Path(__file__).parents[1] / "docs" / "comparison.md"
BEGIN, END = "<!-- begin: benchmarks/comparison.py -->\n", "<!-- end -->\n"

HEADINGS = ("program", "compiled", "sublayers", "parameters", "compile s", "equal", "within 0.001")
MOST_INPUTS, PER_LENGTH = 200, 40
CLOSE = 1e-3
BOS = "BOS"


@dataclass(frozen=True, slots=True)
class Task:
    """make: the program for a longest input, from Tracr's library."""

    name: str
    make: Callable[[int], Any]
    vocab: Sequence[Atom]

    def inputs(self, max_len: int) -> list[list[Atom]]:
        """All of them where they are few, else random ones of the shortest, a middle and the
        longest length: Tracr's models take a while for each new one."""
        if sum(len(self.vocab) ** n for n in range(1, max_len + 1)) <= MOST_INPUTS:
            lengths = range(1, max_len + 1)
            return [list(tokens) for n in lengths for tokens in product(self.vocab, repeat=n)]
        generator = random.Random(7)
        lengths = (1, max_len // 2, max_len)
        return [generator.choices(self.vocab, k=n) for n in lengths for _ in range(PER_LENGTH)]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one compiler: its size, its time, and how many inputs it answers right."""

    by: str
    sublayers: str
    n_parameters: int
    seconds: float
    equal: int
    close: int


def tasks() -> list[Task]:
    lib = importlib.import_module("tracr.compiler.lib")
    tracr = importlib.import_module("tracr.rasp.rasp")
    letters, numbers = ("a", "b", "c"), (1, 2, 3)

    def sort(max_len: int) -> Any:
        return lib.make_sort(tracr.tokens, tracr.tokens, max_seq_len=max_len, min_key=1)

    def fractions(max_len: int) -> Any:
        return lib.make_frac_prevs(tracr.numerical(tracr.tokens == "a"))

    def balance(max_len: int) -> Any:
        return lib.make_pair_balance(tracr.tokens, "(", ")")

    return [
        Task("make_reverse", lambda max_len: lib.make_reverse(tracr.tokens), letters),
        Task("make_hist", lambda max_len: lib.make_hist(), letters),
        Task("make_sort", sort, numbers),
        Task("make_sort_freq", lambda max_len: lib.make_sort_freq(max_len), letters),
        Task("make_frac_prevs", fractions, letters),
        Task("make_pair_balance", balance, ("(", ")", "x")),
    ]


def by_tracr(
    task: Task, max_len: int, inputs: list[list[Atom]], wanted: list[list[Any]]
) -> Measured:
    compiling = importlib.import_module("tracr.compiler.compiling")
    jax = importlib.import_module("jax")
    program = task.make(max_len)
    start = time.process_time()
    model = compiling.compile_rasp_to_model(
        program, vocab=set(task.vocab), max_seq_len=max_len, compiler_bos=BOS
    )
    seconds = time.process_time() - start
    found = [model.apply([BOS, *tokens]).decoded[1:] for tokens in inputs]
    n_parameters = sum(int(leaf.size) for leaf in jax.tree_util.tree_leaves(model.params))
    sublayers = "af" * int(model.model_config.num_layers)
    return Measured("by Tracr", sublayers, n_parameters, seconds, *_right(found, wanted))


def here(task: Task, max_len: int, inputs: list[list[Atom]], wanted: list[list[Any]]) -> Measured:
    sop = rasp.from_tracr(task.make(max_len), vocab=task.vocab, max_len=max_len)
    assert isinstance(sop, SOp)
    start = time.process_time()
    model = rasp.compile(sop, vocab=task.vocab, max_len=max_len)
    seconds = time.process_time() - start
    report = model.report
    right = _right(model.batch(inputs), wanted)
    return Measured("here", report.sublayers, report.n_parameters, seconds, *right)


def _right(found: Sequence[Sequence[Any]], wanted: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """How many answers are equal, and how many have all numbers within CLOSE."""
    pairs = list(zip(found, wanted, strict=True))
    equal = sum(list(got) == list(want) for got, want in pairs)
    return equal, sum(all(map(_is_close, got, want)) for got, want in pairs)


def _is_close(got: Any, want: Any) -> bool:
    if isinstance(got, str) or isinstance(want, str):
        return bool(got == want)
    return abs(got - want) <= CLOSE


def rows(task: Task, max_len: int) -> list[str]:
    """One for each compiler."""
    inputs = task.inputs(max_len)
    program = task.make(max_len)
    wanted = [list(program(tokens)) for tokens in inputs]
    measured = (compiler(task, max_len, inputs, wanted) for compiler in (by_tracr, here))
    return [
        f"| `{task.name}` | {each.by} | `{each.sublayers}` | {each.n_parameters:,} "
        f"| {each.seconds:.2g} | {each.equal} | {each.close} |"
        for each in measured
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout")
    parser.add_argument("--max-len", type=int, default=5, help="tokens of the longest input")
    parser.add_argument("--only", metavar="PROGRAM", help="one of the programs")
    parser.add_argument("--write", action="store_true", help="into the document")
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.checkout)
    table = [f"| {' | '.join(HEADINGS)} |", f"|{' --- |' * len(HEADINGS)}"]
    rows(tasks()[1], 2)  # what is imported and set up once
    for task in tasks():
        if arguments.only not in (None, task.name):
            continue
        table += rows(task, arguments.max_len)
        print("\n".join(table[-2:]), flush=True)
    if arguments.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        shown = "\n".join(table)
        DOCUMENT.write_text(f"{before}{BEGIN}{shown}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()

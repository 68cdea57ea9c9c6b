"""The paper's tasks, compiled and compared: `python benchmarks/listed.py`.

Every program is compiled once for up to 50 tokens and compared with the interpreter on all
inputs of 1 to 8 tokens over a small alphabet, and on random ones of every length.  The table is
Markdown.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import rasp
from rasp.analysis import Analysis
from rasp.compiled import CompiledModel
from rasp.sop import SOp

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MAX_LEN = 50
EXHAUSTIVE_LENGTH = 8
RANDOM_INPUTS = 4_000


@dataclass(frozen=True)
class Task:
    """A task of the paper: where its program is, and a small alphabet to try everything over."""

    title: str
    file: str
    sop: str
    alphabet: str

    def load(self) -> SOp:
        sop = rasp.load(EXAMPLES / f"{self.file}.rasp")[self.sop]
        assert isinstance(sop, SOp)
        return sop


TASKS = [
    Task("reverse", "reverse", "reversed", "abc"),
    Task("shift", "shift", "shifted", "abc"),
    Task("histogram, without BOS", "histogram", "histogram", "abc"),
    Task("histogram, with BOS", "histogram_bos", "histogram_bos", "§ab"),
    Task("double histogram", "double_histogram", "double_histogram", "abc"),
    Task("sort", "sort", "sorted", "abc"),
    Task("sort by most frequent", "sort_by_frequency", "by_frequency", "abc"),
    Task("Dyck-1, true/partial/false", "dyck1", "dyck1", "()"),
    Task("Dyck-2, true/partial/false", "dyck2", "dyck2", "(){}"),
    Task("prefix fractions", "prefix_fractions", "share_of_a", "abc"),
    Task("first occurrence", "occurrences", "first", "abc"),
    Task("last occurrence", "occurrences", "last", "abc"),
    Task("numeric mean", "above_average", "average_number", "279"),
    Task("above the mean", "above_average", "above_average", "279"),
]


@dataclass(frozen=True)
class Row:
    """One task's figures."""

    task: Task
    account: Analysis
    model: CompiledModel
    seconds: float
    checked: int
    mismatches: int


def measure(
    task: Task, random_inputs: int = RANDOM_INPUTS, longest: int = EXHAUSTIVE_LENGTH
) -> Row:
    """Compile and compare, on all inputs of up to `longest` tokens and on random ones, up to the
    first mismatch of each."""
    sop = task.load()
    start = time.process_time()
    model = rasp.compile(sop, vocab=task.alphabet, max_len=MAX_LEN)
    seconds = time.process_time() - start
    comparisons = [
        rasp.verify(model, exhaustive=True, max_length=longest),
        rasp.verify(model, samples=random_inputs, seed=1),
    ]
    return Row(
        task,
        rasp.analyze(sop),
        model,
        seconds,
        sum(comparison.n_checked for comparison in comparisons),
        sum(not comparison.ok for comparison in comparisons),
    )


def main() -> None:
    print(
        "| program | theory's layers | compiled sublayers | d_model | parameters | compile "
        "| inputs checked | mismatches |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for task in TASKS:
        row = measure(task)
        report = row.model.report
        print(
            f"| {task.title} | {row.account.n_layers} | {report.sublayers} | {report.d_model} "
            f"| {report.n_parameters:,} | {row.seconds:.2f} s | {row.checked:,} "
            f"| {row.mismatches} |"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""How many tokens a second compiled models write: `python benchmarks/generation.py`.

One prompt with a key-value cache, 64 prompts at once, and a loop that calls the model on the whole
sequence for every token; tokens a second of processor time, best of three, all on one thread.  The
loop is measured at lengths spread evenly up to the longest.  Since a pass costs more the longer the
sequence is, and a cached step hardly does, both are also measured at the end, for the last tokens
that the model has room for.  docs/comparison.md cites what it prints.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import rasp
from rasp.compiled import CompiledModel
from rasp.graph.nodes import Atom

EXAMPLES = Path(__file__).parents[1] / "examples" / "decoding"
TIMES, BATCH, WHOLE_PASSES, LAST = 3, 64, 16, 40
HEADINGS = (
    "program",
    "longest input",
    "sublayers",
    "parameters",
    "dtype",
    "whole passes",
    "one prompt",
    f"{BATCH} at once",
    "times as fast",
    "at the end: whole passes",
    "one prompt",
    "times as fast",
)


def rate(write: Callable[[], int]) -> float:
    """Tokens a CPU second.  write: writes some and says how many."""
    rates = []
    for _ in range(TIMES):
        start = time.process_time()
        n_tokens = write()
        rates.append(n_tokens / (time.process_time() - start))
    return max(rates)


def whole_passes(model: CompiledModel, sequence: list[Atom], lengths: Iterable[int]) -> int:
    """The tokens after so many others again, each by a pass over all of these; how many."""
    return sum(bool(model(sequence[:length])) for length in lengths)


def rate_of_last(model: CompiledModel, sequence: list[Atom]) -> float:
    """Tokens a CPU second of the last ones; the pass over the prompt is not counted."""
    rates = []
    for _ in range(TIMES):
        written = model.stream(sequence[: -LAST - 1], LAST + 1)
        next(written)
        start = time.process_time()
        n_tokens = sum(1 for _ in islice(written, LAST))
        rates.append(n_tokens / (time.process_time() - start))
    return max(rates)


def measure(name: str, sop: str, vocab: str, max_len: int, prompt: str) -> None:
    program = rasp.load(EXAMPLES / f"{name}.rasp")
    model = rasp.compile(program[sop], vocab=vocab, max_len=max_len, causal=True)
    n_new = max_len - len(prompt)
    sequence = model.generate(prompt, n_new)
    spread = [max_len * (n + 1) // (WHOLE_PASSES + 1) for n in range(WHOLE_PASSES)]
    loop = rate(lambda: whole_passes(model, sequence, spread))
    alone = rate(lambda: len(list(model.stream(prompt, n_new))))
    together = rate(lambda: BATCH * n_new * bool(model.generate_batch([prompt] * BATCH, n_new)))
    loop_last = rate(lambda: whole_passes(model, sequence, range(max_len - WHOLE_PASSES, max_len)))
    alone_last = rate_of_last(model, sequence)
    report = model.report
    cells = (
        f"`{name}`",
        str(max_len),
        f"`{report.sublayers}`",
        f"{report.n_parameters:,}",
        report.dtype,
        f"{loop:,.0f}",
        f"{alone:,.0f}",
        f"{together:,.0f}",
        f"{alone / loop:,.0f}, {together / loop:,.0f}",
        f"{loop_last:,.0f}",
        f"{alone_last:,.0f}",
        f"{alone_last / loop_last:,.0f}",
    )
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    import torch

    torch.set_num_threads(1)
    print(f"| {' | '.join(HEADINGS)} |")
    print("| --- " * len(HEADINGS) + "|")
    measure("progression", "next_digit", "0123456789", 200, "01")
    measure("copying", "copied", "abcdefgh=$", 100, "abcdefgh" * 5 + "=")
    measure("binary_counter", "next_bit", "01,", 512, "00000000,")
    measure("rule110", "next_cell", "01|", 512, "0" * 29 + "1|")


if __name__ == "__main__":
    main()

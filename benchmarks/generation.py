"""How many tokens a second compiled models write: `python benchmarks/generation.py`.

One prompt with a key-value cache, and 64 prompts at once; best of three, in tokens a second of the
processor.  docs/comparison.md cites what it prints.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import rasp

EXAMPLES = Path(__file__).parents[1] / "examples" / "decoding"
TIMES, BATCH = 3, 64


def rate(write: Callable[[], int]) -> float:
    """Tokens a CPU second.  write: writes some and says how many."""
    rates = []
    for _ in range(TIMES):
        start = time.process_time()
        n_tokens = write()
        rates.append(n_tokens / (time.process_time() - start))
    return max(rates)


def measure(name: str, sop: str, vocab: str, max_len: int, prompt: str) -> None:
    program = rasp.load(EXAMPLES / f"{name}.rasp")
    model = rasp.compile(program[sop], vocab=vocab, max_len=max_len, causal=True)
    n_new = max_len - len(prompt)
    alone = rate(lambda: len(list(model.stream(prompt, max_new_tokens=n_new))))
    prompts = [prompt] * BATCH
    together = rate(
        lambda: sum(
            len(written) - len(prompt)
            for written in model.generate_batch(prompts, max_new_tokens=n_new)
        )
    )
    report = model.report
    print(
        f"{sop:12} up to {max_len} tokens, sublayers {report.sublayers}, "
        f"{report.n_parameters:,} parameters, {report.dtype}: "
        f"{alone:,.0f} a second, {BATCH} at once {together:,.0f}",
        flush=True,
    )


def main() -> None:
    measure("progression", "next_digit", "0123456789", 200, "01")
    measure("copying", "copied", "abcdefgh=$", 100, "abcdefgh" * 5 + "=")


if __name__ == "__main__":
    main()

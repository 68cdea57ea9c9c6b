"""Programs that write, compiled, against plain Python: `python -m benchmarks.machines`.

Every program of examples/decoding/ is compiled, and what its model writes after random prompts is
compared, token by token, with its reference (benchmarks/references.py).  The models write with a
key-value cache, a batch at a time, on one thread; times are of the processor.  The table is
Markdown; docs/machines.md has it.

    python -m benchmarks.machines --write                        the table, into the document
    python -m benchmarks.machines rule110 --tokens 2000000       two million tokens of Rule 110
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import torch

import rasp
from benchmarks.references import MACHINES, Machine

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "machines.md"
BEGIN, END = "<!-- begin: benchmarks/machines.py -->\n", "<!-- end -->\n"
BATCH = 256
TOKENS = 100_000
SHOWN = 40  # tokens of a difference, on either side


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many tokens were written after how many prompts; the first difference, if any."""

    n_prompts: int
    n_tokens: int
    seconds: float
    difference: str | None


def compiled(
    machine: Machine, max_len: int | None = None, *, one_logit: bool = False
) -> rasp.CompiledModel:
    """The machine's model, or a smaller one for inputs up to max_len."""
    program = rasp.load(ROOT / "examples" / "decoding" / f"{machine.name}.rasp")
    return rasp.compile(
        program[machine.sop],
        vocab=machine.vocab,
        max_len=max_len or machine.max_len,
        causal=True,
        one_logit=one_logit,
    )


def compare(
    machine: Machine, model: rasp.CompiledModel, n_tokens: int, seed: int = 0, batch: int = BATCH
) -> Comparison:
    """Let the model write until there are n_tokens, and compare every one with the reference."""
    random = Random(seed)
    n_prompts = written = 0
    seconds = 0.0
    while written < n_tokens:
        prompts = list(islice(_prompts(machine, model.max_len, random), batch))
        requests = [
            model.request(prompt, model.max_len - len(prompt), stop=list(machine.stops) or None)
            for prompt in prompts
        ]
        start = time.process_time()
        outcomes = model.written_batch(requests)
        seconds += time.process_time() - start
        for prompt, outcome in zip(prompts, outcomes, strict=True):
            got = "".join(map(str, outcome.tokens))
            expected = "".join(islice(machine.written(prompt), model.max_len - len(prompt)))
            n_prompts += 1
            written += len(got)
            if got != expected:
                return Comparison(n_prompts, written, seconds, _difference(prompt, expected, got))
    return Comparison(n_prompts, written, seconds, None)


def _prompts(machine: Machine, max_len: int, random: Random) -> Iterator[str]:
    while True:
        prompt = machine.prompt(random)
        if len(prompt) < max_len:
            yield prompt


def _difference(prompt: str, expected: str, got: str) -> str:
    pairs = zip(expected, got, strict=False)
    place = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(got)))
    shown = slice(max(0, place - SHOWN), place + SHOWN)
    return (
        f"after {prompt!r}, token {place}: expected ...{expected[shown]!r}, got ...{got[shown]!r}"
    )


HEADINGS = (
    "program",
    "longest input",
    "sublayers",
    "d_model",
    "parameters",
    "compiled in",
    "certificate",
    "tokens compared",
    "of them different",
    "tokens a second",
)


def proved(model: rasp.CompiledModel) -> str:
    """What is proved of it, for a cell of the table."""
    certificate = model.certificate
    if not certificate.rounding.ok:
        return "none"
    return "exact" if certificate.meaning.ok else "rounding"


def row(machine: Machine, n_tokens: int, seed: int) -> tuple[tuple[str, ...], str | None]:
    """A line of the table, and the first difference."""
    start = time.process_time()
    model = compiled(machine)
    seconds = time.process_time() - start
    report = model.report
    found = compare(machine, model, n_tokens, seed)
    cells = (
        f"`{machine.name}`",
        str(report.max_len),
        f"`{report.sublayers}`",
        str(report.d_model),
        f"{report.n_parameters:,}",
        f"{seconds:.0f} s",
        proved(model),
        f"{found.n_tokens:,}",
        "some" if found.difference else "0",
        f"{found.n_tokens / found.seconds:,.0f}",
    )
    return cells, found.difference


def main() -> int:
    names = {machine.name: machine for machine in MACHINES}
    parser = argparse.ArgumentParser(prog="benchmarks.machines", description=__doc__)
    parser.add_argument("machine", nargs="*", choices=[[], *names], help="all, if none is named")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="to compare for each of them")
    parser.add_argument("--seed", type=int, default=0, help="of the prompts")
    parser.add_argument("--write", action="store_true", help="put the table into docs/machines.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    differences = []
    for name in options.machine or names:
        cells, difference = row(names[name], options.tokens, options.seed)
        lines.append(cells)
        sys.stderr.write(f"{' '.join(cells)}\n")
        if difference is not None:
            differences.append(f"{name} {difference}")
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    sys.stdout.write("\n".join([table, *differences]) + "\n")
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        DOCUMENT.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

"""The corpus of programs as a Markdown table: `python benchmarks/corpus.py`.

Every program of tests/conformance/compile.jsonl is compiled for its vocabulary and length and
compared with the interpreter: on all inputs where there are few enough, else on random ones, and
always on the inputs of the corpus.  It is compiled once more for size; that takes several
compilations and is not timed.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import rasp
from rasp.errors import CompileError
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import count_inputs, same_outcome

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "conformance" / "compile.jsonl"
HEADINGS = (
    "program",
    "theory",
    "compiled",
    "d_model",
    "parameters",
    "for size",
    "compile s",
    "inputs checked",
    "mismatches",
)


def measure(case: dict[str, Any], limit: int) -> tuple[list[str], tuple[float, float] | None]:
    """One row, the seconds to compile it, and those of the proof of meaning, done once more.

    None for a program that is refused.
    """
    name = case["id"].removeprefix("comp-")
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    layers = str(rasp.analyze(sop).n_layers)
    start = time.process_time()
    try:
        model = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"])
    except CompileError as error:
        return [name, layers, f"refused: {error.message}", *[""] * (len(HEADINGS) - 3)], None
    seconds = time.process_time() - start
    start = time.process_time()
    model.artifact.new_meaning()
    proof = time.process_time() - start
    everything = count_inputs(len(case["vocab"]), case["max_len"]) <= limit
    verification = rasp.verify(model, exhaustive=everything, samples=limit, seed=1)
    expected = outcomes(sop.node, case["inputs"], origins=sop.origins)
    found = model.outcomes(case["inputs"])
    wrong = sum(not same_outcome(*pair) for pair in zip(expected, found, strict=True))
    report = model.report
    small = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"], optimize="size")
    small_ok = rasp.verify(small, samples=limit, seed=2).ok
    return [
        name,
        layers,
        report.sublayers or "-",
        str(report.d_model),
        f"{report.n_parameters:,}",
        f"{small.report.n_parameters:,}",
        f"{seconds:.2f}",
        f"{verification.n_checked + len(found):,}" + (" (all)" if everything else ""),
        str(wrong + (not verification.ok) + (not small_ok)),
    ], (seconds, proof)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=2_000, help="inputs to compare per program")
    limit: int = parser.parse_args().limit
    print(f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}")
    times: list[tuple[float, float]] = []
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        row, seconds = measure(json.loads(line), limit)
        print(f"| {' | '.join(row)} |")
        sys.stdout.flush()
        if seconds is not None:
            times.append(seconds)
    whole = [seconds for seconds, _ in times]
    others = [seconds - proof for seconds, proof in times]
    print(
        f"\n{len(times)} programs compiled; seconds to compile: "
        f"median {statistics.median(whole):.3f}, largest {max(whole):.2f}; without the "
        f"proof of meaning: median {statistics.median(others):.3f}, largest {max(others):.2f}; "
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"
    )


if __name__ == "__main__":
    main()

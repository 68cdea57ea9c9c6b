"""Numbers that are hard to tell apart: `python -m rasp.testing.close --seed S --cases N --jobs J`.

A case (`rasp.testing.close_cases`) is compiled and compared with the interpreter: on all short
inputs and some of every length, in a batch, one by one, and after saving and loading, to the last
bit and type.  Or it is refused, with a place.  What differs is printed.  A case that takes more
than its CPU seconds is stopped, counted and printed: it is not checked.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path

from rasp import api
from rasp.checkpoint import load_model
from rasp.errors import CompileError, RaspError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.close_cases import Case, random_case
from rasp.testing.judging import Judge
from rasp.testing.patience import OutOfTimeError, at_most
from rasp.verification import every_input, same_outcome, sampled_inputs

INPUTS = 120
SAMPLES = 30  # of every length where not all inputs are tried
ONE_BY_ONE = 3
CPU_SECONDS = 20.0  # for one case; nearly all take less than one
PER_TASK = 20  # cases that a process takes at once

Outcome = list[Atom] | RaspError


@dataclass
class Outcomes:
    """n_proved, n_certified, n_doubtful: models with a proof of meaning too, of rounding alone, and
    of neither; n_pairs: of inputs and cases; refused: the messages; wrong: what differs, in words;
    stopped: cases that took too long."""

    n_cases: int = 0
    n_proved: int = 0
    n_certified: int = 0
    n_doubtful: int = 0
    n_pairs: int = 0
    n_failing: int = 0
    n_by_rule: int = 0
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    seconds: float = 0.0  # of CPU, all together
    longest: float = 0.0  # of one case that was not stopped

    def add(self, other: Outcomes) -> None:
        self.n_cases += other.n_cases
        self.n_proved += other.n_proved
        self.n_certified += other.n_certified
        self.n_doubtful += other.n_doubtful
        self.n_pairs += other.n_pairs
        self.n_failing += other.n_failing
        self.n_by_rule += other.n_by_rule
        self.refused += other.refused
        self.wrong += other.wrong
        self.stopped += other.stopped
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)

    def to_text(self) -> str:
        return (
            f"{self.n_cases:,} cases: {self.n_proved:,} proved, {self.n_certified:,} certified "
            f"without meaning, {self.n_doubtful:,} not certified; {self.n_pairs:,} inputs compared "
            f"({self.n_failing:,} of them fail, {self.n_by_rule:,} by the rule for means), "
            f"{len(self.refused):,} cases refused, {len(self.stopped):,} stopped, "
            f"{len(self.wrong):,} differ; {self.seconds:.0f} s of CPU, {self.longest:.1f} s at most"
        )

    def reasons(self) -> str:
        """The refusals by kind, without their names and numbers."""
        kinds = Counter(map(_reason, self.refused))
        return "\n".join(f"{count:7,}  {kind}" for kind, count in kinds.most_common())


def check_cases(seeds: Iterable[int], seconds: float = CPU_SECONDS) -> Outcomes:
    """Compile the cases of these seeds and compare each with the interpreter."""
    found = Outcomes()
    for seed in seeds:
        check_case(random_case(seed), found, seed=seed, seconds=seconds)
    return found


def check_case(case: Case, found: Outcomes, *, seed: int = 0, seconds: float = CPU_SECONDS) -> None:
    """The same for one case; what comes out is added.  seed: of the inputs."""
    found.n_cases += 1
    before = time.process_time()
    try:
        with at_most(seconds):
            _check(seed, case, found)
    except OutOfTimeError:
        found.stopped.append(f"seed {seed}: more than {seconds:g} s of CPU\n{case}")
        return
    except Exception:  # whatever it is: this is what the check is for
        found.wrong.append(f"seed {seed}: {case}\n{traceback.format_exc(-5)}")
    finally:
        taken = time.process_time() - before
        found.seconds += taken
    found.longest = max(found.longest, taken)


def _check(seed: int, case: Case, found: Outcomes) -> None:
    sop = loads(case.text)["result"]
    if not isinstance(sop, SOp):
        return  # its parts are so constant that it is one value
    try:
        model = api.compile(
            sop,
            vocab=case.vocabulary,
            max_len=case.max_len,
            dtype=case.dtype,
            optimize=case.optimize,
            causal=case.causal,
        )
    except CompileError as error:
        found.refused.append(error.message)
        if not error.labels:
            found.wrong.append(f"seed {seed}: {case}\nrefused without a place: {error}")
        elif error.message.startswith(api.MISTAKEN):  # certified, and wrong
            found.wrong.append(f"seed {seed}: {case}\n{error}")
        return
    certificate = model.certificate
    found.n_proved += certificate.rounding.ok and certificate.meaning.ok
    found.n_certified += certificate.rounding.ok and not certificate.meaning.ok
    found.n_doubtful += not certificate.rounding.ok
    inputs = _inputs(case, seed)
    expected = outcomes(sop.node, inputs, causal=case.causal, origins=sop.origins)
    found.n_pairs += len(inputs)
    found.n_failing += sum(isinstance(outcome, RaspError) for outcome in expected)
    judge = Judge(
        sop.node,
        inputs,
        expected,
        by_rule=model.artifact.readout.by_rule,
        n_tokens=len(case.vocabulary),
    )
    difference = _compare(inputs, expected, model.outcomes(inputs), judge, found)
    some = range(0, len(inputs), max(1, len(inputs) // ONE_BY_ONE))
    for row in some:
        alone = [*model.outcomes([inputs[row]])]
        difference = difference or _compare([inputs[row]], [expected[row]], alone, judge)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        again = load_model(path).outcomes(inputs)
        difference = difference or _compare(inputs, expected, again, judge)
    if difference:
        found.wrong.append(f"seed {seed}: {case}\n{certificate}\n{difference}")


def _inputs(case: Case, seed: int) -> list[list[Atom]]:
    """All short inputs, and some of every length where they are not all."""
    n_tokens = len(case.vocabulary)
    batches = every_input(n_tokens, case.max_len, INPUTS)
    rows = list(islice((row for batch in batches for row in batch), INPUTS))
    if len(rows) == INPUTS:
        sampled = sampled_inputs(n_tokens, case.max_len, SAMPLES, seed, SAMPLES)
        rows += [row for batch in sampled for row in batch]
        rows += [[seed % n_tokens] * case.max_len]  # where sums are largest
    return [[case.vocabulary[place] for place in row] for row in rows]


def _compare(
    inputs: Sequence[list[Atom]],
    expected: Sequence[Outcome],
    got: Sequence[Outcome],
    judge: Judge,
    counted: Outcomes | None = None,
) -> str:
    """The first difference in words, or nothing."""
    for tokens, right, answer in zip(inputs, expected, got, strict=True):
        if same_outcome(right, answer):
            continue
        if judge.accepts(tokens, right, answer):
            if counted is not None:
                counted.n_by_rule += 1
            continue
        shown = [str(one) if isinstance(one, RaspError) else repr(one) for one in (right, answer)]
        return f"{tokens}: expected {shown[0]}, got {shown[1]}"
    return ""


def _reason(message: str) -> str:
    message = re.sub(r"[-\d.,]*\d(e[-+]\d+)?", "#", message)
    return re.sub(r"^.*? (is a function of|has|fails|needs|takes)\b", r"... \1", message)[:110]


def main() -> None:
    parser = argparse.ArgumentParser(prog="rasp.testing.close", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--seconds", type=float, default=CPU_SECONDS, help="of CPU, after which a case is stopped"
    )
    options = parser.parse_args()
    end = options.seed + options.cases
    tasks = [range(n, min(n + PER_TASK, end)) for n in range(options.seed, end, PER_TASK)]
    total = Outcomes()
    with ProcessPoolExecutor(options.jobs, initializer=_quiet) as pool:
        for task, found in zip(
            tasks, pool.map(check_cases, tasks, repeat(options.seconds)), strict=True
        ):
            total.add(found)
            # As it goes: what is stopped goes on from the last seed that was written.
            for text in [*found.wrong, *found.stopped]:
                sys.stdout.write(f"{text}\n")
            sys.stdout.write(f"up to seed {task[-1]}: {total.to_text()}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{total.reasons()}\n{total.to_text()}\n")
    raise SystemExit(1 if total.wrong else 0)


def _quiet() -> None:
    """One thread for each process: they are many."""
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    main()

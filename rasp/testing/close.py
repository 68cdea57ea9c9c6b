"""Numbers that are hard to tell apart: `python -m rasp.testing.close --seed S --cases N`.

A case is a vocabulary of close, huge, tiny, mixed or negative numbers, an expression on them, and a
way to compile it.  The model has to be the interpreter on all short inputs, to the last bit and
type, or be refused with a place.  What differs is printed.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rasp import api
from rasp.errors import CompileError, RaspError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.sop import SOp
from rasp.verification import every_input, same_outcome

Number = int | float
INPUTS = 120
REPORTED = 20  # after so many cases what was found so far is written


def _near_integers(numbers: random.Random) -> list[Number]:
    base = numbers.choice([10**9, 1_234_567_890, 1_700_000_000, 4_111_111_111_111_111, 10**12])
    base = numbers.choice([base, 2**31, 2**53, 2**60, 10**20, numbers.randrange(10**15)])
    return [base + more for more in numbers.sample(range(-3, 4), 3)]


def _near_floats(numbers: random.Random) -> list[Number]:
    base = numbers.choice([0.1, 0.3, 1.0, 1 / 3, 2.0, 1e-19, 6.02e23, numbers.random()])
    found = [base]
    for _ in range(2):
        found.append(math.nextafter(found[-1], math.inf))
    return list(found)


def _tiny(numbers: random.Random) -> list[Number]:
    return numbers.sample([0, 1e-13, 2e-13, 1.602e-19, 6.6e-34, 1e-300, 5e-324, 1.0], 3)


def _mixed(numbers: random.Random) -> list[Number]:
    return numbers.sample([1, 2, 3, 0.5, 2.5, 1e16, 10**17, -1, -0.5, 1e-9, 0.1, 0.2, 0.7], 3)


def _small(numbers: random.Random) -> list[Number]:
    return numbers.sample([0, 1, 2, 3, 5, -2, 0.25], numbers.choice([2, 3]))


def _scales(numbers: random.Random) -> list[Number]:
    return [numbers.choice([1, -1]) * 10 ** numbers.randrange(-12, 20) for _ in range(3)]


FAMILIES: tuple[Callable[[random.Random], list[Number]], ...] = (
    _near_integers,
    _near_floats,
    _tiny,
    _mixed,
    _small,
    _scales,
)

EXPRESSIONS = (
    "tokens_asis",
    "-tokens_asis",
    "sort(tokens_asis, tokens_asis)",
    "tokens_asis[0] + tokens_asis",
    "{a} * tokens_asis[0] + tokens_asis",
    "tokens_asis - tokens_asis[length - 1]",
    "2 ^ indices - tokens_asis",
    "tokens_asis * tokens_asis",
    "tokens_asis / 3 + indices",
    "{a} if tokens_asis == {t} else {b}",
    "{a} if indices == 0 else tokens_asis",
    "{{{t}: {a}}}[tokens_asis] if tokens_asis == {t} else {b}",
    "average(tokens_asis)",
    "aggregate(so_far, tokens_asis)",
    "aggregate(select(indices, indices, <), tokens_asis, {a})",
    "aggregate(select(tokens_asis, tokens_asis, ==), indices)",
    "aggregate(so_far, indicator(tokens_asis == {t})) - aggregate(so_far, {b} * indices)",
    "average(tokens_asis) + {a}",
    "average(tokens_asis) - aggregate(so_far, tokens_asis)",
    "average(tokens_asis) if indices == 0 else {b}",
    "length * average(tokens_asis)",
    "round(average(tokens_asis))",
    "selector_width(select(tokens_asis, tokens_asis, <)) * {a}",
    "selector_width(so_far and select(tokens_asis, {t}, ==)) / {b} - indices",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A program, and how it is compiled."""

    text: str
    vocabulary: tuple[Atom, ...]
    max_len: int
    dtype: Literal["auto", "float32", "float64"]
    optimize: Literal["patterns", "size"]
    causal: bool


def random_case(seed: int) -> Case:
    """The case of a seed, always the same."""
    numbers = random.Random(seed)
    tokens = list(dict.fromkeys(numbers.choice(FAMILIES)(numbers)))
    constants = numbers.choice(FAMILIES)(numbers)
    a, b = numbers.sample(constants, 2)
    t = numbers.choice(tokens)
    expression = numbers.choice(EXPRESSIONS).format(a=_written(a), b=_written(b), t=_written(t))
    return Case(
        text=f"so_far = select(indices, indices, <=);\nresult = {expression};\n",
        vocabulary=tuple(tokens),
        max_len=numbers.choice([1, 2, 3, 4]),
        dtype=numbers.choice(["auto", "float32", "float64"]),
        optimize=numbers.choice(["patterns", "size"]),
        causal=numbers.random() < 0.3,
    )


def _written(value: Number) -> str:
    return f"({show(value)})" if value < 0 or show(value).startswith("-") else show(value)


@dataclass
class Outcomes:
    """n_pairs: of inputs and cases; refused: the messages; wrong: what differs, in words."""

    n_cases: int = 0
    n_pairs: int = 0
    n_by_rule: int = 0
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        return (
            f"{self.n_cases:,} cases, {self.n_pairs:,} inputs compared "
            f"({self.n_by_rule:,} by the rule for means), {len(self.refused):,} cases refused, "
            f"{len(self.wrong):,} differ"
        )


def check_cases(seeds: Sequence[int]) -> Outcomes:
    """Compile the cases of these seeds and compare each with the interpreter."""
    found = Outcomes()
    for seed in seeds:
        check_case(seed, found)
    return found


def check_case(seed: int, found: Outcomes) -> None:
    """The same for one seed; what comes out is added."""
    found.n_cases += 1
    _check(seed, random_case(seed), found)


def _check(seed: int, case: Case, found: Outcomes) -> None:
    sop = loads(case.text)["result"]
    assert isinstance(sop, SOp)
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
        return
    batches = every_input(len(case.vocabulary), case.max_len, INPUTS)
    rows = [row for batch in batches for row in batch][:INPUTS]
    inputs: list[list[Atom]] = [[case.vocabulary[place] for place in row] for row in rows]
    by_rule = model.artifact.readout.by_rule
    expected = outcomes(sop.node, inputs, causal=case.causal, origins=sop.origins)
    for tokens, right, got in zip(inputs, expected, model.outcomes(inputs), strict=True):
        found.n_pairs += 1
        if same_outcome(right, got):
            continue
        if by_rule and same_outcome(right, got, by_rule=True):
            found.n_by_rule += 1
            continue
        shown = [str(one) if isinstance(one, RaspError) else repr(one) for one in (right, got)]
        found.wrong.append(f"seed {seed}: {case}\n{tokens}: expected {shown[0]}, got {shown[1]}")
        return


def main() -> None:
    parser = argparse.ArgumentParser(prog="rasp.testing.close", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--cases", type=int, default=10_000)
    options = parser.parse_args()
    found = Outcomes()
    for seed in range(options.seed, options.seed + options.cases):
        n_wrong = len(found.wrong)
        check_case(seed, found)
        # As it goes: what is stopped goes on from the last seed that was written.
        for text in found.wrong[n_wrong:]:
            sys.stdout.write(f"{text}\n")
        if found.n_cases % REPORTED == 0:
            sys.stdout.write(f"up to seed {seed}: {found.to_text()}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{found.to_text()}\n")
    raise SystemExit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()

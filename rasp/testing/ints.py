"""Ints and floats where means are computed with: `python -m rasp.testing.ints --programs N`.

Programs of means, reads of means at one key, means of means, distances, choices by index and
length, and defaults of another type, over ints and floats.  Each is compared with the interpreter
on all inputs; `rasp.testing.judging` says which types may be others.  With --marks nothing is
compiled: it is asked whether the marks beside a number (`rasp.graph.whether_int`) are 1 just where
it is an int.
"""

from __future__ import annotations

import argparse
import random
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from rasp import api
from rasp.errors import CompileError, RaspError
from rasp.graph.nodes import INDICES, Aggregate, Atom, Fetch, Select, SOpNode
from rasp.graph.whether_int import whether_int
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.judging import Judge
from rasp.testing.patience import OutOfTimeError, at_most

SECONDS = 30.0
SEVERAL = (
    "select(indices, indices, <=)",
    "select(indices, indices, <)",
    "select(tokens, tokens, ==)",
    "full_s",
    "select(indices, 2, <)",
    "select(tokens, 1, ==)",
)
ONE = (
    "select(indices, indices - 1, ==)",
    "select(indices, indices + 1, ==)",
    "select(indices, 0, ==)",
    "select(indices, 1, ==)",
    "select(indices, length - 1, ==)",
    "select(indices, length - 1 - indices, ==)",
)
KINDS = ("several", "one", "value", "average", "fetch")
DEFAULTS = ("", "", "", ", 0.0", ", 7", ", 1.0", ", 2.0", ", 1")
VALUES = (
    "{x} + {y}",
    "{x} - {y}",
    "{x} * {y}",
    "{x} ^ 2",
    "({x} - {y}) ^ 2",
    "{x} * 2 + 1",
    "{x} * indices",
    "length * {x}",
    "{x} % 2",
    "{x} / 2",
    "-({x})",
    "round({x}) + {y}",
    "{x} if length == 1 else {y}",
    "{x} if indices == 0 else {y}",
    "{x} if {y} >= 1 else -({x})",
    "{x} if {x} == {y} else {y}",
    "{x} - indicator({y} > tokens_asis)",
    "{x} + round({y} * {y})",
    "max({x}, {y}) + abs({x} - 1)",
)
VOCABULARIES: tuple[tuple[Atom, ...], ...] = (
    (0, 1, 2),
    (1, 2),
    (0, 2),
    (1, 3),
    (-1, 0, 1),
    (1, 2.0),
    (0, 1, 1.5),
    (0, 2, 2.0),
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the inputs it is for, and how it is compiled."""

    text: str
    vocabulary: tuple[Atom, ...]
    max_len: int
    causal: bool

    @property
    def sop(self) -> SOp | None:
        """None where it is so constant that it is one value."""
        found = loads(self.text)["result"]
        return found if isinstance(found, SOp) else None

    @property
    def inputs(self) -> list[list[Atom]]:
        """All of them."""
        lengths = range(1, self.max_len + 1)
        return [[*some] for n in lengths for some in product(self.vocabulary, repeat=n)]


def random_program(seed: int) -> Program:
    """The same for the same seed."""
    draw = random.Random(seed)
    names = ["tokens_asis"]
    lines = []
    for number in range(draw.randint(2, 4)):
        x, y = draw.choice(names[-2:]), draw.choice(names)
        match draw.choices(KINDS, (27, 23, 28, 14, 8))[0]:
            case "several":
                value = f"aggregate({draw.choice(SEVERAL)}, {x}{draw.choice(DEFAULTS)})"
            case "one":
                value = f"aggregate({draw.choice(ONE)}, {x}{draw.choice(DEFAULTS)})"
            case "fetch":
                value = f"fetch({draw.choice(SEVERAL)}, {x}{draw.choice(DEFAULTS)})"
            case "value":
                value = draw.choice(VALUES).format(x=x, y=y)
            case _:
                value = f"average({x})"
        lines.append(f"v{number} = {value};")
        names.append(f"v{number}")
    text = "\n".join([*lines, f"result = {names[-1]};"])
    return Program(text, draw.choice(VOCABULARIES), draw.choice((2, 3, 3)), draw.random() < 0.2)


def compared(program: Program) -> str:
    """What came out, in a word; what is wrong, in several."""
    sop = program.sop
    if sop is None:
        return "constant"
    try:
        model = api.compile(
            sop, vocab=program.vocabulary, max_len=program.max_len, causal=program.causal
        )
    except CompileError:
        return "refused"
    inputs = program.inputs
    expected = outcomes(sop.node, inputs, causal=program.causal)
    by_rule = model.artifact.readout.by_rule
    n_tokens = len(program.vocabulary)
    judge = Judge(sop.node, inputs, expected, by_rule=by_rule, n_tokens=n_tokens)
    for tokens, right, got in zip(inputs, expected, model.outcomes(inputs), strict=True):
        if not judge.accepts(tokens, right, got):
            return f"wrong: {tokens}: {right}, got {got}"
    if by_rule:
        return "by rule"
    return "proved" if model.certificate.meaning.ok else "not proved"


class _Known:
    def __init__(self, inputs: Sequence[list[Atom]], *, causal: bool) -> None:
        self.inputs, self.causal = inputs, causal

    def values(self, node: SOpNode) -> Sequence[object] | None:
        found = outcomes(node, self.inputs, causal=self.causal)
        return [atom for row in found if not isinstance(row, RaspError) for atom in row]

    def at_most_one(self, node: Aggregate | Fetch) -> bool:
        match node.selector:
            case Select(key=key, query=query, comparison="=="):
                return INDICES in (key, query)
        return False

    def never_empty(self, node: Aggregate | Fetch) -> bool:
        return False


def marked(program: Program) -> str:
    """Do the marks of the program say what is an int?"""
    sop = program.sop
    if sop is None:
        return "constant"
    inputs, causal = program.inputs, program.causal
    known = _Known(inputs, causal=causal)
    marks = whether_int(sop.node, known, most_ints=100, most_marks=20)
    if marks is None:
        return "nothing is said"
    said = [outcomes(mark, inputs, causal=causal) for mark in marks]
    expected = outcomes(sop.node, inputs, causal=causal)
    for row, (tokens, right) in enumerate(zip(inputs, expected, strict=True)):
        own = [found[row] for found in said]
        if isinstance(right, RaspError):
            continue
        for place, value in enumerate(right):
            of = [None if isinstance(some, RaspError) else some[place] for some in own]
            if set(map(repr, of)) - {"0", "1"} or all(of) != (type(value) is int):
                return f"wrong: {tokens}: {value!r} at {place}, and the marks are {of}"
    return "said"


def main() -> None:
    parser = argparse.ArgumentParser(prog="rasp.testing.ints", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first program's")
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--marks", action="store_true", help="ask the marks alone")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.programs):
        program = random_program(seed)
        try:
            with at_most(SECONDS):
                said = marked(program) if options.marks else compared(program)
        except OutOfTimeError:
            said = "stopped"
        except Exception:  # whatever it is: this is what the check is for
            said = f"wrong: {traceback.format_exc(-5)}"
        kind = said.partition(":")[0]
        found[kind] += 1
        if kind == "wrong":
            sys.stdout.write(f"seed {seed}: {program}\n{said}\n")
    sys.stdout.write(", ".join(f"{kind} {n:,}" for kind, n in found.most_common()) + "\n")
    raise SystemExit(1 if found["wrong"] else 0)


if __name__ == "__main__":
    main()

"""Random next-token programs: `python -m rasp.testing.generations --seed S --programs N`.

A random program becomes one that writes: for each of its commonest values a token comes next.  It
is compiled with a causal mask, and whole generations are compared:
the model's with a cache, alone and in batches, the interpreter's token by token, and the
interpreter's on whole sequences.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rasp import api
from rasp.compiled import CompiledModel
from rasp.decoding.generation import Written, by_interpreter
from rasp.errors import CompileError, GenerationError, RaspError, RaspRuntimeError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show
from rasp.interpreter import outcomes
from rasp.program import loads
from rasp.random_programs.program import RandomProgram, random_program
from rasp.sop import SOp
from rasp.testing.checking import inputs_of
from rasp.verification import verify_generation

NEXT = "next_token"
PROMPTS = 20
MANY = 50


@dataclass
class Findings:
    """What came out of some programs; differences are texts with the program."""

    n_programs: int = 0
    n_refused: int = 0
    n_tokens: int = 0
    n_failed: int = 0
    differences: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        return (
            f"{self.n_programs:,} programs ({self.n_refused:,} refused by the compiler), "
            f"{self.n_tokens:,} tokens written, {self.n_failed:,} generations end with an error, "
            f"{len(self.differences)} differences"
        )


def next_token_program(seed: int, size: int) -> RandomProgram:
    """A random program whose value at a position is a token of its vocabulary."""
    program = random_program(seed, size)
    tokens = program.vocabulary
    text = show(tokens[seed % len(tokens)])
    for number, value in enumerate(_values(program)):
        token = "tokens_asis" if number == 2 else show(tokens[(seed + 1 + number) % len(tokens)])
        text = f"({token} if {program.sop} == {show(value)} else {text})"
    return replace(program, text=f"{program.text.rstrip()}\n{NEXT} = {text};\n", sop=NEXT)


def check_generations(seeds: Sequence[int], size: int) -> Findings:
    """Compile the programs of these seeds and compare what they write."""
    findings = Findings()
    for seed in seeds:
        program = next_token_program(seed, size)
        if program.max_len < 2:
            continue
        sop = loads(program.text)[program.sop]
        if not isinstance(sop, SOp):
            continue  # its parts are so constant that it is one token
        try:
            model = api.compile(sop, vocab=program.vocabulary, max_len=program.max_len, causal=True)
        except CompileError as error:
            findings.n_refused += 1
            if error.message.startswith(api.MISTAKEN):  # certified, and wrong
                findings.differences.append(f"seed {seed}\n{program}\n{error}")
            continue
        findings.n_programs += 1
        _compare(program, sop, model, findings, seed)
    return findings


def _compare(
    program: RandomProgram, sop: SOp, model: CompiledModel, findings: Findings, seed: int
) -> None:
    result = verify_generation(model, samples=PROMPTS, seed=seed)
    findings.n_tokens += result.n_tokens
    findings.n_failed += result.n_failed
    if result.counterexample is not None:
        findings.differences.append(f"seed {seed}\n{program}\n{result}")
    prompts = [row for row in inputs_of(program, seed) if len(row) < program.max_len]
    requests = [
        model.request(prompt, program.max_len - len(prompt)) for prompt in prompts[:PROMPTS]
    ]
    for request, written in zip(requests, model.written_batch(requests), strict=True):
        alone = Written.of(by_interpreter(sop.node, request, sop.origins))
        findings.n_tokens += len(alone.tokens)
        if not _alike(alone, written):
            findings.differences.append(
                f"seed {seed}\n{program}\nprompt {request.prompt}\n{alone}\n{written}"
            )


def _alike(first: Written, second: Written) -> bool:
    """Error for error of one kind, token for token."""
    kinds = (RaspRuntimeError, GenerationError)
    errors = [[isinstance(one.error, kind) for kind in kinds] for one in (first, second)]
    return errors[0] == errors[1] and [*map(atom_key, first.tokens)] == [
        *map(atom_key, second.tokens)
    ]


def _values(program: RandomProgram) -> list[Atom]:
    """The values that the program has at most places, most common first; at most four."""
    sop = loads(program.text)[program.sop]
    assert isinstance(sop, SOp)
    seen: Counter[tuple[str, str | int]] = Counter()
    atoms: dict[tuple[str, str | int], Atom] = {}
    for outcome in outcomes(sop.node, inputs_of(program)[-MANY:], causal=True):
        if not isinstance(outcome, RaspError):
            atoms |= {atom_key(value): value for value in outcome}
            seen.update(map(atom_key, outcome))
    return [atoms[key] for key, _ in seen.most_common(4)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="rasp.testing.generations", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first program's")
    parser.add_argument("--programs", type=int, default=300)
    parser.add_argument("--size", type=int, default=5, help="of the programs, about their lines")
    options = parser.parse_args()
    start = time.perf_counter()
    findings = check_generations(range(options.seed, options.seed + options.programs), options.size)
    seconds = time.perf_counter() - start
    sys.stdout.write("\n".join([*findings.differences, findings.to_text(), f"{seconds:.0f} s"]))
    sys.stdout.write("\n")
    raise SystemExit(1 if findings.differences else 0)


if __name__ == "__main__":
    main()

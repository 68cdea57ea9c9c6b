"""Settings and a number -> a program that may become a record: a random one, or an example."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rasp.datasets.settings import Settings
from rasp.random_programs import SeededChoices, generate

VOCABULARIES = (
    ("a", "b", "c"),
    ("a", "b"),
    ("a", "b", "c", "d"),
    ("0", "1", "2"),
    ("(", ")"),
    ("v", "w", "x", "y", "z"),
)
LENGTHS = ((4, 6), (3, 8), (2, 5), (1, 10))  # weight, longest input
SIZE = 5
EXAMPLE_EVERY = 8  # one candidate of so many is an example, until there are no more
PLAIN_EVERY = 3  # where no attention is asked for, one random program of so many is no chain
SEEDS = 2**40  # candidates of one seed: no two seeds share a program


@dataclass(frozen=True, slots=True)
class Candidate:
    """number: its place in the order in which programs are tried; name: of an example, or
    "random-" and the number; sop: what the program is to be looked at for."""

    number: int
    name: str
    text: str
    sop: str
    vocabulary: tuple[str, ...]
    max_len: int

    @property
    def is_example(self) -> bool:
        return not self.name.startswith("random-")


def candidate(settings: Settings, number: int) -> Candidate:
    """The program of this number: the same for the same seed, min_layers and examples."""
    turn, rest = divmod(number, EXAMPLE_EVERY)
    if settings.examples and rest == EXAMPLE_EVERY - 1 and turn < len(examples()):
        found = examples()[turn]
        return Candidate(number, *found)
    layers = settings.min_layers
    if not layers and number % PLAIN_EVERY:
        layers = 1
    choices = SeededChoices(settings.seed * SEEDS + number)
    program = generate(choices, SIZE, layers=layers, vocabularies=VOCABULARIES, lengths=LENGTHS)
    words = tuple(map(str, program.vocabulary))
    name = f"random-{number}"
    return Candidate(number, name, program.text, program.sop, words, program.max_len)


@cache
def examples() -> tuple[tuple[str, str, str, tuple[str, ...], int], ...]:
    """Of every example program: name, text, s-op, vocabulary and longest input."""
    lines = files("rasp.datasets").joinpath("examples.jsonl").read_text(encoding="utf-8")
    return tuple(
        (entry["name"], entry["text"], entry["sop"], tuple(entry["vocabulary"]), entry["max_len"])
        for entry in map(json.loads, lines.splitlines())
    )

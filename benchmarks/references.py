"""What the programs of examples/decoding/ write, in plain Python: no RASP, no weights.

Each reference was written from what its program is for, not from how it goes about it.  The adder
adds integers, the Turing machine has a tape and a head, the interpreter of Brainf*** an array and a
table of brackets.  So where a model and a reference agree, neither copied a mistake of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

SMALL = "₀₁₂₃₄₅₆₇₈₉"
LETTERS, RULE_110_WIDTH, COUNTER_WIDTH, TAPE_WIDTH, N_DIGITS = "abcdef", 30, 8, 16, 10


@dataclass(frozen=True, slots=True)
class Machine:
    """A program that writes.

    prompt: a random one, of at most so many tokens as half of the model's longest input; written:
    what follows a prompt, up to the stop or without end.
    """

    name: str  # of its file
    sop: str
    vocab: str
    max_len: int
    stops: str
    prompt: Callable[[Random], str]
    written: Callable[[str], Iterator[str]]


# ---- counting, copying, adding, sorting


def _letters(letters: str, most: int) -> Callable[[Random], str]:
    def prompt(random: Random) -> str:
        return "".join(random.choices(letters, k=random.randint(0, most))) + "="

    return prompt


def counting(prompt: str) -> Iterator[str]:
    for letter in "abc":
        yield from f"{letter}{prompt.count(letter):02}"
    yield "$"


def copying(prompt: str) -> Iterator[str]:
    yield from prompt[:-1]
    yield "$"


def sorting(prompt: str) -> Iterator[str]:
    yield from sorted(prompt[:-1])
    yield "$"


def _two_numbers(random: Random) -> str:
    """Half of them with a long carry."""
    first = random.randrange(10**N_DIGITS)
    second = random.randrange(10**N_DIGITS)
    if random.random() < 0.5:
        second = 10**N_DIGITS - 1 - first + random.randint(0, first % 10**3)
    return f"{first:0{N_DIGITS}}+{second:0{N_DIGITS}}="


def addition(prompt: str) -> Iterator[str]:
    first, second = prompt[:-1].split("+")
    yield from f"{int(first) + int(second):0{N_DIGITS + 1}}$"


def addition_backwards(prompt: str) -> Iterator[str]:
    first, second = prompt[:-1].split("+")
    yield from f"{int(first) + int(second):0{N_DIGITS + 1}}"[::-1]
    yield "$"


# ---- rows: Rule 110, a counter, a Turing machine


def _bits(random: Random, width: int) -> str:
    share = random.random()
    return "".join("01"[random.random() < share] for _ in range(width))


def rule110(prompt: str) -> Iterator[str]:
    row = [int(bit) for bit in prompt[:-1]]
    while True:
        padded = [0, *row, 0]
        row = [
            110 >> (4 * a + 2 * b + c) & 1
            for a, b, c in zip(padded, padded[1:], padded[2:], strict=False)
        ]
        yield from "".join(map(str, row)) + "|"


def binary_counter(prompt: str) -> Iterator[str]:
    start = int(prompt[-2::-1], 2)
    for number in count(start + 1):
        yield from f"{number % 2**COUNTER_WIDTH:0{COUNTER_WIDTH}b}"[::-1] + ","


BUSY_BEAVER = {
    ("A", 0): (1, 1, "B"),
    ("A", 1): (1, -1, "B"),
    ("B", 0): (1, -1, "A"),
    ("B", 1): (0, -1, "C"),
    ("C", 0): (1, 1, "H"),
    ("C", 1): (1, -1, "D"),
    ("D", 0): (1, 1, "D"),
    ("D", 1): (0, 1, "A"),
}


def _tape(random: Random) -> str:
    tape = list(_bits(random, TAPE_WIDTH))
    head = random.randrange(TAPE_WIDTH)
    state = random.choice("ABCD")
    tape[head] = state if tape[head] == "0" else state.lower()
    return "".join(tape) + "|"


def turing_machine(prompt: str) -> Iterator[str]:
    (head,) = (place for place, cell in enumerate(prompt) if cell.isalpha())
    state = prompt[head].upper()
    tape = [int(cell in "1abcd") for cell in prompt[:-1]]
    while True:
        if state != "H":
            tape[head], move, state = BUSY_BEAVER[state, tape[head]]
            head = min(max(head + move, 0), TAPE_WIDTH - 1)
        row = [str(cell) for cell in tape]
        row[head] = state if row[head] == "0" else state.lower()
        yield from "".join(row) + "|"


# ---- a random walk


def _seed(random: Random) -> str:
    return "".join(random.choices("abcdABCD", k=random.randint(17, 30)))


def random_walk(prompt: str) -> Iterator[str]:
    tosses = [step.isupper() for step in prompt]
    state = prompt[-1].lower()
    edges = {"a": "cb", "b": "ad", "c": "dc", "d": "ba"}
    while True:
        tosses.append(tosses[-17] != tosses[-14])
        state = edges[state][tosses[-1]]
        yield state.upper() if tosses[-1] else state


# ---- Brainf***

CELLS = "ABCDEFGHIJKLMNOP"
PLACES = "abcdefghijklmnopqrstuvwxyzαβγδεζ"


def _program(random: Random) -> str:
    """A random program.  Most of its loops end, some brackets have no partner."""
    parts = [_piece(random, 0) for _ in range(random.randint(1, 9))]
    return "".join(parts)[: len(PLACES) - 1] + "|"


def _piece(random: Random, depth: int) -> str:
    kind = random.random()
    if depth < 5 and kind < 0.35:
        body = "".join(_piece(random, depth + 1) for _ in range(random.randint(0, 3)))
        return random.choice(["[{}]", "[-{}]", "[{}-]", "[->{}<]"]).format(body)
    if kind < 0.37:
        return random.choice("[]")
    return random.choices("+-<>.", [5, 2, 2, 3, 2])[0] * random.randint(1, 3)


def brainfuck(prompt: str) -> Iterator[str]:
    program = prompt[:-1]
    memory = [0] * len(CELLS)
    place = head = 0
    while place < len(program):
        yield PLACES[place]
        match program[place]:
            case "+" | "-" as sign:
                memory[head] = (memory[head] + (1 if sign == "+" else -1)) % 10
                yield SMALL[memory[head]]
            case ".":
                yield str(memory[head])
            case ">" | "<" as side:
                head = (head + (1 if side == ">" else -1)) % len(CELLS)
                yield CELLS[head]
            case "[" if memory[head]:
                yield "("
            case "]" if not memory[head]:
                yield ")"
            case bracket:
                other = yield from _to_the_partner(program, place, bracket)
                if other is None:
                    return
                place = other
        place += 1
    yield PLACES[place]
    yield "$"


def _to_the_partner(program: str, place: int, bracket: str) -> Generator[str, None, int | None]:
    """Writes the way there, from place to place; returns the partner's, or None without one."""
    step, names, passed = (1, "①②③④", ")") if bracket == "[" else (-1, "❶❷❸❹", "(")
    depth = 1
    while 0 < depth <= len(names):
        yield names[depth - 1]
        place += step
        if place < 0:
            yield "?"
            return None
        yield PLACES[place]
        if place == len(program):
            yield "?"
            return None
        if program[place] in "[]":
            depth += 1 if program[place] == bracket else -1
    yield "?" if depth else passed
    return None if depth else place


MACHINES = (
    Machine("counting", "next_token", "abc0123456789=$", 100, "$", _letters("abc", 80), counting),
    Machine("copying", "copied", "abcdef=$", 100, "$", _letters(LETTERS, 48), copying),
    Machine(
        "addition_backwards",
        "next_digit",
        "0123456789+=$",
        40,
        "$",
        _two_numbers,
        addition_backwards,
    ),
    Machine("addition", "next_digit", "0123456789+=$", 40, "$", _two_numbers, addition),
    Machine("sorting", "next_token", "abcdef=$", 60, "$", _letters(LETTERS, 28), sorting),
    Machine(
        "rule110",
        "next_cell",
        "01|",
        512,
        "",
        lambda random: _bits(random, RULE_110_WIDTH) + "|",
        rule110,
    ),
    Machine(
        "binary_counter",
        "next_bit",
        "01,",
        512,
        "",
        lambda random: _bits(random, COUNTER_WIDTH) + ",",
        binary_counter,
    ),
    Machine("turing_machine", "next_cell", "01ABCDHabcdh|", 512, "", _tape, turing_machine),
    Machine("random_walk", "next_step", "abcdABCD", 512, "", _seed, random_walk),
    Machine(
        "brainfuck",
        "next_token",
        "+-<>[].|()$?" + SMALL + "0123456789" + CELLS + PLACES + "①②③④❶❷❸❹",
        512,
        "$?",
        _program,
        brainfuck,
    ),
)

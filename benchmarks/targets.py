"""Long inputs and programs that were once too large: two tables of docs/cost.md.

Every model is compiled in a process of its own and compared with the interpreter, as
benchmarks/growth.py does.

usage: python -m benchmarks.targets            both tables
       python -m benchmarks.targets --write    ... into docs/cost.md
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.growth import BEGIN as BEGIN_OF
from benchmarks.growth import DIGITS, LETTERS, PLACES, ROWS, Row, apart, put

BEGIN = BEGIN_OF.replace("growth.py", "targets.py")
SECONDS = 240
LENGTHS = (256, 1024, 4096)
LONG = tuple(row for row in ROWS if row.name != "hist")


@dataclass(frozen=True, slots=True)
class Large:
    """A program of a kind, its longest input, and what became of it before (docs/cost.md)."""

    row: Row
    max_len: int
    before: str


def largest(count: int) -> str:
    """The largest of the last `count` tokens."""
    return f"""
    x = tokens_int;
    for back in range(1, {count}) {{
        x = max(x, aggregate(select(indices, indices - back, ==), tokens_int, 0));
    }}
    """


def rounds(count: int) -> str:
    """An automaton of five states: each adds the state of its neighbour."""
    return f"""
    x = tokens_int;
    for i in range({count}) {{
        x = (x + aggregate(select(indices, indices - 1, ==), x, 0)) % 5;
    }}
    """


STARTED = "x = tokens_int;"
LEFT, RIGHT = (f"aggregate(select(indices, indices {sign} 1, ==), x, 0)" for sign in "-+")
TABLE = "{0: 0, 1: 1, 2: 1, 3: 1, 4: 0, 5: 1, 6: 1, 7: 0}"


@dataclass(frozen=True, slots=True)
class Automaton:
    """What each round does, and for numbers of rounds what became of so many before."""

    step: str
    before: Mapping[int, str]


AUTOMATA = {
    "neighbours added mod 2": Automaton(
        f"x = (x + {LEFT} + {RIGHT}) % 2;", {12: "19,269, not proved", 200: "12 s"}
    ),
    "Rule 110 by a table": Automaton(
        f"x = {TABLE}[4 * {LEFT} + 2 * x + {RIGHT}];", {12: "5,157", 200: "24 s"}
    ),
    "Rule 184 by conditionals": Automaton(
        f"x = {RIGHT} if x == 1 else {LEFT};", {12: "16,769, not proved"}
    ),
}


def repeated(step: str, count: int) -> str:
    """The step so many times, from the tokens as numbers on."""
    return f"{STARTED}\nfor i in range({count}) {{ {step} }}"


def any_of(count: int) -> str:
    """Whether one of `count` pairs of a place and a letter is there."""
    pairs = " or ".join(
        f'(select(indices, {place}, ==) and select(tokens, "{LETTERS[place]}", ==))'
        for place in range(count)
    )
    return f"x = has_focus({pairs});"


def value(base: int) -> str:
    """The number that is written, in a base."""
    return f"x = round(length * aggregate(full_s, tokens_int * {base} ^ (length - 1 - indices)));"


def read(count: int) -> str:
    """The last `count` digits, by names."""
    names = "abcdef"[1:count]
    shifts = " ".join(f"{name} = shift(a, {n}, 0);" for n, name in enumerate(names, start=1))
    return f"a = tokens_int; {shifts}"


FOUR = read(4) + "high = max(max(a, b), max(c, d)); low = min(min(a, b), min(c, d));"
FIRST = "0 if a >= b and a >= c and a >= d else (1 if b >= c and b >= d else (2 if c >= d else 3))"
DIFFERENCES = "max(max(abs(a - b), abs(b - c)), abs(c - d))"
KINDS_OF = """
1 + indicator(b != a) + indicator(c != a and c != b) + indicator(d != a and d != b and d != c)
"""
WORDS = [f"word{number}" for number in range(1000)]
NEAR = "x = aggregate(select(indices, indices, <=), 0.25 * tokens_int) > 0.3;"
SORT = "x = sort(tokens, tokens);"
SQUARE = "x = (indices - average(indices)) * (indices - average(indices));"
TWO = PLACES + 'x = aggregate(select(indices, plus - equals, ==), tokens, "?");'
THREE = PLACES + 'x = aggregate(select(indices, indices - equals + plus, ==), tokens, "?");'
SEPARATED = LETTERS + "+="
BETWEEN = PLACES + 'x = tokens if indices > plus and indices < equals else "_";'
COPIED = (
    PLACES
    + """
read = aggregate(select(indices, indices - equals + plus, ==), tokens, "?");
x = read if indices > equals and indices < 2 * equals - plus else tokens;
"""
)
SWAPPED = (
    PLACES
    + """
other = plus + 1 if indices == equals + 1 else indices;
at = equals + 1 if indices == plus + 1 else other;
x = aggregate(select(indices, at, ==), tokens, "?");
"""
)
SEGMENTS = PLACES + "x = equals - plus - 1 == plus and length - equals - 1 == plus;"
KINDS = (
    Large(Row("two places", TWO, "ab+="), 20, "348,781 at 10"),
    Large(Row("three places", THREE, "ab+="), 20, "3.8 million at 10"),
    Large(Row("what is between two separators", BETWEEN, SEPARATED), 20, "445,986 in 18 s"),
    Large(Row("a segment copied to another place", COPIED, SEPARATED), 20, "53,395"),
    Large(Row("two neighbours swapped", SWAPPED, SEPARATED), 20, "53,884"),
    Large(Row("three segments of one length", SEGMENTS, SEPARATED), 20, "10,042"),
    Large(Row("an index less the mean, squared", SQUARE), 40, "178,228 in 99 s"),
    Large(Row("the largest of 5 digits", largest(5), DIGITS), 30, "157 s"),
    Large(Row("the largest of 30 digits", largest(30), DIGITS), 30, "-"),
    Large(Row("one of 10 pairs of place and letter", any_of(10)), 20, "48.9 s for 8"),
    Large(Row("200 rounds", rounds(200), "01234"), 30, "a crash"),
    Large(Row("400 rounds", rounds(400), "01234"), 30, "a crash"),
    *(
        Large(Row(f"{count} rounds: {name}", repeated(automaton.step, count), "01"), 20, before)
        for name, automaton in AUTOMATA.items()
        for count, before in automaton.before.items()
    ),
    Large(Row("1,000 words sorted", SORT, WORDS), 64, "29 million in 53 s"),
    Large(Row("the value of 20 binary digits", value(2), "01"), 20, "refused"),
    Large(Row("the value of 8 decimal digits", value(10), DIGITS), 8, "refused"),
    Large(Row("the range of 4 digits", FOUR + "x = high - low;", DIGITS), 12, "174,104"),
    Large(Row("a range above 4", FOUR + "x = high - low > 4;", DIGITS), 12, "93,823"),
    Large(Row("the largest times the smallest", FOUR + "x = high * low;", DIGITS), 12, "131,444"),
    Large(Row("the largest of 3 differences", f"{FOUR} x = {DIFFERENCES};", DIGITS), 12, "130,358"),
    Large(Row("which of 4 digits is the largest", f"{FOUR} x = {FIRST};", DIGITS), 12, "133,256"),
    Large(
        Row("how many of 4 digits are different", f"{FOUR} x = {KINDS_OF};", DIGITS), 12, "428,714"
    ),
    Large(
        Row(
            "5 digits modulo 97",
            read(5) + "x = (a + 10 * (b + 10 * (c + 10 * (d + 10 * e)))) % 97;",
            DIGITS,
        ),
        12,
        "35,839",
    ),
    Large(Row("a mean of quarters above 0.3", NEAR, DIGITS), 64, "refused"),
)


def long() -> Iterator[str]:
    """The table of long inputs."""
    yield _head("program", "tokens")
    for row in LONG:
        for max_len in LENGTHS:
            yield _line(row, max_len, f"{max_len:,}")


def kinds() -> Iterator[str]:
    """The table of programs that were too large; `before` is of an earlier compiler."""
    yield _head("program", "tokens", "before")
    for large in KINDS:
        yield _line(large.row, large.max_len, f"{large.max_len:,}", large.before)


TABLES = {"long": long, "kinds": kinds}


def _head(*first: str) -> str:
    headings = (*first, "sublayers", "parameters", "CPU s", "MB", "dtype", "meaning", "inputs")
    return f"| {' | '.join(headings)} |\n|{' --- |' * len(headings)}"


def _line(row: Row, max_len: int, *first: str) -> str:
    found = apart(row, max_len, SECONDS)
    cells = ["-", found.refused, f"{found.seconds:.1f}", "", "", "", ""]
    if not found.refused:
        if found.mistakes or not found.certified:
            raise AssertionError(f"{row.name} at {max_len} tokens: {found}")
        cells = [
            found.sublayers if len(found.sublayers) <= 12 else str(len(found.sublayers)),
            f"{found.parameters:,}",
            f"{found.seconds:.1f}",
            str(found.megabytes),
            found.dtype,
            "proved" if found.meaning == "proved" else "tested",
            str(found.checked),
        ]
    line = f"| {' | '.join([row.name, *first, *cells])} |"
    print(line, flush=True)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="into docs/cost.md")
    options = parser.parse_args()
    tables = {name: "\n".join(table()) + "\n" for name, table in TABLES.items()}
    if options.write:
        put(BEGIN, tables)


if __name__ == "__main__":
    main()

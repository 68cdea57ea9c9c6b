"""How cost grows with tokens, letters and layers: parameters, seconds and memory of models.

Every model is compiled in a process of its own, whose CPU time and memory are measured, and then
compared with the interpreter on random inputs of 1, 2, 9, 10, 33, max_len - 1 and max_len tokens,
one by one and in a batch.  A model that takes more than `--seconds` of CPU time is given up.

usage: python benchmarks/growth.py                the programs of ROWS at the lengths of --lengths
       python benchmarks/growth.py --write        three curves -> docs/cost.md and its figure
       ... --write --tracr PYTHON                 and Tracr's beside ours, with a Python that has it
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "cost.md"
BEGIN, END = "<!-- begin: benchmarks/growth.py, {} -->\n", "<!-- end -->\n"
LETTERS = "abcdefghij"
DIGITS = "0123456789"
GIGABYTE = 1 << 30
MOST_MEMORY = 12 * GIGABYTE
HEADINGS = (
    *("program", "N", "parameters", "CPU s", "MB", "dtype"),
    *("certified", "meaning", "inputs", "mistakes"),
)
CHECKED = 1 << 24
"""About so many comparisons of a key with a query are made by the interpreter for one length."""


@dataclass(frozen=True, slots=True)
class Row:
    """A program of the table: its last s-op is x."""

    name: str
    program: str
    vocab: Sequence[str] = LETTERS
    causal: bool = False
    optimize: Literal["patterns", "size"] = "patterns"


DYCK1 = """
so_far = select(indices, indices, <=);
opened = aggregate(so_far, indicator(tokens == "("));
closed = aggregate(so_far, indicator(tokens == ")"));
failed = aggregate(so_far, indicator(opened < closed)) > 0;
x = "F" if failed else ("T" if opened == closed else "P");
"""
PREFIX_HISTOGRAM = """
x = selector_width(select(tokens, tokens, ==) and select(indices, indices, <=));
"""
SEEN_BEFORE = (
    "x = aggregate(select(tokens, tokens, ==) and select(indices, indices, <), True, False);"
)
PREFIX_MAXIMUM = """
so_far = select(indices, indices, <=);
found = 0;
for digit in range(1, 10) {
    found = digit if has_focus(so_far and select(tokens_int, digit, ==)) else found;
}
x = found;
"""
RECORDS = """
beaten = aggregate(select(tokens_int, tokens_int, >) and select(indices, indices, <), True, False);
x = tokens_int if not beaten else -1;
"""
INDUCTION = """
before = aggregate(select(indices, indices - 1, ==), tokens, "^");
n_times = selector_width(select(before, tokens, ==) and select(indices, indices, <=));
number = selector_width(select(before, before, ==) and select(indices, indices, <=));
x = aggregate(select(before, tokens, ==) and select(number, n_times, ==), tokens, "?");
"""
PLACES = """
plus = aggregate(select_from_first(tokens, "+"), indices);
equals = aggregate(select_from_first(tokens, "="), indices);
"""
ROWS = (
    Row("dyck1, causal", DYCK1, "()", causal=True),
    Row("dyck1, for size", DYCK1, "()", optimize="size"),
    Row("prefix histogram, causal", PREFIX_HISTOGRAM, causal=True),
    Row("prefix histogram, for size", PREFIX_HISTOGRAM, optimize="size"),
    Row("seen before, causal", SEEN_BEFORE, causal=True),
    Row("seen before", SEEN_BEFORE),
    Row("prefix maximum, causal", PREFIX_MAXIMUM, DIGITS, causal=True),
    Row("prefix maximum", PREFIX_MAXIMUM, DIGITS),
    Row("records, causal", RECORDS, DIGITS, causal=True),
    Row("records", RECORDS, DIGITS),
    Row("induction head, causal", INDUCTION, causal=True),
    Row("sort, for size", "x = sort(tokens, tokens);", optimize="size"),
    Row("reverse", "x = aggregate(select(indices, length - 1 - indices, ==), tokens);"),
    Row("hist", "x = selector_width(select(tokens, tokens, ==));"),
    Row(
        "two places",
        PLACES + 'x = aggregate(select(indices, plus - equals, ==), tokens, "?");',
        "ab+=",
    ),
    Row(
        "three places",
        PLACES + 'x = aggregate(select(indices, indices - equals + plus, ==), tokens, "?");',
        "ab+=",
    ),
)
CURVES_BY_LENGTH = ("hist", "reverse", "seen before, causal", "prefix histogram, for size")
LETTER_COUNTS, LETTERS_MAX_LEN = (4, 16, 64, 256), 16
STEP_COUNTS, STEPS_MAX_LEN = (1, 2, 4, 8, 16), 12
SHIFTS = """
x = tokens;
for i in range({}) {{
    x = aggregate(select(indices, indices - 1, ==), x, "^");
}}
"""
AVERAGES = """
x = indicator(tokens == "a");
for i in range({}) {{
    x = indicator(aggregate(select(indices, indices, <=), x) >= 0.5);
}}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A row at one point of a curve; size: what the curve is drawn against."""

    row: Row
    size: int
    max_len: int


def by_length(lengths: list[int]) -> Iterator[Case]:
    """Programs whose text stays the same, for longer inputs."""
    rows = {row.name: row for row in ROWS}
    for name in CURVES_BY_LENGTH:
        for max_len in lengths:
            yield Case(rows[name], max_len, max_len)


def by_letters() -> Iterator[Case]:
    """The same for more letters."""
    programs = {
        "hist": "x = selector_width(select(tokens, tokens, ==));",
        "sort": "x = sort(tokens, tokens);",
    }
    for name, program in programs.items():
        for count in LETTER_COUNTS:
            vocab = "".join(chr(0x100 + i) for i in range(count))  # all of them are letters
            yield Case(Row(name, program, vocab), count, LETTERS_MAX_LEN)


def by_steps() -> Iterator[Case]:
    """Chains in which every step reads what the step before made."""
    for name, program, vocab in (("shifts", SHIFTS, LETTERS), ("averages", AVERAGES, "ab")):
        for count in STEP_COUNTS:
            yield Case(Row(name, program.format(count), vocab), count, STEPS_MAX_LEN)


@dataclass(frozen=True, slots=True)
class Found:
    """parameters: 0 where it was refused; mistakes: inputs on which the model is wrong."""

    parameters: int = 0
    sublayers: str = ""
    seconds: float = 0.0
    megabytes: int = 0
    dtype: str = ""
    certified: bool = False
    meaning: str = ""
    checked: int = 0
    mistakes: int = 0
    refused: str = ""


def measured(row: Row, max_len: int) -> Found:
    """Compile here and compare."""
    import rasp
    from rasp.errors import CompileError
    from rasp.interpreter import outcomes
    from rasp.verification import same_outcome

    sop = rasp.loads(row.program)["x"]
    rasp.compile(rasp.loads("x = tokens;")["x"], vocab="a", max_len=1)  # imports are not counted
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    try:
        model = rasp.compile(
            sop, vocab=row.vocab, max_len=max_len, causal=row.causal, optimize=row.optimize
        )
    except CompileError as error:
        return Found(seconds=time.process_time() - start, refused=error.message)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    draw = random.Random(max_len)
    checked = mistakes = 0
    for length in sorted({n for n in (1, 2, 9, 10, 33, max_len - 1, max_len) if 0 < n <= max_len}):
        batch = []
        for _ in range(max(1, min(20, CHECKED // length**2))):
            few = draw.sample(row.vocab, draw.randint(1, len(row.vocab)))
            batch.append([draw.choice(few) for _ in range(length)])
        expected = outcomes(sop.node, batch, causal=row.causal, origins=sop.origins)
        answers = model.outcomes(batch), [model.outcomes([one])[0] for one in batch[:2]]
        for found in answers:
            checked += len(found)
            mistakes += sum(not same_outcome(a, b) for a, b in zip(expected, found, strict=False))
    report = model.report
    certificate = report.certificate
    return Found(
        report.n_parameters,
        report.sublayers,
        seconds,
        memory // 1024,
        report.dtype,
        certificate.ok,
        "proved" if certificate.meaning.ok else certificate.meaning.reason or "",
        checked,
        mistakes,
    )


def apart(row: Row, max_len: int, seconds: int) -> Found:
    """The same in a process of its own, which is forked: what it imports is imported once."""
    import rasp

    rasp.compile(rasp.loads("x = tokens;")["x"], vocab="a", max_len=1)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        spent = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, spent + seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        try:
            os.write(write_end, json.dumps(asdict(measured(row, max_len))).encode())
            os._exit(0)
        except Exception as error:  # the process must not go on as if it were the first one
            print(f"{row.name}, {max_len}: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        answer = stream.read()
    _, status = os.waitpid(child, 0)
    if not answer:
        ended = os.waitstatus_to_exitcode(status)
        return Found(refused=f"more than {seconds} s" if ended < 0 else f"ended with {ended}")
    return Found(**json.loads(answer))


def cells(found: Found) -> list[str]:
    """What is printed of a model behind its name and size."""
    if found.refused:
        return ["-", f"{found.seconds:.2f}", "", "", "", found.refused, "", ""]
    return [
        f"{found.parameters:,}",
        f"{found.seconds:.2f}",
        str(found.megabytes),
        found.dtype,
        "yes" if found.certified else "no",
        found.meaning,
        str(found.checked),
        str(found.mistakes),
    ]


def curve(heading: str, cases: Iterator[Case], seconds: int) -> str:
    """The table of a curve."""
    headings = ("program", heading, "sublayers", *HEADINGS[2:])
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    for case in cases:
        found = apart(case.row, case.max_len, seconds)
        if not found.refused and found.meaning != "proved":
            found = replace(found, meaning="tested")  # the reason is too long for a page
        sublayers = str(len(found.sublayers)) if not found.refused else ""
        row = [f"`{case.row.name}`", f"{case.size:,}", sublayers, *cells(found)]
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


TRACR_LENGTHS = (8, 16, 32, 64, 128)
TRACR_PROGRAMS = {"hist": "hist", "reverse": "reverse"}
"""Programs of Tracr's library, and the rows of ours that say the same."""


def beside_tracr(python: str, seconds: int) -> str:
    """The table of programs that both compile, for ten letters.

    python: one that can import Tracr; without it there is no table to be measured, and the one in
    the document stays.
    """
    ours = {row.name: row for row in ROWS}
    headings = ("program", "tokens", "compiled", "sublayers", "parameters", "CPU s", "MB")
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    for program, name in TRACR_PROGRAMS.items():
        for max_len in TRACR_LENGTHS:
            found = apart(ours[name], max_len, seconds)
            start = [f"`{program}`", f"{max_len:,}"]
            sublayers = str(len(found.sublayers))
            lines.append(f"| {' | '.join([*start, 'here', sublayers, *cells(found)[:3]])} |")
            lines.append(
                f"| {' | '.join([*start, *_by_tracr(python, program, max_len, seconds)])} |"
            )
            print("\n".join(lines[-2:]), flush=True)
    return "\n".join(lines) + "\n"


def _by_tracr(python: str, program: str, max_len: int, seconds: int) -> list[str]:
    """The cells of one model of Tracr; a line that says so where it takes too long."""
    command = [python, str(ROOT / "benchmarks" / "growth_tracr.py"), program]
    command += [str(len(LETTERS)), str(max_len)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        return ["by Tracr", "", "-", f"more than {seconds}", ""]
    found = json.loads(done.stdout)
    numbers = (f"{found['parameters']:,}", f"{found['seconds']:.2f}", str(found["megabytes"]))
    return ["by Tracr", str(found["sublayers"]), *numbers]


def has_tracr(python: str) -> bool:
    return subprocess.run([python, "-c", "import tracr"], capture_output=True).returncode == 0


def put(begin: str, tables: Mapping[str, str]) -> None:
    """Write tables into the document, each behind its line `begin`."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for heading, table in tables.items():
        before, line, rest = text.partition(begin.format(heading))
        _, end, after = rest.partition(END)
        text = before + line + table + end + after
    DOCUMENT.write_text(text, encoding="utf-8", newline="\n")


def write(lengths: list[int], seconds: int, tracr: str | None, *, only_tracr: bool) -> None:
    """Measure the curves, write their tables into the document, and draw its figure."""
    curves = {"tokens": by_length(lengths), "letters": by_letters(), "steps": by_steps()}
    if only_tracr:
        curves = {}
    tables = {heading: curve(heading, cases, seconds) for heading, cases in curves.items()}
    if tracr is not None and has_tracr(tracr):
        tables["tracr"] = beside_tracr(tracr, seconds)
    else:
        print("Tracr is not installed: its table stays as it is (--tracr PYTHON measures it)")
    put(BEGIN, tables)
    subprocess.run([sys.executable, str(ROOT / "docs" / "figures.py"), "cost"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="", help="names or parts of names, separated by ;")
    parser.add_argument(
        "--lengths", help="separated by commas (256,1024,4096; to write 64,256,1024)"
    )
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--write", action="store_true", help="the curves of docs/cost.md")
    parser.add_argument("--tracr", metavar="PYTHON", help="with --write: one that has Tracr")
    parser.add_argument("--only-tracr", action="store_true", help="with --write: nothing else")
    options = parser.parse_args()
    if options.write:
        lengths = options.lengths or "64,256,1024"
        numbers = [int(n) for n in lengths.split(",")]
        write(numbers, options.seconds, options.tracr, only_tracr=options.only_tracr)
        return
    print(f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}")
    wanted = [part for part in options.rows.split(";") if part]
    for row in ROWS:
        if wanted and not any(part in row.name for part in wanted):
            continue
        for max_len in map(int, (options.lengths or "256,1024,4096").split(",")):
            found = apart(row, max_len, options.seconds)
            line = [row.name, str(max_len), *cells(found)]
            print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()

"""How cost grows with length: `python benchmarks/growth.py` prints parameters, seconds and memory.

Every model is compiled in a process of its own, whose CPU time and memory are measured, and then
compared with the interpreter on random inputs of 1, 2, 9, 10, 33, max_len - 1 and max_len tokens,
one by one and in a batch.  `--rows` chooses programs, `--lengths` lengths; a model that takes more
than `--seconds` of CPU time is given up.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

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
    vocab: str = LETTERS
    causal: bool = False
    optimize: str = "patterns"


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
    """The same in a process of its own."""
    task = json.dumps({"row": asdict(row), "max_len": max_len})

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))

    command = [sys.executable, __file__, "--task", task]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited, check=False)
    if done.returncode:
        lines = done.stderr.splitlines()
        return Found(refused=lines[-1] if lines else f"more than {seconds} s")
    return Found(**json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="", help="names or parts of names, separated by ;")
    parser.add_argument("--lengths", default="256,1024,4096")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task is not None:
        task = json.loads(options.task)
        print(json.dumps(asdict(measured(Row(**task["row"]), task["max_len"]))))
        return
    print(f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}")
    wanted = [part for part in options.rows.split(";") if part]
    for row in ROWS:
        if wanted and not any(part in row.name for part in wanted):
            continue
        for max_len in map(int, options.lengths.split(",")):
            found = apart(row, max_len, options.seconds)
            if found.refused:
                cells = ["-", f"{found.seconds:.1f}", "", "", "", found.refused, "", ""]
            else:
                cells = [
                    f"{found.parameters:,}",
                    f"{found.seconds:.1f}",
                    str(found.megabytes),
                    found.dtype,
                    "yes" if found.certified else "no",
                    found.meaning,
                    str(found.checked),
                    str(found.mistakes),
                ]
            print(f"| {' | '.join([row.name, str(max_len), *cells])} |", flush=True)


if __name__ == "__main__":
    main()

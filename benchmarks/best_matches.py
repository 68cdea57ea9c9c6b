"""Programs with `best`, `first`, `last` and `fetch`: `python benchmarks/best_matches.py [--write]`.

Each is compiled, and so is the same program with matches that are ranked by hand (counted, and the
count selected), where somebody would write that.  Both are compared with the interpreter.  Prints
the table of docs/compiler.md; with --write, puts it there.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import rasp

DOCUMENT = Path(__file__).parents[1] / "docs" / "compiler.md"
BEGIN, END = "<!-- begin: benchmarks/best_matches.py -->\n", "<!-- end -->\n"
HEADINGS = (
    *("program", "tokens", "up to", "layers", "sublayers", "parameters", "ranked by hand"),
    *("seconds", "inputs", "rounding", "meaning"),
)
MOST_INPUTS = 100_000
"""All inputs are looked at where there are no more; else so many that provoke trouble: """
SAMPLES = 400


@dataclass(frozen=True, slots=True)
class Task:
    """y in `text`; ranked: the same without best matches, empty where nobody would write it."""

    name: str
    vocab: str
    max_len: int
    text: str
    ranked: str = ""
    causal: bool = False


PREVIOUS = 'p = aggregate(select(indices, indices - 1, ==), tokens, "-");\n'
LEFT = "left = select(indices, indices, <);\nso_far = select(indices, indices, <=);\n"
SAME = "same = select(tokens, tokens, ==);\n"
PLACE = 'p = fetch(select(tokens, "$", ==), indices);\n'
MEAN_PLACE = 'p = aggregate(select(tokens, "$", ==), indices);\n'
PLUS = """
plus = PLACE(select(tokens, "+", ==), indices);
eq = PLACE(select(tokens, "=", ==), indices);
digit = {"0": 0, "1": 1, "2": 2, "3": 3, "+": 0, "=": 0, "?": 0}[tokens];
a = aggregate(select(indices, indices - eq - 1, ==) and select(indices, plus, <), digit);
b = aggregate(select(indices, indices + plus - eq, ==) and select(indices, eq, <), digit);
s = a + b if indices > eq else 0;
"""
DYCK = """
is_open = tokens in ["(", "{"];
n_open = selector_width(so_far and select(is_open, True, ==));
depth = 2 * n_open - indices - 1;
level = depth if is_open else depth + 1;
same_level = select(level, level, ==);
"""
DYCK_END = """
fits = is_open or ((partner + tokens) in ["()", "{}"]);
wrong = depth < 0 or (not fits);
failed = aggregate(so_far, indicator(wrong)) > 0;
y = "F" if failed else ("T" if depth == 0 else "P");
"""
INDUCTION = PREVIOUS + 'y = aggregate(last(select(p, tokens, ==)), tokens, "-");'
RANKED_INDUCTION = (
    PREVIOUS
    + LEFT
    + """rank = selector_width(select(p, p, ==) and so_far);
number = selector_width(select(p, tokens, ==) and so_far);
y = aggregate(select(p, tokens, ==) and select(rank, number, ==), tokens, "-");"""
)

TASKS = (
    Task(
        "place of the last a",
        "abc",
        8,
        'y = aggregate(last(select(tokens, "a", ==)), indices, -1);',
        'later = selector_width(select(tokens, "a", ==) and select(indices, indices, >));\n'
        'y = aggregate(select(tokens, "a", ==) and select(later, 0, ==), indices, -1);',
    ),
    Task("induction head", "abcdef", 20, INDUCTION, RANKED_INDUCTION, True),
    Task("induction head", "abcdefghijklmnopqrstuvwxyz", 256, INDUCTION, "", True),
    Task(
        "running maximum",
        "abcdef",
        20,
        LEFT + "y = aggregate(best(so_far, tokens), tokens);",
        LEFT
        + "".join(
            f'{c} = aggregate(so_far and select(tokens, "{c}", ==), True, False);\n'
            for c in "bcdef"
        )
        + 'y = "f" if f else ("e" if e else ("d" if d else ("c" if c else ("b" if b else "a"))));',
        True,
    ),
    Task(
        "nearest matching token to the left",
        "abcd",
        12,
        LEFT + SAME + "y = aggregate(last(same and left), indices, -1);",
        LEFT
        + SAME
        + "rank = selector_width(same and left);\n"
        + "y = aggregate(same and select(rank, rank - 1, ==), indices, -1);",
    ),
    Task(
        "first occurrence of my token",
        "abcd",
        12,
        SAME + "y = aggregate(first(same), indices);",
        SAME
        + LEFT
        + "rank = selector_width(same and left);\n"
        + "y = aggregate(same and select(rank, 0, ==), indices);",
    ),
    Task(
        "next occurrence of my token",
        "abcd",
        12,
        SAME + "y = aggregate(first(same and select(indices, indices, >)), indices, -1);",
        LEFT
        + SAME
        + "rank = selector_width(same and left);\n"
        + "y = aggregate(same and select(rank, rank + 1, ==), indices, -1);",
    ),
    Task(
        "value last written under this key",
        "abc012",
        20,
        PREVIOUS
        + 'written = select(tokens in ["0", "1", "2"], True, ==);\n'
        + 'y = aggregate(last(select(p, tokens, ==) and written), tokens, "-");',
        PREVIOUS
        + LEFT
        + 'written = select(tokens in ["0", "1", "2"], True, ==);\n'
        + """rank = selector_width(select(p, p, ==) and written and so_far);
number = selector_width(select(p, tokens, ==) and written and so_far);
y = aggregate(select(p, tokens, ==) and written and select(rank, number, ==), tokens, "-");""",
        True,
    ),
    Task(
        "deduplication",
        "abcd",
        12,
        SAME + 'y = tokens if aggregate(first(same), indices) == indices else "-";',
        SAME + LEFT + 'y = tokens if selector_width(same and left) == 0 else "-";',
    ),
    Task(
        "nearest larger element to the left",
        "abcd",
        12,
        LEFT + 'y = aggregate(last(select(tokens, tokens, >) and left), tokens, "-");',
    ),
    Task(
        "nearest of two tokens",
        "abcd",
        12,
        LEFT
        + 'y = aggregate(last((select(tokens, "a", ==) or select(tokens, "b", ==)) and so_far),'
        + ' tokens, "-");',
        LEFT
        + """ab = tokens in ["a", "b"];
number = selector_width(select(ab, True, ==) and so_far);
y = aggregate(select(ab, True, ==) and select(number, number, ==), tokens, "-");""",
    ),
    Task(
        "largest token below mine",
        "abcd",
        12,
        'y = aggregate(best(select(tokens, tokens, <), tokens), tokens, "-");',
    ),
    Task(
        "second largest token",
        "abcd",
        12,
        """largest = aggregate(best(select(1, 1, ==), tokens), tokens);
y = aggregate(best(select(tokens, largest, <), tokens), tokens, "-");""",
    ),
    Task(
        "where the largest token was last",
        "abcd",
        12,
        LEFT + "y = aggregate(last(best(so_far, tokens)), indices);",
    ),
    Task(
        "most frequent token",
        "abc",
        8,
        SAME + "y = aggregate(first(best(select(1, 1, ==), selector_width(same))), tokens);",
        SAME
        + LEFT
        + """n = selector_width(same);
above = selector_width(select(n, n, >) or (select(n, n, ==) and left));
y = aggregate(select(above, 0, ==), tokens);""",
    ),
    Task(
        "how many share the largest token",
        "abcd",
        12,
        "y = selector_width(best(select(1, 1, ==), tokens));",
    ),
    Task(
        "last a within three tokens",
        "abcd",
        12,
        LEFT
        + 'near = select(indices, indices - 3, >=) and so_far and select(tokens, "a", ==);\n'
        + "y = aggregate(last(near), indices, -1);",
    ),
    Task(
        "last a, if it is of another kind than me",
        "abc",
        8,
        'y = aggregate(last(select(tokens, "a", ==)) and select(tokens, tokens, !=), indices, -1);',
    ),
    Task(
        "Dyck-2",
        "(){}",
        12,
        LEFT + DYCK + 'partner = aggregate(last(same_level and left), tokens, "-");' + DYCK_END,
        LEFT
        + DYCK
        + "number = selector_width(same_level and left);\n"
        + 'partner = aggregate(same_level and select(number, number - 1, ==), tokens, "-");'
        + DYCK_END,
    ),
    Task(
        "place of the one $",
        "ab$",
        16,
        PLACE + "y = indices - p;",
        MEAN_PLACE + "y = indices - p;",
    ),
    Task(
        "reverse after a marker",
        "abcd$",
        16,
        PLACE
        + """after = select(p, indices, <);
same = select(indices, indices, ==);
turned = select(indices, length + p - indices, ==) and after;
y = aggregate((same and select(indices, p, <)) or (same and select(indices, p, ==)) or turned,
    tokens);""",
    ),
    Task(
        "sort after a marker",
        "abcd$",
        12,
        PLACE
        + """after = indices > p;
smaller = select(tokens, tokens, <)
    or (select(tokens, tokens, ==) and select(indices, indices, <));
rank = selector_width(smaller and select(after, True, ==));
target = p + 1 + rank if after else indices;
y = aggregate(select(target, indices, ==), tokens);""",
    ),
    Task(
        "reversed addition",
        "0123+=?",
        12,
        PLUS.replace("PLACE", "fetch")
        + """before = last(select(s, 3, !=) and select(indices, indices, <));
carry = 1 if aggregate(before, s) > 3 else 0;
y = (s + carry) % 4 if indices > eq else digit;""",
    ),
)


def compiled(task: Task, text: str) -> tuple[rasp.CompiledModel, float]:
    start = time.process_time()
    model = rasp.compile(
        rasp.loads(text)["y"], vocab=task.vocab, max_len=task.max_len, causal=task.causal
    )
    return model, time.process_time() - start


def checked(task: Task, model: rasp.CompiledModel) -> int:
    """How many inputs were compared; all of them agree, or this raises."""
    n_inputs = sum(len(task.vocab) ** n for n in range(1, task.max_len + 1))
    few = n_inputs <= MOST_INPUTS
    found = rasp.verify(model, exhaustive=few, samples=SAMPLES if task.max_len < 200 else 40)
    if not found.ok:
        raise AssertionError(f"{task.name}: {found.to_text()}")
    return found.n_checked


def row(task: Task) -> str:
    model, seconds = compiled(task, task.text)
    n_inputs = checked(task, model)
    by_hand = "-"
    if task.ranked:
        ranked, _ = compiled(task, task.ranked)
        by_hand = f"{ranked.report.n_parameters:,} (`{ranked.report.sublayers}`)"
    certificate, report = model.certificate, model.report
    cells = (
        task.name + (", causal" if task.causal else ""),
        len(task.vocab),
        task.max_len,
        report.rasp_layers,
        f"`{report.sublayers}`",
        f"{report.n_parameters:,}",
        by_hand,
        f"{seconds:.1f}",
        f"{n_inputs:,}",
        "proved" if certificate.rounding.ok else "no",
        "proved" if certificate.meaning.ok else "tested",
    )
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="PROGRAM", help="those whose name has this in it")
    parser.add_argument("--write", action="store_true", help="into the document")
    arguments = parser.parse_args()
    table = [f"| {' | '.join(HEADINGS)} |", f"|{' --- |' * len(HEADINGS)}"]
    for task in TASKS:
        if arguments.only is None or arguments.only in task.name:
            table.append(row(task))
            print(table[-1], flush=True)
    if arguments.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        shown = "\n".join(table)
        DOCUMENT.write_text(f"{before}{BEGIN}{shown}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()

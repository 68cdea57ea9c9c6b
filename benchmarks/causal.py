"""Circuits and variables of the corpus as Markdown tables: `python benchmarks/causal.py`.

It takes from seven to twenty minutes.  With `--rows FILE` the rows are kept in a file, one a line,
and a run that was stopped goes on with the programs that are not there; `--seconds` stops it in
time.

For every program of tests/conformance/compile.jsonl: the edges of its circuit and what shows them;
the largest effect of patching everything that has no edge, one pair of parts after the other; and
for every variable, and some pairs of variables, how often an interchange is not the program's.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import rasp
from rasp.causal.variables import interchanged
from rasp.causal.witnesses import outside
from rasp.compiled import CompiledModel
from rasp.errors import CompileError
from rasp.graph.naming import named_sops
from rasp.graph.nodes import Atom
from rasp.interpreter.interchange import interchanged as by_program
from rasp.sop import SOp
from rasp.verification import same_outcome

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "conformance" / "compile.jsonl"
HEADINGS = (
    "program",
    "parts",
    "pairs of parts",
    "edges",
    "answer changes",
    "only with positions or BOS moved",
    "numbers change",
    "no witness",
    "effect outside",
    "variables",
    "elsewhere",
    "exchanges",
    "differ",
)


def pairs_of(model: CompiledModel, count: int) -> tuple[list[list[Atom]], list[list[Atom]]]:
    """Bases and sources of one length each."""
    chance = random.Random(7)
    tokens = model.vocabulary.tokens
    bases, sources = [], []
    for _ in range(count):
        length = chance.randint(1, model.max_len)
        pool = tokens if chance.random() < 0.5 else chance.sample(tokens, min(2, len(tokens)))
        base = [chance.choice(pool) for _ in range(length)]
        source = [chance.choice(pool) for _ in range(length)]
        if chance.random() < 0.3:
            source = [chance.choice(tokens) if chance.random() < 0.3 else x for x in base]
        bases.append(base)
        sources.append(source)
    return bases, sources


def exchanges(model: CompiledModel, count: int) -> tuple[int, int]:
    """How many interchanges were made, and how many are not the program's."""
    root, sop = model.specification.node, model.sop
    known = named_sops(root, sop.origins, model.specification.name)
    names = list(model.variables)
    chance = random.Random(3)
    chosen = [[name] for name in names]
    chosen += [chance.sample(names, 2) for _ in range(3) if len(names) > 1]
    bases, sources = pairs_of(model, count)
    causal, by_rule = model.artifact.config.causal, model.artifact.readout.by_rule
    made = differ = 0
    for group in chosen:
        nodes = [known[name] for name in group]
        expected = by_program(root, nodes, bases, sources, causal=causal)
        found = interchanged(model, bases, sources, group)
        made += len(found)
        differ += sum(
            not same_outcome(*pair, by_rule=by_rule) for pair in zip(expected, found, strict=True)
        )
    return made, differ


def measure(case: dict[str, Any], n_pairs: int, count: int) -> list[str]:
    """One row."""
    name = case["id"].removeprefix("comp-")
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    try:
        model = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"])
    except CompileError as error:
        return [name, f"refused: {error.message}", *[""] * (len(HEADINGS) - 2)]
    circuit = model.circuit(n_pairs=n_pairs)
    shown: Counter[str] = Counter()
    for edge in circuit:
        if edge.witness is None:
            shown["none"] += 1
        elif not edge.witness.changes_answer:
            shown["numbers"] += 1
        else:
            shown["plain" if edge.witness.shuffled == "none" else "moved"] += 1
    tried = outside(model, circuit, n_pairs=48)
    made, differ = exchanges(model, count)
    return [
        name,
        str(len(circuit.parts)),
        str(circuit.n_candidates),
        str(len(circuit)),
        str(shown["plain"]),
        str(shown["moved"]),
        str(shown["numbers"]),
        str(shown["none"]),
        str(tried.largest),
        str(len(model.variables)),
        str(len(model.variables.elsewhere)),
        f"{made:,}",
        str(differ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=192, help="pairs of each kind for witnesses")
    parser.add_argument("--exchanges", type=int, default=60, help="pairs for each variable")
    parser.add_argument("--rows", type=Path, help="a file that keeps the rows")
    parser.add_argument("--seconds", type=float, help="begin with no program after these")
    parser.add_argument("--last-first", action="store_true", help="begin with the last program")
    options = parser.parse_args()
    cases = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    start, rows = time.monotonic(), kept(options.rows)
    for case in reversed(cases) if options.last_first else cases:
        if options.seconds is not None and time.monotonic() - start > options.seconds:
            break
        if case["id"] not in rows:
            begin = time.process_time()
            rows[case["id"]] = measure(case, options.pairs, options.exchanges)
            print(f"{case['id']}: {time.process_time() - begin:.1f} s", file=sys.stderr, flush=True)
            if options.rows is not None:
                with options.rows.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([case["id"], rows[case["id"]]]) + "\n")
    show([rows[case["id"]] for case in cases if case["id"] in rows])


def kept(file: Path | None) -> dict[str, list[str]]:
    """The rows of an earlier run, by the program's name."""
    if file is None or not file.exists():
        return {}
    return dict(json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())


def show(rows: list[list[str]]) -> None:
    """The table, with the sums of all rows."""
    print(f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}")
    total: Counter[int] = Counter()
    for row in rows:
        for column, cell in enumerate(row[1:], 1):
            number = cell.replace(",", "")
            total[column] += int(number) if number.isdigit() else 0
        print(f"| {' | '.join(row)} |")
    sums = [f"{total[column]:,}" for column in range(1, len(HEADINGS))]
    outside_column = HEADINGS.index("effect outside")
    sums[outside_column - 1] = str(max(float(row[outside_column] or 0) for row in rows))
    print(f"| **all** | {' | '.join(sums)} |")


if __name__ == "__main__":
    main()

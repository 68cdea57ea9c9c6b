"""The tasks of the RASP paper, analysed: `python benchmarks/paper_tasks.py [--write]`.

Prints the table of docs/analysis.md; with --write, puts it there.  The programs are examples of
this project.  The paper's numbers are layers/heads (Weiss, Goldberg, Yahav, 2021).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from rasp.analysis import Analysis, AttentionAccount
from rasp.analysis.tables import Table
from rasp.api import analyze
from rasp.program import load
from rasp.sop import SOp

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "analysis.md"
BEGIN, END = "<!-- begin: benchmarks/paper_tasks.py -->\n", "<!-- end -->\n"

MASKS = ("causal", "window:2", "longformer:2:1", "strided:2 + window:1")
MAX_LEN = 6


@dataclass(frozen=True, slots=True)
class Task:
    """paper: layers/heads; bos: whether inputs begin with a token of their own."""

    name: str
    example: str
    paper: str
    vocab: str = "abc"
    bos: bool = False

    def analysis(self) -> Analysis:
        program = load(str(ROOT / "examples" / f"{self.example}.rasp"))
        *_, sop = (value for name in program.names if isinstance(value := program[name], SOp))
        return analyze(sop, bos=self.bos)


TASKS = (
    Task("reverse", "reverse", "2/1"),
    Task("histogram, BOS", "histogram_bos", "1/1", vocab="§ab"),
    Task("histogram", "histogram", "1/2"),
    Task("double histogram, BOS", "double_histogram", "2/2", bos=True),
    Task("sort, BOS", "sort", "2/1", bos=True),
    Task("most frequent, BOS", "sort_by_frequency", "3/2", bos=True),
    Task("Dyck-1", "dyck1", "2/1", vocab="()"),
    Task("Dyck-2", "dyck2", "3/1 (4/2)", vocab="(){}"),
    Task("Dyck-2 with last", "dyck2_last", "3/1", vocab="(){}"),
)


def table() -> Table:
    headings = ("task", "paper", "here", "heads per layer", "shortest orders", "sandwich")
    return Table((*headings, *MASKS), tuple(map(_row, TASKS)))


def _row(task: Task) -> tuple[str, ...]:
    analysis = task.analysis()
    tendency = analysis.tendency
    return (
        task.name,
        task.paper,
        f"{analysis.n_layers}/{analysis.max_heads}",
        ", ".join(map(str, analysis.heads_per_layer)),
        ", ".join(tendency.shortest.orders),
        f"sandwich:{tendency.sandwich} of {tendency.interleaved_layers}",
        *(_survives(analysis.attention(mask, vocab=task.vocab, max_len=MAX_LEN)) for mask in MASKS),
    )


def _survives(account: AttentionAccount) -> str:
    """Yes, or the length of the shortest counter-example and how many heads have none."""
    verdicts = [head.containment for head in account.heads]
    examples = [verdict.counterexample for verdict in verdicts if verdict.counterexample]
    if examples:
        within = sum(verdict.counterexample is None for verdict in verdicts)
        length = min(example.length for example in examples)
        return f"n = {length} ({within}/{len(verdicts)})"
    if account.within is None:
        return "not known"
    everywhere = all(verdict.basis == "every input of every length" for verdict in verdicts)
    return "yes" if everywhere else f"yes, up to n = {MAX_LEN}"


def document(text: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table().to_markdown()}\n{END}{after}"


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    elif sys.argv[1:]:
        sys.exit("usage: python benchmarks/paper_tasks.py [--write]")
    else:
        print(table().to_text())


if __name__ == "__main__":
    main()

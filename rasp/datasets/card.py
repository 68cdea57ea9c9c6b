"""What a data set is made of -> its data card, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any


def card_of(facts: dict[str, Any], entries: Sequence[dict[str, Any]]) -> str:
    """The card of a finished data set."""
    settings = facts["settings"]
    counts = sorted(facts["left_out"].items(), key=lambda item: (-item[1], item[0]))
    local = "the token, its index and the length of the input decide what stands at a position"
    constant = (
        "the index and the length of the input decide what stands at a position, or it is the input"
    )
    text = files("rasp.datasets").joinpath("card.md").read_text(encoding="utf-8")
    return text.format(
        n=len(entries),
        seed=settings["seed"],
        min_layers=settings["min_layers"],
        no_examples="" if settings["examples"] else " --no-examples",
        with_examples=", and the example programs among them" if settings["examples"] else "",
        version=facts["rasp"],
        n_candidates=f"{facts['n_candidates']:,}",
        left_out=_table("why", ((reason, count) for reason, count in counts)),
        trivial=local if settings["min_layers"] else constant,
        tables=_tables(entries),
    )


def _tables(entries: Sequence[dict[str, Any]]) -> str:
    layers = Counter(entry["n_layers"] for entry in entries)
    words = Counter(" ".join(entry["vocab"]) for entry in entries)
    sizes = sorted(entry["n_parameters"] for entry in entries)
    edges = sorted(entry["n_edges"] for entry in entries)
    spread = [
        ("parameters", *_spread(sizes)),
        ("edges of the circuit", *_spread(edges)),
    ]
    rows = [
        f"| {name} | {least:,} | {middle:,} | {most:,} |" for name, least, middle, most in spread
    ]
    return "\n\n".join(
        [
            _table("layers of attention", sorted(layers.items())),
            _table("vocabulary", sorted(words.items(), key=lambda item: (-item[1], item[0]))[:20]),
            "| | least | median | most |\n| --- | --- | --- | --- |\n" + "\n".join(rows),
        ]
    )


def _spread(numbers: Sequence[int]) -> tuple[int, int, int]:
    return numbers[0], numbers[len(numbers) // 2], numbers[-1]


def _table(heading: str, rows: Iterable[tuple[object, int]]) -> str:
    lines = [f"| {heading} | programs |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {_cell(name)} | {count:,} |" for name, count in rows)])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")

"""The figures of documents, drawn from programs and from the weights of compiled models.

usage: python docs/figures.py [NAME...]          draws them again, or those that are named
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

import rasp
from rasp.drawing import svg
from rasp.drawing.svg import Picture, line, rectangle, text_width, words
from rasp.explorer.forward import ForwardPass

FIGURES = Path(__file__).with_name("figures")
REVERSE = "opposite = length - 1 - indices;\nreversed = tokens[opposite];\n"
STEPS = 'share = average(indicator(tokens == "a"));\nsteps = round(3 * share);\n'
INDUCTION = Path(__file__).parents[1] / "examples" / "induction.rasp"
CELL_WIDTH, CELL_HEIGHT = 54, 26
DOTS = (("value", 4), ("key", 0), ("query", 4), ("ink", 0))
"""Colour and radius of the dots of a plot's curves."""


def reverse() -> str:
    """The program whose head `head` shows."""
    return str(rasp.loads(REVERSE, name="reverse.rasp")["reversed"].draw("dab").svg)


def head() -> str:
    """Scores and pattern of the head that fetches, on one input."""
    sop = rasp.loads(REVERSE)["reversed"]
    model = rasp.compile(sop, vocab="abcd", max_len=6)
    cache = ForwardPass.of(model, model.vocabulary.encode("dab", model.max_len)).cache
    names = ["BOS", "d", "a", "b"]
    scores = cache["blocks.1.attn.scores"][0]  # [query, key]
    pattern = cache["blocks.1.attn.pattern"][0]  # [query, key]
    picture = svg.beside(
        [
            _matrix("scores, before softmax", names, scores, "{:.0f}", scores.max(axis=1)),
            _matrix("pattern, after softmax", names, pattern, "{:.2f}", pattern.max(axis=1)),
        ],
        gap=48,
    )
    return svg.document(
        picture,
        title="Scores and pattern of a compiled head",
        description="In each row of a query the scores are largest at the key that it selects, "
        "and the pattern is 1 there and 0 elsewhere.",
    )


def staircase() -> str:
    """What the neurons of a compiled model make of a mean, between its possible values too."""
    model = rasp.compile(rasp.loads(STEPS)["steps"], vocab="ab", max_len=6)
    tensors = model.artifact.tensors
    ((start, end, _), *_) = model.labels.neurons[0]
    # The direction that holds the mean is the one that these neurons read, besides BOS's.
    w_in = tensors["blocks.0.mlp.W_in"][:, start:end]  # [d_model, neuron]
    b_in = tensors["blocks.0.mlp.b_in"][start:end]  # [neuron]
    w_out = tensors["blocks.0.mlp.W_out"][start:end]  # [neuron, d_model]
    read = int(np.flatnonzero(w_in.any(axis=1))[-1])
    written = int(np.flatnonzero(w_out.any(axis=0))[0])

    def output(share: NDArray[np.float64]) -> NDArray[np.float64]:
        hidden = np.maximum(share[:, None] * w_in[read] + b_in, 0)  # [point, neuron]
        result: NDArray[np.float64] = hidden @ w_out[:, written]  # [point]
        return result

    fractions = [i / n for n in range(1, model.max_len + 1) for i in range(n + 1)]
    values = np.unique(np.array(fractions))
    picture = _plot(output, values)
    return svg.document(
        picture,
        title="A staircase of neurons",
        description="The output of the neurons against the mean that they read: level where means "
        "that can occur have the same result, a straight line where the result changes.",
    )


def induction() -> str:
    """The program of the first page."""
    return str(_induction()["next"].draw("eagle").svg)


def after_same() -> str:
    """Its selector, which is the pattern of an induction head."""
    return str(_induction()["after_same"].draw("banana").svg)


def circuit_sort() -> str:
    """Which part of a compiled model reads what from which."""
    sort = rasp.load(INDUCTION.with_name("sort.rasp"))["sorted"]
    return rasp.compile(sort, vocab="abcd", max_len=6).circuit(n_pairs=0).drawing().svg


def cost() -> str:
    """The curves of the tables of `cost.md`: parameters, seconds, memory."""
    page = FIGURES.with_name("cost.md").read_text(encoding="utf-8")
    rows = []
    for column, title in ((3, "parameters"), (4, "CPU seconds"), (5, "megabytes")):
        panels = []
        for heading in ("tokens", "letters", "steps"):
            begin = f"<!-- begin: benchmarks/growth.py, {heading} -->"
            table = page.partition(begin)[2].partition("<!-- end -->")[0]
            panels.append(_curves(f"{title} against {heading}", _points(table, column)))
        rows.append(svg.beside(panels, gap=32))
    return svg.document(
        svg.below(rows, gap=32),
        title="How cost grows",
        description="Parameters, CPU seconds and megabytes of compiled models against tokens, "
        "letters and steps, on logarithmic scales; the numbers are in the tables below.",
    )


def _induction() -> rasp.Program:
    return rasp.loads(INDUCTION.read_text(encoding="utf-8"), name="induction.rasp")


FIGURES_BY_NAME: dict[str, Callable[[], str]] = {
    "reverse": reverse,
    "head": head,
    "staircase": staircase,
    "induction": induction,
    "after-same": after_same,
    "circuit-sort": circuit_sort,
    "cost": cost,
}


def _matrix(
    title: str,
    names: Sequence[str],
    numbers: NDArray[np.floating],
    form: str,
    largest: NDArray[np.floating],
) -> Picture:
    """A table with a row for each query; the largest numbers of a row are marked."""
    left, top = 64, 62
    marks = [words(0, 14, title, "ink strong"), words(left, 34, "keys", "key")]
    marks.append(words(0, top - 8, "queries", "query"))
    for place, name in enumerate(names):
        marks.append(
            words(left + CELL_WIDTH * (place + 0.5), top - 8, name, "key", anchor="middle")
        )
        y = top + CELL_HEIGHT * place
        marks.append(words(left - 12, y + 18, name, "query", anchor="end"))
        for column in range(len(names)):
            x = left + CELL_WIDTH * column
            is_largest = bool(numbers[place, column] == largest[place])
            marks.append(rectangle(x, y, CELL_WIDTH, CELL_HEIGHT, "on" if is_largest else "panel"))
            text = form.format(numbers[place, column])
            style = "ink strong" if is_largest else "muted"
            marks.append(words(x + CELL_WIDTH - 8, y + 18, text, style, anchor="end"))
    marks.append(svg.grid(left, top, CELL_WIDTH, CELL_HEIGHT, len(names), len(names), "bare line"))
    width = left + CELL_WIDTH * len(names)
    return Picture(max(width, text_width(title)), top + CELL_HEIGHT * len(names), "".join(marks))


def _plot(
    output: Callable[[NDArray[np.float64]], NDArray[np.float64]], values: NDArray[np.float64]
) -> Picture:
    left, top, width, height, steps = 40, 30, 560, 180, 3

    def x(share: float) -> float:
        return left + width * share

    def y(level: float) -> float:
        return top + height * (1 - level / steps)

    marks = [words(0, 14, "output of the neurons", "value")]
    for level in range(steps + 1):
        marks.append(line(left, y(level), left + width, y(level)))
        marks.append(words(left - 12, y(level) + 4, str(level), "muted", anchor="end"))
    points = np.linspace(0, 1, 561)  # [point]
    path = "L".join(
        f"{svg.number(x(a))} {svg.number(y(b))}"
        for a, b in zip(points.tolist(), output(points).tolist(), strict=True)
    )
    marks.append(f'<path class="bare strong-line" d="M{path}"/>')
    for share, level in zip(values.tolist(), output(values).tolist(), strict=True):
        marks.append(rectangle(x(share) - 4, y(level) - 4, 8, 8, "value", radius=4))
    for share in (0.0, 0.5, 1.0):
        marks.append(words(x(share), top + height + 22, f"{share:g}", "muted", anchor="middle"))
    caption = "the mean that they read; dots are the means that can occur"
    marks.append(words(left, top + height + 44, caption, "key"))
    return Picture(left + width + 8, top + height + 52, "".join(marks))


Points: TypeAlias = dict[str, list[tuple[float, float]]]
"""Name of a curve -> its points."""


def _points(table: str, column: int) -> Points:
    """A column of a table against its second one, without what is refused or takes no time."""
    points: Points = {}
    for cells in re.findall(r"^\| (`.*) \|$", table, re.MULTILINE):
        name, *row = cells.split(" | ")
        size, value = (cell.replace(",", "") for cell in (row[0], row[column - 1]))
        if row[2] != "-" and float(value) > 0:
            points.setdefault(name.strip("`"), []).append((float(size), float(value)))
    return points


def _curves(title: str, points: Points) -> Picture:
    """Both scales are logarithmic; every power of ten has a line, every size a mark."""
    left, top, width, height = 92, 30, 210, 150
    sizes = sorted({size for curve in points.values() for size, _ in curve})
    found = [value for curve in points.values() for _, value in curve]
    low, high = math.floor(math.log10(min(found))), math.ceil(math.log10(max(found)))
    high = max(high, low + 1)

    def x(size: float) -> float:
        return left + width * math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])

    def y(value: float) -> float:
        return top + height * (high - math.log10(value)) / (high - low)

    marks = [words(0, 14, title, "ink strong")]
    for power in range(low, high + 1):
        marks.append(line(left, y(10.0**power), left + width, y(10.0**power)))
        marks.append(
            words(
                left - 8,
                y(10.0**power) + 4,
                f"{10.0**power:,.{max(0, -power)}f}",
                "muted",
                anchor="end",
            )
        )
    for size in sizes:
        marks.append(words(x(size), top + height + 20, f"{size:g}", "muted", anchor="middle"))
    below = top + height + 44
    for (name, curve), (colour, radius) in zip(points.items(), DOTS, strict=False):
        path = "L".join(f"{svg.number(x(a))} {svg.number(y(b))}" for a, b in curve)
        marks.append(f'<path class="bare edge" d="M{path}"/>')
        places = [(x(a), y(b)) for a, b in curve] + [(8, below - 4)]
        marks += [rectangle(a - 4, b - 4, 8, 8, colour, radius=radius) for a, b in places]
        marks.append(words(20, below, name, "ink small"))
        below += 18
    return Picture(left + width + 16, below, "".join(marks))


if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES_BY_NAME:
        drawn = FIGURES_BY_NAME[name]()
        (FIGURES / f"{name}.svg").write_text(drawn, encoding="utf-8", newline="\n")

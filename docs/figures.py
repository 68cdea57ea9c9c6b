"""The figures of documents, drawn from programs and from the weights of compiled models.

usage: python docs/figures.py          draws them again
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

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


def _induction() -> rasp.Program:
    return rasp.loads(INDUCTION.read_text(encoding="utf-8"), name="induction.rasp")


FIGURES_BY_NAME: dict[str, Callable[[], str]] = {
    "reverse": reverse,
    "head": head,
    "staircase": staircase,
    "induction": induction,
    "after-same": after_same,
    "circuit-sort": circuit_sort,
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


if __name__ == "__main__":
    for name, drawn in FIGURES_BY_NAME.items():
        (FIGURES / f"{name}.svg").write_text(drawn(), encoding="utf-8", newline="\n")

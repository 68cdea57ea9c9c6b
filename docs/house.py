"""The house of the compiler before and after, for `docs/compiler.md`: four things and their rooms.

usage: python docs/house.py         draws it again; a test looks up all that it names
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from rasp.drawing import svg
from rasp.drawing.svg import Picture, line, rectangle, text_width, words

FIGURE = Path(__file__).with_name("figures") / "house.svg"
BEFORE = {
    "additive": "evaluate lower",
    "attention": "best lower nearest places sums unions",
    "best": "lower",
    "combine": "additive lower",
    "computed": "evaluate failures lower noise",
    "evaluate": "lower",
    "failures": "evaluate lower",
    "fetch": "attention lower sums",
    "nearest": "combine lower",
    "noise": "evaluate lower",
    "places": "combine evaluate lower nearest",
    "steps": "additive combine evaluate lower",
    "sums": "lower",
    "unions": "lower",
    "lower": "attention best combine computed evaluate fetch noise steps sums",
}
"""The files of the lowering that imported each other in a circle, as they stood once: whom each
imported."""


@dataclass(frozen=True)
class Room:
    """name: where it is; gives: what it hands on; steps: for each thread what happens to it here, a
    file and a function, or None if it passes."""

    name: str
    gives: str
    steps: tuple[str | None, str | None, str | None, str | None]


THREADS = ("selector", "count", "read place", "error span")
COLOURS = ("query", "key", "value", "wrong")

ROOMS = (
    Room(
        "elaborate/",
        "graph, origins",
        (None, None, None, "graph/origins.py: Origins"),
    ),
    Room(
        "simplify.py",
        "a simpler graph",
        (
            "compiler/selection/matches.py: with_scorable_selectors",
            "compiler/simplify.py: simplify",
            None,
            "graph/origins.py: Origins.inherit",
        ),
    ),
    Room(
        "lowering/",
        "variables, checks",
        (
            "compiler/lowering/ways.py: select_for_one_head",
            "compiler/lowering/widths.py: lower_width",
            "compiler/lowering/computed.py: hold",
            "compiler/lowering/failures.py: check_rows",
        ),
    ),
    Room(
        "selection/",
        "terms",
        (
            "compiler/selection/combinations.py: combination",
            "compiler/selection/combinations.py: Combination.terms",
            None,
            None,
        ),
    ),
    Room(
        "readings.py",
        "Readings",
        (None, "compiler/lowering/counts.py: choose_readings", None, None),
    ),
    Room(
        "encoding/",
        "Blocks",
        (
            "compiler/encoding/heads.py: head_of",
            "compiler/encoding/heads.py: build_scalar",
            "compiler/encoding/neurons.py: build_computed",
            "compiler/encoding/encodings.py: encode",
        ),
    ),
    Room(
        "synthesis/",
        "neurons",
        (
            None,
            None,
            "compiler/synthesis/constructions.py: choose",
            "compiler/synthesis/constructions.py: choose",
        ),
    ),
    Room(
        "layout.py",
        "Layout",
        (
            None,
            "compiler/layout.py: lay_out",
            "compiler/layout.py: lay_out",
            "compiler/layout.py: lay_out",
        ),
    ),
    Room(
        "weights.py",
        "tensors",
        ("compiler/weights.py: transcribe",) * 3 + ("outputs.py: Failure.at",),
    ),
    Room(
        "certificate/",
        "proof of rounding",
        (
            "certificate/scores.py: check_scores",
            "certificate/attention.py: attention",
            "certificate/neurons.py: feedforward",
            "certificate/check.py: certify",
        ),
    ),
    Room(
        "readout.py",
        "values, or an error",
        (None, None, None, "readout.py: Decoder"),
    ),
)

ROW, COLUMN, FIRST = 58, 198, 176
RADIUS, MIDDLE_X, MIDDLE_Y = 150, 260, 210


def house() -> str:
    """The circle of the lowering, and the rooms as they are."""
    return svg.document(
        svg.below([_before(), _after()], gap=40),
        title="The compiler before and after",
        description="Before, fifteen files of the lowering imported each other in a circle, twelve "
        "of them writing into one object in the middle.  Now values go from room to room, and a "
        "selector, a count, a read place and an error span pass each room once.",
    )


def _before() -> Picture:
    """Who imported whom: the files around the one whose object they all wrote into."""
    around = [name for name in BEFORE if name != "lower"]
    places = {"lower": (float(MIDDLE_X), float(MIDDLE_Y))}
    for number, name in enumerate(around):
        angle = 2 * math.pi * number / len(around) - math.pi / 2
        places[name] = (
            MIDDLE_X + 1.25 * RADIUS * math.cos(angle),
            MIDDLE_Y + RADIUS * math.sin(angle),
        )
    marks = [words(0, 14, "before: fifteen files of the lowering in one circle", "ink strong")]
    for name, imported in BEFORE.items():
        for other in imported.split():
            style = "wrong-line" if "lower" in (name, other) else "edge"
            marks.append(line(*places[name], *places[other], style))
    for name, (x, y) in places.items():
        width = text_width(name) + 12
        style = "result" if name == "lower" else "panel"
        marks.append(rectangle(x - width / 2, y - 12, width, 22, style, radius=4))
        marks.append(words(x, y + 4, name, "ink", anchor="middle"))
    caption = "in the middle the one object into which twelve of the others wrote"
    marks.append(words(0, MIDDLE_Y + RADIUS + 42, caption, "muted small"))
    return Picture(2 * MIDDLE_X, MIDDLE_Y + RADIUS + 50, "".join(marks))


def _after() -> Picture:
    """A row for each room, a line for each thread."""
    top = 56
    marks = [words(0, 14, "now: what each room hands on, and who passes it", "ink strong")]
    for number, (thread, colour) in enumerate(zip(THREADS, COLOURS, strict=True)):
        x = FIRST + COLUMN * number
        marks.append(words(x, top - 14, thread, f"{colour} strong"))
        met = [place for place, room in enumerate(ROOMS) if room.steps[number] is not None]
        first, last = met[0], met[-1]
        marks.append(line(x, top + ROW * first + 16, x, top + ROW * last + 16, "edge"))
    for place, room in enumerate(ROOMS):
        y = top + ROW * place
        marks.append(rectangle(0, y, FIRST - 28, ROW - 18, "panel", radius=4))
        marks.append(words(8, y + 16, room.name, "ink strong"))
        marks.append(words(8, y + 32, room.gives, "muted small"))
        if place + 1 < len(ROOMS):
            marks.append(line(20, y + ROW - 18, 20, y + ROW, "strong-line"))
        for number, (step, colour) in enumerate(zip(room.steps, COLOURS, strict=True)):
            if step is not None:
                marks.append(_stop(FIRST + COLUMN * number, y, step, colour))
    width = FIRST + COLUMN * len(THREADS)
    return Picture(width, top + ROW * len(ROOMS), "".join(marks))


def _stop(x: float, y: float, step: str, colour: str) -> str:
    """Where something happens to a thread."""
    path, function = step.split(": ")
    return "".join(
        [
            rectangle(x - 5, y + 11, 10, 10, colour, radius=5),
            words(x + 12, y + 16, function, "ink small"),
            words(x + 12, y + 31, path.removeprefix("compiler/"), "muted small"),
        ]
    )


if __name__ == "__main__":
    FIGURE.write_text(house(), encoding="utf-8", newline="\n")

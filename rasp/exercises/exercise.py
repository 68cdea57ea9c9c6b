"""What an exercise is: a task, its inputs in the order in which they are tried, and a par."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TypeAlias

from rasp.exercises.pictures import columns, columns_html
from rasp.graph.nodes import Atom

Input: TypeAlias = tuple[str, ...]
Reference: TypeAlias = Callable[[Input], list[Atom]]


@dataclass(frozen=True, slots=True)
class Pitfall:
    """A solution that is wrong in a way of its own, and what to say to whoever has it.

    program: binds the name `answer`.
    """

    program: str
    advice: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task.  inputs: from the shortest to the longest; reference: what is right on each.

    layers and heads: what a good solution has, by `rasp.analyze`, heads over all layers.
    """

    name: str
    task: str
    reference: Reference
    inputs: Callable[[], Iterable[Input]]
    examples: tuple[str, ...]
    layers: int
    heads: int
    hints: tuple[str, ...]
    pitfalls: tuple[Pitfall, ...] = field(default=(), repr=False)

    @property
    def par(self) -> str:
        return f"{_count(self.layers, 'layer')}, {_count(self.heads, 'head')}"

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.task}", f"par: {self.par}"]
        for example in self.examples:
            lines += ["", *columns(self._rows(example))]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tables = "".join(columns_html(self._rows(example)) for example in self.examples)
        return (
            f"<p><b>{escape(self.name)}</b>: {escape(self.task)}</p><p>par: {self.par}</p>{tables}"
        )

    def _rows(self, example: str) -> Mapping[str, list[Atom]]:
        return {"input": list(example), "wanted": self.reference(tuple(example))}


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def exercise(
    reference: Reference,
    inputs: Callable[[], Iterator[Input]],
    *examples: str,
    task: str,
    par: tuple[int, int],
    hints: tuple[str, ...],
    pitfalls: tuple[tuple[str, str], ...] = (),
) -> Exercise:
    """An exercise with the name of its reference; par: layers and heads; pitfalls: programs, and
    what to say of each."""
    layers, heads = par
    return Exercise(
        name=reference.__name__,
        task=task,
        reference=reference,
        inputs=inputs,
        examples=examples,
        layers=layers,
        heads=heads,
        hints=hints,
        pitfalls=tuple(Pitfall(program, advice) for program, advice in pitfalls),
    )

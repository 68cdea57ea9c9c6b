"""Decisions -> whole programs: variables, functions, loops, and one s-op to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rasp.graph.nodes import Atom
from rasp.random_programs.chain import PREFIXES, RESULT, Chain, needed_text
from rasp.random_programs.choices import Choices, SeededChoices, chance, choose, weighted
from rasp.random_programs.embedding import python_text
from rasp.random_programs.expressions import (
    VALUE_KINDS,
    Expression,
    Kind,
    binary,
    list_text,
    literal,
)
from rasp.random_programs.generator import Generator
from rasp.random_programs.leaves import Function

VOCABULARIES: tuple[tuple[Atom, ...], ...] = (
    ("a", "b"),
    ("a", "b", "c"),
    ("0", "1"),
    ("0", "1", "2"),
    ("(", ")"),
    ("a",),
    ("a", "b", "c", "d"),
    ("a", "1"),
    ("3", "12", "7", "0"),
    (0, 1, 2),
    (True, False),
    (0.5, 2, -1),
)
LENGTHS = ((6, 4), (4, 5), (3, 6), (1, 1), (2, 2), (3, 3), (2, 8), (1, 12))


@dataclass(frozen=True, slots=True)
class RandomProgram:
    """A program, the s-op in it to look at, and the inputs it is for."""

    text: str
    vocabulary: tuple[Atom, ...]
    max_len: int
    sop: str = RESULT

    @property
    def python(self) -> str:
        """The same program in Python: it binds the same names to the same s-ops."""
        return python_text(self.text)

    def __str__(self) -> str:
        return f"{self.text}\n# vocabulary: {self.vocabulary}, max_len: {self.max_len}"


def random_program(seed: int, size: int = 5, *, layers: int = 0) -> RandomProgram:
    """A well-typed program, the same for the same seed, size and layers.

    size: about how many statements it has, and how deeply its expressions are nested.
    layers: with 1 or more, the program is a chain of at least so many operations of attention, each
    on the result of the one before (`rasp.random_programs.chain`).
    """
    return generate(SeededChoices(seed), size, layers=layers)


def generate(
    choices: Choices,
    size: int = 5,
    *,
    layers: int = 0,
    vocabularies: Sequence[tuple[Atom, ...]] = VOCABULARIES,
    lengths: Sequence[tuple[int, int]] = LENGTHS,
) -> RandomProgram:
    """A well-typed program made by these choices, for one of the vocabularies and one of the
    lengths, which come with weights."""
    vocabulary = choose(choices, vocabularies)
    max_len = weighted(choices, lengths)
    if layers > 0:
        text = Chain(choices, vocabulary, max_len).program(layers, size)
    else:
        text = _Maker(Generator(choices, vocabulary, max_len), size).program()
    return RandomProgram(text, vocabulary, max_len)


@dataclass
class _Maker:
    """Statements, one after another."""

    generator: Generator
    size: int
    statements: list[tuple[str, str]] = field(default_factory=list)  # name bound, text
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def choices(self) -> Choices:
        return self.generator.choices

    def program(self) -> str:
        self.generator.risky = chance(self.choices, 15)
        depth = weighted(self.choices, [(2, 1), (3, 2), (1, 0), (2, 3), (1, 4)])
        for _ in range(self.choices.below(self.size) + self.choices.below(2)):
            statement = weighted(
                self.choices,
                [
                    (8, self._assignment),
                    (2, self._selector),
                    (2, self._function),
                    (2, self._loop),
                    (1, self._pair),
                ],
            )
            statement(max(0, depth - self.choices.below(2)))
        self._result(depth)
        return self._text()

    def _fuel(self) -> int:
        return 1 + self.choices.below(2 + self.size // 2)

    def _name(self, kind: Kind | None) -> str:
        start = PREFIXES[kind] if kind is not None else "f"
        self.numbers[start] = self.numbers.get(start, 0) + 1
        return f"{start}{self.numbers[start]}"

    def _bind(self, value: Expression) -> str:
        name = self._name(value.kind)
        self.generator.variables.append(value.named(name))
        return name

    def _assignment(self, depth: int) -> None:
        value = self.generator.value(depth, self._fuel())
        name = self._bind(value)
        self.statements.append((name, f"{name} = {value.text};"))

    def _selector(self, depth: int) -> None:
        value = self.generator.selector(max(0, depth - 1), self._fuel())
        name = self._bind(value)
        self.statements.append((name, f"{name} = {value.text};"))

    def _pair(self, depth: int) -> None:
        """Two variables at once, or items of a container."""
        first, second = self.generator.value(depth, 1), self.generator.value(depth, 1)
        names = self._bind(first), self._bind(second)
        both = f"{first.text}, {second.text}"
        forms = (both, f"[{both}]", f'[{{"p": {first.text}}}["p"], {second.text}]')
        text = f"{', '.join(names)} = {choose(self.choices, forms)};"
        self.statements += [(name, text) for name in names]

    def _function(self, depth: int) -> None:
        """A function of its parameters alone."""
        name = self._name(None)
        kinds = [choose(self.choices, VALUE_KINDS) for _ in range(1 + self.choices.below(2))]
        generator = self.generator
        parameters = [self._parameter(kind, place) for place, kind in enumerate(kinds)]
        inner = replace(generator, variables=parameters, functions=[])
        result = inner.value(min(depth, 1), self._fuel())
        text = f"def {name}({', '.join(p.text for p in parameters)}) {{ return {result.text}; }}"
        self.statements.append((name, text))
        generator.functions.append(Function(name, tuple(kinds), result))

    def _parameter(self, kind: Kind, place: int) -> Expression:
        bound = 1 if kind == "string" else 2 * self.generator.max_len
        return Expression("uv"[place], kind, bound=bound)

    def _loop(self, depth: int) -> None:
        """A variable that is computed from itself several times."""
        kind: Kind = choose(self.choices, ("int", "bool", "number"))
        rounds = 2 + self.choices.below(2)
        inner_depth = min(1, depth // rounds)
        start = self.generator.sop(kind, depth - rounds * inner_depth, 1)
        name = self._name(kind)
        counter = self._name("int")
        own = replace(start.named(name), depth=0, values=None, bound=2 * self.generator.max_len)
        step = Expression(counter, "int", plain=True, bound=5)
        inner = replace(self.generator, variables=[step, own], functions=[])
        body = inner.sop(kind, inner_depth, self._fuel())
        if kind == "int" and body.bound > own.bound:
            body = binary("%", body, literal(choose(self.choices, (3, 2, 7))), "int")
        self.statements.append(
            (
                name,
                f"{name} = {start.text};\n"
                f"for {counter} in {self._steps(rounds)} {{ {name} = {body.text}; }}",
            )
        )
        total = max(start.depth, 0) + rounds * body.depth
        self.generator.variables.append(replace(own, depth=total))

    def _steps(self, rounds: int) -> str:
        """What a loop runs over: so many whole numbers."""
        if chance(self.choices, 70):
            return f"range({rounds})"
        return list_text([choose(self.choices, (1, 0, 2, -1, 3)) for _ in range(rounds)])

    def _result(self, depth: int) -> None:
        value = self.generator.value(depth, self._fuel())
        self.statements.append((RESULT, f"{RESULT} = {value.text};"))

    def _text(self) -> str:
        """The statements that the result needs."""
        return needed_text(self.statements)

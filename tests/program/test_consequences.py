"""Which errors of a text only follow from others."""

from time import process_time

import pytest

from rasp.errors import RaspNameError
from rasp.program import independent_errors
from rasp.source import Label, Source, Span


def undefined(source: Source, start: int, name: str = "nope") -> RaspNameError:
    place = Label(Span(source, start, start + len(name)))
    error = RaspNameError(f"undefined variable '{name}'", labels=[place])
    error.name = name
    return error


def test_what_was_to_be_bound_before() -> None:
    source = Source("<text>", "x = 1 / 0; y = x; z = late; late = z; u = late;")
    names = [(15, "x"), (22, "late"), (42, "late")]
    errors = [undefined(source, 4, "nope"), *(undefined(source, *name) for name in names)]
    assert independent_errors(errors) == (errors[0], errors[2])


def test_a_line_of_many_errors_is_looked_through_once() -> None:
    """A line of a megabyte with 140,000 times the same mistake took half an hour."""
    source = Source("<text>", "x=nope;" * 50_000)
    errors = [undefined(source, 7 * place + 2) for place in range(40_000, 40_500)]
    began = process_time()
    assert independent_errors(errors) == tuple(errors)
    assert process_time() - began < 5


def test_a_text_of_many_names_is_looked_through_once() -> None:
    """8,000 errors about names of their own took 19 seconds: each name looked through the text."""
    source = Source("<text>", "".join(f"x = y{number:04};" for number in range(10_000)))
    errors = [undefined(source, 10 * number + 4, f"y{number:04}") for number in range(10_000)]
    began = process_time()
    assert independent_errors(errors) == tuple(errors)
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "statement",
    ["a, b = 1 / 0, 2;", "def b(x) { return nope; }", "for a, b in nope { }", "[b for a, b in c];"],
)
def test_what_binds_a_name(statement: str) -> None:
    source = Source("<text>", statement + "y = b;")
    errors = [undefined(source, len(statement) - 2), undefined(source, len(statement) + 4, "b")]
    assert independent_errors(errors) == (errors[0],)


@pytest.mark.parametrize("statement", ["x = b == 1;", "b != 1;", "b <= 1;", "a = b;", "b, a + 1;"])
def test_what_binds_no_name(statement: str) -> None:
    source = Source("<text>", statement + "y = b;")
    errors = [undefined(source, len(statement) - 2), undefined(source, len(statement) + 4, "b")]
    assert independent_errors(errors) == tuple(errors)

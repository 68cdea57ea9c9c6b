"""Which errors of a text only follow from others."""

from time import process_time

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

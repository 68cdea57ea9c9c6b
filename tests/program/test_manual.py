"""What there is to know about the names of the language and of the library."""

from __future__ import annotations

import pytest

from rasp.program import loads
from rasp.program.manual import WORDS, entry, library_bindings
from rasp.syntax.words import BASE_SOPS, FORMS, LIBRARY


@pytest.mark.parametrize("name", [*FORMS, *BASE_SOPS, *LIBRARY])
def test_every_name_is_described(name: str) -> None:
    found = entry(name)
    assert found is not None
    assert found.usage.startswith(name)
    assert found.text[0].isupper() or found.text.startswith(("1 where", "seq "))


def test_the_library_is_described_function_by_function() -> None:
    texts = [entry(name) for name in library_bindings()]
    assert len({found.text for found in texts if found}) == len(texts)


def test_usage() -> None:
    shift = entry("shift")
    assert shift is not None
    assert shift.usage == "shift(seq, n, filler)"
    assert shift.text.endswith("filled up with filler.")
    assert entry("no such name") is None


@pytest.mark.parametrize("name", WORDS)
def test_examples_are_programs(name: str) -> None:
    loads('"before";' + WORDS[name].example)

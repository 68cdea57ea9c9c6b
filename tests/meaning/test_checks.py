"""Every check of the proof of meaning is needed, or it is said why it stands there."""

from __future__ import annotations

from collections import Counter

import pytest

from rasp.testing.meanings import Case, inputs_of, is_wrong
from rasp.testing.needed import shown
from rasp.testing.weakened import checks
from rasp.testing.weakenings import BY_FACT, BY_GUARD, BY_HAND, BY_LIE, KEPT, NEEDED, OPEN
from rasp.testing.wrong_models import BY_HAND as MODELS

QUICK = [name for table in (BY_HAND, BY_LIE, BY_FACT) for some in table.values() for name in some]
SOME_GUARDS = [
    "rewrites._width: only if one == 1",
    "facts.Facts._matched: only if self.permutes(key)",
]


def test_every_check_has_one_entry() -> None:
    """A new check needs a wrong model, or a reason to be there without one."""
    entries = [*NEEDED, *(name for some in KEPT.values() for name in some), *OPEN]
    assert [name for name, n in Counter(entries).items() if n > 1] == []
    assert sorted(entries) == sorted(check.name for check in checks())


def test_few_checks_are_open() -> None:
    assert len(OPEN) <= 29


@pytest.mark.parametrize("name", MODELS)
def test_wrong_models_are_wrong(name: str) -> None:
    artifact = MODELS[name]()
    assert artifact.graph is not None
    case = Case(name, artifact.graph, artifact.vocabulary.tokens, artifact.max_len)
    assert is_wrong(artifact, artifact.graph, inputs_of(case, 0))


@pytest.mark.parametrize("name", [*QUICK, *SOME_GUARDS])
def test_without_the_check_something_wrong_is_proved(name: str) -> None:
    (check,) = (check for check in checks() if check.name == name)
    assert shown(check)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for some in BY_GUARD.values() for name in some])
def test_without_the_check_what_a_weaker_compiler_makes_is_proved(name: str) -> None:
    (check,) = (check for check in checks() if check.name == name)
    assert shown(check)

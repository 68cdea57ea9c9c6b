"""Every check of the proof of meaning is needed, or it is said why it stands there."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from rasp.testing import lying_plans, wrong_trees
from rasp.testing.by_fact import BY_FACT
from rasp.testing.kept_checks import KEPT
from rasp.testing.meanings import Case, inputs_of, is_wrong
from rasp.testing.needed import MODELS, made, missed, shown, shown_together
from rasp.testing.together import TOGETHER
from rasp.testing.weakened import checks, proves
from rasp.testing.weakenings import (
    BY_GUARD,
    BY_HAND,
    BY_LIE,
    BY_TREE,
    NEEDED,
)
from rasp.testing.wrong_facts import TEXTS, cases, mistaken

QUICK = [
    name
    for table in (BY_HAND, BY_TREE, BY_LIE, BY_FACT)
    for some in table.values()
    for name in some
]
SOME_GUARDS = [
    "rewrites._width: only if one == 1",
    "facts.Facts._matched: only if self.permutes(key)",
]
KEPT_NAMES = sorted(name for some in KEPT.values() for name in some)
SOME_MODELS = ("selector", "default", "carrying_keys", "coarse_grid", "silent sum", "spread")


def test_every_check_has_one_entry() -> None:
    """A new check needs a wrong model, or a reason to be there without one."""
    entries = [*NEEDED, *KEPT_NAMES]
    together = {name for names in TOGETHER for name in names} - set(NEEDED)
    assert [name for name, n in Counter([*entries, *together]).items() if n > 1] == []
    assert sorted({*entries, *together}) == sorted(check.name for check in checks())


@pytest.mark.parametrize("name", MODELS)
def test_wrong_models_are_wrong(name: str) -> None:
    wrong = made(name, MODELS[name])
    artifact = wrong.artifact
    case = Case(
        name, wrong.root, artifact.vocabulary.tokens, artifact.max_len, artifact.config.causal
    )
    assert is_wrong(artifact, wrong.root, inputs_of(case, 0))
    assert not proves(wrong)


@pytest.mark.parametrize("name", lying_plans.LYING)
def test_plans_that_lie_are_refused(name: str) -> None:
    assert not proves(made(name, lying_plans.LYING[name]))


@pytest.mark.parametrize("name", wrong_trees.TREES)
def test_chains_that_are_put_together_wrongly_are_wrong(name: str) -> None:
    wrong = made(name, wrong_trees.TREES[name])
    case = Case(name, wrong.root, wrong.artifact.vocabulary.tokens, wrong.artifact.max_len)
    assert is_wrong(wrong.artifact, wrong.root, inputs_of(case, 0))


@pytest.mark.parametrize("name", [*QUICK, *SOME_GUARDS])
def test_without_the_check_something_wrong_is_proved(name: str) -> None:
    (check,) = (check for check in checks() if check.name == name)
    assert shown(check)


@pytest.mark.parametrize("names", TOGETHER)
def test_without_any_of_these_checks_something_wrong_is_proved(names: tuple[str, ...]) -> None:
    assert shown_together(names)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for some in BY_GUARD.values() for name in some])
def test_without_the_check_what_a_weaker_compiler_makes_is_proved(name: str) -> None:
    (check,) = (check for check in checks() if check.name == name)
    assert shown(check)


@pytest.mark.parametrize("text", [text for text in TEXTS if text not in BY_FACT])
def test_nothing_wrong_is_taken_to_be_so(text: str) -> None:
    for case in cases(text):
        inputs = [list(some) for n in (1, 2) for some in product(case.tokens, repeat=n)]
        assert mistaken(case, inputs) is None


def test_what_nothing_needs_is_missed_by_no_wrong_model() -> None:
    """A few of both; all of both with `python -m rasp.testing.needed --kept`."""
    models = [made(name, MODELS[name]) for name in SOME_MODELS]
    assert not any(map(proves, models))
    assert list(missed(KEPT_NAMES[::4], models)) == []


@pytest.mark.slow
def test_what_nothing_needs_is_missed_by_no_wrong_model_at_all() -> None:
    models = [made(name, build) for name, build in {**MODELS, **lying_plans.LYING}.items()]
    assert list(missed(KEPT_NAMES, models)) == []

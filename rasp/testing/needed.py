"""Is every check of the proof of meaning needed?  `python -m rasp.testing.needed`

Each is taken out, and what `rasp.testing.weakenings` says of it is tried: a wrong model that is
then proved, a plan that is then believed, or a program of which something wrong is then taken to
be so.  Checks that refuse the same are taken out together: alone, none of them is missed.  With
`--kept` each of the others, which nothing is said to need, is taken out before all wrong models,
and none of these may then be proved.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import product

from rasp.graph.nodes import Atom
from rasp.testing import (
    lying_plans,
    wrong_choices,
    wrong_failures,
    wrong_fractions,
    wrong_means,
    wrong_models,
    wrong_numbers,
    wrong_readouts,
    wrong_rests,
    wrong_selections,
    wrong_sublayers,
    wrong_trees,
    wrong_types,
    wrong_wholes,
)
from rasp.testing.by_fact import BY_FACT
from rasp.testing.kept_checks import KEPT
from rasp.testing.meanings import Case
from rasp.testing.together import TOGETHER
from rasp.testing.weakened import STUMBLES, Check, Wrong, checks, proves, without
from rasp.testing.weakenings import BY_GUARD, BY_TREE, NEEDED
from rasp.testing.wrong_facts import cases, mistaken
from rasp.testing.wrong_models import Build, by_guard
from rasp.testing.wrong_trees import misled

MODELS: dict[str, Build] = {
    **wrong_models.BY_HAND,
    **wrong_sublayers.SUBLAYERS,
    **wrong_selections.SELECTIONS,
    **wrong_readouts.READOUTS,
    **wrong_fractions.FRACTIONS,
    **wrong_means.MEANS,
    **wrong_rests.RESTS,
    **wrong_numbers.NUMBERS,
    **wrong_wholes.WHOLES,
    **wrong_choices.CHOICES,
    **wrong_types.TYPES,
    **wrong_failures.FAILURES,
}
"""Models that are wrong, made by hand."""


def shown(check: Check) -> str | None:
    """What is proved, and wrong, without the check: in a few words.  None if nothing is, or if it
    is so with the check.  Raises KeyError for a check without such an entry."""
    table, by = NEEDED[check.name]
    if table is BY_FACT:
        return _mistaken(check, by)
    wrong: Wrong | None
    told: AbstractContextManager[None] = nullcontext()
    if table is BY_GUARD:
        wrong = by_guard(by)
    elif table is BY_TREE:
        wrong, told = made(by, wrong_trees.TREES[by]), misled(by)
    else:
        wrong = made(by, {**MODELS, **lying_plans.LYING}[by])
    with told:
        if wrong is None or proves(wrong):
            return None
        with without(check):
            return wrong.what if proves(wrong) else None


def made(name: str, build: Build) -> Wrong:
    """A wrong model."""
    artifact = build()
    assert artifact.graph is not None
    return Wrong(name, artifact, artifact.graph)


def shown_together(names: Sequence[str]) -> str | None:
    """What is proved, and wrong, without all of these checks; None if nothing is, or if it is so
    with one of them."""
    by = TOGETHER[tuple(names)]
    wrong = made(by, {**MODELS, **lying_plans.LYING}[by])
    own = [check for check in checks() if check.name in names]
    assert len(own) == len(names)
    for check in own:
        with without(check):
            if proves(wrong):
                return None
    with without(*own):
        return wrong.what if proves(wrong) else None


def missed(names: Sequence[str], models: Sequence[Wrong]) -> Iterator[tuple[str, str]]:
    """Of these checks, taken out one at a time, those without which one of the models is proved."""
    for check in checks():
        if check.name in names:
            with without(check):
                yield from ((check.name, wrong.what) for wrong in models if proves(wrong))


def _mistaken(check: Check, text: str) -> str | None:
    for case in cases(text):
        inputs = [list(some) for n in range(1, case.max_len + 1) for some in _tokens(case, n)]
        if mistaken(case, inputs) is not None:
            return None
        with without(check):
            try:
                found = mistaken(case, inputs)
            except STUMBLES:
                continue
        if found is not None:
            return found
    return None


def _tokens(case: Case, length: int) -> product[tuple[Atom, ...]]:
    return product(case.tokens[:3], repeat=length)


def main() -> int:
    """The command: a line for each check; the exit status is 1 if one is not shown to be needed."""
    parser = argparse.ArgumentParser(prog="python -m rasp.testing.needed")
    parser.add_argument("--kept", action="store_true", help="those that nothing needs, instead")
    if parser.parse_args().kept:
        kept = [name for some in KEPT.values() for name in some]
        models = [made(name, build) for name, build in {**MODELS, **lying_plans.LYING}.items()]
        found = list(missed(kept, models))
        for one, what in found:
            sys.stdout.write(f"{one}: NEEDED BY {what}\n")
        sys.stdout.write(f"{len(kept)} checks, {len(models)} models, {len(found)} proved\n")
        return 1 if found else 0
    n_missed = 0
    for names, shows in (
        *(((check.name,), shown(check)) for check in checks() if check.name in NEEDED),
        *((names, shown_together(names)) for names in TOGETHER),
    ):
        n_missed += shows is None
        sys.stdout.write(f"{', '.join(names)}: {'NOT SHOWN' if shows is None else shows}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{n_missed} not shown\n")
    return 1 if n_missed else 0


if __name__ == "__main__":
    sys.exit(main())

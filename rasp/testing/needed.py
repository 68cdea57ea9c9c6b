"""Is every check of the proof of meaning needed?  `python -m rasp.testing.needed`

Each is taken out, and what `rasp.testing.weakenings` says of it is tried: a wrong model that is
then proved, a plan that is then believed, or a program of which something wrong is then taken to
be so.
"""

from __future__ import annotations

import sys
from itertools import product

from rasp.graph.nodes import Atom
from rasp.testing import lying_plans, wrong_models
from rasp.testing.meanings import Case
from rasp.testing.weakened import STUMBLES, Check, Wrong, checks, proves, without
from rasp.testing.weakenings import BY_FACT, BY_GUARD, BY_HAND, NEEDED, OPEN
from rasp.testing.wrong_facts import cases, mistaken
from rasp.testing.wrong_models import by_guard


def shown(check: Check) -> str | None:
    """What is proved, and wrong, without the check: in a few words.  None if nothing is, or if it
    is so with the check.  Raises KeyError for a check without such an entry."""
    table, by = NEEDED[check.name]
    if table is BY_FACT:
        return _mistaken(check, by)
    wrong: Wrong | None
    if table is BY_GUARD:
        wrong = by_guard(by)
    else:
        artifact = (wrong_models.BY_HAND if table is BY_HAND else lying_plans.LYING)[by]()
        assert artifact.graph is not None
        wrong = Wrong(by, artifact, artifact.graph)
    if wrong is None or proves(wrong):
        return None
    with without(check):
        return wrong.what if proves(wrong) else None


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
    missed = 0
    for check in checks():
        if check.name in NEEDED:
            found = shown(check)
            missed += found is None
            sys.stdout.write(f"{check.name}: {'NOT SHOWN' if found is None else found}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{missed} not shown, {len(OPEN)} open\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Models that are forged as a whole: `python -m rasp.testing.structured`.

Programs of many kinds are compiled, and one or two changes are made that fit together
(`rasp.testing.forged_together`), or one of these and one of the changes of `rasp.testing.forged`.
What is still proved has to be right on all short inputs, on long ones and in batches, bit for bit
and in type: the program is as it was, or it is changed with its constants and selectors, and then
the model is compared with that one.  Half of the programs are compiled and proved with other
limits, so that what is done at long inputs is done at short ones.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rasp.artifact import Artifact
from rasp.errors import RaspError
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.forged import CHANGES
from rasp.testing.forged_programs import changed
from rasp.testing.forged_structure import STRUCTURE, promising_little
from rasp.testing.forged_together import CONSISTENT, MOST
from rasp.testing.limits import lowered
from rasp.testing.meanings import (
    STUMBLES,
    Campaign,
    Case,
    inputs_of,
    is_wrong,
    loaded,
    proved,
    random_cases,
    rounded,
    with_other_limits,
)

SELECTORS = (
    "full_s",
    "select(indices, indices, <=)",
    "select(indices, indices, <)",
    "select(tokens, tokens, ==)",
    "select(indices, 2, <)",
    "select(tokens, tokens[0], ==)",
    "(select(tokens, tokens, ==) and select(indices, indices, <=))",
    "(select(tokens, tokens, !=) and select(indices, 0, >))",
    "(select(tokens, tokens[0], ==) or select(indices, indices - 1, ==))",
    "best(select(indices, indices, <=), tokens)",
    "last(select(tokens, tokens, !=))",
)
NUMBERS = (
    "tokens_int",
    "indices",
    "(tokens_int + indices)",
    "(2 * tokens_int - 1)",
    "indicator(tokens_int > 0)",
    "(1.5 * tokens_int)",
    "(indices % 2)",
)
COUNTS = (
    "selector_width({s})",
    "(selector_width({s}) > 1)",
    "(selector_width({s}) - selector_width({t}))",
    "aggregate({s}, 1, 0)",
)
MEANS = (
    "aggregate({s}, {v})",
    "aggregate({s}, {v}, 1)",
    "(aggregate({s}, {v}) > {c})",
    "(aggregate({s}, {v}) == {c})",
    "(1 if aggregate({s}, {v}) >= {c} else 0.5)",
    "round(selector_width({s}) * aggregate({s}, {v}))",
    "(aggregate({s}, {v}) * 2 - {c})",
    "aggregate({s}, tokens_asis)",
)
SUMS = (
    "round(length * average(tokens_int * 2 ^ indices))",
    "round(length * average({v}) + tokens_int)",
    "({n} * tokens_int[0] + tokens_int[1] - tokens_int)",
    "(round(length * average(indices * tokens_int)) % {n})",
    "abs(tokens_int[0] - tokens_int[1]) + max(tokens_int, tokens_int[2])",
)
READS = (
    "tokens[length - 1 - indices]",
    'aggregate({s}, tokens_str, "-")',
    "aggregate(select(indices, indices - {n}, ==), {v}, -1)",
    "fetch(last({s}), {v}, 7)",
    "tokens[tokens_int]",
    "(indices / (tokens_int - 1))",
    "(tokens_asis * -1)",
)
COUNTER = "n = tokens_int[0]; {steps} x = n if {last} else {v};"


def programs(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Endlessly, kinds of programs and one of each."""

    def filled(form: str) -> str:
        return form.format(
            s=chance.choice(SELECTORS),
            t=chance.choice(SELECTORS),
            v=chance.choice(NUMBERS),
            n=chance.randint(1, 5),
            c=chance.choice(["0", "1", "0.5", "1.2", "-0.3", "2"]),
        )

    while True:
        for kind, forms in (
            ("count", COUNTS),
            ("mean", MEANS),
            ("sum", SUMS),
            ("read", READS),
        ):
            yield kind, f"x = {filled(chance.choice(forms))};"
        steps = (
            f"n = {chance.choice(['(n + tokens_int[{}]) % 3', 'min(n + tokens_int[{}], 2)'])};"
            for _ in range(chance.randint(1, 3))
        )
        text = " ".join(step.format(n) for n, step in enumerate(steps, 1))
        last, value = "n > 0", chance.choice(NUMBERS)
        yield "counter", COUNTER.format(steps=text, last=last, v=value)
        pairs = " or ".join(
            f"(select(tokens, {chance.choice('01')!r}, ==) and select({chance.choice('01')!r}, "
            f"tokens, ==))".replace("'", '"')
            for _ in range(chance.randint(2, 5))
        )
        yield "disjunction", f"x = selector_width({pairs}) + indicator(tokens_int > 0);"
        others = " and ".join(
            f"not ({chance.choice(SELECTORS[1:5])} and select(tokens, {n % 3!r}, ==))"
            for n in range(chance.randint(2, 4))
        )
        yield "conjunction", f"x = aggregate({others}, {chance.choice(NUMBERS)}, 0);"


def kinds_of_cases(seed: int, number: int, only: str = "") -> Iterator[Case]:
    """So many programs of all kinds, or of one, over digits and over numbers of several types."""
    chance = random.Random(seed)
    vocabularies = (("0", "1"), ("0", "1", "2"), (0, 1.0, 2), (0.0, 1, -0.0), (True, 0, 1))
    some = (one for one in programs(chance) if only in ("", one[0]))
    for place, (kind, text) in enumerate(islice(some, number)):
        tokens = chance.choice(vocabularies if "str" not in text else vocabularies[:2])
        sop = loads(text)["x"]
        assert isinstance(sop, SOp)
        yield Case(
            f"{kind} {place}: {text} over {tokens}",
            sop.node,
            tokens,
            chance.choice([2, 3, 4, 5, 9]),
            causal=chance.random() < 0.3,
            optimize="size" if chance.random() < 0.3 else "patterns",
        )


def forged(artifact: Artifact, chance: random.Random) -> tuple[list[str], Artifact | None]:
    """The model with one change or two, as it comes out of a checkpoint; and what they are."""
    every = {**CHANGES, **STRUCTURE}
    names = [chance.choice([*CONSISTENT, *MOST])]
    while chance.random() < 0.5:
        names.append(chance.choice([*CONSISTENT, *MOST, *(every if len(names) == 1 else ())]))
    chance.shuffle(names)
    found: Artifact | None = artifact
    try:
        for name in names:
            if found is not None:
                found = {**CONSISTENT, **every}[name](found, chance)
    except STUMBLES:  # the second is of a form that the first does not leave
        return names, None
    if found is not None and chance.random() < 0.3:
        found = promising_little(found)
    return names, None if found is None else loaded(found)


def examine(
    campaign: Campaign, case: Case, names: Sequence[str], artifact: Artifact, *, by_rule: bool
) -> None:
    """Ask the proof, and the interpreter of what is proved."""
    campaign.models += 1
    root = artifact.graph if artifact.graph is not None else case.root
    outcome = "refused by the certificate of rounding"
    if rounded(artifact):
        campaign.rounded += 1
        outcome = "not proved"
        if proved(artifact, root):
            campaign.proved += 1
            claimed = replace(case, tokens=artifact.vocabulary.tokens, max_len=artifact.max_len)
            wrong = is_wrong(artifact, root, inputs_of(claimed, 0), by_rule=by_rule)
            outcome = "proved, right" if wrong is None else "proved, wrong"
            if wrong is not None:
                campaign.holes.append(f"{case.name}, {', '.join(names)}: {wrong}")
    for name in names:
        campaign.by_change[name, outcome] += 1


def run_case(campaign: Campaign, case: Case, seed: int, n_models: int) -> None:
    """One program, and so many forged models of it, or of it with something changed."""
    chance = random.Random(f"{case.name} {seed}")
    other, limits = with_other_limits(case, seed) if chance.random() < 0.5 else (case, [])
    try:
        artifact = other.compiled()
    except RaspError:
        return
    by_rule = artifact.readout.by_rule
    for _ in range(n_models):
        names, model = forged(artifact, chance)
        if model is None:
            continue
        if chance.random() < 0.2 and (new := changed(case.root, chance, case.tokens)) is not None:
            names, model = [*names, "another program"], replace(model, graph=new[0])
        try:
            with lowered([*limits, *other.of_both]):
                examine(campaign, other, names, model, by_rule=by_rule)
        except STUMBLES as error:
            campaign.holes.append(f"{case.name}, {', '.join(names)}: the proof stumbles: {error!r}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The campaign; exit status 1 where something wrong is proved."""
    parser = argparse.ArgumentParser(prog="python -m rasp.testing.structured", description=__doc__)
    parser.add_argument("--programs", type=int, default=70, help="so many of all kinds")
    parser.add_argument("--random", type=int, default=20, help="and so many random ones")
    parser.add_argument("--models", type=int, default=20, help="changes of each model")
    parser.add_argument("--kind", default="", help="programs of one kind: mean, sum, ...")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf, help="of the processor")
    options = parser.parse_args(arguments)
    cases = [*kinds_of_cases(options.seed, options.programs, options.kind)]
    cases += random_cases(range(options.seed, options.seed + options.random))
    campaign = Campaign()
    for number, case in enumerate(cases):
        if time.process_time() > options.seconds:
            sys.stdout.write(f"there was time for {number} programs\n")
            break
        run_case(campaign, case, options.seed, options.models)
    sys.stdout.write(campaign.to_text() + "\n")
    return 1 if campaign.holes else 0


if __name__ == "__main__":
    sys.exit(main())

"""A change of the compiler that no program notices -> what its condition is about.

    kind_of(key)                one of the kinds, by the function that the condition stands in
    table(keys)                 rooms of the compiler -> how many of each kind, as Markdown

`rasp.testing.conditions` finds the changes; `--sorted` prints them so.  It is sorted by functions,
each looked at once and as a whole: `SOUND` are those of which some condition, if it were wrong,
might make a model wrong; not every condition in them does.  Everywhere else a condition chooses
between right constructions, guesses what is checked before it is used, or says something.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

LIMIT = "a limit"
PRICE = "which of several right ways"
CHECKED = "a guess that is checked"
SAID = "what is said"
SOUND = "soundness"
KINDS = (SOUND, CHECKED, PRICE, SAID, LIMIT)

IS_LIMIT = re.compile(
    r"\b_?(MAX|MOST|MANY|FEW|LARGE|CHEAP|BLOCK|WORTH|SAMPLE|HOPELESS|FINE|DEEP|LONG\b)|60000000"
)
"""What patience ends at: `rasp.testing.limits` has it that no program depends on these."""

_FUNCTIONS: dict[str, dict[str, str]] = {
    SAID: {
        "encoding.features": "describe family_of",
        "lowering.lowered": "Lowered.steps _line _sum",
        "lowering.centres": "_example",
        "lowering.state": "Lowering.check_failing",
        "lowering.numbers": "refuse_in_float32",
        "pipeline": "*",
        "plan": "*",
    },
    CHECKED: {
        "synthesis": "*",
        "encoding.features": "_measured _activations affine_fit direction_of _polynomial _less",
        "encoding.neurons": "*",
        "encoding.spans": "*",
        "encoding.wholes": "*",
        "lowering.additive": "*",
        "lowering.counts": "*",
    },
    SOUND: {
        "differences": "_is_integer_part",
        "encoding.heads": "head_of build_read",
        "facts": "*",
        "linear": "Distinct.one_class",
        "lowering.aggregates": "_mean_or_other _fixed_mean read_of lower_aggregate _place_domain",
        "lowering.agreement": "*",
        "lowering.averages": "*",
        "lowering.best": "_check_kinds _numbers _of_view _refuse_blurred",
        "lowering.boxes": "_boxes output_boxes",
        "lowering.combine": "_intervals integers linear_form",
        "lowering.compared": "*",
        "lowering.computed": "_compute _with_failures",
        "lowering.elementwise": "_single _single.again",
        "lowering.evaluate": "_of_leaf flipped moves_by parts_of",
        "lowering.failures": "*",
        "lowering.fetch": "*",
        "lowering.fractions": "_readout",
        "lowering.leaves": "*",
        "lowering.nearest": "nearest_term",
        "lowering.noise": "*",
        "lowering.numbers": "_place_in_order _refuse_blurred",
        "lowering.outputs": "Part.largest _is_integer _is_subtle _part _parts_readout"
        " output_choice",
        "lowering.places": "_integers _knows_the_end _missed _number _outside _term",
        "lowering.reach": "*",
        "lowering.sameness": "*",
        "lowering.scored": "*",
        "lowering.sums": "_different _is_blurred _is_untyped _numbers_of _values_by_length add_mean"
        " carried_by lower_mean lower_product _counted _counted_by_index _add_sum",
        "lowering.unions": "product_of _joined",
        "lowering.widths": "*",
        "readings": "*",
        "selection.clauses": "_at _both _clause _is_summand _solved",
        "selection.combinations": "Combination._but_oneself Combination.clauses combination",
        "selection.digits": "*",
        "selection.masks": "*",
        "selection.matches": "_condition _rewritten _scorable _through_one_key",
        "selection.orders": "*",
        "selection.counted": "_bounds_of _pinned bounds",
        "selection.selectors": "Term.scores Term.selects_all _are_integers",
        "selection.thresholds": "_scaled",
        "simplify": "_at_first _is_first_position _marks _sign",
    },
}
"""For each kind functions by module, "*" for all of a module or a room; all others are a PRICE."""


def kind_of(key: str) -> str:
    """key: `Mutant.key`."""
    module, function = key.split(":")[:2]
    module = module.removeprefix("rasp.compiler.")
    if IS_LIMIT.search(key):
        return LIMIT
    for kind, places in _FUNCTIONS.items():
        for where in (module, module.split(".")[0]):
            functions = places.get(where, "").split()
            if function in functions or functions == ["*"]:
                return kind
    return PRICE


def table(keys: Iterable[str]) -> str:
    """Rooms of the compiler -> how many survivors of each kind, as Markdown."""
    rooms: dict[str, Counter[str]] = {}
    for key in keys:
        room, _, inner = key.split(":")[0].removeprefix("rasp.compiler.").partition(".")
        name = room if inner or room == "synthesis" else "the compiler itself"
        rooms.setdefault(name, Counter())[kind_of(key)] += 1
    rooms["all"] = sum(rooms.values(), Counter())
    lines = ["| room | survivors | " + " | ".join(KINDS) + " |"]
    lines.append("| --- |" + " ---: |" * (1 + len(KINDS)))
    for name, counts in rooms.items():
        cells = [f"{counts.total():,}", *(f"{counts[kind]:,}" for kind in KINDS)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)

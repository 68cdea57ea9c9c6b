"""What stages hand on is well-formed after each of them, and what is not is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pytest

import rasp
from rasp.compiler import arrangement, pipeline
from rasp.compiler.blocks import Blocks, Direction, Feedforward, Form
from rasp.compiler.compilation import Compilation
from rasp.compiler.facts.domains import Domain
from rasp.compiler.layout import Layout
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.pipeline import compile_stages
from rasp.compiler.readings import Readings
from rasp.compiler.selection.relations import Relation
from rasp.compiler.variables import Combined, Computed, Linear, Read, Variable, Width
from rasp.compiler.wellformed import (
    VARIABLE,
    IllFormedError,
    blocks,
    is_asked,
    layout,
    variables,
    verify_blocks,
    verify_layout,
    verify_variables,
)
from rasp.random_programs import random_program
from rasp.vocabulary import Vocabulary

TEXT = """
n = selector_width(select(tokens, tokens, ==));
m = selector_width(select(tokens, "a", ==));
before = aggregate(select(indices, indices - 1, ==), tokens, "-");
place = aggregate(select(indices, n + m - 1, ==), before, "-");
result = 1 if n + m > 3 and place == "a" else round(n / 3);
"""


@pytest.fixture(scope="module")
def found() -> Compilation:
    sop = rasp.loads(TEXT)["result"]
    assert isinstance(sop, rasp.SOp)
    return compile_stages(sop.node, vocabulary=Vocabulary.of("ab"), max_len=4, origins=sop.origins)


def test_they_are_asked_for_in_all_tests() -> None:
    assert is_asked()


@pytest.mark.parametrize(("value", "asked"), [("", False), ("0", False), ("1", True)])
def test_when_they_are_asked_for(value: str, asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert is_asked() == asked
    monkeypatch.delenv(VARIABLE)
    assert not is_asked()


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize("seed", range(20))
def test_random_programs(seed: int, optimize: Any) -> None:
    program = random_program(seed, size=6)
    sop = rasp.loads(program.text)[program.sop]
    assert isinstance(sop, rasp.SOp)
    try:
        compile_stages(
            sop.node,
            vocabulary=Vocabulary.of(program.vocabulary),
            max_len=4,
            causal=bool(seed % 2),
            optimize=optimize,
            origins=sop.origins,
        )
    except rasp.CompileError:
        return


@pytest.mark.parametrize("stage", ["lower", "encode", "lay_out"])
def test_each_stage_is_verified(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room = pipeline if stage == "lower" else arrangement
    done = getattr(room, stage)

    def wrongly(*arguments: Any, **others: Any) -> Any:
        result = done(*arguments, **others)
        match result:
            case Lowered():
                return replace(result, outputs=())
            case Layout():
                return replace(result, stages=((9, 0),))
            case encodings, encoded:
                return encodings, replace(encoded, outputs=(Form(float("nan")),))

    monkeypatch.setattr(room, stage, wrongly)
    with pytest.raises(IllFormedError, match="after the stage of"):
        rasp.compile(rasp.tokens == "a", vocab="ab", max_len=3)


# -- variables


_V = TypeVar("_V", bound=Variable)


def _some(lowered: Lowered, kind: type[_V], most: int = 1 << 30) -> tuple[int, _V]:
    """A variable of a kind, made of at most so many others, with its place."""
    return next(
        (place, variable)
        for place, variable in enumerate(lowered.variables)
        if isinstance(variable, kind) and len(list(variables.made_of(variable))) <= most
    )


def _with(lowered: Lowered, kind: type[Variable], **changes: Any) -> Lowered:
    """One variable of a kind is another; what is made of it still is of the old one."""
    place, variable = _some(lowered, kind)
    changed = list(lowered.variables)
    changed[place] = replace(variable, **changes)
    return replace(lowered, variables=tuple(changed))


def _twice(lowered: Lowered) -> Lowered:
    return replace(lowered, variables=(*lowered.variables, lowered.variables[-1]))


def _backwards(lowered: Lowered) -> Lowered:
    return replace(lowered, variables=lowered.variables[::-1])


def _unknown(lowered: Lowered) -> Lowered:
    _, variable = _some(lowered, Read)
    stranger = Linear.feature(replace(variable), np.ones(variable.size))
    return replace(lowered, outputs=(stranger, *lowered.outputs[1:]))


def _too_early(lowered: Lowered) -> Lowered:
    return _with(lowered, Width, depth=0)


def _below_its_leaves(lowered: Lowered) -> Lowered:
    return _with(lowered, Computed, level=0)


def _listed_twice(lowered: Lowered) -> Lowered:
    _, variable = _some(lowered, Width)
    values = (variable.domain.values[0],) * len(variable.domain)
    return _with(lowered, Width, possible=replace(variable.domain, values=values))


def _no_place(lowered: Lowered) -> Lowered:
    _, variable = _some(lowered, Read)
    return _with(lowered, Read, codes=variable.codes + variable.size)


def _counted_together(lowered: Lowered) -> Lowered:
    _, variable = _some(lowered, Read)
    counted = replace(variable, multiplicity=np.ones(variable.size, dtype=np.int64))
    return _with(lowered, Computed, alike={counted: np.zeros(variable.size, dtype=np.int64)})


def _misshapen(lowered: Lowered) -> Lowered:
    _, width = _some(lowered, Width)
    (group, *groups), *terms = width.terms[0].groups, *width.terms[1:]
    term = replace(
        width.terms[0], groups=(replace(group, relation=Relation(group.matrix[:, :0])), *groups)
    )
    return _with(lowered, Width, terms=(term, *terms))


def _too_few_numbers(lowered: Lowered) -> Lowered:
    _, variable = _some(lowered, Read)
    form = Linear(0.0, {variable: np.ones(variable.size + 1)})
    return replace(lowered, outputs=(form, *lowered.outputs[1:]))


def _infinite(lowered: Lowered) -> Lowered:
    return replace(lowered, outputs=(Linear(float("inf")), *lowered.outputs[1:]))


def _added_faithfully(lowered: Lowered) -> Lowered:
    place, width = _some(lowered, Width)
    added = Combined(
        node=width.node,
        label="sum",
        depth=width.depth,
        possible=width.possible,
        form=width.number,
    )
    changed = (*lowered.variables[: place + 1], added, *lowered.variables[place + 1 :])
    return replace(lowered, variables=changed, readings=Readings())


def _one_column_less(lowered: Lowered) -> Lowered:
    return replace(lowered, outputs=lowered.outputs[:-1])


BREAKS_VARIABLES = (
    _twice,
    _backwards,
    _unknown,
    _too_early,
    _below_its_leaves,
    _listed_twice,
    _no_place,
    _counted_together,
    _misshapen,
    _too_few_numbers,
    _infinite,
    _added_faithfully,
    _one_column_less,
)


def _is_broken(rules: Any, sentence: str, form: Any) -> bool:
    return any(True for _ in rules[sentence](form))


@pytest.mark.parametrize(
    ("sentence", "breaks"), list(zip(variables.RULES, BREAKS_VARIABLES, strict=True))
)
def test_rules_of_variables_can_be_broken(
    sentence: str, breaks: Callable[[Lowered], Lowered], found: Compilation
) -> None:
    assert not _is_broken(variables.RULES, sentence, found.lowered)
    broken = breaks(found.lowered)
    assert _is_broken(variables.RULES, sentence, broken)
    with pytest.raises(IllFormedError, match="after the stage of lowering"):
        verify_variables(broken)


def test_domains_that_do_not_fit(found: Compilation) -> None:
    (sentence,) = (s for s in variables.RULES if s.startswith("a domain"))
    _, width = _some(found.lowered, Width)
    domain = width.domain
    nowhere = Domain(domain.values, domain.contexts, domain.granularity, domain.mask & False)
    other = Domain(domain.values, domain.contexts, domain.granularity, domain.mask[:0])
    for possible in (nowhere, other):
        broken = _with(found.lowered, Width, possible=possible)
        assert _is_broken(variables.RULES, sentence, broken)
    counted = _with(found.lowered, Width, multiplicity=np.ones(len(domain) + 1, dtype=np.int64))
    assert _is_broken(variables.RULES, sentence, counted)


# -- blocks


NOWHERE = Direction("nowhere", (0, 0))


def _by_two_stages(blocks: Blocks) -> Blocks:
    (direction, _), *_ = blocks.feedforwards[0].outputs
    value = replace(blocks.heads[0].values[0], direction=direction)
    head = replace(blocks.heads[0], values=(value, *blocks.heads[0].values[1:]))
    return replace(blocks, heads=(head, *blocks.heads[1:]))


def _embedded_twice(blocks: Blocks) -> Blocks:
    return replace(blocks, embeddings=(*blocks.embeddings, blocks.embeddings[0]))


def _born_elsewhere(blocks: Blocks) -> Blocks:
    column = replace(blocks.embeddings[0], direction=Direction("late", (0, 1)))
    return replace(blocks, embeddings=(*blocks.embeddings, column))


def _read_from_nowhere(blocks: Blocks) -> Blocks:
    return replace(blocks, outputs=(*blocks.outputs, Form(0.0, {NOWHERE: 1.0})))


def _read_too_early(blocks: Blocks) -> Blocks:
    group = blocks.feedforwards[0]
    (direction, _), *_ = group.outputs
    form = Form(0.0, {direction: 1.0})
    return _with_group(blocks, replace(group, inputs=(form, *group.inputs[1:])))


def _with_group(blocks: Blocks, group: Feedforward) -> Blocks:
    return replace(blocks, feedforwards=(group, *blocks.feedforwards[1:]))


def _not_finite(blocks: Blocks) -> Blocks:
    return replace(blocks, outputs=(*blocks.outputs, Form(float("nan"))))


def _ungrouped(blocks: Blocks) -> Blocks:
    head = blocks.heads[0]
    return replace(blocks, heads=(replace(head, comparisons=(*head.comparisons, 1)),))


def _too_few_neurons(blocks: Blocks) -> Blocks:
    group = blocks.feedforwards[0]
    return _with_group(blocks, replace(group, inputs=group.inputs[:-1]))


BREAKS_BLOCKS = (
    _by_two_stages,
    _embedded_twice,
    _born_elsewhere,
    _read_from_nowhere,
    _read_too_early,
    _not_finite,
    _ungrouped,
    _too_few_neurons,
)


@pytest.mark.parametrize(
    ("sentence", "breaks"), list(zip(blocks.RULES, BREAKS_BLOCKS, strict=True))
)
def test_rules_of_blocks_can_be_broken(
    sentence: str, breaks: Callable[[Blocks], Blocks], found: Compilation
) -> None:
    assert not _is_broken(blocks.RULES, sentence, found.blocks)
    broken = breaks(found.blocks)
    assert _is_broken(blocks.RULES, sentence, broken)
    with pytest.raises(IllFormedError, match="after the stage of encoding"):
        verify_blocks(broken)


# -- layout


def _used_again(found: Layout) -> tuple[Direction, Direction]:
    """Directions of which the second has the dimension of the first."""
    after, before = next(iter(found.before.items()))
    return before, after


def _in_place(found: Layout, direction: Direction, place: int) -> Layout:
    return replace(found, places=MappingProxyType({**found.places, direction: place}))


def _at_the_beginning(found: Layout) -> Layout:
    return _in_place(found, next(iter(found.places)), 0)


def _out_of_order(found: Layout) -> Layout:
    return replace(found, stages=found.stages[::-1])


def _still_read(found: Layout) -> Layout:
    before, _ = _used_again(found)
    last_read = {**found.last_read, before: (1 << 30, 0)}
    return replace(found, last_read=MappingProxyType(last_read))


def _not_emptied(found: Layout) -> Layout:
    return replace(found, cleanups=())


def _emptied_by_heads(found: Layout) -> Layout:
    group, *others = found.cleanups
    return replace(found, cleanups=(replace(group, stage=(group.stage[0], 0)), *others))


def _forgotten(found: Layout) -> Layout:
    return replace(found, before=MappingProxyType({}))


def _lost_at_bos(found: Layout) -> Layout:
    _, after = _used_again(found)
    at_bos = {**found.at_bos, after: found.at_bos[after] + 1.0}
    return replace(found, at_bos=MappingProxyType(at_bos))


def _empty(found: Layout) -> Layout:
    return replace(found, labels=(*found.labels, "nothing"))


BREAKS_LAYOUT = (
    _at_the_beginning,
    _out_of_order,
    _still_read,
    _not_emptied,
    _emptied_by_heads,
    _forgotten,
    _lost_at_bos,
    _empty,
)


@pytest.mark.parametrize(
    ("sentence", "breaks"), list(zip(layout.RULES, BREAKS_LAYOUT, strict=True))
)
def test_rules_of_layouts_can_be_broken(
    sentence: str, breaks: Callable[[Layout], Layout], found: Compilation
) -> None:
    laid_out = found.blocks, found.layout
    assert not _is_broken(layout.RULES, sentence, laid_out)
    broken = breaks(found.layout)
    assert _is_broken(layout.RULES, sentence, (found.blocks, broken))
    with pytest.raises(IllFormedError, match="after the stage of layout"):
        verify_layout(found.blocks, broken)

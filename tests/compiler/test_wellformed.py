"""Blocks are well-formed after each compilation, and what is not is found."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

import rasp
from rasp.compiler import pipeline
from rasp.compiler.blocks import Blocks, Direction, Form
from rasp.compiler.wellformed import RULES, verify_blocks
from rasp.random_programs import random_program

TEXT = 'result = selector_width(select(tokens, tokens, ==)) > 1 and tokens == "a";'


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Blocks]:
    """The blocks of all compilations, as they are encoded."""
    found: list[Blocks] = []
    encode = pipeline.encode

    def kept(*arguments: object, **others: object) -> object:
        result = encode(*arguments, **others)  # type: ignore[arg-type]
        found.append(result[1])
        return result

    monkeypatch.setattr(pipeline, "encode", kept)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_random_programs(seed: int, seen: list[Blocks]) -> None:
    program = random_program(seed, size=6)
    sop = rasp.loads(program.text)[program.sop]
    try:
        rasp.compile(sop, vocab=program.vocabulary, max_len=4, causal=bool(seed % 2))
    except rasp.RaspError:
        return
    for blocks in seen:
        verify_blocks(blocks)


def _twice(blocks: Blocks) -> None:
    blocks.embeddings.append(blocks.embeddings[0])


def _elsewhere(blocks: Blocks) -> None:
    blocks.embeddings[0].direction.born = (0, 1)


def _nowhere(blocks: Blocks) -> None:
    blocks.outputs.append(Form(0.0, {Direction("nowhere", (0, 0), dies=(1 << 30, 0)): 1.0}))


def _dead(blocks: Blocks) -> None:
    direction = next(iter(blocks.outputs[0].terms))
    direction.dies = direction.born


def _infinite(blocks: Blocks) -> None:
    blocks.outputs.append(Form(math.nan))


def _ungrouped(blocks: Blocks) -> None:
    blocks.heads[0].comparisons += (1,)


def _too_few(blocks: Blocks) -> None:
    blocks.feedforwards[0].inputs.pop()


BREAKS = (_twice, _elsewhere, _nowhere, _dead, _infinite, _ungrouped, _too_few)


@pytest.mark.parametrize(("sentence", "breaks"), list(zip(RULES, BREAKS, strict=True)))
def test_rules_can_be_broken(
    sentence: str, breaks: Callable[[Blocks], None], seen: list[Blocks]
) -> None:
    rasp.compile(rasp.loads(TEXT)["result"], vocab="ab", max_len=4)
    verify_blocks(seen[0])
    breaks(seen[0])
    with pytest.raises(AssertionError, match=sentence):
        verify_blocks(seen[0])

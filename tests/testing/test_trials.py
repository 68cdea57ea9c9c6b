"""A program is tried as it is compiled: with soft attention, or with one logit for each value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rasp.artifact import Artifact
from rasp.compiler import pipeline
from rasp.random_programs.program import RandomProgram
from rasp.testing.trials import Prepared, Trial, attempt, prepared

LEFT = 'left = aggregate(select(indices, indices - 1, ==), tokens, "0");'
XOR = RandomProgram(
    f'{LEFT}\nresult = "1" if (left == "1") == (tokens == "0") else "0";\n', ("0", "1"), 3
)


def test_a_value_has_one_logit(monkeypatch: pytest.MonkeyPatch) -> None:
    found = prepared(Trial("xor", XOR, one_logit=True))
    assert isinstance(found, Prepared)
    compile_graph = pipeline.compile_graph

    def with_several(*arguments: Any, **options: Any) -> Artifact:
        return compile_graph(*arguments, **{**options, "one_logit": False})

    monkeypatch.setattr(pipeline, "compile_graph", with_several)
    made = attempt(found)
    assert (made.verdict, made.detail) == ("wrong", "a value has not one logit")
    assert found.notices(made)


def test_soft_attention_may_give_an_error_but_no_other_value() -> None:
    shifted = RandomProgram(f"{LEFT}\nresult = left;\n", ("0", "1"), 3)
    found = prepared(Trial("a string", shifted, sharpness=1))
    assert isinstance(found, Prepared)
    assert attempt(found).verdict == "same"
    numbers = RandomProgram(
        "result = aggregate(select(indices, indices - 1, ==), tokens_int, 5);\n", ("0", "9"), 3
    )
    wrong = prepared(Trial("a number", numbers, sharpness=1))
    assert isinstance(wrong, str)
    assert wrong.startswith("wrong: ")


def test_a_plan_that_says_what_is_not_so_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are the same, and the bounds of the rounding would rest on it."""
    found = prepared(Trial("exclusive or", XOR), prove=True)
    assert isinstance(found, Prepared)
    assert attempt(found).verdict == "same"
    compile_graph = pipeline.compile_graph

    def boasting(*arguments: Any, **options: Any) -> Artifact:
        artifact = compile_graph(*arguments, **options)
        assert artifact.plan is not None
        first, *others = artifact.plan.directions
        directions = (replace(first, bound=first.bound / 2), *others)
        return replace(artifact, plan=replace(artifact.plan, directions=directions))

    monkeypatch.setattr(pipeline, "compile_graph", boasting)
    made = attempt(found)
    assert made.verdict == "lying"
    assert found.notices(made)

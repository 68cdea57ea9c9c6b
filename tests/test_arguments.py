"""Calls of the public functions that do not fit: what is wrong is named, and what was meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rasp
from rasp.errors import CompileError, RaspArityError, RaspError

SOP: Any = rasp.loads("x = tokens;")["x"]
API: Any = rasp  # as it is called by who does not look at the types


@pytest.mark.parametrize(
    ("arguments", "named", "message", "hint"),
    [
        ((SOP,), {"vocab": "ab", "maxlen": 3}, "compile has no argument 'maxlen'", "max_len"),
        ((SOP,), {"vocabulary": "ab", "max_len": 3}, "no argument 'vocabulary'", "vocab?"),
        ((SOP,), {"vocab": "ab", "max_len": 3, "zzz": 1}, "no argument 'zzz'", "dtype, optimize"),
        ((SOP,), {"vocab": "ab"}, "compile needs max_len", "max_len=..."),
        ((SOP,), {}, "compile needs vocab and max_len", "compile(sop, vocab=..., max_len=...)"),
        ((), {"vocab": "ab", "max_len": 3}, "compile needs sop", "compile(sop, vocab=..."),
        ((SOP, "ab", 3), {}, "takes 1 argument without a name, got 3", "vocab=..., max_len=..."),
        ((SOP,), {"sop": SOP, "vocab": "ab", "max_len": 3}, "compile got sop twice", "compile(sop"),
    ],
)
def test_a_call_that_does_not_fit(
    arguments: tuple[Any, ...], named: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(RaspArityError) as error:
        API.compile(*arguments, **named)
    assert message in error.value.message
    assert hint in (error.value.hint or "")


@pytest.mark.parametrize(
    "call",
    [
        lambda: API.analyze(SOP, BOS=True),
        lambda: API.evaluate(SOP),
        lambda: API.load(),
        lambda: API.loads("x = tokens;", filename="x"),
        lambda: API.load_model("x.rasp", "y"),
        lambda: API.verify(SOP, exhausted=True),
    ],
)
def test_the_other_functions_say_it_too(call: Any) -> None:
    with pytest.raises(RaspArityError):
        call()


@pytest.mark.parametrize("named", [{"causal": "no"}, {"dtype": ["float32"]}, {"optimize": 3}])
def test_values_that_an_option_does_not_have(named: dict[str, Any]) -> None:
    with pytest.raises(CompileError, match=f"{next(iter(named))} has to be"):
        API.compile(SOP, vocab="ab", max_len=3, **named)


def test_progress_is_a_function() -> None:
    stages: list[str] = []
    API.compile(SOP, vocab="ab", max_len=3, progress=lambda stage, share: stages.append(stage))
    assert stages
    with pytest.raises(RaspError):
        API.compile(SOP, vocab="ab", max_len=3, progress=3)


@pytest.mark.parametrize(
    "dtype", [torch.float64, np.float64, np.dtype("float64"), "float64"], ids=repr
)
def test_dtypes_of_torch_and_numpy_stand_for_their_names(dtype: Any) -> None:
    assert API.compile(SOP, vocab="ab", max_len=3, dtype=dtype).certificate.dtype == "float64"


@pytest.mark.parametrize("dtype", [torch.bfloat16, np.float16, float, None], ids=repr)
def test_dtypes_that_no_model_has(dtype: Any) -> None:
    with pytest.raises(CompileError, match="dtype has to be auto, float32 or float64, got "):
        API.compile(SOP, vocab="ab", max_len=3, dtype=dtype)

"""The accounts in docs/cookbook.md are those of the programs, and the models are equal to them."""

from __future__ import annotations

import re

import pytest

import rasp
from docs.accounts import DOCUMENT, document, models

TEXT = DOCUMENT.read_text(encoding="utf-8")
MODELS = list(models(TEXT))


def test_accounts_are_up_to_date() -> None:
    assert document(TEXT) == TEXT, "python docs/accounts.py"


def test_there_are_twenty_two() -> None:
    assert len(MODELS) == len(re.findall(r"^## ", TEXT, re.MULTILINE)) == 22


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.specification.name)
def test_models_are_equal_to_their_programs(model: rasp.CompiledModel) -> None:
    short = 4 if len(model.vocabulary.tokens) < 5 else 3
    for verification in (
        rasp.verify(model, exhaustive=True, max_length=short),
        rasp.verify(model, samples=300),
    ):
        assert verification.ok, verification.to_text()
    assert model.report.sublayers.count("a") <= model.report.rasp_layers

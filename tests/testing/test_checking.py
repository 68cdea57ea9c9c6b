"""What a check demands of the account: attention of the theory, and counts that are addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import rasp
from rasp.checkpoint import load_model
from rasp.compiled import CompiledModel
from rasp.compiler.limits import LONG_INPUTS
from rasp.sop import SOp
from rasp.testing import RandomProgram, check
from rasp.testing.checking import _compare_accounts, _compare_addresses, _DiffersError

BY_COUNT = """
n = selector_width(select(tokens, tokens, ==));
x = aggregate(select(indices, n, ==), tokens, "-");
"""
SHARED = """
n = selector_width(select(tokens, tokens, ==));
first_token = aggregate(select(indices, 0, ==), tokens, "-");
y = selector_width(select(tokens, first_token, ==));
x = aggregate(select(indices, n, ==), indices) + y;
"""  # the head that reads n stands beside that of y


def compiled(text: str, max_len: int) -> tuple[SOp, CompiledModel]:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop, rasp.compile(sop, vocab="ab", max_len=max_len)


def saying(model: CompiledModel, addresses: tuple[int, ...]) -> CompiledModel:
    """The same model, of which the compiler said something else."""
    artifact = model.artifact
    report = replace(artifact.report, addresses=addresses)
    return CompiledModel(replace(artifact, report=report), model.specification)


@pytest.mark.parametrize(
    ("text", "short", "long", "heads"),
    [(BY_COUNT, "afa", "aaa", (1, 1, 1)), (SHARED, "afa", "aaa", (2, 2, 1))],
)
def test_an_address_stands_where_neurons_did(
    text: str, short: str, long: str, heads: tuple[int, ...]
) -> None:
    sop, below = compiled(text, LONG_INPUTS - 1)
    assert (below.report.sublayers, below.report.addresses) == (short, ())
    assert "addresses" not in below.report.to_text()
    assert below.report.to_dict()["addresses"] == []
    _, model = compiled(text, LONG_INPUTS)
    report = model.report
    assert (report.sublayers, report.heads_per_layer) == (long, heads)
    assert report.rasp_layers == 2
    assert report.addresses == (0, 1, 0)
    for each in (below, model):
        _compare_accounts(sop, each)
        _compare_addresses(each)


def test_one_more_attention_without_an_address_is_a_difference() -> None:
    for text in (BY_COUNT, SHARED):
        sop, model = compiled(text, LONG_INPUTS)
        with pytest.raises(_DiffersError, match="more attention than the theory"):
            _compare_accounts(sop, saying(model, ()))


def test_addresses_of_short_inputs_and_of_other_heads_are_differences() -> None:
    _, below = compiled(BY_COUNT, 5)
    with pytest.raises(_DiffersError, match="in a short input"):
        _compare_addresses(saying(below, (0, 1)))
    _, model = compiled(BY_COUNT, LONG_INPUTS)
    for addresses in ((0, 1), (0, 2, 0), (0, 0, 0)):
        with pytest.raises(_DiffersError, match="heads that there are not"):
            _compare_addresses(saying(model, addresses))


def test_the_report_says_so_in_text_and_in_files(tmp_path: Path) -> None:
    _, model = compiled(BY_COUNT, LONG_INPUTS)
    path = tmp_path / "x.safetensors"
    model.save(path)
    for report in (model.report, load_model(path).report):
        said = " ".join(report.to_text().split())
        assert (
            "addresses 1 of these heads reads a count from the table of positions,"
            " in the place of neurons (attention sublayer 2)" in said
        )
        assert max(map(len, report.to_text().split("\n"))) <= 80
        assert json.loads(json.dumps(report.to_dict()))["addresses"] == [0, 1, 0]


def test_the_check_of_a_long_program_finds_no_difference() -> None:
    result = check(RandomProgram(BY_COUNT, ("a", "b"), LONG_INPUTS, "x"), ways=["float32"])
    assert result.difference is None, result.difference.detail
    assert not result.refusals

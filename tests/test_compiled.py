"""Compiled models as functions, on models made by hand."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rasp
from rasp.compiled import CompiledModel, passes
from rasp.errors import EmptyInputError, RaspRuntimeError, RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.outputs import Failure
from rasp.source import Source, Span
from tests import handmade


def test_call() -> None:
    model = handmade.identity()
    assert model("abca") == ["a", "b", "c", "a"]
    assert model(["c"]) == ["c"]
    assert model(iter("cb")) == ["c", "b"]


def test_tokens_keep_their_types() -> None:
    model = handmade.identity((1, 1.0, True, 2))
    assert [type(value) for value in model([True, 1.0, 1, 2])] == [bool, float, int, int]


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ("", "an input has to have at least one token, and this one has none"),
        ([], "an input has to have at least one token, and this one has none"),
        ("abcabc", "the input has 6 tokens, the model takes at most 5"),
        ("abx", 'unknown token "x" at position 2'),
        (["a", 1], "unknown token 1 at position 1"),
        (["ab"], 'unknown token "ab" at position 0'),
    ],
)
def test_inputs_refused(tokens: list[Atom], message: str) -> None:
    with pytest.raises(VocabularyError) as caught:
        handmade.identity()(tokens)
    assert caught.value.message == message


def test_no_sequence() -> None:
    with pytest.raises(RaspTypeError):
        handmade.identity()(3)  # type: ignore[arg-type]
    with pytest.raises(RaspTypeError, match="expected a list of inputs, got int"):
        handmade.identity().batch(3)  # type: ignore[arg-type]


def test_numeric() -> None:
    model = handmade.mean_index()
    for length in range(1, 7):
        assert model("ab" * 3 if length == 6 else "a" * length) == [(length - 1) / 2] * length
    assert type(model("a")[0]) is int
    assert type(model("aaa")[0]) is float


def test_grid() -> None:
    model = handmade.share_of_a()
    assert model("aba") == [2 / 3] * 3
    assert model("bb") == [0, 0]
    assert type(model("bb")[0]) is int


def test_failures() -> None:
    model = handmade.digits()
    assert model("121") == [1, 2, 1]
    with pytest.raises(RaspRuntimeError, match='"x" is not an integer'):
        model("1x")
    with pytest.raises(RaspRuntimeError, match="neither numbers nor all equal"):
        handmade.the_token()("ab")
    assert handmade.the_token()("bbb") == ["b", "b", "b"]


def test_failures_have_their_place() -> None:
    model = handmade.digits()
    source = Source("digits.rasp", "d = tokens_int;")
    failure = Failure.at('"x" is not an integer', Span(source, 4, 14))
    readout = replace(model.artifact.readout, failures=(failure,))
    located = CompiledModel(replace(model.artifact, readout=readout), model.specification)
    with pytest.raises(RaspRuntimeError) as caught:
        located("1x")
    assert str(caught.value).splitlines() == [
        'digits.rasp:1:5: runtime error: "x" is not an integer',
        "  1 | d = tokens_int;",
        "    |     ^^^^^^^^^^",
        "  note: position: 1",
    ]
    with pytest.raises(RaspRuntimeError) as caught:
        model("1x")
    assert caught.value.labels == ()
    assert caught.value.notes == ("at digits.rasp:1:5", "position: 1")


def test_batch_raises_the_first_error_and_outcomes_none() -> None:
    model = handmade.digits()
    assert model.batch(["1", "2121", "22"]) == [[1], [2, 1, 2, 1], [2, 2]]
    assert model.batch([]) == []
    with pytest.raises(RaspRuntimeError):
        model.batch(["1", "x", "", "2"])
    outcomes = model.outcomes(["12", "x", "", "2", "9"])
    assert outcomes[0] == [1, 2]
    assert outcomes[3] == [2]
    assert [type(outcome) for outcome in outcomes] == [
        list,
        RaspRuntimeError,
        EmptyInputError,
        list,
        VocabularyError,
    ]


def test_batches_of_all_lengths_equal_single_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "CHUNK_NUMBERS", 100)  # several passes
    model = handmade.share_of_a()
    random = np.random.default_rng(0)
    inputs = ["".join(random.choice(list("ab"), random.integers(1, 7))) for _ in range(200)]
    assert model.batch(inputs) == [model(tokens) for tokens in inputs]


def test_chunks_as_long_as_inputs_are_on_average_equal_single_calls() -> None:
    model = handmade.share_of_a()
    inputs = ["a", "bb", "aba"] * passes.MIN_UNPADDED  # a pass of its own for every length
    assert model.batch(inputs) == [model(tokens) for tokens in inputs[:3]] * passes.MIN_UNPADDED


def test_threads_take_chunks_and_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    model = handmade.digits()
    inputs = ["1", "2121", "x", "", "22", "1x"] * 100
    expected = [repr(model.outcomes([tokens])[0]) for tokens in inputs]
    monkeypatch.setattr(passes, "CHUNK_NUMBERS", 1000)
    monkeypatch.setattr(passes, "MIN_UNPADDED", 10)
    n_threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        assert list(map(repr, model.outcomes(inputs))) == expected
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(n_threads)
    assert gc.isenabled()


def test_report_counts_the_weights() -> None:
    report = handmade.mean_index().report
    assert (report.n_layers, report.heads_per_layer, report.sublayers) == (1, (1,), "a")
    assert (report.d_model, report.d_head, report.d_mlp) == (3, 1, 0)
    assert report.rasp_layers == 1
    assert not report.certificate.ok
    # 4*3 embedding, 7*3 positions, 3 * (3*1 + 1) query, key, value, 3 + 3 output, 3 + 1 unembedding
    assert report.n_parameters == 12 + 21 + 12 + 6 + 4
    # BOS mark; positions 1..5; b_Q, W_K, W_V, W_O; W_U
    assert report.n_nonzero == 1 + 5 + 4 + 1
    assert "certificate not certified for every input" in report.to_text()
    assert report.to_dict()["n_nonzero"] == 11


def test_the_module_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    model = handmade.identity()
    with torch.no_grad():
        model.module.unembed.W_U.copy_(torch.eye(3).roll(1, dims=1))
    assert model("abc") == ["b", "c", "a"]


def test_repr() -> None:
    assert repr(handmade.digits()) == (
        "<CompiledModel digits: no sublayers, d_model 3, 42 parameters>"
    )


def test_sop(tmp_path: Path) -> None:
    program = rasp.loads("same = select(tokens, tokens, ==); n = selector_width(same);", "n.rasp")
    model = rasp.compile(program["n"], vocab="ab", max_len=3)
    assert model.sop.node is program["n"].node
    assert model.sop.origins is program.origins
    model.save(tmp_path / "n.safetensors")
    loaded = rasp.load_model(tmp_path / "n.safetensors")
    assert loaded.sop.node is program["n"].node
    assert repr(loaded.sop) == "<s-op n: selector_width(same)>"
    assert loaded.sop("aab") == [2, 2, 1]


@pytest.mark.parametrize(
    "text", ["n = indices;", "n = ;", 'load "nowhere"; n = 1;', "m = indices;"]
)
def test_sop_of_another_text_has_no_names(text: str) -> None:
    node = rasp.loads("same = select(tokens, tokens, ==); n = selector_width(same);")["n"].node
    model = handmade.identity()
    model.specification = replace(
        model.specification, node=node, name="n", source=Source("n.rasp", text), origins=None
    )
    assert model.sop.node is node
    assert repr(model.sop) == "<s-op n: selector_width(select(tokens, tokens, ==))>"


def test_the_report_fits_into_a_terminal() -> None:
    report = rasp.compile(rasp.load("examples/sort.rasp")["sorted"], vocab="abc", max_len=5).report  # type: ignore[arg-type]
    for columns in (40, 60, 80, 200):
        lines = report.to_text(columns).split("\n")
        assert max(map(len, lines)) <= columns
        assert " ".join(" ".join(lines).split()) == " ".join(report.to_text(10_000).split())
    assert report.to_text() == report.to_text(80)

"""ONNX files: checked, run by onnxruntime, equal to the model on padded batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rasp
from rasp import ratios
from rasp.compiled.inputs import Encoded
from rasp.errors import ExportError, RaspError
from rasp.sop import SOp
from tests.export.made import PROGRAMS, model_of

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

pytestmark = pytest.mark.extras

from rasp.export import to_onnx  # noqa: E402
from rasp.export.checking import compare, inputs_of, same  # noqa: E402
from rasp.export.onnx import running, to_bytes  # noqa: E402
from rasp.export.onnx.fractions import nearest_fractions  # noqa: E402
from rasp.export.onnx.graph import Graph  # noqa: E402
from rasp.export.onnx.network import Network  # noqa: E402


@pytest.mark.parametrize("name", PROGRAMS)
def test_equal(name: str) -> None:
    model = model_of(name)
    content = to_bytes(model, check=False)
    assert compare(model, running.whole(content), what="ONNX", seed=7) > 10


@pytest.mark.parametrize("name", ["next", "modulo"])
def test_step_equal(name: str) -> None:
    assert to_bytes(model_of(name), step=True)


def test_old_formats(tmp_path: Path) -> None:
    to_onnx(model_of("sort"), tmp_path / "sort.onnx")
    model = onnx.load(tmp_path / "sort.onnx")
    assert model.ir_version <= 7
    assert [opset.version for opset in model.opset_import] == [13]
    assert {opset.domain for opset in model.opset_import} == {""}


def test_everything_is_in_the_metadata(tmp_path: Path) -> None:
    """Read by the text of the page: nothing of this package."""
    to_onnx(model_of("sort"), tmp_path / "sort.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "sort.onnx")
    data = json.loads(session.get_modelmeta().custom_metadata_map["rasp"])
    ids = {token: data["first_token"] + n for n, token in enumerate(data["tokens"])}
    rows = [[data["bos"], *(ids[t] for t in text)] for text in ("cab", "b")]
    batch = np.full((2, 4), data["pad"])
    for row, numbers in zip(batch, rows, strict=True):
        row[: len(numbers)] = numbers
    values, errors = session.run(["values", "errors"], {"tokens": batch})
    assert (values[0, 1:].tolist(), values[1, 1:2].tolist()) == (["a", "b", "c"], ["b"])
    assert not errors.any()
    assert (data["max_len"], data["causal"]) == (5, False)


@pytest.mark.parametrize("name", ["low", "parts", "parts-and-low"])
def test_what_is_put_together_is_numbers(name: str) -> None:
    """With what is needed to read them; read so by `running`."""
    session, data = running.session_of(to_bytes(model_of(name), check=False))
    assert {item.name for item in session.get_outputs()} == {"numbers", "errors"}
    assert data["values"] is None
    assert data["readout"]["kind"] == model_of(name).artifact.readout.kind
    assert "value_of" in data["reading"]


@pytest.mark.parametrize(
    ("text", "tokens", "message"),
    [
        ("1 / (mean / 3 + 0.1 * length - 1.1)", [0] * 11, "division by zero"),
        ("mean + 1 / (tokens_int - 3)", [0, 3], "division by zero in (1 / (tokens_int - 3))"),
    ],
)
def test_errors_of_what_is_put_together(text: str, tokens: list[int], message: str) -> None:
    """By the formula, and in a column."""
    sop = rasp.loads(
        f"mean = aggregate(select(indices, indices, <=), tokens_int); x = {text};",
    )["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=[0, 3, 9], max_len=40)
    assert model.artifact.readout.kind == "parts"
    run = running.whole(to_bytes(model))
    encoded = Encoded.of([[2 + [0, 3, 9].index(token) for token in tokens]])
    (got,) = run(encoded.batch(np.arange(1)), encoded.lengths)
    assert isinstance(got, RaspError)
    assert got.message.startswith(message)
    assert isinstance(model.outcomes([tokens])[0], RaspError)


@given(
    st.lists(
        st.tuples(st.integers(-(10**6), 10**6), st.floats(0, 1), st.floats(-0.49, 0.49)),
        min_size=1,
        max_size=50,
    ),
    st.integers(2, 1 << 20),
)
def test_nearest_fractions(cases: list[tuple[int, float, float]], most: int) -> None:
    """The same as those of `rasp.ratios`, to the number, of numbers that are off by as much as they
    may be and of any numbers."""
    mosts = np.array([1 + int(share * (most - 1)) for _, share, _ in cases], np.float64)
    largest = int(mosts.max())
    denominators = np.maximum(np.rint(mosts * 0.9), 1)
    room = ratios.EXACT / float(largest) ** 2
    fractions = np.array([number for number, _, _ in cases]) / denominators
    off = np.array([part for _, _, part in cases]) / np.maximum(mosts * (mosts - 1), 1)
    numbers = np.clip(fractions, -room, room) + off
    graph = Graph()
    x = graph.input("x", np.float64, ["batch", "pos"])
    m = graph.input("m", np.float64, ["batch", "pos"])
    for name, result in zip("kq", nearest_fractions(graph, x, m, largest), strict=True):
        graph.output(name, result, np.float64, ["batch", "pos"])
    session = onnxruntime.InferenceSession(graph.model("fractions", "", {}))
    found = session.run(["k", "q"], {"x": numbers[None], "m": mosts[None]})
    for got, expected in zip(found, ratios.nearest_fractions(numbers, mosts), strict=True):
        assert got[0].tolist() == expected.tolist()


def test_errors_are_said() -> None:
    model = model_of("failing")
    session, data = running.session_of(to_bytes(model))
    errors = session.run(["errors"], {"tokens": np.array([[0, 2, 3, 2]])})[0]
    (outcome,) = model.outcomes(["aba"])
    assert isinstance(outcome, RaspError)
    assert [data["errors"][n - 1] for n in errors[0] if n] == [
        "division by zero in x (failing.rasp:1:5)"
    ]


def test_prompts_padded_on_the_left() -> None:
    """Positions and mask are given for each row, so padding may be anywhere."""
    model = model_of("next")
    session, data = running.session_of(to_bytes(model, step=True))
    caches = {i.name: i for i in session.get_inputs() if i.name.startswith("past.")}
    rows = [[1, 1, 0, 2, 3], [0, 2, 3, 4, 2]]
    mask = np.array([[0, 0, 1, 1, 1], [1] * 5])
    positions = np.maximum(np.cumsum(mask, axis=1) - 1, 0)
    past: dict[str, Any] = {
        name: np.zeros((2, item.shape[1], 0, item.shape[3]), np.float32)
        for name, item in caches.items()
    }
    names = ["next", *(name.replace("past", "present") for name in caches)]
    given = {"tokens": np.array(rows), "positions": positions, "mask": mask}
    written: list[list[int]] = [[], []]
    for _ in range(6):
        following, *present = session.run(names, given | past)
        past = dict(zip(caches, present, strict=True))
        mask = np.concatenate([mask, [[1], [1]]], axis=1)
        positions = positions[:, -1:] + 1
        given = {"tokens": following[:, -1:], "positions": positions, "mask": mask}
        for row, number in zip(written, following[:, -1].tolist(), strict=True):
            row.append(number)
    for prompt, ids in (("ab", written[0]), ("abca", written[1])):
        text = prompt
        for number in ids:
            assert data["tokens"][number - 2] == model(text)[-1]
            text += data["tokens"][number - 2]


def test_steps_are_for_next_token_programs() -> None:
    with pytest.raises(ExportError, match="causal"):
        to_bytes(model_of("sort"), step=True)


def test_what_differs_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Network, "_mlp", lambda self, number, residual: residual)
    with pytest.raises(ExportError, match="would not compute"):
        to_onnx(model_of("sort"), tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def test_inputs_provoke() -> None:
    """Among the inputs that are compared there are failing ones, short ones and longest ones."""
    model = model_of("failing")
    encoded = inputs_of(model)
    assert {1, model.max_len} <= set(encoded.lengths.tolist())
    assert any(isinstance(outcome, RaspError) for outcome in model.run(encoded))


def test_same_is_strict() -> None:
    assert not same([1], [1.0])
    assert not same([True], [1])
    assert same([1.0, "a"], [1.0, "a"])

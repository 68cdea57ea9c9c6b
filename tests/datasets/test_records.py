"""Records: proved, different, not trivial, the same for the same seed."""

from __future__ import annotations

import json

import pytest

import rasp
from docs.examples import TARGET, lines
from rasp.compile_report import MeaningProof
from rasp.datasets.candidates import LENGTHS, Candidate, candidate, examples
from rasp.datasets.probe import LENGTH, behaviour, probe, sampled_inputs
from rasp.datasets.record import NOT_PROVED, TOO_FEW_LAYERS, record_of, sop_of
from rasp.datasets.settings import Settings
from rasp.errors import RaspArityError, RaspValueError


@pytest.mark.parametrize("min_layers", [0, 2])
def test_records(min_layers: int) -> None:
    records = list(rasp.dataset(5, seed=3, min_layers=min_layers))
    assert len(records) == 5
    for record in records:
        assert record.certificate.rounding.ok
        assert record.certificate.meaning.ok
        assert record.n_layers >= min_layers
        assert rasp.loads(record.text)[record.sop.name or ""].node is record.sop.node
        assert record.model.batch(record.inputs) == [list(values) for values in record.outputs]
        assert max(map(len, record.inputs)) == record.max_len
        assert list(record.circuit.edges) or not min_layers
        json.dumps(record.to_dict(), allow_nan=False)
    assert len({record.text for record in records}) == 5
    again = list(rasp.dataset(5, seed=3, min_layers=min_layers))
    assert [record.to_dict() for record in again] == [record.to_dict() for record in records]
    other = list(rasp.dataset(5, seed=4, min_layers=min_layers, examples=False))
    assert not {record.text for record in other} & {record.text for record in records}


def test_arguments() -> None:
    with pytest.raises(RaspValueError, match="number of programs has to be .* got 0"):
        rasp.dataset(0)
    with pytest.raises(RaspValueError, match="seed has to be .* got -1"):
        rasp.dataset(1, -1)
    with pytest.raises(RaspValueError, match="min_layers has to be a whole number from 0 to 8"):
        rasp.dataset(1, min_layers=9)
    with pytest.raises(RaspValueError, match="examples has to be True or False"):
        rasp.dataset(1, examples=1)  # type: ignore[arg-type]
    with pytest.raises(RaspArityError, match="did you mean seed"):
        rasp.dataset(1, sed=1)  # type: ignore[call-arg]


# -- candidates


def test_candidates_are_of_their_number() -> None:
    settings = Settings(1, seed=5)
    assert candidate(settings, 3) == candidate(Settings(9, seed=5), 3)
    assert candidate(settings, 3) != candidate(Settings(1, seed=6), 3)
    assert candidate(settings, 7).name == examples()[0][0]
    assert candidate(Settings(1, examples=False), 7).name == "random-7"


def test_examples_are_those_of_the_folder() -> None:
    assert TARGET.read_text(encoding="utf-8") == lines(), "run python docs/examples.py"
    for example in examples():
        assert sop_of(Candidate(0, *example)).name == example[2]


# -- the probe


def judged(text: str, vocabulary: str = "ab", *, local: bool = False) -> tuple[str, str]:
    program = rasp.loads(text)
    return behaviour(program["x"].node, list(vocabulary), local=local)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = selector_width(select(tokens, tokens, ==));", ""),
        ("x = length + indices;", "trivial"),
        ("x = 1 if tokens == 'a' else indices;".replace("'", '"'), "trivial"),
        ("x = selector_width(select(indices, indices, <)) == 0 and tokens == \"a\";", "trivial"),
        ("x = aggregate(select(tokens, \"b\", ==), tokens_int);", "fails on an input"),
    ],
)  # fmt: skip
def test_trivial(text: str, reason: str) -> None:
    assert judged(text)[1] == reason


def test_trivial_where_no_attention_is_asked_for() -> None:
    assert judged('x = tokens == "a";', local=True)[1] == ""
    assert judged("x = indices;", local=True)[1] == "trivial"
    assert judged("x = tokens;", local=True)[1] == "trivial"


def test_duplicates() -> None:
    reverse = "x = aggregate(select(indices, length - indices - 1, ==), tokens);"
    doubled = "x = aggregate(select(2 * indices, 2 * (length - 1 - indices), ==), tokens);"
    assert judged(reverse) == judged(doubled) == judged(reverse, "()")
    assert judged(reverse) != judged(reverse, "abc")
    count = "n = selector_width(select(tokens, tokens, ==));"
    assert judged(f"{count} x = n > 1;") == judged(f"{count} x = indicator(n > 1);")
    assert judged(f"{count} x = n > 1;") != judged(f"{count} x = n > 2;")


def test_probes_fit_every_vocabulary() -> None:
    assert min(length for _, length in LENGTHS) == LENGTH
    assert min(example[4] for example in examples()) >= LENGTH
    for n_tokens in (1, 2, 5):
        assert max(map(len, probe(n_tokens))) == LENGTH
        assert {token for row in probe(n_tokens) for token in row} == set(range(n_tokens))
        assert max(map(len, sampled_inputs(n_tokens, 9, 0))) == 9


# -- what is left out


def test_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    width = 'x = selector_width(select(tokens, "a", ==)) > 1;'
    shallow = Candidate(0, "random-0", width, "x", ("a", "b"), 5)
    assert not isinstance(record_of(shallow, 1), str)
    assert record_of(shallow, 2) == TOO_FEW_LAYERS
    unproved = MeaningProof(False)
    monkeypatch.setattr("rasp.artifact.Artifact.new_meaning", lambda artifact: unproved)
    assert record_of(shallow, 1) == NOT_PROVED

"""What is written after a prompt: by the interpreter, by weights alone and in batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import rasp
from rasp.decoding.request import Request
from rasp.errors import GenerationError, RaspError, RaspRuntimeError, RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.model.cached import DecoderWeights, SequenceDecoder
from rasp.model.cached_batch import BatchDecoder
from rasp.testing.generations import check_generations, next_token_program
from rasp.verification import verify_generation

# Two letters on: "a" after "b" after "c" after "a"; but after a doubled letter, what was first.
LETTERS = """
before = aggregate(select(indices, indices - 1, ==), tokens, "-");
result = tokens[0] if before == tokens else {"a": "c", "b": "a", "c": "b"}[tokens];
"""
# The parity of what was written so far, as a token: it reads its own output.
PARITY = """
ones = selector_width(select(tokens, "1", ==));
result = "01"[ones % 2];
"""
# The token that is a number, one larger, up to 3; then it fails.
COUNTING = """
result = {0: 1, 1: 2, 2: 3}[tokens_asis];
"""


def model_of(
    text: str, vocab: Sequence[Atom] = "abc", max_len: int = 12, **options: object
) -> rasp.CompiledModel:
    sop = rasp.loads(text)["result"]
    options = {"causal": True} | options
    return rasp.compile(sop, vocab=vocab, max_len=max_len, **options)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_interpreter_one_and_batch_write_the_same(dtype: str) -> None:
    model = model_of(LETTERS, max_len=30, dtype=dtype)
    prompts = ["a", "bb", "cab", "abca", "aab", "c" * 20, "b"]
    expected = [rasp.generate(model.sop, prompt, 10) for prompt in prompts]
    assert [model.generate(prompt, 10) for prompt in prompts] == expected
    assert model.generate_batch(prompts, 10) == expected
    assert [[*prompt, *model.stream(prompt, 10)] for prompt in prompts] == expected
    for tokens in expected:  # each token is the value of the whole sequence before it
        for end in range(len(tokens) - 10, len(tokens)):
            assert model(tokens[:end])[-1] == tokens[end]


def test_it_ends_after_a_stop_and_with_it() -> None:
    model = model_of(PARITY, vocab="01")
    assert model.generate("0011", 8) == list("0011000" + "00000")
    assert model.generate("1", 8, stop="0") == ["1", "1", "0"]
    assert model.generate("1", 8, stop=["x", "0"][1:]) == ["1", "1", "0"]
    assert rasp.generate(model.sop, "1", 8, stop=("1", "0")) == ["1", "1"]
    assert model.generate_batch(["1", "0", "01"], 5, stop="0") == [
        ["1", "1", "0"],
        ["0", "0"],
        ["0", "1", "1", "0"],
    ]


def test_a_step_computes_one_position(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(LETTERS, max_len=30)
    decoders: list[SequenceDecoder] = []

    class Watched(SequenceDecoder):
        def __init__(self, weights: DecoderWeights) -> None:
            super().__init__(weights)
            decoders.append(self)

    monkeypatch.setattr("rasp.decoding.generation.SequenceDecoder", Watched)
    model.generate("abc", 20)
    # BOS, the prompt, and every new token but the last, after which nothing is asked.
    assert [decoder.n_computed for decoder in decoders] == [1 + 3 + 19]


def test_a_step_of_a_batch_computes_one_position(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(LETTERS, max_len=30)
    shapes: list[tuple[int, ...]] = []
    step = BatchDecoder.step

    def watched(decoder: BatchDecoder, ids: np.ndarray) -> np.ndarray:
        shapes.append(ids.shape)
        return step(decoder, ids)

    monkeypatch.setattr(BatchDecoder, "step", watched)
    model.generate_batch(["abc", "a", "bb"], 20)
    assert shapes == [(3,)] * 19


@pytest.mark.parametrize("size", [1, 3, 7])
def test_cached_outputs_are_those_of_whole_passes(size: int) -> None:
    model = model_of(LETTERS, max_len=30)
    ids = model.vocabulary.encode("abcaabbccabcabcbcaab", 30)
    whole = model.forward(np.array([ids]))[0]
    decoder = SequenceDecoder(DecoderWeights.of(model.artifact.config, model.artifact.tensors))
    parts = [decoder.extend(ids[start : start + size]) for start in range(0, len(ids), size)]
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-5
    with pytest.raises(ValueError, match="n_ctx is 31"):
        decoder.extend([2] * 30)


def test_rows_of_a_batch_do_not_disturb_each_other() -> None:
    """Those that end early stay in the batch for a while, at the end of their room."""
    model = model_of(PARITY, vocab="01", max_len=12)
    prompts = ["1", "0" * 11, "11", "1" * 10, "0", "10"]
    requests = [model.request(prompt, min(9, 12 - len(prompt))) for prompt in prompts]
    written = [outcome.tokens for outcome in model.written_batch(requests)]
    assert written == [model.written(request).tokens for request in requests]


def test_batches_larger_than_memory_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(PARITY, vocab="01", max_len=12)
    prompts = ["1" * n for n in range(1, 9)]
    expected = model.generate_batch(prompts, 4)
    monkeypatch.setattr("rasp.decoding.writer.BATCH_NUMBERS", 300)
    assert model.generate_batch(prompts, 4) == expected


def test_changed_weights_write_something_else() -> None:
    model = model_of(PARITY, vocab="01")
    before = model.generate("1", 3)
    model.module.unembed.b_U.data.copy_(model.module.unembed.b_U.flip(0) + 10 * np.arange(2)[1])
    model.module.unembed.W_U.data.copy_(-model.module.unembed.W_U)
    assert model.generate("1", 3) == model.generate_batch(["1"], 3)[0]
    assert model.generate("1", 3) != before


# ---- errors


def both(model: rasp.CompiledModel, *request: object, **options: object) -> list[RaspError]:
    """The error of the interpreter, of the weights, and of a batch."""
    errors: list[RaspError] = []
    prompt, *rest = request
    for write in (
        lambda: rasp.generate(
            model.sop, prompt, *rest, vocab=model.vocabulary.tokens, max_len=model.max_len
        ),
        lambda: model.generate(prompt, *rest, **options),
        lambda: model.generate_batch([prompt], *rest, **options),
    ):
        with pytest.raises(RaspError) as caught:
            write()
        errors.append(caught.value)
    return errors


def test_where_the_program_fails_the_model_does() -> None:
    model = model_of(COUNTING, vocab=[0, 1, 2, 3], max_len=9)
    assert model.generate([0], 3) == [0, 1, 2, 3]
    for error in both(model, [1], 4):
        assert isinstance(error, RaspRuntimeError)
        assert error.span is not None
        assert "position: 2" in error.notes


def test_a_prompt_on_which_the_program_fails() -> None:
    model = model_of(COUNTING, vocab=[0, 1, 2, 3], max_len=9)
    for error in both(model, [3, 0], 1):
        assert isinstance(error, RaspRuntimeError)


def test_a_value_that_is_no_token() -> None:
    model = model_of("result = (tokens_int + 1) % 3;", vocab="012")
    first, *others = both(model, "01", 4)
    assert isinstance(first, GenerationError)
    assert first.message == "the integer 2 is the next token, but no token of the vocabulary"
    assert first.hint is not None
    assert '"0123456789"[n]' in first.hint
    assert [str(error) for error in others] == [str(first)] * 2
    fixed = model_of('result = "0123456789"[(tokens_int + 1) % 3];', vocab="012")
    assert fixed.generate("01", 4) == list("012012")


def test_strings_beside_numbers_are_no_result() -> None:
    model = model_of('result = 1 if tokens_asis == "a" else "a";', vocab=["b", "a", 1])
    for error in both(model, ["b"], 4):
        assert isinstance(error, RaspRuntimeError)
        assert "different types" in error.message


def test_no_room_is_said_before_anything_is_written() -> None:
    model = model_of(LETTERS, max_len=8)
    assert len(model.generate("abc", 5)) == 8
    for error in both(model, "abc", 6):
        assert isinstance(error, GenerationError)
        assert error.message == (
            "6 new tokens do not fit: the model takes at most 8, and the prompt has 3"
        )
        assert error.hint == "ask for at most 5, or compile with a larger max_len"


def test_no_room_where_a_stop_might_have_come() -> None:
    """What was written is not lost."""
    model = model_of(PARITY, vocab="01", max_len=6)
    tokens = model.stream("11", 10, stop="1")
    assert [next(tokens) for _ in range(4)] == ["0"] * 4
    with pytest.raises(GenerationError, match="do not fit"):
        next(tokens)


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (("", 1), RaspTypeError, "at least one token"),
        ((7, 1), RaspTypeError, "has to be a string, a list or a dict"),
        (("abx", 1), VocabularyError, 'unknown token "x"'),
        (("a" * 13, 1), VocabularyError, "takes at most 12"),
        (("a", 0), GenerationError, "max_new_tokens has to be a positive integer, got 0"),
        (("a", True), GenerationError, "got True"),
        (("a", 1, "x"), GenerationError, '"x" would stop the generation'),
        (("a", 1, 7.5), GenerationError, "7.5 would stop the generation"),
        (("a", 1, [["a"]]), RaspTypeError, "a token has to be an atom, got list"),
        (("a", 1, object), RaspTypeError, "stop has to be a token or a list of tokens"),
    ],
)
def test_requests_that_are_none(
    request_: tuple[object, ...], error: type[RaspError], message: str
) -> None:
    model = model_of(LETTERS)
    with pytest.raises(error, match=message):
        model.generate(*request_)


def test_a_model_that_is_not_causal() -> None:
    model = model_of(LETTERS, causal=False)
    for write in (model.generate, model.stream, model.request):
        with pytest.raises(GenerationError, match="not causal") as caught:
            write("a", 1)
        assert caught.value.hint == "compile with causal=True (--causal)"
    with pytest.raises(GenerationError, match="not causal"):
        model.generate_batch(["a"], 1)


def test_the_interpreter_takes_any_tokens() -> None:
    assert rasp.generate(rasp.tokens, "ab", 2) == list("abbb")
    program = rasp.loads("result = tokens_asis + tokens_asis[0];")
    assert rasp.generate(program["result"], [2, 3], 3) == [2, 3, 5, 7, 9]
    request = Request.of([2], 1, None)
    assert request.room == 1


# ---- random programs, and verification


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_next_token_programs(first: int) -> None:
    findings = check_generations(range(first, first + 20), size=5)
    assert not findings.differences, findings.differences
    assert findings.n_programs >= 15
    assert findings.n_tokens > 1000


def test_random_next_token_programs_are_no_constants() -> None:
    """Many write different tokens after different prompts; one token or a constant cannot."""
    texts = [next_token_program(seed, 5) for seed in range(30)]
    varied = 0
    for program in texts:
        sop = rasp.loads(program.text)[program.sop]
        try:
            pairs = [[t, u] for t in program.vocabulary for u in program.vocabulary]
            varied += len({str(rasp.generate(sop, pair, 4)[2:]) for pair in pairs}) > 1
        except RaspError:
            varied += 1
    assert varied >= 8


def test_verification_of_generation() -> None:
    model = model_of(PARITY, vocab="01", max_len=40)
    result = verify_generation(model, exhaustive=True, max_length=5)
    assert result.ok
    assert (result.n_prompts, result.n_failed) == (62, 0)
    assert result.n_tokens == sum(2**n * (40 - n) for n in range(1, 6))
    sampled = verify_generation(model, samples=30, max_new_tokens=3)
    assert sampled.ok
    assert sampled.n_tokens == 90


def test_verification_counts_errors_that_both_have() -> None:
    model = model_of(COUNTING, vocab=[0, 1, 2, 3], max_len=9)
    result = verify_generation(model, exhaustive=True, max_length=2)
    assert result.ok
    assert result.n_failed == result.n_prompts == 20
    assert "20 end with an error" in str(result)


def test_verification_of_what_writes_nothing_is_not_ok() -> None:
    model = model_of("result = indices;", max_len=6)
    result = verify_generation(model, samples=5)
    assert not result.ok
    assert (result.n_prompts, result.n_tokens, result.n_failed) == (5, 0, 5)
    assert str(result).startswith("NOTHING COMPARED: no token is written after any of 5 prompts")
    assert "no token of the vocabulary" in str(result)
    assert result.counterexample is None


def test_verification_finds_a_model_that_writes_something_else() -> None:
    model = model_of(PARITY, vocab="01", max_len=20)
    model.module.unembed.W_U.data.neg_()
    model.module.unembed.b_U.data.neg_()
    result = verify_generation(model)
    assert not result.ok
    assert result.counterexample is not None
    assert result.counterexample.expected != result.counterexample.got
    assert "writes something else" in str(result)
    assert result.to_dict()["counterexample"]["prompt"]


def test_verification_finds_an_error_that_only_the_model_has() -> None:
    model = model_of(COUNTING, vocab=[0, 1, 2, 3], max_len=9)
    assert model.artifact.readout.failures
    model.module.unembed.b_U.data[-1] += 1
    result = verify_generation(model)
    assert not result.ok
    assert isinstance(result.counterexample.got, RaspRuntimeError)


@pytest.mark.parametrize("options", [{"max_length": 12}, {"samples": 0}, {"max_new_tokens": 0}])
def test_verification_refuses_what_makes_no_sense(options: dict[str, int]) -> None:
    with pytest.raises(RaspError):
        verify_generation(model_of(LETTERS), **options)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_an_error_and_no_warning(number: float) -> None:
    """The decoder does not look at the flags of floating-point units: its outputs say it."""
    import torch

    program = rasp.load(Path(__file__).parents[2] / "examples" / "decoding" / "copying.rasp")
    model = rasp.compile(program["copied"], vocab="abc=$", max_len=12, causal=True)
    with torch.no_grad():
        model.module.get_parameter("embed.W_E")[:, 2] = number
    with pytest.raises(RaspRuntimeError, match="does not give a finite number"):
        model.generate("abc=", max_new_tokens=4)

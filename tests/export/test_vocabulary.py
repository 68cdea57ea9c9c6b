"""Tokens as the texts of a tokenizer."""

from __future__ import annotations

import pytest

from rasp.errors import ExportError
from rasp.export.huggingface.vocabulary import texts_of


def test_characters() -> None:
    texts = texts_of("ab ", unknown=True)
    assert texts.texts == ("<bos>", "<pad>", "a", "b", " ", "<unk>")
    assert texts.written([2, 4, 3]) == "a b"


def test_words() -> None:
    texts = texts_of(["the", 1, 2.5, True], unknown=False)
    assert texts.texts[2:] == ("the", "1", "2.5", "true")
    assert texts.written([2, 3]) == "the 1"


def test_unclear_words() -> None:
    assert texts_of(["1", 1], unknown=False).texts[2:] == ('"1"', "1")
    assert texts_of(["a b", "", "c"], unknown=False).texts[2:] == ('"a\\u0020b"', '""', '"c"')


@pytest.mark.parametrize("vocab", ["<bos>[]", "<[{⟨«", ["<pad>", "<bos>"]])
def test_special_tokens_are_never_part_of_an_input(vocab: object) -> None:
    texts = texts_of(list(vocab), unknown=True)  # type: ignore[call-overload]
    for special in (texts.bos, texts.pad, texts.unknown or ""):
        assert special[0] not in set().union(*texts.texts[2:-1])


def test_no_text() -> None:
    with pytest.raises(ExportError, match="no text"):
        texts_of(["\ud800"], unknown=False)


def test_results_that_are_no_tokens() -> None:
    texts = texts_of("ab", unknown=False, errors=["error: x"])
    assert texts.texts[-1] == "<error: x>"

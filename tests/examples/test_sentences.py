"""The parser of sentences finds what sentences were made to mean (`sentences.py` makes them)."""

from __future__ import annotations

from pathlib import Path
from random import Random

import rasp
from tests.examples.sentences import Speaker

FILE = Path(__file__).parents[2] / "examples" / "sentences.rasp"


def test_sentences_of_all_kinds_mean_what_they_were_made_to() -> None:
    logical_form = rasp.loads(FILE.read_text(encoding="utf-8"))["logical_form"]
    speaker = Speaker(Random(13))
    for _ in range(25):
        sentence = speaker.sentence()
        assert logical_form(sentence.words) == sentence.logical_form, " ".join(sentence.words)


def test_a_thousand_lines_of_fifteen_layers_and_120_heads() -> None:
    text = FILE.read_text(encoding="utf-8")
    theory = rasp.analyze(rasp.loads(text)["logical_form"])
    assert len(text.splitlines()) > 1_000
    assert theory.n_layers >= 12
    assert sum(theory.heads_per_layer) >= 120

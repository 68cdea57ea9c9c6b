"""The tokens of a program -> texts that a tokenizer splits an input into, each with its id.

Tokens that are single characters are written one after the other, as in "hello".  Others are
written with spaces between them: strings as they are, numbers and truth values as JSON, and where
that would be unclear (a 1 beside a "1", a string with a space in it), strings as JSON too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rasp.errors import ExportError
from rasp.export.labels import json_of
from rasp.graph.nodes import Atom
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

BRACKETS = ("<>", "[]", "{}", "⟨⟩", "«»")
PRIVATE = range(0xE000, 0xF900)  # characters that mean nothing


@dataclass(frozen=True, slots=True)
class Texts:
    """texts: of all ids in their order, BOS and padding included.

    by_character: an input is split into characters, otherwise at spaces.  unknown: the text and id
    of what is no token, where inputs may have that; errors: texts of ids that are results only.
    """

    texts: tuple[str, ...]
    by_character: bool
    unknown: str | None
    errors: tuple[str, ...] = ()

    @property
    def bos(self) -> str:
        return self.texts[BOS]

    @property
    def pad(self) -> str:
        return self.texts[PAD]

    def written(self, ids: Sequence[int]) -> str:
        """An input as text; ids without BOS."""
        return ("" if self.by_character else " ").join(self.texts[number] for number in ids)


def texts_of(tokens: Sequence[Atom], *, unknown: bool, errors: Sequence[str] = ()) -> Texts:
    """errors: messages; each gets an id of its own behind the tokens."""
    by_character = all(isinstance(token, str) and len(token) == 1 for token in tokens)
    written = [str(token) for token in tokens] if by_character else _separate(tokens)
    for text in written:
        if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ExportError(f"the token {text!a} is no text that a tokenizer can hold")
    used = set().union(*written)
    # What a special token begins with is in no other, so no input contains one by accident.
    private = (chr(code) * 2 for code in PRIVATE)
    pair = next(pair for pair in (*BRACKETS, *private) if pair[0] not in used)
    left, right = pair[0], pair[1]
    special = [f"{left}{name}{right}" for name in ("bos", "pad")]
    assert (BOS, PAD, FIRST_TOKEN) == (0, 1, 2)
    texts = [*special, *written]
    name = f"{left}unk{right}" if unknown else None
    if name is not None:
        texts.append(name)
    results = [f"{left}{message}{right}" for message in errors]
    return Texts((*texts, *results), by_character, name, tuple(results))


def _separate(tokens: Sequence[Atom]) -> list[str]:
    """Texts without spaces, all different."""
    plain = [token if isinstance(token, str) else json_of(token) for token in tokens]
    if len(set(plain)) == len(plain) and all(map(_is_word, plain)):
        return plain
    return [_escaped(token) if isinstance(token, str) else json_of(token) for token in tokens]


def _is_word(text: str) -> bool:
    return bool(text) and not any(character.isspace() for character in text)


def _escaped(text: str) -> str:
    """JSON without white space."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(
        "".join(f"\\u{unit:04x}" for unit in _units(character))
        if character.isspace()
        else character
        for character in quoted
    )


def _units(character: str) -> list[int]:
    data = character.encode("utf-16-be")
    return [int.from_bytes(data[place : place + 2]) for place in range(0, len(data), 2)]

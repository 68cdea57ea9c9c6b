"""Tokens and their numbers.

Id 0 is the beginning-of-sequence position that is put in front of every input, id 1 is padding, and
the declared tokens follow in order.  Tokens are atoms; 1, 1.0, True and "1" are four tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rasp.errors import VocabularyError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import LARGEST_TOKEN_BITS, short, type_name
from rasp.graph.sequences import listed, plain_atom, plain_tokens, some_tokens

BOS = 0
PAD = 1
FIRST_TOKEN = 2


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The declared tokens, each once, in the order given."""

    tokens: tuple[Atom, ...]
    _ids: dict[tuple[str, str | int], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.tokens:
            raise VocabularyError("the vocabulary is empty")
        for token in self.tokens:
            if plain_atom(token) is None:
                raise VocabularyError(f"a token has to be an atom, got {type_name(token)}")
            if _bits(token) > LARGEST_TOKEN_BITS:
                raise VocabularyError(
                    f"the token {short(token)} is an integer of more than {LARGEST_TOKEN_BITS} bits"
                )
        ids = {atom_key(token): FIRST_TOKEN + number for number, token in enumerate(self.tokens)}
        if len(ids) < len(self.tokens):
            twice = next(t for n, t in enumerate(self.tokens) if ids[atom_key(t)] > FIRST_TOKEN + n)
            raise VocabularyError(
                f"the vocabulary lists the token {short(twice)} twice",
                hint="every token has one id: list it once"
                + (f", and no {short(twice)} between tokens" if twice in (",", " ") else ""),
            )
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def of(cls, tokens: Iterable[Atom]) -> Vocabulary:
        """A vocabulary of the tokens given, each once; a string stands for its characters.

        Of a set, numbers come first, by size, then strings: the model that is compiled is the same
        in every process.

        Raises VocabularyError.
        """
        if isinstance(tokens, (bytes, bytearray, memoryview)):
            raise VocabularyError(f"a vocabulary has tokens, got {type_name(tokens)}")
        is_set = isinstance(tokens, (set, frozenset))
        found = list(tokens) if is_set else listed(tokens)
        plain = map(plain_atom, found)
        atoms = [t if p is None else p for t, p in zip(found, plain, strict=True)]
        return cls(tuple(sorted(atoms, key=_place) if is_set else atoms))

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        atom = plain_atom(token)
        return atom is not None and atom_key(atom) in self._ids

    def id_of(self, token: Atom) -> int:
        """The id of a token that is in the vocabulary."""
        return self._ids[atom_key(token)]

    @property
    def size(self) -> int:
        """d_vocab: the tokens with BOS and padding."""
        return FIRST_TOKEN + len(self.tokens)

    def encode(self, tokens: Iterable[Atom], max_len: int) -> list[int]:
        """BOS and the ids of an input.

        Raises VocabularyError, and RaspTypeError for what is no input.
        """
        tokens = some_tokens(tokens)
        if len(tokens) > max_len:
            raise VocabularyError(
                f"the input has {len(tokens)} tokens, the model takes at most {max_len}"
            )
        ids = [BOS]
        for place, token in enumerate(plain_tokens(tokens)):
            number = self._ids.get(atom_key(token))
            if number is None:
                raise VocabularyError(
                    f"unknown token {short(token)} at position {place}",
                    notes=[f"the vocabulary is {self}"],
                )
            ids.append(number)
        return ids

    def __str__(self) -> str:
        shown = [short(token) for token in self.tokens[:40]]
        return ", ".join(shown) + (", ..." if len(self.tokens) > 40 else "")


def _place(token: Atom) -> tuple[bool, float | str, str]:
    """Where a token of a set comes: numbers before strings, and before what is no token."""
    if isinstance(token, (bool, int, float)):
        return False, token, type_name(token)
    return True, token if isinstance(token, str) else repr(token), type_name(token)


def _bits(token: Atom) -> int:
    """Of the integer that it is, or stands for; 0 of what is none, or cannot be read."""
    if isinstance(token, str):
        if len(token) * 4 <= LARGEST_TOKEN_BITS:
            return 0
        try:
            return int(token).bit_length()
        except ValueError:
            return 0
    return 0 if isinstance(token, float) else token.bit_length()

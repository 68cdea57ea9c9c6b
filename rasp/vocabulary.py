"""Tokens and their numbers.

Id 0 is the beginning-of-sequence position that is put in front of every input, id 1 is padding, and
the declared tokens follow in order.  Tokens are atoms; 1, 1.0, True and "1" are four tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from rasp.errors import VocabularyError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show

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
            if not isinstance(token, (bool, int, float, str)):
                raise VocabularyError(f"a token has to be an atom, got {type(token).__name__}")
        ids = {atom_key(token): FIRST_TOKEN + number for number, token in enumerate(self.tokens)}
        if len(ids) < len(self.tokens):
            raise VocabularyError("the vocabulary lists a token twice")
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def of(cls, tokens: Iterable[Atom]) -> Vocabulary:
        """A vocabulary of the distinct tokens given; a string stands for its characters."""
        distinct: dict[tuple[str, str | int], Atom] = {}
        for token in tokens:
            if not isinstance(token, (bool, int, float, str)):
                raise VocabularyError(f"a token has to be an atom, got {type(token).__name__}")
            distinct.setdefault(atom_key(token), token)
        return cls(tuple(distinct.values()))

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return _is_atom(token) and atom_key(token) in self._ids

    def id_of(self, token: Atom) -> int:
        """The id of a token that is in the vocabulary."""
        return self._ids[atom_key(token)]

    @property
    def size(self) -> int:
        """d_vocab: the tokens with BOS and padding."""
        return FIRST_TOKEN + len(self.tokens)

    def encode(self, tokens: Sequence[Atom], max_len: int) -> list[int]:
        """BOS and the ids of an input.  Raises VocabularyError."""
        if len(tokens) == 0:
            raise VocabularyError("the input is empty")
        if len(tokens) > max_len:
            raise VocabularyError(
                f"the input has {len(tokens)} tokens, the model takes at most {max_len}"
            )
        ids = [BOS]
        for place, token in enumerate(tokens):
            number = self._ids.get(atom_key(token)) if _is_atom(token) else None
            if number is None:
                raise VocabularyError(
                    f"unknown token {show(token)} at position {place}",
                    notes=[f"the vocabulary is {self}"],
                )
            ids.append(number)
        return ids

    def __str__(self) -> str:
        shown = [show(token) for token in self.tokens[:40]]
        return ", ".join(shown) + (", ..." if len(self.tokens) > 40 else "")


def _is_atom(value: object) -> TypeGuard[Atom]:
    return isinstance(value, (bool, int, float, str))

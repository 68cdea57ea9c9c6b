"""What is asked of a generation: a prompt, how many tokens at most, and at which tokens it ends.

The same checks hold for the interpreter and for models, so that both refuse the same requests with
the same words, before anything is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from rasp.errors import GenerationError, RaspTypeError
from rasp.graph.nodes import Atom, atom_key
from rasp.graph.operators import show, type_name
from rasp.graph.sequences import as_sequence
from rasp.vocabulary import Vocabulary

AtomKey: TypeAlias = tuple[str, str | int]
Stop: TypeAlias = Atom | Iterable[Atom] | None

DEFAULT_NEW_TOKENS = 9


@dataclass(frozen=True, slots=True)
class Request:
    """stops: the tokens after any of which nothing more is written, as `atom_key` has them."""

    prompt: tuple[Atom, ...]
    max_new_tokens: int
    stops: frozenset[AtomKey]
    vocabulary: Vocabulary | None
    max_len: int | None

    @classmethod
    def of(
        cls,
        prompt: object,
        max_new_tokens: int,
        stop: Stop,
        *,
        vocabulary: Vocabulary | None = None,
        max_len: int | None = None,
    ) -> Request:
        """vocabulary, max_len: what a model takes; None where anything goes.

        Raises RaspTypeError for what is no prompt, VocabularyError for a prompt that the model does
        not take, and GenerationError for other requests that cannot be met.
        """
        tokens = as_sequence(prompt)
        if type(max_new_tokens) is not int or max_new_tokens < 1:
            raise GenerationError(
                f"max_new_tokens has to be a positive integer, got {max_new_tokens!r}"
            )
        stops = _stops(stop, vocabulary)
        if vocabulary is not None:
            vocabulary.encode(tokens, len(tokens) if max_len is None else max_len)
        request = cls(tuple(tokens), max_new_tokens, stops, vocabulary, max_len)
        if not stops and request.room < max_new_tokens:
            raise request.no_room(0)
        return request

    @property
    def room(self) -> int:
        """How many tokens may be written."""
        if self.max_len is None:
            return self.max_new_tokens
        return min(self.max_new_tokens, self.max_len - len(self.prompt))

    def no_room(self, n_written: int) -> GenerationError:
        """There are max_len tokens, and neither is the number asked for reached nor a stop."""
        written = f" and {n_written} written" if n_written else ""
        return GenerationError(
            f"{self.max_new_tokens} new tokens do not fit: the model takes at most {self.max_len}, "
            f"and the prompt has {len(self.prompt)}",
            notes=[f"tokens: {len(self.prompt)} of the prompt{written}"],
            hint=f"ask for at most {max(0, self.room)}, or compile with a larger max_len",
        )

    def ends_with(self, token: Atom) -> bool:
        return atom_key(token) in self.stops

    def check(self, value: Atom, position: int) -> None:
        """Raises GenerationError for a value that is no token of the vocabulary."""
        if self.vocabulary is not None and value not in self.vocabulary:
            raise no_token(value, position, self.vocabulary)


def no_token(value: Atom, position: int, vocabulary: Vocabulary) -> GenerationError:
    """The value at a position should be the next token, and is none."""
    named = {"bool": "the boolean", "int": "the integer", "float": "the number"}
    kind = named.get(type_name(value), "the string")
    twin = next((t for t in vocabulary.tokens if show(t).strip('"') == show(value)), None)
    hint = None
    if twin is not None:
        hint = f"the vocabulary has the {type_name(twin)} {show(twin)}; tokens are compared by type"
        if isinstance(twin, str) and isinstance(value, int) and 0 <= value <= 9:
            hint += '; the digit of a number n is "0123456789"[n]'
    return GenerationError(
        f"{kind} {show(value)} is the next token, but no token of the vocabulary",
        notes=[f"position: {position}", f"the vocabulary is {vocabulary}"],
        hint=hint,
    )


def _stops(stop: Stop, vocabulary: Vocabulary | None) -> frozenset[AtomKey]:
    """A string is one token, not its characters."""
    if stop is None:
        return frozenset()
    tokens = [stop] if isinstance(stop, (str, bool, int, float)) else stop
    if not isinstance(tokens, Iterable):
        raise RaspTypeError(f"stop has to be a token or a list of tokens, got {type_name(stop)}")
    listed = list(tokens)
    for token in listed:
        if not isinstance(token, (str, bool, int, float)):
            raise RaspTypeError(f"a token has to be an atom, got {type_name(token)}")
        if vocabulary is not None and token not in vocabulary:
            raise GenerationError(
                f"{show(token)} would stop the generation, but is no token of the vocabulary",
                notes=[f"the vocabulary is {vocabulary}"],
            )
    return frozenset(map(atom_key, listed))

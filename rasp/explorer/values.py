"""What a head scores, for all tokens or all indices at once instead of for one input.

Where everything that a query (or a key) consists of was put there by the embedding, and depends on
the token alone or on the index alone, its scores can be listed for all of them: a select that
compares tokens becomes a matrix of tokens by tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rasp.explorer.data import Array, ValueScores
from rasp.explorer.forward import ForwardPass
from rasp.explorer.meanings import readable
from rasp.vocabulary import FIRST_TOKEN, Vocabulary

MAX_VALUES = 60
"""Longer lists are left out: they are no longer looked at."""


@dataclass(frozen=True, slots=True)
class _Side:
    """kind: "token" or "index"; names of all of them, and their directions with a constant 1."""

    kind: str
    names: tuple[str, ...]
    residual: Array  # [value, direction + 1]


def value_scores(
    run: ForwardPass,
    vocabulary: Vocabulary,
    queries: list[int],
    keys: list[int],
    scoring: Array,
    written: set[int],
) -> ValueScores | None:
    """The scores, or None where there is no such list; written: directions that sublayers before
    the head write to."""
    query, key = (_side(run, vocabulary, directions, written) for directions in (queries, keys))
    if query is None or key is None:
        return None
    return ValueScores(
        query_kind=query.kind,
        key_kind=key.kind,
        queries=query.names,
        keys=key.names,
        scores=query.residual @ scoring @ key.residual.T,
    )


def _side(
    run: ForwardPass, vocabulary: Vocabulary, directions: list[int], written: set[int]
) -> _Side | None:
    if written & set(directions):
        return None
    tokens = run.weights["embed.W_E"][FIRST_TOKEN:, directions]
    indices = run.weights["pos_embed.W_pos"][1:, directions]
    match bool(tokens.any()), bool(indices.any()):
        case True, False:
            kind, residual, names = "token", tokens, tuple(map(readable, vocabulary.tokens))
        case False, True:
            kind, residual, names = "index", indices, tuple(map(str, range(len(indices))))
        case _:
            return None
    if len(names) > MAX_VALUES:
        return None
    return _Side(kind, names, np.hstack([residual, np.ones_like(residual[:, :1])]))

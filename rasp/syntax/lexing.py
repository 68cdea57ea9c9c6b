"""Program text -> tokens -> a tree, by the tables of the grammar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rasp.errors import RaspLimitError
from rasp.source import Label, Source, Span
from rasp.syntax.commands import marked
from rasp.syntax.tables import Rule, tables
from rasp.syntax.tokens import Token, Tree

MAX_SOURCE_LENGTH = 1_000_000
"""Longest text that is parsed, in characters."""

END = "$END"
"""What the parser calls the end of the text."""

_Children: TypeAlias = list[Token | Tree]


class StuckError(Exception):
    """The parser cannot go on.

    at: how many tokens of the statement it took; accepted: the types it would take next.
    """

    def __init__(self, at: int, accepted: frozenset[str]) -> None:
        super().__init__(at, accepted)
        self.at = at
        self.accepted = accepted


# ---- text -> tokens


def tokenize(source: Source) -> list[Token]:
    """The tokens of a text, comments left out, REPL lines marked.  Never fails on its content.

    Raises RaspLimitError for a text that is too long.
    """
    if len(source.text) > MAX_SOURCE_LENGTH:
        raise RaspLimitError(
            f"the text is longer than {MAX_SOURCE_LENGTH:,} characters",
            labels=[Label(Span(source, 0, 0))],
        )
    return list(marked(list(raw_tokens(source.text))))


def raw_tokens(text: str) -> Iterator[Token]:
    """The tokens before REPL lines are marked.  No character is left: the last terminal is any."""
    match, ignored, words = tables().pattern.match, tables().ignored, tables().words
    at, line = 0, 1
    while at < len(text):
        found = match(text, at)
        assert found is not None
        assert found.lastgroup is not None
        piece, kind = found[0], found.lastgroup
        if kind not in ignored:
            kind = words.get(kind, {}).get(piece, kind)
            yield Token(kind, piece, at, line)
        at, line = found.end(), line + piece.count("\n")


# ---- tokens -> a tree


class Parser:
    """An LALR(1) parser that is fed token by token; which of the symbols it makes is `start`."""

    def __init__(self, start: str) -> None:
        first, self._last = tables().starts[start]
        self._states = [first]
        self._values: _Children = []

    def feed(self, token: Token) -> bool:
        """Takes a token; False if it fits nowhere, and then nothing more can be fed."""
        goal = self._reduced(token.type)
        if goal is None:
            return False
        self._states.append(goal)
        self._values.append(token)
        return True

    def finish(self) -> Tree | Token | None:
        """What the tokens make; None if something is missing."""
        while self._states[-1] != self._last:
            action = tables().states[self._states[-1]].get(END)
            if action is None:
                return None
            self._reduce(tables().rules[-1 - action])
        return self._values[-1]

    def accepted(self) -> frozenset[str]:
        """The types of the tokens that fit here; `END` if it may be the end."""
        row = tables().states[self._states[-1]]
        return frozenset(kind for kind in row if kind.isupper() and self._fits(kind))

    def _reduced(self, kind: str) -> int | None:
        """Reduces what has to be before a token of this type; the state behind it, if it fits."""
        while True:
            action = tables().states[self._states[-1]].get(kind)
            if action is None or action >= 0:
                return action
            self._reduce(tables().rules[-1 - action])

    def _reduce(self, rule: Rule) -> None:
        children: _Children = []
        if rule.n_symbols:
            children = self._values[-rule.n_symbols :]
            del self._values[-rule.n_symbols :], self._states[-rule.n_symbols :]
        for place in reversed(rule.splices):
            inner = children[place]
            assert isinstance(inner, Tree)
            children[place : place + 1] = inner.children
        vanishes = rule.vanishes and len(children) == 1
        self._values.append(children[0] if vanishes else Tree(rule.name, children))
        self._states.append(tables().states[self._states[-1]][rule.origin])

    def _fits(self, kind: str) -> bool:
        """Whether a token of this type would be taken, after the reductions that it asks for."""
        states = list(self._states)
        while True:
            action = tables().states[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                return True
            rule = tables().rules[-1 - action]
            del states[len(states) - rule.n_symbols :]
            states.append(tables().states[states[-1]][rule.origin])
            if kind == END and states[-1] == self._last:
                return True

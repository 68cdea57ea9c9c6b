"""tables.json -> the terminals and the LALR(1) table of grammar/rasp.lark.

The file is written by grammar/generate.py.  To read it takes a hundredth of the time that it takes
to work it out, and needs none of the modules that do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data
from typing import NamedTuple


class Rule(NamedTuple):
    """origin: what it makes; name: what trees call that; n_symbols: of how many symbols it is made.

    vanishes: a single child stands for the tree; splices: the places of symbols whose children come
    in their place.
    """

    origin: str
    name: str
    n_symbols: int
    vanishes: bool
    splices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """The language as tables.

    pattern: a named group for each terminal, of which the first that matches is meant, not the
    longest; words: by terminal, the texts that are terminals of their own.  states: by symbol, from
    0 on the state to go to, below 0 the rule to reduce by, -1 for the first.  starts: by start
    symbol the first state, and the one in which the text may end.
    """

    pattern: re.Pattern[str]
    ignored: frozenset[str]
    words: dict[str, dict[str, str]]
    rules: tuple[Rule, ...]
    states: tuple[dict[str, int], ...]
    starts: dict[str, tuple[int, int]]


@cache
def tables() -> Tables:
    """The tables of the language."""
    text = get_data("rasp.syntax", "tables.json")  # `importlib.resources` takes longer to import
    assert text is not None
    found = json.loads(text)
    return Tables(
        re.compile(found["pattern"]),
        frozenset(found["ignored"]),
        found["words"],
        tuple(
            Rule(origin, name, n_symbols, vanishes, tuple(splices))
            for origin, name, n_symbols, vanishes, splices in found["rules"]
        ),
        tuple(found["states"]),
        {start: (first, last) for start, (first, last) in found["starts"].items()},
    )

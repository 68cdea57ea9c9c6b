"""rasp.lark -> rasp/syntax/tables.json: so `rasp.syntax.tables` reads no grammar and needs no lark.

usage: python grammar/generate.py          rewrites the file; a test says when it has to be

Needs lark, which works out the terminals and the LALR(1) table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lark import Lark
from lark.lexer import BasicLexer
from lark.parsers.lalr_analysis import Shift

FOLDER = Path(__file__).parent
GRAMMAR = FOLDER / "rasp.lark"
TABLES = FOLDER.parent / "rasp" / "syntax" / "tables.json"
STARTS = ["program", "cell", "expression"]


class _Unmentioned:
    """The terminals that no rule mentions, to be kept all the same."""

    always_accept = ("UNTERMINATED_STRING", "STRAY")

    def process(self, stream: Any) -> Any:
        return stream


def lark() -> Lark:
    """The grammar as lark understands it."""
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        # Not the contextual lexer: it would take a keyword for a name wherever only a name fits.
        lexer="basic",
        start=STARTS,
        maybe_placeholders=False,
        keep_all_tokens=True,  # `rasp.syntax.build` needs all of them, for the places of trees
        postlex=_Unmentioned(),
    )


def tables(grammar: Lark) -> dict[str, Any]:
    """As `rasp.syntax.tables.Tables` has them.

    In a state, a number from 0 on is the state to go to, and a number below is a rule to reduce by:
    -1 for rule 0.
    """
    parser: Any = grammar.parser
    table = parser.parser._parse_table  # lark's own; this is why lark's version is held
    lexer = parser.lexer.lexer
    assert isinstance(lexer, BasicLexer)
    rules = list(dict.fromkeys(grammar.rules))
    numbers = _numbers(table)
    return {
        **_lexical(lexer),
        "rules": [_rule(rule) for rule in rules],
        "states": [
            {
                symbol: numbers[goal] if action is Shift else -1 - rules.index(goal)
                for symbol, (action, goal) in sorted(table.states[state].items())
            }
            for state in numbers
        ],
        "starts": {
            start: [numbers[table.start_states[start]], numbers[table.end_states[start]]]
            for start in STARTS
        },
    }


def _numbers(table: Any) -> dict[int, int]:
    """Each state's place as they are met from the starts on: lark's own numbers come by chance."""
    order = dict.fromkeys(table.start_states[start] for start in STARTS)
    queue = list(order)
    for state in queue:
        for _, (action, goal) in sorted(table.states[state].items()):
            if action is Shift and goal not in order:
                order[goal] = None
                queue.append(goal)
    return {state: number for number, state in enumerate(order)}


def _lexical(lexer: Any) -> dict[str, Any]:
    terminals = lexer.scanner.terminals
    words = {
        kind: {
            word.pattern.value: word.name for word in sorted(callback.scanner.terminals, key=str)
        }
        for kind, callback in lexer.callback.items()
    }
    return {
        "pattern": "|".join(f"(?P<{each.name}>{each.pattern.to_regexp()})" for each in terminals),
        "ignored": sorted(lexer.ignore_types),
        "words": words,
    }


def _rule(rule: Any) -> list[Any]:
    """[what it makes, its name in trees, how many symbols, whether it vanishes around one child,
    which of its symbols leave their children in their place]
    """
    splices = [
        place
        for place, symbol in enumerate(rule.expansion)
        if not symbol.is_term and symbol.name.startswith("_")
    ]
    vanishes = bool(rule.options.expand1 and not rule.alias)
    name = str(rule.alias or rule.origin.name)
    return [str(rule.origin.name), name, len(rule.expansion), vanishes, splices]


def text() -> str:
    """What the file has to hold: a line for each rule and state."""
    parts = []
    for key, value in tables(lark()).items():
        if isinstance(value, list) and key != "ignored":
            lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in value)
            parts.append(f'"{key}": [\n{lines}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    TABLES.write_text(text(), encoding="utf-8")

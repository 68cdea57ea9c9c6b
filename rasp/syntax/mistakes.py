"""A token that cannot stand where it stands -> a syntax error that says what was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lark import Token

from rasp.errors import RaspSyntaxError
from rasp.source import Label, Source, Span

_DISPLAY = {
    "NAME": "a name",
    "STRING": "a string",
    "SEMICOLON": "';'",
    "COMMA": "','",
    "COLON": "':'",
    "EQUAL": "'='",
    "LPAR": "'('",
    "RPAR": "')'",
    "LSQB": "'['",
    "RSQB": "']'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "$END": "the end of the text",
    "COMMAND_END": "the end of the line",
}
_KEYWORDS = frozenset(["DEF", "FOR", "IN", "RETURN", "NOT", "AND", "OR", "IF", "ELSE"])
_OPERATORS = frozenset(
    [
        "IN",
        "AND",
        "OR",
        "IF",
        "PLUS",
        "MINUS",
        "PERCENT",
        "STAR",
        "SLASH",
        "CIRCUMFLEX",
        "EQUAL_EQUAL",
        "NOT_EQUAL",
        "LESS",
        "LESS_EQUAL",
        "GREATER",
        "GREATER_EQUAL",
    ]
)
_COMPARISONS = frozenset(
    ["EQUAL_EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"]
)
_CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_STARTS_STATEMENT = frozenset(
    ["NAME", "DEF", "FOR", "DRAW", "LOAD", "COMMAND", "SET_EXAMPLE", "RETURN"]
)


class StuckError(Exception):
    """The parser cannot go on.

    at: how many tokens of the statement it took; accepted: the types it would take next.
    """

    def __init__(self, at: int, accepted: frozenset[str]) -> None:
        super().__init__(at, accepted)
        self.at = at
        self.accepted = accepted


@dataclass(frozen=True, slots=True)
class Mistake:
    """A syntax error, the number of the token it is about, and whether a statement starts there."""

    error: RaspSyntaxError
    at: int
    starts_statement: bool = False


@dataclass(frozen=True, slots=True)
class _Situation:
    """What is known where the parser stopped."""

    tokens: Sequence[Token]  # of the whole text
    start: int  # of the statement
    at: int  # the token that does not fit; len(tokens) at the end of the text
    accepted: frozenset[str]  # types of tokens that would fit
    source: Source

    def kind(self, offset: int = 0) -> str:
        """The type of the token so many places further on, "" outside the statement's text."""
        at = self.at + offset
        return self.tokens[at].type if self.start <= at < len(self.tokens) else ""

    def span(self, at: int) -> Span:
        if at >= len(self.tokens):
            end = _end(self.tokens[-1]) if self.tokens else 0
            return Span(self.source, end, end)
        return Span(self.source, self.tokens[at].start_pos or 0, _end(self.tokens[at]))

    def text(self, offset: int = 0) -> str:
        at = self.at + offset
        return str(self.tokens[at]) if self.start <= at < len(self.tokens) else ""

    def new_line(self) -> bool:
        """Whether the token is the first of its line, and not of the statement."""
        return (
            self.start < self.at < len(self.tokens)
            and self.tokens[self.at].line != self.tokens[self.at - 1].end_line
        )

    def open_brackets(self) -> list[int]:
        """The brackets that are open before the token, outermost first."""
        opened: list[int] = []
        for at in range(self.start, min(self.at, len(self.tokens))):
            kind = self.tokens[at].type
            if kind in _CLOSERS:
                opened.append(at)
            elif opened and kind in _CLOSERS.values():
                opened.pop()
        return opened

    def error(self, message: str, hint: str | None = None, *labels: Label) -> RaspSyntaxError:
        return RaspSyntaxError(message, labels=labels or [Label(self.span(self.at))], hint=hint)


def _end(token: Token) -> int:
    return token.end_pos or 0


def diagnose(tokens: Sequence[Token], start: int, stuck: StuckError, source: Source) -> Mistake:
    """The mistake in the statement that starts at token `start`."""
    at, accepted = start + stuck.at, stuck.accepted
    situation = _Situation(tokens, start, at, accepted, source)
    for explain in _EXPLANATIONS:
        mistake = explain(situation)
        if mistake:
            return replace(mistake, at=at)
    expected = _in_words(accepted)
    return Mistake(
        situation.error(
            f"unexpected {_named(situation)}", f"expected {expected}" if expected else None
        ),
        at,
    )


def _named(situation: _Situation) -> str:
    kind, text = situation.kind(), situation.text()
    if not kind:
        return "end of the text"
    if kind == "COMMAND_END":
        return "end of the line"
    if kind in _KEYWORDS:
        return f"keyword '{text}'"
    if kind == "NAME":
        return f"name '{text}'"
    if kind in ("INTEGER", "FLOAT"):
        return f"number {text[:40]}"
    if kind == "STRING":
        return f"string {text[:40]}"
    return f"'{text}'"


def _in_words(accepted: frozenset[str]) -> str:
    """The token types that would fit, as a person would list them."""
    rest = set(accepted)
    words = []
    if {"NAME", "INTEGER", "LSQB"} <= rest:
        words.append("a statement" if "DEF" in rest else "an expression")
        rest = rest & {"RBRACE", "RPAR", "RSQB", "RETURN"}
    elif rest >= _COMPARISONS and "PLUS" not in rest:
        words.append("a comparison such as '=='")
        rest -= _COMPARISONS
    elif "CIRCUMFLEX" in rest:
        words.append("an operator")
        rest -= _OPERATORS | {"LPAR", "LSQB", "NOT"}
    elif rest - {"IN", "NOT"}:  # also the loosest operators, after which these would not help
        rest -= {"IN", "NOT"}
    words += [_DISPLAY.get(kind, f"'{kind.lower()}'") for kind in sorted(rest) if kind != "$END"]
    return ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + words[-1] if words else ""


# ---- explanations, most specific first


def _stray(s: _Situation) -> Mistake | None:
    if s.kind() == "UNTERMINATED_STRING":
        return Mistake(
            s.error("the string is not closed", "a string ends with '\"' on the line it starts on"),
            s.at,
        )
    if s.kind() != "STRAY":
        return None
    character = s.text()
    hints = {
        "'": 'strings are written with double quotes: "..."',
        "&": "the conjunction is written 'and'",
        "|": "the disjunction is written 'or'",
        "!": "the negation is written 'not', inequality '!='",
        "~": "the negation is written 'not'",
        "\\": "statements go on over the end of a line by themselves",
        ".": "there are no attributes or methods",
    }
    hint = hints.get(character)
    if hint is None and character.isalpha():
        hint = "names are made of ASCII letters, digits and '_'"
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return Mistake(s.error(f"the character '{shown}' has no meaning here", hint), s.at)


def _foreign_operator(s: _Situation) -> Mistake | None:
    pair = s.kind(-1), s.kind()
    span = Span(s.source, s.span(s.at - 1).start, s.span(s.at).end) if s.at > s.start else None
    if span is None or len(span.text) != 2:
        return None
    hints = {
        ("STAR", "STAR"): "the power is written '^'",
        ("SLASH", "SLASH"): "there is no integer division; 'round(a / b - 0.5)' may do",
    }
    hint = hints.get(pair)
    if hint is None and pair[1] == "EQUAL" and pair[0] in ("PLUS", "MINUS", "STAR", "SLASH"):
        hint = f"write the variable again: x = x {s.text(-1)} ..."
    if hint is None:
        return None
    return Mistake(s.error(f"there is no operator '{span.text}'", hint, Label(span)), s.at)


def _equals_sign(s: _Situation) -> Mistake | None:
    if s.kind() != "EQUAL":
        return None
    if s.open_brackets():
        hint = "equality is written '=='; arguments have no names"
    elif any(token.type == "EQUAL" for token in s.tokens[s.start : s.at]):
        hint = "equality is written '=='; an assignment has no value, so it cannot be chained"
    elif s.at > s.start and s.tokens[s.start].type in _KEYWORDS:
        return None
    else:
        hint = "only names can be assigned to; equality is written '=='"
    return Mistake(s.error("unexpected '='", hint), s.at)


def _keyword_as_name(s: _Situation) -> Mistake | None:
    if s.kind() not in _KEYWORDS or "NAME" not in s.accepted:
        return None
    if s.kind() == "RETURN":
        return Mistake(
            s.error(
                "'return' stands outside a function",
                "a function is written def name(a, b) { ...; return value; }",
            ),
            s.at,
        )
    if s.kind(1) in ("EQUAL", "LPAR") or s.kind(-1) == "DEF":
        return Mistake(s.error(f"'{s.text()}' is a keyword and cannot be a name"), s.at)
    return None


def _missing_return(s: _Situation) -> Mistake | None:
    if "RETURN" not in s.accepted or s.kind() not in ("RBRACE", ""):
        return None
    opened = s.open_brackets()
    function = next((at for at in reversed(opened) if s.tokens[at].type == "LBRACE"), s.start)
    before = max(
        (at for at in range(s.start, function) if s.tokens[at].type == "DEF"), default=s.start
    )
    if not s.kind():
        return Mistake(
            s.error("the text ends within a function", None, Label(s.span(before))), s.at
        )
    return Mistake(
        s.error(
            "the function returns nothing",
            "the last statement of a function is 'return value;'",
            Label(s.span(s.at)),
            Label(s.span(before), "of this function"),
        ),
        s.at,
    )


def _after_return(s: _Situation) -> Mistake | None:
    if s.accepted - {"SEMICOLON"} != {"RBRACE"} or s.kind() == "":
        return None
    if not any(token.type == "RETURN" for token in s.tokens[s.start : s.at]):
        return None
    return Mistake(
        s.error(
            "a statement stands after 'return'", "'return' is the last statement of its function"
        ),
        s.at,
    )


def _missing_semicolon(s: _Situation) -> Mistake | None:
    if "SEMICOLON" not in s.accepted:
        return None
    starts = s.new_line() and s.kind() in _STARTS_STATEMENT
    if not (starts or s.kind() in ("", "RBRACE") or s.new_line()):
        return None
    if s.kind() == "RBRACE" and not any(s.tokens[at].type == "LBRACE" for at in s.open_brackets()):
        return None
    behind = s.span(s.at - 1).end
    return Mistake(
        s.error(
            "missing ';'",
            "every statement ends with ';'",
            Label(Span(s.source, behind, behind), "here"),
        ),
        s.at,
        starts,
    )


def _unclosed_bracket(s: _Situation) -> Mistake | None:
    opened = s.open_brackets()
    if not opened:
        return None
    opener = s.tokens[opened[-1]]
    closer = _CLOSERS[opener.type]
    if closer not in s.accepted or "SEMICOLON" in s.accepted:
        return None
    if s.kind() in _CLOSERS.values():
        message = f"'{opener}' is closed by '{s.text()}'"
        place = s.at
    elif s.kind() in ("SEMICOLON", "", "COMMAND_END") or s.new_line():
        message = f"'{opener}' is not closed"
        place = opened[-1]
    else:
        return None
    labels = [Label(s.span(place))]
    if place == s.at:
        labels.append(Label(s.span(opened[-1]), "opened here"))
    starts = s.new_line() and s.kind() in _STARTS_STATEMENT and s.kind(1) == "EQUAL"
    return Mistake(s.error(message, f"a {_DISPLAY[closer]} is missing", *labels), s.at, starts)


def _lone_closer(s: _Situation) -> Mistake | None:
    if s.kind() not in _CLOSERS.values() or s.open_brackets():
        return None
    opener = next(kind for kind, closer in _CLOSERS.items() if closer == s.kind())
    return Mistake(
        s.error(f"'{s.text()}' closes nothing", f"there is no open {_DISPLAY[opener]}"), s.at
    )


_USAGES = {
    "SELECT": "select(key, query, comparison), the comparison being one of == != < <= > >=",
    "AGGREGATE": "aggregate(selector, value) or aggregate(selector, value, default)",
    "ROUND": "round(value)",
    "INDICATOR": "indicator(sop)",
    "LEN": "len(list)",
    "RANGE": "range(stop), range(start, stop) or range(start, stop, step)",
    "ZIP": "zip(list, list, ...)",
    "DRAW": "draw(sop) or draw(sop, input)",
}


def _builtin_form(s: _Situation) -> Mistake | None:
    """Wrong arguments of a form that the grammar knows, or its name where a name is wanted."""
    opened = s.open_brackets()
    form = s.tokens[opened[-1] - 1].type if opened and opened[-1] > s.start else ""
    if form in _USAGES and (s.kind() in ("RPAR", "COMMA") or s.kind(-1) == "COMMA"):
        return Mistake(s.error(f"unexpected {_named(s)}", f"it is {_USAGES[form]}"), s.at)
    if s.kind() in _USAGES and s.kind(-1) == "DEF":
        return Mistake(
            s.error(
                f"'{s.text()}' cannot be the name of a function",
                f"{_USAGES[s.kind()].split(' or ')[0]} is built in",
            ),
            s.at,
        )
    return None


def _command_like(s: _Situation) -> Mistake | None:
    """What looks like a REPL line or a load statement, but is not quite one."""
    if s.at != s.start + 1 or s.kind(-1) != "NAME":
        return None
    usages = {
        "load": 'load "file";',
        "set": 'set example "abc"',
        "show": "show example",
        "examples": "examples on",
        "full": "full seq display on",
        "selector": "selector examples on",
    }
    usage = usages.get(s.text(-1))
    if usage is None or s.kind() in ("EQUAL", "SEMICOLON"):
        return None
    return Mistake(s.error(f"unexpected {_named(s)}", f"did you mean {usage}"), s.at)


def _tuple_or_slice(s: _Situation) -> Mistake | None:
    opened = s.open_brackets()
    inner = s.tokens[opened[-1]].type if opened else ""
    if s.kind() == "COMMA" and inner == "LPAR":
        return Mistake(
            s.error("unexpected ','", "there are no tuples; a list is written [a, b]"), s.at
        )
    if s.kind() == "COMMA" and inner == "LSQB":
        return Mistake(s.error("unexpected ','", "an index is one expression"), s.at)
    if s.kind() == "COMMA" and inner == "LBRACE" and "COLON" in s.accepted:
        return Mistake(s.error("unexpected ','", "a dict's entries are written key: value"), s.at)
    if s.kind() == "COLON" and inner == "LSQB":
        return Mistake(s.error("unexpected ':'", "there are no slices"), s.at)
    if s.kind() == "COLON" and not inner and s.tokens[s.start].type in ("DEF", "FOR"):
        return Mistake(s.error("unexpected ':'", "the block stands between '{' and '}'"), s.at)
    return None


def _unfinished(s: _Situation) -> Mistake | None:
    if s.kind():
        return None
    opened = s.open_brackets()
    if opened:
        opener = s.tokens[opened[-1]]
        return Mistake(
            s.error(
                "the text ends within a statement",
                f"a {_DISPLAY[_CLOSERS[opener.type]]} is missing",
                Label(s.span(s.at)),
                Label(s.span(opened[-1]), "opened here"),
            ),
            s.at,
        )
    expected = _in_words(s.accepted)
    return Mistake(
        s.error("the text ends within a statement", f"expected {expected}" if expected else None),
        s.at,
    )


_EXPLANATIONS: tuple[Callable[[_Situation], Mistake | None], ...] = (
    _stray,
    _foreign_operator,
    _command_like,
    _equals_sign,
    _keyword_as_name,
    _missing_return,
    _after_return,
    _missing_semicolon,
    _unclosed_bracket,
    _lone_closer,
    _builtin_form,
    _tuple_or_slice,
    _unfinished,
)

"""What other languages write, where this one stopped: Python, C, mathematics, a word processor.

Code in a hint stands between backticks; the tests run it and see that it means what the hint says.
"""

from __future__ import annotations

import unicodedata

from rasp.source import Label, Span
from rasp.syntax.situations import Mistake, Situation

QUOTES = "‘’“”„‟‹›«»`´＂＇"
_SYMBOLS = {
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "¬": "not",
    "∧": "and",
    "∨": "or",
    "∈": "in",
    "∉": "not in",
}
STRAYS = {
    "&": "the conjunction is written 'and'",
    "|": "the disjunction is written 'or'",
    "!": "the negation is written 'not', inequality '!='",
    "~": "the negation is written 'not'",
    "\\": "statements go on over the end of a line by themselves",
    ".": "there are no attributes, methods or modules: a function stands alone, as in "
    "`sort(tokens, tokens)`",
    "?": "a choice is written `a if condition else b`",
    "@": "there are no decorators and no matrix products",
    "²": "a square is `x ^ 2`",
    "√": "a root is `x ^ 0.5`",
    "∑": "a sum over all positions is `sum(x)`",
    "$": "names are made of letters, digits and '_'",
}


_TABLE = 'a function of tokens is a dict: `{"a": 1, "b": 2}[tokens]`'
METHODS = {
    "append": "a list with one item more is `items + [1]`",
    "extend": "a longer list is `items + [1]`",
    "length": "the number of tokens is `length`, the length of a list `len(items)`",
    "size": "the number of tokens is `length`, the length of a list `len(items)`",
    "items": "the keys of a dict are `[key for key in entries]`",
    "keys": "the keys of a dict are `[key for key in entries]`",
    "values": "the values of a dict are `[entries[key] for key in entries]`",
    "upper": _TABLE,
    "lower": _TABLE,
    "sort": "it is `sort(tokens, tokens)`, the second argument being the key",
    "count": 'how many positions hold a value is `count(tokens, "a")`',
    "reverse": "it is `tokens[length - 1 - indices]`",
}


def stray_character(s: Situation) -> Mistake | None:
    """A character that begins no token."""
    if s.kind() == "UNTERMINATED_STRING":
        return _unclosed_string(s)
    if s.kind() != "STRAY":
        return None
    character = s.text()
    if character == "'":
        return _single_quotes(s)
    if character == "." and s.text(1) in METHODS:
        hint = f"there are no methods: {METHODS[s.text(1)]}"
        return Mistake(s.error("the character '.' has no meaning here", hint), s.at)
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    error = s.error(f"the character '{shown}' has no meaning here", _hint_on(character))
    return Mistake(error, s.at)


def _hint_on(character: str) -> str | None:
    if character in QUOTES:
        return 'strings are written with double quotes: "..."'
    if character in STRAYS:
        return STRAYS[character]
    plain = _SYMBOLS.get(character) or unicodedata.normalize("NFKC", character)
    if plain.isspace() or not character.isprintable():
        return "it cannot be seen: take it away, or write a space in its place"
    if plain != character and plain.isascii():
        return f"write '{plain}'"
    return "names are made of ASCII letters, digits and '_'" if character.isalpha() else None


def _unclosed_string(s: Situation) -> Mistake:
    text = s.text()
    hint = "a string ends with '\"' on the line it starts on"
    if any(quote in text for quote in QUOTES[:7]):
        hint = "it ends with '\"', the quote that it begins with"
    elif _begins_a_long_string(s):
        hint = "a string ends on the line it starts on; comments begin with '#'"
    return Mistake(s.error("the string is not closed", hint), s.at)


def _begins_a_long_string(s: Situation) -> bool:
    return s.kind(-1) == "STRING" and s.text(-1) == '""' and _touch(s, s.at - 1)


def _single_quotes(s: Situation) -> Mistake:
    """Also where the string is: up to the quote that closes it on the same line."""
    start = s.span(s.at).start
    line_end = s.source.text.find("\n", start)
    line = s.source.text[start : line_end if line_end >= 0 else len(s.source.text)]
    closing = line.find("'", 1)
    if closing < 0:
        hint = 'strings are written with double quotes: "..."'
        return Mistake(s.error("the character ''' has no meaning here", hint), s.at)
    content = line[1:closing]
    hint = "strings are written with double quotes"
    if '"' not in content:
        hint += f': `"{content}"`'
    label = Label(Span(s.source, start, start + closing + 1))
    return Mistake(s.error("the character ''' has no meaning here", hint, label), s.at)


def _touch(s: Situation, at: int) -> bool:
    """Whether a token and the next stand side by side."""
    return at + 1 < len(s.tokens) and s.span(at).end == s.span(at + 1).start


# ---- operators

OPERATORS = {
    "**": "the power is written '^'",
    "//": "the quotient, rounded down, is `div(a, b)`; comments begin with '#'",
    "/*": "comments begin with '#'",
    "*/": "comments begin with '#'",
    "<>": "inequality is written '!='",
    "=>": "at least is written '>='",
    "=!": "inequality is written '!='",
    "=<": "at most is written '<='",
    "===": "equality is written '=='",
    "!==": "inequality is written '!='",
    "->": "functions have no types, and there are no arrows",
    ":=": "a name is bound by a statement of its own: `x = 1;`",
    "<<": "twice as much is `2 * x`",
    ">>": "half as much, rounded down, is `div(x, 2)`",
    "&&": "the conjunction is written 'and'",
    "||": "the disjunction is written 'or'",
    "??": "a choice is written `a if condition else b`",
}
_UPDATES = frozenset("+-*/%^")


def foreign_operator(s: Situation) -> Mistake | None:
    """Two or three characters that are an operator elsewhere."""
    for first, count in ((s.at - 1, 2), (s.at - 2, 3), (s.at, 2), (s.at - 1, 3)):
        if first < s.start or first + count > len(s.tokens):
            continue
        if not all(_touch(s, at) for at in range(first, first + count - 1)):
            continue
        span = Span(s.source, s.span(first).start, s.span(first + count - 1).end)
        hint = OPERATORS.get(span.text)
        if span.text[-1] == "=" and span.text[:-1] in _UPDATES and count == 2:
            hint = _update(s, first, span.text[0])
        if hint and count == 2 and span.text in ("//", "/*") and first == s.start:
            return Mistake(s.error("comments begin with '#'", None, Label(span)), s.at)
        if hint:
            return Mistake(s.error(f"there is no operator '{span.text}'", hint, Label(span)), s.at)
    return _increment(s)


def _update(s: Situation, first: int, symbol: str) -> str:
    """`x += 1`: the whole assignment, if it is one."""
    end = next((at for at in range(first, len(s.tokens)) if s.tokens[at].type == "SEMICOLON"), None)
    begins = first - 1 == s.start or s.tokens[first - 2].type in ("SEMICOLON", "LBRACE", "RBRACE")
    if begins and s.tokens[first - 1].type == "NAME" and end and end > first + 2:
        name = str(s.tokens[first - 1])
        value = s.source.text[s.span(first + 2).start : s.span(end - 1).end]
        operand = value if end == first + 3 else f"({value})"
        return f"write `{name} = {name} {symbol} {operand};`"
    return f"write the variable again: x = x {symbol} ..."


def _increment(s: Situation) -> Mistake | None:
    """`x++`, which is only noticed where the operand is missing."""
    if s.at - 2 <= s.start or s.kind(-1) not in ("PLUS", "MINUS") or s.kind(-2) != s.kind(-1):
        return None
    if s.kind() not in ("SEMICOLON", "RPAR", "RBRACE", "") or not _touch(s, s.at - 2):
        return None
    symbol = s.text(-1)
    span = Span(s.source, s.span(s.at - 2).start, s.span(s.at - 1).end)
    name = s.text(-3) if s.kind(-3) == "NAME" else "x"
    hint = f"write `{name} = {name} {symbol} 1;`"
    return Mistake(s.error(f"there is no operator '{symbol}{symbol}'", hint, Label(span)), s.at)


# ---- statements

_LOOP = "`for i in range(3) { x = i; }`"
_NO_LOOP = ("LPAR", "EQUAL", "SEMICOLON")
_CHOICE = "a choice is an expression: `x = a if condition else b;`"
_FUNCTION = "a function is written `def f(x) { return x + 1; }`"
STATEMENTS = {
    "while": ("there is no 'while'", f"a loop goes through a list: {_LOOP}"),
    "foreach": ("there is no 'foreach'", f"a loop goes through a list: {_LOOP}"),
    "do": ("there is no 'do'", f"a loop goes through a list: {_LOOP}"),
    "elif": ("there is no 'elif'", _CHOICE),
    "switch": ("there is no 'switch'", 'a table is a dict: `{"a": 1, "b": 2}[tokens]`'),
    "match": ("there is no 'match'", 'a table is a dict: `{"a": 1, "b": 2}[tokens]`'),
    "import": ("there are no modules", 'another program is loaded by `load "file";`'),
    "from": ("there are no modules", 'another program is loaded by `load "file";`'),
    "include": ("there are no modules", 'another program is loaded by `load "file";`'),
    "class": ("there are no classes", _FUNCTION),
    "function": ("there is no 'function'", _FUNCTION),
    "func": ("there is no 'func'", _FUNCTION),
    "fun": ("there is no 'fun'", _FUNCTION),
    "fn": ("there is no 'fn'", _FUNCTION),
    "print": ("there is no 'print'", "the value of a statement is shown: `x;`"),
    "try": ("errors cannot be caught", None),
    "except": ("errors cannot be caught", None),
    "with": ("there is no 'with'", None),
    "assert": ("there is no 'assert'", 'comments say what is expected: #> x("a") = ["a"]'),
    "raise": ("errors cannot be raised", None),
    "del": ("names cannot be deleted", None),
    "global": ("there are no declarations", "a function has names of its own; it returns values"),
    "nonlocal": ("there are no declarations", "a function has names of its own; it returns values"),
    **dict.fromkeys(
        (
            "let",
            "var",
            "const",
            "static",
            "public",
            "private",
            "void",
            "int",
            "float",
            "double",
            "bool",
            "string",
            "char",
            "auto",
        ),
        ("names are not declared", "a name is bound by `x = 1;`"),
    ),
}


def foreign_statement(s: Situation) -> Mistake | None:
    """A word that begins a statement elsewhere, or `if` and `for` as elsewhere."""
    first = [token.type for token in s.tokens[s.start : s.start + 2]]
    if first == ["MINUS", "MINUS"] and s.at > s.start + 1 and _touch(s, s.start):
        span = Span(s.source, s.span(s.start).start, s.span(s.start + 1).end)
        return Mistake(s.error("comments begin with '#'", None, Label(span)), s.at)
    begins = s.at == s.start or s.kind(-1) in ("SEMICOLON", "LBRACE", "RBRACE")
    if begins and s.kind() in ("IF", "ELSE") and s.kind(1) != "EQUAL":
        return Mistake(s.error(f"there is no statement '{s.text()}'", _CHOICE), s.at)
    if s.kind() == "IF" and s.kind(1) != "EQUAL" and "NAME" in s.accepted:
        hint = "a choice begins with its value: `a if condition else b`"
        return Mistake(s.error("unexpected keyword 'if'", hint), s.at)
    if s.kind() == "NAME" and s.text() == "elif" and "ELSE" in s.accepted:
        hint = "a choice within another has parentheses: `a if p else (b if q else c)`"
        return Mistake(s.error("there is no 'elif'", hint), s.at)
    if s.tokens[s.start].type == "FOR" and not s.open_brackets() and s.kind() in _NO_LOOP:
        hint = f"a loop goes through a list: {_LOOP}"
        return Mistake(s.error(f"unexpected '{s.text()}'", hint), s.at)
    word = s.at - 1
    if word < s.start or s.kind(-1) != "NAME":
        return None
    before = s.tokens[word - 1].type if word > s.start else ""
    text = s.text(-1)
    if text == "lambda":
        hint = f"functions have names: {_FUNCTION.removeprefix('a function is written ')}"
        return Mistake(s.error("there is no 'lambda'", hint, Label(s.span(word))), s.at)
    if before in ("", "SEMICOLON", "LBRACE", "RBRACE") and text in STATEMENTS:
        if s.kind() in ("EQUAL", "SEMICOLON", "COMMA"):
            return None  # it is a name
        message, advice = STATEMENTS[text]
        return Mistake(s.error(message, advice, Label(s.span(word))), s.at)
    return None


WORDS = {
    "xor": "a != b",
    "mod": "a % b",
    "div": "div(a, b)",
    "then": "a if condition else b",
    "between": "2 <= x and x <= 4",
    "equals": "a == b",
    "isnot": "a != b",
}


def foreign_expression(s: Situation) -> Mistake | None:
    """Words and literals that mean something elsewhere, within an expression."""
    if s.kind() == "NAME" and s.text() == "is":
        return Mistake(
            s.error("there is no 'is'", "equality is written `a == b`; there is no None"), s.at
        )
    if s.kind() == "NAME" and s.text() in WORDS and "PLUS" in s.accepted:
        message = f"there is no operator '{s.text()}'"
        return Mistake(s.error(message, f"write `{WORDS[s.text()]}`"), s.at)
    if s.kind() == "FOR" and (opened := s.open_brackets()):
        hint = "its value comes first, and its condition last: `[x + 1 for x in items if x > 1]`"
        if s.tokens[opened[-1]].type == "LPAR":
            hint = "a list has square brackets: `[x + 1 for x in items]`"
        if s.tokens[opened[-1]].type == "LBRACE":
            hint = "the entries of a dict are `{x: x + 1 for x in items}`, a list is "
            hint += "`[x + 1 for x in items]`"
        return Mistake(s.error("unexpected keyword 'for'", hint), s.at)
    if s.at > s.start and _touch(s, s.at - 1):
        return _touching(s)
    if s.kind() == "STRING" and s.kind(-1) == "STRING":
        hint = f"strings are joined by '+': `{s.text(-1)} + {s.text()}`"
        return Mistake(s.error("unexpected string", hint), s.at)
    return None


def _touching(s: Situation) -> Mistake | None:
    """What stands directly behind another token: prefixes of strings, long strings, numbers."""
    if s.kind() == "STRING" and s.kind(-1) == "STRING":
        hint = "a string has one quote on each side; comments begin with '#'"
        return Mistake(s.error("unexpected string", hint, Label(s.span(s.at - 1))), s.at)
    if s.kind() == "NAME" and s.kind(-1) == "STRING" and s.kind(1) == "STRING":
        hint = "a string cannot hold '\"', which ends it"
        return Mistake(s.error("the string ends before this", hint), s.at)
    if s.kind() == "STRING" and s.kind(-1) == "NAME" and s.text(-1).lower() in _PREFIXES:
        hint = "strings have no prefixes; they are joined by '+': `\"a\" + x`"
        return Mistake(
            s.error(f"unexpected string {s.text()}", hint, Label(s.span(s.at - 1))), s.at
        )
    if s.kind(-1) == "STRING" and s.text(-1).endswith('\\"'):
        hint = "a backslash is a character like others, so a string cannot hold '\"'"
        return Mistake(s.error("the string ends before this", hint), s.at)
    if s.kind() == "NAME" and s.kind(-1) in ("INTEGER", "FLOAT"):
        span = Span(s.source, s.span(s.at - 1).start, s.span(s.at).end)
        digits = span.text.replace("_", "")
        if digits.isdigit():
            hint = f"write `{digits}`"
        elif digits[:2].lower() in ("0x", "0b", "0o"):
            hint = f"numbers are written in tens: `{_number(digits)}`"
        elif s.at - 1 == s.start and s.kind(1) == "EQUAL":
            hint = f"a name begins with a letter: {s.text()}{s.text(-1)}"
        else:
            hint = f"a product is written with '*': `{s.text(-1)} * {s.text()}`"
        return Mistake(s.error(f"'{span.text}' is not a number", hint, Label(span)), s.at)
    return None


_PREFIXES = frozenset(["f", "r", "b", "u", "rb", "br", "fr", "rf"])


def _number(text: str) -> str:
    try:
        return str(int(text, 0))
    except ValueError:
        return text


# ---- functions and blocks


def parameter(s: Situation) -> Mistake | None:
    """Defaults, types and stars of parameters, the type of a function."""
    if not s.tokens or s.tokens[s.start].type != "DEF":
        return None
    opened = s.open_brackets()
    in_parameters = len(opened) == 1 and opened[0] == s.start + 2
    if in_parameters and s.kind() == "EQUAL":
        hint = "parameters have no defaults; another function may fill one in: "
        name = s.tokens[s.start + 1]
        return Mistake(
            s.error("unexpected '='", f"{hint}`def {name}_1(x) {{ return {name}(x, 1); }}`"), s.at
        )
    if in_parameters and s.kind() == "COLON":
        return Mistake(s.error("unexpected ':'", "parameters have no types"), s.at)
    if in_parameters and s.kind() in ("STAR", "POWER"):
        hint = "a function takes a fixed number of arguments; one of them may be a list"
        return Mistake(s.error(f"unexpected '{s.text()}'", hint), s.at)
    if not opened and s.kind() == "EQUAL":
        return Mistake(s.error("unexpected '='", _FUNCTION), s.at)
    return None


def annotation(s: Situation) -> Mistake | None:
    """`x: int = 1`."""
    kinds = [s.kind(offset) for offset in (-1, 0, 1, 2)]
    if s.at == s.start + 1 and kinds == ["NAME", "COLON", "NAME", "EQUAL"]:
        return Mistake(s.error("unexpected ':'", "names have no types: `x = 1;`"), s.at)
    return None

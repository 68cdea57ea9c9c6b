"""What was probably meant where the parser stopped: an explanation for each typical mistake.

Each returns None where it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable

from rasp.source import Label, Span
from rasp.syntax.foreign import (
    annotation,
    foreign_expression,
    foreign_operator,
    foreign_statement,
    parameter,
    stray_character,
)
from rasp.syntax.situations import (
    CLOSERS,
    COMPARISONS,
    DISPLAY,
    KEYWORDS,
    STARTS_STATEMENT,
    Mistake,
    Situation,
    in_words,
    named,
)
from rasp.syntax.words import DRAW


def _equals_sign(s: Situation) -> Mistake | None:
    if s.kind() != "EQUAL":
        return None
    opened = s.open_brackets()
    if s.at == s.start + 1 and s.kind(-1) in KEYWORDS:
        message = f"'{s.text(-1)}' is a keyword and cannot be a name"
        return Mistake(s.error(message, None, Label(s.span(s.start))), s.at)
    if opened:
        hint = "equality is written '=='; arguments have no names"
        form = s.tokens[opened[-1] - 1].type if opened[-1] > s.start else ""
        if form in _USAGES and s.text(-1) == "default":
            hint = f"arguments have no names: it is {_USAGES[form]}"
    elif any(token.type in ("IF", "AND", "OR", "NOT") for token in s.tokens[s.start : s.at]):
        hint = "equality is written '=='"
    elif any(token.type == "EQUAL" for token in s.tokens[s.start : s.at]):
        hint = "equality is written '=='; an assignment has no value, so it cannot be chained"
    elif s.at > s.start and s.tokens[s.start].type in KEYWORDS:
        return None
    else:
        hint = _no_target(s)
    return Mistake(s.error("unexpected '='", hint), s.at)


def _no_target(s: Situation) -> str:
    """What to write instead of `f(x) = 1`, `x[0] = 1` or `my-name = 1`."""
    kinds = [token.type for token in s.tokens[s.start : s.at]]
    if kinds[:2] == ["NAME", "LPAR"] and kinds[-1] == "RPAR":
        return "a function is written `def f(x) { return x + 1; }`"
    if kinds[:2] == ["NAME", "LSQB"] and kinds[-1] == "RSQB":
        return (
            "lists and dicts do not change: one with an item more is `items + [1]`, one with "
            "others `[x + 1 for x in items]`"
        )
    if set(kinds) == {"NAME", "MINUS"}:
        name = "_".join(str(token) for token in s.tokens[s.start : s.at] if token.type == "NAME")
        return f"names are made of letters, digits and '_': {name}"
    return "only names can be assigned to; equality is written '=='"


def _keyword_as_name(s: Situation) -> Mistake | None:
    if s.kind() not in KEYWORDS or "NAME" not in s.accepted:
        return None
    if s.kind() == "RETURN" and s.kind(1) != "EQUAL":
        if any(token.type == "DEF" for token in s.tokens[s.start : s.at]):
            message, hint = "'return' stands in a loop", "'return' ends its function, behind loops"
        else:
            message = "'return' stands outside a function"
            hint = "it ends a function: `def f(x) { return x + 1; }`"
        return Mistake(s.error(message, hint), s.at)
    if s.kind(1) in ("EQUAL", "LPAR") or s.kind(-1) == "DEF":
        return Mistake(s.error(f"'{s.text()}' is a keyword and cannot be a name"), s.at)
    return None


def _missing_return(s: Situation) -> Mistake | None:
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


def _after_return(s: Situation) -> Mistake | None:
    if s.accepted - {"SEMICOLON"} != {"RBRACE"} or s.kind() == "":
        return None
    if not any(token.type == "RETURN" for token in s.tokens[s.start : s.at]):
        return None
    hint = "'return' is the last statement of its function"
    if s.new_line():
        hint += ", which ends with '}'"
    return Mistake(s.error("a statement stands after 'return'", hint), s.at)


def _missing_semicolon(s: Situation) -> Mistake | None:
    if "SEMICOLON" not in s.accepted:
        return None
    starts = s.new_line() and s.kind() in STARTS_STATEMENT
    if not (starts or s.kind() in ("", "RBRACE") or s.new_line()):
        return None
    if s.kind() == "RBRACE" and not any(s.tokens[at].type == "LBRACE" for at in s.open_brackets()):
        return None
    behind = s.span(s.at - 1).end
    hint = "every statement ends with ';'"
    between = s.source.text[behind : s.span(s.at).start].split("\n")[0]
    if between.lstrip().startswith("#") and between.rstrip().endswith(";"):
        hint += ", and the ';' after a '#' belongs to the comment"
    return Mistake(
        s.error(
            "missing ';'",
            hint,
            Label(Span(s.source, behind, behind), "here"),
        ),
        s.at,
        starts,
    )


def _unclosed_bracket(s: Situation) -> Mistake | None:
    opened = s.open_brackets()
    if not opened:
        return None
    opener = s.tokens[opened[-1]]
    closer = CLOSERS[opener.type]
    if closer not in s.accepted or "SEMICOLON" in s.accepted:
        return None
    if s.kind() in CLOSERS.values():
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
    starts = s.new_line() and s.kind() in STARTS_STATEMENT and s.kind(1) == "EQUAL"
    return Mistake(s.error(message, f"a {DISPLAY[closer]} is missing", *labels), s.at, starts)


def _lone_closer(s: Situation) -> Mistake | None:
    if s.kind() not in CLOSERS.values() or s.open_brackets():
        return None
    opener = next(kind for kind, closer in CLOSERS.items() if closer == s.kind())
    return Mistake(
        s.error(f"'{s.text()}' closes nothing", f"there is no open {DISPLAY[opener]}"), s.at
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


def _string_comparison(s: Situation) -> Mistake | None:
    """`select(a, b, "==")`, and names or functions for the comparison."""
    opened = s.open_brackets()
    form = s.tokens[opened[-1] - 1].type if opened and opened[-1] > s.start else ""
    if form != "SELECT" or "EQUAL_EQUAL" not in s.accepted or "PLUS" in s.accepted:
        return None
    if s.kind() not in ("STRING", "NAME"):
        return None
    sign = s.text().strip('"')
    sign = sign if sign in ("==", "!=", "<", "<=", ">", ">=") else "=="
    return Mistake(
        s.error(
            f"unexpected {named(s)}",
            f"the comparison is an operator by itself: `select(tokens, tokens, {sign})`",
        ),
        s.at,
    )


def _builtin_form(s: Situation) -> Mistake | None:
    """Wrong arguments of a form that the grammar knows, or its name where a name is wanted."""
    opened = s.open_brackets()
    form = s.tokens[opened[-1] - 1].type if opened and opened[-1] > s.start else ""
    if form == "NAME" and s.kind() in COMPARISONS and s.kind(-1) == "COMMA":
        hint = "a selector is written `select(tokens, tokens, ==)`"
        return Mistake(s.error(f"unexpected {named(s)}", hint), s.at)
    if form in _USAGES and (s.kind() in ("RPAR", "COMMA") or s.kind(-1) == "COMMA"):
        return Mistake(s.error(f"unexpected {named(s)}", f"it is {_USAGES[form]}"), s.at)
    if s.kind() in _USAGES and s.kind(-1) == "DEF":
        return Mistake(
            s.error(
                f"'{s.text()}' cannot be the name of a function",
                f"{_USAGES[s.kind()].split(' or ')[0].split(', the')[0]} is built in",
            ),
            s.at,
        )
    return None


def _command_like(s: Situation) -> Mistake | None:
    """What looks like a REPL line or a load statement, but is not quite one."""
    if s.kind() == "COLON" and (s.at == s.start or s.kind(-1) == "SEMICOLON"):
        hint = "a command that begins with ':' is a line of its own, in the REPL"
        return Mistake(s.error("unexpected ':'", hint), s.at)
    if s.at != s.start + 1 or s.kind(-1) not in ("NAME", "SET_EXAMPLE"):
        return None
    if s.kind(-1) == "SET_EXAMPLE" and s.kind() in ("EQUAL", "COLON"):
        return Mistake(s.error(f"unexpected {named(s)}", 'did you mean set example "abc"'), s.at)
    usages = {
        "example": 'set example "abc"',
        "load": '`load "file";`',
        "set": 'set example "abc"',
        "show": "show example",
        "examples": "examples on",
        "full": "full seq display on",
        "selector": "selector examples on",
    }
    usage = usages.get(s.text(-1))
    if usage is None or s.kind() in ("EQUAL", "SEMICOLON"):
        return None
    return Mistake(s.error(f"unexpected {named(s)}", f"did you mean {usage}"), s.at)


def _tuple_or_slice(s: Situation) -> Mistake | None:
    opened = s.open_brackets()
    inner = s.tokens[opened[-1]].type if opened else ""
    if s.kind() == "COMMA" and s.kind(-1) in CLOSERS:
        return Mistake(s.error("unexpected ','", "there is nothing before it"), s.at)
    if s.kind() == "COMMA" and inner == "LPAR":
        return Mistake(
            s.error("unexpected ','", "there are no tuples; a list is written `[a, b]`"), s.at
        )
    if s.kind() == "COMMA" and inner == "LSQB":
        return Mistake(s.error("unexpected ','", "an index is one expression"), s.at)
    if s.kind() == "COMMA" and inner == "LBRACE" and "COLON" in s.accepted:
        hint = "the entries of a dict are written key: value; a list is `[1, 2]`"
        return Mistake(s.error("unexpected ','", hint), s.at)
    if s.kind() == "COLON" and inner == "LSQB":
        return Mistake(
            s.error(
                "unexpected ':'",
                "there are no slices; a part of a list is `[x[i] for i in range(1, 3)]`, and an "
                's-op is moved by `shift(tokens, 1, "-")`',
            ),
            s.at,
        )
    if s.kind() == "COLON" and not inner and s.tokens[s.start].type in ("DEF", "FOR"):
        return Mistake(s.error("unexpected ':'", "the block stands between '{' and '}'"), s.at)
    return None


def _second_filter(s: Situation) -> Mistake | None:
    """`[x for x in items if a if b]`, which is read as `a if b else ...`."""
    kinds = [token.type for token in s.tokens[s.start : s.at]]
    if s.kind() not in ("RSQB", "RBRACE", "FOR") or "ELSE" not in s.accepted:
        return None
    if "FOR" not in kinds[1:] or kinds.count("IF") < 2:
        return None
    hint = "a clause has one condition: `[x for x in items if x > 1 and x < 3]`"
    return Mistake(s.error(f"unexpected {named(s)}", hint), s.at)


def _lone_block(s: Situation) -> Mistake | None:
    if s.kind() != "LBRACE" or "LBRACE" in s.accepted or s.tokens[s.start].type == "DEF":
        return None
    hint = "blocks belong to functions and loops: `def f(x) { return x + 1; }`"
    return Mistake(s.error("unexpected '{'", hint), s.at)


_VALUES = ("NAME", "INTEGER", "FLOAT", "STRING")


def _half_comparison(s: Situation) -> Mistake | None:
    """`x >= 2 and <= 4`."""
    if s.kind() not in COMPARISONS or s.kind(-1) not in ("AND", "OR"):
        return None
    hint = "a comparison has two sides: `2 <= x and x <= 4`"
    return Mistake(s.error(f"unexpected {named(s)}", hint), s.at)


def _without_else(s: Situation) -> Mistake | None:
    """`x = a if condition;`."""
    if "ELSE" not in s.accepted or "SEMICOLON" in s.accepted or not s.kind():
        return None
    if s.kind() in _VALUES or not any(t.type == "IF" for t in s.tokens[s.start : s.at]):
        return None
    hint = "a choice has both values: `a if condition else b`"
    return Mistake(s.error(f"unexpected {named(s)}", hint), s.at)


def _unfinished(s: Situation) -> Mistake | None:
    if s.kind():
        return None
    opened = s.open_brackets()
    if opened:
        opener = s.tokens[opened[-1]]
        return Mistake(
            s.error(
                "the text ends within a statement",
                f"a {DISPLAY[CLOSERS[opener.type]]} is missing",
                Label(s.span(s.at)),
                Label(s.span(opened[-1]), "opened here"),
            ),
            s.at,
        )
    expected = in_words(s.accepted)
    return Mistake(
        s.error("the text ends within a statement", f"expected {expected}" if expected else None),
        s.at,
    )


def _side_by_side(s: Situation) -> Mistake | None:
    """Two values with nothing between them."""
    if s.kind() not in _VALUES or s.kind(-1) not in _VALUES or "PLUS" not in s.accepted:
        return None
    hint = "between two values stands an operator or ','; a function is called with parentheses"
    if s.kind() == "NAME" and s.kind(-1) in ("INTEGER", "FLOAT"):
        hint = f"a product is written with '*': `{s.text(-1)} * {s.text()}`"
    if s.at == s.start + 1 and s.kind() == s.kind(-1) == "NAME" and s.kind(1) == "EQUAL":
        hint = f"a name is one word: {s.text(-1)}_{s.text()}"
    if s.at == s.start + 1 and str(s.tokens[s.start]) == DRAW:
        hint = 'a drawing is `draw(tokens, "hello");`'
    return Mistake(s.error(f"unexpected {named(s)}", hint), s.at)


EXPLANATIONS: tuple[Callable[[Situation], Mistake | None], ...] = (
    stray_character,
    foreign_operator,
    _command_like,
    foreign_statement,
    foreign_expression,
    parameter,
    annotation,
    _string_comparison,
    _equals_sign,
    _keyword_as_name,
    _missing_return,
    _after_return,
    _missing_semicolon,
    _unclosed_bracket,
    _lone_closer,
    _builtin_form,
    _tuple_or_slice,
    _lone_block,
    _second_filter,
    _half_comparison,
    _without_else,
    _unfinished,
    _side_by_side,
)

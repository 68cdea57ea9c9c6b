"""Precedence, contextual words, spans, resynchronisation, completeness, depth."""

from __future__ import annotations

import pytest

from rasp.errors import RaspLimitError, RaspSyntaxError, RaspValueError
from rasp.source import Source
from rasp.syntax import ast, commands
from rasp.syntax.lexing import MAX_SOURCE_LENGTH, tokenize
from rasp.syntax.parse import is_complete, parse, parse_all, parse_command, parse_expression


def expression(text: str) -> ast.Expression:
    return parse_expression(Source("<test>", text))


def plain(text: str) -> ast.Expression:
    """The expression without its parentheses."""
    return strip(expression(text))


def strip(node: ast.Expression) -> ast.Expression:
    match node:
        case ast.Group():
            return strip(node.expression)
        case ast.Unary():
            return ast.Unary(node.operator, strip(node.operand), node.span)
        case ast.Binary():
            return ast.Binary(strip(node.left), node.operator, strip(node.right), node.span)
        case ast.Membership():
            return ast.Membership(strip(node.item), strip(node.container), node.negated, node.span)
        case ast.Conditional():
            return ast.Conditional(
                strip(node.then), strip(node.condition), strip(node.otherwise), node.span
            )
        case _:
            return node


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("-2^2", "(-2)^2"),
        ("2^3^2", "(2^3)^2"),
        ("2^-1^2", "(2^(-1))^2"),
        ("not 1==2", "(not 1)==2"),
        ("-not 1", "-(not 1)"),
        ("a*b^c", "a*(b^c)"),
        ("8/2*4", "(8/2)*4"),
        ("7%4*2", "7%(4*2)"),
        ("2*7%4", "(2*7)%4"),
        ("2*3%4*5", "(2*3)%(4*5)"),
        ("10%4+1", "(10%4)+1"),
        ("3>2>1", "(3>2)>1"),
        ("a+b!=c", "(a+b)!=c"),
        ("a or b and c", "(a or b) and c"),
        ("a and b or c", "(a and b) or c"),
        ("a==b and c", "(a==b) and c"),
        ("a + not b and c", "(a + (not b)) and c"),
        ("1 if a else 2 if b else 3", "(1 if a else 2) if b else 3"),
        ("a if c else b or d", "a if c else (b or d)"),
        ("a or b if c else d", "(a or b) if c else d"),
        ("1 if 2 in c else 3", "1 if (2 in c) else 3"),
        ("1 in a and b", "1 in (a and b)"),
        ("a and 1 in b", "(a and 1) in b"),
        ("not 1 in a", "(not 1) in a"),
        ("not 1 not in a", "(not 1) not in a"),
        ("1 in a == b", "1 in (a == b)"),
        ("1 in a if b else c", "1 in (a if b else c)"),
        ("1 in a in b", "(1 in a) in b"),
        ("1 not in a in b", "(1 not in a) in b"),
        ("-a[0]", "-(a[0])"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    assert plain(text) == plain(grouped)


def test_associativity_matters_here() -> None:
    assert plain("2^3^2") != plain("2^(3^2)")
    assert plain("a or b and c") != plain("a or (b and c)")


@pytest.mark.parametrize(
    "text",
    [
        "select (a, b, ==);",
        "select(a,\n b # key and query\n , <=,);",
        "on = 1; show = on; example = 2; load = 3; set = load; select = 1; len = 1; draw = 2;",
        "exit = 3; full = 1; seq = 2; display = 3; examples = 4; selector = 5; quit = exit + 1;",
        "x = [1, 2,]; y = {1: 2,}; f(a, b,); range(1,); zip(a,);",
        "def f(a,) { return 1; };",
        "for i in [1] { x = i; };",
        "x = .5 + 1. + 1e5 + 1.5e-3 + 007;",
        "# only a comment",
        "",
        "a = 1; b = 2; c = a # inner\n + b;",
        "for i in [1] { # nothing to do\n}",
        "x = [a for a in b if c]; y = [a for a in b if c else d]; z = {k: v for k, v in d if k};",
        "s_op = 1; only = 2; exits = 3; inx = 4; defined = 5;",
        'x = "a # b";',
        "x = round (2.5);",
        "x = s - op;",
    ],
)
def test_accepted(text: str) -> None:
    parse(Source("<test>", text))


@pytest.mark.parametrize(
    "text",
    [
        "in = 3;",
        "x = else;",
        "def def(a) { return 1; }",
        "x = y if for else z;",
        "x = 1 +;",
        "range();",
        "zip();",
        "f(a b);",
        "x = 1e;",
        "a = 1,;",
        "{1: 2, 3};",
        "if;",
        "x = a.b;",
        "exit 3",
        "return 1;",
        ";",
        "x = 1;;",
        "for a in [1] { }",
        "s-opener examples on",
        "def f() { examples on\n return 1; }",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(RaspSyntaxError) as raised:
        parse(Source("<test>", text))
    assert raised.value.labels


def test_spans_cover_the_text_of_nodes() -> None:
    text = 'x = aggregate(select(a, (b), ==), f(1)[2], -1);\ndef g(a) { return {"k": a}; }'
    module = parse(Source("<test>", text))
    texts = {type(node).__name__: node.span.text for node in ast.walk(*module.items)}
    assert texts["Assignment"] == "x = aggregate(select(a, (b), ==), f(1)[2], -1);"
    assert texts["Select"] == "select(a, (b), ==)"
    assert texts["Group"] == "(b)"
    assert texts["Index"] == "f(1)[2]"
    assert texts["Call"] == "f(1)"
    assert texts["Unary"] == "-1"
    assert texts["FunctionDefinition"] == 'def g(a) { return {"k": a}; }'
    assert texts["Entry"] == '"k": a'


def test_walk_goes_in_the_order_of_the_text() -> None:
    module = parse(Source("<test>", "x, y = a if b else c, [d, e(f)[g]];"))
    names = [node.name for node in ast.walk(*module.items) if isinstance(node, ast.Name)]
    assert names == list("abcdefg")


def test_several_mistakes_are_found_and_the_rest_is_kept() -> None:
    text = "a = 1;\nb = (2;\nc = 3\nd = 4;\ne = 'x';\ndef f(x) { y = x; }\ng = 5;"
    parsed = parse_all(Source("<test>", text))
    kept = [
        item.targets[0].name for item in parsed.module.items if isinstance(item, ast.Assignment)
    ]
    assert kept == ["a", "d", "g"]
    assert [error.span.line for error in parsed.errors if error.span] == [2, 3, 5, 6]


def test_a_mistake_inside_a_function_does_not_leak_its_body() -> None:
    parsed = parse_all(Source("<test>", "def f(x) {\n a = 1 +;\n b = 2;\n return b;\n}\nc = 3;"))
    assert len(parsed.errors) == 1
    assert [item.span.text for item in parsed.module.items] == ["c = 3;"]


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("", True),
        ("# comment", True),
        ("a", False),
        ("a;", True),
        ("a = [1,", False),
        ("def f(x) {", False),
        ("def f(x) { return x;", False),
        ("def f(x) { return x; }", True),
        ("for a in {1: 2} {", False),
        ("examples on", True),
        ("set example [1,", False),
        ("set example [1,\n2]", True),
        ("x = 1; y", False),
        ("x = 'a'", True),  # no further line can mend it
        ("a = 3 b = 4", True),
        ("return", True),
    ],
)
def test_completeness(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


def test_commands() -> None:
    assert parse_command("examples off;") == ast.SwitchExamples(
        ("s-op", "selector"), False, span=_ANY
    )
    assert parse_command("s-op examples on  # c") == ast.SwitchExamples(("s-op",), True, span=_ANY)
    assert parse_command("show selector example") == ast.ShowExample(("selector",), span=_ANY)
    assert parse_command("full seq display on") == ast.SwitchFullDisplay(True, span=_ANY)
    assert parse_command("exit()") == ast.Exit(span=_ANY)
    assert parse_command('set s-op example "a" + "b"') == ast.SetExample(
        ("s-op",), expression('"a" + "b"'), span=_ANY
    )
    for text in ("exit = 3;", "examples;", "show example + 1;", "x = 1;", "", "full seq display"):
        assert parse_command(text) is None
    with pytest.raises(RaspSyntaxError):
        parse_command("set example")


_ANY = expression("1").span


def test_commands_stand_among_statements() -> None:
    module = parse(
        Source("<test>", "x = 1; set example [1,\n 2] # c\nexamples on; y = x\n+ 1;\nquit")
    )
    assert [type(item).__name__ for item in module.items] == [
        "Assignment",
        "SetExample",
        "SwitchExamples",
        "Assignment",
        "Exit",
    ]


def test_a_cell_may_end_without_semicolon() -> None:
    module = parse(Source("<cell>", "x = 1;\nx + 1"), cell=True)
    assert [type(item) for item in module.items] == [ast.Assignment, ast.ExpressionStatement]
    for text, kind in [
        ("a, b = 1, 2", ast.Assignment),
        ("a = 1", ast.Assignment),
        ("a", ast.ExpressionStatement),
        ("draw(a)", ast.Draw),
        ('draw(a, "b",)', ast.Draw),
        ('load "a"', ast.Load),
    ]:
        (item,) = parse(Source("<cell>", text), cell=True).items
        assert type(item) is kind
        assert item.span.text == text
        with pytest.raises(RaspSyntaxError):
            parse(Source("<cell>", text))
    with pytest.raises(RaspSyntaxError, match="missing ';'"):
        parse(Source("<cell>", "a = 1\nb = 2"), cell=True)
    with pytest.raises(RaspSyntaxError):
        parse(Source("<cell>", "x = 1;\nx + 1"))


DEEP = 10_000


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "+".join(["1"] * DEEP) + ";",
        "x = " + "(" * DEEP + "1" + ")" * DEEP + ";",
        "x = " + "[" * DEEP + "]" * DEEP + ";",
        "x = " + "not " * DEEP + "1;",
        "x = " + "1 if 1 else " * DEEP + "1;",
        "x = a" + "(a" * DEEP + ")" * DEEP + ";",
        "for a in b {" * 1_000 + "x = 1;" + "}" * 1_000,
    ],
    ids=["sum", "parentheses", "lists", "not", "conditional", "calls", "loops"],
)
def test_depth_is_no_problem(text: str) -> None:
    module = parse(Source("<test>", text))
    assert sum(1 for _ in ast.walk(*module.items)) > 1_000


def test_limits_of_literals_and_texts() -> None:
    with pytest.raises(RaspLimitError):
        parse(Source("<test>", "x = " + "9" * 10_000 + ";"))
    with pytest.raises(RaspValueError):
        parse(Source("<test>", "x = 1e999;"))
    with pytest.raises(RaspLimitError):
        parse(Source("<test>", " " * (MAX_SOURCE_LENGTH + 1)))


def test_many_tokens_are_refused_where_they_become_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A megabyte of signs took ten seconds to be parsed; the rest of it is not looked at."""
    monkeypatch.setattr(commands, "MAX_TOKENS", 1_000)
    assert len(tokenize(Source("<test>", "-" * 1_000))) == 1_000
    with pytest.raises(RaspLimitError, match="more than .* tokens") as caught:
        tokenize(Source("<test>", "-" * (MAX_SOURCE_LENGTH - 1)))
    assert caught.value.span is not None
    assert caught.value.span.start == 1_000

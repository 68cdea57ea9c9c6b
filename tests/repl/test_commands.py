"""The commands of the REPL, and its help."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import rasp
from rasp.repl.arguments import split
from rasp.repl.commands import COMMANDS
from rasp.syntax.words import FORMS

from .conftest import Terminal

SORT = Path(__file__).parents[2] / "examples" / "sort.rasp"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(terminal: Terminal, name: str) -> None:
    text = terminal(f":help {name}")
    assert text.startswith(f":{name}")
    assert COMMANDS[name].usage in terminal(":help")
    assert "examples:" in text
    assert not terminal.shell.failed


def test_examples_of_the_help_run(terminal: Terminal) -> None:
    Path("sort.rasp").write_text(SORT.read_text())
    Path("examples").mkdir()
    Path("examples/dyck2.rasp").write_text((SORT.parent / "dyck2.rasp").read_text())
    order = ["load", *(name for name in COMMANDS if name != "load")]
    for name in order:
        for line in COMMANDS[name].details.split("examples:\n")[1].splitlines():
            printed = terminal(line.strip())
            assert not terminal.shell.failed, (line, printed)
            assert printed, line


@pytest.mark.parametrize("name", [*FORMS, "tokens", "indices", "shift", "out", "for"])
def test_help_on_words(terminal: Terminal, name: str) -> None:
    text = terminal(f":help {name}")
    assert name in text
    if "example:\n  " in text:
        terminal("1;", text.split("example:\n  ")[1])
    assert not terminal.shell.failed


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (":analize length", "did you mean :analyze?"),
        (":nonsense", ":help lists the commands"),
        (":", "there is no command :"),
        (":quit", "exit leaves"),
        (":help nonsens", "there is no help on 'nonsens'"),
        (":help set", ":help shows its use, at the end"),
        (":help agregate", "did you mean aggregate"),
        (":analyze", "usage: :analyze SOP [bos]"),
        (":analyze length twice", "expected bos or nothing"),
        (":analyze full_s", "'full_s' is not an s-op: it is of type selector"),
        (":analyze 3", "'3' is not an s-op"),
        (":analyze x = 3", "too many arguments"),
        (":analyze (x", "'(' is not closed"),
        (":compile length abc", "usage: :compile SOP VOCAB MAX_LEN [size] [FILE]"),
        (":compile length abc -3", "max_len has to be a positive integer"),
        (':compile length "" 3', "at least one token"),
        (":compile length abc 3 no/such/folder", "cannot write"),
        (":compile 1/0 abc 3", "division by zero"),
        (":compile length + 1 abc 5", "expected size or a file after MAX_LEN, got 'abc 5'"),
        (":compile length ab 3 m.safetensors size", "usage: :compile SOP VOCAB MAX_LEN"),
        (":verify length", "compile it: :compile length VOCAB MAX_LEN"),
        (":trace max", "neither an s-op nor a selector"),
        (":trace length []", "an input has to have at least one token"),
        (":trace tokens_int ab", '"a" is not an integer'),
        (":draw max", "neither an s-op nor a selector"),
        (":draw length []", "an input has to have at least one token"),
        (":draw length abc out.gif", "'.gif' is no suffix of a drawing"),
        (":draw length abc out", "a drawing's file has a suffix"),
        (":draw length abc no/such/folder.svg", "cannot write"),
        (":draw tokens_int ab", '"a" is not an integer'),
        (":source nothing", "undefined variable 'nothing'"),
        (":source indices", "part of the language"),
        (":source select", ":help select explains it"),
        (":load nothing", "could not find file 'nothing.rasp'"),
        (':load a"b', "quotation mark"),
        (":reload", "no file has been loaded"),
        (":save no/such/folder", "cannot write"),
        (":time 1/0", "division by zero"),
        (":causal maybe", "expected on or off"),
        (":list everything", "expected library or nothing"),
    ],
)
def test_mistakes(terminal: Terminal, line: str, said: str) -> None:
    printed = terminal(line)
    assert said in printed
    assert "error: " in printed
    assert terminal.shell.failed


def test_analyze(terminal: Terminal) -> None:
    assert re.search(r"layers +1\n", terminal(":analyze length"))
    assert re.search(r"layers +2\n", terminal("x = length[0];", ":analyze x+1;"))


def test_compile_verify_and_run(terminal: Terminal) -> None:
    terminal("x = indices + 1;")
    assert "saved as x.safetensors" in terminal(":compile x abc 4 x.safetensors")
    assert terminal(":verify x").startswith("ok: equal to the interpreter on 120 inputs (all")
    assert "on 50 inputs (sampled" in terminal(":verify x 50")
    assert rasp.load_model("x.safetensors")("cab") == [1, 2, 3]
    assert "'x' is not what it was" in terminal("x = indices + 2;", ":verify x")


def test_compile_takes_lists_of_tokens(terminal: Terminal) -> None:
    terminal('words = ["10", "x y"];', ":compile tokens words 2 m.safetensors")
    assert rasp.load_model("m.safetensors").vocabulary.tokens == tuple("words")
    terminal(':compile tokens ["10", "x y"] 2 m.safetensors')
    assert rasp.load_model("m.safetensors")(["x y", "10"]) == ["x y", "10"]


def test_causal(terminal: Terminal) -> None:
    assert terminal(":causal") == "causal off: selectors see all positions"
    assert terminal(":causal on", 'length("abc");').endswith("\t =  [1, 2, 3] (ints)")
    assert "[1, 2, 3, 4, 5] (ints)" in terminal("length;")
    assert "[1, 2] (ints)" in terminal(":trace length ab")
    terminal(":compile length ab 3 m.safetensors")
    assert rasp.load_model("m.safetensors").report.causal
    assert terminal(":causal off", 'length("abc");').endswith("\t =  [3]*3 (ints)")


def test_trace(terminal: Terminal) -> None:
    printed = terminal(
        'first = select(indices, 0, ==); x = aggregate(first, tokens) + "!";', ":trace x ab"
    )
    assert printed.split("\n")[-12:] == [
        "indices",
        "\t =  [0, 1] (ints)",
        "first = select(indices, 0, ==)    <here>:1:9",
        " \t\t\t     a b",
        " \t\t\t a | 1  ",
        " \t\t\t b | 1  ",
        "tokens",
        "\t =  [a, b] (strings)",
        "aggregate(first, tokens, 0)    <here>:1:37",
        "\t =  [a]*2 (strings)",
        'x = (aggregate(first, tokens, 0) + "!")    <here>:1:37',
        "\t =  [a!]*2 (strings)",
    ]


def test_trace_shows_what_came_before_a_failure(terminal: Terminal) -> None:
    printed = terminal("x = 1 / (indices - 1);", ":trace x ab")
    assert "(indices - 1)    <here>:1:10\n\t =  [-1, 0] (ints)\n" in printed
    assert "x = (1 / (indices - 1))    <here>:1:5\n<here>:1:5: runtime error" in printed


def test_trace_passes_values_of_different_types(terminal: Terminal) -> None:
    printed = terminal('m = 1 if indices == 0 else "a"; x = m == 1;', ":trace x ab")
    assert "values of different types" in printed
    assert printed.endswith("\t =  [T, F] (bools)")


def test_draw(terminal: Terminal) -> None:
    terminal('s = select(indices, 0, ==); x = aggregate(s, tokens) + "!";')
    assert terminal(":draw x ab").split("\n") == [
        'x on "ab"',
        "",
        "input",
        "  tokens   a b",
        "  indices  0 1",
        "",
        "layer 1: 1 head",
        "  head 1: s = select(indices, 0, ==)",
        "          tokens   a b",
        "     key indices   0 1",
        "                         mean",
        "               a | 1 . |    a",
        "               b | 1 . |    a",
        "    value tokens   a b",
        "",
        "output",
        '  x  a! a!  = (aggregate(s, tokens, 0) + "!")',
    ]
    assert terminal(":draw s").startswith("s = select(indices, 0, ==)\n")
    assert '"hello"' in terminal(":draw x")


def test_draw_saves(terminal: Terminal) -> None:
    assert terminal(":draw length abc out.svg") == "saved as out.svg"
    assert "<svg" in Path("out.svg").read_text()
    assert terminal(":draw length out.html") == "saved as out.html"
    assert "hello" in Path("out.html").read_text()
    assert terminal(':draw length "a.svg" "my drawing.dot"') == "saved as my drawing.dot"
    assert "a.svg" in Path("my drawing.dot").read_text()
    assert not terminal.shell.failed


def test_draw_shows_what_came_before_a_failure(terminal: Terminal) -> None:
    printed = terminal("x = 1 / (indices - 1);", ":draw x ab")
    assert "  x  -1.0    ✗  = (1 / (indices - 1))\n<here>:1:5: runtime error" in printed
    assert terminal.shell.failed
    assert "saved as x.svg" in terminal(":draw x ab x.svg")
    assert "✗" in Path("x.svg").read_text(encoding="utf-8")


def test_draw_is_causal(terminal: Terminal) -> None:
    assert "length  1 2 3" in terminal(":causal on", ":draw length abc").replace("output\n  ", "")


def test_source(terminal: Terminal) -> None:
    terminal("def f(x) {", "    return x;", "}", "a, b = 1, 2;", "a = 3;")
    assert terminal(":source f").split("\n", 1)[1] == "def f(x) {\n    return x;\n}"
    assert terminal(":source a").endswith("\na = 3;")
    assert terminal(":source b").endswith("\na, b = 1, 2;")
    assert "# seq moved n positions" in terminal(":source shift")
    assert "length = round(" in terminal(":source length")
    assert "selector_width(selector)" in terminal(":source selector_width")


def test_list(terminal: Terminal) -> None:
    assert "nothing is defined yet" in terminal(":list")
    terminal(
        "a = indices + 1;", "s = select(a, a, ==);", "def f(x, y) { return x; }", 'g = f; v = "x";'
    )
    terminal("l = [1, 2];")
    assert terminal(":list") == (
        "s-op      a  = (indices + 1)\n"
        "selector  s  = select(a, a, ==)\n"
        "function  f  (x, y)\n"
        "function  g  = f(x, y)\n"
        'value     v  = "x"\n'
        "list      l  of 2 items"
    )
    assert "shift(seq, n, filler)               seq moved n positions" in terminal(":list library")
    assert "fetch(selector, value [, default])" in terminal(":list library")
    assert "length                              The number of tokens" in terminal(":list library")


def test_load_and_reload(terminal: Terminal) -> None:
    path = Path("p.rasp")
    path.write_text("x = not indices == 1;\n")
    printed = terminal(":load p.rasp")
    assert "p.rasp:1:5: warning" in printed
    assert printed.endswith("     s-op: x")
    assert "no loaded file has changed" in terminal(":reload")
    assert terminal.shell.newly_changed() == []
    path.write_text("x = indices + 5;\n")
    os.utime(path, (1, 1))
    assert [path.name for path in terminal.shell.newly_changed()] == ["p.rasp"]
    assert terminal.shell.newly_changed() == [], "said once"
    assert terminal(":reload").endswith("     s-op: x")
    assert terminal('x("a");') == "\t =  [5] (ints)"
    path.write_text("x = ;\n")
    assert "syntax error" in terminal(":reload all")
    assert terminal('x("a");') == "\t =  [5] (ints)"


def test_save(terminal: Terminal) -> None:
    terminal("a = indices;", "b = c;", "def f(x) {", "  return x + a;", "}", 'set example "ab"')
    terminal("show example", "f(1);", "d = f(2)", "e = 3;")
    assert terminal(":save s.rasp") == "saved 5 statements as s.rasp"
    assert rasp.load("s.rasp")["f"](1)("ab") == [1, 2]
    assert rasp.load("s.rasp").example == "ab"
    assert "saved 6 statements" in terminal("z = 1;", ":save s.rasp")
    Path("mine.rasp").write_text("x = 1;")
    assert "mine.rasp exists already" in terminal(":save mine.rasp")


def test_time(terminal: Terminal) -> None:
    printed = terminal(":time x = indices;").split("\n")
    assert printed[0] == "     s-op: x"
    assert printed[-1].endswith(" s")
    assert terminal(":time x").startswith("     s-op: x")
    assert terminal(":time :causal").startswith("causal off")


def test_pieces_of_arguments() -> None:
    assert split('f(a, "b c") [1, 2]  x "a b"') == ['f(a, "b c")', "[1, 2]", "x", '"a b"']
    assert split('"open string') == ['"open string']
    assert split(") ]x") == [")", "]x"]


def test_of_a_file_with_mistakes_the_rest_is_bound(terminal: Terminal) -> None:
    Path("a.rasp").write_text('x = 1;\ny = nowhere;\nload "b";\n')
    Path("b.rasp").write_text("z = 1 / 0;\nw = 2;\n")
    for line in ('load "a";', ":load a.rasp"):
        printed = terminal(line)
        assert "a.rasp:2:5: name error: undefined variable 'nowhere'" in printed
        assert "b.rasp:1:5: value error: division by zero" in printed
        assert printed.endswith("    value: x =  1\n    value: w =  2")
    assert terminal.shell.failed
    assert terminal("x + w;") == "    value: out =  3"

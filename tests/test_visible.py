"""What programs, files and tokens bring along neither acts on a terminal nor floods it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

import rasp
from rasp.checkpoint import packed, to_bytes, unpacked
from rasp.cli import main
from rasp.digests import FIELD, digests_of
from rasp.repl.shell import Shell
from rasp.repl.style import Painter
from rasp.visible import printable, shortened, visible

HOSTILE = "\x1b[31m\x9b2J\u202e\x07\u2066\u200f"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def test_what_cannot_be_seen_is_a_code() -> None:
    assert printable("a\tb\n\x1b[0m") == "a\tb\n\\x1b[0m"
    assert visible("a\tb\n\x1b[0m") == "a\\tb\\n\\x1b[0m"
    assert visible(HOSTILE) == "\\x1b[31m\\x9b2J\\u202e\\x07\\u2066\\u200f"
    assert visible("\ud800 é 中 👍") == "\\ud800 é 中 👍"
    assert visible(visible(HOSTILE)) == visible(HOSTILE)
    assert shortened("a" * 1000) == "a" * 1000
    assert shortened("a" * 1001, 3) == "aaa... (1,001 characters)"


PROGRAMS = [
    f'x = "{HOSTILE}" - 1;',
    f"x = {HOSTILE};",
    f"x = nowhere; # {HOSTILE}",
    f'load "{HOSTILE}";',
    f'x = {{"{HOSTILE}": 1}}["a"];',
    f'x = not tokens == "{HOSTILE}";',
    f'x = aggregate(select(tokens, "{HOSTILE}", ==), tokens, "{HOSTILE}");',
    f'x = {{"{HOSTILE}": 1}}[tokens];',
    f'x = tokens_int; #> x("{HOSTILE}") = [1]',
]
COMMANDS = [
    ["run", "FILE", "ab", HOSTILE],
    ["run", "--json", "FILE", HOSTILE],
    ["run", "FILE", "--sop", HOSTILE, "ab"],
    ["run", "FILE", "--tokens-json", f'["{HOSTILE}"]'],
    ["check", "FILE"],
    ["check", "--json", "FILE"],
    ["test", "FILE"],
    ["analyze", "FILE"],
    ["draw", "FILE", f"a{HOSTILE}"],
    ["draw", "FILE", f"a{HOSTILE}", "--graph"],
    ["compile", "FILE", "--vocab", f"a{HOSTILE}", "--max-len", "2", "-o", f"{HOSTILE}.safetensors"],
    ["compile", "FILE", "--vocab", f"a{HOSTILE}", "--max-len", "2", "--emit", "layout"],
    ["verify", "FILE", "--vocab", f"a{HOSTILE}", "--max-len", "2", "--samples", "5"],
    ["generate", "FILE", f"a{HOSTILE}", "--max-new-tokens", "2"],
    ["info", f"{HOSTILE}.safetensors"],
    ["info", "--labels", f"{HOSTILE}.safetensors"],
    ["info", "--json", f"{HOSTILE}.safetensors"],
    ["fmt", "--check", "FILE"],
    ["run", HOSTILE, "a"],
    [HOSTILE],
    ["run", f"--{HOSTILE}", "a"],
]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_commands_print_nothing_that_a_terminal_obeys(
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"p{HOSTILE}.rasp"
    Path(name).write_text(PROGRAMS[number], encoding="utf-8")
    for command in COMMANDS:
        with suppress(SystemExit):  # as argparse does
            main([name if word == "FILE" else word for word in command])
        captured = capsys.readouterr()
        for text in (captured.out, captured.err):
            assert not RAW.search(text), (command, ascii(text))


@pytest.mark.parametrize("colour", [False, True])
def test_the_repl_shows_nothing_that_a_terminal_obeys(
    colour: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"f{HOSTILE}.rasp").write_text(f"x = tokens + '{HOSTILE}'; y = 1;")
    printed: list[str] = []
    shell = Shell(printed.append, Painter(colour=colour))
    lines = [
        *PROGRAMS,
        f'set example "a{HOSTILE}"',
        "full seq display on",
        "tokens;",
        "tokens + 1;",
    ]
    lines += [f'["{HOSTILE}", ["{HOSTILE}", tokens == "{HOSTILE}"]];', f'{{"{HOSTILE}": indices}};']
    lines += [f":load f{HOSTILE}", ":trace x", ":draw x", f":{HOSTILE}", f":save {HOSTILE}.rasp"]
    lines += [f":compile x a{HOSTILE} 2 {HOSTILE}.safetensors", ":verify x", ":list", ":source x"]
    lines += [f":emit graph x a{HOSTILE} 2", f":help {HOSTILE}", ":analyze x", ":reload all"]
    for line in lines:
        shell.run(line, f"<{HOSTILE}>")
    text = "\n".join(printed)
    if colour:
        text = re.sub("\x1b\\[(0|1|3[1-6]|90)m", "", text.replace(HOSTILE, "\x00"))
    assert not RAW.search(text)


def test_errors_in_python_show_codes_and_keep_the_text() -> None:
    with pytest.raises(rasp.RaspError) as raised:
        rasp.loads(f'x = {{}}["{HOSTILE}"];', name=f"{HOSTILE}.rasp")
    assert not RAW.search(str(raised.value))
    assert "\\x1b[31m" in str(raised.value)
    model = rasp.compile(rasp.loads("x = tokens;")["x"], vocab=["a"], max_len=2)
    with pytest.raises(rasp.VocabularyError) as unknown:
        model([HOSTILE])
    assert not RAW.search(str(unknown.value))
    assert HOSTILE in unknown.value.message


LONG = {
    "a sum": "x = " + "indices + " * 20_000 + ";",
    "a name": "x" * 400_000 + " = 1; y = " + "x" * 400_001 + ";",
    "a string": 'x = "' + "a" * 900_000 + '" - 1;',
    "a deep list": "x = " + "[" * 3_000 + "]" * 3_000 + " - 1;",
    "a list": "x = range(100000) - 1;",
    "a dict": "x = {" + ", ".join(f'"k{n}": {n}' for n in range(9_000)) + '}["no"];',
    "parameters": f"def f({', '.join(f'a{n}' for n in range(9_000))}) {{ return 1; }} f(1);",
    "a number": 'x = 2 ^ 13000 - "a";',
    "a load": f'load "{"n" * 100_000}";',
    "tabs": "\t" * 100_000 + "x = y;",
    "a wide line": "# " + "中" * 100_000 + "\nx = y; # " + "中" * 100_000,
}


@pytest.mark.parametrize("what", LONG)
def test_a_long_text_gives_a_message_of_a_few_lines(what: str) -> None:
    with pytest.raises(rasp.RaspError) as raised:
        rasp.loads(LONG[what])
    assert len(str(raised.value)) < 6_000
    assert str(raised.value).count("\n") < 12
    assert len(raised.value.message) < 1_100
    printed: list[str] = []
    shell = Shell(printed.append, Painter(colour=False))
    entries = shell.entries()
    for line in LONG[what].split("\n"):
        for entry in entries.add(line):
            shell.run(entry, "<here>")
    for entry in entries.finish():
        shell.run(entry, "<here>")
    assert shell.failed
    assert len("\n".join(printed)) < 20_000


def test_the_excerpt_of_a_long_line_is_around_the_place() -> None:
    with pytest.raises(rasp.RaspNameError) as raised:
        rasp.loads("a = 1; " * 5_000 + "b = nowhere; " + "c = 1; " * 5_000)
    _, line, carets = str(raised.value).split("\n")[:3]
    assert line.startswith("  1 | ...")
    assert line.endswith("...")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "nowhere"


def test_carets_stand_below_what_takes_more_or_fewer_columns() -> None:
    with pytest.raises(rasp.RaspNameError) as raised:
        rasp.loads('x = "中\x1b" + nowhere;')
    _, line, carets = str(raised.value).split("\n")[:3]
    assert line.index("nowhere") + 1 == carets.index("^")  # the ideogram takes two columns


def test_very_many_warnings_and_errors_are_summed_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warned = "x = 1; " + "y = not x == 2; " * 4_000
    (tmp_path / "w.rasp").write_text(warned)
    (tmp_path / "e.rasp").write_text("a = 1 / 0; " * 4_000)
    assert main(["check", str(tmp_path / "w.rasp")]) == 0
    captured = capsys.readouterr()
    assert "... and 3,980 more warnings" in captured.err
    assert len(captured.err) < 20_000
    assert main(["check", str(tmp_path / "e.rasp")]) == 1
    captured = capsys.readouterr()
    assert "... and 3,980 more errors" in captured.err
    assert len(captured.err) < 20_000
    printed: list[str] = []
    shell = Shell(printed.append, Painter(colour=False))
    shell.run("a = 1 / 0; " * 4_000, "<here>")
    assert printed[-1] == "... and 3,980 more errors and warnings"
    assert len("".join(printed)) < 20_000
    shell.run("b = 1 / 0;", "<here>")  # what follows is shown again
    assert "division by zero" in printed[-1]


def test_json_keeps_every_character(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    (tmp_path / "p.rasp").write_text("x = tokens;")
    tokens = HOSTILE + "é中\U000e0041"
    assert main(["run", "--json", str(tmp_path / "p.rasp"), tokens]) == 0
    out = capsys.readouterr().out
    assert not RAW.search(out)
    assert json.loads(out)["results"][0]["values"] == list(tokens)


def test_what_a_checkpoint_says_of_itself_is_short_and_in_its_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever wrote the file may have written anything into it."""
    model = rasp.compile(rasp.loads("x = indices;")["x"], vocab="ab", max_len=3)
    manifest, tensors = unpacked(to_bytes(model))
    del manifest[FIELD]
    manifest["program"]["sop"] = "x" * 300_000 + "\ntokens      all"
    manifest["program"]["source_name"] = "y" * 300_000
    manifest["report"] |= {"optimize": "z" * 300_000, "dtype_reason": "w" * 300_000}
    file = tmp_path / "long.safetensors"
    file.write_bytes(packed({**manifest, FIELD: digests_of(manifest, tensors)}, tensors))
    assert main(["info", str(file)]) == 0
    shown = capsys.readouterr().out
    assert len(shown) < 15_000
    assert sum(line.startswith("tokens") for line in shown.splitlines()) == 1
    assert len(rasp.load_model(file).report._repr_html_()) < 30_000

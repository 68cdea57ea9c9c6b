"""The rasp command: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rasp.cli import main
from rasp.cli.parser import COMMANDS
from rasp.compile_report import MeaningProof
from rasp.compiled import CompiledModel

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SORT = str(EXAMPLES / "sort.rasp")
REVERSE = str(EXAMPLES / "reverse.rasp")


class Result:
    """What a command line did."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """Runs command lines in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path, stdin: str | bytes = "") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        self._capsys.readouterr()
        try:
            status = main(list(map(str, arguments)))
        except SystemExit as end:  # argparse
            status = int(end.code or 0)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Result(status, out, err)


@pytest.fixture
def rasp(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


@pytest.fixture
def model(rasp: Command, tmp_path: Path) -> Path:
    path = tmp_path / "reverse.safetensors"
    result = rasp("compile", REVERSE, "--vocab", "abc", "--max-len", "5", "-o", path)
    assert result.status == 0, result.err
    return path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.rasp"
    path.write_text('number = {"1": 1, "2": 2, "3": 3}[tokens];\nparity = number % 2;\n')
    return path


# -- run


def test_run(rasp: Command) -> None:
    result = rasp("run", SORT, "hello", "a")
    assert (result.status, result.out, result.err) == (
        0,
        '["e", "h", "l", "l", "o"]\n["a"]\n',
        "",
    )


def test_run_chooses_an_sop(rasp: Command) -> None:
    assert rasp("run", SORT, "--sop", "place", "ba").out == "[1, 0]\n"
    assert rasp("run", SORT, "--sop", "length", "ba").out == "[2, 2]\n"
    assert rasp("run", SORT, "--sop", "smaller", "abc").out == "0 0 0\n1 0 0\n1 1 0\n\n"
    missing = rasp("run", SORT, "--sop", "nothing", "ba")
    assert missing.status == 1
    assert "nothing" in missing.err
    function = rasp("run", SORT, "--sop", "shift", "ba")
    assert function.status == 1
    assert "'shift' is not an s-op" in function.err


def test_run_without_an_sop(rasp: Command) -> None:
    assert rasp("run", "-", "ab", stdin='tokens == "a";').out == "[True, False]\n"
    result = rasp("run", "-", "ab", stdin="x = 3;")
    assert result.status == 1
    assert "the program binds no s-op" in result.err


def test_run_goes_on_after_an_input_that_fails(rasp: Command, program: Path) -> None:
    result = rasp("run", program, "12", "x", "3")
    assert (result.status, result.out) == (1, "[1, 0]\n[1]\n")
    assert 'key "x" is not in the dict' in result.err
    assert f"{program}:1:" in result.err


def test_run_json(rasp: Command, program: Path) -> None:
    result = rasp("run", program, "--json", "12", "x")
    assert result.status == 1
    assert result.err == ""
    assert result.json["sop"] == "parity"
    first, second = result.json["results"]
    assert first == {"input": ["1", "2"], "values": [1, 0]}
    assert second["input"] == "x"
    assert second["error"]["kind"] == "runtime"
    assert second["error"]["places"][0]["line"] == 1


def test_run_json_tokens(rasp: Command, program: Path) -> None:
    program.write_text("parity = tokens_asis % 2;")
    result = rasp("run", program, "--tokens-json", "[3, true, 4.0]")
    assert result.out == "[1, 1, 0.0]\n"
    for text in ("3", "[[1]]", "[", "[" * 100_000, '{"a": 1}'):
        refused = rasp("run", program, "--tokens-json", text)
        assert refused.status == 1
        assert "JSON" in refused.err


def test_run_reads_standard_input(rasp: Command) -> None:
    assert rasp("run", SORT, "-", stdin="ba\ncb\n").out == '["a", "b"]\n["b", "c"]\n'
    assert rasp("run", "-", "ba", stdin="x = indices;").out == "[0, 1]\n"
    assert rasp("run", "-", "-", stdin="x = indices;").status == 2


def test_run_reports_bad_lines_with_their_numbers(rasp: Command, model: Path) -> None:
    result = rasp("run", model, "-", stdin=b"abc\nabx\n\nb\xff\nba\n")
    assert result.status == 1
    assert result.out == '["c", "b", "a"]\n["a", "b"]\n'
    assert [line for line in result.err.splitlines() if line.startswith("line ")] == [
        'line 2 of standard input: vocabulary error: unknown token "x" at position 2',
        "line 3 of standard input: type error: an input has to have at least one token, and this "
        "one has none",
        "line 4 of standard input: load error: the line is not UTF-8 (byte 1)",
    ]


@pytest.mark.parametrize("sop", ["smaller", "sorted"])
def test_run_reads_lines_between_other_inputs(rasp: Command, sop: str) -> None:
    one_by_one = rasp("run", SORT, "--sop", sop, "ba", "c", "", "dcb", "a")
    result = rasp("run", SORT, "--sop", sop, "ba", "-", "-", "a", stdin="c\n\ndcb")
    assert result.out == one_by_one.out
    assert result.status == one_by_one.status == 1
    assert result.err == "line 2 of standard input: " + one_by_one.err


def test_run_json_of_lines(rasp: Command, program: Path) -> None:
    result = rasp("run", program, "--json", "3", "-", "--tokens-json", stdin='["1"]\n[\n["2", "3"]')
    assert result.status == 1
    head, *lines, last = result.out.splitlines()
    assert (head, last) == ('{"sop": "parity", "results": [', "]}")
    refused, one, broken, two = [json.loads(line.removeprefix(", ")) for line in lines]
    assert result.json["results"] == [refused, one, broken, two]
    assert "line" not in refused
    assert (broken["input"], broken["line"], broken["error"]["kind"]) == ("[", 2, "vocabulary")
    assert (one["values"], two["values"]) == ([1], [0, 1])
    assert rasp("run", program, "--json", "-").json == {"sop": "parity", "results": []}


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_run_answers_a_line_before_the_next_arrives(options: list[str]) -> None:
    command = [sys.executable, "-m", "rasp", "run", SORT, "-", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        if options:
            assert process.stdout.readline() == b'{"sop": "sorted", "results": [\n'
        for text in ["ba", "cb", "dc"]:
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            answer = process.stdout.readline().decode()  # waits forever if it does not come
            assert f'["{text[1]}", "{text[0]}"]' in answer
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 0


def test_run_model(rasp: Command, model: Path) -> None:
    assert rasp("run", model, "abc", "a").out == '["c", "b", "a"]\n["a"]\n'
    refused = rasp("run", model, "abx", "", "aaaaaaaa", "ab")
    assert (refused.status, refused.out) == (1, '["b", "a"]\n')
    assert 'unknown token "x" at position 2' in refused.err
    assert "at least one token" in refused.err
    assert "takes at most 5" in refused.err
    assert rasp("run", model, "--sop", "flip", "abc").status == 2


# -- check


def test_check(rasp: Command, tmp_path: Path) -> None:
    trap = tmp_path / "trap.rasp"
    trap.write_text("x = not indices == 1;\n")
    result = rasp("check", SORT, trap)
    assert result.status == 0
    assert result.out == f"{SORT}: ok\n{trap}: ok, 1 warning\n"
    assert f"{trap}:1:5: warning" in result.err


def test_check_finds_errors_in_any_file(rasp: Command) -> None:
    errors = sorted(map(str, (EXAMPLES / "errors").glob("*.rasp")))
    result = rasp("check", *errors, SORT)
    assert result.status == 1
    assert result.out == f"{SORT}: ok\n"
    for path in errors:
        assert f"{path}:" in result.err


def test_check_says_all_errors_that_are_not_consequences(rasp: Command) -> None:
    text = "a = 1 +;\nb = a;\nc = b;\nd = zz;\ne = not 1 == 2;\n"
    result = rasp("check", "-", stdin=text)
    assert (result.status, result.out) == (1, "-: 2 errors, 1 warning\n")
    assert re.findall(r"^<stdin>:(\d+:\d+): (\w+)", result.err, re.MULTILINE) == [
        ("1:8", "syntax"),
        ("4:5", "name"),
        ("5:5", "warning"),
    ]


def test_check_knows_that_a_file_was_not_loaded(rasp: Command) -> None:
    result = rasp("check", "-", stdin='load "nowhere";\nx = anything;\ny = 1 / 0;\n')
    assert "anything" not in result.err
    assert result.out == "-: 2 errors\n"


def test_check_json(rasp: Command) -> None:
    result = rasp("check", "--json", SORT, "-", stdin="x = y;")
    good, bad = result.json["files"]
    assert result.status == 1
    assert good == {"file": SORT, "ok": True, "error": None, "errors": [], "warnings": []}
    assert bad["error"]["places"][0]["column"] == 5


# -- fmt


def test_fmt(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "p.rasp"
    path.write_text("x=indices+1 ;\n")
    path.chmod(0o640)
    checked = rasp("fmt", "--check", path)
    assert (checked.status, checked.out) == (1, f"would reformat {path}\n")
    assert path.read_text() == "x=indices+1 ;\n"
    assert rasp("fmt", path).out == f"reformatted {path}\n"
    assert path.read_text() == "x = indices + 1;\n"
    assert path.stat().st_mode & 0o777 == 0o640
    again = rasp("fmt", path)
    assert (again.status, again.out) == (0, "")
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.rasp"]


def test_fmt_json(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "p.rasp"
    path.write_text("x=1 ;")
    checked = rasp("fmt", "--check", "--json", path, SORT)
    assert checked.status == 1
    assert checked.json == {
        "files": [{"file": str(path), "changed": True}, {"file": SORT, "changed": False}]
    }
    assert rasp("fmt", "--json", path).json["files"][0]["changed"]
    assert rasp("fmt", "--json", "-", stdin="x=1;").status == 2


def test_fmt_standard_input(rasp: Command) -> None:
    assert rasp("fmt", "-", stdin="x=1;").out == "x = 1;\n"


def test_fmt_leaves_what_does_not_parse(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "p.rasp"
    path.write_text("x = ;")
    assert rasp("fmt", path).status == 1
    assert path.read_text() == "x = ;"


def test_examples_are_formatted(rasp: Command) -> None:
    assert rasp("fmt", "--check", *EXAMPLES.glob("*.rasp")).status == 0


# -- analyze


def test_analyze(rasp: Command) -> None:
    result = rasp("analyze", SORT)
    assert result.status == 0
    assert "2 layers" in result.out
    assert rasp("analyze", SORT, "--json").json["n_layers"] == 2
    assert rasp("analyze", SORT, "--sop", "place", "--json").json["n_layers"] == 1


# -- compile, info, verify


def test_compile_prints_both_accounts(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    arguments = ["compile", SORT, "--vocab", "abc", "--max-len", "5", "-o", str(path)]
    result = rasp(*arguments)
    assert result.status == 0
    assert f"{path}: s-op sorted" in result.out
    for word in ("theory", "compiled", "sublayers", "d_model", "parameters", "certificate"):
        assert word in result.out
    data = rasp(*arguments, "--json").json
    assert data["rasp_layers"] == 2
    assert data["sop"] == "sorted"
    assert data["n_parameters"] >= data["n_nonzero"] > 0


def test_compile_the_same_twice(rasp: Command, model: Path) -> None:
    first = model.read_bytes()
    rasp("compile", REVERSE, "--vocab", "abc", "--max-len", "5", "-o", model)
    assert model.read_bytes() == first


def test_compile_from_a_vocabulary_file(rasp: Command, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text('one\n"two"\n3\n\n')
    path = tmp_path / "m.safetensors"
    arguments = ["--vocab-file", str(words), "--max-len", "3", "-o", str(path)]
    assert rasp("compile", "-", *arguments, stdin="x = indices;").status == 0
    assert rasp("info", path, "--json").json["vocabulary"] == ["one", "two", 3]
    assert rasp("run", path, "--tokens-json", '["one", 3, "two"]').out == "[0, 1, 2]\n"
    words.write_text("NaN\nInfinity\n")  # words, and no numbers of JSON
    assert rasp("compile", "-", *arguments, stdin="x = indices;").status == 0
    assert rasp("info", path, "--json").json["vocabulary"] == ["NaN", "Infinity"]
    words.write_text("\n")
    assert rasp("compile", "-", *arguments, stdin="x = indices;").status == 2


@pytest.mark.parametrize("command", ["compile", "verify", "analyze"])
def test_words_listed_as_characters(rasp: Command, tmp_path: Path, command: str) -> None:
    arguments = ["--vocab", "123,145", "--max-len", "3"]
    arguments += ["-o", str(tmp_path / "m")] if command == "compile" else []
    arguments += ["--compiled"] if command == "analyze" else []
    result = rasp(command, SORT, *arguments)
    assert result.status == 1
    assert 'vocabulary error: --vocab lists the token "1" twice' in result.err
    assert "--vocab-file FILE" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--vocab", "ab"],
        ["--max-len", "5"],
        ["--vocab", "ab", "--max-len", "0"],
        ["--vocab", "ab", "--max-len", "five"],
        ["--vocab", "", "--max-len", "5"],
        ["--vocab", "ab", "--vocab-file", "x", "--max-len", "5"],
        ["--vocab", "ab", "--max-len", "5", "--dtype", "int8"],
    ],
)
def test_compile_wrong_usage(rasp: Command, arguments: list[str], tmp_path: Path) -> None:
    result = rasp("compile", SORT, *arguments, "-o", tmp_path / "m")
    assert result.status == 2
    assert "usage: rasp compile" in result.err
    assert list(tmp_path.iterdir()) == []


def test_compile_cannot_write(rasp: Command, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "m"
    result = rasp("compile", SORT, "--vocab", "ab", "--max-len", "3", "-o", path)
    assert result.status == 1
    assert result.err == f"checkpoint error: cannot write {path}: No such file or directory\n"


def test_info(rasp: Command, model: Path) -> None:
    result = rasp("info", model)
    assert result.status == 0
    assert "s-op        reversed" in result.out
    assert '"a", "b", "c"' in result.out
    assert "residual stream" not in result.out
    assert "residual stream" in rasp("info", model, "--labels").out
    assert rasp("info", model, "--source").out == Path(REVERSE).read_text()
    data = rasp("info", model, "--json").json
    assert data["program"]["sop"] == "reversed"
    assert data["report"]["n_layers"] >= 1


def test_verify(rasp: Command, model: Path) -> None:
    exhaustive = rasp("verify", model, "--exhaustive", "--max-length", "3")
    assert exhaustive.status == 0
    assert re.fullmatch(r"39 inputs; about (a second|\d+ seconds)\n", exhaustive.err)
    assert "39 inputs" in exhaustive.out
    sampled = rasp("verify", model, "--samples", "50", "--seed", "7", "--json")
    assert sampled.json["n_checked"] == 50
    assert sampled.json["ok"] is True


def test_verify_a_program(rasp: Command) -> None:
    arguments = ["verify", SORT, "--vocab", "abc", "--max-len", "3"]
    result = rasp(*arguments, "--exhaustive", "--json")
    assert result.json == {
        "ok": True,
        "n_checked": 39,
        "exhaustive": True,
        "max_length": 3,
        "counterexample": None,
        "problem": None,
        "by_rule": 0,
        "n_failing": 0,
        "rounding": True,
        "meaning": True,
        "stopped": False,
    }
    place = rasp(*arguments, "--sop", "place", "--causal", "--dtype", "float64", "--samples", "20")
    assert place.out == (
        "ok: equal to the interpreter on 20 inputs (sampled, of 1 to 3 tokens)\n"
        "rounding proved, meaning proved\n"
    )
    assert rasp("verify", SORT, "--vocab", "abc").status == 2
    assert rasp("verify", SORT, "--max-len", "3").status == 2
    stdin = "x = tokens;"
    assert rasp("verify", "-", "--vocab", "ab", "--max-len", "2", stdin=stdin).status == 0


def test_verify_interrupted(
    rasp: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rasp.verification import comparison

    compare = comparison.Comparison.first_difference
    compared = []

    def interrupt(self: comparison.Comparison, batch: list[list[int]]) -> int | None:
        compared.append(len(batch))
        if len(compared) == 6:  # three of them were for the estimate
            raise KeyboardInterrupt
        return compare(self, batch)

    monkeypatch.setattr(comparison.Comparison, "first_difference", interrupt)
    state = tmp_path / "state.json"
    arguments = ["verify", model, "--exhaustive", "--resume", state]
    result = rasp(*arguments)
    assert result.status == 130
    assert "interrupted: 12 of 363 inputs compared, all equal\n" in result.err
    assert "the same command goes on from there" in result.err
    assert result.out == ""
    result = rasp(*arguments)
    assert result.status == 0
    assert result.err.startswith("363 inputs, 12 of them before; about ")
    compared.clear()
    result = rasp("verify", model, "--exhaustive", "--json")
    assert result.status == 130
    assert result.json == {"ok": None, "interrupted": True, "n_checked": 12}
    assert "with --resume STATE it could go on" in result.err


def test_verify_a_changed_model(rasp: Command, model: Path) -> None:
    change_tensors(model)
    result = rasp("verify", model, "--samples", "50")
    assert result.status == 1
    assert "the tensor unembed.W_U has been changed" in result.err


def change_tensors(model: Path) -> None:
    import numpy as np
    import safetensors
    import safetensors.numpy

    with safetensors.safe_open(model, "np") as file:
        metadata = file.metadata()
    tensors = safetensors.numpy.load_file(model)
    tensors["unembed.W_U"] = np.ascontiguousarray(tensors["unembed.W_U"][:, ::-1])
    safetensors.numpy.save_file(tensors, model, metadata)


def test_verify_a_wrong_model(rasp: Command, model: Path) -> None:
    from rasp.checkpoint import load_model

    change_tensors(model)
    wrong = load_model(model, check=False)
    wrong.save(model)  # with digests as if nothing had happened
    result = rasp("verify", model, "--samples", "50")
    assert result.status == 1
    assert "the weights are not proved to be the s-op" in result.err
    report = replace(wrong.artifact.report, meaning=MeaningProof(False, "nobody asked"))
    modest = CompiledModel(replace(wrong.artifact, report=report), wrong.specification)
    modest.save(model)  # and it claims no more than rounding
    result = rasp("verify", model, "--samples", "50")
    assert result.status == 1
    assert result.out.startswith("FAILED")
    assert rasp("verify", model, "--json").json["counterexample"] is not None


@pytest.mark.parametrize(
    "options",
    [
        ["--seed", "-1"],
        ["--samples", "0"],
        ["--max-length", "x"],
        ["--jobs", "0"],
        ["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"],
        ["--vocab", "abc"],
        ["--max-len", "3"],
        ["--causal"],
    ],
)
def test_verify_wrong_usage(rasp: Command, model: Path, options: list[str]) -> None:
    assert rasp("verify", model, *options).status == 2


# -- everything


def test_help(rasp: Command) -> None:
    bare = rasp("--help")
    assert bare.status == 0
    for command in [module.__name__.rpartition(".")[2] for module in COMMANDS]:
        assert re.search(rf"\n    {command}\s", bare.out)
        page = rasp(command, "--help")
        assert page.status == 0
        assert f"\n  rasp {command} " in page.out, "there are examples"


@pytest.mark.parametrize("arguments", [["nonsense"], ["run"], ["run", SORT], ["--nonsense"]])
def test_wrong_usage(rasp: Command, arguments: list[str]) -> None:
    result = rasp(*arguments)
    assert result.status == 2
    assert "usage: rasp" in result.err


@pytest.mark.parametrize("command", ["run", "check", "fmt", "analyze", "compile", "info", "verify"])
def test_files_that_cannot_be_read(rasp: Command, command: str, tmp_path: Path) -> None:
    binary = tmp_path / "binary.rasp"
    binary.write_bytes(b"x = \xff;")
    out = str(tmp_path / "out")
    vocabulary = ["--vocab", "a", "--max-len", "2"]
    rest = {"run": ["a"], "compile": [*vocabulary, "-o", out], "verify": vocabulary}
    for path in (tmp_path / "missing.rasp", tmp_path, binary):
        result = rasp(command, path, *rest.get(command, []))
        assert result.status == 1
        assert str(path) in result.err


@pytest.mark.parametrize("path", sorted((EXAMPLES / "errors").glob("*.rasp")), ids=lambda p: p.stem)
def test_errors_of_programs(rasp: Command, path: Path) -> None:
    result = rasp("run", path, "abc", "--json")
    assert result.status == 1
    assert result.json["error"]["places"][0]["source"] == str(path)
    assert f"{path}:" in result.err


def shell(command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command.replace("RASP", f"{sys.executable} -m rasp"),
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        check=False,
        env={**os.environ, **variables},
        cwd=ROOT,
    )


def test_closed_pipe_is_no_traceback() -> None:
    result = shell(f"yes abcdefgh | head -20000 | RASP run {SORT} - | head -1")
    assert result.stdout == b'["a", "b", "c", "d", "e", "f", "g", "h"]\n'
    assert result.stderr == b""


def test_terminals_that_are_not_utf8() -> None:
    result = shell(f"RASP run {SORT} 'é'", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (result.returncode, result.stdout) == (0, b'["\\xe9"]\n')


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", SORT, "hello"],
        ["check", SORT],
        ["analyze", SORT],
        ["compile", SORT, "--vocab", "abc", "--max-len", "4", "-o", os.devnull],
    ],
)
def test_no_torch(arguments: list[str]) -> None:
    code = (
        "import sys; from rasp.cli import main; status = main(sys.argv[1:]);"
        "assert 'torch' not in sys.modules; sys.exit(status)"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)


def test_a_model_runs_without_the_compiler_of_torch(model: Path) -> None:
    code = (
        "import sys; from rasp.cli import main; status = main(sys.argv[1:]);"
        "assert 'torch._dynamo' not in sys.modules; sys.exit(status)"
    )
    subprocess.run([sys.executable, "-c", code, "run", model, "ab"], check=True)


@pytest.mark.parametrize("command", ["check", "analyze"])
def test_a_model_is_no_program(rasp: Command, model: Path, command: str) -> None:
    result = rasp(command, model)
    assert result.status == 1
    assert "is a compiled model, and a program is expected" in result.err


def test_a_pipe_is_there_though_no_file(rasp: Command, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.rasp"
    os.mkfifo(pipe)
    assert "it is no regular file" in rasp("check", pipe).err


def test_a_model_is_known_by_how_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the file is called."""
    path = str(tmp_path / "sort.model")
    assert main(["compile", SORT, "--vocab", "abc", "--max-len", "3", "-o", path]) == 0
    capsys.readouterr()
    assert main(["run", path, "cab"]) == 0
    assert capsys.readouterr().out == '["a", "b", "c"]\n'
    assert main(["verify", path, "--samples", "5"]) == 0
    assert main(["check", path]) == 1
    assert "is a compiled model" in capsys.readouterr().err

"""rasp test: what holds, what does not, and where that is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rasp.cli import main
from rasp.cli.test import watch

ROOT = Path(__file__).parents[2]
RIGHT = 'x = tokens;\n#> x("ab") = ["a", "b"]\n'
WRONG = 'x = tokens;\n#> x("a") = ["b"]\n'


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(["test", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out, err


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_what_holds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path / "x.rasp", RIGHT)
    assert run(capsys, path) == (0, f"{path}: 1 passed\n", "")


def test_what_does_not_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path / "x.rasp", WRONG)
    status, out, err = run(capsys, path)
    assert (status, out) == (1, f"{path}: 1 failed, 0 passed\n")
    assert err == (
        f'{path}:2:1: x("a") is something else\n'
        '    input     "a"\n'
        '    expected  "b"\n'
        '    got       "a"\n'
        "              ^^^\n"
    )


def test_a_file_that_expects_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path / "x.rasp", "x = tokens;\n")
    assert run(capsys, path) == (0, f"{path}: no expectations\n", "")


def test_errors_nobody_expected(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path / "x.rasp", RIGHT + "y = z;\nu = y;\n")
    status, out, err = run(capsys, path)
    assert (status, out) == (1, f"{path}: 1 passed, 1 error in the program\n")
    assert "undefined variable 'z'" in err
    assert "undefined variable 'y'" not in err, "it follows from the other error"


def test_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    right = written(tmp_path / "right.rasp", RIGHT)
    wrong = written(tmp_path / "wrong.rasp", WRONG)
    missing = tmp_path / "missing.rasp"
    status, out, _ = run(capsys, "--json", right, wrong, missing)
    result = json.loads(out)
    assert (status, result["ok"], result["passed"], result["failed"]) == (1, False, 1, 1)
    assert [file["ok"] for file in result["files"]] == [True, False, False]
    (expectation,) = result["files"][1]["expectations"]
    assert expectation == {
        "line": 2,
        "column": 1,
        "text": '#> x("a") = ["b"]',
        "ok": False,
        "got": '["a"]',
        "error": None,
    }
    assert "cannot read" in result["files"][2]["errors"][0]["message"]


def test_folders_and_pages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    written(tmp_path / "a.rasp", RIGHT)
    (tmp_path / "b").mkdir()
    written(tmp_path / "b" / "b.rasp", RIGHT)
    page = written(
        tmp_path / "page.md", f"# A page\n\n~~~text\n{WRONG}~~~\n\n```rasp\n{WRONG}```\n"
    )
    status, out, err = run(capsys, tmp_path, page)
    assert status == 1
    assert out.splitlines()[-1] == "3 files: 1 failed, 2 passed"
    assert err.startswith(f"{page}:10:1: ")


def test_examples(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, ROOT / "examples", ROOT / "docs/language.md")
    assert (status, err) == (0, "")
    assert "no expectations" not in out


def test_watching(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It looks again at files that are loaded, at those that vanish, and at new ones of folders."""
    part = written(tmp_path / "part.rasp", "y = 1;\n")
    main_file = written(tmp_path / "x.rasp", 'load "part";\ny;  #> 1\n')
    changes = [
        lambda: written(part, "y = 1 + 1;\n"),
        lambda: None,
        part.unlink,
        lambda: written(part, "y = 3 - 2;\n"),
    ]

    def wait() -> None:
        if not changes:
            raise KeyboardInterrupt
        changes.pop(0)()

    with pytest.raises(KeyboardInterrupt):
        watch([str(main_file)], as_json=False, wait=wait)
    out = capsys.readouterr().out
    verdicts = [
        line.partition(": ")[2] for line in out.splitlines() if line.startswith(str(tmp_path))
    ]
    assert verdicts == [
        "1 passed",
        "1 failed, 0 passed",
        "1 failed, 0 passed, 1 error in the program",
        "1 passed",
    ]
    assert main(["test", str(main_file)]) == 0


def test_watching_what_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as usage:
        main(["test", "--watch", "-"])
    assert usage.value.code == 2

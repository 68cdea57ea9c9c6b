"""Vim's syntax and the mode for Emacs, by the editors themselves, on all examples."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rasp.lsp.colours import pieces as coloured
from rasp.lsp.document import TextDocument
from rasp.source import Source
from rasp.syntax import words
from rasp.syntax.lexing import tokenize

HERE = Path(__file__).parent
EDITORS = HERE.parents[1] / "docs" / "editors"
EXAMPLES = sorted((HERE.parents[1] / "examples").rglob("*.rasp"))
VIM = shutil.which("nvim") or shutil.which("vim")
EMACS = shutil.which("emacs")

# What each piece of a program is called there.
VIM_NAMES = {
    "comment": {"raspComment"},
    "string": {"raspString"},
    "unclosed": {"raspUnclosed"},
    "number": {"raspNumber"},
    "keyword": {"raspKeyword", "raspWordOperator"},
    "form": {"raspForm"},
    "constant": {"raspConstant"},
    "base": {"raspBase"},
    "library": {"raspLibrary"},
    "name": {""},
}
EMACS_NAMES = {
    "comment": {"font-lock-comment-face", "font-lock-comment-delimiter-face"},
    "string": {"font-lock-string-face"},
    "unclosed": {"font-lock-string-face"},
    "number": {"font-lock-constant-face"},
    "keyword": {"font-lock-keyword-face"},
    "form": {"font-lock-builtin-face"},
    "constant": {"font-lock-constant-face"},
    "base": {"font-lock-variable-name-face"},
    "library": {"font-lock-function-name-face"},
    "name": {""},
}


def pieces(text: str) -> list[tuple[int, str]]:
    """Where pieces of a program start, and what they are."""
    found = [(match, "comment") for match in _comments(text)]
    after_def = False
    for token in tokenize(Source("", text)):
        start = token.start_pos or 0
        word = str(token)
        if token.type in ("STRING", "UNTERMINATED_STRING"):
            found.append((start, "string" if token.type == "STRING" else "unclosed"))
        elif token.type in ("INTEGER", "FLOAT"):
            found.append((start, "number"))
        elif word in (*words.KEYWORDS, *words.WORD_OPERATORS):
            found.append((start, "keyword"))
        elif word in words.FORMS and token.type != "NAME":
            found.append((start, "form"))
        elif word in words.CONSTANTS:
            found.append((start, "constant"))
        elif word in words.BASE_SOPS:
            found.append((start, "base"))
        elif token.type == "NAME" and not after_def:
            found.append((start, "library" if word in words.LIBRARY else "name"))
        after_def = word == "def"
    return found


def _comments(text: str) -> list[int]:
    document = TextDocument(text)
    return [
        piece.start
        for piece in coloured(document.source, document.scopes)
        if piece.kind == "comment"
    ]


def answers(command: list[str], asked: Any, tmp_path: Path) -> Any:
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    environment = {
        **os.environ,
        "ASKED": str(tmp_path / "asked.json"),
        "ANSWER": str(tmp_path / "answer.json"),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (tmp_path / "answer.json").exists(), result.stderr
    assert "rror" not in result.stderr
    return json.loads((tmp_path / "answer.json").read_text())


@pytest.mark.skipif(VIM is None, reason="Vim or Neovim shows its colours")
def test_vim(tmp_path: Path) -> None:
    assert VIM is not None
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    asked = []
    for path, text in zip(EXAMPLES, texts, strict=True):
        source = Source("", text)
        places = []
        for start, _ in pieces(text):
            line, column = source.position(start)
            places.append([line, len(source.line(line)[: column - 1].encode()) + 1])
        asked.append([str(path), places])
    headless = ["--headless"] if "nvim" in VIM else ["-es", "-N"]
    runtime = f"set runtimepath^={EDITORS / 'vim'}"
    setup = ["--cmd", runtime, "--cmd", "filetype plugin on", "--cmd", "syntax on"]
    script = ["-S", str(HERE / "colours.vim")]
    found = answers([VIM, "-u", "NONE", "-i", "NONE", *headless, *setup, *script], asked, tmp_path)
    for path, text, (filetype, *names) in zip(EXAMPLES, texts, found, strict=True):
        assert filetype == "rasp"
        for (start, kind), name in zip(pieces(text), names, strict=True):
            assert name in VIM_NAMES[kind], (path.name, text[start : start + 20], kind)


@pytest.mark.skipif(EMACS is None, reason="Emacs shows its colours")
def test_emacs(tmp_path: Path) -> None:
    assert EMACS is not None
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    asked = [
        [str(path), [start + 1 for start, _ in pieces(text)]]
        for path, text in zip(EXAMPLES, texts, strict=True)
    ]
    mode = ["-l", str(EDITORS / "emacs" / "rasp-mode.el")]
    found = answers(
        [EMACS, "-Q", "--batch", *mode, "-l", str(HERE / "colours.el")], asked, tmp_path
    )
    for path, text, (mode_name, *names) in zip(EXAMPLES, texts, found, strict=True):
        assert mode_name == "rasp-mode"
        for (start, kind), name in zip(pieces(text), names, strict=True):
            assert name in EMACS_NAMES[kind], (path.name, text[start : start + 20], kind)

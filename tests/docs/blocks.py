"""Code blocks of the documents -> what they run, and what they are said to give; and a runner.

The language that a block names says how it is run; blocks of one document share everything.

    rasp      statements, with expectations in comments (rasp.expectations)
    python    `EXPRESSION  # LITERAL` is its value
    console   `$ COMMAND`, and below it exactly what it prints (`...` stands for any lines)
    sh        commands that succeed; those in UNREPEATED are left out
    output    what the block above printed

A block without a language that begins with `>> ` is a session of the REPL.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from rasp.cli import main
from rasp.expectations import Checker, difference
from rasp.repl.shell import Shell
from rasp.repl.style import Painter
from rasp.source import Source

ROOT = Path(__file__).parents[2]
RUN = ("rasp", "python", "console", "sh", "output", "repl")

# Commands that set up an environment: the tests run in one.  test_site.py builds the site.
UNREPEATED = (
    "python3 -m venv",
    ".venv/bin/pip",
    "pip install",
    ".venv/bin/pytest",
    "pytest -",
    "python -m rasp.testing.stress --programs 1000",
    "sphinx-build",
    "python -m build",  # tests/test_release.py
    "twine check",
)

# Documents whose sessions are replayed by a test of their own.
ELSEWHERE = {
    "docs/repl.md": "tests/repl/test_docs.py",
    "docs/repl-screens.md": "tests/repl/test_terminal.py",
}

# Documents about packages that not everybody has: without these their blocks are not run.
NEEDS = {
    "docs/huggingface.md": ("transformers",),
    "docs/onnx.md": ("onnx", "onnxruntime"),
    "docs/transformer-lens.md": ("transformer_lens",),
}

# Blocks that are nothing to be run, by document and beginning.
PICTURES = {
    ("docs/architecture.md", "text -> syntax tree -> s-op graph -+-> interpreter   values"),
    ("docs/compiler.md", "graph -> domains -> selectors -> encodings -> blocks"),
    (
        "docs/verification.md",
        "pip install 'rasp-lang[distributed]'",
    ),  # tests/verification/test_running.py
    ("docs/verification.md", "FAILED: the model differs"),
    ("docs/from-tracr.md", "from tracr.compiler import lib"),  # what it gives is in tests/tracr
    ("docs/onnx.md", "<!doctype html>"),  # tests/export/test_browser.py
    ("docs/platforms.md", "py -3.11"),  # for another system
    ("docs/platforms.md", "%pip install"),
    ("docs/platforms.md", 'model.explore("hello").save'),
    ("docs/repl.md", "$ rasp"),  # tests/repl/test_docs.py compares it
    ("docs/editors.md", "python docs/editors/vsix.py"),  # tests/editors/test_vscode.py
    ("docs/editors.md", "vim.api.nvim_create_autocmd"),  # tests/editors/test_neovim.py
    ("docs/editors.md", "(load "),
    ("docs/editors.md", "cc -shared"),  # tests/editors/test_tree_sitter.py compiles it
    ("docs/editors.md", "[language-server.rasp]"),
    ("docs/editors.md", '{\n  "LanguageServerManager"'),
}


@dataclass(frozen=True, slots=True)
class Block:
    """language: the first word after the backticks, "" without one, "indented" for none at all;
    line: of its first line of text, from 1 on."""

    language: str
    text: str
    line: int

    @property
    def kind(self) -> str:
        return "repl" if not self.language and self.text.startswith(">> ") else self.language

    def is_left_out(self, document: str) -> bool:
        """Whether it is nothing to be run, or run by another test."""
        if self.kind in ("repl", "text") and document in ELSEWHERE:
            return True
        return any(document == d and self.text.startswith(beginning) for d, beginning in PICTURES)


def blocks(document: str) -> Iterator[Block]:
    """The code blocks of a document, those of directives of the site left out."""
    for token in MarkdownIt("commonmark").parse(document):
        if token.type not in ("fence", "code_block"):
            continue
        assert token.map is not None
        language = token.info.split()[0] if token.info else ""
        if language.startswith("{"):
            continue
        line = token.map[0] + 1 + (token.type == "fence")
        yield Block("indented" if token.type == "code_block" else language, token.content, line)


class Runner:
    """Runs the blocks of one document, in the working directory."""

    def __init__(self) -> None:
        self._checker = Checker()
        self.names: dict[str, Any] = {"__name__": "document"}
        self.n_checked = 0
        self._printed: str | None = None
        self._shown: list[str] = []
        self._shell = Shell(self._shown.append, Painter(colour=False))
        self._number = 0

    def run(self, block: Block) -> None:
        """Runs one block.  Raises AssertionError where it does something else than it says."""
        getattr(self, block.kind)(block.text)

    # ---- programs

    def rasp(self, text: str) -> None:
        report = self._checker.check(Source("<document>", text))
        for error in report.errors:
            raise error
        failed = [difference(checked) for checked in report.checked if not checked.ok]
        assert not failed, "\n".join(failed)
        self.n_checked += len(report.checked)

    # ---- Python

    def python(self, text: str) -> None:
        lines = text.splitlines()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            for statement in ast.parse(text).body:
                assert statement.end_lineno is not None
                if not isinstance(statement, ast.Expr):
                    exec(compile(ast.Module([statement], []), "<document>", "exec"), self.names)
                    continue
                code = compile(ast.Expression(statement.value), "<document>", "eval")
                got = eval(code, self.names)
                last = lines[statement.end_lineno - 1]
                assert statement.end_col_offset is not None
                comment = last.encode()[statement.end_col_offset :].decode()
                shown = _literal(comment.partition("#")[2].strip())
                if shown is not None:
                    assert repr(got) == shown, f"{last}: {got!r}"
                    self.n_checked += 1
        self._printed = printed.getvalue()

    # ---- commands

    def console(self, text: str) -> None:
        self._compare_shown(text, self.console_now(text))

    def console_now(self, text: str) -> str:
        """The block with what its commands print now; what is still true stays as it is."""
        now = []
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            _, printed = run_command(command)
            lines = shown.rstrip("\n").split("\n")
            pattern = r"\n".join(r"(?:.*\n)*?.*" if x == "..." else re.escape(x) for x in lines)
            true = re.fullmatch(pattern, printed.rstrip("\n"))
            separator = "\n" if shown.endswith("\n\n") else ""
            now += [f"$ {command}\n", shown if true else printed.rstrip("\n") + "\n" + separator]
        return "".join(now)

    def _compare_shown(self, shown: str, now: str) -> None:
        assert now == shown, f"now it is\n{now}"
        self.n_checked += 1

    def sh(self, text: str) -> None:
        for line in text.splitlines():
            for command in re.split(r"\s+&&\s+", line):
                if command.strip() and not command.startswith((*UNREPEATED, "#")):
                    status, printed = run_command(command.replace(".venv/bin/rasp", "rasp"))
                    assert status == 0, f"$ {command}\n{printed}"
                    self.n_checked += 1

    def output(self, text: str) -> None:
        self._compare_shown(text, self.output_now())

    def output_now(self) -> str:
        """What the block above has printed."""
        assert self._printed is not None, "nothing was run before this output"
        return self._printed

    # ---- the REPL

    def repl(self, text: str) -> None:
        self._compare_shown(text, self.repl_now(text))

    def repl_now(self, text: str) -> str:
        """The session with what is printed now."""
        now = []
        entries = self._shell.entries()
        for line in re.findall(r"^(?:>> |\.\. ).*", text, re.MULTILINE):
            now.append(line)
            for entry in entries.add(line[3:]):
                self._number += 1
                self._shell.run(entry, f"<input {self._number}>")
            now += [part.removesuffix("\n") for part in self._shown]
            self._shown.clear()
        return "\n".join(now) + "\n"


def run_command(command: str) -> tuple[int, str]:
    """The exit status of a command and all that it prints."""
    words = shlex.split(command, comments=True)
    if words[0] == "rasp" and not {"|", ">", "<"} & set(words):
        words = [path for word in words for path in _expanded(word)]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                status = main(words[1:])
            except SystemExit as exit:
                status = exit.code if isinstance(exit.code, int) else 1
        return status, printed.getvalue()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PATH": path},
        check=False,
    )
    return done.returncode, done.stdout


def _expanded(word: str) -> list[str]:
    """The files that a word of a command names, as a shell would say them."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def _literal(comment: str) -> str | None:
    """The Python literal that a comment is, or begins with before a comma, if any."""
    for end in (len(comment), *(m.start() for m in re.finditer(", ", comment))):
        try:
            ast.literal_eval(comment[:end])
        except (ValueError, SyntaxError):
            continue
        return comment[:end]
    return None

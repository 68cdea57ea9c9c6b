"""Documents -> the same with what their sessions and commands print now.

usage: python -m tests.docs.rewrite docs/tutorial.md ...
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from tests.docs.blocks import ROOT, Runner, blocks


def rewritten(document: str, name: str) -> str:
    """The document of a name as it should be, run in an empty folder."""
    runner = Runner()
    lines = document.split("\n")
    moved = 0
    for block in blocks(document):
        if block.is_left_out(name):
            continue
        match block.kind:
            case "console":
                now = runner.console_now(block.text)
            case "repl":
                now = runner.repl_now(block.text)
            case "output":
                now = runner.output_now()
            case _:
                runner.run(block)
                continue
        old, new = block.text.splitlines(), now.splitlines()
        start = block.line - 1 + moved
        lines[start : start + len(old)] = new
        moved += len(new) - len(old)
    return "\n".join(lines)


def main() -> None:
    os.environ["COLUMNS"] = "100"
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            Path("examples").symlink_to(ROOT / "examples")
            text = rewritten(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

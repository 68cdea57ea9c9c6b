"""Notebooks -> the same notebooks, executed, with their outputs in a normal form.

usage: python docs/notebooks/refresh.py [--check] [NOTEBOOK...]     (without names: all here)

With --check nothing is written: what would be different is said, and the status is 1.  Needs the
extra `test` (or `notebook` and nbclient).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
TIMEOUT = 120  # seconds for one cell
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
EXPECTED_ERROR = "raises-exception"  # Jupyter's own name for a cell that shows a mistake


class NotebookError(Exception):
    """A notebook that warns, or writes to stderr."""


def notebooks() -> list[Path]:
    return sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def executed(path: Path) -> NotebookNode:
    """The notebook after a run from its first cell, normalised.

    It runs in the folder it is in.  Raises CellExecutionError for a cell that fails and is not
    marked as one that does, NotebookError for one that warns.
    """
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # else it warns of what is usual
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        _check(cell, path)
    return normalised(notebook)


def _check(cell: NotebookNode, path: Path) -> None:
    if cell.cell_type != "code":
        return
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            raise NotebookError(f"{path.name}: a cell warns\n{cell.source}\n{output.text}")
    fails = any(output.output_type == "error" for output in cell.outputs)
    if not fails and EXPECTED_ERROR in cell.metadata.get("tags", []):
        raise NotebookError(f"{path.name}: a cell that should fail does not\n{cell.source}")


def normalised(notebook: NotebookNode) -> NotebookNode:
    """The same notebook without what differs from run to run or from editor to editor."""
    cells = []
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        made: dict[str, Any] = {
            "id": f"cell-{number}",
            "cell_type": cell.cell_type,
            "metadata": {"tags": tags} if tags else {},
            "source": cell.source,
        }
        if cell.cell_type == "code":
            made["execution_count"] = cell.execution_count
            made["outputs"] = _joined(cell.outputs)
        cells.append(made)
    return nbformat.from_dict(
        {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs with neighbouring texts in one piece: where a kernel divides them is chance."""
    joined: list[NotebookNode] = []
    for output in outputs:
        is_text = output.output_type == "stream"
        if is_text and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def text(notebook: NotebookNode) -> str:
    """What a reader sees in plain text: sources and outputs, pictures by their text."""
    lines: list[str] = []
    for cell in notebook.cells:
        lines += [f"--- {cell.id}", cell.source]
        for output in cell.get("outputs", []):
            match output.output_type:
                case "stream":
                    lines.append(output.text)
                case "error":
                    lines += output.traceback
                case _:
                    lines.append(output.data.get("text/plain", ""))
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("notebook", nargs="*", type=Path, default=notebooks())
    options = parser.parse_args(arguments)
    changed = 0
    for path in options.notebook:
        notebook = executed(path)
        is_new = text(notebook) != text(read(path)) if options.check else True
        if is_new and options.check:
            print(f"{path.name} is not what it was when it was executed last")
            changed += 1
        elif not options.check:
            nbformat.write(notebook, path)
            print(f"{path.name}: {sum(c.cell_type == 'code' for c in notebook.cells)} cells")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

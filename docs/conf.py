"""The documentation site: pages in Markdown and notebooks -> HTML, without network.

usage: sphinx-build -W --keep-going docs docs/_build
"""

from __future__ import annotations

import re
from typing import Any

from rasp import __version__
from rasp.highlight import RaspLexer

project = "RASP"
author = "rasp-lang contributors"
copyright = author
version = release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
nitpicky = True
# Types in signatures are shown as they are written; most belong to libraries whose sites would have
# to be fetched to link to them.
nitpick_ignore_regex = [(r"py:.*", r".*")]

# Notebooks are shown with the outputs they were committed with; a test executes them.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = f"RASP {release}"
html_show_sourcelink = False
html_show_copyright = False
html_static_path: list[str] = []
pygments_style = "friendly"
highlight_language = "none"  # of blocks that name none: output, and not Python


def code_in_backticks(*event: Any) -> None:
    """Docstrings mark code as Markdown does; reStructuredText wants two backticks."""
    lines = event[-1]
    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line) for line in lines]


def setup(app: Any) -> None:
    app.add_lexer("rasp", RaspLexer)
    app.connect("autodoc-process-docstring", code_in_backticks)

"""rasp lsp: the language server."""

from __future__ import annotations

import argparse

from rasp.cli.arguments import Commands, add_command
from rasp.errors import RaspLoadError

DETAILS = """\
Speaks the language server protocol on standard input and output: diagnostics, hover, go to
definition, completion.  It needs the optional extra `lsp`: pip install 'rasp-lang[lsp]'.

examples:
  rasp lsp                          started by an editor; docs/editors.md says how
"""


def add(commands: Commands) -> None:
    add_command(commands, "lsp", run, summary="the language server for editors", details=DETAILS)


def run(options: argparse.Namespace) -> None:
    try:
        from rasp.lsp.start import make_server
    except ModuleNotFoundError as error:
        raise RaspLoadError(
            f"the language server needs the package {error.name}",
            hint="pip install 'rasp-lang[lsp]'",
        ) from None
    make_server().start_io()

"""The language server protocol on standard input and output, by way of pygls.

A text is run when it has not been changed for a moment, and when something is asked about it.  One
that takes longer is run when it has not been changed for as long, and what can be written in it is
said from how it was before, so that nobody waits for it while typing.
Changes come as whole texts: programs are short, and nothing can go out of step.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from rasp import __version__
from rasp.lsp import positions
from rasp.lsp.document import Place, Problem, TextDocument
from rasp.lsp.project import Project, read_text
from rasp.source import Span

SETTLED = 0.2  # seconds without a change, after which diagnostics are sent
MAX_FILES = 1000  # of a workspace: more are not looked through for uses of a name
SLOW = 0.1  # seconds to run a text, from which on it is not run for each key
MOST_PROBLEMS = 1000  # of a text that an editor is told of
SKIPPED_FOLDERS = {"node_modules", "__pycache__"}

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}


def shown(problems: Sequence[Problem]) -> list[Problem]:
    """Those that an editor is told of: of very many the first, errors before warnings, and at the
    first that is left out how many there are more."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    rest = ordered[MOST_PROBLEMS:]
    if not rest:
        return list(problems)
    more = f"{len(rest):,} more errors and warnings are not shown"
    return [*ordered[:MOST_PROBLEMS], Problem("warning", more, rest[0].start, rest[0].end, "many")]


class RaspServer(LanguageServer):
    """Knows the documents that are open, by their URI."""

    def __init__(self) -> None:
        full = types.TextDocumentSyncKind.Full
        super().__init__("rasp", f"v{__version__}", text_document_sync_kind=full)
        self._documents: dict[str, tuple[str, TextDocument]] = {}
        self._seconds: dict[str, float] = {}  # that each document took to run

    def document(self, uri: str) -> TextDocument:
        """The document as it is now; an empty one if it is neither open nor a file."""
        try:
            text = self.workspace.get_text_document(uri).source
        except (OSError, UnicodeDecodeError):
            text = ""
        known = self._documents.get(uri)
        if known is None or known[0] != text:
            start = time.perf_counter()
            known = text, TextDocument(text, _path(uri))
            self._documents[uri] = known
            self._seconds[uri] = time.perf_counter() - start
        return known[1]

    def slow_document(self, uri: str) -> TextDocument | None:
        """The document as it was run last, if it has changed since and to run it takes long."""
        known = self._documents.get(uri)
        open_document = self.workspace.text_documents.get(uri)
        if known is None or open_document is None or self._seconds[uri] < SLOW:
            return None
        return known[1] if known[0] != open_document.source else None

    # ---- diagnostics

    async def publish_when_settled(self, uri: str) -> None:
        """Sends the diagnostics of a document unless it changes or is closed meanwhile."""
        version = self._version(uri)
        await asyncio.sleep(max(SETTLED, self._seconds.get(uri, 0)))
        if version is not None and self._version(uri) == version:
            self.publish(uri)

    def _version(self, uri: str) -> int | None:
        """The version of an open document."""
        document = self.workspace.text_documents.get(uri)
        return None if document is None else document.version

    def publish(self, uri: str) -> None:
        """Sends the diagnostics of a document."""
        document = self.document(uri)
        diagnostics = [
            self.diagnostic(problem, document, uri) for problem in shown(document.problems)
        ]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics)
        )

    def publish_dependent(self, uri: str) -> None:
        """A file has been saved: those that load others may have other mistakes now."""
        self._documents.clear()
        for other in [uri, *(key for key in self.workspace.text_documents if key != uri)]:
            self.publish(other)

    def forget(self, uri: str) -> None:
        """A document has been closed."""
        self._documents.pop(uri, None)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        )

    def diagnostic(self, problem: Problem, document: TextDocument, uri: str) -> types.Diagnostic:
        """A problem as the protocol writes it."""
        return types.Diagnostic(
            range=self.range(Span(document.source, problem.start, problem.end)),
            message=problem.message,
            severity=_SEVERITIES[problem.severity],
            code=problem.code,
            source="rasp",
            related_information=[
                types.DiagnosticRelatedInformation(
                    self.location(document.place(span), uri), message
                )
                for span, message in problem.elsewhere
            ],
        )

    # ---- places

    @property
    def codec(self) -> PositionCodec:
        """How the editor counts."""
        return self.workspace.position_codec

    def offset(self, document: TextDocument, position: types.Position) -> int:
        """The offset in the text of a position as the editor counts."""
        return positions.offset(document.source, position, self.codec)

    def range(self, span: Span) -> types.Range:
        """A span as the editor counts."""
        return positions.span_range(span, self.codec)

    def location(self, place: Place, uri: str) -> types.Location:
        """A place; uri: of the document that asks."""
        return types.Location(self.uri(place.path, uri), self.range(place.span))

    def uri(self, path: Path | None, uri: str) -> str:
        """The URI of a file, as the editor wrote it if it is open; `uri` for a text in no file."""
        if path is None:
            return uri
        known: str
        for known in (uri, *self.workspace.text_documents):
            if _path(known) == path.resolve():
                return known
        found: str | None = from_fs_path(str(path.resolve()))
        return found or uri

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What cannot be done has been answered; anything else is shown besides."""
        if not is_refusal(error):
            super().report_server_error(error, source)

    # ---- files

    def project(self, uri: str) -> Project:
        """A document with the open ones and those of the workspace, as the editor has them."""
        document = self.document(uri)
        return document.project(self._paths(), self._text)

    def _text(self, path: Path) -> str | None:
        """A file as it is in the editor, else on disk."""
        for uri in self.workspace.text_documents:
            if _path(uri) == path:
                return self.workspace.get_text_document(uri).source
        return read_text(path)

    def _paths(self) -> Iterator[Path]:
        yield from filter(None, map(_path, self.workspace.text_documents))
        folders = [_path(folder.uri) for folder in self.workspace.folders.values()]
        if not folders and self.workspace.root_uri:
            folders = [_path(self.workspace.root_uri)]
        n_left = MAX_FILES
        for folder in filter(None, folders):
            for path in programs(folder):
                if n_left == 0:
                    return
                n_left -= 1
                yield path


def is_refusal(error: object) -> bool:
    refused = types.LSPErrorCodes.RequestFailed.value
    return isinstance(error, JsonRpcException) and error.code == refused


def programs(folder: Path) -> Iterator[Path]:
    """The programs in a folder and the folders in it, hidden ones left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith(".")
        )
        yield from (Path(place) / name for name in sorted(names) if name.endswith(".rasp"))


def _path(uri: str) -> Path | None:
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path).resolve() if path else None

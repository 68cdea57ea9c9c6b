"""The language server protocol on standard input and output, by way of pygls.

A text is run when it has not been changed for a moment, and when something is asked about it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from rasp import __version__
from rasp.lsp.document import Place, Problem, TextDocument
from rasp.source import Source, Span

SETTLED = 0.2  # seconds without a change, after which diagnostics are sent

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}


class RaspServer(LanguageServer):
    """Knows the documents that are open, by their URI."""

    def __init__(self) -> None:
        super().__init__("rasp", f"v{__version__}")
        self._documents: dict[str, tuple[str, TextDocument]] = {}

    def document(self, uri: str) -> TextDocument:
        """The document as it is now."""
        text = self.workspace.get_text_document(uri).source
        known = self._documents.get(uri)
        if known is None or known[0] != text:
            known = text, TextDocument(text, _path(uri))
            self._documents[uri] = known
        return known[1]

    async def publish_when_settled(self, uri: str) -> None:
        """Sends the diagnostics of a document unless it changes or is closed meanwhile."""
        version = self._version(uri)
        await asyncio.sleep(SETTLED)
        if version is not None and self._version(uri) == version:
            self.publish(uri)

    def _version(self, uri: str) -> int | None:
        """The version of an open document."""
        document = self.workspace.text_documents.get(uri)
        return None if document is None else document.version

    def publish(self, uri: str) -> None:
        """Sends the diagnostics of a document."""
        document = self.document(uri)
        diagnostics = [self._diagnostic(problem, document, uri) for problem in document.problems]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics)
        )

    def forget(self, uri: str) -> None:
        """A document has been closed."""
        self._documents.pop(uri, None)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        )

    def offset(self, document: TextDocument, position: types.Position) -> int:
        """The offset in the text of a position as the editor counts."""
        lines = document.source.text.splitlines(keepends=True)
        if position.line >= len(lines):
            return len(document.source.text)
        here = self._codec.position_from_client_units(lines, position)
        return sum(map(len, lines[: here.line])) + here.character

    @property
    def _codec(self) -> PositionCodec:
        return self.workspace.position_codec

    def range(self, span: Span) -> types.Range:
        """A span as the editor counts."""
        return types.Range(
            self._position(span.source, span.start), self._position(span.source, span.end)
        )

    def _position(self, source: Source, offset: int) -> types.Position:
        line, column = source.position(offset)
        lines = source.text.splitlines(keepends=True)
        return self._codec.position_to_client_units(lines, types.Position(line - 1, column - 1))

    def location(self, place: Place, uri: str) -> types.Location:
        """A place; uri: of the document that asks."""
        other = from_fs_path(str(place.path.resolve())) if place.path else None
        return types.Location(other or uri, self.range(place.span))

    def _diagnostic(self, problem: Problem, document: TextDocument, uri: str) -> types.Diagnostic:
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


def _path(uri: str) -> Path | None:
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def make_server() -> RaspServer:
    """The server with what it answers."""
    server = RaspServer()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _opened(params: types.DidOpenTextDocumentParams) -> None:
        server.publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def _changed(params: types.DidChangeTextDocumentParams) -> None:
        await server.publish_when_settled(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _closed(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def _hover(params: types.HoverParams) -> types.Hover | None:
        document = server.document(params.text_document.uri)
        text = document.hover(server.offset(document, params.position))
        if text is None:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def _definition(params: types.DefinitionParams) -> types.Location | None:
        document = server.document(params.text_document.uri)
        place = document.definition(server.offset(document, params.position))
        return None if place is None else server.location(place, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION)
    def _completion(params: types.CompletionParams) -> types.CompletionList:
        names = server.document(params.text_document.uri).completions()
        return types.CompletionList(False, [types.CompletionItem(name) for name in names])

    return server

"""The server with what it answers, ready to be started."""

from __future__ import annotations

import logging

from lsprotocol import types

from rasp.lsp import answers
from rasp.lsp.server import RaspServer, is_refusal


def make_server() -> RaspServer:
    """The server with what it answers."""
    server = RaspServer()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _opened(params: types.DidOpenTextDocumentParams) -> None:
        server.publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def _changed(params: types.DidChangeTextDocumentParams) -> None:
        await server.publish_when_settled(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def _saved(params: types.DidSaveTextDocumentParams) -> None:
        server.publish_dependent(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _closed(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    answers.register(server)
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_tells_more)
    return server


def _tells_more(record: logging.LogRecord) -> bool:
    """Whether a line of the log says more than the answer to a request did."""
    return not (record.exc_info and is_refusal(record.exc_info[1]))

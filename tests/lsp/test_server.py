"""The language server, spoken to as an editor does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TEXT = '# 😀\nx = "😀"; y = indices + z;\nw = y;\n'


class Client:
    """An editor."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rasp", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._number = 0

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, **params: Any) -> Any:
        """The result."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while (message := self._receive()).get("id") != self._number:
            pass
        return message["result"]

    def notification(self, method: str) -> Any:
        """The parameters of the next one."""
        while (message := self._receive()).get("method") != method:
            pass
        return message["params"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    with client.process:
        client.request("initialize", processId=None, rootUri=None, capabilities={})
        client.notify("initialized")
        yield client
        client.request("shutdown")
        client.notify("exit")
    assert client.process.returncode == 0


def test_a_session(client: Client, tmp_path: Path) -> None:
    uri = (tmp_path / "p.rasp").as_uri()
    document = {"uri": uri, "languageId": "rasp", "version": 1, "text": TEXT}
    client.notify("textDocument/didOpen", textDocument=document)
    published = client.notification("textDocument/publishDiagnostics")
    first, second = published["diagnostics"]
    assert published["uri"] == uri
    assert first["message"].startswith("undefined variable 'z'")
    # Positions count in UTF-16: the emoji is two units.
    assert first["range"] == {
        "start": {"line": 1, "character": 24},
        "end": {"line": 1, "character": 25},
    }
    assert second["range"]["start"] == {"line": 2, "character": 4}

    for version, text in [(2, "x = ;"), (3, TEXT.replace("z", "1"))]:  # the first is skipped
        client.notify(
            "textDocument/didChange",
            textDocument={"uri": uri, "version": version},
            contentChanges=[{"text": text}],
        )
    assert client.notification("textDocument/publishDiagnostics")["diagnostics"] == []
    place = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 4}}
    assert "y = (indices + 1)" in client.request("textDocument/hover", **place)["contents"]["value"]
    assert client.request("textDocument/definition", **place) == {
        "uri": uri,
        "range": {"start": {"line": 1, "character": 10}, "end": {"line": 1, "character": 11}},
    }
    labels = [i["label"] for i in client.request("textDocument/completion", **place)["items"]]
    assert {"x", "y", "w", "select"} <= set(labels)

    client.notify("textDocument/didClose", textDocument={"uri": uri})
    assert client.notification("textDocument/publishDiagnostics")["diagnostics"] == []

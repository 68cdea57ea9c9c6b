"""The language server, spoken to as an editor does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rasp.lsp.colours import KINDS
from rasp.source import Source
from rasp.syntax.format import format_text

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
        return self.answer(method, **params)["result"]

    def answer(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer: with a result or an error."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while (message := self._receive()).get("id") != self._number:
            pass
        return message

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
            assert line, "the server has ended"
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


class Editor:
    """A document that is open."""

    def __init__(self, client: Client, path: Path, text: str) -> None:
        self.client, self.uri, self.text = client, path.as_uri(), text
        document = {"uri": self.uri, "languageId": "rasp", "version": 1, "text": text}
        client.notify("textDocument/didOpen", textDocument=document)

    def place(self, marked: str) -> dict[str, Any]:
        """The arguments of a request about a place (its text is ASCII)."""
        before = self.text[: self.text.index(marked)]
        line, character = before.count("\n"), len(before) - before.rfind("\n") - 1
        document = {"uri": self.uri}
        return {"textDocument": document, "position": {"line": line, "character": character}}

    def changed(self, edits: list[dict[str, Any]], text: str | None = None) -> str:
        """A text after edits."""
        text = self.text if text is None else text
        lines = text.splitlines(keepends=True)
        starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

        def offset(place: dict[str, int]) -> int:
            return starts[place["line"]] + place["character"]

        for edit in sorted(edits, key=lambda e: -offset(e["range"]["start"])):
            start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
            text = text[:start] + edit["newText"] + text[end:]
        return text


PROGRAM = """\
load "base";
# The place of each.
def  place(x) {
  y=x+shared;
  return y;
}
z  = place(indices);
w = plce(z)
"""


def test_names(client: Client, tmp_path: Path) -> None:
    (tmp_path / "base.rasp").write_text("shared = 1;\n")
    (tmp_path / "other.rasp").write_text('load "base";\nshared;\n')
    editor = Editor(client, tmp_path / "main.rasp", PROGRAM)
    ask = client.request
    hover = ask("textDocument/hover", **editor.place("place(indices"))
    assert "The place of each\\." not in hover["contents"]["value"]
    assert "The place of each." in hover["contents"]["value"]
    found = ask("textDocument/documentHighlight", **editor.place("y=x"))
    assert [(f["range"]["start"]["line"], f["kind"]) for f in found] == [(3, 3), (4, 2)]
    context = {"includeDeclaration": True}
    found = ask("textDocument/references", context=context, **editor.place("shared"))
    assert sorted(place["uri"].rpartition("/")[2] for place in found) == ["base.rasp", "main.rasp"]

    assert ask("textDocument/prepareRename", **editor.place("y=x"))["placeholder"] == "y"
    error = client.answer("textDocument/prepareRename", **editor.place("indices"))["error"]
    assert error["message"] == "'indices' belongs to the language"
    error = client.answer("textDocument/rename", newName="x", **editor.place("y=x"))["error"]
    assert "already means something else" in error["message"]
    edit = ask("textDocument/rename", newName="new", **editor.place("y=x"))
    assert "new=x+shared;\n  return new;" in editor.changed(edit["changes"][editor.uri])


def test_names_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "base.rasp").write_text("shared = 1;\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.rasp").write_text("shared = 2;\n")
    (tmp_path / "user.rasp").write_text('load "base";\nx = shared;\n')
    client = Client()
    with client.process:
        folder = {"uri": tmp_path.as_uri(), "name": "it"}
        client.request(
            "initialize", processId=None, rootUri=None, capabilities={}, workspaceFolders=[folder]
        )
        client.notify("initialized")
        editor = Editor(client, tmp_path / "base.rasp", "shared = 1;\n")
        edit = client.request("textDocument/rename", newName="new", **editor.place("shared"))
        user = (tmp_path / "user.rasp").as_uri()
        assert set(edit["changes"]) == {editor.uri, user}
        assert editor.changed(edit["changes"][user], 'load "base";\nx = shared;\n') == (
            'load "base";\nx = new;\n'
        )
        client.request("shutdown")
        client.notify("exit")
    assert client.process.returncode == 0


def test_writing(client: Client, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "main.rasp", PROGRAM.replace("plce(z)", "plce(z);"))
    ask = client.request
    items = ask("textDocument/completion", **editor.place("return y"))["items"]
    kinds = {item["label"]: item["kind"] for item in items}
    assert (kinds["x"], kinds["place"], kinds["return"]) == (6, 3, 14)
    item = next(item for item in items if item["label"] == "shift")
    resolved = ask("completionItem/resolve", **item)
    assert resolved["detail"] == "shift(seq, n, filler)"
    assert "moved n positions to the right" in resolved["documentation"]["value"]

    found = ask("textDocument/signatureHelp", **editor.place("indices);"))
    (signature,) = found["signatures"]
    assert (signature["label"], found["activeParameter"]) == ("place(x)", 0)
    assert signature["parameters"] == [{"label": [6, 7]}]

    place = editor.place("plce")["position"]
    document = {"uri": editor.uri}
    around = {"start": place, "end": place}
    actions = ask(
        "textDocument/codeAction", textDocument=document, range=around, context={"diagnostics": []}
    )
    action = actions[0]
    assert (action["title"], action["kind"]) == ("Change to 'place'", "quickfix")
    assert "w = place(z);" in editor.changed(action["edit"]["changes"][editor.uri])
    none = ask(
        "textDocument/codeAction",
        textDocument=document,
        range=around,
        context={"diagnostics": [], "only": ["refactor"]},
    )
    assert none == []


def test_layout(client: Client, tmp_path: Path) -> None:
    text = PROGRAM.replace("plce(z)", "z;")
    editor = Editor(client, tmp_path / "main.rasp", text)
    ask = client.request
    document, options = {"uri": editor.uri}, {"tabSize": 2, "insertSpaces": True}
    edits = ask("textDocument/formatting", textDocument=document, options=options)
    assert editor.changed(edits) == format_text(Source("", text))
    edits = ask(
        "textDocument/rangeFormatting",
        textDocument=document,
        options=options,
        range={"start": {"line": 6, "character": 0}, "end": {"line": 7, "character": 0}},
    )
    assert editor.changed(edits) == text.replace("z  =", "z =")
    first, second, third = ask("textDocument/documentSymbol", textDocument=document)
    assert (first["name"], first["kind"], first["detail"]) == ("place", 12, "(x)")
    assert [child["name"] for child in first["children"]] == ["y"]
    assert (second["name"], third["name"]) == ("z", "w")

    numbers = ask("textDocument/semanticTokens/full", textDocument=document)["data"]
    assert decoded(text, numbers)[:8] == [
        ("load", "keyword", 0),
        ('"base"', "string", 0),
        ("# The place of each.", "comment", 0),
        ("def", "keyword", 0),
        ("place", "function", 1),
        ("x", "parameter", 1),
        ("y", "variable", 1),
        ("=", "operator", 0),
    ]

    broken = Editor(client, tmp_path / "broken.rasp", "x = (;\ny = 1;\n")
    document = {"uri": broken.uri}
    assert ask("textDocument/formatting", textDocument=document, options=options) is None
    (symbol,) = ask("textDocument/documentSymbol", textDocument=document)
    assert symbol["name"] == "y"


def decoded(text: str, numbers: list[int]) -> list[tuple[str, str, int]]:
    """Pieces of a text with their kinds and modifiers."""
    found = []
    line = unit = 0
    for down, along, length, kind, modifiers in zip(*[iter(numbers)] * 5, strict=True):
        line, unit = line + down, along + (0 if down else unit)
        piece = text.split("\n")[line][unit : unit + length]
        found.append((piece, KINDS[kind], modifiers))
    return found


def test_strange_ends_of_lines(client: Client, tmp_path: Path) -> None:
    editor = Editor(client, tmp_path / "main.rasp", "# a\x0cb\u2028c\r\nx = y;\n")
    (problem,) = client.notification("textDocument/publishDiagnostics")["diagnostics"]
    assert problem["range"]["start"] == {"line": 1, "character": 4}
    found = client.request("textDocument/documentHighlight", **editor.place("y;"))
    assert [place["range"]["start"]["line"] for place in found] == [1]


def test_a_saved_file_is_read_again(client: Client, tmp_path: Path) -> None:
    base = tmp_path / "base.rasp"
    base.write_text("x = 1;\n")
    main = Editor(client, tmp_path / "main.rasp", 'load "base";\ny = x;\n')
    assert client.notification("textDocument/publishDiagnostics")["diagnostics"] == []
    loaded = Editor(client, base, "x = 1;\n")
    assert client.notification("textDocument/publishDiagnostics")["uri"] == loaded.uri
    base.write_text("z = 1;\n")
    client.notify("textDocument/didSave", textDocument={"uri": loaded.uri})
    published = [client.notification("textDocument/publishDiagnostics") for _ in range(2)]
    (problem,) = next(p["diagnostics"] for p in published if p["uri"] == main.uri)
    assert problem["message"].startswith("undefined variable 'x'")


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


def test_what_is_no_document_is_empty(client: Client, tmp_path: Path) -> None:
    """An editor may ask about what it has closed, or about a file that is gone or no text."""
    (tmp_path / "bytes.rasp").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "gone.rasp", tmp_path / "bytes.rasp", tmp_path):
        document = {"uri": path.as_uri()}
        here = {"line": 3, "character": 1}
        assert client.request("textDocument/hover", textDocument=document, position=here) is None
        assert client.request("textDocument/documentSymbol", textDocument=document) == []


def test_nobody_waits_for_a_long_text_while_typing(client: Client, tmp_path: Path) -> None:
    """Names come from how it was before, and the mistakes when it has been run."""
    uri = (tmp_path / "x.rasp").as_uri()
    text = "".join(f"name_{n} = indices + {n};\n" for n in range(2500))
    document = {"uri": uri, "languageId": "rasp", "version": 1, "text": text}
    client.notify("textDocument/didOpen", textDocument=document)
    assert client.notification("textDocument/publishDiagnostics")["diagnostics"] == []
    for version, more in enumerate(["n", "na", "name_24", "name_x;"], 2):
        changed = {"uri": uri, "version": version}
        changes = [{"text": text + more}]
        client.notify("textDocument/didChange", textDocument=changed, contentChanges=changes)
        position = {"line": 2500, "character": len(more)}
        found = client.request(
            "textDocument/completion", textDocument={"uri": uri}, position=position
        )
        names = [item["label"] for item in found["items"]]
        assert found["isIncomplete"]
        assert "name_2444" in names or version == 5
        assert len(names) <= 2000
    (mistake,) = client.notification("textDocument/publishDiagnostics")["diagnostics"]
    assert "undefined variable 'name_x'" in mistake["message"]

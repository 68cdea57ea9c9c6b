"""The extension for Visual Studio Code: its package, and a session with what is in the package."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import rasp
from rasp.lsp.colours import KINDS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "editors" / "vscode"
NODE = shutil.which("node")
VSX = "{http://schemas.microsoft.com/developer/vsx-schema/2011}"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vsix", FOLDER.parent / "vsix.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The built package."""
    path = tmp_path / "rasp.vsix"
    script().write(path)
    return path


def test_the_package_is_whole(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        manifest = ET.fromstring(archive.read("extension.vsixmanifest"))
        types = ET.fromstring(archive.read("[Content_Types].xml"))
        declared = json.loads(archive.read("extension/package.json"))
    for asset in manifest.iter(f"{VSX}Asset"):
        assert asset.attrib["Path"] in names
    identity = next(manifest.iter(f"{VSX}Identity")).attrib
    assert identity["Id"] == declared["name"]
    assert identity["Version"] == declared["version"] == rasp.__version__
    assert identity["Publisher"] == declared["publisher"]
    suffixes = {child.attrib["Extension"] for child in types}
    assert {Path(name).suffix for name in names} - {".xml"} <= suffixes
    contributes = declared["contributes"]
    paths = [declared["main"], *(grammar["path"] for grammar in contributes["grammars"])]
    paths += [language["configuration"] for language in contributes["languages"]]
    for path in paths:
        assert f"extension/{path.removeprefix('./')}" in names
    assert "extension/README.md" in names


def test_the_same_folder_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    script().write(tmp_path / "again.vsix")
    assert (tmp_path / "again.vsix").read_bytes() == package.read_bytes()


def test_commands_and_settings_are_those_of_the_program() -> None:
    declared = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    program = (FOLDER / "extension.js").read_text(encoding="utf-8")
    for command in declared["contributes"]["commands"]:
        assert f'registerCommand("{command["command"]}"' in program
    (setting,) = declared["contributes"]["configuration"]["properties"]
    assert f'.get("{setting.removeprefix("rasp.")}")' in program


@pytest.mark.skipif(NODE is None, reason="node runs the extension")
def test_a_session(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "installed")
    extension = tmp_path / "installed" / "extension" / "extension.js"
    folder = tmp_path / "folder"
    folder.mkdir()
    assert NODE is not None
    session = [NODE, Path(__file__).with_name("session.js"), extension, folder]
    result = subprocess.run(
        [*session, sys.executable, "-m", "rasp", "lsp"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    shown: dict[str, Any] = json.loads(result.stdout)
    ((message, start, severity),) = shown["diagnostics"]
    assert message.startswith("undefined variable 'halff'")
    assert (start, severity) == ({"line": 2, "character": 4}, 0)
    assert "half = indices" in shown["hover"]
    assert shown["definition"] == {"line": 1, "character": 0}
    assert len(shown["references"]) == len(shown["highlights"]) == 1
    assert [text for _, text in shown["rename"]] == ["new", "new"]
    assert shown["placeholder"] == "half"
    assert shown["refused"] == "'indices' belongs to the language"
    function, y, z = shown["symbols"]
    assert (function["name"], function["kind"], function["detail"]) == ("f", 11, "(x)")
    assert (y["name"], y["kind"], z["name"]) == ("half", 12, "z")
    kind, detail, text = shown["completion"]
    assert (kind, detail) == (2, "shift(seq, n, filler)")
    assert "to the right" in text
    assert shown["signature"] == ["f(x)", 0]
    assert shown["action"] == ["Change to 'half'", "half", True]
    assert "half = f(indices);\n" in shown["formatting"][0]
    assert shown["tokens"] == [0, 0, 3, KINDS.index("keyword"), 0]
    assert shown["mended"] == shown["restarted"] == []
    (error,) = shown["errors"]
    assert "no-such-command-anywhere" in error
    assert "pip install 'rasp-lang[lsp]'" in error
    assert shown.get("silent") is None
    assert shown["left"] == []

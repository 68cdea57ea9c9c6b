"""The wheel and the source distribution: built, looked into, and used."""

from __future__ import annotations

import email
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import rasp

ROOT = Path(__file__).parents[1]
PARTS = ("rasp", "grammar", "docs/about.md", "README.md", "LICENSE", "pyproject.toml")
BUILD = """\
import sys
from setuptools import build_meta
out = sys.argv[1]  # which building changes
build_meta.build_sdist(out)
build_meta.build_wheel(out)
"""

USER = """\
import rasp
from rasp import SOp, indices, select, selector_width, tokens, where
from rasp.compiled import CompiledModel

histogram: SOp = selector_width(select(tokens, tokens, "=="))
shown: SOp = where(indices > 0, histogram, 0)
program: rasp.Program = rasp.loads("x = indices;", name="x")
model: CompiledModel = rasp.compile(histogram, vocab="abc", max_len=5)
answer: list[int | float | str | bool] = model("abc")
n_layers: int = rasp.analyze(histogram).n_layers
ok: bool = rasp.verify(model).ok
print(len(answer), len(model.batch(["a", "b"])), n_layers, ok, program.names)
try:
    rasp.load("nowhere.rasp")
except rasp.RaspLoadError as error:
    print(error.message.upper(), error.span, error.hint)
"""
WRONG = """\
model.batch(3)
wrong: str = rasp.analyze(histogram).n_layers
rasp.compile(histogram, vocabulary="abc", max_len=5)
rasp.no_such_function()
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source distribution of this folder, built from a copy of it."""
    folder = tmp_path_factory.mktemp("release")
    tree, out = folder / "tree", folder / "out"
    for part in PARTS:
        source, target = ROOT / part, tree / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    result = subprocess.run(
        [sys.executable, "-c", BUILD, out], cwd=tree, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    (wheel,) = out.glob("*.whl")
    (sdist,) = out.glob("*.tar.gz")
    return wheel, sdist


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_has_every_file_and_no_other(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for path in (ROOT / "rasp").rglob("*") if path.is_file()]
    wanted = {p.relative_to(ROOT).as_posix() for p in files if "__pycache__" not in p.parts}
    wanted |= {f"rasp/grammar/{p.name}" for p in (ROOT / "grammar").iterdir() if p.is_file()}
    assert names == wanted


def test_the_source_has_every_file(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    files = [path for part in ("rasp", "grammar") for path in (ROOT / part).rglob("*")]
    wanted = {p.relative_to(ROOT).as_posix() for p in files if p.is_file()}
    wanted = {name for name in wanted if "__pycache__" not in name}
    assert wanted | {"docs/about.md", "README.md", "LICENSE", "pyproject.toml"} <= names


def test_what_a_package_index_shows(built: tuple[Path, Path]) -> None:
    shown = metadata(built[0])
    assert (shown["Name"], shown["Version"]) == ("rasp-lang", rasp.__version__)
    assert shown["License-Expression"] == "MIT"
    assert shown["Requires-Python"] == ">=3.11"
    assert shown["Description-Content-Type"] == "text/markdown"
    description = shown.get_payload()
    assert isinstance(description, str)
    tokens = [t for block in MarkdownIt().parse(description) for t in block.children or []]
    links = [t.attrs.get("href") or t.attrs.get("src") for t in tokens if t.attrs]
    assert not [link for link in links if "://" not in str(link)], "these lead nowhere on an index"
    requirements = [r.partition(";")[0] for r in shown.get_all("Requires-Dist", [])]
    assert "torch>=2.6" in requirements
    assert not [r for r in requirements if re.search(r"<|~=|==", r)], "no upper bounds"


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## ([\d.]+)$", text, re.MULTILINE)
    assert versions[0] == rasp.__version__


def test_a_users_types(built: tuple[Path, Path], tmp_path: Path) -> None:
    """A strict mypy takes the types of the installed package, and finds what is wrong by them."""
    environment = tmp_path / "venv"
    venv.EnvBuilder(system_site_packages=True, symlinks=True).create(environment)
    (python,) = environment.glob("bin/python")
    (site,) = environment.glob("lib/python*/site-packages")
    with zipfile.ZipFile(built[0]) as archive:
        archive.extractall(site)

    def check(text: str) -> str:
        (tmp_path / "user.py").write_text(text)
        options = ["--strict", "--python-executable", str(python)]
        command = [sys.executable, "-m", "mypy", *options, "user.py"]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False
        ).stdout

    assert check(USER) == "Success: no issues found in 1 source file\n"
    found = check(USER + WRONG)
    n_lines = USER.count("\n")
    lines = {int(line) for line in re.findall(r"user\.py:(\d+): error", found)}
    assert lines == {n_lines + 1 + n for n in range(WRONG.count("\n"))}, found

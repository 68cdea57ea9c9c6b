"""What is declared in pyproject.toml is what is there."""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_is_listed() -> None:
    folders = {path.parent for path in (ROOT / "rasp").rglob("*.py")}
    folders.add(ROOT / "rasp" / "library")  # programs, and no Python
    packages = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert sorted(packages | {"rasp.grammar"}) == PROJECT["tool"]["setuptools"]["packages"]


def test_data_files_are_found() -> None:
    assert files("rasp.grammar").joinpath("rasp.lark").is_file()
    assert files("rasp").joinpath("library/standard.rasp").is_file()
    assert files("rasp").joinpath("py.typed").is_file()
    assert files("rasp.explorer").joinpath("page/page.html").is_file()


def test_command() -> None:
    (command,) = distribution("rasp-lang").entry_points.select(group="console_scripts")
    assert (command.name, command.value) == ("rasp", "rasp.cli:main")


def test_version() -> None:
    import rasp

    assert PROJECT["project"]["version"] == rasp.__version__


def test_bounds() -> None:
    for requirement in PROJECT["project"]["dependencies"]:
        assert ">=" in requirement
        assert "<" not in requirement.replace(">=", ""), "no upper bounds"


def test_tests_of_extras_say_so() -> None:
    """`.ci/run` runs what is marked `extras` once more, where the packages are."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if "importorskip(" in text and path != Path(__file__):
            assert "mark.extras" in text, path

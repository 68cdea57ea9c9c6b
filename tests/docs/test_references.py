"""The reference pages leave out nothing."""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path

import pytest

import rasp
from docs import files
from rasp.cli.parser import build_parser
from rasp.elaborate.limits import Limits
from rasp.elaborate.scope import RESERVED
from rasp.forecast import CODES as FORECAST_CODES
from rasp.syntax.lint import CODES as LINT_CODES
from rasp.syntax.words import BASE_SOPS, FORMS, KEYWORDS, LIBRARY, REPL_LINES, WORD_OPERATORS
from tests.docs.blocks import ROOT

DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one that is not below it."""
    level = len(heading) - len(heading.lstrip("#"))
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)", page, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"no section {heading}"
    return found[1]


# ---- the command line


def _commands() -> dict[str, argparse.ArgumentParser]:
    parser = build_parser()
    (subparsers,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return {"rasp": parser, **{f"rasp {name}": p for name, p in subparsers.choices.items()}}


COMMANDS = _commands()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    page = section(text("cli.md"), f"### {command}")
    documented = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", page))
    options = {o for action in COMMANDS[command]._actions for o in action.option_strings}
    assert options - {"-h", "--help"} <= documented
    for action in COMMANDS[command]._actions:
        for choice in (
            [] if isinstance(action, argparse._SubParsersAction) else action.choices or []
        ):
            assert f"`{choice}`" in page or f"{command} {choice}" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_no_option_is_invented(command: str) -> None:
    page = section(text("cli.md"), f"### {command}")
    table = re.findall(r"^\| (`-.*?) \|", page, re.MULTILINE)
    options = {o for action in COMMANDS[command]._actions for o in action.option_strings}
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(table))) <= options


def test_every_command_is_in_the_overview() -> None:
    overview = text("cli.md").partition("## Commands in detail")[0]
    for command in COMMANDS:
        assert re.search(rf"\| `{command}[ `]", overview), command


# ---- the language


def test_every_word_is_documented() -> None:
    page = text("language.md")
    code = " ".join(re.findall(r"`([^`]*)`", page))
    for word in (*KEYWORDS, *WORD_OPERATORS, *FORMS, *BASE_SOPS, *LIBRARY, *RESERVED):
        assert re.search(rf"\b{word}\b", code), word
    library = section(page, "## The standard library")
    for name in LIBRARY:
        assert re.search(rf"^\| .*`{name}\b", library, re.MULTILINE), name
    for name in BASE_SOPS:
        assert f"| `{name}` |" in page, name
    for line in REPL_LINES:
        assert line in " ".join(page.split()), line


def test_every_warning_is_documented() -> None:
    page = section(text("language.md"), "### Precedence")
    rows = re.findall(r"^\| `([a-z]+-[a-z]+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted([*LINT_CODES, *FORECAST_CODES])


def test_every_kind_of_error_is_documented() -> None:
    page = section(text("language.md"), "## When something fails")
    for name in rasp.__all__:
        error = getattr(rasp, name)
        if isinstance(error, type) and issubclass(error, rasp.RaspError) and "Rasp" in name:
            assert error is rasp.RaspError or f"| `{error.kind}` | `{name}` |" in page


def test_limits_are_those_of_the_language() -> None:
    page = section(text("language.md"), "## When something fails")
    for number in (getattr(Limits(), name) for name in Limits.__slots__):
        assert re.search(rf"\b{number:,}\b", page), number


# ---- Python


def test_every_public_name_is_documented() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("python-*.md"))
    for name in rasp.__all__:
        assert re.search(
            rf"^\.\. (?:auto\w+|py:data):: rasp\.(?:\w+\.)*{name}$", pages, re.MULTILINE
        ), name


# ---- architecture


def test_every_module_is_described() -> None:
    page = text("architecture.md")
    described = set(re.findall(r"^\| `([\w/.]+)` \|", section(page, "## Every file"), re.MULTILINE))
    package = Path(rasp.__file__).parent
    modules = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.suffix in (".py", ".rasp") and path.stat().st_size
    }
    assert described == modules
    assert files.document(page) == page, "python docs/files.py"


# ---- the first page


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#\"]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    for link in links:
        assert link.startswith("https:") or (ROOT / link).exists(), link


def test_every_extra_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for extra in project["project"]["optional-dependencies"]:
        assert extra == "test" or f"`{extra}`" in readme or f"[{extra}]" in readme, extra

"""The reference pages leave out nothing."""

from __future__ import annotations

import argparse
import ast
import re
import tomllib
from pathlib import Path

import pytest

import rasp
from docs import files
from rasp.api import LONGEST
from rasp.cli.parser import build_parser
from rasp.compiler import limits
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
    assert files.document(page, files.listing()) == page, "python docs/files.py"


# ---- limits

QUOTED = {
    "MOST_OPERATIONS": "of more than {} different aggregates",
    "MAX_MEAN_VALUES": "the list of its values, of which there may be {}",
    "MANY_GATES": "more than {} combinations of other values",
    "MAX_DENSE_ROWS": "there may be {} joint values",
    "MOST_CASES": "distinguishes more than {} cases",
    "LARGEST_TOTAL": "are followed up to {}",
    "LARGEST_COMPARED": "are compared up to {}",
    "MAX_LOGITS": "results of more than {} different values",
    "MAX_BOXES": "({} for strings put together",
    "MOST_FAITHFUL_RANKS": "has up to {} ranks",
}


def test_every_number_that_steers_the_compiler_is_listed() -> None:
    page = text("limits.md")
    assert files.document(page, files.numbers()) == page, "python docs/files.py"
    listed = re.findall(
        r"`([A-Z][A-Z0-9_]+)`", section(page, "## Every number that steers the compiler")
    )
    assert len(listed) == len(set(listed))
    tree = ast.parse(Path(limits.__file__).read_text(encoding="utf-8"))
    assigned = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    names = {
        part.id for target in assigned for part in ast.walk(target) if isinstance(part, ast.Name)
    }
    assert set(listed) == names


@pytest.mark.parametrize("name", QUOTED)
def test_numbers_of_refusals_are_what_they_are(name: str) -> None:
    page = " ".join(text("limits.md").split())
    assert QUOTED[name].format(files.number(getattr(limits, name))) in page


def test_other_numbers_of_refusals() -> None:
    page = " ".join(text("limits.md").split())
    assert f"inputs of more than {LONGEST:,} tokens" in page
    assert f"more than {limits.MAX_PARAMETERS // 10**6} million parameters" in page


def test_numbers_for_readers() -> None:
    shown = {1000: "1,000", 1 << 40: "2^40", 2.0**-44: "2^-44", 10**300: "10^300", 1e-5: "1e-5"}
    assert {number: files.number(number) for number in shown} == shown
    assert files.number(10**9) == "1,000,000,000"


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

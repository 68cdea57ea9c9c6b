"""References and renaming, in one file and in several."""

from __future__ import annotations

from pathlib import Path

import pytest

from rasp.errors import RaspNameError
from rasp.lsp.document import TextDocument
from rasp.lsp.project import Project
from rasp.program import loads
from rasp.source import Span
from rasp.syntax.scopes import Occurrence

MOST_NAMES, MOST_PROGRAMS = 40, 8
"""In a long example so many names are renamed, several at once in each of so many texts."""
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.rasp"))


def of(text: str, path: Path | None = None, others: tuple[Path, ...] = ()) -> Project:
    return TextDocument(text, path).project(others)


def at(project: Project, marked: str) -> Occurrence:
    occurrence = project.scopes().at(project.file.source.text.index(marked))
    assert occurrence is not None
    return occurrence


def renamed(text: str, marked: str, name: str) -> str:
    """The text after the name at a mark became another."""
    project = of(text)
    for use in sorted(project.renamed(at(project, marked), name), key=lambda u: -u.span.start):
        text = text[: use.span.start] + name + text[use.span.end :]
    return text


@pytest.mark.parametrize(
    ("text", "marked", "wanted"),
    [
        ("x = 1; y = x + x;", "x", "new = 1; y = new + new;"),
        ("x = 1; x = x + 1;", "x +", "new = 1; new = new + 1;"),
        # a parameter, and the name outside that it hides
        ("x = 1; def f(x) { return x; } y = x;", "x)", "x = 1; def f(new) { return new; } y = x;"),
        ("x = 1; def f(x) { return x; } y = x;", "x =", "new = 1; def f(x) { return x; } y = new;"),
        ("x = [1]; y = [x for x in x];", "x in", "x = [1]; y = [new for new in x];"),
        ("x = [1]; y = [x for x in x];", "x =", "new = [1]; y = [x for x in new];"),
        # a function that calls itself, and one that reads what is bound later
        ("def f(n) { return f; }", "f(", "def new(n) { return new; }"),
        ("def f() { return x; } x = 1;", "x;", "def f() { return new; } new = 1;"),
        # in a loop it may be either
        (
            "x = 0; def f() { for i in [1] { y = x; x = 1; } return x; }",
            "x = 1",
            "new = 0; def f() { for i in [1] { y = new; new = 1; } return new; }",
        ),
        # what is expected of it
        (
            'x = tokens;\n#> x("a x") = ["x"]\n# x is\n',
            "x",
            'new = tokens;\n#> new("a x") = ["x"]\n# x is\n',
        ),
        ("x = 1; # x\ny = (; w = x;", "x =", "new = 1; # x\ny = (; w = new;"),
        ('def f(x) { return x; }\n#> x("a")', "x)", 'def f(new) { return new; }\n#> x("a")'),
    ],
)
def test_rename(text: str, marked: str, wanted: str) -> None:
    assert renamed(text, marked, "new") == wanted


@pytest.mark.parametrize(
    ("text", "marked", "name", "message"),
    [
        ("x = indices;", "indices", "new", "'indices' belongs to the language"),
        ("x = shift(tokens, 1, 0);", "shift", "new", "'shift' belongs to the language"),
        ("x = y;", "y", "new", "'y' is bound nowhere"),
        ("x = 1;", "x", "for", "'for' is a word of the language"),
        ("x = 1;", "x", "select", "'select' is a word of the language"),
        ("x = 1;", "x", "tokens_int", "'tokens_int' is a word of the language"),
        ("x = 1;", "x", "1x", "'1x' is no name"),
        ("x = 1;", "x", "sort", "'sort' belongs to the library"),
        ("x = 1; y = 2; z = x + y;", "x", "y", "'y' already means something else at"),
        ("x = 1; def f(y) { return x + y; }", "x", "y", "'y' already means something else at"),
        ("x = 1; def f(y) { return x + y; }", "y", "x", "'x' already means something else at"),
        ("def f(y) { return max(y, 1); }", "y", "max", "'max' already means something else at"),
        ("x = 1; y = x;\nz = (x;\nw = 2;", "x", "new", "first mend the mistake in <text>, line 2"),
    ],
)
def test_refused(text: str, marked: str, name: str, message: str) -> None:
    project = of(text)
    with pytest.raises(RaspNameError) as caught:
        project.renamed(at(project, marked), name)
    assert caught.value.message.startswith(message)


def test_names_of_the_library_are_free_in_functions() -> None:
    text = "def f(y) { return y; }"
    assert renamed(text, "y", "sort") == "def f(sort) { return sort; }"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_name_of_the_examples(path: Path) -> None:
    """Renamed, a program gives the very same s-ops."""
    text = path.read_text(encoding="utf-8")
    before = loads(text)
    project = of(text)
    renamings: dict[tuple[int, ...], list[Span]] = {}
    bindings = [occurrence for occurrence in project.scopes().occurrences if occurrence.binds]
    for occurrence in bindings[:: 1 + len(bindings) // MOST_NAMES]:
        spans = [use.span for use in project.renamed(occurrence, "renamed_name")]
        places = tuple(sorted(span.start for span in spans))
        assert occurrence.span.start in places
        renamings[places] = spans
    groups = min(len(renamings), MOST_PROGRAMS)
    for first in range(groups):
        changed, new = renamed_all(text, list(renamings.values())[first::groups])
        after = loads(changed)
        for name in before.names:
            value = before[name]
            if hasattr(value, "node"):
                [other] = {name, *new.get(name, ())} & set(after.names)
                assert after[other].node is value.node


def renamed_all(text: str, renamings: list[list[Span]]) -> tuple[str, dict[str, list[str]]]:
    """The text with a new name for each list of places, and the new names of each old one."""
    new: dict[str, list[str]] = {}
    changes = []
    for number, spans in enumerate(renamings):
        name = f"renamed_{number:04}"
        changes += [(span, name) for span in spans]
        new.setdefault(text[spans[0].start : spans[0].end], []).append(name)
    for span, name in sorted(changes, key=lambda change: -change[0].start):
        text = text[: span.start] + name + text[span.end :]
    return text, new


def test_several_files(tmp_path: Path) -> None:
    (tmp_path / "base.rasp").write_text("x = 1;\n_y = 2;\ndef f(x) { return x; }\n")
    (tmp_path / "middle.rasp").write_text('load "base";\n_y = x;\n')
    (tmp_path / "other.rasp").write_text('load "base";\nz = x;\n')
    (tmp_path / "apart.rasp").write_text("x = 1;\n")
    main = tmp_path / "main.rasp"
    text = 'load "middle";\nw = x + _y;\n'
    main.write_text(text)
    others = tuple(sorted(tmp_path.glob("*.rasp")))
    project = of(text, main, others)

    uses = project.uses(at(project, "x +"))
    assert sorted((use.path.name, use.span.line, use.binds) for use in uses if use.path) == [
        ("base.rasp", 1, True),
        ("main.rasp", 2, False),
        ("middle.rasp", 2, False),
        ("other.rasp", 2, False),
    ]
    changed = project.renamed(at(project, "x +"), "new")
    assert {(use.path, use.span) for use in changed} == {(use.path, use.span) for use in uses}
    with pytest.raises(RaspNameError, match="'z' already means something else"):
        project.renamed(at(project, "x +"), "z")
    with pytest.raises(RaspNameError, match="already means something else"):
        project.renamed(at(project, "x +"), "_x")  # would no longer be handed on
    with pytest.raises(RaspNameError, match="'_y' is bound nowhere"):
        project.renamed(at(project, "_y"), "new")


def test_a_file_that_loads_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.rasp"
    text = 'load "a";\nx = 1;\ny = x;\n'
    path.write_text(text)
    project = of(text, path)
    assert len(project.uses(at(project, "x"))) == 2

"""The rooms of the house: who may import whom, and what is not imported until it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

import rasp

PACKAGE = Path(rasp.__file__).parent

# Every room with the rooms that its modules may import at import time, besides itself.
TEXT = {"source", "errors", "diagnostics", "visible", "frozen"}
GRAPH = TEXT | {"graph"}
ROOMS: dict[str, set[str]] = {
    "frozen": set(),
    "source": set(),
    "deadline": set(),
    "visible": set(),
    "diagnostics": {"source", "visible"},
    "errors": {"source", "diagnostics", "visible"},
    "markup": {"visible"},
    "graph": TEXT,
    "vocabulary": GRAPH,
    "syntax": GRAPH,
    "interpreter": GRAPH,
    "analysis": GRAPH | {"vocabulary"},
    "drawing": GRAPH | {"markup"},
    "forecast": GRAPH | {"syntax"},
    "sop": GRAPH,
    "library": set(),
    "highlight": {"syntax"},
    "elaborate": GRAPH | {"syntax"},
    "program": GRAPH | {"syntax", "elaborate", "sop", "arguments"},
    "dsl": GRAPH | {"elaborate", "sop", "program"},
    "model": {"deadline"},
    "certificate": GRAPH | {"vocabulary", "model", "deadline"},
    "digests": TEXT,
    "ratios": set(),
    "outputs": GRAPH | {"certificate", "ratios"},
    "meaning": GRAPH | {"vocabulary", "model", "outputs", "ratios", "certificate", "deadline"},
    "compile_report": {"certificate"},
    "artifact": GRAPH
    | {"vocabulary", "model", "certificate", "outputs", "meaning", "compile_report"},
    "compiler": GRAPH
    | {"vocabulary", "model", "artifact", "outputs", "certificate", "meaning", "ratios"}
    | {"deadline", "compile_report"},
    "occurring": GRAPH | {"vocabulary", "compiler"},
    "tabulated": GRAPH | {"sop", "arguments"},
    "tracr": GRAPH | {"sop", "arguments", "interpreter", "occurring", "tabulated"},
    "readout": GRAPH | {"outputs", "ratios"},
    "decoding": GRAPH | {"vocabulary", "model", "artifact", "readout"},
    "report": {"visible"} | {"artifact", "compile_report"},
    "compiled": GRAPH
    | {"vocabulary", "model", "artifact", "digests", "readout", "report", "decoding"},
    "manifest": GRAPH
    | {"vocabulary", "model", "artifact", "outputs", "compiled", "certificate", "digests"}
    | {"ratios", "meaning", "compile_report"},
    "dial": GRAPH
    | {"artifact", "compile_report", "compiled", "model", "verification", "vocabulary"},
    "files": set(),
    "checkpoint": TEXT
    | {"artifact", "certificate", "compiled", "digests", "manifest", "files", "arguments"},
    "workers": TEXT,
    "verification": GRAPH
    | {"vocabulary", "model", "artifact", "readout", "compiled", "files", "arguments"}
    | {"deadline", "decoding", "manifest", "outputs", "workers"},
    "causal": GRAPH
    | {"vocabulary", "analysis", "drawing", "model", "artifact", "certificate", "meaning"}
    | {"compiler", "readout", "compiled", "verification", "files", "arguments"}
    | {"interpreter"},
    "explorer": GRAPH
    | {"vocabulary", "interpreter", "analysis", "model", "artifact", "compiler", "readout"}
    | {"outputs", "compiled", "decoding", "verification", "files", "causal"},
    "arguments": TEXT,
    "export": GRAPH
    | {"vocabulary", "model", "artifact", "outputs", "readout", "report", "compiled"}
    | {"verification", "files", "ratios"},
    "api": GRAPH | {"vocabulary", "sop", "arguments", "decoding", "deadline"},
    "datasets": GRAPH
    | {"__version__", "api", "arguments", "checkpoint", "compiled", "files", "interpreter"}
    | {"deadline", "program", "random_programs", "report", "sop", "workers"},
    "exercises": GRAPH | {"sop"},
    "expectations": GRAPH | {"syntax", "sop", "program"},
    "random_programs": GRAPH | {"syntax"},
    "testing": GRAPH
    | {
        "random_programs",
        "syntax",
        "sop",
        "program",
        "interpreter",
        "analysis",
        "compiled",
        "checkpoint",
    }
    | {"certificate", "digests", "verification", "api", "decoding", "export", "readout"}
    | {"vocabulary", "artifact", "outputs", "compiler", "meaning"},
}
# What is imported inside a function, so that it is loaded when it is needed, or for types.
LATER: dict[str, set[str]] = {
    "diagnostics": {"markup"},
    "errors": {"markup"},
    "drawing": {"interpreter", "analysis"},
    "sop": {"interpreter", "drawing"},
    "program": {"drawing", "forecast"},
    "tabulated": {"occurring"},
    "artifact": {"drawing", "markup"},
    "report": {"drawing"},
    "analysis": {"interpreter", "markup"},
    "elaborate": {"interpreter"},
    "decoding": {"interpreter"},
    "compiled": {"causal", "checkpoint", "drawing", "explorer", "export", "markup"}
    | {"program", "sop"},
    "explorer": {"program", "sop"},
    "causal": {"markup", "sop"},
    "verification": {"markup", "interpreter", "program", "sop", "compiler"},
    "datasets": {"causal"},
    "exercises": {"api", "interpreter", "program"},
    "expectations": {"api"},
    "dial": {"interpreter"},
    "api": {
        "compile_report",
        "dial",
        "analysis",
        "interpreter",
        "compiled",
        "compiler",
        "program",
        "syntax",
    }
    | {"verification"},
}
FRONT_ENDS = {"cli", "repl", "lsp", "magics", "__main__"}
# The public API alone reaches everywhere, through names that are imported on use.
UNRESTRICTED = FRONT_ENDS | {"__init__"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


When = Literal["at once", "for types", "on use"]


def imports(tree: ast.AST) -> Iterator[tuple[str, When]]:
    """What a module imports, and when: at import time, for type checkers, or inside a function."""
    on_use = {
        node
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        when: When = "on use" if node in on_use else "for types" if node in for_types else "at once"
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            yield from ((f"{node.module}.{alias.name}", when) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, when) for alias in node.names)


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards(path: Path) -> None:
    home = room(path)
    for name, when in imports(ast.parse(path.read_text(encoding="utf-8"))):
        top, _, rest = name.partition(".")
        if top == "torch":
            assert home == "model" or when != "at once", "only the model imports torch at once"
        if top != "rasp" or home in UNRESTRICTED:
            continue
        target = rest.partition(".")[0]
        assert target not in FRONT_ENDS, "nobody imports a front end"
        later = set() if when == "at once" else LATER.get(home, set())
        assert target in {home} | ROOMS[home] | later, f"{home} imports {target} {when}"


def graph_of_imports() -> dict[str, set[str]]:
    """Each module with those it imports at once, for types or on use; the public API, which reaches
    everywhere, is left out.  To import a part of another room is to run that room's `__init__`, and
    so to import what this imports at once; front ends, which are beside each other, do so
    too, and only their modules are looked at."""
    names = {
        ".".join(("rasp", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in MODULES
    }
    del names["rasp"]

    def module(name: str) -> str | None:
        return name if name in names else module(name.rpartition(".")[0]) if "." in name else None

    def home(name: str) -> str:
        return ".".join(name.split(".")[:2])

    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        graph[name], graph[f"{name}, run"] = set(), set()
        for imported, when in imports(ast.parse(path.read_text(encoding="utf-8"))):
            target = module(imported)
            if target is None or target == name:
                continue
            needed = {target}
            if home(target) != home(name) and home(target).partition(".")[2] not in FRONT_ENDS:
                needed.add(f"{home(target)}, run")
            graph[name] |= needed
            if when == "at once":
                graph[f"{name}, run"] |= needed
    return graph


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules each of which reaches every other one."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        found: set[str] = set()
        pending = [start]
        while pending:
            new = graph[pending.pop()] - found
            found |= new
            pending += new
        reached[start] = found
    found_circles = []
    for start, found in reached.items():
        circle = {other for other in found if start in reached[other]}
        if circle and circle not in found_circles:
            found_circles.append(circle)
    return found_circles


def test_modules_import_each_other_in_no_circle() -> None:
    assert not circles(graph_of_imports())


def rooms_of_the_compiler() -> dict[str, set[str]]:
    """Each folder of the compiler, and each module beside these, with those it imports."""
    compiler = PACKAGE / "compiler"
    graph: dict[str, set[str]] = {}
    for path in sorted(compiler.rglob("*.py")):
        home = path.relative_to(compiler).parts[0].removesuffix(".py")
        graph.setdefault(home, set())
        for name, _ in imports(ast.parse(path.read_text(encoding="utf-8"))):
            *above, target = name.split(".")[:3]
            if above == ["rasp", "compiler"] and target != home:
                graph[home].add(target)
    return graph


def test_rooms_of_the_compiler_import_each_other_in_no_circle() -> None:
    graph = rooms_of_the_compiler()
    assert not circles(graph)
    for room_ in graph.keys() - {"account", "pipeline"}:
        assert "account" not in graph[room_], "what explains is no business of the stages"
    assert graph["lowering"] > {"facts", "selection", "variables"}
    assert "lowering" in graph["encoding"]


def lines_of_the_lowering() -> dict[str, int]:
    """Each module with the number of its line in the map of the lowering."""
    text = ast.get_docstring(ast.parse((PACKAGE / "compiler/lowering/__init__.py").read_text()))
    assert text is not None
    entries = re.findall(r"^    \w+ +((?:\w+\s+)*\w+):", text, re.MULTILINE)
    places = [(name, number) for number, entry in enumerate(entries) for name in entry.split()]
    assert len(dict(places)) == len(places), "a module is on one line"
    return dict(places)


def test_the_lowering_is_in_layers() -> None:
    lowering = PACKAGE / "compiler" / "lowering"
    lines = lines_of_the_lowering()
    modules = {path.stem: path for path in lowering.glob("*.py")}
    assert lines.keys() == modules.keys() - {"__init__"}, "its map is in lowering/__init__.py"
    for name, line in lines.items():
        for imported, _ in imports(ast.parse(modules[name].read_text(encoding="utf-8"))):
            if imported.startswith("rasp.compiler.lowering."):
                target = imported.split(".")[3]
                assert lines[target] <= line, f"{name} imports {target}, which is of a later line"


def test_circles_are_seen() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}, "f": {"f"}}
    assert circles(graph) == [{"b", "c"}, {"f"}]
    text = (
        "import x\nfrom rasp import a\nif TYPE_CHECKING:\n    from rasp.b import C\n"
        "async def f():\n    from rasp.d import e\n"
    )
    assert list(imports(ast.parse(text))) == [
        ("x", "at once"),
        ("rasp.a", "at once"),
        ("rasp.b.C", "for types"),
        ("rasp.d.e", "on use"),
    ]


def test_every_room_is_known() -> None:
    assert {room(path) for path in MODULES} <= ROOMS.keys() | UNRESTRICTED


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text or ast.get_docstring(ast.parse(text)), "a module begins with a docstring"


MOST_LINES = 400
LONGER = {"compiler/limits.py": "a table of numbers, each with its reason"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_too_long(path: Path) -> None:
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    if str(path.relative_to(PACKAGE)) in LONGER:
        assert n_lines > MOST_LINES, "no exception is needed any more"
    else:
        assert n_lines <= MOST_LINES, "split it by subject"


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_import_is_light() -> None:
    loaded = run("import sys, rasp; print(*sys.modules)").split()
    assert not {"torch", "numpy", "lark", "safetensors", "prompt_toolkit"} & set(loaded)


def test_programs_need_no_torch() -> None:
    code = (
        "import sys, rasp\n"
        "p = rasp.loads('x = selector_width(select(tokens, tokens, ==));')\n"
        "assert p['x']('aab') == [2, 2, 1]\n"
        "rasp.analyze(p['x'])\n"
        "model = rasp.compile(p['x'], vocab='ab', max_len=3)\n"
        "model.report.to_text()\n"
        "assert 'torch' not in sys.modules\n"
        "assert model('aab') == [2, 2, 1]\n"
        "assert 'torch' in sys.modules"
    )
    run(code)


@pytest.mark.parametrize("name", rasp.__all__)
def test_public_names(name: str) -> None:
    assert getattr(rasp, name) is getattr(rasp, name)
    assert name in dir(rasp)


def test_verify_stays_the_function() -> None:
    # A submodule is set as an attribute of its package; none may hide a public name.
    run(
        "import rasp.checkpoint, rasp.verification, rasp.compiled, rasp.api, rasp.cli\n"
        "import rasp.program, rasp.dsl, types\n"
        "assert not [n for n in rasp.__all__ if isinstance(getattr(rasp, n), types.ModuleType)]"
    )


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        rasp.nonsense  # noqa: B018

"""Conditions of a room are changed, and its tests tell which of the changes they notice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rasp.testing.fates import table
from rasp.testing.rooms import KINDS, NOTICED, UNNOTICED, UNSEEN, Room, survivors

ROOT = Path(__file__).parents[2]
TESTS = """
from rasp.decoding.request import _stops

def test_stops():
    assert _stops(None, None) == frozenset()
    assert len(_stops("a", None)) == 1

def test_that_fails():
    assert False
"""


def test_a_campaign_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    results = tmp_path / "found.json"
    command = [sys.executable, "-m", "rasp.testing.rooms", "--results", str(results)]
    room = f"decoding.request={tmp_path / 'test_some.py'}"
    done = subprocess.run(
        [*command, "--seconds", "30", "--list", room],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "test_that_fails: fails as things are" in done.stderr
    found = json.loads(results.read_text())
    kinds = {key.split(":", 2)[2].strip(): what["kind"] for key, what in found.items()}
    assert kinds["stop is None -> False"] == NOTICED
    assert kinds["stop is None -> True"] == NOTICED
    assert UNSEEN in kinds.values()
    assert f"{UNSEEN}, 0 tried" in done.stdout
    assert done.stdout.endswith(table(found, KINDS) + "\n")


def test_rooms_and_what_is_none() -> None:
    room = Room.of("interpreter.small=tests/interpreter/test_small.py,tests/x.py")
    assert room.tests == ("tests/interpreter/test_small.py", "tests/x.py")
    assert [module.__name__ for module in room.modules()] == ["rasp.interpreter.small"]
    names = [module.__name__ for module in Room.of("decoding=tests").modules()]
    assert "rasp.decoding.request" in names
    with pytest.raises(ValueError, match="no room and its tests"):
        Room.of("interpreter")


def test_table_and_list() -> None:
    known: dict[str, dict[str, object]] = {
        "rasp.readout:f: a -> True": {"kind": NOTICED, "tried": 1, "line": 3},
        "rasp.readout:f: a -> False": {"kind": UNNOTICED, "tried": 2, "line": 3},
    }
    assert table(known, KINDS).splitlines()[2] == "| readout | 2 | 1 | 0 | 0 | 1 |"
    assert list(survivors(known)) == [f"{UNNOTICED}, 2 tried, 3: rasp.readout:f: a -> False"]

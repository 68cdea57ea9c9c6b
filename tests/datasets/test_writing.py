"""Data sets as files: the same bytes however they are made, and nobody else's files are hurt."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rasp
from rasp import files
from rasp.datasets import write_dataset
from rasp.errors import DatasetError, RaspValueError
from tests.clusters import local_cluster

N = 9
SEED = 11


def content(path: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = [file for file in path.rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasets") / "made"
    seen: list[tuple[int, int]] = []
    written = write_dataset(path, N, SEED, progress=lambda done, n: seen.append((done, n)))
    assert seen == [(done, N) for done in range(N + 1)]
    assert written.n_new == written.n_programs == N
    assert written.n_candidates == N + sum(written.left_out.values())
    return path


def test_what_is_in_it(made: Path) -> None:
    assert {path.name for path in made.iterdir()} == {
        "README.md", "dataset.json", "index.jsonl", "programs"
    }  # fmt: skip
    entries = [json.loads(line) for line in (made / "index.jsonl").read_text().splitlines()]
    records = list(rasp.dataset(N, SEED))
    assert [entry["text"] for entry in entries] == [record.text for record in records]
    types = [{name: type(value) for name, value in entry.items()} for entry in entries]
    assert all(found == types[0] for found in types)
    for entry, record in zip(entries, records, strict=True):
        model = rasp.load_model(made / entry["checkpoint"])
        assert model.certificate.meaning.ok
        assert model.batch(entry["inputs"]) == list(map(json.loads, entry["outputs"]))
        assert json.loads((made / entry["circuit"]).read_text()) == record.circuit.to_dict()
        assert (made / entry["program"]).read_text() == entry["text"]
        report = json.loads((made / entry["report"]).read_text())
        assert report["certificate"]["ok"] is True
    assert {entry["name"] for entry in entries} & {"histogram"}


def test_loader_of_the_card(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = (made / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", card, re.DOTALL)
    assert code is not None
    assert len([line for line in code[1].splitlines() if line]) == 10
    monkeypatch.chdir(made)
    names: dict[str, object] = {}
    exec(code[1], names)
    assert names["entry"]["id"] == f"{N - 1:06}"  # type: ignore[index]


def test_again_and_in_processes(made: Path, tmp_path: Path) -> None:
    write_dataset(tmp_path / "jobs", N, SEED, jobs=2)
    assert content(tmp_path / "jobs") == content(made)
    before = content(made)
    assert write_dataset(made, N, SEED).n_new == 0
    assert content(made) == before


def test_another_process_with_other_hashes(made: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rasp", "dataset", "out", "--programs", str(N)]
    result = subprocess.run(
        [*command, "--seed", str(SEED), "--json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(result.stdout)["n_new"] == N
    assert content(tmp_path / "out") == content(made)


@pytest.mark.parametrize("after", [0, 4, N - 1])
def test_interrupted_and_resumed(made: Path, tmp_path: Path, after: int) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    path = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        write_dataset(path, N, SEED, progress=interrupt)
    assert (path / "unfinished.jsonl").exists()
    with (path / "unfinished.jsonl").open("ab") as journal:
        journal.write(b'{"number": 99, "dig')  # a line that was cut off
    (path / "programs" / ".0123456789abcdef.tmp").parent.mkdir(exist_ok=True)
    (path / "programs" / ".0123456789abcdef.tmp").write_bytes(b"half")
    assert write_dataset(path, N, SEED).n_new == N - after
    assert content(path) == content(made)


def test_disk_full(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    whole = files.write_whole

    def full(where: Path, data: bytes) -> None:
        if "000003" in str(where) and where.suffix == ".json":
            raise OSError(errno.ENOSPC, "No space left on device", str(where))
        whole(where, data)

    monkeypatch.setattr("rasp.datasets.folder.write_whole", full)
    with pytest.raises(DatasetError, match=r"cannot write .*000003.*: No space left") as raised:
        write_dataset(path, N, SEED)
    assert raised.value.hint == "what is there is kept: the command can go on"
    monkeypatch.undo()
    assert write_dataset(path, N, SEED).n_new == N - 3
    assert content(path) == content(made)


def test_refusals(made: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"no folder of a data set: thesis\.txt is in it"):
        write_dataset(tmp_path / "mine", 3)
    assert content(tmp_path / "mine") == {"thesis.txt": b"mine"}
    with pytest.raises(DatasetError, match="cannot write .*thesis"):
        write_dataset(tmp_path / "mine" / "thesis.txt", 3)
    with pytest.raises(DatasetError, match="other settings: n_programs 9, seed 11"):
        write_dataset(made, N, SEED + 1)
    with pytest.raises(DatasetError, match="cannot write .*null"):
        write_dataset("a\0b", 3)
    with pytest.raises(RaspValueError, match="not both"):
        write_dataset(tmp_path / "new", 3, jobs=2, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(RaspValueError, match="counted from 1"):
        write_dataset(tmp_path / "new", 3, jobs=0)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("text", ["", "{}\n", "nonsense\n", '{"format": "rasp-dataset"}\n'])
def test_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "unfinished.jsonl").write_text(text)
    with pytest.raises(DatasetError, match="unfinished"):
        write_dataset(tmp_path, 3)
    assert content(tmp_path) == {"unfinished.jsonl": text.encode()}


def test_no_more_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("rasp.datasets.making.PATIENCE", 3)
    monkeypatch.setattr("rasp.datasets.making.behaviour", lambda *_, local: ("same", ""))
    with pytest.raises(DatasetError, match="no more programs"):
        write_dataset(tmp_path / "out", 9)


# -- a cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with local_cluster(2) as address:
        yield address


def test_on_a_cluster(cluster: str, made: Path, tmp_path: Path) -> None:
    write_dataset(tmp_path / "out", N, SEED, scheduler=cluster)
    assert content(tmp_path / "out") == content(made)


def test_no_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasp.workers.CONNECT_SECONDS", 1.0)
    with pytest.raises(DatasetError, match="no scheduler answers"):
        write_dataset(tmp_path / "out", 3, scheduler="tcp://127.0.0.1:1")


def test_time_that_is_up_ends_it_with_what_is_there(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half is kept: what comes out in the end are the same bytes."""
    path = tmp_path / "data"

    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()

    def late(done: int, total: int) -> None:
        if done == 3:
            clock.now = 100.0

    with monkeypatch.context() as patched:
        patched.setattr("rasp.deadline.time", clock)
        written = write_dataset(path, N, SEED, progress=late, time_limit=50)
    assert not written.finished
    assert written.n_programs == written.n_new == 3
    assert "the time limit was reached; 3 programs are there" in written.to_text()
    assert write_dataset(path, N, SEED).finished
    assert content(path) == content(made)
    with pytest.raises(RaspValueError, match="time_limit"):
        write_dataset(tmp_path / "other", N, SEED, time_limit=0)

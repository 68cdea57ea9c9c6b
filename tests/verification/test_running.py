"""The same result here, in processes and on a cluster; what is lost is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

import rasp
from rasp import workers
from rasp.compiled import CompiledModel
from rasp.errors import RaspValueError, VerificationError
from rasp.verification import Verification, running, verify
from rasp.verification.inputs import Numbered
from rasp.verification.job import Job
from tests import handmade
from tests.clusters import local_cluster


@pytest.fixture(scope="module")
def right() -> CompiledModel:
    sop = rasp.loads("x = selector_width(select(tokens, tokens, ==));")["x"]
    return rasp.compile(sop, vocab="abc", max_len=6)


@pytest.fixture(scope="module")
def wrong() -> CompiledModel:
    """Right on all inputs of fewer than five tokens."""
    sop = rasp.loads("x = selector_width(select(tokens, tokens, ==));")["x"]
    model = rasp.compile(sop, vocab="abc", max_len=6)
    model.artifact.tensors["pos_embed.W_pos"][5] += 3
    return model


def test_processes_say_the_same(wrong: CompiledModel) -> None:
    alone = verify(wrong, exhaustive=True, batch_size=100)
    assert alone.n_checked == 3 + 9 + 27 + 81 + 1
    assert alone == verify(wrong, exhaustive=True, batch_size=100, jobs=2)
    sampled = verify(wrong, samples=500, seed=3, batch_size=50)
    assert sampled.counterexample is not None
    assert sampled == verify(wrong, samples=500, seed=3, batch_size=50, jobs=2)


def test_weights_of_the_module_are_what_is_compared() -> None:
    model = handmade.identity()
    assert verify(model, samples=10).ok
    model.module.unembed.W_U.data[2] = model.module.unembed.W_U.data[1]
    found = verify(model, exhaustive=True, max_length=2, jobs=2)
    assert not found.ok
    assert found == verify(model, exhaustive=True, max_length=2)


class _Deadly(Job):
    """Ends the process that compares it."""

    def first_difference(self, shard: object) -> int | None:
        os._exit(3)


class _Failing(Job):
    def first_difference(self, shard: object) -> int | None:
        raise ZeroDivisionError("no reason")


@pytest.mark.parametrize(
    ("job", "message"),
    [(_Deadly, "has died"), (_Failing, "has failed: ZeroDivisionError: no reason")],
)
def test_lost_processes(job: type[Job], message: str, right: CompiledModel) -> None:
    shards = [Numbered(1, 0, 3)] * 20
    with pytest.raises(VerificationError, match=message):
        list(running.in_processes(job.of(right), shards, 2))


def test_arguments(right: CompiledModel) -> None:
    with pytest.raises(RaspValueError, match="counted from 1"):
        verify(right, jobs=0)
    with pytest.raises(RaspValueError, match="not both"):
        verify(right, jobs=2, scheduler="tcp://127.0.0.1:1")


# -- a cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Two workers, each a process of this machine."""
    with local_cluster(2) as address:
        yield address


def test_cluster_says_the_same(cluster: str, right: CompiledModel, wrong: CompiledModel) -> None:
    for model in (right, wrong):
        alone = verify(model, exhaustive=True, batch_size=100)
        assert alone == verify(model, exhaustive=True, batch_size=100, scheduler=cluster)


def test_lost_workers(cluster: str, right: CompiledModel) -> None:
    with pytest.raises(VerificationError, match="ZeroDivisionError"):
        list(running.on_cluster(_Failing.of(right), [Numbered(1, 0, 3)], cluster))
    with pytest.raises(VerificationError, match="has failed: KilledWorker|are lost"):
        list(running.on_cluster(_Deadly.of(right), [Numbered(1, 0, 3)], cluster))


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "nonsense://x", "", "nope"]
)
def test_no_scheduler(address: str, right: CompiledModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1.0)
    with pytest.raises(VerificationError, match="no scheduler answers"):
        verify(right, samples=10, scheduler=address)


def test_no_workers(right: CompiledModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1.0)
    with local_cluster(0) as address, pytest.raises(VerificationError, match="has no workers"):
        verify(right, samples=10, scheduler=address)


def test_without_the_package(right: CompiledModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(VerificationError, match="needs the package distributed") as raised:
        verify(right, samples=10, scheduler="tcp://127.0.0.1:8786")
    assert raised.value.hint == "install rasp-lang[distributed]"


def test_results_can_be_compared(right: CompiledModel) -> None:
    assert verify(right, samples=20) == Verification(True, 20, False, 6)

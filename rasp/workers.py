"""Pieces of work -> their results, in order: in processes of this machine, or on a cluster.

A *task* is a function of a module with what all pieces share and one piece.  The results come in
the order of the pieces, so what is made of them does not depend on the way or on the number of
processes.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Generic, TypeVar

from rasp.errors import RaspError

AHEAD = 4  # pieces on their way for each process
CONNECT_SECONDS = 10.0
WORKER_SECONDS = 30.0  # how long a cluster may be without workers
POLL_SECONDS = 2.0
DISTRIBUTED = "rasp-lang[distributed]"

_S = TypeVar("_S")
_P = TypeVar("_P")
_R = TypeVar("_R")
_F = TypeVar("_F")


@dataclass(frozen=True)
class Task(Generic[_S, _P, _R]):
    """function: of what is shared and of a piece; doing: what a process is that does it, "a process
    that compares"; named: what a cluster is used for, "comparing"; error: what is raised where it
    cannot be done."""

    function: Callable[[_S, _P], _R]
    doing: str
    named: str
    error: type[RaspError]

    def failed(self, error: BaseException) -> RaspError:
        """What a piece raised, for whoever waits for it."""
        if isinstance(error, RaspError):
            return error
        return self.error(f"{self.doing} has failed: {type(error).__name__}: {error}")

    def died(self) -> RaspError:
        return self.error(
            f"{self.doing} has died",
            hint="with less memory than it needs, fewer jobs help; a script has to start processes "
            'below `if __name__ == "__main__":`',
        )

    def lost(self) -> RaspError:
        return self.error("the workers of the cluster are lost")


# ---- processes

_shared: tuple[Any, Any] | None = None  # the task and what is shared, in a process of a pool


def in_processes(
    task: Task[_S, _P, _R], shared: _S, pieces: Iterable[_P], jobs: int
) -> Generator[tuple[_P, _R]]:
    """Raises the task's error where a process dies."""
    n_threads = max(1, _n_processors() // jobs)
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=get_context("spawn"),  # a copy of a process with torch's threads may hang
        initializer=_start,
        initargs=(task, shared, n_threads),
    )

    def submit(piece: _P) -> Future[Any]:
        try:
            with _interrupts_held():
                return pool.submit(_run, piece)
        except BrokenProcessPool:
            raise task.died() from None

    def result(future: Future[Any]) -> Any:
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            raise task.died() from None
        if error is not None:
            raise task.failed(error) from error
        return future.result()

    try:
        yield from _in_order(submit, pieces, result, AHEAD * jobs)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(task: Any, shared: Any, n_threads: int) -> None:
    """What a process of the pool does first."""
    global _shared
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the first process that is interrupted
    torch.set_num_threads(n_threads)
    _shared = task, shared


def _run(piece: Any) -> Any:
    assert _shared is not None
    task, shared = _shared
    return task.function(shared, piece)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes that are started meanwhile are not interrupted while they start, either."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _n_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ---- a cluster


def on_cluster(
    task: Task[_S, _P, _R], shared: _S, pieces: Iterable[_P], address: str
) -> Generator[tuple[_P, _R]]:
    """On the workers of a dask.distributed scheduler; rasp has to be installed there.

    Raises the task's error where there is no such scheduler, or no worker, or where all are lost.
    """
    client = _connected(task, address)
    try:
        ahead = AHEAD * max(1, sum(client.ncores().values()))
        sent = client.scatter(shared, broadcast=True, hash=False)

        def submit(piece: _P) -> Any:
            return client.submit(_run_on_worker, task.function, sent, piece, pure=False)

        yield from _in_order(submit, pieces, lambda future: _found(task, client, future), ahead)
    finally:
        client.close(timeout=POLL_SECONDS)


def _run_on_worker(function: Callable[[Any, Any], Any], shared: Any, piece: Any) -> Any:
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)  # the cluster decides how much runs at a time
    return function(shared, piece)


def _connected(task: Task[_S, _P, _R], address: str) -> Any:
    """A client of the scheduler.  (The package has no types.)"""
    try:
        import distributed
    except ImportError:
        raise task.error(
            f"{task.named} on a cluster needs the package distributed",
            hint=f"install {DISTRIBUTED}",
        ) from None
    try:
        from distributed.comm.addressing import get_address_host_port

        if not address.startswith("inproc:"):  # a client of no address waits when it is closed
            get_address_host_port(address)
        connect: Any = distributed.Client
        client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise task.error(f"no scheduler answers at {address}: {error}") from None
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        client.close(timeout=POLL_SECONDS)
        raise task.error(f"the scheduler at {address} has no workers") from None
    return client


def _found(task: Task[_S, _P, _R], client: Any, future: Any) -> Any:
    """The result of a future, however long it takes as long as there are workers."""
    without_workers = 0.0
    while True:
        start = time.monotonic()
        try:
            error = future.exception(timeout=POLL_SECONDS)
            break
        except TimeoutError:
            lost = client.status != "running" or not client.scheduler_info()["workers"]
            without_workers = without_workers + time.monotonic() - start if lost else 0.0
            if without_workers > WORKER_SECONDS:
                raise task.lost() from None
    if future.cancelled():  # what was sent to them is nowhere any more
        raise task.lost()
    if error is not None:
        raise task.failed(error) from error
    return future.result()


# ---- either


def _in_order(
    submit: Callable[[_P], _F],
    pieces: Iterable[_P],
    result: Callable[[_F], _R],
    ahead: int,
) -> Generator[tuple[_P, _R]]:
    """The pieces in their order, `ahead` of them on their way at a time."""
    waiting: deque[tuple[_P, _F]] = deque()
    for piece in pieces:
        waiting.append((piece, submit(piece)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, result(future)
    while waiting:
        first, future = waiting.popleft()
        yield first, result(future)

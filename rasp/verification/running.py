"""Where shards are compared if not in this process: in others of this machine, or on a cluster.

Each way yields the shards in their order with the place of the first difference in each, so what
comes out does not depend on the way or on the number of processes.
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
from multiprocessing import get_context
from typing import Any, TypeAlias, TypeVar

from rasp.errors import RaspError, VerificationError
from rasp.verification.inputs import Shard
from rasp.verification.job import Job

Result: TypeAlias = tuple[Shard, int | None]
_F = TypeVar("_F")

AHEAD = 4  # shards on their way for each process
CONNECT_SECONDS = 10.0
WORKER_SECONDS = 30.0  # how long a cluster may be without workers
POLL_SECONDS = 2.0
DISTRIBUTED = "rasp-lang[distributed]"


# ---- processes

_job: Job | None = None  # of this process, where it is one of a pool


def in_processes(job: Job, shards: Iterable[Shard], jobs: int) -> Generator[Result]:
    """Raises VerificationError where a process dies."""
    n_threads = max(1, _n_processors() // jobs)
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=get_context("spawn"),  # a copy of a process with torch's threads may hang
        initializer=_start,
        initargs=(job, n_threads),
    )
    try:
        yield from _in_order(
            lambda shard: _submitted(pool, shard), shards, _pool_result, AHEAD * jobs
        )
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, shard: Shard) -> Future[int | None]:
    try:
        with _interrupts_held():
            return pool.submit(_compare, shard)
    except BrokenProcessPool:
        raise _process_died() from None


def _pool_result(future: Future[int | None]) -> int | None:
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        raise _process_died() from None
    if error is not None:
        raise _failed(error) from error
    return future.result()


def _process_died() -> VerificationError:
    return VerificationError(
        "a process that compares has died",
        hint="with less memory than it needs, fewer jobs help; a script has to start processes "
        'below `if __name__ == "__main__":`',
    )


def _start(job: Job, n_threads: int) -> None:
    """What a process of the pool does first."""
    global _job
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the first process that is interrupted
    torch.set_num_threads(n_threads)
    _job = job


def _compare(shard: Shard) -> int | None:
    assert _job is not None
    return _job.first_difference(shard)


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


def on_cluster(job: Job, shards: Iterable[Shard], address: str) -> Generator[Result]:
    """On the workers of a dask.distributed scheduler; rasp has to be installed there.

    Raises VerificationError where there is no such scheduler, or no worker, or where all are lost.
    """
    client = _connected(address)
    try:
        ahead = AHEAD * max(1, sum(client.ncores().values()))
        sent = client.scatter(job, broadcast=True, hash=False)

        def submit(shard: Shard) -> Any:
            return client.submit(_compare_on_worker, sent, shard, pure=False)

        yield from _in_order(submit, shards, lambda future: _found(client, future), ahead)
    finally:
        client.close(timeout=POLL_SECONDS)


def _compare_on_worker(job: Job, shard: Shard) -> int | None:
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)  # the cluster decides how much runs at a time
    return job.first_difference(shard)


def _connected(address: str) -> Any:
    """A client of the scheduler.  (The package has no types.)"""
    try:
        import distributed
    except ImportError:
        raise VerificationError(
            "comparing on a cluster needs the package distributed",
            hint=f"install {DISTRIBUTED}",
        ) from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise VerificationError(f"no scheduler answers at {address}: {error}") from None
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        client.close(timeout=POLL_SECONDS)
        raise VerificationError(f"the scheduler at {address} has no workers") from None
    return client


def _found(client: Any, future: Any) -> int | None:
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
                raise _workers_lost() from None
    if future.cancelled():  # the model that was sent to them is nowhere any more
        raise _workers_lost()
    if error is not None:
        raise _failed(error) from error
    place: int | None = future.result()
    return place


def _workers_lost() -> VerificationError:
    return VerificationError("the workers of the cluster are lost")


# ---- either


def _in_order(
    submit: Callable[[Shard], _F],
    shards: Iterable[Shard],
    result: Callable[[_F], int | None],
    ahead: int,
) -> Generator[Result]:
    """The shards in their order, `ahead` of them on their way at a time."""
    waiting: deque[tuple[Shard, _F]] = deque()
    for shard in shards:
        waiting.append((shard, submit(shard)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, result(future)
    while waiting:
        first, future = waiting.popleft()
        yield first, result(future)


def _failed(error: BaseException) -> RaspError:
    if isinstance(error, RaspError):
        return error
    return VerificationError(f"a process that compares has failed: {type(error).__name__}: {error}")

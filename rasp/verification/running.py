"""Where shards are compared if not in this process: in others of this machine, or on a cluster.

Each way yields the shards in their order with the place of the first difference in each, so what
comes out does not depend on the way or on the number of processes (`rasp.workers`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TypeAlias

from rasp import workers
from rasp.errors import VerificationError
from rasp.verification.inputs import Shard
from rasp.verification.job import Job

Result: TypeAlias = tuple[Shard, int | None]


def in_processes(job: Job, shards: Iterable[Shard], jobs: int) -> Generator[Result]:
    """Raises VerificationError where a process dies."""
    return workers.in_processes(_TASK, job, shards, jobs)


def on_cluster(job: Job, shards: Iterable[Shard], address: str) -> Generator[Result]:
    """On the workers of a dask.distributed scheduler; rasp has to be installed there.

    Raises VerificationError where there is no such scheduler, or no worker, or where all are lost.
    """
    return workers.on_cluster(_TASK, job, shards, address)


def _compare(job: Job, shard: Shard) -> int | None:
    return job.first_difference(shard)


_TASK = workers.Task(_compare, "a process that compares", "comparing", VerificationError)

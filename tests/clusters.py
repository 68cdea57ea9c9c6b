"""Clusters of this machine, for tests of what runs on one."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def local_cluster(n_workers: int) -> Iterator[str]:
    """The address of a scheduler with so many workers, each a process."""
    with _started(n_workers) as cluster:
        yield cluster.scheduler_address


def _started(n_workers: int) -> Any:
    """`distributed` gives a thread of its own ten seconds to begin, and asserts that it has; on a
    machine that does much else it may not have."""
    from distributed import LocalCluster

    for last in (False, False, True):
        try:
            return LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=n_workers,
                threads_per_worker=1,
                dashboard_address=":0",
                host="127.0.0.1",
            )
        except AssertionError:
            if last:
                raise
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # what did not begin was not closed
            gc.collect()
    return None

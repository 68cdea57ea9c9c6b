"""What holds for every test: none of them times, so a slow machine fails none."""

from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:  # the processes are as many as the processors
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

"""What holds for every test: none of them times, so a slow machine fails none.

`pytest -m "not slow and not long"` leaves out what takes most of the time: two minutes on two
processors instead of ten.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # the processes are as many as the processors
    os.environ.setdefault("OMP_NUM_THREADS", "1")

os.environ.setdefault("RASP_VERIFY_STAGES", "1")  # what stages of the compiler hand on is checked

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

LONG = {
    "analysis/test_extent.py",
    "certificate/test_mutations.py",
    "certificate/test_soundness.py",
    "compiler/test_addresses.py",
    "compiler/test_corpus.py",
    "compiler/test_deep.py",
    "compiler/test_functions.py",
    "compiler/test_listed.py",
    "compiler/test_large_vocabularies.py",
    "compiler/test_cases.py",
    "compiler/test_chains.py",
    "compiler/test_long.py",
    "compiler/test_means.py",
    "compiler/test_nearest.py",
    "compiler/test_programs.py",
    "compiler/test_random_programs.py",
    "compiler/test_regressions.py",
    "compiler/test_size.py",
    "compiler/test_sums.py",
    "decoding/test_generation.py",
    "docs/test_blocks.py",
    "docs/test_site.py",
    "examples/test_compiled.py",
    "explorer/test_browser.py",
    "interpreter/test_scale.py",
    "interpreter/test_semantics.py",
    "meaning/test_checks.py",
    "meaning/test_combined.py",
    "meaning/test_domains.py",
    "meaning/test_proof.py",
    "notebooks/test_notebooks.py",
    "repl/test_terminal.py",
    "test_release.py",
    "test_visible.py",
    "testing/test_programs.py",
    "tracr/test_tracr.py",
    "verification/test_departure.py",
    "verification/test_running.py",
    "verification/test_state.py",
}
"""Files whose tests take eight seconds and more together: most of them compile large programs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of these files have the mark `long`."""
    long = {Path(__file__).parent / name for name in LONG}
    missing = sorted(str(path) for path in long if not path.is_file())
    if missing:
        raise pytest.UsageError(f"LONG in {__file__} names what is no file: {', '.join(missing)}")
    for item in items:
        if item.path in long:
            item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def gradients_stay_on() -> Iterator[None]:
    """What runs a model turns gradients off for itself only, not for what comes after."""
    yield
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "is_grad_enabled"):
        on = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        torch.set_grad_enabled(True)
        assert on, "gradients are off after this test"

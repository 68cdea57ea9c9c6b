"""Values are asked for twice: in plain Python where that is possible, and of NumPy throughout."""

from __future__ import annotations

import pytest

from rasp.interpreter import small

TWICE = ("test_best", "test_means", "test_results", "test_semantics")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.endswith(TWICE):
        metafunc.parametrize("way", ["plain", "numpy"], indirect=True)


@pytest.fixture(autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if getattr(request, "param", "plain") == "numpy":
        monkeypatch.setattr(small, "MAX_CELLS", 0)

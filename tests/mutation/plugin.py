"""Pytest plugin for runs against a mutant: the right package, and no time spent on shrinking examples."""

import os
from pathlib import Path

import hypothesis
import pytest
from hypothesis import Phase

from tests.mutation.runner import MUTANT


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    # After tests/conftest.py, which loads a profile of its own.
    hypothesis.settings.register_profile("mutant", deadline=None, derandomize=True, database=None,
                                         phases=(Phase.explicit, Phase.generate))
    hypothesis.settings.load_profile("mutant")


def pytest_sessionstart() -> None:
    import windrow_hdl

    found, expected = Path(str(windrow_hdl.__file__)), Path(os.environ[MUTANT])
    if expected.resolve() not in found.resolve().parents:
        raise pytest.UsageError(f"windrow_hdl must come from {expected}, not from {found}")

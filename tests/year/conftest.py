"""A short year, lived once for all tests of this folder."""

from __future__ import annotations

import pytest

from simulators.year import Plan
from tests.year.lived import Life, Lived

SHORT = Plan(days=60, lamps=10, seed=1)


@pytest.fixture(scope="session")
def short_year(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Ten luminaires for sixty days."""
    return Life(SHORT, tmp_path_factory.mktemp("year")).live()

"""What every test may use: programs of the system, asked for by name. Knows nothing of the gateway."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.mosquitto import Mosquitto

# Debian puts brokers where an ordinary user's PATH does not look.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])

# A busy machine is no failure, and two runs of one commit must agree.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

Needs = Callable[[str], str]


def find_program(name: str) -> str:
    """Return the program's path; without it skip the test, or fail it when CI=true."""
    path = shutil.which(name, path=SEARCH)
    if path is not None:
        return path
    reason = f"{name} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Needs:
    """`needs("mosquitto")` in a test or fixture: the program's path, or the test is skipped."""
    return find_program


@pytest.fixture
def mosquitto(needs: Needs, tmp_path: Path) -> Iterator[Mosquitto]:
    """A real broker of the test's own."""
    server = Mosquitto(needs("mosquitto"), tmp_path)
    server.start()
    yield server
    server.kill()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            find_program(program)

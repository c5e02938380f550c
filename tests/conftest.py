"""What every test may use: programs of the system, asked for by name. Knows nothing of the gateway."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

# Debian puts brokers where an ordinary user's PATH does not look.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
REASON = "needs a program that is not installed: "

Needs = Callable[[str], str]


def find_program(name: str) -> str:
    """Return the program's path; without it skip the test, or fail it when CI=true."""
    path = shutil.which(name, path=SEARCH)
    if path is not None:
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(REASON + name, pytrace=False)
    pytest.skip(REASON + name)


@pytest.fixture
def needs() -> Needs:
    """`needs("mosquitto")` inside a test or fixture: the program's path, or the test is skipped."""
    return find_program


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            find_program(program)


def _missing(reports: list[pytest.TestReport]) -> Iterator[str]:
    for report in reports:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if REASON in reason:
            yield reason.rpartition(REASON)[2]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each missing program, with the number of tests that it cost."""
    programs = list(_missing(terminalreporter.getreports("skipped")))
    for program in sorted(set(programs)):
        terminalreporter.write_line(f"skipped: {programs.count(program)} tests, {program} is not installed")

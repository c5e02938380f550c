"""The shipped unit: systemd finds it sound and closed, and it starts the gateway the way it is meant to."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gateway.cli import outcome
from tests.conftest import Needs

pytestmark = pytest.mark.needs("systemd-analyze")

SHIPPED = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = "touchpoint-gateway.service"
WORST = 1.5


def unit(folder: Path, serial: bool) -> Path:
    """The unit as installed, with or without the drop-in for a serial line; its program is one that exists."""
    path = folder / UNIT
    path.write_text((SHIPPED / UNIT).read_text().replace("/opt/touchpoint-gateway/.venv/bin/touchpoint", "/bin/true"))
    if serial:
        drop_in = folder / f"{UNIT}.d"
        drop_in.mkdir()
        (drop_in / "serial.conf").write_text((SHIPPED / "serial.conf").read_text())
    return path


@pytest.mark.parametrize("serial", [False, True])
def test_the_service_is_closed(needs: Needs, tmp_path: Path, serial: bool) -> None:
    command = [needs("systemd-analyze"), "security", "--offline=yes", "--no-pager", str(unit(tmp_path, serial))]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert exposure, told
    assert float(exposure[1]) <= WORST


def test_systemd_understands_every_line(needs: Needs, tmp_path: Path) -> None:
    command = [needs("systemd-analyze"), "verify", "--man=no", str(unit(tmp_path, serial=True))]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if UNIT in line or "serial.conf" in line] == []


def test_what_it_starts_is_a_command_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    line = next(each for each in (SHIPPED / UNIT).read_text().splitlines() if each.startswith("ExecStart="))
    program, *arguments = shlex.split(line.removeprefix("ExecStart="))
    assert Path(program).name == "touchpoint"
    assert outcome(arguments) == 78, "the site is not there, and nothing else is wrong"
    assert "/etc/touchpoint-gateway/site" in capsys.readouterr().err

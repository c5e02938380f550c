"""The command line: exit statuses, what is told, and the installed command as a process."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.clock import monotonic
from gateway.site import load_estate
from gateway.store.sqlite import Database

TOUCHPOINT = [sys.executable, "-m", "gateway"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A fresh starter site."""
    folder = tmp_path / "site"
    assert outcome(["init", str(folder)]) == 0
    return folder


def test_a_starter_site_passes_check(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert outcome(["check", str(site)]) == 0
    said = capsys.readouterr().out
    assert "requests/s" in said
    assert "access-door" in said
    assert max(map(len, said.splitlines())) <= 100
    assert outcome(["check", str(site), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["problems"], told["assets"]) == (True, [], {"access-door": 1})
    assert told["connections"][0]["load"] > 0


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["--version"]) == 0
    assert capsys.readouterr().out == f"touchpoint-gateway {version('touchpoint-gateway')}\n"


def test_init_leaves_what_is_there_alone(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["init", str(site)]) == 64
    assert "is not empty" in capsys.readouterr().err


def test_a_wrong_site_is_told_whole_and_nothing_starts(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (site / "site.yaml").read_text(encoding="utf-8")
    (site / "site.yaml").write_text(text.replace("    touchpoint:", "    touchpont:").replace("every: 1s", "every: 1"))
    for command in ("check", "run"):
        assert outcome([command, str(site)]) == 78
        told = capsys.readouterr().err.splitlines()
        assert any("site.yaml:" in line and 'did you mean "touchpoint"' in line for line in told), told
        assert any("is no duration" in line for line in told), told
    assert not (site / "var").exists()
    assert outcome(["check", str(site), "--json"]) == 78
    told_json = json.loads(capsys.readouterr().out)
    assert not told_json["ok"]
    assert {"file", "line", "where", "message"} == told_json["problems"][0].keys()


def test_of_thousands_of_problems_200_are_printed_and_json_has_all(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = "".join(f"  access-door.own-{number}: {{}}\n" for number in range(1000))
    (site / "standards.yaml").write_text(f"clauses:\n{empty}", encoding="utf-8")
    assert outcome(["check", str(site), "--json"]) == 78
    count = len(json.loads(capsys.readouterr().out)["problems"])
    assert count > 1000
    assert outcome(["check", str(site)]) == 78
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 201
    assert told[-1] == f"and {count - 200} more"


def test_check_sees_outputs_that_cannot_work(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (site / "site.yaml").read_text(encoding="utf-8")
    (site / "site.yaml").write_text(
        text.replace("journal: {kind: log,", "journal: {kind: webhook, url: 'https://me:hush@helpdesk.example/x',")
    )
    assert outcome(["check", str(site)]) == 78
    told = capsys.readouterr().err
    assert "outputs.journal: url: carries a user or password" in told
    assert "hush" not in told


def test_check_warns_of_a_line_that_cannot_carry_its_polls(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (site / "site.yaml").read_text(encoding="utf-8")
    slow = text.replace("kind: modbus-tcp, host: 192.168.1.20", "kind: modbus-rtu, port: /dev/ttyUSB9, line: 1200-8N1")
    (site / "site.yaml").write_text(slow.replace("every: 1s", "every: 50ms"))
    assert outcome(["check", str(site)]) == 0
    assert "warning: connections.plant-room: more polls than the line can carry" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "nonsense"),
        (["run"], "SITE"),
        (["run", ".", "--bind", "0.0.0.0:8080"], "no authentication yet"),
        (["run", ".", "--bind", "here"], "is no HOST:PORT"),
        (["demo", "--for", "soon"], "is no duration"),
        (["demo", "--report", "/dev/null/report.json"], "/dev/null/report.json: Not a directory"),
        (["init", "/dev/null/site"], "/dev/null/site: Not a directory"),
        (["read", "."], "name a device"),
        (["read", "modbus-tcp://127.0.0.1:1", "--profile", "wb-mcm9"], 'did you mean "wb-mcm8"'),
        (["read", "http://127.0.0.1:1", "--profile", "wb-mcm8"], "write one of modbus-tcp"),
        (["read", "modbus-tcp://127.0.0.1:99999", "--profile", "wb-mcm8"], "out of range"),
        (["read", "modbus-tcp://127.0.0.1:1", "--profile", "wb-mcm8", "--parameter", "x=1"], "the profile has no x"),
        (["read", "modbus-tcp://127.0.0.1:1", "--profile", "zigbee2mqtt-contact", "--parameter", "device=d"], "MQTT"),
        (["tickets", "take", ".", "none"], "ticket"),
    ],
)
def test_wrong_usage_is_64_and_says_what_is_wrong(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(arguments) == 64
    assert says in " ".join(capsys.readouterr().err.split())


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["tickets", "-h"], ["alarms", "shelve", "--help"]):
        assert outcome(arguments) == 0
        assert "Usage: touchpoint" in capsys.readouterr().out


def test_a_device_that_cannot_be_reached_is_69(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["read", "modbus-tcp://127.0.0.1:1", "--profile", "wb-mcm8"]) == 69
    assert "127.0.0.1:1 cannot be opened" in capsys.readouterr().err
    assert outcome(["read", str(site), "di-lobi"]) == 64
    assert 'did you mean "di-lobby"' in capsys.readouterr().err


def test_an_output_that_cannot_be_built_is_78_as_check_says(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For want of a library, say, after an upgrade: systemd would start it again and again."""
    path = site / "site.yaml"
    wrong = "kind: mail, host: mail.example, from: nobody, to: desk@site.example"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: log", wrong), encoding="utf-8")
    told = []
    for command in (["check"], ["run", "--bind", "127.0.0.1:0"]):
        assert outcome([*command, str(site)]) == 78
        told.append(capsys.readouterr().err)
    assert "site.yaml:77: outputs.journal: from: 'nobody' is no mail address" in told[0]
    assert told[0] == told[1]


@pytest.mark.parametrize("unusable", ["garbage", "newer"])
def test_a_database_that_cannot_be_used_is_78(site: Path, unusable: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The unit has RestartPreventExitStatus=78: starting again would mend nothing."""
    database = site / "var" / "gateway.db"
    database.parent.mkdir()
    if unusable == "newer":
        with closing(sqlite3.connect(database)) as newer:
            newer.execute("PRAGMA user_version = 999")
    else:
        database.write_bytes(b"no database at all " * 100)
    assert outcome(["run", str(site), "--bind", "127.0.0.1:0"]) == 78
    says = "has version 999" if unusable == "newer" else "file is not a database"
    assert f"{database}: " in (told := capsys.readouterr().err)
    assert says in told


def test_a_database_that_is_damaged_further_in_is_78_too(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = site / "var" / "gateway.db"
    database.parent.mkdir()
    Database(database, load_estate(site)).close()
    with closing(sqlite3.connect(database)) as made:
        pages = made.execute("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'records'").fetchall()
        (size,) = made.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    assert outcome(["run", str(site), "--bind", "127.0.0.1:0"]) == 78
    says = f"{database}: database disk image is malformed: put a backup in its place"
    assert capsys.readouterr().err.splitlines()[-1] == f"touchpoint: {says}"


def test_a_database_that_is_held_by_another_program_is_worth_another_start(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = site / "var" / "gateway.db"
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TABLE used (at REAL)")  # an empty file is refused for that
        other.execute("BEGIN EXCLUSIVE")
        assert outcome(["run", str(site), "--bind", "127.0.0.1:0"]) == 69
    assert "gateway.db: database is locked" in capsys.readouterr().err


def test_whoever_stops_listening_gets_no_traceback(site: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*TOUCHPOINT, "check", str(site)], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "gb18030"])
def test_a_terminal_that_knows_no_chinese_shows_what_it_can(site: Path, encoding: str) -> None:
    surroundings = {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "zh_CN.UTF-8"}
    for flags in ([], ["--json"]):
        command = [*TOUCHPOINT, "check", str(site), *flags]
        done = subprocess.run(command, capture_output=True, env=surroundings, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        said = done.stdout.decode(encoding)
        told = json.loads(said)["title"]["zh"] if flags else said.partition(" ")[0]
        assert told == ("我的园区" if flags or encoding == "gb18030" else r"\u6211\u7684\u56ed\u533a")


@pytest.mark.parametrize("read", ["typer.main", "gateway.commands", "gateway.cli "])
def test_ctrl_c_while_it_starts_gets_no_traceback(site: Path, read: str) -> None:
    """Python tells each module as it has been read; which one it is that is interrupted differs."""
    command = [sys.executable, "-X", "importtime", "-m", "gateway", "check", str(site)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as starting:
        assert starting.stderr is not None
        told = next(line for line in starting.stderr if read in f"{line.rstrip()} ")
        starting.send_signal(signal.SIGINT)
        told += starting.stderr.read()
    assert [line for line in told.splitlines() if not line.startswith("import time:")] == []
    # Where code was being compiled from text, CPython ends itself by the signal: a shell sees 130 either way.
    assert starting.returncode in (130, -signal.SIGINT)


def test_run_starts_answers_and_stops_cleanly_without_a_terminal(site: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    log = (tmp_path / "log").open("wb")
    gateway = subprocess.Popen(
        [*TOUCHPOINT, "run", str(site), "--bind", "127.0.0.1:0", "--state", str(state)], stdin=subprocess.DEVNULL,
        stdout=log, stderr=log,
    )  # fmt: skip
    log.close()
    try:
        deadline = monotonic() + 40
        while outcome(["status", str(site), "--state", str(state)]) != 0:
            assert monotonic() < deadline, (tmp_path / "log").read_text()
            assert gateway.poll() is None, (tmp_path / "log").read_text()
        second = subprocess.run(
            [*TOUCHPOINT, "run", str(site), "--state", str(state)], capture_output=True, timeout=60, check=False
        )
        assert second.returncode == 1
        assert b"another gateway is at work" in second.stderr
    finally:
        began = monotonic()
        gateway.send_signal(signal.SIGTERM)
        assert gateway.wait(20) == 0
    assert monotonic() - began < 10
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert all({"level", "event", "timestamp", "logger"} <= line.keys() for line in lines)
    assert not (site / "var").exists()
    assert not (state / "gateway.json").exists()

"""A whole gateway at work, with a luminaire behind a real broker: nothing but the right starts a test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import select
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from gateway.app import Gateway, lock
from gateway.clock import SystemClock
from gateway.errors import DocumentError
from gateway.model import Reading
from gateway.site import load_estate
from gateway.store.sqlite import Database
from gateway.store.store import Store
from tests.commands.test_running import command
from tests.mosquitto import Mosquitto, Peer
from tests.waiting import until

PROFILE = """title: bench
maker: none
source: none
verified: simulator
protocol: mqtt
parameters: {prefix: null}
stale_after: 1min
points:
  mains_present: {topic: "{prefix}/state", path: mains, type: boolean}
  lamp_on: {topic: "{prefix}/state", path: lit, type: boolean}
  battery_full: {topic: "{prefix}/state", path: full, type: boolean}
  supply_broken: {topic: "{prefix}/state", path: open, type: boolean}
commands:
  break_supply:
    means: {zh: 断开供电, en: break the supply}
    topic: "{prefix}/rpc"
    payload: {open: true}
    seconds_at: seconds
    reads_back: supply_broken
    ends_by_itself: true
  restore_supply:
    means: {zh: 恢复供电, en: restore the supply}
    topic: "{prefix}/rpc"
    payload: {open: false}
    reads_back: supply_broken
    stops: true
"""
SITE = """site: lights
name: {zh: 灯, en: Lights}
timezone: Asia/Shanghai
languages: [zh, en]
connections:
  broker: {kind: mqtt, host: 127.0.0.1, port: PORT}
devices:
  relay-3f: {profile: bench, connection: broker, prefix: relay-3f, allow: [break_supply, restore_supply]}
assets:
  lamp-3f: {kind: emergency-light, touchpoint: corridor, place: {zh: 走廊, en: Corridor}, points: relay-3f}
"""
ASKED = json.dumps(
    {"asset": "lamp-3f", "kind": "duration", "reason": "x", "who": "li", "method": "start_test"}
).encode()
TOPICS = [
    f"{root}/{rest}"
    for root in ("touchpoint/lights", "touchpoint/lights/lamp-3f", "lights", "relay-3f", "gateway", "cmnd/relay-3f")
    for rest in (
        "proof-tests", "proof-tests/lamp-3f/start", "command", "commands/break_supply", "start_duration_test",
        "set", "cmd", "api/v1/proof-tests", "StartTest", "events/rpc", "state/set",
    )
]  # fmt: skip


@dataclass
class Works:
    """A gateway at work on a site folder, and what its broker passed on."""

    gateway: Gateway
    folder: Path
    peer: Peer
    passed_on: list[tuple[str, bytes]]

    def tell(self, **changed: bool) -> None:
        """The luminaire tells of itself."""
        told = {"mains": True, "lit": False, "full": True, "open": False, **changed}
        self.peer.say("relay-3f/state", json.dumps(told).encode())

    def has(self, point: str, value: Reading) -> bool:
        """Whether that is what the gateway has of the luminaire."""
        number = self.gateway.estate.assets["lamp-3f"].ids[point]
        return self.gateway.runner.pipeline.latest.reading(number) is value

    def rpc(self) -> list[tuple[str, bytes]]:
        """What went to the relay."""
        return [each for each in self.passed_on if each[0] == "relay-3f/rpc"]


def write_site(folder: Path, port: int) -> None:
    (folder / "device_profiles").mkdir(parents=True)
    (folder / "device_profiles" / "bench.yaml").write_text(PROFILE, encoding="utf-8")
    (folder / "site.yaml").write_text(SITE.replace("PORT", str(port)), encoding="utf-8")


@contextlib.asynccontextmanager
async def at_work(mosquitto: Mosquitto, folder: Path) -> AsyncIterator[Works]:
    """The gateway and a luminaire that has told of itself."""
    write_site(folder, mosquitto.port)
    estate, clock, state = load_estate(folder), SystemClock(), folder / "var"
    peer = Peer(mosquitto.port)
    passed_on: list[tuple[str, bytes]] = []
    peer.client.on_message = lambda _client, _data, message: passed_on.append((message.topic, bytes(message.payload)))
    peer.client.subscribe("#", 1)
    with lock(state):
        store = Store(state / "gateway.db", estate)
        gateway = Gateway(estate, store, await store.load(clock.now()), clock)
        work = asyncio.create_task(gateway.run(("127.0.0.1", 0), state))
        try:
            await until(gateway.listening.is_set)
            works = Works(gateway, folder, peer, passed_on)
            works.tell()
            await until(lambda: _told(works))
            yield works
        finally:
            gateway.stop()
            await work
            store.close()
            peer.leave()


def _told(works: Works) -> bool:
    """Say it again until the gateway, which may not have subscribed yet, has it."""
    works.tell()
    return works.has("mains_present", True)


def acts(folder: Path) -> list[str]:
    """What the audit has."""
    database = Database(folder / "var" / "gateway.db", load_estate(folder))
    try:
        return [what for (what,) in database.connection.execute("SELECT what FROM audit ORDER BY sequence")]
    finally:
        database.connection.close()


@pytest.mark.needs("mosquitto")
@pytest.mark.asyncio
async def test_no_message_starts_a_test_and_the_local_command_line_does(mosquitto: Mosquitto, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    async with at_work(mosquitto, folder) as works:
        secret = folder / "var" / "local.token"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.read_text() == works.gateway._keeper.local_secret
        works.peer.say_all([(topic, ASKED) for topic in TOPICS])
        works.peer.say_all([(f"{topic}/{secret.read_text()}", ASKED) for topic in TOPICS[:10]])
        for full in (False, True):  # a broker keeps the order: once these have come, all before them has
            works.tell(full=full)
            await until(partial(works.has, "battery_full", full))
        assert works.rpc() == []
        assert works.gateway.runner.pipeline.proofs.proving.procedures == {}
        assert (
            await command("prove", folder, "lamp-3f", "--kind", "function", "--reason", "visit", "--yes", "--no-wait")
            == 0
        )
        works.tell()
        await until(works.rpc)
        (topic, payload) = works.rpc()[0]
        assert (topic, json.loads(payload)["open"]) == ("relay-3f/rpc", True)
        assert await command("prove", folder, "lamp-3f", "--stop", "--reason", "enough") == 0
        await until(lambda: len(works.rpc()) > 1)
        assert json.loads(works.rpc()[1][1])["open"] is False
    assert not secret.exists()
    assert not (folder / "var" / "gateway.json").exists()
    told = [what for what in acts(folder) if what != "Command"]
    assert told == ["AskForTest", "ConfirmTest", "StartTest", "StopTest"]


@pytest.mark.needs("mosquitto")
@pytest.mark.asyncio
async def test_a_person_at_a_terminal_is_told_and_may_say_no(mosquitto: Mosquitto, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    async with at_work(mosquitto, folder) as works:
        status, said = await _at_a_terminal(folder, b"n\n")
        assert status == 1
        assert "it runs on its battery for about 30 s" in said
        assert "Start it? [y/N]" in said
        assert "nothing was started" in said
        assert works.gateway.runner.pipeline.proofs.proving.procedures == {}
        status, said = await _at_a_terminal(folder, b"y\n")
        assert status == 0
        assert "lamp-3f: precheck" in said
        assert list(works.gateway.runner.pipeline.proofs.proving.procedures) == ["lamp-3f"]


async def _at_a_terminal(folder: Path, typed: bytes) -> tuple[int, str]:
    """The real command, with somebody who types once the question is there."""
    ours, theirs = pty.openpty()
    asked = ("prove", str(folder), "lamp-3f", "--kind", "function", "--reason", "visit", "--no-wait")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *asked, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "LANG": "C.UTF-8", "COLUMNS": "300"},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    try:
        while piece := await asyncio.to_thread(_read, ours):
            before, said = said, said + piece
            if b"[y/N]" in said and b"[y/N]" not in before:
                os.write(ours, typed)
        return await process.wait(), said.decode()
    finally:
        os.close(ours)


def _read(terminal: int) -> bytes:
    """The next piece of output; nothing at its end."""
    select.select([terminal], [], [], 30.0)
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.mark.parametrize(
    "stanza",
    [
        "start_tests: [lamp-3f]",
        "tokens: [{name: li, scopes: [test:run]}]",
        "proof_tests: {start: lamp-3f}",
        "proof_tests: {window: always, function: now}",
        "commands: [break_supply]",
    ],
)
def test_no_line_of_a_sites_file_starts_a_test(tmp_path: Path, stanza: str) -> None:
    write_site(tmp_path / "site", 1)
    with (tmp_path / "site" / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{stanza}\n")
    with pytest.raises(DocumentError):
        load_estate(tmp_path / "site")


@pytest.mark.parametrize("line", ["start: break_supply", "command: break_supply", "token: test:run"])
def test_no_clause_of_a_sites_standard_starts_a_test(tmp_path: Path, line: str) -> None:
    write_site(tmp_path / "site", 1)
    clauses = f"adjust:\n  emergency-light.duration-test:\n    reason: x\n    {line}\n"
    (tmp_path / "site" / "standards.yaml").write_text(clauses, encoding="utf-8")
    with pytest.raises(DocumentError, match=line.partition(":")[0]):
        load_estate(tmp_path / "site")


def test_what_the_site_does_not_allow_can_be_commanded_by_nobody(tmp_path: Path) -> None:
    write_site(tmp_path / "site", 1)
    file = tmp_path / "site" / "site.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(", allow: [break_supply, restore_supply]", ""))
    estate = load_estate(tmp_path / "site")
    assert estate.assets["lamp-3f"].commands == {}
    assert estate.devices["relay-3f"].commands == {}

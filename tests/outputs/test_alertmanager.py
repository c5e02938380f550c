"""Alarms in a real Prometheus Alertmanager: raised is active, cleared is resolved, and one alarm is one alert."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from gateway.clock import iso, wall
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs import alertmanager, build_output
from gateway.outputs.alertmanager import NEVER, Alertmanager
from gateway.outputs.output import Forgetful, Letterhead, Secret
from gateway.samples import samples
from tests.conftest import Needs
from tests.mosquitto import free_port
from tests.outputs.collector import Collector, collecting
from tests.outputs.misbehaviour import CANARY
from tests.outputs.test_letter import notice
from tests.waiting import until

EVENTS = samples()
RAISED, CLEARED, HIDDEN = (EVENTS[f"alarm.{what}"] for what in ("raised", "cleared", "hidden"))
LABELS = {
    "alertname": "access-door.held-open", "site": "riverside-garden", "asset": "door-lobby-1", "priority": "P3",
    "asset_kind": "access-door", "touchpoint": "unit-door", "severity": "warning",
}  # fmt: skip
CONFIGURATION = """
route: {{receiver: ours, group_wait: 100ms, group_interval: 100ms, repeat_interval: 1h, group_by: [alertname]}}
receivers: [{{name: ours, webhook_configs: [{{url: "{url}", send_resolved: true}}]}}]
"""


class Real:
    """Debian's Alertmanager on a free port, which tells its own receiver what it thinks."""

    def __init__(self, program: str, folder: Path, receiver: str) -> None:
        self.program, self.folder, self.port = program, folder, free_port()
        (folder / "am.yml").write_text(CONFIGURATION.format(url=receiver))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        listen = [f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="]
        store = [f"--config.file={self.folder / 'am.yml'}", f"--storage.path={self.folder / 'data'}"]
        self.process = await asyncio.to_thread(
            subprocess.Popen, [self.program, *store, *listen], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        async with asyncio.timeout(30):
            while not await self._is_ready():  # noqa: ASYNC110 - another process sets no event
                await asyncio.sleep(0.05)

    async def _is_ready(self) -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{self.url}/-/ready")).status_code == 200
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    async def alerts(self) -> list[dict[str, Any]]:
        """What is active now."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            found: list[dict[str, Any]] = (await client.get(f"{self.url}/api/v2/alerts")).json()
            return found


@pytest_asyncio.fixture
async def told() -> AsyncIterator[Collector]:
    """Who is told by Alertmanager."""
    async with collecting() as collector:
        yield collector


@pytest_asyncio.fixture
async def real(needs: Needs, tmp_path: Path, told: Collector) -> AsyncIterator[Real]:
    manager = Real(needs("prometheus-alertmanager"), tmp_path, told.url)
    await manager.start()
    yield manager
    manager.kill()


def output(url: str, **settings: str) -> Alertmanager:
    return Alertmanager({"url": url, **settings}, Letterhead(["zh", "en"]))


@contextlib.asynccontextmanager
async def at(url: str) -> AsyncIterator[Alertmanager]:
    made = output(url, link="https://pm.example/$asset")
    try:
        yield made
    finally:
        await made.close()


def news(told: Collector, status: str) -> list[Mapping[str, Any]]:
    return [each for note in told.events for each in note["alerts"] if each["status"] == status]


def changed(event: Mapping[str, Any], **data: Any) -> Mapping[str, Any]:
    return {**event, "data": {name: value for name, value in {**event["data"], **data}.items() if value is not None}}


@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.asyncio
async def test_raised_is_active_and_cleared_is_resolved(real: Real, told: Collector) -> None:
    async with at(real.url) as out:
        await out.send("k-1", RAISED)
        await out.send("k-1", RAISED)
        (alert,) = await real.alerts()
        assert alert["labels"] == LABELS
        assert alert["status"]["state"] == "active"
        assert (alert["startsAt"], alert["endsAt"]) == (RAISED["data"]["raised_at"], NEVER)
        assert alert["generatorURL"] == "https://pm.example/door-lobby-1"
        said = alert["annotations"]
        assert (said["summary_en"], said["summary"]) == ("[P3] Building 1 lobby: Door held open", said["summary_zh"])
        assert said["description_zh"].startswith("【P3】1号楼大堂:门长时间未关。实测:门持续开启时间 200 s")
        assert said["action_en"].startswith("Remove what holds the door")
        await until(lambda: news(told, "firing"), 20)
        await out.send("k-2", CLEARED)
        assert await real.alerts() == []
        await until(lambda: news(told, "resolved"), 20)
    assert {each["fingerprint"] for note in told.events for each in note["alerts"]} == {alert["fingerprint"]}
    assert news(told, "resolved")[0]["labels"] == LABELS


@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.asyncio
async def test_what_is_hidden_ends_and_is_raised_again(real: Real) -> None:
    async with at(real.url) as out:
        await out.send("k-1", RAISED)
        await out.send("k-2", HIDDEN)
        assert await real.alerts() == []
        await out.send("k-3", {**RAISED, "time": "2026-01-01T01:00:00.000Z"})
        (alert,) = await real.alerts()
    assert alert["status"]["state"] == "active"


@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.asyncio
@pytest.mark.parametrize(
    "now_called",
    [{"priority": "P1"}, {"priority": None, "asset_kind": None, "touchpoint": None, "place": None, "title": None}],
)
async def test_what_is_called_otherwise_meanwhile_ends_all_the_same(real: Real, now_called: dict[str, Any]) -> None:
    """The site's files changed while it stood: another priority, or no such asset any more."""
    other = changed(RAISED, asset='door-"2\\')
    async with at(real.url) as out:
        await out.send("k-1", RAISED)
        await out.send("k-1", other)
        await out.send("k-2", changed(RAISED, **now_called))
        mine = [each for each in await real.alerts() if each["labels"]["asset"] == "door-lobby-1"]
        assert [each["labels"].get("priority") for each in mine] == [now_called["priority"]], "one alarm is one alert"
        await out.send("k-3", CLEARED)
        assert [each["labels"]["asset"] for each in await real.alerts()] == ['door-"2\\'], "and no other ends with it"


@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.asyncio
async def test_what_stands_is_told_again_after_it_forgot_everything(real: Real) -> None:
    standing = [changed(RAISED, asset=f"door-{number}") for number in range(alertmanager.AT_ONCE + 3)]
    async with at(real.url) as out:
        await out.repeat(lambda: standing)
        assert len(await real.alerts()) == len(standing)
        real.kill()
        await real.start()
        assert await real.alerts() == [], "it keeps alerts in memory only"
        await out.repeat(lambda: standing)
        assert len(await real.alerts()) == len(standing)
        await out.repeat(lambda: [])
        assert len(await real.alerts()) == len(standing), "silence ends nothing"
        assert isinstance(out, Forgetful)


@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.asyncio
async def test_a_trial_shows_for_a_minute(real: Real) -> None:
    trial = {**notice("en", kind="test"), "time": iso(wall())}
    trial["data"] |= {"to": "", "by": "wang"}
    async with at(real.url) as out:
        await out.send("k", trial)
        (alert,) = await real.alerts()
    assert alert["labels"]["alertname"] == "touchpoint.test"
    assert alert["annotations"]["summary"] == "s: this is only a test of this channel, asked for by wang"
    began, ends = (datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt"))
    assert (ends - began).total_seconds() == 60


@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.asyncio
async def test_that_another_output_takes_nothing_is_an_alert_too(real: Real) -> None:
    data = {"site": "s", "output": "chat", "kind": "wecom", "priority": "P2", "since": "2026-01-01T00:00:00.000Z"}
    failing = {
        "type": "touchpoint.output.failing.v1",
        "subject": "output/chat",
        "time": "2026-01-01T00:05:00.000Z",
        "data": data,
    }
    async with at(real.url) as out:
        await out.send("k-1", RAISED)
        await out.send("k-2", failing)
        (alert,) = [each for each in await real.alerts() if each["labels"]["alertname"] == "output.failing"]
        assert alert["labels"] == {
            "alertname": "output.failing", "site": "s", "output": "chat", "priority": "P2", "severity": "warning",
        }  # fmt: skip
        assert alert["startsAt"] == data["since"]
        working = {**failing, "type": "touchpoint.output.working.v1", "time": "2026-01-01T00:09:00.000Z"}
        await out.send("k-3", working)
        assert [each["labels"]["alertname"] for each in await real.alerts()] == ["access-door.held-open"]
        store = {"site": "s", "priority": "P1", "since": data["since"]}
        door = "access-door.held-open"
        for what, found in (("failing", [door, "store.failing"]), ("working", [door])):
            told = {**failing, "type": f"touchpoint.store.{what}.v1", "subject": "store", "data": store}
            await out.send(f"k-{what}", told)
            assert sorted(each["labels"]["alertname"] for each in await real.alerts()) == found


@pytest.mark.asyncio
async def test_nothing_that_ended_meanwhile_is_told_again() -> None:
    """What stands is asked for only when the end of an alarm, if that is on its way, has arrived."""
    asked: list[str] = []
    async with collecting(b"[]", "hang") as collector:
        out = output(collector.url, timeout="700ms")
        ending = asyncio.create_task(out.send("k", CLEARED))
        await until(lambda: len(collector.paths) == 2)

        def standing() -> Iterator[Mapping[str, Any]]:
            asked.append("now")
            yield from ()

        again = asyncio.create_task(out.repeat(standing))
        await asyncio.sleep(0)
        assert not asked
        await asyncio.gather(ending, again, return_exceptions=True)
        assert asked
        await out.close()


@pytest.mark.asyncio
async def test_only_alarms_are_alerts() -> None:
    out = output("http://127.0.0.1:1")
    await out.send("k", EVENTS["alarm.acknowledged"])
    with pytest.raises(PermanentFailure, match=r"takes alarms only: write events: \[alarm\.\*\]"):
        await out.send("k", EVENTS["ticket.opened"])
    await out.close()


@pytest.mark.asyncio
async def test_says_who_asks_and_tells_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with collecting(b"[]", b"", 503) as collector:
            out = output(collector.url + "/am/", token=Secret(CANARY))
            await out.send("k", RAISED)
            with pytest.raises(TemporaryFailure, match="answered 503"):
                await out.send("k", RAISED)
            await out.close()
    assert collector.paths[0].startswith(
        "/am/api/v2/alerts?filter=alertname%3D%22access-door.held-open%22&filter=site%3D"
    )
    assert collector.paths[1] == "/am/api/v2/alerts"
    assert {each["authorization"] for each in collector.headers} == {f"Bearer {CANARY}"}
    assert CANARY not in caplog.text + repr(vars(out))


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({}, "url is missing"), ({"url": "ftp://x"}, "no http or https"),
        ({"url": "http://x", "to": "y"}, "unknown setting to"),
        ({"url": "http://x", "link": "y"}, "link: is no http"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        build_output("alertmanager", settings, Letterhead(["en"]))

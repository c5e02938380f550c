"""Who is there: offline words, silence, a lost line. On a clock moved by hand."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.model import BadReading, Readings
from gateway.sources.mqtt import MqttSource
from gateway.sources.source import Connection
from tests.mqtt_site import AMPS, ANSWERS, LINE, VOLTS, Site, device


async def watch(site: Site, seconds: float, until: Callable[[], bool]) -> None:
    """Let ``seconds`` pass under the watch for silence, until something holds."""
    task = asyncio.create_task(site.source._watch_silence())
    for _ in range(int(seconds)):
        await asyncio.sleep(0)
        await site.clock.pass_time(1.0)
        await asyncio.sleep(0)
    task.cancel()
    assert until()


AVAILABLE = {"topic": "{prefix}/availability", "path": "state"}


@pytest.mark.parametrize("payload", ["offline", '{"state": "offline"}', '"offline"'])
def test_an_offline_word_makes_everything_unknown(payload: str) -> None:
    """RELIABILITY D3."""
    site = Site(device(availability=AVAILABLE))
    site.receive("eml-3f/state", '{"v": 1, "a": 1}')
    site.delivered.clear()
    site.receive("eml-3f/availability", payload)
    told = site.told()
    assert told[ANSWERS] is False
    assert told[VOLTS] == told[AMPS] == BadReading("offline")
    assert site.acknowledged == [2]


def test_an_online_word_counts_also_when_retained_but_is_no_value() -> None:
    site = Site(device(availability=AVAILABLE))
    site.receive("eml-3f/availability", '{"state": "online"}', retain=True)
    assert site.told() == {ANSWERS: True}


def test_an_online_word_from_the_brokers_queue_may_be_over() -> None:
    site = Site(device(availability=AVAILABLE))
    site.receive("eml-3f/availability", "online", queued=True)
    assert site.told() == {}
    site.receive("eml-3f/availability", "offline", queued=True)
    assert site.told()[ANSWERS] is False


def test_an_unknown_word_is_no_answer() -> None:
    site = Site(device(availability=AVAILABLE))
    site.receive("eml-3f/availability", "perhaps")
    assert site.reason(ANSWERS) == "unknown-code"


def test_a_device_that_speaks_after_its_will_is_back() -> None:
    site = Site(device(availability=AVAILABLE))
    site.receive("eml-3f/availability", "offline")
    site.receive("eml-3f/availability", "offline")
    assert sum(len(each.points) == 3 for each in site.delivered) == 1
    site.receive("eml-3f/state", '{"v": 1}')
    assert site.told()[ANSWERS] is True


@pytest.mark.asyncio
async def test_silence_without_a_will_makes_everything_unknown_and_stays_told() -> None:
    """RELIABILITY D3: 60 s without a message, on a device whose values go stale after 60 s."""
    site = Site()
    site.up()
    site.receive("eml-3f/state", '{"v": 1}')
    site.delivered.clear()
    await watch(site, 59, lambda: not any(VOLTS in each.points for each in site.delivered))
    await watch(site, 20, lambda: any(VOLTS in each.points for each in site.delivered))
    told = site.told()
    assert told[ANSWERS] is False
    assert told[VOLTS] == told[AMPS] == BadReading("silent")
    await watch(site, 60, lambda: sum(each.points == (ANSWERS,) for each in site.delivered) >= 3)
    site.receive("eml-3f/state", '{"v": 1}')
    assert site.told()[ANSWERS] is True


@pytest.mark.asyncio
async def test_silence_of_a_lost_line_is_the_lines() -> None:
    site = Site()
    site.up()
    site.source._down("gone")
    site.delivered.clear()
    await watch(site, 200, lambda: {each.points for each in site.delivered} == {(LINE,)})


# The line.


def test_a_lost_line_is_told_as_such() -> None:
    site = Site()
    site.up()
    assert site.told() == {LINE: True}
    site.source._down("connection refused")
    told = site.told()
    assert told[LINE] is False
    assert told[ANSWERS] == told[VOLTS] == told[AMPS] == BadReading("line-down")


def test_a_session_that_the_broker_kept_makes_nothing_good_by_itself() -> None:
    site = Site()
    site.up()
    site.source._down("gone")
    site.delivered.clear()
    site.up(session_present=True)
    assert site.told() == {LINE: True}


def test_a_session_that_the_broker_lost_makes_every_point_unknown() -> None:
    """RELIABILITY A11: what was acknowledged to devices meanwhile may be gone."""
    site = Site()
    site.up()
    site.source._down("gone")
    site.delivered.clear()
    site.up(session_present=False)
    told = site.told()
    assert told[LINE] is True
    assert told[VOLTS] == BadReading("session-lost")
    site.receive("eml-3f/state", '{"v": 3}')
    assert site.told()[VOLTS] == 3


@pytest.mark.asyncio
async def test_a_line_that_cannot_even_be_tried_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    source = MqttSource(Connection("broker", "mqtt", LINE, host="a..b", port=1, client_id="t"), [device()], clock)
    delivered: list[Readings] = []
    task = asyncio.create_task(source.run(delivered.append))
    for _ in range(5):
        await asyncio.sleep(0)
        await clock.pass_time(40.0)
    task.cancel()
    await asyncio.wait([task])
    assert delivered[0].points == (LINE,)
    assert delivered[0].values == (False,)
    assert caplog.text.count("cannot be used") == 1


@pytest.mark.asyncio
async def test_a_line_that_was_there_and_cannot_be_tried_any_more_is_told(tmp_path: Path) -> None:
    """Its certificates are gone when its client has to be built anew."""
    connection = Connection(
        "broker", "mqtt", LINE, host="127.0.0.1", port=1, tls=True, ca_file=str(tmp_path / "ca.crt"), client_id="t"
    )
    site = Site(connection=connection)
    site.up()
    site.receive("eml-3f/state", '{"v": 1}')
    site.delivered.clear()
    task = asyncio.create_task(site.source.run(site.delivered.append))
    for _ in range(5):
        await asyncio.sleep(0)
        await site.clock.pass_time(1.0)
    task.cancel()
    await asyncio.wait([task])
    told = site.told()
    assert told[LINE] is False
    assert told[VOLTS] == BadReading("line-down")

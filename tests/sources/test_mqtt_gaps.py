"""What an MQTT source tells of the times at which it did not listen: killed, kept and wiped brokers (A11)."""

import asyncio
from pathlib import Path

import pytest

from gateway.model import BadReading, Gap
from tests.conftest import Needs
from tests.mosquitto import Mosquitto
from tests.mqtt_site import Site
from tests.sources.test_mqtt_wire import VOLTS as WIRE_VOLTS
from tests.sources.test_mqtt_wire import peer, running
from tests.story import NOON, Plan, Story
from tests.waiting import until


def gaps(site: Site) -> list[Gap]:
    """What was told of gaps since the last look."""
    found = [each.gap for each in site.delivered if each.gap]
    site.delivered.clear()
    return found


def test_an_outage_is_told_with_its_times_and_whether_the_session_was_kept() -> None:
    site = Site()
    site.up()
    assert gaps(site) == [], "before the very first time nothing could be missed"
    site.source._down("gone")
    site.clock.advance(500)
    site.up(session_present=True)
    assert gaps(site) == [Gap(1000.0, 1500.0, session_lost=False)]
    site.clock.advance(100)
    site.source._down("gone")
    site.clock.advance(1)
    site.up(session_present=False)
    assert gaps(site) == [Gap(1600.0, 1601.0, session_lost=True)]


def test_a_restart_is_a_gap_unless_the_broker_kept_what_came_meanwhile() -> None:
    kept, lost, new = Site(until=900.0), Site(until=900.0), Site()
    kept.up(session_present=True)
    lost.up()
    new.up()
    assert (gaps(kept), gaps(lost), gaps(new)) == ([], [Gap(900.0, 1000.0, session_lost=True)], [])


@pytest.mark.asyncio
async def test_a_line_that_flaps_is_told_of_once_a_minute_and_nothing_is_left_out() -> None:
    site = Site()
    site.up()
    told: list[Gap] = []
    watch = asyncio.create_task(site.source._watch_silence())
    for second in range(120):
        site.source._down("gone")
        await site.clock.pass_time(0.5)
        site.up(session_present=second != 30)
        await site.clock.pass_time(0.5)
        told += gaps(site)
    for _ in range(10):
        await site.clock.pass_time(15)
        told += gaps(site)
    watch.cancel()
    assert [round(gap.since) for gap in told] == [1000, 1001, 1061]
    assert [gap.session_lost for gap in told] == [False, True, False]
    assert told[-1].until == 1119.5


def test_the_tick_makes_an_event_of_it_in_both_languages() -> None:
    plan = Plan({})
    plan.asset("ext", "ext", ["pressure"])
    story = Story(plan.estate())
    story.line_gap(Gap(NOON - 90.0, NOON, session_lost=True))
    event = story.events[-1]
    assert (event.type, event.subject) == ("touchpoint.connection.restored.v1", "connection/line")
    assert event.data["from"] == "2026-01-01T11:58:30.000Z"
    assert event.data["until"] == "2026-01-01T12:00:00.000Z"
    assert (event.data["seconds"], event.data["span"], event.data["session_lost"]) == (90.0, "90 s", True)
    assert event.data["since"] == "2026-01-01 19:58:30"
    assert event.data["session"].keys() == {"zh", "en"}


@pytest.mark.asyncio
@pytest.mark.needs("mosquitto")
@pytest.mark.parametrize("wiped", [False, True])
async def test_a_killed_and_a_wiped_broker_leave_a_gap_and_nothing_that_passes_for_known(
    wiped: bool, needs: Needs, tmp_path: Path
) -> None:
    mosquitto = Mosquitto(needs("mosquitto"), tmp_path)
    mosquitto.start()
    async with running(mosquitto.port) as gateway, peer(mosquitto.port) as unit:
        await asyncio.to_thread(unit.say, "d/state", b'{"v": 1}', True)
        await until(lambda: gateway.now.get(WIRE_VOLTS) == 1)
        before = gateway.source._clock.now()
        mosquitto.kill()
        await until(lambda: gateway.reason(WIRE_VOLTS) == "line-down")
        if wiped:
            mosquitto.wipe()
        mosquitto.start()
        await until(lambda: gateway.listens and gateway.gaps)
        gap = gateway.gaps[-1]
        assert before <= gap.since < gap.until <= gateway.source._clock.now()
        assert gap.session_lost is wiped
        assert isinstance(gateway.now[WIRE_VOLTS], BadReading)
        await until(unit.client.is_connected)
        await asyncio.to_thread(unit.say, "d/state", b'{"v": 2}', True)
        await until(lambda: gateway.now[WIRE_VOLTS] == 2)
    mosquitto.kill()

"""/metrics: every documented name and no other, with figures that agree with what happened, bounded in number."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.api.instruments import Instruments
from gateway.api.metrics import METRICS, PREFIX, table
from gateway.changes import Changes
from gateway.clock import ManualClock
from gateway.estate import Keep, OutputSettings
from gateway.health import Health
from gateway.measures import STEPS, Durations
from gateway.model import BadReading, Event
from gateway.pipeline import Pipeline
from gateway.proof_tests.entry import Entry, Outcome
from gateway.runner import Runner
from gateway.saved import Saved
from gateway.store.store import Store
from tests.api.serving import Served, serving, small_site
from tests.story import NOON, Plan


def outputs() -> dict[str, OutputSettings]:
    return {
        "hook": OutputSettings("hook", "webhook", ("ticket.*",), {}),
        "influx": OutputSettings("influx", "influx", (), {}, keep=Keep(10_000, 1e9)),
    }


async def scraped(site: Served) -> dict[str, dict[tuple[str, ...], float]]:
    """Name → values of its labels, sorted by the labels' names → value."""
    answer = await site.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            key = tuple(value for _, value in sorted(sample.labels.items()))
            assert key not in found.setdefault(sample.name, {}), "each sample once"
            found[sample.name][key] = sample.value
    return found


@pytest.mark.asyncio
async def test_what_happened_is_what_is_shown(tmp_path: Path) -> None:
    estate = replace(small_site(), outputs=outputs())
    async with serving(tmp_path, estate) as site:
        await site.read("light-3f", battery_voltage=13.0, mains_present=True)
        await site.read("light-3f", battery_voltage=9.0, mains_present=BadReading("sensor-error", "code 7"))
        told = await scraped(site)
        assert told["touchpoint_readings_total"] == {(): 6.0}
        assert told["touchpoint_bad_readings_total"] == {("sensor-error",): 1.0}
        assert told["touchpoint_ticks_total"][()] >= 2
        assert told["touchpoint_tick_duration_seconds_count"] == told["touchpoint_ticks_total"]
        assert told["touchpoint_commit_duration_seconds_count"][()] >= 2
        assert told["touchpoint_build_info"] == {("test-site", "test", "0.1.0"): 1.0}
        assert told["touchpoint_assets"]["emergency-light", "violated"] == 1
        assert told["touchpoint_assets"]["access-door", "unknown"] == 1
        assert told["touchpoint_alarms"]["active", "P2"] == 1
        assert told["touchpoint_alarms_unacknowledged"]["P2",] == 1
        assert told["touchpoint_tickets"]["P2", "open"] == 1
        assert told["touchpoint_device_up"] == {
            ("line", "light-3f-device"): 1.0, ("line", "lobby-door-device"): 0.0,
        }, "never read is not up"  # fmt: skip
        assert told["touchpoint_connection_up"] == {("line", "modbus-tcp"): 0.0}
        assert told["touchpoint_outbox_waiting"] == {("hook",): 1.0}
        assert told["touchpoint_outbox_oldest_seconds"] == {("hook",): 0.0}
        assert told["touchpoint_spool_waiting"]["influx",] > 6
        assert told["touchpoint_component_up"]["pipeline",] == 1
        assert told["process_resident_memory_bytes"][()] > 1e6
        await site.post("/api/v1/alarms/light-3f/emergency-light.battery/acknowledge", by="li")
        site.clock.advance(100.0)
        told = await scraped(site)
        assert told["touchpoint_alarms_unacknowledged"]["P2",] == 0
        assert told["touchpoint_outbox_oldest_seconds"] == {("hook",): 100.0}


@pytest.mark.asyncio
async def test_every_name_is_documented_and_every_documented_name_is_there(tmp_path: Path) -> None:
    async with serving(tmp_path, replace(small_site(), outputs=outputs())) as site:
        answer = await site.client.get("/metrics")
    families = {family.name for family in text_string_to_metric_families(answer.text)}
    ours = {name.removesuffix("_total") for name in METRICS}
    assert {name.removeprefix(PREFIX) for name in families if name.startswith(PREFIX)} == ours
    assert {name for name in families if not name.startswith((PREFIX, "process_"))} == set()
    for name, named in METRICS.items():
        assert f"| `{PREFIX}{name}` | {', '.join(named.labels)} | {named.means} |" in table()


@pytest.mark.asyncio
async def test_more_assets_and_points_are_not_more_series(tmp_path: Path) -> None:
    counts = []
    for assets in (2, 40):
        plan = Plan({})
        for number in range(assets):
            plan.asset(f"door-{number}", "access-door", [f"p{point}" for point in range(20)])
        estate = plan.estate()
        folder = tmp_path / str(assets)
        folder.mkdir()
        async with serving(folder, estate) as site:
            counts.append(Counter({name: len(each) for name, each in (await scraped(site)).items()}))
    grown = counts[1] - counts[0]
    assert grown == Counter({"touchpoint_device_up": 38}), "one for each device, none for a point or an asset"


@pytest.mark.asyncio
async def test_a_store_that_fails_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path, replace(small_site(), outputs=outputs())) as site:
        await site.read("light-3f", battery_voltage=13.0, mains_present=True)
        await site.store._run(site.store._database.connection.execute, "ALTER TABLE outbox RENAME TO away")
        with pytest.raises(sqlite3.Error):
            await site.runner.store.backlog()
        told = await scraped(site)
        assert "touchpoint_outbox_waiting" not in told, "what cannot be known is not 0"
        assert told["touchpoint_readings_total"] == {(): 3.0}
        await site.store._run(site.store._database.connection.execute, "ALTER TABLE away RENAME TO outbox")
        hold = asyncio.Event()

        async def hangs() -> None:
            await hold.wait()

        monkeypatch.setattr("gateway.api.instruments.STORE_WITHIN", 0.05)
        monkeypatch.setattr(site.store, "backlog", hangs)
        assert (await scraped(site))["touchpoint_readings_total"] == {(): 3.0}
        hold.set()


@pytest.mark.asyncio
async def test_what_waits_and_what_was_set_aside_is_counted_per_output(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.db", replace(small_site(), outputs=outputs()))
    events = [Event("test-site", n, "touchpoint.ticket.opened.v1", f"ticket/{n}", NOON + n, {}) for n in range(1, 6)]
    await store.commit(Changes(events=events, outbox=[("hook", event) for event in events]))
    rows = await store.due("hook", NOON, 10)
    await store.delivered([rows[0].id])
    await store.set_aside(rows[1].id, "answered 400", NOON)
    waiting = (await store.backlog()).outbox["hook"]
    assert waiting == (3, NOON + 3, 1)
    store.close()


@pytest.mark.asyncio
async def test_a_loop_that_was_held_up_is_seen_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.api.instruments.LOOK_EVERY", 0.01)
    store, clock = Store(tmp_path / "gateway.db", small_site()), ManualClock()
    runner = Runner(Pipeline(small_site(), Saved(), NOON), store, clock, Health(clock.now))
    instruments = Instruments(runner, clock, Health(clock.now))
    task = asyncio.create_task(instruments.watch_loop())
    await asyncio.sleep(0.05)
    time.sleep(1.1)  # noqa: ASYNC251  # the fault itself
    await asyncio.sleep(0.05)
    task.cancel()
    steps = dict(instruments.loop_lag.cumulative())
    assert steps[float("inf")] - steps[1.0] == 1
    assert "the event loop was held up for 1.1 s" in caplog.text
    store.close()


def test_durations_are_counted_by_step() -> None:
    durations = Durations()
    for seconds in (0.0005, 0.001, 0.02, 0.02, 3.0, 100.0):
        durations.observe(seconds)
    told = dict(durations.cumulative())
    assert (told[0.001], told[0.025], told[5.0], told[60.0], told[float("inf")]) == (2, 4, 5, 5, 6)
    assert durations.total == pytest.approx(103.0415)
    assert len(told) == len(STEPS) + 1
    with pytest.raises(KeyError), durations.timed():
        raise KeyError
    assert dict(durations.cumulative())[float("inf")] == 7, "what fails takes its time too"


@pytest.mark.asyncio
async def test_outcomes_of_tests_are_counted_as_they_are_written_down(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        entry = Entry(1, "light-3f", "duration", Outcome.PASSED, "schedule", NOON, NOON + 960, 960.0, 5.0)
        for each in (entry, replace(entry, id=2), replace(entry, id=3, outcome=Outcome.FAILED)):
            site.runner._uncommitted.entries.append(each)
        await site.read("light-3f", battery_voltage=13.0)
        told = (await scraped(site))["touchpoint_proof_tests_total"]
        assert {key: count for key, count in told.items() if count} == {
            ("duration", "passed"): 2.0, ("duration", "failed"): 1.0,
        }  # fmt: skip

"""What stands is told again to a receiver that forgets, and nothing else is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.actions import Shelve
from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.estate import Estate, OutputSettings
from gateway.model import noun_and_verb
from gateway.outputs import alertmanager, output_of
from gateway.outputs.alertmanager import Alertmanager
from gateway.repeating import repeated, standing_alarms
from gateway.store.store import Store
from tests.outputs.collector import collecting, stop
from tests.story import NOON, Plan, Story, clause
from tests.waiting import until

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, priority="P1")


def estate(url: str = "http://127.0.0.1:1", events: str = "alarm.*") -> Estate:
    """Two extinguishers, and an Alertmanager."""
    plan = Plan({"low": LOW})
    plan.asset("ext", "ext", ["pressure"])
    plan.asset("other", "ext", ["pressure"])
    manager = OutputSettings("am", "alertmanager", (events,), {"url": url})
    return replace(plan.estate(), outputs={"am": manager, "log": OutputSettings("log", "log", ("alarm.*",), {})})


@pytest.fixture
def story() -> Story:
    told = Story(estate())
    told.read("ext", pressure=0.93)
    told.read("other", pressure=0.91)
    return told


def test_what_stands_is_what_was_raised(story: Story) -> None:
    raised = [each for each in story.events if noun_and_verb(each.type) == "alarm.raised"]
    again = list(standing_alarms(story.pipeline, story.now))
    assert [each["subject"] for each in again] == ["ext/low", "other/low"]
    for event, told in zip(raised, again, strict=True):
        same = ("asset", "clause", "priority", "asset_kind", "touchpoint", "raised_at", "site")
        assert {name: told["data"][name] for name in same} == {name: event.data[name] for name in same}
        assert told["type"] == event.type


def test_what_is_hidden_or_well_again_does_not_stand(story: Story) -> None:
    story.act(Shelve("ext", "low", "li", "being filled", NOON + 3600.0))
    story.read("other", pressure=1.2)
    story.wait(11, other={"pressure": 1.2})
    assert list(standing_alarms(story.pipeline, story.now)) == []


def test_only_an_output_that_forgets_and_hears_of_alarms_is_told_again() -> None:
    for events, names in (("alarm.*", ["am"]), ("ticket.*", [])):
        site = estate(events=events)
        outputs = {name: output_of(site, name) for name in site.outputs}
        assert [each.name for each in repeated(outputs, Story(site).pipeline, SystemClock())] == names


@pytest.mark.asyncio
async def test_it_goes_on_after_trouble(story: Story) -> None:
    async with collecting(503, "drop", b"") as collector:
        site = estate(collector.url)
        outputs = {"am": output_of(site, "am")}
        pipeline = story.pipeline
        pipeline.estate = site
        (again,) = repeated(outputs, pipeline, SystemClock(speed=1200.0))
        task = asyncio.create_task(again.run())
        await until(lambda: len(collector.bodies) >= 4)
        await stop([task])
        await outputs["am"].close()
    assert [alert["labels"]["asset"] for alert in collector.events[3]] == ["ext", "other"]


@pytest.mark.asyncio
async def test_after_a_restart_the_gateway_tells_what_stood_before(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alertmanager, "REPEAT_EVERY", 0.05)
    async with collecting() as collector:  # what it answers to the outbox is none of an Alertmanager
        site = replace(estate(collector.url), device_connection={})
        store = Store(tmp_path / "gateway.db", site)
        await store.commit(story.changes)
        gateway = Gateway(site, store, await store.load(NOON + 1.0), SystemClock(start=NOON + 1.0))
        work = asyncio.create_task(gateway.run(("127.0.0.1", 0), tmp_path))
        await until(lambda: sum(each is not None for each in collector.events) >= 2)
        gateway.stop()
        await work
        store.close()
    told = [[alert["labels"]["asset"] for alert in each] for each in collector.events if each is not None]
    assert told[:2] == [["ext", "other"]] * 2


@pytest.mark.asyncio
async def test_a_fault_of_the_adapter_is_seen_and_is_over_when_it_is_over(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [RuntimeError("the client has been closed")]

    async def faulty(output: Alertmanager, standing: object) -> None:
        if faults:
            raise faults.pop()

    monkeypatch.setattr(alertmanager, "REPEAT_EVERY", 0.05)
    monkeypatch.setattr(Alertmanager, "repeat", faulty)
    async with collecting() as collector:
        site = replace(estate(collector.url), device_connection={})
        store = Store(tmp_path / "gateway.db", site)
        gateway = Gateway(site, store, await store.load(NOON), SystemClock(start=NOON))
        work = asyncio.create_task(gateway.run(("127.0.0.1", 0), tmp_path))

        def state() -> str:
            return next(each.state for each in gateway.health.components() if each.name == "standing am")

        await until(lambda: state() == "failed")
        await until(lambda: state() == "well")
        gateway.stop()
        await work
        store.close()

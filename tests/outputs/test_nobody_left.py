"""A whole gateway with real receivers: what the last channel of a person refuses reaches another, or every output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.estate import Estate, OutputSettings
from tests.notice_story import doors, with_routing
from tests.outputs.collector import Collector, collecting
from tests.outputs.test_second_channel import at_work, door, told
from tests.waiting import until

URGENT = {"name": "urgent", "tell": ["li"], "by": ["first"]}
LATE = {"name": "late", "tell": ["chief"], "by": ["second"], "when": {"events": "ticket.escalated"}}


def site(**receivers: Collector) -> Estate:
    """One door; li is told of it by the first receiver, the chief of what escalates by the second."""
    estate = with_routing(doors(1, 0), [URGENT, LATE], {"li": {"first": ""}, "chief": {"second": ""}})
    hooks = {name: OutputSettings(name, "webhook", (), {"url": each.url}) for name, each in receivers.items()}
    return replace(estate, outputs=hooks, device_connection={})


def types(collector: Collector) -> list[str]:
    """What was taken, each once."""
    taken = {event["id"]: event["type"] for event in collector.events if event["id"] in collector.taken}
    return [each.removeprefix("touchpoint.").removesuffix(".v1") for each in taken.values()]


@pytest.mark.asyncio
async def test_a_number_that_nobody_has_is_no_missed_alarm(tmp_path: Path) -> None:
    async with (
        collecting(*[422] * 50) as first,
        collecting() as second,
        collecting() as platform,
        at_work(site(first=first, second=second, platform=platform), tmp_path) as gateway,
    ):
        door(gateway, False)
        await until(lambda: told(second) == [("alert", "opened")])
        assert {event["data"]["to"] for event in second.events} == {"chief"}
        door(gateway, True)
        await until(lambda: told(second) == [("alert", "opened"), ("all-clear", "closed")])
        assert (told(first), types(platform)) == ([], [])


@pytest.mark.asyncio
async def test_where_everybody_refuses_it_the_platform_is_told(tmp_path: Path) -> None:
    async with (
        collecting(*[422] * 50) as first,
        collecting(*[400] * 50) as second,
        collecting() as platform,
        at_work(site(first=first, second=second, platform=platform), tmp_path) as gateway,
    ):
        door(gateway, False)
        await platform.until_taken(1)
        await until(lambda: not gateway.runner.pipeline.notifying._notices.book.sent)
        assert types(platform) == ["notice.undeliverable"]
        data = platform.events[-1]["data"]
        assert (data["to"], data["output"], data["priority"], data["count"]) == ("chief", "second", "P1", 1)
        assert len(told(first) + told(second)) == 0

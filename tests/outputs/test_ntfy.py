"""Push messages by ntfy: how loud, where to, and what counts as published (the rest is in test_channels)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs.ntfy import Ntfy
from gateway.outputs.output import Letterhead, Secret
from gateway.samples import samples
from tests.outputs.collector import Collector, collecting
from tests.outputs.misbehaviour import CANARY
from tests.outputs.test_letter import notice

EVENTS = samples()
OK = b'{"id": "oEy0GlMpYY0e", "time": 1, "event": "message", "topic": "t"}'
TITLE = {"zh": "滨河花园", "en": "Riverside Garden"}


def ntfy(url: str, people: Mapping[str, str] | None = None, **settings: str) -> Ntfy:
    return Ntfy({"url": url, "timeout": "2s", **settings}, Letterhead(["en", "zh"], "s", TITLE, addresses=people or {}))


async def sent(event: Mapping[str, Any], people: Mapping[str, str] | None = None, **settings: str) -> Collector:
    async with collecting(OK) as collector:
        output = ntfy(collector.url, people, **settings)
        await output.send("k", event)
        await output.close()
    return collector


@pytest.mark.asyncio
async def test_a_ticket_is_a_push_message() -> None:
    told = EVENTS["ticket.opened"]
    collector = await sent(told, topic=CANARY, token=Secret("tk_x"), link="https://pm.example/$ticket")
    (message,) = collector.events
    assert {name: message[name] for name in message if name != "message"} == {
        "topic": CANARY, "title": "Riverside Garden: Ticket 1 [P3] Building 1 lobby: Door held open", "priority": 3,
        "tags": ["bell", "P3"], "click": "https://pm.example/1",
    }  # fmt: skip
    en, zh = message["message"].split("\n")
    assert en.startswith("Ticket 1 [P3] Building 1 lobby: Door held open. Seen: time held open 200 s")
    assert zh.startswith("工单 1【P3】1号楼大堂:门长时间未关")
    assert collector.headers[0]["authorization"] == "Bearer tk_x"
    assert collector.paths == ["/"]


@pytest.mark.parametrize(
    ("name", "priority", "loudness", "picture"),
    [
        ("alarm.raised", "P1", 5, "rotating_light"), ("alarm.raised", "P2", 4, "bell"),
        ("alarm.raised", "P4", 2, "bell"),
        ("alarm.cleared", "P1", 3, "white_check_mark"), ("ticket.closed", "P4", 2, "white_check_mark"),
        ("alarm.hidden", "P1", 5, "rotating_light"), ("gateway.started", "", 3, "bell"),
    ],
)  # fmt: skip
def test_how_loud_it_is(name: str, priority: str, loudness: int, picture: str) -> None:
    event = EVENTS[name]
    told = {**event, "data": {**event["data"], **({"priority": priority} if priority else {})}}
    message = ntfy("http://h.example", topic="t").message(told)
    assert (message["priority"], message["tags"][0]) == (loudness, picture)


def test_an_all_clear_wakes_nobody() -> None:
    output = ntfy("http://h.example", topic="t")
    assert output.message(notice("en", "alarm.cleared", kind="all-clear", priority="P1"))["priority"] == 3
    assert output.message(notice("en", "alarm.raised", priority="P1"))["priority"] == 5


@pytest.mark.asyncio
async def test_a_notice_goes_to_the_topic_of_its_person() -> None:
    collector = await sent(notice("zh", "ticket.opened"), {"li": "lis-topic"}, topic="everybody")
    assert collector.events[0]["topic"] == "lis-topic"
    assert collector.events[0]["title"] == "s【P2】新情况 1 项"
    trial = notice("en", kind="test")
    trial["data"] |= {"to": "", "by": "wang"}
    assert (await sent(trial, {"li": "lis-topic"}, topic="everybody")).events[0]["topic"] == "everybody"
    output = ntfy("http://127.0.0.1:1", {"wang": "wangs"})
    with pytest.raises(PermanentFailure, match="has no topic for li"):
        await output.send("k", notice("zh", "ticket.opened"))
    with pytest.raises(
        PermanentFailure, match="has no topic for what is for nobody in particular: topic_file is missing"
    ):
        await output.send("k", EVENTS["ticket.opened"])


@pytest.mark.asyncio
async def test_what_calls_for_somebody_has_a_button_to_acknowledge_it() -> None:
    told = notice("en", "ticket.opened", "alarm.raised", "gateway.started")
    items = [
        {**each, "data": {**each["data"], "link": f"https://gw.example/l/{nth}"}}
        for nth, each in enumerate(EVENTS.values())
    ]
    four = {**told, "data": {**told["data"], "items": items[1:5]}}
    collector = await sent(four, {"li": "lis-topic"})
    buttons = collector.events[0]["actions"]
    assert [each["url"] for each in buttons] == [f"https://gw.example/l/{nth}" for nth in (1, 2, 3)]
    assert {each["action"] for each in buttons} == {"view"}
    assert buttons[0]["label"].endswith(": Building 1 lobby")
    assert "actions" not in ntfy("http://h.example", topic="t").message(told)


@pytest.mark.asyncio
async def test_a_long_text_stays_a_message() -> None:
    long = {"zh": "关" * 3000, "en": "shut " * 2000}
    event = EVENTS["ticket.opened"]
    collector = await sent({**event, "data": {**event["data"], "action": long, "title": long}}, topic="t")
    assert len(collector.events[0]["message"].encode()) <= 4096
    assert len(collector.events[0]["title"]) <= 200


@pytest.mark.asyncio
async def test_what_ntfy_refuses_with_200_is_told_by_its_code() -> None:
    async with collecting(b'{"code": 42901, "http": 429, "error": "quoth"}') as collector:
        output = ntfy(collector.url, topic="t")
        with pytest.raises(TemporaryFailure, match="answered 200 with code 42901"):
            await output.send("k", EVENTS["ticket.opened"])
        await output.close()


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({}, "topic_file is missing"), ({"topic": "a/b"}, "up to 64 letters"),
        ({"topic": "x" * 65}, "up to 64 letters"),
        ({"topic": "t", "token": "\ufeffa/b"}, "token_file: a token is one line of plain ASCII"),
        ({"topic": "t", "link": "x"}, "link: is no http"), ({"topic": "t", "colour": "red"}, "unknown setting colour"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as told:
        build_output("ntfy", {"url": "https://ntfy.example", **settings}, Letterhead(["en"]))
    assert "a/b" not in str(told.value), "a topic is a secret"
    with pytest.raises(ValueError, match="up to 64 letters"):
        ntfy("https://ntfy.example", {"li": "no topic"})

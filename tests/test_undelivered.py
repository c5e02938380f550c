"""What no channel takes, and what waits behind one that is down for 14 days: the whole pipeline, a real store."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.access.tokens import Caller
from gateway.estate import Keep, OutputSettings
from gateway.outputs.wording import sentence
from gateway.routing.book import Delivered
from gateway.store.rows import cloud_event
from tests.api.outbox import DOWN, Post, posting, with_outputs
from tests.looks import deliveries
from tests.notice_story import NoticeStory, doors, with_routing

DAY, HALF_AN_HOUR = 86400.0, 1800.0
URGENT = {"name": "urgent", "tell": ["li"], "by": ["sms"], "repeat": "30min"}
LATE = {"name": "late", "tell": ["chief"], "by": ["mail"], "when": {"events": "ticket.escalated"}}
PEOPLE = {"li": {"sms": "1"}, "chief": {"mail": "c@example.org"}}


def told(story: NoticeStory) -> list[tuple[str, str, str]]:
    """(channel, subject, kind) of everything in every notice."""
    return [(each.channel, *what) for each in story.told_people for what in each.everything]


def undeliverable(story: NoticeStory) -> dict[str, int]:
    """Output → how often it is told that nobody can be."""
    rows = story.database.connection.execute(
        "SELECT output, count(*) FROM outbox JOIN events USING (site, sequence)"
        " WHERE type = 'touchpoint.notice.undeliverable.v1' GROUP BY output"
    )
    return dict(rows.fetchall())


@pytest.mark.parametrize("crash", [False, True])
def test_a_p1_that_the_only_channel_refuses_is_told_to_whoever_is_named_for_a_p1(tmp_path: Path, crash: bool) -> None:
    """Also when the power fails after the channel has refused it, and before the tick that hears of that."""
    story = NoticeStory(with_routing(doors(1, 0), [URGENT, LATE], PEOPLE), tmp_path / "gateway.db")
    story.takes = {"mail"}
    if crash:
        story.at_once(door_0=False)
        (row,) = story.database.outbox_due("sms", story.now, 10)
        story.database.outbox_set([row.id], "set-aside", 0.0, "unknown number", story.now)
        story.crash()
    story.refuses = {"sms"}
    story.at_once(door_0=False)
    story.until_nothing_is_due(60)
    assert told(story) == [("sms", "ticket/1", "alert"), ("mail", "ticket/1", "alert")]
    story.at_once(door_0=True)
    story.until_nothing_is_due(120)
    assert told(story)[-2:] == [("mail", "ticket/1", "all-clear"), ("sms", "ticket/1", "all-clear")]
    assert undeliverable(story) == {}
    rows = story.database.connection.execute("SELECT DISTINCT part FROM notices").fetchall()
    assert rows == [("line",)], "nothing is kept of it"


def test_where_everybody_refuses_every_output_is_told_once_whatever_it_asks_for(tmp_path: Path) -> None:
    estate = with_routing(doors(2, 0), [URGENT, LATE], PEOPLE)
    others = [
        OutputSettings("hook", "webhook", (), {}), OutputSettings("cmms", "glpi", (), {}),
        OutputSettings("own", "mail", (), {}, {"chief": "c@example.org"}),
        OutputSettings("all", "mail", (), {"to": "all@example.org"}, {"chief": "c@example.org"}),
        OutputSettings("series", "influx", (), {}, keep=Keep(10_000, 3600.0)),
    ]  # fmt: skip
    outputs = {**estate.outputs, **{each.name: each for each in others}}
    story = NoticeStory(replace(estate, outputs=outputs), tmp_path / "gateway.db")
    story.refuses = {"sms", "mail"}
    story.at_once(door_0=False, door_1=True)
    story.crash()
    story.until_nothing_is_due(3 * 3600)
    everywhere = {"all": 1, "hook": 1, "log": 1, "mail": 1, "sms": 1}
    assert undeliverable(story) == everywhere, "once, though it is told again every half an hour"
    (event,) = [each for each in story.events if "undeliverable" in each.type]
    assert (event.subject, event.data["output"], event.data["priority"]) == ("person/chief", "mail", "P1")
    assert "Nobody was told: door-0" in sentence(cloud_event(event), "en")
    story.at_once(door_1=False)
    story.until_nothing_is_due(120)
    assert undeliverable(story) == dict.fromkeys(everywhere, 2), "another alarm is another word"


def test_a_route_that_tells_of_everything_makes_no_circle_of_what_nobody_takes(tmp_path: Path) -> None:
    routes = [{"name": "all", "tell": ["li", "chief"], "by": ["sms", "mail"], "when": {"events": "*"}}]
    story = NoticeStory(with_routing(doors(1, 0), routes, PEOPLE), tmp_path / "gateway.db")
    story.refuses = {"sms", "mail"}
    story.at_once(door_0=False)
    story.until_nothing_is_due(DAY)
    assert undeliverable(story) == {"log": 1, "mail": 1, "sms": 1}
    assert len(story.told_people) < 20


@contextlib.asynccontextmanager
async def fortnight(folder: Path, by: list[str]) -> AsyncIterator[Post]:
    """A door and a light that li is told of every half an hour, over the real store and its deliveries."""
    route = {"name": "all", "tell": ["li"], "by": by, "repeat": "30min"}
    estate = with_routing(with_outputs(log=("*",)), [route], {"li": dict.fromkeys(by, "")})
    async with posting(folder, estate) as post:
        runner = post.site.runner
        for delivery in post.site.deliveries.of.values():
            delivery.told = lambda key, taken: runner.told(Delivered(key, taken))
        yield post


@pytest.mark.asyncio
async def test_what_somebody_gives_up_is_told_to_another_as_if_it_was_refused(tmp_path: Path) -> None:
    estate = with_routing(with_outputs(log=("*",)), [URGENT, LATE], PEOPLE)
    async with posting(tmp_path, estate) as post:
        runner, of = post.site.runner, post.site.deliveries.of
        for delivery in of.values():
            delivery.told = lambda key, taken: runner.told(Delivered(key, taken))
        post.to["sms"].failure = DOWN
        await days(post, 60.0, 30.0, lobby_door=False)
        row = (await post.site.deliveries.queue("sms")).first
        assert row is not None
        await post.site.deliveries.discard("sms", row.id, Caller("1", "wang", frozenset()), "the contract has ended")
        await days(post, 60.0, 30.0, lobby_door=False)
        assert kinds(post.to["mail"].taken) == [("alert", ["ticket/1"])]


def kinds(events: list[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """(kind, subjects) of each notice."""
    notices = [each["data"] for each in events if each["type"] == "touchpoint.notice.made.v1"]
    return [(each["kind"], [item["subject"] for item in each["items"]]) for each in notices]


async def days(post: Post, seconds: float, every: float, lobby_door: bool) -> None:
    """Time passes; the devices go on telling the same."""
    for _ in range(round(seconds / every)):
        await post.site.read("lobby-door", closed=lobby_door)
        await post.site.read("light-3f", battery_voltage=13.0, mains_present=True)
        await post.go_on(every, every)


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(300)
async def test_14_days_behind_a_channel_that_is_down(tmp_path: Path) -> None:
    """The door's ticket stands for five days, is repaired for one, and comes back; li hears of that in order."""
    async with fortnight(tmp_path, ["chat"]) as post:
        await days(post, 600.0, 30.0, lobby_door=False)
        assert kinds(post.to["chat"].taken) == [("alert", ["ticket/1"])]
        post.to["chat"].failure = DOWN
        for closed, how_long in ((False, 5 * DAY), (True, DAY), (False, 8 * DAY)):
            await days(post, how_long, HALF_AN_HOUR, lobby_door=closed)
        counts = await post.site.store.read(deliveries)
        post.to["chat"].failure = None
        post.to["chat"].taken.clear()
        await days(post, 600.0, 30.0, lobby_door=False)
        got = kinds(post.to["chat"].taken)
        print(f"{counts['chat', 'waiting']} waited after 14 days; then: {got}")
        assert counts["chat", "waiting"] == 3, "it was 313"
        assert got == [
            ("repeat", ["ticket/1"]), ("all-clear", ["ticket/1"]), ("alert", ["ticket/2"]), ("repeat", ["ticket/2"]),
        ]  # fmt: skip
        await days(post, 300.0, 30.0, lobby_door=True)
        assert kinds(post.to["chat"].taken)[4:] == [("all-clear", ["ticket/2"])]

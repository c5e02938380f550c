"""An output that is down is told of once by the others, once when it is back, over restarts, and shown in health."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.access.tokens import Caller
from gateway.actions import TryOutput
from gateway.clock import seeded
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.estate import Keep, OutputSettings
from gateway.health import State
from gateway.outputs.circuit import Circuit
from gateway.routing.book import Delivered
from tests.api.outbox import DOWN, Post, posting, with_outputs
from tests.looks import deliveries
from tests.notice_story import with_routing

pytestmark = pytest.mark.asyncio


def told(post: Post, output: str) -> list[str]:
    return [each for each in post.to[output].types() if each.startswith("output.")]


def health_of(post: Post, output: str) -> tuple[State, str]:
    return next((each.state, each.detail) for each in post.site.health.components() if each.name == f"output {output}")


async def test_down_for_a_minute_is_told_to_the_others_once_and_once_when_it_is_back(tmp_path: Path) -> None:
    async with posting(tmp_path, with_outputs(team=("*",), mail=("*",), cmms=("ticket.*",))) as post:
        post.to["team"].failure = DOWN
        await post.go_on(55.0)
        assert told(post, "mail") == []
        await post.go_on(45.0)
        assert told(post, "mail") == ["output.failing"]
        data = post.to["mail"].taken[-1]["data"]
        assert (data["output"], data["kind"], data["error"]) == ("team", "log", "answered 503")
        assert data["waiting"] >= 1
        await post.go_on(3600.0, 30.0)
        assert told(post, "mail") == ["output.failing"], "once, not once a probe"
        post.to["team"].failure = None
        await post.go_on(60.0)
        assert told(post, "mail") == ["output.failing", "output.working"]
        assert post.to["mail"].taken[-1]["data"]["minutes"] in (61, 62)
        assert told(post, "team") == [], "never into itself"
        assert told(post, "cmms") == [], "which did not ask, as another did"


async def test_a_chat_that_takes_no_more_for_a_minute_is_not_down(tmp_path: Path) -> None:
    """58 s of *too many messages*, and the next probe is taken: whenever that is, nobody is told anything."""
    for seed in range(4):
        async with posting(tmp_path / str(seed), with_outputs(team=("*",), mail=("*",))) as post:
            delivery = post.site.deliveries.of["team"]
            delivery.circuit = Circuit(seeded(seed))
            post.to["team"].failure = TemporaryFailure("20 messages within a minute are sent already")
            await post.go_on(58.0, 2.0)
            post.to["team"].failure = None
            await post.go_on(60.0, 2.0)
            assert told(post, "mail") == []
            assert post.to["team"].taken


async def test_where_no_other_output_asks_for_it_all_others_are_told(tmp_path: Path) -> None:
    async with posting(tmp_path, with_outputs(team=("gateway.*",), cmms=("ticket.*",))) as post:
        post.to["team"].failure = DOWN
        await post.go_on(90.0)
        assert told(post, "cmms") == ["output.failing"]


ROUTE = {"name": "all", "tell": ["li"], "by": ["chat", "mail"]}
REACH = {"li": {"chat": "", "mail": "li@example.org"}}


async def test_people_are_told_by_the_channels_of_their_routes_whoever_else_asked(tmp_path: Path) -> None:
    async with posting(tmp_path, with_routing(with_outputs(cmms=("*",)), [ROUTE], REACH)) as post:
        post.to["chat"].failure = DOWN
        await post.site.runner.act(TryOutput("chat", "li", "wang"))
        await post.go_on(120.0)
        assert told(post, "mail") == ["output.failing"]
        assert told(post, "cmms") == ["output.failing"]
        assert told(post, "chat") == []


async def test_a_route_for_it_is_enough(tmp_path: Path) -> None:
    """The notice comes by the second channel of the route, as the first is the one that is down."""
    route = {**ROUTE, "when": {"events": ["output.*"]}}
    async with posting(tmp_path, with_routing(with_outputs(cmms=("ticket.*",)), [route], REACH)) as post:
        heard_by(post)
        post.to["chat"].failure = DOWN
        await post.site.runner.act(TryOutput("chat", "li", "wang"))
        await post.go_on(300.0)
        assert post.to["mail"].types() == ["notice.made"]
        (item,) = post.to["mail"].taken[0]["data"]["items"]
        assert (item["type"], item["data"]["output"]) == ("touchpoint.output.failing.v1", "chat")
        assert told(post, "cmms") == []


def heard_by(post: Post) -> None:
    """Deliveries tell the tick what was taken, as in the whole gateway."""
    for delivery in post.site.deliveries.of.values():
        delivery.told = lambda key, taken: post.site.runner.told(Delivered(key, taken))


async def test_a_database_that_takes_no_readings_is_told_of_and_shown_too(tmp_path: Path) -> None:
    estate = with_outputs(team=("output.*",))
    series = OutputSettings("series", "influx", (), {}, keep=Keep(10_000, float("inf")))
    async with posting(tmp_path, replace(estate, outputs={**estate.outputs, "series": series})) as post:
        del post.site.deliveries.of["series"]
        circuit = post.site.deliveries.spools["series"] = Circuit(seeded(1))
        for seconds in (0.0, 70.0):
            post.site.clock.advance(seconds)
            circuit.failed("answered 503", post.site.clock.now())
        await post.go_on(10.0)
        assert told(post, "team") == ["output.failing"]
        assert post.to["team"].taken[-1]["data"]["output"] == "series"
        shown = {each["output"]: each for each in (await post.site.get("/api/v1/outbox"))["items"]}
        assert shown["series"]["state"] == "open"
        assert shown["series"]["waiting_readings"] > 0
        assert shown["team"]["waiting_readings"] is None
        circuit.worked(post.site.clock.now())
        await post.go_on(10.0)
        assert told(post, "team") == ["output.failing", "output.working"]


async def test_an_output_of_readings_is_told_nothing(tmp_path: Path) -> None:
    estate = with_outputs(team=("gateway.*",))
    series = OutputSettings("series", "influx", (), {}, keep=Keep(10_000, float("inf")))
    async with posting(tmp_path, replace(estate, outputs={**estate.outputs, "series": series})) as post:
        post.to["team"].failure = DOWN
        await post.go_on(120.0)
        assert set(post.site.runner.pipeline.troubles.standing) == {"team"}
        assert {output for output, _ in await post.site.store.read(deliveries)} == {"team"}


async def test_a_site_with_one_output_keeps_the_event_all_the_same(tmp_path: Path) -> None:
    async with posting(tmp_path, with_outputs(team=("*",))) as post:
        post.to["team"].failure = DOWN
        await post.go_on(90.0)
        assert set(post.site.runner.pipeline.troubles.standing) == {"team"}
        post.to["team"].failure = None
        await post.go_on(60.0)
        assert told(post, "team") == []
        assert not post.site.runner.pipeline.troubles.standing


async def test_a_restart_neither_repeats_nor_forgets_it(tmp_path: Path) -> None:
    estate = with_outputs(team=("*",), mail=("output.*",))
    async with posting(tmp_path, estate) as post:
        post.to["team"].failure = DOWN
        await post.go_on(90.0)
        assert told(post, "mail") == ["output.failing"]
    async with posting(tmp_path, estate) as post:
        post.site.health.beat("output team")
        post.to["team"].failure = DOWN
        await post.turn()
        assert health_of(post, "team") == (State.DEGRADED, "took nothing when last heard of")
        await post.go_on(120.0)
        assert told(post, "mail") == [], "told before the restart"
        post.to["team"].failure = None
        await post.go_on(60.0)
        assert told(post, "mail") == ["output.working"]
    async with posting(tmp_path, estate) as post:
        await post.go_on(30.0)
        assert told(post, "mail") == []


async def test_an_output_that_left_the_site_is_in_trouble_no_longer(tmp_path: Path) -> None:
    async with posting(tmp_path, with_outputs(team=("*",), mail=("*",))) as post:
        post.to["team"].failure = DOWN
        await post.go_on(90.0)
    async with posting(tmp_path, with_outputs(mail=("*",))) as post:
        await post.turn()
        assert (await post.site.store.load(0.0)).troubles == []


async def test_what_waits_for_an_output_that_has_another_name_now_is_not_forgotten_in_silence(tmp_path: Path) -> None:
    """A ticket was opened while the channel was down; in the site's files it is called ``crew`` then."""

    def outbox(post: Post) -> tuple[State, str]:
        return next((each.state, each.detail) for each in post.site.health.components() if each.name == "outbox")

    async with posting(tmp_path, with_outputs(team=("ticket.*",))) as post:
        post.to["team"].failure = DOWN
        await post.site.read("lobby-door", closed=False)
        await post.go_on(45.0)
        (ticket,) = post.site.runner.pipeline.tickets.values()
    async with posting(tmp_path, with_outputs(crew=("ticket.*",))) as post:
        await post.turn()
        assert outbox(post) == (State.DEGRADED, "team is gone from the site's files, and 1 wait for it")
        kept = (await post.site.deliveries.queue("team")).first
        assert kept
        assert kept.event.subject == f"ticket/{ticket.id}"
        await post.site.deliveries.discard("team", kept.id, Caller("li", "li", frozenset()), "told by telephone")
        await post.turn()
        assert outbox(post) == (State.WELL, "")


async def test_health_is_degraded_and_not_failing(tmp_path: Path) -> None:
    async with posting(tmp_path, with_outputs(team=("*",), mail=("*",))) as post:
        health = post.site.health
        for name in post.to:
            health.beat(f"output {name}")
        await post.turn()
        assert health_of(post, "team") == (State.WELL, "")
        post.to["team"].failure = DOWN
        await post.go_on(10.0)
        assert health_of(post, "team")[0] is State.WELL, "a failure or two may pass"
        await post.site.read("lobby-door", closed=False)
        await post.go_on(45.0)
        for name in post.to:
            health.beat(f"output {name}")
        state, detail = health_of(post, "team")
        assert state is State.DEGRADED
        assert "takes nothing for" in detail
        assert "answered 503" in detail
        answer = await post.site.client.get("/healthz")
        said: dict[str, Any] = answer.json()
        assert (answer.status_code, said["status"]) == (200, "degraded")
        post.to["team"].failure = PermanentFailure("answered 422")
        await post.go_on(60.0)
        for name in post.to:
            health.beat(f"output {name}")
        assert health_of(post, "team")[1].endswith(" set aside")

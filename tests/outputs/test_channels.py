"""Every output that speaks HTTP, against a receiver that misbehaves in every way, and in the language of a notice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from gateway.errors import DeliveryFailure, TemporaryFailure
from gateway.outputs import OUTPUTS, build_output
from gateway.outputs.output import Letterhead, Output, Secret
from gateway.samples import samples
from tests.outputs.collector import collecting
from tests.outputs.misbehaviour import CANARY, TICKET, refused, sends
from tests.outputs.test_letter import notice

EVENTS = samples()
PEOPLE = {"li": "lis-topic"}
Answer = int | str | bytes


def build(kind: str, people: Mapping[str, str] | None = None, **settings: str) -> Callable[[str], Output]:
    """Makes an output of a receiver's address; ``URL`` in a setting stands for that (``json+http:`` is ``json:``)."""

    def made(url: str) -> Output:
        told = {name: Secret(value.replace("URL", url).replace("+http", "")) for name, value in settings.items()}
        return build_output(kind, {**told, "timeout": "1500ms"}, Letterhead(["zh", "en"], addresses=people or {}))

    return made


@dataclass(frozen=True)
class Channel:
    """One output, what it takes, and what its receiver says when all is well."""

    build: Callable[[str], Output]
    event: Mapping[str, Any]
    well: tuple[Answer, ...]
    reads: bool = True
    """Whether it can see from a body that it was refused."""

    @property
    def before(self) -> tuple[Answer, ...]:
        """What goes well before the answer that counts."""
        return self.well[:-1]


CHANNELS: Mapping[str, Channel] = {
    "wecom": Channel(build("wecom", url=f"URL/send?key={CANARY}"), TICKET, (b'{"errcode": 0}',)),
    "dingtalk": Channel(build("dingtalk", url=f"URL/{CANARY}", secret=CANARY), TICKET, (b'{"errcode": 0}',)),
    "feishu": Channel(build("feishu", url=f"URL/{CANARY}", secret=CANARY), TICKET, (b'{"code": 0}',)),
    "ntfy": Channel(
        build("ntfy", url="URL", topic=CANARY, token=CANARY), TICKET, (b'{"id": "x", "event": "message"}',)
    ),
    "alertmanager": Channel(build("alertmanager", url="URL", token=CANARY), EVENTS["alarm.raised"], (b"[]", b"")),
    # A webhook promises nothing of a body, and the library does not read this one.
    "webhook": Channel(build("webhook", url="URL"), TICKET, (200,), reads=False),
    "apprise": Channel(build("apprise", service=f"json+URL/{CANARY}"), TICKET, (200,), reads=False),
}
STATUS: tuple[Answer, ...] = (500, 503, 429, 408)
WIRE: tuple[Answer, ...] = ("hang", "drop", "drip", "garbage")
REFUSED: tuple[Answer, ...] = (
    b'{"errcode": 310000, "errmsg": "quoth"}', b'{"code": 19024, "msg": "quoth"}', b'{"error": "quoth"}',
    b"<html>quoth</html>", b"[1]", b"null", "flood",
)  # fmt: skip
READERS = [name for name, each in CHANNELS.items() if each.reads]


def test_every_output_that_speaks_http_is_here() -> None:
    others = {"log", "mail"}
    assert CHANNELS.keys() | others >= {name for name in OUTPUTS if name not in ELSEWHERE}


ELSEWHERE = {"mqtt", "influx", "influxdb", "glpi", "heartbeat"}
"""They are no channels to people, and have tests of their own."""


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CHANNELS)
async def test_what_is_taken_is_taken(name: str) -> None:
    channel = CHANNELS[name]
    collector = await sends(channel.build, *channel.well, event=channel.event)
    assert len(collector.bodies) == len(channel.well)


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [*STATUS, *WIRE])
@pytest.mark.parametrize("name", CHANNELS)
async def test_trouble_is_tried_again(name: str, answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    channel = CHANNELS[name]
    failure = await refused(channel.build, caplog, *channel.before, answer, event=channel.event)
    assert type(failure) is TemporaryFailure


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", REFUSED)
@pytest.mark.parametrize("name", READERS)
async def test_200_is_no_success_by_itself(name: str, answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    channel = CHANNELS[name]
    failure = await refused(channel.build, caplog, *channel.before, answer, event=channel.event)
    assert type(failure) is TemporaryFailure


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CHANNELS)
async def test_nobody_is_followed_elsewhere(name: str, caplog: pytest.LogCaptureFixture) -> None:
    channel = CHANNELS[name]
    failure = await refused(channel.build, caplog, *channel.before, 302, event=channel.event)
    assert isinstance(failure, DeliveryFailure), "how it is told is one place's to decide"


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["webhook", "apprise"])
async def test_a_flood_after_200_is_cut_off_or_swallowed_in_time(name: str) -> None:
    channel = CHANNELS[name]
    collector = await sends(channel.build, "flood", event=channel.event)
    assert len(collector.taken) == 1


PEOPLE_FACING: Mapping[str, Callable[[str], Output]] = {
    "wecom": CHANNELS["wecom"].build,
    "dingtalk": CHANNELS["dingtalk"].build,
    "feishu": CHANNELS["feishu"].build,
    "ntfy": build("ntfy", PEOPLE, url="URL", topic="everybody"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PEOPLE_FACING)
async def test_a_notice_is_said_in_its_language_alone(name: str, language: str) -> None:
    told = notice(language, "ticket.opened", "proof_test.finished", "alarm.raised bare", more=2)
    collector = await sends(PEOPLE_FACING[name], *CHANNELS[name].well, event=told)
    body = orjson.dumps(collector.events[0]).decode()
    assert ("duration test" in body, "Door held open" in body) == (language == "en",) * 2
    assert ("放电时间测试" in body, "门长时间未关" in body) == (language == "zh",) * 2
    assert [each for each in body if "\u4e00" <= each <= "\u9fff"] == [] or language == "zh"


@pytest.mark.asyncio
async def test_the_log_has_a_notice_on_one_line_in_its_language(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="touchpoint.events"):
        await build_output("log", {}, Letterhead(["zh", "en"])).send(
            "k", notice("en", "ticket.taken", "ticket.arrived")
        )
    (record,) = caplog.records
    assert record.getMessage() == (
        "s [P2]: 2 new | - Ticket 1: Building 1 lobby, Door held open, taken by li"
        " | - Ticket 1: Building 1 lobby, Door held open, li is on site"
    )


@pytest.mark.asyncio
async def test_plain_events_are_said_in_the_languages_of_the_site() -> None:
    for name, made in PEOPLE_FACING.items():
        async with collecting(*CHANNELS[name].well) as collector:
            output = made(collector.url)
            await output.send("k", EVENTS["ticket.opened"])
            await output.close()
        body = orjson.dumps(collector.events[0]).decode()
        assert "门长时间未关" in body
        assert "Door held open" in body

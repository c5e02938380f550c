"""The webhook output against a real receiver that fails in every way."""

from __future__ import annotations

import asyncio

import pytest

from gateway.clock import monotonic
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs.webhook import Webhook
from tests.outputs.collector import collecting

EVENT = {
    "specversion": "1.0",
    "id": "riverside-0000000007",
    "source": "touchpoint/riverside",
    "type": "touchpoint.ticket.opened.v1",
    "subject": "ticket/3",
    "time": "2026-01-01T00:00:00.000Z",
    "datacontenttype": "application/json",
    "data": {"ticket": 3, "place": {"zh": "大堂"}},
}


def hook(url: str, timeout: str = "5s") -> Webhook:
    output = build_output("webhook", {"url": url, "timeout": timeout}, ["en"])
    assert isinstance(output, Webhook)
    return output


@pytest.mark.asyncio
async def test_posts_a_cloud_event_under_its_stable_key() -> None:
    async with collecting() as collector:
        output = hook(collector.url)
        await output.send("riverside-0000000007", EVENT)
        await output.send("riverside-0000000007", EVENT)
        await output.close()
        await output.close()
    assert collector.keys == ["riverside-0000000007"] * 2
    assert collector.headers[0]["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert collector.events == [EVENT, EVENT]


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [500, 503, 429, 408, "drop", "garbage"])
async def test_trouble_that_may_pass_is_temporary(answer: int | str) -> None:
    async with collecting(answer) as collector:
        output = hook(collector.url)
        with pytest.raises(TemporaryFailure):
            await output.send("k", EVENT)
        await output.send("k", EVENT)
        await output.close()
    assert collector.taken == ["k"]


@pytest.mark.asyncio
async def test_a_redirect_is_refused_and_not_followed() -> None:
    async with collecting(302) as collector:
        output = hook(collector.url)
        with pytest.raises(PermanentFailure, match="answered 302"):
            await output.send("k", EVENT)
        await output.close()
    assert len(collector.keys) == 1


@pytest.mark.asyncio
async def test_a_refusal_is_permanent() -> None:
    async with collecting(400) as collector:
        output = hook(collector.url)
        with pytest.raises(PermanentFailure, match="answered 400"):
            await output.send("k", EVENT)
        await output.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ["hang", "drip"])
async def test_a_receiver_that_takes_for_ever_is_cut_off(answer: str) -> None:
    async with collecting(answer) as collector:
        output = hook(collector.url, "300ms")
        began = monotonic()
        with pytest.raises(TemporaryFailure, match=r"no answer within 0\.3 s"):
            await output.send("k", EVENT)
        assert monotonic() - began < 5
        await output.close()


@pytest.mark.asyncio
async def test_a_10_mb_answer_counts_as_taken_and_is_not_read() -> None:
    async with collecting("flood") as collector:
        output = hook(collector.url)
        await output.send("k", EVENT)
        await output.send("k2", EVENT)
        await output.close()
    assert collector.taken == ["k", "k2"]


@pytest.mark.asyncio
async def test_nobody_there_is_temporary() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    output = hook(f"http://127.0.0.1:{port}")
    with pytest.raises(TemporaryFailure, match="ConnectError"):
        await output.send("k", EVENT)
    await output.close()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "no http or https address"),
        ({"url": "ftp://10.0.0.1/x"}, "no http or https address"),
        ({"url": "file:///etc/passwd"}, "no http or https address"),
        ({"url": "http://"}, "no http or https address"),
        ({"url": "https://me:hunter2@example.org"}, "carries a user"),
        ({"url": "http://example.org:0/"}, "port 0"),
        ({"url": "http://example.org:99999/"}, "Port out of range"),
        ({"url": "http://example.org", "timeout": "soon"}, "no duration"),
        ({"url": "http://example.org", "retries": "3"}, "unknown setting retries"),
    ],
)
def test_wrong_settings_are_told_before_anything_starts(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says) as told:
        build_output("webhook", settings, ["en"])
    assert "hunter2" not in str(told.value)

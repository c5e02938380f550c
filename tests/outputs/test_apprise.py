"""The library for the long tail: what it cannot judge is refused, what it says is judged, and it never holds us up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.apprise import Apprise
from gateway.outputs.output import Letterhead, Secret
from gateway.samples import samples
from tests.outputs.collector import collecting
from tests.outputs.misbehaviour import CANARY
from tests.outputs.test_letter import notice

EVENTS = samples()
TICKET = EVENTS["ticket.opened"]


def apprise(service: str, people: Mapping[str, str] | None = None, **settings: str) -> Apprise:
    return Apprise(
        {"service": Secret(service), "timeout": "2s", **settings}, Letterhead(["en"], addresses=people or {})
    )


@pytest.mark.parametrize(
    ("service", "wrong"),
    [
        (f"wecombot://{CANARY}", "wecombot answers 200 also when it takes nothing.*use the output wecom"),
        (f"dingtalk://{CANARY}", "use the output dingtalk"),
        (f"feishu://{CANARY}", "use the output feishu"),
        (f"LARK://{CANARY}", "use the output feishu"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=canary", "use the output wecom"),
        (f"schan://{CANARY}", "schan answers 200 also when it takes nothing"),
        (f"nosuch://{CANARY}", "holds no address that the library knows"),
        (f"json://h/{CANARY}\njson://h/other", "one line"),
        ("", "service_file|no address"),
        ("tgram://123:abc/$to", r"to is missing: the address has a \$to"),
    ],
)
def test_an_address_that_cannot_be_is_refused_before_anything_runs(
    service: str, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match=wrong) as told:
        apprise(service)
    assert CANARY not in str(told.value)
    assert CANARY not in caplog.text


def test_it_is_told_how_to_get_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(
        ValueError, match=r"the library apprise is not installed: pip install 'touchpoint-gateway\[notify\]'"
    ):
        apprise("json://h")


def test_nobody_who_does_not_use_it_waits_for_it() -> None:
    code = "import gateway.app, gateway.outputs.mail, sys; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.asyncio
async def test_a_person_has_their_own_address_in_the_services() -> None:
    trial = notice("en", kind="test")
    trial["data"] |= {"to": "", "by": "wang"}
    async with collecting(200, 200, 200) as collector:
        service = f"{collector.url.replace('http', 'json')}/for/$to"
        output = apprise(service, {"li": "li?x=1"}, to="desk")
        await output.send("k", notice("en", "ticket.opened"))
        await output.send("k", TICKET)
        await output.send("k", trial)
        told = notice("en", "ticket.opened")
        with pytest.raises(PermanentFailure, match="has no address for wang"):
            await output.send("k", {**told, "data": {**told["data"], "to": "wang"}})
        await output.close()
    assert [path.partition("?")[0] for path in collector.paths] == ["/for/li%3Fx=1", "/for/desk", "/for/desk"]
    assert collector.events[1]["message"].startswith("Ticket 1 [P3] Building 1 lobby: Door held open")


@pytest.mark.asyncio
async def test_what_the_library_says_is_judged() -> None:
    async with collecting(404, 200) as collector:
        output = apprise(collector.url.replace("http", "json"))
        with pytest.raises(TemporaryFailure, match="says that it was not taken, and not why"):
            await output.send("k", TICKET)
        await output.close()


@pytest.mark.asyncio
async def test_a_topic_that_is_not_there_stays_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    async with collecting(404) as collector:
        output = apprise(f"{collector.url.replace('http', 'ntfy')}/{CANARY}")
        with pytest.raises(TemporaryFailure):
            await output.send("k", TICKET)
        await output.close()
    assert collector.bodies, "it was asked"
    assert CANARY not in caplog.text


@asynccontextmanager
async def slow(go_on: asyncio.Event, seen: list[bytes]) -> AsyncIterator[str]:
    """A receiver that answers 200, but only when told to."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"json://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def asked_until_taken(output: Apprise, key: str) -> None:
    """As the outbox does it; a busy machine may be late once more."""
    async with asyncio.timeout(20):
        while True:
            with suppress(TemporaryFailure):
                await output.send(key, TICKET)
                return


@pytest.mark.asyncio
async def test_what_is_late_is_asked_for_again_and_not_sent_again() -> None:
    go_on, seen = asyncio.Event(), list[bytes]()
    async with slow(go_on, seen) as service:
        output = apprise(service, timeout="300ms")
        with pytest.raises(TemporaryFailure, match=r"not done within 0\.3 s"):
            await output.send("k-1", TICKET)
        with pytest.raises(TemporaryFailure, match=r"not done within 0\.3 s"):
            await output.send("k-1", TICKET)
        go_on.set()
        await asked_until_taken(output, "k-1")
        assert len(seen) == 1, "it was delivered once, late"
        await output.close()


@pytest.mark.asyncio
async def test_another_message_is_late_too_and_neither_is_sent_again() -> None:
    go_on, seen = asyncio.Event(), list[bytes]()
    async with slow(go_on, seen) as service:
        output = apprise(service, timeout="300ms")
        for key in ("k-1", "k-2", "k-1"):
            with pytest.raises(TemporaryFailure, match=r"not done within 0\.3 s"):
                await output.send(key, TICKET)
        go_on.set()
        for key in ("k-2", "k-1"):
            await asked_until_taken(output, key)
        assert len(seen) == 2, "each was delivered once, late"
        await output.close()

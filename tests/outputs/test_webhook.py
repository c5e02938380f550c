"""The webhook output against a real receiver that fails in every way."""

from __future__ import annotations

import asyncio
import base64
import logging
import subprocess

import pytest

from gateway.clock import monotonic
from gateway.errors import DeliveryFailure, PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs.output import Letterhead, Secret
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
    output = build_output("webhook", {"url": url, "timeout": timeout}, Letterhead(["en"]))
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
@pytest.mark.parametrize("answer", [302, 401, 403, 404, 410])
async def test_what_is_wrong_with_the_address_is_no_fault_of_the_event_and_a_redirect_is_not_followed(
    answer: int,
) -> None:
    async with collecting(answer) as collector:
        output = hook(collector.url)
        with pytest.raises(TemporaryFailure, match=f"answered {answer}"):
            await output.send("k", EVENT)
        await output.close()
    assert len(collector.keys) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [400, 413, 422])
async def test_a_refusal_of_the_event_is_permanent(answer: int) -> None:
    async with collecting(answer) as collector:
        output = hook(collector.url)
        with pytest.raises(PermanentFailure, match=f"answered {answer}"):
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


def _openssl(signed: bytes) -> bytes:
    told = ["openssl", "dgst", "-sha256", "-hmac", "canary-5f1d9e-0123456789", "-binary"]
    return subprocess.run(told, input=signed, capture_output=True, check=True).stdout


SECRET = Secret("whsec_" + base64.b64encode(b"canary-5f1d9e-0123456789").decode())


@pytest.mark.needs("openssl")
@pytest.mark.asyncio
async def test_signs_what_it_sends_so_that_a_receiver_can_prove_it() -> None:
    async with collecting(500, 204) as collector:
        output = Webhook({"url": collector.url, "secret": SECRET}, Letterhead(["en"]), lambda: 1_767_225_600.9)
        with pytest.raises(TemporaryFailure):
            await output.send("riverside-0000000007", EVENT)
        await output.send("riverside-0000000007", EVENT)
        await output.close()
    for headers, body in zip(collector.headers, collector.bodies, strict=True):
        signed = b"riverside-0000000007.1767225600." + body
        proof = await asyncio.to_thread(_openssl, signed)
        assert headers["webhook-id"] == "riverside-0000000007"
        assert headers["webhook-timestamp"] == "1767225600"
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(proof).decode()}"


@pytest.mark.asyncio
async def test_without_a_secret_nothing_claims_to_be_signed() -> None:
    async with collecting() as collector:
        output = hook(collector.url)
        await output.send("k", EVENT)
        await output.close()
    assert not {"webhook-signature", "webhook-timestamp"} & collector.headers[0].keys()


@pytest.mark.parametrize("secret", ["", "whsec_", "canary-5f1d9e is no base64", "whsec_Y2FuYXJ5LTVmMWQ5ZQ=="])
def test_a_secret_that_is_no_key_is_refused_and_not_told(secret: str) -> None:
    with pytest.raises(ValueError, match=r"secret_file: holds no whsec_.*openssl rand .* makes one") as told:
        build_output("webhook", {"url": "http://example.org", "secret": Secret(secret)}, Letterhead(["en"]))
    assert "canary" not in str(told.value)


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [500, 400, 302, "garbage", "drop"])
async def test_no_trouble_tells_the_secret(answer: int | str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with collecting(answer) as collector:
            output = Webhook({"url": collector.url, "secret": SECRET}, Letterhead(["en"]))
            with pytest.raises(DeliveryFailure) as caught:
                await output.send("k", EVENT)
            await output.close()
    assert SECRET not in f"{caplog.text} {caught.value} {caught.value.__cause__!r}"


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
        build_output("webhook", settings, Letterhead(["en"]))
    assert "hunter2" not in str(told.value)

"""What every output must withstand, for those whose receivers tell success in the body of their answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.clock import monotonic
from gateway.errors import DeliveryFailure, TemporaryFailure
from gateway.outputs.output import Output
from tests.outputs.collector import Collector, collecting

CANARY = "canary-5f1d9e"
"""Part of every secret in these tests: it must show up nowhere but on the wire."""
TICKET: Mapping[str, Any] = {
    "specversion": "1.0",
    "id": "riverside-0000000007",
    "type": "touchpoint.ticket.opened.v1",
    "subject": "ticket/12",
    "time": "2026-01-01T00:00:00.000Z",
    "data": {
        "ticket": 12,
        "priority": "P2",
        "place": {"zh": "大堂", "en": 'Lobby <at user_id="all">'},
        "title": {"zh": "门不得久开", "en": "Door not held open"},
        "requires": {"zh": "不高于 30 s", "en": "at most 30 s"},
        "action": {"zh": "关门", "en": "Shut it"},
        "evidence": [{"point": "held", "value": 45.0, "unit": "s", "at": 0.0}],
    },
}
ZH = "工单 12【P2】大堂:门不得久开。实测:held 45 s;要求:不高于 30 s。处理:关门"
EN = (
    'Ticket 12 [P2] Lobby ＜at user_id="all">: Door not held open. Seen: held 45 s; required: at most 30 s. Do: Shut it'
)
TROUBLE: tuple[int | str | bytes, ...] = (
    500, 503, 429, "drop", "garbage", "hang", "drip", "flood",
    b"", b"null", b"[0]", b"{}", b"<html>sign in first</html>", b'{"errcode": "0", "code": false}',
)  # fmt: skip
"""Answers after which it is not known that the message was taken, or known that it was not: it is tried again."""
Build = Callable[[str], Output]
"""An output with its secrets in place whose receiver is at that address, and which waits 1500 ms for an answer."""


async def sends(build: Build, *script: int | str | bytes, event: Mapping[str, Any] = TICKET) -> Collector:
    """The collector, after the ticket was sent to it."""
    async with collecting(*script) as collector:
        output = build(collector.url)
        try:
            await output.send("riverside-0000000007", event)
        finally:
            await output.close()
    return collector


async def refused(
    build: Build, caplog: pytest.LogCaptureFixture, *script: int | str | bytes, event: Mapping[str, Any] = TICKET
) -> DeliveryFailure:
    """The failure with which the script ends, within time, after as many requests, and without a secret in any word."""
    began = monotonic()
    with caplog.at_level(logging.DEBUG):
        async with collecting(*script) as collector:
            output = build(collector.url)
            with pytest.raises(DeliveryFailure) as caught:
                await output.send("riverside-0000000007", event)
            await output.close()
    assert len(collector.bodies) == len(script)
    assert monotonic() - began < 10
    told = "\n".join([caplog.text, str(caught.value), repr(caught.value.__cause__), repr(vars(output))])
    assert CANARY not in told
    assert "quoth" not in told, "the answer is not echoed"
    return caught.value


async def withstands(build: Build, caplog: pytest.LogCaptureFixture, answer: int | str | bytes) -> None:
    """Trouble that may pass is temporary."""
    assert isinstance(await refused(build, caplog, answer), TemporaryFailure)


async def follows_nobody(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    """A redirect is no fault of the message, which waits until somebody mends it, and goes nowhere else."""
    failure = await refused(build, caplog, 302)
    assert isinstance(failure, TemporaryFailure)
    assert str(failure) == "answered 302"

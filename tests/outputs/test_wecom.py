"""The WeCom robot: 200 is no success until the body says so."""

from __future__ import annotations

import orjson
import pytest

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs.chat import MOST_A_MINUTE
from gateway.outputs.output import Letterhead, Output, Secret
from tests.outputs.collector import collecting
from tests.outputs.misbehaviour import CANARY, EN, TICKET, TROUBLE, ZH, follows_nobody, refused, sends, withstands

OK = b'{"errcode": 0, "errmsg": "ok"}'


def robot(url: str) -> Output:
    settings = {"url": Secret(f"{url}/cgi-bin/webhook/send?key={CANARY}"), "timeout": "1500ms"}
    return build_output("wecom", settings, Letterhead(["zh", "en"]))


@pytest.mark.asyncio
async def test_writes_a_line_in_each_language_that_calls_nobody() -> None:
    collector = await sends(robot, OK)
    assert collector.paths == [f"/cgi-bin/webhook/send?key={CANARY}"]
    assert collector.events == [{"msgtype": "text", "text": {"content": f"{ZH}\n{EN}"}}]
    assert collector.headers[0]["content-type"] == "application/json; charset=utf-8"


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", TROUBLE)
async def test_what_may_pass_is_tried_again(answer: int | str | bytes, caplog: pytest.LogCaptureFixture) -> None:
    await withstands(robot, caplog, answer)


@pytest.mark.asyncio
async def test_a_redirect_is_not_followed(caplog: pytest.LogCaptureFixture) -> None:
    await follows_nobody(robot, caplog)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (45009, TemporaryFailure),  # too many within a minute
        (-1, TemporaryFailure),  # busy
        (93000, TemporaryFailure),  # the robot was removed: a person puts it back, and then nothing is missing
        (45002, PermanentFailure),  # too long
        (40008, PermanentFailure),  # unknown type
    ],
)
async def test_200_with_an_error_code_is_a_failure(
    code: int, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    failure = await refused(robot, caplog, orjson.dumps({"errcode": code, "errmsg": "quoth"}))
    assert type(failure) is kind
    assert str(failure) == f"answered 200 with code {code}"


@pytest.mark.asyncio
async def test_the_21st_message_within_a_minute_waits() -> None:
    async with collecting(*[OK] * MOST_A_MINUTE) as collector:
        output = robot(collector.url)
        for _ in range(MOST_A_MINUTE):
            await output.send("k", TICKET)
        with pytest.raises(TemporaryFailure, match="20 messages within a minute"):
            await output.send("k", TICKET)
        await output.close()
    assert len(collector.bodies) == MOST_A_MINUTE


@pytest.mark.asyncio
async def test_a_long_text_is_cut_between_characters() -> None:
    long = {**TICKET, "data": {**TICKET["data"], "action": {"zh": "关" * 2000, "en": "shut " * 1000}}}
    async with collecting(OK) as collector:
        output = robot(collector.url)
        await output.send("k", long)
        await output.close()
    lines = collector.events[0]["text"]["content"].split("\n")
    assert [line[-1] for line in lines] == ["…", "…"]
    assert 2000 < len("\n".join(lines).encode()) <= 2048


def test_settings_that_are_missing_or_unknown() -> None:
    with pytest.raises(ValueError, match="url is missing"):
        build_output("wecom", {}, Letterhead(["en"]))
    with pytest.raises(ValueError, match="unknown setting colour"):
        build_output("wecom", {"url": "https://h.example/x", "colour": "red"}, Letterhead(["en"]))
    with pytest.raises(ValueError, match="no http or https address") as told:
        build_output("wecom", {"url": Secret(f"ftp://{CANARY}/x")}, Letterhead(["en"]))
    assert CANARY not in str(told.value)

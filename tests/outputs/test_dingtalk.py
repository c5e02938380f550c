"""The DingTalk robot: a signed address, and a body that says whether it was taken."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs.dingtalk import dingtalk, signature
from gateway.outputs.output import Letterhead, Output, Secret
from tests.outputs.misbehaviour import CANARY, EN, TROUBLE, ZH, follows_nobody, refused, sends, withstands

OK = b'{"errcode": 0, "errmsg": "ok"}'
NOW = 1_767_225_600.25
SIGNED = "bht5kZxnLsF9lIKqDraJTz2y1F6RfLhtpsTg06Xk+H8="
"""By ``openssl dgst -sha256 -hmac SECcanary-5f1d9e`` over 1767225600250, a line feed and that secret."""


def robot(url: str) -> Output:
    secrets = {"url": Secret(f"{url}/robot/send?access_token={CANARY}"), "secret": Secret(f"SEC{CANARY}")}
    return dingtalk({**secrets, "timeout": "1500ms"}, Letterhead(["zh", "en"]), lambda: NOW)


@pytest.mark.asyncio
async def test_signs_the_address_and_writes_a_line_in_each_language() -> None:
    collector = await sends(robot, OK)
    assert parse_qs(urlsplit(collector.paths[0]).query, strict_parsing=True) == {
        "access_token": [CANARY],
        "timestamp": ["1767225600250"],
        "sign": [SIGNED],
    }
    assert "+" not in collector.paths[0], "which a query would read as a space"
    assert collector.events == [{"msgtype": "text", "text": {"content": f"{ZH}\n{EN}"}}]


def test_the_signature_changes_with_the_time_and_the_secret() -> None:
    signatures = {signature(at, secret) for at in (1, 2) for secret in ("a", "b")}
    assert len(signatures) == 4


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
        (310000, TemporaryFailure),  # the signature is wrong: a person cures it, or the clock is set
        (410100, TemporaryFailure),  # too fast
        (430102, PermanentFailure),  # words that the service does not let through
    ],
)
async def test_200_with_an_error_code_is_a_failure(
    code: int, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    failure = await refused(robot, caplog, orjson.dumps({"errcode": code, "errmsg": "quoth"}))
    assert type(failure) is kind
    assert str(failure) == f"answered 200 with code {code}"


def test_a_robot_without_its_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret is missing"):
        build_output("dingtalk", {"url": Secret("https://h.example/x")}, Letterhead(["en"]))

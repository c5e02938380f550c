"""The Feishu robot: a signed body, and an answer that says by either of two keys whether it was taken."""

from __future__ import annotations

import orjson
import pytest

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs.feishu import feishu, signature
from gateway.outputs.output import Letterhead, Output, Secret
from tests.outputs.misbehaviour import CANARY, EN, TROUBLE, ZH, follows_nobody, refused, sends, withstands

NOW = 1_767_225_600.25
SIGNED = "TI3I3iIETSU4hkEWvt8AqCfYEcNfk+LAdFgoOxsdquw="
"""By ``openssl dgst -sha256 -mac HMAC`` over nothing, with 1767225600, a line feed and canary-5f1d9e as the key."""


def robot(url: str) -> Output:
    secrets = {"url": Secret(f"{url}/open-apis/bot/v2/hook/{CANARY}"), "secret": Secret(CANARY)}
    return feishu({**secrets, "timeout": "1500ms"}, Letterhead(["zh", "en"]), lambda: NOW)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "answer", [b'{"code": 0, "msg": "success", "data": {}}', b'{"Extra": null, "StatusCode": 0, "StatusMessage": "ok"}']
)
async def test_signs_the_message_and_writes_a_line_in_each_language(answer: bytes) -> None:
    collector = await sends(robot, answer)
    assert collector.paths == [f"/open-apis/bot/v2/hook/{CANARY}"]
    content = {"msg_type": "text", "content": {"text": f"{ZH}\n{EN}"}}
    assert collector.events == [{"timestamp": "1767225600", "sign": SIGNED, **content}]


def test_the_signature_changes_with_the_time_and_the_secret() -> None:
    signatures = {signature(at, secret) for at in (1, 2) for secret in ("a", "b")}
    assert len(signatures) == 4


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [*TROUBLE, b'{"code": 11232, "StatusCode": 0}'])
async def test_what_may_pass_is_tried_again(answer: int | str | bytes, caplog: pytest.LogCaptureFixture) -> None:
    await withstands(robot, caplog, answer)


@pytest.mark.asyncio
async def test_a_redirect_is_not_followed(caplog: pytest.LogCaptureFixture) -> None:
    await follows_nobody(robot, caplog)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (19021, TemporaryFailure),  # the signature is wrong: a person cures it, or the clock is set
        (19024, TemporaryFailure),  # the robot wants a keyword
        (9499, PermanentFailure),  # not understood
    ],
)
async def test_200_with_an_error_code_is_a_failure(
    code: int, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    failure = await refused(robot, caplog, orjson.dumps({"code": code, "msg": "quoth", "data": {}}))
    assert type(failure) is kind
    assert str(failure) == f"answered 200 with code {code}"


def test_a_robot_without_its_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret is missing"):
        build_output("feishu", {"url": Secret("https://h.example/x")}, Letterhead(["en"]))

"""Every error is a problem that says what to do about it, and nothing foreign gets in."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from gateway.api.guard import LARGEST_BODY, depth
from tests.api.serving import DOOR, Served, serving

SHELVE = f"/api/v1/alarms/lobby-door/{DOOR}/shelve"
JSON = {"content-type": "application/json"}
GOOD = {"by": "li", "reason": "moving", "duration": "30min"}


async def problem_of(site: Served, method: str, path: str, **request: Any) -> dict[str, Any]:
    answer = await site.client.request(method, path, **request)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    return told


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"duration": 30}, "body.duration"),
    ({"duration": "soon"}, "body.duration"),
    ({"duration": "0s"}, "body.duration"),
    ({"duration": "32d"}, "body.duration"),
    ({"reason": 5}, "body.reason"),
    ({"reason": "   "}, "body.reason"),
    ({"reason": "a\u0000b"}, "body.reason"),
    ({"reason": "x" * 2001}, "body.reason"),
    ({"by": ["li"]}, "body.by"),
    ({"by": None}, "body.by"),
    ({"by": "\u3000\n"}, "body.by"),
    ({"reason": "\ud800"}, "body.reason"),
    ({"colour": "red"}, "body.colour"),
]


@pytest.mark.asyncio
async def test_a_wrong_value_names_its_field(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        for change, field in WRONG:
            told = await problem_of(site, "POST", SHELVE, content=json.dumps(GOOD | change), headers=JSON)
            assert (told["status"], [each["field"] for each in told["errors"]]) == (422, [field])
        for query, field in (("limit=0", "limit"), ("limit=x", "limit"), ("outcome=fine", "outcome")):
            told = await problem_of(site, "GET", f"/api/v1/assets?{query}")
            assert (told["status"], told["errors"][0]["field"]) == (422, f"query.{field}")


@pytest.mark.asyncio
async def test_a_filter_that_is_not_there_is_refused_and_does_not_let_everything_through(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        told = await problem_of(site, "GET", "/api/v1/tickets?priorty=P1")
        assert told["status"] == 422
        assert told["errors"] == [
            {"field": "query.priorty", "message": 'unknown query parameter, did you mean "priority"?'}
        ]
        report = await problem_of(site, "GET", "/api/v1/reports/service?from=2026-01-01&until=2026-01-02&asset=x")
        assert report["errors"][0]["message"] == "unknown query parameter (known: from, until)"
        assert (await site.client.get("/healthz?from=prometheus")).status_code == 200


@pytest.mark.asyncio
async def test_a_body_that_is_not_sent_as_json_is_told_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        form = {"content-type": "application/x-www-form-urlencoded"}
        told = await problem_of(site, "POST", SHELVE, content=json.dumps(GOOD), headers=form)
        assert told["status"] == 415
        assert told["detail"] == f"the body came as {form['content-type']}: send it as application/json"
        assert (await site.client.get("/api/v1/alarms")).json()["items"][0]["shelved_until"] is None


NOT_THERE = [
    ("GET", "/api/v1/assets/no-such", 404),
    ("GET", "/api/v1/readings?asset=no-such", 404),
    ("GET", "/api/v1/alarms/lobby-door/no.such", 404),
    ("POST", "/api/v1/alarms/no-such/no.such/acknowledge", 404),
    ("GET", "/api/v1/tickets/77", 404),
    ("POST", "/api/v1/tickets/77/take", 404),
    ("GET", "/api/v1/tickets/abc", 422),
    ("GET", "/elsewhere", 404),
    ("DELETE", "/api/v1/tickets/1", 405),
    ("PUT", "/healthz", 405),
]


@pytest.mark.asyncio
async def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        for method, path, status in NOT_THERE:
            body = {"json": {"by": "li"}} if method == "POST" else {}
            assert (await problem_of(site, method, path, **body))["status"] == status


@pytest.mark.asyncio
async def test_what_the_state_forbids_is_a_conflict_that_says_why(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        told = await problem_of(site, "POST", SHELVE.replace("shelve", "unshelve"), json={"by": "li"})
        assert (told["status"], told["title"]) == (409, "Conflict")
        assert "is not shelved" in told["detail"]


@pytest.mark.asyncio
async def test_a_foreign_host_name_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        for host in ("evil.example", "127.0.0.1.evil.example", "[::1", "", "10.0.0.1:8080"):
            assert (await problem_of(site, "GET", "/api/v1/site", headers={"host": host}))["status"] == 421
        for name in (f"localhost:{site.port}", f"[::1]:{site.port}", "127.0.0.1"):
            assert (await site.client.get("/api/v1/site", headers={"host": name})).status_code == 200


@pytest.mark.asyncio
async def test_no_other_origin_is_let_in_and_answers_are_closed(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        answer = await site.client.get("/api/v1/site", headers={"origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


@pytest.mark.asyncio
async def test_a_large_body_is_refused_declared_or_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        body = b'{"by": "' + b"x" * LARGEST_BODY + b'"}'
        assert (await problem_of(site, "POST", SHELVE, content=body))["status"] == 413

        async def in_parts() -> Any:
            for start in range(0, len(body), 65536):
                yield body[start : start + 65536]

        assert (await problem_of(site, "POST", SHELVE, content=in_parts()))["status"] == 413
        assert (await site.client.get("/api/v1/site")).status_code == 200


@pytest.mark.asyncio
async def test_deep_and_broken_json_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        deep = b"[" * 100_000
        assert (await problem_of(site, "POST", SHELVE, content=deep, headers=JSON))["status"] == 400
        for broken in (b"{", b"\xff\xfe", b"nothing", b""):
            assert (await problem_of(site, "POST", SHELVE, content=broken, headers=JSON))["status"] == 422


@pytest.mark.asyncio
async def test_a_fault_of_ours_is_logged_and_told_without_its_inside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as site:
        site.runner.pipeline.counters["odd"] = object()  # type: ignore[assignment]  # makes the answer impossible
        with caplog.at_level(logging.ERROR, logger="gateway.api.problems"):
            told = await problem_of(site, "GET", "/api/v1/site")
        assert told["status"] == 500
        assert "object" not in told["detail"]
        assert "the API failed on GET /api/v1/site" in caplog.text


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        (b"[" * 33, 33),
        (b'{"a":' * 20 + b"[" * 13, 33),
        (b"[]" * 40, 1),
        (b'["' + b"[" * 40 + b'"]', 1),
        (b'["\\"' + b"[" * 40 + b'"]', 1),
        (b'["\\\\"' + b"[" * 40, 33),
        (b"]" * 40 + b"[" * 34, 0),
        (b"{}", 0),
    ],
)
def test_depth_counts_brackets_outside_of_strings(body: bytes, levels: int) -> None:
    assert depth(body) == levels


@pytest.mark.asyncio
async def test_a_request_that_breaks_off_is_not_carried_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        head = b"POST /api/v1/tickets/1/take HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        writer.write(head + b'content-length: 100\r\n\r\n{"by": "li"}')
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await site.get("/api/v1/tickets/1"))["state"] == "open"

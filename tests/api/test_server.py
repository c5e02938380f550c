"""Where the API listens, its health, its description, and that it keeps to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from gateway.api.docs import operations
from gateway.api.guard import Guard
from gateway.api.server import MOST_CONNECTIONS, ApiServer, Connection, listen, loopback_only
from gateway.errors import Refused, Unreachable
from tests.api.serving import serving


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("127.8.0.1:0", ("127.8.0.1", 0)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_loopback_is_allowed(bind: str, address: tuple[str, int]) -> None:
    assert loopback_only(bind) == address


@pytest.mark.parametrize("bind", ["0.0.0.0:8080", "[::]:8080", "10.0.0.4:80", "example.org:80", "127.0.0.1.nip.io:80"])
def test_anything_beyond_loopback_is_refused(bind: str) -> None:
    with pytest.raises(Refused, match="no authentication yet"):
        loopback_only(bind)


@pytest.mark.parametrize("bind", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_what_is_no_address_is_told(bind: str) -> None:
    with pytest.raises(ValueError, match="is no HOST:PORT"):
        loopback_only(bind)


def test_a_port_in_use_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Unreachable, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listen("127.0.0.1", port)


class Hasty(Connection):
    """Its patience is short."""

    patience = 0.2


@asynccontextmanager
async def guarded() -> AsyncIterator[int]:
    """The port of an API that answers to anything, and to nobody for long."""
    api = FastAPI()
    api.add_middleware(Guard, within=0.2)
    with listen("127.0.0.1", 0) as socket:
        server = ApiServer(api, Hasty)
        work = asyncio.create_task(server.serve(sockets=[socket]))
        yield socket.getsockname()[1]
        server.should_exit = True
        await work


LATE = b"POST /x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{"


@pytest.mark.asyncio
@pytest.mark.parametrize("said", [b"", b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n", LATE])
async def test_connections_that_were_forgotten_keep_nobody_out(said: bytes) -> None:
    async with guarded() as port, asyncio.timeout(20):
        forgotten = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_CONNECTIONS + 10)]
        for _, writer in forgotten:
            writer.write(said)
        ends = [await reader.read() for reader, _ in forgotten]
        assert {end[:12] for end in ends} <= {b"", b"HTTP/1.1 503", b"HTTP/1.1 408"}
        async with httpx2.AsyncClient(trust_env=False) as client:
            for _ in range(2):
                assert (await client.get(f"http://127.0.0.1:{port}/openapi.json")).status_code == 200
        for _, writer in forgotten:
            writer.close()


@pytest.mark.asyncio
async def test_health_follows_the_parts(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=True)
        assert (await site.get("/healthz"))["status"] == "ok"
        assert (await site.get("/readyz"))["status"] == "ok"
        site.health.expect("plant-room", 5.0)
        assert (await site.get("/healthz"))["status"] == "ok"
        assert (await site.client.get("/readyz")).status_code == 503
        site.health.fail("plant-room", "task ended")
        answer = await site.client.get("/healthz")
        assert answer.status_code == 503
        told = {each["name"]: (each["state"], each["detail"]) for each in answer.json()["components"]}
        assert told["plant-room"] == ("failed", "task ended")


@pytest.mark.asyncio
async def test_the_description_is_openapi_3_1_with_problems(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        document = await site.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, method, operation in operations(document):
        told = operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert told == {"$ref": "#/components/schemas/Problem"}, (method, path)
        assert "422" not in operation["responses"]
        assert operation["description"], (method, path)


@pytest.mark.asyncio
async def test_the_documents_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        answer = await site.client.get("/docs")
        document = await site.get("/openapi.json")
    assert answer.headers["content-type"].startswith("text/html")
    assert "//" not in answer.text.replace("<!doctype", "")
    assert "<script" not in answer.text
    for path, _, _ in operations(document):
        assert path in answer.text
    assert "moving" not in answer.text
    assert "reason" in answer.text
    assert "``" not in answer.text
    assert "<code>record</code>" in answer.text


@pytest.mark.asyncio
@pytest.mark.timeout(120)
async def test_the_api_keeps_to_its_description_whatever_it_is_asked(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        await site.read("light-3f", battery_voltage=10.0)
        document = await site.get("/openapi.json")
        await asyncio.to_thread(_fuzz, document, str(site.client.base_url).rstrip("/"))
        assert (await site.client.get("/healthz")).status_code == 200


def _fuzz(document: dict[str, Any], url: str) -> None:
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        for mode in modes:
            assert isinstance(found, Ok)
            _ask(found.ok(), mode, url)


def _ask(operation: Any, mode: GenerationMode, url: str) -> None:
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        case.call_and_validate(base_url=url)

    try:
        holds()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, f"{operation.label} can never be asked rightly"

"""A small GLPI: as much of apirest.php as its documentation and source say of sessions, tickets and followups.

State is in memory; it can be told to misbehave, a word for each request to come.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

APP, USER = "app-f7g3csp8", "user-q56hqknii"
SOLVED, CLOSED = 5, 6
FIELDS = {"1": "name", "2": "id", "12": "status", "16": "closedate", "17": "solvedate"}
Reply = tuple[int, Any]


def error(status: int, code: str) -> Reply:
    return status, [code, f"what is wrong; view documentation in your browser at http://glpi/apirest.php/#{code}"]


@dataclass
class GlpiServer:
    """``script``: for each request that comes (but initSession, unless it says so) what happens instead of an answer.

    ``lose``: it is done, and the answer lost. ``hang``: nothing is answered. ``late``: it is done when ``let`` is set,
    and nothing answered. A number: that status, nothing done. ``error-in-200``, ``nonsense``, ``expire``, ``flood``.
    Bytes: an answer of 200 with this body, nothing done.
    """

    script: list[str | int | bytes] = field(default_factory=list)
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    followups: list[dict[str, Any]] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    begun: int = 0
    may_create: bool = True
    app_token: str = APP
    url: str = ""
    let: asyncio.Event = field(default_factory=asyncio.Event)
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    """What was late is done."""
    now: int = 0

    def solve(self, number: int, status: int = SOLVED) -> None:
        """A person solves a ticket."""
        self._put(number, {"status": status})

    def titled(self, words: str) -> list[dict[str, Any]]:
        """Tickets that have the words in their title."""
        return [each for each in self.tickets.values() if words in each["name"]]

    # --- what apirest.php answers

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        parts = urlsplit(target)
        path, query = parts.path.removeprefix("/apirest.php/").strip("/"), dict(parse_qsl(parts.query))
        self.asked.append(f"{method} {path}")
        if headers.get("app-token", "") != self.app_token:
            code = "ERROR_WRONG_APP_TOKEN_PARAMETER" if "app-token" in headers else "ERROR_APP_TOKEN_PARAMETERS_MISSING"
            return error(400, code)
        if method == "GET" and body:
            return error(400, "ERROR_JSON_PAYLOAD_FORBIDDEN")
        if path == "initSession":
            return self._session(headers)
        if not headers.get("session-token"):
            return error(400, "ERROR_SESSION_TOKEN_MISSING")
        if headers["session-token"] not in self.sessions:
            return error(401, "ERROR_SESSION_TOKEN_INVALID")
        return self._route(method, path, query, orjson.loads(body).get("input") if body else None)

    def _session(self, headers: dict[str, str]) -> Reply:
        if headers.get("authorization") != f"user_token {USER}":
            return error(401, "ERROR_GLPI_LOGIN_USER_TOKEN")
        self.begun += 1
        self.sessions.add(f"session-{self.begun}")
        return 200, {"session_token": f"session-{self.begun}"}

    def _route(self, method: str, path: str, query: dict[str, str], told: Any) -> Reply:
        if (method, path) == ("GET", "search/Ticket"):
            return self._search(query)
        if (method, path) == ("POST", "Ticket"):
            return self._create(told) if self.may_create else error(400, "ERROR_GLPI_ADD")
        if (method, path) == ("POST", "ITILFollowup"):
            return self._follow_up(told)
        found = re.fullmatch(r"Ticket/(\d+)(/ITILFollowup)?", path)
        if not found or int(found[1]) not in self.tickets:
            return error(404, "ERROR_ITEM_NOT_FOUND")
        if found[2]:
            return self._listed([each for each in self.followups if each["items_id"] == int(found[1])], query)
        return self._put(int(found[1]), told) if method == "PUT" else (200, self.tickets[int(found[1])])

    def _search(self, query: dict[str, str]) -> Reply:
        asked = [value for name, value in query.items() if re.fullmatch(r"criteria\[\d+\]\[value\]", name)]
        columns = ["1", *(value for name, value in query.items() if name.startswith("forcedisplay"))]
        likes = [re.compile(re.escape(each).replace("_", "."), re.IGNORECASE) for each in asked]
        found = [each for each in self.tickets.values() if any(like.search(each["name"]) for like in likes)]
        shown = [{column: each[FIELDS[column]] for column in columns} for each in found if not each["is_deleted"]]
        told: dict[str, Any] = {"totalcount": len(shown), "count": len(shown), "sort": [2], "order": ["ASC"]}
        return 200, told | ({"data": shown, "content-range": f"0-{len(shown) - 1}/{len(shown)}"} if shown else {})

    def _listed(self, found: list[dict[str, Any]], query: dict[str, str]) -> Reply:
        first, last = map(int, query.get("range", "0-49").split("-"))
        if first > len(found):
            return error(400, "ERROR_RANGE_EXCEED_TOTAL")
        ordered = sorted(found, key=lambda each: each["id"], reverse=query.get("order") == "DESC")
        return (206 if last + 1 < len(found) else 200), ordered[first : last + 1]

    def _create(self, told: dict[str, Any]) -> Reply:
        if len(told["name"]) > 255 or not told.get("content"):
            return error(400, "ERROR_GLPI_ADD")
        number = len(self.tickets) + 41
        self.tickets[number] = {
            "id": number,
            "status": 1,
            "solvedate": None,
            "closedate": None,
            "is_deleted": 0,
            **told,
        }
        return 201, {"id": number, "message": ""}

    def _put(self, number: int, told: dict[str, Any]) -> Reply:
        ticket = self.tickets[number] | told
        self.now += 1
        moment = f"2026-11-20 08:{self.now // 60:02}:{self.now % 60:02}"
        ticket["solvedate"] = (ticket["solvedate"] or moment) if ticket["status"] in (SOLVED, CLOSED) else None
        ticket["closedate"] = (ticket["closedate"] or moment) if ticket["status"] == CLOSED else None
        self.tickets[number] = ticket
        return 200, [{str(number): True, "message": ""}]

    def _follow_up(self, told: dict[str, Any]) -> Reply:
        ticket = self.tickets.get(told["items_id"]) if told.get("itemtype") == "Ticket" else None
        if ticket is None or ticket["status"] == CLOSED or not told.get("content"):
            return error(400, "ERROR_GLPI_ADD")
        self.followups.append({"id": len(self.followups) + 1, **told})
        return 201, {"id": len(self.followups), "message": ""}

    # --- and how it is answered

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        scripted = self.script and ("initSession" not in target or str(self.script[0]).startswith("init-"))
        what = self.script.pop(0) if scripted else ""
        if isinstance(what, bytes):
            return await self._write(writer, 200, None, what)
        if what == "expire":
            self.sessions.clear()
        elif what:
            return await self._misbehave(str(what).removeprefix("init-"), (method, target, headers, body), writer)
        return await self._write(writer, *self.answer(method, target, headers, body))

    async def _misbehave(
        self, what: str, asked: tuple[str, str, dict[str, str], bytes], writer: asyncio.StreamWriter
    ) -> bool:
        if what == "lose":
            self.answer(*asked)
            writer.transport.abort()
        elif what == "late":
            await self.let.wait()
            self.answer(*asked)
            self.caught_up.set()
        elif what == "hang":
            await asyncio.Event().wait()
        elif what == "nonsense":
            await self._write(writer, 200, None, b"<html>maintenance</html>")
        elif what == "flood":
            await self._write(writer, 200, None, b'["' + bytes(2_000_000).replace(b"\0", b"x") + b'"]')
        elif what == "error-in-200":
            await self._write(writer, *((200, error(200, "ERROR_SQL")[1])))
        else:
            await self._write(writer, int(what), ["ERROR_NOT_SO", "secret words"])
        return False

    async def _write(self, writer: asyncio.StreamWriter, status: int, told: Any, raw: bytes | None = None) -> bool:
        body = orjson.dumps(told) if raw is None else raw
        moved = f"location: {self.url}/elsewhere\r\n" if 300 <= status < 400 else ""
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{moved}content-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        return True


@contextlib.asynccontextmanager
async def glpi(*script: str | int | bytes) -> AsyncIterator[GlpiServer]:
    """A server on a free port, with its script."""
    made = GlpiServer(list(script))
    tasks: set[asyncio.Task[Any]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        await made.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/apirest.php"
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

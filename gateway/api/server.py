"""Where the API listens: loopback only until there is authentication. Knows sockets and uvicorn, no resource."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from gateway.errors import Refused, Unreachable

LARGEST_PORT = 65535
MOST_CONNECTIONS = 64


def loopback_only(bind: str) -> tuple[str, int]:
    """``127.0.0.1:8080``, ``localhost:0``, ``[::1]:8080`` as host and port.

    Raises ValueError when it is no address at all, Refused when it is one beyond loopback.
    """
    host, colon, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > LARGEST_PORT:
        raise ValueError(f"{bind!r} is no HOST:PORT, like 127.0.0.1:8080")
    if host != "localhost" and not _is_loopback(host):
        raise Refused(f"{bind}: this version has no authentication yet, so it listens on loopback (127.0.0.1) only")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises Unreachable when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        raise Unreachable(f"cannot listen on {host}:{port}: {error.strerror}") from error


class Connection(H11Protocol):
    """One that asks nothing is closed after a while: else a few that were forgotten would keep everybody out."""

    patience = 10.0
    """Seconds."""
    _last: RequestResponseCycle | None = None
    """The request that was answered when nothing had been asked since; None: there was none yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """As in asyncio."""
        super().connection_made(transport)
        self.loop.call_later(self.patience, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        rests = self.cycle is None or self.cycle.response_complete
        if rests and self.cycle is self._last:
            self.transport.close()
            return
        self._last = self.cycle
        self.loop.call_later(self.patience, self._look)


class ApiServer(uvicorn.Server):
    """uvicorn that leaves signals to whoever started it. ``await serve(sockets=[…])``; ``should_exit`` ends it."""

    def __init__(self, api: FastAPI, connection: type[Connection] = Connection) -> None:
        super().__init__(
            uvicorn.Config(
                api, http=connection, lifespan="off", log_config=None, access_log=False, server_header=False, ws="none",
                limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=15, timeout_graceful_shutdown=3,
            )
        )  # fmt: skip

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the gateway as a whole."""
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until ``should_exit``; also when cancelled nothing is left that listens.

        Else the event loop would go on watching the number of a socket that soon is another's.
        """
        try:
            await super().serve(sockets)
        finally:
            for server in getattr(self, "servers", ()):
                server.close()

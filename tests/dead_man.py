"""The outside of the dead man's switch: a real HTTP receiver in a thread of its own, which no blocked loop holds up."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

EVERY = 0.2
"""Seconds between two signs of life: 300 times as fast as the default of 60 s."""
TOLERANCE = 3 * EVERY
"""What a receiver bears; it stands for 180 s."""


class Outside:
    """``with Outside() as outside: outside.url``; answers 204, or ``status``."""

    def __init__(self) -> None:
        self.came: list[tuple[float, dict[str, Any]]] = []
        self.status = 204
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outside.came.append((time.monotonic(), json.loads(body)))
                self.send_response(outside.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """It is no server to be looked at."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/beat"

    @property
    def count(self) -> int:
        return len(self.came)

    def silent(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self.came[-1][0]

    def dead(self) -> bool:
        """What a receiver with this tolerance would say now."""
        return self.silent() > TOLERANCE

    def more(self, count: int) -> bool:
        """Whether it is alive, and so many have come."""
        return self.count >= count and not self.dead()

    def __enter__(self) -> Outside:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

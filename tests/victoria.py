"""A real time-series database for tests: Debian's victoria-metrics on a free port, to be killed and started again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2

from tests.mosquitto import free_port


class Victoria:
    """One database process; keeps its port and its data over restarts. What is told twice is stored once."""

    def __init__(self, program: str, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            program, f"-storageDataPath={folder / 'victoria'}", f"-httpListenAddr=127.0.0.1:{self.port}",
            "-retentionPeriod=100y", "-dedup.minScrapeInterval=1ms", "-search.latencyOffset=0s",
            "-search.disableCache", "-memory.allowedBytes=64MB", *options,
        ]  # fmt: skip
        self._started = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx2.Client(base_url=self.url, timeout=20, trust_env=False)

    def start(self) -> None:
        """Start, not in the second of the last start, which it tells no finer; and wait until it answers."""
        while int(time.time()) <= self._started:
            time.sleep(0.02)
        self._started = int(time.time())
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self._client.get("/health").status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.02)
        raise AssertionError("victoria-metrics did not start")

    def kill(self) -> None:
        """SIGKILL: what it has not written to its disk is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """The end."""
        self.kill()
        self._client.close()

    def series(self, match: str) -> Iterator[tuple[Mapping[str, str], dict[int, float]]]:
        """The tags of each series, and its values by milliseconds since 1970."""
        self._client.get("/internal/force_flush")
        answer = self._client.get("/api/v1/export", params={"match[]": match, "start": 0, "reduce_mem_usage": 0})
        for line in answer.text.splitlines():
            told = httpx2.Response(200, text=line).json()
            yield told["metric"], dict(zip(told["timestamps"], told["values"], strict=True))

    def query(self, expression: str, at: float | None = None) -> list[Any]:
        """The result of an instant query; fails when it is refused."""
        answer = self._client.get("/api/v1/query", params={"query": expression, **({"time": at} if at else {})})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[Any] = answer.json()["data"]["result"]
        return found

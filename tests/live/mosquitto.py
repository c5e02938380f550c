"""A real mosquitto on a free port, with its own configuration and store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType

from tests.live.black_box import until
from tests.mosquitto import free_port


class Mosquitto:
    """``async with Mosquitto(folder, program) as broker: broker.port``; ``kill`` and ``start`` in between."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._program = program
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Listen, and return once a connection is taken."""
        self.folder.mkdir(exist_ok=True, parents=True)
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_on_changes true\nautosave_interval 1\n"
            "max_queued_messages 0\nmax_inflight_messages 20\nuser root\n"
        )
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._program, "-c", str(config), stdout=log, stderr=log
            )
        await until(self._takes_connections, 10)

    async def _takes_connections(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def __aenter__(self) -> Mosquitto:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process and self._process.returncode is None:
            await self.kill()

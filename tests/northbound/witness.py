"""An outside witness of a broker: Debian's mosquitto_sub, which shares nothing with the gateway.

It connects again by itself when its broker comes back.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, NamedTuple

from tests.live.black_box import until

MARK = "mark"


async def say(program: str, port: int, topic: str, payload: str, *options: str) -> None:
    """Publish by mosquitto_pub, which comes with mosquitto_sub."""
    command = [program.replace("mosquitto_sub", "mosquitto_pub"), "-h", "127.0.0.1", "-p", str(port), "-q", "1"]
    process = await asyncio.create_subprocess_exec(*command, "-t", topic, "-m", payload, *options)
    await process.wait()


class Seen(NamedTuple):
    """One message as mosquitto_sub told it."""

    topic: str
    retained: bool
    qos: int
    payload: str

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Witness:
    """``async with Witness(program, port) as witness: witness.seen``; sees every topic from the beginning on."""

    def __init__(self, program: str, port: int, *filters: str, session: str = "") -> None:
        self._program = program
        self._command = [program, "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-F", "%j"]
        self._command += ["-c", "-i", session] if session else []
        self._command += [part for each in filters or ("#",) for part in ("-t", each)]
        self.seen: list[Seen] = []

    async def __aenter__(self) -> Witness:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=2**20
        )
        self._reading = asyncio.create_task(self._read(), name="witness")
        return self

    async def _read(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            # Of an empty payload it says nothing.
            self.seen.append(Seen(told["topic"], told["retain"] == 1, told["qos"], told.get("payload") or ""))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            self._process.kill()  # at SIGTERM it says goodbye within its signal handler, which now and then hangs
        await self._process.wait()
        await self._reading

    async def listens(self, port: int) -> None:
        """Return once it has seen what was retained: a broker hands that over before anything that comes later."""

        async def marked() -> bool:
            await say(self._program, port, MARK, "x")
            return bool(self.of(MARK))

        await until(marked)

    def of(self, topic: str) -> list[Seen]:
        """Everything seen on a topic, or below it when it ends in ``/#``."""
        if topic.endswith("/#"):
            return [each for each in self.seen if each.topic.startswith(topic[:-1])]
        return [each for each in self.seen if each.topic == topic]

    async def until(self, topic: str, count: int = 1, seconds: float = 20.0) -> Seen:
        """The last message on a topic, once there are ``count``."""
        await until(lambda: len(self.of(topic)) >= count, seconds, lambda: [each.topic for each in self.seen][-20:])
        return self.of(topic)[-1]


async def retained(program: str, port: int, *filters: str) -> dict[str, str]:
    """What the broker holds for whoever comes new: topic → payload, "" for nothing."""
    async with Witness(program, port, *(filters or ("#",)), MARK) as witness:
        await witness.listens(port)
        return {each.topic: each.payload for each in witness.seen if each.retained}

"""Commands on the wire: once, only what the site allows, and never more than is known of what became of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.sources.modbus import ModbusSource
from gateway.sources.source import Device, Sent
from simulators.modbus.line import Line
from simulators.modbus.pdu import Write
from tests.sources.modbus_story import KINDS, Heard, connection, device, profile, reading, served, source, units

pytestmark = pytest.mark.asyncio
MEANS = {"zh": "试", "en": "try"}
COMMANDS: Mapping[str, Any] = {
    "start": {"means": MEANS, "address": 64, "value": 1, "reads_back": "mode", "ends_by_itself": True},
    "stop": {"means": MEANS, "address": 65, "value": 1, "reads_back": "mode", "stops": True},
    "break": {"means": MEANS, "table": "coil", "address": 3, "value": 1, "reads_back": "mode"},
    "restore": {"means": MEANS, "table": "coil", "address": 3, "value": 0, "reads_back": "mode", "stops": True},
}
PROFILE = profile({"mode": {"address": 43}}, commands=COMMANDS)


def commanded(unit: int, allowed: Sequence[str] = tuple(COMMANDS), every: float = 0.05) -> Device:
    return replace(device(unit, PROFILE, every), commands={name: PROFILE.commands[name] for name in allowed})


class Recorder:
    """Every frame that wrote, as the server saw it."""

    def __init__(self, **manners: Any) -> None:
        self.writes: list[tuple[int, int, int, tuple[int, ...]]] = []
        self.line = Line(units([7, 8]), on_write=self._note)
        for name, value in manners.items():
            setattr(self.line.manners_of(7), name, value)

    def _note(self, unit: int, write: Write) -> None:
        self.writes.append((unit, write.function, write.address, write.values))


@asynccontextmanager
async def at_work(
    kind: str, recorder: Recorder, *devices: Device, **wire: Any
) -> AsyncIterator[tuple[ModbusSource, Heard]]:
    async with served(kind, recorder.line) as server:
        made = source(connection(kind, server, **wire), devices or [commanded(7)])
        async with reading(made) as heard:
            await heard.until(lambda: heard.values[made.devices()[0].name] > 0)
            yield made, heard


def yes() -> bool:
    return True


@pytest.mark.parametrize("kind", KINDS)
async def test_a_command_is_written_once_and_its_answer_checked(kind: str) -> None:
    recorder = Recorder()
    async with at_work(kind, recorder) as (made, _):
        assert await made.command("u7", "start", None, yes) == (Sent.TAKEN, "")
        assert await made.command("u7", "restore", None, yes) == (Sent.TAKEN, "")
    assert recorder.writes == [(7, 6, 64, (1,)), (7, 5, 3, (0,))]

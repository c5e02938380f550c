"""Modbus TCP, RTU and RTU-over-TCP. The only package that knows pymodbus, and it trusts none of its answers."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.clock import Clock
from gateway.sources.gate import Gate, Write
from gateway.sources.line import LineSource, RawRead, read_raw
from gateway.sources.modbus.link import ModbusLink
from gateway.sources.source import Connection, Device, Resume, Sent, Still

__all__ = ["ModbusLink", "ModbusSource", "read_once"]


class ModbusSource(LineSource):
    """Every device of one Modbus connection."""

    def __init__(
        self, connection: Connection, devices: Sequence[Device], clock: Clock, _resume: Resume | None = None
    ) -> None:
        """Raises ValueError when a device cannot be planned or the line setting is none.

        A bus is always read anew, so there is nothing to resume.
        """
        self._gate = Gate(devices, clock.now)
        self._wire = ModbusLink(connection, self._gate)
        super().__init__(connection, devices, clock, self._wire)

    async def command(self, device: str, name: str, seconds: float | None, still: Still) -> tuple[Sent, str]:
        """Write what the command ``name`` of ``device`` stands for: before the next poll, once, and never again."""
        order = self._gate.orders.get((device, name))
        if not isinstance(order, Write):
            return Sent.REFUSED, f"{name} is not allowed on {device}"
        sent, why = await self._wire.write(order, still)
        if sent in (Sent.TAKEN, Sent.UNSURE):
            self.urge(device)
        return sent, why


async def read_once(connection: Connection, device: Device) -> list[RawRead]:
    """Every wanted point of ``device`` in the order of its registers, read now; raises Unreachable or ValueError."""
    link = ModbusLink(connection)
    try:
        return await read_raw(link, device)
    finally:
        link.close()

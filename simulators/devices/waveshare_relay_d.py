"""Waveshare Modbus RTU Relay (D), 8 channels. Table: its wiki. Coils 0-7 relays (FC01/05/15), discrete inputs 0-7.

Channel 0, 1, 2 ... drives one of its plants each: the contact in a luminaire's feed, whose mains come to the input of
the same number; or the test input of a perimeter zone, whose alarm comes there. A relay stays as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulators.devices.device import ModbusDevice
from simulators.modbus.pdu import Code, Refusal, Table
from simulators.modbus.tables import Image
from simulators.plants import EmergencyLight, PerimeterZone
from simulators.plants.plant import Plant

_CHANNELS = 8


class WaveshareRelayD(ModbusDevice):
    """Energised is on: a luminaire's contact is closed at rest."""

    def image(self) -> Image:
        """Coils as they were written, inputs as they are. Raises TypeError for what cannot be wired to it."""
        if len(self.plants) > _CHANNELS:
            raise TypeError(f"{len(self.plants)} plants do not fit {_CHANNELS} channels")
        spare = [False] * (_CHANNELS - len(self.plants))
        image = Image()
        image.bits(Table.COIL, 0, [_driven(plant) for plant in self.plants] + spare)
        image.bits(Table.DISCRETE, 0, [_sensed(plant) for plant in self.plants] + spare)
        return image

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """Switches consecutive relays. Raises `Refusal`."""
        if table is not Table.COIL or address + len(values) > _CHANNELS:
            raise Refusal(Code.ADDRESS)
        if self.trouble.stop_refused and not all(values):
            raise Refusal(Code.BUSY)
        if self.trouble.deaf:
            return False
        self.advance()
        # Channels beyond the plants switch nothing.
        switched = zip(self.plants[address:], values, strict=False)
        return any([_drive(plant, bool(value)) for plant, value in switched])

    def restart(self) -> None:
        """All relays are off after a loss of its supply."""
        super().restart()
        for plant in self.plants:
            _drive(plant, False, by="restart")


def _driven(plant: Plant) -> bool:
    if isinstance(plant, EmergencyLight):
        return plant.feed.coil
    if isinstance(plant, PerimeterZone):
        return plant.stimulated
    raise TypeError(f"{plant.id}: no relay is wired to a {type(plant).__name__}")


def _sensed(plant: Plant) -> bool:
    return plant.feed.mains if isinstance(plant, EmergencyLight) else isinstance(plant, PerimeterZone) and plant.alarm


def _drive(plant: Plant, driven: bool, by: str = "command") -> bool:
    if isinstance(plant, EmergencyLight):
        return plant.switch_relay(driven, by)
    return isinstance(plant, PerimeterZone) and plant.stimulate(driven, by)

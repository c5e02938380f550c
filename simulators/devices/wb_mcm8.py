"""Wiren Board WB-MCM8: 8 dry contacts with counters. Table: the maker's template config-wb-mcm8.

Discrete 0-7 are the inputs; input register 8 their mask, 40+2(i-1) frequency, 60+2(i-1) counter, 104 uptime, 121 mV.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulators.devices.device import ModbusDevice
from simulators.devices.wiring import wires
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants.plant import Plant

INPUTS = 8


class WbMcm8(ModbusDevice):
    """The contacts of its plants on inputs 1 to 8, in order. A counter counts closings of its input."""

    def __init__(self, plants: Sequence[Plant], now: Callable[[], float]) -> None:
        super().__init__(plants, now)
        self._wires = [wire for plant in plants for wire in wires(plant)]
        if len(self._wires) > INPUTS:
            raise ValueError(f"{len(self._wires)} contacts do not fit on {INPUTS} inputs")
        self._started = now()
        self._counts = [0] * INPUTS
        self._inputs = self._sense()
        for plant in plants:
            plant.watch(self._count)

    def _sense(self) -> list[bool]:
        sensed = [wire() for wire in self._wires]
        return sensed + [False] * (INPUTS - len(sensed))

    def _count(self) -> None:
        sensed = self._sense()
        for index, (before, after) in enumerate(zip(self._inputs, sensed, strict=True)):
            self._counts[index] += after and not before
        self._inputs = sensed

    def image(self) -> Image:
        """All tables of the module."""
        image = Image()
        sensed = self._sense()
        image.bits(Table.DISCRETE, 0, sensed)
        image.words(Table.INPUT, 8, sum(value << index for index, value in enumerate(sensed)))
        for index, count in enumerate(self._counts):
            image.u32(Table.INPUT, 40 + 2 * index, 0)
            image.u32(Table.INPUT, 60 + 2 * index, count)
        image.u32(Table.INPUT, 104, int(self._now() - self._started))
        image.words(Table.INPUT, 121, 24_060)
        image.words(Table.HOLDING, 9, *[0] * INPUTS)
        image.words(Table.HOLDING, 20, *[50] * INPUTS)
        image.words(Table.HOLDING, 110, 96)
        return image

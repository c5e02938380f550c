"""HMS Intesis DALI gateway with emergency luminaires. Table: user manual r1.3; address = 100 * short address + offset.

The luminaires are its plants, at short addresses 0, 1, 2 ... of channel 0. Offsets 63, 64 and 65 start and stop tests.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulators.devices.device import ModbusDevice
from simulators.modbus.pdu import Code, Refusal, Table
from simulators.modbus.tables import Image
from simulators.plants import EmergencyLight
from simulators.plants.emergency_light import FULL

_START_FUNCTION, _START_DURATION, _STOP = 63, 64, 65
_NORMAL, _EMERGENCY, _FUNCTION_TEST, _DURATION_TEST = 1 << 1, 1 << 2, 1 << 4, 1 << 5


class IntesisDali(ModbusDevice):
    """One channel."""

    def image(self) -> Image:
        """The holding and input registers, which are the same."""
        image = Image()
        for short, light in enumerate(self._lights()):
            base = 100 * short
            image.words(Table.HOLDING, base + 5, _ballast_status(light), 100 * light.lamp_on, 1)
            image.words(Table.HOLDING, base + 42, _failures(light), _mode(light), _status(light))
            image.words(Table.HOLDING, base + 45, 255 if self.trouble.sensor_error else round(light.battery.soc * 100))
            image.words(Table.HOLDING, base + 46, 0, 0, 0, 0, 0, 0)  # no test by itself; time-out 0: 15 min
            image.words(Table.HOLDING, base + 52, _result_min(light), 12, 100, 1, 100, light.rated_min)
            image.words(Table.HOLDING, base + 58, 0b1000 | light.maintained << 1, 4, 0, 0, 0, 0, 0, 0, 0)
        for ballasts in range(4):
            image.words(Table.HOLDING, ballasts, self._failure_field(ballasts))
        image.words(Table.HOLDING, 4, 0)
        image.tables[Table.INPUT] = image.tables[Table.HOLDING]
        return image

    def _lights(self) -> list[EmergencyLight]:
        return [light for light in self.plants if isinstance(light, EmergencyLight)]

    def _failure_field(self, ballasts: int) -> int:
        group = self._lights()[16 * ballasts : 16 * ballasts + 16]
        return sum(1 << index for index, light in enumerate(group) if "lamp_failed" in light.active)

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """Starts or stops a test where 1 is written. Raises `Refusal`."""
        self.advance()
        places = [divmod(address + index, 100) for index in range(len(values))]
        for short, offset in places:
            if table is not Table.HOLDING or not _START_FUNCTION <= offset <= _STOP or short >= len(self.plants):
                raise Refusal(Code.ADDRESS)
            if offset == _STOP and self.trouble.stop_refused:
                raise Refusal(Code.BUSY)
        if self.trouble.deaf:
            return False
        lights = self._lights()
        wanted = [place for place, value in zip(places, values, strict=True) if value == 1]
        return any([_command(lights[short], offset) for short, offset in wanted])

    def restart(self) -> None:
        """The luminaires lose their supply voltage with it, and what they knew of their tests."""
        super().restart()
        for light in self._lights():
            light.restart()


def _command(light: EmergencyLight, offset: int) -> bool:
    if offset == _STOP:
        return light.stop_test()
    return light.ask_test("function" if offset == _START_FUNCTION else "duration")


def _ballast_status(light: EmergencyLight) -> int:
    return ("lamp_failed" in light.active) << 1 | light.lamp_on << 2


def _failures(light: EmergencyLight) -> int:
    # IEC 62386-202: bits 4 and 5 a test was pending for longer than its time-out, bit 6 function test failed, bit 7
    # duration test failed. Only a test finds that a battery lasts too short a time (bit 1), and only another one takes
    # it back.
    tests = light.self_test
    too_short = "duration" in tests.failing
    bits = (not light.charger_ok) << 0 | too_short << 1 | too_short << 7
    bits |= ("battery_failed" in light.active) << 2 | ("lamp_failed" in light.active) << 3
    bits |= ("function" in tests.overdue) << 4 | ("duration" in tests.overdue) << 5
    return bits | ("function" in tests.failing) << 6


def _mode(light: EmergencyLight) -> int:
    if not light.mains_present:
        return _EMERGENCY
    return {"function": _FUNCTION_TEST, "duration": _DURATION_TEST}.get(light.test or "", _NORMAL)


def _status(light: EmergencyLight) -> int:
    tests = light.self_test
    bits = ("function" in tests.done) << 1 | ("duration" in tests.done) << 2 | (light.battery.soc > FULL) << 3
    return bits | ("function" in tests.pending) << 4 | ("duration" in tests.pending) << 5


def _result_min(light: EmergencyLight) -> int:
    """The last duration test in whole steps of 2 minutes, no longer than 255 of them."""
    lasted = light.self_test.last_duration_min
    return 0 if lasted is None else min(510, int(lasted // 2) * 2)

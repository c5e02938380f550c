"""Wiren Board WB-UPS v.3 as an emergency light's supply. Table: the maker's template config-wb-ups-v3.

On Modbus input registers, and on MQTT by the Wiren Board convention: bare retained values below /devices/ID/controls.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.devices.device import Message, ModbusDevice, MqttDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import EmergencyLight

_INPUT_V = 24.0


@dataclass(frozen=True)
class UpsValues:
    """In V, A, % and degrees Celsius. Status: 0 charging, 1 full, 2 discharging, 3 empty, 4 not charging."""

    status: int
    input_v: float
    output_v: float
    battery_v: float
    battery_a: float
    charging_a: float
    load_a: float
    charge: float
    celsius: float = 24.5


def measure(plant: EmergencyLight) -> UpsValues:
    """The values of one light."""
    battery = plant.battery
    return UpsValues(
        status=_status(plant),
        input_v=_INPUT_V if plant.mains_present else 0.0,
        output_v=_INPUT_V - 0.4 if not plant.on_battery else battery.volts - 0.15,
        battery_v=battery.volts,
        battery_a=battery.amps,
        charging_a=max(0.0, battery.amps) * 0.62,
        load_a=plant.lamp_amps if plant.on_battery else 0.0,
        charge=battery.soc * 100,
    )


def _status(plant: EmergencyLight) -> int:
    if plant.on_battery:
        return 3 if plant.exhausted else 2
    if not plant.charger_ok or "battery_failed" in plant.active:
        return 4
    return 1 if plant.battery.soc > 0.99 else 0


class WbUpsV3(ModbusDevice):
    """The supply on RS-485."""

    def image(self) -> Image:
        """All registers of the supply."""
        now = measure(one(self.plants, EmergencyLight))
        error = self.trouble.sensor_error
        image = Image()
        image.words(Table.INPUT, 0, now.status, 0, round(now.input_v * 1000), round(now.output_v * 1000))
        image.words(Table.INPUT, 4, 0xFFFF if error else round(now.battery_v * 1000), round(now.battery_a * 1000))
        image.words(Table.INPUT, 6, round(now.charging_a * 1000), round(now.load_a * 1000), round(now.charge * 100))
        image.words(Table.INPUT, 9, 0x7FFF if error else round(now.celsius * 100))
        image.words(Table.INPUT, 11, 10_500, 11_700, 10_500)
        image.u32(Table.INPUT, 104, int(self._now()) % 5_000_000)
        image.bits(Table.COIL, 0, [True])
        image.bits(Table.DISCRETE, 8, [False, now.status == 0, now.status == 2])
        image.words(Table.HOLDING, 16, 0, 23_600, 220, 0, 0, 0, 0)
        return image


@dataclass
class WbUpsV3Mqtt(MqttDevice):
    """The supply behind a Wiren Board controller; the topic is /devices/ID."""

    report_every: float = 60.0
    _in_error: bool = field(default=False, init=False)

    def controls(self) -> dict[str, str]:
        """Control names and their values as text."""
        now = measure(one(self.plants, EmergencyLight))
        return {
            "Battery Status": str(now.status),
            "Input Voltage": f"{now.input_v:.3f}",
            "Output Voltage": f"{now.output_v:.3f}",
            "Battery Voltage": f"{now.battery_v:.3f}",
            "Battery Current": f"{now.battery_a:.3f}",
            "Load Current": f"{now.load_a:.3f}",
            "Battery Charge": f"{now.charge:.2f}",
            "Battery Temperature": f"{now.celsius:.2f}",
        }

    def state(self) -> object:
        """Speaks at once when the mains, the load or the battery's status changes."""
        now = measure(one(self.plants, EmergencyLight))
        return now.status, now.input_v, now.load_a > 0

    def report(self, now: float) -> list[Message]:
        """All controls; a sensor error shows as meta/error `r` and leaves the last value standing."""
        messages = self._errors()
        for name, value in self.controls().items():
            if not (self.trouble.sensor_error and name == "Battery Voltage"):
                messages.append(Message(f"{self.topic}/controls/{name}", value, retain=True))
        return messages

    def _errors(self) -> list[Message]:
        if self.trouble.sensor_error == self._in_error:
            return []
        self._in_error = self.trouble.sensor_error
        return [
            Message(f"{self.topic}/controls/Battery Voltage/meta/error", "r" if self._in_error else "", retain=True)
        ]

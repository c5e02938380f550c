"""Pulsar EN54C-LCD power supply with battery. Table: Modbus protocol for EN54C-LCD v1.1, input registers 3111-3125."""

from __future__ import annotations

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import EmergencyLight

_AC_FAIL, _CHARGE_FAIL, _LOW_BATTERY = 1 << 0, 1 << 5, 1 << 7
_BATTERY_OFF, _BATTERY_FAIL, _HIGH_RESISTANCE = 1 << 8, 1 << 13, 1 << 14
_AC, _CHARGING, _TESTING = 1 << 6, 1 << 7, 1 << 8


class PulsarEn54cLcd(ModbusDevice):
    """One supply that feeds a group of lights. Voltages in mV, currents in mA, resistance in milliohm."""

    def image(self) -> Image:
        """All registers of the supply."""
        light = one(self.plants, EmergencyLight)
        battery = light.battery
        battery_mv = 0xFFFF if self.trouble.sensor_error else round(battery.volts * 1000)
        output = round((battery.volts if light.on_battery else 27.3) * 1000)
        image = Image()
        image.words(Table.INPUT, 3111, 1, 1, 4, _flags(light), 0)
        image.words(Table.INPUT, 3116, output, output, output, battery_mv)
        image.words(Table.INPUT, 3120, max(0, round(battery.amps * 1000)), max(0, round(-battery.amps * 1000)))
        image.words(Table.INPUT, 3122, light.resistance_mohm, 23, _signals(light), 0)
        return image


def _flags(light: EmergencyLight) -> int:
    battery = light.battery
    flags = 0 if light.mains_present else _AC_FAIL
    flags |= 0 if light.charger_ok else _CHARGE_FAIL
    if "battery_failed" in light.active:
        flags |= _BATTERY_FAIL
    if "battery_aged" in light.active:
        flags |= _HIGH_RESISTANCE
    if battery.soc < 0.1 and not light.mains_present:
        flags |= _LOW_BATTERY
    if light.exhausted and not light.mains_present:
        flags |= _BATTERY_OFF
    return flags


def _signals(light: EmergencyLight) -> int:
    charge = sum(1 << shift for shift, level in ((0, 0.3), (2, 0.6), (4, 0.9)) if light.battery.soc >= level)
    charge |= _AC if light.mains_present else 0
    charge |= _CHARGING if light.charging else 0
    return charge | (_TESTING if light.test else 0)

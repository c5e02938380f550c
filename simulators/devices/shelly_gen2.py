"""A Shelly Gen2+ relay with power meter and inputs: partial NotifyStatus overlays, online will.

On a gate: input 0 loop, 1 reader online, 2 boom intact, switch 0 the motor. On a light: switch 0 the lamp circuit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulators.devices.device import Message, MqttDevice, as_json
from simulators.plants import BarrierGate, EmergencyLight

_VOLTS = 230.2
_LAMP_V = 12.0

Status = dict[str, dict[str, object]]


@dataclass
class ShellyGen2(MqttDevice):
    """The topic is the device's MQTT prefix. Full status each `report_every`, in between only the keys that changed."""

    WILL = ("online", "true", "false")
    report_every: float = 60.0
    _told: Status = field(default_factory=dict, init=False)

    def state(self) -> object:
        """Speaks at once when any component changes."""
        return self._status()

    def changed(self, now: float) -> list[Message]:
        """Only the keys that changed, beside each component's id."""
        status = self._status()
        overlay: dict[str, object] = {}
        for name, component in status.items():
            told = self._told.get(name, {})
            news = {key: value for key, value in component.items() if told.get(key) != value}
            if news:
                overlay[name] = {"id": component["id"], **news}
        self._told = status
        return [self._notify("NotifyStatus", overlay, now)]

    def report(self, now: float) -> list[Message]:
        """Everything."""
        self._told = self._status()
        return [self._notify("NotifyFullStatus", self._told, now)]

    def _notify(self, method: str, components: Mapping[str, object], now: float) -> Message:
        payload = {
            "src": self.topic,
            "dst": f"{self.topic}/events",
            "method": method,
            "params": {"ts": round(now, 2), **components},
        }
        return Message(f"{self.topic}/events/rpc", as_json(payload))

    def _status(self) -> Status:
        plant = self.plants[0]
        if isinstance(plant, BarrierGate):
            return {
                "input:0": {"id": 0, "state": plant.loop_occupied},
                "input:1": {"id": 1, "state": plant.reader_online},
                "input:2": {"id": 2, "state": plant.boom_intact},
                "switch:0": _switch(plant.motor_amps, plant.motor_watts),
            }
        if isinstance(plant, EmergencyLight):
            watts = plant.lamp_amps * _LAMP_V
            return {"switch:0": _switch(watts / _VOLTS, watts)}
        raise TypeError(f"no wiring for a {type(plant).__name__}")


def _switch(amps: float, watts: float) -> dict[str, object]:
    return {"id": 0, "output": True, "apower": round(watts, 1), "voltage": _VOLTS, "current": round(amps, 3)}

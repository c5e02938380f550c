"""Lift monitors that publish over MQTT: Elfin Eleon S1, and a plain JSON object of our own.

The JSON one is documented here: state names are those of the BACnet lift object, `ts` is epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulators.devices.device import Message, MqttDevice, as_json, one
from simulators.plants import Lift


@dataclass
class LiftMonitorJson(MqttDevice):
    """Publishes TOPIC/state, and TOPIC/availability (retained `online` or `offline`)."""

    WILL = ("availability", "online", "offline")
    report_every: float = 10.0

    def state(self) -> object:
        """Speaks at once when any state changes; measurements wait for the next report."""
        lift = one(self.plants, Lift)
        return lift.moving, lift.door_zone, lift.door, lift.occupied, lift.floor, tuple(lift.active)

    def report(self, now: float) -> list[Message]:
        """The whole object."""
        lift = one(self.plants, Lift)
        broken = self.trouble.sensor_error
        payload = {
            "ts": round(now, 2),
            "mode": "normal",
            "fault": f"drive-{lift.fault_code}" if lift.fault_code else "none",
            "moving": lift.moving,
            "door_zone": lift.door_zone,
            "door_state": lift.door,
            "floor": lift.car_floor,
            "displayed_floor": lift.displayed_floor,
            "level_error_mm": None if broken else round(lift.level_error_mm, 1),
            "occupied": lift.occupied,
            "call_stuck": "call_button_stuck" in lift.active,
            "car_lux": round(lift.car_lux),
            "vibration_mm_s": None if broken else round(lift.ride_vibration_mm_s, 2),
        }
        return [Message(f"{self.topic}/state", as_json(payload))]


@dataclass
class EleonS1(MqttDevice):
    """Publishes {"timestamp", "value"} below /ID; the slash in front is part of the topic. Floor 1 is the lowest."""

    report_every: float = 60.0
    ground_floor: int = 1

    def state(self) -> object:
        """Speaks at once when the car passes to another floor."""
        return one(self.plants, Lift).car_floor

    def report(self, now: float) -> list[Message]:
        """Connection and both floor topics."""
        floor = one(self.plants, Lift).car_floor
        information = f"{self.topic}/elevator/information/current-floor"
        values: dict[str, object] = {
            f"{self.topic}/connected-to-controller": True,
            f"{information}/absolute": floor,
            f"{information}/relative": floor - self.ground_floor,
        }
        stamp = int(now)
        return [
            Message(topic, as_json({"timestamp": stamp, "value": value}), retain=True)
            for topic, value in values.items()
        ]

"""A Zigbee door contact behind zigbee2mqtt (SONOFF SNZB-04P): `contact` true is closed; retained JSON availability."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.devices.device import Message, MqttDevice, as_json, one
from simulators.plants import AccessDoor


@dataclass
class Zigbee2mqttContact(MqttDevice):
    """The topic is zigbee2mqtt/NAME. The contact's own tamper switch stands in for the reader's."""

    WILL = ("availability", '{"state":"online"}', '{"state":"offline"}')

    def state(self) -> object:
        """Speaks at once when the contact or the tamper switch changes."""
        door = one(self.plants, AccessDoor)
        return door.contact_closed, door.reader_tamper

    def report(self, now: float) -> list[Message]:
        """The state, complete as zigbee2mqtt always sends it."""
        door = one(self.plants, AccessDoor)
        payload = {
            "battery": 93,
            "battery_low": False,
            "contact": None if self.trouble.sensor_error else door.contact_closed,
            "linkquality": 116,
            "tamper": door.reader_tamper,
            "voltage": 2950,
        }
        return [Message(self.topic, as_json(payload))]

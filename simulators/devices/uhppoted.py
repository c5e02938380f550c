"""A UHPPOTE door controller behind uhppoted-mqtt: events as they happen and a status reply again and again.

Shapes after uhppoted-mqtt's README and events dictionary. Card numbers are always 0: a simulator knows no cardholders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from simulators.devices.device import Message, MqttDevice, as_json
from simulators.plants import AccessDoor
from simulators.plants.access_door import DoorEvent

# What happened: event type, its text, reason, its text, access granted.
_EVENTS = {
    "granted": (1, "card swipe", 1, "swipe", True),
    "button": (2, "door", 20, "push button ok", True),
    "opened": (2, "door", 23, "door open", False),
    "closed": (2, "door", 24, "door closed", False),
    "held": (3, "alarm", 37, "door open too long", False),
    "forced": (3, "alarm", 38, "forced open", False),
}


@dataclass
class Uhppoted(MqttDevice):
    """The topic is uhppoted/gateway. The plants are doors 1 to 4 in order; `zone` is the controller's time zone."""

    device_id: int = 0
    zone: str = "Asia/Shanghai"
    report_every: float = 10.0
    _event_id: int = field(default=5000, init=False)

    def __post_init__(self) -> None:
        """Takes up with the events of its doors."""
        super().__post_init__()
        self._doors = [door for door in self.plants if isinstance(door, AccessDoor)]
        self._heard = {door.id: 0 for door in self._doors}

    def state(self) -> object:
        """Speaks at once when a door has a new event, its lock falls back or its reader goes."""
        return [
            (door.events[-1].serial if door.events else 0, door.unlocked, door.reader_online) for door in self._doors
        ]

    def changed(self, now: float) -> list[Message]:
        """The new events, then the status."""
        events = [self._event(number, event) for number, event in self._new_events()]
        return [*events, *self.report(now)]

    def _new_events(self) -> list[tuple[int, DoorEvent]]:
        fresh = []
        for number, door in enumerate(self._doors, 1):
            fresh += [(number, event) for event in door.events if event.serial > self._heard[door.id]]
            self._heard[door.id] = door.events[-1].serial if door.events else 0
        return sorted(fresh, key=lambda pair: pair[1].at)

    def _event(self, door: int, event: DoorEvent) -> Message:
        kind, kind_text, reason, reason_text, granted = _EVENTS[event.what]
        self._event_id += 1
        payload = {
            "device-id": self.device_id,
            "event-id": self._event_id,
            "event-type": kind,
            "event-type-text": kind_text,
            "access-granted": granted,
            "door-id": door,
            "direction": 1,
            "direction-text": "in",
            "card-number": 0,
            "timestamp": self._local(event.at),
            "event-reason": reason,
            "event-reason-text": reason_text,
        }
        return Message(f"{self.topic}/events", as_json({"message": {"event": payload}}))

    def report(self, now: float) -> list[Message]:
        """The answer to get-status, as if another client had asked."""
        doors = dict(enumerate(self._doors, 1))
        status = {
            "door-states": {str(n): not doors[n].contact_closed if n in doors else False for n in range(1, 5)},
            "door-buttons": {str(n): False for n in range(1, 5)},
            "relay-state": sum(1 << n - 1 for n, door in doors.items() if door.unlocked),
            "input-state": 0,
            "system-error": 0 if all(door.reader_online for door in self._doors) else 1,
            "system-datetime": self._local(now),
            "sequence-id": 0,
            "special-info": 0,
        }
        response = {"device-id": self.device_id, "status": status}
        reply = {"client-id": "status-poller", "method": "get-status", "request-id": "0", "response": response}
        return [Message(f"{self.topic}/replies", as_json({"message": {"reply": reply}}))]

    def _local(self, at: float) -> str:
        return datetime.fromtimestamp(at, ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S %Z")

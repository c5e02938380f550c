"""A Shelly Gen2+ relay with power meter and inputs: partial NotifyStatus overlays, online will, commands as JSON-RPC.

On a gate: input 0 loop, 1 reader online, 2 boom intact, switch 0 the motor. On a light: switch 0 the lamp circuit; or,
with `switches: feed`, a relay that breaks its feed while it is on, with the mains before it at input 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from simulators.devices.device import Message, MqttDevice, as_json
from simulators.plants import BarrierGate, EmergencyLight

_VOLTS = 230.2
_LAMP_V = 12.0
_INVALID, _NO_HANDLER, _UNAVAILABLE = -103, 404, -109

Status = dict[str, dict[str, object]]


class _Wrong(Exception):
    """A request that is answered with an error: its code, and what is wrong."""


@dataclass
class ShellyGen2(MqttDevice):
    """The topic is the device's MQTT prefix. Full status each `report_every`, in between only the keys that changed."""

    LISTENS: ClassVar[tuple[str, ...]] = ("rpc",)
    WILL = ("online", "true", "false")
    report_every: float = 60.0
    switches: str = "lamp"
    _told: Status = field(default_factory=dict, init=False)
    _source: str = field(default="init", init=False)
    _timer: tuple[float, float] | None = field(default=None, init=False)  # began, seconds

    def __post_init__(self) -> None:
        """Raises ValueError for a switch that it has not."""
        super().__post_init__()
        if self.switches not in ("lamp", "feed"):
            raise ValueError(f"switches lamp or feed, not {self.switches}")

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

    def obey(self, payload: str, now: float) -> tuple[bool, list[Message]]:
        """`Switch.Set`, and the calls that only ask; answered where the request says who asks."""
        try:
            request = json.loads(payload)
            method, params, asker = request["method"], request.get("params") or {}, request.get("src")
        except (ValueError, KeyError, TypeError, AttributeError):
            return False, []
        answer: dict[str, object] = {"id": request.get("id"), "src": self.topic, "dst": asker}
        acted = False
        try:
            acted, answer["result"] = self._call(method, params, now)
        except _Wrong as wrong:
            answer["error"] = {"code": wrong.args[0], "message": wrong.args[1]}
        return acted, [Message(f"{asker}/rpc", as_json(answer))] if isinstance(asker, str) else []

    def restart(self) -> None:
        """Its relay is off after a loss of its supply, and its timer forgotten."""
        super().restart()
        self._timer = None
        if self.switches == "feed":
            self._switch(False, "init", "restart")

    def _call(self, method: object, params: Mapping[str, object], now: float) -> tuple[bool, object]:
        if method == "Shelly.GetStatus":
            return False, self._status()
        if method not in ("Switch.Set", "Switch.GetStatus"):
            raise _Wrong(_NO_HANDLER, f"No handler for {method}")
        if params.get("id") != 0 or self.switches != "feed":
            raise _Wrong(-105, f"Argument 'id', value {params.get('id')} not found!")
        if method == "Switch.GetStatus":
            return False, self._status()["switch:0"]
        return self._set(params, now)

    def _set(self, params: Mapping[str, object], now: float) -> tuple[bool, object]:
        on, seconds = params.get("on"), params.get("toggle_after")
        if not isinstance(on, bool):
            raise _Wrong(_INVALID, "Missing or bad argument 'on'!")
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0):
            raise _Wrong(_INVALID, "Bad argument 'toggle_after'!")
        if self.trouble.stop_refused and not on:
            raise _Wrong(_UNAVAILABLE, "Resource unavailable: overpower")
        was_on = self._light().feed.coil
        acted = False
        if not self.trouble.deaf:
            self._timer = None if seconds is None else (now, float(seconds))
            acted = self._switch(on, "MQTT", "command")
            self._start_timer(on)
        return acted, {"was_on": was_on}

    def _start_timer(self, on: bool) -> None:
        timer = self._timer
        if timer is not None:

            def toggle() -> None:
                if self._timer is timer:
                    self._timer = None
                    self._switch(not on, "timer", "timer")

            self._light().after(timer[1], toggle)

    def _switch(self, on: bool, source: str, by: str) -> bool:
        self._source = source
        return self._light().switch_relay(on, by)

    def _light(self) -> EmergencyLight:
        plant = self.plants[0]
        if not isinstance(plant, EmergencyLight):
            raise TypeError(f"{plant.id}: no feed of a {type(plant).__name__} to switch")
        return plant

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
        if self.switches == "feed":
            return self._feed_status(self._light())
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

    def _feed_status(self, light: EmergencyLight) -> Status:
        switch: dict[str, object] = {"id": 0, "source": self._source, "output": light.feed.coil}
        if self._timer is not None:
            switch |= {"timer_started_at": round(self._timer[0], 2), "timer_duration": self._timer[1]}
        return {"input:0": {"id": 0, "state": light.feed.mains}, "switch:0": switch}


def _switch(amps: float, watts: float) -> dict[str, object]:
    return {"id": 0, "output": True, "apower": round(watts, 1), "voltage": _VOLTS, "current": round(amps, 3)}

"""LoRaWAN sensors behind ChirpStack v4: Milesight WS301, EM310-TILT and EM500-PP, Dragino PS-LB.

Topic application/APP/device/EUI; uplinks below /event/up with the maker's bytes in `data` and decoded in `object`.
"""

from __future__ import annotations

import base64
import struct
import uuid
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from simulators.devices.device import Message, MqttDevice, as_json, one
from simulators.plants import BarrierGate, Extinguisher

_NAMESPACE = uuid.UUID("6f1d3c1e-6b0e-4f4e-9a43-6a2f0d9b7c11")


@dataclass
class LoraSensor(MqttDevice):
    """One end device. Intervals are shorter than makers ship them, so that an hour shows something."""

    PORT: ClassVar[int] = 85
    PROFILE: ClassVar[str] = ""
    _frames: int = field(default=0, init=False)

    @abstractmethod
    def measure(self) -> tuple[bytes, Mapping[str, object]]:
        """The frame's bytes and what the decoder makes of them."""

    def report(self, now: float) -> list[Message]:
        """One uplink."""
        data, decoded = self.measure()
        self._frames += 1
        application, eui = self.topic.split("/")[1::2]
        uplink = {
            "deduplicationId": str(uuid.uuid5(_NAMESPACE, f"{eui}/{self._frames}/{now:.3f}")),
            "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
            "deviceInfo": {
                "applicationId": application,
                "applicationName": "riverside",
                "deviceProfileName": self.PROFILE,
                "deviceName": f"{self.PROFILE}-{eui[-4:]}",
                "devEui": eui,
                "tags": {},
            },
            "adr": True,
            "dr": 5,
            "fCnt": self._frames,
            "fPort": self.PORT,
            "confirmed": False,
            "data": base64.b64encode(data).decode(),
            "object": decoded,
            "rxInfo": [{"gatewayId": "a84041ffff1f8008", "rssi": -71, "snr": 9.2}],
        }
        return [Message(f"{self.topic}/event/up", as_json(uplink))]


class MilesightWs301(LoraSensor):
    """Magnet contact on an extinguisher's bracket: `close` while it hangs there."""

    PROFILE = "ws301"

    def state(self) -> object:
        """Sends at once when the magnet moves."""
        return one(self.plants, Extinguisher).present

    def measure(self) -> tuple[bytes, Mapping[str, object]]:
        """Battery, magnet, tamper."""
        opened = not one(self.plants, Extinguisher).present
        data = bytes((0x01, 0x75, 98, 0x03, 0x00, opened, 0x04, 0x00, 0))
        return data, {
            "battery": 98,
            "magnet_status": "open" if opened else "close",
            "tamper_status": "installed",
        }


class MilesightEm310Tilt(LoraSensor):
    """Tilt sensor on a barrier's boom: sends in between when the boom moves."""

    PROFILE = "em310-tilt"

    def state(self) -> object:
        """Sends at once when the boom is struck or hung again, and when a motion begins or ends."""
        gate = one(self.plants, BarrierGate)
        return gate.boom_intact, gate.state

    def measure(self) -> tuple[bytes, Mapping[str, object]]:
        """Battery, three angles in 0.01 degree, threshold bits."""
        angle = one(self.plants, BarrierGate).boom_deg
        hundredths = [round(angle * 100), 0, round((90 - angle) * 100)]
        data = struct.pack("<BBBBB3hB", 0x01, 0x75, 95, 0x03, 0xCF, *hundredths, angle > 10)
        threshold = "trigger" if angle > 10 else "normal"
        angles = dict(zip(("angle_x", "angle_y", "angle_z"), (value / 100 for value in hundredths), strict=True))
        return data, {
            "battery": 95,
            **angles,
            "threshold_x": threshold,
            "threshold_y": "normal",
            "threshold_z": "normal",
        }


class MilesightEm500Pp(LoraSensor):
    """Pipe pressure sensor on an extinguisher, in kPa. A broken one sends the lowest value it can, and none decoded."""

    PROFILE = "em500-pp"

    def measure(self) -> tuple[bytes, Mapping[str, object]]:
        """Battery and pressure."""
        kpa = round(one(self.plants, Extinguisher).pressure_mpa * 1000)
        if self.trouble.sensor_error:
            return struct.pack("<BBBBBh", 0x01, 0x75, 97, 0x03, 0x7B, -0x8000), {"battery": 97, "pressure": None}
        return struct.pack("<BBBBBh", 0x01, 0x75, 97, 0x03, 0x7B, kpa), {"battery": 97, "pressure": kpa}


class DraginoPsLb(LoraSensor):
    """4-20 mA pressure sensor, probe 01 04 (2.5 MPa at 20 mA). Its decoder names the value kPa though it is MPa."""

    PROFILE = "ps-lb"
    PORT = 2

    def measure(self) -> tuple[bytes, Mapping[str, object]]:
        """Battery mV, probe, loop current in uA, voltage input, flags; a broken loop carries no current."""
        mpa = one(self.plants, Extinguisher).pressure_mpa
        milliamps = 0.0 if self.trouble.sensor_error else round(4 + 16 * mpa / 2.5, 3)
        data = struct.pack(">HHHHB", 3596, 0x0104, round(milliamps * 1000), 0, 0)
        decoded = {
            "Bat_V": 3.596,
            "Probe_mod": 260,
            "IDC_intput_mA": milliamps,
            "VDC_intput_V": 0,
            "Water_pressure_kPa": None if self.trouble.sensor_error else round((milliamps - 4) / 16 * 2.5, 3),
        }
        return data, decoded

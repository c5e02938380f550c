"""What each MQTT model says, and when."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from simulators.devices import MQTT, MqttDevice
from simulators.devices.device import Message
from simulators.plants import AccessDoor, BarrierGate, EmergencyLight, Extinguisher, Lift, Plant

APP = "application/a/device/24e1"


def device(model: str, topic: str, *plants: Plant, **options: Any) -> MqttDevice:
    return MQTT[model](topic, plants, **options)


def payload(message: Message) -> Any:
    return json.loads(message.payload)


def run(box: MqttDevice, start: float, end: float, step: float = 0.5) -> list[Message]:
    """Everything said after `start` and up to `end`."""
    steps = round((end - start) / step)
    return [message for index in range(1, steps + 1) for message in box.poll(start + index * step)]


def test_zigbee_contact_reports_each_change_and_its_availability() -> None:
    door = AccessDoor("d", 0.0, 1)
    box = device("zigbee2mqtt-contact", "zigbee2mqtt/d", door)
    first = box.poll(0.0)
    assert first[0] == Message("zigbee2mqtt/d/availability", '{"state":"online"}', retain=True)
    assert (first[1].topic, payload(first[1])["contact"]) == ("zigbee2mqtt/d", True)
    said = [payload(message)["contact"] for message in run(box, 0, 1800)]
    assert said.count(False) >= door.openings > 5
    box.trouble.silent = True
    assert box.poll(1801)[0].payload == '{"state":"offline"}'
    assert run(box, 1801, 3000) == []
    box.trouble.silent = False
    assert [message.payload[:18] for message in box.poll(3001)][:1] == ['{"state":"online"}']
    box.trouble.sensor_error = True
    assert payload(box.report(3002)[0])["contact"] is None


def test_uhppoted_tells_events_and_status_without_any_card() -> None:
    doors = [AccessDoor(str(n), 0.0, n, pass_every=60) for n in range(2)]
    box = device("uhppoted-mqtt", "uhppoted/gateway", *doors, device_id=405419896)
    messages = box.poll(0.0) + run(box, 0, 600)
    doors[1].fail("forced_open")
    messages += run(box, 600, 700)
    events = [payload(m)["message"]["event"] for m in messages if m.topic.endswith("/events")]
    replies = [payload(m)["message"]["reply"]["response"]["status"] for m in messages if m.topic.endswith("/replies")]
    assert {event["card-number"] for event in events} == {0}
    assert [event["event-id"] for event in events] == list(range(5001, 5001 + len(events)))
    assert {1, 20, 23, 24} <= {event["event-reason"] for event in events}
    assert [(e["door-id"], e["event-type"]) for e in events if e["event-reason"] == 38] == [(2, 3)]
    assert replies[-1]["door-states"] == {"1": False, "2": True, "3": False, "4": False}
    assert {reply["relay-state"] for reply in replies} >= {0, 1, 2}
    assert {reply["system-error"] for reply in replies} == {0}
    assert events[0]["timestamp"].startswith("1970-01-01 08:0")
    doors[0].fail("reader_offline")
    last = box.poll(701)[-1]
    assert payload(last)["message"]["reply"]["response"]["status"]["system-error"] == 1


def test_a_held_door_is_an_event_of_its_own() -> None:
    door = AccessDoor("d", 0.0, 1)
    box = device("uhppoted-mqtt", "u", door, device_id=1)
    box.poll(0.0)
    door.fail("held_open")
    reasons = [payload(m)["message"]["event"]["event-reason"] for m in run(box, 0, 90) if m.topic == "u/events"]
    assert reasons[-2:] == [23, 37]


def test_ws301_sends_when_the_magnet_moves() -> None:
    bottle = Extinguisher("e", 0.0)
    box = device("milesight-ws301", APP, bottle)
    (uplink,) = box.poll(0.0)
    assert uplink.topic == f"{APP}/event/up"
    assert base64.b64decode(payload(uplink)["data"]) == bytes.fromhex("017562 030000 040000")
    assert payload(uplink)["object"]["magnet_status"] == "close"
    bottle.fail("removed")
    (uplink,) = box.poll(1.0)
    assert payload(uplink)["object"]["magnet_status"] == "open"
    assert payload(uplink)["time"] == "1970-01-01T00:00:00.000+00:00"
    assert base64.b64decode(payload(uplink)["data"])[5] == 1


def test_uplinks_count_frames_and_never_share_an_id() -> None:
    box = device("milesight-ws301", APP, Extinguisher("e", 0.0))
    uplinks = [payload(message) for message in run(box, 0, 1200, 10)]
    assert [uplink["fCnt"] for uplink in uplinks] == list(range(1, 11))
    assert len({uplink["deduplicationId"] for uplink in uplinks}) == 10
    assert uplinks[0]["deviceInfo"]["devEui"] == "24e1"


def test_em310_tilt_shows_the_boom() -> None:
    gate = BarrierGate("g", 0.0, vehicle_every=1e6)
    box = device("milesight-em310-tilt", APP, gate)
    assert payload(box.poll(0.0)[0])["object"]["angle_x"] == 0
    gate.fail("boom_struck", degrees=24)
    (uplink,) = box.poll(1.0)
    assert payload(uplink)["object"] | {"battery": 0} == {
        "battery": 0,
        "angle_x": 24.0,
        "angle_y": 0.0,
        "angle_z": 66.0,
        "threshold_x": "trigger",
        "threshold_y": "normal",
        "threshold_z": "normal",
    }
    assert base64.b64decode(payload(uplink)["data"]).hex() == "01755f03cf60090000c81901"


def test_em500_pp_and_ps_lb_tell_pressure_each_in_its_way() -> None:
    bottle = Extinguisher("e", 0.0, mean=20, swing=0)
    bottle.fail("over_pressure", p20=1.5)
    pp, lb = device("milesight-em500-pp", APP, bottle), device("dragino-ps-lb", APP, bottle)
    uplink = payload(pp.poll(0.0)[0])
    assert uplink["object"] == {"battery": 97, "pressure": 1500}
    assert base64.b64decode(uplink["data"]).hex() == "017561037bdc05"
    decoded = payload(lb.poll(0.0)[0])["object"]
    assert (decoded["IDC_intput_mA"], decoded["Water_pressure_kPa"]) == (13.6, 1.5)
    for box in (pp, lb):
        box.trouble.sensor_error = True
    assert payload(pp.report(1.0)[0])["object"]["pressure"] is None
    assert payload(lb.report(1.0)[0])["object"]["IDC_intput_mA"] == 0


def test_shelly_sends_overlays_of_what_changed() -> None:
    gate = BarrierGate("g", 0.0, vehicle_every=1e6)
    box = device("shelly-gen2", "shelly/g", gate)
    online, full = box.poll(0.0)
    assert online == Message("shelly/g/online", "true", retain=True)
    assert set(payload(full)["params"]) == {"ts", "input:0", "input:1", "input:2", "switch:0"}
    gate.fail("boom_struck")
    (overlay,) = box.poll(0.5)
    assert overlay.topic == "shelly/g/events/rpc"
    assert payload(overlay)["method"] == "NotifyStatus"
    assert payload(overlay)["params"] == {"ts": 0.0, "input:2": {"id": 2, "state": False}}
    gate.repair("boom_struck")
    gate.raise_boom()
    watts = [payload(m)["params"]["switch:0"]["apower"] for m in run(box, 0.5, 8) if "switch:0" in m.payload]
    assert watts[0] > 150
    assert watts[-1] == pytest.approx(8.3)
    box.trouble.silent = True
    assert [message.payload for message in box.poll(9.0)] == ["false"]


def test_shelly_in_a_lamp_circuit() -> None:
    light = EmergencyLight("l", 0.0, maintained=True)
    box = device("shelly-gen2", "shelly/l", light)
    assert payload(box.poll(0.0)[1])["params"]["switch:0"]["apower"] == 9.6
    light.fail("lamp_failed")
    assert payload(box.poll(1.0)[0])["params"]["switch:0"] == {"id": 0, "apower": 0.0, "current": 0.0}
    with pytest.raises(TypeError, match="no wiring"):
        device("shelly-gen2", "s", Lift("x", 0.0)).report(0.0)


def test_wiren_board_controls_are_bare_and_retained() -> None:
    light = EmergencyLight("l", 0.0, maintained=True)
    box = device("wb-ups-v3-mqtt", "/devices/ups", light)
    said = {message.topic: message for message in box.poll(0.0)}
    assert said["/devices/ups/controls/Battery Voltage"] == Message(
        "/devices/ups/controls/Battery Voltage", "13.620", retain=True
    )
    light.fail("mains_failure")
    said = {message.topic: message for message in run(box, 0, 6)}
    assert said["/devices/ups/controls/Input Voltage"].payload == "0.000"
    assert said["/devices/ups/controls/Battery Status"].payload == "2"
    box.trouble.sensor_error = True
    said = {message.topic: message for message in box.report(7.0)}
    assert said["/devices/ups/controls/Battery Voltage/meta/error"].payload == "r"
    assert "/devices/ups/controls/Battery Voltage" not in said
    box.trouble.sensor_error = False
    assert box.report(8.0)[0].payload == ""


def test_lift_monitor_json_and_eleon() -> None:
    lift = Lift("l", 0.0, 1, floors=10)
    json_box, eleon = device("lift-monitor-json", "lifts/l", lift), device("eleon-s1", "/eleon-1", lift)
    will, first = json_box.poll(0.0)
    assert (will.topic, will.payload, will.retain) == ("lifts/l/availability", "online", True)
    assert payload(first) | {"floor": 1, "displayed_floor": 1, "level_error_mm": 0, "ts": 0} == {
        "ts": 0,
        "mode": "normal",
        "fault": "none",
        "moving": False,
        "door_zone": True,
        "door_state": "closed",
        "floor": 1,
        "displayed_floor": 1,
        "level_error_mm": 0,
        "occupied": False,
        "call_stuck": False,
        "car_lux": 165,
        "vibration_mm_s": 1.6,
    }
    assert [message.topic for message in eleon.poll(0.0)] == [
        "/eleon-1/connected-to-controller",
        "/eleon-1/elevator/information/current-floor/absolute",
        "/eleon-1/elevator/information/current-floor/relative",
    ]
    said = [payload(message) for message in run(json_box, 0, 300)]
    assert {state["door_state"] for state in said} == {"closed", "opening", "open", "closing"}
    lift.fail("controller_fault", code=3)
    assert payload(json_box.poll(301)[0])["fault"] == "drive-3"
    json_box.trouble.sensor_error = True
    assert payload(json_box.report(302)[0])["level_error_mm"] is None

"""What devices do when they are told to, and what they do when something is wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.clock import ManualClock
from simulators.devices import MODBUS, MQTT, ModbusDevice, MqttDevice
from simulators.devices.device import Message
from simulators.modbus.pdu import Code, Refusal, Table
from simulators.plants import BarrierGate, EmergencyLight, PerimeterZone, Plant

FUNCTION, DURATION, STOP = 63, 64, 65
NORMAL, IN_FUNCTION_TEST, IN_DURATION_TEST = 1 << 1, 1 << 4, 1 << 5
DONE, FULL, PENDING = 1 << 2, 1 << 3, 1 << 5


class Dali:
    """A DALI gateway with two luminaires whose batteries last 165 min."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.lights = [EmergencyLight(str(n), 0.0, rated_min=30) for n in range(2)]
        self.device: ModbusDevice = MODBUS["intesis-dali"](self.lights, self.clock.now)

    def at(self, now: float) -> Dali:
        self.clock.time = now
        return self

    def say(self, offset: int, light: int = 0) -> bool:
        return self.device.write(Table.HOLDING, 100 * light + offset, [1])

    def told(self, light: int = 0) -> tuple[int, int, int]:
        """Failure status, mode and status."""
        failures, mode, status = self.device.read(Table.HOLDING, 100 * light + 42, 3)
        return failures, mode, status


def test_dali_shows_a_pending_test_its_time_out_and_its_result() -> None:
    dali = Dali()
    dali.lights[0].battery.soc = 0.95
    assert dali.say(DURATION)
    assert dali.at(600).told() == (0, NORMAL, PENDING)
    assert dali.at(910).told() == (1 << 5, NORMAL, PENDING)
    assert dali.at(910).told(1) == (0, NORMAL, FULL)
    now = 910.0
    while dali.at(now).told()[1] == NORMAL:
        now += 10
    assert dali.told() == (0, IN_DURATION_TEST, FULL)
    assert dali.at(now + 900).told()[1:] == (IN_DURATION_TEST, 0)
    assert dali.at(now + 1810).told()[1:] == (NORMAL, DONE)
    assert list(dali.device.read(Table.HOLDING, 52, 1)) == [30]


def test_dali_stops_what_runs_and_has_no_result_of_it() -> None:
    dali = Dali()
    dali.say(DURATION)
    assert dali.at(960).told()[1] == IN_DURATION_TEST
    assert dali.say(STOP)
    assert dali.told() == (0, NORMAL, 0)
    assert not dali.say(STOP)


def test_deaf_dali_acknowledges_and_does_nothing() -> None:
    dali = Dali()
    dali.device.trouble.deaf = True
    assert not dali.say(DURATION)
    assert dali.at(60).told() == (0, NORMAL, FULL)


def test_dali_that_refuses_a_stop_goes_on_with_its_test() -> None:
    dali = Dali()
    dali.device.trouble.stop_refused = True
    dali.say(DURATION)
    with pytest.raises(Refusal) as refused:
        dali.at(60).say(STOP)
    assert refused.value.code == Code.BUSY
    assert dali.told()[1] == IN_DURATION_TEST
    dali.device.trouble.stop_refused = False
    dali.say(STOP)
    assert dali.told()[1] == NORMAL


def test_frozen_dali_says_that_its_test_runs_for_ever() -> None:
    dali = Dali()
    dali.say(FUNCTION)
    dali.device.trouble.frozen = True
    assert [dali.at(at).told()[1] for at in (10, 60, 6000)] == [IN_FUNCTION_TEST] * 3
    dali.device.trouble.frozen = False
    assert dali.told()[1] == NORMAL


def test_dali_that_restarts_has_forgotten_test_and_flags() -> None:
    dali = Dali()
    dali.say(FUNCTION)
    assert dali.at(60).told()[2] == FULL | 1 << 1
    dali.say(DURATION, 1)
    dali.at(100).device.restart()
    assert (dali.told(), dali.told(1)) == ((0, NORMAL, FULL), (0, NORMAL, FULL))
    assert dali.lights[1].on_battery is False


class Relays:
    """A relay module in the feed of a luminaire and at the test input of a zone."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.light, self.zone = EmergencyLight("l", 0.0), PerimeterZone("z", 0.0)
        self.device: ModbusDevice = MODBUS["waveshare-relay-d"]((self.light, self.zone), self.clock.now)

    def bits(self, table: Table) -> list[int]:
        return list(self.device.read(table, 0, 8))


def test_waveshare_relays_hold_until_they_are_told_otherwise() -> None:
    relays = Relays()
    assert relays.bits(Table.COIL) == [0] * 8
    assert relays.bits(Table.DISCRETE) == [1, 0, 0, 0, 0, 0, 0, 0]
    assert relays.device.write(Table.COIL, 0, [1])
    relays.clock.time = 3600
    assert (relays.bits(Table.COIL)[0], relays.light.mains_present) == (1, False)
    assert relays.bits(Table.DISCRETE)[0] == 1, "the mains before the relay are still there"
    relays.light.fail("mains_failure")
    assert relays.bits(Table.DISCRETE)[0] == 0
    relays.light.repair("mains_failure")
    assert relays.device.write(Table.COIL, 0, [0, 1])
    relays.clock.time = 3603.5
    assert (relays.bits(Table.COIL)[:2], relays.bits(Table.DISCRETE)[:2]) == ([0, 1], [1, 1])
    assert relays.light.mains_present


def test_waveshare_troubles() -> None:
    relays = Relays()
    relays.light.fail("relay_stuck_closed")
    assert not relays.device.write(Table.COIL, 0, [1]), "acknowledged, and the contact does not move"
    assert (relays.bits(Table.COIL)[0], relays.light.mains_present) == (1, True)
    relays.device.restart()
    assert relays.bits(Table.COIL)[0] == 0
    relays.light.repair("relay_stuck_closed")
    relays.device.write(Table.COIL, 0, [1])
    relays.device.trouble.stop_refused = True
    with pytest.raises(Refusal):
        relays.device.write(Table.COIL, 0, [0])
    relays.device.trouble.stop_refused, relays.device.trouble.deaf = False, True
    assert not relays.device.write(Table.COIL, 0, [0])
    assert not relays.light.mains_present
    assert not relays.device.write(Table.COIL, 5, [1]), "nothing hangs on channel 5"
    for table, address, values in ((Table.HOLDING, 0, [1]), (Table.COIL, 7, [1, 1])):
        with pytest.raises(Refusal):
            relays.device.write(table, address, values)
    for plants, says in (([BarrierGate("g", 0.0)], "no relay is wired"), ([relays.light] * 9, "do not fit 8")):
        with pytest.raises(TypeError, match=says):
            MODBUS["waveshare-relay-d"](plants, relays.clock.now).image()


class Shelly:
    """A Shelly whose relay is in the feed of a luminaire."""

    def __init__(self, plant: Plant | None = None, **options: Any) -> None:
        self.light = EmergencyLight("l", 0.0)
        options = options or {"switches": "feed"}
        self.box: MqttDevice = MQTT["shelly-gen2"]("shelly/l", [plant or self.light], **options)
        self.box.poll(0.0)

    def call(self, now: float, method: str = "Switch.Set", **params: object) -> tuple[bool, list[Any]]:
        """Whether anything came of a request, and the payloads of all that is said because of it."""
        request = {"id": 1, "src": "gw", "method": method, "params": {"id": 0, **params}}
        acted = self.box.hear(json.dumps(request), now)
        return acted, [json.loads(message.payload) for message in self.box.poll(now)]

    def switched(self, now: float) -> list[tuple[float, bool]]:
        """When it told, by itself and up to `now`, that its output turned."""
        said = [json.loads(message.payload) for message in self.box.poll(now)]
        told = [each["params"] for each in said if each["method"] == "NotifyStatus"]
        return [(each["ts"], each["switch:0"]["output"]) for each in told if "output" in each["switch:0"]]


def test_shelly_breaks_the_feed_and_its_own_timer_gives_it_back() -> None:
    shelly = Shelly()
    acted, said = shelly.call(10.0, on=True, toggle_after=960)
    assert acted
    notified, answer = said
    assert answer == {"id": 1, "src": "shelly/l", "dst": "gw", "result": {"was_on": False}}
    timer = {"timer_started_at": 10.0, "timer_duration": 960.0}
    assert notified["params"]["switch:0"] == {"id": 0, "source": "MQTT", "output": True, **timer}
    assert (shelly.light.mains_present, shelly.light.lamp_on) == (False, True)
    said = [json.loads(message.payload)["params"] for message in shelly.box.poll(2000.0)]
    assert [(each["ts"], each["switch:0"]) for each in said if each["ts"] == 970.0] == [
        (970.0, {"id": 0, "source": "timer", "output": False})
    ]
    assert shelly.light.mains_present


def test_shelly_answers_where_it_is_asked_to() -> None:
    shelly = Shelly()
    shelly.box.hear('{"id": 7, "src": "x/y", "method": "Switch.GetStatus", "params": {"id": 0}}', 5.0)
    (answer,) = shelly.box.poll(5.0)
    assert answer.topic == "x/y/rpc"
    assert json.loads(answer.payload)["result"] == {"id": 0, "source": "init", "output": False}
    shelly.box.hear('{"id": 7, "method": "Switch.Set", "params": {"id": 0, "on": true}}', 6.0)
    assert [message.topic for message in shelly.box.poll(6.0)] == ["shelly/l/events/rpc"], "nobody asked to be told"
    assert shelly.box.listens_to() == ("shelly/l/rpc",)


def test_a_new_command_replaces_the_timer_of_the_last_one() -> None:
    shelly = Shelly()
    shelly.call(0.0, on=True, toggle_after=60)
    assert not shelly.call(30.0, on=True, toggle_after=600)[0], "on already: nothing moves"
    assert shelly.switched(629.0) == []
    assert shelly.switched(640.0) == [(630.0, False)]
    shelly.call(700.0, on=True, toggle_after=60)
    assert shelly.call(710.0, on=False)[0]
    assert shelly.switched(900.0) == [], "the timer went with the command that ended it"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("Switch.Set", {}, -103),
        ("Switch.Set", {"on": 1}, -103),
        ("Switch.Set", {"on": True, "toggle_after": "60"}, -103),
        ("Switch.Set", {"on": True, "toggle_after": 0}, -103),
        ("Switch.Set", {"id": 3, "on": True}, -105),
        ("Switch.Fly", {"on": True}, 404),
    ],
)
def test_shelly_refuses_what_it_does_not_know(method: str, params: dict[str, object], code: int) -> None:
    shelly = Shelly()
    acted, (answer,) = shelly.call(1.0, method, **params)
    assert (acted, answer["error"]["code"], shelly.light.mains_present) == (False, code, True)


@pytest.mark.parametrize("payload", ["", "on", "[1]", "7", '{"id": 1}'])
def test_shelly_ignores_what_is_no_request(payload: str) -> None:
    shelly = Shelly()
    assert not shelly.box.hear(payload, 1.0)
    assert shelly.box.poll(1.0) == []


def test_shelly_troubles() -> None:
    shelly = Shelly()
    shelly.box.trouble.deaf = True
    acted, (answer,) = shelly.call(1.0, on=True, toggle_after=60)
    assert (acted, answer["result"], shelly.light.mains_present) == (False, {"was_on": False}, True)
    shelly.box.trouble.deaf = False
    shelly.call(2.0, on=True, toggle_after=60)
    shelly.box.trouble.stop_refused = True
    acted, (answer,) = shelly.call(3.0, on=False)
    assert (acted, answer["error"]["code"], shelly.light.mains_present) == (False, -109, False)
    shelly.box.restart()
    assert shelly.light.mains_present, "its relay is off after a restart"
    assert shelly.switched(100.0) == [(3.0, False)], "and no timer is left"
    shelly.box.trouble.silent = True
    will = False
    assert shelly.call(200.0, on=True) == (False, [will])
    assert shelly.light.mains_present


def test_a_shelly_that_only_meters_switches_nothing() -> None:
    gate = BarrierGate("g", 0.0, vehicle_every=1e6)
    acted, (answer,) = Shelly(gate, switches="lamp").call(1.0, on=False)
    assert (acted, answer["error"]["code"]) == (False, -105)
    for plant, switches, wrong in ((gate, "feed", TypeError), (gate, "water", ValueError)):
        with pytest.raises(wrong):
            Shelly(plant, switches=switches)


def test_a_device_that_takes_no_commands_says_nothing_to_one() -> None:
    box = MQTT["milesight-ws301"]("application/a/device/b", [EmergencyLight("l", 0.0)])
    assert box.listens_to() == ()
    assert MqttDevice.obey(box, "{}", 0.0) == (False, list[Message]())

"""Scenarios: reading them, carrying them out at their times, and the ledger that says so."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from simulators.clock import ManualClock, seconds
from simulators.faults import Director, Row, load_scenario, problems
from simulators.ledger import Ledger
from simulators.modbus.framing import Request
from simulators.modbus.pdu import Write
from simulators.plants import AccessDoor
from simulators.property import PropertyError, load_property
from simulators.world import World
from tests.simulators.test_property import RIVERSIDE

SCENARIOS = RIVERSIDE.parent.parent / "scenarios"
START = 1_800_000_000.0


class Stage:
    """Riverside with a clock that the test moves, and the connections that were cut."""

    def __init__(self, tmp_path: Path, scenario: str) -> None:
        path = tmp_path / "s.yaml"
        path.write_text(scenario)
        self.clock, self.ledger, self.cuts = ManualClock(START), Ledger(), list[tuple[str, bool]]()
        self.world = World(load_property(RIVERSIDE), self.clock, self.ledger)
        self.rows = load_scenario(path)
        self.director = Director(self.world, self.rows, self._cut, START)

    async def _cut(self, name: str, gone: bool) -> None:
        self.cuts.append((name, gone))

    def at(self, minute: float) -> None:
        self.clock.time = START + 60 * minute
        asyncio.run(self.director.turn(self.clock.time))

    def ask(self, connection: str, unit: int, pdu: str) -> str | None:
        answer = self.world.lines[connection].reply(Request(unit, bytes.fromhex(pdu)))
        return answer.pdu.hex() if answer else None


def test_a_plant_breaks_and_is_repaired_at_its_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "faults: [{at: 2min, asset: door-lobby-1, fault: reader_offline, for: 90s, expect: a.b}]")
    door = stage.world.plants["door-lobby-1"]
    assert isinstance(door, AccessDoor)
    online = []
    for minute in (1.9, 2, 3.4, 3.5):
        stage.at(minute)
        online.append(door.reader_online)
    assert online == [True, False, False, True]
    assert [(line["at"], line["phase"], line["asset"], line["expect"]) for line in stage.ledger.lines] == [
        (START + 120, "onset", "door-lobby-1", "a.b"),
        (START + 210, "end", "door-lobby-1", "a.b"),
    ]


def test_device_faults_reach_the_wire(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        """
faults:
  - {at: 1min, asset: device/di-lobby, fault: silent, for: 1min, expect: device.answers}
  - {at: 3min, asset: device/di-lobby, fault: exception, for: 1min, with: {code: 6}, expect: device.answers}
  - {at: 5min, asset: device/di-lobby, fault: slow, for: 1min, with: {seconds: 3}, expect: none}
  - {at: 7min, asset: extinguisher-garage-1, on: device/pressure-garage-1, fault: sensor_error, for: 1min, expect: x.y}
  - {at: 9min, asset: device/boom-east, fault: silent, for: 1min, expect: device.answers}
""",
    )
    question = ("entrance", 1, "02 0000 0008")
    heard = {}
    for minute in (0, 1, 2, 3, 4, 6):
        stage.at(minute)
        heard[minute] = (stage.ask(*question) or "")[:4]
    good = "0201"
    assert heard == {0: good, 1: "", 2: good, 3: "8206", 4: good, 6: good}
    stage.at(5.5)
    stage.at(7)
    assert stage.ask("garage-bus", 1, "03 0002 0002") == "03047fc00000"
    stage.at(8)
    assert stage.ask("garage-bus", 1, "03 0002 0002") != "03047fc00000"
    stage.at(9)
    assert stage.world.mqtt["boom-east"].trouble.silent
    stage.at(10)
    assert not stage.world.mqtt["boom-east"].trouble.silent


def test_a_slow_device_delays_its_answers(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "faults: [{at: 1min, asset: device/di-lobby, fault: slow, for: 1min, expect: none}]")
    delays = []
    for minute in (0, 1, 2):
        stage.at(minute)
        answer = stage.world.lines["entrance"].reply(Request(1, bytes.fromhex("02 0000 0008")))
        delays.append(answer.delay_s if answer else None)
    assert delays == [0.0, 2.0, 0.0]


def test_a_connection_is_cut_and_given_back(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        "faults: [{at: 1min, asset: connection/entrance, fault: cut, for: 1min, expect: connection.answers}]",
    )
    stage.at(10)
    assert stage.cuts == [("entrance", True), ("entrance", False)]


def test_all_of_a_late_turn_is_done_in_order(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        """
faults:
  - {at: 3min, asset: gate-north, fault: motor_fault, for: 2min, with: {code: 5}, expect: none}
  - {at: 1min, asset: gate-east, fault: loop_stuck, for: 3min, expect: none}
""",
    )
    stage.at(30)
    assert [(line["asset"], line["phase"]) for line in stage.ledger.lines] == [
        ("gate-east", "onset"),
        ("gate-north", "onset"),
        ("gate-east", "end"),
        ("gate-north", "end"),
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("asset: attic, fault: fire", "nothing is called attic"),
        ("asset: gate-north, fault: fire", "gate-north: no fault fire; it can have slow_motor"),
        ("asset: device/none, fault: silent", "nothing is called device/none"),
        ("asset: device/boom-east, fault: slow", "device/boom-east: no fault slow; it can have silent"),
        ("asset: connection/entrance, fault: silent", "no fault silent; it can have cut"),
        ("asset: lift-1, fault: vibration, with: {hz: 3}", "lift-1: vibration has no hz"),
    ],
)
def test_a_scenario_that_does_not_fit_is_told(tmp_path: Path, row: str, says: str) -> None:
    stage = Stage(tmp_path, f"faults: [{{at: 1min, {row}, expect: none}}]")
    assert says in next(problems(stage.rows, stage.world))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{at: soon, asset: a, fault: b, expect: c}", "no duration"),
        ("{at: 1min, asset: a, expect: c}", "fault"),
        ("{at: 1min, asset: a, fault: b, expect: c, until: 3min}", "unknown key until"),
    ],
)
def test_a_malformed_scenario_is_told(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(PropertyError, match=says):
        Stage(tmp_path, f"faults: [{row}]")


def test_a_wrong_parameter_is_told_when_it_is_used(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "faults: [{at: 1s, asset: lift-1, fault: vibration, with: {hz: 3}, expect: none}]")
    with pytest.raises(PropertyError, match="no fault vibration with hz"):
        stage.at(1)


def test_the_showcase_breaks_all_families_once_each_and_repairs_most() -> None:
    everything = load_scenario(SCENARIOS / "showcase.yaml")
    prop = load_property(RIVERSIDE)
    assert list(problems(everything, World(prop, ManualClock(START), Ledger()))) == []
    rows = [row for row in everything if isinstance(row, Row)]
    assert len(rows) == 21
    assert len({row.asset for row in rows}) == len(rows)
    assert rows[0].at == 60
    assert rows[-1].at <= 45 * 60
    assert len(everything) - len(rows) == 3, "three tests that luminaires do by themselves"
    repaired = [row for row in rows if row.lasts is not None]
    assert len(repaired) >= 14
    assert all(row.at + (row.lasts or 0) <= 50 * 60 for row in repaired)
    families = Counter(row.expect.split(".")[0] for row in rows)
    assert (
        min(families[name] for name in ("access-door", "barrier-gate", "emergency-light", "extinguisher", "lift")) >= 3
    )


def test_the_whole_showcase_plays_and_every_register_stays_readable() -> None:
    clock, ledger = ManualClock(START), Ledger()
    world = World(load_property(RIVERSIDE), clock, ledger)

    async def cut(name: str, gone: bool) -> None:
        raise AssertionError(name)

    director = Director(world, load_scenario(SCENARIOS / "showcase.yaml"), cut, START)
    messages = 0
    for minute in range(61):
        clock.time = START + 60 * minute
        asyncio.run(director.turn(clock.time))
        messages += len(world.turn())
        for device in world.modbus.values():
            device.image()
    phases = Counter(line["phase"] for line in ledger.lines if "phase" in line)
    assert phases == {"onset": 21, "end": 19}
    told = [line["discharge"] for line in ledger.lines if "discharge" in line]
    assert told == [
        {"asset": f"emergency-light-{place}", "kind": kind, "began": START + began, "lasted": lasted, "passed": passed}
        for place, kind, began, lasted, passed in (
            ("b1-3", "duration", 180, 540, False),
            ("4f", "discharge", 1020, 540, None),
            ("b1-1", "duration", 1080, 1800, True),
            ("b1-3", "duration", 1080, 1800, True),
        )
    ]
    assert messages > 2000


def test_a_luminaire_tests_its_battery_and_the_ledger_says_how_long_it_burnt(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        """
faults: [{at: 1min, asset: emergency-light-b1-3, fault: battery_aged, for: 15min, with: {health: 0.0675}, expect: a.b}]
acts:
  - {at: 2min, asset: emergency-light-b1-1, act: duration-test}
  - {at: 2min, asset: emergency-light-b1-3, act: duration-test}
  - {at: 20min, asset: emergency-light-b1-3, act: duration-test}
""",
    )
    for minute in range(70):
        stage.at(minute)
        stage.world.turn()
    told = [(line["at"], line["discharge"]) for line in stage.ledger.lines if "discharge" in line]
    test = {"asset": "emergency-light-b1-3", "kind": "duration"}
    assert told == [
        (START + 660, {**test, "began": START + 120, "lasted": 540.0, "passed": False}),
        (
            START + 1920,
            {**test, "asset": "emergency-light-b1-1", "began": START + 120, "lasted": 1800.0, "passed": True},
        ),
        (START + 3000, {**test, "began": START + 1200, "lasted": 1800.0, "passed": True}),
    ]
    assert [line["phase"] for line in stage.ledger.lines if "phase" in line] == ["onset", "end"]


def test_a_test_that_cannot_begin_is_told(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        """
faults: [{at: 1min, asset: emergency-light-b1-1, fault: mains_failure, for: 9min, expect: none}]
acts: [{at: 2min, asset: emergency-light-b1-1, act: function-test}]
""",
    )
    with pytest.raises(PropertyError, match="emergency-light-b1-1 refuses its function-test at 120 s"):
        stage.at(3)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ("asset: attic, act: duration-test", "duration-test at 60 s: nothing is called attic"),
        ("asset: lift-1, act: duration-test", "lift-1: no act duration-test; it can do nothing"),
        ("asset: emergency-light-b1-1, act: dance", "no act dance; it can do function-test, duration-test"),
    ],
)
def test_an_act_that_does_not_fit_is_told(tmp_path: Path, act: str, says: str) -> None:
    stage = Stage(tmp_path, f"acts: [{{at: 1min, {act}}}]")
    assert says in next(problems(stage.rows, stage.world))


def test_a_malformed_act_is_told(tmp_path: Path) -> None:
    with pytest.raises(PropertyError, match="unknown key expect"):
        Stage(tmp_path, "acts: [{at: 1min, asset: lift-1, act: duration-test, expect: none}]")


def test_troubles_with_commands_reach_the_wire(tmp_path: Path) -> None:
    """A start is ignored, a stop refused, and after a restart nobody knows of a test."""
    stage = Stage(
        tmp_path,
        """
faults:
  - {at: 1min, asset: device/dali-b1, fault: deaf, for: 1min, expect: none}
  - {at: 3min, asset: device/dali-b1, fault: stop_refused, for: 1min, expect: none}
  - {at: 5min, asset: device/dali-b1, fault: reboot, for: 10s, expect: none}
  - {at: 6min, asset: device/lamp-7f, fault: reboot, for: 10s, expect: none}
""",
    )
    assert not list(problems(stage.rows, stage.world))
    start, stop, mode = "06 0040 0001", "06 0041 0001", "03 002b 0001"
    heard = []
    for minute, asked in ((1, start), (1, mode), (3, start), (3, stop), (3, mode), (5, mode), (5.2, mode)):
        stage.at(minute)
        heard.append(stage.ask("plant-room", 31, asked))
    in_test, normal = "03020020", "03020002"
    assert heard == ["0600400001", normal, "0600400001", "8606", in_test, None, normal]
    lamp = stage.world.mqtt["lamp-7f"]
    stage.at(6)
    assert lamp.trouble.silent
    stage.at(7)
    assert not lamp.trouble.silent


def test_the_ledger_file_has_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.started(1.0, property="p")
        ledger.condition(2.0, "onset", {"asset": "门"})
        ledger.write(3.0, "bus", 4, Write(6, 7, (8,), acted=True), "dali-1")
        ledger.ended(5.0, {"bus.requests": 6})
    where = {"connection": "bus", "unit": 4, "device": "dali-1"}
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [
        {"at": 1.0, "started": {"property": "p"}},
        {"at": 2.0, "phase": "onset", "asset": "门"},
        {"at": 3.0, "write": {**where, "function": 6, "address": 7, "values": [8], "acted": True}},
        {"at": 5.0, "counters": {"bus.requests": 6}},
    ]


def test_every_write_frame_is_in_the_ledger_even_a_refused_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "faults: []")
    assert stage.ask("plant-room", 1, "06 00fa 0001") == "8601"
    assert stage.ask("plant-room", 99, "06 00fa 0001") is None
    frame = {"connection": "plant-room", "function": 6, "address": 250, "values": [1], "acted": False}
    assert [line["write"] for line in stage.ledger.lines] == [
        {**frame, "unit": 1, "device": "drive-lift-1"},
        {**frame, "unit": 99, "device": ""},
    ]
    assert stage.ledger.commands == {"drive-lift-1": 1, "": 1}
    assert stage.world.counters()["plant-room.writes"] == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [("90s", 90), ("6min", 360), ("1h", 3600), ("1min30s", 90), ("2d", 172_800), ("50ms", 0.05), (7, 7)],
)
def test_durations(text: str | int, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "soon", "5", "5 min", "1min later"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)


def test_a_late_turn_publishes_in_the_order_in_which_things_happened(tmp_path: Path) -> None:
    """A door is granted before it opens, though its contact and its controller are two devices."""
    stage = Stage(tmp_path, "faults: []")
    stage.world.turn()
    stage.clock.time += 1800
    heard = []
    for message in stage.world.turn():
        if message.topic == "zigbee2mqtt/door-garden-1" and '"contact":false' in message.payload:
            heard.append("open")
        elif '"device-id":405419896' in message.payload and '"door-id":1,' in message.payload:
            heard += ["granted"] if '"access-granted":true' in message.payload else []
    # Between two grants the contact may be told again, by its regular report.
    assert heard.count("granted") > 4
    assert heard[0] == "granted"
    assert all(heard[index + 1] == "open" for index, what in enumerate(heard[:-1]) if what == "granted")

"""Each Modbus model's registers, decoded here by hand from the maker's table."""

from __future__ import annotations

import math
import struct
from typing import TypeVar

import pytest

from simulators.clock import ManualClock
from simulators.devices import MODBUS, ModbusDevice
from simulators.modbus.pdu import Refusal, Table
from simulators.plants import AccessDoor, BarrierGate, CentralBattery, EmergencyLight, Extinguisher, Lift, Plant

P = TypeVar("P", bound=Plant)


class Bench:
    """One device on one or more plants, with a clock that the test sets."""

    def __init__(self, model: str, *plants: Plant, **options: str | int) -> None:
        self.clock = ManualClock()
        self.device: ModbusDevice = MODBUS[model](plants, self.clock.now, **options)

    def at(self, now: float) -> Bench:
        self.clock.time = now
        return self

    def inputs(self, address: int, count: int = 1) -> list[int]:
        return list(self.device.read(Table.INPUT, address, count))

    def holding(self, address: int, count: int = 1) -> list[int]:
        return list(self.device.read(Table.HOLDING, address, count))

    def discrete(self, count: int = 8) -> list[int]:
        return list(self.device.read(Table.DISCRETE, 0, count))


def floats(words: list[int]) -> list[float]:
    packed = struct.pack(f">{len(words)}H", *words)
    return list(struct.unpack(f">{len(words) // 2}f", packed))


def test_wb_mcm8_shows_two_doors_and_counts_every_opening() -> None:
    doors = AccessDoor("a", 0.0, 1), AccessDoor("b", 0.0, 1)
    bench = Bench("wb-mcm8", *doors)
    assert bench.discrete() == [1, 0, 1, 0, 1, 0, 1, 0]
    assert bench.inputs(8) == [0b01010101]
    doors[0].fail("reader_offline")
    doors[1].fail("reader_tamper")
    assert bench.discrete() == [1, 0, 0, 0, 1, 0, 1, 1]
    # Looking once an hour misses no edge: closings of the contact are openings that ended.
    bench.at(3600.0)
    words = bench.inputs(60, 16)
    counts = [high << 16 | low for high, low in zip(words[::2], words[1::2], strict=True)]
    assert counts[0] == doors[0].openings == 0
    assert counts[4] in (doors[1].openings, doors[1].openings - 1)
    assert counts[5] > 15
    assert bench.inputs(104, 2) == [0, 3600]


def test_wb_mcm8_wires_the_other_families() -> None:
    gate, lift = BarrierGate("g", 0.0), Lift("l", 0.0)
    assert Bench("wb-mcm8", gate).discrete(4) == [0, 1, 1, 0]
    assert Bench("wb-mcm8", lift).discrete(5) == [1, 0, 0, 0, 1]
    gone = Extinguisher("e", 0.0)
    gone.fail("removed")
    assert Bench("wb-mcm8", gone, Extinguisher("f", 0.0)).discrete() == [0, 1, 1, 1, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="12 contacts do not fit"):
        Bench("wb-mcm8", *(AccessDoor(str(n), 0.0) for n in range(3)))
    with pytest.raises(TypeError, match="no contacts"):
        Bench("wb-mcm8", EmergencyLight("x", 0.0))


def test_a_central_battery_is_seen_by_contacts_a_meter_and_a_transducer() -> None:
    plant = CentralBattery("c", 0.0, circuits=3, circuit_watts=50.0)
    contacts, meter, analogue = (Bench(model, plant) for model in ("wb-mcm8", "pzem-016", "wb-mai6"))
    assert contacts.discrete(5) == [1, 1, 0, 0, 0], "mains, full, and its circuits dark"
    assert meter.inputs(1, 4) == [0, 0, 0, 0]
    plant.fail("mains_failure")
    assert contacts.discrete(5) == [0, 0, 1, 1, 1]
    # 150 W at 230 V are 0.652 A; both have their low word first.
    assert meter.inputs(1, 4) == [652, 0, 1500, 0]
    plant.fail("circuits_out", circuits=2)
    assert contacts.discrete(5) == [0, 0, 0, 0, 1]
    assert meter.inputs(3, 2) == [500, 0]
    # 25.56 V less 0.12 ohm x 2.083 A is 25.31 V of 60 V, and that of 16 mA above 4 mA: 10.749 mA.
    plant.advance(5.0)
    high, low = analogue.inputs(0x0700, 2)
    assert (high << 16 | low) / 1e6 == pytest.approx(10.749, abs=0.002)
    assert analogue.inputs(0x0702, 2) == [0x7FFF, 0xFFFF], "nothing is wired to channel 2"
    analogue.device.trouble.sensor_error = True
    assert analogue.inputs(0x0700, 2) == [0x7FFF, 0xFFFF]
    with pytest.raises(TypeError, match="no transducer"):
        Bench("wb-mai6", BarrierGate("g", 0.0)).inputs(0x0700, 2)
    with pytest.raises(TypeError, match="do not fit 6"):
        Bench("wb-mai6", *[plant] * 7).inputs(0x0700, 2)


def test_came_gard_ptx_status_position_and_counter() -> None:
    gate = BarrierGate("g", 0.0, vehicle_every=1e6)
    bench = Bench("came-gard-ptx", gate)
    assert bench.holding(100, 4) == [17, 0, 0, 0]
    bench.device.write(Table.COIL, 0, [0, 1, 0, 0])
    assert bench.holding(100) == [32]
    status, position = bench.at(1.7).holding(100, 2)
    assert status == 32
    assert position == pytest.approx(50, abs=3)
    assert bench.at(4.0).holding(100, 3) == [16, 100, 0b10]
    bench.device.write(Table.COIL, 3, [1])
    assert bench.at(5.0).holding(100) == [33]
    low, high = bench.at(10.0).holding(104, 2)
    assert high << 16 | low == gate.operations
    gate.fail("motor_fault", code=7)
    assert bench.holding(100, 4) == [19, 0, 0, 7]
    assert bytes(byte for word in bench.holding(4, 7) for byte in divmod(word, 256)) == b"ZLB30B-0004217"
    with pytest.raises(Refusal):
        bench.device.write(Table.HOLDING, 100, [1])
    with pytest.raises(Refusal):
        bench.holding(50)


def test_pzem_016_meters_the_motor_low_word_first() -> None:
    gate = BarrierGate("g", 0.0, vehicle_every=1e6)
    bench = Bench("pzem-016", gate)
    assert bench.inputs(0, 5) == [2300, 50, 0, 83, 0]
    gate.raise_boom()
    volts, low, high, watts, _, *rest = bench.at(2.0).inputs(0, 10)
    assert (volts, low | high << 16) == (2300, 1200)
    assert watts == round(230 * 1.2 * 0.72 * 10)
    assert rest[2:] == [500, 72, 0]


def test_pulsar_flags_and_measurements() -> None:
    light = EmergencyLight("l", 0.0, cells=12, capacity_ah=7, load_amps=2.4, maintained=True)
    bench = Bench("pulsar-en54c-lcd", light)
    assert bench.inputs(3114, 2) == [0, 0]
    assert bench.inputs(3119) == [27240]
    assert bench.inputs(3124) == [0b1010101]
    light.fail("mains_failure")
    bench.at(600.0)
    assert bench.inputs(3114) == [1]
    assert bench.inputs(3120, 2) == [0, 2400]
    assert bench.inputs(3124) == [0b0010101]
    light.repair("mains_failure")
    for fault, bit in (("charger_failed", 5), ("battery_failed", 13), ("battery_aged", 14)):
        light.fail(fault)
        assert bench.inputs(3114) == [1 << bit]
        light.repair(fault)
    light.fail("battery_aged")
    assert bench.inputs(3122) == [480]
    light.start_test("function", 60)
    assert bench.inputs(3124)[0] & 1 << 8
    bench.device.trouble.sensor_error = True
    assert bench.inputs(3119) == [0xFFFF]


def test_intesis_dali_shows_and_tests_each_luminaire() -> None:
    lights = [EmergencyLight(str(n), 0.0, rated_min=30) for n in range(3)]
    bench = Bench("intesis-dali", *lights)
    lights[1].fail("lamp_failed")
    assert bench.holding(0, 5) == [0b010, 0, 0, 0, 0]
    assert [bench.holding(100 * n + 42, 4) for n in range(3)] == [[0, 2, 8, 100], [8, 2, 8, 100], [0, 2, 8, 100]]
    assert [bench.holding(100 * n + 5)[0] for n in range(3)] == [0, 2, 0]
    bench.device.write(Table.HOLDING, 63, [1])
    bench.device.write(Table.HOLDING, 264, [1])
    bench.at(20.0)
    assert [bench.holding(100 * n + 43)[0] for n in range(3)] == [1 << 4, 2, 1 << 5]
    assert bench.holding(5, 2) == [4, 100]
    bench.at(1900.0)
    assert bench.holding(44)[0] & 0b10
    assert bench.holding(244)[0] & 0b100
    assert bench.holding(252) == [30]
    assert list(bench.device.read(Table.INPUT, 257, 1)) == [30]
    lights[2].fail("battery_aged", health=0.05)
    bench.device.write(Table.HOLDING, 264, [1])
    assert bench.at(4000.0).holding(242) == [1 << 1 | 1 << 7]
    assert bench.holding(252)[0] in (6, 8)
    lights[2].repair("battery_aged")
    bench.device.write(Table.HOLDING, 264, [1])
    assert bench.at(4100.0).holding(242, 3) == [1 << 1 | 1 << 7, 1 << 5, 0], "a new battery is not yet a proven one"
    assert bench.at(6000.0).holding(242, 2) == [0, 2]
    lights[0].fail("mains_failure")
    assert bench.holding(43) == [1 << 2]
    bench.device.write(Table.HOLDING, 65, [1])
    for address in (42, 363):
        with pytest.raises(Refusal):
            bench.device.write(Table.HOLDING, address, [1])


def test_wb_ups_v3_status_and_scales() -> None:
    light = EmergencyLight("l", 0.0, maintained=True)
    bench = Bench("wb-ups-v3", light)
    assert bench.inputs(0, 5) == [1, 0, 24000, 23600, 13620]
    assert bench.inputs(8, 2) == [10000, 2450]
    light.fail("mains_failure")
    status, _, supply, _, battery, amps, _, load = bench.at(600.0).inputs(0, 8)
    assert (status, supply, load) == (2, 0, 800)
    assert amps - 0x10000 == -800
    assert 12000 < battery < 12780
    assert bench.at(20_000.0).inputs(0) == [3]
    light.repair("mains_failure")
    assert bench.at(20_100.0).inputs(0) == [0]
    light.fail("charger_failed")
    assert bench.inputs(0) == [4]
    bench.device.trouble.sensor_error = True
    assert bench.inputs(4) == [0xFFFF]
    assert bench.inputs(9) == [0x7FFF]


def test_keller_33x_floats_in_bar_and_nan_on_error() -> None:
    bottle = Extinguisher("e", 0.0, mean=20, swing=0)
    bench = Bench("keller-33x", bottle)
    assert floats(bench.holding(2, 2)) == pytest.approx([bottle.p20_mpa * 10])
    assert floats(bench.holding(0x100, 4)) == pytest.approx([bottle.p20_mpa * 10, 20.0])
    assert floats(bench.holding(8, 2)) == [20.0]
    bench.device.trouble.sensor_error = True
    assert math.isnan(floats(bench.holding(2, 2))[0])


@pytest.mark.parametrize(
    ("shows", "decimals", "code", "raw"), [("kPa", 0, 1, 1550), ("MPa", 3, 0, 1550), ("bar", 2, 3, 1550)]
)
def test_rs485_pressure_names_its_unit_and_decimals(shows: str, decimals: int, code: int, raw: int) -> None:
    bottle = Extinguisher("e", 0.0, mean=20, swing=0)
    bottle.fail("over_pressure")
    bench = Bench("rs485-pressure", bottle, shows=shows, decimals=decimals)
    assert bench.holding(2, 3) == [code, decimals, raw]
    bench.device.trouble.sensor_error = True
    assert bench.holding(4) == [0x8000]


def test_a_frozen_device_shows_the_same_for_ever() -> None:
    bottle = Extinguisher("e", 0.0)
    bench = Bench("keller-33x", bottle)
    bench.device.trouble.frozen = True
    before = bench.holding(2, 2)
    assert bench.at(20_000.0).holding(2, 2) == before
    bench.device.trouble.frozen = False
    assert bench.holding(2, 2) != before


def test_lift_drive_and_vibration_sensor() -> None:
    lift = Lift("l", 0.0, 1)
    drive, sensor = Bench("invertek-elevator-core", lift), Bench("witmotion-wtvb01", lift)
    assert drive.holding(256, 4) == [1 << 4, 0, 0, 0]
    now = 0.0
    while not (lift.moving and lift.travel > 0.4):
        now += 0.5
        lift.advance(now)
    assert drive.at(now).holding(256, 3) == [1, 500, 110]
    x, y, z = sensor.at(now).holding(0x3A, 3)
    assert (x, y, z) == (56, 40, 144)
    assert sensor.holding(0x40) == [2650]
    lift.fail("controller_fault", code=3)
    assert drive.holding(256)[0] == 3 << 8 | 1 << 7 | 1 << 4 | 1 << 1
    sensor.device.trouble.sensor_error = True
    assert sensor.holding(0x3A) == [0xFFFF]
    with pytest.raises(Refusal):
        drive.device.write(Table.HOLDING, 250, [1])


@pytest.mark.parametrize("model", ["came-gard-ptx", "pzem-016", "pulsar-en54c-lcd", "wb-ups-v3", "keller-33x"])
def test_a_device_refuses_a_plant_of_another_family(model: str) -> None:
    with pytest.raises(TypeError, match=r"needs one .*, not d"):
        Bench(model, AccessDoor("d", 0.0)).device.image()

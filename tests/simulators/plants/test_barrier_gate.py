"""Boom, motor and faults of a barrier over simulated hours."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulators.plants import BarrierGate


def opening_times(gate: BarrierGate, until: float) -> list[float]:
    """How long each opening took, from the state that the controller shows."""
    times, began, step = [], None, 0.05
    steps = int((until - gate.now) / step)
    start = gate.now
    for index in range(steps):
        gate.advance(start + index * step)
        if gate.state == "opening" and began is None:
            began = gate.now
        elif gate.state == "open" and began is not None:
            times.append(gate.now - began)
            began = None
    return times


def test_a_healthy_gate_opens_in_3_to_4_seconds() -> None:
    gate = BarrierGate("gate", 0.0, 1)
    before = gate.operations
    times = opening_times(gate, 1800)
    assert len(times) > 8
    assert 3.0 <= min(times) <= max(times) <= 4.0
    assert gate.operations - before in (len(times), len(times) - 1)


def test_motor_current_has_inrush_and_running_and_idle_parts() -> None:
    gate = BarrierGate("gate", 0.0, 1, vehicle_every=1e6)
    gate.raise_boom()
    amps = {}
    for at in (0.2, 2.0, 5.0):
        gate.advance(at)
        amps[at] = gate.motor_amps
    assert amps == {0.2: 4.2, 2.0: 1.2, 5.0: 0.05}
    assert gate.boom_deg == 90.0
    assert gate.position_percent == 100


def test_the_boom_rises_evenly() -> None:
    gate = BarrierGate("gate", 0.0, 1, vehicle_every=1e6)
    gate.raise_boom()
    angles = []
    for tenths in range(40):
        gate.advance(tenths / 10)
        angles.append(gate.boom_deg)
    assert all(low <= high for low, high in pairwise(angles))
    assert angles[17] == pytest.approx(45, abs=3)


def test_a_slow_motor_takes_what_the_fault_says() -> None:
    gate = BarrierGate("gate", 0.0, 1)
    gate.fail("slow_motor", seconds=12)
    times = opening_times(gate, 1800)
    assert times
    assert all(11.5 <= time <= 12.5 for time in times)
    gate.repair("slow_motor")
    assert all(time <= 4 for time in opening_times(gate, 3600)[1:])


@pytest.mark.parametrize("at", [30.0, 61.0, 62.5, 70.0, 90.0])
def test_a_motor_fault_stops_everything_until_the_reset(at: float) -> None:
    gate = BarrierGate("gate", 0.0, 1, vehicle_every=60)
    gate.advance(at)
    gate.fail("motor_fault", code=9)
    place = gate.boom_deg
    gate.advance(at + 500)
    assert (gate.state, gate.error_code, gate.boom_deg) == ("stopped", 9, place)
    gate.repair("motor_fault")
    gate.advance(gate.now + 5)
    assert (gate.state, gate.error_code) == ("closed", 0)


def test_boom_loop_and_reader_faults() -> None:
    gate = BarrierGate("gate", 0.0, 1)
    assert (gate.boom_intact, gate.loop_occupied, gate.reader_online, gate.obstruction) == (True, False, True, False)
    gate.fail("boom_struck", degrees=20)
    gate.fail("loop_stuck")
    gate.fail("reader_offline")
    gate.advance(600)
    assert (gate.boom_intact, gate.loop_occupied, gate.reader_online) == (False, True, False)
    assert gate.boom_deg == pytest.approx(20)
    assert gate.state == "closed"

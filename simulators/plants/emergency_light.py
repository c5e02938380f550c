"""An emergency light: feed, charger, lead-acid battery, lamp, and tests of its own. Knows no device."""

from __future__ import annotations

import math
from typing import ClassVar

from simulators.plants.feed import Feed
from simulators.plants.plant import DAY, Params, Plant
from simulators.plants.self_test import FUNCTION_TEST_S, SelfTest

FULL_CELL_V, EMPTY_CELL_V, FLOAT_CELL_V = 2.13, 1.95, 2.27
FULL = 0.99
"""State of charge from which a luminaire calls its battery full."""


def open_circuit_v(cells: int, soc: float) -> float:
    """Rest voltage of a lead-acid battery with 2 V cells: straight in the state of charge, with a knee below 15 %."""
    knee = 0.35 * max(0.0, 0.15 - soc) / 0.15
    return cells * (EMPTY_CELL_V + (FULL_CELL_V - EMPTY_CELL_V) * soc - knee)


class Battery:
    """Charge in and out in ampere hours; `health` is the share of its capacity that is left."""

    def __init__(self, cells: int, capacity_ah: float, resistance_ohm: float) -> None:
        self.cells, self.capacity_ah, self.resistance_ohm = cells, capacity_ah, resistance_ohm
        self.health, self.soc = 1.0, 1.0
        self.amps = 0.0  # positive while charging
        self.shorted_cells = 0

    @property
    def volts(self) -> float:
        """Terminal voltage: it sags under load, recovers at rest, and rises to the charger's limit while charging."""
        cells = self.cells - self.shorted_cells
        rest = open_circuit_v(cells, self.soc)
        if self.amps > 0:
            return rest + (cells * FLOAT_CELL_V - rest) * min(1.0, self.soc / 0.85)
        return rest + self.amps * self.resistance_ohm

    def run(self, amps: float, seconds: float) -> None:
        """A current, positive for charging, over a time."""
        self.amps = amps
        self.soc = min(1.0, max(0.0, self.soc + amps * seconds / 3600 / (self.capacity_ah * self.health)))


class EmergencyLight(Plant):
    """`maintained` lamps are always lit, others only on battery. `load_amps` is what the lit lamp takes.

    The battery is reckoned every `step` seconds while the lamp runs from it or a test is to begin, every `idle_step`
    while it charges, and whenever something begins or ends; with an `idle_step`, once a day while it is full.
    """

    family: ClassVar[str] = "emergency-light"
    ACTS: ClassVar[tuple[str, ...]] = ("function-test", "duration-test")
    FAULTS: ClassVar[dict[str, Params]] = {
        "battery_failed": {},
        "battery_aged": {"health": 0.3},
        "lamp_failed": {},
        "charger_failed": {},
        "mains_failure": {},
        "weak_charger": {},
        "switched_off": {},
        "self_test_failed": {},
        "relay_stuck_closed": {},
        "relay_welded_open": {},
    }
    charge_low = 0.8
    """State of charge below which its own supervision calls the battery low."""

    def __init__(  # noqa: PLR0913 - the figures of a luminaire's label, all named
        self,
        plant_id: str,
        start: float,
        seed: int = 0,
        *,
        cells: int = 6,
        capacity_ah: float = 2.2,
        load_amps: float = 0.8,
        health: float = 1.0,
        rated_min: int = 90,
        maintained: bool = False,
        step: float = 5.0,
        idle_step: float | None = None,
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.load_amps, self.maintained, self.rated_min = load_amps, maintained, rated_min
        self.battery = Battery(cells, capacity_ah, 0.06 * cells / 6)
        self.battery.health = health
        self.feed, self.self_test = Feed(), SelfTest()
        self._discharge: tuple[str, float] | None = None  # what it runs on battery for, and since when
        self._lit_s = 0.0
        self._reckoned_at = start - step
        self._steps = (step, idle_step or step, DAY if idle_step else step)
        self._step_due = start
        self._step()

    @property
    def mains_present(self) -> bool:
        """The supply is there."""
        return self.feed.live

    @property
    def test(self) -> str | None:
        """Which of its own tests runs: function, duration or none."""
        return self.self_test.running

    @property
    def on_battery(self) -> bool:
        """The lamp runs from the battery, in an outage or a test."""
        return not self.mains_present or self.test is not None

    @property
    def lamp_on(self) -> bool:
        """Light comes out."""
        if {"lamp_failed", "switched_off"} & self.active.keys() or (self.on_battery and self.exhausted):
            return False
        return self.maintained or self.on_battery

    @property
    def exhausted(self) -> bool:
        """The battery cannot carry the lamp any longer."""
        return self.battery.soc <= 0.0 or "battery_failed" in self.active

    @property
    def battery_low(self) -> bool:
        """The battery holds too little charge for its task."""
        return self.battery.soc < self.charge_low

    @property
    def charging(self) -> bool:
        """The charger fills the battery, rather than holding it full."""
        return self.battery.amps > 0 and self.battery.soc < 0.995

    @property
    def charger_ok(self) -> bool:
        """The charging circuit works."""
        return "charger_failed" not in self.active

    @property
    def resistance_mohm(self) -> int:
        """Internal resistance and leads, milliohm."""
        return round(self.battery.resistance_ohm * 1000 * (4 if "battery_aged" in self.active else 1))

    @property
    def lamp_amps(self) -> float:
        """What the lamp takes now."""
        return self.load_amps if self.lamp_on else 0.0

    def act(self, what: str) -> bool:
        """Begins its own `function-test`, of 35 s, or `duration-test`, of its rated duration; False where refused."""
        kind = what.removesuffix("-test")
        return self.start_test(kind, self._seconds_of(kind))

    def start_test(self, kind: str, seconds: float) -> bool:
        """Begins a battery test (`function` or `duration`) now; refused without mains or while another runs."""
        if self.test is not None or not self.mains_present:
            return False
        self._reckon()
        self.self_test.begin(kind, seconds, self.now)
        self._turned()
        return True

    def ask_test(self, kind: str) -> bool:
        """Somebody commands a test: it begins as soon as there are mains, a full battery and no other test.

        False where the same one runs or is pending already.
        """
        if kind == self.test or kind in self.self_test.pending:
            return False
        self._reckon()
        self.self_test.ask(kind, self._seconds_of(kind), self.now)
        self.assert_output("self-test", kind=kind)
        self.self_test.look(self.now, self._ready)
        self._turned()
        return True

    def stop_test(self) -> bool:
        """Ends a running test without a result, and gives up what is pending; False where there is neither."""
        asked = self.self_test.asked
        self._reckon()
        self.self_test.stop()
        self.release_output("self-test", "command")
        self._turned()
        return asked

    def restart(self) -> None:
        """Its electronics start anew, and know of no test."""
        self._reckon()
        self.self_test.restart()
        self.release_output("self-test", "restart")
        self._turned()

    def switch_relay(self, energised: bool, by: str = "command") -> bool:
        """The coil of the test relay in its feed; returns whether the contact moved."""
        before = self.feed.broken
        self._reckon()
        self.feed.coil = energised
        if energised:
            self.assert_output("relay")
        else:
            self.release_output("relay", by)
        self._feed_turned()
        self._turned()
        return self.feed.broken != before

    def _seconds_of(self, kind: str) -> float:
        return FUNCTION_TEST_S if kind == "function" else self.rated_min * 60.0

    def _ready(self, kind: str) -> bool:
        return self.mains_present and (kind == "function" or self.battery.soc > FULL)

    def _step(self) -> None:
        self._reckon()
        tests = self.self_test
        tests.look(self.now, self._ready)
        if tests.running is not None and (not self.lamp_on or tests.over(self.now)):
            tests.end(self.now, valid=self.mains_present)
        self._plan()

    def _plan(self) -> None:
        """When to reckon next; what is planned for later than that finds itself overtaken."""
        runs = self.on_battery or self.self_test.asked
        due = self.now + self._steps[0 if runs else 1 if self.battery.soc < 1.0 else 2]
        self._step_due = due
        self.after(due - self.now, lambda: self._step() if self._step_due == due else None)

    def _turned(self) -> None:
        """Something has begun or ended that no event of the queue brought about."""
        if self.now + self._steps[0] < self._step_due:
            self._plan()
        self.tell()

    def _reckon(self) -> None:
        """What flowed since the last time, at what flows now."""
        if self.lamp_on:
            self._lit_s += self.now - self._reckoned_at
        self.battery.run(self._battery_amps(), self.now - self._reckoned_at)
        self._reckoned_at = self.now

    def fail(self, fault: str, **params: float) -> None:
        """Begins a fault now. Raises `UnknownFault`."""
        self._reckon()
        super().fail(fault, **params)
        self._turned()

    def repair(self, fault: str) -> None:
        """Ends a fault now."""
        self._reckon()
        super().repair(fault)
        self._turned()

    def tell(self) -> None:
        """Also keeps its own book of what it ran on battery for, and how long it was lit then."""
        super().tell()
        if not self.self_test.asked:
            self.release_output("self-test", "itself")
        what = self._runs_for()
        if self._discharge is not None and what != self._discharge[0]:
            kind, began = self._discharge
            self.remember(
                "discharge", kind=kind, began=began, lasted=self._lit_s, passed=self.self_test.done.get(kind),
            )  # fmt: skip
            self._discharge = None
        if what and self._discharge is None:
            self._discharge, self._lit_s = (what, self.now), 0.0

    def _runs_for(self) -> str:
        """Why it runs on its battery: a test of its own, the test relay, one that is stuck, or no mains; "" if not."""
        if self.test is not None or self.mains_present:
            return self.test or ""
        return "discharge" if not self.feed.mains else "relay" if self.feed.coil else "stuck"

    def _battery_amps(self) -> float:
        if self.on_battery:
            return -self.lamp_amps
        if not self.charger_ok or "battery_failed" in self.active:
            return -0.004
        return self._charge_amps()

    def _charge_amps(self) -> float:
        """Constant current up to 85 %, a taper at the voltage limit, and a trickle when full."""
        limit = self.battery.capacity_ah / 10
        if "weak_charger" in self.active:
            return limit / 50
        if self.battery.soc < 0.85:
            return limit
        if self.battery.soc >= 1.0:
            return limit / 50
        return max(limit / 10, limit * math.exp(-(self.battery.soc - 0.85) / 0.06))

    def failed(self, fault: str) -> None:
        """A failed battery has two shorted cells, an aged one lost capacity; without mains no test has a result."""
        self._feed_turned()
        if fault == "battery_failed":
            self.battery.shorted_cells, self.battery.soc = max(1, self.battery.cells // 4), 0.1
        elif fault == "battery_aged":
            self.battery.health = self.active[fault]["health"]
        elif fault == "weak_charger":
            self.battery.soc = 0.5

    def repaired(self, fault: str) -> None:
        """A new battery comes charged."""
        self._feed_turned()
        if fault in ("battery_failed", "battery_aged", "weak_charger"):
            self.battery.shorted_cells, self.battery.soc, self.battery.health = 0, 1.0, 1.0

    def _feed_turned(self) -> None:
        """What the feed is now; a test of its own ends when it is gone."""
        feed, active = self.feed, self.active
        feed.mains = "mains_failure" not in active
        feed.stuck_closed, feed.welded_open = "relay_stuck_closed" in active, "relay_welded_open" in active
        feed.follow()
        if not feed.live and self.self_test.running is not None:
            self.self_test.end(self.now, valid=False)

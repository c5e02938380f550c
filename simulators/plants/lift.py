"""A passenger lift: calls, runs with a speed profile, levelling, ride vibration, doors, car. Knows no device."""

from __future__ import annotations

from typing import ClassVar

from simulators.plants.plant import Params, Plant

FLOOR_MM = 3000.0


class Lift(Plant):
    """Calls come every `call_every` seconds on average over `floors` landings; `rated` speed in m/s."""

    family: ClassVar[str] = "lift"
    FAULTS: ClassVar[dict[str, Params]] = {
        "entrapment": {},
        "vibration": {"mm_s": 11.0},
        "mislevelled": {"mm": 32.0},
        "controller_fault": {"code": 3.0},
        "call_button_stuck": {},
        "wrong_floor_shown": {},
        "car_dark": {},
        "wearing_guides": {"mm_s_per_day": 0.15},
        "drifting_level": {"mm_per_day": 1.0},
        "dimming": {"lux_per_day": 4.0},
        "position_lost": {},
        "call_button_faulty": {},
        "stopped_for_work": {},
    }

    def __init__(
        self,
        plant_id: str,
        start: float,
        seed: int = 0,
        *,
        floors: int = 12,
        rated: float = 1.75,
        call_every: float = 60.0,
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.floors, self.rated, self.call_every = floors, rated, call_every
        self.floor = self.random.randrange(1, floors + 1)
        self.door = "closed"  # closed, opening, open, closing
        self.occupied = self.moving = self.called = False
        self.runs = 0
        self._level_mm = 0.0
        self._origin = self.goal = self.floor
        self._departed = self._arrives = start
        self._stranded = False
        self._next_call()

    @property
    def travel(self) -> float:
        """Share of the present run that lies behind, by time, 0 to 1."""
        whole = self._arrives - self._departed
        return min(1.0, (self.now - self._departed) / whole) if whole > 0 else 1.0

    @property
    def speed_m_s(self) -> float:
        """Signed speed: a ramp over the first and last fifth of the run."""
        if not self.moving:
            return 0.0
        share = min(1.0, 5 * self.travel, 5 * (1 - self.travel))
        return self.rated * share * (1 if self.goal > self._origin else -1)

    @property
    def car_floor(self) -> int:
        """The landing nearest to the car, 1 is the lowest."""
        if not self.moving and not self._stranded:
            return self.floor
        return round(self._origin + (self.goal - self._origin) * self.travel)

    @property
    def displayed_floor(self) -> int:
        """What the car display shows."""
        wrong = "wrong_floor_shown" in self.active
        return self.car_floor % self.floors + 1 if wrong else self.car_floor

    @property
    def door_zone(self) -> bool:
        """The car stands within the unlocking zone of a landing."""
        return not self.moving and not self._stranded

    @property
    def level_error_mm(self) -> float:
        """Height of the car sill over the landing sill; meaningful at a landing."""
        if "mislevelled" in self.active:
            return self.active["mislevelled"]["mm"]
        return self._level_mm

    @property
    def vibration_mm_s(self) -> float:
        """RMS velocity in the car: near nothing at rest, the ride's own level at speed."""
        if not self.moving:
            return 0.05
        return 0.4 + (self.ride_vibration_mm_s - 0.4) * abs(self.speed_m_s) / self.rated

    @property
    def ride_vibration_mm_s(self) -> float:
        """RMS velocity of the present or last ride at rated speed."""
        usual = 1.6 + self.worn("wearing_guides")
        return self.active["vibration"]["mm_s"] if "vibration" in self.active else usual

    @property
    def fault_code(self) -> int:
        """Error code of the drive; 0 is none."""
        return int(self.active["controller_fault"]["code"]) if "controller_fault" in self.active else 0

    @property
    def call_asserted(self) -> bool:
        """The landing call button is pressed, or lit and unanswered."""
        return self.called or "call_button_stuck" in self.active

    @property
    def alarm_button(self) -> bool:
        """The alarm button in the car: trapped people press it."""
        return self._stranded and self.occupied

    @property
    def car_light_on(self) -> bool:
        """The car is lit."""
        return "car_dark" not in self.active

    @property
    def car_lux(self) -> float:
        """Light on the car floor."""
        return 165.0 - self.worn("dimming") if self.car_light_on else 4.0

    @property
    def motor_amps(self) -> float:
        """Motor current."""
        return 0.0 if not self.moving else 6.0 + 5.0 * abs(self.speed_m_s) / self.rated

    @property
    def _out_of_use(self) -> bool:
        return bool({"entrapment", "controller_fault", "stopped_for_work"} & self.active.keys())

    def _next_call(self) -> None:
        hurry = 0.5 if "vibration" in self.active else 1.0
        self.after(self.rarely() * hurry * self.random.uniform(0.5, 1.5) * self.call_every, self._call)

    def _call(self) -> None:
        idle = not self.moving and self.door == "closed" and not self.called
        if idle and not self._out_of_use:
            self.called = True
            self.after(2.0, lambda: self._depart(self._another_floor()))
        self._next_call()

    def _another_floor(self) -> int:
        return self.random.choice([floor for floor in range(1, self.floors + 1) if floor != self.floor])

    def _depart(self, goal: int) -> None:
        if self.moving or self._out_of_use:
            self.called = self.called and self.moving
            return
        self._origin, self.goal, self._departed = self.floor, goal, self.now
        # The ramps take a fifth of the time each, at half speed on average.
        self._arrives = self.now + max(5.0, abs(goal - self.floor) * FLOOR_MM / 1000 / (0.8 * self.rated))
        self.moving, self.door = True, "closed"
        run = self.runs
        self.after(self._arrives - self.now, lambda: self._arrive(run))

    def _arrive(self, run: int) -> None:
        if run != self.runs or not self.moving:
            return
        self.moving, self.called, self._stranded = False, False, False
        self.floor, self.runs = self.goal, self.runs + 1
        self._level_mm = self.random.uniform(-5.0, 5.0) + self.worn("drifting_level")
        self._doors()

    def _doors(self) -> None:
        self.door = "opening"
        run = self.runs
        self.after(2.0, lambda: self._door("open", run))
        self.after(4.0, lambda: self._exchange() if run == self.runs else None)
        self.after(8.0, lambda: self._door("closing", run))
        self.after(10.5, lambda: self._door_closed() if run == self.runs else None)

    def _door(self, state: str, run: int) -> None:
        if run == self.runs:
            self.door = state

    def _exchange(self) -> None:
        """People leave or enter."""
        self.occupied = not self.occupied

    def _door_closed(self) -> None:
        self.door = "closed"
        if self.occupied and not self._out_of_use:
            self._depart(self._another_floor())

    def failed(self, fault: str) -> None:
        """An entrapment stops an occupied car between two landings; a drive fault trips it at its landing."""
        if fault == "entrapment":
            self._strand()
        elif fault == "controller_fault" and self.moving:
            self.runs += 1
            self.moving, self.called = False, False
            self.floor = self.car_floor

    def _strand(self) -> None:
        self.runs += 1
        self._origin = self.goal = self.car_floor
        self.moving, self.called, self._stranded = False, False, True
        self.door, self.occupied = "closed", True

    def repaired(self, fault: str) -> None:
        """A freed car goes to its landing and opens."""
        if fault == "entrapment":
            self._stranded, self.occupied = False, True
            self.floor = self.car_floor
            self._doors()

"""A barrier gate: vehicles, loop, boom, motor, operation counter, controller error. Knows no device."""

from __future__ import annotations

from typing import ClassVar

from simulators.plants.plant import Motion, Params, Plant

MAINS_V = 230.0


class BarrierGate(Plant):
    """Vehicles come every `vehicle_every` seconds on average; `opening` is the boom's time for 90 degrees."""

    family: ClassVar[str] = "barrier-gate"
    FAULTS: ClassVar[dict[str, Params]] = {
        "slow_motor": {"seconds": 16.0},
        "motor_fault": {"code": 7.0},
        "boom_struck": {"degrees": 24.0},
        "loop_stuck": {},
        "reader_offline": {},
        "wearing_motor": {"seconds_per_day": 0.3},
        "limit_switch": {"seconds": 8.0},
        "stuck_halfway": {},
    }

    def __init__(
        self, plant_id: str, start: float, seed: int = 0, *, vehicle_every: float = 120.0, opening: float = 3.4
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.vehicle_every, self.opening = vehicle_every, opening
        self.state = "closed"  # closed, opening, open, closing, stopped
        self.operations = 41_000 + self.random.randrange(9_000)
        self.energy_wh = 0.0
        self._boom = Motion(0.0)
        self._moved_at = start - 60.0
        self._runs_until = start
        self._vehicle = False
        self._turn = 0
        self._next_vehicle()

    @property
    def boom_deg(self) -> float:
        """Angle of the boom above level, degrees; a struck boom hangs off its mount."""
        struck = self.active.get("boom_struck")
        return self._boom.at(self.now) + (struck["degrees"] if struck else 0.0)

    @property
    def position_percent(self) -> int:
        """How far open the mechanism is."""
        return round(self._boom.at(self.now) / 0.9)

    @property
    def loop_occupied(self) -> bool:
        """The safety loop senses metal."""
        return self._vehicle or "loop_stuck" in self.active

    @property
    def reader_online(self) -> bool:
        """The reader answers its controller."""
        return "reader_offline" not in self.active

    @property
    def boom_intact(self) -> bool:
        """The break-away contact of the boom is closed."""
        return "boom_struck" not in self.active

    @property
    def obstruction(self) -> bool:
        """The light barrier under the boom is interrupted while the boom comes down."""
        return False

    @property
    def error_code(self) -> int:
        """Error code of the controller; 0 is none."""
        return int(self.active["motor_fault"]["code"]) if "motor_fault" in self.active else 0

    @property
    def motor_amps(self) -> float:
        """Amperes of the drive: inrush for 0.4 s, then running current, more with a stiff gear."""
        if self.now >= self._runs_until or not (self._boom.moving(self.now) or "limit_switch" in self.active):
            return 0.05
        running = 2.1 if "slow_motor" in self.active else 1.2
        return running + (3.0 if self.now - self._moved_at < 0.4 else 0.0)

    @property
    def motor_watts(self) -> float:
        """Power of the drive at a power factor of 0.72."""
        return MAINS_V * self.motor_amps * 0.72

    def _next_vehicle(self) -> None:
        hurry = 0.5 if "slow_motor" in self.active else 1.0
        self.after(self.rarely() * hurry * self.random.uniform(0.5, 1.5) * self.vehicle_every, self._arrive)

    def _arrive(self) -> None:
        faults = {"motor_fault", "stuck_halfway", "boom_struck", "loop_stuck", "reader_offline"}
        blocked = faults & self.active.keys()
        if self.state == "closed" and not blocked:
            self.raise_boom()
        self._next_vehicle()

    def raise_boom(self) -> None:
        """Opens, as after a valid card."""
        self._move("opening", 90.0)

    def lower_boom(self) -> None:
        """Closes."""
        self._move("closing", 0.0)

    def _move(self, state: str, goal: float) -> None:
        usual = self.opening + self.worn("wearing_motor")
        seconds = self.active["slow_motor"]["seconds"] if "slow_motor" in self.active else usual
        seconds *= self.random.uniform(0.97, 1.03)
        self.state, self._moved_at = state, self.now
        self._boom.go(goal, self.now, seconds)
        self._turn += 1
        turn = self._turn
        self.after(0.45, lambda: None)  # the end of the inrush is worth a look
        self.after(seconds, lambda: self._arrived(turn, state))
        self._runs_until = self.now + seconds
        if "limit_switch" in self.active:
            self._runs_until += self.active["limit_switch"]["seconds"]
            self.after(self._runs_until - self.now, lambda: None)
        self.tell()

    def _arrived(self, turn: int, state: str) -> None:
        """The end of a motion, unless another one began or a fault stopped it."""
        if turn != self._turn:
            return
        self.energy_wh += self.motor_watts * self.opening / 3600
        if state == "opening":
            self._is_open()
        else:
            self._is_closed()

    def _is_open(self) -> None:
        self.state = "open"
        self.after(self.random.uniform(2.0, 4.0), self._enter_loop)

    def _enter_loop(self) -> None:
        if self.state == "open":
            self._vehicle = True
            self.after(self.random.uniform(4.0, 7.0), self._leave_loop)

    def _leave_loop(self) -> None:
        self._vehicle = False
        self.after(2.0, lambda: self.lower_boom() if self.state == "open" else None)

    def _is_closed(self) -> None:
        self.state = "closed"
        self.operations += 1

    def failed(self, fault: str) -> None:
        """A motor fault, or what jams it, stops the boom where it is."""
        if fault in ("motor_fault", "stuck_halfway"):
            self._turn += 1
            self._boom.stop(self.now)
            self.state = "stopped"

    def repaired(self, fault: str) -> None:
        """After a motor repair the controller is reset and brings the boom down."""
        if fault in ("motor_fault", "stuck_halfway"):
            self._vehicle = False
            self.lower_boom()

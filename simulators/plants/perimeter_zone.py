"""A zone of the boundary: a detector that alarms when somebody crosses, or when its test input is driven. No device."""

from __future__ import annotations

from typing import ClassVar

from simulators.plants.plant import Params, Plant


class PerimeterZone(Plant):
    """Somebody crosses every so many seconds; 0 for nobody ever. It stays in alarm for `alarm_s` seconds."""

    family: ClassVar[str] = "perimeter-zone"
    ACTS: ClassVar[tuple[str, ...]] = ("cross",)
    FAULTS: ClassVar[dict[str, Params]] = {"dead_detector": {}, "tamper": {}}

    def __init__(
        self, plant_id: str, start: float, seed: int = 0, *, cross_every: float = 0.0, alarm_s: float = 10.0
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.cross_every, self.alarm_s = cross_every, alarm_s
        self.stimulated = False
        self._alarm_until = start
        if cross_every:
            self._next_crossing()

    @property
    def alarm(self) -> bool:
        """The zone reports somebody."""
        return self.now < self._alarm_until

    @property
    def tampered(self) -> bool:
        """Its housing is open."""
        return "tamper" in self.active

    def act(self, what: str) -> bool:
        """`cross`: somebody crosses now."""
        self._detect()
        self.tell()
        return True

    def stimulate(self, driven: bool, by: str = "command") -> bool:
        """Drives its test input, or lets go of it; it alarms 1 to 3 s later. Returns whether anything came of it."""
        changed = driven != self.stimulated
        self.stimulated = driven
        if changed and driven:
            self.assert_output("self-test")
            self.after(self.random.uniform(1.0, 3.0), self._answer)
        elif changed:
            self.release_output("self-test", by)
        self.tell()
        return changed and "dead_detector" not in self.active

    def _answer(self) -> None:
        if self.stimulated:
            self._detect()

    def _detect(self) -> None:
        if "dead_detector" in self.active:
            return
        self._alarm_until = self.now + self.alarm_s
        self.remember("activation", by="self-test" if self.stimulated else "crossing")
        self.after(self.alarm_s, lambda: None)

    def _next_crossing(self) -> None:
        self.after(self.random.expovariate(1 / self.cross_every) * self.rarely(), self._cross)

    def _cross(self) -> None:
        self._detect()
        self._next_crossing()

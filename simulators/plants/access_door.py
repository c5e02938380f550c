"""An access door: people, lock, leaf with closer, contact, reader. Knows no device."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from simulators.plants.plant import Motion, Params, Plant

OPEN_DEG = 80.0
CONTACT_DEG = 2.0  # the magnet releases the contact when the leaf is this far off the frame


@dataclass(frozen=True)
class DoorEvent:
    """Something a door controller would log: granted, button, opened, closed, forced, held."""

    serial: int
    at: float
    what: str


class AccessDoor(Plant):
    """People pass every `pass_every` seconds on average; `closing` is the closer's time from wide open."""

    family: ClassVar[str] = "access-door"
    FAULTS: ClassVar[dict[str, Params]] = {
        "forced_open": {},
        "held_open": {},
        "reader_offline": {},
        "reader_tamper": {},
        "slow_closer": {"seconds": 45.0},
        "slam": {"seconds": 0.6},
        "wearing_closer": {"seconds_per_day": 1.0},
        "lock_stuck": {},
        "jammed": {},
    }

    def __init__(
        self, plant_id: str, start: float, seed: int = 0, *, pass_every: float = 150.0, closing: float = 7.0
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.pass_every, self.closing = pass_every, closing
        self.openings = 0
        self.fruitless = 0  # releases in a row that opened nothing
        self.events: deque[DoorEvent] = deque(maxlen=100)
        self._leaf = Motion(0.0)
        self._contact_closed = True
        self._unlocked_until = start
        self._busy = False
        self._serial = 0
        self._next_person()

    @property
    def leaf_deg(self) -> float:
        """Opening angle of the leaf, degrees."""
        return self._leaf.at(self.now)

    @property
    def contact_closed(self) -> bool:
        """The door contact: closed is true."""
        return self._contact_closed

    @property
    def unlocked(self) -> bool:
        """The lock is released by a grant or the exit button."""
        return self.now < self._unlocked_until or "lock_stuck" in self.active

    @property
    def reader_online(self) -> bool:
        """The reader answers its controller."""
        return "reader_offline" not in self.active

    @property
    def reader_tamper(self) -> bool:
        """The reader's housing is open."""
        return "reader_tamper" in self.active

    @property
    def _wedged(self) -> bool:
        return "forced_open" in self.active or "held_open" in self.active

    def _next_person(self) -> None:
        hurry = 0.4 if {"slow_closer", "slam"} & self.active.keys() else 1.0
        self.after(self.rarely() * hurry * self.random.uniform(0.4, 1.6) * self.pass_every, self._person)

    def _person(self) -> None:
        if not self._busy and not self._wedged and self.reader_online:
            self._grant()
        self._next_person()

    def _grant(self) -> None:
        """A card or the exit button releases the lock; the person takes a moment to push."""
        self._busy = True
        self._log("granted" if self.random.random() < 0.6 else "button")
        self._release_lock(5.0 if "jammed" in self.active else 20.0)
        self.after(self.random.uniform(3.0, 4.0), self._push)

    def _release_lock(self, seconds: float) -> None:
        """The relay drops after a time, or soon after the door has closed again."""
        self._unlocked_until = self.now + seconds
        self.after(seconds, lambda: None)

    def _push(self) -> None:
        if "jammed" in self.active:
            self.after(max(0.0, self._unlocked_until - self.now), self._relocked)
            return
        self.fruitless = 0
        self._leaf.go(OPEN_DEG, self.now, 1.5)
        self.after(1.5 * CONTACT_DEG / OPEN_DEG, self._contact_opens)
        hold = self.random.uniform(1.0, 3.0)
        self.after(1.5 + (0.5 if "slam" in self.active else hold), self._let_go)

    def _relocked(self) -> None:
        """Nobody got in: they try again, as long as they have the patience."""
        self._busy = False
        self.fruitless += 1
        self.after(self.random.uniform(15.0, 40.0), self._person_again)

    def _person_again(self) -> None:
        if "jammed" in self.active and not self._busy and self.fruitless < 4:
            self._grant()

    def _let_go(self) -> None:
        if "held_open" in self.active:
            return
        seconds = self._closing_time()
        self._leaf.go(0.0, self.now, seconds)
        self.after(seconds * (1 - CONTACT_DEG / OPEN_DEG), self._contact_closes)

    def _closing_time(self) -> float:
        for fault in ("slow_closer", "slam"):
            if fault in self.active:
                return self.active[fault]["seconds"]
        return (self.closing + self.worn("wearing_closer")) * self.random.uniform(0.9, 1.1)

    def _contact_opens(self) -> None:
        if self._contact_closed:
            self._contact_closed = False
            self.openings += 1
            self._log("opened")

    def _contact_closes(self) -> None:
        if self._leaf.at(self.now) <= CONTACT_DEG + 0.01 and not self._contact_closed:
            self._contact_closed, self._busy = True, False
            if self.unlocked:
                self._release_lock(2.0)
            self._log("closed")

    def _log(self, what: str) -> None:
        self._serial += 1
        self.events.append(DoorEvent(self._serial, self.now, what))

    def failed(self, fault: str) -> None:
        """A forced door springs open without any grant; a held one is opened by somebody and wedged."""
        if fault == "forced_open":
            self._force()
        elif fault == "held_open":
            if not self._contact_closed:
                self._leaf.go(OPEN_DEG, self.now, 1.0)
            elif not self._busy:
                self._grant()
            self.after(60.0, self._report_held)
        elif fault == "jammed" and not self._busy and self._contact_closed:
            self._grant()

    def _force(self) -> None:
        """Nobody forces a door that somebody has just unlocked."""
        if "forced_open" not in self.active:
            return
        if self._busy or self.now < self._unlocked_until + 12.0:
            self.after(1.0, self._force)
            return
        self._busy = True
        self._log("forced")
        self._leaf.go(60.0, self.now, 0.5)
        self.after(0.05, self._contact_opens)

    def _report_held(self) -> None:
        if "held_open" in self.active:
            self._log("held")

    def repaired(self, fault: str) -> None:
        """Somebody lets the door go."""
        if fault in ("forced_open", "held_open") and not self._contact_closed:
            self._let_go()

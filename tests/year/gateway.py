"""The gateway of a simulated year: the real pipeline on a real file, which can be killed at any moment. No wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.changes import Changes
from gateway.estate import Estate
from gateway.model import Reading, Readings
from gateway.pipeline import Pipeline
from gateway.proof_tests.command import Command, Told
from gateway.proof_tests.entry import Entry
from gateway.store import log_book
from gateway.store.log_book import Asked
from gateway.store.sqlite import Database

PAGE = 500


@dataclass(frozen=True)
class Down:
    """When it did not run."""

    since: float
    until: float


class Gateway:
    """``start``, ``tick`` and ``commit`` over and over; ``die`` forgets what was not committed."""

    def __init__(self, folder: Path, estate: Estate) -> None:
        self.estate = estate
        self.downs: list[Down] = []
        self.counters = {"readings": 0, "ticks": 0}
        self._path = folder / "gateway.db"
        self._died_at = 0.0
        self._columns: dict[str, tuple[int, ...]] = {}
        self.running = False
        self.followed: set[str] = set()
        """The luminaires whose tests or discharges it follows now: it listens to those closely."""

    def start(self, now: float) -> None:
        """On what the file has."""
        if self._died_at:
            self.downs.append(Down(self._died_at, now))
        self.database = Database(self._path, self.estate)
        self.pipeline = Pipeline(self.estate, self.database.load(now), now)
        self.running = True
        self.followed = set(self.pipeline.discharges.seers)

    def die(self, now: float) -> None:
        """The process is gone, at once."""
        self._count()
        self.database.connection.close()
        self.running, self._died_at = False, now

    def tick(self, told: list[Readings], words: list[Told], now: float) -> Changes:
        """What follows from what arrived; nothing of it is committed yet."""
        changes = self.pipeline.tick(told, words, now)[0]
        followed = {*self.followed, *changes.runs, *changes.procedures}
        self.followed = {name for name in followed if self._follows(name)}
        return changes

    def _follows(self, name: str) -> bool:
        seer = self.pipeline.discharges.seers[name]
        return seer.watch.run is not None or name in self.pipeline.proofs.proving.procedures

    def reading(self, name: str, values: Mapping[str, Reading], at: float, now: float) -> Readings:
        """What the device of a luminaire told at a time."""
        device = self.estate.devices[f"{name}-device"]
        columns = self._columns.get(name)
        if columns is None:
            columns = self._columns[name] = (device.answers_id, *(device.point_ids[point] for point in values))
        return Readings(device.name, at, now, columns, [True, *values.values()])

    def wanted(self, command: Command, now: float) -> bool:
        """Whether it is still to go out."""
        return self.pipeline.proofs.wanted(command, now)

    def book(self) -> list[Entry]:
        """The whole log book, without its curves; raises AssertionError where its chain is broken."""
        assert log_book.broken_at(self.database.connection) is None
        entries: list[Entry] = []
        while page := self.database.log_book(Asked(after=entries[-1].id if entries else 0, limit=PAGE, curves=False)):
            entries += page
        return entries

    def close(self) -> None:
        """Lets go of the file."""
        self._count()
        self.database.connection.close()

    def _count(self) -> None:
        for name in self.counters:
            self.counters[name] += self.pipeline.counters[name]

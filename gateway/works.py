"""The planned works of a site: at most one at a time on an asset. Pure; what is over is the store's to keep."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.actions import PlanWork
from gateway.errors import Refused
from gateway.tickets import planned
from gateway.tickets.planned import PlannedWork


class Works:
    """``works`` by number: those to come and under way, and what was over since the start."""

    def __init__(self, saved: Iterable[PlannedWork] = (), last: int = 0) -> None:
        self.works: dict[int, PlannedWork] = {each.id: each for each in saved}
        self._last = max(last, *self.works, 0)
        self._moved: list[PlannedWork] = []

    def draft(self, action: PlanWork, wall: float) -> PlannedWork:
        """The work as it would be announced; raises Refused where its times are wrong or taken."""
        since = wall if action.since is None else action.since
        work = PlannedWork(
            self._last + 1, action.asset, since, action.until, action.who, action.reason.strip(), wall
        )  # fmt: skip
        planned.check(work)
        for other in self.open():
            if other.overlaps(work):
                raise Refused(f"there is planned work on {work.asset} at that time already: number {other.id}")
        return work

    def get(self, number: int) -> PlannedWork:
        """Work that is to come or under way; raises Refused."""
        work = self.works.get(number)
        if work is None or not work.is_open:
            raise Refused(f"there is no planned work {number} to come or under way")
        return work

    def put(self, work: PlannedWork) -> None:
        """Take over work that is new or has moved."""
        self._last = max(self._last, work.id)
        self.works[work.id] = work
        self._moved.append(work)

    def open(self) -> list[PlannedWork]:
        """To come or under way, what begins first first."""
        return sorted((each for each in self.works.values() if each.is_open), key=lambda each: (each.since, each.id))

    def take_moved(self) -> list[PlannedWork]:
        """What moved since the last call."""
        moved, self._moved = self._moved, []
        return moved

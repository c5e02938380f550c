"""Begins and ends planned work when its time has come, and tells of it.

While it goes on the asset is out of service like any other (``TakeOutOfService``): the end and the forced re-check are
that mechanism's own, so that a work that nobody ends hides nothing for longer than was announced.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.actions import TakeOutOfService
from gateway.clock import iso
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.people import Desk
from gateway.telling import Teller
from gateway.tickets.planned import PlannedWork, WorkState, over
from gateway.works import Works


class Foreman:
    """Follows the planned works of a site."""

    def __init__(self, estate: Estate, works: Works, desk: Desk, teller: Teller, journal: Journal) -> None:
        self._estate, self._works, self._desk = estate, works, desk
        self._teller, self._journal = teller, journal
        self.ahead = 0.0
        """By how many seconds the clock on the wall, by which people plan, is ahead of our time."""

    def begin(self) -> None:
        """Start of the gateway: what is to come is put on the agenda, and what should have come comes now."""
        for work in self._works.open():
            self._journal.agenda.plan(("work", str(work.id)), work.due)

    def look(self, number: str, now: float) -> None:
        """The time of a work has come: it begins, or is over."""
        work = self._works.works[int(number)]
        if work.state is WorkState.PLANNED and work.since <= now < work.until:
            self._works.put(self._begun(work, now))
        elif work.is_open and work.until <= now:
            self._works.put(over(work, "", now))

    def _begun(self, work: PlannedWork, now: float) -> PlannedWork:
        begun = replace(work, state=WorkState.BEGUN)
        try:
            self._desk.act(
                TakeOutOfService(work.asset, None, work.who, f"planned work: {work.reason}", work.until), now
            )
        except Refused as refusal:  # the site's files changed meanwhile: it goes on being watched
            return replace(begun, in_service=str(refusal))
        return begun

    def settle(self, now: float) -> None:
        """Write down and tell what moved; what is announced for now begins at once."""
        while moved := self._works.take_moved():
            for work in moved:
                self._journal.changes.works[work.id] = work
                self._journal.agenda.plan(("work", str(work.id)), work.due)
                self._journal.tell(f"work.{work.state.value}", f"work/{work.id}", self._told(work), now)
                if work.state is WorkState.PLANNED and work.since <= now:
                    self.look(str(work.id), now)

    def _told(self, work: PlannedWork) -> dict[str, Any]:
        data = self._teller.about(work.asset, "", None)
        del data["clause"]
        data |= {
            "work": work.id,
            "since": iso(work.since + self.ahead),
            "until": iso(work.until + self.ahead),
            "why": work.reason,
        }
        data |= {"by": work.over_by or work.who, "announced_at": iso(work.announced_at), "times": self._times(work)}
        return data | {"ahead_s": round(work.since - work.announced_at), "in_service": work.in_service}

    def _times(self, work: PlannedWork) -> str:
        """``2026-11-24 08:00 – 11:30`` as the clock on the site's wall shows it."""
        times = (work.since + self.ahead, work.until + self.ahead)
        begin, end = (datetime.fromtimestamp(each, self._estate.timezone) for each in times)
        return f"{begin:%Y-%m-%d %H:%M} – {end:{'%H:%M' if begin.date() == end.date() else '%Y-%m-%d %H:%M'}}"

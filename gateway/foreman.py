"""Begins and ends planned work when its time has come by the clock on the wall, and tells of it.

While it goes on the asset is out of service like any other: the end and the forced re-check are that mechanism's own,
so that a work that nobody ends hides nothing for longer than was announced. When the clock is set, so is that end; and
by a clock that cannot be believed nothing is hidden at all. What a person hides for longer is the person's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.actions import CancelWork, PlanWork, WorkAction
from gateway.clock import iso
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.people import Desk
from gateway.telling import Teller
from gateway.tickets.planned import PlannedWork, WorkState, over
from gateway.works import Works

DOUBTED = "the clock on the wall cannot be believed"


class Foreman:
    """Follows the planned works of a site. ``ahead`` as of ``Pipeline.tick``."""

    def __init__(
        self, estate: Estate, works: Works, desk: Desk, teller: Teller, journal: Journal, ahead: float
    ) -> None:
        self._estate, self._works, self._desk = estate, works, desk
        self._teller, self._journal = teller, journal
        self._ahead, self._trusted = ahead, True
        self._anew = True
        """Whether all are to be looked at, due or not."""

    def begin(self, is_sure: bool, now: float) -> None:
        """Start of the gateway, before any alarm moves: steady time may have been set by the wall meanwhile.

        ``is_sure`` as in Saved: else the first tick tells whether what is due may begin.
        """
        if is_sure:
            self.keep_time(now)
            return
        for work in self._works.open():
            if work.state is WorkState.BEGUN and self._since(work) <= now < self._until(work):
                self._desk.set_end(work.asset, work.who, work.words, self._until(work), now)

    def set_wall(self, ahead: float, trusted: bool, now: float) -> None:
        """The clock on the wall was set, or can be believed from now on, or no longer."""
        if (ahead, trusted) != (self._ahead, self._trusted):
            self._ahead, self._trusted, self._anew = ahead, trusted, True
        self.keep_time(now)

    def keep_time(self, now: float) -> None:
        """Look at whatever is due, before any alarm moves.

        What begins comes first: where it begins as other work on its asset ends, nothing is shown between the two.
        """
        due = [each for each in self._works.open() if self._anew or (self._due(each) or 0.0) <= now]
        self._anew = False
        for work in sorted(due, key=lambda each: (each.state is WorkState.BEGUN, each.since)):
            self.look(str(work.id), now)

    @property
    def words(self) -> frozenset[tuple[str, str, str]]:
        """What is out of service for work under way, by whom and why."""
        return self._words_besides(0)

    def _words_besides(self, number: int) -> frozenset[tuple[str, str, str]]:
        begun = (each for each in self._works.open() if each.state is WorkState.BEGUN and each.id != number)
        return frozenset((each.asset, each.who, each.words) for each in begun)

    def _since(self, work: PlannedWork) -> float:
        """When it begins, in steady time."""
        return work.since - self._ahead

    def _until(self, work: PlannedWork) -> float:
        """When it is over, in steady time."""
        return work.until - self._ahead

    def _due(self, work: PlannedWork) -> float | None:
        """When it begins or ends by itself, in steady time."""
        return None if work.due is None else work.due - self._ahead

    def look(self, number: str, now: float) -> None:
        """The time of a work may have come: it begins, or is over, or was begun by a clock that was wrong."""
        work = self._works.works[int(number)]
        is_begun, to_come = work.state is WorkState.BEGUN, now < self._since(work)
        if work.is_open and self._until(work) <= now:
            self._show(work, now)
            self._works.put(over(work, "", now + self._ahead))
        elif is_begun and to_come:
            self._show(work, now)
            self._works.put(replace(work, state=WorkState.PLANNED, in_service=""))
        elif is_begun and not work.in_service:
            self._go_on(work, now)
        elif work.is_open and not to_come and (not is_begun or (work.in_service == DOUBTED and self._trusted)):
            self._works.put(self._begun(work, now))
        self._plan(self._works.works[work.id])

    def _plan(self, work: PlannedWork) -> None:
        self._journal.agenda.plan(("work", str(work.id)), self._due(work))

    def _begun(self, work: PlannedWork, now: float) -> PlannedWork:
        begun = replace(work, state=WorkState.BEGUN, in_service="")
        if not self._trusted:
            return replace(begun, in_service=DOUBTED)
        try:
            self._desk.cover(work.asset, work.who, work.words, self._until(work), now)
        except Refused as refusal:  # the site's files changed meanwhile: it goes on being watched
            return replace(begun, in_service=str(refusal))
        return begun

    def _go_on(self, work: PlannedWork, now: float) -> None:
        """What it has out of service, and nobody has put back, is so until its end."""
        if self._trusted:
            self._desk.set_end(work.asset, work.who, work.words, self._until(work), now)
        else:
            self._show(work, now)
            self._works.put(replace(work, in_service=DOUBTED))

    def _show(self, work: PlannedWork, now: float) -> None:
        if (work.asset, work.who, work.words) in self._words_besides(work.id):
            return
        self._desk.set_end(work.asset, work.who, work.words, None, now)

    def act(self, action: WorkAction, now: float) -> str:
        """Announce work, or call it off; returns what it was about, for the audit. Raises Refused."""
        match action:
            case PlanWork():
                work = self._works.draft(action, now + self._ahead)
                self._desk.hideable(work.asset, work.reason, work.until - work.since)  # what it will ask for
                self._works.put(work)
            case CancelWork():
                work = self._works.get(action.work)
                if work.state is WorkState.BEGUN:
                    self._show(work, now)
                self._works.put(over(work, action.who, now + self._ahead))
        return f"work/{work.id}"

    def settle(self, now: float) -> None:
        """Write down and tell what moved; what is announced for now begins at once."""
        while moved := self._works.take_moved():
            for work in moved:
                self._journal.changes.works[work.id] = work
                self._plan(work)
                self._journal.tell(f"work.{work.state.value}", f"work/{work.id}", self._told(work), now)
                if work.state is WorkState.PLANNED and self._since(work) <= now:
                    self.look(str(work.id), now)

    def _told(self, work: PlannedWork) -> dict[str, Any]:
        data = self._teller.about(work.asset, "", None)
        del data["clause"]
        data |= {"work": work.id, "since": iso(work.since), "until": iso(work.until), "why": work.reason}
        data |= {"by": work.over_by or work.who, "announced_at": iso(work.announced_at), "times": self._times(work)}
        return data | {"ahead_s": round(work.since - work.announced_at), "in_service": work.in_service}

    def _times(self, work: PlannedWork) -> str:
        """``2026-11-24 08:00 – 11:30`` as the clock on the site's wall shows it."""
        begin, end = (datetime.fromtimestamp(each, self._estate.timezone) for each in (work.since, work.until))
        return f"{begin:%Y-%m-%d %H:%M} – {end:{'%H:%M' if begin.date() == end.date() else '%Y-%m-%d %H:%M'}}"

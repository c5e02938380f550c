"""The daily list: once a day, at the site's time for it, the open tickets of which nothing was heard for 24 hours.

Is handed the time. That a day is done with is remembered with the site's own point ``day``, in the tick's transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from gateway.assets.windows import instant, local_day
from gateway.clock import iso
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.judge import Judge
from gateway.kinds import SITE
from gateway.model import Text
from gateway.outputs.wording import in_language
from gateway.standards.windows import DAY
from gateway.telling import Teller
from gateway.tickets.register import Register
from gateway.tickets.ticket import Ticket

OVERLOOKED = 86_400.0
"""Seconds without an update."""
REMINDERS = ("due", "overdue", "escalated")
"""What the gateway itself writes into a ticket's log because nothing happens: no update."""
LISTS = (("zh", "工单 {} {}:{}", ";", "另有 {} 个"), ("en", "ticket {} {}: {}", "; ", "and {} more"))
NAMED = 30
"""So many are named in words; the event has all."""


class Overlooked:
    """One for a site."""

    def __init__(self, estate: Estate, register: Register, judge: Judge, teller: Teller, journal: Journal) -> None:
        self._estate, self._register, self._teller, self._journal = estate, register, teller, journal
        self._memories = judge.derivations.memories
        self._point = estate.site_points.get(SITE + DAY)
        """None where nothing of the site is remembered: a trial of clauses."""

    def look(self, now: float, ahead: float) -> None:
        """Tell the list if its time of this day has come and it was not told; ``ahead`` as in Pipeline.tick."""
        if self._point is None:
            return
        today = local_day(now + ahead, self._estate.timezone)
        if self._moment(today) > now + ahead:
            self._plan(today, ahead)
            return
        if (self._memories.get(self._point) or {}).get("listed") != today.toordinal():
            self._tell(today.isoformat(), now)
            memory = {"listed": today.toordinal()}
            self._memories[self._point] = self._journal.changes.memories[self._point] = memory
        self._plan(today + timedelta(1), ahead)

    def _moment(self, day: date) -> float:
        """When the clock on the wall comes to the time of the list on a day."""
        return instant(day, self._estate.service.daily_list, self._estate.timezone)

    def _plan(self, day: date, ahead: float) -> None:
        self._journal.agenda.plan(("overlooked",), self._moment(day) - ahead)

    def _tell(self, day: str, now: float) -> None:
        found = overlooked(self._register.open(), now)
        if found:
            self._journal.tell("tickets.overlooked", f"tickets/{day}", self._list(day, found), now)

    def _list(self, day: str, found: Sequence[Ticket]) -> dict[str, Any]:
        told = [self._teller.listed(each) | {"updated_at": iso(updated(each))} for each in found]
        words = {language: between.join(_named(told, language, form, more)) for language, form, between, more in LISTS}
        about = {"site": self._estate.site, "day": day, "count": len(told), "hours": round(OVERLOOKED / 3600)}
        return {**about, "priority": found[0].priority.value, "list": words, "tickets": told}


def updated(ticket: Ticket) -> float:
    """When something last happened to a ticket (seconds since 1970); that it was reminded of is nothing."""
    return max((each.at for each in ticket.log if each.what not in REMINDERS), default=ticket.opened_at)


def overlooked(tickets: Sequence[Ticket], now: float) -> list[Ticket]:
    """Those of the open tickets without an update in 24 hours, in the same order."""
    return [each for each in tickets if now - updated(each) >= OVERLOOKED]


def _named(tickets: Sequence[dict[str, Any]], language: str, form: str, more: str) -> Iterator[str]:
    for told in tickets[:NAMED]:
        place: Text = told.get("place") or {"en": told["asset"]}
        title: Text = told.get("title") or {"en": told["clause"]}
        yield form.format(told["ticket"], in_language(place, language), in_language(title, language))
    if len(tickets) > NAMED:
        yield more.format(len(tickets) - NAMED)

"""Makes the service of a site: its calendars, and when the clocks of its tickets are told. Knows no ticket."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gateway.documents import Document, suggest
from gateway.site.files import Findings, SiteFile
from gateway.site.standard import Clauses
from gateway.tickets.service_level import ALL_TIME, SHARES, Service


def read_service(document: Document, site: SiteFile, zone: ZoneInfo, clauses: Clauses, findings: Findings) -> Service:
    """What site.yaml says of clocks; a calendar that it, or a clause, names and that is not there is wrong."""
    known = {ALL_TIME, *site.calendars}
    if site.service.calendar not in known:
        hint = suggest(site.service.calendar, known)
        findings.wrong(document, ("service", "calendar"), f"no calendar {site.service.calendar!r}{hint}")
    for written in clauses.written.values():
        name = written.clause.ticket.calendar
        if name and name not in known:
            where = (*written.where, "ticket", "calendar")
            findings.wrong(written.document, where, f"no calendar {name!r}{suggest(name, known)}")
    holidays = frozenset(site.holidays)
    calendars = {name: hours.calendar(holidays) for name, hours in site.calendars.items()}
    shares = {**SHARES, **site.service.escalation}
    return Service(zone, calendars, site.service.calendar, shares, site.service.daily_list)

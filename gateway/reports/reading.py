"""Takes what a report is made of from a gateway's database, and never writes to it.

It reads beside the running gateway and one row at a time: a long period keeps nobody from writing, and fills no memory.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.clock import iso
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.reports.alarms import AlarmHealth, Key, Told
from gateway.reports.period import Period
from gateway.reports.service import About, ServiceReport
from gateway.store.past import Past
from gateway.store.told import Move, away, first, moves, standing

MOST_TICKETS = 50_000
"""Each costs some 200 bytes of numbers."""
MOST_ALARMS = 2_000_000


def read_service(database: Path, estate: Estate, period: Period, ahead: float) -> dict[str, Any]:
    """The report on tickets; raises StoreError, and Refused for more than ``MOST_TICKETS``."""
    report = ServiceReport(period, estate.service, ahead)
    with closing(Past(database, estate.site)) as past:
        for count, ticket in enumerate(past.tickets_in(period.since, period.until), 1):
            if count > MOST_TICKETS:
                raise Refused(f"that is more than {MOST_TICKETS} tickets: ask for a shorter time")
            report.add(ticket, _about(estate, ticket.asset, ticket.clause))
    return {**_head(estate, period), **report.told()}


def read_alarms(database: Path, estate: Estate, period: Period, now: float) -> dict[str, Any]:
    """The report on alarms; raises StoreError, and Refused for more than ``MOST_ALARMS`` events."""
    with closing(Past(database, estate.site)) as past:
        ask = past.connection, estate.site
        oldest = first(*ask)
        kept = max(now - estate.history_days * 86_400.0, now if oldest is None else oldest)
        health = AlarmHealth(period, kept)
        health.begin((each.key, each.raised_at) for each in standing(*ask) if each.raised_at and each.raised_at < kept)
        for count, move in enumerate(moves(*ask, period.until), 1):
            if count > MOST_ALARMS:
                raise Refused(f"more than {MOST_ALARMS} events are kept: this machine does not reckon with so many")
            health.take(_told(move))
        gone = away(*ask, health.since, period.until)
    told = health.told(lambda key: _words(estate, key))
    seen = {"known_since": iso(health.since), "starts": len(gone), "away_s": _away(gone, health.since)}
    return {**_head(estate, period), **seen, **told}


def _head(estate: Estate, period: Period) -> dict[str, Any]:
    """Of what and of when the report is; ``whole``: the last of its days is over."""
    about = {"site": estate.site, "name": dict(estate.title), "timezone": str(estate.timezone)}
    days = {"from": period.first.isoformat(), "until": period.last.isoformat()}
    times = {"since": iso(period.since), "end": iso(period.until)}
    return {**about, "standard": estate.standard.version, **days, **times}


def _about(estate: Estate, asset: str, clause: str) -> About:
    found, known = estate.assets.get(asset), estate.standard.clauses.get(clause)
    if found is None:
        return About(clause=known)
    touchpoint = estate.touchpoints.get(found.touchpoint)
    return About(found.touchpoint, found.place, known, touchpoint.title if touchpoint else {})


def _words(estate: Estate, key: Key) -> dict[str, Any]:
    about = _about(estate, *key)
    return {"place": dict(about.place), "title": dict(about.clause.title) if about.clause else {}}


def _told(move: Move) -> Told:
    raised = datetime.fromisoformat(move.raised_at).timestamp() if move.raised_at else None
    return Told(move.at, move.what, (move.asset, move.clause), move.priority or "", move.occurrences, raised)


def _away(gone: list[tuple[float, float]], since: float) -> float:
    """For how many seconds at most the gateway may not have been there: between its last word and its next start."""
    return sum(start - max(seen, since) for seen, start in gone)

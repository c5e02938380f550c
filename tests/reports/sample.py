"""A month of the demo's site in its database, for everything that tells a report: what is told is seeded chance."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.changes import Changes
from gateway.estate import Estate
from gateway.model import Event
from gateway.reports.period import Period
from gateway.reports.reading import read_alarms, read_service
from gateway.site import load_estate
from gateway.store.store import Store
from gateway.tickets import desk
from gateway.tickets.ticket import Ticket
from tests.reports.tickets import HOUR, MARCH, step

DEMO = Path(__file__).parents[2] / "deploy" / "demo-site"
STEPS = (("take", 0.2), ("arrive", 0.4), ("pause", 1.0), ("resume", 3.0), ("finish", 2.0))


def month(folder: Path, count: int = 120) -> tuple[Path, Estate]:
    """A database with so many tickets and their alarms in March."""
    estate, random = load_estate(DEMO), Random(3)
    pairs = [
        (asset.name, name) for asset in estate.assets.values()
        for name, each in estate.standard.clauses.items() if each.applies_to == asset.kind
    ]  # fmt: skip
    chosen = random.sample(pairs, 25)
    store, told = Store(folder / "gateway.db", estate), list[tuple[float, str, dict[str, Any]]]()
    started = MARCH.since - HOUR
    told.append((started, "gateway.started", {}))
    tickets = [_ticket(number, random, estate, random.choice(chosen), told) for number in range(1, count)]
    asyncio.run(_commit(store, estate, _once_open(tickets), told))
    store.close()
    return folder / "gateway.db", estate


def _ticket(
    number: int, random: Random, estate: Estate, pair: tuple[str, str], told: list[tuple[float, str, dict[str, Any]]]
) -> Ticket:
    clause, begin = estate.standard.clauses[pair[1]], MARCH.since + random.uniform(0, 30.5 * 24) * HOUR
    ticket = desk.open_ticket(number, Alarm(*pair, occurrences=1), clause, "seen", "modbus", begin)
    now = begin
    data = {"asset": pair[0], "clause": pair[1], "priority": clause.priority.value, "occurrences": 1}
    told.append((begin, "alarm.raised", data))
    for what, hours in STEPS:
        now += random.expovariate(1.0 / hours) * HOUR
        if random.random() < 0.6:
            ticket = step(ticket, what, now)
    if random.random() < 0.9:
        ticket = step(ticket, "close", now + HOUR)
        told.append((now + HOUR, "alarm.cleared", data))
    return ticket


def _once_open(tickets: list[Ticket]) -> list[Ticket]:
    """An asset and clause have one open ticket at most: of more the first stays."""
    kept: dict[tuple[str, str], Ticket] = {}
    for each in tickets:
        if each.is_open:
            kept.setdefault((each.asset, each.clause), each)
    return [each for each in tickets if not each.is_open or kept[each.asset, each.clause] is each]


async def _commit(
    store: Store, estate: Estate, tickets: list[Ticket], told: list[tuple[float, str, dict[str, Any]]]
) -> None:
    events = [
        Event(estate.site, number, f"touchpoint.{what}.v1", "", at, data)
        for number, (at, what, data) in enumerate(sorted(told, key=lambda each: each[0]), 1)
    ]
    await store.commit(Changes(tickets={each.id: each for each in tickets}, events=events))


def reports(folder: Path, period: Period = MARCH, **others: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both reports of the month, as the API tells them."""
    database, estate = month(folder, **others)
    return read_service(database, estate, period, 0.0), read_alarms(database, estate, period, period.until)

"""Calendars, holidays and escalation of a site, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway.model import Priority
from gateway.tickets.calendars import ALWAYS, Calendar
from gateway.tickets.service_level import SHARES, Service
from tests.sites import Site

SAYS = """\
calendars:
  office: {hours: {mon: ["08:30", "12:00"], fri: [["08:30", "12:00"], ["13:00", "17:30"]]}}
  guards: {hours: {sat: ["22:00", "06:00"]}, holidays: as-ever}
holidays: [2026-10-01, 2026-10-02]
service: {calendar: office, escalation: {P1: [25%, 100%, 200%]}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def say(site: Site, says: str) -> None:
    with (site.folder / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(says)


def test_a_site_that_says_nothing_counts_day_and_night(site: Site) -> None:
    estate = site.load().estate
    assert estate.service == Service(estate.timezone)
    assert estate.service.calendar_of(estate.standard.clauses["light.checked"]) is ALWAYS


def test_calendars_holidays_and_shares_are_read(site: Site) -> None:
    say(site, SAYS)
    estate = site.load().estate
    office = Calendar((((510, 720),), (), (), (), ((510, 720), (780, 1050)), (), ()),
                      frozenset({date(2026, 10, 1), date(2026, 10, 2)}))  # fmt: skip
    guards = Calendar(((), (), (), (), (), ((1320, 360),), ()))
    assert estate.service.calendars == {"office": office, "guards": guards}
    assert estate.service.shares == {**SHARES, Priority.P1: (0.25, 1.0, 2.0)}
    clauses = estate.standard.clauses
    assert estate.service.calendar_of(clauses["light.checked"]) == office, "it is P4"
    assert estate.service.calendar_of(clauses["light.battery"]) is ALWAYS, "the site made it P1"


def test_a_clause_names_its_calendar(site: Site) -> None:
    say(site, SAYS)
    site.edit("book/light.yaml", "on_site: 30min}", "on_site: 30min, calendar: guards}")
    estate = site.load().estate
    assert estate.service.calendar_of(estate.standard.clauses["light.battery"]) is estate.service.calendars["guards"]


def test_a_calendar_that_is_not_there_is_told_where_it_is_named(site: Site) -> None:
    say(site, SAYS.replace("calendar: office", "calendar: offcie"))
    site.edit("book/light.yaml", "ticket: {trade: electrical}", "ticket: {trade: electrical, calendar: guard}")
    problems = site.problems()
    assert len(problems) == 2
    assert any("service.calendar: no calendar 'offcie', did you mean \"office\"?" in each for each in problems)
    assert any("light.checked.ticket.calendar: no calendar 'guard'" in each for each in problems)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[25%, 100%, 200%]", "[100%, 50%]", "each larger than the one before"),
        ("[25%, 100%, 200%]", "[]", "at least"), ("25%", "0.25", "is no share of a time: write percent, like 50%"),
        ("{mon:", "{monday:", "is not known here"), ('["22:00", "06:00"]', "[]", "says no hours"),
        ('["22:00", "06:00"]', '["22:00", "22:00"]', "says no hours"), ("2026-10-02", "2026-13-02", "holidays"),
        ('{sat: ["22:00", "06:00"]}', "{}", "at least"), ("22:00", "22", "is no time of day"),
        ("P1:", "P7:", "is not known here"), ("service: {", "service: {speed: 1, ", "unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(site: Site, old: str, new: str, why: str) -> None:
    assert SAYS.count(old) == 1
    say(site, SAYS.replace(old, new))
    assert any(why in each for each in site.problems())

"""The daily list: told once a day at its local time, whatever the night, the restart or the clock does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.actions import NoteTicket
from gateway.errors import DocumentError
from gateway.estate import Estate
from gateway.model import Event, Priority
from gateway.outputs.wording import sentence
from gateway.overlooked import OVERLOOKED, overlooked, updated
from gateway.pipeline import Pipeline
from gateway.saved import Saved
from gateway.site import load_estate
from gateway.tickets.ticket import Entry, Pause, Ticket, TicketState
from tests.rounds.fence import SITE, Fence

HOUR = 3600.0
CLAUSE = "perimeter-zone.proven-each-day"


def ticket(number: int, opened_at: float, priority: str = "P3", **others: Any) -> Ticket:
    """An open one on the east zone."""
    log = (Entry(opened_at, "gateway", "opened"),)
    given: dict[str, Any] = {"asset": "east", "clause": f"{CLAUSE}-{number}", "log": log, **others}
    return Ticket(number, priority=Priority(priority), state=TicketState.OPEN, opened_at=opened_at, **given)


class Desk(Fence):
    """A fence whose tickets outlive a restart too."""

    def __init__(self, estate: Estate, start: str, *tickets: Ticket) -> None:
        self.kept = {each.id: each for each in tickets}
        super().__init__(estate, start)

    def restart(self) -> None:
        saved = Saved(
            memories=dict(self._memories), last_event=len(self.events), listened_until=self._heard,
            tickets=list(self.kept.values()),
        )  # fmt: skip
        self.pipeline = Pipeline(self.estate, saved, self.now)
        self.tick()

    def lists(self) -> list[tuple[str, list[int]]]:
        """When the list was told, and which of the tickets that a test made it names."""
        told = [each for each in self.events if each.type == "touchpoint.tickets.overlooked.v1"]
        return [
            (self.shown(each), [one["ticket"] for one in each.data["tickets"] if one["ticket"] in self.kept])
            for each in told
        ]

    def shown(self, event: Event) -> str:
        return f"{self.day(event.at)} {(event.at - self.moment(f'{self.day(event.at)} 00:00')) / HOUR:g} h"


def site(folder: Path, zone: str = "Asia/Shanghai", service: str = "") -> Estate:
    (folder / "site.yaml").write_text(SITE.replace("ZONE", zone) + service, encoding="utf-8")
    return load_estate(folder)


def _moment(text: str, estate: Estate) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=estate.timezone).timestamp()


def test_at_eight_every_morning_the_most_urgent_first_and_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    estate = site(tmp_path)
    opened = _moment("2027-03-01 09:00", estate)
    desk = Desk(estate, "2027-03-01 12:00", ticket(1, opened), ticket(2, opened + 60.0, "P1", owner="li"))
    desk.until("2027-03-02 08:30")
    assert desk.lists() == [], "at 08:00 both are 23 hours old"
    desk.until("2027-03-03 08:30")
    assert desk.lists() == [("2027-03-03 8 h", [2, 1])]
    desk.until("2027-03-05 07:00")
    assert desk.lists()[1:] == [("2027-03-04 8 h", [2, 1])]
    told = next(each for each in desk.events if each.type.startswith("touchpoint.tickets."))
    assert (told.subject, told.data["count"], told.data["priority"]) == ("tickets/2027-03-03", 3, "P1")
    assert [one["asset"] for one in told.data["tickets"]] == ["east", "connection/bus", "east"], "nobody answers there"
    assert told.data["tickets"][0]["owner"] == "li"
    assert told.data["tickets"][0]["updated_at"] == "2027-03-01T01:01:00.000Z"
    said = {"type": told.type, "data": told.data}
    assert sentence(said, "en").startswith("Not updated for 24 h, 3 open tickets: ticket 2 East: ")
    assert sentence(said, "zh").startswith("超过 24 小时无更新的未关闭工单 3 个:工单 2 东:")


def test_of_very_many_the_words_name_the_first_and_the_event_has_all(tmp_path: Path) -> None:
    estate = site(tmp_path)
    opened = _moment("2027-02-01 09:00", estate)
    desk = Desk(estate, "2027-03-01 07:00", *(ticket(number, opened + number) for number in range(1, 101)))
    desk.until("2027-03-01 08:00")
    assert desk.lists() == [("2027-03-01 8 h", [*range(1, 101)])]
    told = next(each for each in desk.events if each.type.startswith("touchpoint.tickets."))
    assert told.data["list"]["en"].count("ticket ") == 30
    assert told.data["list"]["en"].endswith("; and 70 more")
    assert told.data["list"]["zh"].endswith(";另有 70 个")


def test_whoever_writes_into_a_ticket_takes_it_off_the_next_list_and_a_reminder_does_not(tmp_path: Path) -> None:
    estate = site(tmp_path)
    opened = _moment("2027-03-01 09:00", estate)
    reminded = ticket(1, opened)
    reminded = replace(
        reminded, log=(*reminded.log, Entry(opened + 30 * HOUR, "gateway", "escalated", "", "resolve", 1.5))
    )
    desk = Desk(estate, "2027-03-01 12:00", reminded, ticket(2, opened))
    desk.until("2027-03-03 07:00")
    desk.pipeline.tick([], [NoteTicket(2, "li", "a part is ordered")], desk.now)
    desk.until("2027-03-03 09:00")
    assert desk.lists() == [("2027-03-03 8 h", [1])]


@pytest.mark.parametrize(
    ("zone", "night", "service", "hour"),
    [
        ("Europe/Berlin", "2027-03-28", "service: {daily_list: '02:30'}", 2.0),  # there is none: at the change
        ("Europe/Berlin", "2027-10-31", "service: {daily_list: '02:30'}", 2.5),  # it comes twice: the first
        ("Europe/Berlin", "2027-03-28", "", 7.0),  # 08:00 is seven hours after that midnight
        ("Europe/Berlin", "2027-10-31", "", 9.0),
        ("Asia/Shanghai", "2027-03-28", "service: {daily_list: '00:00'}", 0.0),
    ],
)  # fmt: skip
def test_the_nights_in_which_the_clock_is_changed(
    zone: str, night: str, service: str, hour: float, tmp_path: Path
) -> None:
    estate = site(tmp_path, zone, service)
    desk = Desk(estate, f"{night} 00:00", ticket(1, _moment(f"{night} 00:00", estate) - 3 * OVERLOOKED))
    desk.until(_moment(f"{night} 00:00", estate) + 20 * HOUR)
    assert desk.lists() == [(f"{night} {hour:g} h", [1])]


def test_a_restart_neither_repeats_it_nor_forgets_it(tmp_path: Path) -> None:
    estate = site(tmp_path)
    desk = Desk(estate, "2027-03-01 07:00", ticket(1, _moment("2027-02-20 09:00", estate)))
    desk.until("2027-03-01 08:00")
    desk.restart()
    desk.until("2027-03-01 12:00")
    assert desk.lists() == [("2027-03-01 8 h", [1])]
    desk.down_until("2027-03-02 10:00")
    desk.until("2027-03-02 12:00")
    assert desk.lists()[1:] == [("2027-03-02 10 h", [1])], "at 08:00 nobody was there: as soon as somebody is"
    desk.until("2027-03-03 07:59")
    desk.down_until("2027-03-09 07:59")
    desk.until("2027-03-09 12:00")
    assert desk.lists()[2:] == [("2027-03-09 8 h", [1])], "days on which nobody was there are not made up for"


def test_what_dies_before_the_commit_is_told_after_the_restart(tmp_path: Path) -> None:
    estate = site(tmp_path)
    desk = Desk(estate, "2027-03-01 07:59", ticket(1, _moment("2027-02-20 09:00", estate)))
    desk.now = desk.moment("2027-03-01 08:00")
    desk.tick(kept=False)
    assert desk.lists() == []
    desk.restart()
    assert desk.lists() == [("2027-03-01 8 h", [1])]


def test_a_clock_that_cannot_be_trusted_tells_no_day_and_one_that_is_set_tells_it_at_once(tmp_path: Path) -> None:
    estate = site(tmp_path)
    desk = Desk(estate, "2027-03-01 07:00", ticket(1, _moment("2027-02-20 09:00", estate)))
    desk.trusted = False
    desk.until("2027-03-01 09:00")
    assert desk.lists() == []
    desk.trusted, desk.ahead = True, -3 * HOUR  # it is six in truth
    desk.until("2027-03-01 10:59")
    assert desk.lists() == []
    desk.until("2027-03-01 11:00")
    assert [numbers for _, numbers in desk.lists()] == [[1]]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(["on", "down", "restart"]), st.integers(1, 30)), max_size=12),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns"]),
)
def test_at_most_once_a_day_and_on_every_day_on_which_somebody_was_there(
    steps: list[tuple[str, int]], zone: str, tmp_path: Path
) -> None:
    estate = site(tmp_path, zone)
    desk = Desk(estate, "2027-03-26 06:00", ticket(1, _moment("2027-01-01 09:00", estate)))
    there = []
    for what, hours in steps:
        begun, end = desk.now, desk.now + hours * HOUR
        if what == "restart":
            desk.restart()
        else:
            (desk.until if what == "on" else desk.down_until)(end)
        there.append((desk.now if what == "down" else begun, desk.now))
    days = [shown.split()[0] for shown, _ in desk.lists()]
    due = {_day(moment, desk) for first, last in there for moment in _eights(desk, first, last)}
    assert len(days) == len(set(days))
    assert set(days) == due


def _day(moment: float, desk: Desk) -> str:
    return str(desk.day(moment))


def _eights(desk: Desk, first: float, last: float) -> list[float]:
    """A moment of every day on which somebody was there at 08:00 or later."""
    found, hour = [], first
    while hour < last:
        found.append(hour)
        hour += 900.0
    return [each for each in [*found, last] if each >= desk.moment(f"{desk.day(each)} 08:00")]


def test_a_time_that_no_day_has_is_told_with_its_line(tmp_path: Path) -> None:
    for wrong, says in (
        ("'24:00'", "is the end of a day"),
        ("'8 Uhr'", "is no time of day"),
        ("25", "is no time of day"),
    ):
        with pytest.raises(DocumentError, match=rf"site\.yaml:\d+: service\.daily_list: .*{says}"):
            site(tmp_path, service=f"service: {{daily_list: {wrong}}}")


@given(st.lists(st.tuples(st.sampled_from(["noted", "taken", "due", "overdue", "escalated"]), st.integers(0, 200))))
def test_only_what_happened_counts_as_an_update(entries: list[tuple[str, int]]) -> None:
    made = replace(
        ticket(1, 0.0), pauses=(Pause(0.0, None, "li", "a part"),),
        log=tuple(Entry(hours * HOUR, "li", what) for what, hours in entries),
    )  # fmt: skip
    heard = [hours * HOUR for what, hours in entries if what in ("noted", "taken")]
    assert updated(made) == max(heard, default=0.0)
    now = 100 * HOUR
    assert overlooked([made], now) == ([made] if not heard or max(heard) <= 76 * HOUR else [])

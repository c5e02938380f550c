"""When each step of a ticket's clocks is told, by the real pipeline and to the second, in local time written by hand.

Every row opens a ticket on the site's wall clock, lets people pause and go on, and says which steps are told at which
local time. The pipeline is ticked every second around each of these moments: nothing may be told at the second before,
the step must be told by the second after; and in all the time between nothing else is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.actions import Action, PauseTicket, ResumeTicket
from gateway.estate import Estate
from gateway.model import Event, noun_and_verb
from gateway.tickets.calendars import Calendar
from gateway.tickets.service_level import Service
from tests.story import Plan, Story, clause

BERLIN, SHANGHAI, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
WEEKDAYS = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
"""08:00 to 12:00 and 13:00 to 17:00."""
HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25)})
"""Good Friday, Easter Monday, Christmas."""
CALENDARS = {
    "office": Calendar((WEEKDAYS,) * 5 + ((), ()), HOLIDAYS),
    "nights": Calendar((((22 * 60, 6 * 60),),) * 7),
}
URGENT = {"trade": "lift", "on_site": "10min", "resolve": "2h"}


@dataclass(frozen=True)
class Row:
    """``told``: at which local time which step; ``people``: who pauses and goes on when."""

    name: str
    zone: ZoneInfo
    opened: str
    told: Sequence[str]
    priority: str = "P3"
    terms: tuple[tuple[str, str], ...] = (("resolve", "2h"),)
    calendar: str = "office"
    people: Sequence[str] = ()


def row(name: str, zone: ZoneInfo, opened: str, *told: str, **others: object) -> Row:
    return Row(name, zone, opened, told, **others)  # type: ignore[arg-type]  # by name


def terms(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(given.items())


TABLE = [
    # Day and night, on both nights of daylight saving: an hour is 3600 s, whatever the wall shows.
    row("the night in March has no 02:30", BERLIN, "2026-03-29 01:45", "2026-03-29 03:07:30 resolve due",
        "2026-03-29 03:15 resolve overdue", priority="P2", terms=terms(resolve="30min")),
    row("the night in October has 02:30 twice", BERLIN, "2026-10-25 01:45",
        "2026-10-25 02:30 resolve due", "2026-10-25 02:45 resolve overdue", priority="P2", terms=terms(resolve="1h")),
    row("from the first 02:45 to the second", BERLIN, "2026-10-25 02:45",
        "2026-10-25 02:30 second resolve due", "2026-10-25 02:45 second resolve overdue",
        priority="P2", terms=terms(resolve="1h")),
    row("urgent in the night in March", BERLIN, "2026-03-29 01:55",
        "2026-03-29 03:00 on_site due", "2026-03-29 03:05 on_site overdue", "2026-03-29 03:10 on_site escalated",
        "2026-03-29 03:55 resolve due", "2026-03-29 04:55 resolve overdue", "2026-03-29 05:55 resolve escalated",
        priority="P1", terms=tuple((k, v) for k, v in URGENT.items() if k != "trade")),
    row("New York's night in March", NEW_YORK, "2026-03-08 01:30", "2026-03-08 03:15 resolve due",
        "2026-03-08 03:30 resolve overdue", priority="P2", terms=terms(resolve="1h")),
    # Shifts over those nights are an hour shorter and longer.
    row("a night shift in March", BERLIN, "2026-03-28 22:00", "2026-03-29 06:00 resolve overdue",
        terms=terms(resolve="7h"), calendar="nights"),
    row("a night shift in October", BERLIN, "2026-10-24 22:00", "2026-10-25 06:00 resolve overdue",
        terms=terms(resolve="9h"), calendar="nights"),
    row("working hours over the weekend of March", BERLIN, "2026-03-27 16:30", "2026-03-30 09:30 resolve overdue"),
    row("working hours over the weekend of October", BERLIN, "2026-10-23 16:30", "2026-10-26 09:30 resolve overdue"),
    # Out of hours, lunch, weekends, holidays.
    row("opened in the evening", BERLIN, "2026-06-15 20:00", "2026-06-16 10:00 resolve overdue"),
    row("opened before the office opens", BERLIN, "2026-06-15 05:00", "2026-06-15 10:00 resolve overdue"),
    row("over lunch", BERLIN, "2026-06-15 11:30", "2026-06-15 14:30 resolve overdue"),
    row("opened at lunch", BERLIN, "2026-06-15 12:20", "2026-06-15 15:00 resolve overdue"),
    row("just at the end of the day", BERLIN, "2026-06-15 15:00", "2026-06-15 17:00 resolve overdue"),
    row("a second too late for it", BERLIN, "2026-06-15 15:00:01", "2026-06-16 08:00:01 resolve overdue"),
    row("Friday's to Monday", BERLIN, "2026-06-19 16:00", "2026-06-22 09:00 resolve overdue"),
    row("over Easter", BERLIN, "2026-04-02 16:00", "2026-04-07 09:00 resolve overdue"),
    row("opened on a holiday", BERLIN, "2026-12-25 10:00", "2026-12-28 10:00 resolve overdue"),
    row("what is urgent does not wait for Easter to end", BERLIN, "2026-04-03 10:00", "2026-04-03 10:45 resolve due",
        "2026-04-03 11:00 resolve overdue", priority="P2", terms=terms(resolve="1h")),
    # Pauses.
    row("paused for three hours", BERLIN, "2026-06-15 08:00", "2026-06-15 14:00 resolve overdue",
        people=["2026-06-15 09:00 pause", "2026-06-15 12:00 resume"]),
    row("paused over the night", BERLIN, "2026-06-15 16:00", "2026-06-16 10:00 resolve overdue",
        people=["2026-06-15 16:30 pause", "2026-06-16 08:30 resume"]),
    row("paused while the office is shut costs nothing", BERLIN, "2026-06-15 16:00", "2026-06-16 09:00 resolve overdue",
        people=["2026-06-15 17:00 pause", "2026-06-16 07:00 resume"]),
    row("paused twice", SHANGHAI, "2026-06-15 08:00", "2026-06-15 10:45 resolve overdue",
        people=["2026-06-15 08:10 pause", "2026-06-15 08:25 resume",
                "2026-06-15 09:00 pause", "2026-06-15 09:30 resume"]),
    row("paused over the hour that comes twice", BERLIN, "2026-10-25 01:30", "2026-10-25 03:15 resolve due",
        "2026-10-25 03:30 resolve overdue", priority="P2", terms=terms(resolve="1h"),
        people=["2026-10-25 02:00 pause", "2026-10-25 03:00 resume"]),
    row("a pause that begins a second before the end", SHANGHAI, "2026-06-15 08:00",
        "2026-06-15 11:00:01 resolve overdue", people=["2026-06-15 09:59:59 pause", "2026-06-15 11:00 resume"]),
    # A zone without daylight saving, and a quarter of the year in which the others have it.
    row("Shanghai keeps its hours", SHANGHAI, "2026-03-29 01:45", "2026-03-29 02:07:30 resolve due",
        "2026-03-29 02:15 resolve overdue", priority="P2", terms=terms(resolve="30min")),
]  # fmt: skip


def moment(zone: ZoneInfo, written: str) -> tuple[float, list[str]]:
    """``2026-10-25 02:30 second resolve due``: seconds since 1970, and the words behind the time."""
    day, clock, *words = written.split()
    wall = datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=zone, fold=int(words[:1] == ["second"]))
    assert datetime.fromtimestamp(wall.timestamp(), zone).replace(tzinfo=None) == wall.replace(tzinfo=None), (
        "no such time"
    )
    return wall.timestamp(), [word for word in words if word != "second"]


def site(each: Row, zone: ZoneInfo) -> Estate:
    ticket = {"trade": "general", **dict(each.terms)}
    plan = Plan({"shut": clause("door", {"point": "closed", "equals": True}, priority=each.priority, ticket=ticket)})
    plan.asset("door", "door", ["closed"])
    return replace(plan.estate(), timezone=zone, service=Service(zone, CALENDARS, each.calendar))


def steps(events: Sequence[Event]) -> list[list[str]]:
    words = ("ticket.due", "ticket.overdue", "ticket.escalated")
    return [[e.data["step"]["clock"], noun_and_verb(e.type)[7:]] for e in events if noun_and_verb(e.type) in words]


def act(story: Story, what: str) -> None:
    action: Action = PauseTicket(1, "li", "parts") if what == "pause" else ResumeTicket(1, "li")
    story.act(action)
    assert story.refusals == [""]


def pass_until(story: Story, end: float) -> None:
    """As the runner has it: a tick whenever something falls due, and one at the end."""
    while (due := story.pipeline.agenda.next()) is not None and due <= end:
        story.now = max(due, story.now)
        story._tick([], [])
    story.now = end
    story._tick([], [])


def second_by_second(story: Story, at: float, wanted: list[str]) -> None:
    """Nothing at the second before, the step at the second, and nothing more at the one after."""
    pass_until(story, at - 3.0)
    for second in (-2.0, -1.0, 0.0, 1.0):
        already = len(steps(story.events))
        story.now = at + second
        story._tick([], [])
        fresh = steps(story.events)[already:]
        assert fresh == ([wanted] if second == 0.0 else []), f"{second:+g} s"


@pytest.mark.parametrize("each", TABLE, ids=lambda each: each.name)
def test_the_table_of_clocks(each: Row) -> None:
    opened, _ = moment(each.zone, each.opened)
    story = Story(site(each, each.zone), now=opened)
    story.read("door", closed=False)
    happens = sorted([(*moment(each.zone, told), True) for told in each.told]
                     + [(*moment(each.zone, said), False) for said in each.people])  # fmt: skip
    for at, words, is_told in happens:
        if is_told:
            second_by_second(story, at, words)
        else:
            pass_until(story, at)
            act(story, words[0])
    if each.told:
        pass_until(story, story.now + 60.0)
    told = [words for _, words, is_told in happens if is_told]
    assert steps(story.events) == told, "nothing was told between"
    assert [e.what for e in story.tickets()[0].log].count("overdue") == sum(words[-1] == "overdue" for words in told)


@pytest.mark.parametrize(
    ("before", "after", "opened", "restarted", "due"),
    [
        # 16:00 in Shanghai is 09:00 in Berlin (in winter): the second hour is over at 11:00 there, 18:00 in Shanghai.
        (SHANGHAI, BERLIN, "2026-11-23 16:00", "2026-11-23 16:30", "2026-11-23 18:00"),
        # 09:00 in Berlin is 16:00 in Shanghai: an hour today, and one from 08:00 tomorrow, which is 02:00 in Berlin.
        (BERLIN, SHANGHAI, "2026-11-23 09:00", "2026-11-23 09:10", "2026-11-24 02:00"),
        # What was opened out of hours in the one zone is in hours in the other.
        (SHANGHAI, BERLIN, "2026-06-15 20:00", "2026-06-15 21:00", "2026-06-15 22:00"),
    ],
)  # fmt: skip
def test_a_site_that_is_given_another_zone_goes_by_it_from_its_next_start(
    before: ZoneInfo, after: ZoneInfo, opened: str, restarted: str, due: str
) -> None:
    plan = row("moved", before, opened)
    story = Story(site(plan, before), now=moment(before, opened)[0])
    story.read("door", closed=False)
    pass_until(story, moment(before, restarted)[0])
    again = Story(site(plan, after), story.saved(), story.now)
    again.read("door", closed=False)
    second_by_second(again, moment(before, due)[0], ["resolve", "overdue"])
    assert steps(story.events) == []


def test_the_table_means_what_it_says() -> None:
    """The hand-written moments on the two nights, in UTC."""
    spring, autumn = moment(BERLIN, "2026-03-29 03:15")[0], moment(BERLIN, "2026-10-25 02:45 second x")[0]
    assert datetime.fromtimestamp(spring, UTC).isoformat() == "2026-03-29T01:15:00+00:00"
    assert datetime.fromtimestamp(autumn, UTC).isoformat() == "2026-10-25T01:45:00+00:00"
    with pytest.raises(AssertionError, match="no such time"):
        moment(BERLIN, "2026-03-29 02:30")

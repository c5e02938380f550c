"""A recording told again gives the same tickets; with another limit, the difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.actions import Action, ArriveAtTicket, FinishTicket, PauseTicket, TakeOutOfService, TakeTicket
from gateway.clock import seeded
from gateway.estate import DerivedPoint, Estate
from gateway.model import BadReading, Priority
from gateway.profiles import ModbusProfile
from gateway.recordings import open_recording
from gateway.replay import REPORT_EVERY, Replayed, difference
from gateway.replay import replay as replay_
from gateway.report import report
from gateway.store.sqlite import Database
from gateway.tickets.ticket import Ticket, TicketState
from tests.story import NOON, Plan, Story, clause

ASSETS = ("ext-1", "ext-2", "door-1")
PROFILE = ModbusProfile(
    title="t", maker="m", source="s", verified="simulator", protocol="modbus",
    points={"pressure": {"address": 0}, "closed": {"address": 1, "bit": 0}},
)  # fmt: skip
CUT = BadReading("no-answer", "timed out")


def make_estate(limit: str = "1 MPa") -> Estate:
    plan = Plan({
        "ext.low": clause("ext", {"point": "pressure", "at_least": limit, "deadband": "0.02 MPa"}, on_delay=60.0),
        "ext.empty": clause("ext", {"point": "pressure", "at_least": "0.2 MPa"}, latched=True),
        "door.held": clause("door", {"point": "held", "at_most": "90 s"}),
    })  # fmt: skip
    for name in ASSETS[:2]:
        plan.asset(name, "ext", ["pressure"])
    held = plan.point("door-1/held")
    closed = len(plan.points)  # the next id
    plan.asset(
        "door-1", "door", ["closed"], [DerivedPoint(held, "held_open_time", {"closed": closed})], held=held,
    )  # fmt: skip
    plan.devices = {name: replace(device, profile=PROFILE) for name, device in plan.devices.items()}
    return plan.estate()


ESTATE = make_estate()


class Recorded:
    """A property at random, for hours, and the database of its gateway."""

    def __init__(self, path: Path, seed: int = 1, hours: float = 6.0, restarts: bool = False) -> None:
        self.path, self.random = path, seeded(seed)
        self.stories = [Story(ESTATE)]
        end = NOON + hours * 3600
        while self.story.now < end:
            self.step()
            if restarts and self.random.random() < 0.05:
                self.restart()
        write(path, *self.stories)

    @property
    def story(self) -> Story:
        return self.stories[-1]

    def step(self) -> None:
        """Everything is read every ten seconds, or does not answer, or is worked on."""
        pressures = {name: self.random.choice((1.2, 1.05, 1.01, 0.99, 0.9, 0.1)) for name in ASSETS[:2]}
        closed = self.random.random() < 0.6
        cut = {name for name in ASSETS if self.random.random() < 0.15}
        silent = {name for name in ASSETS if self.random.random() < 0.1}
        for _ in range(self.random.randrange(1, 40)):
            for name in ASSETS:
                if name in silent:
                    continue
                if name in cut:
                    self.story.lose(name, CUT)
                elif name in pressures:
                    self.story.read(name, pressure=pressures[name])
                else:
                    self.story.read(name, closed=closed)
            self.wait(self.random.uniform(9.0, 11.0))
        self.people()

    def wait(self, seconds: float) -> None:
        """As the runner has it: a tick whenever something falls due. No two things happen at one moment by chance."""
        end = self.story.now + seconds
        while (due := self.story.pipeline.agenda.next()) is not None and due < end:
            self.story.now = max(self.story.now, due)
            self.story.act()
        self.story.now = end
        self.story.act()

    def people(self) -> None:
        for ticket in self.story.pipeline.register.open():
            if self.random.random() < 0.5:
                begun = TakeTicket(ticket.id, "li"), ArriveAtTicket(ticket.id, "li"), PauseTicket(ticket.id, "li", "?")
                self.act(begun[ticket.id % 3])
                self.act(FinishTicket(ticket.id, "li", "refilled"))
        if self.random.random() < 0.1:
            self.act(TakeOutOfService("ext-2", None, "li", "painting", self.story.now + 1800))

    def act(self, action: Action) -> None:
        """Between two readings: what is done and read at one moment has no order in the history."""
        self.wait(1)
        self.story.act(action)
        self.wait(1)

    def restart(self) -> None:
        old = self.story
        self.stories.append(Story(ESTATE, old.saved(), old.now + 1))

    def again(self, since: float = 0.0, until: float = 1e12) -> Replayed:
        return again(self.path, ESTATE, since, until)


def write(path: Path, *stories: Story) -> None:
    database = Database(path, ESTATE)
    for story in stories:
        database.commit(story.changes)
    database.close()


def again(path: Path, estate: Estate, since: float = 0.0, until: float = 1e12) -> Replayed:
    recording = open_recording(path, estate)
    try:
        return replay_(estate, recording, since, until)
    finally:
        recording.close()


def plain(tickets: list[Ticket]) -> list[tuple[Any, ...]]:
    return sorted(
        (t.asset, t.clause, t.opened_at, t.closed_at, t.state, t.reopened, [(e.at, e.what) for e in t.log])
        for t in tickets
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_database_replayed_gives_the_same_tickets_at_the_same_times(tmp_path: Path, seed: int) -> None:
    recorded = Recorded(tmp_path / "gateway.db", seed)
    result = recorded.again()
    assert len(result.tickets) > 4
    assert plain(result.tickets) == plain(recorded.story.tickets())
    assert result.unheeded == 0


def test_a_restart_forgets_what_was_read_and_keeps_the_rest(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "gateway.db", 7, restarts=True)
    assert len(recorded.stories) > 2
    assert plain(recorded.again().tickets) == plain(recorded.story.tickets())


@pytest.mark.parametrize(("since", "until"), [(0.0, 1e12), (NOON + 100, 1e12), (NOON + 1000, 1e12), (0.0, NOON + 1000)])
def test_nothing_comes_of_age_while_the_gateway_is_away(tmp_path: Path, since: float, until: float) -> None:
    """A door has been open for 30 s of 90 and a pressure low for 30 s of 60; an hour later both are as they should."""
    low, open_ = {"pressure": 0.9}, {"closed": False}
    full, shut = {"pressure": 1.2}, {"closed": True}
    before = Story(ESTATE)
    before.wait(60, every=10, ext_1=full, ext_2=full, door_1=shut)
    before.wait(30, every=10, ext_1=full, ext_2=low, door_1=open_)
    after = Story(ESTATE, before.saved(), before.now + 3600)
    after.wait(600, every=10, ext_1=full, ext_2=full, door_1=shut)
    path = tmp_path / "gateway.db"
    write(path, before, after)
    result = again(path, ESTATE, since, until)
    seen = result.pipeline.latest.values[ESTATE.assets["ext-2"].ids["pressure"]]
    assert seen == (0.9 if until < after.now else 1.2)
    assert after.tickets() == result.tickets == []


def test_two_replays_agree_to_the_letter(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "gateway.db", 5, hours=2)
    first, second = recorded.again(), recorded.again()
    assert report(first.pipeline) == report(second.pipeline)
    assert first.raised == second.raised
    assert {(each["asset"], each["clause"]) for each in first.raised} >= {(t.asset, t.clause) for t in first.tickets}


def test_another_limit_shows_what_would_have_come(tmp_path: Path) -> None:
    story = Story(ESTATE)
    for name, pressure in (("ext-1", 0.95), ("ext-2", 1.2)):
        story.read(name, pressure=pressure)
    story.wait(600, every=10, ext_1={"pressure": 0.95}, ext_2={"pressure": 1.2}, door_1={"closed": True})
    path = tmp_path / "gateway.db"
    write(path, story)
    before = again(path, ESTATE).tickets
    assert [(each.asset, each.opened_at - NOON) for each in before] == [("ext-1", 60)]
    lower, higher = again(path, make_estate("0.9 MPa")).tickets, again(path, make_estate("1.25 MPa")).tickets
    assert lower == []
    assert [(each.asset, each.opened_at - NOON) for each in higher] == [("ext-1", 60), ("ext-2", 60)]
    assert difference(before, lower)["only_before"] == [(before[0],)]
    found = difference(before, higher)
    assert [pair[0].asset for pair in found["same"]] == ["ext-1"]
    assert [each[0].asset for each in found["only_after"]] == ["ext-2"]


def test_a_part_begins_with_what_was_known_and_ends_with_what_was_recorded(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "gateway.db", 3, hours=2)
    part = recorded.again(since=NOON + 3000.5, until=NOON + 5000)
    assert (part.since, part.until) == (NOON + 3000.5, NOON + 5000)
    assert {"ext-1", "ext-2", "door-1"} <= {check.asset for check in part.pipeline.panel.checks.values()}
    assert part.pipeline.latest.at(0) >= NOON + 3000.5, "the line answered before, and goes on"
    assert all(NOON + 3000 < each.opened_at <= NOON + 5000 for each in part.tickets)
    assert recorded.again().until <= recorded.story.now


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    told: list[int] = []
    path = tmp_path / "ext.csv"
    rows = [f"{NOON + number},ext-1.pressure,1.2" for number in range(2 * REPORT_EVERY + 1)]
    path.write_text("\n".join(["at,point,value", *rows]))
    result = replay_(ESTATE, open_recording(path, ESTATE), 0.0, 1e12, told.append)
    assert (result.rows, told) == (2 * REPORT_EVERY + 1, [REPORT_EVERY, 2 * REPORT_EVERY])


def tell(path: Path, *rows: str) -> Replayed:
    path.write_text("\n".join(["at,point,value", *rows]) + "\n", encoding="utf-8")
    return again(path, ESTATE)


def test_delays_end_between_two_readings(tmp_path: Path) -> None:
    low = [f"{NOON + number * 20},ext-1.pressure,0.9" for number in range(8)]
    result = tell(tmp_path / "ext.csv", *low)
    assert [(each.clause, each.opened_at - NOON) for each in result.tickets if each.asset == "ext-1"] == [
        ("ext.low", 60)
    ]
    low = [f"{NOON + number * 25},ext-1.pressure,0.9" for number in range(8)]
    assert tell(tmp_path / "ext.csv", *low).tickets[0].opened_at == NOON + 60


def test_whoever_falls_silent_is_unknown_and_time_ends_with_the_recording(tmp_path: Path) -> None:
    rows = [f"{NOON},ext-1.pressure,1.2", *(f"{NOON + 10 * number},ext-2.pressure,1.2" for number in range(40))]
    result = tell(tmp_path / "ext.csv", *rows)
    assert result.pipeline.verdict("ext-1", "ext.low").outcome == "unknown"
    assert result.pipeline.verdict("ext-2", "ext.low").outcome == "met"
    opened = {(each.asset, each.clause): each.opened_at - NOON for each in result.tickets}
    assert opened["device/ext-1-device", "asset.judgeable"] == 150, "stale after 30 s, unknown for 120 s"
    assert result.until == NOON + 390


TICKET = Ticket(1, "ext-1", "ext.low", Priority.P2, TicketState.OPEN, NOON)


def test_tickets_whose_times_overlap_are_about_the_same_trouble() -> None:
    closed = replace(TICKET, closed_at=NOON + 60, state=TicketState.CLOSED)
    later = replace(TICKET, id=2, opened_at=NOON + 30)
    assert difference([closed], [later])["another_time"] == [(closed, later)]
    much_later = replace(TICKET, id=3, opened_at=NOON + 90)
    found = difference([closed], [much_later, later])
    assert (found["another_time"], found["only_after"]) == ([(closed, later)], [(much_later,)])
    assert difference([closed], [replace(closed, clause="ext.empty")])["only_before"] == [(closed,)]
    assert difference([TICKET], [TICKET])["same"] == [(TICKET, TICKET)]

"""Every zone has exactly one line in the log book for every calendar day, whatever happened on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.assets.windows import instant
from gateway.estate import Estate
from gateway.logbook.facts import line
from gateway.model import Readings
from gateway.outputs.wording import sentence
from gateway.pipeline import Pipeline
from gateway.site import load_estate
from gateway.store import log_book
from gateway.store.log_book import Asked
from gateway.store.sqlite import Database
from tests.rounds.fence import SILENT, SITE, Fence

QUIET = {"input1": False, "input2": False, "input3": False}


def estate_in(folder: Path, zone: str = "Asia/Shanghai") -> Estate:
    (folder / "site.yaml").write_text(SITE.replace("ZONE", zone), encoding="utf-8")
    return load_estate(folder)


@pytest.fixture
def fence(tmp_path: Path) -> Fence:
    made = Fence(estate_in(tmp_path), "2027-03-01 12:00")
    made.tell(**QUIET, input4=False)
    return made


def test_a_day_is_told_at_its_end_for_every_zone_and_once_in_one_report(fence: Fence) -> None:
    fence.until("2027-03-02 09:00")
    fence.tell(input4=True)
    fence.until(fence.now + 3.0)
    fence.act(input1=True)
    fence.until("2027-03-02 10:00")
    fence.tell(input2=SILENT)
    fence.until("2027-03-02 10:02")
    fence.tell(input2=False)
    fence.until("2027-03-03 00:00")
    assert fence.book("east")[1:] == [("2027-03-02", "passed", "")]
    assert fence.book("west")[1:] == [("2027-03-02", "inconclusive", "not-watched")]
    assert fence.book("north")[1:] == [("2027-03-02", "failed", "not-activated")]
    passed = next(each for each in fence.entries if each.asset == "east" and each.outcome == "passed")
    assert passed.started_at == passed.ended_at == fence.moment("2027-03-02 09:00") + 4.0
    assert (passed.started_by, passed.before, passed.clause) == (
        "alarm", {"response_time": 4.0}, "perimeter-zone.proven-each-day",
    )  # fmt: skip
    first, second = fence.reports()
    assert (first.data["day"], first.data["inconclusive"]) == ("2027-03-01", 3), "watched from noon on"
    assert second.at == fence.moment("2027-03-03 00:00")
    counts = {key: second.data[key] for key in ("day", "zones", "passed", "failed", "inconclusive", "missed")}
    assert counts == {"day": "2027-03-02", "zones": 3, "passed": 1, "failed": 1, "inconclusive": 1, "missed": 0}
    assert [(each["asset"], each["outcome"]) for each in second.data["unproven"]] == [
        ("west", "inconclusive"), ("north", "failed"),
    ]  # fmt: skip
    said = {"type": second.type, "data": second.data}
    assert sentence(said, "en") == "Perimeter on 2027-03-02: 1 of 3 zones proven. Not proven: West, North"
    assert sentence(said, "zh") == "2027-03-02 周界:3 个防区中 1 个已证明。未证明:西、北"
    shown = line(fence.estate, passed)
    assert shown["test"]["en"] == "walk test"
    assert shown["before"][0]["value"] == 4.0


def test_a_zone_without_a_test_keeps_one_ticket(fence: Fence) -> None:
    for day in range(2, 8):
        fence.until(f"2027-03-0{day} 09:00")
        fence.act(input1=True, input2=True)
    every = fence.pipeline.tickets.values()
    tickets = [(each.asset, each.clause) for each in every if each.asset in ("east", "west", "north")]
    assert tickets == [("north", "perimeter-zone.proven-each-day")]
    assert [outcome for _, outcome, _ in fence.book("north")[1:]] == ["failed"] * 5


def test_a_restart_at_midnight_and_days_of_downtime_leave_one_line_a_day(fence: Fence) -> None:
    fence.until("2027-03-01 20:00")
    fence.act(input1=True)
    fence.until("2027-03-01 23:59:50")
    fence.down_until("2027-03-02 00:00:10")
    fence.tell(**QUIET)
    fence.until("2027-03-03 00:00")
    assert fence.book("east") == [("2027-03-01", "passed", ""), ("2027-03-02", "failed", "not-activated")]
    fence.until("2027-03-03 08:00")
    fence.down_until("2027-03-06 08:00")
    assert fence.book("east")[2:] == [
        ("2027-03-03", "inconclusive", "not-watched"), ("2027-03-04", "missed", "gateway-down"),
        ("2027-03-05", "missed", "gateway-down"),
    ]  # fmt: skip
    assert [each.data["missed"] for each in fence.reports()] == [0, 0, 0, 3, 3]
    fence.tell(**QUIET)
    fence.act(input1=True)
    fence.until("2027-03-08 00:00")
    assert fence.book("east")[5:] == [("2027-03-06", "passed", ""), ("2027-03-07", "failed", "not-activated")]


def test_a_crash_before_the_commit_at_midnight_writes_the_day_once(fence: Fence) -> None:
    fence.until("2027-03-01 23:59:59")
    fence.now = fence.moment("2027-03-02 00:00")
    fence.tick(kept=False)
    assert fence.entries == []
    fence.restart()
    fence.restart()
    assert [each.id for each in fence.entries] == [1, 2, 3]
    assert len(fence.reports()) == 1


def test_what_is_silent_all_day_was_not_seen(fence: Fence) -> None:
    fence.tell(input3=SILENT)
    fence.until("2027-03-03 00:00")
    assert fence.book("north") == [
        ("2027-03-01", "inconclusive", "not-watched"),
        ("2027-03-02", "inconclusive", "not-seen"),
    ]


@pytest.mark.parametrize(
    ("zone", "before", "days"),
    [
        ("Europe/Berlin", "2027-03-26 12:00", 5), ("Europe/Berlin", "2027-10-29 12:00", 5),
        ("America/New_York", "2027-03-12 12:00", 5), ("Australia/Lord_Howe", "2027-04-02 12:00", 5),
        ("America/Havana", "2027-03-13 12:00", 3), ("America/Havana", "2027-11-05 12:00", 4),
    ],
)  # fmt: skip
def test_both_nights_in_which_the_clock_is_put_have_one_line(tmp_path: Path, zone: str, before: str, days: int) -> None:
    fence = Fence(estate_in(tmp_path, zone), before)
    fence.tell(**QUIET)
    first = fence.day(fence.now)
    for number in range(1, days + 1):
        fence.until(instant(first + timedelta(number), 720, fence.zone))
        fence.act(input2=True)
    expected = [str(first + timedelta(number)) for number in range(days)]
    assert [day for day, _, _ in fence.book("west")] == expected
    assert [outcome for _, outcome, _ in fence.book("west")[1:]] == ["passed"] * (days - 1)
    assert [outcome for _, outcome, _ in fence.book("east")[1:]] == ["failed"] * (days - 1)
    assert [each.data["day"] for each in fence.reports()] == expected


def test_a_clock_that_cannot_be_trusted_writes_nothing_and_one_that_was_years_ahead_is_forgiven(fence: Fence) -> None:
    fence.until("2027-03-02 12:00")
    written = len(fence.entries)
    fence.ahead, fence.trusted = 3 * 365 * 86400.0, False
    fence.tick()
    assert len(fence.entries) == written
    fence.ahead, fence.trusted = 0.0, True
    fence.until("2027-03-03 12:00")
    assert fence.book("east")[1:] == [("2027-03-02", "inconclusive", "not-watched")]
    fence.ahead = 10 * 86400.0
    fence.tick()
    fence.ahead = 0.0
    fence.tick()
    told = len(fence.entries)
    fence.until("2027-03-06 00:00")
    assert {str(fence.day(each.started_at)) for each in fence.entries[told:]} == {"2027-03-04", "2027-03-05"}
    assert len(fence.entries[told:]) == 6


ACTS = st.sampled_from(["act", "rest", "silent", "down", "crash", "nothing"])
PAUSES = st.integers(30, 40_000) | st.integers(40_000, 300_000)
STEPS = st.lists(st.tuples(PAUSES, ACTS), min_size=3, max_size=20)


class Model:
    """What should be in the book: when the zone acted, when it was not seen, and when nobody watched."""

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self.acted: list[float] = []
        self.unseen: list[tuple[float, float]] = []
        self.down: list[tuple[float, float]] = []
        self._since: float | None = fence.now

    def seen(self) -> None:
        """The zone is read."""
        if self._since is not None:
            self.unseen.append((self._since, self.fence.now))
        self._since = None

    def lost(self) -> None:
        """From now on it is not."""
        self._since = self.fence.now if self._since is None else self._since

    def outcomes(self, start: float, end: float) -> set[str]:
        """What may be written of the day from ``start`` to ``end``."""
        if any(start <= each < end for each in self.acted):
            return {"passed"}
        if any(since <= start and end <= until for since, until in self.down):
            return {"missed"}
        unseen = [*self.unseen, (self._since, end)] if self._since is not None else self.unseen
        gaps = [until - max(since, start) for since, until in unseen if since < end and until > start]
        whole = [min(until, end) - max(since, start) for since, until in unseen if since < end and until > start]
        if any(gap > 61.0 for gap in whole):
            return {"inconclusive"}
        return {"failed"} if not gaps else {"failed", "inconclusive"}


def carry_out(fence: Fence, model: Model, act: str) -> None:
    match act:
        case "act" if fence.day(fence.now) == fence.day(fence.now + 5.0):
            model.seen()
            model.acted.append(fence.now + 1.0)
            fence.act(input1=True)
        case "rest":
            model.seen()
            fence.tell(input1=False)
        case "silent":
            model.lost()
            fence.tell(input1=SILENT)
        case "crash":
            fence.tell(input1=False, kept=False)
            fence.now += 1.0
            fence.tell(input1=True, kept=False)
            model.lost()
            fence.restart()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_there_is_one_line_a_day_and_it_passes_only_when_the_zone_was_seen_to_act(
    tmp_path: Path, steps: list[tuple[int, str]]
) -> None:
    fence = Fence(estate_in(tmp_path), "2027-03-01 12:00")
    first, model = fence.day(fence.now), Model(fence)
    for seconds, act in steps:
        if act == "down":
            model.lost()
            model.down.append((fence.now, fence.now + seconds))
            fence.down_until(fence.now + seconds)
        else:
            fence.until(fence.now + seconds)
            carry_out(fence, model, act)
    last = fence.day(fence.now)
    fence.until(instant(last + timedelta(1), 0, fence.zone))
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    told = fence.book("east")
    assert [day for day, _, _ in told] == [str(day) for day in days]
    for day, (_, outcome, _) in zip(days, told, strict=True):
        start, end = instant(day, 0, fence.zone), instant(day + timedelta(1), 0, fence.zone)
        assert outcome in model.outcomes(start, end)
    assert [each.data["day"] for each in fence.reports()] == [str(day) for day in days]


def test_a_day_outlives_the_gateway_in_its_file(tmp_path: Path) -> None:
    """Killed after the commit and before it, at midnight and over a whole day: what the file says is one line a day."""
    estate = estate_in(tmp_path)
    zone, device = estate.timezone, estate.devices["di"]
    noon = Fence(estate, "2027-03-01 12:00").now
    for hours, kept in ((0, True), (1, True), (12, False), (12, True), (13, True), (60, True), (61, True), (85, True)):
        database = Database(tmp_path / "gateway.db", estate)
        now = noon + hours * 3600.0
        pipeline = Pipeline(estate, database.load(now), now)
        for seconds, alarm in ((1.0, False), (2.0, hours == 1), (3.0, False)):
            told = Readings("di", now + seconds, now + seconds, [device.point_ids["input1"]], [alarm])
            changes, _ = pipeline.tick([told], [], now + seconds)
            if kept:
                database.commit(changes)
        database.close()
    database = Database(tmp_path / "gateway.db", estate)
    entries = [each for each in database.log_book(Asked(kind="walk")) if each.asset == "east"]
    days = [str(datetime.fromtimestamp(each.started_at, zone).date()) for each in entries]
    assert days == ["2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04"]
    assert [each.outcome.value for each in entries] == ["passed", "inconclusive", "missed", "inconclusive"]
    assert log_book.broken_at(database.connection) is None
    reports = "SELECT count(*) FROM events WHERE type = 'touchpoint.perimeter.reported.v1'"
    assert database.connection.execute(reports).fetchone()[0] == 4
    database.close()

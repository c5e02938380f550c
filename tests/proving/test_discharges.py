"""A DALI luminaire as its gateway tells it: its own tests and failing mains, through the pipeline and a real file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gateway.changes import Changes
from gateway.coverage import survey
from gateway.estate import Estate
from gateway.model import Reading, Readings
from gateway.pipeline import Pipeline
from gateway.proof_tests.entry import Entry
from gateway.site import load_estate
from gateway.standards.verdict import Outcome
from gateway.store import log_book
from gateway.store.log_book import Asked
from gateway.store.sqlite import Database
from gateway.tickets.ticket import TicketState

NOON = 1_767_268_800.0
DAY = 86_400.0
CLAUSE = ("light", "emergency-light.duration-test")
SITE = """
site: lights
name: {zh: 灯, en: Lights}
timezone: Asia/Shanghai
languages: [zh, en]
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
devices:
  dali: {profile: intesis-dali, connection: bus, unit: 1, short_address: 3, stale_after: 30s}
assets:
  light: {kind: emergency-light, touchpoint: corridor, place: {zh: 走廊, en: Corridor}, points: dali}
"""
REST: dict[str, Reading] = {
    "lamp_on": False, "lamp_level": 0, "circuit_fault": False, "battery_duration_fault": False, "battery_fault": False,
    "lamp_fault": False, "function_test_failed": False, "duration_test_failed": False, "mode": "normal",
    "mains_present": True, "function_test_done": False, "duration_test_done": False, "duration_test_result": 0,
    "battery_full": True, "battery_level": 100,
}  # fmt: skip


class Light:
    """One luminaire and the gateway that watches it; ``kill`` is a crash: what was not committed is gone."""

    def __init__(self, folder: Path) -> None:
        (folder / "site.yaml").write_text(SITE, encoding="utf-8")
        self.estate: Estate = load_estate(folder)
        self._file = folder / "gateway.db"
        self.now = NOON
        self.dies = False
        self.start()

    def start(self) -> None:
        """A gateway starts on what the file has."""
        self.database = Database(self._file, self.estate)
        self.pipeline = Pipeline(self.estate, self.database.load(self.now), self.now)

    def kill(self) -> None:
        """The process is gone at once, and another one starts."""
        self.database.connection.close()
        self.start()

    def tell(self, **points: Reading) -> Changes:
        """The luminaire is read; where the gateway ``dies`` before the commit, nothing of it is kept."""
        device = self.estate.devices["dali"]
        told = {**REST, **points}
        ids = [*(device.point_ids[name] for name in told), device.answers_id]
        line = Readings("connection/bus", self.now, self.now, [self.estate.connections["bus"].answers_id], [True])
        changes, _ = self.pipeline.tick(
            [line, Readings("dali", self.now, self.now, ids, [*told.values(), True])], [], self.now
        )
        self.kill() if self.dies else self.database.commit(changes)
        return changes

    def rest(self, seconds: float, **points: Reading) -> None:
        """It goes on telling that for so long, each 10 s."""
        until = self.now + seconds
        while self.now < until:
            self.now += 10.0
            self.tell(**points)

    def test_itself(self, seconds: float, **told: Reading) -> None:
        """Its own duration test, with a battery that falls, and the result that it tells then."""
        begun = self.now
        while self.now < begun + seconds:
            self.now += 10.0
            self.tell(**in_test(self.now - begun))
        self.rest(150.0, **{"duration_test_done": True, "duration_test_result": seconds // 120 * 2, **told})

    def book(self) -> list[Entry]:
        """Its log book."""
        return self.database.log_book(Asked())


def in_test(seconds: float) -> dict[str, Reading]:
    return {"mode": "duration-test", "lamp_on": True, "battery_level": 100 - seconds / 20, "battery_full": False}


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Light]:
    made = Light(tmp_path)
    yield made
    made.database.connection.close()


def test_a_test_that_the_light_runs_itself_answers_the_clause_for_32_days(light: Light) -> None:
    light.rest(60.0)
    assert light.pipeline.panel.checks[CLAUSE].outcome is Outcome.UNKNOWN
    light.test_itself(970.0)
    (entry,) = light.book()
    assert (entry.id, entry.kind, entry.outcome, entry.started_by) == (1, "duration", "passed", "device")
    assert (entry.lasted, entry.limit, entry.resolution) == (960.0, 900.0, 10.0)
    assert (entry.before["mains_since"], entry.before["battery_level"]) == (NOON + 10.0, 100)
    assert entry.standard["version"] == light.estate.standard.version
    assert entry.basis["kind"] == "text"
    assert [sample.values["battery_level"] for sample in entry.curve][:2] == [99.5, 98.5]
    assert light.pipeline.panel.checks[CLAUSE].outcome is Outcome.MET
    light.kill()
    assert light.pipeline.panel.checks[CLAUSE].outcome is Outcome.MET, "the log book is remembered"
    light.now = entry.ended_at + 32 * DAY
    light.tell()
    assert light.pipeline.panel.checks[CLAUSE].outcome is Outcome.MET
    light.now += 1.0
    light.tell()
    assert light.pipeline.panel.checks[CLAUSE].outcome is Outcome.VIOLATED


def test_a_failed_test_is_a_ticket_that_only_a_passed_one_closes(light: Light) -> None:
    light.rest(60.0)
    light.test_itself(500.0, duration_test_failed=True)
    ticket = light.pipeline.register.latest(*CLAUSE)
    assert ticket is not None
    assert ticket.is_open
    light.rest(3600.0)
    light.test_itself(200.0, duration_test_done=False)
    assert [each.outcome for each in light.book()] == ["failed", "aborted"]
    assert light.pipeline.register.tickets[ticket.id].is_open, "nothing was proven by a test that was stopped"
    light.test_itself(970.0)
    light.rest(60.0)
    assert light.pipeline.register.tickets[ticket.id].state is TicketState.CLOSED
    assert [each.type for each in light.pipeline.changes.events] == []
    assert log_book.broken_at(light.database.connection) is None


def test_mains_that_fail_are_written_down_and_judged_by_nobody(light: Light) -> None:
    light.rest(60.0)
    light.rest(300.0, mode="emergency", mains_present=False, lamp_on=True)
    light.rest(300.0, mode="emergency", mains_present=False, lamp_on=True, battery_level=80)
    light.rest(150.0)
    (entry,) = light.book()
    assert (entry.kind, entry.outcome, entry.finding, entry.lasted) == ("discharge", "recorded", "", 590.0)
    assert light.pipeline.panel.checks[CLAUSE].outcome is Outcome.UNKNOWN


def test_what_is_seen_of_it_is_told_as_an_event(light: Light) -> None:
    light.rest(60.0)
    light.rest(30.0, mode="function-test", lamp_on=True)
    light.rest(120.0, function_test_done=True)
    light.now += 10.0
    (event,) = light.tell(function_test_done=True).events[:1]
    assert (event.type, event.subject) == ("touchpoint.proof_test.finished.v1", "log-book/1")
    assert event.data["reason"] == {"zh": "通过", "en": "passed"}
    assert (event.data["asset"], event.data["kind"], event.data["outcome"]) == ("light", "function", "passed")


@pytest.mark.parametrize("second", [*range(0, 1160, 40), 55, 65, 1035, 1045])
def test_a_crash_at_any_second_loses_and_doubles_nothing(light: Light, second: int) -> None:
    light.rest(60.0)
    while light.now < NOON + 1300.0:
        light.now += 10.0
        ran = light.now - NOON - 70.0
        points = in_test(ran) if 0.0 <= ran <= 970.0 else {}
        told: dict[str, Reading] = {"duration_test_done": True, "duration_test_result": 16} if ran > 970.0 else {}
        light.dies = second <= light.now - NOON < second + 10.0
        light.tell(**points, **told)
    (entry,) = light.book()
    assert (entry.id, entry.started_at) in [(1, NOON + 70.0), (1, NOON + 80.0)]
    began_unseen = 60 < second <= 70
    assert entry.outcome == ("inconclusive" if began_unseen else "passed")
    assert light.database.connection.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    assert light.database.connection.execute("SELECT count(*) FROM samples").fetchone() == (0,)


def test_a_gateway_that_was_down_for_more_than_a_minute_proves_nothing(light: Light) -> None:
    light.rest(60.0)
    for ran in (*range(0, 500, 10), *range(560, 1000, 10)):
        light.now = NOON + 70.0 + ran
        light.tell(**in_test(float(ran)))
    light.kill()
    light.now += 61.0
    light.tell(**in_test(1060.0))
    light.rest(150.0, duration_test_done=True, duration_test_result=16)
    (entry,) = light.book()
    assert (entry.outcome, entry.finding) == ("inconclusive", "gap")


def test_crashes_at_every_turn_still_write_each_discharge_once(light: Light) -> None:
    random, written = Random(4), 0
    for _ in range(8):
        light.rest(random.choice([130.0, 200.0]))
        mode = random.choice(["duration-test", "emergency"])
        for _ in range(random.randint(2, 40)):
            light.now += 10.0
            points: dict[str, Reading] = {"mode": mode, "mains_present": mode != "emergency", "lamp_on": True}
            light.dies = random.random() < 0.2
            light.tell(**points)
        light.now, light.dies = light.now + 10.0, False
        light.tell(**points)  # so that at least this was seen of it
        written += 1
    light.rest(150.0)
    assert [each.id for each in light.book()] == list(range(1, written + 1))
    assert log_book.broken_at(light.database.connection) is None


def test_a_light_that_is_taken_off_the_site_in_its_test_leaves_an_entry(light: Light, tmp_path: Path) -> None:
    light.rest(60.0)
    for _ in range(30):
        light.now += 10.0
        light.tell(**in_test(light.now - NOON - 70.0))
    (tmp_path / "site.yaml").write_text(SITE.replace("  light:", "  lamp:"), encoding="utf-8")
    light.estate = load_estate(tmp_path)
    light.kill()
    light.tell()
    (entry,) = light.book()
    assert (entry.asset, entry.outcome, entry.finding, entry.lasted) == ("light", "recorded", "gap", 290.0)
    light.kill()
    light.rest(20.0)
    assert len(light.book()) == 1


def test_a_changed_line_is_refused_and_seen(light: Light) -> None:
    light.rest(60.0)
    light.test_itself(970.0)
    connection = light.database.connection
    with pytest.raises(Exception, match="the log book is never changed"):
        connection.execute("UPDATE log_book SET lasted = 9000.0")
    connection.execute("DROP TRIGGER log_book_stands")
    connection.execute("UPDATE log_book SET lasted = 9000.0")
    assert log_book.broken_at(light.database.connection) == 1


def test_coverage_counts_a_test_once_one_was_seen(light: Light) -> None:
    def answer() -> str:
        covers = survey(light.estate, light.pipeline.discharges.tested()).items()
        return next(item.answer for _, clause, item in covers if clause.name == CLAUSE[1])

    assert answer() == "not-yet-provable"
    light.rest(60.0)
    light.test_itself(200.0, duration_test_done=False)
    assert answer() == "not-yet-provable", "one that was stopped tells nothing"
    light.test_itself(970.0)
    assert answer() == "test"
    light.kill()
    assert answer() == "test"


def test_a_longer_test_is_a_word_on_the_shorter_one_only_beyond_its_limit(light: Light) -> None:
    light.rest(60.0)
    light.test_itself(970.0)
    (entry,) = light.book()
    proves = light.pipeline.discharges.proves
    assert proves(replace(entry, kind="rated", lasted=900.0)) == ["rated"]
    assert proves(replace(entry, kind="rated", lasted=900.1)) == ["rated", "duration"]

"""What closed a ticket is written down: which measurement, of when, which line of the log book, and who had said so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.actions import FinishTicket
from gateway.model import BadReading
from gateway.outputs.wording import sentence
from gateway.store.rows import cloud_event
from gateway.tickets.ticket import TicketState
from tests.rounds.house import DAY, House
from tests.story import NOON, Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, off_delay=10.0)


def leaking() -> Story:
    plan = Plan({"low": LOW})
    plan.asset("ext", "ext", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.5)
    return story


def test_a_measurement_is_named_with_its_value_and_time() -> None:
    story = leaking()
    story.act(FinishTicket(1, "li", "refilled"))
    story.now += 100.0
    story.read("ext", pressure=1.2)
    story.wait(11)
    (ticket,) = story.tickets()
    assert ticket.proof
    assert ticket.proof.said_by == "li"
    assert ticket.proof.log_book is None
    assert ticket.proof.evidence == ({"point": "pressure", "means": {}, "value": 1.2, "unit": "", "at": NOON + 100.0},)
    assert ticket.log[-1].text == "pressure 1.2; requires pressure at least 1 MPa; read at 2026-01-01 20:01:40+08:00"
    closed = next(each for each in story.events if each.type == "touchpoint.ticket.closed.v1")
    assert closed.data["proof"]["evidence"][0]["at"] == "2026-01-01T12:01:40.000Z"
    assert sentence(cloud_event(closed), "zh").endswith("实测:pressure 1.2(读数时刻 2026-01-01 20:01:40+08:00)")


def test_nobody_is_named_where_the_measurement_alone_was_enough() -> None:
    story = leaking()
    story.read("ext", pressure=1.2)
    story.wait(11, ext={"pressure": 1.3})
    (ticket,) = story.tickets()
    assert ticket.proof
    assert (ticket.proof.said_by, ticket.proof.evidence[0]["value"]) == ("", 1.3), "the one that it was closed on"


def test_what_the_sites_files_ended_and_what_is_judged_again_have_no_measurement() -> None:
    story = leaking()
    gone = Plan({})
    gone.asset("other", "ext", ["pressure"])
    assert [each.proof for each in Story(gone.estate(), story.saved(), story.now).tickets()] == [None]
    blind = leaking()
    blind.read("ext", pressure=1.2)
    blind.wait(140, every=10, ext={"pressure": BadReading("sensor-error")})
    blind.wait(11, ext={"pressure": 1.2})
    judgeable = next(each for each in blind.tickets() if each.clause == "asset.judgeable")
    assert (judgeable.state, judgeable.proof, judgeable.log[-1].text) == (TicketState.CLOSED, None, "judged again")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.connection.close()


@pytest.mark.parametrize("killed", [False, True])
def test_a_repeated_test_is_named_by_its_line_of_the_log_book(house: House, killed: bool) -> None:
    """Failed, repaired, passed; the alarm takes ten seconds to clear, and the process may die in them."""
    house.answer("lift", "alarm-call")
    house.wait(DAY)
    house.answer("lift", "alarm-call", passed=False)
    house.wait(DAY)
    house.answer("lift", "alarm-call")
    passed = house.book()[-1]
    if killed:
        house.kill()
    house.wait(60.0)
    ticket = next(each for each in house.pipeline.tickets.values() if each.clause == "lift.alarm-call")
    assert (ticket.state, passed.id, passed.outcome) == (TicketState.CLOSED, 3, "passed")
    assert ticket.proof
    assert ticket.proof.log_book == 3
    assert ticket.log[-1].text.endswith("; log book line 3")
    closed = [each for each in house.events if each.type == "touchpoint.ticket.closed.v1"][-1]
    assert "(测试记录第 3 行)" in sentence(cloud_event(closed), "zh")
    house.kill()
    assert house.pipeline.tickets[ticket.id] == ticket

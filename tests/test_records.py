"""What people record: judged like any date, due by itself, kept through restarts, and never moved back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.actions import AddRecord
from gateway.estate import Asset, Estate
from gateway.model import NO_RECORD, BadReading, Record
from gateway.outputs.wording import sentence
from gateway.records import Records
from gateway.standards.verdict import Outcome
from gateway.store.rows import cloud_event
from gateway.tickets.ticket import Ticket
from tests.story import NOON, Plan, Story, clause

DAY = 86400.0
MONTHLY = clause("cabinet", {"point": "inspection", "within": "31 d"}, patience=7 * DAY, off_delay=0.0)


def estate(*outputs: str) -> Estate:
    plan = Plan({"cabinet.inspected": MONTHLY})
    plan.asset("cabinet-3f", "cabinet", [])
    plan.records("cabinet-3f", "inspection", "refill")
    return plan.estate(outputs=outputs)


def inspected(at: float, who: str = "li", note: str = "") -> AddRecord:
    return AddRecord("cabinet-3f", "inspection", at, who, note)


def outcome(story: Story) -> Outcome:
    return story.pipeline.verdict("cabinet-3f", "cabinet.inspected").outcome


def tickets(story: Story) -> list[Ticket]:
    """The cabinet's own, not those of its silent device."""
    return [ticket for ticket in story.tickets() if ticket.asset == "cabinet-3f"]


def test_what_was_never_recorded_is_unknown_and_met_from_the_record_on() -> None:
    story = Story(estate())
    story.read("cabinet-3f")
    (seen,) = story.pipeline.verdict("cabinet-3f", "cabinet.inspected").evidence
    assert (outcome(story), seen.reading) == (Outcome.UNKNOWN, NO_RECORD)
    story.act(inspected(NOON - 3600.0, note="seals whole"))
    assert (story.refusals, outcome(story)) == ([""], Outcome.MET)
    (seen,) = story.pipeline.verdict("cabinet-3f", "cabinet.inspected").evidence
    assert (seen.reading, seen.at, seen.day) == (NOON - 3600.0, NOON, "2026-01-01")


def test_it_falls_due_by_itself_and_a_new_record_closes_the_ticket() -> None:
    story = Story(estate())
    story.act(inspected(NOON - DAY))
    story.wait(30 * DAY, every=DAY)
    assert (outcome(story), tickets(story)) == (Outcome.MET, [])
    story.wait(1.0)
    (ticket,) = tickets(story)
    assert (outcome(story), ticket.clause, ticket.is_open) == (Outcome.VIOLATED, "cabinet.inspected", True)
    assert ticket.opened_at == pytest.approx(NOON + 30 * DAY, abs=1.0)
    assert "inspection 2025-12-31; requires inspection not longer than 31 d ago" in ticket.log[0].text
    story.act(inspected(story.now))
    assert (outcome(story), tickets(story)[0].is_open) == (Outcome.MET, False)
    story.wait(31 * DAY - 1.0, every=DAY)
    assert len(tickets(story)) == 1


def test_an_older_record_is_kept_and_moves_nothing_back() -> None:
    story = Story(estate())
    story.act(inspected(NOON - DAY), inspected(NOON - 40 * DAY, note="from the paper log"))
    assert (outcome(story), story.pipeline.records.latest["cabinet-3f", "inspection"].at) == (Outcome.MET, NOON - DAY)
    assert [each.at for each in story.changes.records] == [NOON - DAY, NOON - 40 * DAY]
    told = [event.data["is_latest"] for event in story.events if event.type == "touchpoint.record.added.v1"]
    assert told == [True, False]


def test_what_is_told_twice_in_the_same_words_is_told_once() -> None:
    story = Story(estate())
    story.act(inspected(NOON, note="ok"), inspected(NOON, note="ok"))
    assert (story.refusals, len(story.changes.records), story.told("record.")) == (["", ""], 1, ["record.added"])
    story.act(inspected(NOON, who="wei", note="ok"))
    assert len(story.changes.records) == 2


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (inspected(NOON + 1.0), "at lies in the future"),
        (replace(inspected(NOON), record="inspectoin"), 'did you mean "inspection"'),
        (replace(inspected(NOON), asset="cabinet-4f"), "there is no asset 'cabinet-4f'"),
        (replace(inspected(NOON), asset="device/cabinet-3f-device"), "has no record"),
        (replace(inspected(NOON), asset="connection/line", record="answers"), "is not for people to tell"),
    ],
)
def test_what_cannot_have_happened_is_refused_with_the_reason(action: AddRecord, why: str) -> None:
    story = Story(estate())
    story.act(action)
    assert why in story.refusals[0]
    assert (story.changes.records, story.changes.audit, story.told("record.")) == ([], [], [])


def test_every_record_is_audited_and_told_in_both_languages() -> None:
    story = Story(estate("record.*"))
    story.act(inspected(NOON - DAY, note="seals whole"))
    (entry,) = story.changes.audit
    assert (entry.who, entry.what, entry.subject) == ("li", "AddRecord", "cabinet-3f/inspection")
    assert entry.data["at"] == NOON - DAY
    ((output, event),) = story.changes.outbox
    assert (output, event.subject) == ("log", "cabinet-3f/inspection")
    assert (event.data["day"], event.data["by"], event.data["note"]) == ("2025-12-31", "li", "seals whole")
    told = {language: sentence(cloud_event(event), language) for language in ("zh", "en")}
    assert told["en"] == "cabinet-3f: inspection on 2025-12-31, recorded by li. seals whole"
    assert "2025-12-31 inspection" in told["zh"]


def test_a_restart_knows_the_last_record_and_when_it_falls_due() -> None:
    before = Story(estate())
    before.act(inspected(NOON - 30 * DAY))
    after = Story(estate(), before.saved(), NOON + 3600.0)
    assert outcome(after) is Outcome.MET
    after.wait(DAY, every=3600.0)
    (ticket,) = tickets(after)
    assert 0.0 <= ticket.opened_at - (NOON + DAY) <= 3600.0
    again = Story(estate(), after.saved(), after.now + 3600.0)
    again.wait(60.0)
    assert [each.id for each in tickets(again)] == [ticket.id]


def test_a_record_that_falls_due_while_the_gateway_is_down_is_found_at_the_start() -> None:
    before = Story(estate())
    before.act(inspected(NOON))
    after = Story(estate(), before.saved(), NOON + 32 * DAY)
    assert outcome(after) is Outcome.VIOLATED
    assert [each.clause for each in tickets(after)] == ["cabinet.inspected"]


def test_an_asset_without_records_has_none_to_tell() -> None:
    records = Records({"door": Asset("door", "door", "", {}, {"closed": 0})})
    assert records.wrong("door", "inspection") == "'door' has no record 'inspection'"


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["li", "wei"])), min_size=1, max_size=20))
def test_the_last_is_the_latest_whatever_the_order_and_nothing_is_lost(told: list[tuple[int, str]]) -> None:
    records = Records(estate().assets)
    for at, who in told:
        records.add(inspected(float(at), who), NOON, NOON)
    added = records.take_added()
    assert records.latest["cabinet-3f", "inspection"].at == max(at for at, _ in told)
    assert {(each.at, each.who) for each in added} == {(float(at), who) for at, who in told}
    assert records.take_added() == []
    saved = Records(estate().assets, added)
    assert saved.latest["cabinet-3f", "inspection"].at == records.latest["cabinet-3f", "inspection"].at


STEP = st.tuples(st.integers(1, 40 * 24), st.sampled_from(["inspect", "note an old one", "restart", "wait"]))


@given(st.lists(STEP, max_size=12))
@settings(deadline=None, max_examples=60)
def test_the_verdict_and_the_ticket_follow_the_last_record_through_anything(steps: list[tuple[int, str]]) -> None:
    """Against a plain model: the time of the last record is all there is to know."""
    story, last = Story(estate()), None
    for hours, what in steps:
        story.wait(hours * 3600.0, every=hours * 3600.0)
        if what == "inspect":
            story.act(inspected(story.now))
            last = story.now
        elif what == "note an old one":
            story.act(inspected(story.now - 35 * DAY))
            last = max(last or 0.0, story.now - 35 * DAY)
        elif what == "restart":
            story = Story(estate(), story.saved(), story.now)
        late = last is not None and story.now > last + 31 * DAY
        assert outcome(story) is (Outcome.UNKNOWN if last is None else Outcome.VIOLATED if late else Outcome.MET)
        open_ones = [each for each in tickets(story) if each.is_open and each.clause == "cabinet.inspected"]
        assert len(open_ones) == (1 if late else 0)


def test_a_record_is_what_was_told() -> None:
    record = Record("a", "inspection", 1.0, "li", "ok", 5.0)
    assert record.tells_the_same(replace(record, told_at=9.0))
    assert not record.tells_the_same(replace(record, note="not ok"))
    assert isinstance(NO_RECORD, BadReading)

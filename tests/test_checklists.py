"""Stories of tickets that a checklist holds: never closed without proof or list, never waiting in silence."""

from __future__ import annotations

import pytest

from gateway.actions import FinishTicket, TakeTicket, TickItem, UntickItem
from gateway.model import BadReading
from gateway.outputs.wording import sentence
from gateway.store.rows import cloud_event, dump_dataclass, load_ticket
from gateway.tickets.desk import VERIFY_WITHIN
from gateway.tickets.ticket import Ticket, TicketState
from tests.story import Plan, Story, clause

SIGNS, CLEAN = {"zh": "摆放警示牌", "en": "signs are up"}, {"zh": "清场", "en": "cleaned up"}
ITEMS = (SIGNS, CLEAN)


def made(closes_when: str = "measured", items: tuple[dict[str, str], ...] = ITEMS) -> Story:
    terms = {"trade": "general", "checklist": items, "closes_when": closes_when}
    plan = Plan({"flat": clause("cover", {"point": "flat", "equals": True}, ticket=terms)})
    plan.asset("cover", "cover", ["flat"])
    return Story(plan.estate())


@pytest.fixture
def story() -> Story:
    told = made()
    told.read("cover", flat=False)
    return told


def ticket(story: Story) -> Ticket:
    return story.pipeline.tickets[1]


def words(story: Story) -> list[str]:
    return [each.what for each in ticket(story).log]


def mend(story: Story, seconds: float = 15.0) -> None:
    story.read("cover", flat=True)
    story.wait(seconds, cover={"flat": True})


def test_a_measurement_alone_does_not_close_it_and_the_last_tick_does(story: Story) -> None:
    mend(story, 3600.0)
    assert (ticket(story).state, words(story)) == (TicketState.OPEN, ["opened", "held"])
    (held,) = [each for each in story.events if each.type == "touchpoint.ticket.held.v1"]
    assert held.data["missing_items"] == [SIGNS, CLEAN]
    assert sentence(cloud_event(held), "zh").endswith("摆放警示牌;清场")
    assert sentence(cloud_event(held), "en").endswith("stays open until ticked off: signs are up; cleaned up")
    story.act(TickItem(1, "li", 2))
    assert ticket(story).is_open
    story.act(TickItem(1, "li", 1))
    assert (ticket(story).state, words(story)) == (
        TicketState.CLOSED, ["opened", "held", "ticked", "ticked", "closed"],
    )  # fmt: skip
    assert ticket(story).closed_at == story.now, "in the same tick"


def test_finished_and_proven_it_stays_finished_until_the_list_is_complete(story: Story) -> None:
    story.act(TickItem(1, "li", 1), FinishTicket(1, "li", "put back"))
    mend(story, VERIFY_WITHIN * 3)
    assert (ticket(story).state, words(story)[-1]) == (TicketState.FINISHED, "held")
    assert ticket(story).log[-1].text == "proven; waits for: cleaned up"
    story.act(TickItem(1, "li", 2))
    closed = ticket(story)
    assert closed.state is TicketState.CLOSED
    assert closed.proof
    assert (closed.proof.said_by, closed.proof.evidence[0]["value"]) == ("li", True)


def test_a_complete_list_closes_nothing_without_proof(story: Story) -> None:
    story.act(TickItem(1, "li", 1), TickItem(1, "li", 2), FinishTicket(1, "li", ""))
    story.wait(VERIFY_WITHIN - 1, cover={"flat": False})
    assert ticket(story).state is TicketState.FINISHED
    story.wait(2, cover={"flat": False})
    assert words(story)[-1] == "reopened"
    mend(story)
    assert ticket(story).state is TicketState.CLOSED, "the ticks of this job still count"


def test_what_comes_back_while_it_is_held_is_told_and_held_anew(story: Story) -> None:
    mend(story)
    story.read("cover", flat=False)
    assert (words(story)[-1], ticket(story).held_since) == ("reoccurred", None)
    mend(story, 70.0)
    assert words(story) == ["opened", "held", "reoccurred", "held"]


def test_the_last_tick_does_not_close_what_can_no_longer_be_seen(story: Story) -> None:
    """Proven at noon; then the sensor dies, and only then the last item is ticked: that is no proof any more."""
    story.act(FinishTicket(1, "li", ""), TickItem(1, "li", 1))
    mend(story)
    story.read("cover", flat=BadReading("sensor-error"))
    story.act(TickItem(1, "li", 2))
    assert ticket(story).state is TicketState.FINISHED
    story.wait(VERIFY_WITHIN - 2, cover={"flat": BadReading("sensor-error")})
    assert ticket(story).state is TicketState.FINISHED
    story.wait(5, cover={"flat": BadReading("sensor-error")})
    assert words(story)[-1] == "reopened", "nobody proved it in ten minutes, and that is said"
    mend(story)
    assert ticket(story).state is TicketState.CLOSED


def test_a_tick_that_is_taken_back_holds_it_again(story: Story) -> None:
    story.act(TickItem(1, "li", 1), TickItem(1, "li", 2), UntickItem(1, "wei", 2))
    mend(story)
    assert ticket(story).log[-1].text == "proven; waits for: cleaned up"


def test_where_a_persons_word_is_asked_for_too_nothing_is_held_before_it() -> None:
    story = made("finished-and-measured")
    story.read("cover", flat=False)
    mend(story)
    assert words(story) == ["opened"]
    story.act(FinishTicket(1, "li", ""))
    assert words(story) == ["opened", "finished", "held"]
    story.act(TakeTicket(1, "wei"))
    story.act(TickItem(1, "li", 1), TickItem(1, "li", 2))
    assert ticket(story).state is TicketState.TAKEN, "nobody says any more that it is done"
    story.act(FinishTicket(1, "wei", ""))
    assert ticket(story).state is TicketState.CLOSED


def test_it_is_held_over_a_restart_without_a_word_and_closes_after_it(story: Story) -> None:
    mend(story)
    kept = [load_ticket(dump_dataclass(each)) for each in story.tickets()]
    assert kept == story.tickets()
    again = Story(story.estate, story.saved(), story.now + 5)
    mend(again)
    again.wait(VERIFY_WITHIN * 2, cover={"flat": True})
    assert again.told("ticket") == []
    again.act(TickItem(1, "li", 1), TickItem(1, "li", 2))
    assert ticket(again).state is TicketState.CLOSED


def test_a_site_that_drops_the_list_lets_it_go_with_its_next_start(story: Story) -> None:
    mend(story)
    again = Story(made(items=()).estate, story.saved(), story.now + 5)
    mend(again)
    assert (ticket(again).state, words(again)[-1]) == (TicketState.CLOSED, "closed")


def test_what_comes_back_after_it_was_closed_begins_a_new_list(story: Story) -> None:
    story.act(TickItem(1, "li", 1), TickItem(1, "li", 2))
    mend(story)
    assert ticket(story).state is TicketState.CLOSED
    story.read("cover", flat=False)
    assert (ticket(story).state, ticket(story).ticks, ticket(story).proof) == (TicketState.OPEN, (), None)
    mend(story, 70.0)
    assert words(story)[-1] == "held"


def test_the_list_of_a_closed_ticket_is_closed(story: Story) -> None:
    story.act(TickItem(1, "li", 1), TickItem(1, "li", 2))
    mend(story)
    story.act(UntickItem(1, "li", 1))
    assert story.refusals == ["ticket 1 is closed"]

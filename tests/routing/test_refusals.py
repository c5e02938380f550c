"""What the last channel of a person refuses for good: others are told at once, each once, and never in a circle."""

from __future__ import annotations

import pytest

from gateway.routing.book import Line
from gateway.routing.people import Shift, Team
from tests.routing.bench import START, Bench, Message, route, routing

MINUTE, HOUR = 60.0, 3600.0
LATE = route("late", "chief", "mail", when={"events": "ticket.escalated"})


def site() -> Bench:
    """Tickets go to li by phone, what escalates to the chief by mail, P3 to anna too."""
    return Bench(
        routing(
            route("urgent", by="sms", when={"priority": ["P1", "P2"]}, repeat="30min"),
            LATE,
            route("rest", "li anna", "sms mail", when={"priority": "P3"}),
            route("starts", "installer", "mail", when={"events": "gateway.*"}),
            li="sms", chief="mail", anna="mail", installer="mail", floor="P1",
        ),
        takes={"mail"},
    )  # fmt: skip


def told(messages: list[Message]) -> list[tuple[str, str, str]]:
    """(person, channel, kind of the notice)."""
    return [(*each.line, each.data["kind"]) for each in messages]


def test_what_the_only_channel_refuses_goes_at_once_to_whoever_a_route_names_for_that_priority() -> None:
    bench = site()
    (lost,) = bench.tell("ticket.opened", "ticket/1", "P1")
    (passed,) = bench.delivery(lost, False)
    assert (passed.at, passed.line, passed.kinds) == (START, Line("chief", "mail"), [("ticket/1", "alert")])
    assert passed.data["instead_of"] == ["li"]
    assert bench.notices.take_unheard() == [], "somebody knows"
    bench.tell("ticket.closed", "ticket/1", "P1", state="closed")
    assert ("chief", "mail", "all-clear") in told(bench.pass_time(2 * MINUTE))


def test_the_person_is_asked_by_every_channel_of_theirs_before_anybody_else_is() -> None:
    bench = Bench(routing(route(by="chat sms"), LATE, li="chat sms", chief="mail"))
    (first,) = bench.tell("ticket.opened", "ticket/1", "P1")
    (second,) = bench.delivery(first, False)
    assert second.line == Line("li", "sms")
    assert [each.line for each in bench.delivery(second, False)] == [Line("chief", "mail")]


def test_who_is_told_by_the_same_route_anyway_is_not_told_twice() -> None:
    bench = Bench(routing(route(tell="li anna"), li="chat", anna="chat"))
    one, other = bench.tell("ticket.opened", "ticket/1", "P1")
    assert bench.delivery(one, False) == []
    bench.delivery(other, True)
    assert bench.notices.take_unheard() == []


def test_each_is_told_once_and_where_all_refuse_it_that_is_known_once() -> None:
    bench = Bench(
        routing(
            route(tell="li anna", by="sms", repeat="30min"), LATE,
            route("later", "boss", "mail", when={"priority": "P1", "events": "ticket.overdue"}),
            li="sms", anna="sms", chief="mail", boss="mail",
        ),
    )  # fmt: skip
    bench.tell("ticket.opened", "ticket/1", "P1")
    for round_ in ("alert", "repeat", "repeat"):
        answered: set[str] = set()
        while left := [each for each in bench.sent if each.key in bench.notices.book.sent]:
            answered |= {each.key for each in left}
            for each in left:
                bench.delivery(each, False)
        assert len(answered) == 4
        mine = [each for each in bench.sent if each.key in answered]
        assert sorted(told(mine)) == [
            ("anna", "sms", round_), ("boss", "mail", round_), ("chief", "mail", round_), ("li", "sms", round_),
        ]  # fmt: skip
        unheard = bench.notices.take_unheard()
        assert [each.data["about"] for each in unheard] == ([["ticket/1"]] if round_ == "alert" else [])
        bench.pass_time(30 * MINUTE)
    assert len(bench.sent) == 16


def test_whoever_stands_in_is_told_again_too_until_the_other_can_be_reached() -> None:
    bench = site()
    bench.delivery(bench.tell("ticket.opened", "ticket/1", "P1")[0], False)
    bench.pass_time(MINUTE)
    assert sorted(told(bench.pass_time(30 * MINUTE))) == [("chief", "mail", "repeat"), ("li", "sms", "repeat")]
    bench.delivery(bench.sent[-1], True)
    assert told(bench.pass_time(30 * MINUTE)) == [("li", "sms", "repeat")]


def test_an_escalation_that_nobody_takes_goes_back_to_those_who_know_the_ticket() -> None:
    bench = site()
    bench.delivery(bench.tell("ticket.opened", "ticket/1", "P1")[0], True)
    bench.pass_time(10 * MINUTE)
    bench.takes.clear()
    bench.tell("ticket.escalated", "ticket/1", "P1")
    lost = next(each for each in bench.sent if each.line.person == "chief")
    bench.pass_time(2 * MINUTE)
    (passed,) = bench.delivery(lost, False)
    assert (passed.line, passed.data["items"][0]["type"]) == (Line("li", "sms"), "touchpoint.ticket.escalated.v1")


def test_whoever_is_off_duty_stands_in_for_a_colleague() -> None:
    team = Team(members=("li", "anna"), roster=(Shift(on=("li",)),))
    bench = Bench(routing(route(tell="team"), teams={"team": team}, li="chat", anna="chat"))
    (passed,) = bench.delivery(bench.tell("ticket.opened", "ticket/1", "P1")[0], False)
    assert passed.line.person == "anna"


def test_who_knows_it_by_another_channel_needs_nobody_in_their_place() -> None:
    bench = Bench(routing(route(), route("b", by="sms"), LATE, li="chat sms", chief="mail"))
    bench.tell("ticket.opened", "ticket/1", "P1")
    by_chat, by_sms = sorted(bench.sent, key=lambda each: each.line.channel)
    bench.delivery(by_chat, True)
    assert bench.delivery(by_sms, False) == []
    assert bench.notices.take_unheard() == []


def test_quiet_hours_are_those_of_whoever_stands_in_too_and_a_p1_breaks_them() -> None:
    bench = Bench(routing(route(), LATE, floor="P1", li="chat", chief="mail"), until=START + 8 * HOUR)
    bench.tell("ticket.opened", "ticket/1", "P2")
    (lost,) = bench.pass_time(2 * MINUTE)
    bench.open = {"night"}
    assert bench.delivery(lost, False) == []
    assert bench.tell("ticket.opened", "ticket/2", "P1")
    assert [each.subjects for each in bench.delivery(bench.sent[-1], False)] == [["ticket/2"]]
    (later,) = bench.pass_time(9 * HOUR)
    assert (later.at, later.line.person, later.subjects) == (START + 8 * HOUR, "chief", ["ticket/1"])


def test_what_is_over_when_it_is_refused_is_told_to_nobody_else() -> None:
    bench = site()
    (lost,) = bench.tell("ticket.opened", "ticket/1", "P1")
    bench.tell("ticket.closed", "ticket/1", "P1", state="closed")
    assert bench.delivery(lost, False) == []
    assert bench.notices.take_unheard() == []


@pytest.mark.parametrize("crash", [False, True])
def test_a_storm_that_nobody_takes_is_one_word_of_all_of_it_and_outlives_a_power_failure(crash: bool) -> None:
    bench = Bench(routing(route(when={"events": "ticket.*"})))
    bench.tell_all([("ticket.opened", f"ticket/{number}", "P1") for number in range(30)])
    (lost,) = bench.sent
    if crash:
        bench.rows["sent", lost.key]["arrived"] = False  # as the store has it when the file is read again
        bench.crash()
        bench.pass_time(1.0)
    else:
        bench.delivery(lost, False)
    (unheard,) = bench.notices.take_unheard()
    assert (unheard.line, unheard.data["count"], len(unheard.data["about"])) == (lost.line, 30, 10)
    assert (unheard.data["priority"], unheard.data["place"]) == ("P1", {"en": "Floor 1", "zh": "1层"})
    assert bench.notices.book.sent == {}


def test_a_start_of_the_gateway_that_is_refused_is_no_alarm() -> None:
    bench = site()
    bench.takes.clear()
    bench.tell("gateway.started", "gateway", "P4")
    (lost,) = bench.pass_time(MINUTE)
    assert bench.delivery(lost, False) == []
    assert bench.notices.take_unheard() == []


def test_what_an_older_gateway_wrote_down_goes_on() -> None:
    bench = Bench(routing(route(by="chat sms"), LATE, li="chat sms", chief="mail"))
    (first,) = bench.tell("ticket.opened", "ticket/1", "P1")
    del bench.rows["sent", first.key]["line"], bench.rows["sent", first.key]["arrived"]
    for how in bench.rows["thread", "ticket/1"]["told"].values():
        del how["sequence"], how["refused"]
    bench.crash()
    (second,) = bench.pass_time(MINUTE)
    assert second.line == Line("li", "sms")
    assert [each.line for each in bench.delivery(second, False)] == [Line("chief", "mail")]
    assert bench.notices.book.is_behind(first.line), "which may still deliver it"
    bench.delivery(first, True)
    assert not bench.notices.book.is_behind(first.line)

"""When people are told: grouped, once a minute, the urgent first; held back, repeated, passed on, and told its end."""

from __future__ import annotations

import pytest

from gateway.clock import cpu_seconds
from gateway.routing.people import Shift, Team
from tests.routing.bench import START, Bench, routing
from tests.routing.bench import route as a_route

MINUTE, HOUR = 60.0, 3600.0


def test_what_comes_within_ten_seconds_is_told_together_the_most_urgent_first() -> None:
    bench = Bench(routing(a_route()))
    assert bench.tell("ticket.opened", "ticket/1", "P3") == []
    bench.pass_time(6)
    bench.tell("ticket.opened", "ticket/2", "P2")
    (message,) = bench.pass_time(120)
    assert message.at == START + 10
    assert (message.data["kind"], message.data["priority"], message.data["more"]) == ("alert", "P2", 0)
    assert message.subjects == ["ticket/2", "ticket/1"]


def test_a_p1_is_told_at_once_unless_something_was_told_within_the_last_minute() -> None:
    bench = Bench(routing(a_route()))
    assert [each.subjects for each in bench.tell("ticket.opened", "ticket/1", "P1")] == [["ticket/1"]]
    bench.pass_time(20)
    assert bench.tell("ticket.opened", "ticket/2", "P1") == []
    bench.tell("ticket.opened", "ticket/3", "P2")
    assert [(each.at, each.subjects) for each in bench.pass_time(120)] == [(START + 60, ["ticket/2", "ticket/3"])], (
        "never two messages within a minute"
    )


def test_a_storm_is_one_summary_that_counts_all_and_names_the_most_urgent() -> None:
    bench = Bench(routing(a_route()))
    storm = [("ticket.opened", f"ticket/{number}", "P1" if number > 495 else "P3") for number in range(1, 501)]
    (message,) = bench.tell_all(storm)
    data = message.data
    assert (data["kind"], data["priority"], len(data["items"]), data["more"]) == ("summary", "P1", 10, 490)
    assert data["counts"] == {"P1": 5, "P3": 495}
    assert message.subjects[:5] == [f"ticket/{number}" for number in range(496, 501)]
    assert sum(each["count"] for each in data["places"]) == 500
    assert {subject for subject, _ in message.kinds} == {f"ticket/{number}" for number in range(1, 501)}, (
        "all are in it"
    )


def test_whoever_was_told_is_told_the_end_and_nobody_else() -> None:
    bench = Bench(
        routing(
            a_route(when={"priority": "P1"}), a_route("p2", "anna", when={"priority": "P2"}), li="chat", anna="chat"
        ),
        takes={"chat"},
    )
    bench.tell("ticket.opened", "ticket/1", "P1")
    bench.pass_time(MINUTE)
    bench.tell("ticket.closed", "ticket/1", "P1", state="closed")
    bench.tell("ticket.closed", "ticket/9", "P2", state="closed")
    (message,) = bench.pass_time(HOUR)
    assert (message.line.person, message.data["kind"], message.subjects) == ("li", "all-clear", ["ticket/1"])
    assert not bench.notices.book.events, "nothing is kept of what is over"


def test_the_end_goes_to_whoever_was_told_whatever_the_roster_says_by_then() -> None:
    team = Team(members=("li", "anna"), roster=(Shift(on=("li",), during="day"), Shift(on=("anna",), during="night")))
    bench = Bench(routing(a_route(tell="team"), teams={"team": team}, li="chat", anna="chat"), open={"day"})
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(MINUTE)
    bench.open = {"night"}
    bench.tell("ticket.opened", "ticket/2")
    bench.pass_time(MINUTE)
    bench.tell("ticket.closed", "ticket/1", state="closed")
    bench.pass_time(2 * MINUTE)
    assert [(each.line.person, each.kinds) for each in bench.sent] == [
        ("li", [("ticket/1", "alert")]), ("anna", [("ticket/2", "alert")]), ("li", [("ticket/1", "all-clear")]),
    ]  # fmt: skip


def test_what_comes_and_goes_while_it_waits_for_others_is_told_with_its_end() -> None:
    bench = Bench(routing(a_route()))
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(4)
    bench.tell("ticket.closed", "ticket/1", state="closed")
    assert [each.kinds for each in bench.pass_time(HOUR)] == [[("ticket/1", "alert"), ("ticket/1", "all-clear")]]


def test_quiet_hours_hold_back_what_is_not_urgent_and_tell_in_one_message_what_still_stands() -> None:
    bench = Bench(routing(a_route(), floor="P1"), open={"night"}, until=START + 8 * HOUR)
    for number in range(1, 6):
        bench.tell("ticket.opened", f"ticket/{number}", "P2")
        bench.pass_time(600)
    bench.tell("ticket.closed", "ticket/2", state="closed")
    assert bench.sent == []
    assert [each.subjects for each in bench.tell("ticket.opened", "ticket/6", "P1")] == [["ticket/6"]]
    (message,) = bench.pass_time(9 * HOUR)
    assert (message.at, message.subjects) == (START + 8 * HOUR, ["ticket/1", "ticket/3", "ticket/4", "ticket/5"])


@pytest.mark.parametrize(("priority", "after"), [("P1", 10.0), ("P2", 10.0), ("P3", 8 * HOUR)])
def test_an_end_is_as_urgent_as_what_ends(priority: str, after: float) -> None:
    bench = Bench(routing(a_route(), floor="P2"))
    bench.tell("ticket.opened", "ticket/1", priority)
    bench.pass_time(HOUR)
    bench.open, bench.until, since = {"night"}, bench.now + 8 * HOUR, bench.now
    bench.tell("ticket.closed", "ticket/1", priority, state="closed")
    (message,) = bench.pass_time(9 * HOUR)
    assert (message.data["kind"], message.at - since) == ("all-clear", after)


def test_what_is_hidden_is_told_to_nobody_until_it_is_shown_again() -> None:
    bench = Bench(routing(a_route()), hidden={"asset-1"})
    bench.tell("ticket.opened", "ticket/1")
    bench.tell("ticket.overdue", "ticket/1")
    assert bench.pass_time(HOUR) == []
    bench.hidden.clear()
    (message,) = bench.tell("alarm.raised", "asset/1")
    assert message.kinds == [("ticket/1", "alert")], "once: what it was opened by does not match this route"


def test_an_alarm_that_is_hidden_is_taken_back_once_and_not_called_all_clear() -> None:
    bench = Bench(routing(a_route(when={"events": "alarm.raised"})))
    bench.tell("alarm.raised", "asset-1/c", asset="asset-1")
    bench.pass_time(MINUTE)
    bench.hidden = {"asset-1"}
    bench.tell("alarm.hidden", "asset-1/c", asset="asset-1")
    (message,) = bench.pass_time(HOUR)
    assert (message.data["kind"], message.kinds) == ("alert", [("asset-1/c", "all-clear")])


def test_it_is_told_again_until_somebody_takes_it() -> None:
    bench = Bench(routing(a_route(repeat="30min")), takes={"chat"})
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(2 * HOUR - 1)
    assert [(round(each.at - START), each.data["kind"]) for each in bench.sent] == [
        (10, "alert"), (1810, "repeat"), (3610, "repeat"), (5410, "repeat"),
    ]  # fmt: skip
    bench.tell("ticket.taken", "ticket/1")
    assert bench.pass_time(24 * HOUR) == []


def test_a_repetition_goes_to_whoever_is_on_by_then() -> None:
    team = Team(members=("li", "anna"), roster=(Shift(on=("li",), during="day"), Shift(on=("anna",), during="night")))
    bench = Bench(
        routing(a_route(tell="team", repeat="1h"), teams={"team": team}, li="chat", anna="chat"), open={"day"}
    )
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(MINUTE)
    bench.open = {"night"}
    (message,) = bench.pass_time(HOUR)
    assert (message.line.person, message.data["kind"]) == ("anna", "repeat")
    bench.tell("ticket.closed", "ticket/1", state="closed")
    assert {each.line.person for each in bench.pass_time(MINUTE)} == {"li", "anna"}


def test_an_acknowledgement_counts_for_four_hours_and_then_it_is_told_again() -> None:
    bench = Bench(routing(a_route(repeat="30min")), takes={"chat"})
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(MINUTE)
    bench.tell("alarm.acknowledged", "asset-1/c", asset="asset-1")
    assert bench.pass_time(4 * HOUR - 1) == []
    (message,) = bench.pass_time(20)
    assert (message.data["kind"], bench.expired) == ("repeat", [("asset-1", "c")])
    bench.tell("ticket.taken", "ticket/1")
    assert bench.pass_time(24 * HOUR) == []


def test_the_second_channel_is_asked_when_the_first_has_not_delivered_within_a_minute() -> None:
    bench = Bench(routing(a_route(by="chat mail", when={"priority": ["P1", "P2"]}), li="chat mail"))
    (first,) = bench.tell("ticket.opened", "ticket/1", "P1")
    (second,) = bench.pass_time(5 * MINUTE)
    assert (second.at, second.line.channel, second.kinds) == (START + 60, "mail", [("ticket/1", "alert")])
    assert bench.delivery(first, True) == [], "late, but nothing more follows from it"
    bench.tell("ticket.closed", "ticket/1", "P1", state="closed")
    (end,) = bench.pass_time(30)
    bench.delivery(end, True)
    assert [(each.line.channel, each.data["kind"]) for each in bench.pass_time(HOUR)] == []


def test_what_is_refused_for_good_goes_to_the_next_channel_at_once_and_what_arrives_to_no_other() -> None:
    bench = Bench(routing(a_route(by="chat mail"), li="chat mail", anna="chat"))
    bench.tell("ticket.opened", "ticket/1", "P1")
    (passed_on,) = bench.delivery(bench.sent[-1], False)
    assert passed_on.line.channel == "mail"
    bench.delivery(passed_on, True)
    bench.tell("ticket.opened", "ticket/2", "P1")
    (message,) = bench.pass_time(50) or bench.pass_time(10)
    bench.delivery(message, True)
    assert bench.pass_time(HOUR) == []
    assert len(bench.notices.book.sent) == 0


def test_what_comes_back_is_told_to_whoever_was_told_that_it_came() -> None:
    bench = Bench(routing(a_route()))
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(MINUTE)
    bench.tell("ticket.closed", "ticket/1", state="closed")
    bench.pass_time(MINUTE)
    bench.tell("ticket.reopened", "ticket/1")
    bench.pass_time(MINUTE)
    bench.tell("ticket.closed", "ticket/1", state="closed")
    bench.pass_time(MINUTE)
    assert [kind for each in bench.sent for _, kind in each.kinds] == ["alert", "all-clear", "alert", "all-clear"]


def test_a_note_on_what_is_closed_waits_for_no_end() -> None:
    bench = Bench(routing(a_route(when={"events": "ticket.*"})))
    bench.tell("ticket.noted", "ticket/1", state="closed")
    assert [each.kinds for each in bench.pass_time(MINUTE)] == [[("ticket/1", "alert")]]
    assert not bench.notices.book.threads


def test_whoever_is_gone_from_the_files_is_told_no_more_and_another_channel_takes_over() -> None:
    bench = Bench(routing(a_route(tell="li anna", by="chat mail"), li="chat mail", anna="chat mail"))
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(20)
    for message in list(bench.sent):
        bench.delivery(message, True)
    bench.crash(routing(a_route(by="mail"), li="mail"))
    bench.tell("ticket.closed", "ticket/1", state="closed")
    assert [(*each.line, each.data["kind"]) for each in bench.pass_time(HOUR)] == [("li", "mail", "all-clear")]
    assert not bench.notices.book.queues


def test_what_waits_for_a_channel_that_is_gone_keeps_its_words_on_the_way_to_the_next() -> None:
    late = a_route("late", by="chat mail", when={"events": "ticket.overdue"})
    bench = Bench(routing(a_route(by="mail"), late, li="chat mail", floor="P1"), takes={"mail"})
    bench.tell("ticket.opened", "ticket/1")
    bench.pass_time(MINUTE)
    bench.open, bench.until = {"night"}, bench.now + HOUR
    bench.tell("ticket.overdue", "ticket/1")
    bench.crash(routing(a_route(by="mail"), late, li="mail", floor="P1"))
    (message,) = bench.pass_time(2 * HOUR)
    assert [each["type"] for each in message.data["items"]] == ["touchpoint.ticket.overdue.v1"]


def test_a_storm_of_what_stands_nowhere_or_at_a_place_without_languages_is_counted_too() -> None:
    bench = Bench(routing(a_route(when={"events": "*"})))
    bench.tell_all([("work.begun", f"work/{number}", "P1") for number in range(12)], place="Hall")
    (message,) = bench.sent
    assert (message.data["counts"], message.data["places"], message.data["more"]) == ({"P1": 12}, [], 2)


def test_a_storm_that_ended_before_its_notice_was_delivered_is_passed_on_without_holding_up_a_tick() -> None:
    bench = Bench(routing(a_route(by="chat mail", deliver_within="2min"), li="chat mail"))
    bench.tell_all([("ticket.opened", f"ticket/{number}", "P2") for number in range(1000)])
    bench.pass_time(11)
    bench.tell_all([("ticket.closed", f"ticket/{number}", "P2") for number in range(1000)], state="closed")
    bench.pass_time(65)
    began = cpu_seconds()
    (message,) = bench.pass_time(60)
    assert cpu_seconds() - began < 2.0, "it was 11 s once, growing with the square"
    assert message.line.channel == "mail"
    assert len(message.kinds) == len(set(message.kinds)) == 2000
    assert bench.pass_time(HOUR) == []

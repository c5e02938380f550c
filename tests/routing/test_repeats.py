"""What is told again does not pile up: behind a channel that still has to deliver, it waits or goes another way."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.routing.bench import START, Bench, Message, route, routing

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def recover(bench: Bench) -> list[Message]:
    """The channels deliver all that waits, in order, and go on; returns that, and what follows within a minute."""
    waiting = [each for each in bench.sent if each.key in bench.notices.book.sent]
    bench.takes = {"chat", "mail"}
    followed = [message for each in waiting for message in bench.delivery(each, True)]
    return [*waiting, *followed, *bench.pass_time(2 * MINUTE)]


def test_behind_a_channel_that_is_down_for_14_days_nothing_is_told_again_until_it_is_back() -> None:
    bench = Bench(routing(route(repeat="30min")), takes={"chat"})
    bench.tell("ticket.opened", "ticket/1", "P1")
    bench.pass_time(MINUTE)
    bench.takes.clear()
    for day in range(14):
        bench.tell("ticket.opened", f"ticket/{day + 2}", "P1")
        bench.pass_time(DAY)
    waiting = [each for each in bench.sent if each.key in bench.notices.book.sent]
    assert Counter(each.data["kind"] for each in waiting) == {"alert": 14}
    got = recover(bench)
    assert [each.subjects for each in got[:14]] == [[f"ticket/{number}"] for number in range(2, 16)], "in order"
    (repeat,) = got[14:]
    assert (repeat.data["kind"], len(repeat.kinds)) == ("summary", 15), "one, of all that still stands"


def test_a_repeat_that_waits_already_is_the_only_one() -> None:
    bench = Bench(routing(route(repeat="30min")), takes={"chat"})
    bench.tell("ticket.opened", "ticket/1", "P2")
    bench.pass_time(MINUTE)
    bench.takes.clear()
    bench.pass_time(14 * DAY)
    assert [each.data["kind"] for each in bench.sent] == ["alert", "repeat"], "it was 672 of them"
    bench.tell("ticket.closed", "ticket/1", "P2", state="closed")
    bench.pass_time(MINUTE)
    recover(bench)
    bench.pass_time(DAY)
    assert [each.data["kind"] for each in bench.sent] == ["alert", "repeat", "all-clear"]


def test_the_next_channel_goes_on_telling_it_again() -> None:
    bench = Bench(routing(route(by="chat mail", repeat="30min"), li="chat mail"), takes={"mail"})
    bench.tell("ticket.opened", "ticket/1", "P1")
    bench.pass_time(DAY + MINUTE)
    assert Counter(each.line.channel for each in bench.sent) == {"chat": 1, "mail": 49}
    assert [each.at - START for each in bench.sent[:3]] == [0.0, MINUTE, 31 * MINUTE], "as patiently as ever"
    assert {each.data["kind"] for each in bench.sent[2:]} == {"repeat"}


def test_what_waits_to_be_told_again_is_not_told_when_somebody_takes_it_or_it_is_over() -> None:
    bench = Bench(routing(route(repeat="30min")))
    for number in (1, 2, 3):
        bench.tell("ticket.opened", f"ticket/{number}", "P1")
        bench.pass_time(MINUTE)
    bench.pass_time(HOUR)
    bench.crash()
    bench.tell("ticket.taken", "ticket/1", "P1")
    bench.tell("ticket.closed", "ticket/2", "P1", state="closed")
    bench.pass_time(MINUTE)
    got = recover(bench)
    assert [each.kinds for each in got[-1:]] == [[("ticket/3", "repeat")]]
    assert sum(kind == "all-clear" for each in bench.sent for _, kind in each.kinds) == 1


def test_what_is_on_its_way_by_a_channel_that_is_taken_away_is_awaited_no_more() -> None:
    bench = Bench(routing(route(by="chat mail"), li="chat mail", anna="chat"))
    bench.tell("ticket.opened", "ticket/1", "P1")
    alone, both = routing(route(by="chat"), li="chat"), routing(route(by="chat mail"), li="mail chat")
    bench.crash(alone)
    assert bench.notices.book.is_behind(bench.sent[0].line), "it may still be delivered"
    assert bench.pass_time(HOUR) == [], "and there is no other channel any more"
    bench.crash(routing(route(by="mail"), li="mail"))
    assert bench.notices.book.sent == {}
    assert [each.line.channel for each in bench.pass_time(MINUTE)] == ["mail"]
    bench.crash(both)
    assert list(bench.notices.book.sent) == [bench.sent[-1].key]


def test_what_a_channel_that_is_taken_away_did_not_deliver_in_time_is_told_by_the_next() -> None:
    bench = Bench(routing(route(by="chat mail"), li="chat mail"))
    bench.tell("ticket.opened", "ticket/1", "P1")
    bench.crash(routing(route(by="mail"), li="mail"))
    (message,) = bench.pass_time(HOUR)
    assert (message.at, message.line.channel, message.kinds) == (START + MINUTE, "mail", [("ticket/1", "alert")])


def test_who_takes_the_place_of_somebody_who_left_in_the_night_is_told_when_their_hours_begin() -> None:
    """Told by day, repeated by day; at night the one who was told leaves the site's files, and another comes in."""
    by_day: dict[str, Any] = {"when": {"during": "day"}, "repeat": "30min"}
    bench = Bench(routing(route(**by_day)), open={"day"}, takes={"chat"})
    assert [each.line.person for each in bench.tell("ticket.opened", "ticket/1", "P1")] == ["li"]
    bench.open = set()
    bench.crash(routing(route(tell="anna", **by_day), anna="chat"))
    looks, end = 0, bench.now + 3 * HOUR
    while (due := bench.notices.next()) is not None and due <= end and looks < 1000:
        looks, bench.now = looks + 1, max(bench.now, due)
        assert not bench.notices.pass_time(bench.world(), bench.now)
        assert bench.settle() == []
    assert looks <= 181, "once a minute, and not for ever in one moment"
    bench.open = {"day"}
    (message,) = bench.pass_time(MINUTE)
    assert (message.line.person, message.kinds) == ("anna", [("ticket/1", "repeat")])
    assert [each.line.person for each in bench.pass_time(HOUR)] == ["anna", "anna"], "and as often as the route says"

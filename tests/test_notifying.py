"""Who is told what by the whole pipeline, over a real store: storms, chatter, dead lines, quiet hours, crashes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.actions import Acknowledge, NoteTicket, Shelve, TakeTicket, TryOutput
from gateway.estate import Keep, OutputSettings
from gateway.model import BadReading, Readings
from gateway.outputs.wording import short
from gateway.routing.book import Delivered
from gateway.standards.windows import Window
from gateway.words import OutputTold, StoreTold
from tests.notice_story import NIGHT, NOTICE, QUIET, NoticeStory, doors, with_routing
from tests.story import NOON

EVERYTHING = {"name": "everything", "tell": ["li", "anna"], "by": ["chat", "mail"]}
URGENT = {"name": "urgent", "when": {"priority": "P1"}, "tell": ["chief"], "by": ["mail"]}
PEOPLE = {"li": {"chat": ""}, "anna": {"chat": "", "mail": "a@example.org"}, "chief": {"mail": "c@example.org"}}


def one_a_minute(story: NoticeStory) -> None:
    """Nobody was written to twice within a minute by one channel."""
    lines: dict[tuple[str, str], list[float]] = defaultdict(list)
    for told in story.told_people:
        lines[told.data["to"], told.channel].append(told.at)
    for times in lines.values():
        assert all(later - earlier >= 60.0 for earlier, later in pairwise(times))


def heard(story: NoticeStory, person: str) -> Counter[tuple[str, str]]:
    """(subject, kind) → how often the person was told, by the first of their channels."""
    mine = [told for told in story.told_people if told.data["to"] == person]
    channel = mine[0].channel
    return Counter(each for told in mine if told.channel == channel for each in told.everything)


@pytest.mark.slow
def test_500_alarms_in_ten_seconds_with_the_power_failing_in_between(tmp_path: Path) -> None:
    """RELIABILITY B3: at most a message a minute to each, P1 first, every one of the 500 told, every end told once."""
    story = NoticeStory(with_routing(doors(20, 480), [EVERYTHING, URGENT], PEOPLE), tmp_path / "gateway.db")
    names = [f"door_{n}" for n in range(20)] + [f"gate_{n}" for n in range(480)]
    order = [names[(7 * place) % 500] for place in range(500)]
    begun = story.now
    for second in range(10):
        for name in order[50 * second : 50 * second + 50]:
            story.at_once(**{name: False})
        story.now += 1.0
        if second % 3 == 0:
            story.crash()
    story.until_nothing_is_due()
    assert story.told_people[-1].at - begun < 140, "by the second channel too, within two minutes or so"
    tickets = {f"ticket/{ticket.id}": ticket.priority for ticket in story.tickets()}
    urgent = {name for name, priority in tickets.items() if priority == "P1"}
    assert (len(tickets), len(urgent)) == (500, 20)
    for person in ("li", "anna"):
        assert heard(story, person) == Counter((name, "alert") for name in tickets)
        assert len([told for told in story.told_people if (told.data["to"], told.channel) == (person, "chat")]) == 2
    assert heard(story, "chief") == Counter((name, "alert") for name in urgent)
    summary = next(told for told in story.told_people if told.data["to"] == "li" and told.data["kind"] == "summary")
    told_first = [each["data"]["priority"] for each in summary.data["items"]]
    assert told_first == sorted(told_first)
    assert sum(summary.data["counts"].values()) == len(summary.everything)
    for each in order:
        story.at_once(**{each: True})
    story.until_nothing_is_due()
    for person in ("li", "anna"):
        assert heard(story, person) == Counter((name, kind) for name in tickets for kind in ("alert", "all-clear"))
    assert heard(story, "chief") == Counter((name, kind) for name in urgent for kind in ("alert", "all-clear"))
    one_a_minute(story)
    assert len({told.key for told in story.told_people}) == len(story.told_people)
    counts = story.waiting()
    assert sum(counts[channel, "waiting"] for channel in ("chat", "mail")) == len(story.told_people)


def test_the_message_of_a_storm_counts_all_and_says_where_to_see_them(tmp_path: Path) -> None:
    story = NoticeStory(with_routing(doors(3, 497), [EVERYTHING], PEOPLE), tmp_path / "gateway.db")
    story.at_once(**{f"door_{n}": False for n in range(3)}, **{f"gate_{n}": False for n in range(497)})
    for told in story.told_people:
        text = short({"type": "touchpoint.notice.made.v1", "data": told.data}, ["zh"], 2048)
        lines = text.split("\n")
        assert len(text.encode()) <= 2048
        assert lines[0].startswith(story.estate.title[told.data["language"]])
        assert "P1 × 3" in lines[0]
        assert "P3 × 497" in lines[0]
        assert all(
            each["data"]["place"]["en"] in line for each, line in zip(told.data["items"], lines[1:], strict=False)
        )
        shown = len(lines) - 2
        assert f"{500 - shown} more" in lines[-1] or f"另有 {500 - shown} 项" in lines[-1]
        assert "touchpoint tickets" in lines[-1]
    assert {told.data["language"] for told in story.told_people} == {"zh", "en"}


@pytest.mark.slow
def test_chatter_at_5_hz_for_ten_minutes_is_one_ticket_and_three_notices_at_most(tmp_path: Path) -> None:
    """RELIABILITY B2."""
    route = {"name": "gates", "tell": ["li"], "by": ["chat"], "when": {"events": ["ticket.*", "alarm.*"]}}
    story = NoticeStory(with_routing(doors(0, 1), [route], PEOPLE), tmp_path / "gateway.db")
    for number in range(3000):
        story.at_once(gate_0=number % 2 == 1)
        story.now += 0.2
    story.at_once(gate_0=True)
    story.until_nothing_is_due()
    assert [ticket.state.value for ticket in story.tickets()] == ["closed"]
    assert len(story.told_people) <= 3
    assert story.told_people[-1].data["kind"] == "all-clear"


def test_a_dead_line_is_told_once_and_not_by_each_of_its_sixty_devices(tmp_path: Path) -> None:
    story = NoticeStory(with_routing(doors(0, 60), [EVERYTHING], PEOPLE), tmp_path / "gateway.db")
    story.at_once(**{f"gate_{n}": True for n in range(60)})
    story.line = False
    for number in range(60):
        story.lose(f"gate-{number}", BadReading("line-down"), BadReading("line-down"))
    story.wait(600, every=30)
    assert {told.data["items"][0]["data"]["asset"] for told in story.told_people} == {"connection/line"}
    assert heard(story, "li") == {("ticket/1", "alert"): 1}


def test_in_quiet_hours_by_the_clock_on_the_wall_only_what_is_urgent_is_told(tmp_path: Path) -> None:
    """20:00 in Shanghai is noon in UTC; the gate opens at 23:00 and the door at 23:30, and both until the morning."""
    estate = replace(
        with_routing(doors(1, 2), [EVERYTHING | {"tell": ["li"]}], PEOPLE, quiet=QUIET),
        windows={"night": NIGHT}, timezone=ZoneInfo("Asia/Shanghai"),
    )  # fmt: skip
    story = NoticeStory(estate, tmp_path / "gateway.db")
    story.now = NOON + 3 * 3600
    story.at_once(door_0=True, gate_0=False, gate_1=False)
    story.until_nothing_is_due(1800)
    assert story.told_people == []
    story.crash()
    story.at_once(door_0=False, gate_1=True)
    story.until_nothing_is_due(60)
    assert {told.everything[0] for told in story.told_people} == {("ticket/3", "alert")}
    story.told_people.clear()
    story.until_nothing_is_due(12 * 3600)
    assert {(told.at, *told.everything) for told in story.told_people} == {(NOON + 10 * 3600, ("ticket/1", "alert"))}, (
        "at 06:00, in one message, and not what was repaired at night"
    )


def test_a_clock_that_cannot_be_believed_makes_no_hours_quiet(tmp_path: Path) -> None:
    always = Window.model_validate({"title": {"en": "night"}, "daily": ["00:00", "24:00"]})
    estate = replace(with_routing(doors(0, 1), [EVERYTHING], PEOPLE, quiet=QUIET), windows={"night": always})
    story = NoticeStory(estate, tmp_path / "gateway.db")
    story.at_once(gate_0=False)
    for trusted, told in ((True, 0), (False, 2)):
        changes, _ = story.pipeline.tick([], [], story.now + 120, 0.0, trusted)
        assert len(changes.outbox) == told
        story.now += 120


def test_a_shelved_alarm_tells_nobody_and_what_was_told_of_it_is_told_again_by_nobody(tmp_path: Path) -> None:
    route = EVERYTHING | {"repeat": "5min", "tell": ["li"]}
    story = NoticeStory(with_routing(doors(0, 1), [route], PEOPLE), tmp_path / "gateway.db")
    story.takes = {"chat"}
    story.at_once(gate_0=False)
    story.until_nothing_is_due(60)
    story.act(Shelve("gate-0", "gate.closed", "li", "being painted", story.now + 3600))
    told = len(story.told_people)
    story.until_nothing_is_due(3000)
    assert len(story.told_people) == told
    story.until_nothing_is_due(900)
    assert story.told_people[told].data["kind"] == "repeat", "shown again, it is told again"


def test_an_acknowledgement_is_over_after_four_hours_and_can_be_given_again(tmp_path: Path) -> None:
    route = EVERYTHING | {"tell": ["li"], "by": ["chat"], "repeat": "30min"}
    story = NoticeStory(with_routing(doors(0, 1), [route], PEOPLE), tmp_path / "gateway.db")
    story.takes = {"chat"}
    story.at_once(gate_0=False)
    story.until_nothing_is_due(60)
    asked = Acknowledge("gate-0", "gate.closed", "li")
    for round_ in (1, 2):
        story.act(asked)
        assert story.alarm("gate-0", "gate.closed").acknowledged
        story.told_people.clear()
        story.crash()
        story.until_nothing_is_due(4 * 3600 + 60)
        assert [told.data["kind"] for told in story.told_people] == ["repeat"], f"round {round_}"
        assert not story.alarm("gate-0", "gate.closed").acknowledged
    story.act(TakeTicket(1, "li"))
    story.told_people.clear()
    story.until_nothing_is_due(24 * 3600)
    assert story.told_people == []


def test_a_delivery_that_is_known_to_the_store_only_is_not_repeated_by_another_channel(tmp_path: Path) -> None:
    """The power fails between the delivery and the tick that hears of it."""
    story = NoticeStory(with_routing(doors(1, 0), [EVERYTHING | {"tell": ["anna"]}], PEOPLE), tmp_path / "gateway.db")
    story.at_once(door_0=False)
    (row,) = story.database.outbox_due("chat", story.now, 10)
    story.database.outbox_set([row.id], "delivered")
    story.crash()
    story.until_nothing_is_due()
    assert [told.channel for told in story.told_people] == ["chat"]


@pytest.mark.parametrize(
    ("word", "channels"), [("arrived", ["chat"]), ("refused", ["chat", "mail"]), ("", ["chat", "mail"])]
)
def test_the_second_channel_is_asked_only_where_the_first_did_not_deliver(
    tmp_path: Path, word: str, channels: list[str]
) -> None:
    story = NoticeStory(with_routing(doors(1, 0), [EVERYTHING | {"tell": ["anna"]}], PEOPLE), tmp_path / "gateway.db")
    story.at_once(door_0=False)
    assert story.pipeline.notifying.awaits(story.told_people[0].key)
    if word:
        changes, _ = story.pipeline.tick([], [Delivered(story.told_people[0].key, word == "arrived")], story.now)
        assert [channel for channel, _ in changes.outbox] == channels[1:]
        story.database.commit(changes)
        story.crash()
    else:
        story.until_nothing_is_due()
        assert [told.channel for told in story.told_people] == channels
        assert story.told_people[1].at - story.told_people[0].at == 60.0


def test_notices_go_to_their_own_channel_only_and_a_site_without_routes_has_none(tmp_path: Path) -> None:
    story = NoticeStory(with_routing(doors(1, 0), [EVERYTHING], PEOPLE), tmp_path / "gateway.db")
    story.at_once(door_0=False)
    assert {told.channel for told in story.told_people} == {"chat"}
    assert story.waiting()["log", "waiting"] == 1, "the ticket, and no notice"
    plain = NoticeStory(doors(1, 0), tmp_path / "plain.db")
    plain.at_once(door_0=False)
    plain.until_nothing_is_due()
    assert plain.told("notice") == []
    assert plain.database.connection.execute("SELECT count(*) FROM notices").fetchone() == (0,)


def test_routes_ask_for_the_trade_of_the_clause(tmp_path: Path) -> None:
    wrong, right = (
        {"name": trade, "tell": [who], "by": ["mail"], "when": {"trade": trade}}
        for trade, who in (("fire", "chief"), ("general", "anna"))
    )
    story = NoticeStory(with_routing(doors(1, 0), [wrong, right], PEOPLE), tmp_path / "gateway.db")
    story.at_once(door_0=False)
    assert [told.data["to"] for told in story.told_people] == ["anna"]


def test_a_note_is_told_where_it_is_asked_for_and_a_test_notice_at_once(tmp_path: Path) -> None:
    route = EVERYTHING | {"tell": ["li"], "when": {"events": "ticket.noted"}}
    story = NoticeStory(with_routing(doors(0, 1), [route], PEOPLE), tmp_path / "gateway.db")
    story.at_once(gate_0=False)
    story.act(NoteTicket(1, "anna", "the key is at the gate house"))
    story.act(TryOutput("mail", "anna", "li"), TryOutput("chat", "", "li"))
    assert [(told.channel, told.data["to"], told.data["kind"], told.data["by"]) for told in story.told_people] == [
        ("mail", "anna", "test", "li"), ("chat", "", "test", "li"),
    ]  # fmt: skip
    assert [told.what for told in story.pipeline.changes.audit] == []
    audited = story.database.connection.execute("SELECT who, what, subject FROM audit ORDER BY sequence").fetchall()
    assert audited[-2:] == [("li", "TryOutput", "mail"), ("li", "TryOutput", "chat")]
    story.until_nothing_is_due(60)
    assert "the key is at the gate house" in short(
        {"type": "touchpoint.notice.made.v1", "data": story.told_people[-1].data}, ["zh"], 500
    )
    for asked, why in (
        (TryOutput("mial", "", "li"), "there is no output 'mial', did you mean \"mail\"?"),
        (TryOutput("mail", "ana", "li"), "there is no person 'ana', did you mean \"anna\"?"),
        (TryOutput("mail", "li", "li"), "li is not reached by mail"),
    ):
        story.act(asked)
        assert story.refusals == [why]


def test_an_output_of_readings_takes_no_test_notice(tmp_path: Path) -> None:
    estate = with_routing(doors(0, 1), [EVERYTHING], PEOPLE)
    series = OutputSettings("series", "influx", (), {}, keep=Keep(10_000, 3600.0))
    story = NoticeStory(replace(estate, outputs={**estate.outputs, "series": series}), tmp_path / "gateway.db")
    story.act(TryOutput("series", "", "li"))
    assert story.refusals == ["series takes readings, and no notices"]
    assert story.told_people == []


def test_of_what_arrived_while_nobody_listened_nothing_is_kept_and_nothing_told_again(tmp_path: Path) -> None:
    route = {"name": "all", "tell": ["anna"], "by": ["chat", "mail"]}
    story = NoticeStory(with_routing(doors(1, 0), [route], PEOPLE), tmp_path / "gateway.db")
    story.at_once(door_0=False)
    changes, _ = story.pipeline.tick([], [Delivered(story.told_people[0].key, True)], story.now)
    story.database.commit(changes)
    story.wait(70, door_0={"closed": False})
    story.at_once(door_0=True)
    story.wait(22, door_0={"closed": True})
    assert [told.data["kind"] for told in story.told_people] == ["alert", "all-clear"]
    story.database.connection.execute("UPDATE outbox SET state = 'delivered'")
    story.crash()
    story.act()
    rows = story.database.connection.execute("SELECT DISTINCT part FROM notices")
    assert [part for (part,) in rows] == ["line"]
    story.now += 400 * 86400.0
    story.database.connection.execute("DELETE FROM outbox")
    story.crash()
    story.until_nothing_is_due()
    assert len(story.told_people) == 2, "the second channel is not asked a year later"


def test_what_was_to_be_told_to_people_who_are_gone_is_not_told_when_they_come_back(tmp_path: Path) -> None:
    route = {"name": "all", "tell": ["li"], "by": ["chat"], "when": {"events": "gateway.started"}}
    with_li, without = with_routing(doors(1, 0), [route], PEOPLE), doors(1, 0)
    story = NoticeStory(with_li, tmp_path / "gateway.db")
    story.estate = without
    story.crash()
    story.now += 90 * 86400.0
    story.estate = with_li
    story.crash()
    story.until_nothing_is_due()
    assert [len(told.everything) for told in story.told_people] == [1], "of the last start, not of the one in between"


def test_a_clock_that_cannot_be_believed_keeps_no_p1_from_anybody(tmp_path: Path) -> None:
    """It is 20:00 as far as the box knows: a quarter past nine in the morning, perhaps."""
    routes = [{"name": name, "tell": [who], "by": ["chat"], "when": {"during": name}} for name, who in
              (("mornings", "li"), ("evenings", "anna"))]  # fmt: skip
    hours = {"mornings": ["08:00", "12:00"], "evenings": ["18:00", "22:00"]}
    windows = {name: Window.model_validate({"title": {"en": name}, "daily": each}) for name, each in hours.items()}
    estate = replace(with_routing(doors(1, 0), routes, PEOPLE), windows=windows)
    for trusted, told in ((True, {"person/anna"}), (False, {"person/li", "person/anna"})):
        story = NoticeStory(estate, tmp_path / f"{trusted}.db")
        device, asset = story.estate.devices["door-0-device"], story.estate.assets["door-0"]
        opened = Readings(device.name, NOON, NOON, [asset.ids["closed"], device.answers_id], [False, True])
        changes, _ = story.pipeline.tick([opened], [], NOON, 0.0, trusted)
        assert {event.subject for output, event in changes.outbox if output == "chat"} == told


@pytest.mark.parametrize(
    ("when", "routed"),
    [
        ({"events": "output.*"}, True),
        ({"events": "*", "priority": ["P1", "P2"]}, True),
        ({"events": "*", "priority": "P1"}, False),
        ({"events": "*", "trade": "lift"}, False),
        ({"events": "*", "during": "night"}, False),
    ],
)  # fmt: skip
def test_an_output_that_is_down_is_told_of_though_a_route_only_seems_to_tell_of_it(
    tmp_path: Path, when: dict[str, str], routed: bool
) -> None:
    routes = [{"name": "some", "tell": ["li"], "by": ["chat", "mail"], "when": when}]
    estate = replace(with_routing(doors(1, 0), routes, PEOPLE), windows={"night": NIGHT})
    story = NoticeStory(estate, tmp_path / "gateway.db")
    changes, _ = story.pipeline.tick([], [OutputTold("mail", True, NOON - 60, "refused", 3)], NOON)
    down = [output for output, event in changes.outbox if event.type == "touchpoint.output.failing.v1"]
    assert down == ([] if routed else ["chat"])


def test_an_output_that_is_down_is_told_of_to_others_where_the_route_tells_by_nothing_else(tmp_path: Path) -> None:
    routes: list[dict[str, object]] = [
        {"name": "outputs", "tell": ["chief"], "by": ["mail", "chat"], "when": {"events": "output.*"}},
        {"name": "tickets", "tell": ["li"], "by": ["chat"]},
    ]
    story = NoticeStory(with_routing(doors(1, 0), routes, PEOPLE), tmp_path / "gateway.db")
    changes, _ = story.pipeline.tick([], [OutputTold("mail", True, NOON - 60, "refused", 3)], NOON)
    assert [out for out, event in changes.outbox if event.subject == "output/mail"] == ["chat"], "chief has only mail"


@pytest.mark.parametrize(
    ("when", "people", "systems"),
    [
        ({}, ["chat"], ["desk", "log"]),
        ({"events": "output.*"}, ["chat"], ["desk", "log"]),
        ({"events": "store.*", "priority": "P1"}, ["chat"], ["desk", "log"]),
        ({"priority": ["P2", "P3"]}, [], ["chat", "desk", "log", "mail"]),
        ({"trade": "lift"}, [], ["chat", "desk", "log", "mail"]),
    ],
)  # fmt: skip
def test_a_store_that_fails_is_told_to_whoever_hears_of_what_is_so_urgent_and_to_every_output_of_events(
    tmp_path: Path, when: dict[str, object], people: list[str], systems: list[str]
) -> None:
    """Where no route tells it to people it goes to their channels all the same."""
    routes = [{"name": "some", "tell": ["li"], "by": ["chat", "mail"], "when": when}]
    estate = with_routing(doors(1, 0), routes, PEOPLE)
    desk = OutputSettings("desk", "webhook", ("ticket.closed",), {})
    series = OutputSettings("series", "influx", (), {}, keep=Keep(10_000, float("inf")))
    outputs = {**estate.outputs, "desk": desk, "series": series}
    story = NoticeStory(replace(estate, outputs=outputs), tmp_path / "gateway.db")
    for word, told in (
        (StoreTold(True, NOON, "disk I/O error"), "store.failing"),
        (StoreTold(False, NOON, until=NOON + 600.0, dropped=7), "store.working"),
    ):
        changes, _ = story.pipeline.tick([], [word], story.now)
        laid = [(output, event) for output, event in changes.outbox if event.data.get("priority") == "P1"]
        notices = [(out, event.data["items"]) for out, event in laid if event.type == NOTICE]
        assert [out for out, _ in notices] == people
        assert all(items[0]["type"] == f"touchpoint.{told}.v1" for _, items in notices)
        assert sorted(out for out, event in laid if event.type == f"touchpoint.{told}.v1") == systems
        story.now += 120.0


def test_what_waits_at_a_channel_that_is_taken_away_is_told_by_the_routes_of_today(tmp_path: Path) -> None:
    """A robot is broken, nobody gets its P1, and somebody writes another channel into the site's files."""
    old = [{"name": "urgent", "tell": ["li"], "by": ["chat"]}]
    new = [{"name": "renamed", "tell": ["li"], "by": ["sms"], "repeat": "30min"}]
    story = NoticeStory(with_routing(doors(2, 0), old, {"li": {"chat": ""}}), tmp_path / "gateway.db")
    story.at_once(door_0=False)
    story.now += 5.0
    story.at_once(door_1=False)
    assert [(told.channel, len(told.everything)) for told in story.told_people] == [("chat", 1)], (
        "the other waits a minute"
    )
    story.estate = with_routing(doors(2, 0), new, {"li": {"sms": "+86 1"}})
    story.takes = {"sms"}
    story.crash()
    begun = story.now
    story.until_nothing_is_due(1900)
    assert [(told.channel, told.at - begun, told.data["kind"], told.everything) for told in story.told_people[1:]] == [
        ("sms", at, "repeat", [("ticket/1", "repeat"), ("ticket/2", "repeat")]) for at in (0.0, 1800.0)
    ]  # fmt: skip
    story.at_once(door_0=True, door_1=True)
    story.until_nothing_is_due(120)
    assert story.told_people[-1].everything == [("ticket/1", "all-clear"), ("ticket/2", "all-clear")]


def test_who_heard_of_it_already_hears_nothing_when_another_ones_channel_is_replaced(tmp_path: Path) -> None:
    route = {"name": "urgent", "tell": ["li", "anna"], "by": ["chat", "sms", "mail"]}
    story = NoticeStory(
        with_routing(doors(1, 0), [route], {"li": {"chat": ""}, "anna": {"mail": "a"}}), tmp_path / "g.db"
    )
    story.at_once(door_0=False)
    story.estate = with_routing(doors(1, 0), [route], {"li": {"sms": "+86 1"}, "anna": {"mail": "a"}})
    story.crash()
    story.until_nothing_is_due()
    assert [(told.data["to"], told.channel) for told in story.told_people] == [
        ("anna", "mail"), ("li", "chat"), ("li", "sms"),
    ]  # fmt: skip

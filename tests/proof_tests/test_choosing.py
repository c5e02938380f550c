"""Which tests may start: never neighbours together, never too many, only in the window; on 10,000 random sites (F6).

The quick profile plays 500 of them, ``TOUCHPOINT_FULL=1`` all.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from gateway.proof_tests.choosing import Standing, choose, neighbours, wake
from gateway.proof_tests.entry import Outcome
from gateway.proof_tests.rules import DAY, HOUR, TestKind, TestRules, TestTerms, usual_terms
from gateway.proof_tests.schedule import Slot
from tests.proof_tests.schedules import Light, Watchman, most_at_once, rules, together

FULL = os.environ.get("TOUCHPOINT_FULL") == "1"
PLAYS, PARTS = (10_000 if FULL else 500), 10
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
DURATION: list[float | str] = [5 * DAY, 9 * DAY, "0 2 * * mon", "30 1 1,15 * *"]
FUNCTION: list[float | str] = [4 * DAY, 7 * DAY, "0 3 * * wed,sat"]
NOW = 1_800_000_000.0
MANY = rules(at_once=9)
CORRIDOR: Mapping[str, frozenset[str]] = {
    "a": frozenset("b"), "b": frozenset("ac"), "c": frozenset("bd"), "d": frozenset("c"),
}  # fmt: skip


def slot(asset: str, kind: TestKind = "duration", overdue: float = HOUR, **more: float) -> Slot:
    return Slot(asset, kind, NOW - overdue, more.pop("latest", NOW + 7 * DAY), **more)  # type: ignore[arg-type]


def terms(asset: str, kind: TestKind) -> TestTerms:
    return usual_terms(kind)


def chosen(*slots: Slot, by: TestRules = MANY, open_for: float = 4 * HOUR, **standing: object) -> str:
    """The assets of those that may start, in order."""
    how = Standing(NOW, NOW + open_for, **standing)  # type: ignore[arg-type]
    return "".join(each.asset for each in choose(slots, how, by, CORRIDOR, terms))


def test_the_most_overdue_of_neighbours_goes_first_and_those_farther_off_with_it() -> None:
    assert chosen(slot("a"), slot("b", overdue=2 * HOUR), slot("c"), slot("d")) == "bd"
    assert chosen(slot("a"), slot("b"), slot("c"), slot("d")) == "ac"


def test_never_more_than_the_site_allows_at_once() -> None:
    assert chosen(slot("a"), slot("c"), by=rules(at_once=1)) == "a"
    assert chosen(slot("a"), slot("c"), by=rules(at_once=2), running=1) == "a"
    assert chosen(slot("a"), slot("c"), by=rules(at_once=2), running=2) == ""
    assert chosen(slot("a"), slot("c"), by=rules(at_once=2), running=3) == ""


def test_what_is_not_due_put_off_or_missed_does_not_start() -> None:
    assert chosen(slot("a", overdue=-1.0)) == ""
    assert chosen(slot("a", overdue=0.0)) == "a"
    assert chosen(slot("a", not_before=NOW + 1)) == ""
    assert chosen(slot("a", latest=NOW)) == ""


def test_next_to_one_that_discharges_or_recharges_nothing_starts() -> None:
    assert chosen(slot("a"), slot("c"), slot("d"), busy={"b": None}) == "d"
    assert chosen(slot("a"), slot("b"), busy={"b": NOW + 1}) == ""
    assert chosen(slot("a"), slot("b"), busy={"b": NOW}) == "a"


def test_a_test_has_to_end_before_the_window_closes() -> None:
    assert chosen(slot("a"), open_for=20 * 60) == "a"
    assert chosen(slot("a"), open_for=20 * 60 - 1) == ""
    assert chosen(slot("a"), slot("c", "function"), open_for=8 * 60) == "c"


def test_while_the_window_is_shut_or_the_clock_is_not_trusted_nothing_starts() -> None:
    assert choose([slot("a")], Standing(NOW, None), MANY, CORRIDOR, terms) == []
    assert chosen(slot("a"), trusted=False) == ""


def test_one_test_at_a_time_on_each_asset() -> None:
    assert chosen(slot("a", "function"), slot("a", "duration", overdue=2 * HOUR)) == "a"


def test_next_to_holds_both_ways_and_a_group_among_all() -> None:
    lights = {
        "a": Light(("b", "gone")), "b": Light(), "c": Light(group="stairs"), "d": Light(group="stairs"),
        "e": Light(("c",), group="stairs"), "f": Light(),
    }  # fmt: skip
    assert {name: "".join(sorted(others)) for name, others in neighbours(lights).items()} == {
        "a": "b", "b": "a", "c": "de", "d": "ce", "e": "cd", "f": "",
    }  # fmt: skip


def test_it_is_looked_again_when_something_can_have_changed() -> None:
    how = Standing(NOW, NOW + HOUR, busy={"b": NOW + 600, "c": None, "d": NOW - 1})
    assert wake([], how) is None
    assert wake([slot("a", latest=NOW + 900)], how) == NOW + 600
    assert wake([slot("a", overdue=-300)], how) == NOW + 300
    assert wake([slot("a")], how, edge=NOW + 60) == NOW + 60
    assert wake([slot("a", latest=NOW - 1)], Standing(NOW, None)) is None


def random_site(random: Random) -> Watchman:
    """Some lights, any of them neighbours of any, some in groups, with any rules."""
    names = [f"light-{each}" for each in range(random.randint(2, 9))]
    likely = random.choice([0.1, 0.3, 0.6])
    lights = {
        name: Light(
            tuple(other for other in names if other != name and random.random() < likely),
            random.choice(["", "", "stairs", "hall"]),
        )
        for name in names
    }
    paces: dict[str, float | str] = {"duration": random.choice(DURATION)}
    if random.random() < 0.5:
        paces["function"] = random.choice(FUNCTION)
    if random.random() < 0.3:
        paces["rated"] = 14 * DAY
    return Watchman(lights, rules(random.randint(1, 3), **paces), random.choice(ZONES), NOW, random)


def play(site: Watchman, random: Random) -> None:
    """About three weeks with nights down, failing mains and rules that are read again."""
    end = site.now + 21 * DAY
    while site.now < end:
        site.until(site.now + random.uniform(0.1, 4.0) * DAY)
        names = list(site.lights)
        match random.randrange(6):
            case 0:
                site.sleeps(site.now + random.choice([60.0, HOUR, 12 * HOUR, 3 * DAY]))
            case 1:
                site.outage(
                    random.sample(names, random.randint(1, len(names))), site.now + random.choice([600.0, HOUR])
                )
            case 2:
                site.replan()


@pytest.mark.timeout(0 if FULL else 300)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_neighbours_together_and_none_too_many_on_any_site(part: int) -> None:
    judged = 0
    for number in range(part, PLAYS, PARTS):
        random = Random(number)
        site = random_site(random)
        play(site, random)
        assert together(site.tests, site.lights) == [], number
        assert most_at_once(site.tests) <= site.rules.at_once, number
        for test in (each for each in site.tests if each.by_schedule):
            began, ended = (datetime.fromtimestamp(each, site.zone) for each in (test.began, test.ended))
            assert began.hour >= 1, number
            assert (ended.hour, ended.minute, ended.date()) <= (5, 0, began.date()), number
            assert test.slot.due <= test.began < test.slot.latest, number
        given = Counter((each.asset, each.kind, each.due) for each, _, _ in site.done)
        assert set(given.values()) <= {1}, number
        judged += sum(outcome in (Outcome.PASSED, Outcome.FAILED) for _, outcome, _ in site.done)
    assert judged > PLAYS / PARTS, "tests did take place"

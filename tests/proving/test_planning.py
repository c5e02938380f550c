"""Tests that are planned: each gets exactly one line of the log book, at night, and never beside a neighbour's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.proof_tests.entry import Entry
from tests.proof_story import Lamp, Property

Make = Callable[..., Property]
MONTHLY = "proof_tests: {window: low-risk, at_once: 2, function: {every: 30 d}, duration: {every: 30 d}}"
DAY = 86_400.0


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Make]:
    properties: list[Property] = []

    def make(*lamps: Lamp, rules: str = MONTHLY, **stanzas: str) -> Property:
        properties.append(Property(tmp_path, list(lamps), rules, **stanzas))
        properties[-1].go_on(70.0, every=10.0)
        return properties[-1]

    yield make
    for each in properties:
        each.close()


def planned(prop: Property) -> list[Entry]:
    return [each for each in prop.book() if each.due is not None]


def test_each_planned_test_has_one_line_at_night_and_neighbours_have_theirs_apart(made: Make) -> None:
    lamps = [Lamp("first", "relay"), Lamp("second", "device", rated=1980.0), Lamp("third", "relay", lasts=500.0)]
    prop = made(*lamps, first=", next_to: [second]", second=", next_to: [third]")
    prop.live(62.0)
    book = planned(prop)
    assert max(Counter((each.asset, each.kind, each.due) for each in book).values()) == 1
    counted = Counter((each.asset, each.kind) for each in book)
    assert set(counted) == {(lamp.name, kind) for lamp in lamps for kind in ("function", "duration")}
    assert set(counted.values()) <= {2, 3}, counted
    assert {each.started_by for each in book} == {"schedule"}
    assert {each.outcome for each in book if each.asset != "third"} == {"passed"}
    assert {each.outcome for each in book if (each.asset, each.kind) == ("third", "duration")} == {"failed"}
    zone = ZoneInfo("Asia/Shanghai")
    assert {datetime.fromtimestamp(each.started_at, zone).hour for each in book} <= {1, 2, 3, 4}
    runs = sorted((each.started_at, each.asset, each.kind) for each in book)
    for (earlier, asset, kind), (later, other, _) in pairwise(runs):
        beside = "second" in (asset, other) and asset != other
        assert not beside or later - earlier > (DAY if kind == "duration" else 3600.0), (asset, other)


def test_a_supply_that_failed_puts_the_test_off_and_it_is_the_same_test_still(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp, rules="proof_tests: {window: low-risk, duration: {every: 30 d}}")
    (slot,) = prop.pipeline.proofs.planning.upcoming()
    prop.live((slot.due - prop.now) / DAY)
    lamp.mains(False, prop.now)
    prop.go_on(600.0)
    lamp.mains(True, prop.now)
    back = prop.now
    prop.live(6.0)
    (entry,) = planned(prop)
    assert (entry.outcome, entry.due) == ("passed", slot.due)
    assert entry.started_at - back >= DAY, "after 24 h of uninterrupted supply"


def test_a_gateway_that_was_down_writes_one_missed_test_and_tries_again_in_the_window(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"), rules="proof_tests: {window: low-risk, function: {every: 30 d}}")
    prop.live(0.5)
    (slot,) = prop.pipeline.proofs.planning.upcoming()
    prop.kill(slot.due - prop.now + 3 * DAY)
    prop.live(3.0)
    missed, passed = planned(prop)
    assert (missed.outcome, missed.finding, missed.due) == ("missed", "gateway-down", slot.due)
    assert passed.outcome == "passed"
    assert datetime.fromtimestamp(passed.started_at, ZoneInfo("Asia/Shanghai")).hour in (1, 2, 3, 4)
    prop.kill()
    prop.live(1.0)
    assert len(planned(prop)) == 2


def test_what_never_could_be_begun_is_refused_for_the_reason_that_held_it_back(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp, rules="proof_tests: {window: low-risk, duration: {every: 30 d}}")
    (slot,) = prop.pipeline.proofs.planning.upcoming()
    prop.live(0.1)
    lamp.silent = True
    prop.live((slot.latest - prop.now) / DAY + 0.1)
    entry = planned(prop)[0]
    assert (entry.outcome, entry.finding, entry.due) == ("refused", "mains-unknown", slot.due)
    assert prop.starts() == []


def test_a_clock_that_cannot_be_believed_starts_and_misses_nothing(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"), rules="proof_tests: {window: low-risk, function: {every: 30 d}}")
    prop.trusted = False
    prop.live(45.0)
    assert planned(prop) == []
    prop.trusted = True
    prop.live(40.0)
    assert [each.outcome for each in planned(prop)][:1] == ["missed"]


@pytest.mark.parametrize("kills", [3, 5, 8])
def test_kills_lose_and_double_no_planned_test(made: Make, kills: int) -> None:
    lamps = [Lamp("first", "relay"), Lamp("second", "device"), Lamp("third", "relay")]
    prop = made(*lamps, first=", group: stair", third=", group: stair")
    for number in range(kills):
        prop.live(40.0 / kills + 0.013 * number)
        prop.dies = ("before", "after")[number % 2]
        prop.tick()
    prop.live(25.0)
    book = planned(prop)
    assert max(Counter((each.asset, each.kind, each.due) for each in book).values()) == 1
    assert set(Counter((each.asset, each.kind) for each in book if each.outcome == "passed").values()) <= {2, 3}
    assert not any(lamp.open for lamp in lamps)

"""What is read back of alarms: their events in order, those that stand, and when nobody may have been there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.alarms.alarm import Alarm, Phase
from gateway.changes import Changes, HistoryBlock
from gateway.model import Event
from gateway.reports.reading import read_alarms
from gateway.store.past import Past
from gateway.store.store import Store
from gateway.store.told import Move, away, first, moves, standing
from tests.api.serving import small_site
from tests.reports.tickets import HOUR, MARCH

T = MARCH.since
ACTIVE = Alarm("lobby-door", "shut", phase=Phase.ACTIVE, raised_at=T - 48 * HOUR)


def event(number: int, at: float, what: str, **data: object) -> Event:
    return Event("test-site", number, f"touchpoint.{what}.v1", "x", T + at, data)


EVENTS = [
    event(1, 0, "gateway.started"),
    event(2, 60, "alarm.raised", asset="a", clause="c", priority="P1", occurrences=3, raised_at="2026-02-28T16:01:00Z"),
    event(3, 61, "alarm.acknowledged", asset="a", clause="c", priority="P1", occurrences=3, raised_at=None),
    event(4, 62, "ticket.opened", asset="a", clause="c"),
    event(5, 90, "alarm.hidden", asset="a", clause="c", occurrences=4, raised_at=None),
    event(6, 5 * HOUR, "gateway.started"),  # the last word before was a reading at 2 h
    event(7, 6 * HOUR, "gateway.started"),  # the last word before was that of 5 h
]


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    estate = small_site()
    store = Store(tmp_path / "gateway.db", estate)
    hidden = replace(ACTIVE, asset="back-door", shelved_until=T)
    kept = {each.key: each for each in (ACTIVE, hidden, Alarm("ok", "shut"))}
    seen = [HistoryBlock(T + 2 * HOUR, [0], [True])]
    asyncio.run(store.commit(Changes(events=EVENTS, alarms=kept, history=seen)))
    store.close()
    with closing(Past(tmp_path / "gateway.db", estate.site)) as opened:
        yield opened


def test_alarms_are_told_in_their_order_and_nothing_else(past: Past) -> None:
    ask = past.connection, "test-site"
    assert first(*ask) == T
    assert [*moves(*ask, T + HOUR)] == [
        Move(T + 60, "raised", "a", "c", "P1", 3, "2026-02-28T16:01:00Z"),
        Move(T + 90, "hidden", "a", "c", None, 4, None),
    ]
    assert [*moves(*ask, T + 90)] == [*moves(*ask, T + 61)], "before, not at"
    assert [*moves(past.connection, "another", T + HOUR)] == []
    assert first(past.connection, "another") is None


def test_what_stands_and_is_not_hidden_is_known(past: Past) -> None:
    assert standing(past.connection, "test-site") == [ACTIVE]


def test_how_long_it_was_away_is_in_the_report(past: Past, tmp_path: Path) -> None:
    assert away(past.connection, "test-site", T, T + 9 * HOUR) == [
        (T + 2 * HOUR, T + 5 * HOUR), (T + 5 * HOUR, T + 6 * HOUR),
    ]  # fmt: skip
    told = read_alarms(tmp_path / "gateway.db", small_site(), MARCH, T + 9 * HOUR)
    assert (told["starts"], told["away_s"]) == (2, 4 * HOUR)
    assert [each["asset"] for each in told["stale"]] == ["lobby-door"], "it stood before anything is kept"

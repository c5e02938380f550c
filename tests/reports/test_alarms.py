"""The health of alarms: an example reckoned by hand, and any stream of events against a model that looks at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reports.alarms import LIMITS, RECOMMENDED, SPAN, AlarmHealth, Told
from gateway.reports.period import Period
from tests.reports.tickets import MARCH

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
PERIOD = MARCH._replace(until=MARCH.since + 2 * DAY)
T = PERIOD.since


def told(at: float, what: str, door: int = 1, priority: str = "P2", occurrences: int = 1) -> Told:
    return Told(T + at, what, (f"door-{door:02}", "shut"), priority, occurrences)


def health(events: Sequence[Told], known_since: float = T - 30 * DAY, period: Period = PERIOD) -> dict[str, Any]:
    made = AlarmHealth(period, known_since)
    for each in events:
        made.take(each)
    return made.told()


def burst(start: float, count: int, priority: str = "P4") -> list[Told]:
    """So many different alarms, a second apart, each for a minute."""
    raised = [told(start + n, "raised", n + 10, priority) for n in range(count)]
    return [*raised, *(told(start + MINUTE + n, "cleared", n + 10, priority) for n in range(count))]


BY_HAND = [
    told(-30 * HOUR, "raised", 1),  # stands since the day before: stale from the start on, for an hour
    told(HOUR, "cleared", 1),
    *burst(2 * HOUR, 12),  # a flood: more than ten in ten minutes …
    *burst(2 * HOUR + 600, 5),  # … that goes on with five …
    *burst(2 * HOUR + 1200, 4),  # … and has ended with four
    told(5 * HOUR, "raised", 3, "P3"), told(5 * HOUR + 20, "cleared", 3, "P3"),
    told(5 * HOUR + 25, "raised", 3, "P3"), told(5 * HOUR + 40, "cleared", 3, "P3"),
    told(5 * HOUR + 50, "raised", 3, "P3"),  # the third time within a minute
    told(6 * HOUR, "cleared", 3, "P3"),
    told(10 * HOUR, "raised", 2, "P1"),  # and is not taken back: stale in the last 14 hours, and at the end
]  # fmt: skip


def test_the_example_comes_out_as_reckoned_by_hand() -> None:
    found = health(BY_HAND)
    values = {name: metric["value"] for name, metric in found["metrics"].items()}
    assert (found["raised"], found["spans"]) == (12 + 5 + 4 + 3 + 1, 288)
    assert values == {
        "mean": 25 / 288, "peak": 12, "share_above_10": 1 / 288, "share_in_flood": 2 / 288, "chattering": 1,
        "stale_in_a_day": 1, "top_share": (5 * 3 + 2 + 4 * 1) / 25,
    }  # fmt: skip
    assert {name: metric["met"] for name, metric in found["metrics"].items()} == {
        "mean": True, "peak": False, "share_above_10": True, "share_in_flood": True, "chattering": False,
        "stale_in_a_day": True, "top_share": False,
    }  # fmt: skip
    # Four alarms came three times (10 to 13), door 3 three times, door 14 twice, and of those with one four more.
    assert [(each["asset"], each["count"]) for each in found["most_frequent"][:6]] == [
        ("door-03", 3), ("door-10", 3), ("door-11", 3), ("door-12", 3), ("door-13", 3), ("door-14", 2),
    ]  # fmt: skip
    assert [each["asset"] for each in found["chattering"]] == ["door-03"]
    assert [(each["asset"], each["count"]) for each in found["stale"]] == [("door-01", 1), ("door-02", 1)]
    assert found["stale_at_end"] == 1
    assert [(each["band"], each["raised"], each["share"]) for each in found["priorities"]] == [
        ("high", 1, 1 / 25), ("medium", 3, 3 / 25), ("low", 21, 21 / 25),
    ]  # fmt: skip


def test_of_a_time_before_the_oldest_event_nothing_is_reckoned() -> None:
    half = health(BY_HAND, known_since=T + DAY)
    assert (half["known_s"], half["spans"], half["raised"]) == (DAY, 144, 0)
    assert half["metrics"]["mean"]["value"] == 0.0
    nothing = health([], known_since=T + 9 * DAY)
    assert (nothing["known_s"], nothing["spans"]) == (0.0, 0)
    assert {(each["value"], each["met"]) for each in nothing["metrics"].values()} == {(None, None)}
    assert all(each["share"] is None for each in nothing["priorities"])


def test_what_stood_before_the_oldest_event_is_known_from_the_alarms_themselves() -> None:
    made = AlarmHealth(PERIOD, T + HOUR)
    made.begin([(("door-01", "shut"), T - 9 * DAY)])
    made.take(told(30 * HOUR, "hidden", 2)._replace(raised_at=T - DAY))
    found = made.told()
    assert [each["asset"] for each in found["stale"]] == ["door-01", "door-02"]
    assert found["stale_at_end"] == 1
    assert found["metrics"]["stale_in_a_day"]["value"] == 2


def test_what_comes_back_before_it_clears_is_counted_and_chatters_where_that_is_certain() -> None:
    """Whoever chatters is held for a minute: three times within 40 s clear after 100 s. Twice in an hour is none."""
    quick = [told(0, "raised", 1, occurrences=7), told(100, "cleared", 1, occurrences=9)]
    slow = [told(0, "raised", 2, occurrences=1), told(HOUR, "cleared", 2, occurrences=3)]
    found = health(sorted([*quick, *slow]))
    assert [(each["asset"], each["count"]) for each in found["returned"]] == [("door-01", 2), ("door-02", 2)]
    assert [each["asset"] for each in found["chattering"]] == ["door-01"]


def test_each_limit_says_what_it_rests_on_and_the_shares_recommended_are_a_whole() -> None:
    assert {each.kind for each in LIMITS.values()} == {"standard", "proposed"}
    assert [name for name, each in LIMITS.items() if each.kind == "standard"] == ["mean", "peak"]
    assert sum(RECOMMENDED.values()) == pytest.approx(1.0)


STREAM = st.lists(
    st.tuples(
        st.sampled_from([1.0, 15.0, 15.0, 40.0, 700.0, 20_000.0, 60_000.0]), st.integers(1, 14),
        st.sampled_from(["P1", "P2", "P3", "P4"]),
    ),
    max_size=120,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(STREAM)
def test_any_stream_of_events_is_reckoned_as_by_a_model_that_looks_at_all_of_it(
    steps: list[tuple[float, int, str]],
) -> None:
    events, at, up = [], -DAY, set[int]()
    for gap, door, priority in steps:
        at += gap
        events.append(told(at, "cleared" if door in up else "raised", door, priority))
        up ^= {door}
    found = health(events)
    raised = [each for each in events if each.what == "raised" and PERIOD.holds(each.at)]
    values = {name: metric["value"] for name, metric in found["metrics"].items()}
    spans = [sum(T + n * SPAN <= each.at < T + (n + 1) * SPAN for each in raised) for n in range(288)]
    assert (found["raised"], values["peak"], values["mean"]) == (len(raised), max(spans), len(raised) / 288)
    assert values["share_above_10"] == sum(count > 10 for count in spans) / 288
    assert values["share_in_flood"] == _flooded(spans) / 288
    assert {(each["asset"], each["count"]) for each in found["chattering"]} == set(_chattering(raised).items())
    stood = _stood(events)
    stale = [(since + DAY, until) for since, until in stood if until - since > DAY and until > T]
    days = [sum(since < T + (n + 1) * DAY and until > T + n * DAY for since, until in stale) for n in range(2)]
    assert values["stale_in_a_day"] == max(days)
    assert sum(each["raised"] for each in found["priorities"]) == len(raised)


def _flooded(spans: Sequence[int]) -> int:
    flooded, floods = 0, False
    for count in spans:
        floods = count > 10 or (floods and count >= 5)
        flooded += floods
    return flooded


def _chattering(raised: Sequence[Told]) -> Counter[str]:
    """Every raise that is the third of its alarm within a minute."""
    by_asset: dict[str, list[float]] = defaultdict(list)
    for each in raised:
        by_asset[each.key[0]].append(each.at)
    found = {
        asset: sum(times[n] - times[n - 2] <= MINUTE for n in range(2, len(times))) for asset, times in by_asset.items()
    }
    return +Counter(found)


def _stood(events: Sequence[Told]) -> list[tuple[float, float]]:
    found, up = [], dict[str, float]()
    for each in events:
        if each.at >= PERIOD.until:
            break
        if each.what == "raised":
            up[each.key[0]] = each.at
        else:
            found.append((up.pop(each.key[0]), each.at))
    return [*found, *((since, PERIOD.until) for since in up.values())]


def test_a_year_is_kept_in_numbers_not_in_events() -> None:
    """200,000 alarms of 300 doors: what is kept grows with doors and spans, not with alarms."""
    made = AlarmHealth(PERIOD._replace(until=T + 365 * DAY), T)
    for n in range(200_000):
        made.take(told(n * 150.0, "raised", n % 300))
        made.take(told(n * 150.0 + 100.0, "cleared", n % 300))
    assert made.raised == 200_000
    assert len(made._spans) <= ceil(365 * DAY / SPAN)
    assert len(made._last) == len(made._by_key) == 300
    assert sum(map(len, made._last.values())) <= 3 * 300

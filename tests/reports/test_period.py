"""Which days a report is of."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import Refused
from gateway.reports.figures import Spans, portion, quantile
from gateway.reports.period import period

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 15, 12, tzinfo=BERLIN).timestamp()
HOUR = 3600.0


def test_without_days_it_is_last_month_at_the_site_also_where_the_clock_was_changed_in_it() -> None:
    march = period(None, None, BERLIN, NOW)
    assert (march.first, march.last) == (date(2026, 3, 1), date(2026, 3, 31))
    assert march.until - march.since == (31 * 24 - 1) * HOUR
    january = period(None, None, BERLIN, datetime(2027, 1, 1, 0, 30, tzinfo=BERLIN).timestamp())
    assert (january.first, january.last) == (date(2026, 12, 1), date(2026, 12, 31))


def test_one_day_given_makes_a_period_too_and_what_lies_ahead_is_cut_off() -> None:
    assert period(date(2026, 4, 3), None, BERLIN, NOW)[:2] == (date(2026, 4, 3), date(2026, 4, 15))
    assert period(date(2026, 4, 3), None, BERLIN, NOW).until == NOW
    assert period(None, date(2026, 2, 10), BERLIN, NOW)[:2] == (date(2026, 2, 1), date(2026, 2, 10))
    one = period(date(2026, 4, 3), date(2026, 4, 3), BERLIN, NOW)
    assert (one.until - one.since, one.holds(one.since), one.holds(one.until), one.holds(None)) == (
        24 * HOUR, True, False, False,
    )  # fmt: skip


def test_days_are_those_of_a_clock_that_was_set() -> None:
    """The wall was set two days ahead: its midnight is two days earlier on the steady line."""
    set_, plain = (period(date(2026, 4, 3), date(2026, 4, 3), BERLIN, NOW, ahead) for ahead in (48 * HOUR, 0.0))
    assert set_.since == plain.since - 48 * HOUR
    assert period(date(2026, 4, 16), None, BERLIN, NOW, 48 * HOUR).last == date(2026, 4, 17)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 4, 2), date(2026, 4, 1), "lies after"),
        (date(2026, 4, 16), None, "in the future"),
        (date(2025, 1, 1), date(2026, 4, 1), "more than 400 days"),
        (date(1, 1, 1), date(1, 1, 3), "before 1971"),
    ],
)
def test_what_is_no_period_is_refused(first: date, last: date | None, says: str) -> None:
    with pytest.raises(Refused, match=says):
        period(first, last, BERLIN, NOW)


def test_a_quantile_is_a_value_that_occurred() -> None:
    assert [quantile(sorted([5.0, 1.0, 3.0, 2.0, 4.0]), share) for share in (0.5, 0.9, 0.0)] == [3.0, 5.0, 1.0]
    assert quantile([1.0, 2.0], 0.5) == 1.0
    assert quantile([], 0.5) is None
    assert (portion(1, 4), portion(0, 0)) == (0.25, None)
    spans = Spans()
    for each in range(10, 0, -1):
        spans.add(float(each))
    assert (len(spans), spans.told("net")) == (10, {"net_median_s": 5.0, "net_p90_s": 9.0})

"""Events: when last, how often, on every day, in how many runs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

START = 1_000_000.0
SILENT = BadReading("no-answer")
NEVER = BadReading("never-seen", "it was not seen to become true yet")
NOT_YET = BadReading("not-yet-proven", "no activation seen, and no whole day has passed")
HOUR, DAY = 3600.0, 86400.0


def restart(story: Story, until: float = -START) -> Reading:
    """The gateway starts anew, having listened ``until`` then; nothing is read yet."""
    story.memory = json.loads(json.dumps(story.memory))
    return story.at(until, **dict.fromkeys(story.function.inputs, BadReading("never-read")))


def test_the_date_of_the_last_edge_is_told() -> None:
    alarm = Story("last_true")
    assert alarm.at(0, value=False) == NEVER
    assert alarm.at(10, value=True) == START + 10
    assert alarm.at(20, value=True) == START + 10
    assert alarm.at(30, value=False) == START + 10
    assert alarm.at(40, value=True) == START + 40


def test_what_is_first_seen_true_or_became_true_in_a_silence_is_no_edge() -> None:
    alarm = Story("last_true")
    assert alarm.at(0, value=True) == NEVER
    alarm.at(10, value=False)
    assert alarm.at(20, value=SILENT) == BadReading("unknown-input", "value: no-answer")
    assert alarm.at(30, value=True) == NEVER


def test_a_contact_that_opens_for_a_moment_only_has_not_become_true_anew() -> None:
    seal = Story("last_true", least=30.0)
    seal.at(0, value=True)
    seal.at(10, value=False)
    assert seal.at(39.9, value=True) == NEVER
    seal.at(50, value=False)
    seal.at(60, value=False)
    assert seal.at(80, value=True) == START + 80
    seal.at(90, value=False)
    assert seal.at(95, value=True) == START + 80
    seal.at(100, value=False)
    seal.at(110, value=SILENT)
    seal.at(120, value=False)
    assert seal.at(149, value=True) == START + 80, "what it was in the silence nobody knows"


def test_a_silence_or_a_restart_does_not_undo_what_was_seen() -> None:
    alarm = Story("last_true")
    alarm.at(0, value=False)
    alarm.at(10, value=True)
    assert alarm.at(20, value=SILENT) == START + 10
    assert restart(alarm) == START + 10
    assert alarm.at(99, value=True) == START + 10
    assert alarm.memory == {"value": True, "last": START + 10}


# --- proven each day


def zone(*tests: tuple[int, bool | None]) -> list[Reading]:
    """What a zone tells after each (day, alarm); None stands for a silent one."""
    story = Story("proven_each_day")
    return [
        story.at(60.0 * number, day=day, activated=SILENT if alarm is None else alarm)
        for number, (day, alarm) in enumerate(tests)
    ]


def test_an_activation_on_each_calendar_day_proves() -> None:
    told = zone((100, False), (100, True), (100, False), (101, False), (101, True), (102, False), (102, True))
    assert told == [NOT_YET, True, True, True, True, True, True]


def test_a_whole_day_without_one_ends_it_until_the_next_activation() -> None:
    assert zone((100, False), (100, True), (101, False), (102, False), (102, True)) == [
        NOT_YET, True, True, False, True,
    ]  # fmt: skip


def test_the_day_on_which_the_watching_began_is_not_whole_and_proves_nothing() -> None:
    assert zone((100, False), (101, False), (102, False)) == [NOT_YET, NOT_YET, False]


def test_an_alarm_that_lasts_past_midnight_counts_for_the_day_on_which_it_began() -> None:
    assert zone((100, False), (100, True), (101, True), (102, True)) == [NOT_YET, True, True, False]


def test_a_days_silence_proves_nothing_but_the_day_before_stands() -> None:
    story = Story("proven_each_day")
    story.at(0, day=100, activated=False)
    story.at(1, day=100, activated=True)
    assert story.at(2, day=100, activated=SILENT) is True
    assert story.at(3, day=101, activated=SILENT) is True
    assert story.at(4, day=102, activated=SILENT) is False
    assert story.at(5, day=SILENT, activated=True) == BadReading("unknown-input", "day: no-answer")
    assert story.at(6, day=102, activated=True) is False, "it was seen at rest on day 100 only"
    story.at(7, day=102, activated=False)
    assert story.at(8, day=102, activated=True) is True


def test_a_day_in_which_the_gateway_was_down_is_unproven() -> None:
    story = Story("proven_each_day")
    story.at(0, day=100, activated=False)
    story.at(1, day=100, activated=True)
    assert restart(story) == BadReading("unknown-input", "activated: never-read")
    assert story.at(3 * DAY, day=103, activated=BadReading("never-read")) is False
    assert story.at(3 * DAY + 1, day=103, activated=False) is False
    assert story.at(3 * DAY + 2, day=103, activated=True) is True


def test_an_activation_that_a_silence_hid_counts_when_the_rest_was_seen_on_the_same_day() -> None:
    story = Story("proven_each_day")
    story.at(0, day=100, activated=False)
    story.at(1, day=100, activated=SILENT)
    assert story.at(2, day=100, activated=True) is True


def test_a_clock_that_was_years_ahead_proves_one_day_at_most() -> None:
    assert zone((5000, False), (5000, True), (100, False), (101, False), (102, False))[-2:] == [True, False]


steps = some.lists(some.tuples(some.integers(0, 2), some.booleans()), min_size=1, max_size=40)


@settings(deadline=None)
@given(steps)
def test_proven_each_day_equals_a_plain_model_over_days(walk: list[tuple[int, bool]]) -> None:
    """Each step is days passed and the alarm then; at each midnight that passes the alarm is as it was."""
    story, day, alarm, now = Story("proven_each_day"), 100, False, 0.0
    story.at(now, day=day, activated=False)
    activated_on: set[int] = set()
    for days, then in walk:
        for _ in range(days):
            day, now = day + 1, now + DAY
            story.at(now, day=day, activated=alarm)
        if then and not alarm:
            activated_on.add(day)
        alarm, now = then, now + 1.0
        told = story.at(now, day=day, activated=alarm)
        since = max(activated_on, default=100)
        unproven = [each for each in range(since + 1, day) if each not in activated_on]
        assert told == (False if unproven else True if activated_on else NOT_YET)


# --- counts


def pulse(story: Story, *seconds: float) -> Reading:
    value: Reading = False
    for second in seconds:
        story.at(second, value=False)
        story.at(second, value=True)
        value = story.at(second + 0.5, value=False)
    return value


def test_edges_of_the_last_ten_minutes_are_counted_and_grow_old_by_themselves() -> None:
    grants = Story("count_within", period=600.0)
    grants.at(0, value=False)
    grants.at(500, value=False)
    assert pulse(grants, 510, 600, 700) == 3
    assert grants.again() == 1110.0
    assert grants.at(1109.9, value=False) == 3
    assert grants.at(1110, value=False) == 2
    assert grants.at(1300, value=False) == 0
    assert grants.again() is None


def test_few_are_seen_when_few_are_looked_for() -> None:
    grants = Story("count_within", period=600.0)
    too_little = BadReading("too-little-seen", "of 600 s, 80% must be watched")
    assert grants.at(0, value=False) == too_little
    assert grants.again() == 480.0
    assert pulse(grants, 100) == too_little
    assert grants.at(479, value=False) == too_little
    assert grants.at(480, value=False) == 1


def test_a_silence_is_not_watched_and_hides_its_edges() -> None:
    grants = Story("count_within", period=600.0)
    grants.at(0, value=False)
    assert pulse(grants, 590) == 1
    assert grants.at(600, value=SILENT) == BadReading("unknown-input", "value: no-answer")
    assert grants.at(700, value=True) == 1
    assert grants.at(701, value=SILENT) == BadReading("unknown-input", "value: no-answer")
    assert isinstance(grants.at(800, value=False), BadReading), "200 of the last 600 s are unseen"
    assert grants.again() == pytest.approx(879.0)


def test_a_restart_ends_the_watching_when_the_gateway_last_listened() -> None:
    grants = Story("count_within", period=600.0)
    grants.at(0, value=False)
    assert pulse(grants, 590) == 1
    assert isinstance(restart(grants, until=600.0), BadReading)
    assert grants.at(660, value=False) == 1
    assert restart(grants) == BadReading("unknown-input", "value: never-read")
    assert isinstance(grants.at(800, value=False), BadReading), "nobody knows when it stopped listening"


def test_hundreds_of_edges_are_counted_to_a_hundredth_of_the_period_in_a_bounded_memory() -> None:
    """Twice a second for 1500 s, of which 1000 s count; then every edge grows old."""
    motor = Story("count_within", period=1000.0, least=0.0)
    assert pulse(motor, *(second / 2 for second in range(3000))) == pytest.approx(2000, abs=20)
    assert motor.memory is not None
    assert len(motor.memory["edges"]) <= 200
    assert len(json.dumps(motor.memory)) < 6000
    assert motor.at(2000, value=False) == pytest.approx(1000, abs=20)
    assert motor.at(2500, value=False) == 0


told = some.lists(some.tuples(some.floats(0.1, 300), some.booleans() | some.none()), max_size=40)


@settings(deadline=None)
@given(told, some.floats(10, 900), some.floats(10, 900))
def test_a_longer_period_counts_no_less_and_never_below_none(
    walk: list[tuple[float, bool | None]], one: float, other: float
) -> None:
    short, long = (Story("count_within", period=period, least=0.0) for period in sorted((one, other)))
    now = 0.0
    for wait, value in walk:
        now += wait
        few, many = (story.at(now, value=SILENT if value is None else value) for story in (short, long))
        if value is None:
            assert isinstance(few, BadReading)
            assert isinstance(many, BadReading)
            continue
        assert isinstance(few, int)
        assert isinstance(many, int)
        assert 0 <= few <= many


@settings(deadline=None)
@given(told, some.floats(10, 900))
def test_a_count_equals_a_plain_count_of_the_edges_seen(walk: list[tuple[float, bool | None]], period: float) -> None:
    story, now = Story("count_within", period=period, least=0.0), 0.0
    before: bool | None = None
    edges: list[float] = []
    for wait, value in walk:
        now += wait
        if value and before is False:
            edges.append(now)
        before = value
        counted = story.at(now, value=SILENT if value is None else value)
        if value is not None:
            assert counted == sum(now + START < edge + START + period for edge in edges)


# --- runs


def ride(lift: Story, *figures: float) -> Reading:
    """One run with each of these figures."""
    value: Reading = False
    first = int(lift.memory["run"]) + 1 if lift.memory else 1
    for run, figure in enumerate(figures, first):
        value = lift.at(60.0 * run, value=figure, run=run)
        lift.at(60.0 * run + 30, value=figure + 1.0, run=run)
    return value


def test_runs_above_the_limit_among_the_last_twenty_are_counted_once_each() -> None:
    lift = Story("exceeding_runs", limit=0.20)
    assert ride(lift, 0.20, 0.21, 0.10, 0.30) == 2
    assert ride(lift, *[0.1, 0.1, 0.1, 0.25] * 4) == 6
    assert ride(lift, 0.1, 0.1) == 5


def test_five_good_runs_in_a_row_cure() -> None:
    lift = Story("exceeding_runs", limit=0.20)
    assert ride(lift, 0.3, 0.3, 0.3, 0.1, 0.1, 0.1, 0.1) == 3
    assert ride(lift, 0.1) == 0


def test_runs_outlive_a_silence_and_a_restart_and_the_same_run_is_not_counted_twice() -> None:
    lift = Story("exceeding_runs", limit=0.20)
    ride(lift, 0.3, 0.3)
    assert isinstance(restart(lift), BadReading)
    assert lift.at(300, value=0.3, run=2) == 2
    assert lift.at(310, value=0.3, run=1) == 3, "a counter that began anew is another run"

"""What an MQTT message means for the points of its device, and when it is acknowledged. On a clock moved by hand."""

import random

import pytest

from gateway.model import BadReading, Reading, Readings
from gateway.sources.mqtt import MOST_REMEMBERED, RecentReceipts
from tests.mqtt_site import AMPS, ANSWERS, VOLTS, Site, device, timed

# What a message tells.


def test_a_message_tells_its_points_and_that_the_device_answers() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 12.5, "a": 1}')
    assert site.delivered[-1].device == "eml-3f"
    assert site.told() == {ANSWERS: True, VOLTS: 12.5, AMPS: 1}


def test_a_partial_message_tells_nothing_of_the_rest() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"a": 1}')
    assert site.told() == {ANSWERS: True, AMPS: 1}


def test_garbage_is_a_bad_reading_for_every_point_of_the_topic_and_counted() -> None:
    site = Site()
    site.receive("eml-3f/state", b"\xff\xfe")
    told = site.told()
    assert told[VOLTS] == told[AMPS] == BadReading("not-json", "not UTF-8")
    assert site.source.counters["refused"] == 1


def test_it_says_that_a_device_answers_again_only_before_that_grows_stale() -> None:
    site = Site()
    for _ in range(31):
        site.receive("eml-3f/state", '{"v": 1}')
        site.clock.advance(1)
    assert sum(each.points == (ANSWERS,) for each in site.delivered) == 3


def test_the_same_points_come_as_the_same_object() -> None:
    site = Site()
    for _ in range(2):
        site.receive("eml-3f/state", '{"v": 1, "a": 2}')
    first, second = [each for each in site.delivered if len(each.points) == 2]
    assert first.points is second.points


def test_two_devices_share_a_topic() -> None:
    points = {"open": {"topic": "events", "path": "open", "type": "boolean", "where": {"id": "{prefix}"}}}
    site = Site(device("7", 0, points), device("8", 100, points))
    site.receive("events", '{"id": 8, "open": true}')
    assert site.told() == {101: True, 110: True}
    site.receive("events", "garbage")
    assert site.told() == {}
    assert site.acknowledged == [2]


# Time.


def test_without_a_time_of_its_own_a_message_is_as_old_as_its_arrival() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}')
    assert site.delivered[-1].at == site.delivered[-1].arrived == 1000.0


@pytest.mark.parametrize("said", [{}, {"retain": True}, {"queued": True}])
def test_a_messages_own_time_is_kept(said: dict[str, bool]) -> None:
    site = Site(timed())
    site.receive("eml-3f/state", '{"v": 1, "ts": 400}', **said)
    assert (site.delivered[-1].at, site.delivered[-1].arrived) == (400.0, 1000.0)
    assert site.told()[VOLTS] == 1


def test_a_clock_that_is_ahead_is_not_believed() -> None:
    site = Site(timed())
    site.receive("eml-3f/state", '{"v": 1, "ts": 1060}')
    assert site.told()[VOLTS] == 1
    site.receive("eml-3f/state", '{"v": 1, "ts": 1061}')
    assert site.delivered[-1].at == 1000.0
    assert site.reason(VOLTS) == "clock-ahead"


def test_a_time_that_cannot_be_read_is_bad() -> None:
    site = Site(timed())
    site.receive("eml-3f/state", '{"v": 1, "ts": "noon"}')
    assert site.reason(VOLTS) == "bad-time"


def test_a_retained_message_without_a_time_is_never_fresh() -> None:
    """RELIABILITY D1: the last thing a device said may be a year old."""
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}', retain=True)
    told = site.told()
    assert told[VOLTS] == BadReading("retained", "of unknown age")
    assert ANSWERS not in told


def test_a_retained_copy_does_not_push_aside_what_was_heard_live() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}')
    site.commit()
    site.receive("eml-3f/state", '{"v": 1}', retain=True)
    assert site.told() == {}
    assert site.acknowledged == [1, 2]
    site.receive("eml-3f/state", '{"v": 1}', retain=True, session=3)
    assert site.reason(VOLTS) == "retained"


def test_what_the_broker_kept_from_before_this_start_has_no_age() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}', queued=True)
    assert site.reason(VOLTS) == "queued"


def test_what_the_broker_kept_is_no_older_than_our_last_listening() -> None:
    site = Site(until=900.0)
    for volts in (1, 2):
        site.receive("eml-3f/state", f'{{"v": {volts}}}', queued=True)
    assert [each.at for each in site.delivered] == [pytest.approx(900.001), pytest.approx(900.002)]
    assert site.told() == {VOLTS: 2}


def test_after_an_outage_queued_messages_are_dated_at_its_start_and_follow_what_was_told_then() -> None:
    site = Site()
    site.up()
    site.source._down("gone")
    site.clock.advance(500)
    site.up(session_present=True)
    site.delivered.clear()
    site.receive("eml-3f/state", '{"v": 1}', queued=True)
    assert site.delivered[-1].at == pytest.approx(1000.001)


def test_what_is_told_without_its_time_says_so() -> None:
    """A broker's queue, and a clock that lags behind what was told since: nobody knows what lay between two of them.

    Nor what was said after a retained message, up to now.
    """
    plain, lagging, kept = Site(until=900.0), Site(timed()), Site(timed())
    kept.receive("eml-3f/state", '{"v": 1, "ts": 400}', retain=True)
    assert [(each.at, each.undated) for each in kept.delivered if VOLTS in each.points] == [(400.0, True)]
    plain.receive("eml-3f/state", '{"v": 1}', queued=True)
    plain.receive("eml-3f/state", '{"v": 2}')
    assert [each.undated for each in plain.delivered if VOLTS in each.points] == [True, False]
    lagging.up()
    lagging.source._down("gone")
    lagging.clock.advance(10)
    lagging.up(session_present=True)
    lagging.delivered.clear()
    for second in (995, 1005):
        lagging.receive("eml-3f/state", f'{{"v": {second}, "ts": {second}}}', queued=True)
    told = [(each.at, each.undated) for each in lagging.delivered if VOLTS in each.points]
    assert told == [(pytest.approx(1000.001), True), (1005.0, False)]


def test_a_clock_that_lags_does_not_hide_a_device_that_is_back() -> None:
    site = Site(timed())
    site.up()
    site.source._down("gone")
    site.clock.advance(1)
    site.up(session_present=True)
    site.delivered.clear()
    site.receive("eml-3f/state", '{"v": 1, "ts": 990}')
    assert site.delivered[-1].at == pytest.approx(1000.001)
    site.receive("eml-3f/state", '{"v": 1, "ts": 900}')
    assert site.delivered[-1].at == 900.0


# Acknowledging.


def test_a_message_is_acknowledged_after_the_commit_and_not_before() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}')
    assert site.acknowledged == []
    site.commit()
    assert site.acknowledged == [1]


def test_garbage_is_acknowledged_with_its_commit_and_what_concerns_nobody_at_once() -> None:
    site = Site()
    site.receive("eml-3f/state", "{")
    assert site.acknowledged == []
    site.commit()
    site.receive("other", "{}")
    site.receive("eml-3f/state", '{"else": 1}')
    assert site.acknowledged == [1, 2, 3]
    assert site.source.counters["unwanted"] == 1


def test_a_message_for_two_devices_is_acknowledged_when_both_are_committed() -> None:
    points = {"volts": {"topic": "shared", "path": "v"}}
    site = Site(device("one", 0, points), device("two", 100, points))
    site.receive("shared", '{"v": 5}')
    first, second = [each for each in site.delivered if each.receipt]
    assert first.receipt
    assert second.receipt
    assert first.receipt_key != second.receipt_key
    first.receipt()
    assert site.acknowledged == []
    second.receipt()
    assert site.acknowledged == [1]


def test_a_qos_0_message_has_nothing_to_acknowledge() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}', qos=0, mid=0)
    assert site.delivered[-1].receipt is None
    assert site.delivered[-1].receipt_key is None


def test_a_committed_message_that_comes_again_is_acknowledged_and_not_told_again() -> None:
    site = Site()
    site.receive("eml-3f/state", '{"v": 1}', mid=7)
    site.commit()
    site.receive("eml-3f/state", '{"v": 1}', mid=7, dup=True)
    assert site.told() == {}
    assert site.acknowledged == [7, 7]
    assert site.source.counters["again"] == 1


def test_the_next_process_knows_what_the_last_one_committed() -> None:
    first = Site()
    first.receive("eml-3f/state", '{"v": 1}', mid=7)
    keys = [each.receipt_key for each in first.delivered if each.receipt_key]
    second = Site(remembered=keys, until=900.0)
    second.receive("eml-3f/state", '{"v": 1}', mid=7, dup=True, queued=True)
    assert second.told() == {}
    assert second.acknowledged == [7]
    second.receive("eml-3f/state", '{"v": 2}', mid=7, dup=True, queued=True)
    assert second.told() == {VOLTS: 2}


def test_a_half_committed_message_is_told_to_the_device_that_missed_it() -> None:
    points = {"volts": {"topic": "shared", "path": "v"}}
    devices = device("one", 0, points), device("two", 100, points)
    first = Site(*devices)
    first.receive("shared", '{"v": 5}', mid=7)
    key = next(each.receipt_key for each in first.delivered if each.receipt_key)
    second = Site(*devices, remembered=[key])
    second.receive("shared", '{"v": 5}', mid=7, dup=True)
    assert [each.device for each in second.delivered if each.receipt] == ["two"]
    second.commit()
    assert second.acknowledged == [7]


def test_a_message_that_comes_again_before_its_commit_is_told_once_and_acknowledged_on_the_new_line() -> None:
    site = Site()
    sessions: list[int] = []
    site.source.broker.ack = lambda message: sessions.append(message.session)  # type: ignore[method-assign] # no wire
    site.receive("eml-3f/state", '{"v": 1}', mid=7, session=1)
    site.receive("eml-3f/state", '{"v": 1}', mid=7, session=3, dup=True)
    assert sum(VOLTS in each.points for each in site.delivered) == 1
    site.commit()
    assert sessions == [3]


def test_only_the_last_receipts_are_remembered() -> None:
    recent = RecentReceipts()
    for number in range(MOST_REMEMBERED + 1):
        recent.add(str(number))
    assert "0" not in recent
    assert "1" in recent
    assert str(MOST_REMEMBERED) in recent


@pytest.mark.parametrize("seed", range(5))
def test_ten_thousand_duplicated_and_reordered_messages_are_told_once_each(seed: int) -> None:
    """RELIABILITY D2 at the source: 5 × 1,000 messages, each twice, shuffled over 20 places, committed out of order."""
    chance = random.Random(seed)
    site = Site(timed())
    sent = [site.message("eml-3f/state", f'{{"v": {n}, "ts": {n / 10}}}', mid=n) for n in range(1, 1001)]
    order = sorted((n + chance.random() * 20, n) for n in range(1000) for _ in range(2))
    seen: set[int] = set()
    told: list[Reading] = []
    waiting: list[Readings] = []
    for _, number in order:
        site.source._received(sent[number]._replace(dup=number in seen))
        seen.add(number)
        waiting += [each for each in site.delivered if each.receipt]
        site.delivered.clear()
        if chance.random() < 0.1:
            chance.shuffle(waiting)
            told += commit(waiting)
    told += commit(waiting)
    assert len(told) == 1000
    assert set(told) == set(range(1, 1001))
    assert site.source.counters["again"] == 1000
    assert set(site.acknowledged) == set(range(1, 1001))
    assert not site.source._pending


def commit(waiting: list[Readings]) -> list[Reading]:
    told = [each.values[0] for each in waiting]
    for each in waiting:
        assert each.receipt
        each.receipt()
    waiting.clear()
    return told


@pytest.mark.parametrize("qos", [0, 1])
def test_hostile_payloads_end_as_readings_of_the_right_type(qos: int) -> None:
    """RELIABILITY D4: 2,000 seeded manglings of a good message; nothing raised, and no wrong value."""
    chance = random.Random(qos)
    site = Site(timed())
    good = b'{"v": 12.5, "a": 1, "ts": 999}'
    for _ in range(2000):
        body = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        site.receive("eml-3f/state", bytes(body), qos=qos)
    for each in site.delivered:
        assert all(isinstance(value, bool | int | float | BadReading) for value in each.values)
    site.commit()
    assert len(set(site.acknowledged)) == (2000 if qos else 0)

"""Devices that date what they say, by clocks that are not ours: ahead of it, or beside a clock of ours that was set."""

from typing import Any

import pytest

from gateway.assets.latest import Latest
from gateway.model import BadReading, Reading
from gateway.sources.mqtt import RETAINED
from tests.mqtt_site import ANSWERS, LINE, VOLTS, Site, timed

AVAILABLE = {"topic": "{prefix}/availability", "path": "state"}
HOUR, YEAR = 3600.0, 365.25 * 86400.0
STALE = BadReading("stale")


class Known(Site):
    """What the pipeline takes over of what the source delivers; ``true``: seconds that a good clock tells."""

    def __init__(self, **said: Any) -> None:
        super().__init__(timed(**said))
        self.latest = Latest(20)
        self.up()

    @property
    def wall(self) -> float:
        return self.clock.now() + self.clock.stepped

    def says(self, ts: float, **said: Any) -> Reading:
        """Volts after a message that the device has dated so."""
        self.receive("eml-3f/state", f'{{"v": 1, "ts": {ts}}}', **said)
        return self.knows(VOLTS)

    def knows(self, point: int) -> Reading:
        for each in self.delivered:
            self.latest.take(each, 60.0)
        self.delivered.clear()
        return self.latest.reading(point)


def test_what_a_clock_that_is_ahead_dates_later_than_now_does_not_outlive_the_line() -> None:
    """A lift's clock is 5 s ahead, and the broker goes 2 s after it spoke."""
    site = Known()
    assert site.says(1005) == 1
    site.clock.advance(2)
    site.source._down("gone")
    assert (site.knows(LINE), site.knows(ANSWERS), site.knows(VOLTS)) == (False, *[BadReading("line-down")] * 2)


def test_nor_does_it_outlive_the_devices_own_last_will() -> None:
    site = Known(availability=AVAILABLE)
    assert site.says(1050) == 1
    site.clock.advance(2)
    site.receive("eml-3f/availability", "offline")
    assert (site.knows(ANSWERS), site.knows(VOLTS)) == (False, BadReading("offline"))


def test_a_clock_that_is_put_right_hides_nothing() -> None:
    site = Known()
    assert site.says(1050) == 1
    site.clock.advance(1)
    site.receive("eml-3f/state", '{"v": 2, "ts": 1001}')
    assert site.knows(VOLTS) == 2


@pytest.mark.parametrize("step", [HOUR, -2 * HOUR, 10 * YEAR, -10 * YEAR])
@pytest.mark.parametrize("was_right", [False, True])
def test_a_step_of_our_clock_makes_no_device_unknown(step: float, was_right: bool) -> None:
    """RELIABILITY E1. Its own clock is right throughout; ours is put right, or wrong. Each second for three minutes."""
    site = Known()
    site.clock.advance(20 * YEAR)
    for second in range(180):
        if second == 60:
            site.clock.stepped = step
        true = site.clock.now() if was_right else site.clock.now() + step
        told = site.says(true)
        assert told == 1 or (second < 60 and not was_right), second
        site.clock.advance(1)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_what_is_dated_by_our_clock_as_it_is_now_tells_of_durations(step: float) -> None:
    """It was said 2 s ago, and nobody has missed anything: a door that is timed by it goes on being timed."""
    site = Known()
    site.clock.advance(YEAR)
    site.clock.stepped = step
    site.receive("eml-3f/state", f'{{"v": 1, "ts": {site.wall - 2.0}}}')
    (told,) = [each for each in site.delivered if VOLTS in each.points]
    assert (site.clock.now() - told.at, told.undated) == (2.0, False)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
@pytest.mark.parametrize("kept", [{"retain": True, "session": 2}, {"queued": True}])
def test_what_the_broker_kept_is_as_old_as_it_may_be(step: float, kept: dict[str, Any]) -> None:
    """An hour old by one of the clocks that the device may go by, or just now; what can only be just now is."""
    site = Known()
    site.clock.advance(YEAR)
    site.clock.stepped = step
    assert site.says(min(site.wall, site.clock.now()), **kept) == STALE
    assert site.says(max(site.wall, site.clock.now()), **kept) == 1


def test_without_a_battery_clock_devices_are_heard_before_ours_is_set() -> None:
    """RELIABILITY E2: ours goes on from eight hours ago. What is heard live is of now, what was kept has no age."""
    site = Known()
    site.clock.believed = False
    assert site.says(site.clock.now() + 8 * HOUR, retain=True) == RETAINED
    assert site.says(site.clock.now() + 8 * HOUR) == 1
    site.clock.stepped, site.clock.believed = 8 * HOUR, True
    site.clock.advance(1)
    site.receive("eml-3f/state", f'{{"v": 2, "ts": {site.wall}}}')
    assert site.knows(VOLTS) == 2

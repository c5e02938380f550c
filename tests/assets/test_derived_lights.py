"""Lights: by how much it gets brighter when the switch is turned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import BadReading, Reading
from tests.assets.story import Story


def switched(light: Story, second: float, dark: float, bright: float, after: float = 1.0) -> Reading:
    """Off, then on; ``after`` seconds later it is ``bright``, and 3 s later that is what is told."""
    light.at(second - 10, started=False, value=dark)
    light.at(second, started=True, value=dark)
    light.at(second + min(after, 2.9), started=True, value=bright if after < 3 else dark)
    told = light.at(second + 3, started=True, value=bright if after <= 3 else dark)
    light.at(second + 20, started=False, value=dark)
    return told


def test_the_greater_of_two_rises() -> None:
    light = Story("rise_after")
    assert switched(light, 100, 2, 62) == BadReading("too-few-switchings", "1 of 2 seen")
    assert switched(light, 200, 2, 12) == 60.0
    assert switched(light, 300, 2, 14) == 12.0


def test_what_comes_later_than_3_s_is_no_rise() -> None:
    light = Story("rise_after")
    switched(light, 100, 2, 62, after=3.0)
    assert switched(light, 200, 2, 62, after=3.5) == 60.0
    assert switched(light, 300, 2, 62, after=3.5) == 0.0


def test_a_tick_that_comes_late_does_not_take_in_what_came_late() -> None:
    light = Story("rise_after", times=1)
    light.at(0, started=False, value=2)
    light.at(10, started=True, value=2)
    assert light.again() == 13.0
    assert light.at(13.2, started=True, value=62) == 0.0
    assert light.again() is None


def test_a_light_that_was_polled_before_its_switch() -> None:
    light = Story("rise_after", times=1)
    light.at(0, started=False, value=2)
    light.at(9.5, started=False, value=62)
    light.at(10, started=True, value=62)
    assert light.at(13, started=True, value=62) == 60.0


def test_one_that_was_bright_for_long_does_not_rise() -> None:
    light = Story("rise_after", times=1)
    light.at(0, started=False, value=2)
    light.at(5, started=False, value=62)
    light.at(10, started=True, value=62)
    assert light.at(13, started=True, value=62) == 0.0


def test_neither_a_light_first_seen_on_nor_one_switched_off_at_once_is_a_measurement() -> None:
    light = Story("rise_after", times=1)
    light.at(0, started=True, value=2)
    assert light.again() is None
    assert light.at(10, started=True, value=62) == BadReading("too-few-switchings", "0 of 1 seen")
    light.at(20, started=False, value=2)
    light.at(30, started=True, value=2)
    assert light.at(31, started=False, value=62) == BadReading("too-few-switchings", "0 of 1 seen")


def test_a_silence_hides_the_switching_and_keeps_what_was_measured() -> None:
    light = Story("rise_after", times=1)
    switched(light, 100, 2, 62)
    light.at(200, started=False, value=2)
    assert isinstance(light.at(210, started=BadReading("no-answer"), value=2), BadReading)
    assert light.at(220, started=True, value=62) == 60.0
    assert light.again() is None


@given(dark=st.floats(0, 1000), bright=st.floats(0, 1000), steps=st.lists(st.floats(0, 1000), max_size=30))
def test_it_is_never_more_than_what_was_seen(dark: float, bright: float, steps: list[float]) -> None:
    light = Story("rise_after", times=1)
    for number, value in enumerate(steps):
        light.at(number, started=False, value=value)
    light.at(50, started=False, value=dark)
    light.at(60, started=True, value=bright)
    told = light.at(63, started=True, value=bright)
    assert told == bright - dark
    assert len(str(light.memory)) < 2000

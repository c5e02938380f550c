"""Wear and age: counters since a service, mass lost, dates by GB 50444."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.assets.derived import FUNCTIONS
from gateway.assets.service import years_later
from gateway.model import BadReading, Reading
from tests.assets.story import Story

SHANGHAI = ZoneInfo("Asia/Shanghai")


def end_of(day: date, zone: ZoneInfo = SHANGHAI) -> float:
    """A date as facts hold it: the last second of the day."""
    return datetime.combine(day, time(23, 59, 59), zone).timestamp()


def reason(reading: Reading) -> str:
    assert isinstance(reading, BadReading), reading
    return reading.reason


# --- since_service


def test_operations_since_the_service() -> None:
    gate = Story("since_service")
    assert gate.at(0, counter=1_010_000, at_service=1_000_000) == 10_000
    assert gate.at(1, counter=1_250_000, at_service=1_000_000) == 250_000
    assert gate.at(2, counter=1_250_010, at_service=1_250_000) == 10, "serviced"


def test_a_counter_that_begins_at_nothing_is_not_a_gate_that_was_serviced() -> None:
    gate = Story("since_service")
    gate.at(0, counter=300_000, at_service=100_000)
    assert gate.at(1, counter=5, at_service=100_000) == BadReading("counter-reset", "5 is below 300000 seen before")
    assert reason(gate.at(2, counter=150_000, at_service=100_000)) == "counter-reset", "though above the service"
    assert gate.at(3, counter=150_001, at_service=150_000) == 1, "given anew"


def test_a_counter_below_its_service_is_refused_from_the_start() -> None:
    assert reason(Story("since_service").at(0, counter=5, at_service=100)) == "counter-reset"


def test_one_wrong_low_reading_passes_and_a_silence_forgets_nothing() -> None:
    gate = Story("since_service")
    gate.at(0, counter=300, at_service=100)
    gate.at(1, counter=0, at_service=100)
    assert gate.at(2, counter=301, at_service=100) == 201
    gate.at(3, counter=BadReading("no-answer"), at_service=100)
    assert reason(gate.at(4, counter=299, at_service=100)) == "counter-reset"


@settings(deadline=None)
@given(some.lists(some.integers(0, 1000), min_size=1, max_size=40))
def test_a_number_is_told_only_of_a_counter_that_never_fell(counters: list[int]) -> None:
    gate = Story("since_service")
    for number, counter in enumerate(counters):
        told = gate.at(number, counter=counter, at_service=10)
        sound = counter >= max(10, *counters[: number + 1])
        assert told == counter - 10 if sound else reason(told) == "counter-reset"


# --- share_of_allowed_loss


def share(mass: float, full: float, charge: float) -> Reading:
    return Story("share_of_allowed_loss").at(0, mass=mass, full_mass=full, charge=charge)


@pytest.mark.parametrize(
    ("charge", "allowed"), [(0.5, 0.025), (1.0, 0.050), (2.0, 0.050), (5.0, 0.050)], ids=["5 %", "both", "50 g", "50 g"]
)
def test_the_lesser_of_five_per_cent_and_fifty_grams_is_allowed(charge: float, allowed: float) -> None:
    assert share(10.0 - allowed, 10.0, charge) == pytest.approx(100.0)
    assert share(10.0 - allowed / 2, 10.0, charge) == pytest.approx(50.0)
    assert share(10.0, 10.0, charge) == 0.0


@pytest.mark.parametrize("mass", [0.0, 7.9, 10.06], ids=["lifted off", "less than empty", "too heavy"])
def test_a_mass_that_cannot_be_is_no_loss(mass: float) -> None:
    assert reason(share(mass, 10.0, 2.0)) == "out-of-validity"


def test_an_empty_extinguisher_is_a_loss() -> None:
    assert share(8.0, 10.0, 2.0) == pytest.approx(4000.0)
    assert share(7.96, 10.0, 2.0) == pytest.approx(4080.0), "as far below empty as a scale may err"
    assert share(10.04, 10.0, 2.0) == pytest.approx(-80.0)


@pytest.mark.parametrize("charge", [0.0, -1.0, 11.0])
def test_a_charge_that_cannot_be_gives_no_share(charge: float) -> None:
    assert reason(share(10.0, 10.0, charge)) == "out-of-validity"


# --- dates


YEARS = {"water": (3, 1, 6), "foam": (3, 1, 6), "powder": (5, 2, 10), "co2": (5, 2, 12), "clean-agent": (5, 2, 10)}


@pytest.mark.parametrize(("agent", "years"), YEARS.items())
def test_first_service_next_service_and_scrapping_by_agent(agent: str, years: tuple[int, int, int]) -> None:
    made, serviced = end_of(date(2021, 4, 30)), end_of(date(2026, 3, 31))
    due, retire = Story("service_due"), Story("retire_on")
    never = BadReading("no-record")
    assert due.at(0, agent=agent, made_on=made, last_service=never) == end_of(date(2021 + years[0], 4, 30))
    assert due.at(1, agent=agent, made_on=made, last_service=serviced) == end_of(date(2026 + years[1], 3, 31))
    assert retire.at(0, agent=agent, made_on=made) == end_of(date(2021 + years[2], 4, 30))


@pytest.mark.parametrize("name", ["service_due", "retire_on"])
def test_an_agent_that_the_table_lacks_gives_no_date(name: str) -> None:
    assert reason(Story(name).at(0, agent="halon", made_on=1e9)) == "not-applicable"
    refuses = FUNCTIONS[name].refuses
    assert refuses is not None
    assert refuses({"agent": "halon"}) is not None
    assert refuses({"agent": "powder"}) is None


def test_a_service_before_the_manufacture_is_a_slip_of_the_pen() -> None:
    told = Story("service_due").at(0, agent="powder", made_on=2e9, last_service=1e9)
    assert told == BadReading("out-of-validity", "serviced before it was made")


def test_what_was_made_on_a_leap_day_is_due_on_the_28th() -> None:
    made = datetime(2024, 2, 29, 12, tzinfo=UTC).timestamp()
    assert years_later(made, 3) == datetime(2027, 2, 28, 12, tzinfo=UTC).timestamp()


ORDINARY = some.dates(date(1992, 1, 1), date(2060, 12, 30)).filter(lambda day: (day.month, day.day) != (2, 29))
"""China had a summer time until 1991."""


@given(ORDINARY, some.integers(1, 12))
def test_years_later_is_the_same_day_on_the_wall(day: date, years: int) -> None:
    assert years_later(end_of(day), years) == end_of(day.replace(year=day.year + years))

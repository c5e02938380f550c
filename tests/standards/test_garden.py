"""The kinds beside the five families in a winter month: quiet while all is well, each fault told once and in time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from gateway.model import BadReading
from tests.standards.garden import ZONE, Change, Garden, Told, moment


def set_to(device: str, since: str, until: str = "2028-01-01 00:00", **points: float | bool) -> Change:
    """The device tells these values for a while."""

    def change(garden: Garden, told: Told) -> None:
        if moment(since) <= garden.now < moment(until):
            told[device].update(points)

    return change


def test_a_healthy_month_asks_for_nobody(tmp_path: Path) -> None:
    garden = Garden(tmp_path, "2027-01-01 09:00")
    garden.run_until("2027-01-31 09:00")
    assert garden.tickets() == {}
    judged = {(check.asset, check.clause_id): check.outcome for check in garden.pipeline.panel.checks.values()}
    unknown = [key for key, outcome in judged.items() if outcome.value != "met"]
    assert len(judged) > 25
    assert unknown == []


FAULTS = {
    "nobody tries the fence on 12 January": (
        set_to("di", "2027-01-12 00:00", "2027-01-13 00:00", input1=False),
        "fence perimeter-zone.proven-each-day", "2027-01-13 00:00",
    ),
    "the timer of the lamps stands still": (
        set_to("di", "2027-01-12 12:00", "2027-01-13 12:00", input2=False),
        "lamps street-light.on-after-dusk", "2027-01-12 17:52",
    ),
    "half of the lamps fail in the afternoon": (
        set_to("meter", "2027-01-12 15:00", motor_current=5.0),
        "lamps street-light.lit-at-night", "2027-01-12 22:10",
    ),
    "the lamps are left on by hand": (
        set_to("di", "2027-01-12 09:00", "2027-01-12 16:00", input2=True),
        "lamps street-light.off-in-daylight", "2027-01-12 09:30",
    ),
    "the heating fails at night": (
        set_to("lobby", "2027-01-12 02:00", temperature=14.0),
        "lobby room.winter-temperature", "2027-01-12 08:15",
    ),
    "a crowd breathes in the lobby": (
        set_to("lobby", "2027-01-12 12:00", "2027-01-12 18:00", co2=1800),
        "lobby room.fresh-air", "2027-01-12 12:15",
    ),
    "nobody is at the desk": (
        set_to("radar", "2027-01-12 10:00", "2027-01-12 11:00", occupied=False),
        "desk front-desk.staffed", "2027-01-12 10:10",
    ),
    "the grating is blocked": (
        set_to("drain", "2027-01-12 10:00", "2027-01-12 12:00", level=90.0),
        "pump pump-sump.level", "2027-01-12 10:10",
    ),
    "a pipe leaks in dry weather": (
        set_to("di", "2027-01-12 10:00", "2027-01-12 12:00", input3=True, input4=False),
        "puddle wet-area.dry", "2027-01-12 10:30",
    ),
    "a wheel lifts the cover": (
        set_to("tilt", "2027-01-12 10:00", "2027-01-12 12:00", tilt_y=-35.0),
        "cover cover.in-place", "2027-01-12 10:00",
    ),
}  # fmt: skip
MOST_LATE = 900.0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_once_and_in_its_time(tmp_path: Path, name: str) -> None:
    change, key, told = FAULTS[name]
    garden = Garden(tmp_path, "2027-01-11 20:00", change)
    garden.run_until("2027-01-12 00:00")
    assert garden.tickets() == {}
    garden.run_until("2027-01-13 06:00")
    ((found, ticket),) = garden.tickets().items()
    opened = datetime.fromtimestamp(ticket.opened_at, ZONE)
    assert found == key
    assert 0 <= ticket.opened_at - moment(told) <= MOST_LATE, f"opened at {opened}"


@pytest.mark.parametrize(
    ("record", "key", "told"),
    [
        ("patrolled", "post patrol-post.rush-hour", "2027-01-12 07:15"),
        ("inspection", "cabinet fire-cabinet.inspected", "2027-02-12 00:00"),
        ("done", "pumps-plan planned-work.in-time", "2027-01-26 00:00"),
    ],
)
def test_what_nobody_records_any_more_is_told_when_it_is_due(tmp_path: Path, record: str, key: str, told: str) -> None:
    garden = Garden(tmp_path, "2027-01-12 00:00")
    garden.never = (record,)
    end = datetime.fromtimestamp(moment(told) + 3600, ZONE)
    garden.run_until(f"{end:%Y-%m-%d %H:%M}")
    found = garden.tickets()
    assert key in found
    assert 0 <= found[key].opened_at - moment(told) <= MOST_LATE


def test_a_wall_sensor_that_falls_silent_makes_the_lobby_one_that_cannot_be_judged(tmp_path: Path) -> None:
    def silent(garden: Garden, told: Told) -> None:
        if garden.now >= moment("2027-01-12 10:00"):
            told["lobby"] = dict.fromkeys(told["lobby"], BadReading("sensor-error"))

    garden = Garden(tmp_path, "2027-01-12 00:00", silent)
    garden.run_until("2027-01-12 14:00")
    assert garden.tickets().keys() == {"lobby asset.judgeable"}
